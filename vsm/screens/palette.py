"""The palette: finds an action by a few letters of its name and runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen

from vsm.actions import ACTIONS, Action
from vsm.screens.dialogs import PickDialog
from vsm.screens.running import can_run, choose
from vsm.screens.situation import situation
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.screens.host import Host


def ranked(text: str, actions: Sequence[Action]) -> list[Action]:
    """The actions that fit ``text``, best first.

    A label that begins like it, then labels with all its words, then texts of help with them,
    then labels that hold its letters in this order (``mvright`` finds *Move the item right*).
    """
    typed = text.casefold().strip()
    words = typed.split()

    def rank(action: Action) -> int | None:
        label = action.label.casefold()
        if label.startswith(typed):
            return 0
        if all(word in label for word in words):
            return 1
        if all(word in f"{label} {action.help.casefold()}" for word in words):
            return 2
        letters = iter(label)
        return 3 if all(c in letters for c in typed if c != " ") else None

    ranks = {action.id: rank(action) for action in actions}
    fitting = [action for action in actions if ranks[action.id] is not None]
    return sorted(fitting, key=lambda action: ranks[action.id] or 0)


def open_palette(screen: Screen[Any]) -> None:
    """Open the palette over the actions that work here and now; run the chosen one."""
    host = cast("Host", screen.app)
    keymap, ascii_only, current = host.keymap, host.ascii_only, situation(screen)
    hides = not host.colleagues.is_on
    offered = [
        replace(action, label=action.back) if action.back and hides else action
        for action in ACTIONS
        if action.palette and action.is_available(current) and can_run(screen, action)
    ]

    def find(text: str) -> Sequence[Row]:
        return [
            Row(action.id, action.label, action.help, keymap.text(action.id, ascii_only))
            for action in ranked(text, offered)
        ]

    palette = PickDialog(
        "Palette",
        find,
        placeholder="an action; a few letters are enough",
        keys="{list_up} {list_down}: choose · {confirm}: run · {cancel}: close",
        empty="No match",
    )
    host.typeahead.hold()
    screen.app.push_screen(palette, partial(choose, screen))
