"""``vsm stream``: value streams."""

from __future__ import annotations

from typing import Any

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.done import report
from vsm.cli.init import report_stream
from vsm.cli.names import NONE
from vsm.cli.options import complete_stage, complete_stream, json_option
from vsm.cli.output import emit, say, show
from vsm.cli.work import Work, paper, pass_work
from vsm.model.command import CreateStream, NewStage, SetStream

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.stream:list_streams", "List the value streams."),
    "show": ("vsm.cli.stream:show_stream", "Show a stream with its stages and edges."),
    "add": ("vsm.cli.stream:add_stream", "Make a value stream from stages that you name."),
    "set": ("vsm.cli.stream:set_stream", "Change name, time zone, prefix or commitment stage."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm stream list
vsm stream add Web --stages 'Open:backlog,Doing:active,Done:done' --tz Europe/Berlin
vsm stream set Web --commit Doing
""",
)
def stream() -> None:
    """List, add, show and change value streams."""


@click.command(cls=Verb, examples="vsm stream list --json")
@json_option
@pass_work
def list_streams(work: Work, as_json: bool) -> None:
    """List the value streams."""
    streams = work.reader.streams()
    if as_json:
        from vsm.cli.shapes import stream_info_shape

        emit([stream_info_shape(s) for s in streams])
        return
    from vsm.text.lists import stream_lines

    show(stream_lines(streams, paper()))


@click.command(cls=Verb, examples="vsm stream show Web --json")
@click.argument("name", required=False, shell_complete=complete_stream)
@json_option
@pass_work
def show_stream(work: Work, name: str | None, as_json: bool) -> None:
    """Show a stream with its stages and edges.

    Without NAME the one used last.
    """
    found = work.stream(name)
    teams = {t.id: t.name for t in work.reader.teams()}
    if as_json:
        from vsm.cli.shapes import stream_shape

        emit(stream_shape(found, teams))
        return
    from vsm.text.lists import stage_lines

    say(f"{found.name}: keys {found.prefix}-1 …, days in {found.zone}")
    show(["", *stage_lines(found, teams, paper())])


@click.command(
    cls=Verb,
    examples="""
vsm stream add Web --stages 'Open:backlog,Ready:queue,Doing:active,Done:done,Dropped:dropped'
vsm stream add Ops --stages 'Inbox:queue,Doing:active,Done:done' --prefix OPS --commit Doing
""",
)
@click.argument("name")
@click.option(
    "--stages",
    metavar="LIST",
    required=True,
    help="NAME:CATEGORY, comma between them, in the order of the flow; categories are backlog,"
    " queue, active, done and dropped.",
)
@click.option(
    "--tz", "zone", metavar="ZONE", default="UTC", show_default=True, help="Time zone of its days."
)
@click.option(
    "--prefix", metavar="KEY", default="", help="What keys begin with [default: from the name]."
)
@click.option(
    "--commit",
    metavar="STAGE",
    help="Stage whose entry starts the clock [default: the first queue or active one].",
)
@json_option
@pass_work
def add_stream(
    work: Work, name: str, stages: str, zone: str, prefix: str, commit: str | None, as_json: bool
) -> None:
    """Make a value stream from stages that you name.

    The database is made where there is none yet.
    """
    from vsm.exchange.mapping import parse_stages

    made = tuple(NewStage(name, category) for name, category in parse_stages(stages).stages)
    command = CreateStream(name, made, zone, prefix, commit)
    report_stream(work, work.do([command], create=True), as_json)


@click.command(
    cls=Verb,
    examples="""
vsm stream set Web --name 'Web shop' --tz Europe/Berlin
vsm stream set Web --commit none
""",
)
@click.argument("stream_name", metavar="NAME", shell_complete=complete_stream)
@click.option("--name", metavar="TEXT", help="New name.")
@click.option("--tz", "zone", metavar="ZONE", help="Time zone of its days.")
@click.option("--prefix", metavar="KEY", help="What new keys begin with.")
@click.option(
    "--commit",
    metavar="STAGE",
    shell_complete=complete_stage,
    help="Stage whose entry starts the clock; none: the first queue or active one.",
)
@json_option
@pass_work
def set_stream(
    work: Work,
    stream_name: str,
    name: str | None,
    zone: str | None,
    prefix: str | None,
    commit: str | None,
    as_json: bool,
) -> None:
    """Change name, time zone, prefix or commitment stage."""
    found = work.stream(stream_name)
    given = {"name": name, "zone": zone, "prefix": prefix}
    changes: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
    if commit is not None:
        none = commit.strip().casefold() == NONE and found.find(commit) is None
        changes["commitment"] = None if none else work.stage(found, commit).id
    if not changes:
        raise click.UsageError(
            "give something to change: --name, --tz, --prefix or --commit",
            click.get_current_context(),
        )
    done = work.do([SetStream(found.id, changes)])
    if as_json:
        report_stream(work, done, as_json)
    else:
        report(work, done, as_json)
