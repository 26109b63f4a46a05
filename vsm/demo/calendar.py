"""Working days and hours of the made-up bank."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from vsm.demo.plan import COMPANY_HOLIDAYS, HOURS, MONTHS, PUBLIC_HOLIDAYS, ZONE
from vsm.model.errors import BadInput

FIRST_YEAR, LAST_YEAR = 1990, 2999
"""Years in which a demo may end."""


def first_day(today: date) -> date:
    """The day on which the history begins, months before ``today``; raises :class:`BadInput`."""
    if not FIRST_YEAR <= today.year <= LAST_YEAR:
        raise BadInput(
            f"the demo cannot end on {today}", f"give a day from {FIRST_YEAR} to {LAST_YEAR}"
        )
    month = today.year * 12 + today.month - 1 - MONTHS
    return date(month // 12, month % 12 + 1, min(today.day, 28))


def holidays(first: date, last: date) -> tuple[date, ...]:
    """Weekdays from ``first`` to ``last`` on which the bank is closed."""
    closed: set[date] = set()
    for year in range(first.year - 1, last.year + 1):
        closed |= {date(year, month, day) for month, day in PUBLIC_HOLIDAYS}
        for (month, day), length in COMPANY_HOLIDAYS:
            start = date(year, month, day)
            if length == 7:
                start += timedelta(days=-start.weekday() % 7)  # a whole week from Monday
            closed |= {start + timedelta(days=n) for n in range(length)}
    return tuple(sorted(d for d in closed if first <= d <= last and d.weekday() < 5))


def working_days(first: date, today: date) -> list[date]:
    """The days on which the bank works, from ``first`` to the day before ``today``."""
    closed = set(holidays(first, today))
    days = (first + timedelta(days=n) for n in range((today - first).days))
    return [d for d in days if d.weekday() < 5 and d not in closed]


def moment(day: date, tick: int) -> datetime:
    """The beginning of a half-hour of a working day, in UTC."""
    minutes = round(HOURS[tick] * 60)
    there = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60)
    return there.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
