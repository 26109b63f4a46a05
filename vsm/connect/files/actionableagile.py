"""Reads ActionableAgile CSV: ID, Link, Name, a column of entry dates for each stage, attributes.

It has no times and no second visits: one day for each stage. A stage that was skipped is empty, or
has the date of the next one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from vsm.connect.files import item_fields, startfinish
from vsm.connect.files.columns import ABOUT, DUE, TITLE, Role, choose, listed, plain, recognise
from vsm.connect.files.date_parser import DateParser
from vsm.connect.files.file_head import Head
from vsm.connect.files.item_fields import blank
from vsm.connect.files.parsed_file import ParsedFile
from vsm.connect.files.source import Source
from vsm.connect.files.table import Dialect, Table
from vsm.connect.files.tabular import about, gapped, learn, read_as
from vsm.gc_pause import without_collector
from vsm.model.errors import BadInput
from vsm.model.history import Entry, ItemHistory, Progress, Skipped

ID = Role("id", "id", ("id", "key", "issuekey"), needed=True)
LINK = Role("link", "link", ("link", "url"))
NAME = Role("title", "name", ("name", *TITLE.names))
_HEAD = (ID, LINK, NAME)
_NO_STAGES = {name for role in (*startfinish.DATES, DUE) for name in role.names}
_DATE_NAME = re.compile(
    r"(?:^|[ _]|(?<=[a-z]))(?:[Dd]ate|[Tt]ime|[Tt]imestamp)$|[ _](?:[Aa]t|[Oo]n)$"
)
"""How columns of dates are named that are no stages."""
_ATTRIBUTES = tuple(role for role in ABOUT if role is not TITLE)
ROLES = (*_HEAD, *_ATTRIBUTES)
"""Roles of columns that are no stage."""


def matches(head: Head) -> bool:
    """Whether a table begins with an id and has columns of dates that are named like stages."""
    names = [plain(name) for name in head.header]
    if names[:3] == ["id", "link", "name"]:
        return True
    if not names or names[0] not in ID.names:
        return False
    first = max(recognise(head.header, _HEAD).values()) + 1
    return any(
        plain(name) not in _NO_STAGES and not _DATE_NAME.search(name) and _has_dates_only(column)
        for name, column in list(zip(head.header, head.columns, strict=False))[first:]
    )


def read(
    path: Path,
    *,
    zone: str,
    columns: Mapping[str, str | None] | None = None,
    dialect: Dialect | None = None,
    date_format: str | None = None,
    progress: Progress | None = None,
) -> ParsedFile:
    """Read a table of entry dates; a date is the first moment of that day in ``zone``.

    Raises :class:`BadInput` with file, line and field if anything is malformed: nothing of such a
    file is used.
    """
    clock = DateParser(zone, date_format)
    with Source(path, progress) as source, without_collector():
        table = Table(source, dialect or Dialect())
        head = choose(table.file, table.header, _HEAD, columns or {})
        cells = table.whole()
        stages = _stages(table, cells, max(head.values()) + 1)
        rest = [name if n > stages[-1] else "" for n, name in enumerate(table.header)]
        chosen = {r: name for r, name in (columns or {}).items() if r not in head}
        places = head | choose(table.file, rest, _ATTRIBUTES, chosen)
        learn(table, cells, [*stages, *_due(places)], clock)
        reader = _Reader(table, cells, places, stages, clock)
        histories = [h for row in range(table.rows) if (h := reader.history(row)) is not None]
        detected = read_as(table, places, clock) | {
            "stages": f"{table.header[stages[0]]} to {table.header[stages[-1]]}"
        }
        return ParsedFile(
            file=table.file,
            sha256=source.sha256(),
            histories=histories,
            skipped=tuple(reader.skipped),
            notes=tuple(reader.notes),
            counts={"items": table.rows, "stages": len(stages)},
            read_as=detected,
            order=tuple(reader.names),
        )


def _due(places: Mapping[str, int]) -> list[int]:
    return [places["due"]] if "due" in places else []


def _stages(table: Table, cells: Sequence[Sequence[str]], first: int) -> list[int]:
    """The contiguous columns with nothing but dates, from the first such one at ``first`` or later.

    An empty column after the last date is a stage that no item has reached, unless it has the name
    of an attribute.
    """
    attributes = {name for role in ABOUT for name in role.names}
    attributes |= {"status", "resolution", "priority", "components", "fixversions", "sprint"}
    out: list[int] = []
    for place in range(first, len(table.header)):
        if _is_stage(cells[place], plain(table.header[place]) in attributes):
            out.append(place)
        elif any(_has_dates_only(cells[n]) for n in out):
            break
        else:
            out.clear()
    while out and not table.header[out[-1]]:
        out.pop()
    if not any(cell.strip() for place in out for cell in cells[place]):
        raise BadInput(
            f"{table.file} has no columns of dates after {table.header[first - 1]!r}",
            f"the stages should stand there: there are {listed(table.header)}",
        )
    for place in out:
        if not table.header[place]:
            raise BadInput(f"{table.file} line 1, column {place + 1}: the stage has no name")
    return out


def _is_stage(column: Sequence[str], attribute: bool) -> bool:
    """Whether a column may be a stage: it has dates only, or nothing yet."""
    return _has_dates_only(column) or (not attribute and all(map(blank, column)))


def _has_dates_only(column: Sequence[str]) -> bool:
    """Whether a column has dates and nothing else."""
    filled = [cell for cell in column if not blank(cell)]
    return bool(filled) and all(map(_looks_like_date, filled))


def _looks_like_date(cell: str) -> bool:
    """Whether a cell looks like a date; reading it later reports a fault with its line."""
    text = cell.strip()
    return text[:1].isdecimal() and sum(c in "-/." for c in text[:10]) == 2


class _Reader:
    """Makes the history of each row."""

    def __init__(
        self,
        table: Table,
        cells: Sequence[Sequence[str]],
        places: Mapping[str, int],
        stages: Sequence[int],
        clock: DateParser,
    ) -> None:
        self.skipped: list[Skipped] = []
        self.notes: list[Skipped] = []
        self._table, self._cells, self._places, self._clock = table, cells, places, clock
        self.names = [
            item_fields.name(table.header[p], lambda: f"{table.file} line 1") for p in stages
        ]
        self._moments = [gapped(table, cells[place], place, clock) for place in stages]

    def history(self, row: int) -> ItemHistory | None:
        """The item of a row; ``None`` for one that entered no stage."""
        table, places, cells = self._table, self._places, self._cells
        where = partial(table.where, row)
        key = item_fields.name(cells[places["id"]][row], lambda: where(places["id"]))
        if not key:
            raise BadInput(f"{where(places['id'])} is empty", "every item needs an id")
        stages = zip(self.names, self._moments, strict=True)
        entries = [Entry(at, name) for name, column in stages if (at := column[row]) is not None]
        if not entries:
            self.skipped.append(Skipped(where(), f"{key} has no date in any stage"))
            return None
        if any(a.at > b.at for a, b in pairwise(entries)):
            entries.sort(key=lambda entry: entry.at)
            why = f"{key}: its dates run against the order of the stages: sorted by date"
            self.notes.append(Skipped(where(), why))
        fields_of: dict[str, Any] = {"title": key}
        for role, place in places.items():
            if role not in ("id", "link"):
                fields_of |= about(role, cells[place][row], partial(where, place), self._clock)
        link = cells[places["link"]][row].strip() if "link" in places else ""
        return ItemHistory(
            source_key=key,
            key=key,
            entries=tuple(entries),
            where=where(),
            description=item_fields.cut(link, item_fields.TEXT_MAX),
            **fields_of,
        )
