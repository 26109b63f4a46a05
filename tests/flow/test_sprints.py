"""Figures of sprints by hand: ranges, the ideal line, capacity, bugs."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from tests.model.conftest import Board, board
from vsm.features.sprints.bug_report import report_bugs
from vsm.features.sprints.bugs import read_bugs
from vsm.features.sprints.figures import (
    capacity_share,
    days_between,
    ideal_line,
    redrawn_ideal,
    say_do,
    velocity_range,
)
from vsm.features.sprints.reading import read_sprint, read_sprints
from vsm.features.sprints.report import report, report_sprint
from vsm.model import command as c
from vsm.model.calendar import Calendar
from vsm.model.plural import count
from vsm.model.rules import local
from vsm.model.sprint import Measure
from vsm.model.sprint_entities import SPRINT
from vsm.report.document import Sentence
from vsm.report.markdown import draw_markdown
from vsm.report.publish import publish

__all__ = ["board"]

DAY = 86_400_000_000
MONDAY = date(2026, 11, 30)


def test_velocity_is_a_range_of_three_to_eight_sprints() -> None:
    assert velocity_range([10, 20]) is None
    assert velocity_range([10, 30, 20]) == (10, 30)
    # of 8 values 15% is the 2nd and 85% the 7th by nearest rank; older ones do not count
    assert velocity_range([99, 1, 2, 3, 4, 5, 6, 7, 8]) == (2, 7)


def test_the_ideal_line_is_flat_on_days_off() -> None:
    days = days_between(MONDAY, MONDAY + timedelta(days=7))
    line = ideal_line(days, Calendar(), 12)
    assert line == pytest.approx([10, 8, 6, 4, 2, 2, 2, 0])
    closed = Calendar(holidays=("2026-12-01",))
    assert ideal_line(days, closed, 10) == pytest.approx([8, 8, 6, 4, 2, 2, 2, 0])
    assert ideal_line(days[5:7], Calendar(), 10) == [5, 0], "no working day: straight"


def test_the_ideal_line_is_drawn_anew_where_the_end_moves() -> None:
    days = days_between(MONDAY, MONDAY + timedelta(days=8))
    friday, tuesday = MONDAY + timedelta(days=4), MONDAY + timedelta(days=8)
    line = redrawn_ideal(
        days, Calendar(), 10, [(MONDAY, friday), (MONDAY + timedelta(days=2), tuesday)]
    )
    assert line[:2] == [8, 6]
    assert line[2:] == pytest.approx([4.8, 3.6, 2.4, 2.4, 2.4, 1.2, 0])


def test_capacity_is_the_commitment_over_the_pace_by_team_day() -> None:
    pace, share = capacity_share(23.6, 40, [(99, 1)] + [(20, 40)] * 5)
    assert (pace, share) == (0.5, pytest.approx(1.18))
    assert capacity_share(10, None, [(20, 40)]) == (0.5, None)
    assert capacity_share(10, 40, []) == (None, None)


def test_say_do_of_nothing_is_unknown() -> None:
    assert say_do(3, 0) is None
    assert say_do(3, 4) == 0.75


# -- read from a database -----------------------------------------------------------------------


@pytest.fixture
def sprints(board: Board) -> Board:
    """Four closed sprints of 10 points, of which 5, 6, 7 and 8 were done, and an active one."""
    for n in range(1, 6):
        first = date(2001, 9, 10) + timedelta(days=14 * (n - 1))
        values = {
            "name": f"Sprint {n}",
            "only": 1,
            "planned_start": first.isoformat(),
            "planned_end": (first + timedelta(days=11)).isoformat(),
            "capacity_days": 10,
        }
        board.done(c.AddEntity(SPRINT, values))
    for n in range(1, 6):
        board.done(c.AddItem(1, f"done {n}", fields={"estimate": 4 + n}))
        board.done(c.AddItem(1, f"left {n}", fields={"estimate": 6 - n}))
        done, left = 2 + 2 * n, 3 + 2 * n
        board.done(c.AddToSprint(done, n), c.AddToSprint(left, n))
        board.at += DAY
        board.done(c.StartSprint(n))
        board.at += DAY
        if n < 5:
            board.done(c.MoveItem(done, board.stage("Done").id))
            board.at += DAY
            board.done(c.CloseSprint(n))
    return board


def test_the_list_has_a_range_and_never_a_mean(sprints: Board) -> None:
    result = read_sprints(sprints.read, sprints.stream, sprints.at)
    assert [one.summary.completed for one in result.sprints] == [5, 6, 7, 8, 0]
    assert (result.velocity.low, result.velocity.high) == (5, 8)
    assert (result.velocity.low_items, result.velocity.high_items) == (1, 1)
    text = " ".join(
        part.text
        for section in report(result).sections
        for part in section.parts
        if isinstance(part, Sentence)
    )
    assert "5 to 8 points each" in text
    assert "mean" not in text
    assert "average" not in text


def test_one_sprint_is_published_with_all_that_the_format_asks(sprints: Board) -> None:
    result = read_sprint(sprints.read, sprints.stream, 5, sprints.at)
    assert result is not None
    shape = publish(result)
    assert shape["schema"] == "vsm.sprint/1"
    assert shape["commitment"] == [
        {"item": "CI-12", "estimate": 9.0},
        {"item": "CI-13", "estimate": 1.0},
    ]
    assert shape["summary"] == dict(zip("SAREC", (10, 0, 0, 0, 0), strict=True), K=10)
    assert shape["commitment_from"] == "event"
    assert shape["events"][0]["kind"] == "started"
    assert shape["capacity"]["share"] == pytest.approx(10 / (26 / 40 * 10), abs=0.001)
    assert shape["odds"]["left"] == 2
    assert {"summary", "velocity", "odds"} <= shape["definitions"].keys()


def sentences(board: Board, number: int) -> list[str]:
    """The sentences at the head of a sprint's report."""
    result = read_sprint(board.read, board.stream, number, board.at, present=False)
    assert result is not None
    parts = report_sprint(result, "UTC").sections[0].parts
    return [part.text for part in parts if isinstance(part, Sentence)]


def test_a_sprint_that_closed_early_has_its_real_days(sprints: Board) -> None:
    sprints.done(c.CloseSprint(5))
    result = read_sprint(sprints.read, sprints.stream, 5, sprints.at, present=False)
    assert result is not None
    closed = local(result.actual.closed or 0, "UTC").date()
    early = (result.planned.end - closed).days
    assert early > 0
    assert result.days[-1].day == closed
    assert result.days[-1].ideal, "the ideal line still goes to the planned end"
    first, *_ = lines = sentences(sprints, 5)
    assert first.startswith("Closed, ")
    assert f"{count(early, 'day')} before its planned end" in first
    assert any(line.endswith("+ 10 left") for line in lines)


def test_capacity_names_both_sides(sprints: Board) -> None:
    # 26 points in 40 team-days before: 6.5 in the 10 of this sprint
    text = "Capacity: 154%, 10 points against 6.5 that the last 4 sprints finished"
    assert f"{text} in as many team-days (10)" in sentences(sprints, 5)


def test_capacity_cannot_tell_without_any_estimate(sprints: Board) -> None:
    values = {"name": "Bare", "only": 1, "planned_start": "2001-11-19", "capacity_days": 10}
    sprints.done(c.AddEntity(SPRINT, {**values, "planned_end": "2001-11-30"}))
    sprints.done(c.AddToSprint(1, 6))
    bare = "Capacity: cannot tell, as no item has an estimate"
    assert bare in sentences(sprints, 6)
    sprints.done(c.EditItem(1, {"estimate": 2}))
    assert bare not in sentences(sprints, 6)


def test_the_measure_turns_points_into_items(sprints: Board) -> None:
    result = read_sprint(
        sprints.read, sprints.stream, 1, sprints.at, measure=Measure.COUNT, present=False
    )
    assert result is not None
    assert (result.summary.started, result.summary.completed, result.summary.carried) == (2, 1, 1)


def test_missing_estimates_are_said_beside_the_chart(sprints: Board) -> None:
    sprints.done(c.AddToSprint(1, 5, "urgent"))
    assert "1 of 3 without an estimate: they count 0 in points" in sentences(sprints, 5)


def test_two_active_sprints_of_one_team_are_said(sprints: Board) -> None:
    values = {"name": "Beside", "only": 1, "planned_start": "2001-11-05"}
    sprints.done(c.AddEntity(SPRINT, {**values, "planned_end": "2001-11-09"}))
    sprints.done(c.StartSprint(6, empty=True))
    result = read_sprint(sprints.read, sprints.stream, 6, sprints.at, present=False)
    assert result is not None
    assert result.overlaps == ("Sprint 5",)


# -- bugs ---------------------------------------------------------------------------------------


def test_bugs_come_go_escape_and_are_reopened(board: Board) -> None:
    done, build = board.stage("Done").id, board.stage("Build").id
    for n, labels in enumerate((("severity:high",), ("found_in:production",), ())):
        fields = {"type": "Bug", "labels": labels}
        board.done(c.AddItem(1, f"bug {n}", fields=fields))
    board.at += 3 * DAY
    board.done(c.MoveItem(4, done), c.MoveItem(5, done))
    board.at += DAY
    board.done(c.ReopenItem(5, to=build))
    board.at += 8 * DAY
    result = read_bugs(board.read, board.stream, board.at, weeks=4)
    assert (result.inflow, result.outflow, result.open) == (3, 2, 2)
    assert (result.finished, result.reopened, result.reopen_rate) == (2, 1, 0.5)
    assert (result.escaped, result.age_p50, result.age_p85) == (1, 12, 12)
    (high,) = result.by_severity
    assert (high.severity, high.open, high.finished, high.sle_days) == ("high", 0, 1, 4)
    assert sum(week.net for week in result.weeks) == 1
    before = read_bugs(board.read, board.stream, board.at - 9 * DAY, weeks=4)
    assert before.open == 1, "as of the moment at which two were done"
    text = draw_markdown(report_bugs(result))
    assert not re.search(r"[+-]0(?![.\d])", text), "nothing has no sign"
    assert "2 bugs open, the oldest for 12 days" in text, "percentiles of two say nothing"
    assert "Reopened later: 1 of the 2 bugs that finished in these weeks" in text
    assert (result.open_items, result.reopened_items, result.escaped_items) == ((5, 6), (5,), (5,))
    came = [item for week in result.weeks for item in week.came]
    went = [item for week in result.weeks for item in week.went]
    assert (came, went) == ([4, 5, 6], [4, 5]), "what a week opens is what it counts"


def test_a_bug_of_long_ago_says_nothing_about_these_weeks(board: Board) -> None:
    board.done(c.AddItem(1, "old bug", fields={"type": "Bug"}))
    board.done(c.MoveItem(4, board.stage("Done").id))
    board.at += 60 * DAY
    result = read_bugs(board.read, board.stream, board.at, weeks=4)
    assert (result.finished, result.reopen_rate) == (0, None)
    assert "No bug is open, and none came or finished in the last 4 weeks" in draw_markdown(
        report_bugs(result)
    )
