"""``vsm sprint start|close|cancel|judge``: what happens to a sprint once."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import json_option
from vsm.cli.output import note
from vsm.cli.report_change import report
from vsm.cli.sprint_names import find_sprint, sprint_argument
from vsm.model.command import CloseSprint, JudgeSprint, StartSprint
from vsm.model.errors import BadInput
from vsm.model.rules import local
from vsm.model.sprint import GoalVerdict, Sprint, SprintState

BACKLOG, NEXT = "backlog", "next"


@click.command(
    cls=Verb,
    examples="""
vsm sprint start 12
vsm sprint start 12 --empty
""",
)
@sprint_argument
@click.option("--empty", is_flag=True, help="Start it although nothing is in it.")
@json_option
@pass_context
def start_sprint(work: CliContext, name: str, empty: bool, as_json: bool) -> None:
    """Start a sprint: what is in it is committed to.

    The open items with their estimates of this moment are recorded with the start.
    """
    one = find_sprint(work, name)
    report(work, work.do([StartSprint(one.id, empty)]), as_json)
    if as_json:
        return
    from vsm.features.sprints.head import check_lines, start_lines
    from vsm.features.sprints.reading import overlapping, read_sprint

    known = work.reader.sprints_of(one.only)
    started = next(other for other in known if other.id == one.id)
    for other in overlapping(started, known):
        note(f"{other.name} is active too: one team has two sprints")
    stream = next(s for s in work.reader.all_streams() if s.id == one.only)
    result = read_sprint(work.reader, stream, one.id, work.now, present=False)
    assert result is not None
    today = local(work.now, stream.zone).date()
    for line in (*start_lines(result.planned, today), *check_lines(result)):
        note(line)


def _target(work: CliContext, one: Sprint, text: str) -> int | None:
    """The sprint that a word or a name stands for; ``None``: the backlog."""
    word = text.strip().casefold()
    if word == BACKLOG:
        return None
    if word != NEXT:
        return find_sprint(work, text).id
    planned = [s for s in work.reader.sprints_of(one.only) if s.state is SprintState.PLANNED]
    if not planned:
        raise BadInput(
            "there is no planned sprint that could be next",
            "plan one first (vsm sprint plan NAME), or leave it in the backlog: --to backlog",
        )
    return min(planned, key=lambda other: other.planned_start).id


@click.command(
    cls=Verb,
    examples="""
vsm sprint close 12 --to next
vsm sprint close 12 --to next --item PAY-131=backlog
vsm sprint close 12 --to 'Sprint 13'
""",
)
@sprint_argument
@click.option(
    "--to",
    metavar="WHERE",
    default=BACKLOG,
    show_default=True,
    help="Where what is left goes: next (the planned sprint that begins first), backlog, a sprint.",
)
@click.option(
    "--item", "apart", metavar="KEY=WHERE", multiple=True, help="An item that goes elsewhere."
)
@json_option
@pass_context
def close_sprint(
    work: CliContext, name: str, to: str, apart: tuple[str, ...], as_json: bool
) -> None:
    """Close a sprint and carry over what is left.

    Closing it twice moves nothing. Items that were dropped count as removed.
    """
    one = find_sprint(work, name)
    elsewhere: dict[int, int | None] = {}
    for text in apart:
        key, equals, where = text.partition("=")
        if not equals:
            raise BadInput(f"--item {text!r:.60} names no place", "give it as KEY=next or =backlog")
        elsewhere[work.item(key).id] = _target(work, one, where)
    target = _target(work, one, to) if one.is_open else None
    report(work, work.do([CloseSprint(one.id, target, elsewhere)]), as_json)


@click.command(cls=Verb, examples="vsm sprint cancel 12 --reason 'the goal is void'")
@sprint_argument
@click.option("--reason", metavar="TEXT", required=True, help="Why; it is recorded.")
@json_option
@pass_context
def cancel_sprint(work: CliContext, name: str, reason: str, as_json: bool) -> None:
    """Give a sprint up; it counts as no velocity.

    Its items go back to the backlog.
    """
    one = find_sprint(work, name)
    report(work, work.do([CloseSprint(one.id, cancel=True, reason=reason)]), as_json)


@click.command(
    cls=Verb,
    examples="""
vsm sprint judge 12 met
vsm sprint judge 12 partly --note 'webhooks live, fees missing'
""",
)
@sprint_argument
@click.argument("verdict", type=click.Choice([*map(str, GoalVerdict), "none"]))
@click.option("--note", "text", metavar="TEXT", default="", help="What it rests on.")
@json_option
@pass_context
def judge_sprint(work: CliContext, name: str, verdict: str, text: str, as_json: bool) -> None:
    """Say whether the goal of a sprint was met.

    none takes the verdict back.
    """
    one = find_sprint(work, name)
    judged = None if verdict == "none" else GoalVerdict(verdict)
    report(work, work.do([JudgeSprint(one.id, judged, text)]), as_json)
