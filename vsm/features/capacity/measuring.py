"""Measures the load of a team over all streams that it works in: arrivals, work, slots, waits.

Slots and service times are those of the bottlenecks (:mod:`vsm.features.bottlenecks.constraint`),
from how items left the team's stages. Time in an active stage is more than work: items wait there
too, and people work on several at once. Only where nothing is known of slots each person counts for
one, and time in the stage for work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from vsm.features.bottlenecks.constraint import AMPLE_DEPARTURES, Judgement
from vsm.features.bottlenecks.servers import Fit
from vsm.features.bottlenecks.verdict import is_unseen
from vsm.features.capacity.results import Basis
from vsm.features.capacity.visits import (
    Floats,
    TeamVisits,
    arrival_variation,
    held_at,
    squared_variation,
    visits_to,
    waiting_at,
)
from vsm.flow.days import local_day
from vsm.flow.facts import Facts
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints
from vsm.flow.trend import theil_sen
from vsm.model.calendar import Calendar
from vsm.model.rules import DAY, day_start
from vsm.model.stream import Category
from vsm.model.team import Team

RECENT_DAYS = 84
"""Arrivals and waits are measured over the last 12 weeks."""
TREND_DAYS = 182
TREND_WEEKS = 13
GROWS = 0.25
"""A queue grows if by this share of what it holds, and by two items, in 13 weeks."""
LEAST_ERROR, ROUGH_ERROR = 0.05, 0.15
"""How well capacity is known at best: relative standard errors of slots over work."""


@dataclass(frozen=True, eq=False)
class JudgedStream:
    """A stream with its flow and what the bottlenecks know of its stations.

    ``end`` is as-of, or the end of its data where that is long ago.
    """

    flow: FlowData
    facts: Facts
    judgement: Judgement
    end: int

    def active_of(self, team: int) -> list[int]:
        """The places of the active stages on the board that a team owns."""
        return [
            place
            for place, stage in enumerate(self.flow.stream.order)
            if stage.team == team and stage.category is Category.ACTIVE and not stage.retired
        ]

    def is_limited_by(self, team: int) -> bool:
        """Whether a team or one of its stages limits the flow of this stream."""
        order = self.flow.stream.order
        return any(
            fit.station.team == team or any(order[n].team == team for n in fit.station.active)
            for fit in self.judgement.constraints
        )


@dataclass(frozen=True, slots=True)
class Slots:
    """How many items a team works on at a time, and how long each takes a slot.

    ``busy`` is how many slots the arrivals of the last 12 weeks keep busy. ``places`` are the
    stages that this covers, by stream and place.
    """

    slots: float
    busy: float
    places: frozenset[tuple[int, int]]
    is_sure: bool


def slots_of_team(team: int, streams: Sequence[JudgedStream]) -> Slots | None:
    """What is known of a team's slots, ``None`` where nothing is.

    Where the team's stages share slots, in several streams too, they count once.
    """
    fits: list[tuple[JudgedStream, Fit]] = []
    for judged in streams:
        fits += [(judged, fit) for fit in _fits_of_team(judged, team)]
    shared = [pair for pair in fits if pair[1].station.elsewhere]
    if shared:
        # What it does elsewhere is in this fit already.
        best = max(shared, key=lambda pair: pair[1].departure_count)
        others = {judged.flow.stream.name for judged, _ in fits} - {best[0].flow.stream.name}
        window = best[0].judgement.window
        covered = {window.elsewhere[key].stream for key in best[1].station.elsewhere}
        fits = [best] + [p for p in fits if p[0].flow.stream.name in others - covered]
    if not fits:
        return None
    places = {(j.flow.stream.id, n) for j, fit in fits for n in fit.station.active}
    if shared:
        places |= {(j.flow.stream.id, n) for j in streams for n in j.active_of(team)}
    return Slots(
        slots=float(sum(fit.servers for _, fit in fits)),
        busy=sum(_busy(judged, fit) for judged, fit in fits),
        places=frozenset(places),
        is_sure=all(
            fit.departure_count >= AMPLE_DEPARTURES and not judged.judgement.window.is_coarse
            for judged, fit in fits
        ),
    )


def _fits_of_team(judged: JudgedStream, team: int) -> list[Fit]:
    """The fit of the team if its stages share slots, else those of its stages that show some."""
    judgement, order = judged.judgement, judged.flow.stream.order
    own = [
        fit
        for fit in judgement.stage_fits
        if order[fit.station.active[0]].team == team
        and order[fit.station.active[0]].category is Category.ACTIVE
        and _shows_slots(judgement, fit)
    ]
    whole = next((fit for fit in judgement.fits if fit.station.team == team), None)
    if whole is not None and _shows_slots(judgement, whole):
        servers = sum(fit.servers for fit in own)
        if whole.station.elsewhere or whole.servers <= servers:
            return [whole]
    return own


def _shows_slots(judgement: Judgement, fit: Fit) -> bool:
    return judgement.is_conclusive(fit) and not fit.is_delay and not is_unseen(fit)


def _busy(judged: JudgedStream, fit: Fit) -> float:
    """The mean number of slots that arrivals of the last 12 weeks keep busy."""
    window = judged.judgement.window
    arrivals = window.occupancy(fit.station.held_in).arrivals
    days = min(float(RECENT_DAYS), window.days)
    recent = int((arrivals >= window.days - days).sum())
    return recent / days * fit.service_time if days else 0.0


@dataclass(frozen=True, eq=False)
class Measured:
    """The load of a team as measured up to ``end``.

    ``people`` are those of today, ``people_then`` the mean of the weeks in which it was measured.
    ``calendar`` has its working days.
    """

    team: Team
    visits: TeamVisits
    known_slots: Slots | None
    people: float
    people_then: float
    calendar: Calendar
    zone: str
    today: date
    end: int
    is_constraint: bool
    stages: tuple[tuple[int, str], ...]
    """Ids and names of its stages."""

    def day_of(self, moment: int) -> date:
        """The local day of a moment."""
        return local_day(moment, self.zone)

    @cached_property
    def first_recent_day(self) -> date:
        """The first day of the last 12 weeks, or of the history where that is shorter."""
        begin = self.today - timedelta(days=RECENT_DAYS - 1)
        if self.visits.arrived.size:
            begin = max(begin, self.day_of(int(self.visits.arrived[0])))
        return begin

    @cached_property
    def recent(self) -> tuple[int, int]:
        """The moments of the last 12 weeks."""
        return day_start(self.first_recent_day, self.zone), self.end + 1

    @cached_property
    def working_days(self) -> int:
        """The working days of the last 12 weeks."""
        return self.calendar.working_days(self.first_recent_day, self.today)

    @cached_property
    def arrivals(self) -> float | None:
        """λ: visits that arrived a working day."""
        if not self.working_days or not self.visits.arrived.size:
            return None
        return int(self.visits.arrived_in(*self.recent).sum()) / self.working_days

    @cached_property
    def in_stage(self) -> float | None:
        """The mean working days in the active stage of the visits that ended lately."""
        days = self._ended_days
        return float(days.mean()) if days.size else None

    @cached_property
    def _ended_days(self) -> Floats:
        ended = self.visits.left_in(*self.recent)
        days: Floats = self.visits.days[ended if ended.any() else self.visits.left <= self.end]
        return days

    @cached_property
    def in_work(self) -> float | None:
        """The mean number of items in the active stages over the last 12 weeks."""
        begin, end = self.recent
        if end <= begin or not self.visits.arrived.size:
            return None
        return float(held_at(self.visits, _grid(begin, end)).mean())

    @cached_property
    def basis(self) -> Basis:
        """How the slots are known."""
        if self.arrivals is None or self.in_stage is None:
            return Basis.UNKNOWN
        if self.known_slots is not None and self.known_slots.slots:
            return Basis.MEASURED if self.known_slots.is_sure else Basis.ROUGH
        if not self.people_then:
            return Basis.UNKNOWN
        is_over = self.arrivals * self.in_stage / self.people_then >= 1
        return Basis.SEVERAL if is_over and not self.grows else Basis.ASSUMED

    @property
    def slots(self) -> float | None:
        """The items that it worked on at a time; ``None`` where that is not known."""
        if self.basis in (Basis.MEASURED, Basis.ROUGH) and self.known_slots is not None:
            return self.known_slots.slots
        return self.people_then if self.basis is Basis.ASSUMED else None

    @cached_property
    def focus(self) -> float | None:
        """The slots of a person; 1 where nobody is known to be in the team."""
        if self.slots is None:
            return None
        return self.slots / self.people_then if self.people_then else 1.0

    @cached_property
    def work(self) -> float | None:
        """τ: the working days that a visit takes a slot, or is in the stage."""
        if self.basis in (Basis.MEASURED, Basis.ROUGH) and self.known_slots is not None:
            days = (self.today - self.first_recent_day).days + 1
            a_day = int(self.visits.arrived_in(*self.recent).sum()) / days
            return self.known_slots.busy / a_day * self.working_share if a_day else None
        return self.in_stage

    @cached_property
    def working_share(self) -> float:
        """The share of days that are working days, over 26 weeks."""
        first = self.today - timedelta(days=TREND_DAYS - 1)
        return self.calendar.working_days(first, self.today) / TREND_DAYS

    @cached_property
    def measured_wait(self) -> float | None:
        """The mean working days that a visit waited: in queue stages, and in the stage beyond τ."""
        entered = self.visits.entered_in(*self.recent)
        if not entered.any():
            return None
        inside = 0.0
        if self.basis in (Basis.MEASURED, Basis.ROUGH):
            inside = max(0.0, (self.in_stage or 0.0) - (self.work or 0.0))
        return float(self.visits.waited[entered].mean()) + inside

    @cached_property
    def variations(self) -> tuple[float, float]:
        """The squared coefficients of variation of arrivals and of work, over 26 weeks."""
        begin = day_start(self.today - timedelta(days=TREND_DAYS - 1), self.zone)
        ended = self.visits.left_in(begin, self.end + 1)
        return (
            arrival_variation(self.visits, begin, self.end + 1),
            squared_variation(self.visits.days[ended]),
        )

    @cached_property
    def queue_growth(self) -> float | None:
        """The items by which what waits and is in work grew a week, over 13 weeks."""
        levels = self._weekly_levels
        return theil_sen(levels) if levels.size >= TREND_WEEKS else None

    @property
    def grows(self) -> bool:
        """Whether what waits and is in work grows, rather than going up and down."""
        growth, levels = self.queue_growth, self._weekly_levels
        if growth is None:
            return False
        by = growth * (levels.size - 1)
        return by >= 2 and by >= GROWS * float(levels.mean())

    @cached_property
    def _weekly_levels(self) -> Floats:
        begin = self.end - 7 * TREND_WEEKS * DAY
        if not self.visits.arrived.size or self.visits.arrived[0] > begin:
            return np.zeros(0)
        grid = _grid(begin, self.end, 7 * TREND_WEEKS)
        held = held_at(self.visits, grid) + waiting_at(self.visits, grid)
        levels: Floats = held.reshape(TREND_WEEKS, 7).mean(axis=1)
        return levels

    @cached_property
    def capacity_error(self) -> float:
        """How well the capacity is known: the relative standard error of slots over work."""
        least = LEAST_ERROR if self.basis is Basis.MEASURED else ROUGH_ERROR
        days = self._ended_days
        if days.size < 2 or not days.mean():
            return least
        return max(least, float(days.std() / days.mean() / days.size**0.5))


def measure(
    team: Team,
    streams: Sequence[JudgedStream],
    people: tuple[float, float],
    calendar: Calendar,
    zone: str,
    end: int,
) -> Measured:
    """Measure a team on the stages that show its slots, or on all that it owns.

    ``people`` are those of today, and the mean of the weeks in which it is measured. ``calendar``
    has the working days of the team; each stream counts its own holidays.
    """
    own = [(judged, judged.active_of(team.id)) for judged in streams]
    own = [(judged, places) for judged, places in own if places]
    known = slots_of_team(team.id, [judged for judged, _ in own])
    parts, stages = [], []
    for judged, places in own:
        stream = judged.flow.stream
        own_days = team.calendar(stream.calendar)
        queues = {fit.station.active[0]: fit.station.queues for fit in judged.judgement.stage_fits}
        for place in places:
            stages.append((stream.order[place].id, f"{stream.order[place].name} ({stream.name})"))
            if known is None or (stream.id, place) in known.places:
                parts.append(
                    visits_to(
                        judged.flow,
                        judged.facts,
                        place,
                        queues.get(place, ()),
                        own_days,
                        end,
                    )
                )
    return Measured(
        team=team,
        visits=TeamVisits.join(parts),
        known_slots=known,
        people=people[0],
        people_then=people[1],
        calendar=calendar,
        zone=zone,
        today=local_day(end, zone),
        end=end,
        is_constraint=any(judged.is_limited_by(team.id) for judged, _ in own),
        stages=tuple(stages),
    )


def _grid(begin: int, end: int, points: int = 1_000) -> Ints:
    """Evenly spaced moments between two, each in the middle of its part."""
    grid: Ints = (begin + (np.arange(points) + 0.5) * ((end - begin) / points)).astype(np.int64)
    return grid
