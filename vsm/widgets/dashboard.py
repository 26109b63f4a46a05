"""Several figures side by side, or one of them alone: drawn as one widget, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from vsm.report.charts import Chart, Stop
from vsm.text_width import clip, fit, width_of, wrap
from vsm.widgets.charts.canvas import Paper
from vsm.widgets.charts.chart import strips
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.line_widget import Lines
from vsm.widgets.styles import Inks, Styles

LOW, NARROW = 9, 36
"""Lines and cells that a figure needs beside others."""
READING = 2
"""Lines that tell what the cursor is on, where a figure is alone: more where a text is longer."""
AT_ONCE = 10
"""Places that a page of the cursor goes."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A figure by its place in the list, and where it is drawn."""

    chart: int
    region: Region


def rows_of(count: int, columns: int) -> list[list[int]]:
    """Figures in rows: two in the first, which want room, then as many as fit."""
    rows, at = [], 0
    while at < count:
        take = min(columns, 2) if at == 0 and columns > 1 else columns
        rows.append(list(range(at, min(count, at + take))))
        at += take
    return rows


def layout(count: int, size: Size) -> list[list[Panel]]:
    """The pages of a dashboard, each with its panels."""
    columns = max(1, min(3, size.width // NARROW))
    rows = rows_of(count, columns)
    per_page = max(1, min(len(rows), size.height // LOW))
    pages = []
    for first in range(0, len(rows), per_page):
        chosen = rows[first : first + per_page]
        if len(rows) > per_page and len(chosen) < per_page and first:
            # The last page has as much room for each as the others.
            heights = per_page
        else:
            heights = len(chosen)
        panels, y = [], 0
        for n, row in enumerate(chosen):
            bottom = (n + 1) * size.height // heights
            x = 0
            for m, chart in enumerate(row):
                right = (m + 1) * size.width // len(row)
                panels.append(Panel(chart, Region(x, y, right - x, bottom - y)))
                x = right
            y = bottom
        pages.append(panels)
    return pages


class Dashboard(Lines, can_focus=True):
    """Draws charts; keys are the screen's. ``alone`` shows the chosen one in all the room."""

    DEFAULT_CSS = "Dashboard { height: 1fr; width: 1fr; }"

    class Moved(Message):
        """Another figure or another place in it is under the cursor."""

    class Opened(Message):
        """What is under the cursor was clicked twice."""

    def __init__(self, skin: Styles, glyphs: Glyphs) -> None:
        super().__init__(id="figures")
        self.charts: Sequence[Chart] = ()
        self.chosen = 0
        self.alone = False
        self.stale = False
        self.waiting = "working out the figures"
        self._skin = skin
        self._glyphs = glyphs
        self._cursors: dict[str, int] = {}
        self._anchor: int | None = None
        self._drawn: list[Strip] = []

    # -- what is shown ----------------------------------------------------------------

    def show(self, charts: Sequence[Chart]) -> None:
        """Show other figures; the cursor of each stays where it was, as far as that is there."""
        self.charts = charts
        self.stale = False
        self._anchor = None
        self.renew()

    def set_stale(self, stale: bool) -> None:
        """Dim what is shown while others are worked out."""
        if stale is not self.stale:
            self.stale = stale
            self.renew()

    def set_skin(self, skin: Styles) -> None:
        """Draw with other colours."""
        self._skin = skin
        self.renew()

    def renew(self) -> None:
        """Draw everything anew."""
        self._drawn = []
        self.refresh()

    @property
    def chart(self) -> Chart | None:
        """The chosen figure."""
        return self.charts[self.chosen] if self.chosen < len(self.charts) else None

    @property
    def stop(self) -> Stop | None:
        """The place in it that the cursor is on, where it is alone."""
        chart = self.chart
        if chart is None or not self.alone or not chart.stops:
            return None
        return chart.stops[self._at(chart)]

    @property
    def days(self) -> tuple[date, date] | None:
        """The days of the range that is marked."""
        chart = self.chart
        if chart is None or self._anchor is None or not self.alone:
            return None
        ends = sorted((self._at(chart), min(self._anchor, len(chart.stops) - 1)))
        first, last = (chart.stops[n].days for n in ends)
        return (first[0], last[1]) if first is not None and last is not None else None

    def mark(self, begins: bool) -> bool:
        """Begin a range at the cursor, or take the mark away; whether there are days to mark."""
        stop = self.stop
        if stop is None or stop.days is None or self.chart is None:
            return False
        self._anchor = self._at(self.chart) if begins else None
        self.renew()
        self.post_message(self.Moved())
        return True

    def forget_places(self) -> None:
        """Put the cursors where they are at first."""
        self._cursors.clear()

    def _at(self, chart: Chart) -> int:
        return min(self._cursors.get(chart.id, chart.start), len(chart.stops) - 1)

    @property
    def pages(self) -> list[list[Panel]]:
        """The pages at this size."""
        return layout(len(self.charts), self.size)

    @property
    def page(self) -> int:
        """The page that the chosen figure is on."""
        for n, panels in enumerate(self.pages):
            if any(panel.chart == self.chosen for panel in panels):
                return n
        return 0

    # -- moving -----------------------------------------------------------------------

    def choose(self, chart: int) -> None:
        """Go to a figure by its place in the list."""
        if self.charts and 0 <= chart < len(self.charts) and chart != self.chosen:
            self.chosen = chart
            self._anchor = None
            self.renew()
            self.post_message(self.Moved())

    def turn(self, by: int) -> None:
        """The next figure, or the one before; around the ends."""
        if self.charts:
            self.choose((self.chosen + by) % len(self.charts))

    def open(self, alone: bool) -> None:
        """Show the chosen figure alone, or all of them again."""
        if alone is not self.alone:
            self.alone = alone
            self._anchor = None
            self.renew()
            self.post_message(self.Moved())

    def step(self, dx: int, dy: int) -> None:
        """Along the figure that is alone, else to the figure that lies there."""
        if self.alone:
            self.go(dx + dy)
            return
        pages, page = self.pages, self.page
        if not pages:
            return
        region = next(p.region for p in pages[page] if p.chart == self.chosen)
        near = [
            (abs(p.region.x - region.x) + abs(p.region.y - region.y), p.chart)
            for p in pages[page]
            if ((p.region.x - region.x) * dx > 0 and p.region.y == region.y)
            or (p.region.y - region.y) * dy > 0
        ]
        if near:
            self.choose(min(near)[1])
        elif dy and 0 <= page + dy < len(pages):
            panels = pages[page + dy]
            self.choose(panels[0 if dy > 0 else -1].chart)
        elif dx:
            self.turn(dx)

    def go(self, by: int) -> None:
        """Move the cursor of the figure that is alone."""
        chart = self.chart
        if chart is None or not chart.stops:
            return
        at = self._at(chart)
        new = min(max(0, at + by), len(chart.stops) - 1)
        if new != at:
            self._cursors[chart.id] = new
            self.renew()
            self.post_message(self.Moved())

    def leaf(self, by: int) -> None:
        """A page of the dashboard, or of the cursor."""
        if self.alone:
            self.go(by * AT_ONCE)
            return
        pages, page = self.pages, self.page
        if 0 <= page + by < len(pages):
            self.choose(pages[page + by][0].chart)

    def end(self, last: bool) -> None:
        """To the last place or figure, or the first."""
        if self.alone:
            chart = self.chart
            self.go(len(chart.stops) if chart is not None and last else -(10**9))
        else:
            self.choose(len(self.charts) - 1 if last else 0)

    def on_click(self, event: events.Click) -> None:
        """A click chooses a figure, a second one opens it."""
        if self.alone:
            if event.chain > 1:
                self.post_message(self.Opened())
            return
        pages = self.pages
        for panel in pages[self.page] if pages else ():
            if panel.region.contains(event.x, event.y):
                again = panel.chart == self.chosen and event.chain > 1
                self.choose(panel.chart)
                if again:
                    self.post_message(self.Opened())
                return

    # -- drawing ----------------------------------------------------------------------

    def on_resize(self) -> None:
        """Everything lies elsewhere."""
        self._drawn = []

    def render_line(self, y: int) -> Strip:
        """One line of all panels side by side."""
        if len(self._drawn) != self.size.height:
            self._drawn = self._draw(self.size)
        return self._drawn[y] if y < len(self._drawn) else Strip.blank(self.size.width)

    def _paper(self) -> Paper:
        skin = self._skin
        if not self.stale:
            anchor = self._anchor if self.alone else None
            return Paper(skin.edge, skin.cursor, self._glyphs, skin.bands, anchor)
        faint = skin.plain.faint
        dim = Inks(faint, faint, faint, faint, faint, faint, faint, faint)
        return Paper(dim, skin.cursor, self._glyphs)

    def _draw(self, size: Size) -> list[Strip]:
        paper = self._paper()
        if not self.charts or size.width < 2 or size.height < 3:
            return self._nothing(size, paper)
        if self.alone:
            panels = [Panel(self.chosen, Region(0, 0, size.width, size.height))]
        else:
            panels = self.pages[self.page]
        blank = paper.inks.text
        lines: list[list[Strip]] = [[] for _ in range(size.height)]
        for panel in sorted(panels, key=lambda p: (p.region.y, p.region.x)):
            for n, strip in enumerate(self._panel(paper, panel)):
                lines[panel.region.y + n].append(strip)
        out = []
        for parts in lines:
            line = Strip.join(parts) if parts else Strip.blank(size.width, blank)
            out.append(line.adjust_cell_length(size.width, blank))
        return out

    def _nothing(self, size: Size, paper: Paper) -> list[Strip]:
        strips = [Strip.blank(size.width, paper.inks.text) for _ in range(size.height)]
        if size.height > 1:
            words = fit(f" {self.waiting}", size.width)
            strips[size.height // 2] = Strip([Segment(words, paper.inks.faint)], size.width)
        return strips

    def _panel(self, paper: Paper, panel: Panel) -> list[Strip]:
        chart, region = self.charts[panel.chart], panel.region
        chosen = panel.chart == self.chosen
        reading = self._reading_lines(chart, region) if self.alone else 0
        gap = 1 if not self.alone and region.height > 6 else 0
        room = region.width - 2
        height = max(1, region.height - 1 - reading - gap)
        cursor = self._at(chart) if self.alone and chart.stops else None
        body = strips(chart, paper, max(1, room), height, cursor)
        side = Segment(" ", paper.inks.text)
        out = [self._title(paper, chart, region.width, chosen)]
        out += [Strip([side, *strip, side], region.width) for strip in body]
        if reading:
            out += self._reading(paper, chart, region.width, reading, cursor)
        blank = Strip.blank(region.width, paper.inks.text)
        return out + [blank] * (region.height - len(out))

    def _title(self, paper: Paper, chart: Chart, width: int, chosen: bool) -> Strip:
        inks = paper.chosen if chosen else paper.inks
        bar = self._glyphs.right if chosen else " "
        name = clip(chart.title, width - 2, self._glyphs.ellipsis)
        left = width_of(name) + 2
        room = max(0, width - left - 2)
        fits = width_of(chart.summary) <= room or not chart.short
        summary = clip(chart.summary if fits else chart.short, room, self._glyphs.ellipsis)
        rest = width - left - width_of(summary) - 1
        faint = inks.text if chosen else inks.faint
        if rest < 0:
            summary, rest = "", width - left - 1
        return Strip(
            [
                Segment(bar, inks.strong),
                Segment(f"{name} ", inks.strong),
                Segment(f" {summary}" if summary else " ", faint),
                Segment(" " * max(0, rest), inks.text),
            ],
            width,
        )

    def _reading_lines(self, chart: Chart, region: Region) -> int:
        """Lines for the longest text of all stops, so that the chart stays as it is."""
        longest = max((stop.label for stop in chart.stops), key=len, default="")
        most = max(READING, region.height // 4)
        return max(READING, len(wrap(longest, region.width - 2, most)))

    def _reading(
        self, paper: Paper, chart: Chart, width: int, most: int, cursor: int | None
    ) -> list[Strip]:
        text = chart.stops[cursor].label if cursor is not None else ""
        days = self.days
        if days is not None and chart.between is not None:
            text = chart.between(*days)
        lines = wrap(text, width - 2, most, self._glyphs.ellipsis) if text else []
        lines += [""] * (most - len(lines))
        return [Strip([Segment(fit(f" {line}", width), paper.inks.text)], width) for line in lines]
