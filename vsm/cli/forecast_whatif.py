"""``vsm forecast whatif``: a change of a stream before it is made."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import complete_entity, stream_option
from vsm.cli.output import note
from vsm.cli.reports import format_of, report_options, write_report
from vsm.features.simulate.options import MOST_ITEMS, Options, parse_options, read_request
from vsm.features.simulate.plans import check_stream, save_plan
from vsm.features.simulate.reading import read_what_if
from vsm.features.simulate.request import MOST_WEEKS, WEEKS
from vsm.model.entities import PLAN
from vsm.model.errors import BadInput
from vsm.model.pin import Plan
from vsm.model.rules import local
from vsm.model.stream import ValueStream


@click.command(
    cls=Verb,
    examples="""
vsm forecast whatif --limit Review=3
vsm forecast whatif --slots Review=+1 --arrivals 120%
vsm forecast whatif --absence Build=1@2-4 --weeks 8
vsm forecast whatif --slots Review=+1 --items 40 --by 2027-01-31
vsm forecast whatif --slots Review=+1 --limit Build=4 --save 'Help review'
vsm forecast whatif --plan 'Help review' --arrivals 120%
vsm forecast whatif --rework 50% --json | jq '.figures[] | .figure, .change'
""",
)
@stream_option
@click.option(
    "--limit", "limits", multiple=True, metavar="STAGE=N", help="Another WIP limit; N may be none."
)
@click.option(
    "--slots", "slots", multiple=True, metavar="STAGE=+N", help="Parallel slots more, or fewer: -N."
)
@click.option("--arrivals", metavar="PERCENT", help="Arrivals, of what they are: 120%.")
@click.option("--rework", metavar="PERCENT", help="Rework, of what it is: 50%.")
@click.option(
    "--absence",
    "absences",
    multiple=True,
    metavar="STAGE=N@WEEKS",
    help="Slots that are missing in some weeks: Build=1@2-4.",
)
@click.option(
    "--weeks",
    type=click.IntRange(1, MOST_WEEKS),
    help=f"Weeks to play [default: {WEEKS}].",
)
@click.option(
    "--items", type=click.IntRange(1, MOST_ITEMS), help="The odds that so many items are finished."
)
@click.option(
    "--by",
    metavar="DATE",
    help="The day by whose end they are: fri, +2w, 2027-01-31 [default: the last].",
)
@click.option(
    "--as-of",
    "as_of",
    metavar="WHEN",
    help="Play from the end of a date, or from a moment on [default: now].",
)
@click.option(
    "--plan",
    metavar="NAME",
    shell_complete=complete_entity("plan"),
    help="Play a saved plan; other options come on top of it.",
)
@click.option("--save", metavar="NAME", help="Save the change as a plan.")
@report_options
@pass_context
def whatif(
    work: CliContext,
    stream: str | None,
    limits: tuple[str, ...],
    slots: tuple[str, ...],
    arrivals: str | None,
    rework: str | None,
    absences: tuple[str, ...],
    weeks: int | None,
    items: int | None,
    by: str | None,
    as_of: str | None,
    plan: str | None,
    save: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Play a change of a stream before it is made: throughput, cycle time, WIP.

    The stream is fitted to its history and played many times, as it is and with the change, with
    the same work. Ranges hold 80% of the plays; the change is the difference of each pair.
    """
    saved = None if plan is None else work.find(PLAN, plan)
    value_stream = work.stream(stream) if stream or saved is None else _stream_of(work, saved)
    if saved is not None:
        check_stream(work.reader, saved, value_stream)
    chosen = format_of(form, as_json)
    at = read_as_of(as_of, value_stream)
    moment = work.now if at is None else at
    options = Options(
        limit=limits,
        slots=slots,
        absence=absences,
        arrivals=arrivals,
        rework=rework,
        weeks=None if weeks is None else str(weeks),
        items=None if items is None else str(items),
        by=by,
    )
    if saved is not None:
        options = options.over(parse_options(saved.options))
    today = local(moment, value_stream.zone).date()
    request = read_request(options, lambda name: work.stage(value_stream, name), today)
    if save is not None:
        request.check(value_stream)
        command = save_plan(work.reader, save, value_stream, request)
        note(work.do([command]).label)
    result = read_what_if(work.reader, value_stream, request, as_of=moment, present=at is None)
    from vsm.features.simulate.report import report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: report(result),
        lambda: publish(result),
        about=as_of_words(work, value_stream, at),
    )


def _stream_of(work: CliContext, plan: Plan) -> ValueStream:
    stream = None if plan.only is None else work.reader.stream(plan.only)
    if plan.only is None:
        raise BadInput(
            f"{plan.name} is a plan of teams", f"try it with: vsm capacity --plan {plan.name!r}"
        )
    if stream is None:
        raise BadInput(f"the stream of the plan {plan.name} is gone", "give --stream")
    return stream
