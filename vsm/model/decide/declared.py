"""Reads what people declare of a stage on the map, and notes on stages and edges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vsm.model.declared import MOST_DAYS, SHARE_FORMS, TIME_FORMS, is_valid_time
from vsm.model.field_types import InvalidValue, text_of

NOTE_MAX = 500
"""Most characters of a note on the map."""


def map_note(value: Any) -> str:
    """A note on one line."""
    return " ".join(text_of("the note", str(value or ""), NOTE_MAX).split())


def _days(what: str) -> Callable[[Any], float | None]:
    def read(value: Any) -> float | None:
        if value is None:
            return None
        days = _number(value)
        if days is None or not is_valid_time(days):
            raise InvalidValue(
                f"{value!r} is no {what}", f"give 0 to {MOST_DAYS:,.0f} days, such as {TIME_FORMS}"
            )
        return days

    return read


def _share(value: Any) -> float | None:
    if value is None:
        return None
    share = _number(value)
    if share is None or not 0 < share <= 1:
        raise InvalidValue(f"{value!r} is no %C&A", f"give more than 0 and up to 1: {SHARE_FORMS}")
    return share


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


DECLARED: Mapping[str, Callable[[Any], Any]] = {
    "process_days": _days("process time"),
    "wait_days": _days("wait"),
    "complete_accurate": _share,
    "declared_note": map_note,
    "note": map_note,
}
"""The fields of a stage that stand on the map alone, and what reads each."""
