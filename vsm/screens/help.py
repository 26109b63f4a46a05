"""The help screen: every key and symbol, from their registries, filtered while typing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from vsm.actions import Action, Group, Scope, Situation
from vsm.keymap import Keymap
from vsm.screens.dialogs import PickDialog
from vsm.screens.running import can_run, choose
from vsm.screens.situation import situation
from vsm.widgets.glyphs import glyphs
from vsm.widgets.legend import legend
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from vsm.screens.host import Host

SYMBOLS = "Symbols on cards and lines"
NOT_NOW = "Not here and now"
_PALETTE = "palette"
"""Stands where an action has no key: the palette runs it, and so does Enter here."""


def help_rows(
    text: str,
    keymap: Keymap,
    ascii_only: bool,
    situation: Situation | None = None,
    runs: Callable[[Action], bool] = lambda action: True,
) -> list[Row]:
    """The rows of help that match ``text``: what works ``here``, then the rest, then symbols.

    Without ``here`` everything counts as working. Rows of actions that ``runs`` says no to, or
    that do not work here, cannot be chosen.
    """
    rows: list[Row] = []
    actions = keymap.matching(text)
    keys = {action.id: keymap.text(action.id, ascii_only) or _PALETTE for action in actions}
    symbols = legend(glyphs(ascii_only), keymap, text)
    wide = max(9, *map(len, keys.values())) if keys else 9

    def add(heading: str, listed: Sequence[Action], works: bool) -> None:
        if listed:
            rows.append(Row("", heading))
            for action in listed:
                name = f"{keys[action.id]:<{wide}} {action.label}"
                can = works and runs(action)
                rows.append(Row(action.id if can else "", name, action.help, faint=not works))

    works = [action for action in actions if situation is None or action.is_available(situation)]
    rest = [action for action in actions if action not in works]
    for group in Group:
        add(group, [action for action in works if action.group is group], True)
    scopes = situation.scopes if situation is not None else ()
    add(NOT_NOW, [a for a in rest if not a.scopes.isdisjoint(scopes)], False)
    for scope in Scope:
        elsewhere = [a for a in rest if a.scope is scope and a.scopes.isdisjoint(scopes)]
        add(scope, elsewhere, False)
    if symbols:
        rows.append(Row("", SYMBOLS))
        rows += [Row("", f"{mark:<{wide}} {words}", means) for mark, words, means in symbols]
    return rows


class WholeTextDialog(PickDialog):
    """A list whose texts are longer than a line: the one under the cursor stands below whole."""

    AROUND = PickDialog.AROUND + 4
    is_help = False

    async def on_mount(self) -> None:
        await self.query_one("#box").mount(Static(id="whole"), after=self.query_one(PickList))
        self.show_text()

    @on(PickList.Moved)
    def show_text(self) -> None:
        """Show the whole text of the row under the cursor."""
        rows = self.query_one(PickList)
        row = rows.rows[rows.cursor] if rows.rows else None
        for whole in self.query("#whole").results(Static):
            whole.update(Content(row.text if row else ""))


def open_help(screen: Screen[Any]) -> None:
    """Open help: the keys of where one is first; run the chosen action."""
    if getattr(screen, "is_help", False):
        return
    host, current = cast("Host", screen.app), situation(screen)
    runs = partial(can_run, screen)

    def find(text: str) -> Sequence[Row]:
        return help_rows(text, host.keymap, host.ascii_only, current, runs)

    dialog = WholeTextDialog(
        "Keys and symbols",
        find,
        placeholder="type a word, a key or a symbol",
        keys="{list_up} {list_down}: browse · {confirm}: run · {cancel}: close",
        empty="No match",
    )
    dialog.is_help = True
    host.typeahead.hold()
    screen.app.push_screen(dialog, partial(choose, screen))
