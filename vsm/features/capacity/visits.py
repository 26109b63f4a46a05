"""Measures what arrives at a team and how long it is worked on, in working days of the team.

The visits of a team are those to the active stages that it owns, returns included. Days are 24
hours; those on which the team does not work count nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date

import numpy as np
from numpy.typing import NDArray

from vsm.flow.days import day_numbers
from vsm.flow.facts import Facts
from vsm.flow.flow_data import FlowData
from vsm.flow.history import FAR, Ints, Mask
from vsm.flow.spans import Spans
from vsm.model.calendar import Calendar
from vsm.model.rules import DAY, day_of, day_start, number_of_day

Floats = NDArray[np.float64]

WINSORISED = 0.99
"""Times above this percentile count as it when variation is measured."""
LEAST_VARIATION = 0.25
"""The least squared coefficient of variation that is believed."""
ENOUGH_TIMES = 20
"""With fewer times their variation is taken to be 1, that of Poisson arrivals."""


def working_moments(moments: Ints, zone: str, calendar: Calendar) -> Ints:
    """The working time before each moment since a fixed day, in microseconds.

    The difference of two is the working time between them: whole days off count nothing.
    """
    if not moments.size:
        return moments
    numbers = day_numbers(moments, zone)
    first, last = int(numbers.min()), int(numbers.max())
    works = np.array([calendar.works(day_of(n)) for n in range(first, last + 1)], dtype=np.int64)
    # Counted from a fixed day, so that working times of two calls can be subtracted.
    base = calendar.working_days(day_of(0), day_of(first - 1)) if first > 0 else 0
    before = base + np.cumsum(works) - works
    days, place = np.unique(numbers, return_inverse=True)
    starts = np.array([day_start(day_of(n), zone) for n in days.tolist()], dtype=np.int64)
    into = np.clip(moments - starts[place], 0, DAY)
    spent: Ints = before[numbers - first] * DAY + into * works[numbers - first]
    return spent


@dataclass(frozen=True, eq=False)
class TeamVisits:
    """What came to a team, by the moment of its arrival.

    An item arrives when it enters a queue stage of the team, or else an active one: ``arrived``.
    ``entered`` and ``left`` are the moments of the visit to the active stage (:data:`FAR` where
    that lies ahead), ``days`` its unblocked working days until as-of, ``waited`` the working days
    from the arrival to the entry. ``worked_at`` is the working time before each arrival, ``kind``
    and ``stream`` the flow type and the stream of its item as numbers.
    """

    kind: Ints
    stream: Ints
    arrived: Ints
    entered: Ints
    left: Ints
    days: Floats
    waited: Floats
    worked_at: Ints

    @classmethod
    def join(cls, parts: Sequence[TeamVisits]) -> TeamVisits:
        """All visits of several stages or streams."""
        if not parts:
            none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
            return cls(none, none, none, none, none, nothing, nothing, none)
        by = np.argsort(np.concatenate([part.arrived for part in parts]), kind="stable")
        names = [column.name for column in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts])[by] for name in names))

    def arrived_in(self, begin: int, end: int) -> Mask:
        """The visits that arrived in ``[begin, end)``."""
        return (self.arrived >= begin) & (self.arrived < end)

    def entered_in(self, begin: int, end: int) -> Mask:
        """The visits whose work began in ``[begin, end)``."""
        return (self.entered >= begin) & (self.entered < end)

    def left_in(self, begin: int, end: int) -> Mask:
        """The visits that ended in ``[begin, end)``."""
        return (self.left >= begin) & (self.left < end)


def visits_to(
    flow: FlowData,
    facts: Facts,
    active: int,
    queues: Collection[int],
    calendar: Calendar,
    end: int,
) -> TeamVisits:
    """The visits to an active stage up to ``end``, with those that wait for it in its queues.

    Stages are places in the stream's order. Items whose history is not known completely, or runs
    backwards in time, are left out.
    """
    zone, place, owner = flow.stream.zone, flow.place, flow.owner
    is_queue = np.isin(place, list(queues))
    waits = is_queue & (flow.left > end)
    visits = np.flatnonzero(
        ((place == active) | waits) & (flow.entered <= end) & flow.has_full_path[owner]
    )
    came = _first_in_a_row(visits, is_queue, owner)
    is_waiting = waits[visits]
    arrived = flow.entered[came]
    entered = np.where(is_waiting, FAR, flow.entered[visits])
    left = np.where(is_waiting, FAR, flow.left[visits])

    def worked(moments: Ints) -> Ints:
        return working_moments(np.minimum(moments, end), zone, calendar)

    known = facts.blocks.up_to(flow.history, end)
    kinds = facts.aligned_to(flow.history).type.astype(np.int64)
    blocked = Spans(known.item, worked(known.started), worked(known.ended))
    begin, until, since = worked(entered), worked(left), worked(arrived)
    spent = until - begin - blocked.within(owner[visits], begin, until)
    return TeamVisits.join(
        [
            TeamVisits(
                kinds[owner[visits]],
                np.full(visits.size, flow.stream.id),
                arrived,
                entered,
                left,
                np.maximum(spent, 0) / DAY,
                np.maximum(begin - since, 0) / DAY,
                since,
            )
        ]
    )


def _first_in_a_row(visits: Ints, is_queue: Mask, owner: Ints) -> Ints:
    """For each visit the first of the visits to queue stages right before it, or itself."""
    first = visits
    while True:
        before = np.maximum(first - 1, 0)
        goes_on = (first > 0) & (owner[before] == owner[first]) & is_queue[before]
        if not goes_on.any():
            return first
        first = np.where(goes_on, before, first)


def squared_variation(times: Floats) -> float:
    """The squared coefficient of variation of times, long ones winsorised, at least 0.25."""
    if times.size < ENOUGH_TIMES:
        return 1.0
    capped = np.minimum(times, np.quantile(times, WINSORISED))
    mean = float(capped.mean())
    if mean <= 0:
        return 1.0
    return max(LEAST_VARIATION, float(capped.var()) / mean**2)


def arrival_variation(visits: TeamVisits, begin: int, end: int) -> float:
    """The squared coefficient of variation of the working time between arrivals."""
    arrivals = visits.worked_at[visits.arrived_in(begin, end)]
    ordered: Floats = np.sort(arrivals) / DAY
    return squared_variation(ordered[1:] - ordered[:-1])


@dataclass(frozen=True, slots=True)
class Week:
    """A week from a Monday on with the working days of a team, up to the end of the data."""

    monday: date
    working_days: int


def arrivals_by_week(visits: TeamVisits, weeks: Sequence[Week], zone: str) -> Ints:
    """How many visits arrived in each of these weeks, which follow one another."""
    counts = np.zeros(len(weeks), dtype=np.int64)
    if not weeks or not visits.arrived.size:
        return counts
    place = (day_numbers(visits.arrived, zone) - number_of_day(weeks[0].monday)) // 7
    inside = (place >= 0) & (place < len(weeks))
    np.add.at(counts, place[inside], 1)
    return counts


def distinct_by_week(
    visits: TeamVisits, values: Ints, weeks: Sequence[Week], zone: str
) -> list[int]:
    """How many different values the visits have that arrived in each of these weeks."""
    if not weeks or not visits.arrived.size:
        return [0] * len(weeks)
    place = (day_numbers(visits.arrived, zone) - number_of_day(weeks[0].monday)) // 7
    return [int(np.unique(values[place == n]).size) for n in range(len(weeks))]


def held_at(visits: TeamVisits, moments: Ints) -> Ints:
    """How many items are in the active stages of the team at each moment."""
    begun = np.searchsorted(np.sort(visits.entered), moments, side="right")
    held: Ints = begun - np.searchsorted(np.sort(visits.left), moments, side="right")
    return held


def waiting_at(visits: TeamVisits, moments: Ints) -> Ints:
    """How many items wait in the queue stages of the team at each moment."""
    came = np.searchsorted(visits.arrived, moments, side="right")
    waiting: Ints = came - np.searchsorted(np.sort(visits.entered), moments, side="right")
    return waiting
