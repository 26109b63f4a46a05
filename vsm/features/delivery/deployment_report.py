"""The report on one deployment: what it was, its items, its changes, its incidents."""

from __future__ import annotations

from vsm.features.delivery.behind_report import (
    HELD_COLUMNS,
    INCIDENT_COLUMNS,
    MOST,
    RESULTS,
    change_row,
    incident_row,
    moment,
)
from vsm.features.delivery.results import Delivery, DeploymentRow
from vsm.features.delivery.text import took
from vsm.model.plural import count
from vsm.report.document import Cell, Column, Document, Part, Section, Sentence, Table, Target, row


def deployment_report(result: Delivery, number: int) -> Document | None:
    """One deployment: what it was, its items, its changes, its incidents."""
    one = next((row for row in result.deployments if row.id == number), None)
    if one is None:
        return None
    sections = [Section("", _head(one, result.zone))]
    keys, titles = dict(result.keys), dict(result.titles)
    changes = [change for change in result.changes if change.deployment == number]
    items = tuple(
        row(Cell(keys[item], "strong"), titles.get(item, ""),
            target=Target(keys[item], items=((item, f"deployment {number}"),)))
        for item in one.items
        if item in keys
    )  # fmt: skip
    if items:
        sections.append(Section("", (Table((Column("Item"), Column("", shrinks=True)), items),)))
    if changes:
        rows = tuple(change_row(change, keys, result.zone, True) for change in changes[:MOST])
        sections.append(Section("", (Table(HELD_COLUMNS, rows),)))
    caused = tuple(
        incident_row(one, result.zone) for one in result.incidents if one.deployment == number
    )
    if caused:
        sections.append(Section("", (Table(INCIDENT_COLUMNS, caused),)))
    return Document(f"Deployment {number} of {result.service}", (), tuple(sections))


def _head(one: DeploymentRow, zone: str) -> tuple[Part, ...]:
    result, tone = RESULTS[one.result]
    begun = f"began {moment(one.started_at, zone)}, " if one.started_at is not None else ""
    out: list[Part] = [
        Sentence(f"{result.capitalize()} to {one.environment}: {begun}ended"
                 f" {moment(one.finished_at, zone)}", tone)
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
