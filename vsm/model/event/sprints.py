"""Events of sprints: started with a commitment, scope that changed, closed, its goal judged.

Planning and changing one are the events of a declared entity.
"""

from __future__ import annotations

from typing import Literal

from vsm.model.event.facts import EventModel
from vsm.model.sprint import GoalVerdict


class SprintStarted(EventModel):
    """A sprint began with these items and their estimates: the commitment, which stays so."""

    kind: Literal["sprint_started"] = "sprint_started"
    sprint: int
    stream: int
    commitment: tuple[tuple[int, float | None], ...]


class SprintStartRetracted(EventModel):
    """The start of a sprint was undone: it is planned again."""

    kind: Literal["sprint_start_retracted"] = "sprint_start_retracted"
    sprint: int
    stream: int


class SprintClosed(EventModel):
    """A sprint ended; ``carried`` are items that were not done and the sprint they went to.

    ``cancelled`` says that it was given up: nothing of it counts as velocity.
    """

    kind: Literal["sprint_closed"] = "sprint_closed"
    sprint: int
    stream: int
    carried: tuple[tuple[int, int | None], ...] = ()
    cancelled: bool = False
    reason: str = ""


class SprintCloseRetracted(EventModel):
    """The end of a sprint was undone: it goes on."""

    kind: Literal["sprint_close_retracted"] = "sprint_close_retracted"
    sprint: int
    stream: int


class SprintGoalJudged(EventModel):
    """Whether the goal of a sprint was met: (verdict, note) before and after."""

    kind: Literal["sprint_goal_judged"] = "sprint_goal_judged"
    sprint: int
    stream: int
    before: tuple[GoalVerdict | None, str] = (None, "")
    after: tuple[GoalVerdict | None, str] = (None, "")


class ItemAddedToSprint(EventModel):
    """An item became a member of a sprint, with the estimate that it had."""

    kind: Literal["item_added_to_sprint"] = "item_added_to_sprint"
    item: int
    stream: int
    sprint: int
    estimate: float | None = None
    reason: str = ""


class SprintEntryRetracted(EventModel):
    """The adding of an item to a sprint was undone: it never was a member."""

    kind: Literal["sprint_entry_retracted"] = "sprint_entry_retracted"
    item: int
    stream: int
    sprint: int


class ItemRemovedFromSprint(EventModel):
    """An item left a sprint that was not over."""

    kind: Literal["item_removed_from_sprint"] = "item_removed_from_sprint"
    item: int
    stream: int
    sprint: int
    reason: str = ""


class SprintExitRetracted(EventModel):
    """The removal of an item from a sprint was undone: it never left."""

    kind: Literal["sprint_exit_retracted"] = "sprint_exit_retracted"
    item: int
    stream: int
    sprint: int
