"""``vsm gov check|shadow|cost``: what controls say of a move, of the past, and what they cost."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.as_of import read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.failures import REFUSED
from vsm.cli.gov_controls import find_control
from vsm.cli.options import (
    as_of_option,
    complete_control,
    complete_key,
    complete_stage,
    stream_option,
)
from vsm.cli.reports import format_of, report_options, write_report
from vsm.model.command import RecordCheck
from vsm.model.errors import BadInput
from vsm.model.item import Item
from vsm.model.stream import Category, Stage, ValueStream

SHADOW_DAYS_MAX = 3660
"""Most days of a replay: about ten years."""


@click.command(
    cls=Verb,
    examples="""
vsm gov check PAY-131
vsm gov check PAY-131 --to Released
vsm gov check PAY-131 --record
vsm gov check PAY-131 --json | jq -r '.results[] | .control, .verdict'
""",
)
@click.argument("key", metavar="ITEM", shell_complete=complete_key)
@click.option(
    "--to",
    "stage",
    metavar="STAGE",
    shell_complete=complete_stage,
    help="Stage that it is to enter [default: the next one].",
)
@click.option(
    "--record",
    "is_recorded",
    is_flag=True,
    help="Put the verdicts on record, as a check by hand.",
)
@report_options
@pass_context
def check(
    work: CliContext,
    key: str,
    stage: str | None,
    is_recorded: bool,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Check what controls say of a move before it is made.

    Facts that are not on record are named, with what to do. The exit code is 1 where the move would
    be refused, so pipelines can ask. Nothing is recorded without --record; with it the verdicts
    stand in reports as a check by hand, with who and when. That is no gate: it counts in no cost,
    and undo leaves it.
    """
    chosen = format_of(form, as_json)
    from vsm.features.governance.reading import read_check
    from vsm.features.governance.report import report_check
    from vsm.report.publish import publish

    item = work.item(key)
    stream = work.reader.stream(item.stream)
    if stream is None:
        raise BadInput(f"the stream of {item.key} has just gone", "vsm stream list")
    target = work.stage(stream, stage) if stage is not None else _next(stream, item)
    if target.id == item.stage:
        raise BadInput(f"{item.key} is already in {target.name}", "name another stage: --to STAGE")
    recorded = None
    if is_recorded:
        (change,) = work.do([RecordCheck(item.id, target.id)]).changes
        recorded = change.seq
    result = read_check(work.reader, item, stream, target, work.now, recorded)
    write_report(chosen, output, lambda: report_check(result), lambda: publish(result))
    if result.is_refused:
        click.get_current_context().exit(REFUSED)


def _next(stream: ValueStream, item: Item) -> Stage:
    """The stage after that of an item."""
    at = stream.index[item.stage]
    later = (s for s in stream.line if stream.index[s.id] > at and not s.category.ended)
    done = (s for s in stream.line if stream.index[s.id] > at and s.category is Category.DONE)
    stage = next(later, None) or next(done, None)
    if stage is None:
        raise BadInput(
            f"{item.key} is in {stream.stage(item.stage).name}, which no stage follows",
            "name the stage: --to STAGE",
        )
    return stage


@click.command(
    cls=Verb,
    examples="""
vsm gov shadow ready
vsm gov shadow ours.toml --days 180 --stream Web
vsm gov shadow chg-approved --json | jq '.precision'
""",
)
@click.argument("name", metavar="CONTROL|FILE.toml", shell_complete=complete_control)
@click.option(
    "--days",
    type=click.IntRange(1, SHADOW_DAYS_MAX),
    default=90,
    show_default=True,
    metavar="N",
    help="Days of the past.",
)
@as_of_option("End of the days, for a history that ended long ago [default: now].")
@stream_option
@report_options
@pass_context
def shadow(
    work: CliContext,
    name: str,
    days: int,
    as_of: str | None,
    stream: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Replay a control over the past of a stream.

    The control need not be set. For each move that calls for it: whether it would have been
    stopped, by the facts of then, whether that entry proved bad within 30 days (it went back, was
    reopened, or a defect was linked), and how long it would have waited.
    """
    chosen = format_of(form, as_json)
    from vsm.features.governance.report import report_shadow
    from vsm.features.governance.shadow import read_shadow
    from vsm.report.publish import publish

    control, value_stream = find_control(work, name), work.stream(stream)
    end = read_as_of(as_of, value_stream)
    now = work.now if end is None else min(end, work.now)
    result = read_shadow(work.reader, value_stream, control, now, days)
    write_report(chosen, output, lambda: report_shadow(result), lambda: publish(result))


@click.command(
    cls=Verb,
    examples="""
vsm gov cost
vsm gov cost --json | jq '.controls[] | .control, .proposal'
""",
)
@stream_option
@report_options
@pass_context
def cost(
    work: CliContext, stream: str | None, form: str | None, as_json: bool, output: Path | None
) -> None:
    """Show what gates cost, and whether they find anything.

    By control and month of the last six: moves checked, failed, refused, waived, passed in an
    emergency, and the days from the first refused try to the one that passed, less time blocked.
    A gate that costs and never finds what proves bad is proposed for retirement. Beside that: how
    long whoever leads takes to answer waivers.
    """
    chosen = format_of(form, as_json)
    from vsm.features.governance.cost_report import report_costs
    from vsm.features.governance.reading import read_costs
    from vsm.report.publish import publish

    result = read_costs(work.reader, work.stream(stream), work.now)
    write_report(chosen, output, lambda: report_costs(result), lambda: publish(result))


@click.command(
    cls=Verb,
    examples="""
vsm gov risks
vsm gov risks --json | jq '.risks[] | .item, .lacks'
""",
)
@stream_option
@report_options
@pass_context
def risks(
    work: CliContext, stream: str | None, form: str | None, as_json: bool, output: Path | None
) -> None:
    """List items that lack facts near a gate or due date.

    Of open items with personal data (attested) or a security label: which control they would not
    pass now, what is missing, and why it matters soon: the gate is at most two stages away, or the
    due date at most six weeks.
    """
    chosen = format_of(form, as_json)
    from vsm.features.governance.risk_report import report_risks
    from vsm.features.governance.risks import read_compliance_risks
    from vsm.report.publish import publish

    result = read_compliance_risks(work.reader, work.stream(stream), work.now)
    write_report(chosen, output, lambda: report_risks(result), lambda: publish(result))
