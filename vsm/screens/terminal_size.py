"""Keep screens as large as the terminal when it changes its size twice within a moment."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.screen import Screen


def catch_up(screen: Screen[Any], event: events.Resize) -> None:
    """Ask for the size of the terminal where the screen was sent another.

    While Textual lays a screen out, it sends the screen the size that it lays it out in. Where the
    terminal has changed again meanwhile, that message is the last and replaces the newer one. So
    does the one that follows from this event: the size is asked for after it.
    """
    if event.size != screen.app.size:
        size = screen.app.size
        screen.call_later(screen.post_message, events.Resize(size, size))
