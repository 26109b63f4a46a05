"""Puts the boxes of a map at cells and runs its edges around them, at right angles.

Between columns are gaps, between rows channels; edges run there alone, each net of edges on a track
of its own, so that none crosses a box. A forward edge leaves a box at the right and enters at the
left; one that skips boxes of its row runs above it; one that leads back runs below.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from vsm.widgets.stream_map.grid import Pair, Place

BOX_HEIGHT = 6
LOW_HEIGHT = 4
"""Lines of a box, and of one in a row where lines are scarce."""
LEAST_GAP, NARROW_GAP = 7, 6
"""Cells between columns without tracks, for an arrow and ``5.3/wk``; and where they are scarce."""


@dataclass(frozen=True, slots=True)
class Link:
    """An edge that is to be drawn; ``back`` says that it leads back."""

    source: int
    target: int
    back: bool = False

    @property
    def pair(self) -> Pair:
        """Its ends."""
        return self.source, self.target


class Box(NamedTuple):
    """Where a stage is drawn, and its place in the grid."""

    x: int
    y: int
    width: int
    place: Place
    height: int = BOX_HEIGHT

    @property
    def is_low(self) -> bool:
        """Whether it has few lines."""
        return self.height < BOX_HEIGHT

    @property
    def line(self) -> int:
        """The line at which edges leave at its right and enter at its left."""
        return self.y + port_line(self.height, 0)

    @property
    def right(self) -> int:
        """The first column of cells behind it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first line below it."""
        return self.y + self.height

    def port(self, side: Literal["in", "out"]) -> int:
        """The column of cells at which edges enter or leave above and below."""
        third = self.width // 3
        return self.x + (third if side == "in" else self.width - 1 - third)


class Point(NamedTuple):
    """A cell."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Route:
    """The cells that an edge turns at, from beside its source to beside its target."""

    link: Link
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A map at cells. ``apart`` is the line above the stages without a way from start."""

    boxes: Mapping[int, Box]
    routes: tuple[Route, ...]
    width: int
    height: int
    apart: int | None = None


def port_line(height: int, beside: int) -> int:
    """The line within a box at which edges touch its sides, or (-1, 1) the one beside that."""
    if height == BOX_HEIGHT:
        return 2 + beside
    return 2 if beside else 1  # the line above is that of the name


Net = tuple[str, int]
"""Edges that share a track: by what they share, and the stage that they come from or go to."""
XKey = tuple[Literal["gap", "in", "out", "left", "right"], int, Net]
YKey = tuple[Literal["line", "channel"], int, int | Net]


@dataclass(slots=True)
class _Plan:
    """How an edge runs: its turns by name, in pairs of a column and a line of cells."""

    link: Link
    turns: list[tuple[XKey, YKey]] = field(default_factory=list)


def lay_out(
    places: Mapping[int, Place],
    widths: Mapping[int, int],
    links: Sequence[Link],
    low: Collection[int] = (),
    gap: int = LEAST_GAP,
) -> Layout:
    """The boxes and the routes of the links between them; rows in ``low`` have few lines."""
    return _Router(places, widths, links, low, gap).layout()


class _Router:
    """Plans the routes, then gives tracks to nets, then cells to all."""

    def __init__(
        self,
        places: Mapping[int, Place],
        widths: Mapping[int, int],
        links: Sequence[Link],
        low: Collection[int],
        gap: int,
    ) -> None:
        self.places = places
        self.gap = gap
        self.widths = widths
        self.links = sorted(
            (link for link in links if link.source in places and link.target in places),
            key=lambda link: (*places_key(places, link), link.back),
        )
        self.at = {(place.column, place.row): stage for stage, place in places.items()}
        self.columns = 1 + max((place.column for place in places.values()), default=-1)
        self.rows = 1 + max((place.row for place in places.values()), default=-1)
        self.sizes = [LOW_HEIGHT if row in low else BOX_HEIGHT for row in range(self.rows)]
        self.busy = {
            (places[link.source].column, places[link.source].row)
            for link in self.links
            if self._leaves_right(link)
        }
        self.plans = [self._plan(link) for link in self.links]

    # -- which way an edge runs ------------------------------------------------------------

    def _leaves_right(self, link: Link) -> bool:
        one, other = self.places[link.source], self.places[link.target]
        if link.back or other.column <= one.column:
            return False
        return one.row != other.row or self._is_free(one.row, one.column, other.column)

    def _is_free(self, row: int, first: int, last: int) -> bool:
        """Whether no box stands in a row between two columns."""
        return all((column, row) not in self.at for column in range(first + 1, last))

    def _plan(self, link: Link) -> _Plan:
        one, other = self.places[link.source], self.places[link.target]
        if link.back or other.column <= one.column:
            return self._plan_back(link, one, other)
        if not self._leaves_right(link):
            net = ("over", link.target)
            track: YKey = ("channel", one.row, net)
            return _Plan(
                link, [(("out", link.source, net), track), (("in", link.target, net), track)]
            )
        if one.row == other.row:
            line: YKey = ("line", one.row, 0)
            net = ("straight", link.source)
            return _Plan(
                link, [(("right", link.source, net), line), (("left", link.target, net), line)]
            )
        return self._plan_turn(link, one, other)

    def _plan_turn(self, link: Link, one: Place, other: Place) -> _Plan:
        """An edge from one row to another: down or up in the gap behind its source."""
        net = ("from", link.source)
        start: YKey = ("line", one.row, 0)
        turns: list[tuple[XKey, YKey]] = [
            (("right", link.source, net), start),
            (("gap", one.column + 1, net), start),
        ]
        down = other.row > one.row
        if self._is_free(other.row, one.column, other.column):
            end = self._entry(other, one.column, down)
            turns.append((("gap", one.column + 1, net), end))
        else:
            arrival = ("to", link.target)
            track: YKey = ("channel", other.row if down else other.row + 1, arrival)
            end = self._entry(other, other.column - 1, down)
            turns += [
                (("gap", one.column + 1, net), track),
                (("gap", other.column, arrival), track),
                (("gap", other.column, arrival), end),
            ]
        turns.append((("left", link.target, net), end))
        return _Plan(link, turns)

    def _entry(self, other: Place, before: int, down: bool) -> YKey:
        """The line at which an edge enters a box: beside that of others that leave towards it."""
        crowded = (before, other.row) in self.busy
        return ("line", other.row, 0 if not crowded else -1 if down else 1)

    def _plan_back(self, link: Link, one: Place, other: Place) -> _Plan:
        """An edge that leads back: below its row, and below that of its target."""
        net = ("back", link.target)
        below: YKey = ("channel", one.row + 1, net)
        turns: list[tuple[XKey, YKey]] = [(("out", link.source, net), below)]
        if one.row != other.row:
            under: YKey = ("channel", other.row + 1, net)
            gap: XKey = ("gap", other.column + 1, net)
            turns += [(gap, below), (gap, under), (("in", link.target, net), under)]
        else:
            turns.append((("in", link.target, net), below))
        return _Plan(link, turns)

    # -- tracks ----------------------------------------------------------------------------

    def layout(self) -> Layout:
        """All of it at cells."""
        channels = self._channel_tracks()
        tops, heights = self._lines(channels)
        gaps = self._gap_tracks(channels, tops, heights)
        boxes, gap_starts, width = self._boxes(gaps, tops)
        routes = []
        for plan in self.plans:
            points = [
                Point(self._x(x, boxes, gaps, gap_starts), self._y(y, channels, tops, heights))
                for x, y in plan.turns
            ]
            routes.append(Route(plan.link, _ends(plan, points, boxes)))
        alone = [box.y - 1 for box in boxes.values() if box.place.apart]
        bottom = tops[-1] + heights[-1]
        return Layout(boxes, tuple(routes), width, bottom, min(alone, default=None))

    def _channel_tracks(self) -> list[dict[Net, int]]:
        """The track of each net in each channel; channel ``n`` is above row ``n``."""
        spans: list[dict[Net, list[int]]] = [{} for _ in range(self.rows + 1)]
        for plan in self.plans:
            for x, y in plan.turns:
                if y[0] == "channel" and isinstance(y[2], tuple):
                    spans[y[1]].setdefault(y[2], []).append(self._coarse(x))
        out = []
        for nets in spans:
            over = [net for net in nets if net[0] in ("over", "to")]
            ranges = {net: (min(at), max(at)) for net, at in nets.items()}
            forward = pack({net: ranges[net] for net in over})
            tracks = pack({net: ranges[net] for net in nets if net not in forward})
            # What leads back hangs below the boxes above it; above those below stands the rest.
            used = 1 + max(tracks.values(), default=-1)
            most = max(forward.values(), default=0)
            tracks |= {net: used + most - track for net, track in forward.items()}
            out.append(tracks)
        return out

    def _coarse(self, x: XKey) -> int:
        kind, where, _ = x
        if kind == "gap":
            return 4 * where
        column = 4 * self.places[where].column
        return column + {"left": 1, "in": 1, "out": 2, "right": 3}[kind]

    def _lines(self, channels: Sequence[Mapping[Net, int]]) -> tuple[list[int], list[int]]:
        """The first line of each channel, and its height; boxes stand below it."""
        first_apart = min((p.row for p in self.places.values() if p.apart), default=-1)
        tops, heights, y = [], [], 0
        for row, tracks in enumerate(channels):
            height = 1 + max(tracks.values(), default=-1)
            if 0 < row < self.rows:
                height = max(1, height)
            if row == first_apart:
                height += 1  # the line that says why they stand apart
            tops.append(y)
            heights.append(height)
            y += height + (self.sizes[row] if row < self.rows else 0)
        return tops, heights

    def _y(
        self,
        y: YKey,
        channels: Sequence[Mapping[Net, int]],
        tops: Sequence[int],
        heights: Sequence[int],
    ) -> int:
        kind, where, what = y
        if kind == "channel" and isinstance(what, tuple):
            return tops[where] + channels[where][what]
        assert isinstance(what, int)
        return tops[where] + heights[where] + port_line(self.sizes[where], what)

    def _gap_tracks(
        self,
        channels: Sequence[Mapping[Net, int]],
        tops: Sequence[int],
        heights: Sequence[int],
    ) -> list[dict[Net, int]]:
        """The track of each net in each gap; gap ``n`` is before column ``n``."""
        spans: list[dict[Net, list[int]]] = [{} for _ in range(self.columns + 1)]
        for plan in self.plans:
            for x, y in plan.turns:
                if x[0] == "gap":
                    spans[x[1]].setdefault(x[2], []).append(self._y(y, channels, tops, heights))
        out = []
        for nets in spans:
            ranges = {net: (min(at), max(at)) for net, at in nets.items()}
            tracks: dict[Net, int] = {}
            # From the left: what leaves the boxes before, what leads back, what arrives.
            for kind in ("back", "from", "to"):
                used = 1 + max(tracks.values(), default=-1)
                part = pack({net: span for net, span in ranges.items() if net[0] == kind})
                tracks |= {net: used + track for net, track in part.items()}
            out.append(tracks)
        return out

    # -- cells -----------------------------------------------------------------------------

    def _boxes(
        self, gaps: Sequence[Mapping[Net, int]], tops: Sequence[int]
    ) -> tuple[dict[int, Box], list[int], int]:
        """The boxes, the first cell of each gap, and the width of all."""
        widest = [0] * self.columns
        for stage, place in self.places.items():
            widest[place.column] = max(widest[place.column], self.widths[stage])
        starts, lefts, x = [], [], 0
        for n, tracks in enumerate(gaps):
            starts.append(x)
            need = 1 + max(tracks.values(), default=-1)
            inner = 0 < n < self.columns
            x += max(self.gap, 2 * need + 3) if inner else 2 * need
            if n < self.columns:
                lefts.append(x)
                x += widest[n]
        rows = [tops[row + 1] - size for row, size in enumerate(self.sizes)]
        boxes = {
            stage: Box(
                lefts[place.column] + (widest[place.column] - self.widths[stage]) // 2,
                rows[place.row],
                self.widths[stage],
                place,
                self.sizes[place.row],
            )
            for stage, place in self.places.items()
        }
        return boxes, starts, x

    def _x(
        self,
        x: XKey,
        boxes: Mapping[int, Box],
        gaps: Sequence[Mapping[Net, int]],
        starts: Sequence[int],
    ) -> int:
        kind, where, net = x
        if kind == "gap":
            return starts[where] + 1 + 2 * gaps[where][net]
        box = boxes[where]
        if kind == "left":
            return box.x - 1
        if kind == "right":
            return box.right
        return box.port("in" if kind == "in" else "out")


def places_key(places: Mapping[int, Place], link: Link) -> tuple[int, int, int, int]:
    """The order in which links are routed."""
    one, other = places[link.source], places[link.target]
    return one.column, one.row, other.column, other.row


def pack(spans: Mapping[Net, tuple[int, int]]) -> dict[Net, int]:
    """A track for each net, short ones first; those that do not overlap share one."""
    tracks: list[list[tuple[int, int]]] = []
    out: dict[Net, int] = {}
    for net, span in sorted(spans.items(), key=lambda entry: (entry[1][1] - entry[1][0], entry)):
        free = next((n for n, track in enumerate(tracks) if not _overlaps(track, span)), None)
        if free is None:
            free = len(tracks)
            tracks.append([])
        tracks[free].append(span)
        out[net] = free
    return out


def _overlaps(track: Iterable[tuple[int, int]], span: tuple[int, int]) -> bool:
    return any(first <= span[1] and span[0] <= last for first, last in track)


def _ends(plan: _Plan, points: Sequence[Point], boxes: Mapping[int, Box]) -> tuple[Point, ...]:
    """The turns with both ends beside their boxes, cells that repeat left out."""
    first, last = plan.turns[0][0][0], plan.turns[-1][0][0]
    out = list(points)
    if first == "out":
        box = boxes[plan.link.source]
        out.insert(0, Point(points[0].x, box.y - 1 if points[0].y < box.y else box.bottom))
    if last == "in":
        box = boxes[plan.link.target]
        out.append(Point(points[-1].x, box.y - 1 if points[-1].y < box.y else box.bottom))
    return tuple(p for n, p in enumerate(out) if n == 0 or p != out[n - 1])
