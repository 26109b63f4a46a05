"""``vsm delivery``: DORA's five measures of a service, each with what is behind it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.names import pick
from vsm.cli.options import as_of_option, complete_entity
from vsm.cli.reports import format_of, report_options, write_report
from vsm.cli.times import window_days
from vsm.features.delivery.targets import Behind
from vsm.model.delivery import Service
from vsm.model.errors import BadInput
from vsm.model.stream import ValueStream


@click.command(
    cls=Verb,
    examples="""
vsm delivery
vsm delivery checkout --from 2026-09-01 --to 2026-11-30
vsm delivery checkout --as-of 2026-10-31
vsm delivery checkout --list failed
vsm delivery checkout --json | jq '.measures.change_fail'
vsm delivery checkout --format html -o checkout.html
""",
)
@click.argument("service", required=False, shell_complete=complete_entity("service"))
@click.option(
    "--from", "first", metavar="DATE", help="First day of the window [default: 90 days in all]."
)
@click.option("--to", "last", metavar="DATE", help="Last day of the window [default: as-of's].")
@click.option(
    "--list",
    "behind",
    type=click.Choice([one.name.lower() for one in Behind]),
    help="List what is behind a figure of a service instead; JSON has all of it.",
)
@as_of_option("Show delivery as it stood then; a date is its end.")
@report_options
@pass_context
def delivery(
    work: CliContext,
    service: str | None,
    first: str | None,
    last: str | None,
    behind: str | None,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show how a service is delivered: DORA's five measures, and idea to live.

    Lead time, frequency, change fail rate, recovery time, rework rate. Without a service all are
    listed by name. The JSON has the deployments, changes, incidents and items behind each figure.
    """
    begin, end = window_days(first, last)
    chosen = format_of(form, as_json)
    from vsm.features.delivery.list_report import list_report
    from vsm.features.delivery.reading import Asked, read_deliveries, read_delivery
    from vsm.features.delivery.report import report
    from vsm.report.publish import publish

    one = None if service is None else _find(work, service)
    stream = None if one is None else _stream(work, one)
    at = read_as_of(as_of, stream)
    asked = Asked(first=begin, last=end, as_of=work.now if at is None else at, present=at is None)
    about = as_of_words(work, stream, at)
    if one is None and behind is not None:
        raise BadInput("--list is about one service", f"vsm delivery SERVICE --list {behind}")
    if one is None:
        every = read_deliveries(work.reader, asked, "UTC")
        write_report(
            chosen, output, lambda: list_report(every), lambda: publish(every), about=about
        )
        return
    result = read_delivery(work.reader, one.id, asked)
    if result is None:
        raise BadInput(f"{one.name} was not on record on {as_of}", "give a later --as-of, or none")
    document = partial(report, result)
    if behind is not None:
        from vsm.features.delivery.behind_report import behind_report

        document = partial(behind_report, result, Behind[behind.upper()])
    write_report(chosen, output, document, lambda: publish(result), about=about)


def _find(work: CliContext, name: str) -> Service:
    services = [(one.name, one) for one in work.reader.services()]
    return pick("service", name, services, "add one: vsm service add NAME")


def _stream(work: CliContext, service: Service) -> ValueStream | None:
    """The stream whose items it delivers, in whose zone its days are."""
    streams = work.reader.all_streams()
    return next((stream for stream in streams if stream.id == service.only), None)
