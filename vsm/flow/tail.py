"""Carries forecasts on beyond what was seen: how items end that get older than most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vsm.flow.history import Ints
from vsm.flow.stays import DONE, OPEN, Floats, Stays

OLD = 0.8
"""The tail is what happens from the age on at which this share of the items had ended."""
FIRST = 0.5
"""Half an item that never ends, as in the laws."""
_GROWS = 1e-3
"""Smaller steps are those of items long ago, or of delays: nothing that was seen."""


class Tail(NamedTuple):
    """How items of a stream end late: hazards are ``power`` divided by age.

    The older an item is, the longer it still takes; a share ``done`` of those that end finishes.
    """

    power: float
    done: float


def fit_tail(stays: Stays, runs: Ints, moment: float) -> Tail:
    """The tail of all items, as known at a moment, by the estimate of Hill; ``runs`` are theirs."""
    runs = runs[stays.entered[runs] < moment]
    has_ended = (stays.end[runs] <= moment) & (stays.outcome[runs] != OPEN)
    ages = np.minimum(stays.end[runs], moment) - stays.born[runs]
    if not has_ended.any():
        return Tail(0.0, 0.0)
    begin = max(float(np.quantile(ages[has_ended], OLD)), 1.0)
    seen = np.maximum(np.maximum(stays.entered[runs], stays.since) - stays.born[runs], begin)
    is_late = ages > seen
    exposed = float(np.log(ages[is_late] / seen[is_late]).sum())
    ended = int(np.count_nonzero(has_ended & is_late))
    done = int(np.count_nonzero(has_ended & is_late & (stays.outcome[runs] == DONE)))
    if not ended:
        return Tail(0.0, 0.0)
    return Tail(ended / exposed * ended / (ended + FIRST), done / ended)


def days_seen(ended: Floats, grid: Floats) -> Floats:
    """The day of ``grid`` on which each row of shares that ended last grows."""
    grows = np.diff(ended, axis=1) > _GROWS
    last = np.where(grows.any(axis=1), grows.shape[1] - np.argmax(grows[:, ::-1], axis=1), 0)
    days: Floats = grid[last]
    return days


def beyond(ended: Floats, grid: Floats, ages: Floats, power: Floats) -> Floats:
    """The shares that end by each day of ``grid`` beyond what rows of shares that ended have seen.

    A row has its age and the power of its tail.
    """
    since = days_seen(ended, grid)[:, None]
    age = np.maximum(ages[:, None] + since, 1.0)
    still_open = (age / (age + np.maximum(grid - since, 0))) ** power[:, None]
    rest: Floats = np.maximum(1 - ended[:, -1:], 0.0) * (1 - still_open)
    return rest
