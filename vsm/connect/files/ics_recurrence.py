"""Reads recurrence rules of calendar files, and lists the days that they give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from vsm.model.errors import BadInput
from vsm.model.rules import LAST_DAY

STEPS_MAX = 200_000
"""Most days that the rules of a file are followed through."""
_COUNT_MAX = 60_000
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_KNOWN = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "WKST")
_FORMS = "repeat by day, week, month or year, or write each event by itself"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How an event repeats. ``weekdays`` are (which one of a month or 0, ISO weekday)."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: date | None = None
    weekdays: tuple[tuple[int, int], ...] = ()
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()

    def days(self, start: date, first: date, last: date) -> tuple[list[date], int]:
        """The days of the repetitions from ``first`` to ``last``, and the steps that it took."""
        out: list[date] = []
        number = steps = 0
        for steps, day in enumerate(self._candidates(self._near(start, first)), 1):
            if steps > STEPS_MAX:
                break
            if day is None or day < start:
                continue
            number += 1
            is_over = self.count is not None and number > self.count
            if is_over or day > last or (self.until is not None and day > self.until):
                break
            if day >= first:
                out.append(day)
        return out, steps

    def _near(self, start: date, first: date) -> date:
        """Where to begin: near the window, unless repetitions have to be counted."""
        lengths = {"DAILY": 1, "WEEKLY": 7}
        length = lengths.get(self.frequency, 0) * self.interval
        if self.count is not None or not length or first <= start:
            return start
        return start + timedelta(days=(first - start).days // length * length)

    def _candidates(self, start: date) -> Iterator[date | None]:
        """Days in their order; ``None`` for steps that give none."""
        if self.frequency == "DAILY":
            yield from self._days(start)
        elif self.frequency == "WEEKLY":
            yield from self._weeks(start)
        else:
            yield from self._months(start)

    def _days(self, start: date) -> Iterator[date | None]:
        day = start
        while day <= LAST_DAY:
            fits = not self.months or day.month in self.months
            fits &= not self.weekdays or (0, day.isoweekday()) in self.weekdays
            yield day if fits else None
            day += timedelta(days=self.interval)

    def _weeks(self, start: date) -> Iterator[date | None]:
        weekdays = sorted({day for _, day in self.weekdays}) or [start.isoweekday()]
        monday = start - timedelta(days=start.weekday())
        while monday <= LAST_DAY:
            for weekday in weekdays:
                day = monday + timedelta(days=weekday - 1)
                yield day if not self.months or day.month in self.months else None
            monday += timedelta(weeks=self.interval)

    def _months(self, start: date) -> Iterator[date | None]:
        """By month, or by year in the months that are named."""
        by_year = self.frequency == "YEARLY"
        months = sorted(self.months)
        if by_year and not months:  # days of a month without one are those of all months
            months = list(range(1, 13)) if self.month_days else [start.month]
        year, month = start.year, start.month
        while year <= LAST_DAY.year:
            yield None  # also a rule without any day comes to its end
            if by_year:
                for named in months:
                    yield from self._in_month(year, named, start)
                year += self.interval
            else:
                if not months or month in months:
                    yield from self._in_month(year, month, start)
                year, month = divmod(year * 12 + month - 1 + self.interval, 12)
                month += 1

    def _in_month(self, year: int, month: int, start: date) -> list[date]:
        following = date(year + month // 12, month % 12 + 1, 1)
        length = (following - date(year, month, 1)).days
        numbers = self.month_days or (() if self.weekdays else (start.day,))
        numbers = tuple(n if n > 0 else length + 1 + n for n in numbers)
        named = [date(year, month, n) for n in sorted(set(numbers)) if 1 <= n <= length]
        if not self.weekdays:
            return named
        out: set[date] = set()
        for which, weekday in self.weekdays:
            ahead = (weekday - date(year, month, 1).isoweekday()) % 7
            days = [date(year, month, n) for n in range(1 + ahead, length + 1, 7)]
            if which == 0:
                out |= set(days)
            elif abs(which) <= len(days):
                out.add(days[which - 1 if which > 0 else which])
        # Where both are named, weekdays limit the days of the month: Friday the 13th.
        return [day for day in named if day in out] if self.month_days else sorted(out)


def read_recurrence(text: str, where: str) -> Recurrence:
    """A rule such as ``FREQ=YEARLY;COUNT=5``; ``where`` is the line for what is refused."""
    parts: dict[str, str] = {}
    for part in filter(None, text.upper().split(";")):
        key, _, value = part.partition("=")
        if key not in _KNOWN or not value:
            raise BadInput(f"{where}: a rule with {key[:40]!r} is not read", _FORMS)
        parts[key] = value
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise BadInput(f"{where}: a rule with FREQ={frequency[:40]} is not read", _FORMS)
    if "BYMONTHDAY" in parts and frequency in ("DAILY", "WEEKLY"):
        raise BadInput(f"{where}: days of a month in a rule by day or week are not read", _FORMS)
    is_counted = "BYMONTHDAY" not in parts or re.search(r"\d", parts.get("BYDAY", ""))
    if "BYDAY" in parts and frequency == "YEARLY" and "BYMONTH" not in parts and is_counted:
        raise BadInput(f"{where}: weekdays of a year need BYMONTH", _FORMS)
    return Recurrence(
        frequency,
        _number(parts.get("INTERVAL", "1"), where, 1, 1000),
        _number(parts["COUNT"], where, 1, _COUNT_MAX) if "COUNT" in parts else None,
        _until(parts["UNTIL"], where) if "UNTIL" in parts else None,
        tuple(_weekday(day, where) for day in parts["BYDAY"].split(","))
        if "BYDAY" in parts
        else (),
        _numbers(parts.get("BYMONTH", ""), where, 1, 12),
        _numbers(parts.get("BYMONTHDAY", ""), where, -31, 31),
    )


def _number(text: str, where: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[+-]?\d{1,6}", text) or not least <= int(text) <= most:
        raise BadInput(f"{where}: {text[:40]!r} is no number from {least} to {most}", _FORMS)
    return int(text)


def _numbers(text: str, where: str, least: int, most: int) -> tuple[int, ...]:
    return tuple(_number(n, where, least, most) for n in text.split(",")) if text else ()


def _weekday(text: str, where: str) -> tuple[int, int]:
    match = _DAY.fullmatch(text)
    if match is None:
        raise BadInput(f"{where}: {text[:40]!r} is no weekday of a rule", _FORMS)
    return int(match[1] or 0), _WEEKDAYS.index(match[2]) + 1


def _until(text: str, where: str) -> date:
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()
    except ValueError:
        raise BadInput(f"{where}: {text[:40]!r} is no date of UNTIL", _FORMS) from None
