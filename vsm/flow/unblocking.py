"""Estimates how long blocked items stay blocked, and delays their forecasts by it."""

from __future__ import annotations

import numpy as np

from vsm.flow.blockers import Blocks
from vsm.flow.history import History, Ints
from vsm.flow.stays import Floats
from vsm.model.rules import DAY

USUAL, ALL = 10.0, 3.0
"""Days that one blocker is held to last before any was resolved; how many resolved blockers' worth
the mean of those that lasted as long leans on that of all.
"""


class Unblocking:
    """How long the blockers of a history lasted, as known at any moment up to ``as_of``.

    That the time left is exponential around the mean of blockers that lasted as long was as good on
    histories with blockers as estimates of its whole shape, and needs no tail of its own.
    """

    def __init__(self, blocks: Blocks, history: History, as_of: int) -> None:
        # Cut one microsecond later, a blocker that is open as of then is told from one that ends.
        known = blocks.up_to(history, as_of + 1)
        # One that lasted while its item changed teams has several intervals.
        _, number = np.unique(known.number, return_inverse=True)
        size = int(number.max(initial=-1)) + 1
        self._started, self._ended = np.full(size, np.inf), np.full(size, -np.inf)
        self._item = np.zeros(size, dtype=np.int64)
        np.minimum.at(self._started, number, known.started / DAY)
        np.maximum.at(self._ended, number, known.ended / DAY)
        self._item[number] = known.item

    def mean_days(self, items: Ints, moments: Floats) -> Floats:
        """For each item the mean of the days until it is unblocked; 0 where it is not blocked.

        ``items`` are places in the history, each with its moment in days since 1970.
        """
        out = np.zeros(items.size)
        for moment in np.unique(moments).tolist() if self._item.size else ():
            is_open = (self._started <= moment) & (self._ended > moment)
            rows = np.flatnonzero((moments == moment) & np.isin(items, self._item[is_open]))
            if not rows.size:
                continue
            begun = self._started <= moment
            resolved = self._ended[begun] <= moment
            days = np.minimum(self._ended[begun], moment) - self._started[begun]
            usual = (days.sum() + USUAL) / (resolved.sum() + 1)
            for row in rows.tolist():
                since = self._started[is_open & (self._item == items[row])].min()
                longer = days > moment - since
                left = float((days[longer] - (moment - since)).sum())
                out[row] = (left + ALL * usual) / (np.count_nonzero(resolved[longer]) + ALL)
        return out


def delay(shares: Floats, grid: Floats, mean: Floats) -> Floats:
    """Shares that finish by the days of ``grid``, if all begins after an exponential time.

    ``shares`` are (law, row, day), ``mean`` is that of each row in days.
    """
    out = np.zeros_like(shares)
    for n, step in enumerate(np.diff(grid).tolist()):
        # Between two days the shares are straight lines, for which this is exact.
        kept = np.exp(-step / mean)
        before, after = shares[:, :, n], shares[:, :, n + 1]
        lag = mean * (after - before) / step
        out[:, :, n + 1] = after - lag + (out[:, :, n] - before + lag) * kept
    return out
