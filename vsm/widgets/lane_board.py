"""The board in lanes: bands across all columns, which scroll together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vsm.model.board import Column
from vsm.model.lanes import Lane
from vsm.widgets.board import Board
from vsm.widgets.card_windows import Place
from vsm.widgets.column import BoardColumn
from vsm.widgets.lane_column import LaneColumn
from vsm.widgets.lane_layout import LaneLayout


class LaneBoard(Board):
    """All columns in lanes. A column's cards are one sequence, lane after lane."""

    def __init__(self, lanes: LaneLayout, *args: Any) -> None:
        self.lanes = lanes
        super().__init__(*args)
        self._line = 0
        """The line of the card under the cursor, kept while columns without cards are passed."""

    def _make_column(self, head: Column) -> BoardColumn:
        column = LaneColumn(self.lanes, head, self._skin, self._glyphs, self._compact)
        column.folded = head.stage.id in self._folded
        return column

    def prepare(self, width: int, height: int) -> None:
        super().prepare(width, height)
        lanes = self.lanes
        lanes.set_card(self.column.shape.height)
        lanes.set_hidden(self._folded_stages)
        seen = [self.columns[at] for at in self.run_for(width)]
        self._name_lanes(seen)
        full = [c for c in seen if c.head.shown and not c.folded]
        if full:
            first = min(full, key=lambda c: lanes.line_of(c.head.stage.id, 0))
            self.column.selected = None
            self.x, self.index = self.columns.index(first), 0
            first.selected = 0
            card = self.card
            self._item = card.id if card else None
            self._line = lanes.line_of(first.head.stage.id, 0)

    def _name_lanes(self, seen: Iterable[BoardColumn]) -> None:
        """Have the first visible column that is open write the names of lanes."""
        named = next((column for column in seen if not column.folded), None)
        for column in self.columns:
            if isinstance(column, LaneColumn) and column.names_lanes != (column is named):
                column.names_lanes = column is named
                column.refresh()

    # -- the cursor ---------------------------------------------------------------

    @property
    def lane(self) -> Lane | None:
        """The lane that the cursor is in."""
        if not self.lanes.lanes:
            return None
        return self.lanes.lanes[self.lanes.lane_at(self._line)]

    def step(self, dx: int, dy: int) -> None:
        if not dx:
            super().step(dx, dy)
            return
        x = max(0, min(len(self.columns) - 1, self.x + dx))
        if x != self.x:
            self.select(x, self.lanes.nearest(self.columns[x].head.stage.id, self._line))

    def page(self, by: int) -> None:
        column = self.column
        if column.folded or not column.head.shown or not isinstance(column, LaneColumn):
            return
        step = max(self.lanes.card, column.view - self.lanes.card)
        stage = column.head.stage.id
        self.select(self.x, self.lanes.nearest(stage, max(0, self._line + by * step)))

    def step_lane(self, by: int) -> None:
        """Go to the first card of the next lane that has any, in this column or the nearest one."""
        lanes, current = self.lanes, self.lanes.lane_at(self._line)
        end = len(lanes.lanes) if by > 0 else -1
        for lane in range(current + by, end, by):
            having = [
                x
                for x, column in enumerate(self.columns)
                if not column.folded and lanes.count(lane, column.head.stage.id)
            ]
            if having:
                x = min(having, key=lambda x: (abs(x - self.x), -x))
                stage = self.columns[x].head.stage.id
                self.select(x, lanes.nearest(stage, lanes.heads[lane] + 1))
                return

    def select(self, x: int, index: int, carried: bool = False) -> None:
        old = self.column
        self.x = max(0, min(len(self.columns) - 1, x))
        column = self.column
        if old is not column:
            old.set_view(old.top, None)
            self._show_column(self.x)
        shown, stage = column.head.shown, column.head.stage.id
        if (column.folded and not carried) or not shown:
            self.index = -1 if column.folded else 0
            column.set_view(column.top, -1)
        else:
            self.index = max(0, min(shown - 1, index))
            self._line = self.lanes.line_of(stage, self.index)
            self._scroll(self.lanes.reach(self._line, self._view))
            column.top = self.lanes.first_from(stage, self.lanes.top)
            self._ensure(column, column.top)
            column.set_view(column.top, self.index)
        card = self.card
        self._item = card.id if card else None
        self.post_message(self.CursorMoved(card))

    @property
    def _view(self) -> int:
        column = self.column
        return column.view if isinstance(column, LaneColumn) else 1

    def _scroll(self, top: int, anew: bool = False) -> None:
        """Show the lanes from a line on, in all columns."""
        if top == self.lanes.top and not anew:
            return
        self.lanes.top = top
        for at in self.run_for(self.size.width):
            column = self.columns[at]
            if isinstance(column, LaneColumn) and not column.folded:
                column.top = self.lanes.first_from(column.head.stage.id, top)
                if column.head.shown:
                    self._ensure(column, column.top)
                column.refresh_body()

    # -- new data and sizes -----------------------------------------------------------

    @property
    def _folded_stages(self) -> frozenset[int]:
        return frozenset(column.head.stage.id for column in self.columns if column.folded)

    def update(
        self,
        heads: Iterable[Column],
        dirty: set[int] | None,
        place: Place,
        follow: int | None = None,
    ) -> None:
        heads = [h._replace(shown=self.lanes.shown(h.stage.id)) for h in heads]
        self.lanes.top = self.lanes.fitting(self.lanes.top, self._view)
        super().update(heads, None, place, follow)
        self._scroll(self.lanes.top, anew=True)

    def _arrange_anew(self) -> None:
        self.lanes.set_hidden(self._folded_stages)
        super()._arrange_anew()
        self._name_lanes(self.columns[at] for at in self.run_for(self.size.width))
        self._scroll(self.lanes.top, anew=True)

    def _fit_column(self, column: BoardColumn) -> None:
        self.lanes.set_card(column.shape.height)
        if column is self.column and column.head.shown:
            self._line = self.lanes.line_of(column.head.stage.id, max(0, self.index))
            self._scroll(self.lanes.reach(self._line, self._view), anew=True)
        column.top = self.lanes.first_from(column.head.stage.id, self.lanes.top)
        if column.head.shown:
            self._ensure(column, column.top)
        column.refresh()

    def _scroll_column(self, column: BoardColumn, by: int) -> None:
        top = self.lanes.top + by * self.lanes.card
        self._scroll(self.lanes.fitting(top, self._view))
