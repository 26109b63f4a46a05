"""Computes natural process limits (XmR) of a series, and the values that are signals.

Plain Python that imports nothing of ours, so that an overview has them at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

SCALING = 2.66
"""Factor from the mean moving range to three standard deviations: 3 / 1.128 (Shewhart; Wheeler)."""
RUN = 8
"""So many values in a row on one side of the mean are a signal."""


class Trend(StrEnum):
    """Where a series has gone."""

    UP = "up"
    DOWN = "down"


class Signal(NamedTuple):
    """A value that the limits do not explain: its place in the series, why, and on which side.

    ``is_run`` says that it is one of several in a row on that side.
    """

    place: int
    why: str
    is_high: bool
    is_run: bool


class Limits(NamedTuple):
    """Natural process limits of a series, and its signals."""

    mean: float
    lower: float
    upper: float
    signals: tuple[Signal, ...]


def natural_limits(values: Sequence[float]) -> Limits | None:
    """Mean ± 2.66 · mean moving range, at least 0; ``None`` with fewer than two values.

    A signal is a value beyond a limit, or the eighth (and each further) one in a row on one side
    of the mean (Wheeler, *Understanding Variation*).
    """
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    reach = SCALING * (sum(abs(b - a) for a, b in pairwise(values)) / (len(values) - 1))
    upper, lower = mean + reach, max(0.0, mean - reach)
    signals, run, side = [], 0, 0
    for place, value in enumerate(values):
        current = (value > mean) - (value < mean)
        run, side = (
            (run + 1, side) if current and current == side else (int(bool(current)), current)
        )
        is_run = run >= RUN
        if value > upper:
            signals.append(Signal(place, "above the upper limit", True, is_run))
        elif value < lower:
            signals.append(Signal(place, "below the lower limit", False, is_run))
        elif is_run:
            words = "above" if side > 0 else "below"
            signals.append(Signal(place, f"{run} weeks in a row {words} the mean", side > 0, True))
    return Limits(mean, lower, upper, tuple(signals))


def latest_trend(values: Sequence[float], few: bool = False) -> tuple[Trend, str] | None:
    """Where the last value of a series has gone, and why that is more than usual variation.

    ``few``: the last value rests on too little to be a signal by being beyond a limit.
    """
    limits = natural_limits(values)
    last = limits.signals[-1] if limits is not None and limits.signals else None
    if last is None or last.place != len(values) - 1 or (few and not last.is_run):
        return None
    return Trend.UP if last.is_high else Trend.DOWN, last.why
