"""``vsm forecast items``: when each item in progress is finished."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.forecast import forecast_options
from vsm.cli.reports import format_of, write_report
from vsm.features.forecast.item_reading import read_item_forecasts


@click.command(
    cls=Verb,
    examples="""
vsm forecast items
vsm forecast items --filter 'team:core' --as-of 2026-03-31
vsm forecast items --json | jq -r '.items[] | select(.in_time < 0.5) | .key'
""",
)
@forecast_options
@pass_context
def items(
    work: CliContext,
    stream: str | None,
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Forecast when each item in progress is finished.

    Comes from how long items took that were once in the same stage for as long, those of about
    the same age most. What is still open and what was dropped counts too, and how far such
    forecasts were off before. The least likely to be in time come first.
    """
    value_stream = work.stream(stream)
    chosen = format_of(form, as_json)
    query = work.query(work.filter(filter_text, view))
    at = read_as_of(as_of, value_stream)
    result = read_item_forecasts(
        work.reader,
        value_stream,
        as_of=work.now if at is None else at,
        query=query,
        present=at is None,
    )
    from vsm.features.forecast.item_outcomes import with_outcomes
    from vsm.features.forecast.item_report import item_report
    from vsm.report.publish import publish

    seen = None if at is None or at >= work.now else work.now
    result = with_outcomes(work.reader, value_stream, result, seen)

    write_report(
        chosen,
        output,
        lambda: item_report(result),
        lambda: publish(result),
        about=as_of_words(work, value_stream, at),
    )
