"""Chooses which edges of a map are drawn, and which of them columns follow.

A log has far more ways than a picture can show: the most travelled ones are drawn, and how many
are not is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vsm.features.map.results import MapEdge, ValueStreamMap
from vsm.model.stream import Category, EdgeKind
from vsm.widgets.stream_map.grid import Pair
from vsm.widgets.stream_map.routes import Link

COVERED = 0.9
"""The share of all moves that the edges drawn have together, at least."""
FEW = 12
"""Edges that are always few enough to be drawn."""
FOLLOWED = 0.5
"""The share of drawn edges that are travelled from which on the map is what people follow."""
ENOUGH = 3
"""Moves for each edge of the stream that say where items go; with fewer its edges do."""
STRAY = 0.02
"""Moves along edges that the stream has not are drawn from this share of all moves on."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Edges that are drawn, those that columns follow, and how many others there are."""

    links: tuple[Link, ...]
    follows: frozenset[Pair]
    path: tuple[int, ...]
    """The stages of the main path, and before it where its items come from."""
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
    moved = {end for e in edges if e.moves for end in (e.source, e.target)}
    strayed = _strays(edges, moved)
    path = path_of(of, strayed)
    keep = _kept(edges, moved, strayed) | ({*pairwise(path)} & {ends_of(e) for e in edges})
    shown = {ends_of(e) for e in edges} if every else keep | set(also)
    at = {stage.id: n for n, stage in enumerate(of.stages)}
    links = tuple(Link(e.source, e.target, leads_back(e, at)) for e in edges if ends_of(e) in shown)
    rarer = sum(1 for e in edges if e.moves and ends_of(e) not in shown)
    return Chosen(links, _followed(edges, keep, strayed, of), path, rarer, strayed)


def ends_of(edge: MapEdge) -> Pair:
    """Where an edge begins and ends."""
    return edge.source, edge.target


def leads_back(edge: MapEdge, at: dict[int, int]) -> bool:
    """Whether an edge is drawn as one that leads back."""
    if edge.kind == EdgeKind.REWORK:
        return True
    return edge.kind != EdgeKind.FORWARD and at[edge.target] < at[edge.source]


def path_of(of: ValueStreamMap, strayed: bool = False) -> tuple[int, ...]:
    """The stages of the first row: the main path, where its items come from, and where they end.

    It is made of moves of the past: a stage that was inserted since is led through, unless items
    stray from the edges of the stream anyway.
    """
    at = {s.id: n for n, s in enumerate(of.stages) if not s.retired and s.is_reachable}
    forward = [
        e
        for e in of.edges
        if e.kind == EdgeKind.FORWARD
        and e.source in at
        and e.target in at
        and at[e.source] < at[e.target]
    ]
    main = [stage for stage in of.main_path if stage in at]
    if not strayed:
        drawn = [ends_of(e) for e in forward if e.drawn]
        main = main[:1] + [n for a, b in pairwise(main) for n in _between(a, b, drawn)]

    def busiest(edges: Iterable[MapEdge]) -> MapEdge | None:
        return max(edges, key=lambda e: (e.moves, e.drawn, -at[e.target]), default=None)

    while main and (edge := busiest(e for e in forward if e.target == main[0])):
        main.insert(0, edge.source)
    ended = {s.id for s in of.stages if s.category.ended}
    while (
        main
        and main[-1] not in ended
        and (edge := busiest(e for e in forward if e.source == main[-1]))
    ):
        main.append(edge.target)
    return tuple(main)


def _between(first: int, last: int, edges: Sequence[Pair]) -> list[int]:
    """The stages after one up to another along the fewest edges; the other alone without a way."""
    ways = {first: [first]}
    front = [first]
    while front and last not in ways:
        steps = [(a, b) for a in front for source, b in edges if source == a and b not in ways]
        for a, b in steps:
            ways.setdefault(b, [*ways[a], b])
        front = list(dict.fromkeys(b for _, b in steps))
    return ways.get(last, [first, last])[1:]


def _strays(edges: Sequence[MapEdge], moved: set[int]) -> bool:
    """Whether items go other ways than the stream has edges: most moves, or most edges."""
    drawn = [e for e in edges if e.drawn and e.kind == EdgeKind.FORWARD]
    total = sum(e.moves for e in edges)
    known = [e for e in drawn if {e.source, e.target} <= moved]
    if total < ENOUGH * len(drawn) or not known:
        return False
    along = sum(e.moves for e in edges if e.drawn) / total
    used = sum(1 for e in known if e.moves) / len(known)
    return used < FOLLOWED or along < FOLLOWED


def _kept(edges: Sequence[MapEdge], moved: set[int], strayed: bool) -> set[Pair]:
    """Drawn edges, the most travelled ones, and of each stage the most travelled in and out."""
    moving = sorted((e for e in edges if e.moves), key=lambda e: (-e.moves, *ends_of(e)))
    total = sum(e.moves for e in moving)
    keep: set[Pair] = set()
    covered = 0
    for edge in moving:
        rare = edge.moves < STRAY * total and not edge.drawn
        if not rare and (covered < COVERED * total or len(keep) < FEW):
            keep.add(ends_of(edge))
        covered += edge.moves
    for edge in edges:
        # Where items stray, edges tell only where a stage belongs that nothing moved into.
        if edge.drawn and (not strayed or edge.target not in moved or edge.kind == EdgeKind.REWORK):
            keep.add(ends_of(edge))
    for ends in ("source", "target") if strayed else ():
        seen: set[int] = set()
        for edge in moving:
            stage = getattr(edge, ends)
            if stage not in seen:
                seen.add(stage)
                keep.add(ends_of(edge))
    return keep


def _followed(
    edges: Sequence[MapEdge],
    keep: set[Pair],
    strayed: bool,
    of: ValueStreamMap,
) -> frozenset[Pair]:
    """The forward edges that columns follow: those of the stream, or those that items take."""
    ended = {s.id for s in of.stages if s.category in (Category.DONE, Category.DROPPED)}
    forward = [e for e in edges if e.kind == EdgeKind.FORWARD and e.source not in ended]
    if not strayed:
        return frozenset(ends_of(e) for e in forward if e.drawn)
    return frozenset(ends_of(e) for e in forward if ends_of(e) in keep)
