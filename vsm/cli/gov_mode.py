"""``vsm gov mode``: how hard the controls of a stream bind, and who decided it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.names import OneOf
from vsm.cli.options import complete_entity, stream_option
from vsm.cli.output import say
from vsm.cli.report_change import report
from vsm.cli.reports import format_of, report_options, write_report
from vsm.cli.times import day, day_in_words
from vsm.model.command import AddEntity
from vsm.model.control.control import Mode
from vsm.model.errors import BadInput
from vsm.model.governance_entities import CONTROL, MODE
from vsm.model.rules import local

if TYPE_CHECKING:
    from vsm.model.control.control import Control
    from vsm.model.stream import ValueStream


def read_stream_day(work: CliContext, stream: ValueStream, text: str, option: str) -> str:
    """An ISO date from a day in words, as it is in the zone of a stream."""
    today = local(work.now, stream.zone).date()
    return day(day_in_words(text, option, today).isoformat(), option).isoformat()


@click.command(
    cls=Verb,
    examples="""
vsm gov mode
vsm gov mode supportive --reason 'pilot of three months' --until +90d
vsm gov mode controlling --control ready --from 2027-01-11 --reason 'agreed'
vsm gov mode directive --lead lea --reason 'recovery plan'
vsm gov mode off --control ready --reason 'it never found anything'
""",
)
@click.argument("value", metavar="[MODE]", type=OneOf(Mode), required=False)
@click.option(
    "--control",
    "name",
    metavar="NAME",
    shell_complete=complete_entity("control"),
    help="Only of this control; its own mode goes before the stream's.",
)
@stream_option
@click.option("--from", "first", metavar="DATE", help="First day [default: today].")
@click.option("--until", "last", metavar="DATE", help="Last day [default: open].")
@click.option("--reason", metavar="TEXT", help="Reason; it is recorded and shown.")
@click.option("--lead", metavar="LOGIN", help="Who leads the stream where the mode is directive.")
@report_options
@pass_context
def mode(
    work: CliContext,
    value: Mode | None,
    name: str | None,
    stream: str | None,
    first: str | None,
    last: str | None,
    reason: str | None,
    lead: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show or set the mode of a stream or of a control.

    MODE is off, supportive (controls advise), controlling (a move that does not pass is refused,
    unless a waiver covers it) or directive (beside that only --lead and the PMO rank items, give
    them to teams, allocate people to those teams, and change at which stages work starts or
    finishes). Without MODE: what holds now, why, since when, and what is announced.
    A mode in the past is refused; one from a later day is announced on the board.
    """
    value_stream = work.stream(stream)
    control = work.find(CONTROL, name) if name is not None else None
    if value is None:
        if any(text is not None for text in (first, last, reason, lead)):
            raise BadInput(
                "no mode was named", f"name one of {', '.join(Mode)}: vsm gov mode supportive …"
            )
        _show(work, value_stream, control, form, as_json, output)
        return
    if form is not None or output is not None:
        raise BadInput("setting a mode makes no report", "leave --format and --output out")
    if not (reason or "").strip():
        raise BadInput("a mode needs a reason, which is recorded", "say why with --reason TEXT")
    values: dict[str, Any] = {
        "only": value_stream.id,
        "control": control.id if control is not None else None,
        "value": value.value,
        "start": read_stream_day(work, value_stream, first or "today", "--from"),
        "until": read_stream_day(work, value_stream, last, "--until") if last else None,
        "reason": reason,
        "lead": lead,
    }
    report(work, work.do([AddEntity(MODE, values)]), as_json)
    if not as_json and value is not Mode.OFF:
        controls = work.reader.entities(CONTROL) if control is None else [control]
        say_idle(value_stream, controls)


def say_idle(stream: ValueStream, controls: Sequence[Control]) -> None:
    """Say which of these controls check nothing in a stream, as they name no stage of it."""
    from vsm.features.governance.idle import idle_sentence, is_idle, missing_stages

    for one in controls:
        if is_idle(one, stream):
            say(idle_sentence(one.name, missing_stages(one, (stream,)), (stream,)))


def _show(
    work: CliContext,
    stream: ValueStream,
    control: Control | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    chosen = format_of(form, as_json)
    from vsm.features.governance.control_reading import read_mode
    from vsm.features.governance.control_report import report_mode
    from vsm.report.publish import publish

    result = read_mode(work.reader, stream, work.now, control)
    write_report(chosen, output, lambda: report_mode(result), lambda: publish(result))
