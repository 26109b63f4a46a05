"""The form in which screens and reports write dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from vsm.model.dates import MONTHS

FORMS = ("month", "iso")
"""``28 Nov 2026`` and ``2026-11-28``."""
Form = str | Callable[[], str]
"""One of :data:`FORMS`, or a function that says which when the first date is written."""
_chosen: list[Form] = [FORMS[0]]


def choose_form(form: Form) -> Form:
    """Write dates in one of the forms from here on, in this process; returns the one before."""
    before, _chosen[0] = _chosen[0], form
    return before


def write_day(day: date) -> str:
    """A day in the chosen form."""
    form = _chosen[0]
    if callable(form):
        form = _chosen[0] = form()
    if form == "iso":
        return f"{day.year:04}-{day.month:02}-{day.day:02}"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def write_moment(when: datetime) -> str:
    """A moment to the minute, its day in the chosen form."""
    return f"{write_day(when.date())} {when.hour:02}:{when.minute:02}"
