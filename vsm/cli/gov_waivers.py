"""``vsm gov waive|waivers``: permits not to pass a control, asked for and answered."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from vsm.cli.base import NounOrList, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.entity_verbs import names_of
from vsm.cli.gov_mode import read_stream_day
from vsm.cli.json_views import entity_shape
from vsm.cli.options import complete_entity, complete_key, complete_stream, json_option
from vsm.cli.output import say
from vsm.cli.report_change import report
from vsm.cli.reports import format_of, report_options, write_report
from vsm.model.command import AddEntity, ChangeEntity
from vsm.model.control.control import WAIVED_DAYS, WaiverState
from vsm.model.errors import BadInput
from vsm.model.governance_entities import CONTROL, WAIVER


@click.command(
    cls=Verb,
    examples="""
vsm gov waive ready --item PAY-131 --until +14d --reason 'owner is on leave'
vsm gov waive chg-approved --label pilot --stream Web --reason 'one reviewer'
vsm gov waive ready --stream Web --until 2027-01-31 --reason 'migration weeks'
""",
)
@click.argument("name", metavar="CONTROL", shell_complete=complete_entity("control"))
@click.option("--item", "key", metavar="KEY", shell_complete=complete_key, help="For this item.")
@click.option("--label", metavar="NAME", help="For items with this label.")
@click.option(
    "--stream",
    metavar="NAME",
    shell_complete=complete_stream,
    help="For this stream; with --label for items of it, with --item for a transfer to it.",
)
@click.option("--reason", metavar="TEXT", required=True, help="Why; it is recorded.")
@click.option("--from", "first", metavar="DATE", help="First day [default: today].")
@click.option(
    "--until", "last", metavar="DATE", help="Last day, at most 90 later [default: 30 days later]."
)
@json_option
@pass_context
def waive(
    work: CliContext,
    name: str,
    key: str | None,
    label: str | None,
    stream: str | None,
    reason: str,
    first: str | None,
    last: str | None,
    as_json: bool,
) -> None:
    """Ask for a waiver of a control.

    It covers an item, items with a label, or a whole stream, once somebody else has granted it:
    vsm gov waivers grant NO. Nothing is waived for ever: 90 days at most.
    """
    control = work.find(CONTROL, name)
    if key is None and label is None and stream is None:
        raise BadInput(
            "the waiver covers nothing", "give --item KEY, --label NAME or --stream NAME"
        )
    if key is not None and label is not None:
        raise BadInput("a waiver of an item covers it alone", "leave --label out")
    item = work.item(key) if key is not None else None
    if item is not None and stream is None:
        value_stream = work.reader.stream(item.stream)
    else:
        value_stream = work.stream(stream)
    if value_stream is None:
        raise BadInput("the stream has just gone", "vsm stream list")
    start = read_stream_day(work, value_stream, first or "today", "--from")
    if last is None:
        until = (date.fromisoformat(start) + timedelta(days=WAIVED_DAYS)).isoformat()
    else:
        until = read_stream_day(work, value_stream, last, "--until")
    values: dict[str, Any] = {
        "control": control.id,
        "only": value_stream.id,
        "key": item.key if item is not None else "",
        "label": label or "",
        "reason": reason,
        "start": start,
        "until": until,
    }
    done = work.do([AddEntity(WAIVER, values)])
    waiver = work.reader.entities(WAIVER)[-1]
    if as_json:
        report(work, done, as_json, waiver=entity_shape(WAIVER, waiver, names_of(work, WAIVER)))
    else:
        say(f"asked for waiver {waiver.number} of {control.name} for {waiver.scope}, until {until}")
        say(f"Somebody else who leads grants it: vsm gov waivers grant {waiver.number}")


# -- waivers --------------------------------------------------------------------------------

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.gov_waivers:list_waivers", "List waivers, those to be answered first."),
    "grant": ("vsm.cli.gov_waivers:grant", "Grant waivers that others asked for."),
    "refuse": ("vsm.cli.gov_waivers:refuse", "Refuse waivers that others asked for."),
    "withdraw": ("vsm.cli.gov_waivers:withdraw", "Withdraw waivers, asked for or granted."),
}


@click.group(
    cls=NounOrList,
    verbs=VERBS,
    examples="""
vsm gov waivers
vsm gov waivers grant 7
vsm gov waivers withdraw 7
""",
)
def waivers() -> None:
    """List, grant, refuse and withdraw waivers."""


@click.command(cls=Verb, examples="vsm gov waivers list --stream Web --json")
@click.option(
    "--stream", metavar="NAME", shell_complete=complete_stream, help="Only of this stream."
)
@report_options
@pass_context
def list_waivers(
    work: CliContext, stream: str | None, form: str | None, as_json: bool, output: Path | None
) -> None:
    """List waivers, those to be answered first."""
    chosen = format_of(form, as_json)
    from vsm.features.governance.reading import read_waivers
    from vsm.features.governance.report import report_waivers
    from vsm.features.governance.results import Waivers
    from vsm.report.publish import publish

    value_stream = work.stream(stream) if stream is not None else None
    zone = value_stream.zone if value_stream is not None else "UTC"
    rows = read_waivers(work.reader, work.now, zone, value_stream)
    name = value_stream.name if value_stream is not None else None
    result = Waivers(stream=name, waivers=tuple(rows))
    write_report(chosen, output, lambda: report_waivers(result), lambda: publish(result))


def _answer_verb(state: WaiverState, verb: str, past: str) -> click.Command:
    @click.command(cls=Verb, help=VERBS[verb][1], examples=f"vsm gov waivers {verb} 7")
    @click.argument(
        "numbers",
        metavar="NO...",
        nargs=-1,
        required=True,
        shell_complete=complete_entity("waiver"),
    )
    @json_option
    @pass_context
    def change(work: CliContext, numbers: tuple[str, ...], as_json: bool) -> None:
        chosen = [work.find(WAIVER, number) for number in dict.fromkeys(numbers)]
        done = work.do([ChangeEntity(WAIVER, one.id, {"state": state.value}) for one in chosen])
        if as_json:
            names, ids = names_of(work, WAIVER), {one.id for one in chosen}
            now = [one for one in work.reader.entities(WAIVER) if one.id in ids]
            shapes = [entity_shape(WAIVER, one, names) for one in now]
            report(work, done, as_json, waivers=shapes)
            return
        controls = names_of(work, WAIVER)["control"]
        for one in chosen:
            say(f"{past} waiver {one.number} of {controls.get(one.control)} for {one.scope}")

    return change


grant = _answer_verb(WaiverState.GRANTED, "grant", "granted")
refuse = _answer_verb(WaiverState.REFUSED, "refuse", "refused")
withdraw = _answer_verb(WaiverState.WITHDRAWN, "withdraw", "withdrew")
