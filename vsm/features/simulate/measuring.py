"""Measures what was played: throughput, cycle time, WIP, and items done by a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from vsm.features.bottlenecks.stations import Floats
from vsm.features.simulate.changes import NO_CHANGE, Change
from vsm.features.simulate.drawing import Draw, draws, expected_items
from vsm.features.simulate.fitting import FittedStream
from vsm.features.simulate.playing import Played, play
from vsm.features.simulate.request import DRAWS
from vsm.model.rules import SLE_PERCENT, nearest_rank

FEWEST_DRAWS, MOST_ITEMS = 40, 250_000
"""Draws of more items than the last are fewer, but not below the first, as time is short. With many
items draws differ by what the history leaves open, not by chance.
"""


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


def draw_count(stream: FittedStream, days: float) -> int:
    """The number of draws that are worth their time; it is the same whatever is changed."""
    most = int(MOST_ITEMS / max(expected_items(stream, days), 1.0))
    return min(max(most, FEWEST_DRAWS), DRAWS)


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
    changes = () if change == NO_CHANGE else (change,)
    sides = play_changes(stream, changes, days, by_day=by_day, count=count, seed=seed)
    return sides[0], sides[-1]


def play_changes(
    stream: FittedStream,
    changes: Sequence[Change],
    days: float,
    *,
    by_day: float | None = None,
    count: int = DRAWS,
    seed: int = 0,
) -> list[Outcome]:
    """Play so many days as it is, and with each of the changes."""
    rows: list[list[tuple[float, ...]]] = [[] for _ in range(1 + len(changes))]
    for sides in draws(stream, changes, days, count, seed):
        for draw, out in zip(sides, rows, strict=True):
            played = play(draw.layout, draw.work, days)
            out.append(_measure(draw, played, days, by_day or days, stream.day_share))
    return [Outcome(*np.array(side).reshape(-1, 4).T) for side in rows]


def _measure(
    draw: Draw, played: Played, days: float, by_day: float, day_share: float
) -> tuple[float, float, float, float]:
    alone = draw.alone
    start = np.concatenate([np.array(played.start), alone.start])
    left = np.concatenate([np.array(played.left), alone.left])
    finishes = np.concatenate([np.array(draw.work.finishes, dtype=np.bool_), alone.finishes])
    started = start < days
    item_days = np.minimum(left[started], days) - np.maximum(start[started], 0.0)
    finished = finishes & (left <= days)
    timed = finished & np.isfinite(start)
    cycle_times = np.floor(left[timed] + day_share) - np.floor(start[timed] + day_share) + 1.0
    moments = np.concatenate([left[finished], draw.passed])
    ordered: list[float] = np.sort(cycle_times).tolist()
    return (
        7.0 * moments.size / days,
        nearest_rank(ordered, SLE_PERCENT) if ordered else nan,
        float(item_days.sum()) / days,
        float((moments <= by_day).sum()),
    )


def mean_range(values: Floats, share: int) -> tuple[float, float]:
    """The range that holds so large a share (in %) of values; of none it is not a number."""
    known = values[~np.isnan(values)]
    if not known.size:
        return nan, nan
    tail = (100 - share) / 2
    low, high = np.percentile(known, [tail, 100 - tail], method="nearest").tolist()
    return low, high
