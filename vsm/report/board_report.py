"""The report on a board: the figures of its header, and the cards of each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from vsm.date_form import write_day
from vsm.model.board import Card, Column, Header
from vsm.model.item import ClassOfService
from vsm.model.stream import Category
from vsm.report.board_text import day_words, head_words, header_parts
from vsm.report.document import Cell, Document, Part, Row, Section, Sentence, Table, Target, row
from vsm.report.document import Column as Head

_COLUMNS = (
    Head("item"),
    Head("title", shrinks=True),
    Head("days", right=True),
    Head("in stage", right=True),
    Head("due"),
    Head("class"),
    Head("team"),
    Head("owner"),
    Head("waits for", right=True),
    Head("blocks", right=True),
    Head("blocked"),
)


def report(
    header: Header,
    columns: Sequence[Column],
    cards: Mapping[int, Sequence[Card]],
    empty: str = "",
    filter: str = "",
) -> Document:
    """The board, a section a column; ``cards`` are those to show, by stage id.

    A dropped stage is there only where it shows something. ``empty`` is said of a board without
    cards.
    """
    name, *figures = header_parts(header, filter)
    shown = [c for c in columns if c.shown or c.stage.category is not Category.DROPPED]
    sections = [_column(column, cards.get(column.stage.id, ())) for column in shown]
    if empty and not any(column.shown for column in columns):
        sections.append(Section("", (Sentence(empty, "faint"),)))
    about = [" · ".join(figures)]
    if not header.ended:
        about.append(f"as of {day_words(header.until, header.zone)}")
    return Document(f"{name}: board", tuple(about), tuple(sections))


def _column(column: Column, cards: Sequence[Card]) -> Section:
    name, wip = head_words(column)
    parts: list[Part] = []
    if cards:
        parts.append(Table(_COLUMNS, tuple(_card(card) for card in cards)))
    more = column.shown - len(cards)
    if more > 0:
        parts.append(Sentence(f"and {more} more", "faint"))
    return Section(f"{name} {wip}", tuple(parts) or (Sentence("no items", "faint"),))


def _due(card: Card) -> Cell | str:
    if card.due is None:
        return ""
    due = write_day(date.fromisoformat(card.due))
    return Cell(f"! {due}", "bad") if card.overdue else due


def _card(card: Card) -> Row:
    days = card.age if card.age is not None else card.cycle
    blocked = ""
    if card.blocked is not None:
        reason = f": {card.blocked_reason}" if card.blocked_reason else ""
        blocked = f"{card.blocked}{reason}"
    service = "" if card.service is ClassOfService.STANDARD else str(card.service)
    return row(
        Cell(card.key, "strong"),
        card.title,
        "" if days is None else str(days),
        "" if card.idle is None else str(card.idle),
        _due(card),
        service,
        card.team or "",
        card.owner or "",
        str(card.waits_for or ""),
        str(card.waited_by or ""),
        Cell(blocked, "bad"),
        target=Target(card.key, ((card.id, ""),)),
    )
