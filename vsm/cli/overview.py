"""``vsm overview``: all value streams at a glance."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import as_of_option, filter_option, view_option
from vsm.cli.progress import Progress
from vsm.cli.reports import format_of, report_options, write_report
from vsm.features.overview.reading import read_overview


@click.command(
    cls=Verb,
    examples="""
vsm overview
vsm overview --quick
vsm overview --where 'team:core'
vsm overview --as-of 2026-03-31
vsm overview --json | jq -r '.streams[] | select(.blocked > 0) | .stream'
vsm overview --format html -o monday.html
""",
)
@as_of_option("Show them as they stood then: a date (its end, in UTC) or a moment [default: now].")
@filter_option
@view_option
@click.option("--quick", is_flag=True, help="Leave out the bottlenecks, which take longest.")
@report_options
@pass_context
def overview(
    work: CliContext,
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    quick: bool,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show all value streams, one row each.

    WIP against the limits, in all and by stage; the cycle time of 85%; items finished by week; the
    oldest item; blocked items; what limits the flow. Arrows stand only where the latest full week
    is a signal of natural process limits (XmR). A filter chooses the items; bottlenecks are always
    those of all items.
    """
    chosen = format_of(form, as_json)
    query = work.query(work.filter(filter_text, view))
    at = read_as_of(as_of, None)
    with Progress("Reading the streams") as progress:
        result = read_overview(
            work.reader,
            work.now if at is None else at,
            query,
            past=at is not None,
            bottlenecks=not quick,
            progress=progress.tell,
        )
    from vsm.features.overview.report import report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: report(result),
        lambda: publish(result),
        about=as_of_words(work, None, at),
    )
