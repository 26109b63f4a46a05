"""Works out the weeks of a team, past and ahead, and what they come to: saturation, ways out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from math import isfinite

import numpy as np

from vsm.features.bottlenecks.results import SUREST
from vsm.features.capacity.load import SATURATED, Load
from vsm.features.capacity.measuring import Measured
from vsm.features.capacity.people import WeekOfPeople
from vsm.features.capacity.pivot_or_hire import Outlook
from vsm.features.capacity.results import Dip, Saturation, TeamWeek
from vsm.features.capacity.saturation import HISTORY, SPREAD, Crossing, forecast_saturation
from vsm.features.capacity.visits import Floats, Week, arrivals_by_week

GROWS_SURE = 0.8
"""Arrivals are extrapolated along their trend where so many resamples agree that they grow, or
fall; else they stay as they were."""
SHORT_LEAVE = 4
"""Leave that leaves a team short for fewer weeks than this is a dip, no saturation."""
LEAST_PEOPLE = 0.05
"""With fewer people in a week the team is away: nothing is said of its load. Where that is no leave
the team has lost its people, and all that arrives waits."""


@dataclass(frozen=True, eq=False)
class TeamOutlook:
    """A team as measured, with its people in past weeks and those ahead, the present one first.

    From now on so many times as much arrives: ``factor``. ``beyond`` are the weeks after those
    ahead, by which hires are sized; arrivals stay there as in the last week ahead.
    """

    measured: Measured
    past: Sequence[WeekOfPeople]
    ahead: Sequence[WeekOfPeople]
    factor: float = 1.0
    beyond: Sequence[WeekOfPeople] = ()

    @cached_property
    def known_weeks(self) -> list[WeekOfPeople]:
        """The past weeks from the first arrival on."""
        arrived = self.measured.visits.arrived
        if not arrived.size:
            return []
        first = self.measured.day_of(int(arrived[0]))
        return [week for week in self.past if week.monday >= first - timedelta(days=6)]

    @cached_property
    def past_rates(self) -> list[float | None]:
        """The arrivals a working day in each known week; ``None`` without a working day."""
        weeks = [Week(week.monday, week.working_days) for week in self.known_weeks]
        counts = arrivals_by_week(self.measured.visits, weeks, self.measured.zone).tolist()
        return [
            count / week.working_days if week.working_days else None
            for count, week in zip(counts, weeks, strict=True)
        ]

    @cached_property
    def _lasting(self) -> list[WeekOfPeople]:
        """The weeks ahead without short leave."""
        return without_short_leave([*self.ahead, *self.beyond])[: len(self.ahead)]

    @cached_property
    def crossing(self) -> Crossing | None:
        """When the team is saturated; ``None`` where its slots or too few weeks are known.

        Short leave saturates nobody: it is a dip.
        """
        rates = [rate for rate in self.past_rates if rate is not None]
        if self.measured.focus is None or not self.measured.work or not rates:
            return None
        capacity = np.array([self._capacity(week) for week in self._lasting])
        return forecast_saturation(
            np.array(rates[-HISTORY:]), capacity, self.measured.capacity_error
        )

    def _capacity(self, week: WeekOfPeople) -> float:
        """The visits a working day that the team can do, infinite where it is on leave."""
        people = 0.0 if self._has_nobody(week) else self._people(week)
        focus, work = self.measured.focus, self.measured.work
        if people is None or focus is None or not work:
            return float("inf")
        # More arrivals for the same capacity are as many for less of it.
        return people * focus / work / self.factor if self.factor else float("inf")

    def _people(self, week: WeekOfPeople) -> float | None:
        """The people of a week; of a team without people, those that its slots stand for."""
        if not week.working_days or week.people is None:
            return None
        if not self.measured.people_then and self.measured.slots is not None:
            return self.measured.slots
        return week.people if week.people >= LEAST_PEOPLE else None

    def _has_nobody(self, week: WeekOfPeople) -> bool:
        """Whether nobody is in a team in a week any more, rather than on leave."""
        if not self.measured.people_then or week.people is None:
            return False
        return week.people + week.away < LEAST_PEOPLE

    @cached_property
    def rates_ahead(self) -> Floats:
        """The arrivals a working day in each week ahead: along the trend, else as they were."""
        level = self.measured.arrivals or 0.0
        crossing, weeks = self.crossing, np.arange(len(self.ahead))
        if crossing is not None and crossing.growth_sure >= GROWS_SURE:
            rates: Floats = np.maximum(crossing.level + crossing.growth * weeks, 0.0)
            return self.factor * rates
        return np.full(weeks.size, self.factor * level)

    def load(self, rate: float, week: WeekOfPeople) -> Load | None:
        """The load of a week with so many arrivals."""
        people = self._people(week)
        return None if people is None else self._load_with(people, rate)

    def _load_with(self, people: float, rate: float | None) -> Load | None:
        measured = self.measured
        if rate is None or measured.focus is None or not measured.work:
            return None
        variation = sum(measured.variations) / 2
        return Load(rate, measured.work, people, measured.focus, variation)

    def _load_or_none_left(self, rate: float, week: WeekOfPeople) -> Load | None:
        """The load of a week, that of nobody where the team has lost its people."""
        return self._load_with(0.0, rate) if self._has_nobody(week) else self.load(rate, week)

    @cached_property
    def loads_ahead(self) -> list[Load | None]:
        """The load of each week ahead; ``None`` where nothing is known, or the team is away."""
        return [
            self.load(float(rate), week)
            for rate, week in zip(self.rates_ahead, self.ahead, strict=True)
        ]

    @property
    def now(self) -> Load | None:
        """The load of today: arrivals of the last 12 weeks, people of today."""
        measured = self.measured
        people = measured.people if measured.people_then else measured.slots or 0.0
        return self._load_with(people, self._arrivals_now) if people else None

    @property
    def _arrivals_now(self) -> float | None:
        arrivals = self.measured.arrivals
        return None if arrivals is None else self.factor * arrivals

    @property
    def used_now(self) -> float:
        """The utilisation of today; 0 where it is not known."""
        return 0.0 if self.now is None else self.now.utilisation

    def known_rows(self) -> tuple[TeamWeek, ...]:
        """The past weeks, as results."""
        pairs = zip(self.known_weeks, self.past_rates, strict=True)
        return tuple(self._row(week, rate, planned=False) for week, rate in pairs)

    def weeks(self) -> tuple[TeamWeek, ...]:
        """The last 26 weeks and those ahead, as results."""
        rows = [*self.known_rows()[-HISTORY:]]
        rows += [
            self._row(week, float(rate), planned=True)
            for week, rate in zip(self.ahead, self.rates_ahead, strict=True)
        ]
        return tuple(rows)

    def _row(self, week: WeekOfPeople, rate: float | None, *, planned: bool) -> TeamWeek:
        load = None if rate is None else self.load(rate, week)
        wait = None if load is None or not isfinite(load.wait) else load.wait
        return TeamWeek(
            week=week.monday,
            people=week.people if self.measured.people_then or week.people else None,
            arrivals=rate if week.working_days else None,
            work=self.measured.work,
            utilisation=None if load is None else load.utilisation,
            wait=wait,
            planned=planned,
            demand=None if load is None else load.demand / load.focus,
        )

    def saturation(self) -> Saturation | None:
        """The saturation of now, or the one that is likely ahead, as a result."""
        crossing, now = self.crossing, self.now
        if now is not None and now.utilisation >= SATURATED:
            return self._saturated_now(crossing)
        if crossing is None or not crossing.is_ahead:
            return None
        week = crossing.week if crossing.is_named else None
        # At least 70% of the resamples cross: so do the earliest 10% of them.
        assert crossing.week is not None and crossing.earliest is not None
        by = self.ahead[0].monday + timedelta(weeks=crossing.week + SPREAD, days=6)
        return Saturation(
            by=by,
            odds=min(crossing.by_then, SUREST),
            week=self._monday(week),
            weeks_ahead=week,
            probability=crossing.sure,
            within=crossing.ahead,
            earliest=self.ahead[crossing.earliest].monday,
            latest=self._monday(crossing.latest),
            growth=crossing.growth,
            why=self._reason(crossing),
        )

    def _saturated_now(self, crossing: Crossing | None) -> Saturation:
        """That of a team whose arrivals of 12 weeks keep 85% busy."""
        monday = self.ahead[0].monday
        return Saturation(
            by=monday + timedelta(days=6),
            odds=SUREST,
            week=monday,
            weeks_ahead=0,
            probability=1.0 if crossing is None else crossing.over,
            within=1.0 if crossing is None else crossing.ahead,
            earliest=monday,
            latest=monday,
            growth=0.0 if crossing is None else crossing.growth,
            why="it is now",
        )

    def _monday(self, week: int | None) -> date | None:
        return None if week is None else self.ahead[week].monday

    def _reason(self, crossing: Crossing) -> str:
        """Why it is saturated then: arrivals that grow, or people who are away."""
        assert crossing.week is not None
        week = self._lasting[crossing.week]
        if self._has_nobody(week):
            return "nobody is in the team then"
        now, then = self.measured.people, self._people(week)
        fewer = then is not None and then < now - LEAST_PEOPLE
        rate = float(self.rates_ahead[crossing.week])
        as_now = self.load(rate, replace(week, people=now))
        if then is not None and fewer and as_now is not None and as_now.utilisation < SATURATED:
            is_leave = then + week.away >= now - LEAST_PEOPLE
            why = "leave takes it" if is_leave else "people go"
            return f"{why} from {now:.1f} to {then:.1f}" + (" people" if is_leave else "")
        by = 5 * crossing.growth
        return f"arrivals grow by {by:.1f} a week" if by >= 0.05 else "arrivals grow slowly"

    def dips(self) -> tuple[Dip, ...]:
        """The spans of weeks ahead in which short leave alone takes it to 85%."""
        rows = zip(self.rates_ahead.tolist(), self.ahead, self._lasting, strict=True)
        out: list[Dip] = []
        goes_on = False
        for rate, week, calm in rows:
            load, usual = self.load(rate, week), self.load(rate, calm)
            if not week.working_days:
                continue
            is_dip = (
                usual is not None
                and usual.utilisation < SATURATED
                and (load is None or load.utilisation >= SATURATED)
            )
            if is_dip and week.people is not None and calm.people is not None:
                used = None if load is None else load.utilisation
                dip = Dip(
                    week=week.monday,
                    weeks=1,
                    people=week.people,
                    usual_people=calm.people,
                    utilisation=used,
                )
                out = [*out[:-1], _longer(out[-1], dip)] if goes_on else [*out, dip]
            goes_on = is_dip
        return tuple(out)

    def for_comparison(self, skills: frozenset[str]) -> Outlook | None:
        """What lies ahead, to be compared with other teams; ``None`` where slots are not known."""
        measured = self.measured
        # Where all are away today it has people all the same.
        now = self.now or self._load_with(0.0, self._arrivals_now)
        if now is None or not (measured.people or measured.people_then):
            return None
        loads = [
            self._load_or_none_left(float(rate), week)
            for rate, week in zip(self.rates_ahead, self.ahead, strict=True)
        ]
        weeks = [load if load is not None else now for load in loads]
        days = [
            float(week.working_days if load is not None else 0)
            for week, load in zip(self.ahead, loads, strict=True)
        ]
        last = float(self.rates_ahead[-1])
        beyond = [
            (self._load_or_none_left(last, week), float(week.working_days)) for week in self.beyond
        ]
        return Outlook(
            measured.team.id,
            measured.team.name,
            tuple(weeks),
            tuple(days),
            skills,
            measured.is_constraint,
            now,
            tuple((load, days) for load, days in beyond if load is not None),
        )


def without_short_leave(weeks: Sequence[WeekOfPeople]) -> list[WeekOfPeople]:
    """The weeks as if nobody were on leave that leaves the team short for under four weeks.

    Each week has the fewest people that some four working weeks in a row around it have at most,
    yet never more than without absences.
    """
    worked = [n for n, week in enumerate(weeks) if week.people is not None]
    people = [weeks[n].people or 0.0 for n in worked]
    span = min(SHORT_LEAVE, len(worked))
    if not worked:
        return list(weeks)
    most = [max(people[n : n + span]) for n in range(len(worked) - span + 1)]
    out = list(weeks)
    for place, n in enumerate(worked):
        lasting = min(most[max(0, place - span + 1) : place + 1])
        own = people[place]
        filled = max(own, min(lasting, own + weeks[n].away))
        out[n] = replace(weeks[n], people=filled, away=weeks[n].away - (filled - own))
    return out


def _longer(dip: Dip, other: Dip) -> Dip:
    """A dip with the week after it: the fewest people of both."""
    fewest = min(dip, other, key=lambda one: one.people)
    return replace(fewest, week=dip.week, weeks=dip.weeks + 1)
