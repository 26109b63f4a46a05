"""The value stream map that a draft describes, to be exported: its figures are worked out.

A figure that the draft leaves as it is stays as it was measured; all others stand as declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vsm.features.map.future_compare import Sides
from vsm.features.map.future_results import DEMAND, Compared, FutureStage, Pair
from vsm.features.map.results import (
    NOTHING,
    LeftOut,
    MapEdge,
    MapStage,
    Measure,
    Totals,
    ValueStreamMap,
)
from vsm.model.stream import Edge, Stage, ValueStream


def future_map(
    figures: ValueStreamMap, result: Compared, sides: Sides, stream: ValueStream
) -> ValueStreamMap:
    """The map of the ``stream`` that a draft describes; ``figures`` is the map as it is."""
    known = {stage.id: stage for stage in figures.stages}
    worked = {stage.stage: stage for stage in result.stages}
    limiting = sides.after.constraint
    claimed = () if limiting is None or result.constraint_after == DEMAND else limiting.stages
    stages = tuple(
        _stage(known.get(stage.id), worked, stage, place, constraint=stage.id in claimed)
        for place, stage in enumerate(stream.order)
        if not stage.retired
    )
    path = tuple(
        stage.id for stage in stages if stage.id in figures.main_path or stage.id not in known
    )
    edges = {(edge.source, edge.target): edge for edge in figures.edges}
    names = {stage.id: stage.name for stage in stages}
    return replace(
        figures,
        draft=result.name,
        stages=stages,
        edges=tuple(
            _edge(edge, edges.get((edge.source, edge.target)), sides, names, path)
            for edge in stream.edges
            if edge.source in names and edge.target in names
        ),
        main_path=path,
        totals=Totals(
            process=Measure(declared=result.process_days.after),
            lead_time=Measure(declared=result.lead_days.after),
            rolled=Measure(declared=result.rolled_ca.after),
        ),
        left_out=LeftOut(),
        constraint=result.constraint_after,
        futures=(),
    )


def _stage(
    known: MapStage | None,
    worked: Mapping[int, FutureStage],
    stage: Stage,
    place: int,
    *,
    constraint: bool,
) -> MapStage:
    box = known or MapStage(id=stage.id, name=stage.name, category=stage.category)
    box = replace(
        box,
        name=stage.name,
        category=stage.category,
        position=place,
        limit=stage.limit if stage.limited else None,
        retired=False,
        utilisation=None,
        constraint=constraint,
    )
    share = stage.complete_accurate
    if share is not None and share != box.complete_accurate.declared:
        box = replace(box, complete_accurate=Measure(declared=share))
    own = worked.get(stage.id)
    if own is None:
        return box
    fed = worked.get(box.feeds) if box.feeds is not None else None
    # The wait of a queue that feeds one stage is part of the one there.
    keeps_wait = fed is None or not fed.wait.is_changed
    return replace(
        box,
        team=own.team,
        process=_measure(box.process, own.process),
        wait=_measure(box.wait, own.wait) if keeps_wait else NOTHING,
        utilisation=own.utilisation.after,
    )


def _measure(measure: Measure, pair: Pair) -> Measure:
    if not pair.is_changed:
        return measure
    return NOTHING if pair.after is None else Measure(declared=pair.after)


def _edge(
    edge: Edge,
    known: MapEdge | None,
    sides: Sides,
    names: Mapping[int, str],
    path: tuple[int, ...],
) -> MapEdge:
    network, visits = sides.after.network, sides.after.visits
    if edge.source not in network.nodes:  # before the commitment: as it is
        share, per_week = (known.share, known.per_week) if known is not None else (None, 0.0)
    else:
        leaves = network.leaves(edge.source)
        rest = 1.0 - sum(leaves.values())
        share = leaves.get(edge.target, 0.0 if edge.target in network.nodes else rest)
        per_week = network.rate * visits[edge.source] * share * network.week_days
    return MapEdge(
        source=edge.source,
        target=edge.target,
        source_name=names[edge.source],
        target_name=names[edge.target],
        kind=edge.kind,
        drawn=True,
        per_week=per_week,
        share=share,
        on_main_path=known.on_main_path
        if known is not None
        else edge.kind == "forward" and {edge.source, edge.target} <= set(path),
        note=edge.note,
    )
