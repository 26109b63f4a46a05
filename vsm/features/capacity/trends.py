"""Follows the load of a team that is not stages: types of work, streams, items in work.

A number has a direction only where the natural process limits of 26 weeks give a signal in the last
four; all else is usual variation. No index adds these up: that would hide them.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from vsm.features.capacity.measuring import Measured
from vsm.features.capacity.people import WeekOfPeople
from vsm.features.capacity.results import Trend
from vsm.features.capacity.visits import Week, arrivals_by_week, distinct_by_week, held_at
from vsm.features.metrics.process_limits import natural_limits
from vsm.model.rules import day_start

WEEKS, LATELY = 26, 4
LEAST_CHANGE = 0.5
"""Of counts that hardly change a run of eight is none: they differ by so much at least."""
LEAST_WEEKS = 8
"""With fewer weeks there is no usual value."""


def trend_of(name: str, values: Sequence[int]) -> Trend:
    """The last of weekly values, the mean of the others, and the direction of a late signal."""
    if len(values) < LEAST_WEEKS:
        return Trend(name=name, now=values[-1] if values else 0, usual=None, direction=None)
    limits = natural_limits(values)
    late = [s for s in limits.signals if s.place >= len(values) - LATELY] if limits else []
    differs = limits is not None and abs(fmean(values[-LATELY:]) - limits.mean) >= LEAST_CHANGE
    direction = None if not (late and differs) else "up" if late[-1].is_high else "down"
    return Trend(name=name, now=values[-1], usual=fmean(values[:-1]), direction=direction)


def load_trends(measured: Measured, past: Sequence[WeekOfPeople]) -> tuple[Trend, ...]:
    """The trends of a team over its last whole weeks in which it worked."""
    visits, zone = measured.visits, measured.zone
    if not visits.arrived.size:
        return ()
    first = measured.day_of(int(visits.arrived[0]))
    every = [Week(week.monday, week.working_days) for week in past]
    worked = [n for n, w in enumerate(every) if w.working_days and w.monday >= first][-WEEKS:]
    ends = np.array([day_start(every[n].monday, zone) for n in worked], dtype=np.int64)
    held = held_at(visits, ends + 5 * 86_400_000_000).tolist()
    series: list[tuple[str, list[int]]] = [
        ("visits a week", arrivals_by_week(visits, every, zone).tolist()),
        ("types of work a week", distinct_by_week(visits, visits.kind, every, zone)),
        ("streams a week", distinct_by_week(visits, visits.stream, every, zone)),
    ]
    rows = [trend_of(name, [values[n] for n in worked]) for name, values in series]
    return (*rows, trend_of("items in work", held))
