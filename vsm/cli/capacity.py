"""``vsm capacity``: when teams are saturated, and what helps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import as_of_option, complete_entity
from vsm.cli.output import note
from vsm.cli.reports import format_of, report_options, write_report
from vsm.cli.team_people import look
from vsm.features.capacity.changes import (
    TeamChanges,
    Tried,
    continued,
    dated,
    parse_changes,
    read_changes,
)
from vsm.features.capacity.reading import WEEKS, read_capacity
from vsm.features.simulate.plans import save_team_plan
from vsm.model.entities import PLAN, TEAM
from vsm.model.errors import BadInput
from vsm.model.pin import Plan
from vsm.model.rules import local
from vsm.model.team import Team

AS_OF = "Show them as they stood then: a date (its end, in UTC) or a moment [default: now]."


people_option = click.option(
    "--people",
    "with_people",
    is_flag=True,
    help="Name allocations too: all of them as coach, PMO or admin, else your own.",
)


@click.command(
    cls=Verb,
    examples="""
vsm capacity
vsm capacity --weeks 13
vsm capacity --as-of 2026-03-31
vsm capacity --change Risk=+1 --change Quality=-1
vsm capacity --hire Risk=1@2027-03-01 --arrivals Risk=120% --save 'Hire for Risk'
vsm capacity --plan 'Hire for Risk' --plan 'One from Quality'
vsm capacity --json | jq -r '.teams[] | select(.saturation) | .name'
vsm capacity --format html -o capacity.html
""",
)
@click.option(
    "--weeks",
    type=click.IntRange(4, 52),
    default=WEEKS,
    show_default=True,
    help="Weeks ahead to look at.",
)
@click.option(
    "--change",
    "changes",
    metavar="TEAM=+1[@FROM[..TO]]",
    multiple=True,
    help="Try so many people more, or fewer; may be repeated.",
)
@click.option(
    "--hire",
    metavar="TEAM=1@FROM",
    multiple=True,
    help="Try a hire, who counts along a ramp of 8 weeks; may be repeated.",
)
@click.option(
    "--arrivals",
    metavar="TEAM=120%",
    multiple=True,
    help="Try more or fewer arrivals; may be repeated.",
)
@click.option(
    "--plan",
    "plans",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_entity("plan"),
    help="Try a saved plan; several are compared, other options come on top of one.",
)
@click.option("--save", metavar="NAME", help="Save what is tried as a plan.")
@people_option
@as_of_option(AS_OF)
@report_options
@pass_context
def capacity(
    work: CliContext,
    weeks: int,
    changes: tuple[str, ...],
    hire: tuple[str, ...],
    arrivals: tuple[str, ...],
    plans: tuple[str, ...],
    save: str | None,
    with_people: bool,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show how loaded teams are, when they will be saturated, and whether to pivot or hire.

    Load is what arrives at the active stages that a team owns, in all streams, against the slots
    that it works with. People are counted by allocation, presence and ramp. Saturated is a team
    that is used by 85% or more: from there on small surprises make long queues. What is tried
    changes nothing but what is shown.
    """
    chosen = format_of(form, as_json)
    onlooker = look(work) if with_people else None
    at = read_as_of(as_of, None)
    now, present = work.now if at is None else at, at is None
    own = TeamChanges(changes, hire, arrivals)
    today = local(now, "UTC").date()
    tried = _tried(work, own, plans, today)
    if save is not None:
        if not own:
            raise BadInput("there is nothing to save", "give --change, --hire or --arrivals")
        saved = work.find(PLAN, plans[0]).options if len(plans) == 1 else ""
        options = str(dated(own, today).over(parse_changes(saved)))
        note(work.do([save_team_plan(work.reader, save, options)]).label)
    result = read_capacity(
        work.reader, as_of=now, present=present, weeks=weeks, tried=tried, onlooker=onlooker
    )
    from vsm.features.capacity.report import report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: report(result),
        lambda: publish(result),
        about=as_of_words(work, None, at),
    )


def _tried(work: CliContext, own: TeamChanges, plans: tuple[str, ...], today: date) -> list[Tried]:
    """What is tried: each plan; options alone, or on top of a single plan."""

    def team(name: str) -> Team:
        return work.find(TEAM, name)

    named = [
        (saved.name, continued(parse_changes(saved.options), today))
        for saved in map(_plan(work), plans)
    ]
    if own and len(named) == 1:
        name, changes = named[0]
        return [read_changes(own.over(changes), team, today, f"{name} {own}")]
    tried = [read_changes(changes, team, today, name) for name, changes in named]
    return [*tried, read_changes(own, team, today)] if own else tried


def _plan(work: CliContext) -> Callable[[str], Plan]:
    """Finds a plan of teams by its name."""

    def find(name: str) -> Plan:
        plan = work.find(PLAN, name)
        if plan.only is not None:
            raise BadInput(
                f"{plan.name} is a plan of a stream",
                f"play it with: vsm forecast whatif --plan {plan.name!r}",
            )
        return plan

    return find
