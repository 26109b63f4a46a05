"""Rules on sprints: a commitment that stays, scope that changes for a reason, one end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.model.conftest import Board
from vsm.model import command as c
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.query import Facts, matches
from vsm.model.query_parser import parse
from vsm.model.sprint import GoalVerdict, Sprint, SprintState
from vsm.model.sprint_entities import SPRINT
from vsm.model.sprint_ledger import Ledger, StepKind, rebuild

HOUR = 3_600_000_000


def plan(**more: Any) -> c.AddEntity:
    values = {"name": "Sprint 1", "only": 1, "planned_start": "2001-09-10"}
    return c.AddEntity(SPRINT, {**values, "planned_end": "2001-09-21", **more})


def sprint(board: Board, number: int = 1) -> Sprint:
    return next(one for one in board.read.entities(SPRINT) if one.id == number)


def ledger(board: Board, number: int = 1) -> Ledger:
    one = sprint(board, number)
    return rebuild(
        board.read.sprint_records(number),
        start=one.started_at,
        until=one.closed_at or board.at,
        closed=one.closed_at is not None,
        commitment=board.read.sprint_commitment(number),
        commits_until=one.commits_until,
    )


@pytest.fixture
def planned(board: Board) -> Board:
    """A sprint with two of three items, of 5 and 3 points."""
    board.done(plan())
    for item, points in ((1, 5), (2, 3), (3, 2)):
        board.done(c.EditItem(item, {"estimate": points}))
    board.done(c.AddToSprint(1, 1), c.AddToSprint(2, 1))
    board.at += HOUR
    return board


@pytest.fixture
def active(planned: Board) -> Board:
    """The same, an hour after its start."""
    planned.done(c.StartSprint(1))
    planned.at += HOUR
    return planned


def test_a_commitment_stands_in_the_event_and_nothing_later_changes_it(active: Board) -> None:
    (started,) = [
        change for change in active.read.changes(0, 99) if change.text.startswith("started")
    ]
    assert started.text == "started Sprint 1 with 2 items and 8 points"
    active.done(c.EditItem(1, {"estimate": 8}))
    active.done(c.AddToSprint(3, 1, "urgent"))
    active.done(c.RemoveFromSprint(2, 1, "too large"))
    assert active.read.sprint_commitment(1) == {1: 5.0, 2: 3.0}
    assert ledger(active).summary[:6] == (8, 2, 3, 3, 0, 10)


def test_scope_of_an_active_sprint_changes_only_for_a_reason(active: Board) -> None:
    for command in (c.AddToSprint(3, 1), c.RemoveFromSprint(1, 1)):
        assert active.refused(command).code is RefusalCode.REASON


def test_an_item_is_in_one_open_sprint(active: Board) -> None:
    active.done(plan(name="Sprint 2", planned_start="2001-09-24", planned_end="2001-10-05"))
    refused = active.refused(c.AddToSprint(1, 2))
    assert "CI-1 is in Sprint 1 already" in refused.message
    assert active.refused(c.AddToSprint(1, 1)).code is RefusalCode.UNCHANGED


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"planned_end": "2001-09-09"}, "before it starts"),
        ({"planned_end": "tomorrow"}, "no date"),
        ({"grace": 100}, "too long"),
        ({"measure": "weight"}, "is no"),
        ({"started_at": 1_000_000_000_000_000}, "no plan but a fact"),
        ({"name": " "}, "is empty"),
    ],
)
def test_bad_plans_are_refused_with_what_to_do(board: Board, more: Any, what: str) -> None:
    refused = board.refused(plan(**more))
    assert what in refused.message
    assert refused.remedy


def test_an_empty_sprint_starts_only_if_that_is_meant(board: Board) -> None:
    board.done(plan())
    assert board.refused(c.StartSprint(1)).code is RefusalCode.EMPTY
    board.done(c.StartSprint(1, empty=True))
    assert sprint(board).state is SprintState.ACTIVE


def test_a_start_is_a_fact_but_the_end_may_move(active: Board) -> None:
    refused = active.refused(c.ChangeEntity(SPRINT, 1, {"planned_start": "2001-09-11"}))
    assert "has started" in refused.message
    active.done(c.ChangeEntity(SPRINT, 1, {"planned_end": "2001-09-28"}))
    before, now = (active.read.sprints_of(1, at)[0] for at in (active.at - 1, active.at))
    assert (before.planned_end, now.planned_end) == ("2001-09-21", "2001-09-28")
    assert active.refused(c.StartSprint(1)).code is RefusalCode.STATE


def test_closing_carries_what_is_not_done_and_twice_moves_nothing(active: Board) -> None:
    active.done(plan(name="Sprint 2", planned_start="2001-09-24", planned_end="2001-10-05"))
    active.done(c.AddToSprint(3, 1, "urgent"))
    active.at += HOUR
    active.done(c.MoveItem(1, active.stage("Done").id))
    active.at += HOUR
    active.done(c.CloseSprint(1, to=2, apart={3: None}))
    assert ledger(active).summary[:6] == (8, 2, 0, 0, 5, 5)
    assert [record.item for record in active.read.sprint_records(2)] == [2]
    texts = [change.text for change in active.read.changes(0, 99)]
    assert "closed Sprint 1; 1 item went to Sprint 2, 1 to the backlog" in texts
    assert active.refused(c.CloseSprint(1, to=2)).code is RefusalCode.STATE
    assert active.read.carried(active.at) == {2: 1, 3: 1}


def test_an_item_that_is_dropped_is_removed_not_completed(active: Board) -> None:
    active.done(c.DropItem(1, "duplicate"))
    active.at += HOUR
    active.done(c.CloseSprint(1))
    assert ledger(active).summary[:6] == (8, 0, 5, 0, 0, 3)
    assert active.read.carried(active.at) == {2: 1}


def test_a_cancelled_sprint_says_so(planned: Board) -> None:
    assert planned.refused(c.CloseSprint(1)).code is RefusalCode.STATE
    planned.done(c.CloseSprint(1, cancel=True, reason="the goal is void"))
    assert sprint(planned).state is SprintState.CANCELLED
    assert planned.refused(c.AddToSprint(3, 1)).code is RefusalCode.STATE


def test_a_goal_is_judged_and_the_past_knows_the_verdict_of_then(active: Board) -> None:
    active.done(c.JudgeSprint(1, GoalVerdict.PARTLY, "webhooks only"))
    active.at += HOUR
    active.done(c.JudgeSprint(1, GoalVerdict.MET))
    verdicts = [active.read.sprints_of(1, at)[0].goal_met for at in
                (active.at - HOUR - 1, active.at - 1, active.at)]  # fmt: skip
    assert verdicts == [None, "partly", "met"]


def test_a_sprint_is_rebuilt_for_any_past_moment(active: Board) -> None:
    start = sprint(active).started_at
    active.done(c.MoveItem(1, active.stage("Done").id))
    records = active.read.sprint_records(1)
    frozen = active.read.sprint_commitment(1)
    left = [
        rebuild(records, start=start, until=at, commitment=frozen).summary.carried
        for at in (active.at - 1, active.at)
    ]
    assert left == [8, 3]
    assert active.read.sprints_of(1, active.at - HOUR - 1)[0].state is SprintState.PLANNED
    assert active.read.sprints_of(1, 999_999_999_999_999) == []


# -- undo -------------------------------------------------------------------------------------


def undo(board: Board) -> Any:
    return board.anna.undo()


def test_every_step_is_undone_and_redone(active: Board) -> None:
    active.done(plan(name="Sprint 2", planned_start="2001-09-24", planned_end="2001-10-05"))
    active.done(c.RemoveFromSprint(2, 1, "too large"))
    active.done(c.AddToSprint(3, 1, "urgent"))
    active.at += HOUR
    active.done(c.CloseSprint(1, to=2))
    active.done(c.JudgeSprint(1, GoalVerdict.MISSED))
    whole = (sprint(active), ledger(active), active.read.sprint_records(2))
    for _ in range(4):
        assert not isinstance(undo(active), Refusal)
    assert ledger(active).summary[:6] == (8, 0, 0, 0, 0, 8)
    assert [step.kind for step in ledger(active).steps] == [StepKind.STARTED]
    assert active.read.sprint_records(2) == []
    for _ in range(4):
        assert not isinstance(active.anna.redo(), Refusal)
    assert (sprint(active), ledger(active), active.read.sprint_records(2)) == whole


def test_the_start_is_undone_while_the_sprint_goes_on(active: Board) -> None:
    undo(active)
    assert sprint(active).state is SprintState.PLANNED
    assert active.read.sprint_commitment(1) == {}
    active.anna.redo()
    assert sprint(active).started_at == active.at - HOUR


def test_planning_an_item_is_not_undone_under_a_commitment(active: Board) -> None:
    undo(active)
    active.done(c.StartSprint(1))
    group = next(
        change.grp for change in active.read.changes(0, 99) if "added CI-1 to" in change.text
    )
    refused = active.anna.undo(group)
    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.UNDO


def test_tables_follow_from_the_journal(active: Board) -> None:
    active.done(c.EditItem(1, {"estimate": 8}), c.AddToSprint(3, 1, "urgent"))
    active.at += HOUR
    active.done(c.CloseSprint(1))
    before = (sprint(active), ledger(active))
    active.anna.rebuild()
    assert (sprint(active), ledger(active)) == before


# -- on the board -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("sprint:current", {"CI-1", "CI-2"}),
        ("sprint:next", {"CI-3"}),
        ("sprint:none", {"CI-4"}),
        ("sprint:sprint", {"CI-1", "CI-2", "CI-3"}),
        ('sprint:"sprint 2"', {"CI-3"}),
        ("-sprint:current", {"CI-3", "CI-4"}),
    ],
)
def test_a_filter_names_sprints(active: Board, text: str, keys: set[str]) -> None:
    active.done(plan(name="Sprint 2", planned_start="2001-09-24", planned_end="2001-10-05"))
    active.done(c.AddToSprint(3, 2), c.AddItem(1, "four"))
    names = {1: ("current", "sprint 1"), 2: ("current", "sprint 1"), 3: ("next", "sprint 2")}
    items = [active.item(f"CI-{n}") for n in (1, 2, 3, 4)]
    query = parse(text)
    meant = {
        item.key
        for item in items
        if matches(query, Facts(item.key, item.title, sprints=names.get(item.id, ())))
    }
    shown = {active.read.item(n).key for n in active.read.shown(active.stream, query, active.at)}  # type: ignore[union-attr]
    assert shown == meant == keys


def test_a_filter_of_the_past_names_sprints_of_then(active: Board) -> None:
    begun = active.at
    active.at += HOUR
    active.done(c.RemoveFromSprint(1, 1, "too large"))
    query = parse("sprint:current")
    for at, expected in ((begun, {1, 2}), (active.at, {2}), (begun - HOUR - 1, set())):
        past = active.read.past(active.stream, query, at)
        assert {card.id for column in past.columns for card in active.read.past_cards(
            past, column.stage.id, 0, 9)} == expected  # fmt: skip


def test_a_card_says_how_often_its_item_was_carried_over(active: Board) -> None:
    for number in (2, 3):
        active.done(plan(name=f"Sprint {number}"))
        active.done(c.CloseSprint(number - 1, to=number))
        active.at += HOUR
        active.done(c.StartSprint(number))
        active.at += HOUR
    card = active.read.card(1, active.at)
    assert card is not None
    assert card.times_carried == 2
    assert active.read.carried(active.at, 2) == {1: 2, 2: 2}
