"""Write one work item as plain text: fields, flow, blockers, links, comments, history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from vsm.date_form import write_day, write_moment
from vsm.model.board import Detail
from vsm.model.item import ClassOfService
from vsm.model.rules import local
from vsm.model.sanitise import inert, inert_line
from vsm.report.text_table import fit, wrap
from vsm.text_width import width_of


def moment(at: int, zone: str) -> str:
    """A moment (UTC microseconds) to the minute in a zone: ``1 Mar 2026 14:05``."""
    return write_moment(local(at, zone))


def _when(at: int | None, zone: str) -> str:
    return "" if at is None else moment(at, zone)


def _days(count: int | None) -> str:
    return "" if count is None else f"{count} d"


def _due(detail: Detail) -> str:
    if detail.item.due is None:
        return ""
    due = write_day(date.fromisoformat(detail.item.due))
    is_overdue = detail.due_in is not None and detail.due_in < 0
    return f"{due}, overdue by {-(detail.due_in or 0)} d" if is_overdue else due


def _fields(detail: Detail, zone: str, forecast: str) -> list[tuple[str, str]]:
    item = detail.item
    estimate = "" if item.estimate is None else f"{item.estimate:g}"
    service = "" if item.service is ClassOfService.STANDARD else str(item.service)
    rows = [
        ("Stream", detail.stream),
        ("Stage", f"{detail.stage}, since {moment(item.entered, zone)}"),
        ("Type", item.type),
        ("Class", service),
        ("Team", detail.team or ""),
        ("Owner", item.owner or ""),
        ("Due", _due(detail)),
        ("Estimate", estimate),
        ("Labels", ", ".join(item.labels)),
        ("Parent", item.parent or ""),
        ("Created", moment(item.created, zone)),
        ("Started", _when(detail.started, zone)),
        ("Finished", _when(detail.finished, zone)),
        ("Age", _days(detail.age)),
        ("In stage", _days(detail.idle)),
        ("Forecast", forecast),
        ("Cycle time", _days(detail.cycle)),
        ("Lead time", _days(detail.lead)),
        ("Clock", detail.clock),
        ("History", "" if item.quality == "full" else item.quality.replace("_", " ")),
        ("Archived", "yes" if item.archived else ""),
        ("Times in", zone),
    ]
    return [(name, value) for name, value in rows if value]


def _section(title: str, rows: Sequence[tuple[str, str]], total: int) -> list[str]:
    if not rows:
        return []
    left = max(width_of(inert_line(a)) for a, _ in rows)
    out = ["", title]
    for first, second in rows:
        head = "  " + fit(inert_line(first), left) + "  "
        lines = wrap(inert_line(second), max(20, total - width_of(head)))
        out.append(head + lines[0])
        out += [" " * width_of(head) + line for line in lines[1:]]
    return out


def draw_item(detail: Detail, zone: str, total: int = 80, *, forecast: str = "") -> list[str]:
    """Lines that tell all about an item; times in ``zone``, which is told once.

    ``forecast`` says when it will be finished, where that is known.
    """
    item = detail.item
    out = wrap(f"{inert_line(item.key)}  {inert_line(item.title)}", total)
    out += _section("", _fields(detail, zone, forecast), total)[2:]
    if item.description.strip():
        out.append("")
        for line in inert(item.description).strip().splitlines():
            out += wrap(inert_line(line), total, "  ") if line.strip() else [""]
    out += _section(
        "Blockers",
        [
            (
                f"{moment(b.started, zone)} to "
                + ("now" if b.ended is None else moment(b.ended, zone)),
                f"{b.kind}: {b.reason}" + (f" ({b.by})" if b.by else ""),
            )
            for b in detail.blocks
        ],
        total,
    )
    out += _section(
        "Links",
        [
            (
                f"{link.label} {link.key}",
                "not in this database"
                if link.title is None
                else f"{link.title} ({link.stage}{', done' if link.done else ''}"
                f"{f'; {link.agreed}' if link.agreed else ''})",
            )
            for link in detail.links
        ],
        total,
    )
    out += _section(
        "Comments",
        [(f"{moment(said.at, zone)} {said.by}", said.text.strip()) for said in detail.comments],
        total,
    )
    out += _section(
        "History",
        [
            (moment(line.moment, zone), line.written(moment(line.at, zone)))
            for line in detail.history
        ],
        total,
    )
    return out
