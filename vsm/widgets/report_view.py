"""Lines of a report, some of which open what is behind them, drawn as one widget."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from vsm.report.terminal import Line
from vsm.text_width import clip, fit, shown, width_of
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.line_widget import Lines
from vsm.widgets.styles import Inks, Styles

WHEEL = 3
"""Lines that a turn of the wheel scrolls."""


class ReportView(Lines, can_focus=True):
    """Draws lines; keys are the screen's. The cursor goes from one thing that opens to the next."""

    DEFAULT_CSS = "ReportView { height: 1fr; width: 1fr; }"

    class Moved(Message):
        """Something else is under the cursor."""

    class Opened(Message):
        """What is under the cursor was clicked twice."""

    def __init__(self, skin: Styles, glyphs: Glyphs, waiting: str) -> None:
        super().__init__(id="findings")
        self.chosen = 0
        self.stale = False
        self.top = 0
        self._waiting = waiting
        self._skin = skin
        self._glyphs = glyphs
        self._told: Callable[[int], Sequence[Line]] | None = None
        self._laid: Sequence[Line] = ()
        self._laid_width = -1

    # -- what is shown ----------------------------------------------------------------

    def show(
        self,
        make: Callable[[int], Sequence[Line]],
        chosen: int | None = None,
        keep: bool = False,
        same: int | None = None,
    ) -> None:
        """Show the lines that ``make`` gives for a width.

        The cursor goes to what is numbered ``chosen``, else it stays where it was, or at the last
        thing where there are fewer now; ``same`` is the number that what is under it has now.
        Lines are not scrolled further than that needs with ``keep``.
        """
        stays = chosen is None and self._beyond != 0
        self._told = make
        self.stale = False
        self._laid_width = -1
        if same is not None:
            self.chosen = same
        if chosen is not None:
            self.chosen, self.top = chosen, self.top if keep else 0
        opens = self.opens
        if opens and self.chosen not in opens:
            self.chosen = opens[-1]
        if stays:  # somebody reads elsewhere
            self._scroll(0)
        else:
            self._follow()
        self.refresh()

    def show_top(self) -> None:
        """Scroll to the first line, wherever the cursor is; keys go on from there."""
        self.top = 0
        self.refresh()

    @property
    def _beyond(self) -> int:
        """Whether the cursor is above what is seen (-1), below it (1), or on it (0)."""
        mine = [n for n, line in enumerate(self.lines) if line.opens == self.chosen]
        if not mine or self.top <= mine[0] < self.top + self.size.height:
            return 0
        return -1 if mine[0] < self.top else 1

    @property
    def shown(self) -> bool:
        """Whether anything was found yet."""
        return self._told is not None

    def set_stale(self, stale: bool) -> None:
        """Dim what is shown while it is worked out anew."""
        if stale is not self.stale:
            self.stale = stale
            self.refresh()

    def set_skin(self, skin: Styles) -> None:
        """Draw with other colours."""
        self._skin = skin
        self.refresh()

    @property
    def lines(self) -> Sequence[Line]:
        """All lines at this width."""
        width = self.size.width
        if self._laid_width != width and self._told is not None and width:
            self._laid, self._laid_width = self._told(width), width
        return self._laid

    @property
    def opens(self) -> list[int]:
        """What can be opened, in order."""
        return list(dict.fromkeys(line.opens for line in self.lines if line.opens is not None))

    @property
    def under(self) -> int | None:
        """What is under the cursor."""
        return self.chosen if self.chosen in self.opens else None

    # -- moving -----------------------------------------------------------------------

    def step(self, by: int) -> None:
        """So many things on; at the first (and last) one the lines before (and after) it show."""
        opens = self.opens
        if not opens or self._beyond * by > 0:
            self._scroll(by * WHEEL if opens else by)
            return
        at = opens.index(self.chosen) if self.chosen in opens else 0
        new = min(max(0, at + by), len(opens) - 1)
        if new == at:
            self._scroll(by)
        else:
            self._choose(opens[new])

    def leaf(self, by: int) -> None:
        """A page on."""
        height = max(1, self.size.height - 1)
        last = max(0, len(self.lines) - self.size.height)
        top = min(max(0, self.top + by * height), last)
        if top == self.top:
            self.end(by > 0)
            return
        seen = [
            line.opens
            for line in self.lines[top : top + self.size.height]
            if line.opens is not None
        ]
        self.top = top
        if seen and self.chosen not in seen:
            self.chosen = seen[0] if by > 0 else seen[-1]
            self.post_message(self.Moved())
        self.refresh()

    def end(self, last: bool) -> None:
        """To the last thing, or the first."""
        opens = self.opens
        if opens:
            self._choose(opens[-1 if last else 0])
        self.top = max(0, len(self.lines) - self.size.height) if last else 0
        self.refresh()

    def _choose(self, opens: int) -> None:
        self.chosen = opens
        self._follow()
        self.refresh()
        self.post_message(self.Moved())

    def _scroll(self, by: int) -> None:
        top = min(max(0, self.top + by), max(0, len(self.lines) - self.size.height))
        if top != self.top:
            self.top = top
            self.refresh()

    def _follow(self) -> None:
        """Scroll so that what is under the cursor is on the screen, its beginning before all."""
        mine = [n for n, line in enumerate(self.lines) if line.opens == self.chosen]
        height = self.size.height
        if not mine or not height:
            self.top = max(0, min(self.top, len(self.lines) - height))
            return
        # The last line says how much follows, so nothing under the cursor stands there.
        free = height if mine[-1] == len(self.lines) - 1 else max(1, height - 1)
        if mine[-1] >= self.top + free:
            self.top = mine[-1] - free + 1
        self.top = min(self.top, mine[0])
        self.top = max(0, min(self.top, len(self.lines) - height))
        if mine[0] == self._first() and mine[-1] < free:
            self.top = 0

    def _first(self) -> int:
        return next((n for n, line in enumerate(self.lines) if line.opens is not None), 0)

    def on_resize(self) -> None:
        """Lines break elsewhere."""
        self._follow()

    def on_click(self, event: events.Click) -> None:
        """A click chooses, a second one opens."""
        at = self.top + event.y
        opens = self.lines[at].opens if at < len(self.lines) else None
        if opens is None:
            return
        again = opens == self.chosen and event.chain > 1
        self._choose(opens)
        if again:
            self.post_message(self.Opened())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self._scroll(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self._scroll(-WHEEL)

    # -- drawing ----------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line."""
        width, lines = self.size.width, self.lines
        if self._told is None:
            words = f" {self._waiting}" if y == self.size.height // 2 else ""
            return Strip([Segment(fit(words, width), self._skin.plain.faint)], width)
        at = self.top + y
        if at >= len(lines):
            return Strip.blank(width, self._skin.plain.text)
        below = len(lines) - self.top - self.size.height
        if y == self.size.height - 1 and below > 0:
            return self._last_line(lines[at], below, width)
        return self._line(lines[at], width)

    def _last_line(self, line: Line, below: int, width: int) -> Strip:
        """The last line that is seen, and how many follow: a line that has no room for that
        gives way as a whole, or the figures at its end would be hidden.
        """

        def more(count: int) -> str:
            return f" {self._glyphs.down} {count} more "

        is_chosen = line.opens is not None and line.opens == self.chosen
        used = 2 + sum(width_of(shown(text)) for text, _ in (*line.left, *line.right))
        if used > width - width_of(more(below)) and not is_chosen:
            text = more(below + 1)
            return Strip([Segment(f"{text:>{width}}", self._skin.plain.faint)], width)
        text = more(below)
        strip = self._line(line, max(0, width - width_of(text)))
        return Strip([*strip, Segment(text, self._skin.plain.faint)], width)

    def _line(self, line: Line, width: int) -> Strip:
        is_chosen = line.opens is not None and line.opens == self.chosen
        inks = self._skin.cursor if is_chosen else self._skin.edge
        bar = self._glyphs.cursor_bar if is_chosen else " "
        return self._draw(line, inks, bar, width)

    def _draw(self, line: Line, inks: Inks, bar: str, width: int) -> Strip:
        glyphs = self._glyphs
        right = [(shown(text), ink) for text, ink in line.right if text]
        end = sum(width_of(text) for text, _ in right)
        out = [Segment(bar, self._ink(inks, "accent"))]
        used = width_of(bar)
        for text, ink in line.left:
            if not text:
                continue
            words = clip(shown(text), max(0, width - end - used), glyphs.ellipsis)
            if not words:
                break
            out.append(Segment(words, self._ink(inks, ink)))
            used += width_of(words)
        out.append(Segment(" " * max(0, width - end - used), inks.text))
        out += [Segment(text, self._ink(inks, ink)) for text, ink in right]
        return Strip(out).adjust_cell_length(width, inks.text)

    def _ink(self, inks: Inks, name: str) -> Style:
        ink: Style = inks.faint if self.stale else getattr(inks, name)
        return ink
