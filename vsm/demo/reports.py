"""Reports of the demo that are on record: of the last Mondays, and what people noted of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from vsm.features.reports.reading import Asked, read_report
from vsm.features.reports.recording import note_values, record_values
from vsm.features.reports.report import report
from vsm.features.reports.results import Report
from vsm.model import command as c
from vsm.model.report import NoteKind, ReportKind
from vsm.model.report_entities import FACT_NOTE, MADE_REPORT
from vsm.reader import Reader
from vsm.report.formats import Format, render
from vsm.report.publish import publish

WEEKS_AGO = (2, 1, 0)
"""Mondays before today on which reports were made."""
KNOWN = ("saturation", "A third reviewer is being hired")
"""The rule whose fact was acknowledged after the second report, and why."""


class Monday(NamedTuple):
    """A day on which reports are made; on one of them facts are noted too."""

    on: date
    notes: bool


def days_of_reports(today: date) -> list[Monday]:
    """The Mondays, the first one first."""
    monday = today - timedelta(days=today.weekday())
    return [Monday(monday - timedelta(weeks=n), n == WEEKS_AGO[1]) for n in WEEKS_AGO]


def reports_now(reader: Reader, stream: int, step: Monday, now: int) -> list[c.Command]:
    """What puts the weekly report of a stream and the portfolio's on record, as of now."""
    own = reader.stream(stream)
    assert own is not None
    commands: list[c.Command] = []
    for kind, of in ((ReportKind.WEEKLY, own), (ReportKind.PORTFOLIO, None)):
        asked = Asked(kind=kind, stream=of, since=None, until=now, present=True)
        result = read_report(reader, asked)
        number = None if of is None else of.id
        written = _markdown(reader, result)
        commands.append(c.AddEntity(MADE_REPORT, record_values(result, number, "md", written)))
        rule, why = KNOWN
        fact = next((one for one in result.facts if one.rule == rule), None)
        if step.notes and fact is not None and of is not None:
            values = note_values(fact, number, NoteKind.ACKNOWLEDGED, why)
            commands.append(c.AddEntity(FACT_NOTE, values))
    return commands


def _markdown(reader: Reader, result: Report) -> str:
    """A report as vsm report --format md writes it."""
    return render(
        Format.MARKDOWN, lambda: report(result), lambda: publish(result), anchor=reader.anchor()
    )
