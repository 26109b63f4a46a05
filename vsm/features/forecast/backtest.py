"""Forecasts made again as of days of the past, and what came of them.

They do two things: they shift and stretch the stream's next forecasts (:func:`calibrate`), and they
say how often its forecasts came true (:func:`score`), beside those of plain resampling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist, median
from typing import Any

import numpy as np

from vsm.features.forecast.finished import Finished
from vsm.features.forecast.throughput import (
    WEIGHTS,
    YEAR,
    Floats,
    Own,
    Pace,
    log_means,
    poisson_share,
    read_pace,
)
from vsm.flow.history import Ints, Mask
from vsm.model.rules import SILENCE

HORIZONS = (7, 14, 30, 60, 90, 180)
"""Days ahead of the forecasts that are made again."""
STEP, SPAN = 14, 1095
"""Days between two of them, and how many days they go back."""
MIN_HISTORY = 28
"""Days of history without which nothing is forecast."""
MIN_FINISHED = 10
"""Fewer items finished in :data:`YEAR` days are too few to forecast from."""
FEW_ODDS = 0.05
"""The odds of the number at the upper end of a range; the lower end has 95%."""
PRIOR = 16.0
"""How many forecasts of this stream the law without them counts for."""
FADE = 730.0
"""Days over which what came of a forecast loses weight (to 1/e)."""
PLAIN_DAYS = 90
"""Days that plain resampling draws from."""
GRID = 128
"""Numbers of items at which two distributions are compared."""
LONGEST_LAW = 20_000
"""Numbers of items that a plain law is worked out for."""

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Forecasts of past mornings: one row a morning, one column a horizon.

    ``days`` are the mornings (days since 1970-01-01), ``has_enough`` where enough was known to
    forecast. ``finished`` are the items that finished within each horizon, ``over`` whether it is
    over. ``z`` and ``z2`` are the mean and the mean square of the normal number that fits what
    came.
    """

    days: Ints
    has_enough: Mask
    paces: tuple[Pace, ...]
    finished: Ints
    over: Mask
    z: Floats
    z2: Floats


def make_trials(history: Finished, today: int) -> Trials:
    """Make forecasts again for every :data:`STEP` days up to ``today``, the latest first."""
    oldest = max(history.first + MIN_HISTORY, today - SPAN)
    days = np.arange(today - min(HORIZONS), oldest - 1, -STEP)
    known = [history.by_day(int(day)) for day in days]
    paces = tuple(read_pace(counts, int(day)) for counts, day in zip(known, days, strict=True))
    enough = np.array([is_enough(counts) for counts in known], dtype=bool)
    ends = days[:, None] + np.array(HORIZONS)
    over = ends <= today
    begins = np.broadcast_to(days[:, None], ends.shape)
    finished = np.where(over, history.between(begins, ends), 0)
    below, upto = _shares(paces, finished, np.zeros(over.shape), np.ones(over.shape))
    z, z2 = _moments(below, upto)
    return Trials(days, enough, paces, finished, over, z, z2)


def is_enough(counts: Ints) -> bool:
    """Whether items finished by day, the last one yesterday, are enough to forecast from."""
    lately = counts[-SILENCE:].sum()
    return bool(lately and counts[-YEAR:].sum() >= MIN_FINISHED and counts.size >= MIN_HISTORY)


def calibrate(trials: Trials, today: int) -> Own:
    """What forecasts whose days were over on the morning of ``today`` say of the next ones.

    What little is known leans on the law: on no shift and a spread of 1.
    """
    horizons = np.array(HORIZONS)
    since = today - trials.days[:, None] - horizons
    used = (since >= 0) & (trials.days[:, None] > today - SPAN)
    # Horizons that overlap count together as one.
    weight = np.where(used, np.minimum(1, STEP / horizons) * np.exp(-since / FADE), 0.0)
    total, z, z2 = (
        (weight * values).sum(axis=0) for values in (np.ones_like(weight), trials.z, trials.z2)
    )
    shift = z / (PRIOR + total)
    variance = (PRIOR + z2 - 2 * shift * z + shift * shift * total) / (PRIOR + total)
    return Own(HORIZONS, shift, np.sqrt(variance))


def _shares(
    paces: tuple[Pace, ...], finished: Ints, shift: Floats, spread: Floats
) -> tuple[Floats, Floats]:
    """The probability of fewer, and of at most as many items as finished."""
    horizons = np.array(HORIZONS, dtype=np.float64)
    if not paces:
        return np.zeros(finished.shape), np.zeros(finished.shape)
    means = np.stack(
        [log_means(pace, horizons, shift[n], spread[n]) for n, pace in enumerate(paces)]
    )
    number = finished[:, :, None].astype(np.float64)
    return poisson_share(number - 1, means) @ WEIGHTS, poisson_share(number, means) @ WEIGHTS


def _moments(below: Floats, upto: Floats) -> tuple[Floats, Floats]:
    """The mean and the mean square of a standard normal number between two of its quantiles."""
    low = np.clip(below, 0.002, 0.996)
    high = np.maximum(np.clip(upto, 0.004, 0.998), low + 0.002)
    inverse = np.vectorize(_NORMAL.inv_cdf, otypes=[float])
    a, b = (inverse(share) if share.size else share for share in (low, high))
    at_a, at_b = (np.exp(-(v**2) / 2) / np.sqrt(2 * np.pi) for v in (a, b))
    return (at_a - at_b) / (high - low), 1 + (a * at_a - b * at_b) / (high - low)


@dataclass(frozen=True, slots=True)
class Kept:
    """Forecasts of one horizon that said something with some odds, and how many came true."""

    said: int
    came_true: int


@dataclass(frozen=True, slots=True)
class Score:
    """What came of the forecasts of one horizon, and of those of plain resampling.

    ``kept`` and ``plain`` have one entry for each of the odds that were asked for. ``ratio`` is
    the score (CRPS) over that of plain resampling, ``width`` the median 80% range over its.
    ``None`` where there is nothing to compare.
    """

    horizon: int
    kept: tuple[Kept, ...]
    plain: tuple[Kept, ...]
    ratio: float | None
    width: float | None


def score(
    history: Finished,
    trials: Trials,
    odds: tuple[float, ...],
    horizons: tuple[int, ...],
    mornings: Mask | None = None,
) -> tuple[Score, ...]:
    """Forecasts as they would have been given on past mornings, held against what happened.

    Each knew only what was known that morning, the forecasts before it among that. What was said
    is "at least so many items"; where that is none, nothing was said. Mornings on which too little
    was known to forecast are left out, and with ``mornings`` all that are not among them.
    """
    own = _own_by_morning(trials)
    used = trials.has_enough if mornings is None else trials.has_enough & mornings
    out = []
    for horizon in horizons:
        column = HORIZONS.index(horizon)
        pairs = []
        for row in np.flatnonzero(trials.over[:, column] & used).tolist():
            actual = int(trials.finished[row, column])
            plain = Plain(history.by_day(int(trials.days[row]))[-PLAIN_DAYS:], horizon)
            pairs.append(_Pair(actual, _means_of(trials, own, row, horizon), plain))
        out.append(_score_of(horizon, pairs, odds))
    return tuple(out)


def _own_by_morning(trials: Trials) -> list[Own]:
    """What was known on each morning of the forecasts before it."""
    return [calibrate(trials, int(day)) for day in trials.days]


def _means_of(trials: Trials, own: list[Own], row: int, horizon: int) -> Floats:
    """The law that was given on a morning, as the logarithms of its means."""
    days = np.array([float(horizon)])
    (means,) = log_means(trials.paces[row], days, *own[row].at(days))
    return np.asarray(means)


@dataclass(frozen=True, slots=True)
class Said:
    """What a forecast of one horizon said on the morning of ``day``, and what came.

    ``at_least`` are the numbers of items by the odds that were asked for.
    """

    day: int
    at_least: tuple[int, ...]
    finished: int


def past_forecasts(trials: Trials, odds: tuple[float, ...], horizon: int) -> tuple[Said, ...]:
    """The forecasts that :func:`score` counts, the oldest first."""
    column = HORIZONS.index(horizon)
    rows = np.flatnonzero(trials.over[:, column] & trials.has_enough)[::-1]
    if not rows.size:
        return ()
    own = _own_by_morning(trials)
    means = np.stack([_means_of(trials, own, row, horizon) for row in rows.tolist()])
    numbers = np.stack([_at_least(means, share) for share in odds], axis=1)
    came = trials.finished[rows, column]
    return tuple(
        Said(int(day), tuple(said), int(number))
        for day, said, number in zip(trials.days[rows], numbers.tolist(), came, strict=True)
    )


def _at_least(means: Floats, odds: float) -> Ints:
    """The most items that are finished with these odds, for each law (a row of ``means``)."""
    top = np.exp(means[:, -1])
    low: Ints = np.full(top.shape, -1)
    high: Ints = (top + 8 * np.sqrt(top)).astype(np.int64) + 2
    while (high - low > 1).any():  # the share of at most ``low`` is not above what is left open
        middle = (low + high) // 2
        is_above = poisson_share(middle[:, None].astype(np.float64), means) @ WEIGHTS > 1 - odds
        low, high = np.where(is_above, low, middle), np.where(is_above, middle, high)
    return high


class Plain:
    """The number of items in so many days, each drawn from the same days of the past.

    Where a day held very many, the law is that of bundles of ``bundle`` items.
    """

    def __init__(self, counts: Ints, days: int) -> None:
        most = int(counts.max(initial=0))
        self.bundle = -(-max(1, most * days) // LONGEST_LAW)
        one = np.bincount((counts + self.bundle // 2) // self.bundle) / max(1, counts.size)
        size = (one.size - 1) * days + 1 if counts.size else 1
        # The law of a sum is the product of the laws' transforms.
        law = np.fft.irfft(np.fft.rfft(one, 2 * size) ** days, 2 * size)[:size]
        self._shares = np.minimum(np.cumsum(np.maximum(law, 0.0)), 1.0)
        if not counts.size:
            self._shares = np.ones(1)

    @property
    def most(self) -> int:
        """The most items that it holds possible."""
        return int(self._shares.size - 1) * self.bundle

    def share(self, most: Ints) -> Floats:
        """The share of at most so many items."""
        shares: Floats = self._shares[np.minimum(most // self.bundle, self._shares.size - 1)]
        return shares


class _Pair:
    """A past forecast and the plain one, as shares of at most some numbers of items."""

    def __init__(self, actual: int, means: Floats, plain: Plain) -> None:
        top = max(actual, plain.most, int(np.exp(means[-7]))) + 1
        self.grid = np.unique(np.linspace(0, top, GRID).astype(np.int64))
        self.actual = actual
        both = np.concatenate([self.grid, [0, actual]])
        shares = poisson_share(both[:, None].astype(np.float64), means) @ WEIGHTS
        plain_shares = plain.share(both)
        self.ours = _Shares(shares[:-2], shares[-2], shares[-1])
        self.plain = _Shares(plain_shares[:-2], plain_shares[-2], plain_shares[-1])

    def crps(self, shares: _Shares) -> float:
        """The continuous ranked probability score, in items."""
        step = np.diff(self.grid, append=self.grid[-1] + 1)
        return float((((shares.on_grid - (self.grid >= self.actual)) ** 2) * step).sum())

    def width(self, shares: _Shares) -> int:
        """How far it is from the number at 10% to that at 90%."""
        low, high = np.searchsorted(shares.on_grid, (0.1, 0.9))
        last = self.grid.size - 1
        return int(self.grid[min(high, last)] - self.grid[min(low, last)])


@dataclass(frozen=True, slots=True, eq=False)
class _Shares:
    """The shares of at most each number of a grid, of none, and of at most what happened."""

    on_grid: Floats
    of_none: float
    of_actual: float


def _score_of(horizon: int, pairs: list[_Pair], odds: tuple[float, ...]) -> Score:
    ours, plain = [pair.ours for pair in pairs], [pair.plain for pair in pairs]

    def ratio(measure: Callable[[list[float]], float], values: list[tuple[float, float]]) -> Any:
        if not values or not (plain := measure([value for _, value in values])):
            return None
        return measure([value for value, _ in values]) / plain

    return Score(
        horizon,
        _kept(ours, odds),
        _kept(plain, odds),
        ratio(sum, [(pair.crps(pair.ours), pair.crps(pair.plain)) for pair in pairs]),
        ratio(median, [(pair.width(pair.ours), pair.width(pair.plain)) for pair in pairs]),
    )


def _kept(forecasts: list[_Shares], odds: tuple[float, ...]) -> tuple[Kept, ...]:
    """At least one item is said where none is unlikely enough.

    What was said comes true where at most as many as finished has a share above what is left open.
    """
    return tuple(
        Kept(
            sum(bool(shares.of_none <= 1 - p) for shares in forecasts),
            sum(bool(shares.of_none <= 1 - p < shares.of_actual) for shares in forecasts),
        )
        for p in odds
    )
