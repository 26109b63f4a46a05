"""Delivery: services, what was deployed to users, what went wrong, and which changes were in it.

The unit is one service. Measures are for learning about a service, never for grading one, and
nothing here is about a person.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple


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

    @property
    def number(self) -> str:
        """Its number as people name it."""
        return str(self.id)


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

    @property
    def work_item(self) -> int | None:
        """Its work item; events cannot call that ``item``, which names whose version they are."""
        return self.item


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was merged (a pull request, or one commit); moments are UTC microseconds.

    ``reviewed_at`` is the first review by somebody other than its author. ``commits`` are those
    that it consists of and the one that merged it. ``deployment`` is the first successful one to
    production that held it: by a commit that both name, else the first one after the merge, and
    then it ``is_inferred``.
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
    commits: tuple[str, ...] = ()
    is_inferred: bool = False

    @property
    def number(self) -> str:
        """Its number as people name it."""
        return str(self.id)


SHORT_SHA = 7
"""Characters from which on the beginning of a commit's hash stands for it."""
_HEXADECIMAL = frozenset("0123456789abcdef")


def is_production(service: Service, environment: str) -> bool:
    """Whether an environment counts as production of a service, letter case ignored."""
    return _matches(environment, service.environments)


def is_unplanned(service: Service, deployment: Deployment) -> bool:
    """Whether a deployment is an unplanned one: what somebody said, else the service's rule."""
    if deployment.planned is not None:
        return not deployment.planned
    return deployment.because is not None or _matches(deployment.ref, service.unplanned)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    folded = name.casefold()
    for prefix in ("refs/heads/", "refs/tags/", "origin/"):  # as tools write branches and tags
        folded = folded.removeprefix(prefix)
    return any(fnmatchcase(folded, pattern.casefold()) for pattern in patterns)


def with_deployments(
    service: Service, changes: Iterable[Change], deployments: Iterable[Deployment]
) -> list[Change]:
    """Changes of a service with the first successful deployment to production that held each.

    A commit that both name says so; without one it is the first that began after the merge (where
    no beginning is known: ended after it).
    """
    live = sorted(
        (
            one
            for one in deployments
            if one.result is DeploymentResult.SUCCESS and is_production(service, one.environment)
        ),
        key=lambda one: (one.finished_at, one.id),
    )
    by_commit: dict[str, int] = {}
    for place, one in enumerate(live):
        for commit in one.commits:
            by_commit.setdefault(commit.casefold(), place)
    index = _CommitIndex(by_commit, sorted(by_commit), sorted({len(name) for name in by_commit}))
    begun = sorted((one.started_at or one.finished_at, one.id) for one in live)
    return [_deployed(change, live, index, begun) for change in changes]


class _CommitIndex(NamedTuple):
    """The first deployment of each commit, by its place; the commits sorted, and their lengths."""

    places: Mapping[str, int]
    ordered: Sequence[str]
    lengths: Sequence[int]

    def places_of(self, commit: str) -> Iterator[int]:
        """The places of a commit, where it or the one deployed may be shortened."""
        for length in self.lengths:
            short = commit[:length]
            if short in self.places and is_same_commit(short, commit):
                yield self.places[short]
        for number in range(bisect_left(self.ordered, commit), len(self.ordered)):
            if not is_same_commit(commit, self.ordered[number]):
                return
            yield self.places[self.ordered[number]]


def _deployed(
    change: Change,
    live: Sequence[Deployment],
    index: _CommitIndex,
    begun: Sequence[tuple[int, int]],
) -> Change:
    own = {commit.casefold() for commit in (change.ref, *change.commits)}
    places = [place for commit in own for place in index.places_of(commit)]
    if places:
        return replace(change, deployment=live[min(places)].id, is_inferred=False)
    if change.merged_at is None:
        return replace(change, deployment=None, is_inferred=False)
    place = bisect_left(begun, (change.merged_at, 0))
    later = begun[place][1] if place < len(begun) else None
    return replace(change, deployment=later, is_inferred=later is not None)


def is_same_commit(one: str, other: str) -> bool:
    """Whether two hashes are of one commit, where one may be shortened."""
    short, long = sorted((one.casefold(), other.casefold()), key=len)
    if short == long:
        return True
    is_short = len(short) >= SHORT_SHA and set(short) <= _HEXADECIMAL
    return is_short and long.startswith(short)
