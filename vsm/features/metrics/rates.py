"""Rates: what starts and finishes each day, and how well Little's Law holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsm.features.metrics.results import (
    Condition,
    DayCount,
    LittlesLaw,
    PerDay,
    Week,
    Xmr,
    XmrSignal,
)
from vsm.flow.cycle import elapsed_days
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints
from vsm.flow.window import Window
from vsm.model.rules import DAY

SCALING = 2.66
"""From the mean moving range of two to three standard deviations (Shewhart; Wheeler)."""
RUN = 8
"""So many values in a row on one side of the mean are a signal."""
APART, OLDER = 0.10, 0.20
"""How far rates and WIP may differ, and the mean age move, for Little's Law to hold."""


def per_day(days: Ints, span: Window) -> PerDay:
    """How many of these days (since 1970-01-01) are each day of the window up to as-of, and the
    mean a day. All must lie in the window.
    """
    names = span.days
    counts = np.bincount(days - span.first_number, minlength=len(names)).tolist()
    told = tuple(map(DayCount, names, counts))
    return PerDay(told, days.size / len(names) if names else None)


def littles_law(known: FlowData, span: Window, timed: Ints) -> LittlesLaw:
    """Average WIP against throughput times cycle time, and the conditions for them to be equal.

    Of items whose start is known; ``timed`` are those of them that finished in the window. WIP is
    the exact average over time: an item is in it from its start on while neither done nor dropped.
    """
    flow = known.flow
    owner, begin, left, days = known.working_visits
    later = int(np.searchsorted(days, known.rough(span.begin)))
    owner, begin, left = owner[later:], begin[later:], left[later:]
    here = np.flatnonzero((left >= span.begin) & (begin < span.end))
    owner, begin, left = owner[here], begin[here], left[here]
    inside = np.maximum(0, np.minimum(left, span.end) - np.maximum(begin, span.begin))
    length = span.length
    wip = float(inside.sum()) / DAY / length if length else None
    cycle = elapsed_days(flow.start[timed], flow.finish[timed])
    mean = float(cycle.mean()) if cycle.size else None
    rate = cycle.size / length if length else None
    predicted = wip / rate if wip is not None and rate else None
    deviation = predicted / mean - 1 if predicted is not None and mean else None

    def at(moment: int) -> tuple[int, float | None]:
        """How many items were in progress, and their mean age in days."""
        there = owner[(begin <= moment) & (moment < left)]
        ages = (moment - flow.start[there]) / DAY
        return there.size, float(ages.mean()) if there.size else None

    (wip_first, age_first), (wip_last, age_last) = at(span.begin), at(span.end - 1)
    arrived = int(np.count_nonzero(known.sure & span.holds(flow.start)))
    lost, again = (int(np.count_nonzero(span.holds(moments))) for moments in known.undone)
    apart, uneven = _apart(arrived, cycle.size), _apart(wip_first, wip_last)
    older = _moved(age_first, age_last)
    return LittlesLaw(
        avg_wip=wip,
        avg_throughput_per_day=rate,
        avg_cycle_time_days=mean,
        predicted_cycle_time_days=predicted,
        deviation=deviation,
        conditions=(
            Condition("arrivals equal departures", apart is None or apart <= APART, apart),
            Condition("WIP is the same at both ends", uneven is None or uneven <= APART, uneven),
            Condition("the mean age of WIP is steady", older is None or older <= OLDER, older),
            Condition("nothing was dropped after its start", not lost, float(lost)),
            Condition("nothing was reopened", not again, float(again)),
        ),
    )


def _apart(a: int, b: int) -> float | None:
    """By which share of the larger two counts differ; ``None`` where both are 0."""
    return abs(a - b) / max(a, b) if a or b else None


def _moved(before: float | None, after: float | None) -> float | None:
    return None if not before or after is None else abs(after - before) / before


def xmr(weeks: Sequence[Week]) -> Xmr:
    """Natural process limits of weekly counts: mean ± 2.66 · mean moving range, from 0 up.

    A signal is a week beyond a limit, or the eighth (and each further) week in a row on one side
    of the mean. ``None`` in all where there are fewer than two weeks.
    """
    counts = np.array([w.finished for w in weeks], dtype=np.float64)
    if counts.size < 2:
        return Xmr(None, None, None, (), len(weeks))
    mean = float(counts.mean())
    reach = SCALING * float(np.abs(np.diff(counts)).mean())
    upper, lower = mean + reach, max(0.0, mean - reach)
    signals, run, side = [], 0, 0
    for week in weeks:
        now = (week.finished > mean) - (week.finished < mean)
        run, side = (run + 1, side) if now and now == side else (int(bool(now)), now)
        if week.finished > upper:
            signals.append(XmrSignal(week, "above the upper limit"))
        elif week.finished < lower:
            signals.append(XmrSignal(week, "below the lower limit"))
        elif run >= RUN:
            words = "above" if side > 0 else "below"
            signals.append(XmrSignal(week, f"{run} weeks in a row {words} the mean"))
    return Xmr(mean, upper, lower, tuple(signals), len(weeks))
