"""Calendar days of a zone for whole columns of moments."""

from __future__ import annotations

from datetime import date

import numpy as np

from vsm.flow.history import Ints
from vsm.model.rules import DAY, day_of, day_start


def day_numbers(moments: Ints, zone: str) -> Ints:
    """Local day of each moment (UTC microseconds): days since 1970-01-01, as ``rules.Days``.

    Only days near a moment are worked out, so that a lone date far off costs nothing.
    """
    if not moments.size:
        return moments
    near = moments // DAY
    low = int(near.min()) - 1
    there = np.zeros(int(near.max()) - low + 4, dtype=np.bool_)
    there[near - low] = True
    around = there.copy()  # a zone is less than a day away from UTC: a neighbour is enough
    around[:-1] |= there[1:]
    around[1:] |= there[:-1]
    around[2:] |= there[:-2]
    days = np.flatnonzero(around)
    starts = np.zeros(there.size, dtype=np.int64)
    starts[days] = [day_start(day_of(n + low), zone) for n in days.tolist()]
    # The last day that has begun. Where a zone skipped a day, two begin together: the later one
    # is the real one.
    at = near - low
    found: Ints = near - 1
    for later in range(3):
        found += moments >= starts[at + later]
    return found


def local_day(moment: int, zone: str) -> date:
    """The local day that holds one moment."""
    return day_of(int(day_numbers(np.array([moment], dtype=np.int64), zone)[0]))
