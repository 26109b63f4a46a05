"""The portfolio of the demo: three objectives, seven initiatives, what was decided about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from vsm.demo.texts import INITIATIVES
from vsm.features.portfolio.facts import facts_now
from vsm.model import command as c
from vsm.model.portfolio import DecisionKind, Hindsight, IndicatorRole
from vsm.model.portfolio_entities import (
    CONTRIBUTION,
    INDICATOR,
    INDICATOR_READING,
    INITIATIVE,
    OBJECTIVE,
    SPENDING,
)
from vsm.reader import Reader

SINCE_DAYS = 170
"""Days before today since which there is a portfolio."""
STEERS = "anna.kern"
"""Who steers it."""
CURRENCY = "EUR"

OBJECTIVES = (
    ("Cards without waiting", "now", 0.4, "A card is there when a customer wants to pay"),
    ("Fewer calls to customer care", "now", 0.3, "What customers ask for they do themselves"),
    ("A platform that can be trusted", "next", 0.2, "Nothing stops at night or at month's end"),
)
CALLS = ("calls per 1,000 customers", 42.0, 30.0)
"""The key result of the second objective: name, value at the beginning, target."""
CALLS_READ = (41.0, 39.5, 38.0, 36.5)


@dataclass(frozen=True, slots=True)
class Plan:
    """An initiative by the label of its items; money in euros, days counted from today."""

    label: str
    name: str
    serves: tuple[tuple[int, float], ...]
    delay: tuple[int, int, int]
    benefit: int
    remaining: int
    more_items: int = 0
    need_in: int | None = None
    profile: str = "linear"
    hypothesis: str = ""
    spent: int = 0
    budget: int | None = None


PLANS = (
    Plan("instant", "Instant cards", ((1, 1.0),), (6_000, 9_000, 14_000), 9_000, 190_000, 4, 150,
         hypothesis="Who has a card at once pays with it in the first week", spent=24_000,
         budget=240_000),
    Plan("disputes", "Disputes without paper", ((2, 1.0),), (1_500, 2_000, 3_000), 2_000, 150_000,
         9, 60, hypothesis="Customers upload receipts rather than call", spent=31_000,
         budget=270_000),
    Plan("sca", "Strong authentication", ((1, 0.5), (3, 0.5)), (60_000, 90_000, 120_000), 0, 40_000,
         0, 75, profile="deadline", hypothesis="The law asks for it", spent=9_000),
    Plan("onboarding", "Account in eight minutes", ((2, 0.7), (1, 0.3)), (8_000, 12_000, 18_000),
         12_000, 210_000, 5, 80, hypothesis="Half of those who give up would stay", spent=18_000,
         budget=300_000),
    Plan("ledger", "One ledger", ((3, 1.0),), (2_000, 3_000, 5_000), 3_000, 20_000,
         hypothesis="Without the nightly stop nobody works on Sundays", spent=12_000,
         budget=90_000),
    Plan("cluster", "Leave the old cluster", ((3, 1.0),), (2_500, 3_500, 4_000), 3_500, 60_000, 6,
         hypothesis="Its licence is the dearest of the bank"),
)  # fmt: skip


IDEA = ("Cards for firms", "label:firms", "Firms would rather pay by card than by invoice")
"""An initiative without items yet: name, filter, hypothesis."""


class Step(NamedTuple):
    """What is put on record so many days before today."""

    days_ago: int
    what: str
    label: str = ""
    value: Any = None


STEPS = (
    Step(SINCE_DAYS, "begin"),
    Step(166, "decide", "ledger", (DecisionKind.START, "the old one costs a night a week")),
    Step(165, "decide", "instant", (DecisionKind.START, "dearest to wait for", "activation")),
    Step(100, "read", "instant", 9.0),
    Step(98, "calls", value=0),
    Step(70, "read", "instant", 12.0),
    Step(68, "calls", value=1),
    Step(47, "decide", "ledger", (DecisionKind.DELIVER, "the last night has passed")),
    Step(45, "decide", "onboarding", (DecisionKind.START, "its team is free now")),
    Step(40, "read", "instant", 15.0),
    Step(38, "calls", value=2),
    Step(31, "decide", "disputes", (DecisionKind.START, "customer care cannot wait")),
    Step(12, "read", "instant", 16.0),
    Step(10, "read", "onboarding", 3.4),
    Step(8, "calls", value=3),
    Step(6, "review", value=(Hindsight.RIGHT, "the nightly stop is gone, and nobody misses it")),
)
"""In the order of time. The indicator of instant cards falls behind; disputes bring too little."""
INDICATORS = {
    "instant": ("cards used in the first week", IndicatorRole.LEADING, "%", 6.0, 40.0, 165, 120),
    "onboarding": ("complaints on identification", IndicatorRole.GUARD, "%", 2.0, 4.0, 45, 200),
}
"""By label: name, role, unit, start, target, days ago, days until the target."""


def days_of_portfolio(today: date) -> list[tuple[date, Step]]:
    """The steps with their days, the earliest first; money is booked on the first of a month."""
    steps = [(today - timedelta(days=step.days_ago), step) for step in STEPS]
    first = today.replace(day=1)
    for _ in range(5):
        first = (first - timedelta(days=1)).replace(day=1)
        if (today - first).days < SINCE_DAYS:
            steps.append((first, Step((today - first).days, "spend")))
    return sorted(steps, key=lambda step: step[0])


def number_of(label: str) -> int:
    """The id of an initiative: they are added in the order of the plans."""
    return 1 + next(n for n, plan in enumerate(PLANS) if plan.label == label)


def commands(reader: Reader, step: Step, today: date, now: int) -> list[c.Command]:
    """What is put on record at a step."""
    day = (today - timedelta(days=step.days_ago)).isoformat()
    if step.what == "begin":
        return list(_begin(today))
    if step.what == "decide":
        choice, reason, *_ = step.value
        facts = facts_now(reader, number_of(step.label), now)
        number = number_of(step.label)
        return [c.DecideInitiative(number, choice, reason, facts, None, over_limit=True)]
    if step.what == "spend":
        return list(_spending(day))
    if step.what == "review":
        return [c.ReviewDecision(1, *step.value)]
    if step.what == "calls":
        indicator, value = 1, CALLS_READ[step.value]
    else:
        indicator, value = 2 + list(INDICATORS).index(step.label), step.value
    values = {"indicator": indicator, "day": day, "value": value, "source": "data office"}
    return [c.AddEntity(INDICATOR_READING, values)]


def _begin(today: date) -> Iterator[c.Command]:
    for name, horizon, share, about in OBJECTIVES:
        values = {"name": name, "horizon": horizon, "share": share, "about": about}
        yield c.AddEntity(OBJECTIVE, values)
    for place, plan in enumerate(PLANS, 1):
        yield c.AddEntity(INITIATIVE, _values(plan, place, today))
    idea = dict(zip(("name", "filter", "hypothesis"), IDEA, strict=True))
    yield c.AddEntity(INITIATIVE, {**idea, "state": "reviewing", "sponsor": STEERS})
    for plan in PLANS:
        for objective, weight in plan.serves:
            tie = {"initiative": number_of(plan.label), "objective": objective, "weight": weight}
            yield c.AddEntity(CONTRIBUTION, tie)
    name, start, target = CALLS
    yield _indicator(today, "objective", 2, (name, IndicatorRole.KEY_RESULT, "", start, target,
                                             SINCE_DAYS, 120))  # fmt: skip
    for label, texts in INDICATORS.items():
        yield _indicator(today, "initiative", number_of(label), texts)


def _values(plan: Plan, place: int, today: date) -> dict[str, Any]:
    low, likely, high = plan.delay
    need_by = None if plan.need_in is None else today + timedelta(days=plan.need_in)
    values: dict[str, Any] = {
        "name": plan.name,
        "filter": f"label:{plan.label}",
        "state": "ready",
        "sponsor": STEERS,
        "hypothesis": plan.hypothesis,
        "mvp": INITIATIVES[plan.label][1],
        "place": float(place),
        "currency": CURRENCY,
        "profile": plan.profile,
        "delay_low": low,
        "delay_likely": likely,
        "delay_high": high,
        "day_rate": 850,
        "remaining": plan.remaining,
        "budget": plan.budget,
        "more_items": plan.more_items or None,
        "need_by": None if need_by is None else need_by.isoformat(),
    }
    if plan.benefit:
        values |= {"benefit_likely": plan.benefit, "benefit_low": plan.benefit * 0.6}
        values |= {"benefit_high": plan.benefit * 1.4, "benefit_odds": 0.8}
        values["benefit_until"] = (today + timedelta(days=540)).isoformat()
    if plan.profile == "deadline":
        values["delay_until"] = values["need_by"]
    return values


def _indicator(today: date, of: str, number: int, texts: tuple[Any, ...]) -> c.Command:
    name, role, unit, start, target, ago, until = texts
    first, last = today - timedelta(days=ago), today + timedelta(days=until)
    values = {"name": name, "role": role, "unit": unit, "start": start, "target": target}
    days = {"first": first.isoformat(), "last": last.isoformat()}
    return c.AddEntity(INDICATOR, {**values, **days, of: number})


def _spending(day: str) -> Iterator[c.Command]:
    """What each initiative costs in a month."""
    for plan in PLANS:
        if plan.spent:
            values = {"initiative": number_of(plan.label), "day": day}
            yield c.AddEntity(SPENDING, {**values, "amount": plan.spent, "source": "cost centre"})
