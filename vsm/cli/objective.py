"""``vsm objective``: what work is for, and the key results that say whether it is reached."""

from __future__ import annotations

import click

from vsm.cli.base import NounOrList
from vsm.cli.entity_verbs import add_verb, list_verb, remove_verb, set_verb
from vsm.model.portfolio_entities import OBJECTIVE

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.objective:list_objectives", "List the objectives."),
    "add": ("vsm.cli.objective:add", "Add an objective."),
    "set": ("vsm.cli.objective:change", "Change an objective, or close it."),
    "remove": ("vsm.cli.objective:remove", "Remove objectives that nothing refers to."),
    "measure": ("vsm.cli.indicator:measure_objective", "Add a key result to an objective."),
    "read": ("vsm.cli.indicator:read_objective", "Record the value of a key result."),
}


@click.group(
    cls=NounOrList,
    verbs=VERBS,
    examples="""
vsm objective add 'Fewer leave' --horizon now --share 40%
vsm objective measure 'Fewer leave' churn --start 4 --target 3 --until 2026-12-31
vsm objective read 'Fewer leave' churn 3.6
vsm objective list
""",
)
def objective() -> None:
    """Say what work is for.

    Initiatives serve objectives. vsm portfolio shows which share of the work served each, and
    which share it is meant to get.
    """


list_objectives = list_verb(
    OBJECTIVE,
    VERBS["list"][1],
    examples="vsm objective list --json",
    empty="There are no objectives yet: vsm objective add NAME",
)
add = add_verb(
    OBJECTIVE,
    VERBS["add"][1],
    examples="vsm objective add 'Fewer leave' --horizon now --share 40%",
)
change = set_verb(
    OBJECTIVE,
    VERBS["set"][1],
    examples="""
vsm objective set 'Fewer leave' --share 30%
vsm objective set 'Fewer leave' --closed yes
""",
)
remove = remove_verb(OBJECTIVE, VERBS["remove"][1], examples="vsm objective remove 'Fewer leave'")
