"""``vsm export`` and its counterpart ``vsm import journal``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.failures import Interrupted
from vsm.cli.options import complete_stream, filter_option, json_option, view_option
from vsm.cli.output import emit, note, say
from vsm.cli.progress import Progress
from vsm.model.errors import BadInput

if TYPE_CHECKING:
    from vsm.connect.exports.export import Written
    from vsm.features.snapshots.results import Snapshot
    from vsm.model.query_tree import Query
    from vsm.model.stream import ValueStream

_F = TypeVar("_F", bound=Callable[..., Any])

VERBS: dict[str, tuple[str, str]] = {
    "snapshot": ("vsm.cli.exports:snapshot", "Export streams, items and figures as JSON."),
    "csv": ("vsm.cli.exports:items", "Export items with their flow as CSV."),
    "events": ("vsm.cli.exports:events", "Export every entry into a stage as CSV."),
    "actionableagile": (
        "vsm.cli.exports:actionableagile",
        "Export ActionableAgile CSV: one date per stage.",
    ),
    "map": (
        "vsm.cli.map_export:export_map",
        "Export the value stream map as Mermaid, DOT or JSON.",
    ),
    "journal": ("vsm.cli.exports:export_journal", "Export every entry of the journal."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    subcommand_metavar="FORMAT [OPTIONS]",
    examples="""
vsm export snapshot -o today.json
vsm export snapshot --stream Web --as-of 2026-03-31 -o march.json
vsm export csv --stream Web -o web.csv
vsm export events | head
vsm export map --format mermaid -o web.mmd
vsm export journal -o vsm.jsonl.gz
""",
)
def exports() -> None:
    """Write items, histories or the whole journal to a file.

    A file is written completely or not at all; an existing file is replaced. A name that ends
    in .gz is compressed. Without -o, or with -o -, it goes to standard output.
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


def what_options(function: _F) -> _F:
    """Of what an export tells, and as of when."""
    for option in reversed(
        (
            click.option(
                "--stream",
                metavar="NAME",
                shell_complete=complete_stream,
                help="Only this value stream [default: all].",
            ),
            click.option(
                "--as-of",
                "as_of",
                metavar="WHEN",
                help="As of a date (its end) or a moment [default: now].",
            ),
            filter_option,
            view_option,
            output_option,
        )
    ):
        function = option(function)
    return function


@click.command(
    cls=Verb,
    examples="""
vsm export snapshot -o today.json
vsm export snapshot --stream Web --as-of 2026-03-31 -o march.json
vsm export snapshot --filter team:core -o core.json
vsm export snapshot | jq '.streams[].metrics.cycle_time_days.p85'
""",
)
@what_options
@pass_context
def snapshot(
    work: CliContext,
    stream: str | None,
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    output: Path | None,
) -> None:
    """Export streams, items and figures as JSON.

    Stages of items and all figures are as of the moment; titles and other fields are current.
    With a filter, items, links and figures are of what matches; the WIP of a stage is of all.
    docs/snapshot.schema.json describes the format. vsm snapshot diff compares two snapshots.
    """
    query = work.query(work.filter(filter_text, view))
    _export(work, "snapshot", _one(work, stream), as_of, output, query=query)


@click.command(
    "csv",
    cls=Verb,
    examples="""
vsm export csv -o items.csv
vsm export csv --stream Web --as-of 2026-03-31
vsm export csv --filter 'is:open overdue'
""",
)
@what_options
@pass_context
def items(
    work: CliContext,
    stream: str | None,
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    output: Path | None,
) -> None:
    """Export items with their flow as CSV.

    One row per item. Text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    query = work.query(work.filter(filter_text, view))
    _export(work, "csv", _one(work, stream), as_of, output, query=query)


@click.command(
    cls=Verb,
    examples="""
vsm export events --stream Web -o web-events.csv
vsm --db copy.db import csv web-events.csv --stream Web
""",
)
@what_options
@pass_context
def events(
    work: CliContext,
    stream: str | None,
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    output: Path | None,
) -> None:
    """Export every entry into a stage as CSV.

    One row per entry: case, activity, time. Process-mining tools and vsm import csv read it.
    """
    query = work.query(work.filter(filter_text, view))
    _export(work, "events", _one(work, stream), as_of, output, query=query)


@click.command(
    cls=Verb,
    examples="""
vsm export actionableagile --stream Web -o web.csv
""",
)
@what_options
@pass_context
def actionableagile(
    work: CliContext,
    stream: str | None,
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    output: Path | None,
) -> None:
    """Export ActionableAgile CSV: one date per stage.

    The format has days without times and one visit per stage: the first. Dropped items are left
    out. With several value streams, the one used last is exported.
    """
    query = work.query(work.filter(filter_text, view))
    _export(work, "actionableagile", [work.stream(stream).name], as_of, output, query=query)


def _one(work: CliContext, stream: str | None) -> list[str] | None:
    """The stream that was named, here or by the environment."""
    named = stream if stream is not None else work.stream_name
    return None if named is None else [named]


def taken(work: CliContext, names: Sequence[str] | None, query: Query) -> Snapshot:
    """A snapshot of the streams of these names, or of all, as they are now."""
    from vsm.features.snapshots.snapshot import take

    return take(work.reader, *_asked(work, names, None), query=query, present=True)


def _asked(
    work: CliContext, names: Sequence[str] | None, as_of: str | None
) -> tuple[list[ValueStream], int]:
    """Streams and moment as they were named."""
    from vsm.cli.as_of import read_as_of

    if names is not None:
        streams = [work.stream(name) for name in names]
    else:
        streams = work.reader.all_streams()
    if not streams:
        streams = [work.stream()]  # says how to make one
    past = read_as_of(as_of, streams[0])
    at = work.now if past is None else past
    if at > work.now:
        raise BadInput(f"--as-of: {as_of} is still to come", "give a moment that has passed")
    return streams, at


def _export(
    work: CliContext,
    form: str,
    names: Sequence[str] | None,
    as_of: str | None,
    output: Path | None,
    *,
    query: Query,
) -> None:
    from vsm.connect.exports.export import Form, export

    streams, at = _asked(work, names, as_of)
    present = as_of is None
    written = export(work.reader, Form(form), streams, at, output, query=query, present=present)
    _report(written, output)


def _report(written: Written, output: Path | None) -> None:
    if output is not None and str(output) != "-":
        note(f"wrote {written.what} to {output}")
    if written.left_out:
        note(written.left_out)


@click.command(
    "journal",
    cls=Verb,
    examples="""
vsm export journal -o vsm.jsonl.gz
vsm export journal | sha256sum
""",
)
@output_option
@pass_context
def export_journal(work: CliContext, output: Path | None) -> None:
    """Export every entry of the journal.

    One JSON entry per line: every change, with its author and time. vsm import journal creates
    an identical database from it, down to the last hash. Where roles are in force and it holds
    allocations or absences, it takes a coach, PMO or admin.
    """
    from vsm.cli.team_people import look
    from vsm.connect.exports.export import export_journal as write

    with Progress("Exporting") as progress:
        written = write(work.reader, look(work), output, progress.tell)
    _report(written, output)


@click.command(
    "journal",
    cls=Verb,
    examples="""
vsm --db copy.db import journal vsm.jsonl.gz
""",
)
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_context
def import_journal(work: CliContext, file: Path, as_json: bool) -> None:
    """Create a database from an exported journal.

    The database must be new or empty. Every hash is checked: a file that differs from its
    export is refused.
    """
    from vsm.connect.files.source import Source

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
