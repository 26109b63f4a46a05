"""``vsm comply list|report``: what auditors get about frameworks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vsm.cli.base import Verb, complete_file
from vsm.cli.context import CliContext, pass_context
from vsm.cli.names import OneOf
from vsm.cli.options import complete_stream
from vsm.cli.output import note
from vsm.cli.reports import format_of, report_options, write_report
from vsm.cli.times import window_days
from vsm.features.compliance.reading import (
    RECENT_DAYS,
    check_framework,
    count_population,
    read_frameworks,
    read_population,
    read_report,
    refuse_empty,
)
from vsm.features.compliance.results import Compliance
from vsm.model.control.audit import Counting
from vsm.model.errors import BadInput
from vsm.model.rules import local

if TYPE_CHECKING:
    from vsm.model.stream import ValueStream

_F = TypeVar("_F", bound=Callable[..., Any])


streams_option = click.option(
    "--stream",
    metavar="NAME",
    shell_complete=complete_stream,
    help="Only this value stream [default: all].",
)


def population_options(function: _F) -> _F:
    """Window, streams, and how the population is counted."""
    for option in (
        streams_option,
        click.option("--to", "last", metavar="DATE", help="Last day [default: today]."),
        click.option(
            "--from", "first", metavar="DATE", help="First day [default: 90 days with the last]."
        ),
        click.option(
            "--population",
            "counting",
            type=OneOf(Counting),
            help="Items deployed to production, finished, or active: in progress too [default:"
            " deployed].",
        ),
    ):
        function = option(function)
    return function


def streams_of(work: CliContext, name: str | None) -> list[ValueStream]:
    """The stream that is named, here or before the verb, or all."""
    if name is not None or work.stream_name is not None:
        return [work.stream(name)]
    streams = [work.reader.stream(info.id) for info in work.reader.streams()]
    return [stream for stream in streams if stream is not None] or [work.stream()]


def window_of(
    work: CliContext,
    streams: list[ValueStream],
    first: str | None,
    last: str | None,
    days: int = RECENT_DAYS,
) -> tuple[date, date]:
    """The first and the last day that options name; raises :class:`BadInput`."""
    begin, end = window_days(first, last)
    end = end or local(work.now, streams[0].zone).date()
    begin = begin or end - timedelta(days=days - 1)
    if end < begin:
        raise BadInput(f"the window ends ({end}) before it begins ({begin})", "give --to too")
    return begin, end


@click.command(
    cls=Verb,
    examples="""
vsm comply report --framework soc2
vsm comply report --framework soc2 --from 2026-07-01 --to 2026-09-30 --xlsx soc2-q3.xlsx
vsm comply report --framework gdpr --population finished --format md -o gdpr.md
vsm comply report --framework soc2 --json | jq '.exceptions[] | [.item, .control]'
vsm --at-seq 48213 comply report --framework soc2
""",
)
@click.option(
    "--framework", "framework", metavar="NAME", required=True, help="soc2, gdpr, 800-53 or another."
)
@population_options
@click.option(
    "--xlsx", "workbook", metavar="FILE", shell_complete=complete_file, help="Write Excel too."
)
@report_options
@pass_context
def report(
    work: CliContext,
    framework: str,
    counting: Counting | None,
    first: str | None,
    last: str | None,
    stream: str | None,
    workbook: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Report on a framework: population, verdicts, exceptions.

    All items of the population are judged by each control as it was then, on the facts of then.
    The report ends with where the journal stands; --at-seq makes it again as of that entry.
    """
    chosen = format_of(form, as_json)
    result = compliance_of(work, framework, counting, first, last, stream)
    from vsm.features.compliance.report import report as document
    from vsm.report.publish import publish

    if workbook is not None:
        from vsm.connect.exports.compliance_xlsx import write_workbook

        write_workbook(Path(workbook), result)
        note(f"wrote {len(result.verdicts):,} verdicts to {workbook}")
        if output is None and form is None and not as_json:
            return
    write_report(chosen, output, lambda: document(result), lambda: publish(result))


def compliance_of(
    work: CliContext,
    framework: str,
    counting: Counting | None,
    first: str | None,
    last: str | None,
    stream: str | None,
) -> Compliance:
    """The report that options ask for; raises :class:`BadInput` where nothing is counted."""
    name = check_framework(work.reader, framework)
    streams = streams_of(work, stream)
    window = window_of(work, streams, first, last)
    counted, from_journal = counting or Counting.DEPLOYED, work.at_seq is not None
    population = read_population(work.reader, counted, streams, *window, from_journal=from_journal)
    refuse_empty(work.reader, population)
    return read_report(work.reader, name, population, streams, work.now)


@click.command(
    cls=Verb,
    examples="""
vsm comply list
vsm comply list --population finished --from 2026-01-01
""",
)
@population_options
@report_options
@pass_context
def list_frameworks(
    work: CliContext,
    counting: Counting | None,
    first: str | None,
    last: str | None,
    stream: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """List frameworks, their requirements and controls.

    With the verdicts of the last 90 days, on what was deployed, or finished where no deployments
    are recorded. Controls that come with vsm and are not set are listed too.
    """
    chosen = format_of(form, as_json)
    streams = streams_of(work, stream)
    begin, end = window_of(work, streams, first, last)
    from_journal = work.at_seq is not None
    population = count_population(
        work.reader, counting, streams, begin, end, from_journal=from_journal
    )
    result = read_frameworks(work.reader, population, streams, work.now)
    from vsm.features.compliance.frameworks_report import frameworks_report
    from vsm.report.publish import publish

    write_report(chosen, output, lambda: frameworks_report(result), lambda: publish(result))
