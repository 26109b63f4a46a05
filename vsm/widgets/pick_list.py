"""A list to choose one row from, drawn with the line API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vsm.text_width import clip, fit, width_of
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.styles import Styles


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it stands for, a name, a text that gives way, a text at the right edge.

    A row without ``id`` cannot be taken: with a text it tells something, without one it is a
    heading, over which the cursor goes.
    """

    id: str
    name: str
    text: str = ""
    right: str = ""
    faint: bool = False
    """Drawn dimmed: it is no longer in use."""

    @property
    def heading(self) -> bool:
        """Whether it only stands above others."""
        return not self.id and not self.text


class PickList(Widget, can_focus=False):
    """Rows with a cursor; whoever holds the focus moves it with :meth:`step`.

    A cursor of -1 is on no row yet.
    """

    DEFAULT_CSS = "PickList { height: 1fr; width: 1fr; }"
    ALLOW_SELECT = False

    @dataclass
    class Picked(Message):
        """A row was clicked."""

        row: Row

    class Moved(Message):
        """The cursor is on another row, or other rows are shown."""

    def __init__(self, skin: Styles, glyphs: Glyphs, empty: str = "No match") -> None:
        super().__init__()
        self.rows: Sequence[Row] = ()
        self.cursor = 0
        self.top = 0
        self._skin = skin
        self._glyphs = glyphs
        self._empty = empty
        self._measured: tuple[Sequence[Row], int] = ((), 0)

    def set_skin(self, skin: Styles) -> None:
        """Draw with other colours."""
        self._skin = skin
        self.refresh()

    def set_empty(self, text: str) -> None:
        """Say this where there is no row."""
        self._empty = text
        self.refresh()

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        row = self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None
        return row if row is not None and row.id else None

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows, with the cursor on the first that can be chosen."""
        self.rows = rows
        self.top = 0
        self.cursor = self._first
        self.refresh()
        self.post_message(self.Moved())

    @property
    def _first(self) -> int:
        return next((n for n, row in enumerate(self.rows) if not row.heading), 0)

    def lengthen(self, shortest: int, most: int) -> None:
        """Be as high as it is long, within these limits; a list that grew stays as it is."""
        self.styles.height = max(shortest, len(self.rows), self.size.height)
        self.styles.max_height = max(3, most)

    def step(self, by: int) -> None:
        """Move the cursor by so many rows, headings not counted."""
        at = self.cursor
        left = abs(by)
        while left:
            at += 1 if by > 0 else -1
            if not 0 <= at < len(self.rows):
                break
            if not self.rows[at].heading:
                self.cursor = at
                left -= 1
        height = max(1, self.size.height)
        lowest = max(0, len(self.rows) - height)
        self.top = max(0, min(self.top, self.cursor, lowest), self.cursor - height + 1)
        if self.cursor == self._first:
            self.top = 0
        self.refresh()
        self.post_message(self.Moved())

    def leaf(self, pages: int) -> None:
        """Move the cursor by so many pages."""
        self.step(pages * max(1, self.size.height - 1))

    def render_line(self, y: int) -> Strip:
        """One row."""
        width = self.size.width
        at = self.top + y
        plain = self._skin.panel
        if not self.rows and y == 0:
            return Strip(
                [Segment(fit(f" {self._empty}", width, self._glyphs.ellipsis), plain.faint)], width
            )
        if at >= len(self.rows):
            return Strip.blank(width, plain.text)
        row = self.rows[at]
        if row.heading:
            more = f"{self._beyond(y)} "
            text = fit(f" {row.name}", max(0, width - width_of(more)), self._glyphs.ellipsis)
            return Strip([Segment(text, plain.accent), Segment(more, plain.faint)], width)
        inks = self._skin.cursor if at == self.cursor else plain
        beside = "  ".join(text for text in (row.right, self._beyond(y)) if text)
        right = clip(beside, width // 2, self._glyphs.ellipsis)
        room = max(0, width - width_of(right) - 3)
        name = clip(row.name, room, self._glyphs.ellipsis)
        if row.text:  # below the texts of other rows, whatever stands at the right of this one
            usual = width - min(width_of(row.right), width // 2) - 3
            name += " " * (min(self._names(), usual // 2) - width_of(name))
        text = clip(f"  {row.text}", max(0, room - width_of(name)), self._glyphs.ellipsis)
        space = " " * max(0, room - width_of(name) - width_of(text) + 1)
        dim = row.faint and inks is plain
        return Strip(
            [
                Segment(f" {name}", inks.faint if dim else inks.strong),
                Segment(text, inks.faint if dim else inks.text),
                Segment(space, inks.text),
                Segment(f"{right} ", inks.faint),
            ]
        ).adjust_cell_length(width, inks.text)

    def _beyond(self, y: int) -> str:
        """At the first and the last line: how many rows follow beyond it."""
        height = self.size.height
        if height > 1 and y == height - 1 and len(self.rows) > self.top + height:
            return f"{self._glyphs.down} {len(self.rows) - self.top - height} more"
        return f"{self._glyphs.up} {self.top}" if y == 0 and self.top and height > 1 else ""

    def _names(self) -> int:
        """Cells of the widest name that a text follows: texts stand one below the other."""
        if self._measured[0] is not self.rows:
            wide = max((width_of(row.name) for row in self.rows if row.text), default=0)
            self._measured = (self.rows, wide)
        return self._measured[1]

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        at = self.top + event.y
        if at < len(self.rows) and not self.rows[at].heading:
            self.cursor = at
            self.refresh()
            self.post_message(self.Picked(self.rows[at]) if self.rows[at].id else self.Moved())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self.step(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self.step(-1)
