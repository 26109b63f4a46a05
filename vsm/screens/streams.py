"""Choose a value stream: by j, k and arrows, or by typing a part of its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.widgets import Input

from vsm.screens.dialogs import PickDialog
from vsm.widgets.pick import PickList, Row


class StreamDialog(PickDialog):
    """The list has the keys at first; a letter other than j and k begins to type a name."""

    AUTO_FOCUS: ClassVar[str | None] = ""

    def __init__(self, find: Callable[[str], Sequence[Row]]) -> None:
        super().__init__(
            "Value streams",
            find,
            placeholder="type part of a name; / first where it begins with j or k",
            keys="j k, Up Down: choose   Enter: open   Esc: close",
        )

    def on_key(self, event: events.Key) -> None:
        """What is not for the list goes to the input, which has the keys from then on.

        Arrows and pages are :class:`PickDialog`'s affair.
        """
        field, rows = self.query_one(Input), self.query_one(PickList)
        if field.has_focus:
            return
        if event.key in ("j", "k"):
            event.stop()
            rows.step(1 if event.key == "j" else -1)
        elif event.key == "enter":
            event.stop()
            if rows.row is not None:
                self.dismiss(rows.row.id)
        elif event.is_printable and event.character:
            event.stop()
            self.set_focus(field)
            if event.key != "slash":
                field.insert_text_at_cursor(event.character)
