"""The cost of delay from plain answers: its profile, its range, and the CD3 that follows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from vsm.features.portfolio.economics import cd3, mean_cost_a_week
from vsm.features.portfolio.results import InitiativeRow
from vsm.features.portfolio.wording import in_unit, money
from vsm.model.errors import BadInput
from vsm.model.portfolio import CostOfDelay, DelayProfile, Initiative

SURE, UNSURE, AS_SET = "high", "low", "as set"
RANGES = {UNSURE: (0.5, 2.0), SURE: (0.8, 1.25)}
"""How sure somebody is → the range around the likely amount, as factors."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What is lost a week; the day after which it is too late, and what is lost then at once; the
    weeks after which half of it is left; how sure somebody is (``AS_SET``: the range on record).
    """

    lost: float | None = None
    day: date | None = None
    fine: float | None = None
    half: float | None = None
    sure: str = UNSURE

    @property
    def likely(self) -> float | None:
        """The likely amount: a week, or at once on the day."""
        return self.lost if self.fine is None else self.fine


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
    likely = answers.likely
    if likely is None:
        raise BadInput("no amount is given", "say what is lost a week, or at once on a day")
    low, high = RANGES.get(answers.sure, RANGES[UNSURE])
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
    profile, likely = DelayProfile(one.profile), _as_shown(one.delay_likely)
    day = None if one.delay_until is None else date.fromisoformat(one.delay_until)
    sure = _sure_of(one)
    if profile is DelayProfile.DEADLINE:
        if day is None and one.need_by is not None:
            day = date.fromisoformat(one.need_by)
        return Answers(None, day, likely, None, sure)
    half = _as_shown(one.half_life) if profile is DelayProfile.DECAY else None
    return Answers(likely, day if profile is DelayProfile.WINDOW else None, None, half, sure)


def _as_shown(value: float | None) -> float | None:
    """A number as a field of a form has it, so that one that is left alone is the same."""
    return None if value is None else float(f"{value:.12g}")


def _sure_of(one: Initiative) -> str:
    """The answer that leads to the range on record; ``AS_SET`` where neither does."""
    likely, low, high = one.delay_likely, one.delay_low, one.delay_high
    if likely is None:
        return UNSURE
    if low is not None and high is not None:
        for name, (least, most) in RANGES.items():
            if math.isclose(low, likely * least) and math.isclose(high, likely * most):
                return name
    return AS_SET


def choices_of(one: Initiative) -> tuple[str, ...]:
    """How sure somebody can be; the range on record comes first where no answer leads to it."""
    return (AS_SET, *RANGES) if _sure_of(one) == AS_SET else tuple(RANGES)


def changes_of(one: Initiative, answers: Answers, today: date) -> dict[str, Any]:
    """The fields of an initiative that change by answers; what they leave alone stays.

    The range follows from the amount and from how sure somebody is, days and half-life from
    theirs. Raises :class:`BadInput`.
    """
    before = answers_of(one)
    if answers == before and one.delay_likely is not None:
        return {}
    fields = delay_of(answers, today)
    if answers.sure == AS_SET:
        fields |= _range_as_set(one, fields["delay_likely"])
    if answers.likely == before.likely:
        fields["delay_likely"] = one.delay_likely
        if answers.sure == before.sure:
            fields |= {"delay_low": one.delay_low, "delay_high": one.delay_high}
    if fields["profile"] == one.profile:
        fields["delay_from"] = one.delay_from
        if answers.day == before.day:
            fields["delay_until"] = one.delay_until
        if answers.half == before.half:
            fields["half_life"] = one.half_life
    return {name: value for name, value in fields.items() if value != getattr(one, name)}


def _range_as_set(one: Initiative, likely: float) -> dict[str, float | None]:
    """The range on record around another amount, in the proportions that it has."""
    scale = likely / one.delay_likely if one.delay_likely else 1.0
    low = None if one.delay_low is None else min(likely, round(one.delay_low * scale, 2))
    high = None if one.delay_high is None else max(likely, round(one.delay_high * scale, 2))
    return {"delay_low": low, "delay_high": high}


def with_changes(one: Initiative, changes: dict[str, Any]) -> dict[str, Any]:
    """All fields of delay that an initiative has after changes."""
    names = ("profile", "delay_low", "delay_likely", "delay_high", "delay_from", "delay_until")
    return {name: getattr(one, name) for name in (*names, "half_life", "need_by")} | changes


def preview(
    fields: dict[str, Any],
    row: InitiativeRow,
    others: Iterable[InitiativeRow],
    today: date,
    unit: str,
) -> str:
    """What the fields come to, in a sentence: the range, CD3, and the place by it."""
    profile = DelayProfile(fields["profile"])
    likely = fields["delay_likely"]
    once = profile is DelayProfile.DEADLINE
    text = f"{profile.value}: {in_unit(likely, unit)} ({_range_text(fields)})"
    text += " at once" if once else " a week"
    if row.weeks is None or row.weeks <= 0:
        return f"{text}; CD3 follows once its open items can be forecast"
    last = fields["delay_until"] or (fields.get("need_by") if once else None)
    cost = CostOfDelay(
        profile,
        0.0 if once else likely,
        loss=likely if once else 0.0,
        first=_weeks_to(fields["delay_from"], today),
        last=_weeks_to(last, today),
        half_life=fields["half_life"] or 0.0,
    )
    value = cd3(mean_cost_a_week(cost, row.weeks), row.weeks) or 0.0
    ranked = [one.cd3 for one in others if one.id != row.id and one.cd3 is not None]
    place = 1 + sum(other > value for other in ranked)
    return f"{text}; {row.weeks:.1f} weeks of work make CD3 {money(value)}, place {place} of" + (
        f" {len(ranked) + 1}"
    )


def _range_text(fields: dict[str, Any]) -> str:
    low, high = fields["delay_low"], fields["delay_high"]
    if low is None and high is None:
        return "no range"
    if low is None or high is None:
        return f"at least {money(low)}" if high is None else f"at most {money(high)}"
    return f"{money(low)} to {money(high)}"


def _weeks_to(day: str | None, today: date) -> float:
    return 0.0 if day is None else (date.fromisoformat(day) - today).days / 7
