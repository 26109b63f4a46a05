"""``vsm forecast set``: by when all items of a set are over."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.forecast import forecast_options
from vsm.cli.options import complete_key
from vsm.cli.reports import format_of, write_report
from vsm.cli.times import day_of_forecast
from vsm.features.forecast.set_reading import read_set_forecast
from vsm.model.errors import BadInput
from vsm.model.rules import local


@click.command(
    "set",
    cls=Verb,
    examples="""
vsm forecast set CARD-12 CARD-15
vsm forecast set --filter label:checkout
vsm forecast set --filter label:checkout --by 2026-12-31 --json | jq .dates
""",
)
@click.argument("keys", nargs=-1, metavar="[KEY]...", shell_complete=complete_key)
@click.option(
    "--by", metavar="DATE", help="Show the odds that all are over by a date: fri, +2w, 2026-12-31."
)
@forecast_options
@pass_context
def forecast_set(
    work: CliContext,
    keys: tuple[str, ...],
    by: str | None,
    stream: str | None,
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Forecast by when all items of a set are finished or dropped.

    The set is given by keys or by a filter, over all streams or one. Items in progress have their
    own remaining times, the others wait in the order of the board; a filter's set may grow as it
    did in the last 91 days.
    """
    if not keys and filter_text is None and view is None:
        raise BadInput("no items are named", "give keys, --filter or --view")
    chosen = format_of(form, as_json)
    query = work.query(work.filter(filter_text, view))
    only = {item.id for item in work.items(keys)} if keys else None
    streams = work.reader.all_streams() if stream is None else [work.stream(stream)]
    at = read_as_of(as_of, streams[0] if len(streams) == 1 else None)
    moment = work.now if at is None else at
    today = local(moment, streams[0].zone if streams else "UTC").date()
    last = None if by is None else day_of_forecast(by, today)
    if last is not None and last < today:
        raise BadInput(f"--by {last} is over", "give a day that is still to come")
    result = read_set_forecast(
        work.reader,
        streams,
        as_of=moment,
        query=query,
        only=only,
        by=last,
        present=at is None,
    )
    from vsm.features.forecast.set_report import set_report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: set_report(result),
        lambda: publish(result),
        about=as_of_words(work, streams[0] if len(streams) == 1 else None, at),
    )
