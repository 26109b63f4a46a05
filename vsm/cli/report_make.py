"""The verbs of ``vsm report`` that make one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.base import Verb, complete_file
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import stream_option
from vsm.cli.output import note
from vsm.cli.report import ABOUT
from vsm.cli.reports import format_of, report_options, write_report
from vsm.cli.times import day_or_moment, moment
from vsm.model.command import AddEntity
from vsm.model.errors import BadInput, VsmError
from vsm.model.report import ReportKind
from vsm.model.report_entities import MADE_REPORT
from vsm.model.rules import DAY, FIRST_DAY, day_start
from vsm.report.formats import Format

if TYPE_CHECKING:
    from vsm.features.reports.reading import Asked
    from vsm.features.reports.results import Report
    from vsm.model.journal_head import Anchor
    from vsm.model.stream import ValueStream

LAST = "last"
ATTEMPTS = 3
"""How often a report is made anew that somebody wrote into meanwhile."""
MARGIN = 200
"""Days before the window that figures look back to."""
MOST_MINUTES = 480


class _Minutes(click.ParamType[int]):
    """Minutes of a meeting: ``30`` or ``30m``."""

    name = "minutes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The minutes; fails with what is allowed."""
        text = str(value).strip().casefold().removesuffix("min").removesuffix("m").strip()
        if not text.isdecimal() or len(text) > 3 or not 1 <= int(text) <= MOST_MINUTES:
            self.fail(
                f"{value!r:.20} is not 1 to {MOST_MINUTES} minutes, such as 30 or 30m", param, ctx
            )
        return int(text)


def _options(kind: ReportKind) -> Sequence[Callable[[Any], Any]]:
    """The options of a kind, the last one first."""
    options = [
        report_options,
        click.option(
            "--xlsx",
            "workbook",
            metavar="FILE",
            shell_complete=complete_file,
            help="Write Excel too.",
        ),
        click.option(
            "--mail",
            metavar="TO",
            help="Print a MIME message to this address instead, for sendmail -t.",
        ),
        click.option(
            "--agenda",
            "minutes",
            type=_Minutes(),
            metavar="MINUTES",
            help="Only what needs a decision, with minutes for each.",
        ),
        click.option(
            "--record/--no-record",
            default=True,
            help="Put it on record, so that the next one begins here [default: record].",
        ),
        click.option("--to", "last", metavar="DATE", help="Last day, or a moment [default: now]."),
        click.option(
            "--since",
            "--from",
            "first",
            metavar="DATE",
            default=LAST,
            help="First day, or a moment; last: where the last report ended [default: last, or 7"
            " days]. With a date it is not recorded.",
        ),
    ]  # fmt: skip
    return [*options, stream_option] if kind.of_stream else options


def _examples(kind: ReportKind) -> str:
    of = " --stream Pay" if kind.of_stream else ""
    return f"""
vsm report {kind}{of}
vsm report {kind}{of} --from 2026-11-01 --to 2026-11-27 --format md -o {kind}.md
vsm report {kind}{of} --no-record --json | jq '.facts[] | [.severity, .text]'
"""


def _verb(kind: ReportKind) -> click.Command:
    def run(work: CliContext, **values: Any) -> None:
        make(work, kind, **values)

    function: Any = run
    function.__doc__ = (
        f"{ABOUT[kind]}\n\nThe first seven facts are the page to read; the rest, lists and what was"
        " left out follow. Each fact names its items. The same journal and the same moments give"
        " the same report."
    )
    function = pass_context(function)
    for option in _options(kind):
        function = option(function)
    command: click.Command = click.command(kind.value, cls=Verb, examples=_examples(kind))(function)
    return command


def make(
    work: CliContext,
    kind: ReportKind,
    first: str,
    last: str | None,
    record: bool,
    minutes: int | None,
    mail: str | None,
    workbook: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
    stream: str | None = None,
) -> None:
    """Make a report, write it, and put it on record."""
    chosen = format_of(form, as_json)
    if mail is not None and (output is not None or form is not None or as_json):
        raise BadInput("--mail prints a message of its own", "leave --format and -o out")
    from vsm.features.reports.charts import read_charts
    from vsm.features.reports.report import report, with_charts
    from vsm.report.publish import publish

    of = work.stream(stream) if kind.of_stream else None
    asked = _asked(work, kind, of, first, last, anew=minutes is not None)
    result, anchor = _read(work, asked)
    has_charts = minutes is None and (chosen is Format.HTML or mail is not None)
    charts = read_charts(work.reader, of, result, present=asked.present) if has_charts else ()

    def document() -> Any:
        return with_charts(report(result, minutes=minutes), charts)

    if workbook is not None:
        from vsm.connect.exports.report_xlsx import write_report_workbook

        write_report_workbook(Path(workbook), result)
        note(f"wrote {len(result.facts):,} facts to {workbook}")
    if mail is not None:
        from vsm.connect.exports.report_mail import write_mail

        text = write_mail(report(result, minutes=minutes), document(), mail, result, anchor)
        click.echo(text.encode(), nl=False)
        written, used = text, "mail"
    else:
        used = chosen.value
        written = write_report(
            chosen, output, document, lambda: publish(result), anchor=anchor, of_file=True
        )
    is_kept = record and not work.read_only
    if is_kept and asked.since is None and not result.nothing_changed and minutes is None:
        _record(work, of, result, used, written)


def _asked(
    work: CliContext,
    kind: ReportKind,
    of: ValueStream | None,
    first: str,
    last: str | None,
    *,
    anew: bool,
) -> Asked:
    """The window that options ask for. Raises :class:`BadInput`."""
    from vsm.features.reports.reading import Asked

    zone = of.zone if of is not None else _zone(work)
    now = work.now
    latest = now if work.at_seq is None else time.time_ns() // 1000
    until = now if last is None else min(moment(last, zone, "--to"), latest)
    since = None if first.strip() == LAST else day_or_moment(first, zone, "--since", now)
    if since is not None and since >= until:
        raise BadInput("the report would end before it begins", "give an earlier --since")
    if since is not None and since < day_start(FIRST_DAY, zone) + MARGIN * DAY:
        raise BadInput(f"--since {first} is too early", "give a day from 1901 on")
    return Asked(kind=kind, stream=of, since=since, until=until, present=until >= now, anew=anew)


def _read(work: CliContext, asked: Asked) -> tuple[Report, Anchor]:
    """The report, and where the journal stood: all of it is of one position.

    Where somebody writes meanwhile it is made anew, a few times.
    """
    from vsm.features.reports.reading import read_report

    for _ in range(ATTEMPTS):
        result = read_report(work.reader, asked)
        anchor = work.reader.anchor()
        if anchor.seq == result.seq:
            break
    return result, anchor


def _zone(work: CliContext) -> str:
    """The zone of the first stream, which reports on all of them have."""
    return next((stream.zone for stream in work.reader.all_streams()), "UTC")


def _record(
    work: CliContext, of: ValueStream | None, result: Report, form: str, written: str
) -> None:
    """Put a report on record; whoever may not is told, and has the report all the same."""
    from vsm.features.reports.recording import record_values

    values = record_values(result, None if of is None else of.id, form, written)
    try:
        work.do([AddEntity(MADE_REPORT, values)])
    except VsmError as error:
        note(f"the report is not on record, so the next one begins where the last did: {error}")


weekly = _verb(ReportKind.WEEKLY)
portfolio = _verb(ReportKind.PORTFOLIO)
service = _verb(ReportKind.SERVICE)
governance = _verb(ReportKind.GOVERNANCE)
retro = _verb(ReportKind.RETRO)
handover = _verb(ReportKind.HANDOVER)
