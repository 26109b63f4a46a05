"""Why p85 of cycle time changed: the change taken apart by what items spent their time on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import ceil, factorial

import numpy as np
from numpy.typing import NDArray

from vsm.flow.blockers import Blocked
from vsm.flow.facts import TYPES, Facts
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints
from vsm.model.rules import DAY
from vsm.report.wording import percent, signed

Floats = NDArray[np.float64]

NAMED = 0.15
"""The least share of the change that a part is named for."""
UNCLEAR = 0.5
"""The share of the change from which on the rest is too much to name parts."""
MOST_STAGES = 5
"""Stages that are parts of their own, those whose mean changed most; others stand together."""
REWORK, BLOCKED, MIX, OTHER = "rework", "blocked", "mix of types", "other stages"
REST = "what the parts do together"


class Parts:
    """The days of items, taken apart: a column for each part, and a weight for each item."""

    def __init__(self, names: tuple[str, ...], days: Floats, types: Ints) -> None:
        self.names, self.days, self.types = names, days, types


def parts_of(data: FlowData, facts: Facts, rows: Ints) -> Parts:
    """The days of finished items by stage on the way, in rework, and blocked.

    Rework is the time from a move back until the item is as far as it was; blocked time is taken
    out of the stage in which it fell.
    """
    order = data.stream.order
    paths = data.paths(rows)
    start, finish = data.flow.start[rows], data.flow.finish[rows]
    begin = np.maximum(paths.entered, start[paths.row])
    end = np.minimum(paths.left, finish[paths.row])
    span = np.maximum(0, end - begin)
    blocked = Blocked(facts.blocks.up_to(data.history, int(finish.max(initial=0))))
    stopped = blocked.within(rows[paths.row], begin, end)
    again = paths.place < data.high_water_mark[paths.visits]
    work = (span - stopped) / DAY
    table = np.zeros((len(order) + 2, rows.size))
    for place in range(len(order)):
        mine = (paths.place == place) & ~again
        np.add.at(table[place], paths.row[mine], work[mine])
    np.add.at(table[-2], paths.row[again], work[again])
    np.add.at(table[-1], paths.row, stopped / DAY)
    names = (*(stage.name for stage in order), REWORK, BLOCKED)
    return Parts(names, table.T, facts.type[rows].astype(np.int64))


def explain(before: Parts, after: Parts, change: float) -> list[tuple[str, float]]:
    """The days of a change of p85 by part, the largest first; they sum to the change.

    A part is put back by giving each item the time at its own rank among the items before; the mix
    of types by weighing items as types were before. What a part explains is its mean over all
    orders in which parts can be put back (Shapley), so parts add up. What is left is how the parts
    of one item go together.
    """
    names, then, now = _chosen(before, after)
    back = np.column_stack([_at_rank(now[:, n], then[:, n]) for n in range(now.shape[1])])
    weights = _weights(before.types, after.types)
    size = len(names) + 1
    value: dict[frozenset[int], float] = {}
    for count in range(size + 1):
        for chosen in combinations(range(size), count):
            columns = [back[:, n] if n in chosen else now[:, n] for n in range(size - 1)]
            weight = weights if size - 1 in chosen else None
            value[frozenset(chosen)] = _p85(np.sum(columns, axis=0), weight)
    every = [(name, _shapley(value, n, size)) for n, name in enumerate((*names, MIX))]
    total = value[frozenset()] - _p85(then.sum(axis=1), None)
    rest = total - sum(part for _, part in every)
    scale = change / total if total else 0.0
    out = [(name, part * scale) for name, part in (*every, (REST, rest))]
    return sorted(out, key=lambda pair: -abs(pair[1]))


def _chosen(before: Parts, after: Parts) -> tuple[tuple[str, ...], Floats, Floats]:
    """The columns that are parts of their own; the rest are one."""
    stages = len(before.names) - 2
    shift = np.abs(after.days.mean(axis=0) - before.days.mean(axis=0))[:stages]
    own = sorted(np.argsort(-shift, kind="stable")[:MOST_STAGES].tolist())
    rest = [n for n in range(stages) if n not in own]
    names = [before.names[n] for n in own]
    tables = []
    for parts in (before, after):
        columns = [parts.days[:, n] for n in own]
        columns += [parts.days[:, rest].sum(axis=1)] if rest else []
        columns += [parts.days[:, stages], parts.days[:, stages + 1]]
        tables.append(np.column_stack(columns))
    names += [OTHER] if rest else []
    return (*names, REWORK, BLOCKED), tables[0], tables[1]


def _at_rank(values: Floats, others: Floats) -> Floats:
    """For each value the one of the others at its rank; equal values have the mean of theirs."""
    order = np.argsort(values, kind="stable")
    shares = (np.arange(values.size) + 0.5) / values.size
    ranked = np.interp(shares, (np.arange(others.size) + 0.5) / others.size, np.sort(others))
    out = np.empty_like(values)
    out[order] = ranked
    _, group = np.unique(values, return_inverse=True)
    means = np.bincount(group, weights=out) / np.bincount(group)
    return means[group]


def _weights(before: Ints, after: Ints) -> Floats:
    """Weights with which the later items are of types as often as the earlier ones were."""
    size = len(TYPES)
    share = np.bincount(before, minlength=size) / before.size
    own = np.bincount(after, minlength=size) / after.size
    ratio = np.divide(share, own, out=np.zeros(size), where=own > 0)
    weights: Floats = ratio[after]
    return weights if weights.sum() else np.ones(after.size)


def _p85(values: Floats, weights: Floats | None) -> float:
    if weights is None:
        return float(np.partition(values, k := ceil(0.85 * values.size) - 1)[k])
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    place = int(np.searchsorted(reached, 0.85 * reached[-1] - 1e-9))
    return float(values[order[min(place, values.size - 1)]])


def _shapley(value: dict[frozenset[int], float], part: int, size: int) -> float:
    others = [n for n in range(size) if n != part]
    total = 0.0
    for count in range(size):
        weight = factorial(count) * factorial(size - count - 1) / factorial(size)
        for chosen in combinations(others, count):
            without = frozenset(chosen)
            total += weight * (value[without] - value[without | {part}])
    return total


def why_it_changed(
    data: FlowData, facts: Facts, before: Ints, after: Ints, change: int
) -> tuple[str, ...]:
    """Which parts explain a change of p85 by so many days, in sentences."""
    first, second = (rows[data.has_full_path[rows]] for rows in (before, after))
    if min(first.size, second.size) < 2 or not change:
        return ()
    earlier, later = parts_of(data, facts, first), parts_of(data, facts, second)
    return sentences(explain(earlier, later, float(change)), change)


def sentences(parts: Sequence[tuple[str, float]], change: float) -> tuple[str, ...]:
    """The parts that explain most of a change, each with its days and share."""
    if abs(dict(parts).get(REST, 0.0) / change) >= UNCLEAR:
        return ("no stage explains it by itself: items spend their time otherwise than before",)
    named = [(name, days) for name, days in parts if abs(days / change) >= NAMED]
    return tuple(
        f"{name}: {signed(days)} of {signed(change)} days ({percent(abs(days / change))}"
        f"{'' if days * change > 0 else ', the other way'})"
        for name, days in named
    )
