"""``vsm bugs``: what comes, what goes, what stays, what escaped."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import as_of_option, stream_option
from vsm.cli.reports import format_of, report_options, write_report


@click.command(
    cls=Verb,
    examples="""
vsm bugs
vsm bugs --weeks 26 --as-of 2026-06-30
vsm bugs --json | jq '.weeks[] | select(.signal != "")'
""",
)
@stream_option
@click.option(
    "--weeks", type=click.IntRange(2, 260), default=12, show_default=True, help="Weeks to look at."
)
@as_of_option("Show the bugs as they stood then; a date is its end.")
@report_options
@pass_context
def bugs(
    work: CliContext,
    stream: str | None,
    weeks: int,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show inflow, outflow, age and escapes of the bugs of a stream.

    Bugs are items of a type that counts as a defect. Net inflow has natural process limits. No
    figure is about a person.
    """
    chosen = format_of(form, as_json)
    from vsm.features.sprints.bug_report import report_bugs
    from vsm.features.sprints.bugs import read_bugs
    from vsm.report.publish import publish

    value_stream = work.stream(stream)
    at = read_as_of(as_of, value_stream)
    result = read_bugs(work.reader, value_stream, work.now if at is None else at, weeks)
    write_report(
        chosen,
        output,
        lambda: report_bugs(result),
        lambda: publish(result),
        about=as_of_words(work, value_stream, at),
    )
