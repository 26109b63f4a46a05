"""``vsm metrics``: the flow figures of a stream."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.as_of import as_of_mark, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import filter_option, stream_option, view_option
from vsm.cli.reports import format_of, report_options, write_report
from vsm.cli.times import window_days
from vsm.features.metrics.reading import read_comparison, read_figures, read_late_risks


@click.command(
    cls=Verb,
    examples="""
vsm metrics
vsm metrics --stream Web --from 2026-01-01 --to 2026-03-31
vsm metrics --where 'type:bug team:core'
vsm metrics --from 2026-11-01 --against 2026-10
vsm metrics --against previous --json | jq .comparison
vsm metrics --stream Web --as-of 2026-03-31 --json | jq .cycle_time_days
vsm metrics --stream Web --format html -o web.html
""",
)
@stream_option
@click.option(
    "--from", "first", metavar="DATE", help="First day of the window [default: 90 days in all]."
)
@click.option("--to", "last", metavar="DATE", help="Last day of the window [default: as-of's].")
@click.option(
    "--as-of",
    "as_of",
    metavar="WHEN",
    help="Show figures as of the end of a date, or as of a moment [default: now].",
)
@click.option(
    "--against",
    metavar="WINDOW",
    help="Compare with another window: previous, a month (2026-03) or days (FROM..TO).",
)
@filter_option
@view_option
@report_options
@pass_context
def metrics(
    work: CliContext,
    stream: str | None,
    first: str | None,
    last: str | None,
    as_of: str | None,
    against: str | None,
    filter_text: str | None,
    view: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Report the flow of a stream: cycle time, throughput, WIP, waiting, rework.

    Days, and moments without a zone, are in the stream's time zone. The JSON defines every
    figure under "definitions".
    """
    value_stream = work.stream(stream)
    begin, end = window_days(first, last)
    chosen = format_of(form, as_json)
    at = read_as_of(as_of, value_stream)
    known = work.now if at is None else at
    query = work.query(work.filter(filter_text, view))
    figures = read_figures(
        work.reader,
        value_stream,
        first=begin,
        last=end,
        as_of=known,
        query=query,
        present=as_of is None,
    )
    if against is not None:
        from vsm.features.metrics.comparison import window_of

        other = window_of(against, figures.basic.first, figures.basic.last)
        figures = read_comparison(
            work.reader, value_stream, figures, other, query=query, present=as_of is None
        )
    from vsm.features.metrics.report import report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: report(
            figures,
            value_stream if at is None else work.reader.configured(value_stream, at),
            read_late_risks(work.reader, value_stream, figures, present=as_of is None),
        ),
        lambda: publish(figures),
        about=(mark,) if (mark := as_of_mark(work, value_stream, at)) else (),
    )
