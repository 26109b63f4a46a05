"""Finds the items that were once where an open item is, for as long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from vsm.flow.history import Ints
from vsm.flow.stays import OPEN, Floats, Stays

COMPARED = 240
"""How many past stays are compared with a stay at most, the latest first."""


class Example(NamedTuple):
    """An item by its place in the history, the days that it took from then on, its outcome."""

    item: int
    days: float
    outcome: int


def latest_longer(
    begin: Floats, end: Floats, rows: Ints, held: Floats, moments: Floats
) -> tuple[Ints, Floats]:
    """For each time ``held`` the latest of these rows that lasted longer, and which count.

    The rows ascend by ``begin``; they must have lasted longer before the moment of each.
    """
    begin, end = begin[rows], end[rows]
    width = min(COMPARED, rows.size)
    out = np.zeros((held.size, width), dtype=np.int64)
    counts = np.zeros((held.size, width))
    for n, (time, moment) in enumerate(zip(held.tolist(), moments.tolist(), strict=True)):
        early = int(np.searchsorted(begin, moment - time))
        longer = np.flatnonzero(begin[:early] + time < end[:early])[-width:]
        out[n, : longer.size] = rows[longer]
        counts[n, : longer.size] = 1.0
    return out, counts


def find_examples(
    known: Stays, visits: Mapping[int, Ints], now: float, stays: Ints, most: int
) -> list[list[Example]]:
    """For each open stay items that were in its stage for as long, the nearest in age first.

    ``visits`` are the stays of each stage in the order in which they began. Items that are still
    open come last.
    """
    out: list[list[Example]] = [[] for _ in range(stays.size)]
    for stage in np.unique(known.stage[stays]).tolist():
        rows = np.flatnonzero(known.stage[stays] == stage)
        held, age = (now - times[stays[rows], None] for times in (known.entered, known.born))
        moments = np.full(rows.size, now)
        other, counts = latest_longer(known.entered, known.left, visits[stage], held[:, 0], moments)
        at = known.entered[other] + held
        apart = np.abs(np.log((at - known.born[other] + 0.05) / (age + 0.05)))
        order = np.lexsort((apart, known.outcome[other] == OPEN, counts == 0))
        days = np.take_along_axis(np.minimum(known.end[other], now) - at, order, 1)
        other = np.take_along_axis(other, order, 1)
        for row, size, nearest, after in zip(
            rows.tolist(), np.count_nonzero(counts, axis=1).tolist(), other, days, strict=True
        ):
            out[row] = _different(known, nearest[:size], after[:size], most)
    return out


def _different(known: Stays, stays: Ints, days: Floats, most: int) -> list[Example]:
    """The first of these stays of each item."""
    items, outcomes = known.item[stays].tolist(), known.outcome[stays].tolist()
    out: dict[int, Example] = {}
    for item, after, outcome in zip(items, days.tolist(), outcomes, strict=True):
        out.setdefault(item, Example(item, after, outcome))
        if len(out) == most:
            break
    return list(out.values())
