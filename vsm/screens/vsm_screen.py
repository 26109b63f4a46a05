"""The base of every whole screen: header, hint line, messages, and the moment that is shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, cast

from textual import events, on
from textual.screen import Screen
from textual.timer import Timer

from vsm.actions import Scope
from vsm.model.errors import READ_ONLY, Refusal, RefusalCode, VsmError
from vsm.screens.poller import FigurePoller, Poller
from vsm.screens.situation import situation
from vsm.screens.source_watch import SourceWatch
from vsm.screens.terminal_size import catch_up
from vsm.widgets.header_advice import HeaderAdvice
from vsm.widgets.messages import FilterChanged, FilterCleared, FilterKept
from vsm.widgets.notice import Notice
from vsm.widgets.status_bars import HeaderLine, HintLine, Live

if TYPE_CHECKING:
    from vsm.model.board import Header
    from vsm.model.item import Item
    from vsm.model.stream import ValueStream
    from vsm.reader import Reader
    from vsm.screens.filter_line import FilterLine
    from vsm.screens.host import Host
    from vsm.screens.report_offer import ReportOffer
    from vsm.widgets.as_of_line import PastLine

QUIET = 5.0
"""Seconds that a message stays in the hint line."""
DIM_AFTER = 0.12
"""Seconds after which figures that are being worked out anew are dimmed: sooner they flicker."""


class BoardBelow(Protocol):
    """The board that a screen lies on, as far as every such screen needs it."""

    @property
    def header_figures(self) -> Header | None:
        """The figures in the header of the board."""

    @property
    def advice(self) -> HeaderAdvice:
        """What limits the flow and the forecast, as the header of the board says them."""

    async def take_filter(self, text: str) -> None:
        """Filter the board as the screen did that is left."""

    def go_to(self, key: str) -> None:
        """Put the cursor of the board on an item."""


class WayBack(NamedTuple):
    """Where Escape leads from a page that another screen opened, as long as that is shown."""

    name: str
    """What is there, as the line above the page names it."""
    is_there: Callable[[], bool]
    go: Callable[[], None]


class VsmScreen(Screen[None]):
    """A screen with a header, hints and a notice.

    ``stream`` is the one that it shows, if it is about one. A screen of figures lies on a board
    (:meth:`lie_on`): :meth:`work_out` is called when it opens, when the moment that is shown
    changes, and after somebody wrote.
    """

    SCOPE: ClassVar[Scope]
    """Which actions work here."""
    ACTION: ClassVar[str] = ""
    """The action that shows this screen: its tab."""
    NO_FILTER: ClassVar[str] = ""
    """Why no filter narrows it, where none does."""
    header: HeaderLine
    hints: HintLine
    notice: Notice
    reader: Reader
    stream: ValueStream
    query_text = ""
    """The filter as it was typed."""
    below: BoardBelow | None = None
    """The board that this lies on and goes back to, unless it is one."""
    poller: Poller | FigurePoller | None = None
    past_line: PastLine | None = None
    """The line that says that this is the past, where it is."""
    filter_line: FilterLine | None = None
    way_back: WayBack | None = None
    """The screen that opened this one at a page, if one did."""
    _quiet: Timer | None = None

    @cached_property
    def sources(self) -> SourceWatch:
        """How the reading of the stream's sources goes."""
        return SourceWatch()

    @property
    def host(self) -> Host:
        """The program that shows this screen."""
        return cast("Host", self.app)

    def on_resize(self, event: events.Resize) -> None:
        catch_up(self, event)
        if self.app.screen is not self:
            self.call_after_refresh(self._repaint_above)

    def _repaint_above(self) -> None:
        """Paint the dialog that covers this, and with it all of this.

        Textual paints what is covered only where a widget says that it changed: after a resize the
        terminal would show it in its old size.
        """
        self.app.screen.refresh()

    def report_offer(self) -> ReportOffer | None:
        """What it shows as a report, if it is one and there is something to show."""
        return None

    @property
    def as_of(self) -> int:
        """The moment as of which everything is shown (UTC microseconds)."""
        at = self.host.view.at
        return at if at is not None else self.host.now()

    @property
    def is_open(self) -> bool:
        """Whether it is shown, perhaps under others, rather than being replaced."""
        return self in self.app.screen_stack

    # -- above a board ------------------------------------------------------------------

    def lie_on(
        self, below: BoardBelow, reader: Reader, stream: ValueStream, query_text: str
    ) -> None:
        """Show figures of the stream of a board, beginning with what was typed as its filter."""
        self.below, self.reader, self.stream = below, reader, stream
        self.query_text = query_text
        self.poller = FigurePoller(self, self.work_out)

    def work_out(self) -> None:
        """Work the figures out anew, off this thread."""

    def on_mount(self) -> None:
        if self.poller is not None:
            self.poller.start()
        if self.below is not None:
            self.as_of_changed()

    def on_screen_resume(self) -> None:
        """Keys that were typed meanwhile are for this screen."""
        if self.below is not None:
            self.call_after_refresh(self.host.typeahead.settled)
            self.call_after_refresh(self.let_keys_go)

    def let_keys_go(self) -> None:
        """Let keys go that were held back while this screen was made."""
        self.host.typeahead.in_front(self)

    @property
    def is_current(self) -> bool:
        """Whether it is in front."""
        return self.app.screen is self

    def make_header(self) -> HeaderLine:
        """The header line of the stream."""
        live, copied_at = self.host.freshness()
        header = HeaderLine(
            self.host.skin,
            self.host.glyphs,
            self.stream.name,
            self.host.actor,
            live,
            self.host.keymap,
            self.ACTION,
        )
        header.copied_at = copied_at
        header.company = self.host.colleagues.company
        header.sources = self.sources.warnings(self.host, self.stream.id)
        if self.below is not None:
            header.show(self.below.header_figures)
            header.set_advice(self.below.advice)
        return header

    @property
    def carried_filter(self) -> str:
        """The filter that goes along to other screens of the stream."""
        return self.query_text

    async def action_quit(self) -> None:
        """Leave figures for their board; the program where there is none below."""
        if self.below is None:
            await self.app.action_quit()
        else:
            await self.back_to_board()

    @property
    def is_at_first_page(self) -> bool:
        """Whether it shows the page that it opens with: Escape leads no further back in it."""
        return True

    def back_name(self, usual: str) -> str:
        """Where Escape leads: to the screen that opened this page, else where it usually does."""
        back = self.way_back
        return back.name if back is not None and back.is_there() else usual

    def goes_back(self) -> bool:
        """Go back to the screen that opened this page; false where Escape closes something here."""
        bar = None if self.filter_line is None else self.filter_line.bar
        back = self.way_back
        if back is None or self.notice.open or bar is not None or not back.is_there():
            return False
        self.way_back = None
        back.go()
        return True

    async def back_to_board(self) -> None:
        """Close this; the board below takes over its filter."""
        below = self.below
        if below is not None:
            self.host.typeahead.hold()
            self.dismiss()
            await below.take_filter(self.carried_filter)
            self.host.typeahead.release()

    async def go_to_item(self, item: Item) -> None:
        """Go to the board, with its cursor on an item."""
        await self.back_to_board()
        board = self.below or getattr(self, "parts", None)
        if board is not None:
            board.go_to(item.key)

    def show_evidence(self, item: int) -> None:
        """Show what is on record about an item, on the screen of governance."""
        self.host.show_tab(self, "governance", item=item)

    # -- the filter -----------------------------------------------------------------------

    async def action_filter(self) -> None:
        """Open the filter line, or go to it."""
        if self.filter_line is not None:
            await self.filter_line.open_line()

    @on(FilterChanged)
    def _filter_changed(self, message: FilterChanged) -> None:
        if self.filter_line is not None:
            self.filter_line.set(message.text)

    @on(FilterKept)
    async def _filter_kept(self, message: FilterKept) -> None:
        if self.filter_line is not None:
            await self.filter_line.keep(message.text)

    @on(FilterCleared)
    async def _filter_cleared(self) -> None:
        if self.filter_line is not None:
            await self.filter_line.clear()

    # -- keys that take their time ---------------------------------------------------

    def begin(self, work: Coroutine[Any, Any, None], group: str) -> None:
        """Do ``work``; keys wait until it is done or a dialog is up for them."""
        self.run_worker(self.host.typeahead.until(work, self), group=group)

    def latest(self, work: Callable[[], Coroutine[Any, Any, object]], group: str) -> None:
        """Do ``work`` in place of what is under way in the group.

        Given as a function: a coroutine that is cancelled before it has begun makes asyncio warn.
        """
        self.run_worker(cast("Callable[[], Awaitable[None]]", work), group=group, exclusive=True)

    def keys(self, text: str) -> str:
        """``text`` with the key of an action in place of its id in braces: ``{undo}``."""
        return self.host.keymap.fill(text, self.host.ascii_only)

    # -- messages ---------------------------------------------------------------------

    def say(self, text: str, ink: str = "text") -> None:
        """Show a status message in the hint line for a while."""
        self.hints.say(text, ink)
        if self._quiet is not None:
            self._quiet.stop()
        self._quiet = self.set_timer(QUIET, self._clear_message)

    def hold(self, text: str, ink: str = "text") -> None:
        """Show a status message in the hint line until another one is shown."""
        if self._quiet is not None:
            self._quiet.stop()
            self._quiet = None
        self.hints.say(text, ink)

    def _clear_message(self) -> None:
        self._quiet = None
        self.hints.say("")

    def show_people(self, by_item: Mapping[int, tuple[str, ...]]) -> None:
        """Show on which items the cursors of others are, where items are shown."""

    def lost(self, error: VsmError) -> None:
        """The database cannot be read: say so until it can."""
        self.header.set_live(Live.LOST)
        self.trouble(error)

    def show_freshness(self) -> None:
        """Show in the header whether all is live, or from when the copy is that is read."""
        self.header.set_live(*self.host.freshness())
        self.header.set_sources(self.sources.warnings(self.host, self.stream.id))
        self.renew_hints()
        stacked = [screen for screen in self.app.screen_stack if isinstance(screen, VsmScreen)]
        if stacked[-1:] != [self]:
            return
        if news := self.host.own_role.take_news():
            self.notice.show(news)
        of_replica = self.host.replica.take_news()
        if isinstance(of_replica, str):
            self.notice.show(of_replica)
        elif of_replica is not None:
            self.refuse_change(of_replica)

    def renew_hints(self) -> None:
        """Show in the hint line just the keys that work here and now."""
        self.hints.set_situation(situation(self))

    @on(HeaderLine.Picked)
    async def _stream_picked(self) -> None:
        await self.app.run_action("streams", self)

    @on(HeaderLine.TabPicked)
    async def _tab_picked(self, message: HeaderLine.TabPicked) -> None:
        await self.app.run_action(message.action, self)

    def refuse_change(self, refusal: Refusal) -> None:
        """Say why nothing can be changed: in the hint line, or in a box if the files say so."""
        if refusal is READ_ONLY or refusal.code is RefusalCode.ROLE:
            self.say(refusal.sentences, "warn")
        else:
            self.notice.show(refusal.message, refusal.remedy, bad=True)

    def trouble(self, error: VsmError) -> None:
        """Show what is in the way until it is closed."""
        self.notice.show(error.message, error.remedy, bad=True)

    # -- the past ---------------------------------------------------------------------

    def as_of_changed(self) -> None:
        """Show everything as of another moment."""
        self.renew_hints()
        self.show_as_of_line()
        if self.below is not None:
            self.header.set_advice(self.below.advice)
            self.work_out()

    def show_as_of_line(self) -> None:
        """Say as of when everything is, where that is the past."""
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
        line.show(at, self.stream.zone, self.host.now(), self.host.view.mark)
