"""Rules on objectives and initiatives: one unit, weights, states that are decided, readings."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.model.conftest import Board, board
from vsm.model import command as c
from vsm.model.decide.portfolio import decisions_in
from vsm.model.entities import TEAM
from vsm.model.errors import RefusalCode
from vsm.model.portfolio import (
    DecisionKind,
    Hindsight,
    Indicator,
    IndicatorRole,
    InitiativeState,
    under_way_at_most,
)
from vsm.model.portfolio_entities import (
    CONTRIBUTION,
    DECISION,
    INDICATOR,
    INDICATOR_READING,
    INITIATIVE,
    OBJECTIVE,
    SPENDING,
)

__all__ = ["board"]

EUR = {"currency": "EUR", "delay_likely": 6000}


@pytest.fixture
def portfolio(board: Board) -> Board:
    """Two initiatives, an objective, two stream-aligned teams."""
    for name in ("Loyalty", "Ledger"):
        board.done(c.AddEntity(INITIATIVE, {"name": name}))
    board.done(c.AddEntity(OBJECTIVE, {"name": "Retention"}))
    for name in ("Blue", "Green"):
        board.done(c.AddEntity(TEAM, {"name": name, "type": "stream-aligned"}))
    return board


def state(board: Board, number: int = 1) -> str:
    return str(next(one for one in board.read.entities(INITIATIVE) if one.id == number).state)


def test_a_portfolio_has_one_unit(portfolio: Board) -> None:
    refusal = portfolio.refused(c.ChangeEntity(INITIATIVE, 1, {"delay_likely": 6000}))
    assert "an amount without a unit" in refusal.message
    portfolio.done(c.ChangeEntity(INITIATIVE, 1, EUR))
    refusal = portfolio.refused(c.ChangeEntity(INITIATIVE, 2, {**EUR, "currency": "points"}))
    assert refusal.message == "Loyalty is counted in EUR, this in points"
    portfolio.done(c.ChangeEntity(INITIATIVE, 2, EUR))
    # the last one that has another may change it, for then there is but one
    portfolio.done(c.RemoveEntity(INITIATIVE, 2))
    portfolio.done(c.ChangeEntity(INITIATIVE, 1, {"currency": "CHF"}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({**EUR, "delay_low": 7000}, "delay: low, likely and high are out of order"),
        ({"currency": "EUR", "benefit_low": 2, "benefit_high": 1}, "benefit: low"),
        ({"delay_from": "2027-02-01", "delay_until": "2027-01-01"}, "would end on 2027-01-01"),
        ({"filter": "colour:red"}, "the filter cannot be read"),
        ({**EUR, "profile": "decay"}, "a cost that decays needs the weeks"),
        ({**EUR, "profile": "deadline"}, "a deadline needs its day"),
        ({**EUR, "profile": "window"}, "a window needs its last day"),
        ({"currency": "EUR", "benefit_likely": 1}, "a benefit needs its last day"),
        ({"state": "implementing"}, "whether it becomes implementing is decided"),
        ({"state": "stopped"}, "whether it becomes stopped is decided"),
        ({"state": "started"}, "'started'"),
        ({"benefit_odds": "120%"}, "is no fraction"),
        ({"more_items": -1}, "the more_items: -1 is below 0"),
        ({"more_items": "1.5"}, "the more_items: '1.5' is no whole number"),
        ({"delay_likely": -1, "currency": "EUR"}, "the delay_likely: -1 is below 0"),
        ({"delay_likely": "much", "currency": "EUR"}, "the delay_likely: 'much' is no number"),
    ],
)
def test_what_an_initiative_cannot_be(
    portfolio: Board, changes: dict[str, object], message: str
) -> None:
    assert message in portfolio.refused(c.ChangeEntity(INITIATIVE, 1, changes)).message


def test_no_more_items_may_be_expected(portfolio: Board) -> None:
    for value, kept in (("0", 0), ("6", 6), (0, 0), ("", None)):
        portfolio.done(c.ChangeEntity(INITIATIVE, 1, {"more_items": value}))
        one = next(i for i in portfolio.read.entities(INITIATIVE) if i.id == 1)
        assert one.more_items == kept


def test_an_initiative_serves_objectives_with_at_most_all_of_its_work(portfolio: Board) -> None:
    portfolio.done(c.AddEntity(OBJECTIVE, {"name": "Cost"}))
    tie = {"initiative": 1, "objective": 1, "weight": "60%"}
    portfolio.done(c.AddEntity(CONTRIBUTION, tie))
    again = portfolio.refused(c.AddEntity(CONTRIBUTION, {**tie, "weight": 0.1}))
    assert again.message == "Loyalty serves that objective already"
    other = {"initiative": 1, "objective": 2, "weight": 0.5}
    refusal = portfolio.refused(c.AddEntity(CONTRIBUTION, other))
    assert refusal.message == "Loyalty would serve its objectives with 110% of its work"
    portfolio.done(c.AddEntity(CONTRIBUTION, {**other, "weight": 0.4}))
    refusal = portfolio.refused(c.ChangeEntity(CONTRIBUTION, 1, {"weight": 0.7}))
    assert "110%" in refusal.message
    assert portfolio.refused(c.RemoveEntity(OBJECTIVE, 1)).code is RefusalCode.IN_USE
    assert portfolio.refused(c.RemoveEntity(INITIATIVE, 1)).code is RefusalCode.IN_USE


def test_objectives_are_meant_to_get_at_most_all_of_the_work(portfolio: Board) -> None:
    portfolio.done(c.ChangeEntity(OBJECTIVE, 1, {"share": "60%"}))
    refusal = portfolio.refused(c.AddEntity(OBJECTIVE, {"name": "Cost", "share": 0.5}))
    assert refusal.message == "the objectives would be meant to get 110% of the work"
    portfolio.done(c.ChangeEntity(OBJECTIVE, 1, {"closed": True}))
    portfolio.done(c.AddEntity(OBJECTIVE, {"name": "Cost", "share": 0.5}))


def test_a_decision_to_continue_is_asked_again_sooner(portfolio: Board) -> None:
    portfolio.done(c.DecideInitiative(1, DecisionKind.START, "now"))
    portfolio.done(c.DecideInitiative(1, DecisionKind.CONTINUE, "it recovers"))
    decisions = {one.choice: one.review_on for one in portfolio.read.entities(DECISION)}
    assert decisions == {"start": "2001-12-08", "continue": "2001-10-09"}
    over = c.DecideInitiative(1, DecisionKind.STOP, "no effect", "", "2001-09-01")
    assert portfolio.refused(over).message == "2001-09-01 is over"


def test_no_objective_is_part_of_itself(portfolio: Board) -> None:
    portfolio.done(c.AddEntity(OBJECTIVE, {"name": "Churn", "parent": 1}))
    refusal = portfolio.refused(c.ChangeEntity(OBJECTIVE, 1, {"parent": 2}))
    assert refusal.message == "an objective cannot be part of itself"
    assert portfolio.refused(c.ChangeEntity(OBJECTIVE, 1, {"parent": 1})).message.endswith("itself")


def test_decisions_change_the_state_and_stay(portfolio: Board) -> None:
    facts = json.dumps({"p85": "2027-03-01"})
    assert "reason" in portfolio.refused(c.DecideInitiative(1, DecisionKind.START, " ")).message
    portfolio.done(c.DecideInitiative(1, DecisionKind.START, "best odds", facts))
    assert state(portfolio) == "implementing"
    (decision,) = portfolio.read.entities(DECISION)
    assert (decision.choice, decision.by, decision.facts) == ("start", "anna", facts)
    assert decision.review_on == "2001-12-08", "90 days after 9 September 2001"
    again = portfolio.refused(c.DecideInitiative(1, DecisionKind.START, "again"))
    assert again.message == "Loyalty is implementing already"
    gone = portfolio.refused(c.RemoveEntity(DECISION, 1))
    assert gone.message == "a decision stays on record"
    change = portfolio.refused(c.ChangeEntity(DECISION, 1, {"reason": "other"}))
    assert "no field 'reason'" in change.message
    portfolio.done(c.ReviewDecision(1, Hindsight.RIGHT, "it was"))
    (decision,) = portfolio.read.entities(DECISION)
    assert (decision.hindsight, decision.hindsight_note) == ("right", "it was")
    assert decision.reviewed_at == portfolio.at


@pytest.mark.parametrize("end", [DecisionKind.DELIVER, DecisionKind.STOP, DecisionKind.PIVOT])
def test_what_is_over_is_only_started_again_or_pinned(portfolio: Board, end: DecisionKind) -> None:
    portfolio.done(c.DecideInitiative(1, DecisionKind.START, "now"))
    portfolio.done(c.DecideInitiative(1, end, "it is over"))
    ended = state(portfolio)
    portfolio.at += 3 * 86_400_000_000
    for kind in set(DecisionKind) - {DecisionKind.START, DecisionKind.PIN}:
        refusal = portfolio.refused(c.DecideInitiative(1, kind, "once more"))
        assert refusal.code is RefusalCode.STATE
        assert refusal.message == f"Loyalty was {ended} on 2001-09-09"
        assert "vsm initiative decide 'Loyalty' start" in refusal.remedy
        assert "vsm undo" in refusal.remedy
    portfolio.done(c.DecideInitiative(1, DecisionKind.PIN, "for the steering page"))
    assert state(portfolio) == ended
    portfolio.done(c.DecideInitiative(1, DecisionKind.START, "the reason is gone"))
    portfolio.anna.undo()
    portfolio.anna.undo()
    assert state(portfolio) == ended
    portfolio.anna.undo()
    assert state(portfolio) == "implementing", "the decision that ended it is taken back"
    portfolio.done(c.DecideInitiative(1, end, "now it is over"))


@pytest.mark.parametrize("before", ["funnel", "reviewing", "analysing", "ready"])
def test_what_is_not_under_way_cannot_go_on(portfolio: Board, before: str) -> None:
    if before != "funnel":
        portfolio.done(c.ChangeEntity(INITIATIVE, 1, {"state": before}))
    refusal = portfolio.refused(c.DecideInitiative(1, DecisionKind.CONTINUE, "it recovers"))
    assert refusal.message == f"Loyalty is {before}: it is not under way"
    assert "vsm initiative decide 'Loyalty' start" in refusal.remedy
    if before == "ready":
        parked = portfolio.refused(c.DecideInitiative(1, DecisionKind.PARK, "later"))
        assert parked.message == "Loyalty is ready already"
    else:
        portfolio.done(c.DecideInitiative(1, DecisionKind.PARK, "later"))
        assert state(portfolio) == "ready"


def test_every_state_allows_some_decisions() -> None:
    assert {kind for state in InitiativeState for kind in decisions_in(state)} == set(DecisionKind)
    for state in InitiativeState:
        assert DecisionKind.PIN in decisions_in(state)
        assert not any(kind.leads_to is state for kind in decisions_in(state))


def test_half_as_many_are_under_way_as_there_are_teams(portfolio: Board) -> None:
    assert [under_way_at_most(teams) for teams in range(5)] == [None, 1, 1, 2, 2]
    portfolio.done(c.DecideInitiative(1, DecisionKind.START, "first"))
    refusal = portfolio.refused(c.DecideInitiative(2, DecisionKind.START, "second"))
    assert refusal.code is RefusalCode.CROWDED
    assert refusal.message == "1 initiative is under way; with 2 stream-aligned teams 1 should be"
    portfolio.done(c.DecideInitiative(2, DecisionKind.START, "second", over_limit=True))
    portfolio.done(c.DecideInitiative(1, DecisionKind.STOP, "no effect"))
    over = portfolio.refused(c.DecideInitiative(1, DecisionKind.CONTINUE, "why not"))
    assert over.message == "Loyalty was stopped on 2001-09-09"
    portfolio.done(c.DecideInitiative(1, DecisionKind.PIN, "for the steering page"))
    assert state(portfolio) == "stopped", "keeping the figures decides nothing"


def test_indicators_belong_to_one_thing_and_are_read_once_a_day(portfolio: Board) -> None:
    churn = {
        "name": "churn",
        "role": "guard",
        "start": 4,
        "target": 5.5,
        "first": "2026-10-01",
        "last": "2026-12-31",
    }
    for both in ({}, {"objective": 1, "initiative": 1}):
        refusal = portfolio.refused(c.AddEntity(INDICATOR, {**churn, **both}))
        assert refusal.message == "an indicator belongs to an objective or to an initiative"
    portfolio.done(c.AddEntity(INDICATOR, {**churn, "initiative": 1}))
    reading = {"indicator": 1, "day": "2001-09-01", "value": "-0.5"}
    to_come = portfolio.refused(c.AddEntity(INDICATOR_READING, {**reading, "day": "2001-10-01"}))
    assert to_come.message == "2001-10-01 is to come"
    portfolio.done(c.AddEntity(INDICATOR_READING, reading))
    again = portfolio.refused(c.AddEntity(INDICATOR_READING, reading))
    assert again.message == "it was read on 2001-09-01 already"
    back = {"initiative": 1, "day": "2001-09-01", "amount": -20}
    assert "no unit of money" in portfolio.refused(c.AddEntity(SPENDING, back)).message
    portfolio.done(c.ChangeEntity(INITIATIVE, 1, {"currency": "EUR"}))
    portfolio.done(c.AddEntity(SPENDING, back))
    (spent,) = portfolio.read.entities(SPENDING)
    assert spent.amount == -20


def test_an_indicator_is_behind_its_straight_path() -> None:
    path = Indicator(1, "1", "sign-ups", IndicatorRole.LEADING, start=100, target=200,
                     first="2026-10-01", last="2026-10-11")  # fmt: skip
    day = date(2026, 10, 1).toordinal()
    assert [path.expected(day + n) for n in (-1, 0, 5, 10, 99)] == [100, 100, 150, 200, 200]
    assert path.is_behind(day + 5, 149) and not path.is_behind(day + 5, 150)
    assert not path.is_behind(day + 5, 137.5, slack=0.25) and path.is_behind(day + 5, 137, 0.25)
    down = Indicator(1, "1", "churn", IndicatorRole.KEY_RESULT, start=5, target=3,
                     first="2026-10-01", last="2026-10-11")  # fmt: skip
    assert down.is_behind(day + 5, 4.1) and not down.is_behind(day + 5, 3.9)
    guard = Indicator(1, "1", "errors", IndicatorRole.GUARD, start=1, target=2,
                      first="2026-10-01", last="2026-10-11")  # fmt: skip
    assert guard.is_behind(day, 2.1) and not guard.is_behind(day, 2)


def test_everything_about_the_portfolio_can_be_undone(portfolio: Board) -> None:
    portfolio.done(c.DecideInitiative(1, DecisionKind.START, "best odds"))
    portfolio.anna.undo()
    assert state(portfolio) == "funnel"
    assert portfolio.read.entities(DECISION) == []
