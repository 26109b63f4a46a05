"""The value stream map as one widget: the graph that scrolls, the timeline and totals below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from vsm.features.map.results import MapEdge, MapStage, ValueStreamMap
from vsm.features.map.wording import oddities
from vsm.text_width import wrap
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.line_widget import Lines
from vsm.widgets.stream_map.boxes import Pieces
from vsm.widgets.stream_map.edges import Chosen, choose_edges
from vsm.widgets.stream_map.grid import Pair
from vsm.widgets.stream_map.moving import box_near, end_box, next_box
from vsm.widgets.stream_map.picture import Picture
from vsm.widgets.stream_map.strokes import clipped
from vsm.widgets.stream_map.timeline import LINES, Tooth, draw_teeth, teeth_of
from vsm.widgets.stream_map.totals import has_totals, totals_line
from vsm.widgets.stream_map.wording import edge_line, stage_line, stage_lines
from vsm.widgets.styles import Styles

NARROW_BELOW = 100
"""Columns of a terminal below which boxes are narrow."""
FOOT = LINES + 2
"""Lines below the graph: timeline, totals, and what is under the cursor."""
FEW, ROOMY = 3, 8
"""Lines below totals with which all about a stage has several; with more than many, blank ones."""
WHEEL = 3
KEPT_FROM = 3
"""How many times as wide as the first column a view is whose first column stays while scrolling."""
LINE_INKS = {"edge": "faint", "main": "text", "label": "text"}
"""By what is drawn the ink of the theme."""


class MapView(Lines, can_focus=True):
    """Draws a map; keys are the screen's. The cursor is on a box, and perhaps on an edge of it."""

    DEFAULT_CSS = "MapView { height: 1fr; width: 1fr; }"

    class Moved(Message):
        """Something else is under the cursor, or another part is seen."""

    class Opened(Message):
        """A box was clicked twice."""

    def __init__(self, skin: Styles, glyphs: Glyphs, waiting: str) -> None:
        super().__init__(id="map")
        self._skin = skin
        self._glyphs = glyphs
        self._waiting = waiting
        self.of: ValueStreamMap | None = None
        self.picture: Picture | None = None
        self.stage: int | None = None
        """The stage under the cursor."""
        self.edge: Pair | None = None
        """The edge under the cursor, one of those of the stage."""
        self.every = False
        """Whether all edges are drawn."""
        self.stale = False
        self.left = 0
        self.top = 0
        self.commitment: int | None = None
        """The stage at which the clock starts, where that is known."""
        self._awaited: Pair | None = None
        self._marked: set[int] = set()
        """Lines of the picture that show the cursor."""
        self.empty = ""
        """What is said where nothing moved: in place of totals, below them where there are any."""
        self._teeth: tuple[Tooth, ...] = ()
        self._made_for: tuple[object, ...] = ()

    # -- what is shown ---------------------------------------------------------------------

    @property
    def shown(self) -> bool:
        """Whether there is a map yet."""
        return self.of is not None

    def show(self, of: ValueStreamMap) -> None:
        """Show a map; the cursor stays on its stage, else goes to the constraint or the first."""
        before = self.of
        self.of, self.stale = of, False
        there = {stage.id for stage in of.stages if not stage.retired}
        if self.stage not in there:
            self.stage = self._beside(before, there) or self._first(of)
            self.edge = None
        ends = {(e.source, e.target) for e in of.edges}
        if self._awaited in ends:
            self.edge, self._awaited = self._awaited, None
        if self.edge not in ends:
            self.edge = None
        self._make()
        self._follow()
        self.refresh()
        self.post_message(self.Moved())

    def _first(self, of: ValueStreamMap) -> int | None:
        limiting = [s.id for s in of.stages if s.constraint and not s.retired]
        visible = [s.id for s in of.stages if not s.retired]
        main = [stage for stage in of.main_path if stage in visible]
        return next(iter([*limiting, *main, *visible]), None)

    def _beside(self, before: ValueStreamMap | None, there: set[int]) -> int | None:
        """The stage before the one that has just gone."""
        if before is None:
            return None
        order = [stage.id for stage in before.stages]
        at = order.index(self.stage) if self.stage in order else 0
        near = [*reversed(order[:at]), *order[at:]]
        return next((stage for stage in near if stage in there), None)

    def choose(self, stage: int) -> None:
        """Put the cursor on a stage."""
        if self.picture is not None and stage in self.picture.layout.boxes:
            self.stage, self.edge = stage, None
            self._moved()

    def await_edge(self, edge: Pair) -> None:
        """Put the cursor on an edge as soon as the map has it."""
        self._awaited = edge

    def show_every(self, every: bool) -> None:
        """Draw all edges, or the most travelled ones."""
        self.every = every
        self._make()
        self._follow()
        self.refresh()
        self.post_message(self.Moved())

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
    def room(self) -> int:
        """Lines of the graph."""
        return max(1, self.size.height - FOOT)

    def _make(self) -> None:
        """Lay the map out, where anything is different from when that was done."""
        of = self.of
        if of is None or not self.size.width:
            return
        narrow = self.size.width < NARROW_BELOW
        chosen = choose_edges(of, self.every, () if self.edge is None else (self.edge,))
        state = (id(of), chosen, narrow, self.room)
        if state == self._made_for:
            return
        self._made_for = state
        self.picture = Picture(of, chosen, self._glyphs, narrow=narrow, room=self.room)
        self._teeth = teeth_of(self.picture)

    @property
    def edges(self) -> Chosen | None:
        """The edges that are drawn."""
        return self.picture.edges if self.picture is not None else None

    def current_stage(self) -> MapStage | None:
        """The stage under the cursor."""
        picture = self.picture
        return picture.stages.get(self.stage or 0) if picture is not None else None

    def current_edge(self) -> MapEdge | None:
        """The edge under the cursor."""
        picture = self.picture
        if picture is None or self.edge is None:
            return None
        return picture.edge_of.get(self.edge)

    # -- moving ----------------------------------------------------------------------------

    def step(self, right: int, down: int) -> None:
        """To the next box in a direction; where there is none the map scrolls."""
        picture = self.picture
        if picture is None or self.stage is None or self.stage not in picture.layout.boxes:
            return
        boxes = picture.layout.boxes
        nearest = next_box(boxes, self.stage, right, down)
        if nearest is not None:
            self.stage, self.edge = nearest, None
            self._moved()
        else:
            self.scroll_by(8 * right, 2 * down)

    def end(self, last: bool) -> None:
        """To the first box of the map, or the last."""
        stage = end_box(self.picture.layout.boxes, last) if self.picture is not None else None
        if stage is not None:
            self.stage, self.edge = stage, None
            self._moved()

    def leaf(self, by: int) -> None:
        """As many columns on as are seen."""
        picture = self.picture
        if picture is None or self.stage is None:
            return
        first, last, count = self.columns_seen
        boxes = picture.layout.boxes
        aim = boxes[self.stage].place.column + by * max(1, last - first + 1)
        self.stage = box_near(boxes, self.stage, min(max(0, aim), count - 1))
        self.edge = None
        self._moved()

    def turn(self, by: int) -> None:
        """To the next edge of the box; after the last one to the box itself."""
        edges = self.edges_of(self.stage)
        stops: list[Pair | None] = [None, *edges]
        at = stops.index(self.edge) if self.edge in stops else 0
        self.edge = stops[(at + by) % len(stops)]
        self._moved()

    def leave_edge(self) -> None:
        """Back from the edge to its box."""
        self.edge = None
        self._moved()

    def edges_of(self, stage: int | None) -> list[Pair]:
        """The edges of a stage: those out of it, then those into it, the most travelled first."""
        if self.of is None or self.picture is None or stage is None:
            return []
        there = self.picture.stages
        edges = [e for e in self.of.edges if e.source in there and e.target in there]
        edges.sort(key=lambda e: (e.source != stage, -e.moves, e.source, e.target))
        return [(e.source, e.target) for e in edges if stage in (e.source, e.target)]

    def _moved(self) -> None:
        """Show where the cursor is now: lines that look the same are not drawn again."""
        before = self.picture, self.left, self.top
        self._make()
        self._follow()
        picture = self.picture
        if picture is not None and before == (picture, self.left, self.top):
            lines = picture.touched(self.stage, self.edge)
            graph = min(self.room, picture.height)
            for y in {y - self.top for y in lines | self._marked} & set(range(graph)):
                self.redraw(y)
            for y in range(graph, self.size.height):
                self.redraw(y)
            self._marked = lines
        else:
            self.refresh()
        self.post_message(self.Moved())

    def scroll_by(self, columns: int, lines: int) -> None:
        """Scroll the graph."""
        picture = self.picture
        if picture is None:
            return
        left = min(max(0, self.left + columns), max(0, picture.width - self.size.width))
        top = min(max(0, self.top + lines), max(0, picture.height - self.room))
        if (left, top) != (self.left, self.top):
            self.left, self.top = left, top
            self.refresh()
            self.post_message(self.Moved())

    def _follow(self) -> None:
        """Scroll so that the box under the cursor is seen whole, with what is beside it."""
        picture = self.picture
        if picture is None or self.stage is None or self.stage not in picture.layout.boxes:
            return
        box = picture.layout.boxes[self.stage]
        width, height, begin = self.size.width, self.room, self.left + self.kept
        columns = sorted({(b.x, b.right) for b in picture.layout.boxes.values()})
        if box.x < begin or box.right > self.left + width:
            # From the left edge of a column, so that no box is cut there.
            room = width - self._first_column
            starts = [x for x, _ in columns if box.right - room < x < box.x]
            start = min(starts, default=box.x) if box.x >= begin else box.x
            self.left = max(0, start - 1 - self._first_column)
        self.left = min(self.left, max(0, picture.width - width))
        if box.y < self.top or box.bottom > self.top + height:
            self.top = box.y - 1 if box.y < self.top else box.bottom + 1 - height
        self.top = max(0, min(self.top, max(0, picture.height - height)))

    @property
    def _first_column(self) -> int:
        """The cells of the first column and a line behind it; 0 where it takes too much room."""
        boxes = self.picture.layout.boxes.values() if self.picture is not None else ()
        cells = 1 + max((box.right for box in boxes if not box.place.column), default=-1)
        return cells if KEPT_FROM * cells <= self.size.width else 0

    @property
    def kept(self) -> int:
        """The cells on the left that show the first column, where the graph is scrolled."""
        return self._first_column if self.left else 0

    @property
    def columns_seen(self) -> tuple[int, int, int]:
        """The first and the last column that is seen whole, from 0, and how many there are."""
        picture = self.picture
        if picture is None or not picture.layout.boxes:
            return 0, 0, 0
        boxes = [b for b in picture.layout.boxes.values() if not b.place.apart]
        boxes = boxes or list(picture.layout.boxes.values())
        count = 1 + max(box.place.column for box in boxes)
        right = self.left + self.size.width
        seen = [b.place.column for b in boxes if b.x >= self.left + self.kept and b.right <= right]
        return (min(seen), max(seen), count) if seen else (0, 0, count)

    @property
    def lines_below(self) -> int:
        """Lines of the graph below what is seen."""
        picture = self.picture
        return max(0, picture.height - self.top - self.room) if picture is not None else 0

    # -- mouse -----------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._make()
        self._follow()
        self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a box, a second one opens it."""
        picture = self.picture
        if picture is None or event.y >= self.room:
            return
        x = event.x if event.x < self.kept - 1 else self.left + event.x
        y = self.top + event.y
        for stage, box in picture.layout.boxes.items():
            if box.x <= x < box.right and box.y <= y < box.bottom:
                again = stage == self.stage and event.chain > 1
                self.stage, self.edge = stage, None
                self._moved()
                if again:
                    self.post_message(self.Opened())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_by(0, WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_by(0, -WHEEL)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        event.stop()
        self.scroll_by(2 * WHEEL, 0)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        event.stop()
        self.scroll_by(-2 * WHEEL, 0)

    # -- drawing ---------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line."""
        width, height, of = self.size.width, self.size.height, self.of
        if self.picture is None and of is not None:
            self._make()
        picture = self.picture
        if picture is None or of is None:
            words = f" {self._waiting}" if y == height // 2 else ""
            return self._strip([(words, "faint")], width)
        graph = min(self.room, picture.height)
        if not y:
            self._marked = picture.touched(self.stage, self.edge)
        if y < graph:
            cursor = self.stage, self.edge
            return self._strip(
                self._scrolled(
                    width, lambda x, cells: picture.draw(self.top + y, x, cells, *cursor)
                ),
                width,
            )
        return self._strip(self._foot(y - graph, height - graph, width, of), width)

    def _scrolled(self, width: int, draw: Callable[[int, int], Pieces]) -> Pieces:
        """A line of the graph as it is scrolled; ``draw`` makes one from a column on."""
        kept = self.kept
        rest = draw(self.left + kept, width - kept)
        return [*draw(0, kept - 1), (self._glyphs.separator, "faint"), *rest] if kept else rest

    def _foot(self, line: int, lines: int, width: int, of: ValueStreamMap) -> Pieces:
        """One of the lines below the graph; where there are many, blank ones part them."""
        rest = lines - LINES - 1
        blank = 1 if rest > ROOMY else 0
        line -= blank
        if 0 <= line < LINES:
            return self._scrolled(width, lambda x, n: draw_teeth(self._teeth, x, n)[line])
        if line == LINES and self.empty and not has_totals(of):
            return clipped([(f" {self.empty}", "warn")], width, self._glyphs.ellipsis)
        if line == LINES:
            return totals_line(of, self._glyphs, width)
        line -= LINES + 1 + blank
        about = self._about(rest) if line >= 0 else []
        if line >= 0 and rest > ROOMY:
            for sentence in oddities(of):
                lines_of = wrap(sentence, width - 2, FEW, self._glyphs.ellipsis)
                about = [*about, *([(f" {text}", "faint")] for text in lines_of)]
        if self.empty and has_totals(of):
            about = [[(f" {self.empty}", "warn")], *about]
        if not 0 <= line < len(about):
            return []
        return clipped(about[line], width, self._glyphs.ellipsis)

    def _about(self, room: int) -> list[Pieces]:
        """All about what is under the cursor, in one line or as many as there is room for."""
        of, edge, stage, picture = self.of, self.current_edge(), self.current_stage(), self.picture
        if of is None or stage is None or picture is None:
            return []
        hours = of.time.hours
        lines = [] if edge is None else [edge_line(edge, self._glyphs, hours)]
        starts = stage.id == self.commitment
        if room < FEW:
            return lines or [stage_line(stage, self._glyphs, hours, starts)]
        there = picture.stages
        edges = [e for e in of.edges if e.source in there and e.target in there]
        return [*lines, *stage_lines(stage, edges, self._glyphs, hours, self.size.width, starts)]

    def _strip(self, pieces: Sequence[tuple[str, str]], width: int) -> Strip:
        segments = [Segment(text, self._ink(ink)) for text, ink in pieces if text]
        return Strip(segments).adjust_cell_length(width, self._skin.plain.text)

    def _ink(self, name: str) -> Style:
        plain = self._skin.plain
        if name == "cursor":
            return self._skin.cursor.strong
        if self.stale:
            return plain.faint
        if name in ("back", "wait"):
            # In 16 colours what warns has a ground of its own, which is too much for lines.
            return self._skin.edge.warn
        style: Style = getattr(plain, LINE_INKS.get(name, name))
        return style
