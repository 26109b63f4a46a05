"""Going back in time: what ``,`` and ``.`` do, wherever one is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from textual.screen import Screen

from vsm.actions import BY_ID, Group
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.rules import local, to_micros
from vsm.screens.vsm_screen import VsmScreen

PAST = Refusal(
    RefusalCode.PAST, "This is the past, which cannot be changed", "{present} goes back to now"
)
"""What a change meets while board and figures show the past."""


_CHANGING = frozenset((Group.WORK, Group.MARK, Group.STEER))


def refused(screen: Screen[Any], action: str) -> bool:
    """Whether an action would change what is past, or what is open read-only; says so."""
    name = action.rpartition(".")[2].partition("(")[0]
    found = BY_ID.get(name)
    if found is None or not isinstance(screen, VsmScreen):
        return False
    if found.group not in _CHANGING and name not in ("undo", "redo"):
        return False
    if screen.host.view.at is not None:
        screen.say(f"{PAST.message}: {screen.keys(PAST.remedy)}", "warn")
    elif name in ("organisation", "policies"):
        return False  # there is much to look at
    elif screen.host.changes_refused is not None:
        screen.refuse_change(screen.host.changes_refused)
    return True


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
    for each in screen.app.screen_stack:
        if isinstance(each, VsmScreen):
            each.as_of_changed()
