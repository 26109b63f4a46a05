"""Money and order: what delay costs, in which order it costs least, what going on is worth.

Weeks count from now and may have fractions. All functions are pure; amounts are in the one
currency of a portfolio, or in points. Sources: cost of delay and CD3, D. Reinertsen, The
Principles of Product Development Flow, 2009; the worked orders are those of the Black Swan
Farming site; WSJF as SAFe has it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from vsm.model.portfolio import Benefit, CostOfDelay, DelayProfile

MOST_ENUMERATED = 8
"""Initiatives whose orders are all tried: 40,320."""
PASSES, REACH = 20, 40
"""With more jobs: how often all pairs are gone through, and how far apart they may be."""
WEEKS_A_YEAR = 365.25 / 7


def cost_of_delay(cost: CostOfDelay, weeks: float) -> float:
    """The amount that is lost where an initiative is there only so many weeks from now."""
    weeks = max(0.0, weeks)
    match cost.profile:
        case DelayProfile.LINEAR:
            return cost.per_week * weeks
        case DelayProfile.DEADLINE:
            return cost.loss if weeks > cost.last else 0.0
        case DelayProfile.WINDOW:
            return cost.per_week * max(0.0, min(weeks, cost.last) - max(0.0, cost.first))
        case DelayProfile.DECAY:
            if cost.half_life <= 0:
                return 0.0
            rate = math.log(2) / cost.half_life
            return cost.per_week * -math.expm1(-rate * weeks) / rate


def mean_cost_a_week(cost: CostOfDelay, weeks: float) -> float:
    """What delay costs a week, on average over so many weeks from now: the numerator of CD3.

    What is lost at a deadline or in a window is spread over the weeks up to its end, where that is
    further away: else it would count nothing until it is too late.
    """
    if cost.profile is DelayProfile.DEADLINE:
        return cost.loss / max(weeks, cost.last, 1.0)
    if cost.profile is DelayProfile.WINDOW:
        weeks = max(weeks, cost.last)
    return cost_of_delay(cost, weeks) / weeks if weeks > 0 else 0.0


def cd3(per_week: float, weeks: float) -> float | None:
    """Cost of delay a week, divided by the weeks of work that are left; ``None`` without any."""
    return per_week / weeks if weeks > 0 else None


def wsjf(value: float, criticality: float, opportunity: float, size: float) -> float | None:
    """Weighted shortest job first of SAFe: three scores over a size; ``None`` without a size."""
    return (value + criticality + opportunity) / size if size > 0 else None


@dataclass(frozen=True, slots=True)
class Job:
    """An initiative in line at the constraint: its cost of delay and its weeks of work there."""

    name: str
    cost: CostOfDelay
    weeks: float

    @property
    def is_linear(self) -> bool:
        """Whether every week of delay costs the same."""
        return self.cost.profile is DelayProfile.LINEAR


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders of jobs and what delay costs in each; ``best`` is exact up to eight jobs.

    ``regret`` is what today's order costs more than the best one, a week of the whole work.
    """

    today: float
    by_cd3: tuple[str, ...]
    cd3_cost: float
    best: tuple[str, ...]
    best_cost: float
    exact: bool
    regret: float


def cost_of_order(jobs: Sequence[Job], start: float = 0.0) -> float:
    """What delay costs where jobs are done one after the other, from a week on."""
    total, at = 0.0, start
    for job in jobs:
        at += job.weeks
        total += cost_of_delay(job.cost, at)
    return total


def compare_orders(jobs: Sequence[Job]) -> Orders:
    """Today's order against that by CD3 and the best one.

    Up to eight jobs all orders are tried. With more, that by CD3 is improved by exchanging pairs
    until no exchange helps, which need not be the best there is.
    """
    by_cd3 = sorted(jobs, key=_cd3_of, reverse=True)
    exact = len(jobs) <= MOST_ENUMERATED
    best: Sequence[Job]
    if exact:
        best = min(permutations(jobs), key=cost_of_order)
    else:
        best = min((_exchange_pairs(by_cd3), jobs), key=cost_of_order)
    today, best_cost = cost_of_order(jobs), cost_of_order(best)
    weeks = sum(job.weeks for job in jobs)
    return Orders(
        today,
        tuple(job.name for job in by_cd3),
        cost_of_order(by_cd3),
        tuple(job.name for job in best),
        best_cost,
        exact,
        (today - best_cost) / weeks if weeks > 0 else 0.0,
    )


def _cd3_of(job: Job) -> float:
    return cd3(mean_cost_a_week(job.cost, job.weeks), job.weeks) or 0.0


def _exchange_pairs(jobs: Sequence[Job]) -> list[Job]:
    """Exchange two jobs while that helps, one of which loses not the same every week.

    Where both do, the order by CD3 is right already.
    """
    order = list(jobs)
    for _ in range(PASSES):
        improved = False
        for first in range(len(order) - 1):
            start = sum(job.weeks for job in order[:first])
            for second in range(first + 1, min(len(order), first + 1 + REACH)):
                if order[first].is_linear and order[second].is_linear:
                    continue
                part = order[first : second + 1]
                other = [part[-1], *part[1:-1], part[0]]
                if cost_of_order(other, start) < cost_of_order(part, start) - 1e-9:
                    order[first : second + 1] = other
                    improved = True
        if not improved:
            break
    return order


@dataclass(frozen=True, slots=True)
class Return:
    """What going on is worth: forward ROI (1.0 is 100%) and its amounts, sunk cost left out."""

    low: float
    likely: float
    high: float
    benefit: float
    remaining: float


def forward_return(
    benefit: Benefit,
    remaining: float,
    delivered: Sequence[float],
    *,
    early: Sequence[float] | None = None,
    late: Sequence[float] | None = None,
    discount: float = 0.0,
) -> Return | None:
    """ROI from now on; ``None`` where nothing is left to pay.

    ``delivered[w]`` are the odds of being there at the end of week ``w``, so the benefit of week
    ``w`` counts with ``delivered[w - 1]``; beyond its end the last odds hold. ``early`` and
    ``late`` go with the high and the low benefit; the range holds the likely return in any case.
    ``discount`` is yearly. What was spent before changes nothing and is no argument.
    """
    if remaining <= 0:
        return None

    def worth(per_week: float, odds: Sequence[float]) -> float:
        a_week = math.pow(1.0 + discount, -1 / WEEKS_A_YEAR)
        weeks = range(1, benefit.last_week + 1)
        there = sum(_at(odds, week - 1) * math.pow(a_week, week) for week in weeks)
        return benefit.probability * per_week * there

    likely = worth(benefit.likely, delivered)
    low = worth(benefit.low, delivered if late is None else late)
    high = worth(benefit.high, delivered if early is None else early)
    low, likely_share, high = ((amount - remaining) / remaining for amount in (low, likely, high))
    return Return(min(low, likely_share), likely_share, max(high, likely_share), likely, remaining)


def _at(odds: Sequence[float], week: int) -> float:
    return odds[min(week, len(odds) - 1)] if odds and week >= 0 else 0.0


def first_with(odds: Sequence[float], share: float) -> int | None:
    """The first place whose odds reach a share; ``None`` where none does."""
    return next((n for n, value in enumerate(odds) if value >= share - 1e-12), None)


def buffer_burn(p50: float, p85: float, p85_now: float) -> float | None:
    """Share of the buffer that is used: 1.0 is all of it; days, or anything that has an order.

    ``p50`` and ``p85`` are those of the commitment. ``None`` where it had no buffer.
    """
    buffer = p85 - p50
    return (p85_now - p85) / buffer if buffer > 0 else None
