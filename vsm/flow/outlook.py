"""The forecast of open items as a whole: which share of each finishes within how many days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsm.flow.history import Ints
from vsm.flow.stays import Floats

_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """For each item the shares that finish, and that end undelivered, within the days of ``grid``.

    ``alike`` is how many other items are behind the law by stage: they were in its stage for as
    long. ``seen`` is after how many days such items were last seen to end: what is beyond follows
    the tail of all items.
    """

    grid: Floats
    done: Floats
    gone: Floats
    alike: Ints
    seen: Floats

    def within(self, days: Floats) -> Floats:
        """The odds that each item is finished within its number of days."""
        return np.array(
            [np.interp(n, self.grid, row) for n, row in zip(days, self.done, strict=True)]
        )

    def days_until(self, odds: float) -> Floats:
        """The days after which each is finished with these odds; infinite where that is never."""
        out = np.full(len(self.done), np.inf)
        for n, row in enumerate(self.done):
            at = int(np.searchsorted(row, odds))
            if at == 0:
                out[n] = self.grid[0]
            elif at < row.size:
                low, high = row[at - 1], row[at]
                share = (odds - low) / max(high - low, _TINY)
                out[n] = self.grid[at - 1] + share * (self.grid[at] - self.grid[at - 1])
        return out


def look_up(rows: Floats, grid: Floats, days: Floats) -> Floats:
    """The value of each row at its day."""
    return np.array([np.interp(n, grid, row) for n, row in zip(days, rows, strict=True)])
