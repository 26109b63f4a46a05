"""What every whole screen has: the header and the lines below, in which it tells what happened."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen
from textual.timer import Timer

from vsm.model.errors import READ_ONLY, Refusal, VsmError
from vsm.widgets.notice import Notice
from vsm.widgets.status_bars import HeaderLine, HintLine, Live

if TYPE_CHECKING:
    from vsm.model.stream import ValueStream
    from vsm.reader import Reader
    from vsm.screens.board.screen import BoardScreen
    from vsm.screens.host import Host
    from vsm.widgets.as_of_line import PastLine

POLL = 0.2
"""Seconds between two looks at whether somebody else has written."""
AGAIN = 1.0
"""Seconds between two times that everything is worked out because somebody wrote something."""
QUIET = 5.0
"""Seconds that a message stays in the hint line."""


class StreamScreen(Screen[None]):
    """A screen with a header, hints and a notice."""

    header: HeaderLine
    hints: HintLine
    notice: Notice
    reader: Reader
    stream: ValueStream
    query_text = ""
    """The filter as it was typed."""
    below: BoardScreen | None = None
    """The board that this lies on and goes back to, unless it is one."""
    past_line: PastLine | None = None
    """The line that says that this is the past, where it is."""
    _quiet: Timer | None = None

    @property
    def host(self) -> Host:
        """The program that shows this screen."""
        return cast("Host", self.app)

    def make_header(self) -> HeaderLine:
        """The header line of the stream."""
        live, copied_at = self.host.freshness()
        header = HeaderLine(
            self.host.skin, self.host.glyphs, self.stream.name, self.host.actor, live
        )
        header.copied_at = copied_at
        return header

    # -- keys that take their time ---------------------------------------------------

    def begin(self, work: Coroutine[Any, Any, None], group: str) -> None:
        """Do ``work``; keys wait until it is done or a dialog is up for them."""
        self.run_worker(self.host.typeahead.until(work), group=group)

    def _latest(self, work: Callable[[], Coroutine[Any, Any, None]], group: str) -> None:
        """Do ``work`` in place of what is under way in the group.

        Given as a function: a coroutine that is cancelled before it has begun makes asyncio warn.
        """
        self.run_worker(cast("Callable[[], Awaitable[None]]", work), group=group, exclusive=True)

    def keys(self, text: str) -> str:
        """``text`` with the key of an action in place of its id in braces: ``{undo}``."""
        return self.host.keymap.fill(text, self.host.ascii_only)

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

    def show_freshness(self) -> None:
        """Show in the header whether all is live, or from when the copy is that is read."""
        self.header.set_live(*self.host.freshness())

    def refuse_change(self, refusal: Refusal) -> None:
        """Say why nothing can be changed: in a word if it was asked for, else with what to do."""
        if refusal is READ_ONLY:
            self.say(refusal.sentences, "warn")
        else:
            self.notice.show(refusal.message, refusal.remedy, bad=True)

    def trouble(self, error: VsmError) -> None:
        """Show what is in the way until it is closed."""
        self.notice.show(error.message, error.remedy, bad=True)

    # -- the past ---------------------------------------------------------------------

    def as_of_changed(self) -> None:
        """Show everything as of another moment: here the line that says so."""
        at, line = self.host.view.at, self.past_line
        if at is None:
            if line is not None:
                line.display = False
            return
        if line is None:
            from vsm.widgets.as_of_line import PastLine

            line = PastLine(self.host.skin, self.host.glyphs, self.host.keymap)
            self.past_line = line
            self.mount(line, after=self.header)
        line.display = True
        line.show(at, self.stream.zone, self.host.now())


class Overlay(StreamScreen):
    """A screen about the stream of the board that it lies on: its figures, what was found."""

    below: BoardScreen

    def __init__(
        self, reader: Reader, stream: ValueStream, below: BoardScreen, query_text: str
    ) -> None:
        super().__init__()
        self.reader = reader
        self.stream = stream
        self.below = below
        self.query_text = query_text
        self.version = reader.data_version()
        self._due = False

    @property
    def as_of(self) -> int:
        """The moment as of which everything is."""
        return self.host.view.at if self.host.view.at is not None else self.host.now()

    def on_mount(self) -> None:
        """Work everything out, and look whether anybody writes."""
        self.set_interval(POLL, self.poll)
        self.set_interval(AGAIN, self._if_due)
        self.as_of_changed()

    def on_screen_resume(self) -> None:
        """Keys that were typed meanwhile are for this screen."""
        self.call_after_refresh(self.host.typeahead.settled)
        self.call_after_refresh(self.let_keys_go)

    def let_keys_go(self) -> None:
        """Let keys go that were held back while this screen was made."""
        self.host.typeahead.release()

    async def back_to_board(self) -> None:
        """Close this; the board takes over its filter."""
        self.host.typeahead.hold()
        self.dismiss()
        await self.below.take_filter(self.query_text)
        self.host.typeahead.release()

    @abstractmethod
    def work_out(self) -> None:
        """Work everything out anew, off this thread."""

    def as_of_changed(self) -> None:
        """Show everything as of another moment."""
        super().as_of_changed()
        self.header.set_limiting(self.below.header.limiting)
        self.work_out()

    def poll(self) -> None:
        """Look whether anybody has written since; microseconds where nobody has."""
        try:
            version = self.reader.data_version()
        except VsmError as error:
            self.lost(error)
            return
        self.show_freshness()
        if version != self.version:
            self.version = version
            self._due = True

    def _if_due(self) -> None:
        if self._due and self.app.screen is self:
            self._due = False
            stream = self.reader.stream(self.stream.id)
            if stream is None:
                self.host.open_board()
                return
            self.stream = stream
            self.work_out()
