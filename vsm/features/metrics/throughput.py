"""Counts finished items per ISO week in the stream's time zone."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from vsm.features.metrics.results import Week
from vsm.flow.history import Ints

_EPOCH = date(1970, 1, 1)


def per_week(finishes: Ints, first: date, last: date) -> tuple[Week, ...]:
    """Count finishes (days since 1970-01-01) in every ISO week that touches the days first…last.

    The finishes must lie in those days; weeks without one count 0. There are no weeks if ``last``
    is before ``first``.
    """
    if last < first:
        return ()
    monday = first - timedelta(days=first.weekday())
    weeks = (last - monday).days // 7 + 1
    places = (finishes - (monday - _EPOCH).days) // 7
    counts = np.bincount(places, minlength=weeks)
    return tuple(
        Week(monday + timedelta(weeks=n), count) for n, count in enumerate(counts.tolist())
    )
