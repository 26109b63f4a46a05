"""The form in which screens and reports write dates."""

from __future__ import annotations

from datetime import date, datetime

from vsm.model.dates import MONTHS

FORMS = ("month", "iso")
"""``28 Nov 2026`` and ``2026-11-28``."""
_chosen = [FORMS[0]]


def choose_form(form: str) -> None:
    """Write dates in one of the forms from here on, in this process."""
    _chosen[0] = form


def write_day(day: date) -> str:
    """A day in the chosen form."""
    if _chosen[0] == "iso":
        return f"{day.year:04}-{day.month:02}-{day.day:02}"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def write_moment(when: datetime) -> str:
    """A moment to the minute, its day in the chosen form."""
    return f"{write_day(when.date())} {when.hour:02}:{when.minute:02}"
