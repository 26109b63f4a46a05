"""Stages are put elsewhere, retired and brought back; the past stays as it was."""

from __future__ import annotations

from datetime import date

import pytest

from tests.model.conftest import Board
from vsm.features.metrics.reading import read_figures
from vsm.model import command as c
from vsm.model.event import load
from vsm.model.item import ClassOfService
from vsm.model.query_tree import Query
from vsm.model.rules import DAY
from vsm.model.stream import Category, EdgeKind, LimitKind
from vsm.session import ChangeGroup

BACKLOG, READY, BUILD, REVIEW, DONE, DROPPED = range(1, 7)


def names(board: Board) -> list[str]:
    return [stage.name for stage in board.stream.line]


def edges(board: Board) -> set[tuple[str, str]]:
    stream = board.stream
    return {(stream.stage(x.source).name, stream.stage(x.target).name) for x in stream.edges}


# -- order -------------------------------------------------------------------------


def test_a_stage_put_behind_another_takes_the_flow_with_it(board: Board) -> None:
    board.done(c.PlaceStage(REVIEW, READY))
    assert names(board) == ["Backlog", "Ready", "Review", "Build", "Done", "Dropped"]
    assert edges(board) == {
        ("Backlog", "Ready"),
        ("Ready", "Review"),
        ("Review", "Build"),
        ("Build", "Done"),
    }


def test_a_stage_can_go_to_the_front(board: Board) -> None:
    board.done(c.PlaceStage(READY, None))
    assert names(board)[:3] == ["Ready", "Backlog", "Build"]
    assert ("Ready", "Backlog") in edges(board) and ("Backlog", "Build") in edges(board)


def test_an_edge_that_leads_back_stays_only_where_it_still_does(board: Board) -> None:
    board.done(c.AddEdge(REVIEW, BUILD, EdgeKind.REWORK))
    board.done(c.PlaceStage(REVIEW, READY))
    assert ("Review", "Build") in edges(board) and not [
        x for x in board.stream.edges if x.kind is EdgeKind.REWORK
    ]


def test_an_order_is_put_back_by_undo_edges_with_it(board: Board) -> None:
    board.done(c.AddEdge(REVIEW, BUILD, EdgeKind.REWORK))
    before = board.stream
    board.done(c.PlaceStage(REVIEW, READY))
    board.anna.undo()
    assert board.stream.order == before.order and board.stream.edges == before.edges
    board.anna.redo()
    assert names(board)[2] == "Review"


@pytest.mark.parametrize(("stage", "after"), [(BUILD, READY), (DONE, READY), (BUILD, BUILD)])
def test_a_stage_that_would_not_move_is_refused(board: Board, stage: int, after: int) -> None:
    assert board.refused(c.PlaceStage(stage, after)).code == "state"


# -- retiring ----------------------------------------------------------------------


def test_a_retired_stage_leaves_the_board_and_its_items_go_on(board: Board) -> None:
    board.done(c.MoveItem(1, BUILD), c.MoveItem(2, BUILD), c.ArchiveItem(2))
    board.done(c.RetireStage(BUILD, REVIEW))
    assert names(board) == ["Backlog", "Ready", "Review", "Done", "Dropped"]
    assert ("Ready", "Review") in edges(board)
    assert board.item("CI-1").stage == board.item("CI-2").stage == REVIEW
    columns = board.read.columns(board.stream, Query(), board.at)
    assert [column.stage.name for column in columns] == names(board)


def test_retiring_is_one_step_back(board: Board) -> None:
    board.done(c.MoveItem(1, BUILD), c.MoveItem(2, BUILD))
    before = board.stream
    board.done(c.RetireStage(BUILD, REVIEW))
    assert isinstance(board.anna.undo(), ChangeGroup)
    assert board.stream.edges == before.edges and board.stream.order == before.order
    assert board.item("CI-1").stage == board.item("CI-2").stage == BUILD
    assert isinstance(board.anna.redo(), ChangeGroup)
    assert board.item("CI-1").stage == REVIEW and "Build" not in names(board)


def test_items_need_a_place_before_their_stage_can_go(board: Board) -> None:
    board.done(c.MoveItem(1, BUILD))
    refusal = board.refused(c.RetireStage(BUILD))
    assert "holds 1 item" in refusal.message and "which stage" in refusal.remedy
    assert "figures" in board.refused(c.RetireStage(BUILD, DONE)).remedy
    board.done(c.RetireStage(REVIEW))


def test_limits_hold_when_items_are_rehomed(board: Board) -> None:
    board.done(c.MoveItem(1, BUILD), c.MoveItem(2, BUILD), c.MoveItem(3, REVIEW))
    board.done(c.SetStage(REVIEW, {"limit": 2}))
    assert board.refused(c.RetireStage(BUILD, REVIEW)).code == "wip-soft"
    done = board.done(c.RetireStage(BUILD, REVIEW, "merging the two"))
    assert any("3 of 2" in change.text for change in done.changes)
    board.anna.undo()
    board.done(c.SetStage(REVIEW, {"limit_kind": "hard"}))
    assert board.refused(c.RetireStage(BUILD, REVIEW, "merging")).code == "wip-hard"


def test_nothing_goes_into_a_retired_stage(board: Board) -> None:
    board.done(c.MoveItem(1, BUILD), c.MoveItem(1, DONE))
    board.done(c.RetireStage(BUILD))
    assert "is retired" in board.refused(c.MoveItem(2, BUILD)).message
    assert "is retired" in board.refused(c.AddItem(1, "four", BUILD)).message
    assert "is retired" in board.refused(c.ReopenItem(1, BUILD)).message
    board.done(c.ReopenItem(1))
    assert board.item("CI-1").stage == BACKLOG
    board.done(c.RestoreStage(BUILD), c.MoveItem(2, BUILD))
    assert names(board)[2] == "Build"


def test_undo_does_not_put_an_item_where_nobody_would_see_it(board: Board) -> None:
    board.done(c.MoveItem(1, BUILD))
    board.done(c.MoveItem(1, REVIEW))
    from vsm.session import Session

    bob = Session(board.path, actor="bob")
    bob.do(c.RetireStage(BUILD))
    refusal = board.anna.undo()
    assert not isinstance(refusal, ChangeGroup) and "Build is retired" in refusal.message
    bob.close()


def test_some_stage_stays_to_work_in_and_one_to_finish_in(board: Board) -> None:
    board.done(c.MoveItem(1, READY), c.MoveItem(2, READY), c.MoveItem(3, READY))
    for stage in (BACKLOG, BUILD, REVIEW):
        board.done(c.RetireStage(stage))
    assert "nothing could be worked" in board.refused(c.RetireStage(READY)).message
    assert "done" in board.refused(c.RetireStage(DONE)).message


def test_the_figures_of_the_past_do_not_change_when_a_stage_goes(board: Board) -> None:
    for n, stage in enumerate((READY, BUILD, REVIEW, DONE)):
        board.at += 3 * DAY
        board.done(*(c.MoveItem(i, stage) for i in (1, 2, 3) if n < 3 or i < 3))
    whole = {"first": date(2001, 1, 1), "last": date(2030, 1, 1), "as_of": board.at}
    before = read_figures(board.read, board.stream, **whole).basic
    board.at += DAY
    board.done(c.RetireStage(READY), c.RetireStage(BUILD))
    after = read_figures(board.read, board.stream, **whole).basic
    assert after == before and before.cycle_time_days.n == 2
    whole["as_of"] = board.at
    now = read_figures(board.read, board.stream, **whole, present=True).basic
    assert [name for name, _ in now.wip.by_stage] == names(board)
    assert now.wip.total == before.wip.total
    assert now.cycle_time_days == before.cycle_time_days
    assert now.lead_time_days == before.lead_time_days


def test_a_new_stage_stands_where_it_is_put_although_one_before_is_retired(board: Board) -> None:
    board.done(c.RetireStage(BUILD))
    board.done(c.AddStage(1, c.NewStage("Make", Category.ACTIVE), READY))
    assert names(board)[:4] == ["Backlog", "Ready", "Make", "Review"]
    refusal = board.refused(c.AddStage(1, c.NewStage("build", Category.ACTIVE), READY))
    assert "a retired stage of Card issuing is called 'Build'" in refusal.message
    assert "vsm stage restore 'Build'" in refusal.remedy
    assert "is called 'Build'" in board.refused(c.SetStage(READY, {"name": "BUILD"})).message


# -- limits of classes of service --------------------------------------------------


def test_a_class_of_service_has_a_limit_of_its_own(board: Board) -> None:
    board.done(c.SetStage(BUILD, {"limit": None, "class_limits": {"expedite": 1}}))
    assert board.stage("Build").limit_kind is LimitKind.SOFT
    board.done(*(c.EditItem(i, {"service": "expedite"}) for i in (1, 2)))
    board.done(c.MoveItem(1, BUILD), c.MoveItem(3, BUILD))
    refusal = board.refused(c.MoveItem(2, BUILD))
    assert refusal.code == "wip-soft" and "1 of 1 expedite items" in refusal.message
    board.done(c.MoveItem(2, BUILD, reason="two fires"))
    columns = board.read.columns(board.stream, Query(), board.at)
    (expedite,) = columns[2].classes
    assert expedite == (ClassOfService.EXPEDITE, 2, 1)


def test_a_hard_limit_of_a_class_names_what_to_finish_of_that_class(board: Board) -> None:
    board.done(
        c.SetStage(BUILD, {"class_limits": {"expedite": 1}, "limit_kind": "hard", "limit": 9})
    )
    board.done(*(c.EditItem(i, {"service": "expedite"}) for i in (1, 2)))
    board.done(c.MoveItem(3, BUILD), c.MoveItem(1, BUILD))
    refusal = board.refused(c.MoveItem(2, BUILD, reason="please"))
    assert refusal.code == "wip-hard" and refusal.items == ("CI-1",)


def test_limits_of_classes_are_undone_and_keep_their_kind(board: Board) -> None:
    board.done(c.SetStage(BUILD, {"limit": 3, "limit_kind": "hard"}))
    board.done(c.SetStage(BUILD, {"class_limits": {"intangible": 2, "expedite": 1}}))
    stage = board.stage("Build")
    assert [limit for _, limit in stage.class_limits] == [1, 2]
    assert stage.limit_kind is LimitKind.HARD
    board.anna.undo()
    assert board.stage("Build").class_limits == () and board.stage("Build").limit == 3
    board.done(c.SetStage(BUILD, {"limit": None}))
    assert board.stage("Build").limit_kind is LimitKind.NONE
    assert (
        "WIP limit" in board.refused(c.SetStage(BUILD, {"class_limits": {"expedite": 0}})).message
    )
    assert (
        "class of service"
        in board.refused(c.SetStage(BUILD, {"class_limits": {"urgent": 1}})).message
    )


# -- what changes nothing in the past ----------------------------------------------


def test_a_new_zone_or_commitment_leaves_the_journal_before_it_as_it_was(board: Board) -> None:
    from vsm.store.sqlite import sqlite3

    board.done(c.MoveItem(1, READY), c.MoveItem(1, BUILD), c.MoveItem(1, DONE))
    look = sqlite3.connect(board.path, isolation_level=None)
    before = look.execute("SELECT * FROM journal ORDER BY seq").fetchall()
    start = look.execute("SELECT start FROM item_flow WHERE item = 1").fetchone()
    board.at += DAY
    changes = {"zone": "Asia/Tokyo", "commitment": BUILD, "types": ["story", "bug"]}
    board.done(c.SetStream(1, changes))
    after = look.execute("SELECT * FROM journal ORDER BY seq").fetchall()
    assert after[: len(before)] == before and len(after) == len(before) + 1
    assert start is not None and board.stream.types == ("story", "bug")
    assert load("stream_changed", 2, after[-1][14]).kind == "stream_changed"
    look.close()
