"""Trials without initiatives or with some first, and whom an initiative waits for."""

from __future__ import annotations

import pytest

from tests.flow.test_portfolio import add, board, history, result_of, row_of
from tests.model.conftest import Board
from vsm.features.portfolio.beside import read_beside
from vsm.features.portfolio.initiative_report import report_initiative
from vsm.features.portfolio.reading import read_portfolio
from vsm.features.portfolio.results import WithoutSome
from vsm.features.portfolio.without import read_without
from vsm.features.portfolio.without_report import report_without
from vsm.model import command as c
from vsm.model.item import LinkKind
from vsm.model.portfolio import DecisionKind
from vsm.model.query_parser import parse
from vsm.model.stream import Category
from vsm.report.markdown import draw_markdown

__all__ = ["board", "history"]


def trial_of(board: Board, stopped: tuple[int, ...], first: tuple[int, ...] = ()) -> WithoutSome:
    return read_without(board.read, board.at, frozenset(stopped), frozenset(first))


def test_items_that_others_need_too_are_not_freed(history: Board) -> None:
    whole = add(history, "Loyalty", filter="label:loyal")
    twin = add(history, "Twin", filter="label:loyal")
    tried = trial_of(history, (whole,))
    assert (tried.freed, tried.goes_on) == ((), 2), "the twin needs them"
    row = row_of(history, "Loyalty")
    assert row.own_items == () and len(row.open_items) == 2
    both = trial_of(history, (whole, twin))
    (freed,) = both.freed
    assert (freed.team, freed.days) == ("Blue", pytest.approx(4, rel=0.05)), "counted once"
    assert both.goes_on == 0
    history.done(c.DecideInitiative(twin, DecisionKind.STOP, "no use"))
    (freed,) = trial_of(history, (whole,)).freed
    assert freed.days == pytest.approx(4, rel=0.05), "what is stopped needs nothing"
    assert len(row_of(history, "Loyalty").own_items) == 2


def test_what_waits_for_what_is_stopped_has_no_day(history: Board) -> None:
    ledger = next(iter(history.read.matching(history.stream, parse("label:ledger"), history.at)))
    one, two = sorted(history.read.matching(history.stream, parse("label:loyal"), history.at))
    history.done(c.LinkItems(ledger, one, LinkKind.BLOCKS))
    history.done(c.LinkItems(one, two, LinkKind.BLOCKS))
    key = history.read.keys_of([one, two])
    stopped = add(history, "Ledger", filter="label:ledger")
    add(history, "Loyalty", filter=f"key:{key[two]}")
    tried = trial_of(history, (stopped,))
    (moved,) = tried.others
    assert moved.held_up == (key[two],) and moved.moves, "over another item"
    assert tried.dependants == tuple(sorted(key.values()))
    page = draw_markdown(report_without(tried))
    assert f"Loyalty would have no day: {key[two]} would wait on" in page and "| waits |" in page


def test_a_trial_that_moves_nothing_says_why(history: Board) -> None:
    idea, begun, past = (
        add(history, name, filter=f"label:{label}")
        for name, label in (("Idea", "nothing"), ("Begun", "ledger"), ("Past", "old"))
    )
    history.done(c.DecideInitiative(past, DecisionKind.DELIVER, "there"))
    assert trial_of(history, (idea, past)).nothing == (
        "Idea has no open items",
        "Past is delivered already",
    )
    (reason,) = trial_of(history, (), (begun,)).nothing
    assert reason == "Begun is begun already: none of its items waits to be started"
    page = draw_markdown(report_without(trial_of(history, (idea,))))
    assert "Idea has no open items" in page


def test_whom_it_waits_for_is_named_with_team_and_days(history: Board) -> None:
    ledger = next(iter(history.read.matching(history.stream, parse("label:ledger"), history.at)))
    first = min(history.read.matching(history.stream, parse("label:loyal"), history.at))
    history.done(c.LinkItems(ledger, first, LinkKind.BLOCKS))
    add(history, "Loyalty", filter="label:loyal")
    add(history, "Ledger", filter="label:ledger")
    keys = history.read.keys_of([ledger, first])
    beside = read_beside(history.read, row_of(history, "Loyalty"), history.at)
    (awaited,) = beside.awaited
    assert (awaited.key, awaited.team, awaited.stage) == (keys[ledger], "Blue", "Build")
    assert awaited.p50 is not None and awaited.p85 is not None
    row, result = row_of(history, "Loyalty"), result_of(history)
    page = draw_markdown(report_initiative(row, result, beside=beside))
    where = f"{keys[ledger]} (Blue, in Build of Card issuing)"
    assert f"Waits for {where}: 50% by" in page
    beside = read_beside(history.read, row_of(history, "Ledger"), history.at)
    page = draw_markdown(report_initiative(row_of(history, "Ledger"), result, beside=beside))
    assert f"{keys[first]} (in Backlog of Card issuing) waits for it" in page


def test_what_is_over_ends_nothing_in_a_trial(history: Board) -> None:
    old = add(history, "Loyalty", filter="label:loyal")
    add(history, "Ledger", filter="label:ledger")
    history.done(c.DecideInitiative(old, DecisionKind.STOP, "no use"))
    tried = trial_of(history, (old,))
    assert tried.nothing == ("Loyalty is stopped already",)
    assert (tried.freed, tried.goes_on, tried.dependants) == ((), 0, ())
    assert not any(one.moves for one in tried.others)


def test_the_team_of_what_is_awaited_is_that_of_its_stage_then(history: Board) -> None:
    ledger = next(iter(history.read.matching(history.stream, parse("label:ledger"), history.at)))
    first = min(history.read.matching(history.stream, parse("label:loyal"), history.at))
    history.done(c.LinkItems(ledger, first, LinkKind.BLOCKS))
    add(history, "Loyalty", filter="label:loyal")
    then = history.at
    history.at += 86_400_000_000
    stage = c.AddStage(1, c.NewStage("Design", Category.ACTIVE), history.stage("Ready").id)
    history.done(stage)
    row = next(iter(read_portfolio(history.read, then, present=False).initiatives))
    (awaited,) = read_beside(history.read, row, then, present=False).awaited
    assert (awaited.team, awaited.stage) == ("Blue", "Build")
