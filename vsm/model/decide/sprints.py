"""Rules on sprints: planning, starting with a commitment, changing scope, closing, judging."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import RuleViolation, answer, live_item, stream_of
from vsm.model.errors import RefusalCode
from vsm.model.field_types import TEXT_MAX, text_of
from vsm.model.sprint import GoalVerdict, Sprint, SprintState
from vsm.model.sprint_entities import LIFE, SPRINT
from vsm.model.view import View

_Values = dict[str, Any]


# -- planning ----------------------------------------------------------------------------


def settle_sprints(view: View, events: Iterable[e.Event]) -> list[e.Event]:
    """The events on sprints, completed; refuses what may not be."""
    return [_settled(view, event) for event in events]


def _settled(view: View, event: e.Event) -> e.Event:
    if getattr(event, "entity", None) is not SPRINT:
        return event
    if isinstance(event, e.EntityAdded):
        _check_life(event.values, {field.name: field.default for field in SPRINT.fields})
        _check_days(event.values)
        return e.added(SPRINT, event.id, **{**event.values, "planned_at": view.now})
    if isinstance(event, e.EntityChanged):
        current = sprint_of(view, event.id)
        before = SPRINT.values(current)
        _check_life({**before, **event.after}, before)
        _check_days({**before, **event.after})
        _check_change(current, event)
    return event


def _check_life(values: _Values, before: _Values) -> None:
    changed = [name for name in LIFE if values[name] != before[name]]
    if changed:
        raise RuleViolation(
            RefusalCode.INVALID,
            f"{changed[0]} of a sprint is no plan but a fact",
            "use vsm sprint start, close or judge",
        )


def _check_days(values: _Values) -> None:
    first, last = values["planned_start"], values["planned_end"]
    if last < first:
        raise RuleViolation(
            RefusalCode.INVALID,
            f"the sprint would end on {last}, before it starts on {first}",
            "give a last day that is not before the first: --end YYYY-MM-DD",
        )


def _check_change(sprint: Sprint, event: e.EntityChanged) -> None:
    """Refuse to plan again what has happened."""
    if sprint.state is SprintState.PLANNED:
        return
    for name in ("planned_start", "grace"):
        if name in event.after:
            what = "start" if name == "planned_start" else "grace"
            raise RuleViolation(
                RefusalCode.STATE,
                f"{sprint.name} has started: its {what} is a fact",
                "its end may still be moved: vsm sprint set NO --end YYYY-MM-DD",
            )
    if not sprint.is_open and "planned_end" in event.after:
        raise RuleViolation(
            RefusalCode.STATE, f"{sprint.name} is {sprint.state}", "plan another one"
        )


def sprint_of(view: View, number: int) -> Sprint:
    """The sprint, which must be there."""
    sprint = view.get(SPRINT, number)
    if sprint is None:
        raise RuleViolation(
            RefusalCode.UNKNOWN, f"there is no sprint {number}", "list them: vsm sprint list"
        )
    return sprint


def _open(view: View, number: int) -> Sprint:
    sprint = sprint_of(view, number)
    if not sprint.is_open:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{sprint.name} is {sprint.state}: what was in it is a fact",
            "choose a sprint that is planned or active: vsm sprint list",
        )
    return sprint


# -- scope -------------------------------------------------------------------------------


@answer.register
def _(command: c.AddToSprint, view: View) -> list[e.Event]:
    item = live_item(view, command.item, command.expected_version)
    sprint = _open(view, command.sprint)
    if item.stream != sprint.only:
        other = view.stream(sprint.only)
        raise RuleViolation(
            RefusalCode.STATE,
            f"{item.key} is in another stream than {sprint.name}",
            f"a sprint has items of its stream: {other.name if other else '?'}",
            (item.key,),
        )
    holder = view.open_sprint_of(item.id)
    if holder == sprint.id:
        return []
    if holder is not None:
        other_sprint = sprint_of(view, holder)
        raise RuleViolation(
            RefusalCode.STATE,
            f"{item.key} is in {other_sprint.name} already",
            f"remove it there first: vsm sprint remove {other_sprint.number} {item.key}",
            (item.key,),
        )
    category = stream_of(view, item.stream).stage(item.stage).category
    if category.ended:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{item.key} is {category}",
            f"only open items can be planned: vsm item reopen {item.key}",
            (item.key,),
        )
    return [_entry(item.id, item.stream, item.estimate, sprint, _reason(sprint, command, item.key))]


def _entry(
    item: int, stream: int, estimate: float | None, sprint: Sprint, reason: str
) -> e.ItemAddedToSprint:
    return e.ItemAddedToSprint(
        item=item, stream=stream, sprint=sprint.id, estimate=estimate, reason=reason
    )


def _reason(sprint: Sprint, command: c.AddToSprint | c.RemoveFromSprint, key: str) -> str:
    """Why scope changes; while a sprint is active a change without a reason is refused."""
    reason = text_of("the reason", command.reason.strip(), TEXT_MAX)
    if sprint.state is SprintState.ACTIVE and not reason:
        raise RuleViolation(
            RefusalCode.REASON,
            f"{sprint.name} is active: changing its scope needs a reason",
            "say why: --reason TEXT",
            (key,),
        )
    return reason


@answer.register
def _(command: c.RemoveFromSprint, view: View) -> list[e.Event]:
    item = live_item(view, command.item, command.expected_version)
    sprint = _open(view, command.sprint)
    if view.open_sprint_of(item.id) != sprint.id:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{item.key} is not in {sprint.name}",
            "see what is in it: vsm sprint show",
            (item.key,),
        )
    return [
        e.ItemRemovedFromSprint(
            item=item.id,
            stream=item.stream,
            sprint=sprint.id,
            reason=_reason(sprint, command, item.key),
        )
    ]


# -- start, close, judge -----------------------------------------------------------------


@answer.register
def _(command: c.StartSprint, view: View) -> list[e.Event]:
    sprint = sprint_of(view, command.sprint)
    if sprint.state is not SprintState.PLANNED:
        raise RuleViolation(
            RefusalCode.STATE, f"{sprint.name} is {sprint.state}", "only a planned one can start"
        )
    members = _unfinished(view, sprint)
    if not members and not command.empty:
        raise RuleViolation(
            RefusalCode.EMPTY,
            f"{sprint.name} has no open items",
            "add some first (vsm sprint add NO KEY...), or start it empty: --empty",
        )
    return [
        e.SprintStarted(sprint=sprint.id, stream=sprint.only, commitment=tuple(members.items()))
    ]


def _unfinished(view: View, sprint: Sprint) -> dict[int, float | None]:
    """The open items of a sprint with their estimates."""
    out: dict[int, float | None] = {}
    for number in view.members_of_sprint(sprint.id):
        item = view.item(number)
        stream = None if item is None else view.stream(item.stream)
        if item is None or stream is None or item.archived:
            continue
        if not stream.stage(item.stage).category.ended:
            out[item.id] = item.estimate
    return out


@answer.register
def _(command: c.CloseSprint, view: View) -> list[e.Event]:
    sprint = sprint_of(view, command.sprint)
    reason = text_of("the reason", command.reason.strip(), TEXT_MAX)
    if not sprint.is_open:
        raise RuleViolation(
            RefusalCode.STATE, f"{sprint.name} is {sprint.state} already", "nothing was moved"
        )
    if sprint.state is SprintState.PLANNED and not command.cancel:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{sprint.name} has not started",
            "start it first, or give it up: vsm sprint cancel NO --reason TEXT",
        )
    left = _unfinished(view, sprint)
    strange = [number for number in command.apart if number not in left]
    if strange:
        item = view.item(strange[0])
        key = item.key if item is not None else str(strange[0])
        raise RuleViolation(
            RefusalCode.INVALID, f"{key} is no open item of {sprint.name}", "see vsm sprint show"
        )
    where = {number: command.apart.get(number, command.to) for number in left}
    targets = {to: _target(view, sprint, to) for to in where.values() if to is not None}
    events: list[e.Event] = [
        e.SprintClosed(
            sprint=sprint.id,
            stream=sprint.only,
            carried=tuple(where.items()),
            cancelled=command.cancel,
            reason=reason,
        )
    ]
    for number, to in where.items():
        item = view.item(number)
        if to is not None and item is not None:
            why = f"carried over from {sprint.name}"
            events.append(_entry(item.id, item.stream, item.estimate, targets[to], why))
    return events


def _target(view: View, sprint: Sprint, number: int) -> Sprint:
    target = _open(view, number)
    if target.id == sprint.id or target.only != sprint.only:
        raise RuleViolation(
            RefusalCode.INVALID,
            f"what is left of {sprint.name} cannot go into {target.name}",
            "name another open sprint of its stream",
        )
    return target


@answer.register
def _(command: c.JudgeSprint, view: View) -> list[e.Event]:
    sprint = sprint_of(view, command.sprint)
    if sprint.started_at is None:
        raise RuleViolation(
            RefusalCode.STATE, f"{sprint.name} has not started", "judge its goal when it ends"
        )
    before = (GoalVerdict(sprint.goal_met) if sprint.goal_met else None, sprint.goal_note)
    after = (command.verdict, text_of("the note", command.note.strip(), TEXT_MAX))
    if before == after:
        return []
    return [e.SprintGoalJudged(sprint=sprint.id, stream=sprint.only, before=before, after=after)]
