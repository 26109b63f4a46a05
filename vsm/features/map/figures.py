"""Computes the figures of the value stream map of one stream: stages, edges, paths and totals.

What the flow metrics have already is taken from them, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vsm.features.map.results import (
    LeftOut,
    MapEdge,
    MapStage,
    Measure,
    ValueStreamMap,
)
from vsm.features.map.totals import main_path_of, total_figures
from vsm.features.metrics.results import Figures
from vsm.features.metrics.spread import spread
from vsm.features.metrics.stage_times import efficiency
from vsm.features.metrics.wip import wip_of
from vsm.flow.blockers import Blocked, Blocks
from vsm.flow.cycle import has_category
from vsm.flow.facts import Facts
from vsm.flow.finishing import finished_in
from vsm.flow.flow_data import FlowData
from vsm.flow.history import FAR, Ints
from vsm.flow.window import Window
from vsm.flow.working_time import in_working_time
from vsm.model.calendar import workdays_text
from vsm.model.declared import TimeBasis
from vsm.model.rules import DAY
from vsm.model.stream import Category, Direction, Stage, ValueStream

_WEEK = 7


@dataclass(frozen=True, slots=True)
class _Timed:
    """A history with its blockers in the time that the map counts."""

    data: FlowData
    blocks: Blocks


def map_figures(
    data: FlowData,
    facts: Facts,
    span: Window,
    figures: Figures,
    *,
    feeds: Mapping[int, int],
    declared_at: Mapping[int, int],
    exempt: Mapping[int, int] | None = None,
    whole: FlowData | None = None,
) -> ValueStreamMap:
    """The map of a stream from its flow data and its figures in the same window.

    ``feeds`` says which stage each queue stage feeds alone, by ids; ``declared_at`` since when
    what is declared of a stage stands, ``exempt`` how many of its items do not count into its
    limit. ``whole`` is the flow of all items where ``data`` is of some: WIP is of all, as limits
    are, and rates a week do not count the time before the first.
    """
    stream = data.stream
    blocks = facts.blocks.up_to(data.history, span.as_of)
    timed = _Timed(data, blocks)
    if stream.map_time is TimeBasis.WORKING:
        timed = _Timed(*in_working_time(data, blocks, span.as_of))
    finished = np.flatnonzero(finished_in(data, span))
    pathed = finished[data.has_full_path[finished]]
    times = _stage_times(timed, pathed, feeds)
    path = main_path_of(stream, data.main_path)
    whole = whole or data
    weeks = weeks_of(span, whole)
    wip = dict(wip_of(whole.flow, stream).by_stage)
    counts = {s.id: (wip.get(s.name, 0), (exempt or {}).get(s.id, 0)) for s in stream.order}
    stages = _stages(data, facts, span, figures, times, feeds, declared_at, path, weeks, counts)
    edges = _edges(timed, data, span, path, weeks)
    lead, ratio = _measured_totals(timed, data, finished, figures)
    return ValueStreamMap(
        stream=stream.name,
        zone=stream.zone,
        as_of=span.as_of,
        last_activity=data.last_activity_by(span.as_of),
        window=figures.basic.window,
        time=stream.map_time,
        time_text=time_text(stream),
        finished=int(finished.size),
        stages=stages,
        edges=edges,
        main_path=path,
        totals=total_figures(stream, stages, edges, path, lead, ratio, figures),
        left_out=LeftOut(
            path_unknown=int(finished.size - pathed.size),
            finished_without_start=figures.basic.cycle_time_left_out.finished_without_start,
            partly_known=figures.complete_accurate.left_out,
            clock_skew=figures.clock_skew.finished,
        ),
    )


def weeks_of(span: Window, whole: FlowData) -> float:
    """The weeks of the window from the first entry on, at least one where the window is as long."""
    since = span.length
    if whole.entered.size:
        since = (span.end - int(whole.entered.min())) / DAY
    return min(span.length, max(since, _WEEK)) / _WEEK


def time_text(stream: ValueStream) -> str:
    """What the days of a stream's map are, in words."""
    if stream.map_time is TimeBasis.ELAPSED:
        return stream.map_time.words
    return f"{stream.map_time.words} ({stream.map_time.help}, {workdays_text(stream.workdays)})"


@dataclass(frozen=True, slots=True)
class _StageTimes:
    """Of each place of the order: process time, and time in the stage with what feeds it, in days.

    Of the finished items that were there; ``finished`` is how many items they are among.
    """

    process: tuple[NDArray[np.float64], ...]
    total: tuple[NDArray[np.float64], ...]
    finished: int


def _stage_times(timed: _Timed, rows: Ints, feeds: Mapping[int, int]) -> _StageTimes:
    data, order = timed.data, timed.data.stream.order
    paths = data.paths(rows)
    shape = len(order), rows.size
    cell = paths.place * rows.size + paths.row
    spent = paths.left - paths.entered
    working = has_category(data.stream, Category.ACTIVE)[paths.place]
    active = np.zeros(spent.size, dtype=np.int64)
    stopped = Blocked(timed.blocks).within(
        rows[paths.row[working]], paths.entered[working], paths.left[working]
    )
    active[working] = spent[working] - stopped

    def days(micros: Ints) -> NDArray[np.float64]:
        sums = np.bincount(cell, weights=micros, minlength=shape[0] * shape[1])
        table: NDArray[np.float64] = (sums / DAY).reshape(shape)
        return table

    visited = np.zeros(shape[0] * shape[1], dtype=np.bool_)
    visited[cell] = True
    was_there = visited.reshape(shape)
    process, inside = days(active), days(spent)
    total = inside.copy()
    for queue, target in feeds.items():
        total[data.stream.index[target]] += inside[data.stream.index[queue]]
    return _StageTimes(
        tuple(process[place, was_there[place]] for place in range(len(order))),
        tuple(total[place, was_there[place]] for place in range(len(order))),
        int(rows.size),
    )


def _stages(
    data: FlowData,
    facts: Facts,
    span: Window,
    figures: Figures,
    times: _StageTimes,
    feeds: Mapping[int, int],
    declared_at: Mapping[int, int],
    path: tuple[int, ...],
    weeks: float,
    counts: Mapping[int, tuple[int, int]],
) -> tuple[MapStage, ...]:
    stream = data.stream
    quality = {row.stage: row for row in figures.complete_accurate.by_stage}
    began = data.place[span.holds(data.entered)]
    arrivals = np.bincount(began, minlength=len(stream.order)).tolist()
    out = []
    for place, stage in enumerate(stream.order):
        process, wait = _times_of(stage, times, place)
        left = quality.get(stage.name)
        count, exempt = counts[stage.id]
        is_declared = stage.id in declared_at and _is_declared(stage)
        out.append(
            MapStage(
                id=stage.id,
                name=stage.name,
                category=stage.category,
                team=None if stage.team is None else facts.teams.get(stage.team),
                position=place,
                retired=stage.retired,
                wip=count,
                exempt=exempt,
                limit=stage.limit if stage.limited else None,
                is_over=stage.over(count - exempt),
                arrivals=arrivals[place] / weeks if weeks else None,
                on_path=times.process[place].size / times.finished if times.finished else None,
                on_main_path=stage.id in path,
                process=process,
                wait=wait,
                complete_accurate=Measure(
                    left.share if left else None, stage.complete_accurate, left.n if left else 0
                ),
                feeds=feeds.get(stage.id),
                is_reachable=is_reachable(stream, stage),
                declared_at=declared_at.get(stage.id) if is_declared else None,
                declared_note=stage.declared_note,
                note=stage.note,
            )
        )
    return tuple(out)


def _is_declared(stage: Stage) -> bool:
    values = stage.process_days, stage.wait_days, stage.complete_accurate
    return any(value is not None for value in values)


def _times_of(stage: Stage, times: _StageTimes, place: int) -> tuple[Measure, Measure]:
    """Process time and wait of a stage: by medians, so that both add up to the median there."""
    total = spread(times.total[place])
    if stage.category.ended:
        return Measure(None, stage.process_days), Measure(None, stage.wait_days)
    if stage.category is not Category.ACTIVE:
        return (
            Measure(None, stage.process_days),
            Measure(total.p50, stage.wait_days, total.n),
        )
    process = spread(times.process[place])
    wait = None if total.p50 is None or process.p50 is None else total.p50 - process.p50
    return (
        Measure(process.p50, stage.process_days, process.n),
        Measure(wait, stage.wait_days, total.n),
    )


def is_reachable(stream: ValueStream, stage: Stage) -> bool:
    """Whether forward edges lead to a stage from where items come in; dropped ones need none."""
    begins = {s.id for s in stream.line if s.category is Category.BACKLOG}
    begins |= {s.id for s in (stream.commitment_stage, *stream.line[:1]) if s is not None}
    if stage.retired or stage.category is Category.DROPPED or stage.id in begins:
        return True
    return any(stream.reaches(begin, stage.id) for begin in begins)


def _edges(
    timed: _Timed, data: FlowData, span: Window, path: tuple[int, ...], weeks: float
) -> tuple[MapEdge, ...]:
    """Edges that are drawn, and moves between other stages in the window."""
    stream, order = data.stream, data.stream.order
    moves = moves_within(data, span)
    pairs = data.place[moves - 1] * len(order) + data.place[moves]
    counts = np.bincount(pairs, minlength=len(order) ** 2).reshape(len(order), len(order))
    drawn = {(edge.source, edge.target): edge for edge in stream.edges}
    ends = {(order[a].id, order[b].id) for a, b in np.argwhere(counts).tolist()}
    by_index = sorted(ends | drawn.keys(), key=lambda e: (stream.index[e[0]], stream.index[e[1]]))
    steps = {*pairwise(path)}
    out = []
    for source, target in by_index:
        a, b = stream.index[source], stream.index[target]
        edge, count = drawn.get((source, target)), int(counts[a, b])
        direction = stream.direction(source, target)
        leaves = int(counts[a].sum())
        extra = None
        if direction is Direction.REWORK and count:
            extra = _median_stay(timed, moves[pairs == a * len(order) + b])
        out.append(
            MapEdge(
                source=source,
                target=target,
                source_name=order[a].name,
                target_name=order[b].name,
                kind=str(direction if edge is None else edge.kind),
                drawn=edge is not None,
                moves=count,
                per_week=count / weeks if weeks else 0.0,
                share=count / leaves if leaves else None,
                extra_days=extra,
                on_main_path=(source, target) in steps,
                note="" if edge is None else edge.note,
            )
        )
    return tuple(out)


def moves_within(data: FlowData, span: Window) -> Ints:
    """The moves between stages in a window, of items whose history is full."""
    moves = data.moves[data.is_full[data.owner[data.moves]]]
    moves = moves[span.holds(data.entered[moves])]
    between: Ints = moves[data.place[moves - 1] != data.place[moves]]
    return between


def _median_stay(timed: _Timed, visits: Ints) -> float | None:
    """The median length in days of those visits that ended, of items with reliable times."""
    data = timed.data
    visits = visits[data.is_ordered[data.owner[visits]] & (data.left[visits] != FAR)]
    return spread((data.left[visits] - data.entered[visits]) / DAY).p50


def _measured_totals(
    timed: _Timed, data: FlowData, finished: Ints, figures: Figures
) -> tuple[Measure, Measure]:
    """The median time from start to finish, and the activity ratio."""
    if timed.data is data:
        took = figures.basic.cycle_time_elapsed_days
        return Measure(took.p50, None, took.n), Measure(figures.efficiency.ratio, None, took.n)
    rows = finished[data.is_timed[finished]]
    flow = timed.data.flow
    took = spread(timed.data.micros_here(rows, flow.start[rows], flow.finish[rows]) / DAY)
    known = timed.data.paths(rows[data.has_full_path[rows]])
    ratio = efficiency(timed.data, known, Blocked(timed.blocks)).ratio
    return Measure(took.p50, None, took.n), Measure(ratio, None, took.n)
