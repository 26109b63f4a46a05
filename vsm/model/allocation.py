"""Allocations, absences, interactions and hires: what decides how many people a team has.

They are about the capacity of teams. No figure is ever made of a single person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

RAMP_WEEKS = 8
"""Weeks after which somebody new in a team counts as everybody else."""
RAMP_START = 0.3
"""The share of a full member that somebody new counts for at first."""
WHOLE = 1e-5
"""Fractions that add up to one may exceed it by this much: six sixths are kept with six digits."""


class AbsenceKind(StrEnum):
    """Why somebody is away."""

    LEAVE = "leave"
    SICK = "sick"
    TRAINING = "training"
    PUBLIC = "public"
    OTHER = "other"


class Sickness(StrEnum):
    """How sickness in a team is recorded."""

    AS_OTHER = "as-other"
    RECORDED = "recorded"


class InteractionMode(StrEnum):
    """How two teams work together."""

    COLLABORATION = "collaboration"
    SERVICE = "x-as-a-service"
    FACILITATING = "facilitating"


class HireState(StrEnum):
    """How far a hire has come."""

    REQUESTED = "wanted"
    APPROVED = "approved"
    OPEN = "open"
    SIGNED = "signed"
    STARTED = "started"
    DROPPED = "dropped"


def covers(start: str, end: str | None, day: str) -> bool:
    """Whether a day is in a span of days, which may be open at its end."""
    return start <= day and (end is None or day <= end)


def overlap(start: str, end: str | None, other_start: str, other_end: str | None) -> bool:
    """Whether two spans of days share a day."""
    return covers(start, end, other_start) or covers(other_start, other_end, start)


@dataclass(frozen=True, slots=True)
class Allocation:
    """The fraction of a member that a team has from a day on, up to a day or for good.

    Over ``ramp_weeks`` it grows from ``ramp_start`` of itself to the whole; 0 weeks: whole at once.
    ``is_over`` where the member's fractions exceed one person and that was recorded knowingly.
    """

    id: int
    number: str
    member: int
    team: int
    fraction: float
    start: str
    end: str | None = None
    skills: tuple[str, ...] = ()
    ramp_weeks: int | None = None
    ramp_start: float = RAMP_START
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which a member, or a whole team, is away for a fraction of the day."""

    id: int
    number: str
    member: int | None
    team: int | None
    start: str
    end: str
    absence_kind: str = AbsenceKind.LEAVE.value
    fraction: float = 1.0


@dataclass(frozen=True, slots=True)
class Interaction:
    """Two teams work together in some mode for a while and a purpose."""

    id: int
    number: str
    team: int
    other: int
    mode: str
    start: str | None = None
    until: str | None = None
    ended: str | None = None
    purpose: str = ""

    def is_overdue(self, today: str) -> bool:
        """Whether it should have ended before a day (ISO) and has not."""
        return self.ended is None and self.until is not None and self.until < today


@dataclass(frozen=True, slots=True)
class Hire:
    """Somebody whom a team wants to hire, or has hired.

    It counts once it is signed, from its ``start`` on. Once it has started it is a ``member`` like
    any other, whose allocation counts in its place.
    """

    id: int
    number: str
    team: int
    fraction: float = 1.0
    skills: tuple[str, ...] = ()
    need_by: str | None = None
    lead_weeks: int | None = None
    start: str | None = None
    state: str = HireState.REQUESTED.value
    ramp_weeks: int = RAMP_WEEKS
    ramp_start: float = RAMP_START
    member: int | None = None
