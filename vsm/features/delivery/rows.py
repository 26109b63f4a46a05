"""Lists the deployments, changes, incidents and items behind the figures of a service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from vsm.features.delivery.causes import Cause
from vsm.features.delivery.known import Failure, Known, inside
from vsm.features.delivery.lead_times import LeadTime
from vsm.features.delivery.measuring import changes_in, hours, live_in, recovery_time
from vsm.features.delivery.results import ChangeRow, DeploymentRow, IncidentRow, LiveItem
from vsm.features.delivery.runs import unplanned_why
from vsm.flow.window import Window
from vsm.model.delivery import Deployment, Incident, is_production
from vsm.model.rules import DAY


class ItemTimes(NamedTuple):
    """When an item was created and committed to (``None``: not known), with its title."""

    title: str
    created: int
    committed: int | None


def deployment_rows(known: Known, window: Window) -> tuple[DeploymentRow, ...]:
    """The runs to production that ended in the window, the latest first."""
    names = {one.id: one.name for one in known.incidents}
    rows = []
    for live in live_in(known, window):
        failure = known.failures.get(live.id)
        items = known.named[live.id]
        row = _deployment(live.deployment, items, names, live.unplanned, len(live.runs))
        rows.append(row if failure is None else _failed(row, failure, known.as_of))
    rows += [
        _deployment(one, one.items, names, unplanned_why(known.service, one), 0)
        for one in known.deployments
        if inside(window, one.finished_at)
        and is_production(known.service, one.environment)
        and one.id not in known.runs.by_run
    ]
    return tuple(sorted(rows, key=lambda row: (-row.finished_at, -row.id)))


def _deployment(
    one: Deployment, items: tuple[int, ...], names: Mapping[int, str], unplanned: str, runs: int
) -> DeploymentRow:
    return DeploymentRow(
        id=one.id,
        source_id=one.source_id,
        environment=one.environment,
        ref=one.ref,
        commits=one.commits,
        items=items,
        started_at=one.started_at,
        finished_at=one.finished_at,
        result=one.result,
        counts=runs > 0,
        runs=max(1, runs),
        unplanned=unplanned,
        because=names.get(one.because or 0),
        incidents=(),
        is_inferred=False,
        recovered_at=None,
        recovery=None,
    )


def _failed(row: DeploymentRow, failure: Failure, as_of: int) -> DeploymentRow:
    return replace(
        row,
        incidents=tuple(one.name for one in failure.incidents),
        is_inferred=failure.is_inferred,
        recovered_at=failure.over_at,
        recovery=hours(recovery_time(failure, as_of)),
    )


def incident_rows(known: Known, window: Window) -> tuple[IncidentRow, ...]:
    """The incidents of the window, and of deployments in it, the latest first."""
    rows = []
    for incident in known.incidents:
        cause = known.causes[incident.id]
        of_window = cause.live is not None and inside(window, cause.live.at)
        if of_window or inside(window, incident.opened_at):
            rows.append(_incident(incident, cause))
    return tuple(reversed(rows))


def _incident(one: Incident, cause: Cause) -> IncidentRow:
    return IncidentRow(
        id=one.id,
        name=one.name,
        title=one.title,
        severity=one.severity,
        opened_at=one.opened_at,
        resolved_at=one.resolved_at,
        item=one.item,
        deployment=cause.named if cause.live is None else cause.live.id,
        link=cause.link,
        why_not=cause.why_not,
    )


def change_rows(known: Known, window: Window) -> tuple[ChangeRow, ...]:
    """The changes behind the lead time, those that took longest first, impossible ones last."""
    rows = [_change(one, known) for one in changes_in(known, window)]
    return tuple(sorted(rows, key=lambda row: (-(-1 if row.total is None else row.total), row.ref)))


def _change(one: LeadTime, known: Known) -> ChangeRow:
    change = one.change
    live = known.runs.by_run.get(change.deployment or 0)
    return ChangeRow(
        ref=change.ref,
        items=change.items,
        deployment=None if live is None else live.id,
        is_inferred=change.is_inferred,
        is_revert=change.is_revert,
        first_commit_at=change.first_commit_at,
        proposed_at=change.proposed_at,
        reviewed_at=change.reviewed_at,
        merged_at=change.merged_at,
        deployed_at=one.deployed_at,
        code=hours(one.code),
        pick_up=hours(one.pick_up),
        review=hours(one.review),
        deploy=hours(one.deploy),
        total=hours(one.total),
        impossible=one.impossible,
    )


def items_in(known: Known, window: Window) -> list[int]:
    """The items that went live in the window."""
    return [item for item, live in known.first_live.items() if inside(window, live.at)]


def live_items(
    known: Known, window: Window, times: Mapping[int, ItemTimes]
) -> tuple[LiveItem, ...]:
    """The items that went live in the window, those that took longest first."""
    rows = [_item(known, item, times[item]) for item in items_in(known, window) if item in times]
    return tuple(
        sorted(rows, key=lambda row: (-(-1 if row.from_creation is None else row.from_creation),
                                      row.item))
    )  # fmt: skip


def _item(known: Known, item: int, times: ItemTimes) -> LiveItem:
    live = known.first_live[item]
    wrong = "live before it was created" if live.at < times.created else ""
    committed = times.committed
    if not wrong and committed is not None and committed > live.at:
        wrong = "live before it was committed to"
    return LiveItem(
        item=item,
        title=times.title,
        deployment=live.id,
        created_at=times.created,
        committed_at=committed,
        first_commit_at=known.first_commits.get(item),
        live_at=live.at,
        from_creation=None if wrong else (live.at - times.created) / DAY,
        from_commitment=None if wrong or committed is None else (live.at - committed) / DAY,
        impossible=wrong,
    )
