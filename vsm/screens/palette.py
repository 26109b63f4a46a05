"""The palette: what can be done, found by a few letters, from the registry of actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vsm.actions import ACTIONS, Action
from vsm.keymap import Keymap
from vsm.screens.dialogs import PickDialog
from vsm.widgets.pick_list import Row


def ranked(text: str, actions: Sequence[Action]) -> list[Action]:
    """The actions that fit ``text``, best first.

    A label that begins like it, then labels with all its words, then texts of help with them,
    then labels that hold its letters in this order (``mvright`` finds *Move the item right*).
    """
    wanted = text.casefold().strip()
    words = wanted.split()

    def rank(action: Action) -> int | None:
        label = action.label.casefold()
        if label.startswith(wanted):
            return 0
        if all(word in label for word in words):
            return 1
        if all(word in f"{label} {action.help.casefold()}" for word in words):
            return 2
        letters = iter(label)
        return 3 if all(c in letters for c in wanted if c != " ") else None

    ranks = {action.id: rank(action) for action in actions}
    fitting = [action for action in actions if ranks[action.id] is not None]
    return sorted(fitting, key=lambda action: ranks[action.id] or 0)


def palette_screen(
    keymap: Keymap, ascii_only: bool, possible: Callable[[Action], bool]
) -> PickDialog:
    """The palette over the actions that are ``possible`` now; gives back the id of one."""
    offered = [action for action in ACTIONS if action.palette and possible(action)]

    def find(text: str) -> Sequence[Row]:
        return [
            Row(action.id, action.label, action.help, keymap.text(action.id, ascii_only))
            for action in ranked(text, offered)
        ]

    return PickDialog(
        "Palette",
        find,
        placeholder="what is to be done? A few letters are enough",
        keys="Up Down: choose   Enter: do it   Esc: close",
        empty="nothing is called that",
    )
