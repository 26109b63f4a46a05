"""The people that a team has: fractions, ramps, absences, holidays, hires, shared members."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.features.capacity.people import (
    Staffing,
    effective_people,
    ramp,
    skills_of,
    weekly_people,
)
from vsm.model.allocation import Absence, Allocation, Hire
from vsm.model.calendar import Calendar
from vsm.model.team import Member, Team

CORE, RISK = 1, 2
MONDAY = date(2026, 11, 30)
ANNA = Member(1, "anna", "Anna", "an", (CORE,))
BEN = Member(2, "ben", "Ben", "be", (CORE, RISK))


def allocation(number: int, member: int, fraction: float, **more: object) -> Allocation:
    values = {"team": CORE, "start": "2026-01-01", "ramp_weeks": 0, **more}
    return Allocation(number, str(number), member, fraction=fraction, **values)  # type: ignore[arg-type]


def absence(member: int | None, start: str, end: str, **more: object) -> Absence:
    values = {"team": None, "absence_kind": "leave", **more}
    return Absence(1, "1", member, start=start, end=end, **values)  # type: ignore[arg-type]


def test_skills_are_those_of_the_allocations_of_today() -> None:
    spans = ((None, "go"), ("2026-11-29", "pci"), ("2026-11-30", "cobol"))
    ended = [
        allocation(n, n, 0.5, end=end, skills=(skill,)) for n, (end, skill) in enumerate(spans)
    ]
    later = allocation(9, 1, 0.5, start="2027-01-01", skills=("rust",))
    other = allocation(10, 1, 0.5, team=RISK, skills=("law",))
    staffing = Staffing((ANNA, BEN), (*ended, later, other))
    assert skills_of(CORE, staffing, MONDAY) == {"go", "cobol"}


def on(day: date, staffing: Staffing, team: int = CORE) -> float:
    return effective_people(team, staffing, Calendar(), day, day)[day]


def test_a_ramp_of_eight_weeks_from_03_has_a_mean_of_065() -> None:
    assert fmean(ramp(week + 0.5) for week in range(8)) == pytest.approx(0.65)
    assert (ramp(0), ramp(8), ramp(20), ramp(1, ramp_weeks=0)) == (0.3, 1.0, 1.0, 1.0)
    new = Staffing((), (allocation(1, 1, 1.0, start=MONDAY.isoformat(), ramp_weeks=8),))
    weeks = weekly_people(CORE, new, Calendar(), MONDAY, 9)
    assert fmean(w.people or 0 for w in weeks[:8]) == pytest.approx(0.65)
    assert weeks[8].people == 1.0


def test_six_members_at_80_percent_over_twelve_weeks_less_eight_absent_weeks_give_51_2() -> None:
    members = tuple(Member(n, f"m{n}", f"M{n}", f"m{n}", (CORE,)) for n in range(1, 7))
    allocations = tuple(allocation(n, n, 0.8) for n in range(1, 7))

    def away(member: int, week: int, weeks: int) -> Absence:
        start = MONDAY + timedelta(weeks=week)
        end = start + timedelta(weeks=weeks, days=-1)
        return absence(member, start.isoformat(), end.isoformat())

    absences = (away(1, 0, 3), away(2, 2, 2), away(6, 9, 3))
    weeks = weekly_people(CORE, Staffing(members, allocations, absences), Calendar(), MONDAY, 12)
    assert sum(w.people or 0 for w in weeks) == pytest.approx(51.2)
    assert sum(w.away for w in weeks) == pytest.approx(8 * 0.8)


def test_members_without_allocations_count_one_over_all_their_teams() -> None:
    staffing = Staffing((ANNA, BEN))
    assert on(MONDAY, staffing) == 1.5
    assert on(MONDAY, staffing, RISK) == 0.5


def test_what_allocations_leave_of_a_member_goes_to_their_other_teams() -> None:
    lent = Staffing((ANNA,), (allocation(1, 1, 0.4, team=RISK, start="2026-12-07"),))
    later = date(2026, 12, 7)
    assert (on(MONDAY, lent), on(MONDAY, lent, RISK)) == (1.0, 0.0)
    assert (on(later, lent), on(later, lent, RISK)) == (pytest.approx(0.6), 0.4)
    part_time = Staffing((ANNA,), (allocation(1, 1, 0.5, end="2026-12-06"),))
    assert (on(MONDAY, part_time), on(later, part_time)) == (0.5, 1.0)


def test_only_working_days_of_the_team_count() -> None:
    team = Team(CORE, "Core", (1, 2, 3, 4), ("2026-12-01",))
    calendar = team.calendar(Calendar())
    days = effective_people(CORE, Staffing((ANNA,)), calendar, MONDAY, date(2026, 12, 6))
    assert list(days) == [MONDAY, date(2026, 12, 2), date(2026, 12, 3)]
    assert days[MONDAY] == 1.0
    closed = replace(calendar, holidays=tuple(f"2026-12-{n:02}" for n in range(7, 12)))
    week = weekly_people(CORE, Staffing((ANNA,)), closed, date(2026, 12, 9), 1)
    assert (week[0].monday, week[0].people, week[0].working_days) == (date(2026, 12, 7), None, 0)


def test_absences_of_members_and_teams_take_away_the_larger_part_of_a_day() -> None:
    day = "2026-12-01"
    half, whole = absence(1, day, day, fraction=0.5), absence(None, day, day, team=CORE)
    assert on(date(2026, 12, 1), Staffing((ANNA, BEN), (), (half,))) == 1.0
    assert on(date(2026, 12, 1), Staffing((ANNA, BEN), (), (half, half))) == 1.0
    assert on(date(2026, 12, 1), Staffing((ANNA, BEN), (), (half, whole))) == 0.0
    assert on(date(2026, 12, 1), Staffing((ANNA, BEN), (), (half, whole)), RISK) == 0.5
    assert on(MONDAY, Staffing((ANNA, BEN), (), (half, whole))) == 1.5


def test_a_hire_counts_from_its_first_day_once_it_is_signed() -> None:
    hire = Hire(1, "1", CORE, start="2026-12-07", state="signed")
    later = date(2026, 12, 7)
    assert on(MONDAY, Staffing((), hires=(hire,))) == 0.0
    assert on(later, Staffing((), hires=(hire,))) == pytest.approx(0.3 + 0.7 / 16)
    assert on(date(2027, 2, 1), Staffing((), hires=(hire,))) == 1.0
    for state in ("wanted", "approved", "open", "started", "dropped"):
        assert on(later, Staffing((), hires=(replace(hire, state=state),))) == 0.0


@given(
    teams=st.sets(st.sampled_from((1, 2, 3)), max_size=3),
    rows=st.lists(
        st.tuples(
            st.sampled_from((1, 2, 3)),
            st.sampled_from((0.25, 0.5)),
            st.integers(0, 9),
            st.integers(0, 5),
        ),
        max_size=6,
    ),
    day=st.integers(0, 18),
)
def test_nobody_counts_more_than_one_person_over_all_teams(
    teams: set[int], rows: list[tuple[int, float, int, int]], day: int
) -> None:
    def text(number: int) -> str:
        return (MONDAY + timedelta(days=number)).isoformat()

    member = Member(1, "m", "M", "m", tuple(sorted(teams)))
    allocations: list[Allocation] = []
    for number, (team, fraction, start, length) in enumerate(rows, 1):
        first, last = text(start), text(start + length)
        then = [a for a in allocations if a.start <= last and first <= (a.end or "")]
        if sum(a.fraction for a in then) + fraction <= 1 and team not in {a.team for a in then}:
            span = {"team": team, "start": first, "end": last}
            allocations.append(allocation(number, 1, fraction, **span))
    staffing = Staffing((member,), tuple(allocations))
    at = MONDAY + timedelta(days=day)
    every_day = Calendar((1, 2, 3, 4, 5, 6, 7))
    whole = [effective_people(team, staffing, every_day, at, at)[at] for team in (1, 2, 3)]
    now = [a for a in allocations if a.start <= text(day) <= (a.end or "")]
    allocated = sum(a.fraction for a in now)
    has_rest = bool(teams - {a.team for a in now})
    assert sum(whole) == pytest.approx(1.0 if has_rest else allocated)
