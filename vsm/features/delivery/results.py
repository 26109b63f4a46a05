"""Results about delivery: frozen values without numpy, which screens may import.

Nothing here ranks services or is about a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from vsm.features.delivery.definitions import DEFINITIONS
from vsm.features.metrics.basic_results import Window
from vsm.features.metrics.process_limits import Trend
from vsm.model.delivery import CauseLink, DeploymentResult
from vsm.report.publish import HIDDEN, ITEM, MOMENT, Name, follows

Hours = Annotated[float, 2]
Days = Annotated[float, 2]
Share = Annotated[float, 4]
Moment = Annotated[int, MOMENT]
MaybeMoment = Annotated[int | None, MOMENT]


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a figure has gone, and why that is more than usual variation."""

    direction: Trend
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Impossible:
    """Moments of which one comes before what it follows: left out of the figure."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class PartTime:
    """A part of the lead time, over the changes of which it is known; in hours."""

    n: int
    p50: Hours | None
    p85: Hours | None


@dataclass(frozen=True, slots=True)
class LeadParts:
    """First commit to proposal, to first review, to merge, to users."""

    code: PartTime
    pick_up: PartTime
    review: PartTime
    deploy: PartTime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTimes:
    """Change lead time in hours over ``n`` changes, and what it leaves out."""

    n: int
    p50: Hours | None
    p85: Hours | None
    parts: LeadParts
    reverts: int
    without_first_commit: int
    merged_before_review: int
    inferred: int
    impossible: tuple[Impossible, ...]
    trend: Turn | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency:
    """How often the service was deployed; ``gap`` in hours, ``gaps`` how many that is of."""

    n: int
    per_day: Share
    per_week: Annotated[float, 2]
    days: int
    days_a_week: int | None
    weeks: int
    gap: Hours | None
    gaps: int
    partly: int
    joined: int
    """Runs that count as one with another."""
    failed_runs: int
    cancelled_runs: int
    elsewhere: int
    """Runs to environments that are not production."""
    known_since: MaybeMoment
    """When the first deployment on record ended."""
    latest: MaybeMoment
    """When the last one did."""
    trend: Turn | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of deployments with its 95% range; null where it is of none, or ``unknown``."""

    count: int
    n: int
    rate: Share | None
    low: Share | None
    high: Share | None
    inferred: int
    unknown: str
    """Why it cannot be told; empty: it can."""
    trend: Turn | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Time to recover in hours over ``n`` failed deployments, ``censored`` of them not over."""

    n: int
    p50: Hours | None
    more_than: Hours | None
    censored: int
    impossible: tuple[Impossible, ...]


@dataclass(frozen=True, slots=True)
class Measures:
    """The five."""

    lead_time: LeadTimes
    frequency: Frequency
    change_fail: Rate
    recovery: Recovery
    rework: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Idea to live in days over ``n`` items that a deployment names."""

    n: int
    p50: Days | None
    p85: Days | None
    committed: int
    p50_committed: Days | None
    p85_committed: Days | None
    with_commit: int
    before_first_commit: Days | None
    begun_before: int
    """Items whose first commit is older than they are: in no time up to it."""
    impossible: tuple[Impossible, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A full week of the window: how many, and its figures, null where they are of nothing."""

    week: date
    deployments: int
    changes: int
    lead_time: Hours | None
    failed: int
    recovery: Hours | None
    unplanned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRow:
    """A run to production that ended in the window. ``counts``: it reached users.

    ``items`` are those that it names, itself or by its changes; ``runs`` those that it stands for;
    ``incidents`` the names of those that it caused.
    """

    id: int
    source_id: str
    environment: str
    ref: str
    commits: tuple[str, ...]
    items: tuple[Annotated[int, ITEM], ...]
    started_at: MaybeMoment
    finished_at: Moment
    result: DeploymentResult
    counts: bool
    runs: int
    unplanned: str
    because: str | None
    incidents: tuple[str, ...]
    is_inferred: Annotated[bool, Name("failed_by_inference")]
    recovered_at: MaybeMoment
    recovery: Hours | None
    """So far, where ``recovered_at`` is null; null: it did not fail, or the order is impossible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """An incident of the window, or of a deployment in it."""

    id: Annotated[int, HIDDEN]
    name: str
    title: str
    severity: str
    opened_at: Moment
    resolved_at: MaybeMoment
    item: Annotated[int | None, ITEM]
    deployment: int | None
    link: CauseLink | None
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """A change that went live in the window, or one in an impossible order; hours."""

    ref: str
    items: tuple[Annotated[int, ITEM], ...]
    deployment: int | None
    is_inferred: bool
    is_revert: bool
    first_commit_at: MaybeMoment
    proposed_at: MaybeMoment
    reviewed_at: MaybeMoment
    merged_at: MaybeMoment
    deployed_at: MaybeMoment
    code: Hours | None
    pick_up: Hours | None
    review: Hours | None
    deploy: Hours | None
    total: Hours | None
    impossible: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveItem:
    """An item that went live in the window; days, null where not known."""

    item: Annotated[int, ITEM]
    title: str
    deployment: int
    created_at: Moment
    committed_at: MaybeMoment
    first_commit_at: MaybeMoment
    live_at: Moment
    from_creation: Days | None
    from_commitment: Days | None
    impossible: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What of the service decides how its figures are counted."""

    production: tuple[str, ...]
    unplanned: tuple[str, ...]
    cause_hours: float
    repositories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The delivery of one service in a window of whole days, as of a moment."""

    SCHEMA: ClassVar[str] = "vsm.delivery/1"

    keys: Annotated[tuple[tuple[int, str], ...], HIDDEN]
    titles: Annotated[tuple[tuple[int, str], ...], HIDDEN]
    id: Annotated[int, HIDDEN]
    service: str
    team: str | None
    zone: Annotated[str, Name("timezone")]
    as_of: Moment
    window: Window
    rules: Rules
    measures: Measures
    live: Live
    weeks: tuple[Week, ...]
    deployments: tuple[DeploymentRow, ...]
    changes: tuple[ChangeRow, ...]
    incidents: tuple[IncidentRow, ...]
    items: tuple[LiveItem, ...]

    @property
    @follows("items")
    def definitions(self) -> Mapping[str, str]:
        """What each figure means."""
        return DEFINITIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRow:
    """A service in the list, with its five figures."""

    id: Annotated[int, HIDDEN]
    service: str
    team: str | None
    measures: Measures
    weeks: Annotated[tuple[Week, ...], HIDDEN]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """All services by name; no order by a figure, and no total over services."""

    SCHEMA: ClassVar[str] = "vsm.deliveries/1"

    as_of: Moment
    window: Window
    services: tuple[ServiceRow, ...]

    @property
    @follows("services")
    def definitions(self) -> Mapping[str, str]:
        """What each figure means."""
        return DEFINITIONS
