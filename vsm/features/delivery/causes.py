"""Which deployment an incident is put down to, and what says so."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from vsm.features.delivery.runs import Live, LiveRuns, began
from vsm.model.delivery import CauseLink, Deployment, Incident, Service
from vsm.model.rules import SECOND

HOUR = 3600 * SECOND


class Cause(NamedTuple):
    """The deployment of an incident. ``why_not`` says why none counts; empty: one does.

    ``named`` is the number of a deployment that somebody or a tool named, whether it counts or not.
    """

    live: Live | None
    link: CauseLink | None
    why_not: str = ""
    named: int | None = None
    is_impossible: bool = False


def find_causes(
    service: Service,
    incidents: Iterable[Incident],
    runs: LiveRuns,
    known: Mapping[int, Deployment],
) -> dict[int, Cause]:
    """By incident its cause, in this order: linked by a tool, named by a person, inferred.

    Inferred is the last deployment that ended before the incident was opened, no longer before
    than the hours of the service. ``known`` are all deployments of the service.
    """
    ends = [live.at for live in runs.live]
    return {one.id: _cause(service, one, runs, known, ends) for one in incidents}


def _cause(
    service: Service,
    incident: Incident,
    runs: LiveRuns,
    known: Mapping[int, Deployment],
    ends: list[int],
) -> Cause:
    if incident.caused_by is not None:
        return _named_cause(incident, incident.caused_by, runs, known)
    if incident.no_cause:
        return Cause(None, CauseLink.NAMED, "none caused it")
    place = bisect_left(ends, incident.opened_at)
    if not place:
        return Cause(None, None, "none before it")
    live = runs.live[place - 1]
    if incident.opened_at - live.at > service.cause_hours * HOUR:
        return Cause(None, None, f"none in {service.cause_hours:g} h before")
    return Cause(live, CauseLink.INFERRED)


def _named_cause(
    incident: Incident, number: int, runs: LiveRuns, known: Mapping[int, Deployment]
) -> Cause:
    link = incident.link or CauseLink.NAMED
    live = runs.by_run.get(number)
    if live is None:
        why = "reached no users" if number in known else "of another service"
        return Cause(None, link, why, number)
    if incident.opened_at < began(live.deployment):
        return Cause(None, link, "opened before it began", number, is_impossible=True)
    return Cause(live, link, named=number)
