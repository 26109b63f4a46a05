"""``vsm gov``: controls of a stream, what they find and what they cost."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.base import NounOrList, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import stream_option
from vsm.cli.reports import format_of, report_options, write_report

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.gov:list_controls", "List the controls of a stream and what they found."),
    "show": ("vsm.cli.gov_controls:show_control", "Show a control, its verdicts and its cost."),
    "facts": ("vsm.cli.gov_controls:facts", "List the facts that a control may read."),
    "library": ("vsm.cli.gov_controls:library", "List the controls that come with vsm."),
    "add": ("vsm.cli.gov_controls:add_controls", "Set controls of the library, or from files."),
    "set": ("vsm.cli.gov_controls:set_control", "Change a control, by options or from a file."),
    "remove": ("vsm.cli.gov_controls:remove_controls", "Remove controls that were never used."),
    "mode": ("vsm.cli.gov_mode:mode", "Show or set the mode of a stream or of a control."),
    "check": ("vsm.cli.gov_check:check", "Check what controls say of a move before it is made."),
    "shadow": ("vsm.cli.gov_check:shadow", "Replay a control over the past of a stream."),
    "risks": ("vsm.cli.gov_check:risks", "List items that lack facts near a gate or due date."),
    "cost": ("vsm.cli.gov_check:cost", "Show what gates cost, and whether they find anything."),
    "waive": ("vsm.cli.gov_waivers:waive", "Ask for a waiver of a control."),
    "waivers": ("vsm.cli.gov_waivers:waivers", "List, grant, refuse and withdraw waivers."),
}


@click.group(
    cls=NounOrList,
    verbs=VERBS,
    examples="""
vsm gov
vsm gov library
vsm gov shadow ready --days 90
vsm gov add ready
vsm gov mode supportive --reason 'pilot'
vsm gov mode controlling --from 2027-01-11 --reason 'agreed with the teams'
vsm gov check PAY-131
vsm gov waive ready --item PAY-131 --until +14d --reason 'owner is on leave'
""",
)
def gov() -> None:
    """Set controls on moves, choose how hard they bind, see what they cost.

    A control is a rule over facts of a change. Its mode says what comes of it: supportive
    advises, controlling refuses moves that do not pass, directive also leaves rank and teams to
    who leads. Without a verb the controls are listed. See docs/governance.md.
    """


@click.command(
    cls=Verb,
    examples="""
vsm gov list --stream Web
vsm gov list --json | jq '.controls[] | select(.refused > 0) | .control'
""",
)
@stream_option
@report_options
@pass_context
def list_controls(
    work: CliContext,
    stream: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """List the controls of a stream and what they found.

    Counts are of the last 30 days: moves that a control checked, that failed, of which facts were
    not on record, that were refused, and the days from a refused try to the one that passed.
    """
    chosen = format_of(form, as_json)
    from vsm.features.governance.reading import read_governance
    from vsm.features.governance.report import report
    from vsm.report.publish import publish

    result = read_governance(work.reader, work.stream(stream), work.now)
    write_report(chosen, output, lambda: report(result), lambda: publish(result))
