"""Dragging a card with the mouse: from where, over what, and when it is let go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from textual.geometry import Offset

from vsm.model.board import Card
from vsm.widgets.column import BoardColumn

Spot = tuple[int, int]
"""(place of a column, place in it)."""


class DragArea(Protocol):
    """The board on which cards are dragged."""

    @property
    def columns(self) -> Sequence[BoardColumn]:
        """The columns from left to right."""

    @property
    def run(self) -> tuple[int, int, int]:
        """The columns that are shown, from and to, and how many there are."""

    def select(self, x: int, y: int) -> None:
        """Put the cursor on a place."""

    def dragging(self, card: Card | None, over: int | None) -> None:
        """Note which card is dragged over which column."""

    def capture_mouse(self) -> None:
        """Get all events of the mouse."""

    def release_mouse(self) -> None:
        """Let others have the events of the mouse again."""


@dataclass
class Held:
    """A card on which the button went down; ``dragged`` once the pointer has left it."""

    card: Card
    source: Spot
    dragged: bool = False
    over: Spot | None = None
    """Where it would go; ``None`` outside of the board."""


class Drag:
    """One board's dragging. The card stays where it is until somebody else moves it."""

    def __init__(self, board: DragArea) -> None:
        self._board = board
        self._held: Held | None = None
        self._swallow = False

    @property
    def active(self) -> bool:
        """Whether a card is being dragged."""
        return self._held is not None and self._held.dragged

    def down(self, offset: Offset) -> None:
        """The button went down at a place of the screen."""
        self.cancel()
        self._swallow = False
        spot = self._spot(offset)
        if spot is None:
            return
        column = self._board.columns[spot[0]]
        card = None if column.folded else column.card_at(spot[1])
        self._held = Held(card, spot) if card is not None else None

    def move(self, offset: Offset, pressed: bool) -> None:
        """The pointer moved; without the button it was let go where nobody saw it."""
        held = self._held
        if held is None:
            return
        if not pressed:
            self.cancel()
            return
        spot = self._spot(offset)
        if not held.dragged:
            if spot == held.source:
                return
            held.dragged = True
            self._board.select(*held.source)
            self._board.capture_mouse()
        elif spot == held.over:
            return
        held.over = spot
        self._aim(held)
        self._board.dragging(held.card, spot[0] if spot else None)

    def up(self) -> tuple[Card, Spot] | None:
        """The button was let go: the card and where it is to go, if anywhere."""
        held, dragged = self._held, self.active
        self.cancel()
        if held is None or not dragged:
            return None
        self._swallow = True
        if held.over is None or held.over == held.source:
            return None
        return held.card, held.over

    def cancel(self) -> None:
        """Leave the card where it is."""
        dragged, self._held = self.active, None
        if dragged:
            self._aim(None)
            self._board.release_mouse()
            self._board.dragging(None, None)

    def swallows_click(self) -> bool:
        """Whether a click is only the end of a drag."""
        swallow, self._swallow = self._swallow, False
        return swallow

    def _aim(self, held: Held | None) -> None:
        over = held.over if held is not None else None
        for x, column in enumerate(self._board.columns):
            aim = None
            if held is not None and over is not None and over[0] == x:
                # Elsewhere an item goes to the end; only in its own column has it a place.
                aim = over[1] if x == held.source[0] else -1
            column.set_aim(aim)

    def _spot(self, offset: Offset) -> Spot | None:
        start, stop, _ = self._board.run
        for x in range(start, stop):
            column = self._board.columns[x]
            if column.region.contains_point(offset):
                return x, column.place_at(offset.y - column.region.y)
        return None
