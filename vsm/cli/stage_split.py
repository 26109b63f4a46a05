"""``vsm stage split|merge``: one stage becomes two, or two neighbours become one."""

from __future__ import annotations

from dataclasses import replace

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import complete_stage, json_option, reason_option, stream_option
from vsm.cli.stage import report_stages
from vsm.model.command import MergeStages, SplitStage
from vsm.model.errors import BadInput
from vsm.model.plural import count


@click.command(
    cls=Verb,
    examples="""
vsm stage split Build --into Build,Self-test
vsm stage split Test --into 'System test,Acceptance' --move CARD-12 --move CARD-15
""",
)
@click.argument("stage", shell_complete=complete_stage)
@stream_option
@click.option(
    "--into",
    required=True,
    metavar="FIRST,SECOND",
    help="Names of the two stages; the second follows the first.",
)
@click.option(
    "--move",
    "keys",
    multiple=True,
    metavar="KEY",
    help="Item that goes into the second stage; may be repeated. The others stay in the first.",
)
@json_option
@pass_context
def split_stage(
    work: CliContext,
    stage: str,
    stream: str | None,
    into: str,
    keys: tuple[str, ...],
    as_json: bool,
) -> None:
    """Split a stage into two.

    The first keeps the history, WIP limit and policy; the second has the same category and team
    and follows it. Past figures do not change. vsm undo reverts all of it.
    """
    value_stream = work.stream(stream)
    this = work.stage(value_stream, stage)
    names = [" ".join(name.split()) for name in into.split(",")]
    if len(names) != 2 or not all(names):
        raise BadInput(f"--into: {into!r} is not two names", "write --into FIRST,SECOND")
    items = tuple(item.id for item in work.items(keys))
    done = work.do([SplitStage(this.id, (names[0], names[1]), items)])
    moved = f"; moved {count(len(items), 'item')} into {names[1]}" if items else ""
    label = f"split {this.name} into {names[0]} and {names[1]}{moved}"
    report_stages(work, replace(done, label=label), value_stream.id, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm stage merge Review Test
vsm stage merge Review Test --name Verify
""",
)
@click.argument("first", shell_complete=complete_stage)
@click.argument("second", shell_complete=complete_stage)
@stream_option
@click.option("--name", metavar="TEXT", help="Name of the merged stage [default: the second's].")
@reason_option
@json_option
@pass_context
def merge_stages(
    work: CliContext,
    first: str,
    second: str,
    stream: str | None,
    name: str | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """Merge two neighbours into one stage.

    The first is retired and its items go on into the second, which keeps its own category, team and
    WIP limit. Past figures do not change. vsm undo reverts all of it.
    """
    value_stream = work.stream(stream)
    one, other = work.stage(value_stream, first), work.stage(value_stream, second)
    done = work.do([MergeStages(one.id, other.id, name, reason)])
    moved = len({change.item for change in done.changes if change.item is not None})
    label = f"merged {one.name} and {other.name} into {name or other.name}"
    if moved:
        label += f"; moved {count(moved, 'item')}"
    report_stages(work, replace(done, label=label), value_stream.id, as_json)
