"""Moments and spans in words, in the zone of the stream."""

from __future__ import annotations

import re
from datetime import date

from vsm.date_form import write_day, write_moment
from vsm.model.rules import CLOCK_TOLERANCE, DAY, SECOND, local

_WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def day(at: int, zone: str) -> str:
    """``16 Jan 2015``, or as it was chosen; ``at`` in UTC microseconds."""
    return write_day(local(at, zone).date())


def long_day(when: date) -> str:
    """``Fri 27 Nov 2026``."""
    return f"{_WEEKDAYS[when.weekday()]} {write_day(when)}"


_OUR_DATES = re.compile(r"\b(needed by |due (?:\S+ → )?|from (?=\S+ on\b))(\d{4}-\d\d-\d\d)\b")


def with_days(text: str) -> str:
    """A line of history with its dates (due, needed by, from … on) as screens write them."""
    return _OUR_DATES.sub(_with_day, text)


def _with_day(match: re.Match[str]) -> str:
    try:
        return match[1] + write_day(date.fromisoformat(match[2]))
    except ValueError:  # somebody's words, no date
        return match[0]


def moment(at: int, zone: str) -> str:
    """``16 Jan 2015 14:02``; ``at`` in UTC microseconds."""
    return write_moment(local(at, zone))


def clock(at: int, zone: str, now: int) -> str:
    """``14:02`` on the day of ``now``, else with the day: ``16 Jan 2015 14:02``."""
    when = local(at, zone)
    if when.date() == local(now, zone).date():
        return f"{when.hour:02}:{when.minute:02}"
    return write_moment(when)


def short_clock(at: int, zone: str, now: int) -> str:
    """``14:02`` on the day of ``now``, ``Fri 14:02`` in the six days before, else the day."""
    when, days = local(at, zone), (local(now, zone).date() - local(at, zone).date()).days
    clock = f"{when.hour:02}:{when.minute:02}"
    if days == 0:
        return clock
    return f"{_WEEKDAYS[when.weekday()]} {clock}" if 0 < days < 7 else write_day(when.date())


def ago(at: int, now: int) -> str:
    """``3 days ago``, ``5 min ago``, in the largest unit that fits; both in UTC microseconds.

    A moment still to come was recorded by a clock that is ahead of this one: ``2 hours ahead of
    this clock``.
    """
    span = abs(now - at)
    after = "ahead of this clock" if at > now else "ago"
    if span <= CLOCK_TOLERANCE:
        return "just now"
    if span >= 2 * 365 * DAY:
        return f"{span // (365 * DAY)} years {after}"
    for name, size in (("day", DAY), ("hour", 3600 * SECOND)):
        count = span // size
        if count:
            return f"{count} {name}{'' if count == 1 else 's'} {after}"
    return f"{span // (60 * SECOND)} min {after}"


def days(count: int | None) -> str:
    """``1 day``, ``9 days``, empty for ``None``."""
    if count is None:
        return ""
    return f"{count} day{'' if count == 1 else 's'}"
