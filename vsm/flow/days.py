"""Converts columns of moments to calendar days of a time zone."""

from __future__ import annotations

from datetime import date

import numpy as np

from vsm.flow.history import Ints
from vsm.model.rules import DAY, day_of, day_start


def day_numbers(moments: Ints, zone: str) -> Ints:
    """Local day of each moment (UTC microseconds): days since 1970-01-01, as ``rules.Days``.

    Only days near a moment are computed, so a single date far off costs nothing.
    """
    if not moments.size:
        return moments
    near = moments // DAY
    low = int(near.min()) - 1
    has_moment = np.zeros(int(near.max()) - low + 4, dtype=np.bool_)
    has_moment[near - low] = True
    is_near = has_moment.copy()  # a zone is less than a day away from UTC: a neighbour is enough
    is_near[:-1] |= has_moment[1:]
    is_near[1:] |= has_moment[:-1]
    is_near[2:] |= has_moment[:-2]
    days = np.flatnonzero(is_near)
    starts = np.zeros(has_moment.size, dtype=np.int64)
    starts[days] = [day_start(day_of(n + low), zone) for n in days.tolist()]
    # The last day that has begun. Where a zone skipped a day (Samoa in 2011), two begin together:
    # the later one is the real one.
    at = near - low
    numbers: Ints = near - 1
    for later in range(3):
        numbers += moments >= starts[at + later]
    return numbers


def local_day(moment: int, zone: str) -> date:
    """The local day that holds one moment."""
    return day_of(int(day_numbers(np.array([moment], dtype=np.int64), zone)[0]))
