"""What tables have in common: fields of items by role, and what is told of how they were read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from vsm.connect.files import item_fields
from vsm.connect.files.date_parser import DateParser
from vsm.connect.files.item_fields import TITLE_MAX, cut
from vsm.connect.files.table import DELIMITERS, Table
from vsm.model.rules import local
from vsm.model.sanitise import inert_line


def about(role: str, text: str, where: Callable[[], str], clock: DateParser) -> dict[str, Any]:
    """The field of an item that a cell tells; nothing for an empty one.

    ``role`` is one of :data:`vsm.connect.files.columns.ABOUT`. Raises :class:`BadInput`.
    """
    if not text.strip():
        return {}
    if role == "title":
        return {"title": cut(" ".join(text.split()), TITLE_MAX)}
    if role == "labels":
        return {"labels": item_fields.labels(text, where)}
    if role == "points":
        return {"estimate": item_fields.estimate(text, where)}
    if role == "due":
        at = clock.moments([text], lambda _: where())[0]
        return {"due": local(at, clock.zone).date().isoformat()}
    return {role: item_fields.name(text, where)}


def read_as(table: Table, places: Mapping[str, int], clock: DateParser) -> dict[str, str]:
    """What was detected of a table, for the report: columns, delimiter, encoding, dates, zone."""
    told = {role: inert_line(table.header[place]) for role, place in places.items()}
    told["delimiter"] = DELIMITERS.get(table.delimiter, table.delimiter)
    told["encoding"] = table.encoding.removesuffix("-sig").upper()
    return told | dates(clock)


def dates(clock: DateParser) -> dict[str, str]:
    """How times were read: the order of a date, and the zone of times that name none."""
    told = {"dates": clock.order} if clock.order else {}
    return told | ({"times without a zone": clock.zone} if clock.naive else {})


def learn(
    table: Table, cells: Sequence[Sequence[str]], places: Sequence[int], clock: DateParser
) -> None:
    """Let the clock see all columns of dates before it reads the first one."""
    for place in places:
        clock.learn(cells[place], partial(_where, table, place))
    clock.settle()


def _where(table: Table, place: int, row: int) -> str:
    return table.where(row, place)


def gapped(table: Table, column: Sequence[str], place: int, clock: DateParser) -> list[int | None]:
    """The moments of a column of dates in which cells may be empty."""
    rows = [row for row, cell in enumerate(column) if cell.strip()]
    found = clock.moments([column[row] for row in rows], lambda n: table.where(rows[n], place))
    out: list[int | None] = [None] * len(column)
    for row, at in zip(rows, found, strict=True):
        out[row] = at
    return out
