"""The report on what stopping initiatives, or beginning some next, would free and move."""

from __future__ import annotations

from datetime import date

from vsm.features.portfolio.initiative_report import freed_parts
from vsm.features.portfolio.report import InitiativeTarget, short_day
from vsm.features.portfolio.results import Moved, WithoutSome
from vsm.features.portfolio.wording import odds
from vsm.model.plural import count
from vsm.model.rules import from_micros
from vsm.report.document import Cell, Column, Document, Row, Section, Sentence, Table, row
from vsm.report.wording import listed

HELD_UP = "waits"
"""In place of a day: something of it would wait for what is stopped."""


def report_without(result: WithoutSome) -> Document:
    """The report on what a trial would free, and every date as it is and then."""
    trial = result.trial[:1].upper() + result.trial[1:]
    moved = [one for one in result.others if one.moves]
    sentences = [
        Sentence(
            f"{trial}: the dates of {count(len(moved), 'initiative')} would move"
            f" (of {len(result.others)} that have one)",
            "strong",
        )
    ]
    sentences += [Sentence(reason, "warn") for reason in result.nothing]
    sentences += freed_parts(result.freed, result.load)
    if result.goes_on:
        text = f"{count(result.goes_on, 'item')} of it would go on, as others need them too"
        sentences.append(Sentence(text))
    sentences += [
        Sentence(
            f"{one.initiative} would have no day: {listed(list(one.held_up))} would wait on", "bad"
        )
        for one in result.others
        if one.held_up
    ]
    if result.dependants:
        keys = listed(list(result.dependants), 8)
        sentences.append(Sentence(f"Wait for it, and would wait on: {keys}", "warn"))
    sections = [Section("", tuple(sentences))]
    if result.others:
        table = _table(result.others, from_micros(result.as_of).date())
        sections.append(Section("As it is, and then", (table,)))
    return Document(trial, (), tuple(sections))


def _table(others: tuple[Moved, ...], as_of: date) -> Table:
    columns = (
        Column("Initiative", shrinks=True),
        Column("50% by", short="50%"),
        Column("then"),
        Column("85% by", short="85%"),
        Column("then"),
        Column("On time", right=True, short="Time"),
        Column("then", right=True),
    )
    return Table(columns, tuple(_line(one, as_of) for one in others))


def _line(one: Moved, as_of: date) -> Row:
    pairs = [
        (_day(one.p50, as_of), _day(one.p50_then, as_of)),
        (_day(one.p85, as_of), _day(one.p85_then, as_of)),
        (odds(one.need_by_odds), odds(one.need_by_odds_then)),
    ]
    if one.held_up:
        pairs = [(now, "-" if now == "-" else HELD_UP) for now, _ in pairs]
    cells = [
        cell
        for now, then in pairs
        for cell in (Cell(now), Cell(then, "faint" if now == then else "accent"))
    ]
    return row(
        Cell(one.initiative, "strong"),
        *cells,
        target=InitiativeTarget(one.initiative, initiative=one.id),
    )


def _day(of: date | None, as_of: date) -> str:
    return "later" if of is None else short_day(of, as_of)
