"""``vsm sprint plan|set``: the plan of a sprint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.entity_verbs import names_of
from vsm.cli.gov_mode import read_stream_day
from vsm.cli.json_views import entity_shape
from vsm.cli.options import complete_entity, json_option, stream_option
from vsm.cli.output import note, say
from vsm.cli.report_change import report
from vsm.cli.sprint_names import find_sprint, sprint_argument
from vsm.model.command import AddEntity, ChangeEntity
from vsm.model.errors import BadInput
from vsm.model.sprint import Measure, Sprint, SprintState
from vsm.model.sprint_entities import SPRINT

_F = TypeVar("_F", bound=Callable[..., Any])
DAYS = 14
"""Days of a sprint where no end is given and none was planned before."""


def _plan_options(function: _F) -> _F:
    for option in (
        click.option("--grace", metavar="HOURS", help=SPRINT.field("grace").help),
        click.option("--focus", metavar="FRACTION", help=SPRINT.field("focus").help),
        click.option("--team-days", metavar="NUMBER", help=SPRINT.field("capacity_days").help),
        click.option(
            "--measure",
            type=click.Choice([str(measure) for measure in Measure]),
            help="What it is counted in [default: as the one before, else points].",
        ),
        click.option(
            "--team",
            metavar="NAME",
            shell_complete=complete_entity("team"),
            help="Team whose calendar counts [default: that of the stream].",
        ),
        click.option("--goal", metavar="TEXT", help=SPRINT.field("goal").help),
        click.option(
            "--end", metavar="DATE", help="Last day [default: as long as the one before]."
        ),
        click.option("--start", metavar="DATE", help="First day."),
    ):
        function = option(function)
    return function


@click.command(
    cls=Verb,
    examples="""
vsm sprint plan 'Sprint 12' --start 2026-11-30 --end 2026-12-11 --goal 'Refunds by webhook'
vsm sprint plan 'Sprint 13' --start 2026-12-14 --team core --team-days 40 --focus 80%
""",
)
@click.argument("name")
@stream_option
@_plan_options
@json_option
@pass_context
def plan_sprint(
    work: CliContext, /, name: str, stream: str | None, as_json: bool, **options: str | None
) -> None:
    """Plan a sprint.

    Without --start it begins the day after the last one that is planned; measure, team, length,
    focus and grace are those of the one before.
    """
    value_stream = work.stream(stream)
    known = work.reader.sprints_of(value_stream.id)
    before = max(known, key=lambda one: one.planned_end, default=None)
    values: dict[str, Any] = {"name": name, "only": value_stream.id}
    start = options["start"]
    if start is not None:
        values["planned_start"] = read_stream_day(work, value_stream, start, "--start")
    elif before is not None:
        following = date.fromisoformat(before.planned_end) + timedelta(days=1)
        while not value_stream.calendar.works(following):
            following += timedelta(days=1)
        values["planned_start"] = following.isoformat()
    else:
        raise BadInput("the sprint has no first day", "give one: --start YYYY-MM-DD")
    end = options["end"]
    values["planned_end"] = (
        read_stream_day(work, value_stream, end, "--end")
        if end is not None
        else _same_length(values["planned_start"], before)
    )
    if before is not None:
        inherited = ("measure", "team", "focus", "grace")
        values |= {field: getattr(before, field) for field in inherited}
    values |= _values(work, options)
    done = work.do([AddEntity(SPRINT, values)])
    made = work.reader.entities(SPRINT)[-1]
    if as_json:
        report(work, done, as_json, sprint=entity_shape(SPRINT, made, names_of(work, SPRINT)))
        return
    say(f"planned sprint {made.number}, {made.name}: {made.planned_start} to {made.planned_end}")
    say(f"Next: vsm sprint add {made.number} KEY..., then vsm sprint start {made.number}")


def _same_length(start: str, before: Sprint | None) -> str:
    """As many days later as the sprint before is long."""
    length = DAYS - 1
    if before is not None:
        first, last = map(date.fromisoformat, (before.planned_start, before.planned_end))
        length = (last - first).days
    return (date.fromisoformat(start) + timedelta(days=length)).isoformat()


def _values(work: CliContext, options: dict[str, str | None]) -> dict[str, Any]:
    """The fields that were given, apart from the days."""
    fields = {"goal": "goal", "measure": "measure", "focus": "focus", "grace": "grace"}
    fields["team_days"] = "capacity_days"
    values: dict[str, Any] = {
        fields[name]: value
        for name, value in options.items()
        if name in fields and value is not None
    }
    team = options["team"]
    if team is not None:
        values["team"] = None if team.casefold() == "none" else work.team(team).id
    return values


@click.command(
    cls=Verb,
    examples="""
vsm sprint set 12 --end 2026-12-15
vsm sprint set 12 --goal 'Refunds by webhook, without fees' --team-days 36
""",
)
@sprint_argument
@_plan_options
@json_option
@pass_context
def set_sprint(work: CliContext, /, name: str, as_json: bool, **options: str | None) -> None:
    """Change the plan of a sprint.

    Once it has started its first day is a fact; its end may move, and the ideal line is drawn anew
    from then on. The commitment never changes.
    """
    one = find_sprint(work, name)
    stream = next(s for s in work.reader.all_streams() if s.id == one.only)
    changes = _values(work, options)
    for option, field in (("start", "planned_start"), ("end", "planned_end")):
        text = options[option]
        if text is not None:
            changes[field] = read_stream_day(work, stream, text, f"--{option}")
    if not changes:
        raise BadInput("nothing is to be changed", "give --end, --goal or another option")
    done = work.do([ChangeEntity(SPRINT, one.id, changes)])
    report(work, done, as_json)
    if not as_json and one.state is SprintState.ACTIVE and "planned_end" in changes:
        note("the ideal line is drawn anew from now on; the commitment is as it was")
