"""Reports on what stands behind the figures of a service: lists, and one deployment."""

from __future__ import annotations

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
from vsm.model.plural import count
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


def _at(at: int | None, zone: str) -> str:
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
    Column("Of", shrinks=True),
    Column("To", shrinks=True, wide=100),
    Column("Items", shrinks=True, wide=80),
    Column("Planned"),
    Column("Caused", shrinks=True),
)


def _deployments(result: Delivery) -> tuple[Part, ...]:
    keys, zone = dict(result.keys), result.zone

    def draw(one: DeploymentRow) -> Row:
        return _deployment(one, keys, zone)

    return _listed(
        _DEPLOYMENT_COLUMNS, result.deployments, draw, "No run to production ended in this window"
    )


def _deployment(one: DeploymentRow, keys: Mapping[int, str], zone: str) -> Row:
    text, tone = RESULTS[one.result]
    return row(
        Cell(f"{one.id}", "strong"),
        _at(one.finished_at, zone),
        Cell(text, tone),
        _reference(one),
        Cell(one.environment, "faint"),
        _keys(one.items, keys),
        Cell("unplanned", "warn") if one.unplanned else Cell("", "faint"),
        Cell(_caused(one), "bad"),
        target=DeploymentTarget(f"Deployment {one.id}", deployment=one.id),
    )


def _reference(one: DeploymentRow) -> str:
    """Its branch or tag, else its first commit."""
    return one.ref or (one.commits[0][:10] if one.commits else DASH)


def _caused(one: DeploymentRow) -> str:
    if not one.incidents:
        return ""
    return f"{', '.join(one.incidents)}{' (inferred)' if one.is_inferred else ''}"


def _failed(result: Delivery) -> tuple[Part, ...]:
    columns = (
        Column("No", right=True),
        Column("Ended"),
        Column("Of", shrinks=True),
        Column("Caused", shrinks=True),
        Column("Link"),
        Column("Over"),
        Column("Took", right=True),
    )
    zone = result.zone

    def draw(one: DeploymentRow) -> Row:
        is_over = one.recovered_at is not None
        time = took(one.recovery) if is_over else f"> {took(one.recovery, down=True)}"
        return row(
            Cell(f"{one.id}", "strong"),
            _at(one.finished_at, zone),
            _reference(one),
            Cell(", ".join(one.incidents), "bad"),
            Cell("inferred", "warn") if one.is_inferred else Cell("named", "text"),
            _at(one.recovered_at, zone) if is_over else Cell("not over", "warn"),
            Cell("impossible", "warn") if one.recovery is None else time,
            target=DeploymentTarget(f"Deployment {one.id}", deployment=one.id),
        )

    failed = [one for one in result.deployments if one.incidents]
    return _listed(columns, failed, draw, "No deployment of this window caused an incident")


def _unplanned(result: Delivery) -> tuple[Part, ...]:
    columns = (
        Column("No", right=True),
        Column("Ended"),
        Column("Of", shrinks=True),
        Column("Because of"),
        Column("Unplanned by", shrinks=True),
    )

    def draw(one: DeploymentRow) -> Row:
        return row(
            Cell(f"{one.id}", "strong"),
            _at(one.finished_at, result.zone),
            _reference(one),
            one.because or DASH,
            one.unplanned,
            target=DeploymentTarget(f"Deployment {one.id}", deployment=one.id),
        )

    unplanned = [one for one in result.deployments if one.unplanned and one.counts]
    return _listed(columns, unplanned, draw, "No deployment of this window was unplanned")


# -- changes -------------------------------------------------------------------------------

_CHANGE_COLUMNS = (
    Column("Change", shrinks=True),
    Column("Live"),
    Column("Whole", right=True),
    Column("Code", right=True),
    Column("Pick-up", right=True, short="Pick"),
    Column("Review", right=True, short="Rev."),
    Column("To users", right=True, short="To us."),
    Column("No", right=True, wide=90),
    Column("Items", shrinks=True),
)


def _changes(result: Delivery) -> tuple[Part, ...]:
    keys, zone = dict(result.keys), result.zone

    def draw(one: ChangeRow) -> Row:
        return _change(one, keys, zone)

    live = [one for one in result.changes if not one.impossible]
    return _listed(_CHANGE_COLUMNS, live, draw, "No change on record went live in this window")


def _change(one: ChangeRow, keys: Mapping[int, str], zone: str) -> Row:
    whole = took(one.total)
    tone: Tone = "faint" if one.is_revert else "text"
    number = DASH if one.deployment is None else f"{one.deployment}"
    return row(
        Cell(f"revert {one.ref}" if one.is_revert else one.ref, "strong"),
        _at(one.deployed_at, zone),
        Cell(whole, tone),
        took(one.code),
        took(one.pick_up),
        took(one.review),
        took(one.deploy),
        Cell(f"{number}{' inferred' if one.is_inferred else ''}", "faint"),
        _keys(one.items, keys, 2),
        target=_change_target(one, whole),
    )


def _change_target(one: ChangeRow, remark: str) -> Target:
    """The items of a change, else its deployment."""
    if one.items or one.deployment is None:
        return Target(f"Change {one.ref}", items=tuple((item, remark) for item in one.items))
    return DeploymentTarget(f"Deployment {one.deployment}", deployment=one.deployment)


# -- incidents -----------------------------------------------------------------------------

_INCIDENT_COLUMNS = (
    Column("Incident"),
    Column("Title", shrinks=True),
    Column("Severity", wide=90),
    Column("Opened"),
    Column("Resolved"),
    Column("No", right=True),
    Column("Link", shrinks=True),
)


def _incidents(result: Delivery) -> tuple[Part, ...]:
    def draw(one: IncidentRow) -> Row:
        return _incident(one, result.zone)

    return _listed(
        _INCIDENT_COLUMNS, result.incidents, draw, "No incident on record was opened in this window"
    )


def _incident(one: IncidentRow, zone: str) -> Row:
    is_inferred = one.link is CauseLink.INFERRED
    link = one.why_not or (LINKS[one.link] if one.link is not None else "")
    return row(
        Cell(one.name, "strong"),
        one.title,
        one.severity,
        _at(one.opened_at, zone),
        Cell("not over", "warn") if one.resolved_at is None else _at(one.resolved_at, zone),
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
    return _listed(columns, live, draw, "No deployment of this window names an item")


def _item(one: LiveItem, keys: Mapping[int, str], zone: str) -> Row:
    key = keys.get(one.item, "?")
    return row(
        Cell(key, "strong"),
        one.title,
        _at(one.live_at, zone),
        days(one.from_creation),
        days(one.from_commitment),
        Cell(f"{one.deployment}", "faint"),
        target=Target(key, items=((one.item, f"live {_at(one.live_at, zone)}"),)),
    )


def _impossible(result: Delivery) -> tuple[Part, ...]:
    columns = (Column("What"), Column("Impossible order", shrinks=True), Column("Moments", wide=90))
    rows = [*_impossible_changes(result), *_impossible_items(result), *_impossible_ends(result)]
    return _listed(columns, rows, lambda line: line, "No order is impossible")


def _wrong(what: str, why: str, steps: _Steps, zone: str, target: Target) -> Row:
    moments = ", ".join(f"{name} {_at(at, zone)}" for name, at in steps if at is not None)
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


# -- one deployment ------------------------------------------------------------------------


def deployment_report(result: Delivery, number: int) -> Document | None:
    """One deployment: what it was, its items, its changes, its incidents."""
    one = next((row for row in result.deployments if row.id == number), None)
    if one is None:
        return None
    sections = [Section("", _head(one, result.zone))]
    keys, titles = dict(result.keys), dict(result.titles)
    changes = [change for change in result.changes if change.deployment == number]
    named = dict.fromkeys((*one.items, *(item for change in changes for item in change.items)))
    items = tuple(
        row(Cell(keys[item], "strong"), titles.get(item, ""),
            target=Target(keys[item], items=((item, f"deployment {number}"),)))
        for item in named
        if item in keys
    )  # fmt: skip
    if items:
        sections.append(Section("", (Table((Column("Item"), Column("", shrinks=True)), items),)))
    if changes:
        rows = tuple(_change(change, keys, result.zone) for change in changes[:MOST])
        sections.append(Section("", (Table(_CHANGE_COLUMNS, rows),)))
    caused = tuple(
        _incident(one, result.zone) for one in result.incidents if one.deployment == number
    )
    if caused:
        sections.append(Section("", (Table(_INCIDENT_COLUMNS, caused),)))
    return Document(f"Deployment {number} of {result.service}", (), tuple(sections))


def _head(one: DeploymentRow, zone: str) -> tuple[Part, ...]:
    result, tone = RESULTS[one.result]
    begun = f"began {_at(one.started_at, zone)}, " if one.started_at is not None else ""
    out: list[Part] = [
        Sentence(f"{result.capitalize()} to {one.environment}: {begun}ended"
                 f" {_at(one.finished_at, zone)}", tone)
    ]  # fmt: skip
    if not one.counts:
        out.append(Sentence("It reached nobody, so it counts in no figure", "faint"))
    if one.runs > 1:
        out.append(Sentence(f"{count(one.runs, 'run')} within 10 minutes count as this one"))
    about = [
        (one.ref, f"Of {one.ref}"),
        (one.commits, f"{count(len(one.commits), 'commit')}:"
         f" {', '.join(commit[:10] for commit in one.commits[:5])}"),
        (one.source_id, f"From {one.source_id}"),
    ]  # fmt: skip
    out += [Sentence(text, "faint") for there, text in about if there]
    if one.unplanned:
        because = f", because of {one.because}" if one.because else ""
        out.append(Sentence(f"Unplanned ({one.unplanned}){because}", "warn"))
    if one.incidents:
        inferred = ", inferred" if one.is_inferred else ""
        names = ", ".join(one.incidents)
        if one.recovery is None:
            state = "over before it had ended, which is impossible"
        elif one.recovered_at is None:
            state = f"not over for {took(one.recovery, down=True)}"
        else:
            state = f"over after {took(one.recovery)}"
        out.append(Sentence(f"Caused {names}{inferred}: {state}", "bad"))
    return tuple(out)
