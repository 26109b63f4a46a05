"""Reads start/finish CSV: one item a row with its id, start and finish.

Nothing is known about the time between, so histories are ``endpoints_only``. An item that finishes
before it starts would make figures wrong: it is left out and reported, never clipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from vsm.connect.files import item_fields
from vsm.connect.files.columns import ABOUT, Role, choose
from vsm.connect.files.date_parser import DateParser
from vsm.connect.files.file_head import Head
from vsm.connect.files.infer_mapping import guess_category
from vsm.connect.files.parsed_file import Hint, ParsedFile
from vsm.connect.files.source import Source
from vsm.connect.files.table import Dialect, Table
from vsm.connect.files.tabular import about, gapped, learn, read_as
from vsm.gc_pause import without_collector
from vsm.model.errors import BadInput
from vsm.model.history import Entry, ItemHistory, Progress, Skipped
from vsm.model.item import Quality
from vsm.model.stream import Category

ID = Role("id", "id", ("id", "key", "issuekey", "workitemid", "itemid", "number"), needed=True)
CREATED = Role(
    "created",
    "date of creation",
    ("created", "createddate", "creationdate", "createdat", "createdon"),
)
START = Role(
    "start", "start",
    ("start", "started", "startdate", "starteddate", "activateddate", "activated", "starttime",
     "inprogressdate", "begin", "begindate", "startedat", "committeddate"),
)  # fmt: skip
FINISH = Role(
    "finish", "finish",
    ("finish", "finished", "finishdate", "finisheddate", "closeddate", "closed", "enddate", "end",
     "done", "donedate", "completed", "completeddate", "completiondate", "resolveddate", "resolved",
     "resolutiondate", "finishedat", "closedat", "endtime"),
    needed=True,
)  # fmt: skip
STATE = Role("state", "state", ("state", "status"))
ROLES = (ID, CREATED, START, FINISH, STATE, *ABOUT)
"""Roles of the columns."""

WAITING, WORKED, FINISHED = "To do", "In progress", "Done"
"""Names of the stages that such a file has: created, started, finished."""
_ROLES = {WAITING: Category.BACKLOG, WORKED: Category.ACTIVE, FINISHED: Category.DONE}
_HINTS = {WAITING: Hint("new"), WORKED: Hint("indeterminate"), FINISHED: Hint("done")}
_REMOVED = ("removed", "deleted")


def matches(head: Head) -> bool:
    """Whether a table has columns for id and finish."""
    return bool(head.header) and head.has(ROLES)


def read(
    path: Path,
    *,
    zone: str,
    columns: Mapping[str, str | None] | None = None,
    dialect: Dialect | None = None,
    date_format: str | None = None,
    progress: Progress | None = None,
) -> ParsedFile:
    """Read a table of starts and finishes; ``zone`` is that of times which name none.

    If there is no column of starts, the date of creation is the start. Raises :class:`BadInput`
    with file, line and field if anything is malformed: nothing of such a file is used.
    """
    clock = DateParser(zone, date_format)
    with Source(path, progress) as source, without_collector():
        table = Table(source, dialect or Dialect())
        places = choose(table.file, table.header, ROLES, columns or {})
        if "start" not in places and "created" in places and (columns or {}).get("start") is None:
            places["start"] = places.pop("created")
        cells = table.whole()
        dated = [places[r] for r in ("created", "start", "finish", "due") if r in places]
        learn(table, cells, dated, clock)
        reader = _Reader(table, cells, places, clock)
        histories = [h for row in range(table.rows) if (h := reader.history(row)) is not None]
        return ParsedFile(
            file=table.file,
            sha256=source.sha256(),
            histories=histories,
            hints=_HINTS,
            skipped=tuple(reader.skipped),
            notes=tuple(reader.notes),
            counts={
                "items": table.rows,
                "finished": reader.finished,
                "finished before their start": reader.backwards,
            },
            read_as=read_as(table, places, clock),
            roles=_ROLES,
        )


class _Reader:
    """Makes the history of each row."""

    def __init__(
        self,
        table: Table,
        cells: Sequence[Sequence[str]],
        places: Mapping[str, int],
        clock: DateParser,
    ) -> None:
        self.skipped: list[Skipped] = []
        self.notes: list[Skipped] = []
        self.finished = self.backwards = 0
        self._table, self._cells, self._places, self._clock = table, cells, places, clock
        self._created, self._start, self._finish = map(
            self._moments, ("created", "start", "finish")
        )
        self._about = [(r.name, places[r.name]) for r in ABOUT if r.name in places]

    def _moments(self, role: str) -> Sequence[int | None]:
        if role not in self._places:
            return [None] * self._table.rows
        place = self._places[role]
        return gapped(self._table, self._cells[place], place, self._clock)

    def history(self, row: int) -> ItemHistory | None:
        """The item of a row; ``None`` for one that is left out."""
        where = partial(self._table.where, row)
        place = self._places["id"]
        key = item_fields.name(self._cells[place][row], lambda: where(place))
        if not key:
            raise BadInput(f"{where(place)} is empty", "every item needs an id")
        created, start, finish = self._created[row], self._start[row], self._finish[row]
        self.finished += finish is not None
        why = self._left_out(row, created, start, finish)
        if why:
            self.skipped.append(Skipped(where(), f"{key} {why}"))
            return None
        if created is not None and any(at is not None and at < created for at in (start, finish)):
            self.notes.append(
                Skipped(
                    where(), f"{key}: created after its start or finish: date of creation ignored"
                )
            )
            created = None
        fields_of: dict[str, Any] = {"title": key}
        for role, at in self._about:
            fields_of |= about(role, self._cells[at][row], partial(where, at), self._clock)
        dates = ((created, WAITING), (start, WORKED), (finish, FINISHED))
        return ItemHistory(
            source_key=key,
            key=key,
            entries=tuple([Entry(at, status) for at, status in dates if at is not None]),
            where=where(),
            quality=Quality.ENDPOINTS_ONLY,
            **fields_of,
        )

    def _left_out(
        self, row: int, created: int | None, start: int | None, finish: int | None
    ) -> str:
        """The reason why an item cannot be imported; empty if it can."""
        cells = self._cells
        if finish is not None and start is not None and finish < start:
            self.backwards += 1
            first, last = (cells[self._places[role]][row].strip() for role in ("start", "finish"))
            return f"finishes ({last}) before it starts ({first})"
        if created is None and start is None and finish is None:
            return "has no date"
        state = cells[self._places["state"]][row].strip() if "state" in self._places else ""
        dropped = (
            state.casefold() in _REMOVED or guess_category(state, Hint(), False) is Category.DROPPED
        )
        if state and dropped and finish is None:
            return f"is {state} without a date"
        return ""
