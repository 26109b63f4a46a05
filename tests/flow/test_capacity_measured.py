"""The load of a team measured on small histories: arrivals, working days, slots, basis."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import inf

import numpy as np
import pytest

from tests.flow.test_shared_teams import history, stage, stream_named
from vsm.features.bottlenecks.constraint import judge_recent
from vsm.features.capacity.measuring import JudgedStream, Measured, measure
from vsm.features.capacity.outlook import TeamOutlook, without_short_leave
from vsm.features.capacity.people import WeekOfPeople
from vsm.features.capacity.results import Basis
from vsm.features.capacity.trends import trend_of
from vsm.features.capacity.visits import (
    Week,
    arrivals_by_week,
    squared_variation,
    visits_to,
    waiting_at,
    working_moments,
)
from vsm.flow.facts import Facts
from vsm.flow.history import Ints
from vsm.model.calendar import Calendar
from vsm.model.rules import DAY, day_start
from vsm.model.stream import Category
from vsm.model.team import Team

FLOW = stream_named(
    *("Web", stage("Ready", Category.QUEUE), stage("Build", team=1), stage("Done", Category.DONE))
)
CORE = Team(1, "Core")
MONDAY = day_start(date(2026, 3, 2), "UTC") / DAY
"""The first Monday of March as days since 1970."""


def moments(*days: float) -> Ints:
    return np.array([round((MONDAY + day) * DAY) for day in days], dtype=np.int64)


def test_only_working_days_count() -> None:
    calendar = Calendar(holidays=("2026-03-09",))
    begin, friday, saturday, tuesday = working_moments(
        moments(0.5, 4.5, 5.5, 8.5), "UTC", calendar
    ).tolist()
    # Monday noon to Friday noon are 4 days, to Saturday noon 4.5; then the weekend and a holiday.
    assert (friday - begin) / DAY == 4.0
    assert (saturday - begin) / DAY == 4.5
    assert (tuesday - begin) / DAY == 5.0
    # Counted from a fixed day: working times of two calls can be subtracted.
    (alone,) = working_moments(moments(8.5), "UTC", calendar).tolist()
    assert alone == tuesday
    # On the day on which clocks go back in Berlin (25 October 2026) no time is lost.
    day = day_start(date(2026, 10, 26), "Europe/Berlin")
    late, early = working_moments(np.array([day, day - DAY]), "Europe/Berlin", calendar).tolist()
    assert late == early, "a Sunday"


def test_a_visit_arrives_in_the_queue_and_is_worked_on_in_the_stage() -> None:
    flow = history(
        FLOW,
        (MONDAY, MONDAY + 1, MONDAY + 3),  # Ready on Monday, Build on Tuesday, done on Thursday
        (MONDAY + 1, MONDAY + 4, MONDAY + 7),  # over a weekend
        (MONDAY + 2,),  # still waits
    )
    end = round((MONDAY + 9) * DAY)
    visits = visits_to(flow, Facts.from_rows(), 1, (0,), Calendar(), end)
    assert visits.waited.tolist() == [1.0, 3.0, 5.0] and visits.days.tolist() == [2.0, 1.0, 0.0]
    assert waiting_at(visits, moments(0.5, 2.5, 8.0)).tolist() == [1, 2, 1]
    weeks = [Week(date(2026, 2, 23), 5), Week(date(2026, 3, 2), 5)]
    assert arrivals_by_week(visits, weeks, "UTC").tolist() == [0, 3]


def test_blocked_time_is_no_work() -> None:
    flow = history(FLOW, (MONDAY, MONDAY, MONDAY + 4))
    facts = Facts.from_rows([(1, "external", None, *moments(1, 2.5).tolist())])
    end = round((MONDAY + 9) * DAY)
    (days,) = visits_to(flow, facts, 1, (0,), Calendar(), end).days.tolist()
    assert days == 2.5


def test_variation_is_at_least_a_quarter_and_one_where_little_is_known() -> None:
    assert squared_variation(np.ones(50)) == 0.25
    assert squared_variation(np.ones(5)) == 1.0
    draw = np.random.default_rng(1).exponential(1.0, 4_000)
    assert squared_variation(draw) == pytest.approx(1.0, abs=0.15)


def measured(people: float, servers: int, days: float, every: float, weeks: int = 26) -> Measured:
    """A team that takes work in order of arrival; an item comes every so many calendar days.

    Work takes half as long or half as long again as on average, in turn.
    """
    free, items = [0.0] * servers, []
    for n in range(int(7 * weeks / every)):
        arrival = n * every
        free.sort()
        begin = max(arrival, free[0])
        free[0] = begin + days * (0.5 + (n * 7 % 11) / 10)
        items.append((arrival, begin, free[0]))
    end = MONDAY + 7 * weeks
    rows = [tuple(MONDAY + day for day in item if MONDAY + day <= end) for item in items]
    flow = history(FLOW, *rows)
    now = round(end * DAY)
    judged = JudgedStream(flow, Facts.from_rows(), judge_recent(flow, now, {1: "Core"}), now)
    team = Team(1, "Core", workdays=(1, 2, 3, 4, 5, 6, 7))
    return measure(team, [judged], (people, people), team.calendar(Calendar()), "UTC", now)


def test_slots_and_work_are_those_of_the_bottlenecks() -> None:
    team = measured(people=4.0, servers=2, days=1.7, every=1.0)
    assert team.basis is Basis.MEASURED and team.slots == 2.0 and team.focus == 0.5
    assert team.arrivals == pytest.approx(1.0, abs=0.02)
    assert team.work == pytest.approx(1.7, rel=0.1)
    outlook = TeamOutlook(team, [], [])
    assert outlook.now is not None
    assert outlook.now.utilisation == pytest.approx(0.85, rel=0.1)


def test_several_items_at_once_are_no_overload_where_the_queue_does_not_grow() -> None:
    # An item comes every 6 days and is in the stage for 90, whatever else is there. Too few left
    # it to tell anything of slots.
    rows = [(MONDAY + 6 * n, MONDAY + 6 * n, MONDAY + 6 * n + 90) for n in range(31)]
    flow = history(FLOW, *[tuple(d for d in row if d <= MONDAY + 182) for row in rows])
    now = round((MONDAY + 182) * DAY)
    judged = JudgedStream(flow, Facts.from_rows(), judge_recent(flow, now, {1: "Core"}), now)
    team = measure(CORE, [judged], (3.0, 3.0), Calendar(), "UTC", now)
    assert team.known_slots is None and team.basis is Basis.SEVERAL
    assert team.in_work == pytest.approx(15.0, abs=0.5) and not team.grows
    assert TeamOutlook(team, [], []).now is None
    # Ten times as many people: one item a person at a time is possible, and used by half at most.
    many = measure(CORE, [judged], (30.0, 30.0), Calendar(), "UTC", now)
    assert many.basis is Basis.ASSUMED and many.slots == 30.0
    nobody = measure(CORE, [judged], (0.0, 0.0), Calendar(), "UTC", now)
    assert nobody.basis is Basis.UNKNOWN


def test_weeks_ahead_have_the_people_that_are_planned() -> None:
    team = measured(people=4.0, servers=2, days=1.4, every=1.0)
    monday = team.today - timedelta(days=team.today.weekday())

    def week(n: int, people: float | None) -> WeekOfPeople:
        away = 3.0 if people == 0 else 0.0
        return WeekOfPeople(monday + timedelta(weeks=n), people, 0 if people is None else 7, away)

    past = [week(n, 4.0) for n in range(-26, 0)]
    ahead = [week(0, 4.0), week(1, None), week(2, 0.0), *[week(n, 3.0) for n in range(3, 26)]]
    outlook = TeamOutlook(team, past, ahead)
    rows = [row for row in outlook.weeks() if row.planned]
    assert rows[0].utilisation == pytest.approx(0.7, rel=0.1)
    assert rows[1].utilisation is None and rows[2].utilisation is None, "nobody is there"
    assert rows[3].utilisation == pytest.approx(0.7 * 4 / 3, rel=0.1)
    saturation = outlook.saturation()
    assert saturation is not None and saturation.weeks_ahead == 2, "one has left; three are away"
    assert saturation.why == "people go from 4.0 to 3.0"


def planned_weeks(team: Measured, people: dict[int, float], away: bool) -> TeamOutlook:
    """A team of four, with other numbers of people in some weeks ahead."""
    monday = team.today - timedelta(days=team.today.weekday())
    rows = [
        WeekOfPeople(
            monday + timedelta(weeks=n),
            people.get(n, 4.0),
            7,
            4.0 - people.get(n, 4.0) if away and n >= 0 else 0.0,
        )
        for n in range(-26, 40)
    ]
    return TeamOutlook(team, rows[:26], rows[26:52], 1.0, rows[52:])


def test_a_team_that_loses_all_its_people_does_nothing_any_more() -> None:
    team = measured(people=4.0, servers=2, days=1.4, every=1.0)
    as_is = planned_weeks(team, {}, away=False)
    gone = planned_weeks(team, dict.fromkeys(range(10, 40), 0.0), away=False)
    saturation = gone.saturation()
    assert as_is.saturation() is None
    assert saturation is not None and saturation.weeks_ahead == 10
    assert saturation.why == "nobody is in the team then"
    before, after = as_is.for_comparison(frozenset()), gone.for_comparison(frozenset())
    assert before is not None and after is not None
    # An item a day comes, and waits on for the 16 weeks that are left: 112 days, 56 on average.
    assert after.waiting - before.waiting > 0.9 * 112 * 56
    # All on leave are no loss of people: what is there to be compared are the other weeks.
    leave = planned_weeks(team, dict.fromkeys(range(10, 12), 0.0), away=True)
    assert leave.saturation() is None
    # Nobody is there from today on.
    nobody = replace(team, people=0.0)
    today = planned_weeks(nobody, dict.fromkeys(range(40), 0.0), away=False)
    assert today.now is None
    after = today.for_comparison(frozenset())
    assert after is not None and after.waiting > 0.9 * 182 * 91 and after.busiest == inf


def test_leave_of_under_four_weeks_is_a_dip_and_no_saturation() -> None:
    # 70% of four people: 93% with three, for the weeks 5 to 7 and for week 11.
    team = measured(people=4.0, servers=2, days=1.4, every=1.0)
    outlook = planned_weeks(team, {5: 3.0, 6: 2.9, 7: 3.0, 11: 3.0}, away=True)
    assert outlook.saturation() is None
    first, second = outlook.dips()
    assert (first.week, first.weeks) == (outlook.ahead[5].monday, 3)
    assert (first.people, first.usual_people) == (2.9, pytest.approx(4.0))
    assert first.utilisation == pytest.approx(0.7 * 4 / 2.9, rel=0.1)
    assert (second.week, second.weeks) == (outlook.ahead[11].monday, 1)
    # Four weeks are no dip. Fewer people who are not on leave are none either.
    long = planned_weeks(team, dict.fromkeys(range(5, 9), 3.0), away=True)
    saturation = long.saturation()
    assert long.dips() == () and saturation is not None and saturation.weeks_ahead == 5
    assert saturation.why == "leave takes it from 4.0 to 3.0 people"
    moved = planned_weeks(team, {24: 3.0, 25: 3.0} | dict.fromkeys(range(26, 40), 3.0), away=False)
    saturation = moved.saturation()
    assert moved.dips() == () and saturation is not None and saturation.weeks_ahead == 24
    assert saturation.why == "people go from 4.0 to 3.0"


def test_the_share_of_leave_that_does_not_last_is_left_out() -> None:
    # One of four is away for long; a second one joins for the weeks 3 and 4.
    people = [4.0, 3.0, 3.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0]
    monday = date(2026, 3, 2)
    weeks = [
        WeekOfPeople(monday + timedelta(weeks=n), some, 5, 4.0 - some)
        for n, some in enumerate(people)
    ]
    lasting = [week.people for week in without_short_leave(weeks)]
    assert lasting == [4.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 4.0]
    # Without absences nothing is filled in; a week without a working day stays as it is.
    planned = [WeekOfPeople(week.monday, week.people, 5) for week in weeks]
    assert without_short_leave(planned) == planned
    closed = [*weeks[:3], WeekOfPeople(monday, None, 0), *weeks[3:]]
    assert [week.people for week in without_short_leave(closed)][3:6] == [None, 3.0, 3.0]
    assert without_short_leave([]) == []


def test_a_trend_has_a_direction_only_by_a_signal() -> None:
    # Mean 5.2, moving ranges of 1 and 2: limits of about 5.2 ± 3.5.
    usual = [5, 6, 4, 5, 6, 5, 4, 6, 5, 5, 6, 4, 5, 6, 5, 4]
    assert trend_of("visits", usual).direction is None
    assert trend_of("visits", [*usual, 6, 6]).direction is None
    up = trend_of("visits", [*usual, 5, 12])
    assert (up.now, up.direction) == (12, "up")
    assert trend_of("visits", [*usual, *[7] * 9]).direction == "up"
    assert trend_of("visits", [*usual, *[3] * 9]).direction == "down"
    # Long ago is not now, and 1 of 1 is no more than it was.
    assert trend_of("visits", [12, *usual]).direction is None
    assert trend_of("streams", [0, *[1] * 20]).direction is None
    assert trend_of("visits", [1, 2, 30]).usual is None
