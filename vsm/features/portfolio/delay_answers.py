"""The cost of delay from plain answers: its profile, its range, and the CD3 that follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from vsm.features.portfolio.economics import cd3, mean_cost_a_week
from vsm.features.portfolio.results import InitiativeRow
from vsm.features.portfolio.wording import in_unit, money
from vsm.model.errors import BadInput
from vsm.model.portfolio import CostOfDelay, DelayProfile, Initiative

SURE, UNSURE = "high", "low"
RANGES = {UNSURE: (0.5, 2.0), SURE: (0.8, 1.25)}
"""How sure somebody is → the range around the likely amount, as factors."""
_SURE_UP_TO = 1.3
"""A range of which the high amount is at most so many times the likely one is a sure one."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What is lost a week; the day after which it is too late, and what is lost then at once; the
    weeks after which half of it is left; how sure somebody is.
    """

    lost: float | None = None
    day: date | None = None
    fine: float | None = None
    half: float | None = None
    sure: str = UNSURE


def delay_of(answers: Answers, today: date) -> dict[str, Any]:
    """The fields of an initiative that follow from answers; raises :class:`BadInput`."""
    if answers.fine is not None and answers.day is None:
        raise BadInput("a loss at once has a day", "say after which day it is lost")
    if answers.fine is not None and answers.lost:
        raise BadInput(
            "it costs either every week or at once", "leave one of the two amounts empty"
        )
    if answers.day is not None and answers.half is not None:
        raise BadInput(
            "it either ends on a day or fades", "leave the day or the weeks of fading empty"
        )
    likely = answers.lost if answers.fine is None else answers.fine
    if likely is None:
        raise BadInput("no amount is given", "say what is lost a week, or at once on a day")
    low, high = RANGES[answers.sure]
    fields: dict[str, Any] = {
        "profile": DelayProfile.LINEAR.value,
        "delay_low": likely * low,
        "delay_likely": likely,
        "delay_high": likely * high,
        "delay_from": None,
        "delay_until": None,
        "half_life": None,
    }
    if answers.fine is not None:
        fields["profile"] = DelayProfile.DEADLINE.value
    elif answers.day is not None:
        fields["profile"] = DelayProfile.WINDOW.value
        fields["delay_from"] = today.isoformat()
    elif answers.half is not None:
        fields |= {"profile": DelayProfile.DECAY.value, "half_life": answers.half}
    if answers.day is not None:
        fields["delay_until"] = answers.day.isoformat()
    return fields


def answers_of(one: Initiative) -> Answers:
    """The answers that lead to what an initiative has now."""
    profile, likely = DelayProfile(one.profile), one.delay_likely
    day = None if one.delay_until is None else date.fromisoformat(one.delay_until)
    sure = UNSURE
    if likely and one.delay_high is not None and one.delay_high <= _SURE_UP_TO * likely:
        sure = SURE
    if profile is DelayProfile.DEADLINE:
        return Answers(None, day, likely, None, sure)
    half = one.half_life if profile is DelayProfile.DECAY else None
    return Answers(likely, day if profile is DelayProfile.WINDOW else None, None, half, sure)


def preview(
    fields: dict[str, Any],
    row: InitiativeRow,
    others: Iterable[InitiativeRow],
    today: date,
    unit: str,
) -> str:
    """What the fields come to, in a sentence: the range, CD3, and the place by it."""
    profile = DelayProfile(fields["profile"])
    low, likely, high = (fields[f"delay_{name}"] for name in ("low", "likely", "high"))
    once = profile is DelayProfile.DEADLINE
    text = f"{profile.value}: {in_unit(likely, unit)} ({money(low)} to {money(high)})"
    text += " at once" if once else " a week"
    if row.weeks is None or row.weeks <= 0:
        return f"{text}; CD3 follows once its open items can be forecast"
    last = fields["delay_until"]
    cost = CostOfDelay(
        profile,
        0.0 if once else likely,
        loss=likely if once else 0.0,
        last=0.0 if last is None else (date.fromisoformat(last) - today).days / 7,
        half_life=fields["half_life"] or 0.0,
    )
    value = cd3(mean_cost_a_week(cost, row.weeks), row.weeks) or 0.0
    ranked = [one.cd3 for one in others if one.id != row.id and one.cd3 is not None]
    place = 1 + sum(other > value for other in ranked)
    return f"{text}; {row.weeks:.1f} weeks of work make CD3 {money(value)}, place {place} of" + (
        f" {len(ranked) + 1}"
    )
