"""Targets of lines of the reports on delivery: what Enter opens there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vsm.report.document import Target


class Behind(StrEnum):
    """What stands behind the figures of a service; the value is the title of its page."""

    CHANGES = "changes"
    DEPLOYMENTS = "deployments"
    FAILED = "failed deployments"
    UNPLANNED = "unplanned deployments"
    INCIDENTS = "incidents"
    IMPOSSIBLE = "impossible orders"
    ITEMS = "items"


@dataclass(frozen=True, slots=True)
class ServiceTarget(Target):
    """A service, by its number."""

    service: int = 0


@dataclass(frozen=True, slots=True)
class BehindTarget(Target):
    """A page with what stands behind a figure."""

    behind: Behind = Behind.DEPLOYMENTS


@dataclass(frozen=True, slots=True)
class DeploymentTarget(Target):
    """A deployment, by its number."""

    deployment: int = 0


@dataclass(frozen=True, slots=True)
class IncidentTarget(Target):
    """An incident, by its number, and its deployment if it has one."""

    incident: int = 0
    deployment: int | None = None
