"""Computes arrivals and departures per day, Little's Law and natural process limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsm.features.metrics.process_limits import natural_limits
from vsm.features.metrics.results import (
    Condition,
    DayCount,
    LittlesLaw,
    PerDay,
    Week,
    Xmr,
    XmrSignal,
)
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints
from vsm.flow.window import Window
from vsm.model.rules import DAY

MAX_DIFFERENCE, MAX_AGEING = 0.10, 0.20
"""The largest relative difference of rates and WIP, and change of the mean age, at which Little's
Law counts as holding."""


def per_day(days: Ints, span: Window) -> PerDay:
    """Count these days (since 1970-01-01, all in the window) for each day of the window up to
    as-of, with the mean per day.
    """
    names = span.days
    counts = np.bincount(days - span.first_number, minlength=len(names)).tolist()
    counted = tuple(map(DayCount, names, counts))
    return PerDay(counted, days.size / len(names) if names else None)


def littles_law(data: FlowData, span: Window, timed: Ints) -> LittlesLaw:
    """Average WIP beside throughput times cycle time, and the conditions for them to be equal.

    Only items with a known start count; ``timed`` are those of them that finished in the window.
    WIP is the exact average over time: an item counts from its start while neither done nor
    dropped. At the window's begin it is that before what happens at this moment. The conditions
    are those of Little (1961) for a finite window (Little and Graves 2008).
    """
    flow = data.flow
    owner, begin, left, days = data.working_visits
    later = int(np.searchsorted(days, data.day_keys(span.begin)))
    owner, begin, left = owner[later:], begin[later:], left[later:]
    overlapping = np.flatnonzero((left >= span.begin) & (begin < span.end))
    owner, begin, left = owner[overlapping], begin[overlapping], left[overlapping]
    overlap = np.maximum(0, np.minimum(left, span.end) - np.maximum(begin, span.begin))
    length = span.length
    wip = float(overlap.sum()) / DAY / length if length else None
    cycle = data.micros_here(timed, flow.start[timed], flow.finish[timed]) / DAY
    mean = float(cycle.mean()) if cycle.size else None
    rate = cycle.size / length if length else None
    predicted = wip / rate if wip is not None and rate else None
    deviation = predicted / mean - 1 if predicted is not None and mean else None

    def wip_at(moment: int) -> tuple[int, float | None]:
        """The number of items in progress, and their mean age in days."""
        present = owner[(begin <= moment) & (moment < left)]
        now = np.full(present.size, moment)
        ages = data.micros_here(present, flow.start[present], now) / DAY
        return present.size, float(ages.mean()) if present.size else None

    (wip_first, age_first), (wip_last, age_last) = wip_at(span.begin - 1), wip_at(span.end - 1)
    arrived = int(np.count_nonzero(data.is_timed & span.holds(flow.start)))
    dropped, reopened = (
        int(np.count_nonzero(span.holds(moments))) for moments in data.drops_and_reopenings
    )
    return LittlesLaw(
        avg_wip=wip,
        avg_throughput_per_day=rate,
        avg_cycle_time_days=mean,
        predicted_cycle_time_days=predicted,
        deviation=deviation,
        conditions=(
            _condition(
                "arrivals equal departures",
                _relative_difference(arrived, cycle.size),
                MAX_DIFFERENCE,
            ),
            _condition(
                "WIP is the same at both ends",
                _relative_difference(wip_first, wip_last),
                MAX_DIFFERENCE,
            ),
            _condition(
                "the mean age of WIP is steady", _relative_change(age_first, age_last), MAX_AGEING
            ),
            Condition("nothing was dropped after its start", not dropped, float(dropped)),
            Condition("nothing was reopened", not reopened, float(reopened)),
        ),
    )


def _condition(name: str, deviation: float | None, most: float) -> Condition:
    return Condition(name, deviation is None or deviation <= most, deviation)


def _relative_difference(a: int, b: int) -> float | None:
    """The difference of two counts as a share of the larger; ``None`` where both are 0."""
    return abs(a - b) / max(a, b) if a or b else None


def _relative_change(before: float | None, after: float | None) -> float | None:
    return None if not before or after is None else abs(after - before) / before


def xmr(weeks: Sequence[Week]) -> Xmr:
    """Natural process limits of weekly counts, with the weeks that are signals."""
    limits = natural_limits([week.finished for week in weeks])
    if limits is None:
        return Xmr(None, None, None, (), len(weeks))
    signals = tuple(XmrSignal(weeks[place], why) for place, why, *_ in limits.signals)
    return Xmr(limits.mean, limits.upper, limits.lower, signals, len(weeks))
