"""``vsm gov show|facts|library|add|set|remove``: controls, those that ship, what they may read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.entity_verbs import remove_verb, set_verb
from vsm.cli.gov import VERBS
from vsm.cli.names import candidates, pick
from vsm.cli.options import complete_control, json_option, stream_option
from vsm.cli.output import say
from vsm.cli.report_change import report
from vsm.cli.reports import format_of, report_options, write_report
from vsm.controls import read_file, shipped, source
from vsm.model.command import AddEntity
from vsm.model.errors import BadInput
from vsm.model.field_types import InvalidValue
from vsm.model.governance_entities import CONTROL, MODE

if TYPE_CHECKING:
    from vsm.model.control.control import Control


def is_file(name: str) -> bool:
    """Whether a control is named by its file."""
    return name.endswith(".toml") or "/" in name


def unset(values: Mapping[str, Any], where: str) -> Control:
    """A control that is not set, from its values; raises :class:`BadInput` where it cannot be."""
    from vsm.features.governance.control_reading import make_control

    try:
        return make_control(values)
    except InvalidValue as error:
        raise BadInput(f"{where}: {error.message}", error.remedy) from None


def find_control(work: CliContext, name: str) -> Control:
    """A control by name: one that is set, else one that comes with vsm, or that of a file."""
    if is_file(name):
        return unset(read_file(Path(name)), name)
    library = shipped()
    known: list[tuple[str, Control | None]] = []
    known += [(control.name, control) for control in work.reader.entities(CONTROL)]
    names = {key.casefold() for key, _ in known}
    both = known + [(key, None) for key in library if key.casefold() not in names]
    if not candidates(name, both):
        titles = [(control.title, control) for _, control in known if control is not None]
        both = [*candidates(name, titles)] or both
    if not known and not candidates(name, both):
        source(name)  # which says what there is
    control = pick("control", name, both)
    shipped_name = candidates(name, both)[0][0]
    return control or unset(library[shipped_name], shipped_name)


@click.command(
    cls=Verb,
    examples="""
vsm gov show ready
vsm gov show chg-approved --toml > ours.toml
vsm gov show ready --format md -o ready.md
""",
)
@click.argument("name", metavar="CONTROL", shell_complete=complete_control)
@stream_option
@click.option("--toml", "as_toml", is_flag=True, help="Print it as a TOML file, to change it.")
@report_options
@pass_context
def show_control(
    work: CliContext,
    name: str,
    stream: str | None,
    as_toml: bool,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show a control, its verdicts and its cost.

    Its rule and examples, why it is there, its modes with who decided them, the last verdicts,
    waivers, and its cost by month in the stream. One that comes with vsm can be shown before it
    is set.
    """
    if as_toml:
        _print_toml(work, name, form, as_json, output)
        return
    chosen = format_of(form, as_json)
    from vsm.features.governance.control_reading import read_control_detail
    from vsm.features.governance.control_report import report_control
    from vsm.report.publish import publish

    control = find_control(work, name)
    value_stream = work.stream(stream)
    result = read_control_detail(work.reader, value_stream, control, work.now)
    write_report(
        chosen, output, lambda: report_control(result, value_stream.zone), lambda: publish(result)
    )


def _print_toml(
    work: CliContext, name: str, form: str | None, as_json: bool, output: Path | None
) -> None:
    from vsm.controls.writing import control_text
    from vsm.model.sanitise import inert

    if form is not None or as_json:
        raise BadInput("--toml is a format of its own", "leave --format and --json out")
    control = find_control(work, name)
    is_shipped = not control.id and not is_file(name)
    text = inert(source(control.name)) if is_shipped else control_text(control)
    if output is None or str(output) == "-":
        click.echo(text.encode(), nl=False)
        return
    from vsm.connect.exports.atomic_output import target

    with target(output) as out:
        out.write(text)


@click.command(
    cls=Verb,
    examples="""
vsm gov facts
vsm gov facts --json | jq -r '.facts[].fact'
""",
)
@report_options
@pass_context
def facts(work: CliContext, form: str | None, as_json: bool, output: Path | None) -> None:
    """List the facts that a control may read.

    The list is frozen: facts are added with a new version, none is taken out.
    """
    chosen = format_of(form, as_json)
    from vsm.features.governance.control_reading import read_facts
    from vsm.features.governance.control_report import report_facts
    from vsm.report.publish import publish

    result = read_facts()
    write_report(chosen, output, lambda: report_facts(result), lambda: publish(result))


@click.command(cls=Verb, examples="vsm gov library")
@report_options
@pass_context
def library(work: CliContext, form: str | None, as_json: bool, output: Path | None) -> None:
    """List the controls that come with vsm."""
    chosen = format_of(form, as_json)
    from vsm.features.governance.control_reading import read_library
    from vsm.features.governance.control_report import report_library
    from vsm.report.publish import publish

    result = read_library(shipped(), work.reader.entities(CONTROL))
    write_report(chosen, output, lambda: report_library(result), lambda: publish(result))


@click.command(
    cls=Verb,
    examples="""
vsm gov add ready chg-approved
vsm gov add ours.toml --owner lea
""",
)
@click.argument("names", metavar="NAME|FILE.toml...", nargs=-1, required=True)
@click.option("--owner", metavar="LOGIN", help="Who answers for them.")
@json_option
@pass_context
def add_controls(
    work: CliContext, names: tuple[str, ...], owner: str | None, as_json: bool
) -> None:
    """Set controls of the library, or from files.

    A file is called as its control. One whose rule cannot be read, or whose examples lead to
    another verdict, is refused with the place. A control checks nothing before a mode says so.
    """
    library = shipped()
    commands = []
    for name in dict.fromkeys(names):
        if is_file(name):
            values = read_file(Path(name))
            unset(values, name)  # refused with the name of the file
        elif name not in library:
            source(name)  # which says what there is
            continue
        else:
            values = library[name]
        commands.append(AddEntity(CONTROL, {**values, **({"owner": owner} if owner else {})}))
    done = work.do(commands)
    report(work, done, as_json)
    if not as_json:
        _say_missing_stages(work, [command.values["name"] for command in commands])
    if not as_json and not work.reader.entities(MODE):
        say("Nothing is checked before a mode is set: vsm gov mode supportive --reason TEXT")


def _say_missing_stages(work: CliContext, names: list[str]) -> None:
    """Say of controls which stages they name that are nowhere."""
    from vsm.features.governance.idle import idle_sentence, missing_stages

    known = [work.reader.stream(info.id) for info in work.reader.streams()]
    streams = [stream for stream in known if stream is not None]
    for control in work.reader.entities(CONTROL):
        missing = missing_stages(control, streams)
        if control.name in names and missing and streams:
            say(idle_sentence(control.name, missing, streams))


def _read_file(name: str) -> tuple[str, dict[str, Any]] | None:
    if not is_file(name):
        return None
    values = read_file(Path(name))
    unset(values, name)
    return str(values.pop("name")), values


set_control = set_verb(
    CONTROL,
    f"""{VERBS["set"][1]}

    Every change makes a new version; verdicts keep the one that they were made by. A file is
    called as the control that it changes.
    """,
    examples="""
vsm gov set ready --severity medium --remedy 'ask the product owner'
vsm gov show ready --toml > ready.toml && vsm gov set ready.toml
vsm gov set ready --filter 'type:feature'
""",
    without=("examples",),
    read_file=_read_file,
)


remove_controls = remove_verb(
    CONTROL,
    f"""{VERBS["remove"][1]}

    One with modes, waivers or verdicts stays on record: vsm gov mode off --control NAME.
    """,
    examples="vsm gov remove ready",
)
