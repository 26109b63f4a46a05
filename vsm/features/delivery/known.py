"""Finds out of the records of a service what reached users, what failed and when that was over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from vsm.features.delivery.causes import Cause, find_causes
from vsm.features.delivery.lead_times import LeadTime, lead_time
from vsm.features.delivery.runs import Live, LiveRuns, join_runs
from vsm.flow.window import Window
from vsm.model.delivery import CauseLink, Change, Deployment, Incident, Service

_T = TypeVar("_T", Incident, Change)
_STEPS = ("first_commit_at", "proposed_at", "reviewed_at", "merged_at")


@dataclass(frozen=True, slots=True)
class Failure:
    """A deployment that caused incidents, and when the last of them was over; ``None``: it is not.

    ``is_impossible``: it was over before the deployment ended.
    """

    live: Live
    incidents: tuple[Incident, ...]
    is_inferred: bool
    over_at: int | None

    @property
    def is_impossible(self) -> bool:
        """Whether it was over before the deployment ended."""
        return self.over_at is not None and self.over_at < self.live.at


@dataclass(frozen=True)
class Known:
    """All that is on record of a service up to a moment, over all its history."""

    service: Service
    deployments: tuple[Deployment, ...]
    incidents: tuple[Incident, ...]
    changes: tuple[Change, ...]
    as_of: int

    @cached_property
    def by_id(self) -> Mapping[int, Deployment]:
        """The deployments by number."""
        return {one.id: one for one in self.deployments}

    @cached_property
    def runs(self) -> LiveRuns:
        """What reached users."""
        return join_runs(self.service, self.deployments)

    @cached_property
    def causes(self) -> Mapping[int, Cause]:
        """The cause of each incident."""
        return find_causes(self.service, self.incidents, self.runs, self.by_id)

    @cached_property
    def failures(self) -> Mapping[int, Failure]:
        """The deployments that failed, by number."""
        caused: dict[int, list[Incident]] = defaultdict(list)
        repairs: dict[int, int] = {}
        for live in self.runs.live:
            if live.deployment.because is not None:
                repairs[live.deployment.because] = live.at
        for incident in self.incidents:
            cause = self.causes[incident.id]
            if cause.live is not None:
                caused[cause.live.id].append(incident)
        by_id = {live.id: live for live in self.runs.live}
        return {n: self._failure(by_id[n], own, repairs) for n, own in caused.items()}

    def _failure(
        self, live: Live, incidents: Iterable[Incident], repairs: Mapping[int, int]
    ) -> Failure:
        own = tuple(incidents)
        ends = [repairs.get(one.id) if one.resolved_at is None else one.resolved_at for one in own]
        known = [end for end in ends if end is not None]
        links = {self.causes[one.id].link for one in own}
        return Failure(
            live, own, links == {CauseLink.INFERRED}, max(known) if len(known) == len(own) else None
        )

    @cached_property
    def lead_times(self) -> tuple[LeadTime, ...]:
        """The lead times of all changes."""
        out = []
        for change in self.changes:
            live = self.runs.by_run.get(change.deployment or 0)
            out.append(lead_time(change, None if live is None else live.at))
        return tuple(out)

    @cached_property
    def named(self) -> Mapping[int, tuple[int, ...]]:
        """By deployment the items that it names, itself or by one of its changes."""
        out: dict[int, dict[int, None]] = {
            live.id: dict.fromkeys(live.deployment.items) for live in self.runs.live
        }
        for change in self.changes:
            held = self.runs.by_run.get(change.deployment or 0)
            if held is not None:
                out[held.id].update(dict.fromkeys(change.items))
        return {number: tuple(items) for number, items in out.items()}

    @cached_property
    def first_live(self) -> Mapping[int, Live]:
        """By item the first deployment that names it, itself or by one of its changes."""
        out: dict[int, Live] = {}
        for live in self.runs.live:
            for item in self.named[live.id]:
                out.setdefault(item, live)
        return out

    @cached_property
    def first_commits(self) -> Mapping[int, int]:
        """By item the first commit of its first change."""
        out: dict[int, int] = {}
        for change in self.changes:
            if change.first_commit_at is None:
                continue
            for item in change.items:
                out[item] = min(out.get(item, change.first_commit_at), change.first_commit_at)
        return out


def known_at(
    service: Service,
    deployments: Iterable[Deployment],
    incidents: Iterable[Incident],
    changes: Iterable[Change],
    as_of: int,
) -> Known:
    """What is known at a moment: nothing that happened later."""
    return Known(
        service,
        tuple(one for one in deployments if one.finished_at <= as_of),
        tuple(_then(one, as_of, ("resolved_at",)) for one in incidents if one.opened_at <= as_of),
        tuple(_then(one, as_of, _STEPS) for one in changes),
        as_of,
    )


def _then(one: _T, as_of: int, names: tuple[str, ...]) -> _T:
    """The same without what happened later."""
    later: dict[str, Any] = {name: None for name in names if (getattr(one, name) or 0) > as_of}
    return replace(one, **later) if later else one


def inside(window: Window, at: int | None) -> bool:
    """Whether a moment lies in the window."""
    return at is not None and window.begin <= at < window.end
