"""The board screen: columns, details, filter, and finding one's way."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Self

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.geometry import Region

from vsm.actions import Scope, bound, scoped
from vsm.model.board import Card
from vsm.model.query import QueryError, parse
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.screens.board.stage_settings import Steering
from vsm.screens.stream_screen import POLL
from vsm.widgets.board import Board
from vsm.widgets.notice import Notice
from vsm.widgets.status_bars import HeaderLine, HintLine

BESIDE = 100
"""Cells of width from which on the details stand beside the board."""


class BoardScreen(Steering):
    """One value stream as a board."""

    CSS_PATH = "board.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(bound(a.keys), a.id, a.label, show=False, id=a.id) for a in scoped(Scope.BOARD)
    ]
    _laid_out_once = False

    def __init__(
        self,
        reader: Reader,
        stream: ValueStream,
        query: str = "",
        item: int | None = None,
    ) -> None:
        super().__init__(reader, stream, query)
        self._first_item = item
        self._pending: str | None = None
        self._turn = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """Header, board, hints, and a notice that is hidden at first."""
        host = self.host
        self.set_class(self.app.size.width >= BESIDE, "-beside")
        skin, glyphs = host.skin, host.glyphs
        wrong: QueryError | None = None
        try:
            self.filter = parse(self.query_text, host.actor)
        except QueryError as error:
            wrong = error
        heads = self.read_heads()
        self.total = sum(head.shown for head in heads)
        self.header = self.make_header()
        self.header.show(self.read_header())
        self.hints = HintLine(skin, glyphs, host.keymap)
        folded = host.view.folded.setdefault(self.stream.id, set())
        self.board = Board(heads, self.read_cards, self.hints.show_run, skin, glyphs, folded)
        self.board.first_words = self.keys("No items yet. Press {new_item} to add the first one.")
        self.board.filtered = bool(self.filter)
        self.board.prepare(self.app.size.width, self.app.size.height - 2)
        self.notice = Notice(self.keys("{close}"))
        yield self.header
        with Container(id="body"):
            yield self.board
        if self.query_text:
            from vsm.widgets.filter_bar import FilterBar

            self.filter_bar = FilterBar(self.query_text, self.complete)
            yield self.filter_bar
        yield self.hints
        yield self.notice
        if wrong is not None:
            self.call_after_refresh(self.tell_wrong, wrong)

    def on_mount(self) -> None:
        """Give the board the keys."""
        self.board.focus()
        self.set_interval(POLL, self.poll)
        self.call_after_refresh(self._laid_out)

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Repaint; until the first layout, which paints everything, nothing is noted for later."""
        if not self._laid_out_once and not (layout and self.is_mounted):
            return self
        repaint = repaint and not layout
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def _laid_out(self) -> None:
        self._laid_out_once = True
        if self.reader.loss is not None:
            self.trouble(self.reader.loss)
        if self.host.view.greeting:
            self.say(self.host.view.greeting)
            self.host.view.greeting = ""
        self.host.typeahead.settled()
        self.host.typeahead.release()
        if self._first_item is not None:
            place = self.read_place(self._first_item)
            if place is not None:
                self.board.select_item(*place)
        if self.host.view.at is not None:
            self.as_of_changed()
        else:
            self._pace_is_old()
        if self.host.view.at is None and self.filter:
            self.reread(None)
        if self.host.machine.processes:
            from vsm.screens.board.constraint_hint import AFTER, AGAIN

            self.set_timer(AFTER, self.learn_limits)
            self.set_interval(AGAIN, self.learn_limits)

    def on_resize(self, event: events.Resize) -> None:
        """Details beside the board where there is room, below it else."""
        self.set_class(event.size.width >= BESIDE, "-beside")
        if self.panel is not None:
            self.panel.set_class(event.size.width >= BESIDE, "-beside")

    # -- the cursor ---------------------------------------------------------------

    def action_cursor_left(self) -> None:
        """One column to the left."""
        self.board.step(-1, 0)

    def action_cursor_right(self) -> None:
        """One column to the right."""
        self.board.step(1, 0)

    def action_cursor_down(self) -> None:
        """One item down."""
        self.board.step(0, 1)

    def action_cursor_up(self) -> None:
        """One item up."""
        self.board.step(0, -1)

    def action_page_down(self) -> None:
        """A page down."""
        self.board.page(1)

    def action_page_up(self) -> None:
        """A page up."""
        self.board.page(-1)

    def action_first_item(self) -> None:
        """To the top of the column."""
        self.board.select(self.board.x, 0)

    def action_last_item(self) -> None:
        """To the bottom of the column."""
        self.board.select(self.board.x, self.board.column.head.shown - 1)

    def action_to_stage(self) -> None:
        """Show the numbers of the stages and wait for one."""
        self._pending = ""
        self.board.set_numbers(True)
        count = len(self.board.columns)
        self.hold(f"Stage number: {'01' if count > 9 else '1'} to {count}; Esc leaves it")

    def action_fold_column(self) -> None:
        """Fold the column under the cursor to a narrow strip, or open it again."""
        self.board.toggle_fold()

    def on_key(self, event: events.Key) -> None:
        """Take the digits of a stage number while one is awaited."""
        if self._pending is None or self.focused is not self.board:
            return
        event.stop()
        count = len(self.board.columns)
        if event.character and event.character in "0123456789":
            self._pending += event.character
            if len(self._pending) < (2 if count > 9 else 1):
                return
            number = int(self._pending)
            if 1 <= number <= count:
                self._end_pending()
                column = self.board.columns[number - 1]
                self.board.select(number - 1, column.top)
            else:
                self._end_pending()
                self.say(f"There is no stage {number}: they go from 1 to {count}", "warn")
        else:
            self._end_pending()

    def _end_pending(self) -> None:
        self._pending = None
        self.board.set_numbers(False)
        self.hints.say("")

    def stages_changed(self) -> None:
        """Stop waiting for a stage number: the stages have other numbers now."""
        super().stages_changed()
        if self._pending is not None:
            self._end_pending()

    @on(Board.CursorMoved)
    def _cursor_moved(self) -> None:
        self.reread_detail()

    @on(Board.Dragging)
    def _dragging(self, message: Board.Dragging) -> None:
        if message.card is None:
            self.hints.say("")
        else:
            where = message.stage.name if message.stage is not None else "nowhere"
            arrow = self.host.glyphs.arrow
            self.hold(f"{message.card.key} {arrow} {where}; Esc leaves it where it is")

    # -- details ------------------------------------------------------------------

    async def action_details(self) -> None:
        """Open the details panel, or close it; a folded column is opened."""
        if self.board.column.folded and self.card is None:
            self.board.toggle_fold()
        elif self.panel is None:
            await self.open_details()
        else:
            await self.close_details()

    async def open_details(self, item: int | None = None) -> None:
        """Open the panel on ``item``, or on the one under the cursor."""
        if self.panel is None:
            from vsm.widgets.item_detail import DetailPanel

            self.panel = DetailPanel(self.host.glyphs)
            self.panel.set_class(self.size.width >= BESIDE, "-beside")
            await self.query_one("#body").mount(self.panel)
            self.hints.details = True
            self.hints.redraw(0)
        self.reread_detail(item)

    async def close_details(self) -> None:
        """Take the panel away."""
        panel, self.panel = self.panel, None
        if panel is not None:
            self.hints.details = False
            self.hints.redraw(0)
            await panel.remove()

    def action_details_down(self) -> None:
        """Scroll the panel down."""
        self._scroll_details(1)

    def action_details_up(self) -> None:
        """Scroll the panel up."""
        self._scroll_details(-1)

    def _scroll_details(self, by: int) -> None:
        panel = self.panel
        if panel is not None:
            panel.scroll_relative(y=by * max(1, panel.size.height // 2), animate=False)

    @on(Board.Opened)
    async def _opened(self, message: Board.Opened) -> None:
        await self.open_details(message.card.id)

    async def action_close(self) -> None:
        """Close the message, the marks, the details or the filter, in this order."""
        if self.notice.open:
            self.notice.hide()
        elif self.marking:
            self.unmark()
        elif self.panel is not None:
            await self.close_details()
        elif self.filter_bar is not None:
            await self.clear_filter()
        else:
            self.hints.say("")

    # -- finding ------------------------------------------------------------------

    def action_go(self) -> None:
        """Ask for a key and go there."""
        from vsm.screens.find_item import go

        self.begin(go(self), "dialog")

    def action_streams(self) -> None:
        """Choose another stream."""
        from vsm.screens.find_item import streams

        self.begin(streams(self), "dialog")

    @on(HeaderLine.Picked)
    def _header_picked(self) -> None:
        self.action_streams()

    @property
    def card(self) -> Card | None:
        """The card under the cursor."""
        return self.board.card
