"""Where items spend their time: in each stage, worked on or waiting, and how they age."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vsm.flow.blockers import Blocked
from vsm.flow.cycle import categories, inclusive_days, spread
from vsm.flow.history import Ints, Mask
from vsm.flow.known import Known
from vsm.flow.results import Efficiency, Pace, StageTime
from vsm.model.rules import DAY
from vsm.model.stream import Category


def time_in_stage(known: Known, chosen: Mask) -> tuple[StageTime, ...]:
    """Days that the chosen items spent in each stage over all their visits there.

    Done and dropped stages are left out; ``n`` counts the items that were there.
    """
    count, places = len(known.history), len(known.stream.order)
    visits = chosen[known.owner] & ~known.ended[known.place]
    cell = known.owner[visits] * places + known.place[visits]
    spent = np.bincount(
        cell, weights=(known.left - known.entered)[visits], minlength=count * places
    )
    there = np.zeros(count * places, dtype=np.bool_)
    there[cell] = True
    days = (spent / DAY).reshape(count, places)
    was = there.reshape(count, places)
    out = []
    for place, stage in enumerate(known.stream.order):
        if stage.category.ended:
            continue
        values = days[was[:, place], place]
        if values.size or not stage.retired:
            out.append(StageTime(stage.name, spread(values), float(values.sum())))
    return tuple(out)


def efficiency(known: Known, chosen: Mask, blocked: Blocked) -> Efficiency:
    """How much of the time between start and finish the chosen items were worked on.

    Active is time in active stages while not blocked; all else is waiting, told by the stage in
    which an item waited. ``chosen`` are finished items whose start is known.
    """
    visits = np.flatnonzero(chosen[known.owner])
    owner, place = known.owner[visits], known.place[visits]
    begin = np.maximum(known.entered[visits], known.flow.start[owner])
    end = np.minimum(known.left[visits], known.flow.finish[owner])
    span = np.maximum(0, end - begin)
    working = categories(known.stream, Category.ACTIVE)[place]
    stopped = np.zeros(visits.size, dtype=np.int64)
    stopped[working] = blocked.within(owner[working], begin[working], end[working])
    waits = np.where(working, stopped, span)
    by_place = np.bincount(place, weights=waits, minlength=len(known.stream.order)) / DAY
    total = int((known.flow.finish - known.flow.start)[chosen].sum())
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


def passing_ages(known: Known, chosen: Mask) -> tuple[Ints, NDArray[np.int64]]:
    """Ages of the chosen, finished items when they last passed each stage, in inclusive days.

    Returns the places of the stages (working ones from the commitment on) and a table with a row
    an item. An item that was never there or before passed it at the age of 1; so pace never falls
    along the order.
    """
    stream, flow = known.stream, known.flow
    at = np.array(
        [n for n, s in enumerate(stream.order) if s.id in stream.starting], dtype=np.int64
    )
    rows = np.flatnonzero(chosen)
    row_of = np.full(len(known.history), -1, dtype=np.int64)
    row_of[rows] = np.arange(rows.size)
    moves = known.moves
    moves = moves[chosen[known.owner[moves]]]
    source, target = known.place[moves - 1], known.place[moves]
    when, row = known.entered[moves], row_of[known.owner[moves]]
    passed = np.tile(flow.start[rows][:, None], (1, at.size))
    for column, place in enumerate(at.tolist()):
        beyond = (source <= place) & (target > place)
        passed[row[beyond], column] = when[beyond]  # in order of time: the last one stays
    started = flow.start[rows][:, None]
    passed = np.maximum(passed, started)
    ages = inclusive_days(
        np.broadcast_to(started, passed.shape).ravel(), passed.ravel(), stream.zone
    )
    table: NDArray[np.int64] = ages.reshape(passed.shape)
    return at, table


def pace(known: Known, chosen: Mask) -> tuple[Pace, ...]:
    """Percentiles of the ages at which the chosen items passed each stage (Vacanti's pace)."""
    at, ages = passing_ages(known, chosen)
    return tuple(
        Pace(known.stream.order[place].name, spread(ages[:, n]))
        for n, place in enumerate(at.tolist())
        if not known.stream.order[place].retired
    )
