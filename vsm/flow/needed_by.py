"""Works out when items are needed: by their due date where it is known, else by the SLE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np

from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints
from vsm.flow.stays import Floats
from vsm.model.rules import DAY, day_of, day_start

DueDates = Mapping[int, Sequence[tuple[int, int | None]]]
"""By item id the due days (since 1970) with the moment from which each was known, ascending."""
NO_DAY = np.iinfo(np.int32).max
"""The day of an item that is needed by no day."""


def needed_days(
    data: FlowData, rows: Ints, ages: Ints, today: int, at: int, sle: int | None, due: DueDates
) -> Ints:
    """The days by which some items are needed, as known at the moment ``at`` of the day ``today``.

    ``ages`` are those of then. An item without a due date is needed by the end of the SLE from its
    start on; where there is no SLE, by no day.
    """
    days = np.full(rows.size, NO_DAY) if sle is None else today + sle - ages
    if due:
        known = due_days(data.history.item[rows], at, due)
        days = np.where(known == NO_DAY, days, known)
    return days


def due_days(items: Ints, at: int, due: DueDates) -> Ints:
    """The due days of these items (ids), as known at the moment ``at``; :data:`NO_DAY` of none."""
    known = (_known_due(due.get(item, ()), at) for item in items.tolist())
    return np.array([NO_DAY if day is None else day for day in known], dtype=np.int64)


def _known_due(known: Sequence[tuple[int, int | None]], at: int) -> int | None:
    day = None
    for since, value in known:
        if since <= at:
            day = value
    return day


def day_ends(days: Ints, zone: str) -> Floats:
    """The end of each day, in days since 1970 UTC; infinite for :data:`NO_DAY`."""
    unique, place = np.unique(days, return_inverse=True)
    ends = [
        np.inf if n == NO_DAY else day_start(day_of(n) + timedelta(days=1), zone) / DAY
        for n in unique.tolist()
    ]
    return np.array(ends)[place.reshape(-1)]
