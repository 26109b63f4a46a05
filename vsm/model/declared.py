"""Values that people declare of a stage on the value stream map: how times and shares are read."""

from __future__ import annotations

import re
from enum import StrEnum
from math import isfinite

HOURS_A_DAY = 8
"""Hours of a working day, from 9:00 to 17:00, where a map counts working time."""
FIRST_HOUR = 9
"""The hour at which a working day begins."""
MOST_DAYS = 36_500.0
"""The longest time that can be declared."""
DECLARED_FIELDS = frozenset(("process_days", "wait_days", "complete_accurate", "declared_note"))
"""The fields of a stage that people declare on the map."""
TIME_FORMS = "0.5d 4h 90m"
SHARE_FORMS = "80% or 0.8"


class TimeBasis(StrEnum):
    """What the times of a map count."""

    ELAPSED = "elapsed"
    WORKING = "working"

    @property
    def words(self) -> str:
        """What screens and texts call it."""
        return "elapsed days" if self is TimeBasis.ELAPSED else "working time"

    @property
    def shown(self) -> str:
        """The words where they are not what every stream begins with."""
        return "" if self is TimeBasis.ELAPSED else self.words

    @property
    def help(self) -> str:
        """What it means, in a few words."""
        if self is TimeBasis.ELAPSED:
            return "days of 24 hours, weekends included"
        return f"days of {HOURS_A_DAY} hours, {FIRST_HOUR}:00 to {FIRST_HOUR + HOURS_A_DAY}:00"

    @property
    def hours(self) -> int:
        """The hours of one of its days."""
        return 24 if self is TimeBasis.ELAPSED else HOURS_A_DAY


_TIME = re.compile(r"([0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)\s*([a-z]*)")
_UNITS = {"d": "d", "day": "d", "days": "d", "h": "h", "hour": "h", "hours": "h"} | dict.fromkeys(
    ("m", "min", "mins", "minute", "minutes"), "m"
)


def parse_time(text: str, basis: TimeBasis) -> float | None:
    """The days that a time such as ``0.5d``, ``4h``, ``1h 30m`` or ``90m`` is; ``None`` for none.

    A number alone is in days. An hour is the part of a day that the map counts.
    """
    rest, days = text.strip().casefold(), 0.0
    if not rest:
        return None
    by_unit = {"": 1.0, "d": 1.0, "h": 1 / basis.hours, "m": 1 / (60 * basis.hours)}
    units: set[str] = set()
    while rest:
        match = _TIME.match(rest)
        if match is None:
            return None
        number, word = match.groups()
        rest = rest[match.end() :].lstrip()
        unit = _UNITS.get(word, word)
        if unit not in by_unit or unit in units or (not unit and (units or rest)):
            return None
        units.add(unit)
        days += float(number.replace(",", ".")) * by_unit[unit]
    return days if isfinite(days) and days <= MOST_DAYS else None


def parse_share(text: str) -> float | None:
    """The share that ``80%`` or ``0.8`` is, above 0 and up to 1; ``None`` for anything else."""
    match = re.fullmatch(r"([0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)\s*(%?)", text.strip())
    if match is None:
        return None
    share = float(match[1].replace(",", ".")) / (100 if match[2] else 1)
    return share if 0 < share <= 1 else None


def write_time(days: float | None, basis: TimeBasis) -> str:
    """A time as people write it, of which :func:`parse_time` makes the same again; ``""`` for none.

    Below a day in whole hours or minutes, where it is some of those.
    """
    if days is None:
        return ""
    hours = days * basis.hours
    texts = [f"{n:.10g}{unit}" for n, unit in ((days, "d"), (hours, "h"), (60 * hours, "m"))]
    if 0 < days < 1:
        texts = [text for text in texts[1:] if text[:-1].isdigit()] + texts
    return next((text for text in texts if parse_time(text, basis) == days), f"{_digits(days)}d")


def write_share(share: float | None) -> str:
    """A share as people write it, of which :func:`parse_share` makes the same again."""
    if share is None:
        return ""
    text = f"{100 * share:.10g}%"
    return text if parse_share(text) == share else _digits(share)


def _digits(value: float) -> str:
    """A number with all its digits, and without an exponent."""
    from decimal import Decimal

    return f"{Decimal(repr(value)):f}"


def is_valid_time(value: float) -> bool:
    """Whether a time in days can be declared."""
    return isfinite(value) and 0 <= value <= MOST_DAYS
