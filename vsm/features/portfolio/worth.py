"""Cost of delay, worth and buffer of an initiative, from its record and the odds of its dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from vsm.features.portfolio.economics import buffer_burn, first_with, forward_return, wsjf
from vsm.features.portfolio.records import day_in, facts_of
from vsm.features.portfolio.results import DatesThen, Worth
from vsm.model.portfolio import (
    Benefit,
    CostOfDelay,
    Decision,
    DecisionKind,
    DelayProfile,
    Initiative,
)

if TYPE_CHECKING:
    from vsm.features.forecast.set_reading import SetOdds

WEEK = 7
_EARLY, _LATE = 0.15, 0.85


def cost_of_delay(one: Initiative, today: date) -> CostOfDelay | None:
    """What delay costs from today on; ``None`` where nobody said."""
    if one.delay_likely is None:
        return None
    profile = DelayProfile(one.profile)
    if profile is DelayProfile.DEADLINE:
        last = _weeks_to(one.delay_until or one.need_by, today)
        return CostOfDelay(profile, loss=one.delay_likely, last=last)
    return CostOfDelay(
        profile,
        one.delay_likely,
        first=_weeks_to(one.delay_from, today),
        last=_weeks_to(one.delay_until, today),
        half_life=one.half_life or 0.0,
    )


def _weeks_to(day: str | None, today: date) -> float:
    """Weeks from today to a day; none where its profile has no such day."""
    return 0.0 if day is None else (date.fromisoformat(day) - today).days / WEEK


def worth_of(
    one: Initiative, remaining: float | None, odds: SetOdds | None, today: date, discount: float
) -> Worth | None:
    """The return on what it still costs; ``None`` where benefit, cost or odds are not known."""
    if one.benefit_likely is None or remaining is None or odds is None:
        return None
    last = _weeks_to(one.benefit_until, today)
    benefit = Benefit(
        one.benefit_likely if one.benefit_low is None else one.benefit_low,
        one.benefit_likely,
        one.benefit_likely if one.benefit_high is None else one.benefit_high,
        max(0, int(last)),
        one.benefit_odds,
    )
    by_week = [float(value) for value in odds.odds[::WEEK]]
    worth = forward_return(
        benefit,
        remaining,
        by_week,
        early=_sure_from(first_with(by_week, _EARLY), len(by_week)),
        late=_sure_from(first_with(by_week, _LATE), len(by_week)),
        discount=discount,
    )
    return None if worth is None else Worth(worth.low, worth.likely, worth.high, worth.benefit)


def _sure_from(week: int | None, weeks: int) -> list[float]:
    """The odds by week of being there from a week on for certain; never, where there is none."""
    return [float(week is not None and n >= week) for n in range(max(weeks, 1))]


def wsjf_of(one: Initiative) -> float | None:
    """Its WSJF; ``None`` without a size or any of the scores."""
    scores = (one.value, one.criticality, one.opportunity)
    if one.size is None or all(score is None for score in scores):
        return None
    value, criticality, opportunity = (score or 0.0 for score in scores)
    return wsjf(value, criticality, opportunity, one.size)


def dates_at_start(decisions: Sequence[Decision]) -> DatesThen | None:
    """The days of 50% and 85% that the last decision to start was made on."""
    started = [one for one in decisions if one.choice == DecisionKind.START]
    if not started:
        return None
    facts = facts_of(started[-1].facts)
    p50, p85 = (day_in(facts.get(name)) for name in ("p50", "p85"))
    return None if p50 is None or p85 is None else DatesThen(p50, p85)


def buffer_used(then: DatesThen | None, p85: date | None) -> float | None:
    """How far the 85% day moved since the start, as a part of the buffer of then."""
    if then is None or p85 is None:
        return None
    return buffer_burn(then.p50.toordinal(), then.p85.toordinal(), p85.toordinal())
