"""The base of widgets that draw each line themselves, edge to edge."""

from __future__ import annotations

from typing import Self

from rich.cells import cell_len
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget


class Lines(Widget, can_focus=False):
    """A widget without border, padding or text to select: its lines are painted as drawn.

    Textual's own way looks for all of these on every line, which costs more than drawing it.
    A line is drawn anew when :meth:`refresh` names it or the size changes.
    """

    ALLOW_SELECT = False

    def __init__(self, id: str | None = None) -> None:
        self._lines: dict[int, Strip] = {}
        self._lines_size = Size(0, 0)
        super().__init__(id=id)

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Draw these regions anew, or without any the whole widget."""
        if not regions:
            self._lines.clear()
        for region in regions:
            for y in region.line_range:
                self._lines.pop(y, None)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def redraw(self, y: int) -> None:
        """Repaint of line ``y`` just the stretch that differs from what is shown."""
        size, shown = self.size, self._lines.get(y)
        if shown is None or size != self._lines_size:
            self.refresh(Region(0, y, size.width, 1))
            return
        self.begin(size)
        old, new = _cells_of(shown), _cells_of(self.render_line(y))
        differ = [x for x, (was, now) in enumerate(zip(old, new, strict=False)) if was != now]
        if len(old) != len(new) or len(old) != size.width:
            self.refresh(Region(0, y, size.width, 1))
        elif differ:
            self.refresh(Region(differ[0], y, differ[-1] + 1 - differ[0], 1))

    def begin(self, size: Size) -> None:
        """Lines of a widget of this size are about to be drawn."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of ``crop``, through the app's filters."""
        size, lines = self.size, self._lines
        if size != self._lines_size:
            self._lines_size = size
            lines.clear()
        missing = [y for y in crop.line_range if y not in lines]
        if missing:
            self.begin(size)
            filters = [f for f in self.app.get_line_filters() if f.enabled]
            ground = self.background_colors[1]
            for y in missing:
                strip = self.render_line(y)
                for line_filter in filters:
                    strip = strip.apply_filter(line_filter, ground)
                lines[y] = strip
        first, last = crop.column_span
        if (first, last) == (0, size.width):
            return [lines[y] for y in crop.line_range]
        return [lines[y].crop(first, last) for y in crop.line_range]


def _cells_of(line: Strip) -> list[tuple[str, Style | None]]:
    """Text and style of each cell; nothing for a line with wide characters."""
    if any(cell_len(segment.text) != len(segment.text) for segment in line):
        return []
    return [(char, segment.style) for segment in line for char in segment.text]
