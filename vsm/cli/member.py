"""``vsm member``: who works here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.names import is_none
from vsm.cli.options import complete_member, complete_team, json_option
from vsm.cli.output import emit, note, show
from vsm.cli.report_change import report
from vsm.model.command import AddMember, RemoveMember, SetMember

if TYPE_CHECKING:
    from vsm.session import ChangeGroup

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.member:list_members", "List the members and their teams."),
    "add": ("vsm.cli.member:add_member", "Add somebody who works here."),
    "set": ("vsm.cli.member:set_member", "Change name, initials or teams of a member."),
    "remove": ("vsm.cli.member:remove_members", "Take members away."),
    "import": ("vsm.cli.member_import:import_members", "Add and change members from a CSV file."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm member add anna --name 'Anna Kern' --team core
vsm member set anna --add-team risk
vsm member import members.csv
vsm member list --team core
""",
)
def member() -> None:
    """List, add, change, remove and import members.

    A member's login is what items name as their owner; cards show the member's initials.
    """


@click.command(cls=Verb, examples="vsm member list --team core --json")
@click.option("--team", metavar="NAME", shell_complete=complete_team, help="Only of this team.")
@json_option
@pass_context
def list_members(work: CliContext, team: str | None, as_json: bool) -> None:
    """List the members and their teams."""
    teams = {t.id: t.name for t in work.reader.teams()}
    members = work.reader.members()
    if team is not None:
        wanted = work.team(team).id
        members = [m for m in members if wanted in m.teams]
    if as_json:
        from vsm.cli.json_views import member_shape

        emit([member_shape(m, teams) for m in members])
        return
    if not members:
        note("There are no members yet" if team is None else f"{team} has no members")
        return
    from vsm.report.lists import member_lines

    show(member_lines(members, teams, terminal_width()))


_name = click.option("--name", metavar="TEXT", help="Full name [default: the login].")
_initials = click.option(
    "--initials",
    metavar="TEXT",
    help="Up to four characters for cards [default: from the name].",
)
_team = click.option(
    "--team",
    "teams",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_team,
    help="Team of the member; may be repeated.",
)


@click.command(
    cls=Verb,
    examples="""
vsm member add anna --name 'Anna Kern' --team core
vsm member add jm --name 'Jo Mair' --initials jo --team core --team risk
""",
)
@click.argument("login")
@_name
@_initials
@_team
@json_option
@pass_context
def add_member(
    work: CliContext,
    login: str,
    name: str | None,
    initials: str | None,
    teams: tuple[str, ...],
    as_json: bool,
) -> None:
    """Add somebody who works here.

    LOGIN is what items name as their owner.
    """
    ids = tuple(work.team(team).id for team in teams)
    command = AddMember(login, name or "", initials or "", ids)
    _report(work, work.do([command], create=not teams), login, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm member set anna --name 'Anna Kern-Berg' --initials akb
vsm member set anna --team core --team risk
vsm member set anna --add-team risk --no-team core
vsm member set anna --team none
""",
)
@click.argument("login", shell_complete=complete_member)
@_name
@_initials
@_team
@click.option(
    "--add-team",
    "more",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_team,
    help="One more team.",
)
@click.option(
    "--no-team",
    "fewer",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_team,
    help="No longer in this team.",
)
@json_option
@pass_context
def set_member(
    work: CliContext,
    login: str,
    name: str | None,
    initials: str | None,
    teams: tuple[str, ...],
    more: tuple[str, ...],
    fewer: tuple[str, ...],
    as_json: bool,
) -> None:
    """Change name, initials or teams of a member.

    --team names all teams anew; none is no team. Who has another login is another member.
    """
    found = work.member(login)
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = name
    if initials is not None:
        changes["initials"] = "" if is_none(initials) else initials
    if teams or more or fewer:
        ids = {work.team(t).id for t in teams if not is_none(t)} if teams else set(found.teams)
        ids |= {work.team(t).id for t in more}
        changes["teams"] = tuple(sorted(ids - {work.team(t).id for t in fewer}))
    if not changes:
        raise click.UsageError(
            "give something to change: --name, --initials, --team, --add-team or --no-team",
            click.get_current_context(),
        )
    _report(work, work.do([SetMember(found.id, changes)]), found.login, as_json)


@click.command(cls=Verb, examples="vsm member remove anna jm")
@click.argument(
    "logins", metavar="LOGIN...", nargs=-1, required=True, shell_complete=complete_member
)
@json_option
@pass_context
def remove_members(work: CliContext, logins: tuple[str, ...], as_json: bool) -> None:
    """Take members away.

    Items keep the login as their owner.
    """
    ids = dict.fromkeys(work.member(login).id for login in logins)
    report(work, work.do([RemoveMember(number) for number in ids]), as_json)


def _report(work: CliContext, done: ChangeGroup, login: str, as_json: bool) -> None:
    if not as_json:
        report(work, done, as_json)
        return
    from vsm.cli.json_views import member_shape

    teams = {t.id: t.name for t in work.reader.teams()}
    wanted = " ".join(login.split()).casefold()
    found = next((m for m in work.reader.members() if m.login.casefold() == wanted), None)
    report(work, done, as_json, member=member_shape(found, teams) if found else None)
