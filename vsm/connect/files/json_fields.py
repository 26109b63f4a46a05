"""Parses fields of JSON records with checks: moments, days, objects, lists, texts, names.

Each takes a value and its path in the record, and raises :class:`Malformed`.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from vsm.connect.files.date_parser import iso_moments
from vsm.connect.files.item_fields import NAME_MAX, shown
from vsm.model.rules import BOUNDS, EARLIEST, LATEST

_DIGITS = re.compile(r"-?[0-9]{1,18}")


class Malformed(Exception):
    """A field with another value than its format has: its path in the record, and the fault."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(f"{field}: {what}")
        self.field = field
        self.what = what


def moment(value: Any, field: str) -> int:
    """UTC microseconds of a time: ISO 8601 with an offset, or epoch milliseconds."""
    try:
        (at,) = iso_moments((value,))
    except (TypeError, ValueError, OverflowError):
        at = _millis(value, field)
    if not EARLIEST <= at <= LATEST:
        raise Malformed(field, f"{shown(value)} is no time {BOUNDS}")
    return at


def _millis(value: Any, field: str) -> int:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value * 1_000
    raise Malformed(
        field,
        f"{shown(value)} is no time: it should be like 2013-02-11T15:49:47.217-0600"
        " or epoch milliseconds",
    )


def day(value: Any, field: str) -> str | None:
    """A due date as ISO text, or ``None``."""
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError) as error:
        raise Malformed(field, f"{shown(value)} is no date like 2024-05-31") from error


def mapping(value: Any, field: str) -> dict[str, Any]:
    """An object, or an empty one for null."""
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise Malformed(field, f"{shown(value)} should be an object")


def items(value: Any, field: str) -> list[Any]:
    """A list, or an empty one for null."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise Malformed(field, f"{shown(value)} should be a list")


def text(value: Any, field: str) -> str:
    """A text, empty for null."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise Malformed(field, f"{shown(value)} should be a text")


def name(value: Any, field: str) -> str:
    """A name on one line; empty for null."""
    if value is None:
        return ""
    line = " ".join(text(value, field).split())
    if len(line) > NAME_MAX:
        raise Malformed(field, f"a name of {len(line)} characters, {NAME_MAX} is the most")
    return line
