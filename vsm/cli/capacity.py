"""``vsm capacity``: when teams are saturated, and what helps."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import as_of_option
from vsm.cli.reports import format_of, report_options, write_report
from vsm.features.capacity.reading import WEEKS, read_capacity

AS_OF = "Show them as they stood then: a date (its end, in UTC) or a moment [default: now]."


@click.command(
    cls=Verb,
    examples="""
vsm capacity
vsm capacity --weeks 13
vsm capacity --as-of 2026-03-31
vsm capacity --json | jq -r '.teams[] | select(.saturation) | .name'
vsm capacity --format html -o capacity.html
""",
)
@click.option(
    "--weeks",
    type=click.IntRange(4, 52),
    default=WEEKS,
    show_default=True,
    help="Weeks ahead to look at.",
)
@as_of_option(AS_OF)
@report_options
@pass_context
def capacity(
    work: CliContext,
    weeks: int,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show how loaded teams are, when they will be saturated, and whether to pivot or hire.

    Load is what arrives at the active stages that a team owns, in all streams, against the slots
    that it works with. People are counted by allocation, presence and ramp. Saturated is a team
    that is used by 85% or more: from there on small surprises make long queues.
    """
    chosen = format_of(form, as_json)
    at = read_as_of(as_of, None)
    now, present = work.now if at is None else at, at is None
    result = read_capacity(work.reader, as_of=now, present=present, weeks=weeks)
    from vsm.features.capacity.report import report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: report(result),
        lambda: publish(result),
        about=as_of_words(work, None, at),
    )
