"""Write items, streams, stages, teams and the log as plain tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from vsm.model.board import Change, StreamInfo
from vsm.model.calendar import holidays_text, workdays_text
from vsm.model.entity import Entity, Names
from vsm.model.field_types import REFERENCE
from vsm.model.group_limit import group_text
from vsm.model.item_list import COLUMNS, Listed, cell
from vsm.model.limit_text import limits_of
from vsm.model.presence import Presence
from vsm.model.rules import from_micros
from vsm.model.sanitise import inert_line
from vsm.model.stream import EdgeKind, Stage, ValueStream
from vsm.model.team import Team
from vsm.report.text_table import Col, row_line, table, widths_of

_PAGE = 500
"""Rows that decide the widths of a long list; it is written without waiting for the rest."""


def item_lines(
    items: Iterable[Listed], columns: Sequence[str], zone: str, total: int | None
) -> Iterator[str]:
    """A line for each item under a head: the named columns, dates in ``zone``.

    With ``total`` the titles, or else the last column, are cut to that many cells; without it
    (a pipe) they are whole.
    """
    wide = "title" if "title" in columns else columns[-1]
    cols = [
        Col(COLUMNS[name].head, COLUMNS[name].right, total is not None and name == wide)
        for name in columns
    ]

    def row(item: Listed) -> list[str]:
        return [inert_line(cell(name, item, zone)) for name in columns]

    rest = iter(items)
    first = [row(card) for card in islice(rest, _PAGE)]
    if not first:
        return
    widths = widths_of(cols, first, total)
    yield row_line(cols, widths, [c.head for c in cols])
    for texts in first:
        yield row_line(cols, widths, texts)
    for item in rest:
        yield row_line(cols, widths, row(item))


def stream_lines(streams: Sequence[StreamInfo], total: int | None) -> list[str]:
    """A table of the streams."""
    cols = (
        Col("STREAM", flexible=True),
        Col("ITEMS", right=True),
        Col("WIP", right=True),
        Col("LAST ACTIVITY (UTC)"),
    )
    rows = [
        (
            s.name,
            str(s.items),
            str(s.wip),
            "" if s.last_activity is None else _minute(s.last_activity),
        )
        for s in streams
    ]
    return table(cols, rows, total)


def stream_facts(stream: ValueStream) -> list[str]:
    """What is set for a stream beside its stages, one line a thing; what is not set is left out."""
    words = ", ".join(f"{name}: {word}" for name, word in stream.vocabulary)
    facts = (
        ("keys", f"{stream.prefix}-1 …"),
        ("days in", stream.zone),
        ("working days", workdays_text(stream.workdays)),
        ("holidays", holidays_text(stream.holidays)),
        ("types of work", ", ".join(stream.types)),
        ("words", words),
        ("link", stream.link),
        ("moves", stream.move_entry.shown),
        ("map counts", stream.map_time.shown),
        ("limits", "; ".join(group_text(stream, group) for group in stream.group_limits)),
    )
    lines = [stream.name, *(f"  {what:<14} {text}" for what, text in facts if text)]
    return [inert_line(line) for line in lines]


def stage_lines(stream: ValueStream, teams: Mapping[int, str], total: int | None) -> list[str]:
    """A table of a stream's stages in the order of the flow, retired ones last."""
    commitment = stream.commitment_stage
    stages = (*stream.line, *(s for s in stream.order if s.retired))
    has_behaviour = any(s.behaviour.shown for s in stages)
    cols = (
        Col("STAGE", flexible=True),
        Col("CATEGORY"),
        *([Col("BEHAVIOUR")] if has_behaviour else []),
        Col("LIMIT"),
        Col("TEAM"),
        Col("NEXT"),
        Col("BACK TO"),
    )

    def targets(stage: Stage, kind: EdgeKind) -> str:
        targets = {e.target for e in stream.edges if e.source == stage.id and e.kind is kind}
        return ", ".join(s.name for s in stream.line if s.id in targets)

    def name(stage: Stage) -> str:
        mark = " (commitment)" if stage is commitment else ""
        return f"{stage.name}{mark}{' (retired)' if stage.retired else ''}"

    rows = [
        (
            name(s),
            str(s.category),
            *([s.behaviour.shown] if has_behaviour else []),
            limits_of(s).shown,
            teams.get(s.team, "") if s.team is not None else "",
            targets(s, EdgeKind.FORWARD),
            targets(s, EdgeKind.REWORK),
        )
        for s in stages
    ]
    return table(cols, rows, total)


def team_lines(
    teams: Sequence[Team],
    owned: Mapping[int, Sequence[str]],
    members: Mapping[int, Sequence[str]],
    total: int | None,
) -> list[str]:
    """A table of the teams, their members, the stages that they own and when they work."""
    has_types = any(t.type for t in teams)
    rows = [
        (
            t.name,
            *([t.type or ""] if has_types else []),
            ", ".join(members.get(t.id, ())),
            ", ".join(owned.get(t.id, ())),
            "" if t.workdays is None else workdays_text(t.workdays),
        )
        for t in teams
    ]
    cols = (
        Col("TEAM"),
        *([Col("TYPE")] if has_types else []),
        Col("MEMBERS"),
        Col("STAGES", flexible=True),
        Col("WORKS"),
    )
    return table(cols, rows, total)


def entity_lines(
    entity: Entity[Any], sources: Sequence[object], names: Names, total: int | None
) -> list[str]:
    """A table of a declared entity."""
    rows = [
        [field.text(getattr(one, field.name), names) or field.nothing for field in entity.fields]
        for one in sources
    ]
    wide = (
        next((f for f in entity.fields if f.type.is_long), None)
        or [field for field in entity.fields if field.type is not REFERENCE][-1]
    )
    cols = [Col(field.heading, flexible=field is wide) for field in entity.fields]
    return table(cols, rows, total)


def template_lines(templates: Iterable[tuple[str, str, str, str]], total: int | None) -> list[str]:
    """A table of ``(name, whose, title, about)`` of templates."""
    cols = (Col("TEMPLATE"), Col("FROM"), Col("WHAT IT IS FOR", flexible=True))
    return table(
        cols,
        [
            (n, whose, f"{title}: {about}" if about else title)
            for n, whose, title, about in templates
        ],
        total,
    )


def log_lines(changes: Sequence[Change], total: int | None) -> list[str]:
    """What was recorded, one line a change: when (UTC), by whom, what."""
    cols = (Col("WHEN (UTC)"), Col("WHO"), Col("WHAT", flexible=total is not None))
    rows = [(_minute(c.at, ":%S"), c.actor, _with_time(c)) for c in changes]
    return table(cols, rows, total)


def people_lines(
    people: Sequence[Presence], places: Sequence[tuple[str, str]], now: int, total: int | None
) -> list[str]:
    """Who has a board open, one line each, with the stream and the item under the cursor."""
    cols = (
        Col("NAME"),
        Col("STREAM", flexible=total is not None),
        Col("ITEM"),
        Col("SCREEN"),
        Col("HOST"),
        Col("SINCE (UTC)"),
        Col("SEEN"),
    )
    rows = [
        (
            person.actor,
            *place,
            person.screen,
            person.host,
            _minute(person.since),
            f"{max(0, now - person.seen) // 1_000_000} s ago",
        )
        for person, place in zip(people, places, strict=True)
    ]
    return table(cols, rows, total)


def _minute(at: int, seconds: str = "") -> str:
    return from_micros(at).strftime(f"%Y-%m-%d %H:%M{seconds}")


def _with_time(change: Change) -> str:
    """What was recorded, and when it happened where it was entered late."""
    if change.happened is None:
        return change.text
    return f"{change.text} (happened {_minute(change.happened)})"
