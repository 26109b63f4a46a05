"""``measure`` and ``read`` of objectives and initiatives: indicators and their values."""

from __future__ import annotations

from typing import Any

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import complete_entity, json_option
from vsm.cli.report_change import report
from vsm.model.command import AddEntity
from vsm.model.entity import Entity
from vsm.model.errors import BadInput
from vsm.model.portfolio import IndicatorRole
from vsm.model.portfolio_entities import INDICATOR, INDICATOR_READING, INITIATIVE, OBJECTIVE
from vsm.model.rules import from_micros

_ROLES = [role.value for role in IndicatorRole if role is not IndicatorRole.KEY_RESULT]
_start = click.option(
    "--start", metavar="NUMBER", default="0", show_default=True, help="Its value at the beginning."
)
_target = click.option(
    "--target", metavar="NUMBER", required=True, help="Where it is to be; of a guard: its bound."
)
_first = click.option("--from", "first", metavar="DATE", help="Day of the beginning [today].")
_last = click.option("--until", "last", metavar="DATE", required=True, help="Day of the target.")
_unit = click.option("--unit", metavar="TEXT", default="", help="Unit of its values.")
_day = click.option("--day", metavar="DATE", help="Day of the value [today].")
_source = click.option("--source", metavar="TEXT", default="", help="Where the value is from.")


def _today(work: CliContext) -> str:
    return from_micros(work.now).date().isoformat()


@click.command(
    cls=Verb,
    examples="vsm objective measure 'Fewer leave' churn --start 4 --target 3 --until 2026-12-31",
)
@click.argument("name", shell_complete=complete_entity(OBJECTIVE.name))
@click.argument("indicator")
@_start
@_target
@_first
@_last
@_unit
@json_option
@pass_context
def measure_objective(work: CliContext, /, name: str, as_json: bool, **texts: str | None) -> None:
    """Add a key result to an objective."""
    one = work.find(OBJECTIVE, name)
    _measure(work, {"objective": one.id, "role": IndicatorRole.KEY_RESULT}, texts, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm initiative measure Loyalty sign-ups --role leading --target 900 --until 2027-03-31
vsm initiative measure Loyalty complaints --role guard --start 3 --target 6 --until 2027-03-31
""",
)
@click.argument("name", shell_complete=complete_entity(INITIATIVE.name))
@click.argument("indicator")
@click.option(
    "--role",
    type=click.Choice(_ROLES),
    default=IndicatorRole.LEADING.value,
    show_default=True,
    help="Leading moves early; a guard must not get past its bound.",
)
@_start
@_target
@_first
@_last
@_unit
@json_option
@pass_context
def measure_initiative(
    work: CliContext, /, name: str, role: str, as_json: bool, **texts: str | None
) -> None:
    """Add an indicator to an initiative."""
    one = work.find(INITIATIVE, name)
    _measure(work, {"initiative": one.id, "role": role}, texts, as_json)


def _measure(
    work: CliContext, values: dict[str, object], texts: dict[str, str | None], as_json: bool
) -> None:
    command = AddEntity(
        INDICATOR,
        {
            **values,
            "name": texts["indicator"],
            "unit": texts["unit"],
            "start": texts["start"],
            "target": texts["target"],
            "first": texts["first"] or _today(work),
            "last": texts["last"],
        },
    )
    report(work, work.do([command]), as_json)


def _read_verb(entity: Entity[Any], help: str, examples: str) -> click.Command:
    """``read`` of an entity that has indicators."""

    @click.command(
        cls=Verb,
        help=help,
        examples=examples,
        context_settings={"ignore_unknown_options": True},  # values may be below 0
    )
    @click.argument("name", shell_complete=complete_entity(entity.name))
    @click.argument("indicator")
    @click.argument("value")
    @_day
    @_source
    @json_option
    @pass_context
    def read(
        work: CliContext,
        name: str,
        indicator: str,
        value: str,
        day: str | None,
        source: str,
        as_json: bool,
    ) -> None:
        number = work.find(entity, name).id
        indicators = work.reader.entities(INDICATOR)
        own = {i.name.casefold(): i for i in indicators if getattr(i, entity.name) == number}
        one = own.get(indicator.casefold())
        if one is None:
            known = ", ".join(i.name for i in own.values())
            remedy = f"it has {known}" if known else "add one with measure first"
            raise BadInput(f"it has no indicator {indicator!r:.60}", remedy)
        values = {"day": day or _today(work), "value": value, "source": source}
        command = AddEntity(INDICATOR_READING, {"indicator": one.id, **values})
        report(work, work.do([command]), as_json)

    return read


read_objective = _read_verb(
    OBJECTIVE,
    "Record the value of a key result.",
    "vsm objective read 'Fewer leave' churn 3.6 --day 2026-11-30",
)
read_initiative = _read_verb(
    INITIATIVE,
    "Record the value of an indicator.",
    """
vsm initiative read Loyalty sign-ups 420
vsm initiative read Loyalty complaints 7 --day 2026-11-30 --source crm
""",
)
