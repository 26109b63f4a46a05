"""Where a stream is stuck: frozen values without numpy, which screens may import.

Rates are a week, times in days, shares from 0 to 1. What each figure means stands in
``docs/metrics.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

SURELY, PROBABLY = 0.85, 0.6
"""The confidence from which on a constraint is told surely, or probably."""
SUREST = 0.99
"""More than that is never said to be known."""


class Kind(StrEnum):
    """What limits the flow."""

    STAGE = "stage"
    TEAM = "team"
    SEVERAL = "several"
    DEMAND = "demand"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What limits the flow, how sure that is, why, and what speaks against it.

    ``stages`` are in the order of the flow and empty where demand does or too little is known.
    ``reason`` and each of ``against`` are whole sentences. ``heading`` is the verdict in a line.
    """

    kind: Kind
    stages: tuple[str, ...]
    team: str | None
    confidence: float
    heading: str
    reason: str
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageEvidence:
    """What is known of one working stage, its queue and the work in it.

    ``parallel_places``, ``touch_days``, ``utilisation``, ``chance`` (to be the constraint) and the
    shares of time blocked and starved are of active stages with what feeds them; ``None`` of queue
    stages, and where too few items left to tell. A stage that ``delays`` lets any number of items
    through at once: it has no places, and ``touch_days`` is how long items stay.
    ``limit_reached`` is the Monday of the week in which the queue reaches the limit if it goes on
    growing as it does.
    """

    stage: int
    name: str
    category: str
    team: str | None
    arrivals: float
    departures: float
    growth: float
    share_of_waiting: float
    wip: int
    limit: int | None
    limit_reached: date | None
    delays: bool | None = None
    parallel_places: float | None = None
    touch_days: float | None = None
    utilisation: float | None = None
    chance: float | None = None
    blocked_share: float | None = None
    starved_share: float | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do next: what, why, and the ids of the items (or the stage) behind it."""

    what: str
    why: str
    items: tuple[int, ...] = ()
    stage: int | None = None


@dataclass(frozen=True, slots=True)
class TeamLoad:
    """A team that works on several stages, and how much of it is used; ``None`` where no
    limit that they share is seen.
    """

    team: str
    stages: tuple[str, ...]
    utilisation: float | None
    parallel_places: float | None
    chance: float


@dataclass(frozen=True, slots=True)
class Stuck:
    """Everything told of a stream: the verdict with its evidence, and what to do next.

    ``first`` and ``last`` are the days that were looked at, ``as_of`` UTC microseconds; ``keys``
    are those of the items that actions name. ``min_cut`` are the stages that together bound what
    can flow. ``backwards`` are the ids of items that are left out, as their moves run backwards in
    time; the first of them are named by ``keys`` too.
    """

    stream: str
    zone: str
    as_of: int
    first: date
    last: date
    verdict: Verdict
    stages: tuple[StageEvidence, ...]
    teams: tuple[TeamLoad, ...]
    min_cut: tuple[str, ...]
    actions: tuple[Action, ...]
    keys: tuple[tuple[int, str], ...] = ()
    known_by_day: bool = False
    set_aside: int = 0
    backwards: tuple[int, ...] = ()
