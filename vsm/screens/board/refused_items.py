"""What was left out of a change of many items: each with why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from vsm.model.sanitise import inert
from vsm.screens.dialogs import Dialog, line
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from vsm.model.board import ItemSummary
    from vsm.model.errors import Refusal


class RefusedDialog(Dialog[bool]):
    """One row an item; the one under the cursor stands below with all that there is to say."""

    def __init__(self, title: str, refused: Sequence[tuple[ItemSummary, Refusal]]) -> None:
        super().__init__(title)
        self._refused = refused

    def compose(self) -> ComposeResult:
        """Rows, the whole text of one, keys."""
        with self.box("-wide"):
            rows = PickList(self.host.skin, self.host.glyphs)
            rows.rows = [Row(b.key, f"{b.key} {b.title}", no.message) for b, no in self._refused]
            rows.styles.height = min(len(rows.rows), max(3, self.app.size.height - 12))
            yield rows
            yield Static(id="whole")
            yield line("Up Down: look through   Enter or Esc: close", "quiet")

    def on_mount(self) -> None:
        """Tell of the first."""
        self.tell()

    def on_key(self, event: events.Key) -> None:
        """Up and down look through, Enter closes."""
        rows = self.query_one(PickList)
        page = max(1, rows.size.height - 1)
        moves = {"up": -1, "down": 1, "k": -1, "j": 1, "pageup": -page, "pagedown": page}
        if event.key in moves:
            event.stop()
            rows.step(moves[event.key])
        elif event.key == "enter":
            event.stop()
            self.dismiss(None)

    @on(PickList.Moved)
    def tell(self) -> None:
        """Show all about the row under the cursor."""
        brief, no = self._refused[self.query_one(PickList).cursor]
        whole = f"{brief.key} {brief.title}\n{no.message.rstrip('.')}.\n{no.remedy}"
        self.query_one("#whole", Static).update(Content(inert(whole)))
