"""``vsm stage place|retire|restore|link|unlink``: where stages stand and how they connect."""

from __future__ import annotations

from dataclasses import replace

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import (
    complete_retired,
    complete_stage,
    json_option,
    reason_option,
    stream_option,
)
from vsm.cli.stage import report_stages
from vsm.model.command import AddEdge, PlaceStage, RemoveEdge, RestoreStage, RetireStage
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.stream import EdgeKind


@click.command(
    cls=Verb,
    examples="""
vsm stage place Test --after Build
vsm stage place Inbox --first
""",
)
@click.argument("stage", shell_complete=complete_stage)
@stream_option
@click.option(
    "--after", metavar="STAGE", shell_complete=complete_stage, help="Move it after this stage."
)
@click.option("--first", is_flag=True, help="Move it before all others.")
@json_option
@pass_context
def place_stage(
    work: CliContext, stage: str, stream: str | None, after: str | None, first: bool, as_json: bool
) -> None:
    """Move a stage behind another one, or to the front.

    The edges then lead through it there; rework edges stay if they still lead back.
    """
    if (after is None) is not first:
        raise click.UsageError("give either --after STAGE or --first", click.get_current_context())
    value_stream = work.stream(stream)
    behind = None if after is None else work.stage(value_stream, after).id
    command = PlaceStage(work.stage(value_stream, stage).id, behind)
    report_stages(work, work.do([command]), value_stream.id, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm stage retire Test --to Review
vsm stage retire Test --to Review --reason 'merged into one step'
""",
)
@click.argument("stage", shell_complete=complete_stage)
@stream_option
@click.option(
    "--to",
    "target",
    metavar="STAGE",
    shell_complete=complete_stage,
    help="Stage that its items move to; required if it has any.",
)
@reason_option
@json_option
@pass_context
def retire_stage(
    work: CliContext,
    stage: str,
    stream: str | None,
    target: str | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """Retire a stage: remove it from the board.

    Its items move to another stage in one step that vsm undo reverts. Past figures do not
    change. vsm stage restore brings the stage back.
    """
    value_stream = work.stream(stream)
    this = work.stage(value_stream, stage)
    to = None if target is None else work.stage(value_stream, target)
    answer = work.session().do(RetireStage(this.id, None if to is None else to.id, reason))
    if isinstance(answer, Refusal) and answer.code is RefusalCode.REHOME:
        answer = Refusal(answer.code, answer.message, "say where they go: --to STAGE")
    done = work.accept(answer)
    moved = len({change.item for change in done.changes if change.item is not None})
    if moved and to is not None:
        what = "1 item" if moved == 1 else f"{moved} items"
        done = replace(done, label=f"retired the stage {this.name}; moved {what} to {to.name}")
    report_stages(work, done, value_stream.id, as_json)


@click.command(cls=Verb, examples="vsm stage restore Test")
@click.argument("stage", shell_complete=complete_retired)
@stream_option
@json_option
@pass_context
def restore_stage(work: CliContext, stage: str, stream: str | None, as_json: bool) -> None:
    """Restore a retired stage.

    It returns to its former position; items that were moved out of it stay where they are now.
    """
    value_stream = work.stream(stream)
    command = RestoreStage(work.stage(value_stream, stage).id)
    report_stages(work, work.do([command]), value_stream.id, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm stage link Build Release
vsm stage link Test Build --rework
""",
)
@click.argument("source", metavar="FROM", shell_complete=complete_stage)
@click.argument("target", metavar="TO", shell_complete=complete_stage)
@stream_option
@click.option("--rework", is_flag=True, help="The edge leads back, not towards done.")
@json_option
@pass_context
def link_stages(
    work: CliContext, source: str, target: str, stream: str | None, rework: bool, as_json: bool
) -> None:
    """Add an edge from one stage to another."""
    value_stream = work.stream(stream)
    kind = EdgeKind.REWORK if rework else EdgeKind.FORWARD
    ends = [work.stage(value_stream, name).id for name in (source, target)]
    command = AddEdge(ends[0], ends[1], kind)
    report_stages(work, work.do([command]), value_stream.id, as_json)


@click.command(cls=Verb, examples="vsm stage unlink Test Build")
@click.argument("source", metavar="FROM", shell_complete=complete_stage)
@click.argument("target", metavar="TO", shell_complete=complete_stage)
@stream_option
@json_option
@pass_context
def unlink_stages(
    work: CliContext, source: str, target: str, stream: str | None, as_json: bool
) -> None:
    """Remove an edge."""
    value_stream = work.stream(stream)
    command = RemoveEdge(work.stage(value_stream, source).id, work.stage(value_stream, target).id)
    report_stages(work, work.do([command]), value_stream.id, as_json)
