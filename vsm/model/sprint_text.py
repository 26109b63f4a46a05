"""Events of sprints in words, for the history and the log."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vsm.model import event as e
from vsm.model.plural import count
from vsm.model.sanitise import inert_line
from vsm.model.sprint_entities import SPRINT

if TYPE_CHECKING:
    from vsm.model.event_text import Names

MEMBERSHIP = (
    e.ItemAddedToSprint,
    e.SprintEntryRetracted,
    e.ItemRemovedFromSprint,
    e.SprintExitRetracted,
)
SPRINT_EVENTS = (
    *MEMBERSHIP,
    e.SprintStarted,
    e.SprintStartRetracted,
    e.SprintClosed,
    e.SprintCloseRetracted,
    e.SprintGoalJudged,
)


def describe_sprint(event: e.Event, it: str, names: Names) -> str:
    """What happened; ``it`` is the item as it is named, with a space before it, or nothing."""
    name = names.entity(SPRINT, getattr(event, "sprint", 0))
    if isinstance(event, e.ItemAddedToSprint):
        return f"added{it} to {name}{_why(event.reason)}"
    if isinstance(event, e.SprintEntryRetracted):
        return f"undid the adding{' of' + it if it else ''} to {name}"
    if isinstance(event, e.ItemRemovedFromSprint):
        return f"removed{it} from {name}{_why(event.reason)}"
    if isinstance(event, e.SprintExitRetracted):
        return f"undid the removal{' of' + it if it else ''} from {name}"
    if isinstance(event, e.SprintStarted):
        points = sum(estimate or 0 for _, estimate in event.commitment)
        total = f" and {points:g} points" if points else ""
        return f"started {name} with {count(len(event.commitment), 'item')}{total}"
    if isinstance(event, e.SprintStartRetracted):
        return f"undid the start of {name}"
    if isinstance(event, e.SprintClosed):
        verb = "cancelled" if event.cancelled else "closed"
        return f"{verb} {name}{_destinations(event, names)}{_why(event.reason)}"
    if isinstance(event, e.SprintCloseRetracted):
        return f"undid the end of {name}"
    assert isinstance(event, e.SprintGoalJudged)
    verdict, note = event.after
    if verdict is None:
        return f"took back the verdict on the goal of {name}"
    return f"judged the goal of {name}: {verdict}{_why(note)}"


def _destinations(event: e.SprintClosed, names: Names) -> str:
    """How many items were left when a sprint ended, and into which sprint they went."""
    if not event.carried:
        return ", nothing left"
    parts: list[str] = []
    for to, number in Counter(to for _, to in event.carried).items():
        size = f"{number:,}" if parts else f"{count(number, 'item')} went"
        parts.append(f"{size} to {'the backlog' if to is None else names.entity(SPRINT, to)}")
    return f"; {', '.join(parts)}"


def _why(reason: str) -> str:
    return f": {inert_line(reason)}" if reason else ""
