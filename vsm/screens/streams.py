"""Choose a value stream: by the keys of the cursor, or by typing a part of its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.widgets import Input

from vsm.actions import Scope
from vsm.keymap import Keymap
from vsm.screens.dialogs import PickDialog
from vsm.widgets.pick_list import Row


class StreamDialog(PickDialog):
    """The list has the keys at first; a letter that does not step in it begins to type a name."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    SCOPE = Scope.STREAMS

    def __init__(self, find: Callable[[str], Sequence[Row]], keymap: Keymap) -> None:
        steps = (*keymap.of("cursor_down"), *keymap.of("cursor_up"))
        letters = " or ".join(key for key in steps if len(key) == 1)
        also = f"; {{type_name}} first where it begins with {letters}" if letters else ""
        super().__init__(
            "Value streams",
            find,
            placeholder=keymap.fill(f"type part of a name{also}"),
            keys="{cursor_down} {cursor_up}: choose · {confirm}: open · {cancel}: close",
        )

    action_cursor_down = PickDialog.action_list_down
    action_cursor_up = PickDialog.action_list_up

    def action_type_name(self) -> None:
        self.set_focus(self.query_one(Input))

    def typed(self, event: events.Key) -> bool:
        """Begin to type a name; the input has the keys from then on."""
        field = self.query_one(Input)
        if field.has_focus or not event.is_printable or not event.character:
            return False
        self.set_focus(field)
        field.insert_text_at_cursor(event.character)
        return True
