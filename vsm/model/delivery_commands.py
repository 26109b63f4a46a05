"""Commands that record deployments, incidents and changes; to repeat one changes nothing.

What is left out (``None`` or empty) keeps the value that it has. Moments are UTC microseconds,
items ids.
"""

from __future__ import annotations

from dataclasses import dataclass

from vsm.model.delivery import CauseLink, DeploymentResult


@dataclass(frozen=True, slots=True)
class RecordDeployment:
    """Record a deployment of a service, also as evidence of the items that it names.

    One of the same ``source_id`` is corrected; commits and items are added to it. Without an id it
    is the same as the one before it where both say the same and ended at the same moment, or where
    ``finished_at`` is left out (now) and that one ended within ten minutes.
    """

    service: int
    environment: str
    result: DeploymentResult
    finished_at: int | None = None
    started_at: int | None = None
    ref: str = ""
    commits: tuple[str, ...] = ()
    items: tuple[int, ...] = ()
    planned: bool | None = None
    because: int | None = None
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class RecordIncident:
    """Record an incident of a service, or change the one of this name."""

    service: int
    name: str
    opened_at: int | None = None
    title: str = ""
    severity: str = ""
    resolved_at: int | None = None
    caused_by: int | None = None
    link: CauseLink | None = None
    work_item: int | None = None
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class RecordChange:
    """Record a change of a service, or correct the one of this reference."""

    service: int
    ref: str
    first_commit_at: int | None = None
    proposed_at: int | None = None
    reviewed_at: int | None = None
    merged_at: int | None = None
    commits: tuple[str, ...] = ()
    items: tuple[int, ...] = ()
    is_revert: bool | None = None
