"""Reads initiatives from exports of trackers: epics of Jira, milestones of GitHub and GitLab, epics
of GitLab.

Each becomes an initiative whose filter finds its items as vsm imports them: an epic of Jira by its
key, with its parts; the others by the label that items have of them. Those that are closed are
left out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from vsm.connect.files import jira_fields as f
from vsm.connect.files import json_fields as j
from vsm.connect.files.date_parser import DateParser
from vsm.connect.files.infer_mapping import guess_category
from vsm.connect.files.initiatives_csv import InitiativeInput, short_name
from vsm.connect.files.item_fields import shown
from vsm.connect.files.json_fields import Malformed
from vsm.connect.files.json_records import Record, Records
from vsm.connect.files.parsed_file import Hint
from vsm.connect.files.source import Source
from vsm.model.errors import BadInput
from vsm.model.rules import from_micros
from vsm.model.stream import Category

EPIC = "epic"
"""The type of the issues that become initiatives, where no other one is named."""
_KNOWN = (
    "it reads epics of Jira (issues with key and fields, or its CSV), milestones of GitHub and"
    " GitLab, and epics of GitLab"
)
_OPEN = ("", "unresolved")
_NEEDED = ("issue key", "issue type", "summary")
"""Heads by which a CSV file of Jira is known."""


@dataclass(frozen=True, slots=True)
class TrackerFile:
    """A file of a tracker: what it holds in words, its initiatives, how many are left out."""

    what: str
    rows: tuple[InitiativeInput, ...]
    closed: int
    others: int
    """Records of other types."""
    closed_by_name: int = 0
    """Closed ones that only the name of their status shows to be so."""
    unsure: tuple[int, ...] = ()
    """Lines of those whose state nothing says: they are taken for open."""


class _Text:
    """A text that is read like a file."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._raw = io.BytesIO(text.encode())

    def line(self) -> bytes:
        return self._raw.readline()

    def rest(self, most: int) -> bytes:
        return self._raw.read()


def is_tracker(text: str) -> bool:
    """Whether a text is JSON, or a CSV file of Jira."""
    head = text.lstrip("\ufeff \t\r\n")
    if head.startswith(("{", "[")):
        return True
    heads = {name.strip().casefold() for name in next(csv.reader([head.partition("\n")[0]]), [])}
    return heads.issuperset(_NEEDED)


def read_tracker(
    text: str, where: str, types: Collection[str] = (), date_format: str | None = None
) -> TrackerFile:
    """The initiatives of a file; ``types`` are the types of Jira issues that become one.

    Raises :class:`BadInput` with line and field.
    """
    kinds = frozenset(kind.casefold() for kind in types) or frozenset((EPIC,))
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        records = list(_records(text, where, kinds))
    else:
        records = list(_jira_rows(text, where, kinds, date_format))
    rows = [one.row for one in records if one.row is not None]
    by_filter = {row.values.get("filter") or row.line: row for row in rows}  # the last one counts
    return TrackerFile(
        " and ".join(dict.fromkeys(one.what for one in records)),
        tuple(by_filter.values()),
        sum(one.is_closed for one in records),
        sum(one.row is None and not one.is_closed for one in records),
        sum(one.is_closed and one.is_guess for one in records),
        tuple(one.row.line for one in records if one.row is not None and one.is_guess),
    )


@dataclass(frozen=True, slots=True)
class _Record:
    """A record: an initiative, one that is closed, or of another type."""

    what: str
    row: InitiativeInput | None = None
    is_closed: bool = False
    is_guess: bool = False
    """Whether nothing but the name of a status, or not even that, says if it is closed."""


def _input(
    line: int, title: str, key: str, filter_text: str, need_by: str | None
) -> InitiativeInput:
    name = short_name(title)
    values: dict[str, str | float] = {"name": name or key}
    if filter_text:
        values["filter"] = filter_text
    if need_by is not None:
        values["need_by"] = need_by
    return InitiativeInput(line, values, key=key, is_cut=name != title)


def _exactly(field: str, value: str) -> str:
    """A filter for exactly this value; empty where none can be written."""
    return "" if '"' in value or not value else f'{field}:"{value}"'


# -- JSON ------------------------------------------------------------------------------------


def _records(text: str, where: str, kinds: Collection[str]) -> Iterator[_Record]:
    source = cast(Source, _Text(where, text))
    for line, record in Records(source, "issues", "write one record a line"):
        try:
            yield _record(line, record, kinds)
        except Malformed as error:
            raise BadInput(f"{where} line {line}, {error.field}: {error.what}", _KNOWN) from None


def _record(line: int, record: Record, kinds: Collection[str]) -> _Record:
    if "key" in record and "fields" in record:
        return _jira(line, record, kinds)
    title = j.text(record.get("title"), "title")
    if "iid" in record and _is_epic(record):
        return _titled(line, record, title, "epics of GitLab", f"&{record['iid']}", "due_date")
    if "iid" in record and ("expired" in record or record.get("state") == "active"):
        return _titled(line, record, title, "milestones of GitLab", f"%{record['iid']}", "due_date")
    if "number" in record and "due_on" in record and "open_issues" in record:
        number = f"milestone {record['number']}"
        return _titled(line, record, title, "milestones of GitHub", number, "due_on")
    names = ", ".join(list(record)[:6])
    raise Malformed("record", f"it has {shown(names)} and is no epic and no milestone")


def _is_epic(record: Record) -> bool:
    return "start_date_is_fixed" in record or "due_date_is_fixed" in record


def _titled(line: int, record: Record, title: str, what: str, key: str, due: str) -> _Record:
    """A milestone, or an epic of GitLab; items have its title as a label."""
    title = " ".join(title.split())
    if not title:
        raise Malformed("title", "is missing")
    if j.text(record.get("state"), "state").casefold() == "closed":
        return _Record(what, is_closed=True)
    need_by = _day(record.get(due), due)
    return _Record(what, _input(line, title, key, _exactly("label", title), need_by))


def _jira(line: int, record: Record, kinds: Collection[str]) -> _Record:
    key = f.key(record["key"], "key")
    fields = j.mapping(record["fields"], "fields")
    kind = j.mapping(fields.get("issuetype"), "fields.issuetype").get("name")
    if not isinstance(kind, str) or kind.casefold() not in kinds:
        return _Record("epics of Jira")
    status = j.mapping(fields.get("status"), "fields.status")
    category = j.mapping(status.get("statusCategory"), "fields.status.statusCategory")
    if category.get("key") == "done" or fields.get("resolution"):
        return _Record("epics of Jira", is_closed=True)
    title = " ".join(j.text(fields.get("summary"), "fields.summary").split())
    need_by = _day(fields.get("duedate"), "fields.duedate")
    return _Record("epics of Jira", _input(line, title, key, _exactly("key", key), need_by))


def _day(value: Any, field: str) -> str | None:
    return j.day(value[:10] if isinstance(value, str) else value, field)


# -- CSV of Jira -----------------------------------------------------------------------------


def _jira_rows(
    text: str, where: str, kinds: Collection[str], date_format: str | None
) -> Iterator[_Record]:
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
    try:
        heads = [head.strip().casefold() for head in next(reader)]
        rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise BadInput(f"{where}, line {reader.line_num}: {error}", _KNOWN) from None
    places = {head: place for place, head in reversed(list(enumerate(heads)))}
    for line, cells in rows:
        if len(cells) != len(heads):
            raise BadInput(
                f"{where}, line {line}: {len(cells)} fields where the first line names"
                f" {len(heads)}",
                "a text with the separator in it stands in quotation marks",
            )
    dates = _Days(where, date_format)
    if "due date" in places:
        dates.learn([(line, cells[places["due date"]]) for line, cells in rows])
    for line, cells in rows:
        fields = {head: cells[place].strip() for head, place in places.items()}
        try:
            yield _jira_row(line, fields, kinds, dates)
        except Malformed as error:
            raise BadInput(f"{where}, line {line}, {error.field}: {error.what}", _KNOWN) from None


def _jira_row(
    line: int, fields: Mapping[str, str], kinds: Collection[str], dates: _Days
) -> _Record:
    if fields["issue type"].casefold() not in kinds:
        return _Record("epics of Jira")
    key = f.key(fields["issue key"], "Issue key")
    is_closed, is_guess = _closed(fields)
    if is_closed:
        return _Record("epics of Jira", is_closed=True, is_guess=is_guess)
    title = " ".join(fields["summary"].split())
    need_by = dates.day(line, fields.get("due date", ""))
    row = _input(line, title, key, _exactly("key", key), need_by)
    return _Record("epics of Jira", row, is_guess=is_guess)


def _closed(fields: Mapping[str, str]) -> tuple[bool, bool]:
    """Whether an issue is closed, and whether that is a guess.

    Where there is no status category, the name of the status says it by the rules of ``vsm
    import``; a name that these do not know is taken for open.
    """
    category = fields.get("status category", "").casefold()
    if category == "done" or fields.get("resolution", "").casefold() not in _OPEN:
        return True, False
    if category:
        return False, False
    status = fields.get("status", "")
    if guess_category(status, Hint(), False) in (Category.DONE, Category.DROPPED):
        return True, True
    # A name that decides nothing gets the category that is usual at its place.
    is_unknown = guess_category(status, Hint(), False) is not guess_category(status, Hint(), True)
    return False, is_unknown and "resolution" not in fields


class _Days:
    """The days of the column of due dates, in the order of day and month that the file has."""

    def __init__(self, where: str, date_format: str | None) -> None:
        self._where = where
        self._parser = DateParser("UTC", date_format)

    def learn(self, texts: Sequence[tuple[int, str]]) -> None:
        """Find out the order of day and month; raises :class:`BadInput`."""
        written = [(line, text) for line, text in texts if text.strip()]
        self._parser.learn([text for _, text in written], lambda n: self._at(written[n][0]))
        self._parser.settle()

    def day(self, line: int, text: str) -> str | None:
        """A day as ISO text; ``None`` of none."""
        if not text:
            return None
        (moment,) = self._parser.moments([text], lambda _: self._at(line))
        return from_micros(moment).date().isoformat()

    def _at(self, line: int) -> str:
        return f"{self._where}, line {line}, Due date"
