"""Reads event logs as CSV, one event a row: case, activity, time, person and fields of items."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice, repeat
from pathlib import Path
from sys import intern

from vsm.connect.files import item_fields, startfinish
from vsm.connect.files.columns import ABOUT, TEAM, Role, choose
from vsm.connect.files.date_parser import DateParser
from vsm.connect.files.event_log import Event, EventLog, entry
from vsm.connect.files.file_head import Head
from vsm.connect.files.parsed_file import ParsedFile
from vsm.connect.files.source import Source
from vsm.connect.files.table import Dialect, Table
from vsm.connect.files.tabular import about, read_as
from vsm.gc_pause import without_collector
from vsm.model.errors import BadInput
from vsm.model.history import Progress

CASE = Role(
    "case", "case id",
    ("caseid", "caseconceptname", "case", "traceid", "itemid", "workitemid", "issuekey", "ticketid",
     "orderid", "issueid", "item", "issue", "ticket", "key", "id"),
    needed=True,
)  # fmt: skip
ACTIVITY = Role(
    "activity", "activity",
    ("activity", "conceptname", "activityname", "tostatus", "status", "stage", "state", "to",
     "task", "event", "step"),
    needed=True,
)  # fmt: skip
TIME = Role(
    "time", "time of the event",
    ("starttimestamp", "starttime", "starteventtime", "timestamp", "timetimestamp",
     "completetimestamp", "eventtime", "time", "datetime", "changedat", "enteredat", "date", "at",
     "when", "start"),
    needed=True,
)  # fmt: skip
RESOURCE = Role(
    "resource", "person", ("resource", "orgresource", "user", "author", "by", "person", "employee")
)
LIFECYCLE = Role(
    "lifecycle", "lifecycle transition", ("lifecycletransition", "lifecycle", "transition")
)
ROLES = (CASE, ACTIVITY, TIME, RESOURCE, LIFECYCLE, *ABOUT)
"""Roles of the columns of an event log."""

_OF_EVENT = (CASE, ACTIVITY, TIME, RESOURCE, LIFECYCLE, TEAM)
_NEEDED = (CASE.name, ACTIVITY.name)


def matches(head: Head) -> bool:
    """Whether a table has columns for case, activity and time, and is no table of items.

    An id that stands in several rows makes it an event log.
    """
    return head.has(ROLES) and (head.repeats(CASE) or not startfinish.matches(head))


def read(
    path: Path,
    *,
    zone: str,
    columns: Mapping[str, str | None] | None = None,
    dialect: Dialect | None = None,
    date_format: str | None = None,
    joined: bool = False,
    progress: Progress | None = None,
) -> ParsedFile:
    """Read an event log; ``columns`` names the columns of roles instead of recognising them.

    ``zone`` is that of times which name none. Raises :class:`BadInput` with file, line and field
    if anything is malformed: nothing of such a file is used.
    """
    clock = DateParser(zone, date_format)
    with Source(path, progress) as source, without_collector():
        table = Table(source, dialect or Dialect())
        places = choose(table.file, table.header, ROLES, columns or {})
        reader = _Reader(table, places, clock, joined)
        for chunk in table.chunks():
            reader.take(chunk)
        table.some()
        reader.settle()
        detected = read_as(table, places, clock)
        return reader.log.finish(source.sha256(), reader.words, detected)


class _Reader:
    """Gathers the rows of one table, whole columns at a time."""

    def __init__(
        self, table: Table, places: Mapping[str, int], clock: DateParser, joined: bool
    ) -> None:
        self.log = EventLog(table.file, joined=joined)
        self._table, self._places, self._clock = table, places, clock
        self._row = 0
        self._moments = array("q")
        self._names: dict[str, dict[str, str]] = {}
        self._columns: dict[str, list[str]] = {r.name: [] for r in _OF_EVENT if r.name in places}
        self._late: list[tuple[int, Sequence[str]]] = []
        self._texts: dict[str, dict[str, tuple[str, int]]] = {}

    @property
    def words(self) -> list[str]:
        """The lifecycle transitions in the log."""
        return [w for w in self._names.get("lifecycle", {}).values() if w]

    def take(self, chunk: Sequence[Sequence[str]]) -> None:
        """Add the columns of some rows."""
        places = self._places
        cases = self._named("case", chunk[places["case"]])
        for name, column in self._columns.items():
            if name == "case":
                column += cases
            elif name != "time":
                column += self._named(name, chunk[places[name]])
        times = chunk[places["time"]]
        moments = self._clock.iso(times)
        if moments is None:
            self._late.append((self._row, times))
            moments = [0] * len(times)  # placeholders: these times need evidence of all the file
        self._moments.extend(moments)
        for role in ABOUT:
            if role.name in places and role is not TEAM:
                texts = self._texts.setdefault(role.name, {})
                column_of = chunk[places[role.name]]
                rows = range(self._row, self._row + len(column_of))
                texts |= {c: (v, n) for c, v, n in zip(cases, column_of, rows, strict=True) if v}
        self._row += len(times)

    def _named(self, role: str, column: Sequence[str]) -> list[str]:
        """Names on one line each; every distinct text is checked once, at its first row."""
        known = self._names.setdefault(role, {})
        try:
            return list(map(known.__getitem__, column))
        except KeyError:
            last = self._row + len(column) - 1
            rows = dict(zip(reversed(column), range(last, self._row - 1, -1), strict=True))
        for text in sorted([t for t in rows if t not in known], key=rows.__getitem__):
            where = partial(self._where, role, rows[text])
            known[text] = name = intern(item_fields.name(text, where))
            if role == "case":
                self.log.lines.setdefault(name, self._table.line(rows[text]))
            if not name and role in _NEEDED:
                raise BadInput(f"{where()} is empty", "mend or leave out this row")
        return list(map(known.__getitem__, column))

    def _where(self, role: str, row: int) -> str:
        return self._table.where(row, self._places[role])

    def settle(self) -> None:
        """Read the times that need evidence of all the file, and group the events by case."""
        for first, times in self._late:
            self._clock.learn(times, self._shifted(first))
        due = list(self._texts.get("due", {}).values())
        self._clock.learn((t for t, _ in due), lambda place: self._where("due", due[place][1]))
        self._clock.settle()
        for first, times in self._late:
            late = self._clock.moments(times, self._shifted(first))
            self._moments[first : first + len(late)] = array("q", late)
        places = {case: n for n, case in enumerate(self.log.lines)}
        case_of_row = list(map(places.__getitem__, self._columns["case"]))
        # All events of a case are made one after the other: objects that lie near each other in
        # memory are read at twice the speed later on, and logs come in the order of time.
        events = self._events(sorted(range(self._row), key=case_of_row.__getitem__))
        counts = Counter(case_of_row)
        for case, place in places.items():
            self.log.cases[case] = list(islice(events, counts[place]))
        for role, texts in self._texts.items():
            for case, (text, place) in texts.items():
                self.log.about.setdefault(case, {}).update(
                    about(role, text, partial(self._where, role, place), self._clock)
                )

    def _shifted(self, first: int) -> Callable[[int], str]:
        return lambda place: self._where("time", first + place)

    def _events(self, order: Sequence[int]) -> Iterator[Event]:
        def of(name: str) -> Iterable[str]:
            column = self._columns.get(name)
            return map(column.__getitem__, order) if column else repeat("")

        moments = map(self._moments.__getitem__, order)
        columns = (moments, of("activity"), repeat(""), of("resource"))
        if self.words or "team" in self._columns:
            return zip(*columns, of("lifecycle"), of("team"), strict=False)
        return map(entry, zip(*columns, strict=False))
