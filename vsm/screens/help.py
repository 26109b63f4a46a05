"""The help screen: every key from the registry of actions, filtered while typing."""

from __future__ import annotations

from collections.abc import Sequence

from vsm.actions import Group, keys_text, matching
from vsm.screens.dialogs import PickDialog
from vsm.widgets.pick import Row


def help_rows(text: str, ascii_only: bool) -> list[Row]:
    """The rows of help that fit ``text``, under the headings of their groups."""
    rows: list[Row] = []
    found = matching(text)
    for group in Group:
        actions = [a for a in found if a.group is group and a.keys]
        if actions:
            rows.append(Row("", str(group)))
            rows += [
                Row(a.id, f"{keys_text(a, ascii_only):<9} {a.label}", a.help, "") for a in actions
            ]
    return rows


def help_screen(ascii_only: bool) -> PickDialog:
    """The help as a list to search; Enter does the chosen action."""

    def find(text: str) -> Sequence[Row]:
        return help_rows(text, ascii_only)

    return PickDialog(
        "Keys",
        find,
        placeholder="type a word or a key",
        keys="Up Down: look through   Enter: do it   Esc: close",
        empty="no key does that",
    )
