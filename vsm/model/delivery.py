"""Delivery: services, what was deployed to users, what went wrong, and which changes were in it.

The unit is one service. Measures are for learning about a service, never for grading one, and
nothing here is about a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DeploymentResult(StrEnum):
    """Whether a deployment reached its environment."""

    SUCCESS = "success"
    PARTLY = "partly"
    """Some of its parts got there, some did not."""
    FAILURE = "failure"
    """It never reached anybody, so it is no failed change either."""
    CANCELLED = "cancelled"


class CauseLink(StrEnum):
    """What says that a deployment caused an incident."""

    LINKED = "linked"
    """A link in the tool that it came from."""
    NAMED = "named"
    """Somebody named it in vsm."""
    INFERRED = "inferred"
    """The last deployment of the service before it, within the hours of its rule."""


@dataclass(frozen=True, slots=True)
class Service:
    """Something that is deployed on its own. ``id`` is its number in the database.

    ``environments`` are patterns (``prod*``) of names that count as production, ``repositories``
    the repositories it is made from (``owner/name``), ``team`` and ``only`` ids of its team and of
    the stream whose items it delivers. ``cause_hours``: an incident is put down to the last
    deployment up to so many hours before. ``unplanned`` are patterns of the reference or branch of
    a deployment (``hotfix/*``) that make it an unplanned one.
    """

    id: int
    name: str
    team: int | None = None
    only: int | None = None
    repositories: tuple[str, ...] = ()
    environments: tuple[str, ...] = ("production", "prod")
    unplanned: tuple[str, ...] = ("hotfix/*",)
    cause_hours: float = 72.0


@dataclass(frozen=True, slots=True)
class Deployment:
    """One run that brought a service to an environment; moments are UTC microseconds.

    ``finished_at`` is when the last of its parts ended. ``planned`` is what somebody said (None:
    nobody did, so the rules of the service decide), ``because`` the incident that it repairs.
    ``source_id`` names it in the tool that it comes from.
    """

    id: int
    service: int
    environment: str
    finished_at: int
    result: DeploymentResult = DeploymentResult.SUCCESS
    started_at: int | None = None
    ref: str = ""
    commits: tuple[str, ...] = ()
    items: tuple[int, ...] = ()
    planned: bool | None = None
    because: int | None = None
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that went wrong for users of a service; moments are UTC microseconds.

    ``caused_by`` is the deployment that somebody or a tool named, with ``link`` saying which;
    ``no_cause``: somebody said that no deployment caused it, so none is inferred.
    """

    id: int
    name: str
    service: int
    opened_at: int
    title: str = ""
    severity: str = ""
    resolved_at: int | None = None
    caused_by: int | None = None
    link: CauseLink | None = None
    no_cause: bool = False
    item: int | None = None
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was merged (a pull request, or one commit); moments are UTC microseconds.

    ``reviewed_at`` is the first review by somebody other than its author. ``deployment`` is the
    first successful one to production that held it.
    """

    id: int
    service: int
    ref: str
    first_commit_at: int | None = None
    proposed_at: int | None = None
    reviewed_at: int | None = None
    merged_at: int | None = None
    deployment: int | None = None
    items: tuple[int, ...] = ()
    is_revert: bool = False
