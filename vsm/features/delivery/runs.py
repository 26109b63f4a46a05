"""Which deployments count, and which runs of one pipeline count as one deployment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from vsm.model.delivery import (
    Deployment,
    DeploymentResult,
    Service,
    is_production,
    is_same_commit,
    is_unplanned,
)
from vsm.model.rules import SECOND

ONE_RUN = 600 * SECOND
"""Runs of one pipeline that end within so long of each other are one deployment."""


@dataclass(frozen=True, slots=True)
class Live:
    """A deployment that reached users: its runs as one, the last of which gives its number.

    ``unplanned`` says why it is unplanned; empty: it is planned.
    """

    deployment: Deployment
    runs: tuple[int, ...]
    unplanned: str

    @property
    def id(self) -> int:
        """Its number."""
        return self.deployment.id

    @property
    def at(self) -> int:
        """When it was live: the end of its last run."""
        return self.deployment.finished_at


@dataclass(frozen=True, slots=True)
class LiveRuns:
    """All deployments of a service that reached users, in order, and by run which one it is."""

    live: tuple[Live, ...]
    by_run: Mapping[int, Live]


def reached_users(service: Service, deployment: Deployment) -> bool:
    """Whether a deployment to production got there, at least partly."""
    there = (DeploymentResult.SUCCESS, DeploymentResult.PARTLY)
    return deployment.result in there and is_production(service, deployment.environment)


def is_same_pipeline(one: Deployment, other: Deployment) -> bool:
    """Whether two deployments are of the same commit or, where commits are not known, branch."""
    if one.commits and other.commits:
        return any(is_same_commit(a, b) for a in one.commits for b in other.commits)
    return bool(one.ref) and one.ref == other.ref


def join_runs(service: Service, deployments: Iterable[Deployment]) -> LiveRuns:
    """The deployments that reached users; runs of one pipeline within ten minutes are one."""
    groups: list[list[Deployment]] = []
    recent: list[list[Deployment]] = []
    there = (one for one in deployments if reached_users(service, one))
    for one in sorted(there, key=lambda one: (one.finished_at, one.id)):
        recent = [runs for runs in recent if one.finished_at - runs[0].finished_at <= ONE_RUN]
        same = next((runs for runs in recent if is_same_pipeline(runs[0], one)), None)
        if same is None:
            same = []
            groups.append(same)
            recent.append(same)
        same.append(one)
    joined = sorted((_join(service, runs) for runs in groups), key=lambda live: (live.at, live.id))
    return LiveRuns(tuple(joined), {run: live for live in joined for run in live.runs})


def _join(service: Service, runs: Sequence[Deployment]) -> Live:
    """Runs in the order of their ends as one deployment."""
    last = runs[-1]
    if len(runs) > 1:
        begun = [one.started_at for one in runs if one.started_at is not None]
        partly = DeploymentResult.PARTLY
        last = replace(
            last,
            result=partly if any(one.result is partly for one in runs) else last.result,
            started_at=min(begun, default=None),
            commits=tuple(dict.fromkeys(commit for one in runs for commit in one.commits)),
            items=tuple(dict.fromkeys(item for one in runs for item in one.items)),
            because=next((one.because for one in runs if one.because is not None), None),
        )
    why = next((text for one in runs if (text := unplanned_why(service, one))), "")
    return Live(last, tuple(one.id for one in runs), why)


def unplanned_why(service: Service, deployment: Deployment) -> str:
    """By which rule a deployment is unplanned; empty: it is planned."""
    if not is_unplanned(service, deployment):
        return ""
    if deployment.planned is not None:
        return "marked"
    return "repairs an incident" if deployment.because is not None else deployment.ref


def began(deployment: Deployment) -> int:
    """From when on users could meet it: its start, else its end."""
    start = deployment.started_at
    return deployment.finished_at if start is None else start
