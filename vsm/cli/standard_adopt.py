"""``vsm standard adopt|deviate|drop``: which standard a stream follows, and where it may not."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import (
    complete_agreed,
    complete_differing,
    complete_template,
    json_option,
    stream_option,
)
from vsm.cli.report_change import report
from vsm.cli.times import day_in_words
from vsm.model.command import AddEntity, ChangeEntity, Command, RemoveEntity
from vsm.model.errors import BadInput
from vsm.model.field_types import InvalidValue
from vsm.model.rules import local
from vsm.model.standard import Adoption, Deviation, read_part
from vsm.model.standard_entities import ADOPTION, DEVIATION
from vsm.model.stream import ValueStream


@click.command(
    cls=Verb,
    examples="""
vsm standard adopt scrum --stream Web --reason 'Programme decision of 3 March'
vsm standard adopt scrum --reason 'New version with a test plan'
""",
)
@click.argument("name", metavar="STANDARD", shell_complete=complete_template)
@click.option("--reason", metavar="TEXT", required=True, help="Why; it is recorded.")
@stream_option
@json_option
@pass_context
def adopt(work: CliContext, name: str, reason: str, stream: str | None, as_json: bool) -> None:
    """Have a stream follow a standard.

    Nothing about the stream changes: vsm standard diff says where it differs. Its text of now is
    kept; to follow a later version, adopt it again: agreed deviations stay. Another standard in its
    place ends them.
    """
    from vsm.templates import named, source

    value_stream = work.stream(stream)
    standard = named(name)
    text = source(name)
    values = {"standard": standard.name, "text": text, "reason": reason}
    current = _adoption(work, value_stream)
    if current is None:
        command: Command = AddEntity(ADOPTION, {"only": value_stream.id, **values})
    elif (current.standard, current.text) == (standard.name, text):
        raise BadInput(
            f"{value_stream.name} follows {standard.name} in this version already",
            "compare it: vsm standard diff",
        )
    else:
        command = ChangeEntity(ADOPTION, current.id, values)
    done = work.do([command])
    report(work, done, as_json, stream=value_stream.name, version=standard.version)


@click.command(
    cls=Verb,
    examples="""
vsm standard deviate limit:Build --reason 'Two new people' --until 2027-03-31
vsm standard deviate 'name:Review=Peer check' --reason 'Their word for it'
""",
)
@click.argument("part", shell_complete=complete_differing)
@click.option("--reason", metavar="TEXT", required=True, help="Why; it is recorded.")
@click.option("--until", metavar="DATE", help="Last day: 2027-03-31, +90d [default: open].")
@stream_option
@json_option
@pass_context
def deviate(
    work: CliContext,
    part: str,
    reason: str,
    until: str | None,
    stream: str | None,
    as_json: bool,
) -> None:
    """Agree that a stream deviates in a part.

    PART is what vsm standard diff prints: limit:Build, stage:Triage, control:ready.
    name:STAGE=NAME says that a stage of the standard is called NAME here. Agreeing again changes
    reason and last day.
    """
    value_stream = work.stream(stream)
    today = local(work.now, value_stream.zone).date()
    last = None
    if until is not None and until.strip().casefold() != "none":
        last = day_in_words(until, "--until", today).isoformat()
    chosen = _read(part)
    if _adoption(work, value_stream) is not None:
        chosen = _part_of_diff(work, value_stream, chosen)
    current = _deviation(work, value_stream, chosen)
    if current is None:
        values = {"only": value_stream.id, "part": chosen, "reason": reason, "until": last}
        command: Command = AddEntity(DEVIATION, values)
    else:
        command = ChangeEntity(DEVIATION, current.id, {"reason": reason, "until": last})
    report(work, work.do([command]), as_json, stream=value_stream.name, part=chosen)


def _read(part: str) -> str:
    """The part as people write it; raises :class:`BadInput`."""
    try:
        return read_part("the part", part)
    except InvalidValue as error:
        raise BadInput(error.message, error.remedy) from None


def _part_of_diff(work: CliContext, stream: ValueStream, part: str) -> str:
    """The part as the comparison names it; refuses one that does not differ."""
    from vsm.features.standards.names import adopted_text
    from vsm.features.standards.reading import read_drift

    adoption = _adoption(work, stream)
    assert adoption is not None
    kind, _, names = part.partition(":")
    if kind == "name" and "=" in names:
        standard, _, name = (piece.strip() for piece in names.partition("="))
        asked = {stage.name.casefold(): stage.name for stage in adopted_text(adoption).stages}
        if standard.casefold() not in asked:
            raise BadInput(
                f"{adoption.standard} has no stage {standard!r}",
                f"it has: {', '.join(asked.values())}",
            )
        return f"name:{asked[standard.casefold()]}={work.stage(stream, name).name}"
    drift = read_drift(work.reader, stream, work.now, price=False)
    parts = {line.part.casefold(): line.part for line in drift.lines}
    known = {one.part.casefold(): one.part for one in drift.unused}
    match = parts.get(part.casefold()) or known.get(part.casefold())
    if match is None:
        raise BadInput(
            f"{stream.name} does not differ from {adoption.standard} in {part}",
            f"it differs in: {', '.join(parts.values())}" if parts else "there is nothing to agree",
        )
    return match


@click.command(
    cls=Verb,
    examples="""
vsm standard drop limit:Build
vsm standard drop --stream Web
""",
)
@click.argument("part", required=False, shell_complete=complete_agreed)
@stream_option
@json_option
@pass_context
def drop(work: CliContext, part: str | None, stream: str | None, as_json: bool) -> None:
    """End an agreement, or following the standard.

    With PART the agreed deviation ends. Without it the stream follows its standard no longer, and
    all of its agreements end with it.
    """
    value_stream = work.stream(stream)
    if part is not None:
        chosen = _read(part)
        current = _deviation(work, value_stream, chosen)
        if current is None:
            agreed = work.reader.entities(DEVIATION)
            known = ", ".join(one.part for one in agreed if one.only == value_stream.id)
            raise BadInput(
                f"{value_stream.name} has no agreement on {chosen}",
                f"there are: {known}" if known else "there are none",
            )
        command = RemoveEntity(DEVIATION, current.id)
    else:
        adoption = _adoption(work, value_stream)
        if adoption is None:
            raise BadInput(f"{value_stream.name} follows no standard", "vsm standard list")
        command = RemoveEntity(ADOPTION, adoption.id)
    report(work, work.do([command]), as_json, stream=value_stream.name)


def _adoption(work: CliContext, stream: ValueStream) -> Adoption | None:
    return next((a for a in work.reader.entities(ADOPTION) if a.only == stream.id), None)


def _deviation(work: CliContext, stream: ValueStream, part: str) -> Deviation | None:
    agreed = work.reader.entities(DEVIATION)
    fold = part.casefold()
    return next((d for d in agreed if d.only == stream.id and d.part.casefold() == fold), None)
