"""Messages of the board: what the cursor and the mouse did."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from vsm.model.board import Card
from vsm.model.stream import Stage


@dataclass
class CursorMoved(Message):
    """The cursor is on another card, or on none."""

    card: Card | None


@dataclass
class Opened(Message):
    """A card was opened with a double click."""

    card: Card


@dataclass
class Dragging(Message):
    """A card is dragged over a stage, over none, or (without a card) no longer."""

    card: Card | None
    stage: Stage | None


@dataclass
class Dropped(Message):
    """A card was let go over a stage, at a place of its column."""

    card: Card
    stage: Stage
    by: int
    """Places down (or up) in its own column."""
