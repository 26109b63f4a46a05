"""``vsm report``: reports that write themselves, from what changed in the flow."""

from __future__ import annotations

import click

from vsm.cli.base import Noun
from vsm.model.report import ReportKind

ABOUT: dict[ReportKind, str] = {
    ReportKind.WEEKLY: "Report what finished, started, got stuck and moved in a stream.",
    ReportKind.PORTFOLIO: "Report which initiatives changed, and which decisions are due.",
    ReportKind.SERVICE: "Report how services are delivered, and what went wrong.",
    ReportKind.GOVERNANCE: "Report waivers, fails, emergencies and changes of access.",
    ReportKind.RETRO: "Report a stream's window in events, for a retrospective.",
    ReportKind.HANDOVER: "Report the state of a stream, for someone new.",
}
"""Each kind in a line."""

VERBS: dict[str, tuple[str, str]] = {
    **{kind.value: (f"vsm.cli.report_make:{kind.value}", about) for kind, about in ABOUT.items()},
    "rules": (
        "vsm.cli.report_rules:rules",
        "Show the rules that make facts, and how often each was right.",
    ),
    "list": ("vsm.cli.report_rules:list_reports", "List the reports that were made."),
    "note": (
        "vsm.cli.report_rules:note_fact",
        "Note a fact as known, or as wrong; none takes the notes back.",
    ),
    "diff": ("vsm.cli.report_rules:diff", "Show in words how two reports differ."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm report weekly --stream Pay
vsm report portfolio --format html -o monday.html
vsm report weekly --stream Pay --mail team@example.org | sendmail -t
vsm report weekly --stream Pay --agenda 30m
vsm report rules --stream Pay
""",
)
def report() -> None:
    """Write reports from what changed in the flow.

    Nobody is asked how far they are: rules make facts from two positions of the journal, each with
    the items behind it. A report begins where the last one of its kind ended, and is put on record.
    docs/reports.md explains it.
    """
