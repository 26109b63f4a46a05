"""Undo and redo of what was done to sprints, and what would stand in their way."""

from __future__ import annotations

from typing import get_args

from vsm.model import event as e
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.sprint import Sprint
from vsm.model.sprint_entities import SPRINT
from vsm.model.view import View

_Sprints = (
    e.SprintStarted
    | e.SprintClosed
    | e.SprintGoalJudged
    | e.ItemAddedToSprint
    | e.ItemRemovedFromSprint
)
SPRINT_EVENTS = get_args(_Sprints)
"""The events that :func:`inverse_sprint` takes back."""


def inverse_sprint(event: _Sprints, view: View) -> e.Event | Refusal:
    """The event that takes another one back, or why that cannot be."""
    sprint = view.get(SPRINT, event.sprint)
    if sprint is None:
        return _gone()
    if isinstance(event, e.SprintStarted):
        if sprint.closed_at is not None:
            return _moved_on(sprint)
        return e.SprintStartRetracted(sprint=sprint.id, stream=event.stream)
    if isinstance(event, e.SprintClosed):
        return e.SprintCloseRetracted(sprint=sprint.id, stream=event.stream)
    if isinstance(event, e.SprintGoalJudged):
        now = (sprint.goal_met, sprint.goal_note)
        if now != (event.after[0] and event.after[0].value, event.after[1]):
            return Refusal(RefusalCode.UNDO, "the goal was judged again since", "change it by hand")
        return event.model_copy(update={"before": event.after, "after": event.before})
    if not sprint.is_open:
        return _moved_on(sprint)
    facts = {"item": event.item, "stream": event.stream, "sprint": sprint.id}
    if isinstance(event, e.ItemRemovedFromSprint):
        elsewhere = view.open_sprint_of(event.item) is not None
        return _elsewhere() if elsewhere else e.SprintExitRetracted(**facts)
    if view.is_committed(sprint.id, event.item):
        return _moved_on(sprint)
    return e.SprintEntryRetracted(**facts)


def sprint_conflict(event: e.Event, view: View) -> Refusal | None:
    """Refuse an event of redo that would stand in the way of something made since."""
    if not isinstance(event, SPRINT_EVENTS):
        return None
    sprint = view.get(SPRINT, event.sprint)
    if sprint is None:
        return _gone()
    if isinstance(event, e.SprintStarted):
        return _moved_on(sprint) if sprint.started_at is not None else None
    if isinstance(event, e.SprintGoalJudged):
        return None
    if not sprint.is_open:
        return _moved_on(sprint)
    if isinstance(event, e.ItemAddedToSprint) and view.open_sprint_of(event.item) is not None:
        return _elsewhere()
    return None


def _moved_on(sprint: Sprint) -> Refusal:
    return Refusal(
        RefusalCode.UNDO,
        f"{sprint.name} is {sprint.state} by now",
        "what it was committed to stays: change its scope with a reason instead",
    )


def _elsewhere() -> Refusal:
    return Refusal(RefusalCode.UNDO, "the item is in a sprint by now", "remove it there first")


def _gone() -> Refusal:
    return Refusal(RefusalCode.UNDO, "the sprint was removed since", "plan another one")
