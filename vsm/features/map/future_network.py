"""The load model of a map: stages with service times, slots and waits, and the ways items take.

Pure functions. A network is changed by the steps of a draft as its map is; visits, loads and waits
are worked out in :mod:`vsm.features.map.future`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vsm.model.decide.draft_map import DraftMap, Step
from vsm.model.draft_edits import Insert, Merge, Retire, Set, SetEdge, Split
from vsm.model.errors import BadInput
from vsm.model.stream import Category

LEAST_EXIT = 1e-9
"""A way round that fewer items leave than this share is one without an end."""
LEAST_NOTED = 0.005
"""Returns of a smaller share are not worth a note."""

Mean = Callable[[float, float], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A stage of the load model; all times are days of a visit.

    ``service`` is the time for which an item takes a slot, ``shown`` the process time that the map
    shows of it (``None``: nothing is known). ``wait`` is the time at the stage, and in queue stages
    that feed only it, beyond that. Of it ``variation`` times the wait by the formula is due to load
    and ``fixed_wait`` is not; a variation of ``None`` is not known. ``pool`` names the slots that
    it works with, ``rate`` is the number of items a day, of which each visits it as often as the
    network says. ``feeds`` is the stage that a queue stage feeds. ``source`` says in words where
    the times are from. A stage that ``delays`` lets any number of items through at once.
    """

    id: int
    name: str
    category: Category
    service: float = 0.0
    shown: float | None = None
    wait: float | None = None
    variation: float | None = None
    fixed_wait: float = 0.0
    pool: str = ""
    rate: float = 0.0
    feeds: int | None = None
    source: str = ""
    team: str | None = None
    delays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Nodes by stage id, and the ways that items take.

    ``entry`` is the share of items that start in a node, ``moves`` the share of the leaves of one
    node that go to another; all others leave the stream. ``slots`` are those of pools, where they
    are known; ``extra_load`` is what keeps slots of a pool busy beside these stages. ``rate`` is
    the number of items that start in a day; each is elsewhere, as in the backlog again, for
    ``other_days``.
    """

    nodes: Mapping[int, Node]
    entry: Mapping[int, float]
    moves: Mapping[tuple[int, int], float]
    slots: Mapping[str, float] = field(default_factory=dict)
    extra_load: Mapping[str, float] = field(default_factory=dict)
    rate: float = 0.0
    other_days: float = 0.0
    notes: tuple[str, ...] = ()

    def visits(self) -> dict[int, float]:
        """The visits of an item to each stage: v = e + vP."""
        return solve_visits(list(self.nodes), self.entry, self.moves)

    def with_node(self, node: Node) -> Network:
        """The same with a node in place of the one of its id."""
        return replace(self, nodes={**self.nodes, node.id: node})

    def leaves(self, node: int) -> dict[int, float]:
        """The shares of the leaves of a node, by where they go."""
        return {target: share for (source, target), share in self.moves.items() if source == node}


def solve_visits(
    nodes: Sequence[int], entry: Mapping[int, float], moves: Mapping[tuple[int, int], float]
) -> dict[int, float]:
    """Solve v = e + vP by elimination; raises :class:`~vsm.model.errors.BadInput` where items never
    leave.
    """
    place = {node: number for number, node in enumerate(nodes)}
    size = len(nodes)
    rows = [[float(i == j) for j in range(size)] for i in range(size)]
    for (source, target), share in moves.items():
        rows[place[target]][place[source]] -= share
    right = [entry.get(node, 0.0) for node in nodes]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        if abs(rows[pivot][column]) < LEAST_EXIT:
            raise BadInput(
                "items would go round without an end: no share of them leaves for done",
                "give rework edges smaller shares",
            )
        rows[column], rows[pivot] = rows[pivot], rows[column]
        right[column], right[pivot] = right[pivot], right[column]
        for row in range(column + 1, size):
            factor = rows[row][column] / rows[column][column]
            if factor:
                for k in range(column, size):
                    rows[row][k] -= factor * rows[column][k]
                right[row] -= factor * right[column]
    solution = [0.0] * size
    for row in reversed(range(size)):
        rest = sum(rows[row][k] * solution[k] for k in range(row + 1, size))
        solution[row] = (right[row] - rest) / rows[row][row]
    return {node: solution[place[node]] for node in nodes}


# -- the edits of a draft ----------------------------------------------------------------


def draft_network(base: Network, drafted: DraftMap) -> Network:
    """The network that the steps of a draft make of one."""
    network = base
    for step in drafted.steps:
        edit = step.edit
        if isinstance(edit, Insert):
            network = _inserted(network, step, edit, drafted.stream.starting)
        elif isinstance(edit, Split):
            network = _split(network, step, edit)
        elif isinstance(edit, Merge):
            network = _merged(network, step, edit)
        elif isinstance(edit, Retire):
            network = _without(network, step.stages[0])
        elif isinstance(edit, SetEdge):
            network = _with_edge(network, step, edit)
        else:
            network = _with_field(network, step, edit)
    return network


def _after(network: Network, node: int, new: int, backward: frozenset[int]) -> Network:
    """The ways with a new node behind another: what goes on goes through it, returns do not."""
    moves = dict(network.moves)
    back = {t: s for t, s in network.leaves(node).items() if t in backward}
    onward = {t: s for t, s in network.leaves(node).items() if t not in backward}
    through = 1.0 - sum(back.values())
    for target, share in onward.items():
        del moves[node, target]
        if through > 0:
            moves[new, target] = share / through
    moves[node, new] = through
    return replace(network, moves=moves)


def _backward(network: Network, node: int) -> frozenset[int]:
    """The nodes from which items get to a node: to go there is a return."""
    order = list(network.nodes)
    return frozenset(order[: order.index(node)])


def _place_after(network: Network, node: int, new: Node) -> Network:
    nodes = {}
    for number, one in network.nodes.items():
        nodes[number] = one
        if number == node:
            nodes[new.id] = new
    return replace(network, nodes=nodes)


def _inserted(network: Network, step: Step, edit: Insert, starting: frozenset[int]) -> Network:
    assert step.new is not None
    if step.new not in starting:  # before the commitment, or done
        return network
    after = step.stages[0]
    new = Node(
        id=step.new,
        name=edit.name,
        category=edit.category,
        pool=f"stage {step.new}",
        rate=network.rate,
        source="not given",
    )
    if after not in network.nodes:  # behind a stage before the commitment: the first of all
        moves = {(new.id, node): share for node, share in network.entry.items()}
        return replace(
            network,
            nodes={new.id: new, **network.nodes},
            entry={new.id: 1.0},
            moves={**network.moves, **moves},
        )
    ways = _after(network, after, new.id, _backward(network, after))
    return _place_after(ways, after, new)


def _split(network: Network, step: Step, edit: Split) -> Network:
    assert step.new is not None
    stage = network.nodes.get(step.stages[0])
    if stage is None:
        return network
    half = replace(
        stage,
        name=edit.first,
        service=stage.service / 2,
        shown=None if stage.shown is None else stage.shown / 2,
        source=f"half of {stage.name}",
    )
    second = replace(
        half,
        id=step.new,
        name=edit.second,
        wait=0.0 if stage.wait is not None else None,
        fixed_wait=0.0,
        feeds=None,
    )
    ways = _after(network, stage.id, second.id, _backward(network, stage.id))
    return _place_after(ways.with_node(half), stage.id, second)


def _merged(network: Network, step: Step, edit: Merge) -> Network:
    first, second = (network.nodes.get(stage) for stage in step.stages)
    if first is None or second is None:
        return network
    visits = network.visits()
    a, b = visits[first.id], visits[second.id]
    inside = a * network.moves.get((first.id, second.id), 0.0)
    inside += b * network.moves.get((second.id, first.id), 0.0)
    entries = a + b - inside
    if entries <= 0:
        return _without(network, first.id)

    def mean(x: float, y: float) -> float:
        return (a * x + b * y) / entries

    moves: dict[tuple[int, int], float] = {}
    for (source, target), share in network.moves.items():
        ends = {source, target}
        if ends == {first.id, second.id}:
            continue
        to = second.id if target == first.id else target
        key = (second.id if source == first.id else source), to
        if source in (first.id, second.id):
            share *= visits[source] / entries
        moves[key] = moves.get(key, 0.0) + share
    entry = dict(network.entry)
    if first.id in entry:
        entry[second.id] = entry.get(second.id, 0.0) + entry.pop(first.id)
    load = first.rate * a * first.service + second.rate * b * second.service
    service = mean(first.service, second.service)
    node = replace(
        second,
        name=edit.name or second.name,
        service=service,
        shown=_sum(first.shown, second.shown, mean),
        wait=_sum(first.wait, second.wait, mean),
        fixed_wait=mean(first.fixed_wait, second.fixed_wait),
        variation=_mean_variation(first, second),
        rate=load / (entries * service) if service else first.rate,
        source=f"{first.name} and {second.name}",
    )
    slots = dict(network.slots)
    extra = dict(network.extra_load)
    notes = network.notes
    if first.pool != second.pool and first.pool in slots and second.pool in slots:
        others = [x for x in network.nodes.values() if x.pool == first.pool and x is not first]
        if not others:
            node = replace(node, pool=f"{first.pool} + {second.pool}")
            slots[node.pool] = slots[first.pool] + slots[second.pool]
            extra[node.pool] = extra.get(first.pool, 0.0) + extra.get(second.pool, 0.0)
    if first.team != second.team and first.team:
        notes = (*notes, f"{first.team} works in {node.name} too: its slots are counted there.")
    nodes = {number: one for number, one in network.nodes.items() if number != first.id}
    nodes[second.id] = node
    for number, one in nodes.items():
        if one.feeds == first.id:
            nodes[number] = replace(one, feeds=second.id)
    return replace(
        network, nodes=nodes, moves=moves, entry=entry, slots=slots, extra_load=extra, notes=notes
    )


def _sum(x: float | None, y: float | None, mean: Mean) -> float | None:
    return None if x is None and y is None else mean(x or 0.0, y or 0.0)


def _mean_variation(first: Node, second: Node) -> float | None:
    known = [node.variation for node in (first, second) if node.variation is not None]
    return sum(known) / len(known) if known else None


def _without(network: Network, gone: int) -> Network:
    """The network without a node: who went there goes on to where its items went.

    Returns end with the stage that made them.
    """
    if gone not in network.nodes:
        return network
    backward = _backward(network, gone)
    leaves = network.leaves(gone)
    back = sum(share for target, share in leaves.items() if target in backward or target == gone)
    onward = {t: s / (1.0 - back) for t, s in leaves.items() if t not in backward and t != gone}
    notes = network.notes
    if back >= LEAST_NOTED:
        name = network.nodes[gone].name
        notes = (*notes, f"{back:.0%} of the items that left {name} went back: nobody sends them.")
    moves = {key: share for key, share in network.moves.items() if gone not in key}
    entry = {node: share for node, share in network.entry.items() if node != gone}
    for target, part in onward.items():
        for (source, to), came in network.moves.items():
            if to == gone and source != gone:
                moves[source, target] = moves.get((source, target), 0.0) + came * part
        if gone in network.entry:
            entry[target] = entry.get(target, 0.0) + network.entry[gone] * part
    nodes = {
        number: replace(node, feeds=None) if node.feeds == gone else node
        for number, node in network.nodes.items()
        if number != gone
    }
    return replace(network, nodes=nodes, moves=moves, entry=entry, notes=notes)


def _with_edge(network: Network, step: Step, edit: SetEdge) -> Network:
    source, target = step.stages
    if source not in network.nodes:
        return network
    leaves = network.leaves(source)
    now = leaves.get(target, 0.0) if target in network.nodes else 1.0 - sum(leaves.values())
    share = 0.0 if edit.kind is None else edit.share
    if share is None:
        if now < LEAST_EXIT:
            names = f"{edit.source} → {edit.target}"
            note = f"{names} has no share, so nobody takes it: write edge … {edit.kind} 10%."
            return replace(network, notes=(*network.notes, note))
        return network
    rest = 1.0 - now
    moves = dict(network.moves)
    for other in leaves:
        if other != target and rest > LEAST_EXIT:
            moves[source, other] *= (1.0 - share) / rest
    if target in network.nodes:
        moves[source, target] = share
    return replace(network, moves=moves)


def _with_field(network: Network, step: Step, edit: Set) -> Network:
    node = network.nodes.get(step.stages[0])
    if node is None:
        return network
    value = step.value
    if edit.field == "name":
        return network.with_node(replace(node, name=value))
    if edit.field == "process":
        days = 0.0 if value is None else float(value)
        service = node.service * days / node.shown if node.shown and node.service else days
        return network.with_node(replace(node, service=service, shown=days, source="draft"))
    if edit.field == "wait":
        days = 0.0 if value is None else float(value)
        return network.with_node(replace(node, wait=days, variation=0.0, fixed_wait=days))
    if edit.field == "slots":
        alone = [one.id for one in network.nodes.values() if one.pool == node.pool] == [node.id]
        pool = node.pool if alone or node.pool.startswith("team ") else f"stage {node.id}"
        slots = {**network.slots, pool: float(value)}
        return replace(network.with_node(replace(node, pool=pool)), slots=slots)
    if edit.field == "team":
        pool = f"team {value}"
        node = replace(node, team=value, pool=pool if pool in network.slots else node.pool)
        return network.with_node(node)
    if edit.field == "category":
        category = Category(value)
        if not category.working:
            return _without(network, node.id)
        if category is Category.QUEUE:
            wait = (node.wait or 0.0) + node.service
            node = replace(node, service=0.0, shown=0.0, wait=wait, fixed_wait=wait, variation=0.0)
        return network.with_node(replace(node, category=category))
    return network
