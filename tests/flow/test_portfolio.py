"""The portfolio of a history that is worked out by hand: pace, work left, worth, order, shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.flow.test_capacity_text import WEB
from tests.model.conftest import Board, board
from vsm.features.capacity.results import Basis, Capacity
from vsm.features.portfolio.initiative_report import report_initiative
from vsm.features.portfolio.load import freed_load, read_load
from vsm.features.portfolio.reading import read_portfolio
from vsm.features.portfolio.report import in_order, report
from vsm.features.portfolio.results import Beside, InitiativeRow, Portfolio
from vsm.features.portfolio.without import read_without
from vsm.model import command as c
from vsm.model.entities import TEAM
from vsm.model.item import BlockerKind, LinkKind
from vsm.model.portfolio import DecisionKind
from vsm.model.portfolio_entities import CONTRIBUTION, INITIATIVE, OBJECTIVE
from vsm.model.query_parser import parse
from vsm.model.rules import from_micros
from vsm.report.markdown import draw_markdown

__all__ = ["board"]

DAY = 86_400_000_000


@pytest.fixture
def history(board: Board) -> Board:
    """26 weeks in which an item a week spends two days in a working stage of team Blue.

    Two items of label ``loyal`` wait; one of label ``ledger`` is in progress.
    """
    board.done(c.AddEntity(TEAM, {"name": "Blue", "workdays": (1, 2, 3, 4, 5, 6, 7)}))
    build, done = board.stage("Build"), board.stage("Done")
    board.done(c.SetStage(build.id, {"team": board.read.teams()[0].id}))
    number = 3
    for week in range(26):
        board.at += 5 * DAY
        board.done(c.AddItem(1, f"item {week}", fields={"labels": ("old",)}))
        number += 1
        board.done(c.MoveItem(number, build.id))
        board.at += 2 * DAY
        board.done(c.MoveItem(number, done.id))
    for label in ("loyal", "loyal", "ledger"):
        board.done(c.AddItem(1, label, fields={"labels": (label,)}))
    board.done(c.MoveItem(number + 3, build.id))
    board.at += DAY
    return board


def add(board: Board, name: str, **values: object) -> int:
    board.done(c.AddEntity(INITIATIVE, {"name": name, **values}))
    return len(board.read.entities(INITIATIVE))


def result_of(board: Board) -> Portfolio:
    return read_portfolio(board.read, board.at)


def row_of(board: Board, name: str) -> InitiativeRow:
    return next(row for row in result_of(board).initiatives if row.key == name)


def test_weeks_and_work_that_is_left(history: Board) -> None:
    add(history, "Loyalty", filter="label:loyal", more_items=2)
    row = row_of(history, "Loyalty")
    assert (row.items, row.more_items, row.finished) == (2, 2, 0)
    assert row.weeks == pytest.approx(4, rel=0.1), "four items at one a week"
    (left,) = row.team_days
    assert (left.team, left.days) == ("Blue", pytest.approx(8, rel=0.05)), "two days for one"
    add(history, "Ledger", filter="label:ledger")
    (left,) = row_of(history, "Ledger").team_days
    assert left.days == pytest.approx(1, rel=0.05), "half a stage for one that is in it"


def test_more_items_make_it_later(history: Board) -> None:
    add(history, "Small", filter="label:loyal")
    add(history, "Large", filter="label:loyal", more_items=6)
    small, large = row_of(history, "Small").forecast, row_of(history, "Large").forecast
    assert small.p50 is not None and large.p50 is not None
    assert large.p50 - small.p50 >= timedelta(weeks=4)


def test_an_initiative_without_items_or_with_all_of_them_over_says_so(history: Board) -> None:
    add(history, "Idea")
    add(history, "Past", filter="label:old")
    assert row_of(history, "Idea").forecast.cannot == "it has no items yet"
    past = row_of(history, "Past")
    assert past.forecast.cannot == "all of its items are over"
    assert (past.items, past.finished) == (0, 26)


def test_worth_counts_what_is_still_to_pay_and_nothing_else(history: Board) -> None:
    today = from_micros(history.at).date()
    values = {
        "filter": "label:loyal",
        "currency": "EUR",
        "day_rate": 1000,
        "benefit_likely": 1000,
        "benefit_until": (today + timedelta(weeks=60)).isoformat(),
        "benefit_odds": 0.5,
    }
    number = add(history, "Loyalty", **values)
    row = row_of(history, "Loyalty")
    assert row.remaining == pytest.approx(4000, rel=0.05), "four days at 1,000"
    assert row.roi is not None and row.roi.low < row.roi.likely < row.roi.high
    # there in two weeks or some more of 60, worth 500 a week at even odds
    (plain,) = read_portfolio(history.read, history.at, discount=0).initiatives
    assert plain.roi is not None and 50 < plain.roi.benefit / 500 < 58
    assert plain.roi.benefit > row.roi.benefit, "a discount makes later benefit smaller"
    before = row.roi
    from vsm.model.portfolio_entities import SPENDING

    spent = {"initiative": number, "day": today.isoformat(), "amount": 90_000}
    history.done(c.AddEntity(SPENDING, spent))
    after = row_of(history, "Loyalty")
    assert (after.spent, after.roi) == (90_000, before)
    history.done(c.ChangeEntity(INITIATIVE, number, {"remaining": 1_000_000}))
    assert row_of(history, "Loyalty").remaining == 1_000_000


def test_the_dearest_a_week_of_work_goes_first(history: Board) -> None:
    add(history, "Cheap", filter="label:loyal", currency="EUR", delay_likely=10, place=1)
    add(history, "Dear", filter="label:ledger", currency="EUR", delay_likely=1000, place=2)
    result = result_of(history)
    assert [row.key for row in result.initiatives] == ["Dear", "Cheap"]
    (order,) = result.orders
    assert (order.stream, order.today) == ("Card issuing", ("Cheap", "Dear"))
    assert order.best == ("Dear", "Cheap") and order.exact
    assert order.regret_a_week is not None and order.regret_a_week > 0
    for number in (1, 2):
        history.done(c.ChangeEntity(INITIATIVE, number, {"place": None}))
    (order,) = result_of(history).orders
    assert (order.today, order.regret_a_week) == ((), None), "nobody chose one"
    history.done(c.DecideInitiative(1, DecisionKind.STOP, "too little"))
    assert result_of(history).orders == (), "one alone has no order"


def test_what_is_over_has_no_odds_and_no_worth(history: Board) -> None:
    number = add(history, "Loyalty", filter="label:loyal", currency="EUR", delay_likely=10)
    history.done(c.DecideInitiative(number, DecisionKind.DELIVER, "it is there"))
    row = row_of(history, "Loyalty")
    assert (row.cd3, row.weeks, row.remaining, row.roi) == (None, None, None, None)
    assert row.forecast.cannot == "it is delivered"
    assert row.items == 2, "which are open still"


def test_what_nothing_is_known_of_costs_not_nothing(history: Board) -> None:
    values = {"currency": "EUR", "day_rate": 800, "more_items": 1_000}
    add(history, "Idea", filter="label:nothing-yet", **values)
    row = row_of(history, "Idea")
    assert (row.remaining, row.weeks, row.team_days) == (None, None, ())


def test_only_open_items_wait_and_are_waited_for(history: Board) -> None:
    add(history, "Loyalty", filter="label:loyal")
    first = next(iter(row_of(history, "Loyalty").open_items))
    ledger = next(iter(history.read.matching(history.stream, parse("label:ledger"), history.at)))
    old = next(iter(history.read.matching(history.stream, parse("label:old"), history.at)))
    history.done(c.LinkItems(first, ledger, LinkKind.BLOCKS))
    history.done(c.LinkItems(first, old, LinkKind.BLOCKS))
    assert row_of(history, "Loyalty").waiting_items == (ledger,)
    add(history, "Ledger", filter="label:ledger")
    assert row_of(history, "Ledger").awaited_items == (first,)


def test_a_decision_to_continue_is_quiet_for_a_while(history: Board) -> None:
    add(history, "Ledger", filter="label:ledger")
    history.done(c.DecideInitiative(1, DecisionKind.START, "now"))
    history.at += 30 * DAY
    assert row_of(history, "Ledger").stop_card is not None
    history.done(c.DecideInitiative(1, DecisionKind.CONTINUE, "it waits for the law"))
    assert row_of(history, "Ledger").stop_card is None
    history.at += 31 * DAY
    assert row_of(history, "Ledger").stop_card is not None


def test_shares_of_work_by_objective_and_what_serves_none(history: Board) -> None:
    history.done(c.AddEntity(OBJECTIVE, {"name": "Keep"}), c.AddEntity(OBJECTIVE, {"name": "Win"}))
    add(history, "All", filter="label:old", state="ready")
    result = result_of(history)
    assert result.unaligned == 1.0
    for objective, weight in ((1, 0.75), (2, 0.25)):
        tie = {"initiative": 1, "objective": objective, "weight": weight}
        history.done(c.AddEntity(CONTRIBUTION, tie))
    result = result_of(history)
    shares = {one.name: one.share for one in result.objectives}
    # 12 or 13 items of two days each in 90 days, and one day of the item in progress
    assert result.unaligned == pytest.approx(1 / 26, abs=0.01)
    assert shares["Keep"] == pytest.approx(3 * (shares["Win"] or 0))
    assert sum(share or 0 for share in shares.values()) + result.unaligned == pytest.approx(1)


def test_an_item_of_two_initiatives_counts_for_each_in_equal_parts(history: Board) -> None:
    history.done(c.AddEntity(OBJECTIVE, {"name": "Keep"}))
    for name in ("One", "Two"):
        number = add(history, name, filter="label:old", state="ready")
        history.done(c.AddEntity(CONTRIBUTION, {"initiative": number, "objective": 1}))
    result = result_of(history)
    (keep,) = result.objectives
    assert keep.share is not None and result.unaligned is not None
    assert keep.share + result.unaligned == pytest.approx(1)
    assert len(result.in_several) == 26
    add(history, "Idea", filter="label:old")
    history.done(c.AddEntity(CONTRIBUTION, {"initiative": 3, "objective": 1}))
    assert result_of(history).objectives == (replace(keep, initiatives=3),), (
        "an idea takes no share of the work of others"
    )


def test_what_does_not_move_for_thirty_days_is_asked_about(history: Board) -> None:
    add(history, "Ledger", filter="label:ledger")
    history.done(c.DecideInitiative(1, DecisionKind.START, "now"))
    assert row_of(history, "Ledger").stop_card is None
    history.at += 30 * DAY
    card = row_of(history, "Ledger").stop_card
    assert card is not None
    assert card.reasons_for == ("none of its items moved for 31 days",)
    assert [work.team for work in card.freed] == ["Blue"]


def test_what_would_not_be_in_time_is_asked_about(history: Board) -> None:
    need_by = from_micros(history.at).date() + timedelta(days=2)
    values = {"filter": "label:loyal", "more_items": 9, "need_by": need_by.isoformat()}
    add(history, "Loyalty", **values)
    history.done(c.DecideInitiative(1, DecisionKind.START, "now"))
    row = row_of(history, "Loyalty")
    assert row.forecast.need_by_odds is not None and row.forecast.need_by_odds < 0.2
    assert row.stop_card is not None
    assert "it is there by the day it is needed with odds of" in row.stop_card.reasons_for[0]


def test_the_buffer_is_that_of_the_start(history: Board) -> None:
    from vsm.features.portfolio.facts import facts_now

    add(history, "Loyalty", filter="label:loyal")
    facts = facts_now(history.read, 1, history.at)
    history.done(c.DecideInitiative(1, DecisionKind.START, "now", facts))
    assert row_of(history, "Loyalty").buffer_burn == 0
    p50, p85 = (getattr(row_of(history, "Loyalty").forecast, name) for name in ("p50", "p85"))
    history.done(c.ChangeEntity(INITIATIVE, 1, {"more_items": 5}))
    late = row_of(history, "Loyalty")
    assert isinstance(late.forecast.p85, date)
    assert late.buffer_burn == pytest.approx((late.forecast.p85 - p85) / (p85 - p50))


def test_as_of_a_day_before_nothing_of_it_was_on_record(history: Board) -> None:
    before = history.at
    history.at += DAY
    add(history, "Loyalty", filter="label:loyal")
    history.at += DAY
    history.done(c.DecideInitiative(1, DecisionKind.START, "now"))
    assert read_portfolio(history.read, before, present=False).initiatives == ()
    (row,) = read_portfolio(history.read, history.at - 1, present=False).initiatives
    assert (row.state.value, row.decisions) == ("funnel", ())


def test_without_an_initiative_what_stands_behind_it_is_earlier(history: Board) -> None:
    for n in range(10):
        history.done(c.AddItem(1, f"late {n}", fields={"labels": ("late",)}))
    add(history, "Loyalty", filter="label:loyal")
    add(history, "Late", filter="label:late")
    result = read_without(history.read, history.at, frozenset((1,)))
    (late,) = result.others
    assert (result.stopped, late.initiative, late.moves) == (("Loyalty",), "Late", True)
    assert late.p50 is not None and late.p50_then is not None and late.p50_then < late.p50
    assert [work.team for work in result.freed] == ["Blue"]
    add(history, "Both", filter="label:loyal or label:late")
    (late, both) = sorted(
        read_without(history.read, history.at, frozenset((1,))).others,
        key=lambda one: one.initiative,
        reverse=True,
    )
    assert not late.moves and not both.moves, "its items are needed by another one too"


def test_what_is_begun_next_comes_before_what_waits(history: Board) -> None:
    """Ten items wait before those of Late; with these first they are there sooner, others later."""
    add(history, "Loyalty", filter="label:loyal")
    for n in range(3):
        history.done(c.AddItem(1, f"late {n}", fields={"labels": ("late",)}))
    add(history, "Late", filter="label:late")
    result = read_without(history.read, history.at, frozenset(), frozenset((2,)))
    late, loyal = sorted(result.others, key=lambda one: one.initiative)
    assert (result.stopped, result.first, result.freed) == ((), ("Late",), ())
    assert late.p50 is not None and late.p50_then is not None and late.p50_then < late.p50
    assert loyal.p50 is not None and loyal.p50_then is not None and loyal.p50_then > loyal.p50
    assert result.trial == "with Late first"
    both = read_without(history.read, history.at, frozenset((1,)), frozenset((2,)))
    assert both.trial == "without Loyalty, with Late first"
    (alone,) = both.others
    assert alone.p50_then is not None and alone.p50_then <= late.p50_then


def test_blocked_items_and_the_likeliest_last_are_named(history: Board) -> None:
    add(history, "Loyalty", filter="label:loyal")
    row = row_of(history, "Loyalty")
    assert (row.blocked, row.blocked_items) == (0, ())
    (part,) = row.forecast.streams
    second = row.open_items[-1]
    assert part.last == history.read.keys_of([second])[second], "which stands behind the other"
    history.done(c.BlockItem(second, BlockerKind.EXTERNAL, "waits for the law"))
    row = row_of(history, "Loyalty")
    assert (row.blocked, row.blocked_items) == (1, (second,))
    page = draw_markdown(report_initiative(row, result_of(history)))
    assert "1 of them is blocked" in page and part.last in page


def test_freed_days_are_those_of_a_team_that_works_on_several_items() -> None:
    load = freed_load(
        "Blue", visits=12 * 1.5, work=3, slots=5, workdays=5, share=0.2, utilisation=0.9
    )
    assert (load.days, load.team_days) == (54, 10.8)
    assert load.team_weeks == pytest.approx(2.16)
    assert load.utilisation_without == pytest.approx(0.72)


def blue(basis: Basis) -> Capacity:
    """Capacity of team Blue: a visit takes one of its two slots for a day."""
    team = replace(
        WEB, name="Blue", people=2.0, slots_per_person=1.0, work=1.0, utilisation=0.5, basis=basis
    )
    return Capacity(as_of=0, zone="UTC", weeks_ahead=1, teams=(team,))


def test_the_load_of_a_team_is_said_where_it_was_measured(
    history: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(history, "Loyalty", filter="label:loyal or label:old", more_items=2)
    row = row_of(history, "Loyalty")
    capacity = [blue(Basis.MEASURED)]
    monkeypatch.setattr("vsm.features.portfolio.load.read_capacity", lambda *_, **__: capacity[0])
    (load,) = read_load(history.read, row, history.at)
    assert (load.team, load.visits) == ("Blue", 4), "two that wait and two that are expected"
    assert (load.days, load.team_days) == (4, 2)
    assert load.team_weeks == pytest.approx(2 / 7), "it works on all days"
    assert load.share == pytest.approx(4 / 13), "of 13 visits that began in the last 12 weeks"
    assert load.utilisation_without == pytest.approx(0.5 * (1 - load.share))
    page = draw_markdown(report_initiative(row, result_of(history), beside=Beside((load,))))
    assert "| Blue | 8 | 2.0 | 0.3 | 50% | 35% |" in page
    assert "Team's days" not in draw_markdown(report_initiative(row, result_of(history)))
    for basis in (Basis.ASSUMED, Basis.UNKNOWN, Basis.SEVERAL):
        capacity[0] = blue(basis)
        assert read_load(history.read, row, history.at) == (), "nothing rather than a guess"


def test_what_stopping_frees_is_said_of_the_whole_team(history: Board) -> None:
    add(history, "Ledger", filter="label:ledger")
    history.done(c.DecideInitiative(1, DecisionKind.START, "now"))
    history.at += 30 * DAY
    load = freed_load("Blue", visits=10, work=2, slots=2, workdays=5, share=0.25, utilisation=0.96)
    page = draw_markdown(
        report_initiative(row_of(history, "Ledger"), result_of(history), beside=Beside((load,)))
    )
    used = "utilisation 96%, in the next 12 weeks without it 72%"
    assert f"Blue: 10.0 working days of the team, 2.0 weeks; {used}" in page
    small = freed_load("Red", visits=0.2, work=2, slots=2, workdays=5, share=0, utilisation=0.5)
    page = draw_markdown(
        report_initiative(row_of(history, "Ledger"), result_of(history), beside=Beside((small,)))
    )
    assert "Red:" not in page


def test_what_is_over_frees_nothing(history: Board) -> None:
    number = add(history, "Loyalty", filter="label:loyal")
    history.done(c.DecideInitiative(number, DecisionKind.STOP, "too little"))
    assert read_load(history.read, row_of(history, "Loyalty"), history.at) == ()


def test_items_that_are_only_expected_are_no_end(history: Board) -> None:
    add(history, "Past", filter="label:old", more_items=6)
    row = row_of(history, "Past")
    assert row.forecast.cannot == "its 6 expected items are on no board yet"
    assert not row.is_worked_off
    history.done(c.ChangeEntity(INITIATIVE, 1, {"more_items": None}))
    result = result_of(history)
    assert row_of(history, "Past").is_worked_off
    assert "All items are over, to be decided: Past" in draw_markdown(report(result))


def test_the_table_is_in_the_order_that_people_chose(history: Board) -> None:
    for name, place in (("A", None), ("B", 2.0), ("C", 1.0)):
        add(history, name, filter="label:loyal", place=place)
    assert [row.key for row in in_order(result_of(history))] == ["C", "B", "A"]
