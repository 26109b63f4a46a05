"""Deadlines of the law, as clocks and calendars have them: 72 hours, a month, two working days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from vsm.model.calendar import Calendar
from vsm.model.rules import SECOND, day_start, local

BREACH_HOURS = 72
"""Hours to inform the authority of a breach, from awareness on (GDPR, Art. 33(1))."""
ANSWER_MONTHS, EXTENDED_MONTHS = 1, 2
"""Months to answer a person's request, and by how many it may be extended (GDPR, Art. 12(3))."""
RETRO_DAYS = 2
"""Working days within which an emergency is approved afterwards."""


def breach_due(aware_at: int) -> int:
    """When the authority has to be informed: 72 hours that pass, whatever clocks do meanwhile."""
    return aware_at + BREACH_HOURS * 3600 * SECOND


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last one where that is shorter."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def answer_due(received_at: int, zone: str, *, extended: bool) -> int:
    """The last moment to answer a request, in UTC microseconds: the end of that day in the zone."""
    months = ANSWER_MONTHS + (EXTENDED_MONTHS if extended else 0)
    day = months_later(local(received_at, zone).date(), months)
    return day_start(day + timedelta(days=1), zone) - 1


def working_days_later(at: int, zone: str, calendar: Calendar, days: int = RETRO_DAYS) -> date:
    """The day so many working days after a moment; calendar days where nobody ever works."""
    day = local(at, zone).date()
    for _ in range(366):
        if days == 0:
            break
        day += timedelta(days=1)
        days -= calendar.works(day)
    return day


DPIA_CRITERIA = (
    "evaluation",
    "automated_decision",
    "monitoring",
    "sensitive",
    "large_scale",
    "matching",
    "vulnerable",
    "innovative",
    "prevents_right",
)
"""The nine criteria of WP248 (guidelines on impact assessments), by a word for each."""
DPIA_ALWAYS = ("extensive_profiling", "large_scale_sensitive", "public_monitoring")
"""The cases of Art. 35(3), in which an impact assessment is always needed."""
DPIA_THRESHOLD = 2


def dpia_needed(answers: frozenset[str], threshold: int = DPIA_THRESHOLD) -> bool:
    """Whether an impact assessment is needed by the criteria that hold."""
    return bool(answers & set(DPIA_ALWAYS)) or len(answers & set(DPIA_CRITERIA)) >= threshold
