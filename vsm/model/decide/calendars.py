"""Rules on working days: what people may give as weekdays and holidays."""

from __future__ import annotations

from typing import Any

from vsm.model.calendar import read_holidays, read_workdays
from vsm.model.decide.base import RuleViolation
from vsm.model.errors import RefusalCode


def workdays_of(value: Any) -> tuple[int, ...]:
    """ISO weekdays from numbers or words (``mon-fri``); refuses what names none."""
    text = value if isinstance(value, str) else " ".join(str(day) for day in value or ())
    try:
        return read_workdays(text)
    except ValueError as error:
        raise RuleViolation(RefusalCode.INVALID, f"working days: {error}") from None


def holidays_of(value: Any) -> tuple[str, ...]:
    """ISO dates from dates or words (``2026-12-24..2027-01-01``); none is none."""
    text = value if isinstance(value, str) else " ".join(str(day) for day in value or ())
    try:
        return read_holidays(text)
    except ValueError as error:
        raise RuleViolation(RefusalCode.INVALID, f"holidays: {error}") from None
