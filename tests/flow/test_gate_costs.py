"""Costs of gates: moves entered late, moves undone, waits that nothing has ended yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model.conftest import Board
from tests.model.controls import add_control, set_mode
from vsm.features.governance.reading import read_costs, read_governance
from vsm.features.governance.results import ControlCost
from vsm.model import command as c
from vsm.model.errors import Refusal
from vsm.model.rules import DAY, from_micros
from vsm.session import ChangeGroup

HOUR = DAY // 24


@pytest.fixture
def board(tmp_path: Path) -> Board:
    board = Board(tmp_path / "test.db")
    board.at += 5 * HOUR  # within a working day
    board.done(add_control())
    board.done(set_mode("controlling", today(board)))
    return board


def today(board: Board) -> str:
    return from_micros(board.at).date().isoformat()


def refused(board: Board, item: int) -> None:
    assert isinstance(board.anna.do(c.MoveItem(item, board.stage("Build").id)), Refusal)


def passed(board: Board, item: int, at: int | None = None) -> None:
    board.done(c.EditItem(item, {"owner": "anna"}))
    reason = "" if at is None else "noted on paper"
    board.done(c.MoveItem(item, board.stage("Build").id, at=at, reason=reason))


def cost(board: Board) -> ControlCost:
    (one,) = read_costs(board.read, board.stream, board.at).controls
    return one


def test_a_move_that_is_entered_late_waited_until_it_was_entered(board: Board) -> None:
    item = board.item("CI-1").id
    board.at += 2 * DAY
    refused(board, item)
    moved = board.at - DAY
    board.at += 6 * HOUR
    passed(board, item, at=moved)
    (month,) = cost(board).months
    assert month.wait_days == pytest.approx(0.25, abs=0.01)
    by_moment = board.read.evaluations(1)
    assert [v.at for v in by_moment if not v.is_refused] == [moved]
    assert all(v.judged_at > moved for v in by_moment)  # it says when it was judged


def test_a_move_that_was_undone_never_counted(board: Board) -> None:
    item = board.item("CI-1").id
    refused(board, item)
    passed(board, item)
    (row,) = read_governance(board.read, board.stream, board.at).controls
    assert (row.checked, row.passed, row.refused) == (2, 1, 1)
    assert isinstance(board.anna.undo(), ChangeGroup)
    (row,) = read_governance(board.read, board.stream, board.at).controls
    assert (row.checked, row.passed, row.refused) == (1, 0, 1)
    assert isinstance(board.anna.redo(), ChangeGroup)
    assert isinstance(board.anna.undo(), ChangeGroup)
    assert isinstance(board.anna.redo(), ChangeGroup)
    (row,) = read_governance(board.read, board.stream, board.at).controls
    assert (row.checked, row.passed, row.refused) == (2, 1, 1)


def test_a_new_item_that_was_undone_never_counted(board: Board) -> None:
    board.done(c.AddItem(1, "New", board.stage("Build").id, fields={"owner": "anna"}))
    assert len(board.read.evaluations(1)) == 1
    assert isinstance(board.anna.undo(), ChangeGroup)
    assert board.read.evaluations(1) == []


def test_whoever_still_waits_is_counted(board: Board) -> None:
    """Ten are refused, one passes within an hour, one is dropped, eight wait for 20 days."""
    for number in range(10):
        board.done(c.AddItem(1, f"item {number}", board.stage("Ready").id, reason="limit"))
    items = [board.item(f"CI-{number}").id for number in range(4, 14)]
    for item in items:
        refused(board, item)
    board.at += HOUR
    passed(board, items[0])
    board.at += 2 * DAY
    board.done(c.DropItem(items[1], "not needed"))
    board.at += 18 * DAY
    one = cost(board)
    assert one.fixed_within_a_day.share == 0.1
    assert one.waiting == 8
    assert sum(m.wait_days for m in one.months) == pytest.approx(8 * 20 + 2, abs=1)
    (row,) = read_governance(board.read, board.stream, board.at).controls
    assert row.wait_days == pytest.approx(sum(m.wait_days for m in one.months))


def test_a_wait_of_less_than_a_day_is_not_judged_yet(board: Board) -> None:
    refused(board, board.item("CI-1").id)
    board.at += HOUR
    assert cost(board).fixed_within_a_day.share is None
    assert cost(board).waiting == 1


def test_a_proposal_to_retire_divides_by_all_six_months(board: Board) -> None:
    """4.1 item-days in six months are 0.7 a month, however few of them had verdicts."""
    passed(board, board.item("CI-2").id)
    board.at += 150 * DAY
    item = board.item("CI-1").id
    refused(board, item)
    board.at += 98 * HOUR
    passed(board, item)
    board.at += 35 * DAY
    one = cost(board)
    assert sum(m.wait_days for m in one.months) == pytest.approx(4.1, abs=0.02)
    assert one.proposal is None


def test_a_control_has_six_months_to_find_something(board: Board) -> None:
    refused(board, board.item("CI-1").id)
    board.at += 160 * DAY
    assert cost(board).proposal is None
