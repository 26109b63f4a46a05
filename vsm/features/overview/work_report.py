"""The report on the work of all streams that fits a filter, by stream or by how far it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from vsm.features.overview.work import STEPS, Work, WorkItem
from vsm.features.standards.names import in_report
from vsm.model.item import ClassOfService
from vsm.report.document import Cell, Column, Document, Row, Section, Sentence, Table, Target
from vsm.report.document import row as table_row
from vsm.report.wording import count

DASH = "–"
BLOCKED = "■"
OWNER_WIDE, TEAM_WIDE, DUE_WIDE = 90, 110, 130
"""Cells without which owner, team and due date are left out."""


@dataclass(frozen=True, slots=True)
class ItemTarget(Target):
    """The line of an item."""

    work: WorkItem | None = None


def work_report(work: Work, by_step: bool = False) -> Document:
    """A line an item, under a heading for each stream, or for each step."""
    if not work.items:
        what = f"that match {work.filter}" if work.filter else "on any board"
        sections: tuple[Section, ...] = (
            Section("", (Sentence(f"There are no items {what}.", "faint"),)),
        )
        return Document("Work in all streams", (summary(work),), sections)
    rows: list[Row] = []
    for name, items in grouped(work.items, by_step):
        if rows:
            rows.append(table_row(*[""] * len(_columns(by_step))))
        rows.append(_heading(name, items, by_step))
        rows += (_line(item, by_step) for item in items)
    parts = [Table(_columns(by_step), tuple(rows))]
    more = (
        (Sentence(f"and {work.left_out:,} more: narrow the filter to see them", "faint"),)
        if work.left_out
        else ()
    )
    return Document("Work in all streams", (summary(work),), (Section("", (*parts, *more)),))


def summary(work: Work) -> str:
    """How many items there are, of how many streams, and how many are blocked."""
    every = work.items
    streams = len({item.stream.id for item in every})
    parts = [f"{count(len(every) + work.left_out, 'item')} of {count(streams, 'stream')}"]
    if blocked := sum(item.card.blocked is not None for item in every):
        parts.append(f"{blocked} blocked")
    if overdue := sum(item.card.overdue for item in every):
        parts.append(f"{overdue} overdue")
    return ", ".join(parts)


def grouped(items: Iterable[WorkItem], by_step: bool) -> list[tuple[str, tuple[WorkItem, ...]]]:
    """The items of each stream; or by step, the oldest of each first."""
    if not by_step:
        return [
            (name, tuple(group)) for name, group in groupby(items, lambda item: item.stream.name)
        ]
    every = sorted(items, key=lambda item: -(item.card.age or 0))
    out = []
    for category, name in STEPS.items():
        group = tuple(item for item in every if item.stage.category is category)
        if group:
            out.append((name, group))
    return out


def _columns(by_step: bool) -> tuple[Column, ...]:
    return (
        Column(""),
        Column("item", shrinks=True),
        *((Column("stream", shrinks=True),) if by_step else ()),
        Column("stage", shrinks=True),
        Column("age", right=True),
        Column("due", wide=DUE_WIDE),
        Column("owner", wide=OWNER_WIDE, shrinks=True),
        Column("team", wide=TEAM_WIDE, shrinks=True),
        Column("", shrinks=True),
    )


def _heading(name: str, items: Sequence[WorkItem], by_step: bool) -> Row:
    rest = [""] * (len(_columns(by_step)) - 2)
    return table_row("", Cell(f"{name} ({len(items)})", "accent"), *rest)


def _line(item: WorkItem, by_step: bool) -> Row:
    card = item.card
    ended = item.stage.category.ended
    marks = []
    if card.service is not ClassOfService.STANDARD:
        marks.append(str(card.service))
    if card.blocked is not None:
        reason = f": {card.blocked_reason}" if card.blocked_reason else ""
        marks.append(f"{BLOCKED} {card.blocked}{reason}")
    if card.waits_for:
        marks.append(f"blocked by {card.waits_for}")
    if card.age is not None:
        age = f"{card.age} d"
    else:
        age = f"{card.cycle} d" if card.cycle is not None else DASH
    is_bad = card.blocked is not None or card.overdue
    return table_row(
        Cell(card.key, "faint" if ended else "strong"),
        Cell(card.title, "faint" if ended else "text"),
        *((item.stream.name,) if by_step else ()),
        in_report(item.stage.name, item.canonical),
        Cell(age, "faint" if ended else "text"),
        Cell(card.due or DASH, "bad" if card.overdue else "text"),
        card.owner or DASH,
        card.team or DASH,
        Cell(", ".join(marks), "bad" if is_bad else "text"),
        target=ItemTarget(card.key, ((card.id, ""),), work=item),
    )
