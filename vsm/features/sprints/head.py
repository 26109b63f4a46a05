"""The first lines of the report on a sprint: state, goal, sum, capacity, odds."""

from __future__ import annotations

from datetime import date

from vsm.features.sprints.results import Actual, Odds, Period, SprintDetail, Totals
from vsm.model.plural import count
from vsm.model.rules import local
from vsm.model.sprint import Measure
from vsm.report.document import Part, Sentence, Target, Tone
from vsm.report.wording import day, percent

GOALS: dict[str | None, tuple[str, Tone]] = {
    "met": ("✓ met", "good"),
    "partly": ("~ partly", "warn"),
    "missed": ("✗ missed", "bad"),
    None: ("–", "faint"),
}
"""Verdict on a goal → how it is shown."""


def amount(value: float | None) -> str:
    """A number of points, hours or items, without needless decimals."""
    if value is None:
        return "–"
    return f"{round(value, 1):,g}"


def real_days(planned: Period, actual: Actual, zone: str) -> Period:
    """First and last day: those that were planned, as far as it has not started or ended."""
    if actual.started is None:
        return planned
    first = local(actual.started, zone).date()
    last = planned.end if actual.closed is None else local(actual.closed, zone).date()
    return Period(first, last)


def start_lines(planned: Period, start: date) -> list[str]:
    """The warning where a sprint starts on another day than was planned."""
    apart = (start - planned.start).days
    if not apart:
        return []
    side = "early" if apart < 0 else "late"
    return [
        f"It was planned from {day(planned.start)}: it starts {count(abs(apart), 'day')} {side}"
    ]


def _when(result: SprintDetail, zone: str) -> str:
    """The real days, and the end that was planned where it differs."""
    planned, real = result.planned, real_days(result.planned, result.actual, zone)
    text = f"{day(real.start)} to {day(real.end)}"
    if real.start != planned.start:
        text += f", planned from {day(planned.start)}"
    apart = (real.end - planned.end).days
    if apart:
        side = "before" if apart < 0 else "after"
        text += f", {count(abs(apart), 'day')} {side} its planned end"
    return text


def head(result: SprintDetail, unit: str, zone: str) -> tuple[Part, ...]:
    """State, goal, sum, capacity and odds of a sprint."""
    total = result.summary
    days = _when(result, zone)
    parts: list[Part] = [
        Sentence(f"{result.state.capitalize()}, {days}{_team(result)}", "strong", _inside(result))
    ]
    if result.goal:
        goal, tone = GOALS[result.goal_met]
        verdict = f" ({goal}{': ' + result.goal_note if result.goal_note else ''})"
        parts.append(
            Sentence(f"Goal: {result.goal}{verdict if result.goal_met else ''}",
                     tone if result.goal_met else "text")
        )  # fmt: skip
    if result.actual.started is None:
        planned = f"Planned so far: {count(result.items, 'item')}, {amount(total.started)} {unit}"
        parts.append(Sentence(planned if unit != "items" else planned.partition(",")[0]))
    elif not result.members:
        parts.append(Sentence("No item was ever in it, as far as this database knows", "faint"))
    else:
        parts.append(Sentence(_sum(total, unit)))
        parts += _promise(result)
    parts += _missing(result)
    parts += _capacity(result)
    parts += _odds(result.odds, result.planned.end)
    if result.overlaps:
        names = ", ".join(result.overlaps)
        parts.append(Sentence(f"Active beside {names}: one team has two sprints", "warn"))
    return tuple(parts)


def _inside(result: SprintDetail) -> Target:
    """All items that are or were in scope."""
    return Target(result.name, items=tuple((one.item, one.fate) for one in result.members))


def _team(result: SprintDetail) -> str:
    return f", team {result.team}" if result.team else ""


def _sum(total: Totals, unit: str) -> str:
    """The sum that has to add up, in words."""
    return (
        f"Started with {amount(total.started)} {unit} + {amount(total.added)} added"
        f" - {amount(total.removed)} removed {'+' if total.estimated >= 0 else '-'}"
        f" {amount(abs(total.estimated))} re-estimated = {amount(total.completed)} completed"
        f" + {amount(total.carried)} left"
    )


def _promise(result: SprintDetail) -> list[Part]:
    parts: list[Part] = []
    if result.say_do is not None:
        parts.append(Sentence(f"Say/do: {percent(result.say_do)} of the commitment is completed"))
    if result.grace_hours:
        hours = count(round(result.grace_hours), "hour")
        text = f"Scope that changed within {hours} after the start belongs to the commitment"
        parts.append(Sentence(text, "faint"))
    if result.commitment_from == "history":
        text = "The commitment follows from imported change logs"
        parts.append(Sentence(text, "faint"))
    return parts


def _missing(result: SprintDetail) -> list[Part]:
    if not result.unestimated or result.measure is Measure.COUNT:
        return []
    text = f"{result.unestimated} of {result.items} without an estimate: they count 0 in"
    return [Sentence(f"{text} {result.measure.unit}", "warn")]


def _capacity(result: SprintDetail) -> list[Part]:
    """The commitment beside what was finished before in as many team-days."""
    check, pace = result.capacity, result.capacity.per_team_day
    if check.team_days is None:
        return []
    if pace is None:
        text = "Capacity: no closed sprint before has team-days to compare with"
        return [Sentence(text, "faint")]
    if check.share is None:
        return [Sentence("Capacity: cannot tell, as no item has an estimate", "warn")]
    effective = check.team_days * check.focus
    focus = f": {amount(check.team_days)} at {percent(check.focus)}" if check.focus < 1 else ""
    text = (
        f"Capacity: {percent(check.share)}, {amount(result.summary.started)} {result.measure.unit}"
        f" against {amount(pace * effective)} that the last {count(check.sprints, 'sprint')}"
        f" finished in as many team-days ({amount(effective)}{focus})"
    )
    return [Sentence(text, "warn" if check.share > 1.1 else "text")]


def check_lines(result: SprintDetail) -> list[str]:
    """The commitment against estimates and capacity, as lines beside its start."""
    parts = [*_missing(result), *_capacity(result)]
    return [part.text for part in parts if isinstance(part, Sentence)]


def _odds(odds: Odds | None, end: date) -> list[Part]:
    if odds is None:
        return []
    if not odds.left:
        return [Sentence("Everything in it is done", "good")]
    left = f"{count(odds.left, 'item')} left, {count(odds.working_days, 'working day')}"
    if odds.count is None:
        return [Sentence(f"{left}. No odds: {odds.cannot}", "faint")]
    text = f"{left}: {percent(odds.count)} that so many finish by {day(end)}"
    if odds.items is not None:
        text += f", {percent(odds.items)} that these very items do"
    if odds.cannot:
        text = f"{left}: {odds.cannot}"
    return [Sentence(text, "warn" if odds.count < 0.5 else "text")]
