"""``vsm team absence``: when members and teams are away."""

from __future__ import annotations

from typing import Any

import click

from vsm.cli.base import NounOrVerb, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.entity_verbs import remove_verb
from vsm.cli.names import OneOf, candidates, pick
from vsm.cli.options import complete_entity, json_option
from vsm.cli.output import note
from vsm.cli.team_people import (
    all_option,
    list_people,
    look,
    newest,
    read_day,
    report_people,
    today_of,
)
from vsm.model.allocation import Absence, AbsenceKind
from vsm.model.command import AddEntity
from vsm.model.entities import MEMBER
from vsm.model.errors import BadInput
from vsm.model.people_entities import ABSENCE
from vsm.model.people_privacy import HIDDEN

VERBS: dict[str, tuple[str, str]] = {
    "add": ("vsm.cli.team_absence:add", "Record when a member or a team is away."),
    "list": ("vsm.cli.team_absence:list_absences", "List absences."),
    "import": (
        "vsm.cli.team_absence_import:import_absences",
        "Import absences or public holidays from a calendar (.ics) or a table (.csv).",
    ),
    "remove": ("vsm.cli.team_absence:remove", "Remove absences."),
}
_COLUMNS = ("number", "member", "team", "start", "end", "absence_kind", "fraction")


@click.group(
    cls=NounOrVerb,
    verbs=VERBS,
    examples="""
vsm team absence anna 2026-12-24..2027-01-01
vsm team absence me fri --fraction 1/2
vsm team absence core 2027-02-01 --kind training
vsm team absence import holidays.ics --team core
vsm team absence list
""",
)
def absence() -> None:
    """Record when a member or a team is away.

    Capacity counts it. Everybody may record their own absences, those of others coach, PMO and
    admin. Why somebody is away is seen by these and by members of the same team; sickness is
    recorded as other, unless a team allows it (vsm team set TEAM --sickness recorded).
    """


@click.command(
    cls=Verb,
    examples="""
vsm team absence anna 2026-12-24..2027-01-01 --kind leave
vsm team absence me tomorrow --fraction 50%
""",
)
@click.argument("who", metavar="LOGIN|TEAM", shell_complete=complete_entity("member"))
@click.argument("days", metavar="FROM..TO")
@click.option("--kind", type=OneOf(AbsenceKind), default="leave", help="Why [default: leave].")
@click.option("--fraction", metavar="FRACTION", help="Part of each day: 0.5, 50% or 1/2.")
@click.option("--team", "is_team", is_flag=True, help="LOGIN|TEAM is a team.")
@json_option
@pass_context
def add(
    work: CliContext,
    who: str,
    days: str,
    kind: AbsenceKind,
    fraction: str | None,
    is_team: bool,
    as_json: bool,
) -> None:
    """Record when a member or a team is away.

    An absence that shares days with an earlier one is merged with it.
    """
    first, dots, last = days.partition("..")
    start = read_day(work, first, "FROM")
    values: dict[str, Any] = {
        **_whose(work, who, is_team),
        "start": start,
        "end": read_day(work, last, "TO") if dots else start,
        "absence_kind": str(kind),
    }
    if fraction is not None:
        values["fraction"] = fraction
    done = work.do([AddEntity(ABSENCE, values)])
    current = newest(work, ABSENCE, lambda one: _is_of(one, values))
    lines = [done.label]
    if current is not None and (current.start, current.end) != (values["start"], values["end"]):
        lines = [f"merged with an earlier absence: away from {current.start} to {current.end}"]
    if current is not None and current.absence_kind != kind:
        lines.append(f"recorded as {current.absence_kind}, not as {kind}")
    report_people(work, ABSENCE, done, current, lines, as_json)


def _is_of(absence: Absence, values: dict[str, Any]) -> bool:
    """Whether an absence holds what was to be recorded."""
    owner = absence.member if values.get("team") is None else absence.team
    spans = absence.start <= values["start"] and values["end"] <= absence.end
    return spans and owner == (values.get("member") or values.get("team"))


def _whose(work: CliContext, text: str, is_team: bool) -> dict[str, int]:
    """The member or the team that is meant."""
    if is_team:
        return {"team": work.team(text).id}
    if text.casefold() == "me":
        return {"member": work.find(MEMBER, work.me()).id}
    members = [(member.login, member.id) for member in work.reader.members()]
    teams = [(team.name, team.id) for team in work.reader.teams()]
    names = [*((name, ("member", n)) for name, n in members), *((t, ("team", n)) for t, n in teams)]
    match = candidates(text, names)
    if len(match) == 2 and match[0][0].casefold() == match[1][0].casefold():
        raise BadInput(f"{text!r:.60} is a login and a team", "for the team add --team")
    what, number = pick("member or team", text, names, "vsm member add, vsm team add")
    return {what: number}


@click.command(cls=Verb, examples="vsm team absence list --team core --json")
@click.option(
    "--team",
    metavar="NAME",
    shell_complete=complete_entity("team"),
    help="Only of this team and its members.",
)
@click.option(
    "--member", metavar="LOGIN", shell_complete=complete_entity("member"), help="Only of them."
)
@all_option
@json_option
@pass_context
def list_absences(
    work: CliContext, team: str | None, member: str | None, with_past: bool, as_json: bool
) -> None:
    """List absences.

    Kinds of others than the own team are seen by coach, PMO and admin.
    """
    today = today_of(work).isoformat()
    rows = look(work).absences(work.reader.entities(ABSENCE))
    rows = [absence for absence in rows if with_past or absence.end >= today]
    if team is not None:
        owner = work.team(team).id
        own = {one.id for one in work.reader.members() if owner in one.teams}
        rows = [absence for absence in rows if absence.team == owner or absence.member in own]
    if member is not None:
        number = work.find(MEMBER, member).id
        rows = [absence for absence in rows if absence.member == number]
    rows.sort(key=lambda absence: (absence.start, absence.id))
    list_people(
        work,
        ABSENCE,
        rows,
        _COLUMNS,
        "There are no absences here",
        as_json,
        lambda one: {"kind": one.absence_kind or None},
    )
    if not as_json and any(absence.absence_kind == HIDDEN for absence in rows):
        note("Kinds that are left out are seen by coach, PMO, admin and the own team")


remove = remove_verb(ABSENCE, VERBS["remove"][1], examples="vsm team absence remove 7")
