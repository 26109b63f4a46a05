"""Dates in the words that people use: ``today``, ``+3d``, ``fri``, ``2026-03-31``."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

WORDS = "today, tomorrow, +3d, +2w, fri or 2026-03-31"
"""What can be written, for hints and errors."""

MOMENT_WORDS = "16:00, yesterday 16:00, fri 9:30, 3 Nov 16:00 or 2026-11-03 16:00"
"""How a moment in the past can be written, for hints and errors."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FAR = 300
"""Days from which on a date that is near in most cases is written with its year."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH_DAY = re.compile(r"(\d{1,2})\.? ([a-z]{3,9})(?: (\d{4}))?")
_TIME = re.compile(r"(?:(.*\S)\s+)?(\d{1,2})[:.](\d{2})")
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


def read_moment(text: str, now: datetime) -> datetime:
    """The moment in the past that a text means; what names no zone is in that of ``now``.

    A time alone is today's. A weekday and a day of a month without its year are the latest that
    are not after ``now``. A day needs a time. Raises ``ValueError`` that says what can be written.
    """
    typed = " ".join(text.casefold().split())
    parts = _TIME.fullmatch(typed)
    try:
        if parts is None:
            return _with_zone(datetime.fromisoformat(text.strip()), typed, now)
        words, hour, minute = parts.groups()
        at = now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        return _latest_day(words or "today", at, now)
    except (ValueError, OverflowError):
        problem = f"{' '.join(text.split())!r} is no moment"
        if _is_day(typed, now.date()):
            problem = f"{typed} needs a time"
        raise ValueError(f"{problem}: write {MOMENT_WORDS}") from None


def _with_zone(moment: datetime, typed: str, now: datetime) -> datetime:
    if len(typed) <= 10:
        raise ValueError("a day needs a time")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=now.tzinfo)


def _latest_day(words: str, at: datetime, now: datetime) -> datetime:
    """The time of day of ``at`` on the day that words mean, the latest one where there are more."""

    def on(day: date) -> datetime:
        return at.replace(year=day.year, month=day.month, day=day.day)

    named = _MONTH_DAY.fullmatch(words)
    if named is None:
        day = read_day(words, now.date())
        is_weekday = words[0].isalpha() and words not in ("today", "tomorrow", "yesterday")
        while is_weekday and on(day) > now:
            day -= timedelta(days=7)
        return on(day)
    number, name, year = named.groups()
    month = [month.casefold() for month in MONTHS].index(name[:3]) + 1
    day = date(int(year) if year else now.year, month, int(number))
    return on(day if year or on(day) <= now else day.replace(year=day.year - 1))


def _is_day(typed: str, today: date) -> bool:
    try:
        read_day(typed, today)
    except ValueError:
        return _MONTH_DAY.fullmatch(typed) is not None
    return True


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
