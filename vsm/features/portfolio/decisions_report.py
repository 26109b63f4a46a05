"""The report on all decisions on initiatives: who decided what, when, on which figures."""

from __future__ import annotations

from datetime import date

from vsm.features.portfolio.initiative_report import DecisionTarget
from vsm.features.portfolio.records import day_in, facts_of
from vsm.features.portfolio.results import Decided, InitiativeRow, Portfolio
from vsm.features.portfolio.wording import odds, returns
from vsm.model.plural import count
from vsm.model.rules import local
from vsm.report.document import Cell, Column, Document, Row, Section, Sentence, Table, Tone, row
from vsm.report.wording import Hint, day, name_verb

_SEEN: dict[str, Tone] = {"right": "good", "wrong": "bad"}


def report_decisions(result: Portfolio, zone: str = "UTC", hint: Hint = name_verb) -> Document:
    """All decisions with the figures of their moments, the latest first."""
    title = "Decisions"
    every = [(decided, one) for one in result.initiatives for decided in one.decisions]
    if not every:
        how = hint(
            "vsm initiative decide NAME CHOICE --reason TEXT does",
            "{decide_initiative} on an initiative does",
        )
        text = f"Nothing was decided yet: {how}"
        return Document(title, (), (Section("", (Sentence(text),)),))
    every.sort(key=lambda pair: (-pair[0].at, -pair[0].number))
    today = local(result.as_of, zone).date()
    due = sum(decided.is_due(today) for decided, _ in every)
    text = count(len(every), "decision") + (f", {due} to be looked at again" if due else "")
    columns = (
        Column("Day"),
        Column("Initiative", shrinks=True),
        Column("Decision"),
        Column("Reason", shrinks=True),
        Column("By", wide=100),
        Column("85% then", wide=120),
        Column("On time then", right=True, short="Time then", wide=110),
        Column("Return then", right=True, wide=120),
        Column("Seen later"),
    )
    table = Table(columns, tuple(_line(*pair, zone, today) for pair in every))
    head = Sentence(text, "warn" if due else "strong")
    return Document(title, (), (Section("", (head,)), Section("Decisions", (table,))))


def _line(decided: Decided, one: InitiativeRow, zone: str, today: date) -> Row:
    facts = facts_of(decided.facts)
    forecast, roi = facts.get("forecast") or {}, facts.get("roi") or {}
    p85 = day_in(facts.get("p85"))
    return row(
        day(local(decided.at, zone).date()),
        Cell(one.key, "strong"),
        decided.decision.value,
        decided.reason,
        decided.by,
        "-" if p85 is None else day(p85),
        odds(forecast.get("need_by_odds")),
        "-" if roi.get("likely") is None else returns(roi["likely"]),
        _seen(decided, today),
        target=DecisionTarget(decided.reason, decision=decided.number),
    )


def _seen(decided: Decided, today: date) -> Cell:
    """How it looks now: in hindsight, or when it is to be looked at again."""
    if decided.hindsight is not None:
        return Cell(decided.hindsight, _SEEN.get(decided.hindsight, "text"))
    if decided.review_on is None:
        return Cell("-")
    if decided.is_due(today):
        return Cell("to be looked at", "warn")
    return Cell(f"from {day(decided.review_on)}", "faint")
