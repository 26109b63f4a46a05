"""``vsm bottlenecks``: where a stream is stuck."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import filter_option, stream_option, view_option
from vsm.cli.reports import format_of, report_options, write_report
from vsm.features.bottlenecks.reading import read_bottlenecks


@click.command(
    cls=Verb,
    examples="""
vsm bottlenecks
vsm bottlenecks --stream Web --as-of 2026-03-31
vsm bottlenecks --filter 'team:core'
vsm bottlenecks --play
vsm bottlenecks --json | jq .constraint
vsm bottlenecks --format md -o bottlenecks.md
vsm bottlenecks --json | jq -r '.actions[] | .what, .why'
""",
)
@stream_option
@click.option(
    "--as-of",
    "as_of",
    metavar="WHEN",
    help="Show figures as of the end of a date, or as of a moment [default: now].",
)
@filter_option
@view_option
@click.option(
    "--play",
    "plays",
    is_flag=True,
    help="Also play what would help, as vsm forecast whatif does; takes a few seconds.",
)
@report_options
@pass_context
def bottlenecks(
    work: CliContext,
    stream: str | None,
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    plays: bool,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show what limits throughput, with confidence, evidence and recommendations.

    Uses the last 26 weeks, or one or two years if few items left any stage. Parallel capacity
    is estimated from how a stage behaves; it is not a head count. A filter chooses the items that
    the recommendations name: the verdict and the figures of stages are always of all items.
    """
    value_stream = work.stream(stream)
    chosen = format_of(form, as_json)
    query = work.query(work.filter(filter_text, view))
    at = read_as_of(as_of, value_stream)
    known = work.now if at is None else at
    result = read_bottlenecks(
        work.reader, value_stream, as_of=known, query=query, present=at is None
    )
    if plays:
        from vsm.features.simulate.advice import play_advice

        result = play_advice(work.reader, value_stream, result, as_of=known, present=at is None)
    from vsm.features.bottlenecks.report import report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: report(result),
        lambda: publish(result),
        about=as_of_words(work, value_stream, at),
    )
