"""``vsm team hire``: hires that teams want, and how far they have come."""

from __future__ import annotations

from typing import Any

import click

from vsm.cli.base import NounOrVerb, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.entity_verbs import remove_verb
from vsm.cli.names import OneOf
from vsm.cli.options import complete_entity, json_option
from vsm.cli.report_change import report
from vsm.cli.team_people import all_option, list_people, newest, read_day, report_people
from vsm.model.allocation import RAMP_WEEKS, HireState
from vsm.model.command import AddEntity, ChangeEntity
from vsm.model.entities import MEMBER
from vsm.model.people_entities import HIRE

VERBS: dict[str, tuple[str, str]] = {
    "add": ("vsm.cli.team_hire:add", "Record that a team wants to hire somebody."),
    "list": ("vsm.cli.team_hire:list_hires", "List hires, and how far they have come."),
    "set": ("vsm.cli.team_hire:set_hire", "Change a hire: its state, its first day."),
    "remove": ("vsm.cli.team_hire:remove", "Remove hires."),
}
_COLUMNS = ("number", "team", "fraction", "state", "need_by", "lead_weeks", "start", "skills")
_OVER = (HireState.STARTED, HireState.DROPPED)


@click.group(
    cls=NounOrVerb,
    verbs=VERBS,
    examples="""
vsm team hire risk --need-by 2027-04-01 --lead-weeks 12 --skills controls
vsm team hire set 2 --state signed --start 2027-03-01
vsm team hire set 2 --state started --member cleo
""",
)
def hire() -> None:
    """Record that a team wants to hire somebody.

    A hire counts from its first day on once it is signed. Once it has started it is a member like
    any other, with an allocation in its place.
    """


def _options(function: Any) -> Any:
    """The options that new hires and changes have in common."""
    for option in reversed(
        (
            click.option("--fraction", metavar="FRACTION", help="Part of a person: 0.5, 50%."),
            click.option("--skills", metavar="SKILLS", help="Skills to look for, with commas."),
            click.option("--need-by", metavar="DATE", help="Day by which the team needs them."),
            click.option(
                "--lead-weeks", metavar="WEEKS", help="Weeks from the decision to their first day."
            ),
            click.option("--start", metavar="DATE", help="First day, once it is known."),
            click.option("--state", type=OneOf(HireState), help="How far it has come."),
            click.option(
                "--ramp", metavar="WEEKS", help=f"Weeks until they count whole [{RAMP_WEEKS}]."
            ),
            click.option(
                "--member",
                metavar="LOGIN",
                shell_complete=complete_entity("member"),
                help="Whoever was hired, once they have started.",
            ),
        )
    ):
        function = option(function)
    return function


def _values(work: CliContext, options: dict[str, Any]) -> dict[str, Any]:
    """The fields that options give; ``none`` empties one."""
    values: dict[str, Any] = {}
    for name in ("need_by", "start"):
        if options[name] is not None:
            values[name] = read_day(work, options[name], f"--{name.replace('_', '-')}")
    for name, field in (
        ("fraction", "fraction"),
        ("skills", "skills"),
        ("lead_weeks", "lead_weeks"),
        ("ramp", "ramp_weeks"),
    ):
        if options[name] is not None:
            is_none = options[name].strip().casefold() == "none"
            values[field] = None if is_none else options[name]
    if options["state"] is not None:
        values["state"] = str(options["state"])
    if options["member"] is not None:
        values["member"] = work.find(MEMBER, options["member"]).id
    return values


@click.command(
    cls=Verb,
    examples="""
vsm team hire risk --need-by 2027-04-01 --lead-weeks 12
vsm team hire core --fraction 80% --state signed --start 2027-02-01
""",
)
@click.argument("team", shell_complete=complete_entity("team"))
@_options
@json_option
@pass_context
def add(work: CliContext, /, team: str, as_json: bool, **options: Any) -> None:
    """Record that a team wants to hire somebody.

    A signed hire without a first day gets the one after its lead time.
    """
    owner = work.team(team)
    done = work.do([AddEntity(HIRE, {"team": owner.id, **_values(work, options)})])
    current = newest(work, HIRE, lambda one: one.team == owner.id)
    number = "" if current is None else f" (no. {current.number})"
    start = "" if current is None or not current.start else f", first day {current.start}"
    report_people(work, HIRE, done, current, [f"{done.label}{start}{number}"], as_json)


@click.command(cls=Verb, examples="vsm team hire list --team risk --json")
@click.option(
    "--team", metavar="NAME", shell_complete=complete_entity("team"), help="Only of this team."
)
@all_option
@json_option
@pass_context
def list_hires(work: CliContext, team: str | None, with_past: bool, as_json: bool) -> None:
    """List hires, and how far they have come."""
    rows = [one for one in work.reader.entities(HIRE) if with_past or one.state not in _OVER]
    if team is not None:
        number = work.team(team).id
        rows = [one for one in rows if one.team == number]
    list_people(work, HIRE, rows, _COLUMNS, "There are no hires here", as_json)


@click.command(
    cls=Verb,
    examples="""
vsm team hire set 2 --state approved
vsm team hire set 2 --state started --member cleo
""",
)
@click.argument("number", metavar="NO")
@_options
@json_option
@pass_context
def set_hire(work: CliContext, /, number: str, as_json: bool, **options: Any) -> None:
    """Change a hire: its state, its first day.

    NO is its number (vsm team hire list). With the state started the member is allocated to the
    team from the first day on.
    """
    changes = _values(work, options)
    if not changes:
        raise click.UsageError(
            "give something to change: --state, --start, --member, --fraction, --skills, --need-by,"
            " --lead-weeks or --ramp",
            click.get_current_context(),
        )
    current = work.find(HIRE, number)
    report(work, work.do([ChangeEntity(HIRE, current.id, changes)]), as_json)


remove = remove_verb(HIRE, VERBS["remove"][1], examples="vsm team hire remove 2")
