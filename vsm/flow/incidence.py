"""Weighted Aalen-Johansen estimates: the share of items that end in each way by some time."""

from __future__ import annotations

import numpy as np

from vsm.flow.history import Ints
from vsm.flow.stays import DONE, GONE, OPEN, Floats

_AFTER = 1e-9
"""Days by which an item that is still open is held to outlive one that ends at the same time."""
_LEAST = 1e-12
"""Weights below this are none."""


def incidence(
    remaining: Floats,
    outcome: Ints,
    weights: Floats,
    begin: Floats,
    grid: Floats,
    unseen: float = 0.0,
) -> tuple[Floats, Floats]:
    """The shares that are finished, and that ended undelivered, after the days of ``grid``.

    A row of ``remaining`` and ``outcome`` is one estimate: for each of its items the days until it
    ended, or for which it has been open so far (censored). ``weights`` are laws over the same rows:
    (law, row, item), 0 for what does not count. An item is at risk only after ``begin`` days: from
    then on it was observed (left truncation). ``unseen`` items of mean weight are at risk all the
    time and never end: few items make sure of nothing. The results are (law, row, day); after the
    last day that any item was observed they stay as they are.
    """
    order = np.argsort(remaining + np.where(outcome == OPEN, _AFTER, 0.0), axis=1)
    days = np.take_along_axis(remaining, order, 1)
    outcome = np.take_along_axis(outcome, order, 1)
    weights = np.take_along_axis(weights, order[None], 2)
    risk = np.cumsum(weights[:, :, ::-1], axis=2)[:, :, ::-1]
    late = np.flatnonzero((begin > 0).any(axis=1))
    if late.size:
        begin = np.take_along_axis(begin, order, 1)
        for row in late.tolist():
            risk[:, row] -= _not_yet(begin[row], weights[:, row], days[row])
    if unseen:
        total = np.maximum(weights.sum(2), _LEAST)
        risk += unseen * ((weights * weights).sum(2) / total)[:, :, None]
    counts = (outcome != OPEN) & (weights > _LEAST)
    hazard = np.where(counts, weights / np.maximum(risk, _LEAST), 0.0).clip(0.0, 1.0)
    still_open = np.cumprod(1 - hazard, axis=2)
    before = np.ones_like(still_open)
    before[:, :, 1:] = still_open[:, :, :-1]
    ends = before * hazard
    at = np.array([np.searchsorted(row, grid, side="right") for row in days], dtype=np.int64)
    at = at.reshape(days.shape[0], grid.size)

    def by_day(way: int) -> Floats:
        if not (outcome == way).any():
            return np.zeros((len(ends), *at.shape))
        total = np.zeros((*ends.shape[:2], ends.shape[2] + 1))
        np.cumsum(ends * (outcome == way), axis=2, out=total[:, :, 1:])
        shares: Floats = np.take_along_axis(total, np.broadcast_to(at, (len(ends), *at.shape)), 2)
        return shares

    return by_day(DONE), by_day(GONE)


def _not_yet(begin: Floats, weights: Floats, days: Floats) -> Floats:
    """By law the weight of the items of a row that are not yet observed at each of the days."""
    order = np.argsort(begin)
    later = np.zeros((len(weights), begin.size + 1))
    later[:, :-1] = np.cumsum(weights[:, order[::-1]], axis=1)[:, ::-1]
    return later[:, np.searchsorted(begin[order], days, side="left")]
