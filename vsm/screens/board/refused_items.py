"""Lists what was left out of a change of many items, each with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from vsm.model.sanitise import inert
from vsm.screens.dialogs import TextDialog
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from vsm.model.board import ItemSummary
    from vsm.model.errors import Refusal


class RefusedDialog(TextDialog[bool]):
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
            yield self.keys("{cursor_down} {cursor_up}: browse · {confirm}: close")

    def on_mount(self) -> None:
        self.show_text()

    def scroll_text(self, lines: int) -> None:
        """Go so many rows on."""
        self.query_one(PickList).step(lines)

    @property
    def page(self) -> int:
        """Rows of a page."""
        return max(1, self.query_one(PickList).size.height - 1)

    @on(PickList.Moved)
    def show_text(self) -> None:
        """Show all about the row under the cursor."""
        brief, refusal = self._refused[self.query_one(PickList).cursor]
        whole = f"{brief.key} {brief.title}\n{refusal.message.rstrip('.')}.\n{refusal.remedy}"
        self.query_one("#whole", Static).update(Content(inert(whole)))
