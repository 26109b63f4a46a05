"""Reads the events of a calendar file (.ics, RFC 5545) as spans of days.

Only what absences and holidays need: VEVENT with DTSTART, DTEND or DURATION, RRULE by year, month,
week or day, EXDATE and RECURRENCE-ID. A moment counts as the day that it is on in its own time
zone. Recurring events are expanded within a window. What cannot be read is refused with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from vsm.connect.files.ics_recurrence import STEPS_MAX, read_recurrence
from vsm.model.errors import BadInput
from vsm.model.rules import FIRST_DAY, LAST_DAY

BYTES_MAX = 5_000_000
EVENTS_MAX = 20_000
"""Most events of a file, with each repetition."""
DAYS_MAX = 3 * 366
"""Most days of one event."""
_LINE_MAX = 100_000
_DEEPEST = 8
_WORKDAY_HOURS = 8
_SAVE = "save it again as iCalendar (.ics)"
_DURATION = re.compile(r"\+?P(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_ESCAPED = re.compile(r"\\([\\;,nN])")


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """A span of days, both included, of which ``fraction`` of each day is taken.

    ``people`` are the mail addresses or names of organiser and attendees.
    """

    line: int
    summary: str
    first: date
    last: date
    fraction: float = 1.0
    people: tuple[str, ...] = ()


@dataclass(slots=True)
class _Line:
    number: int
    name: str
    parameters: dict[str, str]
    value: str


@dataclass(slots=True)
class _Raw:
    """An event as its lines give it."""

    line: int
    values: dict[str, _Line] = field(default_factory=dict)
    excluded: set[date] = field(default_factory=set)
    people: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Window:
    """The days within which events repeat, and the steps that were taken so far."""

    first: date
    last: date
    steps: int = 0


def read_events(data: bytes, name: str, first: date, last: date) -> list[CalendarEvent]:
    """The events of a file, recurring ones from ``first`` to ``last``; sorted by their days.

    Raises :class:`BadInput` with the line of what cannot be read.
    """
    raws = list(_components(_lines(data, name), name))
    if not raws:
        raise BadInput(f"{name} has no events (VEVENT)", _SAVE)
    replaced: dict[str, set[date]] = {}
    for raw in raws:
        if "RECURRENCE-ID" in raw.values and "UID" in raw.values:
            day, _ = _moment(raw.values["RECURRENCE-ID"], name)
            replaced.setdefault(raw.values["UID"].value, set()).add(day)
    events: list[CalendarEvent] = []
    window = _Window(first, last)
    for raw in raws:
        if raw.values.get("STATUS", _Line(0, "", {}, "")).value.upper() == "CANCELLED":
            continue
        excluded = set(raw.excluded)
        if "RECURRENCE-ID" not in raw.values and "UID" in raw.values:
            excluded |= replaced.get(raw.values["UID"].value, set())
        events += _expand(raw, excluded, name, window)
        if len(events) > EVENTS_MAX:
            raise BadInput(f"{name}, line {raw.line}: more than {EVENTS_MAX:,} events", _SAVE)
    return sorted(events, key=lambda event: (event.first, event.last, event.line))


# -- lines ------------------------------------------------------------------------------------


def _lines(data: bytes, name: str) -> Iterator[_Line]:
    """The unfolded lines, each with the number that it begins on."""
    if len(data) > BYTES_MAX:
        raise BadInput(f"{name} is larger than {BYTES_MAX // 1_000_000} MB", "take fewer years")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{name}, line {number}: not UTF-8", "save the file as UTF-8") from None
    whole: list[tuple[int, list[str]]] = []
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if "\x00" in line:
            raise BadInput(f"{name}, line {number}: a NUL character", _SAVE)
        if line[:1] in (" ", "\t") and whole:
            whole[-1][1].append(line[1:])
        elif line.strip():
            whole.append((number, [line]))
    for number, parts in whole:
        joined = "".join(parts)
        if len(joined) > _LINE_MAX:
            raise BadInput(f"{name}, line {number}: {len(joined):,} characters", _SAVE)
        yield _parsed(joined, number, name)


def _parsed(text: str, number: int, name: str) -> _Line:
    """A line as name, parameters and value; a colon in quotation marks is part of a parameter."""
    head, value, in_quotes = text, None, False
    for at, character in enumerate(text):
        if character == '"':
            in_quotes = not in_quotes
        elif character == ":" and not in_quotes:
            head, value = text[:at], text[at + 1 :]
            break
    if value is None:
        raise BadInput(f"{name}, line {number}: {text[:40]!r} has no value", _SAVE)
    label, *parameters = head.split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return _Line(
        number,
        label.strip().upper(),
        {key.strip().upper(): text.strip('"') for key, _, text in pairs},
        value.strip(),
    )


def _components(lines: Iterator[_Line], name: str) -> Iterator[_Raw]:
    """The events; what stands in other components is left out."""
    within: list[str] = []
    raw: _Raw | None = None
    last = 0
    for line in lines:
        last = line.number
        if not within and (line.name, line.value.upper()) != ("BEGIN", "VCALENDAR"):
            raise BadInput(f"{name}, line {line.number}: no calendar begins here", _SAVE)
        if line.name == "BEGIN":
            within.append(line.value.upper())
            if len(within) > _DEEPEST:
                raise BadInput(f"{name}, line {line.number}: too deep inside each other", _SAVE)
            if within == ["VCALENDAR", "VEVENT"]:
                raw = _Raw(line.number)
        elif line.name == "END":
            if within.pop() != line.value.upper():
                raise BadInput(f"{name}, line {line.number}: {line.value!r:.40} ends here", _SAVE)
            if within == ["VCALENDAR"] and raw is not None:
                yield raw
                raw = None
        elif raw is not None and within == ["VCALENDAR", "VEVENT"]:
            _take(raw, line, name)
    if within:
        raise BadInput(f"{name}, line {last}: {within[-1][:40]} does not end", _SAVE)


def _take(raw: _Raw, line: _Line, name: str) -> None:
    if line.name == "EXDATE":
        for value in line.value.split(","):
            raw.excluded.add(
                _moment(_Line(line.number, line.name, line.parameters, value), name)[0]
            )
    elif line.name in ("ATTENDEE", "ORGANIZER"):
        mail = re.sub("^mailto:", "", line.value, flags=re.IGNORECASE)
        raw.people += [text for text in (mail, line.parameters.get("CN", "")) if text]
    elif line.name == "RDATE":
        raise BadInput(f"{name}, line {line.number}: dates in RDATE are not read", "use RRULE")
    elif line.name == "RRULE" and line.name in raw.values:
        raise BadInput(f"{name}, line {line.number}: a second RRULE", _SAVE)
    else:
        raw.values.setdefault(line.name, line)


# -- days ---------------------------------------------------------------------------------------


def _moment(line: _Line, name: str) -> tuple[date, datetime | None]:
    """The day of a date or a moment, and the moment where it is one."""
    text = line.value.strip().removesuffix("Z")
    try:
        if len(text) == 8:
            day, moment = datetime.strptime(text, "%Y%m%d").date(), None
        else:
            moment = datetime.strptime(text, "%Y%m%dT%H%M%S")
            day = moment.date()
    except ValueError:
        raise BadInput(
            f"{name}, line {line.number}: {line.value!r:.40} is no date",
            "write 20261224 or 20261224T090000Z",
        ) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadInput(f"{name}, line {line.number}: {day} is out of range", _SAVE)
    return day, moment


def _duration(line: _Line, name: str) -> timedelta:
    match = _DURATION.fullmatch(line.value.strip().upper())
    if match is None or not any(match.groups()):
        raise BadInput(
            f"{name}, line {line.number}: {line.value!r:.40} is no duration", "write P1D or PT4H"
        )
    weeks, days, hours, minutes, seconds = (min(int(n or 0), 10**7) for n in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _span(raw: _Raw, name: str) -> tuple[date, int, float]:
    """The first day of an event, how many more it has, and the fraction of each."""
    begin = raw.values.get("DTSTART")
    if begin is None:
        raise BadInput(f"{name}, line {raw.line}: an event without DTSTART", _SAVE)
    first, at = _moment(begin, name)
    start = at or datetime.combine(first, datetime.min.time())
    ends, lasts = raw.values.get("DTEND"), raw.values.get("DURATION")
    if ends is not None:
        end_day, until = _moment(ends, name)
        end = until or datetime.combine(end_day, datetime.min.time())
    elif lasts is not None:
        end = start + _duration(lasts, name)
    else:
        end = start if at is not None else start + timedelta(days=1)
    if end < start:
        number = (ends or lasts or begin).number
        raise BadInput(f"{name}, line {number}: an event ends before it begins", "correct its end")
    last = (end - timedelta(microseconds=1)).date() if end > start else first
    length = (last - first).days + 1
    if length > DAYS_MAX:
        raise BadInput(f"{name}, line {raw.line}: an event of {length:,} days", _SAVE)
    hours = (end - start) / timedelta(hours=1)
    fraction = min(1.0, hours / _WORKDAY_HOURS) if at is not None and last == first else 1.0
    return first, length - 1, round(fraction, 4)


def _expand(raw: _Raw, excluded: set[date], name: str, window: _Window) -> Iterator[CalendarEvent]:
    """An event, or each repetition of it that begins within the window."""
    start, more, fraction = _span(raw, name)
    if not fraction:
        return  # a moment takes no time
    rule = raw.values.get("RRULE")
    days: list[date] = [start]
    if rule is not None:
        where = f"{name}, line {rule.number}"
        recurrence = read_recurrence(rule.value, where)
        days, steps = recurrence.days(start, window.first, window.last)
        window.steps += steps
        if window.steps > STEPS_MAX:
            raise BadInput(f"{where}: too many repetitions", "write each event by itself")
    summary = raw.values.get("SUMMARY")
    text = "" if summary is None else _ESCAPED.sub(_unescaped, summary.value)
    for day in days:
        if day not in excluded:
            end = day + timedelta(days=more)
            yield CalendarEvent(raw.line, text, day, end, fraction, tuple(raw.people))


def _unescaped(match: re.Match[str]) -> str:
    return " " if match[1] in "nN" else match[1]
