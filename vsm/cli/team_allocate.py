"""``vsm team allocate``: which part of a member's time a team has, and from when on."""

from __future__ import annotations

from typing import Any

import click

from vsm.cli.base import NounOrVerb, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.entity_verbs import remove_verb
from vsm.cli.options import complete_entity, json_option
from vsm.cli.output import note, say
from vsm.cli.report_change import report
from vsm.cli.team_people import (
    all_option,
    list_people,
    look,
    newest,
    read_day,
    report_people,
    today_of,
)
from vsm.model.allocation import RAMP_WEEKS
from vsm.model.command import AddEntity, ChangeEntity
from vsm.model.entities import MEMBER
from vsm.model.field_types import fraction_text
from vsm.model.people_entities import ALLOCATION

VERBS: dict[str, tuple[str, str]] = {
    "add": ("vsm.cli.team_allocate:add", "Allocate part of a member's time to a team."),
    "list": ("vsm.cli.team_allocate:list_allocations", "List allocations."),
    "set": ("vsm.cli.team_allocate:set_allocation", "Change an allocation."),
    "end": ("vsm.cli.team_allocate:end", "End an allocation."),
    "remove": ("vsm.cli.team_allocate:remove", "Remove allocations that never were."),
}
_COLUMNS = ("number", "member", "team", "fraction", "start", "end", "skills")


@click.group(
    cls=NounOrVerb,
    verbs=VERBS,
    examples="""
vsm team allocate core anna 0.5 --from 2026-12-01
vsm team allocate core ben 80% --from mon --to 2027-03-31 --skills go,payments
vsm team allocate list --team core
vsm team allocate end 12 --on 2027-01-31
""",
)
def allocate() -> None:
    """Allocate part of a member's time to a team.

    Capacity counts it on the team's working days. A member without an allocation counts as one
    person, shared among their teams. Where roles are in force, allocations are seen by coach, PMO
    and admin, and by the member.
    """


_ramp_option = click.option(
    "--ramp",
    metavar="WEEKS",
    help=f"Weeks until they count whole [default: {RAMP_WEEKS} where they are new in the team].",
)
_skills_option = click.option(
    "--skills", metavar="SKILLS", help="Skills that the team gets, with commas: go,payments."
)
_to_option = click.option("--to", "last", metavar="DATE", help="Last day [default: for good].")
_over_option = click.option(
    "--over", is_flag=True, help="Record it although the member's fractions exceed one person."
)


@click.command(
    cls=Verb,
    examples="""
vsm team allocate core anna 0.5 --from 2026-12-01
vsm team allocate risk anna 1/2 --from 2026-12-01 --to 2027-02-28 --ramp 4
""",
)
@click.argument("team", shell_complete=complete_entity("team"))
@click.argument("login", shell_complete=complete_entity("member"))
@click.argument("fraction")
@click.option("--from", "first", metavar="DATE", required=True, help="First day (mon, 2026-12-01).")
@_to_option
@_skills_option
@_ramp_option
@_over_option
@json_option
@pass_context
def add(
    work: CliContext,
    team: str,
    login: str,
    fraction: str,
    first: str,
    last: str | None,
    skills: str | None,
    ramp: str | None,
    over: bool,
    as_json: bool,
) -> None:
    """Allocate part of a member's time to a team.

    FRACTION is 0.5, 50% or 1/2. On the same days it takes the place of an earlier allocation of
    the member to the team. A sum of more than one person is refused without --over.
    """
    owner, member = work.team(team), work.find(MEMBER, login)
    start = read_day(work, first, "--from")
    values: dict[str, Any] = {"team": owner.id, "member": member.id, "fraction": fraction}
    values |= {"start": start, "end": read_day(work, last, "--to"), "skills": skills or ""}
    done = work.do([AddEntity(ALLOCATION, {**values, "ramp_weeks": ramp, "is_over": over})])
    current = newest(
        work,
        ALLOCATION,
        lambda a: (a.member, a.team, a.start) == (member.id, owner.id, start),
    )
    lines = [done.label]
    if current is not None:
        until = f" to {current.end}" if current.end else ""
        ramped = f", ramping up over {current.ramp_weeks} weeks" if current.ramp_weeks else ""
        lines = [
            f"allocated {fraction_text(current.fraction)} of {member.login} to {owner.name} from"
            f" {current.start}{until}{ramped} (no. {current.number})"
        ]
        lines += ["recorded as an overrun of one person"] if current.is_over else []
        lines += ["earlier allocations to the team give way"] if len(done.changes) > 1 else []
    report_people(work, ALLOCATION, done, current, lines, as_json)


@click.command(cls=Verb, examples="vsm team allocate list --team core --json")
@click.option(
    "--team", metavar="NAME", shell_complete=complete_entity("team"), help="Only to this team."
)
@click.option(
    "--member", metavar="LOGIN", shell_complete=complete_entity("member"), help="Only of them."
)
@all_option
@json_option
@pass_context
def list_allocations(
    work: CliContext, team: str | None, member: str | None, with_past: bool, as_json: bool
) -> None:
    """List allocations.

    Where roles are in force, coach, PMO and admin see all of them, others their own.
    """
    today = today_of(work).isoformat()
    known = work.reader.entities(ALLOCATION)
    seen = look(work).allocations(known)
    rows = [a for a in seen if with_past or a.end is None or a.end >= today]
    if team is not None:
        owner = work.team(team).id
        rows = [a for a in rows if a.team == owner]
    if member is not None:
        number = work.find(MEMBER, member).id
        rows = [a for a in rows if a.member == number]
    rows.sort(key=lambda a: (a.team, a.start, a.id))
    list_people(work, ALLOCATION, rows, _COLUMNS, "There are no allocations here", as_json)
    if len(seen) < len(known) and not as_json:
        note("Allocations of others are seen by coach, PMO and admin")


@click.command(
    cls=Verb,
    examples="""
vsm team allocate set 12 --fraction 80%
vsm team allocate set 12 --to none --skills go,payments
""",
)
@click.argument("number", metavar="NO")
@click.option("--fraction", metavar="FRACTION", help="0.5, 50% or 1/2.")
@click.option("--from", "first", metavar="DATE", help="First day.")
@click.option("--to", "last", metavar="DATE", help="Last day; none: for good.")
@_skills_option
@_ramp_option
@_over_option
@json_option
@pass_context
def set_allocation(
    work: CliContext,
    number: str,
    fraction: str | None,
    first: str | None,
    last: str | None,
    skills: str | None,
    ramp: str | None,
    over: bool,
    as_json: bool,
) -> None:
    """Change an allocation.

    NO is its number (vsm team allocate list). It changes what was planned from its first day on;
    for another fraction from a later day on allocate anew.
    """
    changes: dict[str, Any] = {}
    if fraction is not None:
        changes["fraction"] = fraction
    if first is not None:
        changes["start"] = read_day(work, first, "--from")
    if last is not None:
        changes["end"] = read_day(work, last, "--to")
    if skills is not None:
        changes["skills"] = "" if skills.casefold() == "none" else skills
    if ramp is not None:
        changes["ramp_weeks"] = ramp
    if over:
        changes["is_over"] = True
    if not changes:
        raise click.UsageError(
            "give something to change: --fraction, --from, --to, --skills, --ramp or --over",
            click.get_current_context(),
        )
    current = work.find(ALLOCATION, number)
    report(work, work.do([ChangeEntity(ALLOCATION, current.id, changes)]), as_json)


@click.command(cls=Verb, examples="vsm team allocate end 12 --on 2027-01-31")
@click.argument("number", metavar="NO")
@click.option("--on", "last", metavar="DATE", help="Last day [default: today].")
@json_option
@pass_context
def end(work: CliContext, number: str, last: str | None, as_json: bool) -> None:
    """End an allocation.

    It counts up to and on its last day; past capacity stays as it was.
    """
    current = work.find(ALLOCATION, number)
    day = read_day(work, last, "--on") or today_of(work).isoformat()
    done = work.do([ChangeEntity(ALLOCATION, current.id, {"end": day})])
    if as_json:
        report(work, done, as_json)
    else:  # the label, which all see in the log, names no day
        say(f"the allocation {current.number} ends on {day}")


remove = remove_verb(
    ALLOCATION,
    f"""{VERBS["remove"][1]}

    Past capacity no longer counts them: to stop one from a day on, end it.
    """,
    examples="vsm team allocate remove 12",
)
