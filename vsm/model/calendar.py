"""Working days: the weekdays on which a team works and the holidays on which it does not.

Used for capacity and for value stream maps in working time: cycle times, ages and rates count
every calendar day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

WORKDAYS = (1, 2, 3, 4, 5)
"""Monday to Friday, as ISO weekdays (Monday is 1)."""

_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_HOLIDAYS = 1000
"""Most holidays that one calendar can name."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """``workdays`` are ISO weekdays (1 to 7, sorted), ``holidays`` ISO dates (sorted)."""

    workdays: tuple[int, ...] = WORKDAYS
    holidays: tuple[str, ...] = ()

    def works(self, day: date) -> bool:
        """Whether this is a working day."""
        return day.isoweekday() in self.workdays and day.isoformat() not in self.holidays

    def working_days(self, first: date, last: date) -> int:
        """How many working days there are from one day to another, both included."""
        span = (last - first).days + 1
        if span <= 0:
            return 0
        whole, rest = divmod(span, 7)
        count = whole * len(self.workdays)
        count += sum((first + timedelta(days=n)).isoweekday() in self.workdays for n in range(rest))
        for text in self.holidays:
            day = date.fromisoformat(text)
            count -= first <= day <= last and day.isoweekday() in self.workdays
        return count


def read_workdays(text: str) -> tuple[int, ...]:
    """Weekdays as people write them: ``mon-fri``, ``mon,tue,thu``, ``sun-thu``, ``1-5``.

    Raises ``ValueError`` that says what is wrong.
    """
    days: set[int] = set()
    for part in text.casefold().replace(",", " ").split():
        first, dash, last = part.partition("-")
        start = _weekday(first)
        end = _weekday(last) if dash else start
        days |= {(start - 1 + n) % 7 + 1 for n in range((end - start) % 7 + 1)}
    if not days:
        raise ValueError("no weekday is named: write mon-fri or mon,tue,thu")
    return tuple(sorted(days))


def _weekday(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 7:
        return int(text)
    if len(text) >= 3:
        for number, name in enumerate(_NAMES, 1):
            if text.startswith(name):
                return number
    raise ValueError(f"{text!r} is no weekday: write mon, tue, wed, thu, fri, sat or sun")


def weekday_names(days: Iterable[int]) -> list[str]:
    """Weekdays by name, Monday first: ``["mon", "tue"]``."""
    return [_NAMES[day - 1] for day in sorted(days)]


def workdays_text(days: Iterable[int]) -> str:
    """Weekdays in words: ``mon-fri``, ``mon,wed``."""
    chosen = sorted(days)
    runs: list[list[int]] = []
    for day in chosen:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    texts = []
    for run in runs:
        names = [_NAMES[day - 1] for day in run]
        texts.append(f"{names[0]}-{names[-1]}" if len(names) > 2 else ",".join(names))
    return ",".join(texts)


def holidays_text(days: Iterable[str]) -> str:
    """Holidays as :func:`read_holidays` reads them, runs joined: ``2026-12-24..2026-12-26``."""
    runs: list[list[date]] = []
    for text in sorted(days):
        day = date.fromisoformat(text)
        if runs and day == runs[-1][-1] + timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(f"{r[0]}..{r[-1]}" if len(r) > 1 else f"{r[0]}" for r in runs)


def read_holidays(text: str) -> tuple[str, ...]:
    """Dates as people write them: ``2026-12-25``, several with commas, ranges with ``..``.

    Raises ``ValueError`` that says what is wrong.
    """
    days: set[str] = set()
    for part in text.replace(",", " ").split():
        first, dots, last = part.partition("..")
        start = _date(first)
        end = _date(last) if dots else start
        if end < start:
            raise ValueError(f"{part!r} ends before it begins")
        if (end - start).days >= MOST_HOLIDAYS:
            raise ValueError(f"{part!r} is longer than {MOST_HOLIDAYS} days")
        days |= {(start + timedelta(days=n)).isoformat() for n in range((end - start).days + 1)}
    if len(days) > MOST_HOLIDAYS:
        raise ValueError(f"{len(days)} holidays are more than {MOST_HOLIDAYS}")
    return tuple(sorted(days))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no date: write 2026-12-25 or 2026-12-24..2027-01-01"
        ) from None
