"""``vsm standard``: standards of the PMO, who follows them, and how far streams have drifted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import complete_stream, complete_template
from vsm.cli.output import note
from vsm.cli.reports import format_of, report_options, write_report

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.standard:list_standards", "List standards, and the streams that follow one."),
    "show": ("vsm.cli.standard:show_standard", "Show all parts of a standard."),
    "adopt": ("vsm.cli.standard_adopt:adopt", "Have a stream follow a standard."),
    "diff": ("vsm.cli.standard:diff", "Compare a stream with its standard, and price deviations."),
    "deviate": ("vsm.cli.standard_adopt:deviate", "Agree that a stream deviates in a part."),
    "drop": ("vsm.cli.standard_adopt:drop", "End an agreement, or following the standard."),
    "text": ("vsm.cli.standard_text:text", "Print a text to begin with, or copy it into an item."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm standard list
vsm standard adopt scrum --stream Web --reason 'Programme decision of 3 March'
vsm standard diff Web
vsm standard deviate limit:Build --reason 'Two new people' --until 2027-03-31
vsm standard text test-plan --item WEB-12
""",
)
def standard() -> None:
    """List, adopt and compare standards: stages, words, limits, controls, artefacts.

    A standard is a template (vsm template list, or a file of your own). Its version is the hash of
    its text; a stream is compared with the text that it adopted.
    """


@click.command(cls=Verb, examples="vsm standard list --json")
@report_options
@pass_context
def list_standards(work: CliContext, form: str | None, as_json: bool, output: Path | None) -> None:
    """List standards, and the streams that follow one."""
    from vsm.features.standards.reading import read_standards
    from vsm.features.standards.report import list_report
    from vsm.templates import find

    chosen = format_of(form, as_json)
    _write(chosen, output, read_standards(work.reader, work.now), list_report)
    for broken in find().broken:
        error = broken.error
        note(f"left out: {error.message}; {error.remedy}" if error.remedy else error.message)


@click.command(
    cls=Verb,
    examples="""
vsm standard show waterfall
vsm standard show waterfall --format html -o waterfall.html
""",
)
@click.argument("name", metavar="STANDARD", shell_complete=complete_template)
@report_options
@pass_context
def show_standard(
    work: CliContext, name: str, form: str | None, as_json: bool, output: Path | None
) -> None:
    """Show all parts of a standard.

    vsm template show prints its file, with the policies of its stages.
    """
    from vsm.features.standards.reading import read_standard
    from vsm.features.standards.report import standard_report

    chosen = format_of(form, as_json)
    _write(chosen, output, read_standard(work.reader, name, work.now), standard_report)


@click.command(
    cls=Verb,
    examples="""
vsm standard diff
vsm standard diff Web
vsm standard diff Web waterfall
vsm standard diff Web --json | jq '.lines[] | select(.agreed | not) | .part'
""",
)
@click.argument("stream", required=False, shell_complete=complete_stream)
@click.argument("name", metavar="[STANDARD]", required=False, shell_complete=complete_template)
@click.option("--today", is_flag=True, help="Compare with the standard's text of now.")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=182,
    show_default=True,
    metavar="N",
    help="Days that prices are measured over.",
)
@click.option("--quick", is_flag=True, help="Leave out the price, which takes longest.")
@report_options
@pass_context
def diff(
    work: CliContext,
    stream: str | None,
    name: str | None,
    today: bool,
    days: int,
    quick: bool,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Compare a stream with its standard, and price deviations.

    Lists stages that are missing, extra, renamed, in another order or of another category; laxer
    limits, other policies and words; controls that are off or weaker; artefacts that items lack.
    The drift is how many differences are not agreed. A price is the median time in a deviating
    stage against the streams that follow the same standard and conform there.
    """
    from vsm.features.standards.reading import read_drift
    from vsm.features.standards.report import drift_report

    chosen = format_of(form, as_json)
    value_stream = work.stream(stream)
    drift = read_drift(
        *(work.reader, value_stream, work.now, name), today=today, price=not quick, days=days
    )
    _write(chosen, output, drift, drift_report)


def _write(chosen: Any, output: Path | None, result: Any, report: Any) -> None:
    from vsm.report.publish import publish

    write_report(chosen, output, lambda: report(result), lambda: publish(result))
