"""The published form of where a stream is stuck, as ``vsm bottlenecks --json`` prints it.

``docs/bottlenecks.schema.json`` is made from these models. Rates are a week, durations days,
shares and confidence from 0 to 1. What each figure means stands in ``docs/metrics.md``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vsm.features.metrics.published import Part, Window


class Constraint(Part):
    """What limits the flow: stages in the order of the flow, the team that works there."""

    stages: list[str]
    team: str | None
    confidence: float
    reason: str
    against: list[str]


class Finding(Part):
    """The same in words, also where no stage limits the flow or too little is known."""

    kind: Literal["stage", "team", "several", "demand", "unknown"]
    text: str
    confidence: float
    reason: str
    against: list[str]


class StageEvidence(Part):
    """What is known of a working stage; null where it only feeds another, or too few items left it.

    A stage that ``delays`` lets any number of items through at once: it has no parallel places and
    no utilisation, and ``touch_days`` is how long items stay.

    ``limit_reached`` is the Monday of the week in which a growing queue reaches its WIP limit.
    """

    name: str
    category: str
    team: str | None
    arrivals_per_week: float
    departures_per_week: float
    parallel_places: float | None
    touch_days: float | None
    delays: bool | None
    utilisation: float | None
    chance: float | None
    queue_growth_per_week: float
    share_of_waiting: float
    wip: int
    wip_limit: int | None
    limit_reached: str | None
    blocked_share: float | None
    starved_share: float | None


class TeamLoad(Part):
    """A team that works on several stages; null where no limit that they share is seen."""

    team: str
    stages: list[str]
    parallel_places: float | None
    utilisation: float | None
    chance: float


class Action(Part):
    """Something to do next: the keys of the items, or the stage whose policy it is about."""

    rank: int
    what: str
    why: str
    items: list[str]
    stage: str | None


class ClockSkew(Part):
    """Items that are left out, as their moves run backwards in time, and the keys of the first."""

    items: int
    keys: list[str]


class Bottlenecks(Part):
    """Where a stream is stuck, why, how sure that is, and what to do next."""

    schema_: Literal["vsm.bottlenecks/1"] = Field("vsm.bottlenecks/1", alias="schema")
    stream: str
    timezone: str
    as_of: str
    watched: Window
    constraint: Constraint | None
    finding: Finding
    stages: list[StageEvidence]
    teams: list[TeamLoad]
    min_cut: list[str]
    actions: list[Action]
    known_by_day: bool
    set_aside: int
    clock_skew: ClockSkew
