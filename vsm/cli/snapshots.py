"""``vsm snapshot``: compare what ``vsm export snapshot`` has written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.failures import ENVIRONMENT
from vsm.cli.options import json_option
from vsm.cli.output import emit, show

if TYPE_CHECKING:
    pass

VERBS: dict[str, tuple[str, str]] = {
    "diff": ("vsm.cli.snapshots:diff", "Show the differences between two snapshots."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    subcommand_metavar="VERB [OPTIONS]",
    examples="""
vsm export snapshot -o monday.json
vsm snapshot diff monday.json friday.json
vsm snapshot diff monday.json
""",
)
def snapshots() -> None:
    """Compare snapshots: what moved, finished or was blocked.

    vsm export snapshot writes one.
    """


@click.command(
    cls=Verb,
    examples="""
vsm snapshot diff march.json april.json
vsm snapshot diff monday.json                     against the database as it is now
vsm snapshot diff a.json b.json.gz --json | jq '.streams[].finished[].key'
""",
)
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path), required=False)
@json_option
@pass_context
@click.pass_context
def diff(
    ctx: click.Context, work: CliContext, before: Path, after: Path | None, as_json: bool
) -> None:
    """Show the differences between two snapshots.

    Lists what is new, started, finished, dropped, moved or blocked, which stages went over
    their limits, and how the figures changed. One file is compared with the current database.

    If the second journal does not continue the first (entries were cut or rewritten, or the
    databases differ), this comes first and the exit code is 3.
    """
    from vsm.cli.exports import taken
    from vsm.features.snapshots.compare import compare
    from vsm.features.snapshots.file import as_written, load
    from vsm.report.publish import publish

    first = load(before)
    if after is not None:
        second = load(after)
    else:
        names = {stream.name.casefold() for stream in first.streams}
        there = [info.name for info in work.reader.streams() if info.name.casefold() in names]
        second = as_written(taken(work, there or None, work.query(first.filter)))
    difference = compare(first, second, work.reader.hash_at if after is None else None)
    if as_json:
        emit(publish(difference))
    else:
        from vsm.features.snapshots.text import draw_difference

        zone = next((stream.timezone for stream in second.streams), "UTC")
        show(draw_difference(difference, zone, terminal_width() or 100))
    if difference.journal.is_broken:
        ctx.exit(ENVIRONMENT)
