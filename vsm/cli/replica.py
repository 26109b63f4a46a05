"""``vsm replica follow|rebuild|salvage``: looking after the replica of a journal server."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.cluster import need_psycopg
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import json_option
from vsm.cli.output import emit, say
from vsm.cli.progress import Progress
from vsm.model.errors import EnvironmentProblem

VERBS: dict[str, tuple[str, str]] = {
    "follow": ("vsm.cli.replica:follow", "Keep the replica current, until stopped."),
    "rebuild": ("vsm.cli.replica:rebuild", "Make the replica anew from its server."),
    "salvage": (
        "vsm.cli.replica:salvage",
        "Write down what only this machine has, as commands to be done again.",
    ),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm replica follow
vsm replica salvage lost.sh
vsm replica rebuild
""",
)
def replica() -> None:
    """Look after the replica of a journal server on this machine."""


@click.command(cls=Verb, examples="vsm replica follow")
@click.option("--while-used", is_flag=True, help="End when no board has been open for a while.")
@pass_context
def follow(work: CliContext, while_used: bool) -> None:
    """Keep the replica current, until stopped.

    One process a machine. A board starts one where none runs; as a service it also runs while no
    board is open. The role vsm_reader is enough for it.
    """
    need_psycopg()
    from vsm.store.server.follower import follow as keep_current

    path = work.existing()
    ended = False

    def end(*_: object) -> None:
        nonlocal ended
        ended = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if not keep_current(path, while_used=while_used, stop=lambda: ended) and not while_used:
        raise EnvironmentProblem(f"another process follows for {path} already", "")


@click.command(cls=Verb, examples="vsm replica rebuild")
@json_option
@pass_context
def rebuild(work: CliContext, as_json: bool) -> None:
    """Make the replica anew from its server.

    Needed where it is damaged, or has another history than the server: save what only it has
    first, with vsm replica salvage. The old file is kept beside it.
    """
    need_psycopg()
    work.refuse_read_only()
    from vsm.store.server.setup import rebuild as build

    path = work.existing()
    with Progress("Fetching the journal") as progress:
        entries, kept = build(path, work.me(), progress.tell)
    if as_json:
        emit({"database": str(path), "entries": entries, "kept": str(kept) if kept else None})
        return
    say(f"{path} is a replica with all {entries:,} entries of the journal")
    if kept is not None:
        say(f"what was there is kept as {kept}")


@click.command(cls=Verb, examples="vsm replica salvage lost.sh\nvsm replica salvage -")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@json_option
@pass_context
def salvage(work: CliContext, file: Path, as_json: bool) -> None:
    """Write down what only this machine has, as commands to be done again.

    For a replica whose server lost changes that were acknowledged here. Changes that no command
    can repeat stand as comments, each with who did it and when. Nothing is done by itself: read
    the file first, as others may have gone on meanwhile.
    """
    need_psycopg()
    from vsm.store.server.salvage import salvaged

    saved = salvaged(work.existing())
    text = "\n".join(saved.lines) + "\n"
    if str(file) == "-":
        click.echo(text, nl=False)
    else:
        from vsm.connect.exports.atomic_output import target

        with target(file) as out:
            out.write(text)
    if as_json and str(file) != "-":
        emit({"file": str(file), "first": saved.first, "last": saved.last, "groups": saved.groups})
    elif str(file) != "-":
        say(
            f"{saved.groups:,} groups of changes, entries {saved.first:,} to {saved.last:,}, are in"
            f" {file}"
            if saved.groups
            else "nothing: the server has all entries that are here"
        )
