"""``vsm teams``: the teams with their load, or one of them with its weeks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.capacity import AS_OF, people_option
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import as_of_option, complete_entity
from vsm.cli.output import note as say_done
from vsm.cli.reports import format_of, report_options, write_report
from vsm.cli.team_people import look
from vsm.features.capacity.predictions import pin_of
from vsm.features.capacity.reading import read_capacity
from vsm.model.command import AddEntity
from vsm.model.entities import PIN, TEAM
from vsm.model.errors import BadInput


@click.command(
    cls=Verb,
    examples="""
vsm teams
vsm teams risk
vsm teams risk --json | jq '.teams[].options'
vsm teams ledger --keep --note 'Asked for in the quarterly review'
""",
)
@click.argument("team", required=False, shell_complete=complete_entity("team"))
@click.option(
    "--keep",
    is_flag=True,
    help="Keep by when the team is saturated, to see later whether it came true.",
)
@click.option("--note", metavar="TEXT", default="", help="What to remember it by.")
@people_option
@as_of_option(AS_OF)
@report_options
@pass_context
def teams(
    work: CliContext,
    team: str | None,
    keep: bool,
    note: str,
    with_people: bool,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show teams with people, load, waits and saturation; of one team also its weeks.

    The figures are those of vsm capacity; no figure is about a single person.
    """
    chosen = format_of(form, as_json)
    onlooker = look(work) if with_people else None
    at = read_as_of(as_of, None)
    one = None if team is None else work.find(TEAM, team)
    now, present = work.now if at is None else at, at is None
    result = read_capacity(work.reader, as_of=now, present=present, onlooker=onlooker)
    if keep:
        if one is None or at is not None:
            raise BadInput("--keep is about one team, now", "name it: vsm teams TEAM --keep")
        chosen_team = result.team(one.id)
        assert chosen_team is not None
        taken = [pin.name for pin in work.reader.entities(PIN)]
        say_done(work.do([AddEntity(PIN, pin_of(chosen_team, taken, now, note))]).label)
        result = read_capacity(work.reader, as_of=now, present=True, onlooker=onlooker)
    if one is not None:
        result = replace(result, teams=tuple(t for t in result.teams if t.id == one.id))
    from vsm.features.capacity.report import report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: report(result, result.teams[0] if one is not None and result.teams else None),
        lambda: publish(result),
        about=as_of_words(work, None, at),
    )
