"""``vsm plan``: saved changes of streams, to be played."""

from __future__ import annotations

import shlex

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.entity_verbs import list_verb, names_of, remove_verb
from vsm.cli.options import complete_entity, json_option
from vsm.cli.output import emit, show
from vsm.model.entities import PLAN
from vsm.model.sanitise import inert_line

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.plan:list_plans", "List the saved plans."),
    "show": ("vsm.cli.plan:show_plan", "Show the command that plays a plan."),
    "remove": ("vsm.cli.plan:remove_plans", "Remove saved plans."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm forecast whatif --slots Review=+1 --save 'Help review'
vsm forecast whatif --plan 'Help review' --arrivals 120%
vsm capacity --change Risk=+1 --change Quality=-1 --save 'One from Quality'
vsm plan list
""",
)
def plan() -> None:
    """List, show and remove saved plans of what-if.

    A plan is a change of a stream, in the options of vsm forecast whatif, which saves and plays
    it; so does w on the forecast screen. A plan of teams is one of vsm capacity, and of p on the
    screen of the teams.
    """


list_plans = list_verb(PLAN, VERBS["list"][1], empty=f"No saved plans: {PLAN.add_usage} keeps one")


@click.command(cls=Verb, examples="vsm plan show 'Help review'")
@click.argument("name", shell_complete=complete_entity("plan"))
@json_option
@pass_context
def show_plan(work: CliContext, name: str, as_json: bool) -> None:
    """Show the command that plays a plan."""
    saved = work.find(PLAN, name)
    names = names_of(work, PLAN)
    if as_json:
        from vsm.cli.json_views import entity_shape

        emit(entity_shape(PLAN, saved, names))
        return
    if saved.only is None:
        show([inert_line(f"vsm capacity {saved.options}")])
        return
    stream = shlex.quote(names["stream"].get(saved.only, "?"))
    show([inert_line(f"vsm forecast whatif --stream {stream} {saved.options}")])


remove_plans = remove_verb(
    PLAN, VERBS["remove"][1], examples="vsm plan remove 'Help review'\nvsm undo"
)
