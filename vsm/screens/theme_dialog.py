"""Choose a theme: what is under the cursor is shown at once, Esc brings the old one back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.screen import Screen

from vsm.screens.dialogs import PickDialog
from vsm.widgets.pick_list import PickList, Row
from vsm.widgets.styles import NAMES

if TYPE_CHECKING:
    from vsm.screens.host import Host


class ThemeDialog(PickDialog):
    """The themes by name; gives back the one that was taken."""

    def __init__(self, now: str) -> None:
        def find(text: str) -> Sequence[Row]:
            words = text.casefold().split()
            return [
                Row(name, name, means)
                for name, means in NAMES.items()
                if all(word in f"{name} {means}" for word in words)
            ]

        super().__init__(
            "Themes",
            find,
            placeholder="type part of a name",
            keys="{list_up} {list_down}: preview · {confirm}: use in this session"
            " · {cancel}: cancel",
            empty="No match",
            tall=False,
        )
        self._now = now

    def on_mount(self) -> None:
        """Begin at the theme that is in use."""
        rows = self.query_one(PickList)
        rows.cursor = next(n for n, row in enumerate(rows.rows) if row.id == self._now)
        rows.refresh()

    @on(PickList.Moved)
    def _look(self) -> None:
        row = self.query_one(PickList).row
        if row is not None:
            self.host.set_look(row.id)

    def action_cancel(self) -> None:
        """Close, with the theme that was there before."""
        self.host.set_look(self._now)
        super().action_cancel()


def choose_theme(screen: Screen[Any]) -> None:
    """Choose another theme while looking at it."""
    host = cast("Host", screen.app)

    def use(name: str | None) -> None:
        host.typeahead.release()
        if name:
            host.set_look(name)

    host.typeahead.hold()
    screen.app.push_screen(ThemeDialog(screen.app.theme), use)
