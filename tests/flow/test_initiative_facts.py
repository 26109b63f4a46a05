"""Facts about initiatives and teams in the portfolio report: what is late, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.flow.test_portfolio import DAY, add, history
from tests.model.conftest import Board, board
from vsm.features.capacity.results import Capacity, Saturation, TeamCapacity
from vsm.features.portfolio.facts import facts_now
from vsm.features.reports.load_rules import find_saturation
from vsm.features.reports.reading import Asked, in_order, read_report
from vsm.features.reports.report import report
from vsm.features.reports.results import Fact, Report
from vsm.features.reports.rule import Finding
from vsm.features.reports.sources import Sources
from vsm.model import command as c
from vsm.model.item import LinkKind
from vsm.model.portfolio import DecisionKind
from vsm.model.portfolio_entities import INITIATIVE, OBJECTIVE
from vsm.model.report import ReportKind
from vsm.model.rules import from_micros
from vsm.report.terminal import draw_text

__all__ = ["board", "history"]


def start(board: Board, number: int) -> None:
    """Decide to start an initiative, with the figures of now."""
    facts = facts_now(board.read, number, board.at)
    board.done(c.DecideInitiative(number, DecisionKind.START, "worth it", facts, over_limit=True))


def day_after(board: Board, days: int) -> str:
    return (from_micros(board.at).date() + timedelta(days=days)).isoformat()


def portfolio(board: Board) -> Report:
    return read_report(
        board.read,
        Asked(kind=ReportKind.PORTFOLIO, stream=None, since=None, until=board.at, present=True),
    )


def texts(result: Report, rule: str) -> list[str]:
    return [fact.text for fact in result.facts if fact.rule == rule]


def test_an_initiative_that_cannot_be_foreseen_is_a_fact(board: Board) -> None:
    board.done(c.AddItem(1, "first", fields={"labels": ("fees",)}))
    start(board, add(board, "Fees", filter="label:fees", need_by=day_after(board, 30)))
    result = portfolio(board)
    (text,) = texts(result, "initiative-late")
    assert text.startswith("cannot forecast Fees, needed by")
    assert "no item has finished yet" in text
    assert "Nothing needs attention." not in "\n".join(draw_text(report(result), 100))


def test_initiatives_that_are_not_under_way_are_counted_in_one_sentence(history: Board) -> None:
    for n in range(5):
        values = {"need_by": day_after(history, 1), "more_items": 20}
        number = add(history, f"Later {n}", filter="label:loyal", **values)
        history.done(c.ChangeEntity(INITIATIVE, number, {"state": "ready"}))
    add(history, "Idea", filter="label:loyal")
    (text,) = texts(portfolio(history), "initiative-late")
    assert text.startswith("5 initiatives that are not under way are likely later than needed")
    assert "Later 0 (ready, 0% by" in text and text.endswith("and 2 more")


def test_work_that_is_all_over_is_not_called_late(history: Board) -> None:
    start(history, add(history, "Past", filter="label:old", need_by=day_after(history, -7)))
    assert texts(portfolio(history), "initiative-late") == []


def test_a_used_buffer_says_the_day_and_which_items_joined(history: Board) -> None:
    start(history, add(history, "Loyalty", filter="label:loyal"))
    history.done(c.ChangeEntity(INITIATIVE, 1, {"more_items": 8}))
    history.at += 8 * DAY
    (text,) = texts(portfolio(history), "buffer")
    assert "the 85% day of Loyalty is " in text and " days later than at its start" in text
    assert "joined" not in text and "moved by" not in text
    history.done(c.AddItem(1, "one more", fields={"labels": ("loyal",)}))
    joined = from_micros(history.at).date()
    history.done(c.ChangeEntity(INITIATIVE, 1, {"more_items": 12}))
    history.at += DAY
    (text,) = texts(portfolio(history), "buffer")
    assert " times on " in text and "used" in text
    key = history.read.item(33).key  # type: ignore[union-attr]
    assert f"; {key} joined it on {joined.day} " in text
    assert "12 more items are expected, 8 before" in text


def test_a_used_buffer_that_stayed_is_no_move(history: Board) -> None:
    start(history, add(history, "Loyalty", filter="label:loyal"))
    history.done(c.ChangeEntity(INITIATIVE, 1, {"more_items": 8}))
    history.at += DAY
    asked = Asked(
        kind=ReportKind.PORTFOLIO, stream=None, since=history.at - 2 * 60 * 1_000_000,
        until=history.at, present=True,
    )  # fmt: skip
    (text,) = texts(read_report(history.read, asked), "buffer")
    assert " times, as on " in text


def test_what_an_initiative_waits_for_has_its_team_and_its_days(history: Board) -> None:
    blocker = history.read.item(32)
    assert blocker is not None
    history.done(c.LinkItems(32, 30, LinkKind.BLOCKS))
    start(history, add(history, "Loyalty", filter="label:loyal", need_by=day_after(history, 1)))
    (text,) = texts(portfolio(history), "initiative-late")
    assert f"waits for {blocker.key} (Blue, 50% by " in text


def test_a_day_that_is_not_foreseen_is_said_of_a_used_buffer(history: Board) -> None:
    start(history, add(history, "Loyalty", filter="label:loyal"))
    history.done(c.ChangeEntity(INITIATIVE, 1, {"more_items": 30}))
    history.at += 8 * DAY
    (text,) = texts(portfolio(history), "buffer")
    assert text.startswith("the 85% day of Loyalty is later than can be foreseen, at its start it")


# -- order ---------------------------------------------------------------------------------


def fact(id: str, severity: int, **more: object) -> Fact:
    plain = Fact(
        id=id, rule="stale", severity=severity, about="stream", subject="s", template="t",
        values=(), evidence=(), confidence=None, first_seen=date(2026, 1, 1), repeats=0,
        needs_decision=True,
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def test_what_asks_for_a_decision_stands_first_and_words_stand_in_their_order() -> None:
    facts = [fact("watch", 1), *(fact(f"act{n}", 2) for n in range(7)), fact("decide", 3)]
    facts.append(fact("known", 3, acknowledged="known"))
    weights = {one.id: 1.0 for one in facts} | {"decide": 0.1, "watch": 5.0, "act6": 0.5}
    ordered = [one.id for one in in_order(facts, weights)]
    assert ordered[0] == "decide", "however often it was said"
    assert ordered[1:7] == [*(f"act{n}" for n in range(5)), "watch"], "page one has its seven"
    assert ordered[7:] == ["act5", "act6", "known"]


def test_an_agenda_spends_its_minutes_on_decisions_first(history: Board) -> None:
    result = replace(portfolio(history), facts=(fact("act", 2), fact("decide", 3)))
    lines = draw_text(report(result, minutes=10), 100)
    assert any(line.strip().startswith("8 min") for line in lines)
    assert any("Not in these 10 minutes" in line for line in lines)
    lines = draw_text(report(result, minutes=1), 100)
    assert any("Not in this minute:" in line for line in lines)


# -- load ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("weeks", "is_fact"), [(4, True), (12, False)])
def test_a_team_whose_saturation_is_a_range_of_weeks_is_a_fact(
    history: Board, weeks: int, is_fact: bool
) -> None:
    of = Sources(history.read, history.stream, history.at - DAY, history.at, present=True)
    capacity = of.capacity
    assert capacity is not None
    later = Saturation(
        week=None, weeks_ahead=None, probability=0.5, within=0.99, earliest=of.today,
        latest=of.today + timedelta(weeks=weeks), growth=0.1, by=of.today, odds=0.8, why="",
    )  # fmt: skip
    (team,) = capacity.teams
    of.__dict__["capacity"] = with_team(capacity, replace(team, utilisation=0.8, saturation=later))
    findings: list[Finding] = list(find_saturation(of))
    assert bool(findings) is is_fact
    if findings:
        assert findings[0].severity == 2
        assert findings[0].values["when"].startswith("between ")  # type: ignore[union-attr]
        assert str(findings[0].values["when"]).endswith("(80% sure)")


def with_team(capacity: Capacity, team: TeamCapacity) -> Capacity:
    return replace(capacity, teams=(team,))


# -- lists ---------------------------------------------------------------------------------


def test_lists_of_the_portfolio_have_columns(history: Board) -> None:
    start(history, add(history, "Loyalty", filter="label:loyal", need_by=day_after(history, 200)))
    history.done(c.AddEntity(OBJECTIVE, {"name": "Faster", "share": 0.5}))
    result = portfolio(history)
    (row,) = next(block for block in result.lists if block.title == "Initiatives").lines
    figures = dict(row.figures)
    assert (figures["state"], figures["open"], figures["finished"]) == ("implementing", 2, 0)
    assert isinstance(figures["p50"], date) and isinstance(figures["odds"], float)
    text = "\n".join(draw_text(report(result), 130))
    assert "Needed by" in text and "50% by" in text
    assert "of them expected" not in text
