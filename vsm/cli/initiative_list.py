"""``vsm initiative list``: the initiatives, with the fields that one looks for first."""

from __future__ import annotations

from collections import defaultdict

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.entity_verbs import names_of
from vsm.cli.options import json_option
from vsm.cli.output import emit, note, show
from vsm.model.portfolio import DelayProfile, Initiative
from vsm.model.portfolio_entities import CONTRIBUTION, INITIATIVE, OBJECTIVE
from vsm.report.text_table import Col, table

HEADS = ("PLACE", "NAME", "STATE", "OBJECTIVES", "NEEDED BY", "DELAY A WEEK", "ITEMS", "SPONSOR")
"""Columns; the name and the objectives give way where a line is too long."""


@click.command(
    cls=Verb,
    examples="""
vsm initiative list
vsm initiative list --all-fields
vsm initiative list --json | jq '.[] | select(.state == "ready") | .name'
""",
)
@click.option("--all-fields", is_flag=True, help="Show every field that is on record.")
@json_option
@pass_context
def list_initiatives(work: CliContext, all_fields: bool, as_json: bool) -> None:
    """List the initiatives.

    In the order that people chose, then by name. vsm portfolio has their dates and their worth.
    """
    initiatives = sorted(work.reader.entities(INITIATIVE), key=_rank)
    if as_json:
        from vsm.cli.json_views import entity_shape

        names = names_of(work, INITIATIVE)
        emit([entity_shape(INITIATIVE, one, names) for one in initiatives])
    elif not initiatives:
        note("There are no initiatives yet: vsm initiative add NAME --filter label:NAME")
    elif all_fields:
        from vsm.report.lists import entity_lines

        names = names_of(work, INITIATIVE)
        show(entity_lines(INITIATIVE, initiatives, names, terminal_width()))
    else:
        served = _served(work)
        rows = [_cells(one, served[one.id]) for one in initiatives]
        columns = [
            Col(head, right=head in ("PLACE", "DELAY A WEEK"), flexible=head == "OBJECTIVES")
            for head in HEADS
        ]
        show(table(columns, rows, terminal_width()))


def _rank(one: Initiative) -> tuple[bool, float, str]:
    return one.place is None, one.place or 0.0, one.name.casefold()


def _served(work: CliContext) -> defaultdict[int, list[str]]:
    """By initiative the names of the objectives that it serves."""
    names = {one.id: one.name for one in work.reader.entities(OBJECTIVE)}
    served = defaultdict[int, list[str]](list)
    for tie in work.reader.entities(CONTRIBUTION):
        if tie.objective in names:
            served[tie.initiative].append(names[tie.objective])
    return served


def _cells(one: Initiative, objectives: list[str]) -> tuple[str, ...]:
    return (
        "-" if one.place is None else f"{one.place:g}",
        one.name,
        one.state,
        ", ".join(objectives) or "-",
        one.need_by or "-",
        _delay(one),
        one.filter or "-",
        one.sponsor or "-",
    )


def _delay(one: Initiative) -> str:
    if one.delay_likely is None:
        return "-"
    once = " once" if one.profile == DelayProfile.DEADLINE else ""
    return f"{one.delay_likely:,.12g} {one.currency}{once}".replace("  ", " ").rstrip()
