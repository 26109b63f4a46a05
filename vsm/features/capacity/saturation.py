"""Forecasts the week in which a team is saturated, and how sure that is.

Arrivals are extrapolated along the Theil-Sen line through 26 weekly values; people are taken as
they are planned. How sure that is follows from a block bootstrap of what is left around the line
(Künsch 1989): blocks of four weeks keep what lasts for more than one.

Few arrivals a week hardly tell a trend from chance, however they are read: lines by least squares,
weighted or not, are as far off. So a week is named only where it is sure enough, else a range of
weeks; ``python -m bench.capacity`` says how often each is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from vsm.features.bottlenecks.stations import Floats
from vsm.features.capacity.load import SATURATED
from vsm.flow.trend import theil_sen_of_rows

HISTORY, HORIZON = 26, 26
"""Weeks that the trend is taken from, and weeks ahead."""
BLOCK, RESAMPLES = 4, 400
SPREAD = 2
"""How sure a week is, is the share of resamples that cross at most so many weeks from it."""
LEAST_WEEKS = 13
"""With fewer weeks no trend is taken."""
WIDER = 1.4
"""What is left around the line is taken so many times as wide: a line through 26 weeks fits chance
too, and one that is too steep by chance looks sure. With it ranges of 80% hold 77% of true weeks on
simulated teams, and of what is 60% sure about 60% are right."""
LEAST_SURE = 0.55
"""A week is named from this share on: then four of five are at most three weeks off."""
LEAST_AHEAD = 0.7
"""Saturation is called ahead from this share of resamples on that cross."""
SEED = 20


@dataclass(frozen=True, slots=True)
class Crossing:
    """The first week ahead in which a team is saturated: 0 is the present one, ``None`` is none.

    ``sure`` is the share of resamples that cross at most two weeks from it, ``ahead`` that of those
    that cross at all within 26 weeks. ``earliest`` and ``latest`` hold 80% of them; ``None`` is
    beyond. ``level`` are the arrivals a working day in the present week along the trend, ``growth``
    how they grow each week; ``growth_sure`` is the share of resamples that agree on its sign,
    ``over`` that of those that are saturated now, ``by_then`` that of those that are so at most two
    weeks after the named one.
    """

    week: int | None
    sure: float
    ahead: float
    earliest: int | None
    latest: int | None
    level: float
    growth: float
    growth_sure: float
    over: float
    by_then: float

    @property
    def is_ahead(self) -> bool:
        """Whether the team is likely to be saturated within the weeks ahead."""
        return self.week is not None and self.ahead >= LEAST_AHEAD

    @property
    def is_named(self) -> bool:
        """Whether the week is sure enough to name it, rather than a range of weeks."""
        return self.is_ahead and self.sure >= LEAST_SURE


def trend_lines(values: Floats) -> tuple[Floats, Floats]:
    """The Theil-Sen line of each row: its value one week after the last, and its slope."""
    growth = theil_sen_of_rows(values)
    weeks = np.arange(values.shape[1])
    starts = np.median(values - growth[:, None] * weeks, axis=1)
    return starts + growth * values.shape[1], growth


def first_crossings(levels: Floats, growth: Floats, bounds: Floats) -> Floats:
    """For each line the first week ahead in which it reaches its bound, infinite for none.

    A line that is above it already crossed it at a growth as now: a negative week, or never where
    it did not grow.
    """
    weeks = bounds.shape[-1]
    reaches = levels[:, None] + growth[:, None] * np.arange(weeks) >= bounds
    crossings = np.where(reaches.any(axis=1), reaches.argmax(axis=1), np.inf)
    over = levels - np.broadcast_to(bounds, (levels.size, weeks))[:, 0]
    is_over = over >= 0
    grows = growth > 0
    since = np.where(grows, -over / np.where(grows, growth, 1.0), -np.inf)
    return np.where(is_over, since, crossings)


def forecast_saturation(arrivals: Floats, capacity: Floats, error: float = 0.0) -> Crossing | None:
    """The week in which a team is saturated; ``None`` where too few weeks are known.

    ``arrivals`` are those a working day of past weeks, the last one right before the present week;
    ``capacity`` are the visits a working day that the team can do in the present week and those
    after it, infinite where the team does not work. ``error`` is the relative standard error of
    that: how well the days of a visit are known.
    """
    if arrivals.size < LEAST_WEEKS or not capacity.size:
        return None
    bounds = SATURATED * capacity
    level, growth = trend_lines(arrivals[None, :])
    (crossing,) = first_crossings(level, growth, bounds).tolist()
    weeks = np.arange(arrivals.size)
    line = level + growth * (weeks - arrivals.size)
    rest = arrivals - line
    rest = WIDER * (rest - rest.mean())
    draw = np.random.default_rng(SEED)
    blocks = -(-arrivals.size // BLOCK)
    begins = draw.integers(0, arrivals.size - BLOCK + 1, (RESAMPLES, blocks))
    picked = (begins[:, :, None] + np.arange(BLOCK)).reshape(RESAMPLES, -1)[:, : arrivals.size]
    known = np.exp(draw.normal(0.0, error, (RESAMPLES, 1))) * bounds
    levels, growths = trend_lines(line + rest[picked])
    crossings = first_crossings(levels, growths, known)
    early, late = np.quantile(crossings, (0.1, 0.9), method="nearest").tolist()
    near = np.abs(crossings - crossing) <= SPREAD if isfinite(crossing) else crossings == crossing
    return Crossing(
        week=_week(crossing),
        sure=float(near.mean()) if crossing < inf else 0.0,
        ahead=float((crossings < inf).mean()),
        earliest=_week(early),
        latest=_week(late),
        level=float(level[0]),
        growth=float(growth[0]),
        over=float((crossings <= 0).mean()),
        by_then=float((crossings <= crossing + SPREAD).mean()),
        growth_sure=float((np.sign(growths) == np.sign(growth[0])).mean()),
    )


def _week(crossing: float) -> int | None:
    """A week ahead, 0 for one that is over; ``None`` for never."""
    return None if crossing == inf else max(0, round(max(crossing, 0.0)))
