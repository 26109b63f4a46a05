"""Going back in time: what ``,`` and ``.`` do, wherever one is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from vsm.actions import BY_ID, Group
from vsm.model.errors import Refusal
from vsm.model.rules import local, to_micros
from vsm.screens.stream_screen import StreamScreen

if TYPE_CHECKING:
    from vsm.app import VsmApp

PAST = Refusal("past", "This is the past, which cannot be changed", "{present} goes back to now")
"""What a change meets while board and figures show the past."""


_CHANGING = frozenset((Group.WORK, Group.MARK, Group.STEER))


def refused(app: VsmApp, action: str) -> bool:
    """Whether an action would change what is past, or what is open read-only; says so."""
    name = action.rpartition(".")[2].partition("(")[0]
    found, screen = BY_ID.get(name), shown(app)
    if found is None or screen is None:
        return False
    if found.group not in _CHANGING and name not in ("undo", "redo"):
        return False
    if app.at is not None:
        screen.say(f"{PAST.message}: {screen.keys(PAST.remedy)}", "warn")
    elif name in ("organisation", "policies"):
        return False  # there is much to look at
    elif app.changes_refused is not None:
        screen.refuse_change(app.changes_refused)
    return True


def moved(at: int, days: int, zone: str) -> int:
    """The moment so many calendar days later, at the same time of day in a zone."""
    return to_micros(local(at, zone) + timedelta(days=days))


def step(app: VsmApp, days: int) -> None:
    """Go so many days on (or back), not beyond now and not before the first activity."""
    screen = shown(app)
    if screen is None or app.reader is None:
        return
    now, stream = app.now(), screen.stream
    found = app.reader.activity(stream)
    if found is None:
        screen.say("Nothing has happened here yet", "warn")
        return
    wanted = moved(app.at if app.at is not None else now, days, stream.zone)
    if wanted >= now:
        if app.at is None:
            screen.say("This is now: nothing is known of what comes", "warn")
        go(app, None)
    elif wanted < found[0]:
        if app.at == found[0]:
            screen.say("This is where the data begins", "warn")
        go(app, found[0])
    else:
        go(app, wanted)


def to_end(app: VsmApp) -> None:
    """Go to the last recorded move."""
    screen = shown(app)
    if screen is None or app.reader is None:
        return
    found = app.reader.activity(screen.stream)
    if found is None:
        screen.say("Nothing has happened here yet", "warn")
    elif found[1] >= app.now():
        leave(app)
    else:
        go(app, found[1])


def leave(app: VsmApp) -> None:
    """Go back to now."""
    screen = shown(app)
    if screen is not None and app.at is None:
        screen.say("This is now")
    go(app, None)


def go(app: VsmApp, at: int | None) -> None:
    """Show everything as of a moment (UTC microseconds), or as it is now."""
    if at == app.at:
        return
    app.at = at
    for screen in app.screen_stack:
        if isinstance(screen, StreamScreen):
            screen.travelled()


def shown(app: VsmApp) -> StreamScreen | None:
    """The screen that shows a stream, if there is one."""
    screen = app.screen
    return screen if isinstance(screen, StreamScreen) else None
