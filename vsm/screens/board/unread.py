"""The item under the cursor that others changed a moment ago, before anybody could read it.

A key that is pressed in that moment is for what stood there: it carries the version that was seen,
so that the conflict is asked about like any other.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from vsm.model.board import Card
    from vsm.widgets.board import Board

READING_TIME = 0.5
"""Seconds within which nobody has read what changed."""


class Place(NamedTuple):
    """Where the cursor of a board is: column and row, and the card that is there."""

    column: int
    row: int
    card: Card | None

    @classmethod
    def of(cls, board: Board) -> Place:
        """Where the cursor is now."""
        return cls(board.x, board.index, board.card)


class Unread:
    """Remembers the card that the cursor was on when others changed it."""

    def __init__(self) -> None:
        self._before: Place | None = None
        self._until = 0.0

    def note(self, before: Place) -> None:
        """Others have just changed the card of this place."""
        self._before, self._until = before, time.monotonic() + READING_TIME

    def card(self, board: Board) -> Card | None:
        """The card that a key is for: as it was seen, until there was time to read it anew.

        Whoever moves the cursor meanwhile sees what they move it to.
        """
        now, before = Place.of(board), self._before
        if before is None or before.card is None or time.monotonic() >= self._until:
            return now.card
        last = max(0, board.column.head.shown - 1)
        stayed = (now.column, now.row) == (before.column, min(before.row, last))
        went_along = now.card is not None and now.card.id == before.card.id
        return before.card if stayed or went_along else now.card
