"""The board screen: one value stream as columns, with what its keys do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Self

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.geometry import Region

from vsm.actions import Scope
from vsm.model.query_parser import parse
from vsm.model.query_tree import QueryError
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.screens.board.details import BESIDE
from vsm.screens.board.parts import BoardParts
from vsm.screens.vsm_screen import VsmScreen
from vsm.widgets.board import Board
from vsm.widgets.keyed import bindings
from vsm.widgets.messages import FilterSaved, LaneClicked
from vsm.widgets.notice import Notice
from vsm.widgets.status_bars import HintLine

if TYPE_CHECKING:
    from vsm.screens.report_offer import ReportOffer


class BoardScreen(VsmScreen):
    """One value stream as a board."""

    CSS_PATH = "board.tcss"
    SCOPE = Scope.BOARD
    ACTION = "board"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.BOARD)
    _laid_out_once = False

    def __init__(
        self,
        reader: Reader,
        stream: ValueStream,
        query: str = "",
        item: int | None = None,
    ) -> None:
        super().__init__()
        self.reader = reader
        self.stream = stream
        self.query_text = query
        self.parts = BoardParts(self)
        self.poller = self.parts.poller
        self.filter_line = self.parts.filter
        self.parts.data.on_stages = self._stages_changed
        self._first_item = item
        self._typed_number: str | None = None

    @property
    def board(self) -> Board:
        """The columns, with the cursor."""
        return self.parts.data.board

    def report_offer(self) -> ReportOffer:
        from vsm.screens.board.board_report import offer

        return offer(self.parts)

    def compose(self) -> ComposeResult:
        self.set_class(self.app.size.width >= BESIDE, "-beside")
        host, data = self.host, self.parts.data
        skin, glyphs = host.skin, host.glyphs
        data.lanes = host.view.lanes.get(self.stream.id)
        wrong: QueryError | None = None
        try:
            data.filter = parse(self.query_text, host.actor)
        except QueryError as error:
            wrong = error
        heads = data.read_heads()
        data.total = sum(head.shown for head in heads)
        self.header = self.make_header()
        self.header.show(data.read_header(), data.seen)
        self.hints = HintLine(skin, glyphs, host.keymap)
        folded = host.view.folded.setdefault(self.stream.id, set())
        shifted, compact = self.hints.show_run, host.view.compact
        shows = heads, data.read_cards, shifted, skin, glyphs, folded, compact
        if data.lanes is None:
            data.board = Board(*shows)
        else:
            from vsm.screens.board.lanes import make_board

            data.board = make_board(data, *shows)
        self.board.first_words = self.keys("No items yet. Press {new_item} to add the first one.")
        self.board.filtered = bool(data.filter)
        self.board.prepare(self.app.size.width, self.app.size.height - 2)
        self.notice = Notice(self.keys("{close}"))
        yield self.header
        with Container(id="body"):
            yield self.board
        if self.query_text:
            yield self.parts.filter.make_bar()
        yield self.hints
        yield self.notice
        if wrong is not None:
            self.call_after_refresh(self.parts.filter.show_error, wrong)

    def on_mount(self) -> None:
        self.board.focus()
        self.renew_hints()
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
        data, view = self.parts.data, self.host.view
        if self.reader.loss is not None:
            self.trouble(self.reader.loss)
        if view.greeting:
            self.say(view.greeting)
            view.greeting = ""
        self.host.typeahead.settled()
        self.host.typeahead.release()
        if self._first_item is not None:
            place = data.read_place(self._first_item)
            if place is not None:
                self.board.select_item(*place)
            elif data.lanes is not None:
                from vsm.screens.board.lane_folds import unfold_for

                self.latest(partial(unfold_for, data, self._first_item), "item")
        if view.at is not None:
            self.as_of_changed()
        else:
            data.pace_is_old()
        if view.at is None and data.filter:
            data.reread(None)
        if view.draft is not None or view.draft_elsewhere is not None:
            from vsm.screens import unsaved

            self.begin(unsaved.bring_back(self.parts), "dialog")
        elif self.host.drafts is not None and self.host.drafts.looks_again:
            from vsm.screens import unsaved

            unsaved.look_later(self.parts)
        data.gates.look()
        if self.host.machine.processes:
            from vsm.screens.board.constraint_hint import AFTER, AGAIN

            self.set_timer(AFTER, data.learn_limits)
            self.set_interval(AGAIN, data.learn_limits)

    @property
    def has_item(self) -> bool:
        """Whether there is an item that actions act on."""
        return self.board.card is not None or self.parts.selection.active

    def on_resize(self, event: events.Resize) -> None:
        """Details beside the board where there is room, below it else."""
        self.set_class(event.size.width >= BESIDE, "-beside")
        if self.parts.details.panel is not None:
            self.parts.details.panel.set_class(event.size.width >= BESIDE, "-beside")

    def show_people(self, by_item: Mapping[int, tuple[str, ...]]) -> None:
        self.parts.data.show_people(by_item)

    def on_mouse_down(self) -> None:
        """A click is a choice of one's own: the board follows nobody any more."""
        if self.host.colleagues.following is not None:
            self.host.colleagues.following.end()

    def as_of_changed(self) -> None:
        super().as_of_changed()
        self.parts.data.show_as_of()

    # -- the cursor ---------------------------------------------------------------

    def action_cursor_left(self) -> None:
        self.board.step(-1, 0)

    def action_cursor_right(self) -> None:
        self.board.step(1, 0)

    def action_cursor_down(self) -> None:
        self.board.step(0, 1)

    def action_cursor_up(self) -> None:
        self.board.step(0, -1)

    def action_page_down(self) -> None:
        self.board.page(1)

    def action_page_up(self) -> None:
        self.board.page(-1)

    def action_first_item(self) -> None:
        self.board.select(self.board.x, 0)

    def action_last_item(self) -> None:
        self.board.select(self.board.x, self.board.column.head.shown - 1)

    def action_to_stage(self) -> None:
        """Show the numbers of the stages and wait for one."""
        self._typed_number = ""
        self.board.set_numbers(True)
        count = len(self.board.columns)
        self.hold(f"Stage number: {'01' if count > 9 else '1'} to {count}; any other key cancels")

    def action_fold_column(self) -> None:
        """Fold the column under the cursor to a narrow strip, or open it again."""
        self.board.toggle_fold()

    def on_key(self, event: events.Key) -> None:
        """Take the digits of a stage number, or of a view's, while one is awaited."""
        if self.parts.on_digit is not None and self.focused is self.parts.data.filter_focus:
            take, self.parts.on_digit = self.parts.on_digit, None
            event.stop()
            self.hints.say("")
            take(event.character or "")
            return
        if self._typed_number is None or self.focused is not self.parts.data.filter_focus:
            return
        event.stop()
        count = len(self.board.columns)
        if event.character and event.character in "0123456789":
            self._typed_number += event.character
            if len(self._typed_number) < (2 if count > 9 else 1):
                return
            number = int(self._typed_number)
            self._end_number()
            if 1 <= number <= count:
                self.board.select(number - 1, self.board.columns[number - 1].top)
            else:
                self.say(f"There is no stage {number}: they go from 1 to {count}", "warn")
        else:
            self._end_number()

    def _end_number(self) -> None:
        self._typed_number = None
        self.board.set_numbers(False)
        self.hints.say("")

    def _stages_changed(self) -> None:
        """Stop waiting for a stage number: the stages have other numbers now."""
        if self._typed_number is not None:
            self._end_number()

    @on(Board.CursorMoved)
    def _cursor_moved(self) -> None:
        self.parts.selection.follow_cursor()
        self.renew_hints()
        self.parts.details.show_card(self.board.card)
        if self.parts.walk is not None:
            self.parts.walk.renew()

    @on(LaneClicked)
    def _lane_clicked(self, message: LaneClicked) -> None:
        from vsm.screens.board.lanes import toggle

        toggle(self.parts, message.key)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click on a column during a stand-up leaves the keys where they are."""
        if event.widget is self.board and self.parts.data.has_keys is not None:
            self.parts.data.has_keys.focus()

    @on(Board.Dragging)
    def _dragging(self, message: Board.Dragging) -> None:
        if message.card is None:
            self.hints.say("")
        else:
            where = message.stage.name if message.stage is not None else "nowhere"
            arrow = self.host.glyphs.arrow
            self.hold(f"{message.card.key} {arrow} {where}; Esc: cancel")

    @on(Board.Dropped)
    def _dropped(self, message: Board.Dropped) -> None:
        from vsm.screens.board.flow_keys import drag

        self.begin(drag(self.parts, message.card, message.stage, message.by), "change")

    # -- marks ------------------------------------------------------------------------

    def action_mark(self) -> None:
        self.begin(self.parts.selection.mark(), "mark")

    def action_mark_range(self) -> None:
        self.begin(self.parts.selection.mark_range(), "mark")

    def action_mark_all(self) -> None:
        self.begin(self.parts.selection.mark_all(), "mark")

    # -- the filter -------------------------------------------------------------------

    @on(FilterSaved)
    async def _filter_saved(self, message: FilterSaved) -> None:
        if self.parts.filter.set(message.text):
            await self.run_action("views")

    # -- details ------------------------------------------------------------------

    async def action_details(self) -> None:
        """Open the details panel, or close it; a folded column is opened."""
        details = self.parts.details
        if self.board.column.folded and self.board.card is None:
            self.board.toggle_fold()
        elif details.panel is None:
            card = self.board.card
            await details.open_panel(card.id if card is not None else None)
        else:
            await details.close_panel()

    def action_details_down(self) -> None:
        self.parts.details.scroll(1)

    def action_details_up(self) -> None:
        self.parts.details.scroll(-1)

    @on(Board.Opened)
    async def _opened(self, message: Board.Opened) -> None:
        await self.parts.details.open_panel(message.card.id)

    async def action_close(self) -> None:
        """Close message, marks, stand-up, details or filter, the first of them that is there."""
        if self.notice.open:
            self.notice.hide()
        elif self.parts.selection.active:
            self.parts.selection.unmark()
        elif self.parts.walk is not None:
            await self.parts.walk.end()
        elif self.parts.details.panel is not None:
            await self.parts.details.close_panel()
        elif self.parts.filter.bar is not None:
            await self.parts.filter.clear()
        else:
            self.hints.say("")
