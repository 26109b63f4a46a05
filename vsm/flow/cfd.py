"""The cumulative flow diagram: how many items had reached each stage or further by each day's end.

An item counts by the furthest stage that it has reached (its high-water mark), so lines never
fall. A dropped item counts from its drop on as gone past every stage. While an item is below its
mark the lines are corrected: only the distance between corrected lines is what is in a stage.
"""

from __future__ import annotations

import numpy as np

from vsm.flow.days import day_numbers
from vsm.flow.history import Ints
from vsm.flow.known import Known
from vsm.flow.results import Cfd, CfdStage
from vsm.flow.window import Window


def cfd(known: Known, span: Window) -> Cfd:
    """Lines and corrections of every stage at the end of each day of the window up to as-of."""
    order, days = known.stream.order, len(span.days)
    places = len(order)
    mark = _marks(known)
    before = np.full_like(mark, -1)
    before[1:] = mark[:-1]
    before[known.history.begin] = -1
    day = _day_places(known.entered, span)

    rising = np.flatnonzero(mark > before)
    below = np.flatnonzero(known.place < mark)
    gone = np.where(known.open[below], days, _day_places(known.left[below], span))
    lines, corrections = [], []
    for place in range(places):
        reached = rising[(before[rising] < place) & (mark[rising] >= place)]
        lines.append(_counted(day[reached], days))
        short = (known.place[below] < place) & (mark[below] >= place)
        corrections.append(_counted(day[below[short]], days) - _counted(gone[short], days))
    stages = tuple(
        CfdStage(stage.name, tuple(line.tolist()), tuple(below_it.tolist()))
        for stage, line, below_it in zip(order, lines, corrections, strict=True)
    )
    return Cfd(span.days, stages, _intervals(known, mark, span))


def _marks(known: Known) -> Ints:
    """The highest place that the item has reached, at each of its visits."""
    places = len(known.stream.order)
    # Owners ascend: an item's numbers are all above those of the items before it.
    shifted = np.maximum.accumulate(known.place + known.owner * places)
    marks: Ints = shifted - known.owner * places
    return marks


def _day_places(moments: Ints, span: Window) -> Ints:
    """The place in the window's days of each moment: -1 is before it, its length is after it."""
    at: Ints = np.clip(day_numbers(moments, span.zone) - span.first_number, -1, len(span.days))
    return at


def _counted(day: Ints, days: int) -> Ints:
    """How many had happened by the end of each day."""
    counts = np.bincount(day + 1, minlength=days + 2)
    out: Ints = np.cumsum(counts)[1 : days + 1]
    return out


def _intervals(known: Known, mark: Ints, span: Window) -> int:
    """How many corrections touch the window: maximal times in which an item is below its mark."""
    low = known.place < mark
    begins = low.copy()
    begins[1:] &= ~(low[:-1] & (known.owner[1:] == known.owner[:-1]))
    heads = np.flatnonzero(begins)
    if not heads.size:
        return 0
    # The interval lasts as long as its visits follow each other below the mark.
    ends = np.flatnonzero(low & ~np.append(low[1:] & (known.owner[1:] == known.owner[:-1]), False))
    touches = (known.entered[heads] < span.end) & (known.left[ends] >= span.begin)
    lasts = (known.left[ends] > known.entered[heads]) | known.open[ends]
    return int(np.count_nonzero(touches & lasts))
