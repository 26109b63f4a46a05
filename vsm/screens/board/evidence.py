"""Shows the evidence of the item under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vsm.screens.board.parts import BoardParts


def show_evidence(board: BoardParts) -> None:
    """Show what is on record about the item under the cursor."""
    card = board.data.card
    if card is None:
        board.writer.say_no_item()
    else:
        board.screen.show_evidence(card.id)
