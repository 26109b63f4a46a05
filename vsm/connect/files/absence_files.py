"""Reads absences from calendar files (.ics) and tables (.csv), each with the line it stands on."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from vsm.connect.files.ics import BYTES_MAX, CalendarEvent, read_events
from vsm.model.allocation import AbsenceKind
from vsm.model.errors import BadInput
from vsm.model.field_types import InvalidValue, fraction_of
from vsm.model.rules import FIRST_DAY, LAST_DAY
from vsm.model.team import Member, Team

COLUMNS = ("login", "team", "from", "to", "kind", "fraction")
SHAPE = "the first line names the columns: login (or team),from,to,kind,fraction"
WINDOW_BEFORE, WINDOW_AFTER = timedelta(days=366), timedelta(days=731)
"""Recurring events count within these around today."""
_END = r"(?=$|[\s:,;–—-])"


@dataclass(frozen=True, slots=True)
class FileAbsence:
    """An absence as a file has it; ``who`` is as written where nobody known is meant."""

    line: int
    who: str
    member: int | None
    team: int | None
    first: date
    last: date
    kind: str = AbsenceKind.LEAVE.value
    fraction: float = 1.0

    @property
    def is_known(self) -> bool:
        """Whether it is somebody's."""
        return self.member is not None or self.team is not None


class People:
    """Members and teams to be found by what files call them."""

    def __init__(self, members: Sequence[Member], teams: Sequence[Team]) -> None:
        self._logins = {member.login.casefold(): member.id for member in members}
        self._names = {member.name.casefold(): member.id for member in members}
        self._teams = {team.name.casefold(): team.id for team in teams}

    def member(self, text: str) -> int | None:
        """The member with this login or name, or with this login before the @ of an address."""
        folded = " ".join(text.split()).casefold()
        known = self._logins.get(folded, self._names.get(folded))
        return self._logins.get(folded.partition("@")[0]) if known is None else known

    def team(self, text: str) -> int | None:
        """The team of this name."""
        return self._teams.get(" ".join(text.split()).casefold())

    def in_summary(self, text: str) -> int | None:
        """The member or nobody whom the summary of an event begins with: ``anna: leave``."""
        folded = " ".join(text.split()).casefold()
        for known in (self._names, self._logins):
            for name in sorted(known, key=len, reverse=True):
                if re.match(re.escape(name) + _END, folded):
                    return known[name]
        return None


def absences_of_calendar(data: bytes, name: str, people: People, today: date) -> list[FileAbsence]:
    """Absences of a calendar in which each event names somebody: in its summary or by address."""
    return [_of_event(event, people) for event in calendar_events(data, name, today)]


def calendar_events(data: bytes, name: str, today: date) -> list[CalendarEvent]:
    """The events of a calendar, recurring ones from a year ago up to two years ahead."""
    return read_events(data, name, today - WINDOW_BEFORE, today + WINDOW_AFTER)


def _of_event(event: CalendarEvent, people: People) -> FileAbsence:
    named = (number for text in event.people if (number := people.member(text)) is not None)
    member = people.in_summary(event.summary)
    member = next(named, None) if member is None else member
    who = event.summary or ", ".join(event.people) or "an event without summary"
    return FileAbsence(
        event.line, who, member, None, event.first, event.last, fraction=event.fraction
    )


# -- tables -------------------------------------------------------------------------------------


def absences_of_table(data: bytes, name: str, people: People) -> list[FileAbsence]:
    """Absences of a CSV file. Raises :class:`BadInput` with the line of what cannot be read."""
    if len(data) > BYTES_MAX:
        raise BadInput(f"{name} is larger than {BYTES_MAX // 1_000_000} MB", "take fewer rows")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{name}, line {line}: not UTF-8", "save the file as UTF-8") from None
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)  # the first one where the head has none of them
    lines = csv.reader(text.splitlines(), strict=True, delimiter=delimiter)
    columns: list[str] = []
    rows: list[FileAbsence] = []
    try:
        for cells in lines:
            where = f"{name}, line {lines.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _columns(cells, where)
            elif len(cells) != len(columns):
                message = f"{where}: {len(cells)} fields where the first line names {len(columns)}"
                raise BadInput(message, "a text with a comma in it stands in quotation marks")
            else:
                row = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
                rows.append(_of_row(row, lines.line_num, where, people))
    except csv.Error as error:
        raise BadInput(f"{name}, line {lines.line_num}: {error}", SHAPE) from None
    if not rows:
        raise BadInput(f"{name} has no absences", SHAPE)
    return rows


def _columns(cells: Iterable[str], where: str) -> list[str]:
    columns = [cell.strip().casefold() for cell in cells]
    for name in columns:
        if name not in COLUMNS:
            raise BadInput(f"{where}: there is no column {name!r:.40}", SHAPE)
        if columns.count(name) > 1:
            raise BadInput(f"{where}: the column {name!r} is there twice", SHAPE)
    if "from" not in columns or not {"login", "team"} & set(columns):
        raise BadInput(f"{where}: there is no column 'from', 'login' or 'team'", SHAPE)
    return columns


def _of_row(row: dict[str, str], line: int, where: str, people: People) -> FileAbsence:
    login, team = row.get("login", ""), row.get("team", "")
    if bool(login) == bool(team):
        raise BadInput(f"{where}: a row names a login or a team, one of them", SHAPE)
    first = _day(row["from"], where)
    last = _day(row["to"], where) if row.get("to") else first
    if last < first:
        raise BadInput(f"{where}: {last} is before {first}", "correct the row")
    kind = (row.get("kind") or AbsenceKind.LEAVE).casefold()
    if kind not in set(AbsenceKind):
        raise BadInput(f"{where}: {kind!r:.40} is no kind", f"use {', '.join(AbsenceKind)}")
    try:
        fraction = fraction_of("fraction", row.get("fraction") or "1")
    except InvalidValue as error:
        raise BadInput(f"{where}: {error.message}", error.remedy) from None
    return FileAbsence(
        line,
        login or team,
        people.member(login) if login else None,
        people.team(team) if team else None,
        first,
        last,
        kind,
        fraction,
    )


def _day(text: str, where: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        message = f"{where}: {text!r:.40} is no date"
        raise BadInput(message, "write it as 2026-12-24") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadInput(f"{where}: {day} is out of range", "correct the row")
    return day
