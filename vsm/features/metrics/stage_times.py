"""Computes time in each stage, flow efficiency, and the ages at which items passed each stage."""

from __future__ import annotations

import numpy as np

from vsm.features.metrics.results import Efficiency, Pace, StageTime
from vsm.features.metrics.spread import spread
from vsm.flow.blockers import Blocked
from vsm.flow.cycle import has_category
from vsm.flow.finishing import passing_ages
from vsm.flow.flow_data import FlowData, Paths
from vsm.model.rules import DAY
from vsm.model.stream import Category


def time_in_stage(data: FlowData, paths: Paths) -> tuple[StageTime, ...]:
    """Days that these finished items spent in each stage over all their visits there.

    Done and dropped stages are left out; ``n`` counts the items that were there.
    """
    count, stage_places = paths.rows.size, len(data.stream.order)
    cell = paths.place * count + paths.row
    # Whole microseconds sum exactly. Open visits are infinite, but only done stages have any here.
    spent = paths.left - paths.entered
    total = np.bincount(cell, weights=spent, minlength=count * stage_places)
    days = (total / DAY).reshape(stage_places, count)
    visited = np.zeros(count * stage_places, dtype=np.bool_)
    visited[cell] = True
    was_there = visited.reshape(stage_places, count)
    out = []
    for place, stage in enumerate(data.stream.order):
        if stage.category.ended:
            continue
        values = days[place, was_there[place]]
        if values.size or not stage.retired:
            out.append(StageTime(stage.name, spread(values), float(values.sum())))
    return tuple(out)


def efficiency(data: FlowData, paths: Paths, blocked: Blocked) -> Efficiency:
    """Flow efficiency: the share of the time between start and finish in which items were active.

    Active is the time in active stages while not blocked; everything else is waiting, which is
    summed by stage too. Time in another stream is neither. The paths are of finished items
    with a known start.
    """
    rows, row, place = paths.rows, paths.row, paths.place
    start, finish = data.flow.start[rows], data.flow.finish[rows]
    begin = np.maximum(paths.entered, start[row])
    end = np.minimum(paths.left, finish[row])
    span = np.maximum(0, end - begin)
    working = has_category(data.stream, Category.ACTIVE)[place]
    stopped = np.zeros(row.size, dtype=np.int64)
    stopped[working] = blocked.within(rows[row[working]], begin[working], end[working])
    waits = np.where(working, stopped, span)
    by_place = np.bincount(place, weights=waits, minlength=len(data.stream.order)) / DAY
    total = int(data.micros_here(rows, start, finish).sum())
    active = int((span - stopped)[working].sum())
    return Efficiency(
        ratio=active / total if total else None,
        active_days=active / DAY,
        waiting_days=(total - active) / DAY,
        waiting_by_stage=tuple(
            (stage.name, float(days))
            for stage, days in zip(data.stream.order, by_place.tolist(), strict=True)
            if days or (stage.category.working and not stage.retired)
        ),
    )


def pace(data: FlowData, paths: Paths) -> tuple[Pace, ...]:
    """Percentiles of the ages at which these items passed each stage (Vacanti's pace).

    A retired stage has a row where one of them was in it.
    """
    at, ages = passing_ages(data, paths)
    return tuple(
        Pace(data.stream.order[place].name, spread(ages[:, n]))
        for n, place in enumerate(at.tolist())
        if not data.stream.order[place].retired or (paths.place == place).any()
    )
