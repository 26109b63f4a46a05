"""Sentences on what an initiative costs and brings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from vsm.features.portfolio.results import InitiativeRow, Portfolio, Reading
from vsm.features.portfolio.wording import in_unit, money, returns
from vsm.model.portfolio import DelayProfile
from vsm.report.document import Part, Sentence, Target
from vsm.report.wording import day, percent

OVER_BUDGET = 0.1
"""Part of the budget by which an initiative may cost more before that is bad."""


def worth_parts(one: InitiativeRow, result: Portfolio, currency: str) -> Iterable[Part]:
    """Cost of delay, what is still to pay against the budget, and the return on it."""
    cost = one.cost_of_delay
    if cost.likely is None:
        yield Sentence("Its cost of delay is not known", "faint")
    else:
        span = ""
        if cost.low is not None and cost.high is not None:
            span = f" ({money(cost.low)} to {money(cost.high)})"
        once = cost.profile is DelayProfile.DEADLINE
        text = f"Delay costs {in_unit(cost.likely, currency)}{span}"
        text += " once its deadline has passed" if once else f" a week, {cost.profile.value}"
        if one.cd3 is not None and one.weeks is not None:
            text += f"; {one.weeks:.1f} weeks of work make CD3 {money(one.cd3)}"
        yield Sentence(text)
    if one.wsjf is not None:
        yield Sentence(f"WSJF {one.wsjf:.1f}", "faint")
    left = "not known" if one.remaining is None else in_unit(one.remaining, currency)
    if one.remaining is not None:
        left += ", as was typed" if one.remaining_is_typed else ", by the work that is left"
    spent = (
        f"; {in_unit(one.spent, currency)} were spent (sunk cost, which counts nothing)"
        if one.spent
        else ""
    )
    spending = Target(f"Spent on {one.key}", text=lines_of(one.spending, money))
    yield Sentence(f"Still to pay: {left}{spent}", target=spending if one.spent else None)
    yield from _budget(one, currency)
    if one.roi is not None:
        benefit = in_unit(one.roi.benefit, currency)
        low, high = returns(one.roi.low), returns(one.roi.high)
        yield Sentence(
            f"Return on what is still to pay {returns(one.roi.likely)} ({low} to {high}): a likely"
            f" benefit of {benefit}, discounted by {percent(result.discount)} a year",
            "bad" if one.roi.likely < result.hurdle else "good",
        )


def _budget(one: InitiativeRow, currency: str) -> Iterable[Part]:
    """What it will have cost against what it may cost."""
    if one.budget is None:
        return
    budget = in_unit(one.budget, currency)
    if one.remaining is None and not one.state.is_over:
        yield Sentence(f"Budget {budget}: what is still to pay is not known")
        return
    every = one.spent + (one.remaining or 0.0)
    over = every - one.budget
    text = (
        f"{in_unit(abs(over), currency)} {'over' if over > 0 else 'under'} it"
        if over
        else "just that"
    )
    took = "it cost" if one.state.is_over else "spent and still to pay are"
    yield Sentence(
        f"Budget {budget}: {took} {in_unit(every, currency)}, {text}",
        "bad" if over > one.budget * OVER_BUDGET else "warn" if over > 0 else "text",
    )


def lines_of(readings: Sequence[Reading], written: Callable[[float], str]) -> str:
    """A line for each value with its day and where it is from."""
    lines = (
        f"{day(one.day)}: {written(one.value)}" + (f" ({one.source})" if one.source else "")
        for one in readings
    )
    return "\n".join(lines) or "Nothing was read yet"
