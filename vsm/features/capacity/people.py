"""Works out how many people a team has on each working day: allocations, absences, hires.

A day counts ``Σ fraction · ramp · presence`` over the people of the team. Results are about teams;
nothing here gives a figure of a single person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from vsm.model.allocation import (
    RAMP_START,
    RAMP_WEEKS,
    Absence,
    Allocation,
    Hire,
    HireState,
    covers,
)
from vsm.model.calendar import Calendar
from vsm.model.team import Member

WEEK = 7


@dataclass(frozen=True, slots=True)
class Staffing:
    """All that decides how many people teams have."""

    members: tuple[Member, ...]
    allocations: tuple[Allocation, ...] = ()
    absences: tuple[Absence, ...] = ()
    hires: tuple[Hire, ...] = ()


@dataclass(frozen=True, slots=True)
class WeekOfPeople:
    """A week from its Monday on: the mean number of people on its working days.

    ``people`` is ``None`` where the team has no working day in it; ``away`` are those whom absences
    keep from it.
    """

    monday: date
    people: float | None
    working_days: int
    away: float = 0.0


@dataclass(frozen=True, slots=True)
class _Presence:
    """Somebody in a team: their fraction over a span of days, and days on which they are away."""

    start: str
    end: str | None
    fraction: float
    ramp_weeks: int
    ramp_start: float
    absences: tuple[Absence, ...]

    def on(self, day: date, text: str) -> float:
        """How much of a person they are on a day."""
        return self.at_all(day, text) * (1 - self._away(text))

    def at_all(self, day: date, text: str) -> float:
        """How much of a person they would be on a day without absences."""
        if not covers(self.start, self.end, text):
            return 0.0
        ramp_share = 1.0
        if self.ramp_weeks:
            weeks = (day - date.fromisoformat(self.start)).days // WEEK + 0.5
            ramp_share = ramp(weeks, self.ramp_weeks, self.ramp_start)
        return self.fraction * ramp_share

    def _away(self, text: str) -> float:
        return max((a.fraction for a in self.absences if covers(a.start, a.end, text)), default=0.0)


def ramp(weeks: float, ramp_weeks: float = RAMP_WEEKS, start: float = RAMP_START) -> float:
    """The share of a full member that somebody counts for, so many weeks after their start."""
    if ramp_weeks <= 0:
        return 1.0
    return min(1.0, start + (1 - start) * weeks / ramp_weeks)


def effective_people(
    team: int, staffing: Staffing, calendar: Calendar, first: date, last: date
) -> dict[date, float]:
    """By working day from ``first`` to ``last`` the people of a team.

    ``calendar`` is that of the team (:meth:`vsm.model.team.Team.calendar`). A week of a ramp counts
    as its middle. Where somebody is away twice on a day, the larger fraction counts.
    """
    by_day = _present_and_away(team, staffing, calendar, first, last)
    return {day: present for day, (present, _) in by_day.items()}


def _present_and_away(
    team: int, staffing: Staffing, calendar: Calendar, first: date, last: date
) -> dict[date, tuple[float, float]]:
    """By working day the people of a team, and those whom absences keep from it."""
    everybody = [*_allocated(team, staffing), *_shared(team, staffing)]
    out = {}
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        if calendar.works(day):
            text = day.isoformat()
            # A plan may take more people away than there are.
            present = max(0.0, sum(somebody.on(day, text) for somebody in everybody))
            away = (one.at_all(day, text) - one.on(day, text) for one in everybody if one.absences)
            out[day] = (present, sum(away))
    return out


def weekly_people(
    team: int, staffing: Staffing, calendar: Calendar, first: date, weeks: int
) -> list[WeekOfPeople]:
    """So many weeks, from that of ``first`` on, with the mean over their working days."""
    monday = first - timedelta(days=first.weekday())
    last = monday + timedelta(days=WEEK * weeks - 1)
    by_day = _present_and_away(team, staffing, calendar, monday, last)
    out = []
    for n in range(weeks):
        start = monday + timedelta(days=WEEK * n)
        worked = [by_day[d] for k in range(WEEK) if (d := start + timedelta(days=k)) in by_day]
        people = fmean(present for present, _ in worked) if worked else None
        away = fmean(away for _, away in worked) if worked else 0.0
        out.append(WeekOfPeople(start, people, len(worked), away))
    return out


def skills_of(team: int, staffing: Staffing, today: date) -> frozenset[str]:
    """The skills of those who are allocated to a team today."""
    text = today.isoformat()
    return frozenset(
        skill
        for one in staffing.allocations
        if one.team == team and covers(one.start, one.end, text)
        for skill in one.skills
    )


# -- who is there ---------------------------------------------------------------------------


def _allocated(team: int, staffing: Staffing) -> list[_Presence]:
    """Those who are allocated to a team, and hires that have signed."""
    away = _Absences(team, staffing.absences)
    present = [
        _Presence(a.start, a.end, a.fraction, a.ramp_weeks or 0, a.ramp_start, away.of(a.member))
        for a in staffing.allocations
        if a.team == team
    ]
    present += [
        _Presence(h.start, None, h.fraction, h.ramp_weeks, h.ramp_start, away.of(None))
        for h in staffing.hires
        if h.team == team and h.state == HireState.SIGNED and h.start is not None
    ]
    return present


def _shared(team: int, staffing: Staffing) -> list[_Presence]:
    """What members give a team by membership alone, over the spans of days of their allocations.

    The teams of a member without an allocation share evenly what allocations leave of one person.
    """
    away = _Absences(team, staffing.absences)
    by_member: dict[int, list[Allocation]] = defaultdict(list)
    for allocation in staffing.allocations:
        by_member[allocation.member].append(allocation)
    out: list[_Presence] = []
    for member in staffing.members:
        if team not in member.teams:
            continue
        own = by_member.get(member.id, [])
        for start, end in _spans(own):
            then = [a for a in own if covers(a.start, a.end, start)]
            without = set(member.teams) - {a.team for a in then}
            left = 1 - sum(a.fraction for a in then)
            if team in without and left > 0:
                share = left / len(without)
                out.append(_Presence(start, end, share, 0, 1.0, away.of(member.id)))
    return out


def _spans(allocations: Sequence[Allocation]) -> Iterable[tuple[str, str | None]]:
    """Spans of days in which the same allocations hold, from the beginning of time on."""
    starts = {date.min.isoformat(), *(a.start for a in allocations)}
    for allocation in allocations:
        if allocation.end is not None and allocation.end < date.max.isoformat():
            starts.add((date.fromisoformat(allocation.end) + timedelta(days=1)).isoformat())
    ordered = sorted(starts)
    for start, following in zip(ordered, [*ordered[1:], None], strict=True):
        if following is None:
            yield start, None
        else:
            yield start, (date.fromisoformat(following) - timedelta(days=1)).isoformat()


class _Absences:
    """Absences by member, with those of the whole team."""

    def __init__(self, team: int, absences: Iterable[Absence]) -> None:
        self._of_team: list[Absence] = []
        self._by_member: dict[int, list[Absence]] = defaultdict(list)
        for absence in absences:
            if absence.member is not None:
                self._by_member[absence.member].append(absence)
            elif absence.team == team:
                self._of_team.append(absence)

    def of(self, member: int | None) -> tuple[Absence, ...]:
        """The absences that count for a member; for somebody still unknown, those of the team."""
        own = self._by_member.get(member, []) if member is not None else []
        return (*own, *self._of_team)
