"""``vsm plan``: saved changes of streams, to be played."""

from __future__ import annotations

import click

from vsm.cli.base import Noun
from vsm.cli.entity_verbs import list_verb, remove_verb
from vsm.model.entities import PLAN

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.plan:list_plans", "List the saved plans."),
    "remove": ("vsm.cli.plan:remove_plans", "Remove saved plans."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm forecast whatif --slots Review=+1 --save 'Help review'
vsm forecast whatif --plan 'Help review' --arrivals 120%
vsm plan list
""",
)
def plan() -> None:
    """List and remove saved plans.

    A plan is a change of a stream, in the options of vsm forecast whatif, which saves and plays
    it; so does w on the forecast screen.
    """


list_plans = list_verb(PLAN, VERBS["list"][1], empty=f"No saved plans: {PLAN.add_usage} keeps one")
remove_plans = remove_verb(
    PLAN, VERBS["remove"][1], examples="vsm plan remove 'Help review'\nvsm undo"
)
