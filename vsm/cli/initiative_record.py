"""``vsm initiative serves|spend``: objectives that it serves, and what it has cost."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import complete_entity, json_option
from vsm.cli.report_change import report
from vsm.model.command import AddEntity, ChangeEntity, Command, RemoveEntity
from vsm.model.errors import BadInput
from vsm.model.portfolio_entities import CONTRIBUTION, INITIATIVE, OBJECTIVE, SPENDING
from vsm.model.rules import from_micros


@click.command(
    cls=Verb,
    examples="""
vsm initiative serves Loyalty 'Fewer leave'
vsm initiative serves Loyalty 'Fewer leave' 60%
vsm initiative serves Loyalty 'Fewer leave' none
""",
)
@click.argument("name", shell_complete=complete_entity(INITIATIVE.name))
@click.argument("objective", shell_complete=complete_entity(OBJECTIVE.name))
@click.argument("weight", default="100%")
@json_option
@pass_context
def serves(work: CliContext, name: str, objective: str, weight: str, as_json: bool) -> None:
    """Tie an initiative to an objective with a part of its work.

    WEIGHT is that part, such as 60%; none takes the tie away.
    """
    one, other = work.find(INITIATIVE, name), work.find(OBJECTIVE, objective)
    tie = next(
        (
            tie
            for tie in work.reader.entities(CONTRIBUTION)
            if (tie.initiative, tie.objective) == (one.id, other.id)
        ),
        None,
    )
    command: Command
    if weight.strip().casefold() == "none":
        if tie is None:
            raise BadInput(
                f"{one.name} does not serve {other.name}", "see vsm initiative show NAME"
            )
        command = RemoveEntity(CONTRIBUTION, tie.id)
    elif tie is not None:
        command = ChangeEntity(CONTRIBUTION, tie.id, {"weight": weight})
    else:
        values = {"initiative": one.id, "objective": other.id, "weight": weight}
        command = AddEntity(CONTRIBUTION, values)
    report(work, work.do([command]), as_json)


@click.command(
    cls=Verb,
    examples="""
vsm initiative spend Loyalty 12500 --source 'invoice 7'
vsm initiative spend Loyalty -300 --day 2026-11-02 --source refund
""",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("name", shell_complete=complete_entity(INITIATIVE.name))
@click.argument("amount")
@click.option("--day", metavar="DATE", help="Day on which it was spent [today].")
@click.option("--source", metavar="TEXT", default="", help="Where the amount is from.")
@json_option
@pass_context
def spend(
    work: CliContext, name: str, amount: str, day: str | None, source: str, as_json: bool
) -> None:
    """Record what an initiative has cost.

    It changes no return: that is of what going on still costs.
    """
    one = work.find(INITIATIVE, name)
    values = {
        "initiative": one.id,
        "day": day or from_micros(work.now).date().isoformat(),
        "amount": amount,
        "source": source,
    }
    report(work, work.do([AddEntity(SPENDING, values)]), as_json)
