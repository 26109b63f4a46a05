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
    near = np.unique(moments // DAY)
    # A zone is less than a day away from UTC: the local day is the UTC day or a neighbour.
    numbers = np.unique(np.concatenate([near - 1, near, near + 1]))
    starts = np.fromiter(
        (day_start(day_of(n), zone) for n in numbers.tolist()), np.int64, numbers.size
    )
    # Where a zone skipped a day, two days begin together: the later one is the real one.
    return numbers[np.searchsorted(starts, moments, side="right") - 1]


def local_day(moment: int, zone: str) -> date:
    """The local day that holds one moment."""
    return day_of(int(day_numbers(np.array([moment], dtype=np.int64), zone)[0]))
