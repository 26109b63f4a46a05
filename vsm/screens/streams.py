"""Choose a value stream: by the keys of the cursor, or by typing a part of its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.widgets import Input

from vsm.keymap import Keymap
from vsm.screens.dialogs import PickDialog
from vsm.widgets.pick_list import PickList, Row


class StreamDialog(PickDialog):
    """The list has the keys at first; a letter that does not step in it begins to type a name."""

    AUTO_FOCUS: ClassVar[str | None] = ""

    def __init__(self, find: Callable[[str], Sequence[Row]], keymap: Keymap) -> None:
        self._steps = {key: 1 for key in keymap.of("cursor_down") if len(key) == 1}
        self._steps |= {key: -1 for key in keymap.of("cursor_up") if len(key) == 1}
        letters = " ".join(self._steps)
        also = f"; / first where it begins with {' or '.join(self._steps)}" if letters else ""
        super().__init__(
            "Value streams",
            find,
            placeholder=f"type part of a name{also}",
            keys=f"{letters}{', ' if letters else ''}Up Down: choose   Enter: open   Esc: close",
        )

    def on_key(self, event: events.Key) -> None:
        """What is not for the list goes to the input, which has the keys from then on.

        Arrows and pages are :class:`PickDialog`'s affair.
        """
        field, rows = self.query_one(Input), self.query_one(PickList)
        if field.has_focus:
            return
        if event.character in self._steps:
            event.stop()
            rows.step(self._steps[event.character])
        elif event.key == "enter":
            event.stop()
            if rows.row is not None:
                self.dismiss(rows.row.id)
        elif event.is_printable and event.character:
            event.stop()
            self.set_focus(field)
            if event.key != "slash":
                field.insert_text_at_cursor(event.character)
