"""The load model of a map: stages with service times, slots and waits, and the ways items take.

Pure functions. Drafts change a network in :mod:`vsm.features.map.future_edits`; loads and waits are
worked out in :mod:`vsm.features.map.future`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from vsm.model.errors import BadInput
from vsm.model.stream import Category

LEAST_EXIT = 1e-9
"""A way round that fewer items leave than this share is one without an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A stage of the load model; all times are days of a visit.

    ``service`` is the time for which an item takes a slot, ``shown`` the process time that the map
    shows of it (``None``: nothing is known). ``wait`` is the time at the stage, and in queue stages
    that feed only it, beyond that. Of it ``variation`` times the wait by the formula is due to load
    and ``fixed_wait`` is not; a variation of ``None`` is not known. ``pool`` names the slots that
    it works with, ``rate`` is the number of items a day, of which each visits it as often as the
    network says. ``feeds`` is the stage that a queue stage feeds, ``fed_wait`` what a visit of it
    counts there as wait. ``source`` says in words where the times are from. A stage that ``delays``
    lets any number of items through at once.
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
    fed_wait: float = 0.0
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
    ``other_days``. A week has ``week_days``, as the map counts them. ``left_out`` says in sentences
    which work a draft drops.
    """

    nodes: Mapping[int, Node]
    entry: Mapping[int, float]
    moves: Mapping[tuple[int, int], float]
    slots: Mapping[str, float] = field(default_factory=dict)
    extra_load: Mapping[str, float] = field(default_factory=dict)
    rate: float = 0.0
    other_days: float = 0.0
    week_days: float = 7.0
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

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
