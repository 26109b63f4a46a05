"""The law of items finished in a number of days, and of the days until so many are.

The number finished in H days is Poisson with a mean of ``mu * exp(scale * Z)``. ``mu`` comes from
the counts of the last 7, 28, 91 and 364 days, each shrunk to the next longer one, times a profile
of weekdays and of the days around New Year. The scale grows with how much weeks differ and, below,
with the drift of the rate; ``Z`` is a normal number with a skew and longer tails (sinh-arcsinh,
Jones and Pewsey 2009). The constants were fitted to 25 public projects (TAWOS) and 21 other
histories, and judged on 59 change logs; the stream's own past forecasts shift and stretch the
normal number (:class:`Own`). Nothing is sampled.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vsm.flow.history import Ints

Floats = NDArray[np.float64]

AHEAD = 400
"""Days that are looked ahead."""
BACK = 728
"""Days of the past that are looked at."""
WINDOWS = (7, 14, 28, 56, 91, 182, 364, 728)
"""Nested windows, in days, whose rates are shrunk to each other."""
YEAR, YEAR_END = 364, 0.45
"""Days of whole weeks in a year; the share of a normal day that is worked from 21 December to
2 January."""
USUAL_WEEK = np.array([1, 1, 1, 1, 1, 0.12, 0.12]) / 5.24
"""What the days of a week finish where not much is known: Monday first."""
WEEK_WEIGHT = 20.0
"""How many items the usual week counts for, beside the stream's own."""

# Each constant is a + b x + c x², with x = ln(H / 30) / ln 3 of the horizon H.
RATE = np.array(
    [
        [0.0545, -0.0247, 0.0121],
        [0.13, -0.0659, 0.0157],
        [0.3338, -0.0273, -0.0261],
        [0.1766, 0.0622, 0.0195],
    ]
)
"""Of the logarithm of the rate of 91 days: a constant, and how much of what the rates of 7, 28 and
364 days differ from it is added."""
LOWER = np.array(
    [
        [-1.6424, -0.0079, -0.0231],
        [0.7009, -0.0447, -0.0118],
        [0.6063, 0.1543, 0.0333],
    ]
)
UPPER = np.array(
    [
        [-1.1712, -0.5038, -0.015],
        [0.4723, 0.0324, -0.0613],
    ]
)
"""Of twice the logarithm of the scale below and above the middle: a constant, and the weights of
the variation of weeks and (below) of the drift between 28 and 182 days."""
SKEW = np.array([-0.2471, 0.1387, -0.0212])
TAIL = np.array([-0.1541, -0.0324, -0.0276])
"""Skew, and the logarithm of the weight of the tails."""

NODES: Floats = np.linspace(-3.8, 3.8, 77)
WEIGHTS: Floats = np.exp(-(NODES**2) / 2)
WEIGHTS /= WEIGHTS.sum()
"""A standard normal number as 77 values with their probabilities."""


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """What a stream's own past forecasts say of the normal number, by ascending horizon (days)."""

    horizons: tuple[int, ...]
    shift: Floats
    spread: Floats

    def at(self, horizons: Floats) -> tuple[Floats, Floats]:
        """Shift and spread at other horizons: linear in the logarithm of the days."""
        known, asked = np.log(self.horizons), np.log(horizons)
        return np.interp(asked, known, self.shift), np.interp(asked, known, self.spread)


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """What a forecast knows of a stream on the morning of a day.

    ``rates`` are logarithms of items a day by window; ``ahead`` is how much of a normal day each of
    the next :data:`AHEAD` days is; ``variation`` the logarithm of the squared coefficient of
    variation of weeks.
    """

    rates: dict[int, float]
    ahead: Floats
    variation: float

    @property
    def drift(self) -> float:
        """How far the rate of 28 days is from that of 182, as a logarithm."""
        return abs(self.rates[28] - self.rates[182])


def worked_share(first: int, length: int) -> Floats:
    """How much of a normal day each day is, from ``first`` (days since 1970-01-01) on."""
    days = (np.arange(first, first + length)).astype("datetime64[D]")
    dates = days.astype("datetime64[M]")
    month = dates.astype(np.int64) % 12 + 1
    day = (days - dates).astype(np.int64) + 1
    is_end = ((month == 12) & (day >= 21)) | ((month == 1) & (day <= 2))
    shares: Floats = np.where(is_end, YEAR_END, 1.0)
    return shares


def read_pace(counts: Ints, today: int) -> Pace:
    """What is known on the morning of ``today`` (days since 1970-01-01).

    ``counts`` are the items finished on each day of the history, the last one yesterday.
    """
    known = len(counts)
    past = counts[-BACK:].astype(np.float64)
    year = past[-YEAR:]
    busy = year[year > 0]
    if busy.size >= 10:  # one day of tidying up is no pace
        past = np.minimum(past, max(2.0, float(np.quantile(busy, 0.98))))
    n = past.size
    share = worked_share(today - n, n + AHEAD)
    back = np.concatenate([[0.0], np.cumsum(past[::-1])])
    off = np.concatenate([[0.0], np.cumsum(1 - share[:n][::-1])])
    rates: dict[int, float] = {}
    rate: float | None = None
    for window in reversed(WINDOWS):
        days, held = min(window, known), float(back[min(window, n)])
        rate = (held + 0.5) / (days + 7) if rate is None else (held + 7 * rate) / (days + 7)
        rate = max(rate, 1e-4)
        working = max(days - float(off[min(window, n)]), 1.0)
        rates[window] = float(np.log(rate) - np.log(working / days))
    weekday = (today - n + 3 + np.arange(n + AHEAD)) % 7  # 1970-01-01 was a Thursday
    seen = np.bincount(weekday[:n][-YEAR:], past[-YEAR:], 7)
    profile = (seen + WEEK_WEIGHT * USUAL_WEEK) / (seen.sum() + WEEK_WEIGHT) * 7
    weeks = past[n - min(26, n // 7) * 7 :].reshape(-1, 7).sum(axis=1)
    mean = float(weeks.mean()) if weeks.size else 0.0
    variance = float(weeks.var(ddof=1)) if weeks.size > 1 else mean
    return Pace(
        rates=rates,
        ahead=profile[weekday[n:]] * share[n:],
        variation=float(np.log((variance + 0.5) / (mean * mean + 0.5))),
    )


def log_means(pace: Pace, horizons: Floats, shift: Floats, spread: Floats) -> Floats:
    """The logarithm of the mean at each node, for each horizon (days), as ``(horizons, nodes)``."""
    x = np.log(horizons / 30) / np.log(3)
    basis = np.stack([np.ones_like(x), x, x * x], axis=-1)
    rates = pace.rates
    differ = np.array([1.0, *(rates[window] - rates[91] for window in (7, 28, 364))])
    worked = np.cumsum(pace.ahead)[horizons.astype(np.int64) - 1]
    middle = np.log(np.maximum(worked, 0.01)) + rates[91] + basis @ RATE.T @ differ
    varies = np.array([1.0, pace.variation, pace.drift])
    lower = np.exp(np.clip(basis @ LOWER.T @ varies / 2, -3.5, 1.5))[:, None]
    upper = np.exp(np.clip(basis @ UPPER.T @ varies[:2] / 2, -3.5, 0.8))[:, None]
    normal = shift[:, None] + spread[:, None] * NODES
    tail = np.exp(np.clip(basis @ TAIL, -1.2, 1.2))[:, None]
    z = np.sinh((np.arcsinh(normal) + (basis @ SKEW)[:, None]) / tail)
    means: Floats = np.clip(middle[:, None] + np.where(z < 0, lower, upper) * z, -12, 12)
    return means


def normal_share(z: Floats) -> Floats:
    """The share of a standard normal number below ``z``, to 1e-7 (Abramowitz, Stegun 26.2.17)."""
    t = 1 / (1 + 0.2316419 * np.abs(z))
    series = t * (
        0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))
    )
    above = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * series
    below: Floats = np.where(z > 0, 1 - above, above)
    return below


def poisson_share(most: Floats, log_mean: Floats) -> Floats:
    """The share of a Poisson number that is at most ``most`` (from -1 on), to 0.004.

    The two broadcast. The share of none is exact, others are those of a chi-square number (Wilson
    and Hilferty 1931).
    """
    k = np.maximum(most, 0) + 1
    z = (np.exp((log_mean - np.log(k)) / 3) - 1 + 1 / (9 * k)) * 3 * np.sqrt(k)
    share = np.where(most == 0, np.exp(-np.exp(log_mean)), normal_share(-z))
    at_most: Floats = np.where(most < 0, 0.0, share)
    return at_most


class Throughput:
    """The forecast on the morning of a day; ``own`` is what the stream's past forecasts say."""

    def __init__(self, pace: Pace, own: Own | None = None) -> None:
        self.pace = pace
        self.own = own
        self._odds: dict[int, Floats] = {}

    def _log_means(self, horizons: Sequence[int] | Ints) -> Floats:
        days = np.asarray(horizons, dtype=np.float64)
        shift, spread = np.zeros_like(days), np.ones_like(days)
        if self.own is not None:
            shift, spread = self.own.at(days)
        return log_means(self.pace, days, shift, spread)

    def at_least(self, horizon: int, odds: float) -> int:
        """The most items that are finished within so many days with these odds."""
        means = self._log_means([horizon])[0]

        def odds_of_less(number: int) -> float:
            return float(poisson_share(np.array(number - 1.0), means) @ WEIGHTS)

        most = int(np.exp(means[-1]) + 8 * np.exp(means[-1] / 2)) + 2
        # The first number with more than 1 - odds of less: the one before it is still sure enough.
        return bisect_left(range(1, most), True, key=lambda n: odds_of_less(n) > 1 - odds)

    def odds_of(self, number: int, horizon: int) -> float:
        """The odds that at least so many items are finished within so many days."""
        means = self._log_means([horizon])[0]
        return float(1 - poisson_share(np.array(number - 1.0), means) @ WEIGHTS)

    @cached_property
    def _by_day(self) -> Floats:
        return self._log_means(np.arange(1, AHEAD + 1))

    def odds_by_day(self, number: int) -> Floats:
        """The odds that at least so many are finished within 1, 2 … :data:`AHEAD` days."""
        if number not in self._odds:
            odds = 1 - poisson_share(np.array(number - 1.0), self._by_day) @ WEIGHTS
            self._odds[number] = np.maximum.accumulate(odds)
        return self._odds[number]

    def days_until(self, number: int, odds: float) -> int | None:
        """Within how many days so many are finished with these odds; ``None``: not foreseen."""
        by_day = self.odds_by_day(number)
        day = int(np.searchsorted(by_day, odds))
        return day + 1 if day < by_day.size else None
