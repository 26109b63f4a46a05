"""Says where a board is left: stream, filter, item and screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.screen import Screen

from vsm.config import SCREENS
from vsm.last_place import Place
from vsm.screens.board.screen import BoardScreen
from vsm.screens.vsm_screen import VsmScreen


def place_of(screens: Sequence[Screen[Any]]) -> Place | None:
    """The place that these screens show, the board below them; ``None`` without a board."""
    board = next((screen for screen in reversed(screens) if isinstance(screen, BoardScreen)), None)
    if board is None:
        return None
    top = next(screen for screen in reversed(screens) if isinstance(screen, VsmScreen))
    action = getattr(top, "ACTION", "")
    card = board.board.card
    return Place(
        board.stream.id,
        top.query_text.strip(),
        card.id if card is not None else None,
        action if action in SCREENS.values() else "",
    )
