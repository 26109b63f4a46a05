"""Items as rows of a list: which columns there are, how they read, and how they are sorted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from vsm.model.board import Card
from vsm.model.item import ClassOfService
from vsm.model.rules import local


class Listed(NamedTuple):
    """An item with all that a list can show: its card, the rest of its fields, its flow.

    ``place`` is the place of its stage in the order of the flow; moments are UTC microseconds.
    """

    card: Card
    stage: str
    place: int
    state: str
    description: str
    flow_type: str
    labels: tuple[str, ...]
    estimate: float | None
    parent: str | None
    created: int
    updated: int
    started: int | None
    finished: int | None
    lead: int | None
    quality: str
    archived: bool
    stream: str = ""


class Col(NamedTuple):
    """A column: its head, and the value that it sorts by and (but for moments) shows."""

    head: str
    value: Callable[[Listed], Any]
    right: bool = False
    is_moment: bool = False


def _key(row: Listed) -> tuple[str, int, str]:
    """Keys in the order of their numbers: PAY-9 before PAY-10."""
    match = re.fullmatch(r"(.*?)(\d{1,18})", row.card.key)
    return (match[1].casefold(), int(match[2]), "") if match else ("", 0, row.card.key.casefold())


def _marks(row: Listed) -> str:
    marks = [f"blocked:{row.card.blocked}"] if row.card.blocked is not None else []
    marks += ["overdue"] if row.card.overdue else []
    if row.card.service is not ClassOfService.STANDARD:
        marks.append(str(row.card.service))
    return ",".join(marks)


COLUMNS: dict[str, Col] = {
    "key": Col("KEY", lambda row: row.card.key),
    "stage": Col("STAGE", lambda row: row.stage),
    "stream": Col("STREAM", lambda row: row.stream),
    "state": Col("STATE", lambda row: row.state),
    "days": Col(
        "DAYS",
        lambda row: row.card.cycle if row.card.age is None else row.card.age,
        right=True,
    ),
    "age": Col("AGE", lambda row: row.card.age, right=True),
    "idle": Col("IN STAGE", lambda row: row.card.idle, right=True),
    "cycle": Col("CYCLE", lambda row: row.card.cycle, right=True),
    "lead": Col("LEAD", lambda row: row.lead, right=True),
    "due": Col("DUE", lambda row: row.card.due),
    "owner": Col("OWNER", lambda row: row.card.owner),
    "team": Col("TEAM", lambda row: row.card.team),
    "type": Col("TYPE", lambda row: row.card.type),
    "class": Col("CLASS", lambda row: str(row.card.service)),
    "label": Col("LABELS", lambda row: ",".join(row.labels)),
    "estimate": Col("ESTIMATE", lambda row: row.estimate, right=True),
    "parent": Col("PARENT", lambda row: row.parent),
    "blocked": Col(
        "BLOCKED", lambda row: None if row.card.blocked is None else str(row.card.blocked)
    ),
    "waits": Col("WAITS FOR", lambda row: row.card.waits_for or None, right=True),
    "blocks": Col("BLOCKS", lambda row: row.card.waited_by or None, right=True),
    "created": Col("CREATED", lambda row: row.created, is_moment=True),
    "updated": Col("UPDATED", lambda row: row.updated, is_moment=True),
    "since": Col("SINCE", lambda row: row.card.entered, is_moment=True),
    "started": Col("STARTED", lambda row: row.started, is_moment=True),
    "finished": Col("FINISHED", lambda row: row.finished, is_moment=True),
    "marks": Col("MARKS", _marks),
    "title": Col("TITLE", lambda row: row.card.title),
}
"""The columns of a list by the names that ``--columns`` and ``--sort`` take."""
USUAL = ("key", "stage", "days", "idle", "due", "owner", "team", "marks", "title")
"""The columns where none are chosen."""
USUAL_EVERYWHERE = (USUAL[0], "stream", *USUAL[1:])
"""The same of a list over all streams."""

ORDERS = ("-days", "-idle", "due", "stage", "team", "owner", "key")
"""The orders that a key of a list goes through, as ``--sort`` takes them."""


def cell(name: str, row: Listed, zone: str) -> str:
    """What a column shows of an item; dates are ISO dates in ``zone``."""
    column = COLUMNS[name]
    value = column.value(row)
    if value is None:
        return ""
    if column.is_moment:
        return f"{local(value, zone):%Y-%m-%d}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def read_columns(text: str) -> tuple[str, ...]:
    """The names in ``key,age,title`` (``all``: every one); raises ``ValueError``."""
    if text.strip().casefold() == "all":
        return tuple(COLUMNS)
    return tuple(_known(name) for name in text.split(","))


def read_sort(text: str) -> tuple[tuple[str, bool], ...]:
    """``(name, whether downwards)`` of each field in ``-age,key``; raises ``ValueError``."""
    return tuple(
        (_known(name.strip().removeprefix("-")), name.strip().startswith("-"))
        for name in text.split(",")
    )


def _known(name: str) -> str:
    folded = name.strip().casefold()
    if folded not in COLUMNS:
        raise ValueError(f"there is no column {name.strip()!r}; use {', '.join(COLUMNS)}")
    return folded


def sort_items(rows: Iterable[Listed], by: Sequence[tuple[str, bool]]) -> list[Listed]:
    """Rows by these fields, the first one first; items without the field always come last."""
    out = list(rows)
    for name, down in reversed(by):
        out.sort(key=lambda row: _sort_key(name, row), reverse=down)
        # stable: only brings those without the field behind the others
        out.sort(key=lambda row: COLUMNS[name].value(row) in (None, ""))
    return out


def _sort_key(name: str, row: Listed) -> Any:
    if name == "key":
        return _key(row)
    if name == "stage":
        return row.place
    value = COLUMNS[name].value(row)
    if isinstance(value, str):
        return (True, value.casefold())
    return (value is not None, 0 if value is None else value)
