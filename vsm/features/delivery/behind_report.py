"""Reports on what stands behind the figures of a service, as lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from vsm.date_form import write_moment
from vsm.features.delivery.results import (
    ChangeRow,
    Delivery,
    DeploymentRow,
    IncidentRow,
    LiveItem,
)
from vsm.features.delivery.targets import Behind, DeploymentTarget, IncidentTarget
from vsm.features.delivery.text import DASH, LINKS, days, took
from vsm.model.delivery import CauseLink, DeploymentResult
from vsm.model.rules import local
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Row,
    Section,
    Sentence,
    Table,
    Target,
    Tone,
    row,
)

_T = TypeVar("_T")
_Steps = tuple[tuple[str, int | None], ...]
MOST = 500
"""Lines of a list; JSON has all."""
RESULTS: dict[DeploymentResult, tuple[str, Tone]] = {
    DeploymentResult.SUCCESS: ("✓ success", "good"),
    DeploymentResult.PARTLY: ("~ partly", "warn"),
    DeploymentResult.FAILURE: ("✗ failed", "faint"),
    DeploymentResult.CANCELLED: ("✗ cancelled", "faint"),
}
"""How the result of a run is shown."""


def behind_report(result: Delivery, behind: Behind) -> Document:
    """What stands behind a figure."""
    parts = _LISTS[behind](result)
    return Document(f"{behind.capitalize()} of {result.service}", (), (Section("", parts),))


def moment(at: int | None, zone: str) -> str:
    """A moment in words; a dash for none."""
    return DASH if at is None else write_moment(local(at, zone))


def _listed(
    columns: tuple[Column, ...], of: Sequence[_T], draw: Callable[[_T], Row], none: str
) -> tuple[Part, ...]:
    """A table of the first lines of a list, and how many more there are."""
    if not of:
        return (Sentence(none, "faint"),)
    table = Table(columns, tuple(map(draw, of[:MOST])))
    left = len(of) - MOST
    if left <= 0:
        return (table,)
    return (table, Sentence(f"{left:,} more: vsm delivery SERVICE --json has all", "faint"))


def _keys(items: Sequence[int], keys: Mapping[int, str], most: int = 3) -> str:
    named = [keys[item] for item in items if item in keys]
    more = f" +{len(named) - most}" if len(named) > most else ""
    return ", ".join(named[:most]) + more


# -- deployments ---------------------------------------------------------------------------

_DEPLOYMENT_COLUMNS = (
    Column("No", right=True),
    Column("Ended"),
    Column("Result"),
    Column("Branch or tag", shrinks=True, short="Of"),
    Column("To", shrinks=True, wide=100),
    Column("Items", shrinks=True),
    Column("Caused"),
)


def _deployments(result: Delivery) -> tuple[Part, ...]:
    keys, zone = dict(result.keys), result.zone

    def draw(one: DeploymentRow) -> Row:
        return _deployment(one, keys, zone)

    return _listed(
        _DEPLOYMENT_COLUMNS, result.deployments, draw, "No run to production ended in this window"
    )


def _deployment(one: DeploymentRow, keys: Mapping[int, str], zone: str) -> Row:
    return row(
        Cell(f"{one.id}", "strong"),
        moment(one.finished_at, zone),
        _result(one),
        _reference(one),
        Cell(one.environment, "faint"),
        _keys(one.items, keys),
        Cell(_caused(one), "bad"),
        target=DeploymentTarget(f"Deployment {one.id}", deployment=one.id),
    )


def _result(one: DeploymentRow) -> Cell:
    """The result: of a success just its sign, and whether it was unplanned."""
    text, tone = RESULTS[one.result]
    if one.result is DeploymentResult.SUCCESS:
        text = text.partition(" ")[0]
    if not one.unplanned or not one.counts:
        return Cell(text, tone)
    return Cell(f"{text}{', ' if ' ' in text else ' '}unplanned", "warn")


def _reference(one: DeploymentRow) -> str:
    """Its branch or tag, else its first commit."""
    return one.ref or (one.commits[0][:10] if one.commits else DASH)


def _caused(one: DeploymentRow) -> str:
    if not one.incidents:
        return ""
    more = f" +{len(one.incidents) - 1}" if len(one.incidents) > 1 else ""
    return f"{one.incidents[0]}{more}{' inferred' if one.is_inferred else ''}"


def _failed(result: Delivery) -> tuple[Part, ...]:
    columns = (
        Column("No", right=True),
        Column("Ended"),
        Column("Branch or tag", shrinks=True, short="Of"),
        Column("Caused", shrinks=True),
        Column("Link"),
        Column("Over"),
        Column("Took", right=True),
    )
    zone = result.zone
    links: dict[int | None, set[str]] = defaultdict(set)
    for incident in result.incidents:
        if incident.link is not None and not incident.why_not:
            links[incident.deployment].add(LINKS[incident.link])

    def draw(one: DeploymentRow) -> Row:
        is_over = one.recovered_at is not None
        time = took(one.recovery) if is_over else f"> {took(one.recovery, down=True)}"
        return row(
            Cell(f"{one.id}", "strong"),
            moment(one.finished_at, zone),
            _reference(one),
            Cell(", ".join(one.incidents), "bad"),
            Cell(", ".join(sorted(links[one.id])), "warn" if one.is_inferred else "text"),
            moment(one.recovered_at, zone) if is_over else Cell("not over", "warn"),
            Cell("impossible", "warn") if one.recovery is None else time,
            target=DeploymentTarget(f"Deployment {one.id}", deployment=one.id),
        )

    failed = [one for one in result.deployments if one.incidents]
    return _listed(columns, failed, draw, "No deployment of this window caused an incident")


def _unplanned(result: Delivery) -> tuple[Part, ...]:
    columns = (
        Column("No", right=True),
        Column("Ended"),
        Column("Branch or tag", shrinks=True, short="Of"),
        Column("Because of"),
        Column("Unplanned by", shrinks=True),
    )

    def draw(one: DeploymentRow) -> Row:
        return row(
            Cell(f"{one.id}", "strong"),
            moment(one.finished_at, result.zone),
            _reference(one),
            one.because or DASH,
            one.unplanned,
            target=DeploymentTarget(f"Deployment {one.id}", deployment=one.id),
        )

    unplanned = [one for one in result.deployments if one.unplanned and one.counts]
    return _listed(columns, unplanned, draw, "No deployment of this window was unplanned")


# -- changes -------------------------------------------------------------------------------

CHANGE_COLUMNS = (
    Column("Change", shrinks=True),
    Column("Live"),
    Column("Whole", right=True),
    Column("Code", right=True),
    Column("Pick-up", right=True),
    Column("Review", right=True),
    Column("Deploy", right=True),
    Column("No", right=True, wide=90),
    Column("Items", shrinks=True),
)
HELD_COLUMNS = (CHANGE_COLUMNS[0], *CHANGE_COLUMNS[2:7], Column("By"), CHANGE_COLUMNS[8])
"""Those of changes of one deployment: what says that it held each in place of when and which."""


def _changes(result: Delivery) -> tuple[Part, ...]:
    keys, zone = dict(result.keys), result.zone

    def draw(one: ChangeRow) -> Row:
        return change_row(one, keys, zone)

    live = [one for one in result.changes if not one.impossible]
    none = "All changes of this window are in an impossible order"
    if not result.changes:
        none = "No change on record went live in this window"
    return _listed(CHANGE_COLUMNS, live, draw, none)


def change_row(one: ChangeRow, keys: Mapping[int, str], zone: str, is_held: bool = False) -> Row:
    """The line of a change, or ``is_held`` that of one of its deployment's changes."""
    whole = "impossible" if one.impossible else took(one.total)
    tone: Tone = "warn" if one.impossible else "faint" if one.is_revert else "text"
    number = DASH if one.deployment is None else f"{one.deployment}"
    by = "inferred" if one.is_inferred else "commit"
    held = by if is_held else f"{number}{' inferred' if one.is_inferred else ''}"
    live = () if is_held else (moment(one.deployed_at, zone),)
    return row(
        Cell(f"revert {one.ref}" if one.is_revert else one.ref, "strong"),
        *live,
        Cell(whole, tone),
        took(one.code),
        took(one.pick_up),
        took(one.review),
        took(one.deploy),
        Cell(held, "warn" if is_held and one.is_inferred else "faint"),
        _keys(one.items, keys, 2),
        target=_change_target(one, whole),
    )


def _change_target(one: ChangeRow, remark: str) -> Target:
    """The items of a change, else its deployment."""
    if one.items or one.deployment is None:
        return Target(f"Change {one.ref}", items=tuple((item, remark) for item in one.items))
    return DeploymentTarget(f"Deployment {one.deployment}", deployment=one.deployment)


# -- incidents -----------------------------------------------------------------------------

INCIDENT_COLUMNS = (
    Column("Incident"),
    Column("Title", shrinks=True),
    Column("Severity", wide=90),
    Column("Opened"),
    Column("Resolved"),
    Column("No", right=True),
    Column("Link"),
)


def _incidents(result: Delivery) -> tuple[Part, ...]:
    def draw(one: IncidentRow) -> Row:
        return incident_row(one, result.zone)

    return _listed(
        INCIDENT_COLUMNS, result.incidents, draw, "No incident on record was opened in this window"
    )


def incident_row(one: IncidentRow, zone: str) -> Row:
    """The line of an incident."""
    is_inferred = one.link is CauseLink.INFERRED
    link = one.why_not or (LINKS[one.link] if one.link is not None else "")
    return row(
        Cell(one.name, "strong"),
        one.title,
        one.severity,
        moment(one.opened_at, zone),
        Cell("not over", "warn") if one.resolved_at is None else moment(one.resolved_at, zone),
        DASH if one.deployment is None else f"{one.deployment}",
        Cell(link, "warn" if is_inferred or one.why_not else "text"),
        target=IncidentTarget(
            one.name,
            items=() if one.item is None else ((one.item, one.name),),
            incident=one.id,
            deployment=None if one.why_not else one.deployment,
        ),
    )


# -- items, impossible orders --------------------------------------------------------------


def _items(result: Delivery) -> tuple[Part, ...]:
    columns = (
        Column("Item"),
        Column("Title", shrinks=True),
        Column("Live"),
        Column("From creation", right=True, short="Created"),
        Column("From commitment", right=True, short="Commit."),
        Column("No", right=True),
    )
    keys = dict(result.keys)

    def draw(one: LiveItem) -> Row:
        return _item(one, keys, result.zone)

    live = [one for one in result.items if not one.impossible]
    none = "All items of this window are in an impossible order"
    if not result.items:
        none = "No deployment of this window names an item"
    return _listed(columns, live, draw, none)


def _item(one: LiveItem, keys: Mapping[int, str], zone: str) -> Row:
    key = keys.get(one.item, "?")
    return row(
        Cell(key, "strong"),
        one.title,
        moment(one.live_at, zone),
        days(one.from_creation),
        days(one.from_commitment),
        Cell(f"{one.deployment}", "faint"),
        target=Target(key, items=((one.item, f"live {moment(one.live_at, zone)}"),)),
    )


def _impossible(result: Delivery) -> tuple[Part, ...]:
    columns = (
        Column("What"),
        Column("Impossible order"),
        Column("Moments", shrinks=True, wide=90),
    )
    rows = [*_impossible_changes(result), *_impossible_items(result), *_impossible_ends(result)]
    return _listed(columns, rows, lambda line: line, "No order is impossible")


def _wrong(what: str, why: str, steps: _Steps, zone: str, target: Target) -> Row:
    moments = ", ".join(f"{name} {moment(at, zone)}" for name, at in steps if at is not None)
    return row(Cell(what, "strong"), Cell(why, "warn"), Cell(moments, "faint"), target=target)


def _impossible_changes(result: Delivery) -> Iterator[Row]:
    for change in result.changes:
        if change.impossible:
            steps = (
                ("first commit", change.first_commit_at),
                ("proposed", change.proposed_at),
                ("reviewed", change.reviewed_at),
                ("merged", change.merged_at),
                ("deployed", change.deployed_at),
            )
            target = _change_target(change, change.impossible)
            yield _wrong(change.ref, change.impossible, steps, result.zone, target)


def _impossible_items(result: Delivery) -> Iterator[Row]:
    keys = dict(result.keys)
    for item in result.items:
        if item.impossible:
            key = keys.get(item.item, "?")
            steps = (
                ("created", item.created_at),
                ("committed", item.committed_at),
                ("live", item.live_at),
            )
            target = Target(key, items=((item.item, item.impossible),))
            yield _wrong(key, item.impossible, steps, result.zone, target)


def _impossible_ends(result: Delivery) -> Iterator[Row]:
    for one in result.deployments:
        if one.incidents and one.recovery is None:
            name, steps = (
                f"Deployment {one.id}",
                (("ended", one.finished_at), ("over", one.recovered_at)),
            )
            why = f"{', '.join(one.incidents)} over before it had ended"
            yield _wrong(name, why, steps, result.zone, DeploymentTarget(name, deployment=one.id))


_LISTS: dict[Behind, Callable[[Delivery], tuple[Part, ...]]] = {
    Behind.CHANGES: _changes,
    Behind.DEPLOYMENTS: _deployments,
    Behind.FAILED: _failed,
    Behind.UNPLANNED: _unplanned,
    Behind.INCIDENTS: _incidents,
    Behind.IMPOSSIBLE: _impossible,
    Behind.ITEMS: _items,
}
