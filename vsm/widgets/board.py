"""The board: one focusable container of columns with one cursor.

Columns that do not fit stand to the side; the board shows a run of them and follows the cursor.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import TypeAlias

from textual import events, on
from textual.app import ComposeResult
from textual.layout import Layout
from textual.widget import Widget

from vsm.model.board import Card, Column, groups_in
from vsm.widgets import board_messages
from vsm.widgets.card_windows import CardWindows, Fetch, Place
from vsm.widgets.column import FOOT, HEAD, BoardColumn
from vsm.widgets.column_head import empty_words
from vsm.widgets.column_layout import ColumnLayout
from vsm.widgets.drag import Drag
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.group_line import GroupLine
from vsm.widgets.styles import Styles
from vsm.widgets.visible_columns import Shifted, first_with, run_of, widths


class Board(Widget, can_focus=True):
    """All columns and the cursor, which is a column and an index in it."""

    DEFAULT_CSS = "Board { width: 1fr; height: 1fr; overflow: hidden hidden; }"
    ALLOW_SELECT = False

    CursorMoved: TypeAlias = board_messages.CursorMoved
    Opened: TypeAlias = board_messages.Opened
    Dragging: TypeAlias = board_messages.Dragging
    Dropped: TypeAlias = board_messages.Dropped

    def __init__(
        self,
        heads: Sequence[Column],
        fetch: Fetch,
        shifted: Shifted,
        skin: Styles,
        glyphs: Glyphs,
        folded: set[int] | None = None,
        compact: bool = False,
    ) -> None:
        super().__init__(id="board")
        self._arrangement = ColumnLayout(lambda: self.columns, self.run_for, self._line_above)
        self._windows = CardWindows(fetch)
        self._shifted = shifted
        self._skin = skin
        self._glyphs = glyphs
        self._compact = compact
        self._folded = folded if folded is not None else set()
        self.columns = [self._make_column(head) for head in heads]
        self._groups = GroupLine(skin, glyphs, self._spans)
        self._groups.groups = groups_in(heads)
        self.filtered = False
        self.first_words = "No items yet."
        """What an empty board says."""
        self.x = self.index = self.first_column = 0
        self._item: int | None = None
        self._row = 0
        self._drag = Drag(self)

    @property
    def layout(self) -> Layout:
        # Style sheets know no such layout.
        return self._arrangement

    def _make_column(self, head: Column) -> BoardColumn:
        column = BoardColumn(head, self._skin, self._glyphs, self._compact)
        column.folded = head.stage.id in self._folded
        return column

    def compose(self) -> ComposeResult:
        if self._groups.groups:
            yield self._groups
        yield from self.columns

    def prepare(self, width: int, height: int) -> None:
        """Read what a board of this size will show, before its first paint."""
        rows = max(1, (height - HEAD - FOOT) // 3 + 1)
        for column in self.columns:
            column.tall = height
        self._say_empty()
        start = next((x for x, c in enumerate(self.columns) if c.head.shown and not c.folded), 0)
        self.x, self.index = start, 0
        self.first_column = first_with(start, width, self._folds, 0)
        for at in self.run_for(width):
            column = self.columns[at]
            if column.head.shown and not column.folded:
                self._windows.read_first(column, rows)
        if self.columns:
            column = self.columns[start]
            self.index = -1 if column.folded else 0
            column.selected = self.index if column.head.shown else -1
            card = self.card
            self._item = card.id if card else None

    # -- the cursor ---------------------------------------------------------------

    @property
    def column(self) -> BoardColumn:
        """The column that the cursor is in."""
        return self.columns[self.x]

    @property
    def card(self) -> Card | None:
        """The card under the cursor."""
        return self.column.card_at(self.index) if self.index >= 0 else None

    def column_of(self, stage: int) -> int | None:
        """The place of a stage's column."""
        return next((x for x, c in enumerate(self.columns) if c.head.stage.id == stage), None)

    def step(self, dx: int, dy: int) -> None:
        """Move the cursor by columns and by items; the row on the screen is kept."""
        if dx:
            x = max(0, min(len(self.columns) - 1, self.x + dx))
            if x != self.x:
                self.select(x, self.columns[x].top + self._row)
        elif not self.column.folded:
            self.select(self.x, self.index + dy)

    def page(self, by: int) -> None:
        """Move the cursor by so many pages of its column."""
        column = self.column
        if column.folded:
            return
        rows = column.rows
        top = max(0, min(column.head.shown - rows, column.top + by * rows))
        if top != column.top and column.head.shown:
            self._ensure(column, top)
            column.set_view(top, column.selected)
        self.select(self.x, self.index + by * rows)

    def select(self, x: int, index: int, carried: bool = False) -> None:
        """Put the cursor on a place; columns and cards scroll as far as is needed.

        In a folded column the cursor is on no card, but where it came there with one
        (``carried``): so that an item can be moved on through it.
        """
        old = self.column
        self.x = max(0, min(len(self.columns) - 1, x))
        column = self.column
        if old is not column:
            old.set_view(old.top, None)
            self._show_column(self.x)
        shown = column.head.shown
        if column.folded and not carried:
            self.index = -1
            column.set_view(column.top, -1)
        else:
            self.index = max(0, min(shown - 1, index))
            top = _scrolled(column.top, self.index, column.rows, shown)
            self._ensure(column, top)
            column.set_view(top, self.index if shown else -1)
            if shown and not column.folded:
                self._row = self.index - top
        card = self.card
        self._item = card.id if card else None
        self.post_message(self.CursorMoved(card))

    def select_item(self, stage: int, index: int) -> None:
        """Put the cursor on a place of a stage's column."""
        x = self.column_of(stage)
        if x is not None:
            self.select(x, index, carried=True)

    def to_nearest(self) -> None:
        """From a column without items go to the nearest one that has some, rather to the right."""
        if self.column.head.shown:
            return
        having = [x for x, c in enumerate(self.columns) if c.head.shown and not c.folded]
        if having:
            self.select(min(having, key=lambda x: (abs(x - self.x), -x)), 0)

    # -- new data -----------------------------------------------------------------

    def set_limiting(self, stages: frozenset[int]) -> None:
        """Mark the columns of the stages that limit the flow, by their ids."""
        for column in self.columns:
            column.set_limits(column.head.stage.id in stages)

    def update(
        self,
        heads: Iterable[Column],
        dirty: set[int] | None,
        place: Place,
        follow: int | None = None,
    ) -> None:
        """Show new heads and read the windows of ``dirty`` stages anew (``None``: all).

        The cursor stays on its item, in another column too, or goes to ``follow``; where that is
        not shown, or a range of marks begins in this column, it stays where it was. Where the heads
        are of other stages than the columns, columns are replaced and all windows read anew.
        """
        heads = list(heads)
        replaced = [c.head.stage.id for c in self.columns] != [h.stage.id for h in heads]
        if replaced:
            self._replace_columns(heads)
            dirty = None
        item = follow if follow is not None else self._item
        spot = place(item) if item is not None else None
        current = self.column
        stays = spot is not None and spot[0] == current.head.stage.id
        before = self.index
        for column, head in zip(self.columns, heads, strict=True):
            column.set_head(head)
        self._show_groups(heads)
        self._say_empty()
        if stays and spot is not None and follow is None:
            current.top = max(0, current.top + spot[1] - before)
        for column in self.columns:
            if dirty is None or column.head.stage.id in dirty:
                self._reread(column)
        if spot is not None and (stays or follow is not None or not current.span):
            self.select_item(*spot)
        else:
            self.select(self.x, self.index)
        if replaced:
            self._show_columns_anew()

    def _replace_columns(self, heads: Sequence[Column]) -> None:
        """Have one column for each head, in this order; those of stages that stay are kept."""
        self._drag.cancel()  # it counts in places of the old columns
        before = self.columns
        by_stage = {column.head.stage.id: column for column in before}
        cursor = self.column
        self.columns = [by_stage.get(head.stage.id) or self._make_column(head) for head in heads]
        added = [column for column in self.columns if column not in before]
        for column in added:
            column.tall = self.size.height
            column.marked = cursor.marked
        if cursor in self.columns:
            self.x = self.columns.index(cursor)
        else:
            self.x = min(self.x, len(self.columns) - 1)
            self.index, self._item = 0, None
        if self.is_mounted:
            self.mount(*added)
            for column in before:
                if column not in self.columns:
                    column.remove()

    def _show_columns_anew(self) -> None:
        """Lay out replaced columns, the cursor's among those that are visible."""
        width = self.size.width
        self.first_column = first_with(self.x, width, self._folds, self.first_column)
        self._arrange_anew()

    def _line_above(self) -> GroupLine | None:
        line = self._groups
        return line if line.groups and line.parent is not None else None

    def _spans(self) -> list[tuple[int, int]]:
        """Stage and cells of the visible columns."""
        width = self.size.width
        seen = [self.columns[at] for at in self.run_for(width)]
        cells = widths(width, [column.folded for column in seen])
        return [(c.head.stage.id, n) for c, n in zip(seen, cells, strict=True)]

    def _show_groups(self, heads: Sequence[Column]) -> None:
        """Show the limits over several columns; the line is there only while there are some."""
        if self._groups.show(groups_in(heads)):
            if self._groups.parent is None:
                self.mount(self._groups)
            self.call_after_refresh(self._arrange_anew)

    def _reread(self, column: BoardColumn) -> None:
        is_unseen = column.size.height == 0 or (column.folded and column is not self.column)
        self._windows.reread(column, is_unseen)

    def _ensure(self, column: BoardColumn, top: int) -> None:
        """Have the cards from ``top`` and, after this key is done, a page around them."""
        if self._windows.ensure(column, top):
            self.call_after_refresh(self._read_around, column)

    def _read_around(self, column: BoardColumn) -> None:
        if column in self.columns and self._windows.ensure(column, column.top):
            self._windows.read(column, column.top)

    def _say_empty(self) -> None:
        whole = not any(c.head.wip for c in self.columns)
        for x, column in enumerate(self.columns):
            first = self.first_words if whole and x == 0 else ""
            words = empty_words(column.head.stage.category, self.filtered, first)
            if words != column.empty:
                column.empty = words
                if not column.head.shown:
                    column.refresh()

    def set_marks(
        self, marked: Container[int], touched: Container[object], span: tuple[int, range] | None
    ) -> None:
        """Show which items are marked; ``touched`` are those for which that has changed.

        ``span`` is a stage and the places in it that a range of marks covers besides.
        """
        for column in self.columns:
            column.marked = marked
            in_range = span is not None and span[0] == column.head.stage.id
            column.set_marks(touched, span[1] if in_range and span is not None else range(0))

    def set_numbers(self, on: bool) -> None:
        """Show or hide the numbers of the stages."""
        digits = 2 if len(self.columns) > 9 else 1
        for n, column in enumerate(self.columns, 1):
            column.set_number(str(n).zfill(digits) if on else "")

    # -- which columns are visible ---------------------------------------------------

    @property
    def run(self) -> tuple[int, int, int]:
        """The visible columns: from which place up to which, of how many."""
        run = self.run_for(self.size.width)
        return run.start, run.stop, len(self.columns)

    def run_for(self, width: int) -> range:
        """The places of the columns that are visible in ``width`` cells."""
        return run_of(width, self._folds, self.first_column)

    @property
    def _folds(self) -> list[bool]:
        return [column.folded for column in self.columns]

    def _show_column(self, x: int) -> None:
        if x not in self.run_for(self.size.width):
            self.first_column = first_with(x, self.size.width, self._folds, self.first_column)
            self._arrange_anew()

    def _arrange_anew(self) -> None:
        """Another run of columns, or other widths: have their cards, and lay them out."""
        run = self.run_for(self.size.width)
        for at in run:
            column = self.columns[at]
            if not column.cards and column.head.shown and not column.folded:
                rows = max(1, (self.size.height - HEAD - FOOT) // 3 + 1)
                self._windows.read_first(column, rows)
        # A widget's own request for layout is about its place in its parent: so a column asks.
        self.columns[run.start].refresh(layout=True)
        self._groups.refresh()
        self._shifted(*self.run)

    def toggle_fold(self) -> None:
        """Fold the column under the cursor to a narrow strip, or open it again."""
        column = self.column
        self._folded ^= {column.head.stage.id}
        column.set_folded(not column.folded)
        if column.folded:
            column.rest = self.index
        self.first_column = first_with(self.x, self.size.width, self._folds, self.first_column)
        self._arrange_anew()
        self.select(self.x, column.rest)

    def on_resize(self, event: events.Resize) -> None:
        for column in self.columns:
            column.tall = event.size.height
        self._show_column(self.x)
        self._shifted(*self.run)

    @on(BoardColumn.Resized)
    def _column_resized(self, message: BoardColumn.Resized) -> None:
        message.stop()
        if message.column in self.columns:
            self._fit_column(message.column)

    def _fit_column(self, column: BoardColumn) -> None:
        """Have the cards that a column of another size shows."""
        top = column.top
        if column is self.column:
            top = _scrolled(top, self.index, column.rows, column.head.shown)
        top = max(0, min(top, column.head.shown - column.rows))
        self._ensure(column, top)
        column.set_view(top, column.selected)

    @on(BoardColumn.Clicked)
    def _column_clicked(self, message: BoardColumn.Clicked) -> None:
        message.stop()
        if self._drag.swallows_click() or message.column not in self.columns:
            return
        self.focus()
        self.select(self.columns.index(message.column), message.index)
        if message.column.folded:
            self.toggle_fold()
            return
        card = self.card
        if message.twice and card is not None:
            self.post_message(self.Opened(card))

    @on(BoardColumn.Scrolled)
    def _column_scrolled(self, message: BoardColumn.Scrolled) -> None:
        message.stop()
        if message.column in self.columns:
            self._scroll_column(message.column, message.by)

    def _scroll_column(self, column: BoardColumn, by: int) -> None:
        top = max(0, min(column.head.shown - column.rows, column.top + by))
        if top != column.top and not column.folded:
            self._ensure(column, top)
            column.set_view(top, column.selected)

    # -- dragging ---------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1:
            self._drag.down(event.screen_offset)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._drag.move(event.screen_offset, event.button == 1)

    def on_mouse_up(self) -> None:
        let_go = self._drag.up()
        if let_go is not None:
            card, (x, index) = let_go
            stage = self.columns[x].head.stage
            by = index - self.index if stage.id == card.stage else 0
            if stage.id == card.stage and not by:
                return
            self.post_message(self.Dropped(card, stage, by))

    def on_mouse_release(self) -> None:
        self._drag.cancel()

    def on_key(self, event: events.Key) -> None:
        """Any key ends a drag; Esc does nothing but that."""
        if self._drag.active:
            self._drag.cancel()
            if event.key == "escape":
                event.stop()

    def dragging(self, card: Card | None, x: int | None) -> None:
        """Tell what is dragged, and over which column."""
        stage = self.columns[x].head.stage if x is not None else None
        self.post_message(self.Dragging(card, stage))


def _scrolled(top: int, index: int, rows: int, shown: int) -> int:
    """The first visible place so that ``index`` is visible, moved as little as can be."""
    if index < top:
        top = index
    elif index >= top + rows:
        top = index - rows + 1
    return max(0, min(top, shown - rows))
