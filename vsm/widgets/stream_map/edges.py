"""Chooses which edges of a map are drawn, and which of them columns follow.

A log has far more ways than a picture can show: the most travelled ones are drawn, and how many
are not is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vsm.features.map.results import MapEdge, MapStage, ValueStreamMap
from vsm.model.stream import Category, EdgeKind
from vsm.widgets.stream_map.grid import Pair
from vsm.widgets.stream_map.routes import Link

COVERED = 0.9
"""The share of all moves that the edges drawn have together, at least."""
FEW = 12
"""Edges that are always few enough to be drawn."""
FOLLOWED = 0.5
"""The share of drawn edges that are travelled from which on the map is what people follow."""
STRAY = 0.02
"""Moves along edges that the stream has not are drawn from this share of all moves on."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Edges that are drawn, those that columns follow, and how many others there are."""

    links: tuple[Link, ...]
    follows: frozenset[Pair]
    hidden: int
    strayed: bool
    """Whether items go other ways than the stream has edges, so that columns follow the moves."""


def choose_edges(of: ValueStreamMap, every: bool = False, also: Iterable[Pair] = ()) -> Chosen:
    """The edges to draw: all with ``every``, else the most travelled, those in ``also`` too."""
    visible = {s.id for s in of.stages if not s.retired}
    dropped = {s.id for s in of.stages if s.category is Category.DROPPED}
    edges = [
        e
        for e in of.edges
        if {e.source, e.target} <= visible
        and e.source != e.target
        and (e.drawn or not {e.source, e.target} & dropped)
    ]
    stages = [s for s in of.stages if s.id in visible]
    visited = {s.id for s in stages if s.arrivals or s.wip}
    visited |= {end for e in edges if e.moves for end in (e.source, e.target)}
    strayed = _strays(edges, visited)
    keep = _kept(edges, visited, strayed)
    count = sum(1 for e in edges if e.moves or (e.drawn and not strayed))
    shown = set(also) | {(e.source, e.target) for e in edges} if every else keep | set(also)
    at = {stage.id: n for n, stage in enumerate(stages)}
    links = tuple(
        Link(e.source, e.target, leads_back(e, at)) for e in edges if (e.source, e.target) in shown
    )
    hidden = 0 if every else max(0, count - sum(1 for link in links))
    follows = _followed(edges, keep, stages, strayed)
    return Chosen(links, follows, hidden, strayed)


def leads_back(edge: MapEdge, at: dict[int, int]) -> bool:
    """Whether an edge is drawn as one that leads back."""
    if edge.kind == EdgeKind.REWORK:
        return True
    return edge.kind != EdgeKind.FORWARD and at[edge.target] < at[edge.source]


def _strays(edges: Sequence[MapEdge], visited: set[int]) -> bool:
    """Whether fewer than half of the forward edges between stages in use are travelled."""
    drawn = [
        e
        for e in edges
        if e.drawn and e.kind == EdgeKind.FORWARD and {e.source, e.target} <= visited
    ]
    total = sum(e.moves for e in edges)
    if not total or not drawn:
        return False
    along = sum(e.moves for e in edges if e.drawn) / total
    used = sum(1 for e in drawn if e.moves) / len(drawn)
    return used < FOLLOWED or along < FOLLOWED


def _kept(edges: Sequence[MapEdge], visited: set[int], strayed: bool) -> set[Pair]:
    """Drawn edges, the most travelled ones, and of each stage the most travelled in and out."""
    moved = sorted((e for e in edges if e.moves), key=lambda e: (-e.moves, e.source, e.target))
    total = sum(e.moves for e in moved)
    keep: set[Pair] = set()
    covered = 0
    for edge in moved:
        rare = edge.moves < STRAY * total and not edge.drawn
        if not rare and (covered < COVERED * total or len(keep) < FEW):
            keep.add((edge.source, edge.target))
        covered += edge.moves
    for edge in edges:
        fresh = not {edge.source, edge.target} <= visited
        new = edge.target not in visited
        if edge.drawn and (not strayed or (fresh and new) or edge.kind == EdgeKind.REWORK):
            keep.add((edge.source, edge.target))
    if strayed:
        for ends in ("source", "target"):
            seen: set[int] = set()
            for edge in moved:
                stage = getattr(edge, ends)
                if stage not in seen:
                    seen.add(stage)
                    keep.add((edge.source, edge.target))
    return keep


def _followed(
    edges: Sequence[MapEdge], keep: set[Pair], stages: Sequence[MapStage], strayed: bool
) -> frozenset[Pair]:
    """The forward edges that columns follow: those of the stream, or those that items take."""
    ended = {s.id for s in stages if s.category in (Category.DONE, Category.DROPPED)}
    forward = [e for e in edges if e.kind == EdgeKind.FORWARD and e.source not in ended]
    if not strayed:
        return frozenset((e.source, e.target) for e in forward if e.drawn)
    return frozenset((e.source, e.target) for e in forward if (e.source, e.target) in keep)
