"""Rules on teams, members and saved views."""

from __future__ import annotations

from typing import Any

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import RuleViolation, answer, name_of, text_of
from vsm.model.decide.calendars import holidays_of, workdays_of
from vsm.model.decide.fields import team_id
from vsm.model.errors import RefusalCode
from vsm.model.query import QueryError, SavedView, parse
from vsm.model.team import INITIALS_MAX, Member, Team, initials
from vsm.model.view import View


@answer.register
def _(command: c.AddTeam, view: View) -> list[e.Event]:
    name = name_of("the team's name", command.name)
    if view.team_by_name(name) is not None:
        raise RuleViolation(
            RefusalCode.STATE, f"there is a team called {name!r}", "choose another name"
        )
    return [e.TeamAdded(team=view.next_id("team"), name=name)]


def _team_of(view: View, number: int) -> Team:
    team = view.team(number)
    if team is None:
        raise RuleViolation(
            RefusalCode.UNKNOWN, f"there is no team {number}", "list them: vsm team list"
        )
    return team


@answer.register
def _(command: c.SetTeam, view: View) -> list[e.Event]:
    team = _team_of(view, command.team)
    wanted: dict[str, Any] = {}
    for field, value in command.changes.items():
        if field == "name":
            wanted[field] = name_of("the team's name", str(value))
            other = view.team_by_name(wanted[field])
            if other is not None and other.id != team.id:
                raise RuleViolation(
                    RefusalCode.STATE,
                    f"there is a team called {other.name!r}",
                    "choose another name",
                )
        elif field == "workdays":
            wanted[field] = None if value is None else workdays_of(value)
        elif field == "holidays":
            wanted[field] = holidays_of(value)
        else:
            raise RuleViolation(
                RefusalCode.INVALID,
                f"a team has no field {field!r}",
                "use name, workdays, holidays",
            )
    changes = {k: (getattr(team, k), v) for k, v in wanted.items() if getattr(team, k) != v}
    return [e.TeamChanged(team=team.id, changes=changes)] if changes else []


@answer.register
def _(command: c.RemoveTeam, view: View) -> list[e.Event]:
    team = _team_of(view, command.team)
    if view.team_owns(team.id):
        raise RuleViolation(
            RefusalCode.IN_USE,
            f"the team {team.name} has stages, items or members",
            "give them to another team first",
        )
    return [
        e.TeamRemoved(team=team.id, name=team.name, workdays=team.workdays, holidays=team.holidays)
    ]


# -- members -----------------------------------------------------------------------


def _initials(text: str, fallback: str) -> str:
    given = "".join(text_of("the initials", text, 40).split())
    if len(given) > INITIALS_MAX:
        raise RuleViolation(
            RefusalCode.INVALID,
            f"{given!r} is long for initials",
            f"{INITIALS_MAX} characters at most",
        )
    return given or initials(fallback)[:INITIALS_MAX]


def _teams(view: View, value: Any) -> tuple[int, ...]:
    found = {team_id(view, number) for number in value or ()}
    return tuple(sorted(number for number in found if number is not None))


@answer.register
def _(command: c.AddMember, view: View) -> list[e.Event]:
    login = name_of("the login", command.login)
    if view.member_by_login(login) is not None:
        raise RuleViolation(
            RefusalCode.STATE, f"there is a member {login!r}", "change that one: vsm member set"
        )
    name = name_of("the name", command.name) if command.name.strip() else login
    return [
        e.MemberAdded(
            member=view.next_id("member"),
            login=login,
            name=name,
            initials=_initials(command.initials, name),
            teams=_teams(view, command.teams),
        )
    ]


def _member_of(view: View, number: int) -> Member:
    member = view.member(number)
    if member is None:
        raise RuleViolation(
            RefusalCode.UNKNOWN, f"there is no member {number}", "list them: vsm member list"
        )
    return member


@answer.register
def _(command: c.SetMember, view: View) -> list[e.Event]:
    member = _member_of(view, command.member)
    wanted: dict[str, Any] = {}
    for field, value in command.changes.items():
        if field == "name":
            wanted[field] = name_of("the name", str(value or member.login))
        elif field == "initials":
            name = str(command.changes.get("name") or member.name)
            wanted[field] = _initials(str(value or ""), name)
        elif field == "teams":
            wanted[field] = _teams(view, value)
        else:
            raise RuleViolation(
                RefusalCode.INVALID, f"a member has no field {field!r}", "use name, initials, teams"
            )
    changes = {k: (getattr(member, k), v) for k, v in wanted.items() if getattr(member, k) != v}
    return [e.MemberChanged(member=member.id, changes=changes)] if changes else []


@answer.register
def _(command: c.RemoveMember, view: View) -> list[e.Event]:
    member = _member_of(view, command.member)
    return [
        e.MemberRemoved(
            member=member.id,
            login=member.login,
            name=member.name,
            initials=member.initials,
            teams=member.teams,
        )
    ]


# -- saved views -------------------------------------------------------------------


@answer.register
def _(command: c.SaveView, view: View) -> list[e.Event]:
    name = name_of("the view's name", command.name)
    text = " ".join(text_of("the filter", command.filter, 1000).split())
    try:
        if not parse(text):
            raise RuleViolation(
                RefusalCode.INVALID, "the filter is empty", "filter the board first, then save it"
            )
    except QueryError as error:
        raise RuleViolation(RefusalCode.INVALID, f"the filter cannot be read: {error}") from None
    if command.stream is not None and view.stream(command.stream) is None:
        raise RuleViolation(RefusalCode.UNKNOWN, f"there is no stream {command.stream}")
    known = view.saved_view_by_name(name)
    if known is None:
        number = view.next_id("view")
        return [e.ViewSaved(view=number, name=name, filter=text, only=command.stream)]
    changes: dict[str, tuple[Any, Any]] = {}
    if known.filter != text:
        changes["filter"] = (known.filter, text)
    if known.only != command.stream:
        changes["only"] = (known.only, command.stream)
    return [e.ViewChanged(view=known.id, changes=changes)] if changes else []


@answer.register
def _(command: c.RemoveView, view: View) -> list[e.Event]:
    known = view.saved_view(command.view)
    if known is None:
        raise RuleViolation(
            RefusalCode.UNKNOWN, "there is no such view", "list them: vsm view list"
        )
    return [_removed(known)]


def _removed(known: SavedView) -> e.ViewRemoved:
    return e.ViewRemoved(view=known.id, name=known.name, filter=known.filter, only=known.only)
