"""A change to a stream that is played: limits, slots, arrivals, rework, absences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Absence:
    """Slots that are missing at a station's pool from a week on, for some weeks."""

    station: int
    slots: int
    from_week: float
    weeks: float


@dataclass(frozen=True, slots=True)
class Change:
    """All that is different afterwards, by the numbers of stations.

    ``limits`` are WIP limits (0: none); ``queue_rooms`` are limits of what waits for the slots,
    ``most_slots`` bounds of their number, ``slots`` those that are added or, below 0, removed.
    ``arrivals`` and ``rework`` are factors.
    """

    limits: Mapping[int, int] = field(default_factory=dict)
    queue_rooms: Mapping[int, int] = field(default_factory=dict)
    most_slots: Mapping[int, int] = field(default_factory=dict)
    slots: Mapping[int, int] = field(default_factory=dict)
    arrivals: float = 1.0
    rework: float = 1.0
    absences: tuple[Absence, ...] = ()


NO_CHANGE = Change()
