"""The days that screens of figures show: those chosen in a chart, else those of the window."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, TypedDict

from vsm.config import WINDOWS
from vsm.model.rules import local

if TYPE_CHECKING:
    from vsm.model.query_tree import Query
    from vsm.screens.vsm_screen import VsmScreen


class Asked(TypedDict):
    """What figures are asked of: window, moment, filter, and whether the moment is now."""

    first: date | None
    last: date | None
    as_of: int
    query: Query
    present: bool


def asked_of(screen: VsmScreen, query: Query, as_of: int) -> Asked:
    """What the figures of a screen are asked of."""
    first, last = chosen_days(screen, as_of) or (_first_day(screen, as_of), None)
    present = screen.host.view.at is None
    return {"first": first, "last": last, "as_of": as_of, "query": query, "present": present}


def chosen_days(screen: VsmScreen, as_of: int) -> tuple[date, date] | None:
    """The days chosen in a chart; ``None`` where there are none, or none yet at a moment."""
    chosen = screen.host.view.days
    begun = chosen is not None and chosen[0] <= local(as_of, screen.stream.zone).date()
    return chosen if begun else None


def _first_day(screen: VsmScreen, as_of: int) -> date | None:
    """The first day of the window; ``None`` for a stream without data."""
    last = local(as_of, screen.stream.zone).date()
    days = screen.host.view.window
    if days is not None:
        return last - timedelta(days=days - 1)
    activity = screen.reader.activity(screen.stream)
    return None if activity is None else min(last, local(activity[0], screen.stream.zone).date())


def turn_window(screen: VsmScreen, by: int) -> None:
    """Show the next longer window, or with -1 the next shorter one, round and round."""
    view = screen.host.view
    view.days = None
    view.window = WINDOWS[(WINDOWS.index(view.window) + by) % len(WINDOWS)]
    screen.work_out()
