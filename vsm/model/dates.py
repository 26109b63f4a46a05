"""Dates in the words that people use: ``today``, ``+3d``, ``fri``, ``2026-03-31``."""

from __future__ import annotations

import re
from datetime import date, timedelta

WORDS = "today, tomorrow, +3d, +2w, fri or 2026-03-31"
"""What can be written, for hints and errors."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FAR = 300
"""Days from which on a date that is near in most cases is written with its year."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_AHEAD = re.compile(r"([+-])\s*(\d{1,5})\s*([dwmy]?)")


def near_day(iso: str, away: int) -> str:
    """``16 Jan``, or ``16 Jan 2027`` where that is many days ``away``."""
    when = date.fromisoformat(iso)
    year = f" {when.year}" if abs(away) > _FAR else ""
    return f"{when.day} {MONTHS[when.month - 1]}{year}"


def read_day(text: str, today: date) -> date:
    """The date that a text means on the day ``today``.

    A weekday (``fri``, ``friday``) is the next one after today; ``+3d``, ``+2w``, ``+1m`` and
    ``+1y`` count days, weeks, months and years from today (``-`` back); a month's end stays a
    month's end. Raises ``ValueError`` that says what can be written.
    """
    typed = text.strip().casefold()
    near = {"today": 0, "tomorrow": 1, "yesterday": -1}
    if typed in near:
        return today + timedelta(days=near[typed])
    ahead = _AHEAD.fullmatch(typed)
    try:
        if ahead:
            sign, number, unit = ahead.groups()
            return _shifted(today, int(sign + number), unit or "d")
        if len(typed) >= 3:
            for number, name in enumerate(_WEEKDAYS, 1):
                if name.startswith(typed):
                    return today + timedelta(days=(number - today.isoweekday() - 1) % 7 + 1)
        return date.fromisoformat(typed)
    except (ValueError, OverflowError):
        raise ValueError(f"{text.strip()!r} is no date: write {WORDS}") from None


def _shifted(day: date, by: int, unit: str) -> date:
    if unit in "dw":
        return day + timedelta(days=by * (7 if unit == "w" else 1))
    months = day.year * 12 + day.month - 1 + by * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(
        day.replace(year=year, month=month + 1, day=1) + timedelta(days=day.day - 1),
        following - timedelta(days=1),
    )
