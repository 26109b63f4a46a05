"""Keys that copy: what is under the cursor goes to the clipboard of the person's own terminal.

The terminal is asked by OSC 52, which works over SSH too; some terminals want it to be allowed
(tmux: ``set -g set-clipboard on``).
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from vsm.model.board import Card
from vsm.model.sanitise import inert_line
from vsm.model.stream import ValueStream
from vsm.screens.board.filtering import Filtering


class Copying(Filtering):
    """The actions that copy."""

    def action_copy_key(self) -> None:
        """Copy the key of the item."""
        self._copy(lambda card: inert_line(card.key))

    def action_copy_link(self) -> None:
        """Copy key and title, and the link where the stream has one."""
        self._copy(lambda card: reference(card, self.stream))

    def _copy(self, told: Callable[[Card], str]) -> None:
        card = self.board.card
        if card is None:
            self.nothing_here()
            return
        text = told(card)
        self.app.copy_to_clipboard(text)
        self.say(f"copied {text}")


def reference(card: Card, stream: ValueStream) -> str:
    """An item as one pastes it elsewhere: key, title, link; one harmless line."""
    words = f"{card.key} {card.title}"
    if stream.link:
        words += f" {stream.link.replace('{key}', quote(card.key, safe=''))}"
    return inert_line(words)
