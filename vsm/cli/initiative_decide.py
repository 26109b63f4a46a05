"""``vsm initiative decide|review``: decisions with the figures they were made on."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import complete_entity, json_option
from vsm.cli.report_change import report
from vsm.model.command import DecideInitiative, ReviewDecision
from vsm.model.errors import BadInput
from vsm.model.portfolio import DecisionKind, Hindsight
from vsm.model.portfolio_entities import DECISION, INITIATIVE


@click.command(
    cls=Verb,
    examples="""
vsm initiative decide Loyalty start --reason 'best odds for churn'
vsm initiative decide Ledger stop --reason 'the vendor has it now'
vsm initiative decide Loyalty continue --reason 'sign-ups recover' --review-on 2027-01-15
vsm initiative decide Loyalty pin --reason 'steering page of November'
""",
)
@click.argument("name", shell_complete=complete_entity(INITIATIVE.name))
@click.argument("choice", type=click.Choice([kind.value for kind in DecisionKind]))
@click.option("--reason", metavar="TEXT", required=True, help="Why; it stays on record.")
@click.option("--review-on", metavar="DATE", help="Day to look at it again [in 90 days].")
@click.option(
    "--over-limit", is_flag=True, help="Start it although as many are under way as should be."
)
@json_option
@pass_context
def decide(
    work: CliContext,
    name: str,
    choice: str,
    reason: str,
    review_on: str | None,
    over_limit: bool,
    as_json: bool,
) -> None:
    """Decide on an initiative, with the figures of the moment.

    The figures that it is decided on are kept with it and never change: pin keeps them and
    decides nothing.
    """
    from vsm.features.portfolio.facts import facts_now

    one = work.find(INITIATIVE, name)
    facts = facts_now(work.reader, one.id, work.now)
    command = DecideInitiative(one.id, DecisionKind(choice), reason, facts, review_on, over_limit)
    report(work, work.do([command]), as_json)


@click.command(
    cls=Verb,
    examples="""
vsm initiative review 3 right
vsm initiative review 3 wrong --note 'churn fell without it'
""",
)
@click.argument("number")
@click.argument("hindsight", type=click.Choice([word.value for word in Hindsight]))
@click.option("--note", metavar="TEXT", default="", help="What was seen.")
@json_option
@pass_context
def review(work: CliContext, number: str, hindsight: str, note: str, as_json: bool) -> None:
    """Say whether a decision was right, as seen now.

    NUMBER is that of the decision: vsm initiative show NAME lists them.
    """
    one = next((d for d in work.reader.entities(DECISION) if d.number == number), None)
    if one is None:
        raise BadInput(
            f"there is no decision {number!r:.20}", "list them: vsm initiative show NAME"
        )
    report(work, work.do([ReviewDecision(one.id, Hindsight(hindsight), note)]), as_json)
