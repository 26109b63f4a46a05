"""The windows of cards that columns hold, filled ahead of the cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vsm.model.board import Card
from vsm.widgets.column import BoardColumn

Fetch = Callable[[int, int, int], Sequence[Card]]
"""(stage id, offset, limit) → cards in board order."""
Place = Callable[[int], tuple[int, int] | None]
"""Item id → (stage id, index in that column), ``None`` where it is not shown."""


class CardWindows:
    """Reads cards for columns through ``fetch``, a page or two more than they show."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    def read_first(self, column: BoardColumn, rows: int) -> None:
        """Read the first cards of a column, before its size is known."""
        column.set_window(0, self._fetch(column.head.stage.id, 0, rows * 2))

    def read(self, column: BoardColumn, top: int) -> None:
        """Read the cards from ``top`` and those around them."""
        rows = column.rows
        first = max(0, top - 2 * rows)
        limit = top + 3 * rows - first
        column.set_window(first, self._fetch(column.head.stage.id, first, limit))

    def reread(self, column: BoardColumn, is_unseen: bool) -> None:
        """Read the cards of a column anew; none where nobody sees it."""
        rows, shown = column.rows, column.head.shown
        top = max(0, min(column.top, shown - rows))
        moved = top != column.top
        column.top = top
        if shown == 0 or is_unseen:
            column.set_window(0, ())
        else:
            self.read(column, top)
        if moved:
            column.refresh()

    def ensure(self, column: BoardColumn, top: int) -> bool:
        """Have the cards from ``top``; whether a page around them is still to be read."""
        rows = column.rows
        if not column.holds(top, top + rows):
            self.read(column, top)
            return False
        return not column.holds(top - rows, top + 2 * rows)
