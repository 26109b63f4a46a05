"""``vsm team interact``: how two teams work together, and until when."""

from __future__ import annotations

from typing import Any

import click

from vsm.cli.base import NounOrVerb, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.entity_verbs import remove_verb
from vsm.cli.names import OneOf
from vsm.cli.options import complete_entity, json_option
from vsm.cli.report_change import report
from vsm.cli.team_people import (
    all_option,
    list_people,
    newest,
    read_day,
    report_people,
    today_of,
)
from vsm.model.allocation import InteractionMode
from vsm.model.command import AddEntity, ChangeEntity
from vsm.model.people_entities import INTERACTION

VERBS: dict[str, tuple[str, str]] = {
    "add": ("vsm.cli.team_interact:add", "Record how two teams work together."),
    "list": ("vsm.cli.team_interact:list_interactions", "List interactions, overdue ones first."),
    "end": ("vsm.cli.team_interact:end", "End an interaction."),
    "remove": ("vsm.cli.team_interact:remove", "Remove interactions that never were."),
}
_COLUMNS = ("number", "team", "other", "mode", "start", "until", "ended", "purpose")


@click.group(
    cls=NounOrVerb,
    verbs=VERBS,
    examples="""
vsm team interact cards risk --mode collaboration --until 2027-03-01 --for 'token vault'
vsm team interact list
vsm team interact end 3
""",
)
def interact() -> None:
    """Record how two teams work together.

    Collaboration and facilitating should end: an interaction past its day is overdue.
    """


@click.command(
    cls=Verb,
    examples="""
vsm team interact cards risk --mode collaboration --until 2027-03-01 --for 'token vault'
vsm team interact cards reliability --mode x-as-a-service
""",
)
@click.argument("team", shell_complete=complete_entity("team"))
@click.argument("other", shell_complete=complete_entity("team"))
@click.option("--mode", type=OneOf(InteractionMode), required=True, help="How they work together.")
@click.option("--from", "first", metavar="DATE", help="First day [default: today].")
@click.option("--until", metavar="DATE", help="Day on which it is expected to be over.")
@click.option("--for", "purpose", default="", metavar="TEXT", help="Purpose.")
@json_option
@pass_context
def add(
    work: CliContext,
    team: str,
    other: str,
    mode: InteractionMode,
    first: str | None,
    until: str | None,
    purpose: str,
    as_json: bool,
) -> None:
    """Record how two teams work together."""
    a, b = work.team(team), work.team(other)
    values: dict[str, Any] = {"team": a.id, "other": b.id, "mode": str(mode), "purpose": purpose}
    values |= {"start": read_day(work, first, "--from"), "until": read_day(work, until, "--until")}
    done = work.do([AddEntity(INTERACTION, values)])
    current = newest(work, INTERACTION, lambda one: (one.team, one.other) == (a.id, b.id))
    number = "" if current is None else f" (no. {current.number})"
    report_people(work, INTERACTION, done, current, [f"{done.label}{number}"], as_json)


@click.command(cls=Verb, examples="vsm team interact list --json")
@click.option(
    "--team", metavar="NAME", shell_complete=complete_entity("team"), help="Only of this team."
)
@all_option
@json_option
@pass_context
def list_interactions(work: CliContext, team: str | None, with_past: bool, as_json: bool) -> None:
    """List interactions, overdue ones first."""
    today = today_of(work).isoformat()
    rows = [one for one in work.reader.entities(INTERACTION) if with_past or one.ended is None]
    if team is not None:
        number = work.team(team).id
        rows = [one for one in rows if number in (one.team, one.other)]
    rows.sort(key=lambda one: (not one.is_overdue(today), one.until or "9999", one.id))
    list_people(
        work,
        INTERACTION,
        rows,
        _COLUMNS,
        "There are no interactions here",
        as_json,
        lambda one: {"overdue": one.is_overdue(today)},
    )


@click.command(cls=Verb, examples="vsm team interact end 3 --on fri")
@click.argument("number", metavar="NO")
@click.option("--on", "last", metavar="DATE", help="Day on which it was over [default: today].")
@json_option
@pass_context
def end(work: CliContext, number: str, last: str | None, as_json: bool) -> None:
    """End an interaction.

    NO is its number (vsm team interact list).
    """
    current = work.find(INTERACTION, number)
    day = read_day(work, last, "--on") or today_of(work).isoformat()
    report(work, work.do([ChangeEntity(INTERACTION, current.id, {"ended": day})]), as_json)


remove = remove_verb(INTERACTION, VERBS["remove"][1], examples="vsm team interact remove 3")
