"""``vsm initiative``: what is worth money and costs work, and what was decided about it."""

from __future__ import annotations

import click

from vsm.cli.base import NounOrList
from vsm.cli.entity_verbs import add_verb, remove_verb, set_verb
from vsm.model.portfolio_entities import INITIATIVE

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.initiative_list:list_initiatives", "List the initiatives."),
    "show": (
        "vsm.cli.initiative_show:show_initiative",
        "Show when an initiative is there, what it is worth, what speaks for it.",
    ),
    "add": ("vsm.cli.initiative:add", "Add an initiative."),
    "set": ("vsm.cli.initiative:change", "Change an initiative."),
    "remove": ("vsm.cli.initiative:remove", "Remove initiatives that have nothing on record."),
    "import": (
        "vsm.cli.initiative_import:import_initiatives",
        "Add and change initiatives from a file.",
    ),
    "serves": (
        "vsm.cli.initiative_record:serves",
        "Tie an initiative to an objective with a part of its work.",
    ),
    "measure": ("vsm.cli.indicator:measure_initiative", "Add an indicator to an initiative."),
    "read": ("vsm.cli.indicator:read_initiative", "Record the value of an indicator."),
    "spend": ("vsm.cli.initiative_record:spend", "Record what an initiative has cost."),
    "decide": (
        "vsm.cli.initiative_decide:decide",
        "Decide on an initiative, with the figures of the moment.",
    ),
    "review": (
        "vsm.cli.initiative_decide:review",
        "Say whether a decision was right, as seen now.",
    ),
}


@click.group(
    cls=NounOrList,
    verbs=VERBS,
    examples="""
vsm initiative add Loyalty --filter label:loyalty --sponsor pia
vsm initiative set Loyalty --currency EUR --delay-likely 6000 --need-by 2027-03-31
vsm initiative serves Loyalty 'Fewer leave' 60%
vsm initiative show Loyalty
vsm initiative decide Loyalty start --reason 'best odds for churn'
""",
)
def initiative() -> None:
    """Say what is worth money and costs work, and decide whether it goes on.

    An initiative is made of the items that fit its filter. Forecasts, worth and order follow from
    the board; nobody is asked how far they are. See vsm portfolio.
    """


add = add_verb(
    INITIATIVE,
    VERBS["add"][1],
    examples="""
vsm initiative add Loyalty --filter label:loyalty --hypothesis 'Points keep people'
vsm initiative add Ledger --filter key:CORE-12 --more-items 6
""",
)
change = set_verb(
    INITIATIVE,
    f"""{VERBS["set"][1]}

    Its state is set up to ready; whether it starts, stops or is delivered is decided.
    """,
    examples="""
vsm initiative set Loyalty --currency EUR --delay-likely 6000 --day-rate 900
vsm initiative set Rules --profile deadline --delay-likely 250000 --delay-until 2027-06-30
vsm initiative set Loyalty --benefit-likely 5000 --benefit-until 2028-01-31
""",
)
remove = remove_verb(INITIATIVE, VERBS["remove"][1], examples="vsm initiative remove Loyalty")
