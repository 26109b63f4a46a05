"""Goes back in time and forward again, on every screen of a stream."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from textual.screen import Screen

from vsm.model.errors import Refusal, RefusalCode
from vsm.model.rules import local, to_micros
from vsm.screens.vsm_screen import VsmScreen
from vsm.widgets.date_text import day


def read_only(screen: VsmScreen) -> Refusal:
    """What a change meets while board and figures show the past."""
    when = day(screen.host.view.at or 0, screen.stream.zone)
    remedy = screen.keys("press {present} to go back to now")
    return Refusal(RefusalCode.PAST, f"Read-only: viewing {when}", remedy)


def moved(at: int, days: int, zone: str) -> int:
    """The moment so many calendar days later, at the same time of day in a zone."""
    return to_micros(local(at, zone) + timedelta(days=days))


def step(screen: Screen[Any], days: int) -> None:
    """Go so many days on (or back), not beyond now and not before the first activity."""
    if not isinstance(screen, VsmScreen):
        return
    at, now, stream = screen.host.view.at, screen.host.now(), screen.stream
    activity = screen.reader.activity(stream)
    if activity is None:
        screen.say("Nothing has happened here yet", "warn")
        return
    to = moved(at if at is not None else now, days, stream.zone)
    if to >= now:
        if at is None:
            screen.say("This is now: nothing is known of what comes", "warn")
        go(screen, None)
    elif to < activity[0]:
        if at == activity[0]:
            screen.say("This is where the data begins", "warn")
        go(screen, activity[0])
    else:
        go(screen, to)


week_earlier = partial(step, days=-7)
week_later = partial(step, days=7)
day_earlier = partial(step, days=-1)
day_later = partial(step, days=1)


def to_end(screen: Screen[Any]) -> None:
    """Go to the last recorded move."""
    if not isinstance(screen, VsmScreen):
        return
    activity = screen.reader.activity(screen.stream)
    if activity is None:
        screen.say("Nothing has happened here yet", "warn")
    elif activity[1] >= screen.host.now():
        leave(screen)
    else:
        go(screen, activity[1])


def leave(screen: Screen[Any]) -> None:
    """Go back to now."""
    if not isinstance(screen, VsmScreen):
        return
    if screen.host.view.at is None:
        screen.say("This is now")
    go(screen, None)


def go(screen: VsmScreen, at: int | None) -> None:
    """Show everything as of a moment (UTC microseconds), or as it is now."""
    view = screen.host.view
    if at == view.at:
        return
    view.at = at
    for open_screen in screen.app.screen_stack:
        if isinstance(open_screen, VsmScreen):
            open_screen.as_of_changed()


def mark_past(screen: VsmScreen, mark: str) -> None:
    """Say on every screen what of the moment is shown as of now."""
    view = screen.host.view
    if mark == view.mark:
        return
    view.mark = mark
    for open_screen in screen.app.screen_stack:
        if isinstance(open_screen, VsmScreen):
            open_screen.show_as_of_line()
