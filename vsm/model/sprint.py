"""Sprints: a time box of a stream with a goal, the work that was committed to, and what came of it.

Measures are about a sprint of a stream or team, never about a person, and velocities of two teams
are never set side by side: points mean what each team agreed on, nothing between teams.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

HOUR = 3_600_000_000
"""Microseconds of an hour."""
GRACE_MAX = 72
"""Most hours after the start in which changes of scope still belong to the commitment."""


class SprintState(StrEnum):
    """Where a sprint is in its life."""

    PLANNED = "planned"
    ACTIVE = "active"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Measure(StrEnum):
    """What a sprint is counted in."""

    COUNT = "count"
    POINTS = "points"
    HOURS = "hours"

    @property
    def unit(self) -> str:
        """The word behind a number."""
        return "items" if self is Measure.COUNT else str(self)


class GoalVerdict(StrEnum):
    """Whether the goal of a sprint was met."""

    MET = "met"
    PARTLY = "partly"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Sprint:
    """A sprint of a stream; dates are ISO days of its zone, moments UTC microseconds.

    ``capacity_days`` are days of work that the team has in it, all people together, ``focus`` the
    share of them that goes into items of the sprint. ``grace`` are hours after the start in which
    changes of scope still belong to the commitment. ``source_id`` is its id in the tool that it was
    imported from: its commitment follows from the change log then.
    """

    id: int
    number: str
    name: str
    only: int
    team: int | None
    goal: str
    planned_start: str
    planned_end: str
    measure: str
    capacity_days: float | None
    focus: float
    grace: float
    planned_at: int
    started_at: int | None = None
    closed_at: int | None = None
    cancelled: bool = False
    goal_met: str | None = None
    goal_note: str = ""
    source_id: str = ""

    @property
    def state(self) -> SprintState:
        """Where it is in its life."""
        if self.cancelled:
            return SprintState.CANCELLED
        if self.closed_at is not None:
            return SprintState.CLOSED
        return SprintState.PLANNED if self.started_at is None else SprintState.ACTIVE

    @property
    def is_open(self) -> bool:
        """Whether it can still take items."""
        return self.state in (SprintState.PLANNED, SprintState.ACTIVE)

    @property
    def commits_until(self) -> int | None:
        """The moment from which changes of scope are no part of the commitment."""
        return None if self.started_at is None else self.started_at + round(self.grace * HOUR)

    @property
    def effective_days(self) -> float | None:
        """Days of work that go into items of the sprint."""
        return None if self.capacity_days is None else self.capacity_days * self.focus


class ItemFacts(NamedTuple):
    """What lists of sprints and bugs say of an item; times are UTC microseconds."""

    key: str
    title: str
    created: int
    estimate: float | None
    type: str
    labels: tuple[str, ...]


class SprintChange(NamedTuple):
    """What a change of a sprint's own fields replaced: ``before`` by field."""

    at: int
    before: dict[str, Any]


def sprint_as_of(sprint: Sprint, changes: list[SprintChange], at: int) -> Sprint | None:
    """The sprint as it stood at a moment, or ``None`` where it was not planned yet.

    ``changes`` are those of its fields, oldest first. What happened after the moment is undone.
    """
    if sprint.planned_at > at:
        return None
    for change in reversed(changes):
        if change.at > at:
            sprint = replace(sprint, **change.before)
    closed = sprint.closed_at is not None and sprint.closed_at <= at
    return replace(
        sprint,
        started_at=sprint.started_at if (sprint.started_at or at + 1) <= at else None,
        closed_at=sprint.closed_at if closed else None,
        cancelled=sprint.cancelled and closed,
    )
