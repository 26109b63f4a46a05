"""Parses times of files to UTC microseconds: ISO 8601, epochs, dates in any order.

``5/6/2024`` is a day in May or in June. The order is inferred from all times of a file; if none of
them is unambiguous the file is refused. Nothing is ever guessed from one line alone. With points
(``5.6.2024``) the day stands first everywhere. Numbers such as ``45293.375`` are dates as
spreadsheets keep them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

from vsm.connect.files.item_fields import shown
from vsm.connect.files.month_names import month_number
from vsm.model.errors import BadInput
from vsm.model.rules import BOUNDS, EARLIEST, LATEST, zone_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)
_DAY = 86_400_000_000
_MINUTE = 60_000_000

Where = Callable[[int], str]
"""Returns file, line and field of the value at a place, for messages."""

ORDERS = {"ymd": "year-month-day", "dmy": "day-month-year", "mdy": "month-day-year"}
"""The values of ``--date-format`` and their descriptions."""
GIVE_FORMAT = (
    "mend it, or say how with --date-format: dmy, mdy, ymd, or a pattern such as '%d.%m.%Y %H:%M'"
)

_NUMERIC = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?!\d)")
_DAY_NAMED = re.compile(
    r"(\d{1,2})(?:\.? |[./-])(?:de )?([^\W\d_]{3,12})\.?,?[ ./-](?:de )?(\d{4}|\d{2})(?!\d)"
)
_NAMED_DAY = re.compile(r"([^\W\d_]{3,12})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?!\d)")
_SERIAL = re.compile(r"[2-7]\d{4}(?:[.,]\d{1,12})?")
"""Days since the last day of 1899, as spreadsheets keep dates: 1954 to 2119."""
_BROWSER = re.compile(r"\w{3} (\w{3} \d{1,2} \d{4} [\d:]+) GMT([+-]\d{4})(?: \(.+\))?")
"""``Sat Feb 11 2023 01:52:26 GMT+0000 (GMT)``, as JavaScript writes a time."""
_FIRST_SERIAL = (date(1899, 12, 30) - date(1970, 1, 1)).days
_TIME = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(?:([AaPp])\.?[Mm]\.?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?"
)
_EPOCHS = {10: 1_000_000, 13: 1_000, 16: 1}
"""Digits of an epoch in seconds, milliseconds and microseconds → microseconds in its unit."""


def micros(span: timedelta) -> int:
    """The microseconds of a time span."""
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def iso_moments(values: Iterable[str]) -> list[int]:
    """UTC microseconds of many ISO 8601 times with an offset, in the fastest way.

    Raises ``TypeError``, ``ValueError`` or ``OverflowError`` if one of them is anything else. The
    caller checks that they are between 1900 and 2999.
    """
    parse, epoch = datetime.fromisoformat, _EPOCH
    spans = [parse(value) - epoch for value in values]
    return [(g.days * 86_400 + g.seconds) * 1_000_000 + g.microseconds for g in spans]


def date_order(text: str) -> str:
    """The meaning of ``--date-format``: an order of :data:`ORDERS`, or the pattern itself."""
    if "%" in text:
        return text
    order = "".join(dict.fromkeys(re.sub(r"[^a-z]", "", text.casefold())))
    if order not in ORDERS:
        raise BadInput(
            f"{shown(text)} is no date format",
            "give dmy, mdy, ymd, or a pattern such as '%d.%m.%Y %H:%M'",
        )
    return order


class DateParser:
    """Parses the times of one file. ``zone`` (IANA) is that of times that name none.

    Let it :meth:`learn` all columns of times before it reads the first, so that the order of day
    and month is that of the file. ``naive`` says afterwards whether any time named no zone.
    """

    def __init__(self, zone: str, date_format: str | None = None) -> None:
        self.zone = zone
        self.naive = False
        self._zone = zone_of(zone)
        self._format = date_order(date_format) if date_format is not None else None
        self._order = self._format if self._format in ORDERS else ""
        self._dotted = False
        self._evidence: dict[str, tuple[str, str]] = {}
        self._ambiguous: tuple[str, str] | None = None
        self._days: dict[str, int] = {}
        self._offsets: dict[int, int | None] = {}

    @property
    def order(self) -> str:
        """The order of day and month in words; empty if every time is unambiguous by itself."""
        order = self._order or ("dmy" if self._dotted and not self._format else "")
        return ORDERS.get(order, order or self._format or "")

    # -- the usual: a column of ISO 8601 ------------------------------------------------

    def iso(self, texts: Sequence[str]) -> list[int] | None:
        """The moments of a column that is ISO 8601 throughout, else ``None``."""
        if self._format is not None or not texts or texts[0].isdecimal():
            return None
        try:
            stamps = list(map(datetime.fromisoformat, texts))
        except ValueError:
            return None
        try:
            spans = [stamp - _EPOCH for stamp in stamps]
        except TypeError:
            out = [
                self._localised(micros(s - _NAIVE_EPOCH))
                if s.tzinfo is None
                else micros(s - _EPOCH)
                for s in stamps
            ]
        else:
            out = [(g.days * 86_400 + g.seconds) * 1_000_000 + g.microseconds for g in spans]
        return out if min(out) >= EARLIEST and max(out) <= LATEST else None

    # -- everything else ----------------------------------------------------------------

    def learn(self, texts: Iterable[str], where: Where) -> None:
        """Collect evidence of whether day or month comes first; a contradiction is refused."""
        if self._format is not None:
            return
        for place, text in enumerate(texts):
            match = _NUMERIC.match(text.strip())
            if match is None or len(match[1]) > 2:
                continue
            if match[2] == ".":
                self._dotted = True
                continue
            first, second = int(match[1]), int(match[3])
            if first <= 12 and second <= 12:
                if first != second and self._ambiguous is None:
                    self._ambiguous = (where(place), text)
                continue
            order = "dmy" if first > 12 else "mdy"
            self._evidence.setdefault(order, (where(place), text))
            if len(self._evidence) > 1:
                (other, before) = self._evidence["mdy" if order == "dmy" else "dmy"]
                raise BadInput(
                    f"{where(place)}: {shown(text)} has day and month in another order than"
                    f" {shown(before)} ({other})",
                    GIVE_FORMAT,
                )

    def settle(self) -> None:
        """Decide the order by the evidence; raises :class:`BadInput` if there is none."""
        if self._format is not None:
            return
        if self._evidence:
            (self._order,) = self._evidence
        elif self._ambiguous is not None:
            where, text = self._ambiguous
            raise BadInput(
                f"{where}: {shown(text)} is ambiguous, and no date of the file shows whether day"
                " or month comes first",
                "choose with --date-format dmy or --date-format mdy",
            )

    def moments(self, texts: Sequence[str], where: Where) -> list[int]:
        """UTC microseconds of a column; raises :class:`BadInput` with file, line and field."""
        column = self.iso(texts)
        if column is not None:
            return column
        by_text: dict[str, int] = {}
        out = []
        for place, text in enumerate(texts):
            at = by_text.get(text)
            if at is None:
                at = by_text[text] = self._moment(text, partial(where, place))
            out.append(at)
        return out

    def _moment(self, original: str, where: Callable[[], str]) -> int:
        text = original.strip()
        try:
            at = self._pattern(text) if self._format and "%" in self._format else self._parsed(text)
        except (ValueError, OverflowError) as error:
            raise BadInput(f"{where()}: {shown(original)} is no time", GIVE_FORMAT) from error
        if not EARLIEST <= at <= LATEST:
            raise BadInput(f"{where()}: {shown(original)} is no time {BOUNDS}", "mend that line")
        return at

    def _pattern(self, text: str) -> int:
        stamp = datetime.strptime(text, self._format or "")
        if stamp.tzinfo is not None:
            return micros(stamp - _EPOCH)
        return self._localised(micros(stamp - _NAIVE_EPOCH))

    def _parsed(self, text: str) -> int:
        if text.isdecimal() and text.isascii() and len(text) in _EPOCHS:
            return int(text) * _EPOCHS[len(text)]
        if _SERIAL.fullmatch(text):
            seconds = round(float(text.replace(",", ".")) * 86_400)
            return self._localised(_FIRST_SERIAL * _DAY + seconds * 1_000_000)
        browser = _BROWSER.fullmatch(text)
        if browser is not None:
            text = f"{browser[1]} {browser[2]}"
        match = _NUMERIC.match(text) or _DAY_NAMED.match(text) or _NAMED_DAY.match(text)
        if match is None:
            stamp = datetime.fromisoformat(text)
            if stamp.tzinfo is not None:
                return micros(stamp - _EPOCH)
            return self._localised(micros(stamp - _NAIVE_EPOCH))
        start = self._days.get(match[0])
        if start is None:
            start = self._days[match[0]] = self._day(match)
        rest = text[match.end() :]
        if not rest:
            return self._localised(start)
        time = _TIME.fullmatch(rest.lstrip(" T,\t"))
        if time is None:
            raise ValueError(rest)
        at = start + _time_of_day(time)
        return self._localised(at) if time[6] is None else at - _offset(time[6])

    def _day(self, match: re.Match[str]) -> int:
        """Microseconds from the epoch to the beginning of a day, as if it were one of UTC."""
        if match.re is _NUMERIC:
            first, dot, second, third = match.groups()
            if len(first) > 2 or self._order == "ymd":
                year, month, day = first, second, third
            elif self._order == "mdy" and (dot != "." or self._format is not None):
                month, day, year = first, second, third
            else:
                day, month, year = first, second, third
            number = int(month)
        else:
            dot, parts = "", match.groups()
            day, named, year = parts if match.re is _DAY_NAMED else (parts[1], parts[0], parts[2])
            number = month_number(named)
        if len(year) == 2:
            if self._format is None and match.re is _NUMERIC and dot != ".":
                raise ValueError("a year of two digits")
            full = int(year) + (2000 if int(year) < 69 else 1900)
        elif len(year) == 4:
            full = int(year)
        else:
            raise ValueError(year)
        return (date(full, number, int(day)).toordinal() - 719_163) * _DAY

    def _localised(self, at: int) -> int:
        """Convert a local time of the zone to UTC; of one that occurs twice, the first."""
        self.naive = True
        day = at // _DAY
        try:
            offset = self._offsets[day]
        except KeyError:
            begins, ends = self._offset_at(day * _DAY), self._offset_at((day + 1) * _DAY)
            offset = self._offsets[day] = begins if begins == ends else None
        return at - (offset if offset is not None else self._offset_at(at))

    def _offset_at(self, at: int) -> int:
        local = (_NAIVE_EPOCH + timedelta(microseconds=at)).replace(tzinfo=self._zone)
        offset = local.utcoffset()
        return micros(offset) if offset is not None else 0


def _time_of_day(time: re.Match[str]) -> int:
    hour, minute, second = int(time[1]), int(time[2]), int(time[3] or 0)
    if time[5]:
        if not 1 <= hour <= 12:
            raise ValueError(time[0])
        hour = hour % 12 + (12 if time[5] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(time[0])
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + int(
        (time[4] or "0")[:6].ljust(6, "0")
    )


def _offset(text: str) -> int:
    if text in ("Z", "UTC", "GMT"):
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    if int(digits[:2]) > 23 or int(digits[2:]) > 59:
        raise ValueError(text)
    offset = (int(digits[:2]) * 60 + int(digits[2:])) * _MINUTE
    return -offset if text[0] == "-" else offset
