"""Figures about the price of a deviation: time in a stage, and a bootstrap of medians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vsm.flow.flow_data import FlowData
from vsm.flow.history import FAR
from vsm.model.rules import DAY

RESAMPLES = 10_000
SEED = 20_261
"""The same data give the same interval."""
FEWEST = 20
"""Items without which there is no interval, on each side."""

Floats = NDArray[np.float64]


class Difference(NamedTuple):
    """The difference of two medians with its 95% interval."""

    difference: float
    low: float
    high: float


def stage_days(data: FlowData, stage: int, begin: int, end: int) -> Floats:
    """Days in a stage over all visits, of the items that left it for the last time in a window."""
    place = data.stream.index.get(stage)
    if place is None:
        return np.zeros(0)
    rows = np.flatnonzero((data.place == place) & data.has_full_path[data.owner])
    owner, left = data.owner[rows], data.left[rows]
    items, item = np.unique(owner, return_inverse=True)
    last = np.zeros(items.size, dtype=np.int64)
    np.maximum.at(last, item, left)
    gone = (last != FAR) & (last > begin) & (last <= end)
    spent = np.where(left == FAR, 0, left - data.entered[rows])
    total = np.bincount(item, weights=spent, minlength=items.size) / DAY
    days: Floats = total[gone]
    return days


def compare_medians(own: Sequence[float] | Floats, others: Sequence[float] | Floats) -> Difference:
    """The median of one sample less that of another, with a 95% interval by bootstrap."""
    first, second = np.sort(np.asarray(own, float)), np.sort(np.asarray(others, float))
    random = np.random.default_rng(SEED)
    drawn = _resampled_medians(first, random) - _resampled_medians(second, random)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Difference(float(np.median(first) - np.median(second)), float(low), float(high))


def _resampled_medians(values: Floats, random: np.random.Generator) -> Floats:
    """Medians of resamples of sorted values.

    A resample takes the value at ⌊n·u⌋ for n uniform numbers u. Its k-th value is the one at ⌊n·u⌋
    of the k-th least u, which is drawn from its law (a beta) instead of drawing all n.
    """
    n = values.size
    half = n // 2
    if n % 2:
        middle = random.beta(half + 1, half + 1, RESAMPLES)
        return values[_index(middle, n)]
    lower = random.beta(half, half + 1, RESAMPLES)
    # The next is the least of the n/2 numbers above it.
    upper = 1 - (1 - lower) * random.random(RESAMPLES) ** (1 / half)
    medians: Floats = (values[_index(lower, n)] + values[_index(upper, n)]) / 2
    return medians


def _index(uniform: Floats, n: int) -> NDArray[np.intp]:
    return np.minimum((uniform * n).astype(np.intp), n - 1)
