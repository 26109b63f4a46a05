"""The line that says that what is shown is the past, and the line of the window of figures."""

from __future__ import annotations

from vsm.keymap import Keymap
from vsm.model.rules import local
from vsm.widgets.company import Pieces
from vsm.widgets.date_text import ago, moment
from vsm.widgets.glyphs import ASCII, Glyphs
from vsm.widgets.status_bars import Bar
from vsm.widgets.styles import Styles


class PastLine(Bar):
    """Says as of when everything is, that it cannot be edited, and how to leave."""

    def __init__(self, skin: Styles, glyphs: Glyphs, keymap: Keymap) -> None:
        super().__init__(skin, glyphs, "past")
        self._keymap = keymap
        self._told = ("", "", "")

    def show(self, at: int, zone: str, now: int, mark: str) -> None:
        """Tell of this moment; ``mark`` says what is shown as of now."""
        # By the calendar: where the clocks went forward a week is an hour shorter.
        days = (local(now, zone).date() - local(at, zone).date()).days
        since = f"{days} days ago" if 1 < days < 2 * 365 else ago(at, now)
        self._told = (moment(at, zone), since, mark)
        self.refresh()

    def parts(self, width: int) -> tuple[Pieces, Pieces]:
        """The moment always, the keys where there is room."""
        when, since, mark = self._told
        plain = self.glyphs is ASCII

        def key(action: str) -> str:
            return self._keymap.name(action, plain)

        left: Pieces = [(f" As of {when} ", "bad")]
        if mark:
            left.append((f" {mark} ", "warn"))
        left.append((" read-only " if mark and width < 96 else f" {since}: read-only ", "warn"))
        if width < 70:
            return left, [(f"{key('present')} ", "strong"), ("now ", "text")]
        keys = [
            (f"{key('earlier')} {key('later')}", "week"),
            (f"{key('day_earlier')} {key('day_later')}", "day"),
            (key("data_end"), "end of data"),
            (key("present"), "now"),
        ]
        if width < 96:
            keys = [keys[0], keys[3]]
        right: Pieces = []
        for name, word in keys:
            right += [(f"{name} ", "strong"), (f"{word}  ", "text")]
        return left, right


class WindowLine(Bar):
    """Of which days the figures are, through which filter, and what page of them is shown."""

    def __init__(self, skin: Styles, glyphs: Glyphs) -> None:
        super().__init__(skin, glyphs, "window")
        self._left: Pieces = []
        self._right = ""

    def show(self, name: str, days: str, filter: str, right: str) -> None:
        """Tell of this window."""
        self._left = [(f" {name} ", "strong"), (f" {days} ", "text")]
        if filter:
            self._left.append((f" {self.glyphs.separator} filter: {filter} ", "accent"))
        self._right = right
        self.redraw(0)

    def parts(self, width: int) -> tuple[Pieces, Pieces]:
        """Window and filter on the left, the rest on the right."""
        return self._left, [(f"{self._right} ", "faint")] if self._right else []
