"""A grid of cells to draw a chart on, and the paper that says with what."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from vsm.text_width import clip, graphemes, shown, width_of
from vsm.widgets.glyphs import ASCII, Glyphs
from vsm.widgets.styles import Inks


@dataclass(frozen=True, slots=True)
class Paper:
    """What charts are drawn with.

    ``chosen`` are the inks on the ground of the cursor. ``bands`` are colours for areas that touch
    each other; where there are none, areas differ by texture. ``anchor`` is the stop from which
    on a range up to the cursor is marked.
    """

    inks: Inks
    chosen: Inks
    glyphs: Glyphs
    bands: tuple[str, ...] = ()
    anchor: int | None = None

    @property
    def ascii(self) -> bool:
        """Whether only ASCII may be drawn."""
        return self.glyphs is ASCII

    @property
    def textures(self) -> tuple[str, ...]:
        """Characters for areas that touch each other, the last for what is over."""
        if self.ascii:
            return ("#", "=", "%", "+", "-", "x", "o", "*", ".")
        return ("█", "▒", "╱", "▓", "░", "╲", "┼", "▚", "·")


class Canvas:
    """So many cells to draw on; what lies outside is not drawn."""

    def __init__(self, width: int, height: int, ground: Style) -> None:
        self.width = width
        self.height = height
        self._chars = [[" "] * width for _ in range(height)]
        self._styles = [[ground] * width for _ in range(height)]

    def put(self, x: int, y: int, char: str, style: Style) -> None:
        """One cell."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self._chars[y][x] = char
            self._styles[y][x] = style

    def text(self, x: int, y: int, text: str, style: Style, room: int | None = None) -> int:
        """A line of text from ``x`` on, harmless and cut to ``room``; returns where it ends."""
        room = self.width - x if room is None else min(room, self.width - x)
        for part in graphemes(clip(shown(text), max(0, room))):
            cells = width_of(part)
            self.put(x, y, part, style)
            for more in range(1, cells):
                self.put(x + more, y, "", style)
            x += cells
        return x

    def labels(
        self, y: int, left: int, texts: Iterable[tuple[int, str]], marks: Container[int], ink: Style
    ) -> None:
        """Texts below a chart from the column ``left`` on, without those that a mark stands in."""
        for x, text in texts:
            if not any(at in marks for at in range(left + x - 1, left + x + width_of(text) + 1)):
                self.text(left + x, y, text, ink)

    def right(self, x: int, y: int, text: str, style: Style) -> None:
        """A line of text that ends before ``x``."""
        self.text(max(0, x - width_of(text)), y, text, style)

    def at(self, x: int, y: int) -> str:
        """What stands in a cell."""
        return self._chars[y][x] if 0 <= x < self.width and 0 <= y < self.height else ""

    def shade(self, x: int, first: int, last: int, style: Style) -> None:
        """Put lines ``first`` to ``last`` of a column on another ground, as the cursor does."""
        for y in range(max(0, first), min(self.height, last + 1)):
            if 0 <= x < self.width:
                self._styles[y][x] = self._styles[y][x] + style

    def strips(self) -> list[Strip]:
        """The lines, from top to bottom."""
        return [self._strip(y) for y in range(self.height)]

    def _strip(self, y: int) -> Strip:
        out: list[Segment] = []
        run, style = "", self._styles[y][0] if self.width else None
        for char, char_style in zip(self._chars[y], self._styles[y], strict=True):
            if char_style is not style and char_style != style:
                if run:
                    out.append(Segment(run, style))
                run, style = "", char_style
            run += char
        if run:
            out.append(Segment(run, style))
        return Strip(out, self.width)


def ground_of(inks: Inks) -> Style:
    """The ground of these inks alone, to lay over what is drawn already."""
    ink = inks.text
    if ink.reverse:
        return Style(reverse=True, dim=False)
    return Style(bgcolor=ink.bgcolor) if ink.bgcolor is not None else Style(reverse=True)


def is_marked(stop: int, cursor: int | None, anchor: int | None) -> bool:
    """Whether a stop is under the cursor, or in the range from the anchor to it."""
    if cursor is None:
        return False
    at = cursor if anchor is None else anchor
    return min(cursor, at) <= stop <= max(cursor, at)
