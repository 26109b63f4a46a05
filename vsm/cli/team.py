"""``vsm team``: teams."""

from __future__ import annotations

from typing import Any

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.options import (
    complete_team,
    holidays_option,
    json_option,
    read_more_holidays,
    workdays_option,
)
from vsm.cli.output import emit, show
from vsm.cli.report_change import report
from vsm.model.command import AddTeam, RemoveTeam, SetTeam
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.team import Team

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.team:list_teams", "List the teams, their members and stages."),
    "add": ("vsm.cli.team:add_teams", "Make teams."),
    "set": ("vsm.cli.team:set_team", "Rename a team, or change its working days."),
    "remove": ("vsm.cli.team:remove_team", "Take a team away that owns nothing."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm team add core risk qa
vsm team set qa --name Quality --workdays mon-thu
vsm stage set Review --team core
vsm member add anna --name 'Anna Kern' --team core
""",
)
def team() -> None:
    """List, add, change and remove teams."""


def _owned(work: CliContext) -> dict[int, list[str]]:
    """Stages by owning team, each as ``stream: stage``."""
    out: dict[int, list[str]] = {}
    for info in work.reader.streams():
        stream = work.reader.stream(info.id)
        for stage in stream.order if stream else ():
            if stage.team is not None:
                retired = " (retired)" if stage.retired else ""
                out.setdefault(stage.team, []).append(f"{info.name}: {stage.name}{retired}")
    return out


def _members(work: CliContext) -> dict[int, list[str]]:
    """Logins by team."""
    out: dict[int, list[str]] = {}
    for member in work.reader.members():
        for number in member.teams:
            out.setdefault(number, []).append(member.login)
    return out


@click.command(cls=Verb, examples="vsm team list --json")
@json_option
@pass_context
def list_teams(work: CliContext, as_json: bool) -> None:
    """List the teams, their members and stages."""
    teams, owned, members = work.reader.teams(), _owned(work), _members(work)
    if as_json:
        from vsm.cli.json_views import team_shape

        emit([team_shape(t, owned.get(t.id, ()), members.get(t.id, ())) for t in teams])
        return
    from vsm.report.lists import team_lines

    show(team_lines(teams, owned, members, terminal_width()))


@click.command(cls=Verb, examples="vsm team add core risk qa")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@json_option
@pass_context
def add_teams(work: CliContext, names: tuple[str, ...], as_json: bool) -> None:
    """Make teams.

    The database is made where there is none yet.
    """
    report(work, work.do([AddTeam(name) for name in names], create=True), as_json)


@click.command(
    cls=Verb,
    examples="""
vsm team set qa --name Quality
vsm team set core --workdays mon-thu --add-holidays 2026-12-24..2027-01-01
vsm team set core --workdays none
""",
)
@click.argument("team_name", metavar="NAME", shell_complete=complete_team)
@click.option("--name", metavar="TEXT", help="New name.")
@workdays_option("of the team: mon-thu; none: those of the stream")
@holidays_option
@click.option(
    "--add-holidays",
    "more_holidays",
    metavar="DATES",
    help="Holidays besides those that there are.",
)
@json_option
@pass_context
def set_team(
    work: CliContext,
    team_name: str,
    name: str | None,
    workdays: tuple[int, ...] | None,
    holidays: tuple[str, ...] | None,
    more_holidays: str | None,
    as_json: bool,
) -> None:
    """Rename a team, or change its working days.

    They are for capacity only: ages and cycle times count every day. A stream's own holidays
    hold for its teams too.
    """
    found = work.team(team_name)
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = name
    if workdays is not None:
        changes["workdays"] = workdays or None
    if holidays is not None or more_holidays is not None:
        changes["holidays"] = read_more_holidays(found.holidays, holidays, more_holidays)
    if not changes:
        raise click.UsageError(
            "give something to change: --name, --workdays or --holidays",
            click.get_current_context(),
        )
    report(work, work.do([SetTeam(found.id, changes)]), as_json)


@click.command(cls=Verb, examples="vsm team remove qa")
@click.argument("team_name", metavar="NAME", shell_complete=complete_team)
@json_option
@pass_context
def remove_team(work: CliContext, team_name: str, as_json: bool) -> None:
    """Take a team away that owns nothing.

    Its stages, items and members have to be given to other teams before.
    """
    found = work.team(team_name)
    answer = work.session().do(RemoveTeam(found.id))
    if isinstance(answer, Refusal) and answer.code is RefusalCode.IN_USE:
        answer = Refusal(
            answer.code,
            f"the team {found.name} has {_belongings(work, found)}",
            "give them to another team first",
        )
    report(work, work.accept(answer), as_json)


def _belongings(work: CliContext, found: Team) -> str:
    """What belongs to a team, in words."""
    stages, members = _owned(work).get(found.id, []), _members(work).get(found.id, [])
    parts = []
    if stages:
        parts.append(f"the stages {_some(stages)}")
    if members:
        parts.append(f"the members {_some(members)}")
    return " and ".join(parts) or f"items (vsm item list --filter 'team:\"{found.name}\"')"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
