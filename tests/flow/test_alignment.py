"""Days of teams by what their work served, in histories that are worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.model.conftest import Board, board
from tests.samples.streams import kanban
from vsm.features.portfolio.alignment import _shared
from vsm.features.portfolio.alignment_report import report_alignment
from vsm.features.portfolio.alignment_results import Alignment
from vsm.features.portfolio.reading import read_portfolio
from vsm.features.portfolio.results import Portfolio
from vsm.model import command as c
from vsm.model.entities import TEAM
from vsm.model.portfolio_entities import CONTRIBUTION, INITIATIVE, OBJECTIVE
from vsm.report.markdown import draw_markdown

__all__ = ["board"]

DAY = 86_400_000_000
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("visits", "shares"),
    [
        ([(0, 10)], [10]),
        ([(0, 10), (0, 10)], [5, 5]),
        ([(0, 10), (4, 6)], [9, 1]),
        ([(0, 4), (6, 10)], [4, 4]),
        ([(3, 3), (0, 2)], [0, 2]),
        ([(0, 6), (3, 9), (3, 6)], [4, 4, 1]),
    ],
)
def test_time_is_shared_by_those_at_that_time(
    visits: list[tuple[int, int]], shares: list[float]
) -> None:
    entered, left = np.array(visits, dtype=np.int64).T
    assert _shared(entered, left).tolist() == pytest.approx(shares)


@pytest.fixture
def two_teams(board: Board) -> Board:
    """Ten days in which Blue works on one item of a label, and Red on four of which one has it."""
    for name in ("Blue", "Red"):
        board.done(c.AddEntity(TEAM, {"name": name, "workdays": EVERY_DAY}))
    blue, red = (team.id for team in board.read.teams())
    build, review = board.stage("Build"), board.stage("Review")
    board.done(c.SetStage(build.id, {"team": blue}), c.SetStage(review.id, {"team": red}))
    board.done(c.SetStage(review.id, {"limit": None}))
    for name, share in (("Keep", 0.8), ("Win", 0.1)):
        board.done(c.AddEntity(OBJECTIVE, {"name": name, "share": share}))
    for number, label in enumerate(("mine", "mine", "other", "other", "other"), 4):
        board.done(c.AddItem(1, label, fields={"labels": (label,), "type": "defect"}))
        board.done(c.MoveItem(number, build.id if number == 4 else review.id))
    values = {"name": "Loyalty", "filter": "label:mine", "state": "ready"}
    board.done(c.AddEntity(INITIATIVE, values))
    for objective, weight in ((1, 0.75), (2, 0.25)):
        tie = {"initiative": 1, "objective": objective, "weight": weight}
        board.done(c.AddEntity(CONTRIBUTION, tie))
    board.at += 10 * DAY
    return board


def read(board: Board) -> tuple[Portfolio, Alignment]:
    result = read_portfolio(board.read, board.at)
    assert result.alignment is not None
    return result, result.alignment


def test_a_team_with_many_items_weighs_as_one_with_few(two_teams: Board) -> None:
    result, aligned = read(two_teams)
    assert aligned.days == pytest.approx(20)
    blue, red = sorted(aligned.teams, key=lambda team: team.team)
    assert [blue.days, blue.unaligned] == pytest.approx([10, 0])
    assert [red.days, red.unaligned] == pytest.approx([10, 7.5])
    assert {part.objective: part.days for part in red.objectives} == {
        "Keep": pytest.approx(1.875), "Win": pytest.approx(0.625),
    }  # fmt: skip
    keep, win = result.objectives
    assert [keep.share, win.share] == pytest.approx([9.375 / 20, 3.125 / 20])
    assert result.unaligned == pytest.approx(7.5 / 20)
    assert (keep.is_off, win.is_off) == (True, False)


def test_what_served_no_objective_is_named_by_stream_and_kind(two_teams: Board) -> None:
    result, aligned = read(two_teams)
    (work,) = aligned.unaligned
    assert (work.stream, work.type, work.items) == ("Card issuing", "defect", 3)
    assert work.days == pytest.approx(7.5)
    assert work.behind == ((6, "2.5 days"), (7, "2.5 days"), (8, "2.5 days"))
    page = draw_markdown(report_alignment(result))
    assert "38% of the work of the last 90 days served no objective" in page
    assert "20 working days of 2 teams" in page
    assert "▼ 33" in page and "▲ 6" in page and "Blue 8 and Red 2" in page


def test_stages_without_a_team_count_as_one_by_the_name_of_the_stream(two_teams: Board) -> None:
    for name in ("Build", "Review"):
        two_teams.done(c.SetStage(two_teams.stage(name).id, {"team": None}))
    _, aligned = read(two_teams)
    (team,) = aligned.teams
    assert team.team == "Card issuing"
    assert team.unaligned == pytest.approx(team.days * 3 / 5)


def test_with_nothing_in_working_stages_nothing_is_said(board: Board) -> None:
    board.done(c.AddEntity(OBJECTIVE, {"name": "Keep"}))
    result = read_portfolio(board.read, board.at)
    assert (result.alignment, result.unaligned, result.objectives[0].share) == (None, None, None)
    assert "No team worked on anything" in draw_markdown(report_alignment(result))


def test_work_on_what_went_to_another_stream_still_counts(two_teams: Board) -> None:
    two_teams.done(kanban("Loans", "UTC", "LOAN"))
    other = two_teams.read.stream_named("Loans")
    two_teams.done(c.TransferItem(6, other.order[0].id))
    _, aligned = read(two_teams)
    (work,) = (work for work in aligned.unaligned if work.stream == "Card issuing")
    assert work.items == 3 and work.days == pytest.approx(7.5)


def test_what_lies_in_a_stream_that_is_silent_is_worked_on_by_nobody(two_teams: Board) -> None:
    two_teams.at += 40 * DAY
    result = read_portfolio(two_teams.read, two_teams.at)
    assert (result.alignment, result.unaligned) == (None, None)
