"""Keys that copy: what is under the cursor goes to the clipboard of the person's own terminal.

The terminal is asked by OSC 52, which works over SSH too; some terminals want it to be allowed
(tmux: ``set -g set-clipboard on``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from vsm.model.sanitise import inert_line

if TYPE_CHECKING:
    from vsm.model.board import Card
    from vsm.model.stream import ValueStream
    from vsm.screens.board.parts import BoardParts


def copy_key(board: BoardParts) -> None:
    """Copy the key of the item."""
    card = board.data.card
    _copy(board, inert_line(card.key) if card is not None else None)


def copy_link(board: BoardParts) -> None:
    """Copy key and title, and the link where the stream has one."""
    card = board.data.card
    _copy(board, reference(card, board.stream) if card is not None else None)


def _copy(board: BoardParts, text: str | None) -> None:
    if text is None:
        board.writer.say_no_item()
    else:
        board.screen.app.copy_to_clipboard(text)
        board.screen.say(f"copied {text}")


def reference(card: Card, stream: ValueStream) -> str:
    """An item as one pastes it elsewhere: key, title, link; one harmless line."""
    words = f"{card.key} {card.title}"
    if stream.link:
        words += f" {stream.link.replace('{key}', quote(card.key, safe=''))}"
    return inert_line(words)
