"""The help screen: every key and symbol, from their registries, filtered while typing."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.content import Content
from textual.widgets import Static

from vsm.actions import ACTIONS, Group
from vsm.keymap import Keymap
from vsm.screens.dialogs import PickDialog
from vsm.widgets.glyphs import glyphs
from vsm.widgets.legend import legend
from vsm.widgets.pick_list import PickList, Row

SYMBOLS = "Symbols on cards and lines"
_PALETTE = "palette"
"""Stands where an action has no key: the palette does it, and so does Enter here."""


def help_rows(text: str, keymap: Keymap, ascii_only: bool) -> list[Row]:
    """The rows of help that fit ``text``, under the headings of their groups."""
    rows: list[Row] = []
    keys = {a.id: keymap.text(a.id, ascii_only) or _PALETTE for a in ACTIONS}
    wide = max(9, *map(len, keys.values()))
    found = keymap.matching(text)
    symbols = legend(glyphs(ascii_only), keymap, text)
    for group in Group:
        actions = [a for a in found if a.group is group]
        if actions:
            rows.append(Row("", str(group)))
            rows += [Row(a.id, f"{keys[a.id]:<{wide}} {a.label}", a.help) for a in actions]
    if symbols:
        rows.append(Row("", SYMBOLS))
        rows += [Row("", f"{mark:<{wide}} {words}", means) for mark, words, means in symbols]
    return rows


class HelpDialog(PickDialog):
    """A list whose texts are longer than a line: the one under the cursor stands below whole."""

    async def on_mount(self) -> None:
        """Make room for the text."""
        await self.query_one("#box").mount(Static(id="whole"), after=self.query_one(PickList))
        self.tell()

    @on(PickList.Moved)
    def tell(self) -> None:
        """Show the whole text of the row under the cursor."""
        rows = self.query_one(PickList)
        row = rows.rows[rows.cursor] if rows.rows else None
        for whole in self.query("#whole").results(Static):
            whole.update(Content(row.text if row else ""))


def help_screen(keymap: Keymap, ascii_only: bool) -> HelpDialog:
    """The help as a list to search; Enter does the chosen action."""

    def find(text: str) -> Sequence[Row]:
        return help_rows(text, keymap, ascii_only)

    return HelpDialog(
        "Keys and symbols",
        find,
        placeholder="type a word, a key or a symbol",
        keys="Up Down: look through   Enter: do it   Esc: close",
        empty="no key or symbol is about that",
    )
