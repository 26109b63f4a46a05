"""What every whole screen has: the header and the lines below, in which it tells what happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen
from textual.timer import Timer

from vsm.model.errors import VsmError
from vsm.widgets.bars import HeaderLine, HintLine, Live
from vsm.widgets.notice import Notice

if TYPE_CHECKING:
    from vsm.app import VsmApp
    from vsm.model.stream import ValueStream
    from vsm.screens.board import BoardScreen
    from vsm.widgets.past import PastLine

QUIET = 5.0
"""Seconds that a message stays in the hint line."""


class Telling(Screen[None]):
    """A screen with a header, hints and a notice."""

    header: HeaderLine
    hints: HintLine
    notice: Notice
    stream: ValueStream
    query_text = ""
    """The filter as it was typed."""
    below: BoardScreen | None = None
    """The board that this lies on and goes back to, unless it is one."""
    past_line: PastLine | None = None
    """The line that says that this is the past, where it is."""
    _quiet: Timer | None = None

    @property
    def vsm(self) -> VsmApp:
        """The app, by its own type."""
        return cast("VsmApp", self.app)

    # -- keys that take their time ---------------------------------------------------

    def begin(self, work: Coroutine[Any, Any, None], group: str) -> None:
        """Do ``work``; keys wait until it is done or a dialog is up for them."""
        self.run_worker(self.vsm.typeahead.until(work), group=group)

    def _latest(self, work: Callable[[], Coroutine[Any, Any, None]], group: str) -> None:
        """Do ``work`` in place of what is under way in the group.

        Given as a function: a coroutine that is cancelled before it has begun makes asyncio warn.
        """
        self.run_worker(cast("Callable[[], Awaitable[None]]", work), group=group, exclusive=True)

    def keys(self, text: str) -> str:
        """``text`` with the key of an action in place of its id in braces: ``{undo}``."""
        return self.vsm.keymap.fill(text, self.vsm.ascii_only)

    # -- telling ----------------------------------------------------------------------

    def say(self, text: str, ink: str = "text") -> None:
        """Show a message in the hint line for a while."""
        self.hints.say(text, ink)
        if self._quiet is not None:
            self._quiet.stop()
        self._quiet = self.set_timer(QUIET, self._hush)

    def hold(self, text: str, ink: str = "text") -> None:
        """Show a message in the hint line until something else is said."""
        if self._quiet is not None:
            self._quiet.stop()
            self._quiet = None
        self.hints.say(text, ink)

    def _hush(self) -> None:
        self._quiet = None
        self.hints.say("")

    def lost(self, error: VsmError) -> None:
        """The database cannot be read: say so until it can."""
        self.header.set_live(Live.LOST)
        self.trouble(error)

    def trouble(self, error: VsmError) -> None:
        """Show what is in the way until it is closed."""
        self.notice.show(error.message, error.remedy, bad=True)

    # -- the past ---------------------------------------------------------------------

    def travelled(self) -> None:
        """Show everything as of another moment: here the line that says so."""
        at, line = self.vsm.at, self.past_line
        if at is None:
            if line is not None:
                line.display = False
            return
        if line is None:
            from vsm.widgets.past import PastLine

            line = PastLine(self.vsm.skin, self.vsm.glyphs, self.vsm.keymap)
            self.past_line = line
            self.mount(line, after=self.header)
        line.display = True
        line.show(at, self.stream.zone, self.vsm.now())
