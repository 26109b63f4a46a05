"""Where items spend their time: in each stage, worked on or waiting, and how they age."""

from __future__ import annotations

import numpy as np

from vsm.features.metrics.results import Efficiency, Pace, StageTime
from vsm.features.metrics.spread import spread
from vsm.flow.blockers import Blocked
from vsm.flow.cycle import categories
from vsm.flow.flow_data import FlowData, Paths
from vsm.flow.history import Ints
from vsm.model.rules import DAY
from vsm.model.stream import Category


def time_in_stage(known: FlowData, paths: Paths) -> tuple[StageTime, ...]:
    """Days that these finished items spent in each stage over all their visits there.

    Done and dropped stages are left out; ``n`` counts the items that were there.
    """
    count, places = paths.rows.size, len(known.stream.order)
    cell = paths.place * count + paths.row
    spent = paths.left - paths.entered  # whole numbers sum exactly; of done ones nobody asks
    total = np.bincount(cell, weights=spent, minlength=count * places)
    days = (total / DAY).reshape(places, count)
    there = np.zeros(count * places, dtype=np.bool_)
    there[cell] = True
    was = there.reshape(places, count)
    out = []
    for place, stage in enumerate(known.stream.order):
        if stage.category.ended:
            continue
        values = days[place, was[place]]
        if values.size or not stage.retired:
            out.append(StageTime(stage.name, spread(values), float(values.sum())))
    return tuple(out)


def efficiency(known: FlowData, paths: Paths, blocked: Blocked) -> Efficiency:
    """How much of the time between start and finish these items were worked on.

    Active is time in active stages while not blocked; all else is waiting, told by the stage in
    which an item waited. The paths are of finished items whose start is known.
    """
    rows, row, place = paths.rows, paths.row, paths.place
    start, finish = known.flow.start[rows], known.flow.finish[rows]
    begin = np.maximum(paths.entered, start[row])
    end = np.minimum(paths.left, finish[row])
    span = np.maximum(0, end - begin)
    working = categories(known.stream, Category.ACTIVE)[place]
    stopped = np.zeros(row.size, dtype=np.int64)
    stopped[working] = blocked.within(rows[row[working]], begin[working], end[working])
    waits = np.where(working, stopped, span)
    by_place = np.bincount(place, weights=waits, minlength=len(known.stream.order)) / DAY
    total = int((finish - start).sum())
    active = int((span - stopped)[working].sum())
    return Efficiency(
        ratio=active / total if total else None,
        active_days=active / DAY,
        waiting_days=(total - active) / DAY,
        waiting_by_stage=tuple(
            (stage.name, float(days))
            for stage, days in zip(known.stream.order, by_place.tolist(), strict=True)
            if days or (stage.category.working and not stage.retired)
        ),
    )


def passing_ages(known: FlowData, paths: Paths) -> tuple[Ints, Ints]:
    """Ages of these finished items when they last passed each stage, in inclusive days.

    Returns the places of the stages (working ones from the commitment on) and a table with a row
    an item. An item that was never there or before passed it at the age of 1; so pace never falls
    along the order.
    """
    stream = known.stream
    starting = [n for n, s in enumerate(stream.order) if s.id in stream.starting]
    started = known.days[1][paths.rows]
    moved = np.flatnonzero(paths.row[1:] == paths.row[:-1]) + 1
    # Narrow numbers are compared several times as fast, once for every stage.
    place = paths.place.astype(np.int16)
    source, target = place[moved - 1], place[moved]
    day, row = known.day[paths.visits[moved]], paths.row[moved]
    passed = np.tile(started, (len(starting), 1))
    for column, at in enumerate(starting):
        beyond = np.flatnonzero((source <= at) & (target > at))
        passed[column, row[beyond]] = day[beyond]  # in order of time: the last one stays
    ages: Ints = np.maximum(passed, started).T - started[:, None] + 1
    return np.array(starting, dtype=np.int64), ages


def pace(known: FlowData, paths: Paths) -> tuple[Pace, ...]:
    """Percentiles of the ages at which these items passed each stage (Vacanti's pace)."""
    at, ages = passing_ages(known, paths)
    return tuple(
        Pace(known.stream.order[place].name, spread(ages[:, n]))
        for n, place in enumerate(at.tolist())
        if not known.stream.order[place].retired
    )
