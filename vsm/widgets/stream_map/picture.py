"""The picture of a map: its edges as cells with their labels, drawn line by line with the boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from vsm.features.map.results import MapEdge, ValueStreamMap
from vsm.model.stream import Category, EdgeKind
from vsm.text_width import shown, width_of
from vsm.widgets.glyphs import ASCII, Glyphs
from vsm.widgets.stream_map.boxes import BoxText, Pieces, rate_text, share_text, width_of_box
from vsm.widgets.stream_map.edges import Chosen
from vsm.widgets.stream_map.grid import Pair, Place, place_stages
from vsm.widgets.stream_map.routes import (
    LEAST_GAP,
    NARROW_GAP,
    Box,
    Layout,
    Link,
    Point,
    Route,
    lay_out,
)
from vsm.widgets.stream_map.strokes import (
    DASHED,
    DOTTED_ASCII,
    DOUBLE,
    DOUBLE_ASCII,
    HEAVY,
    HEAVY_ASCII,
    LEFT,
    LIGHT,
    RIGHT,
    cells_of,
    cut,
    runs_of,
    side_of,
)

QUEUES = (Category.QUEUE, Category.BACKLOG)
APART = "no way from start"
MOST_LINES = 500
"""Lines that are kept as they were drawn."""


@dataclass(slots=True)
class Cells:
    """One line of cells: what edges do there, and labels over them."""

    arms: dict[int, int] = field(default_factory=dict)
    inks: dict[int, str] = field(default_factory=dict)
    heads: dict[int, str] = field(default_factory=dict)
    labels: dict[int, tuple[str, str]] = field(default_factory=dict)
    """By column: one character and its ink."""
    shared: set[int] = field(default_factory=set)
    """Columns through which more than one edge goes."""


class Picture:
    """A map laid out; lines are drawn on demand, with a box and an edge that are chosen."""

    def __init__(
        self,
        of: ValueStreamMap,
        chosen: Chosen,
        glyphs: Glyphs,
        *,
        narrow: bool = False,
        room: int | None = None,
    ) -> None:
        self.of = of
        self.edges = chosen
        self._glyphs = glyphs
        self._text = BoxText(glyphs, of.time.hours)
        self.stages = {stage.id: stage for stage in of.stages if not stage.retired}
        apart = [stage.id for stage in self.stages.values() if not stage.is_reachable]
        self.main = tuple(stage for stage in chosen.path if stage not in apart)
        linked = {end for link in chosen.links for end in link.pair}
        dropped = [
            stage.id
            for stage in self.stages.values()
            if stage.category is Category.DROPPED and stage.id not in linked
        ]
        apart = [stage for stage in apart if stage not in dropped]
        follows = chosen.follows | set(pairwise(self.main))
        places = place_stages(list(self.stages), follows, self.main, apart, dropped)
        widths = {number: width_of_box(stage, narrow) for number, stage in self.stages.items()}
        gap = NARROW_GAP if narrow else LEAST_GAP
        low = low_rows(places, dropped)
        self.layout: Layout = lay_out(places, widths, chosen.links, low, gap)
        if room is not None and self.layout.height > room:
            low = {place.row for place in places.values() if place.row or not self.main}
            self.layout = lay_out(places, widths, chosen.links, low, gap)
        self.edge_of: dict[Pair, MapEdge] = {(e.source, e.target): e for e in of.edges}
        self.lines: dict[int, Cells] = {}
        self.ports: dict[int, dict[str, str]] = {}
        self._steps = frozenset(pairwise(self.main))
        self._chosen: tuple[Pair | None, Mapping[int, Mapping[int, str]]] = (None, {})
        self._plain: dict[tuple[int, int, int], Pieces] = {}
        """Parts of lines as they were drawn with nothing chosen on them."""
        self._drawn: dict[tuple[int, bool], list[Pieces]] = {}
        """The lines of boxes that were drawn, by stage and whether the cursor is on it."""
        for route in sorted(self.layout.routes, key=self._weight):
            self._trace(route)
        for route in self.layout.routes:
            self._label(route)
        self._by_line: dict[int, list[tuple[int, Box]]] = {}
        for stage, box in sorted(self.layout.boxes.items(), key=lambda entry: entry[1].x):
            for y in range(box.y, box.bottom):
                self._by_line.setdefault(y, []).append((stage, box))

    @property
    def width(self) -> int:
        """Cells of a line."""
        return self.layout.width

    @property
    def height(self) -> int:
        """Lines."""
        return self.layout.height

    # -- edges -----------------------------------------------------------------------------

    def _weight(self, route: Route) -> tuple[bool, float]:
        edge = self.edge_of.get(route.link.pair)
        return self._is_main(route.link), edge.moves if edge is not None else 0

    def _is_main(self, link: Link) -> bool:
        return link.pair in self._steps

    def _ink(self, link: Link) -> str:
        if self._is_main(link):
            return "main"
        return "back" if link.back else "edge"

    def _trace(self, route: Route) -> None:
        """Note the cells of an edge."""
        ink = self._ink(route.link)
        points = route.points
        self._leave(route)
        for (x, y), arms in self._cells(route):
            line = self.lines.setdefault(y, Cells())
            if x in line.arms:
                line.shared.add(x)
            line.arms[x] = line.arms.get(x, 0) | arms
            line.inks[x] = ink
        head = self._head(route)
        if head is not None:
            at = points[-1]
            self.lines[at.y].heads[at.x] = head

    def _cells(self, route: Route) -> list[tuple[Point, int]]:
        """The cells of an edge, those at its ends with the side at which the box is."""
        cells = cells_of(route.points)
        for n, stage in ((0, route.link.source), (-1, route.link.target)):
            at, arms = cells[n]
            cells[n] = at, arms | side_of(self.layout.boxes[stage], at)
        return cells

    def _leave(self, route: Route) -> None:
        """Note on which sides of boxes edges are: queues are drawn up to them."""
        source, target = (self.layout.boxes[end] for end in route.link.pair)
        first, last = route.points[0], route.points[-1]
        if first.y == source.line and first.x == source.right:
            self.ports.setdefault(route.link.source, {})["right"] = self._ink(route.link)
        if last.y == target.line and last.x == target.x - 1:
            self.ports.setdefault(route.link.target, {})["left"] = self._ink(route.link)

    def _head(self, route: Route) -> str | None:
        """The arrow at the end; a queue has it inside, at its triangle."""
        box, last = self.layout.boxes[route.link.target], route.points[-1]
        if last.x == box.x - 1 and box.y <= last.y < box.bottom:
            queue = self.stages[route.link.target].category in QUEUES
            return None if queue and last.y == box.line else self._glyphs.right
        if last.x == box.right:
            return self._glyphs.left
        if last.y < box.y:
            return self._glyphs.pick
        return "^" if self._glyphs is ASCII else "▴"

    # -- labels ----------------------------------------------------------------------------

    def label(self, pair: Pair) -> str:
        """The figure at an edge: items a week, or the share of moves that lead back."""
        edge = self.edge_of.get(pair)
        if edge is None or not edge.moves:
            return ""
        if edge.kind == EdgeKind.REWORK:
            return share_text(edge.share)
        forks = sum(1 for link in self.edges.links if link.source == pair[0] and not link.back)
        share = f"{share_text(edge.share)} " if forks > 1 and edge.share is not None else ""
        return f"{share}{rate_text(edge.per_week)}/wk"

    def _label(self, route: Route) -> None:
        """Write the figure of an edge above it, where there is room, else upon it."""
        text = self.label(route.link.pair)
        if not text:
            return
        ink = "back" if route.link.back else "label"
        runs = sorted(
            (min(a.x, b.x), max(a.x, b.x), a.y) for a, b in pairwise(route.points) if a.y == b.y
        )
        runs.sort(key=lambda run: run[0] - run[1])
        for words in (text, text.split()[0]):
            size = width_of(words)
            for first, last, y in runs:
                at = self._free(route, first, last, y - 1, size)
                if at is not None:
                    self._write(at, y - 1, words, ink)
                    return
            for first, last, y in runs:
                if last - first + 1 < size + 2:
                    continue
                at = self._beside(route, first + 1, last - 1, size)
                if self._is_alone(at, y, size, route.link.back):
                    self._write(at, y, words, ink)
                    return

    def _beside(self, route: Route, first: int, last: int, size: int) -> int:
        """Where a label begins on a run: near the source, or in the middle of a short run."""
        if last - first < size + 8:
            return first + (last - first + 1 - size) // 2
        near = route.points[0].x
        return last - size - 1 if abs(near - last) < abs(near - first) else first + 2

    def _free(self, route: Route, first: int, last: int, y: int, size: int) -> int | None:
        """Where a label above a run can begin: as near to where it should as there is room."""
        aim = self._beside(route, first, last, size)
        near = range(max(first, aim - 3), min(last - size + 1, aim + 3) + 1)
        shared = self.lines[y + 1].shared
        if route.link.back or len(route.points) <= 2:
            shared = set()  # a straight edge has its figure where others leave it too
        return next(
            (
                x
                for x in sorted(near, key=lambda x: (abs(x - aim), x))
                if self._is_blank(x, y, size) and shared.isdisjoint(range(x, x + size))
            ),
            None,
        )

    def _is_blank(self, x: int, y: int, size: int) -> bool:
        if y < 0:
            return False
        line = self.lines.get(y)
        box = any(
            b.y <= y < b.bottom and b.x < x + size and x < b.right
            for b in self.layout.boxes.values()
        )
        taken = line is not None and (
            any(n in line.arms for n in range(x, x + size))
            or any(n in line.labels for n in range(x - 1, x + size + 1))
        )
        return not box and not taken

    def _is_alone(self, x: int, y: int, size: int, back: bool) -> bool:
        """Whether a stretch of a line is that of one edge; those that lead back to one stage share
        theirs, and have their figures beside where they come from.
        """
        line = self.lines[y]
        return all(
            line.arms.get(n) == LEFT | RIGHT
            and n not in line.labels
            and n not in line.heads
            and (back or n not in line.shared)
            for n in range(x - 1, x + size + 1)
        )

    def _write(self, x: int, y: int, text: str, ink: str) -> None:
        line = self.lines.setdefault(y, Cells())
        for n, char in enumerate(shown(text)):
            line.labels[x + n] = (char, ink)

    # -- drawing ---------------------------------------------------------------------------

    def draw(
        self, y: int, first: int, width: int, stage: int | None = None, edge: Pair | None = None
    ) -> Pieces:
        """Line ``y`` from column ``first`` on, as wide as asked, with what is chosen."""
        if y not in self.touched(stage, edge):
            part = y, first, width
            if part not in self._plain:
                if len(self._plain) >= MOST_LINES:
                    self._plain.clear()
                self._plain[part] = self._draw(y, first, width, None, None)
            return self._plain[part]
        return self._draw(y, first, width, stage, edge)

    def touched(self, stage: int | None, edge: Pair | None) -> set[int]:
        """The lines that look different with this stage and this edge chosen."""
        box = self.layout.boxes.get(stage or 0)
        lines = set(range(box.y, box.bottom)) if box is not None else set()
        return lines | set(self._chosen_cells(edge))

    def _draw(self, y: int, first: int, width: int, stage: int | None, edge: Pair | None) -> Pieces:
        last = first + width
        chars = [" "] * width
        inks = ["text"] * width
        line = self.lines.get(y)
        if line is not None:
            for x, arms in line.arms.items():
                if first <= x < last:
                    ink = line.inks[x]
                    chars[x - first] = line.heads.get(x) or self._glyph(arms, ink)
                    inks[x - first] = ink
            for x, (char, ink) in line.labels.items():
                if first <= x < last:
                    chars[x - first], inks[x - first] = char, ink
        if edge is not None:
            for x, char in self._chosen_cells(edge).get(y, {}).items():
                if first <= x < last:
                    if line is None or x not in line.labels:
                        chars[x - first] = char
                    inks[x - first] = "accent"
        apart = self.layout.apart
        if apart is not None and y == apart:
            for n, char in enumerate(f"{APART}:"):
                if first <= n < last:
                    chars[n - first], inks[n - first] = char, "warn"
        return self._with_boxes(y, first, last, chars, inks, stage)

    def _glyph(self, arms: int, ink: str) -> str:
        if ink == "back":
            if self._glyphs is ASCII and arms in DOTTED_ASCII:
                return DOTTED_ASCII[arms]
            return DASHED[arms]
        if ink == "main":
            return (HEAVY_ASCII if self._glyphs is ASCII else HEAVY)[arms]
        return LIGHT[arms]

    def _chosen_cells(self, edge: Pair | None) -> Mapping[int, Mapping[int, str]]:
        """The cells of the chosen edge, alone, by line."""
        if edge == self._chosen[0]:
            return self._chosen[1]
        route = next((r for r in self.layout.routes if r.link.pair == edge), None)
        out: dict[int, dict[int, str]] = {}
        if route is not None:
            for (x, y), arms in self._cells(route):
                strokes = DOUBLE_ASCII if self._glyphs is ASCII else DOUBLE
                out.setdefault(y, {})[x] = strokes[arms]
            at = route.points[-1]
            head = self._head(route)
            if head is not None:
                out[at.y][at.x] = head
        self._chosen = edge, out
        return out

    def _with_boxes(
        self, y: int, first: int, last: int, chars: list[str], inks: list[str], stage: int | None
    ) -> Pieces:
        """The cells as pieces, with the boxes over them."""
        out: Pieces = []
        x = first
        for number, box in self._by_line.get(y, ()):
            if box.right <= first or box.x >= last:
                continue
            if box.x > x:
                out += runs_of(chars[x - first : box.x - first], inks[x - first : box.x - first])
            pieces = self._box(number, box, number == stage)[y - box.y]
            out += cut(pieces, max(0, first - box.x), min(box.width, last - box.x))
            x = min(last, box.right)
        if x < last:
            out += runs_of(chars[x - first :], inks[x - first :])
        return out

    def _box(self, number: int, box: Box, chosen: bool) -> list[Pieces]:
        """The lines of a box."""
        lines = self._drawn.get((number, chosen))
        if lines is None:
            lines = self._text.lines(
                self.stages[number],
                box.width,
                chosen=chosen,
                low=box.is_low,
                ports=self.ports.get(number, {}),
                origin=self._origin(number),
            )
            self._drawn[number, chosen] = lines
        return lines

    def _origin(self, number: int) -> str:
        """Where most of what ended in a stage came from, where no edge to it is drawn."""
        if any(link.target == number for link in self.edges.links):
            return ""
        into = [e for e in self.of.edges if e.target == number and e.moves]
        into.sort(key=lambda edge: -edge.moves)
        more = f" +{len(into) - 1}" if into[1:] else ""
        return f"from {into[0].source_name}{more}" if into else ""


def low_rows(places: Mapping[int, Place], dropped: Sequence[int]) -> set[int]:
    """The rows that hold nothing but dropped stages: these have less to say."""
    rows = {places[stage].row for stage in dropped}
    return rows - {place.row for stage, place in places.items() if stage not in dropped}
