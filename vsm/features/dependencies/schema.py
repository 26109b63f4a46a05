"""The published form of who waits for whom, as ``vsm deps --json`` prints it.

``docs/dependencies.schema.json`` is made from these models. Durations are days; an empty team is
nobody's. What each figure means stands in ``docs/metrics.md``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vsm.features.metrics.published import Part


class TeamWait(Part):
    """What one team waits for of another."""

    waiting_team: str
    blocking_team: str
    open: int
    waiting_item_days: float


class TopBlocker(Part):
    """An unfinished item and what waits behind it, directly or not."""

    key: str
    title: str
    team: str
    stream: str
    stage: str
    blocked: bool
    waiting_items: int
    waiting_item_days: float
    behind: list[str]


class Step(Part):
    """An item on a path, and the days that half of the items took from its stage on, if any did."""

    key: str
    team: str
    stage: str
    remaining_days: float | None


class CriticalPath(Part):
    """The chain to an item that takes longest, what is to be finished first first.

    ``days`` and ``expected`` are null where nothing has finished yet from a stage of what it waits
    for.
    """

    to: str
    days: float | None
    expected: str | None
    due: str | None
    late: bool
    items: list[Step]


class Circle(Part):
    """Items that wait for each other in a circle, and the link that best breaks it."""

    items: list[str]
    unlink: tuple[str, str]


class WaitRisk(Part):
    """A dependency at risk: the item at risk and what it waits for."""

    kind: Literal["broken", "late", "unagreed", "blocked", "not started", "ageing"]
    key: str
    on: str
    why: str


class TeamMeasure(Part):
    """What a team is among the others."""

    team: str
    waits_for: list[str]
    holds_up: list[str]
    item_days_waiting: float
    item_days_held_up: float
    betweenness: float


class OpenDependency(Part):
    """One item that waits for another.

    With ``clock_skew`` the wait seems to begin later than now, as somebody's clock was ahead: no
    days are counted.
    """

    waiting: str
    blocker: str
    waiting_team: str
    blocking_team: str
    days: float
    state: Literal["proposed", "accepted", "broken"] | None
    need_by: str | None
    clock_skew: bool


class DependencyReport(Part):
    """Open dependencies over all streams and teams."""

    schema_: Literal["vsm.dependencies/1"] = Field("vsm.dependencies/1", alias="schema")
    as_of: str
    team_matrix: list[TeamWait]
    top_blockers: list[TopBlocker]
    critical_path: CriticalPath | None
    paths: list[CriticalPath]
    cycles: list[Circle]
    risks: list[WaitRisk]
    teams: list[TeamMeasure]
    open: list[OpenDependency]
