"""Measures what was played: throughput, cycle time, WIP, and items done by a day."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf, nan

import numpy as np

from vsm.features.bottlenecks.stations import Floats
from vsm.features.simulate.changes import NO_CHANGE, Change
from vsm.features.simulate.drawing import Draw, draws
from vsm.features.simulate.fitting import FittedStream
from vsm.features.simulate.playing import Played, play
from vsm.model.rules import SLE_PERCENT, nearest_rank

DRAWS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Figures of a number of draws, one entry a draw.

    ``throughput`` is a week, ``cycle_time`` the 85% in inclusive days (not a number where nothing
    finished), ``wip`` the mean, ``done`` the items that are finished by the day asked about.
    """

    throughput: Floats
    cycle_time: Floats
    wip: Floats
    done: Floats


def what_if(
    stream: FittedStream,
    change: Change,
    days: float,
    *,
    by_day: float | None = None,
    count: int = DRAWS,
    seed: int = 0,
) -> tuple[Outcome, Outcome]:
    """Play so many days before and after a change; a change of nothing is played once."""
    sides = 1 if change == NO_CHANGE else 2
    rows: tuple[list[tuple[float, ...]], list[tuple[float, ...]]] = [], []
    for pair in draws(stream, change, days, count, seed):
        for draw, out in zip(pair[:sides], rows, strict=False):
            played = play(draw.layout, draw.work, days)
            out.append(_measure(draw, played, days, by_day or days, stream.day_share))
    before, after = (Outcome(*np.array(side).reshape(-1, 4).T) for side in rows)
    return before, after if sides == 2 else before


def _measure(
    draw: Draw, played: Played, days: float, by_day: float, day_share: float
) -> tuple[float, float, float, float]:
    cycle_times, done, finished, item_days = [], 0, 0, 0.0
    for start, left, finishes in zip(played.start, played.left, draw.work.finishes, strict=True):
        if start < days:
            item_days += min(left, days) - max(start, 0.0)
        if left <= days and finishes:
            finished += 1
            done += left <= by_day
            if start < inf:
                cycle_times.append(floor(left + day_share) - floor(start + day_share) + 1)
    passed = int(draw.passed.size)
    done += int((draw.passed <= by_day).sum())
    return (
        7.0 * (finished + passed) / days,
        float(nearest_rank(sorted(cycle_times), SLE_PERCENT)) if cycle_times else nan,
        item_days / days,
        float(done),
    )


def mean_range(values: Floats, share: int) -> tuple[float, float]:
    """The range that holds so large a share (in %) of values; of none it is not a number."""
    known = values[~np.isnan(values)]
    if not known.size:
        return nan, nan
    tail = (100 - share) / 2
    low, high = np.percentile(known, [tail, 100 - tail], method="nearest").tolist()
    return low, high
