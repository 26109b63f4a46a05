"""``vsm stage``: stages of a value stream and the edges between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.done import report
from vsm.cli.names import NONE, OneOf
from vsm.cli.options import complete_stage, complete_team, json_option, stream_option
from vsm.cli.output import emit, show
from vsm.cli.work import Work, paper, pass_work
from vsm.model.command import AddEdge, AddStage, NewStage, RemoveEdge, SetStage
from vsm.model.errors import BadInput
from vsm.model.stream import Category, EdgeKind, LimitKind

if TYPE_CHECKING:
    from vsm.session import Done

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.stage:list_stages", "List the stages of a stream, in the order of the flow."),
    "add": ("vsm.cli.stage:add_stage", "Insert a stage into a stream."),
    "set": ("vsm.cli.stage:set_stage", "Change name, category, WIP limit, team or policy."),
    "link": ("vsm.cli.stage:link_stages", "Draw an edge from one stage to another."),
    "unlink": ("vsm.cli.stage:unlink_stages", "Take an edge away."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm stage list --stream Web
vsm stage set Review --limit 4 --hard
vsm stage add Test --category active --after Build --team qa
vsm stage link Test Build --rework
""",
)
def stage() -> None:
    """List, add, change and connect the stages of a stream."""


def read_limit(text: str) -> int | None:
    """A WIP limit, ``none`` for no limit; raises :class:`BadInput`."""
    if text.strip().casefold() == NONE:
        return None
    try:
        limit = int(text)
    except ValueError:
        limit = 0
    if limit < 1:
        raise BadInput(f"--limit: {text!r} is no WIP limit", "give 1 or more, or none")
    return limit


limit_option = click.option(
    "--limit", metavar="N", help="WIP limit; none for no limit. New limits are soft."
)
hard_option = click.option(
    "--hard/--soft",
    default=None,
    help="A hard limit refuses what is over it; a soft one asks for a reason.",
)
category_option = click.option(
    "--category", type=OneOf(Category), help="What happens to items there."
)
team_option = click.option(
    "--team", metavar="NAME", shell_complete=complete_team, help="Team that owns it."
)
policy_option = click.option(
    "--policy", metavar="TEXT", help="When an item may leave it, in words."
)


@click.command(cls=Verb, examples="vsm stage list --stream Web --json")
@stream_option
@json_option
@pass_work
def list_stages(work: Work, stream: str | None, as_json: bool) -> None:
    """List the stages of a stream, in the order of the flow."""
    found = work.stream(stream)
    teams = {t.id: t.name for t in work.reader.teams()}
    if as_json:
        from vsm.cli.shapes import stage_shape

        emit([stage_shape(s, teams) for s in found.order])
        return
    from vsm.text.lists import stage_lines

    show(stage_lines(found, teams, paper()))


@click.command(
    cls=Verb,
    examples="""
vsm stage add Test --category active --after Build --limit 3
vsm stage add 'Waits for release' --category queue --stream Web
""",
)
@click.argument("name")
@stream_option
@click.option(
    "--category", type=OneOf(Category), required=True, help="What happens to items there."
)
@click.option(
    "--after",
    metavar="STAGE",
    shell_complete=complete_stage,
    help="Stage that it follows [default: the last before done].",
)
@limit_option
@hard_option
@click.option("--team", metavar="NAME", help="Team that owns it; made where it is new.")
@policy_option
@json_option
@pass_work
def add_stage(
    work: Work,
    name: str,
    stream: str | None,
    category: Category,
    after: str | None,
    limit: str | None,
    hard: bool | None,
    team: str | None,
    policy: str | None,
    as_json: bool,
) -> None:
    """Insert a stage into a stream.

    Items that are there stay where they are; the edges run through the new stage.
    """
    found = work.stream(stream)
    count = None if limit is None else read_limit(limit)
    if count is None and hard is not None:
        raise BadInput("--hard and --soft say how a limit binds", "give --limit N too")
    kind = LimitKind.NONE if count is None else LimitKind.HARD if hard else LimitKind.SOFT
    new = NewStage(name, category, count, kind, team, policy or "")
    place = work.stage(found, after).id if after else None
    _report(work, work.do([AddStage(found.id, new, place)]), found.id, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm stage set Review --limit 4 --hard
vsm stage set Review --limit none --team core
vsm stage set Review --name 'Code review' --policy 'two people have read it'
""",
)
@click.argument("stage_name", metavar="STAGE", shell_complete=complete_stage)
@stream_option
@click.option("--name", metavar="TEXT", help="New name.")
@category_option
@limit_option
@hard_option
@team_option
@policy_option
@json_option
@pass_work
def set_stage(
    work: Work,
    stage_name: str,
    stream: str | None,
    name: str | None,
    category: Category | None,
    limit: str | None,
    hard: bool | None,
    team: str | None,
    policy: str | None,
    as_json: bool,
) -> None:
    """Change name, category, WIP limit, team or policy.

    --team none takes the owner away.
    """
    found = work.stream(stream)
    this = work.stage(found, stage_name)
    given = {"name": name, "category": category, "policy": policy}
    changes: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
    if limit is not None:
        changes["limit"] = read_limit(limit)
    if hard is not None:
        changes["limit_kind"] = LimitKind.HARD if hard else LimitKind.SOFT
    if team is not None:
        changes["team"] = None if team.strip().casefold() == NONE else work.team(team).id
    if not changes:
        raise click.UsageError(
            "give something to change: --name, --category, --limit, --hard, --team or --policy",
            click.get_current_context(),
        )
    _report(work, work.do([SetStage(this.id, changes)]), found.id, as_json)


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
@pass_work
def link_stages(
    work: Work, source: str, target: str, stream: str | None, rework: bool, as_json: bool
) -> None:
    """Draw an edge from one stage to another."""
    found = work.stream(stream)
    kind = EdgeKind.REWORK if rework else EdgeKind.FORWARD
    command = AddEdge(work.stage(found, source).id, work.stage(found, target).id, kind)
    _report(work, work.do([command]), found.id, as_json)


@click.command(cls=Verb, examples="vsm stage unlink Test Build")
@click.argument("source", metavar="FROM", shell_complete=complete_stage)
@click.argument("target", metavar="TO", shell_complete=complete_stage)
@stream_option
@json_option
@pass_work
def unlink_stages(work: Work, source: str, target: str, stream: str | None, as_json: bool) -> None:
    """Take an edge away."""
    found = work.stream(stream)
    command = RemoveEdge(work.stage(found, source).id, work.stage(found, target).id)
    _report(work, work.do([command]), found.id, as_json)


def _report(work: Work, done: Done, stream_id: int, as_json: bool) -> None:
    if not as_json:
        report(work, done, as_json)
        return
    from vsm.cli.shapes import stream_shape

    stream = work.reader.stream(stream_id)
    teams = {t.id: t.name for t in work.reader.teams()}
    report(work, done, as_json, stream=stream_shape(stream, teams) if stream else None)
