"""``vsm forecast risks``: which items are likelier late than in time, and why."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.forecast import forecast_options
from vsm.cli.reports import format_of, write_report
from vsm.features.forecast.risk_reading import read_risks


@click.command(
    cls=Verb,
    examples="""
vsm forecast risks
vsm forecast risks --filter 'team:core' --as-of 2026-03-31
vsm forecast risks --json | jq -r '.flags[] | .key, .driver.rule'
""",
)
@forecast_options
@pass_context
def risks(
    work: CliContext,
    stream: str | None,
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show which items are likelier late than in time, and why.

    Items in progress with odds below 50% to be finished by their due date, or else by the end of
    the SLE, each with what drives its risk. How many such flags were right in the last year, and
    how many of the items that came late had one, is worked out from what was known then. Flags that
    were wrong more often than right are not shown.
    """
    value_stream = work.stream(stream)
    chosen = format_of(form, as_json)
    query = work.query(work.filter(filter_text, view))
    at = read_as_of(as_of, value_stream)
    result = read_risks(
        work.reader,
        value_stream,
        as_of=work.now if at is None else at,
        query=query,
        present=at is None,
    )
    from vsm.features.forecast.risk_report import risk_report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: risk_report(result),
        lambda: publish(result),
        about=as_of_words(work, value_stream, at),
    )
