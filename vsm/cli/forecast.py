"""``vsm forecast``: how many items by when, when each is done, and whether that came true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import as_of_option, filter_option, stream_option, view_option
from vsm.cli.reports import format_of, report_options, write_report
from vsm.cli.times import day_of_forecast
from vsm.features.forecast.reading import DAYS, ITEMS, read_forecast
from vsm.model.errors import BadInput
from vsm.report.formats import Format

_F = TypeVar("_F", bound=Callable[..., Any])

VERBS: dict[str, tuple[str, str]] = {
    "items": (
        "vsm.cli.forecast_items:items",
        "Forecast when each item in progress is finished.",
    ),
    "throughput": (
        "vsm.cli.forecast:throughput",
        "Forecast how many items finish by when, and when so many are finished.",
    ),
    "set": (
        "vsm.cli.forecast_set:forecast_set",
        "Forecast by when all items of a set are finished or dropped.",
    ),
    "risks": (
        "vsm.cli.forecast_risks:risks",
        "Show which items are likelier late than in time, and why.",
    ),
    "backtest": (
        "vsm.cli.forecast:backtest",
        "Show how often the forecasts of a stream came true.",
    ),
    "whatif": (
        "vsm.cli.forecast_whatif:whatif",
        "Play a change of a stream before it is made: throughput, cycle time, WIP.",
    ),
    "pin": (
        "vsm.cli.forecast_pins:pin",
        "Pin a forecast, to see later whether it came true.",
    ),
    "pins": (
        "vsm.cli.forecast_pins:pins",
        "Show pinned forecasts: what was said, what has come, what is forecast now.",
    ),
    "unpin": ("vsm.cli.forecast_pins:unpin", "Remove pinned forecasts."),
}
MOST_DAYS, MOST_ITEMS = 365, 100_000
"""How far ahead, and of how many items, can be asked."""


@click.group(
    cls=Noun,
    verbs=VERBS,
    subcommand_metavar="VERB [OPTIONS]",
    examples="""
vsm forecast items
vsm forecast set --filter label:checkout
vsm forecast throughput
vsm forecast throughput --by 2026-12-31 --items 25
vsm forecast risks
vsm forecast backtest
vsm forecast whatif --slots Review=+1
vsm forecast pin --items 20 --note 'Steering committee'
vsm forecast pins
""",
)
def forecast() -> None:
    """Forecast when work is finished, and show whether such forecasts came true.

    Every forecast comes with its odds. What it says with 85% odds came true in 85 of 100 cases
    on the projects that it was tried on; the backtest says how often it did on yours.
    """


def forecast_options(function: _F) -> _F:
    """Stream, moment, filter and format, as all verbs here have them."""
    options = (
        report_options,
        view_option,
        filter_option,
        as_of_option("Forecast as of the end of a date, or as of a moment [default: now]."),
        stream_option,
    )
    for option in options:
        function = option(function)
    return function


@click.command(
    cls=Verb,
    examples="""
vsm forecast throughput
vsm forecast throughput --days 10 --days 20
vsm forecast throughput --by 2026-12-31 --items 25
vsm forecast throughput --filter 'type:bug' --json | jq '.within[] | .by, .p85'
vsm forecast throughput --as-of 2026-03-31
""",
)
@click.option(
    "--days",
    "ahead",
    type=click.IntRange(1, MOST_DAYS),
    multiple=True,
    help=f"Days to look ahead; may be repeated [default: {', '.join(map(str, DAYS))}].",
)
@click.option(
    "--by",
    "by",
    metavar="DATE",
    multiple=True,
    help="The same up to and with a date: fri, +2w, 2026-12-31.",
)
@click.option(
    "--items",
    type=click.IntRange(1, MOST_ITEMS),
    multiple=True,
    help=f"When so many are finished; may be repeated [default: {', '.join(map(str, ITEMS))}].",
)
@forecast_options
@pass_context
def throughput(
    work: CliContext,
    ahead: tuple[int, ...],
    by: tuple[str, ...],
    items: tuple[int, ...],
    stream: str | None,
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Forecast how many items finish by when, and when so many are finished.

    Comes from how many finished in the last week, month, quarter and year, and from how far
    forecasts of this stream were off before. The days begin today.
    """
    value_stream = work.stream(stream)
    chosen = format_of(form, as_json)
    query = work.query(work.filter(filter_text, view))
    at = read_as_of(as_of, value_stream)
    moment = work.now if at is None else at
    days = [*ahead, *(_days_until(text, moment, value_stream.zone) for text in by)]
    result = read_forecast(
        work.reader,
        value_stream,
        as_of=moment,
        days=tuple(sorted(set(days))) or DAYS,
        items=tuple(sorted(set(items))) or ITEMS,
        query=query,
        present=at is None,
        seen=None if at is None or at >= work.now else work.now,
        past=chosen in (Format.HTML, Format.MARKDOWN),
    )
    from vsm.features.forecast.report import forecast_report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: forecast_report(result),
        lambda: publish(result),
        about=as_of_words(work, value_stream, at),
    )


def _days_until(text: str, moment: int, zone: str) -> int:
    """The days from the day of a moment to a date, both counted."""
    from vsm.model.rules import local

    today = local(moment, zone).date()
    return (day_ahead(text, today) - today).days + 1


def day_ahead(text: str, today: date) -> date:
    """The date of ``--by``, which is not before today and not too far ahead."""
    last = day_of_forecast(text, today)
    if last < today:
        raise BadInput(f"--by {text} is before {today}", "give a date that is still to come")
    ahead = (last - today).days + 1
    if ahead > MOST_DAYS:
        raise BadInput(f"--by {text} is {ahead} days ahead", f"give a date within {MOST_DAYS} days")
    return last


@click.command(
    cls=Verb,
    examples="""
vsm forecast backtest
vsm forecast backtest --stream Web --json | jq '.records[] | .days, .forecasts'
""",
)
@forecast_options
@pass_context
def backtest(
    work: CliContext,
    stream: str | None,
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show how often the forecasts of a stream came true.

    Makes a forecast for every second week of the last three years, each with what was known then,
    and counts which of them came true. The error (CRPS) and the width of the 80% range stand
    beside those of plain resampling of the last 90 days: less than 1 is less.
    """
    value_stream = work.stream(stream)
    chosen = format_of(form, as_json)
    query = work.query(work.filter(filter_text, view))
    at = read_as_of(as_of, value_stream)
    result = read_forecast(
        work.reader,
        value_stream,
        as_of=work.now if at is None else at,
        days=(),
        items=(),
        record_days=DAYS,
        query=query,
        present=at is None,
        past=True,
    )
    from vsm.features.forecast.report import backtest_report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: backtest_report(result),
        lambda: publish(result),
        about=as_of_words(work, value_stream, at),
    )
