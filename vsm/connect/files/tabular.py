"""Shares what importers of tables need: fields of items by role, dates, and detected settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from vsm.connect.files import item_fields
from vsm.connect.files.date_parser import DateParser
from vsm.connect.files.item_fields import TITLE_MAX, blank, cut
from vsm.connect.files.table import DELIMITERS, Table
from vsm.model.rules import local
from vsm.model.sanitise import inert_line


def about(role: str, text: str, where: Callable[[], str], clock: DateParser) -> dict[str, Any]:
    """The field of an item from a cell; empty for an empty cell.

    ``role`` is one of :data:`vsm.connect.files.columns.ABOUT`. Raises :class:`BadInput`.
    """
    if role == "title" and text.strip():
        return {"title": cut(" ".join(text.split()), TITLE_MAX)}
    if blank(text):
        return {}
    if role == "labels":
        return {"labels": item_fields.labels(text, where)}
    if role == "points":
        return {"estimate": item_fields.estimate(text, where)}
    if role == "due":
        at = clock.moments([text], lambda _: where())[0]
        return {"due": local(at, clock.zone).date().isoformat()}
    return {role: item_fields.name(text, where)}


def read_as(table: Table, places: Mapping[str, int], clock: DateParser) -> dict[str, str]:
    """The detected settings of a table: columns, delimiter, encoding, dates, zone."""
    detected = {role: inert_line(table.header[place]) for role, place in places.items()}
    detected["delimiter"] = DELIMITERS.get(table.delimiter, table.delimiter)
    detected["encoding"] = table.encoding.removesuffix("-sig").upper()
    return detected | dates(clock)


def dates(clock: DateParser) -> dict[str, str]:
    """The settings for times: the order of dates, and the zone of times that name none."""
    detected = {"dates": clock.order} if clock.order else {}
    return detected | ({"times without a zone": clock.zone} if clock.naive else {})


def learn(
    table: Table, cells: Sequence[Sequence[str]], places: Sequence[int], clock: DateParser
) -> None:
    """Let the parser collect evidence from all columns of dates before it reads the first one."""
    for place in places:
        clock.learn(cells[place], partial(_where, table, place))
    clock.settle()


def _where(table: Table, place: int, row: int) -> str:
    return table.where(row, place)


def gapped(table: Table, column: Sequence[str], place: int, clock: DateParser) -> list[int | None]:
    """The moments of a column of dates, ``None`` for empty cells."""
    rows = [row for row, cell in enumerate(column) if not blank(cell)]
    moments = clock.moments([column[row] for row in rows], lambda n: table.where(rows[n], place))
    out: list[int | None] = [None] * len(column)
    for row, at in zip(rows, moments, strict=True):
        out[row] = at
    return out
