"""``vsm export`` and its counterpart ``vsm import journal``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from vsm.cli.base import Interrupted, Noun, Verb
from vsm.cli.options import json_option
from vsm.cli.output import emit, note, say
from vsm.cli.progress import Progress
from vsm.cli.work import Work, pass_work

_F = TypeVar("_F", bound=Callable[..., Any])

VERBS: dict[str, tuple[str, str]] = {
    "journal": ("vsm.cli.exports:export_journal", "Export every entry of the journal."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    subcommand_metavar="FORMAT [OPTIONS]",
    examples="""
vsm export journal -o vsm.jsonl.gz
""",
)
def exports() -> None:
    """Write items, histories or the whole journal to a file.

    A file is there whole or not at all; one of the same name is replaced. A name that ends in
    .gz is packed. Without -o, or with -o -, it is written to standard output.
    """


def output_option(function: _F) -> _F:
    """Where an export goes."""
    return click.option(
        "-o",
        "--output",
        "output",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="File to write; - is standard output [default: -].",
    )(function)


@click.command(
    "journal",
    cls=Verb,
    examples="""
vsm export journal -o vsm.jsonl.gz
vsm export journal | sha256sum
""",
)
@output_option
@pass_work
def export_journal(work: Work, output: Path | None) -> None:
    """Export every entry of the journal.

    One entry a line, as JSON: all that ever happened, who did it and when. vsm import journal
    makes the same database from it, to the last hash.
    """
    from vsm.exchange.target import target

    reader, done = work.reader, -1
    with Progress("Exporting") as progress, target(output) as out:
        total = reader.position()
        for line in reader.journal_lines():
            out.write(line + "\n")
            done += 1
            progress.tell(done, max(done, total))
    told(output, f"{done:,} entries")


@click.command(
    "journal",
    cls=Verb,
    examples="""
vsm --db copy.db import journal vsm.jsonl.gz
""",
)
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_work
def import_journal(work: Work, file: Path, as_json: bool) -> None:
    """Make a database from an exported journal.

    The database must be new or empty. Every hash is checked: the file is taken as it was
    exported, or not at all.
    """
    from vsm.exchange.source import Source

    try:
        with Progress("Importing") as progress, Source(file) as source:
            session = work.session(create=True)
            entries = session.import_journal(source.lines(), source.name, progress=progress.tell)
    except KeyboardInterrupt:
        raise Interrupted("interrupted; nothing was imported") from None
    if as_json:
        emit({"database": str(work.path), "file": str(file), "entries": entries})
    else:
        say(f"made {work.path} from {entries:,} journal entries")


def told(output: Path | None, what: str) -> None:
    """Tell a person what has been written where, beside the export itself."""
    if output is not None and str(output) != "-":
        note(f"wrote {what} to {output}")
