"""Stages are split and merged: one group each, taken back by one undo, and the past stays true."""

from __future__ import annotations

from datetime import date

import pytest

from tests.model.conftest import Board
from vsm.features.metrics.reading import read_figures
from vsm.model import command as c
from vsm.model.entities import TEAM
from vsm.model.query_tree import Query
from vsm.model.rules import DAY
from vsm.model.stream import Category, EdgeKind, LimitKind

BACKLOG, READY, BUILD, REVIEW, DONE, DROPPED = range(1, 7)


def names(board: Board) -> list[str]:
    return [stage.name for stage in board.stream.line]


def edges(board: Board) -> set[tuple[str, str]]:
    """The edges between stages on the board."""
    stream = board.stream
    live = {stage.id for stage in stream.line}
    return {
        (stream.stage(x.source).name, stream.stage(x.target).name)
        for x in stream.edges
        if {x.source, x.target} <= live
    }


def places(board: Board) -> dict[str, str]:
    """By key of an item the stage that it is in."""
    stages = board.stream.by_id
    return {key: stages[board.item(key).stage].name for key in ("CI-1", "CI-2", "CI-3")}


# -- split --------------------------------------------------------------------------


def test_a_stage_is_split_and_the_flow_leads_through_both(board: Board) -> None:
    board.done(c.AddEdge(REVIEW, BUILD, EdgeKind.REWORK), c.MoveItem(1, BUILD))
    board.done(c.SplitStage(BUILD, ("Build", "Self-test")))
    assert names(board) == ["Backlog", "Ready", "Build", "Self-test", "Review", "Done", "Dropped"]
    assert ("Build", "Self-test") in edges(board) and ("Self-test", "Review") in edges(board)
    assert ("Build", "Review") not in edges(board) and ("Review", "Build") in edges(board)
    second = board.stage("Self-test")
    assert (second.category, second.limit) == (Category.ACTIVE, None)
    assert places(board)["CI-1"] == "Build"


def test_chosen_items_go_into_the_second_half_and_one_undo_takes_all_back(board: Board) -> None:
    board.done(c.MoveItem(1, BUILD), c.MoveItem(2, BUILD))
    before = board.stream
    board.done(c.SplitStage(BUILD, ("Design", "Code"), items=(2,)))
    assert places(board) == {"CI-1": "Design", "CI-2": "Code", "CI-3": "Backlog"}
    board.anna.undo()
    assert (board.stream.stages, board.stream.edges) == (before.stages, before.edges)
    assert places(board)["CI-2"] == "Build"
    board.anna.redo()
    assert names(board)[2:4] == ["Design", "Code"] and places(board)["CI-2"] == "Code"


def test_the_second_half_has_the_team_of_the_first(board: Board) -> None:
    board.done(c.AddEntity(TEAM, {"name": "core"}))
    team = board.read.teams()[-1].id
    board.done(c.SetStage(BUILD, {"team": team}))
    board.done(c.SplitStage(BUILD, ("Build", "Self-test")))
    assert board.stage("Self-test").team == team


def test_the_second_half_may_take_the_name(board: Board) -> None:
    board.done(c.SplitStage(BUILD, ("Design", "Build")))
    assert names(board)[2:4] == ["Design", "Build"]
    assert board.stage("Design").id == BUILD


@pytest.mark.parametrize(
    ("stage", "into", "code"),
    [
        (BUILD, ("Build", "Review"), "structure"),
        (BUILD, ("Same", "same"), "structure"),
        (BUILD, ("Build", " "), "invalid"),
        (DONE, ("Done", "Paid"), "state"),
        (99, ("A", "B"), "unknown"),
    ],
)
def test_a_split_that_cannot_be_is_refused(
    board: Board, stage: int, into: tuple[str, str], code: str
) -> None:
    assert board.refused(c.SplitStage(stage, into)).code == code


def test_items_that_are_not_there_are_not_split_off(board: Board) -> None:
    refusal = board.refused(c.SplitStage(BUILD, ("Build", "Self-test"), items=(1,)))
    assert refusal.code == "not-here" and "CI-1" in refusal.message


# -- merge --------------------------------------------------------------------------


def test_two_neighbours_become_one_and_items_go_on(board: Board) -> None:
    board.done(c.AddEdge(REVIEW, BUILD, EdgeKind.REWORK))
    board.done(c.MoveItem(1, BUILD), c.MoveItem(2, REVIEW))
    board.done(c.MergeStages(BUILD, REVIEW, "Build and review"))
    assert names(board) == ["Backlog", "Ready", "Build and review", "Done", "Dropped"]
    assert edges(board) == {
        ("Backlog", "Ready"),
        ("Ready", "Build and review"),
        ("Build and review", "Done"),
    }
    assert set(places(board).values()) == {"Backlog", "Build and review"}
    assert board.stage("Build and review").id == REVIEW
    assert board.stage("Build").retired


def test_one_undo_takes_a_merge_back(board: Board) -> None:
    board.done(c.MoveItem(1, BUILD))
    before, where = board.stream, places(board)
    board.done(c.MergeStages(BUILD, REVIEW, "Build"))
    assert board.stage("Build").id == REVIEW and board.stage("Build (before)").retired
    board.anna.undo()
    assert (board.stream.stages, board.stream.edges) == (before.stages, before.edges)
    assert places(board) == where


def test_what_led_back_to_the_first_leads_back_to_the_merged_stage(board: Board) -> None:
    board.done(c.AddStage(1, c.NewStage("Test", Category.ACTIVE), REVIEW))
    test = board.stage("Test").id
    board.done(c.AddEdge(test, BUILD, EdgeKind.REWORK))
    board.done(c.MergeStages(BUILD, REVIEW))
    assert ("Test", "Review") in edges(board) and ("Review", "Test") in edges(board)


def test_a_merge_bends_no_figure_of_the_past(board: Board) -> None:
    for item in (1, 2):
        for stage in (BUILD, REVIEW, DONE):
            board.at += DAY
            board.done(c.MoveItem(item, stage))
    board.done(c.MoveItem(3, BUILD))
    now = board.at + DAY
    days = {"first": date(2001, 9, 9), "last": None}

    def figures() -> tuple[object, ...]:
        shown = read_figures(
            board.read, board.stream, as_of=now, query=Query(), present=True, **days
        )
        return shown.basic.cycle_time_days, shown.rework.moves

    before = figures()
    board.at += DAY // 2
    board.done(c.MergeStages(BUILD, REVIEW))
    assert figures() == before, "items go on, so nothing counts as rework"


def test_a_soft_limit_asks_why_and_a_hard_one_refuses(board: Board) -> None:
    board.done(c.MoveItem(1, BUILD), c.MoveItem(2, REVIEW))
    board.done(c.SetStage(REVIEW, {"limit": 1, "limit_kind": LimitKind.SOFT}))
    assert board.refused(c.MergeStages(BUILD, REVIEW)).code == "wip-soft"
    board.done(c.MergeStages(BUILD, REVIEW, reason="they work as one"))
    board.anna.undo()
    board.done(c.SetStage(REVIEW, {"limit_kind": LimitKind.HARD}))
    assert board.refused(c.MergeStages(BUILD, REVIEW)).code == "wip-hard"


@pytest.mark.parametrize(
    ("first", "second", "code", "says"),
    [
        (READY, REVIEW, "structure", "no forward edge"),
        (REVIEW, BUILD, "structure", "no forward edge"),
        (REVIEW, DONE, "state", "Done is done"),
        (BUILD, BUILD, "invalid", "two stages"),
        (BUILD, 99, "invalid", "two stages"),
    ],
)
def test_only_neighbours_that_are_worked_are_merged(
    board: Board, first: int, second: int, code: str, says: str
) -> None:
    refusal = board.refused(c.MergeStages(first, second))
    assert refusal.code == code and says in refusal.message


def test_stages_beside_another_path_are_not_merged(board: Board) -> None:
    board.done(c.AddStage(1, c.NewStage("Fast", Category.ACTIVE), READY))
    fast = board.stage("Fast").id
    board.done(c.RemoveEdge(READY, fast), c.AddEdge(READY, BUILD), c.AddEdge(BACKLOG, fast))
    refusal = board.refused(c.MergeStages(READY, BUILD))
    assert refusal.code == "structure" and "Fast" in refusal.message


def test_a_name_that_another_stage_has_is_refused(board: Board) -> None:
    assert board.refused(c.MergeStages(BUILD, REVIEW, "Ready")).code == "structure"
