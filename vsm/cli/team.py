"""``vsm team``: teams."""

from __future__ import annotations

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.entity_verbs import remove_verb, set_verb
from vsm.cli.options import json_option
from vsm.cli.output import emit, show
from vsm.cli.report_change import report
from vsm.model.command import AddEntity
from vsm.model.entities import TEAM
from vsm.model.people_entities import PEOPLE, people_plans
from vsm.model.team import Team

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.team:list_teams", "List the teams, their members and stages."),
    "add": ("vsm.cli.team:add_teams", "Add teams."),
    "set": ("vsm.cli.team:set_team", "Change the name, working days, type or purpose of a team."),
    "remove": ("vsm.cli.team:remove_team", "Remove a team that owns nothing."),
    "allocate": (
        "vsm.cli.team_allocate:allocate",
        "Allocate part of a member's time to a team.",
    ),
    "absence": ("vsm.cli.team_absence:absence", "Record when a member or a team is away."),
    "interact": ("vsm.cli.team_interact:interact", "Record how two teams work together."),
    "hire": ("vsm.cli.team_hire:hire", "Record that a team wants to hire somebody."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm team add core risk qa
vsm team set qa --name Quality --workdays mon-thu
vsm stage set Review --team core
vsm member add anna --name 'Anna Kern' --team core
vsm team allocate core anna 0.5 --from 2026-12-01
vsm team absence anna 2026-12-24..2027-01-01
""",
)
def team() -> None:
    """List, add, change and remove teams, and say who works in them."""


def _owned(work: CliContext) -> dict[int, list[str]]:
    """Stages by owning team, each as ``stream: stage``."""
    out: dict[int, list[str]] = {}
    for stream in work.reader.all_streams():
        for stage in stream.order:
            if stage.team is not None:
                retired = " (retired)" if stage.retired else ""
                out.setdefault(stage.team, []).append(f"{stream.name}: {stage.name}{retired}")
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
        from vsm.cli.json_views import entity_shape

        emit(
            [
                {
                    "name": team.name,
                    "stages": owned.get(team.id, []),
                    "members": members.get(team.id, []),
                    **entity_shape(TEAM, team, {}),
                }
                for team in teams
            ]
        )
        return
    from vsm.report.lists import team_lines

    show(team_lines(teams, owned, members, terminal_width()))


@click.command(cls=Verb, examples="vsm team add core risk qa")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@json_option
@pass_context
def add_teams(work: CliContext, names: tuple[str, ...], as_json: bool) -> None:
    """Add teams.

    Creates the database if there is none.
    """
    report(work, work.do([AddEntity(TEAM, {"name": name}) for name in names], create=True), as_json)


set_team = set_verb(
    TEAM,
    f"""{VERBS["set"][1]}

    Working days affect capacity only: ages and cycle times count every day. A stream's holidays
    apply to its teams too.
    """,
    examples="""
vsm team set qa --name Quality
vsm team set core --workdays mon-thu --add-holidays 2026-12-24..2027-01-01
vsm team set core --workdays none
vsm team set vault --type platform --purpose 'Keeps keys for all teams'
""",
    shows=False,
)


def _belongings(work: CliContext, owner: Team) -> str:
    """What belongs to a team, in words."""
    stages, members = _owned(work).get(owner.id, []), _members(work).get(owner.id, [])
    parts = []
    if stages:
        parts.append(f"the stages {_some(stages)}")
    if members:
        parts.append(f"the members {_some(members)}")
    plans = people_plans(owner.id, {e.name: work.reader.entities(e) for e in PEOPLE})
    if plans:
        parts.append(plans)
    return " and ".join(parts) or f"items (vsm item list --filter 'team:\"{owner.name}\"')"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


remove_team = remove_verb(
    TEAM,
    f"""{VERBS["remove"][1]}

    First assign its stages, items and members to other teams.
    """,
    examples="vsm team remove qa",
    several=False,
    explain=_belongings,
)
