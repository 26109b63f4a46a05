"""Numbers, days and counts in words, the same in every report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from vsm.date_form import write_day, write_moment
from vsm.model.plural import count as count
from vsm.model.rules import local
from vsm.model.sanitise import inert_line

Hint = Callable[[str, str], str]
"""Says how to go on: takes a verb, and what a screen says in its place, keys as ``{action}``."""


def name_verb(verb: str, keys: str) -> str:
    """The hint of reports that verbs print and files hold."""
    return verb


MIN_RATE_DAYS = 7
"""With fewer days no rate a week is given."""
PARTIAL_WEEK = "partial week"
"""A week of which only some days lie in the window, or that is not over."""
CANNOT_TELL = "cannot tell yet"
"""There is not enough to work a figure out."""
FEW_ITEMS = "few items"
"""Too few items to tell how a stage behaves."""
NO_RATES = "The history is shorter than a week, too short for rates a week:"
"""Why no rate is given."""


def nothing(happened: str) -> str:
    """``nothing finished in this window``."""
    return f"nothing {happened} in this window"


def percent(share: float | None, most: float = 9.99, unknown: str = "-") -> str:
    """A share as ``93%``; ``most`` is the highest that is shown.

    What is less than everything is never rounded up to 100%.
    """
    if share is None:
        return unknown
    return f"{min(share, most, 0.99 if share < 1 else most):.0%}"


def signed(value: float) -> str:
    """A change with its sign and one decimal; one that rounds to nothing is 0."""
    text = f"{value:+.1f}"
    return "0" if text in ("+0.0", "-0.0") else text


def number(value: float | None) -> str:
    """A number with one decimal where it is not whole; ``-`` for none."""
    if value is None:
        return "-"
    return f"{value:.1f}" if value != int(value) else f"{value:.0f}"


def days(value: float | None) -> str:
    """``1 day``, ``12 days``, ``4.2 days``."""
    if value is None:
        return "not known"
    text = f"{value:.0f}" if value == int(value) or value >= 100 else f"{value:.1f}"
    return f"{text} day" if text == "1" else f"{text} days"


def day(of: date) -> str:
    """``12 Mar 2026``, or as it was chosen."""
    return write_day(of)


def activity_lines(latest: int | None, zone: str, first: date, last: date) -> list[str]:
    """When something last moved (UTC microseconds), and where that is before the window a hint."""
    if latest is None:
        return []
    moment = local(latest, zone)
    out = [f"last activity {write_moment(moment)}"]
    if moment.date() < first:
        span = count((last - first).days + 1, "day")
        out.append(f"for the last {span} before it ended: --to {moment.date()}")
    return out


def filter_line(text: str) -> str:
    """The filter that a report is of."""
    return f"Only items that match: {inert_line(text)}"


def odds_text(p50: date, p85: date | None, in_time: float | None = None) -> str:
    """``50% by 11 Dec 2026, 85% by 2 Jan 2027``, and before it the odds of a date, if any."""
    before = "" if in_time is None else f"{percent(in_time)} by then, "
    return f"{before}50% by {day(p50)}, 85% {'later' if p85 is None else f'by {day(p85)}'}"


def listed(names: Sequence[str], most: int = 10) -> str:
    """``A, B and C``; of more than ``most`` the rest is counted."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
