"""Changes a load model as the edits of a draft change its map."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from vsm.features.map.future_network import LEAST_EXIT, Network, Node
from vsm.model.decide.draft_map import DraftMap, Step
from vsm.model.draft_edits import Insert, Merge, Retire, Set, SetEdge, Split
from vsm.model.stream import Category

LEAST_NOTED = 0.005
"""Returns of a smaller share, and shorter waits, are not worth a note."""

_TIMES = ("process", "wait")

Mean = Callable[[float, float], float]


def draft_network(base: Network, drafted: DraftMap) -> Network:
    """The network that the steps of a draft make of one."""
    network = base
    steps = _without_taken_back(drafted.steps)
    timed = {
        step.stages[0]
        for step in steps
        if isinstance(step.edit, Set) and step.edit.field == "process" and step.value is not None
    }
    for step in steps:
        edit = step.edit
        if isinstance(edit, Insert):
            network = _inserted(network, step, edit, drafted.stream.starting)
        elif isinstance(edit, Split):
            network = _split(network, step, edit)
        elif isinstance(edit, Merge):
            network = _merged(network, step, edit.name)
        elif isinstance(edit, Retire):
            network = _retired(network, step, timed)
        elif isinstance(edit, SetEdge):
            network = _with_edge(network, step, edit)
        else:
            network = _with_field(network, step, edit)
    return network


def _without_taken_back(steps: Sequence[Step]) -> list[Step]:
    """The steps without the times of stages that a later one takes back (``process none``)."""
    out: list[Step] = []
    for step in steps:
        edit = step.edit
        if isinstance(edit, Set) and edit.field in _TIMES and step.value is None:
            out = [one for one in out if not _sets(one, step.stages[0], edit.field)]
        out.append(step)
    return out


def _sets(step: Step, stage: int, field: str) -> bool:
    return isinstance(step.edit, Set) and (step.stages[0], step.edit.field) == (stage, field)


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


def _merged(network: Network, step: Step, name: str | None) -> Network:
    first, second = (network.nodes.get(stage) for stage in step.stages)
    if first is None or second is None:
        return network
    if not first.service:
        network = _without_queue(network, first, second.id)
        second = network.nodes[second.id]
        return network.with_node(replace(second, name=name or second.name))
    visits = network.visits()
    a, b = visits[first.id], visits[second.id]
    inside = a * network.moves.get((first.id, second.id), 0.0)
    inside += b * network.moves.get((second.id, first.id), 0.0)
    entries = a + b - inside
    if entries <= 0:
        return _without(network, first.id)

    def mean(x: float, y: float) -> float:
        return (a * x + b * y) / entries

    parts = {first.id: a / entries, second.id: b / entries}
    moves = _merged_moves(network, first.id, second.id, parts)
    entry = dict(network.entry)
    if first.id in entry:
        entry[second.id] = entry.get(second.id, 0.0) + entry.pop(first.id)
    load = first.rate * a * first.service + second.rate * b * second.service
    service = mean(first.service, second.service)
    node = replace(
        second,
        name=name or second.name,
        service=service,
        shown=_sum(first.shown, second.shown, mean),
        wait=_sum(first.wait, second.wait, mean),
        fixed_wait=mean(first.fixed_wait, second.fixed_wait),
        variation=_mean_variation(first, second),
        rate=load / (entries * service) if service else first.rate,
        feeds=None if second.feeds == first.id else second.feeds,
        source=f"{first.name} and {second.name}",
    )
    slots = dict(network.slots)
    extra = dict(network.extra_load)
    notes = network.notes
    if not second.service:
        node = replace(node, pool=first.pool)
    elif first.pool != second.pool and first.pool in slots and second.pool in slots:
        others = [x for x in network.nodes.values() if x.pool == first.pool and x is not first]
        if not others:
            node = replace(node, pool=f"{first.pool} + {second.pool}")
            slots[node.pool] = slots[first.pool] + slots[second.pool]
            extra[node.pool] = extra.get(first.pool, 0.0) + extra.get(second.pool, 0.0)
            notes = (*notes, f"{node.name} works with the slots of both stages.")
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


def _merged_moves(
    network: Network, first: int, second: int, parts: Mapping[int, float]
) -> dict[tuple[int, int], float]:
    """The ways with two nodes as one, of whose visits each has so large a part."""
    moves: dict[tuple[int, int], float] = {}
    for (source, target), share in network.moves.items():
        if {source, target} == {first, second}:
            continue
        to = second if target == first else target
        key = (second if source == first else source), to
        moves[key] = moves.get(key, 0.0) + share * parts.get(source, 1.0)
    return moves


def _sum(x: float | None, y: float | None, mean: Mean) -> float | None:
    return None if x is None and y is None else mean(x or 0.0, y or 0.0)


def _mean_variation(first: Node, second: Node) -> float | None:
    """That of the stages with work: a queue has none, its wait follows the load behind it."""
    own = [node.variation for node in (first, second) if node.service]
    known = [variation for variation in own if variation is not None]
    if not own:
        return second.variation
    return sum(known) / len(known) if len(known) == len(own) else None


def _retired(network: Network, step: Step, timed: Collection[int]) -> Network:
    """The network without a stage: the work of one is left out, the wait of a queue stage is not.

    ``timed`` are the stages to which the draft gives a process time.
    """
    gone = network.nodes.get(step.stages[0])
    if gone is None:
        return network
    into = step.stages[1] if len(step.stages) > 1 else None
    if not gone.service:
        return _without_queue(network, gone, into)
    visits = network.visits()[gone.id]
    work = f"{visits * gone.service:.1f} d of service time an item"
    text = f"The work of {gone.name} is left out: {work}"
    if gone.wait:
        text += f", and with it {visits * gone.wait:.1f} d of wait"
    target = None if into is None else network.nodes.get(into)
    if target is not None and target.id in timed:
        text += f". {target.name} takes the process time that the draft gives"
    elif target is not None:
        order = list(network.nodes)
        pair = sorted((gone, target), key=lambda node: order.index(node.id))
        text += f". To move it along: merge {pair[0].name} with {pair[1].name}"
    network = _without(network, gone.id)
    return replace(network, left_out=(*network.left_out, f"{text}."))


def _without_queue(network: Network, gone: Node, into: int | None) -> Network:
    """The network without a stage of no work: visits to all others stay, its wait goes along.

    To take a queue off the map saves nobody a wait. Where the stage that it goes into is no part of
    the flow, the wait stays in the lead time.
    """
    visits = network.visits()
    through = 1.0 - network.moves.get((gone.id, gone.id), 0.0)
    moves = {key: share for key, share in network.moves.items() if gone.id not in key}
    entry = {node: share for node, share in network.entry.items() if node != gone.id}
    for target, share in network.leaves(gone.id).items():
        if target == gone.id:
            continue
        for (source, to), came in network.moves.items():
            if to == gone.id and source != gone.id:
                moves[source, target] = moves.get((source, target), 0.0) + came * share / through
        if gone.id in network.entry:
            part = network.entry[gone.id] * share / through
            entry[target] = entry.get(target, 0.0) + part
    nodes = {
        number: replace(node, feeds=None) if node.feeds == gone.id else node
        for number, node in network.nodes.items()
        if number != gone.id
    }
    wait, other = visits[gone.id] * (gone.wait or 0.0), network.other_days
    target_node = None if into is None else nodes.get(into)
    if wait and target_node is not None and visits[target_node.id]:
        more = wait / visits[target_node.id]
        nodes[target_node.id] = replace(
            target_node,
            wait=(target_node.wait or 0.0) + more,
            fixed_wait=target_node.fixed_wait + more,
        )
    else:
        other += wait
    notes = network.notes
    if wait >= LEAST_NOTED:
        notes = (*notes, f"The wait of {gone.name} stays: {wait:.1f} d an item.")
    return replace(network, nodes=nodes, moves=moves, entry=entry, other_days=other, notes=notes)


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


def _undeclared(network: Network, node: Node, field: str) -> Network:
    """The network without a time that people declared: one that was measured stays."""
    if node.source != "declared":
        return network
    if field == "wait":
        return network.with_node(replace(node, wait=None, variation=None, fixed_wait=0.0))
    return network.with_node(replace(node, service=0.0, shown=None, source="not known"))


def _with_wait(network: Network, node: Node, days: float) -> Network:
    """The network with a wait that the draft gives.

    That of a stage of work stands for the queues that feed only it too; that of such a queue takes
    the place of its part of the wait there.
    """
    nodes = dict(network.nodes)
    target = nodes.get(node.feeds) if node.feeds is not None else None
    if target is not None and node.fed_wait and target.wait:
        visits = network.visits()
        fed = node.fed_wait * visits[node.id] / visits[target.id] if visits[target.id] else 0.0
        kept = max(0.0, 1.0 - fed / target.wait)
        nodes[target.id] = replace(
            target,
            wait=target.wait * kept,
            fixed_wait=target.fixed_wait * kept,
            variation=None if target.variation is None else target.variation * kept,
        )
    for queue in network.nodes.values():
        if queue.feeds == node.id:
            nodes[queue.id] = replace(queue, wait=0.0, fixed_wait=0.0, fed_wait=0.0)
    nodes[node.id] = replace(node, wait=days, variation=0.0, fixed_wait=days, fed_wait=0.0)
    return replace(network, nodes=nodes)


def _with_field(network: Network, step: Step, edit: Set) -> Network:
    node = network.nodes.get(step.stages[0])
    if node is None:
        return network
    value = step.value
    if edit.field == "name":
        return network.with_node(replace(node, name=value))
    if edit.field in _TIMES and value is None:
        return _undeclared(network, node, edit.field)
    if edit.field == "process":
        days = float(value)
        service = node.service * days / node.shown if node.shown and node.service else days
        return network.with_node(replace(node, service=service, shown=days, source="draft"))
    if edit.field == "wait":
        return _with_wait(network, node, float(value))
    if edit.field == "slots":
        alone = [one.id for one in network.nodes.values() if one.pool == node.pool] == [node.id]
        pool = node.pool if alone or node.pool.startswith("team ") else f"stage {node.id}"
        slots = {**network.slots, pool: float(value)}
        return replace(network.with_node(replace(node, pool=pool)), slots=slots)
    if edit.field == "team":
        pool = f"team {value}"
        if pool not in network.slots:  # it takes no slots of the team that it had
            pool = f"stage {node.id}" if node.pool.startswith("team ") else node.pool
        return network.with_node(replace(node, team=value, pool=pool))
    if edit.field == "category":
        category = Category(value)
        if not category.working:
            return _without(network, node.id)
        if category is Category.QUEUE:
            wait = (node.wait or 0.0) + node.service
            node = replace(node, service=0.0, shown=0.0, wait=wait, fixed_wait=wait, variation=0.0)
        return network.with_node(replace(node, category=category))
    return network
