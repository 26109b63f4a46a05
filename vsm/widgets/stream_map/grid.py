"""Gives every stage of a map a column (layer) and a row, so that few edges cross.

Columns follow the forward edges (longest path), rows the median of the neighbours; the main path
has the first row for itself. The same graph always gives the same grid.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low

SWEEPS = 4
"""How often the order within the columns is improved from either side."""

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stage stands: column and row, from 0; ``apart`` where no way leads from start."""

    column: int
    row: int
    apart: bool = False


def place_stages(
    stages: Sequence[int],
    forward: Iterable[Pair],
    main: Collection[int] = (),
    apart: Collection[int] = (),
    last: Collection[int] = (),
) -> dict[int, Place]:
    """The place of each stage; those in ``last`` stand in the last column, below the others.

    ``stages`` are ids in the order of the flow; ``forward`` are the edges that columns follow. One
    that leads against that order is left out, so that there is no circle.
    """
    connected = [stage for stage in stages if stage not in apart and stage not in last]
    at = {stage: n for n, stage in enumerate(stages)}
    edges = sorted(
        {(a, b) for a, b in forward if a in at and b in at and at[a] < at[b]},
        key=lambda edge: (at[edge[0]], at[edge[1]]),
    )
    inside = [edge for edge in edges if not set(edge) & set(apart)]
    columns = columns_of(connected, inside)
    places = {
        stage: Place(columns[stage], row)
        for stage, row in _rows(connected, inside, columns, set(main)).items()
    }
    end = max((place.column for place in places.values()), default=0)
    for stage in (stage for stage in stages if stage in last and stage not in apart):
        row = 1 + max((p.row for p in places.values() if p.column == end), default=-1)
        places[stage] = Place(end, row)
    below = 1 + max((place.row for place in places.values()), default=-1)
    alone = columns_of(
        [s for s in stages if s in apart], [e for e in edges if set(e) <= set(apart)]
    )
    taken: dict[int, int] = {}
    used: set[Pair] = set()
    for stage, column in alone.items():
        row = taken.get(column, 0)
        # Beside one another rather than below: lines are scarcer than columns.
        while (column, row) in used:
            column += 1
        used.add((column, row))
        places[stage] = Place(column, below + row, True)
    return places


def columns_of(stages: Sequence[int], edges: Sequence[Pair]) -> dict[int, int]:
    """The column of each stage: how many edges the longest path to it has."""
    columns = dict.fromkeys(stages, 0)
    into: dict[int, list[int]] = {}
    for source, target in edges:
        into.setdefault(target, []).append(source)
    for stage in stages:
        columns[stage] = 1 + max((columns[source] for source in into.get(stage, ())), default=-1)
    return columns


def _rows(
    stages: Sequence[int],
    edges: Sequence[Pair],
    columns: Mapping[int, int],
    main: Collection[int],
) -> dict[int, int]:
    """The row of each stage."""
    layers, links, real = _with_dummies(stages, edges, columns)
    order = {stage: n for n, stage in enumerate(stages)}
    # Where two of the main path share a column only the first one has the first row.
    first = {columns[stage]: stage for stage in reversed(stages) if stage in main}
    main = set(first.values())
    layers = _uncrossed(layers, links, main, order)
    base = 1 if main else 0
    rest = [[node for node in layer if node in real and node not in main] for layer in layers]
    most = max(map(len, rest), default=0)
    rows = {stage: 0 for stage in stages if stage in main}
    into: dict[int, list[int]] = {}
    for source, target in edges:
        into.setdefault(target, []).append(source)
    for nodes in rest:
        row = base - 1
        for n, node in enumerate(nodes):
            near = [rows[source] for source in into.get(node, ()) if rows[source] >= base]
            last = base + most - (len(nodes) - n)  # no more rows than the fullest column has
            row = max(row + 1, min(median_low(near) if near else base, last))
            rows[node] = row
    return rows


def _with_dummies(
    stages: Sequence[int], edges: Sequence[Pair], columns: Mapping[int, int]
) -> tuple[list[list[int]], list[Pair], frozenset[int]]:
    """Columns of nodes, with a dummy (a negative number) where a long edge passes one."""
    layers: list[list[int]] = [[] for _ in range(1 + max(columns.values(), default=-1))]
    for stage in stages:
        layers[columns[stage]].append(stage)
    links: list[Pair] = []
    dummy = 0
    for source, target in edges:
        before = source
        for column in range(columns[source] + 1, columns[target]):
            dummy -= 1
            layers[column].append(dummy)
            links.append((before, dummy))
            before = dummy
        links.append((before, target))
    return layers, links, frozenset(stages)


def _uncrossed(
    layers: list[list[int]],
    links: Sequence[Pair],
    main: Collection[int],
    order: Mapping[int, int],
) -> list[list[int]]:
    """The columns in the best order that a few sweeps from both sides find."""
    into: dict[int, list[int]] = {}
    out: dict[int, list[int]] = {}
    for source, target in links:
        into.setdefault(target, []).append(source)
        out.setdefault(source, []).append(target)

    def rank(node: int) -> tuple[bool, int]:
        return node not in main, order.get(node, len(order) - node)

    best = [sorted(layer, key=rank) for layer in layers]
    fewest = crossings(best, links)
    current = best
    for sweep in range(2 * SWEEPS):
        if not fewest:
            break
        near = out if sweep % 2 else into
        current = _sweep(current, near, main, backwards=bool(sweep % 2))
        count = crossings(current, links)
        if count < fewest:
            best, fewest = current, count
    return best


def _sweep(
    layers: Sequence[Sequence[int]],
    near: Mapping[int, Sequence[int]],
    main: Collection[int],
    *,
    backwards: bool,
) -> list[list[int]]:
    """Each column by the median of where the neighbours in the column before it stand."""
    out = [list(layer) for layer in layers]
    columns = range(len(out) - 1, -1, -1) if backwards else range(len(out))
    at: dict[int, int] = {}
    for column in columns:
        old = {node: n for n, node in enumerate(out[column])}

        def key(node: int, old: Mapping[int, int] = old) -> tuple[bool, int, int]:
            places = [at[other] for other in near.get(node, ()) if other in at]
            return node not in main, median_low(places) if places else old[node], old[node]

        out[column].sort(key=key)
        at.update({node: n for n, node in enumerate(out[column])})
    return out


def crossings(layers: Sequence[Sequence[int]], links: Iterable[Pair]) -> int:
    """How many pairs of edges cross between neighbouring columns."""
    column = {node: n for n, layer in enumerate(layers) for node in layer}
    at = {node: n for layer in layers for n, node in enumerate(layer)}
    between: dict[int, list[Pair]] = {}
    for source, target in links:
        between.setdefault(column[source], []).append((at[source], at[target]))
    count = 0
    for pairs in between.values():
        pairs.sort()
        for n, (_, low) in enumerate(pairs):
            count += sum(1 for _, other in pairs[n + 1 :] if other < low)
            # Edges out of one node never cross: what follows it in the list ends lower.
    return count
