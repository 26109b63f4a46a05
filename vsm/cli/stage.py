"""``vsm stage``: stages of a value stream and the edges between them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.as_of import stream_as_of
from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.names import OneOf, is_none
from vsm.cli.options import as_of_option, complete_stage, complete_team, json_option, stream_option
from vsm.cli.output import emit, note, show
from vsm.cli.report_change import report
from vsm.model.command import AddStage, NewStage, SetStage
from vsm.model.errors import BadInput
from vsm.model.limit_text import Limits, limits_of, read_limits
from vsm.model.practice import StageBehaviour
from vsm.model.stream import Category, LimitKind

if TYPE_CHECKING:
    from vsm.model.stream import Stage
    from vsm.session import ChangeGroup

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.stage:list_stages", "List the stages of a stream, in the order of the flow."),
    "add": ("vsm.cli.stage:add_stage", "Insert a stage into a stream."),
    "set": ("vsm.cli.stage:set_stage", "Change name, category, WIP limits, team, policy …"),
    "place": (
        "vsm.cli.stage_order:place_stage",
        "Move a stage behind another one, or to the front.",
    ),
    "retire": ("vsm.cli.stage_order:retire_stage", "Retire a stage: remove it from the board."),
    "restore": ("vsm.cli.stage_order:restore_stage", "Restore a retired stage."),
    "split": ("vsm.cli.stage_split:split_stage", "Split a stage into two."),
    "merge": ("vsm.cli.stage_split:merge_stages", "Merge two neighbours into one stage."),
    "link": ("vsm.cli.stage_order:link_stages", "Add an edge from one stage to another."),
    "unlink": ("vsm.cli.stage_order:unlink_stages", "Remove an edge."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm stage list --stream Web
vsm stage set Review --limit 4 --hard
vsm stage set Build --limit 6 --class-limit expedite=1
vsm stage set Build --limit 6 --class-limit expedite=+1
vsm stage add Test --category active --after Build --team qa
vsm stage retire Test --to Review
vsm stage split Build --into Build,Self-test
vsm stage merge Review Test --name Verify
vsm stage link Test Build --rework
""",
)
def stage() -> None:
    """List, add, change, order, split, merge, retire and connect stages."""


def read_limits_given(
    now: Limits, limit: str | None, classes: Sequence[str], hard: bool | None
) -> Limits:
    """The limits that the options make of those there are. Raises :class:`BadInput`."""
    out = now
    if limit is not None and is_none(limit):
        out = replace(out, limit=None)
    elif limit is not None:
        if not limit.strip().isdecimal():
            raise BadInput(f"--limit: {limit!r} is no WIP limit", "give 1 or more, or none")
        out = _read("--limit", limit, out)
    for text in classes:
        name, equals, _number = text.partition("=")
        if not equals or not name.strip():
            raise BadInput(f"--class-limit: {text!r} has no =", "write --class-limit expedite=1")
        out = _read("--class-limit", text, out)
    if hard is not None:
        if out.limit is None and not out.classes:
            raise BadInput("--hard and --soft say how a limit binds", "give --limit N too")
        out = replace(out, kind=LimitKind.HARD if hard else LimitKind.SOFT)
    return Limits() if out.limit is None and not out.classes else out


def _read(option: str, text: str, now: Limits) -> Limits:
    try:
        return read_limits(text, now)
    except ValueError as error:
        raise BadInput(f"{option}: {error}") from None


limit_option = click.option(
    "--limit", metavar="N", help="WIP limit; none for no limit. New limits are soft."
)
class_limit_option = click.option(
    "--class-limit",
    "class_limits",
    multiple=True,
    metavar="CLASS=N",
    help="WIP limit of a class of service: expedite=1, expedite=none; expedite=+1 is beside the"
    " limit of the stage, whose count leaves these items out; may be repeated.",
)
hard_option = click.option(
    "--hard/--soft",
    default=None,
    help="A hard limit refuses more items; a soft one asks for a reason.",
)
category_option = click.option("--category", type=OneOf(Category), help="Category of the stage.")
team_option = click.option(
    "--team", metavar="NAME", shell_complete=complete_team, help="Team that owns it."
)
policy_option = click.option(
    "--policy",
    metavar="TEXT",
    help="When an item may enter and leave the stage; - reads standard input.",
)


behaviour_option = click.option(
    "--behaviour",
    type=OneOf(StageBehaviour),
    help="What happens to items there: work ends, they are released on schedule, or worked.",
)


def read_policy(text: str) -> str:
    """A policy as given; ``-`` is standard input, ``none`` no policy."""
    if text == "-":
        try:
            return sys.stdin.read()
        except UnicodeDecodeError as error:
            raise BadInput("standard input is not UTF-8", str(error)) from None
    return "" if is_none(text) else text


@click.command(cls=Verb, examples="vsm stage list --stream Web --json")
@stream_option
@as_of_option("List them as they were: a date (its end) or a moment [default: now].")
@json_option
@pass_context
def list_stages(work: CliContext, stream: str | None, as_of: str | None, as_json: bool) -> None:
    """List the stages of a stream, in the order of the flow."""
    value_stream, about = stream_as_of(work, stream, as_of)
    teams = {t.id: t.name for t in work.reader.teams()}
    if as_json:
        from vsm.cli.json_views import stage_shape

        emit([stage_shape(s, teams) for s in value_stream.order])
        return
    from vsm.report.lists import stage_lines

    for line in about:
        note(line)
    show(stage_lines(value_stream, teams, terminal_width()))


@click.command(
    cls=Verb,
    examples="""
vsm stage add Test --category active --after Build --limit 3
vsm stage add 'Waits for release' --category queue --stream Web
""",
)
@click.argument("name")
@stream_option
@click.option("--category", type=OneOf(Category), required=True, help="Category of the stage.")
@click.option(
    "--after",
    metavar="STAGE",
    shell_complete=complete_stage,
    help="Insert it after this stage [default: the last before done].",
)
@limit_option
@class_limit_option
@hard_option
@click.option("--team", metavar="NAME", help="Team that owns it; created if it does not exist.")
@policy_option
@behaviour_option
@json_option
@pass_context
def add_stage(
    work: CliContext,
    name: str,
    stream: str | None,
    category: Category,
    after: str | None,
    limit: str | None,
    class_limits: tuple[str, ...],
    hard: bool | None,
    team: str | None,
    policy: str | None,
    behaviour: StageBehaviour | None,
    as_json: bool,
) -> None:
    """Insert a stage into a stream.

    Existing items stay where they are; the edges lead through the new stage.
    """
    value_stream = work.stream(stream)
    limits = read_limits_given(Limits(), limit, class_limits, hard)
    new = NewStage(
        name,
        category,
        limits.limit,
        limits.kind,
        team,
        read_policy(policy or ""),
        dict(limits.classes),
        behaviour or StageBehaviour.AS_LOGGED,
        limits.exempt,
    )
    place = work.stage(value_stream, after).id if after else None
    report_stages(work, work.do([AddStage(value_stream.id, new, place)]), value_stream.id, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm stage set Review --limit 4 --hard
vsm stage set Review --limit none --team core
vsm stage set Ready --class-limit expedite=1 --class-limit fixed-date=2
vsm stage set Review --name 'Code review' --policy 'two people have read it'
vsm stage set Archived --behaviour work-ends
""",
)
@click.argument("stage_name", metavar="STAGE", shell_complete=complete_stage)
@stream_option
@click.option("--name", metavar="TEXT", help="New name.")
@category_option
@limit_option
@class_limit_option
@hard_option
@team_option
@policy_option
@behaviour_option
@json_option
@pass_context
def set_stage(
    work: CliContext,
    stage_name: str,
    stream: str | None,
    name: str | None,
    category: Category | None,
    limit: str | None,
    class_limits: tuple[str, ...],
    hard: bool | None,
    team: str | None,
    policy: str | None,
    behaviour: StageBehaviour | None,
    as_json: bool,
) -> None:
    """Change name, category, WIP limits, team, policy …

    --team none removes the owner, --limit none the limit. A change of category recalculates all
    figures; the journal stays as it is. --behaviour corrects what vsm reads from the moves of a
    queue or active stage; as-logged leaves it to them again.
    """
    value_stream = work.stream(stream)
    this = work.stage(value_stream, stage_name)
    fields = {"name": name, "category": category, "behaviour": behaviour}
    changes: dict[str, Any] = {k: v for k, v in fields.items() if v is not None}
    if policy is not None:
        changes["policy"] = read_policy(policy)
    if limit is not None or class_limits or hard is not None:
        changes |= read_limits_given(limits_of(this), limit, class_limits, hard).changes
    if team is not None:
        changes["team"] = None if is_none(team) else work.team(team).id
    if not changes:
        raise click.UsageError(
            "give something to change: --name, --category, --limit, --class-limit, --hard, --team,"
            " --policy or --behaviour",
            click.get_current_context(),
        )
    report_stages(work, work.do([SetStage(this.id, changes)]), value_stream.id, as_json)
    if name is not None and not as_json:
        _say_gates_gone(work, value_stream.id, this)


def _say_gates_gone(work: CliContext, stream_id: int, before: Stage) -> None:
    """Say which controls check nothing any more, as they name a stage by its name of before."""
    from vsm.cli.gov_mode import say_idle
    from vsm.model.control.evaluation import trigger_of
    from vsm.model.governance_entities import CONTROL

    stream = work.reader.stream(stream_id)
    named = [one for one in work.reader.entities(CONTROL) if trigger_of(one).names(before)]
    if stream is not None:
        say_idle(stream, named)


def report_stages(work: CliContext, done: ChangeGroup, stream_id: int, as_json: bool) -> None:
    """Tell what was done; in JSON with the whole stream as it is now."""
    if not as_json:
        report(work, done, as_json)
        return
    from vsm.cli.json_views import stream_shape

    stream = work.reader.stream(stream_id)
    teams = {t.id: t.name for t in work.reader.teams()}
    report(work, done, as_json, stream=stream_shape(stream, teams) if stream else None)
