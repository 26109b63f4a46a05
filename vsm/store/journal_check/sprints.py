"""Checks entries about sprints: an order of planning, start and end, and members that are there."""

from __future__ import annotations

import math

from vsm.model import event as e
from vsm.model.event import Recorded
from vsm.model.sprint_entities import SPRINT
from vsm.store.journal_check.state import JournalState, check_event, require

_Of = (
    e.SprintStarted
    | e.SprintStartRetracted
    | e.SprintClosed
    | e.SprintCloseRetracted
    | e.SprintGoalJudged
)
_Membership = (
    e.ItemAddedToSprint | e.SprintEntryRetracted | e.ItemRemovedFromSprint | e.SprintExitRetracted
)


@check_event.register
def _(event: _Of, state: JournalState, r: Recorded) -> None:
    sprint = state.entity(SPRINT, event.sprint)
    require(sprint["only"] == event.stream, f"sprint {event.sprint} is of another stream")
    started, closed = sprint["started_at"] is not None, sprint["closed_at"] is not None
    if isinstance(event, e.SprintStarted):
        require(not started and not closed, f"sprint {event.sprint} had started")
        _check_commitment(event, state)
        sprint["started_at"] = r.at
    elif isinstance(event, e.SprintStartRetracted):
        require(started and not closed, f"sprint {event.sprint} had not started")
        sprint["started_at"] = None
    elif isinstance(event, e.SprintClosed):
        require(not closed, f"sprint {event.sprint} was closed")
        sprint["closed_at"], sprint["cancelled"] = r.at, event.cancelled
    elif isinstance(event, e.SprintCloseRetracted):
        require(closed, f"sprint {event.sprint} was not closed")
        sprint["closed_at"], sprint["cancelled"] = None, False


def _check_commitment(event: e.SprintStarted, state: JournalState) -> None:
    items = [item for item, _ in event.commitment]
    require(len(set(items)) == len(items), "an item is committed to twice")
    for item, estimate in event.commitment:
        state.item(item, event.stream)
        fits = estimate is None or (math.isfinite(estimate) and estimate >= 0)
        require(fits, f"{estimate} is not an estimate")


@check_event.register
def _(event: _Membership, state: JournalState, r: Recorded) -> None:
    item = state.item(event.item, event.stream)
    state.entity(SPRINT, event.sprint)
    if isinstance(event, e.ItemAddedToSprint):
        item.sprints.append(event.sprint)
        return
    require(event.sprint in item.sprints, f"item {event.item} never was in sprint {event.sprint}")
    if isinstance(event, e.SprintEntryRetracted):
        item.sprints.remove(event.sprint)
