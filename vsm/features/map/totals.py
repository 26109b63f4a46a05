"""Computes the paths of a value stream map and the totals of the whole stream; plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import prod

from vsm.features.map.results import LongestPath, MapEdge, MapStage, Measure, Totals
from vsm.features.metrics.results import Figures
from vsm.model.stream import Category, EdgeKind, ValueStream


def main_path_of(stream: ValueStream, places: Sequence[int]) -> tuple[int, ...]:
    """The main path by ids of stages: of ``places`` in the order, else along the first edges.

    Before anything moved it leads from the commitment along forward edges to the next stage in
    order, until done.
    """
    if places:
        return tuple(stream.order[place].id for place in places)
    current, path = stream.commitment_stage, list[int]()
    while current is not None and not current.category.ended:
        path.append(current.id)
        following = [stream.stage(target) for target in stream.following(current.id)]
        open_ones = [s for s in following if not s.retired] or following
        current = min(open_ones, key=lambda s: stream.index[s.id], default=None)
    return tuple(path)


def total_figures(
    stream: ValueStream,
    stages: Sequence[MapStage],
    edges: Sequence[MapEdge],
    path: Sequence[int],
    lead: Measure,
    ratio: Measure,
    figures: Figures,
) -> Totals:
    """Totals of a stream; ``lead`` and ``ratio`` as measured, the others from its stages."""
    by_id = {stage.id: stage for stage in stages}
    begun = [by_id[s.id] for s in stream.order if s.id in stream.starting]
    counted = [stage for stage in begun if not _is_within_another(stage, by_id)]
    main = [by_id[number] for number in path]
    n = max((stage.process.n for stage in begun), default=0)
    process = Measure(_sum((s.process.measured, s.on_path) for s in begun), None, n)
    wait = Measure(_sum((s.wait.measured, s.on_path) for s in counted), None, n)
    declared_process, declared_wait = _declared(begun, counted, main)
    both = None
    if declared_process is not None and declared_wait is not None:
        both = declared_process + declared_wait
    shares = [s.complete_accurate.declared for s in main if s.category is Category.ACTIVE]
    declared = [share for share in shares if share is not None]
    sums = [part for part in (process.measured, wait.measured) if part is not None]
    return Totals(
        process=replace(process, declared=declared_process),
        wait=replace(wait, declared=declared_wait),
        lead_time=replace(lead, declared=both),
        activity_ratio=replace(ratio, declared=(declared_process or 0.0) / both if both else None),
        rolled=Measure(
            figures.complete_accurate.rolled,
            prod(declared) if declared and len(declared) == len(shares) else None,
            len(figures.complete_accurate.path),
        ),
        sum_of_medians=sum(sums) if sums else None,
        longest=longest_path(stream, by_id, edges),
    )


def _is_within_another(stage: MapStage, by_id: dict[int, MapStage]) -> bool:
    """Whether the wait of a queue stage is part of the wait of the stage that it feeds."""
    return stage.feeds is not None and stage.feeds in by_id


def _sum(parts: Iterable[tuple[float | None, float | None]]) -> float | None:
    """The sum of values by their shares, of those that are known; ``None`` where none is."""
    known = [value * share for value, share in parts if value is not None and share]
    return sum(known) if known else None


def _declared(
    begun: Sequence[MapStage], counted: Sequence[MapStage], main: Sequence[MapStage]
) -> tuple[float | None, float | None]:
    """Process time and wait as declared; ``None`` unless each stage of work on the main path has
    it. A wait that is declared of a stage stands for the queue stages that feed it too.
    """
    work = [stage for stage in main if stage.category is Category.ACTIVE]

    def share(stage: MapStage) -> float:
        if stage.on_path is not None:
            return stage.on_path
        return 1.0 if stage.on_main_path else 0.0

    def wait_of(stage: MapStage) -> float | None:
        own = stage.wait.declared
        fed_by = [s.wait.declared for s in begun if s.feeds == stage.id]
        queued = [days for days in fed_by if days is not None]
        return own if own is not None or not queued else sum(queued)

    process = wait = None
    if work and all(stage.process.declared is not None for stage in work):
        process = _sum((s.process.declared, share(s)) for s in begun) or 0.0
    if work and all(wait_of(stage) is not None for stage in work):
        wait = _sum((wait_of(s), share(s)) for s in counted) or 0.0
    return process, wait


def longest_path(
    stream: ValueStream, by_id: dict[int, MapStage], edges: Sequence[MapEdge]
) -> LongestPath | None:
    """The way from a start to done whose stages' process time and wait add up to the most.

    It goes along forward moves of the window, or along drawn edges where nothing moved.
    """
    forward = [edge for edge in edges if edge.kind == EdgeKind.FORWARD]
    used = [edge for edge in forward if edge.moves] or [edge for edge in forward if edge.drawn]
    before: dict[int, list[int]] = {}
    for edge in used:
        before.setdefault(edge.target, []).append(edge.source)
    best: dict[int, tuple[float, tuple[int, ...]]] = {}
    for stage in stream.order:
        if stage.id not in stream.starting:
            continue
        ways = [best[source] for source in before.get(stage.id, ()) if source in best]
        days, way = max(ways, key=lambda one: one[0], default=(0.0, ()))
        best[stage.id] = days + _length(by_id[stage.id], by_id), (*way, stage.id)
    if not any(length for length, _ in best.values()):
        return None
    days, way = max(best.values(), key=lambda one: one[0])
    return LongestPath(tuple(by_id[number].name for number in way), days)


def _length(stage: MapStage, by_id: dict[int, MapStage]) -> float:
    wait = 0.0 if _is_within_another(stage, by_id) else stage.wait.best or 0.0
    return (stage.process.best or 0.0) + wait
