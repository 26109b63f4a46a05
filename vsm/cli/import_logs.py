"""``vsm import csv | xes | actionableagile | startfinish``: histories from files of any tool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.imports import common, run, timezone_option
from vsm.connect.files import actionableagile as _actionableagile
from vsm.connect.files import event_csv as _event_csv
from vsm.connect.files import startfinish as _startfinish
from vsm.connect.files.columns import Role
from vsm.connect.files.table import Dialect

_F = TypeVar("_F", bound=Callable[..., Any])

_COLUMN = "column_"


def table(roles: Sequence[Role]) -> Callable[[_F], _F]:
    """The options of a table: which column is what, and how it is written."""

    def decorate(function: _F) -> _F:
        options = [
            click.option(
                f"--{role.name}",
                f"{_COLUMN}{role.name}",
                metavar="COLUMN",
                help=f"Column of the {role.what}{'' if role.needed else ' (empty: none)'}.",
            )
            for role in roles
        ]
        options += [
            click.option(
                "--delimiter", metavar="CHAR", help="Column separator [default: detected]."
            ),
            click.option(
                "--encoding",
                metavar="NAME",
                help="Text encoding, such as cp1252 or latin-1 [default: UTF-8].",
            ),
            click.option(
                "--date-format",
                metavar="FORMAT",
                help="dmy, mdy, ymd, or a pattern such as '%d.%m.%Y %H:%M' [default: inferred].",
            ),
            timezone_option,
        ]
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def _import(
    work: CliContext,
    format: str,
    file: Path,
    *,
    delimiter: str | None,
    encoding: str | None,
    **settings: Any,
) -> None:
    columns = {
        name.removeprefix(_COLUMN): settings.pop(name)
        for name in list(settings)
        if name.startswith(_COLUMN)
    }
    run(work, format, file, columns=columns, dialect=Dialect(delimiter, encoding), **settings)


joined_option = click.option(
    "--join-lifecycle",
    "joined",
    is_flag=True,
    help="Use activity and lifecycle transition together as the stage: 'Accepted/Wait'.",
)


@click.command(
    "csv",
    cls=Verb,
    examples="""
vsm import csv events.csv --stream Claims --dry-run
vsm import csv events.csv.gz --stream Claims --case 'Claim No' --activity Step --time When
vsm import csv events.csv --stream Claims --date-format dmy --timezone Europe/Berlin
vsm import csv events.csv --stream Claims --stages 'New:backlog,Check:active,Paid:done'
""",
)
@common
@table(_event_csv.ROLES)
@joined_option
@pass_context
def event_csv(work: CliContext, /, file: Path, **settings: Any) -> None:
    """Import an event log: case, activity, time.

    FILE is CSV with one event per row, plain or gzip. A case is an item, an activity is a
    stage. vsm recognises columns by their names; --dry-run shows how it read them.
    """
    _import(work, "csv", file, **settings)


@click.command(
    cls=Verb,
    examples="""
vsm import xes log.xes.gz --stream Claims --dry-run
vsm import xes log.xes --stream Incidents --join-lifecycle --dry-run
""",
)
@common
@joined_option
@timezone_option
@pass_context
def xes(work: CliContext, /, file: Path, **settings: Any) -> None:
    """Import an event log as XES.

    FILE is a log in the process-mining standard, plain or gzip. A trace is an item, an activity
    (concept:name) is a stage, org:resource is the person, org:group is the team.
    """
    run(work, "xes", file, **settings)


@click.command(
    cls=Verb,
    examples="""
vsm import actionableagile export.csv --stream Web --dry-run
vsm import actionableagile export.csv --stream Web --team components
""",
)
@common
@table(_actionableagile.ROLES)
@pass_context
def actionableagile(work: CliContext, /, file: Path, **settings: Any) -> None:
    """Import ActionableAgile CSV: one date per stage.

    FILE has the columns ID, Link and Name, then one column per stage with the day on which an
    item entered it, then attributes.
    """
    _import(work, "actionableagile", file, **settings)


@click.command(
    cls=Verb,
    examples="""
vsm import startfinish items.csv --stream Web --dry-run
vsm import startfinish items.csv --stream Web --start 'Activated Date' --finish 'Closed Date'
vsm import startfinish items.csv --stream Web --date-format mdy
""",
)
@common
@table(_startfinish.ROLES)
@pass_context
def startfinish(work: CliContext, /, file: Path, **settings: Any) -> None:
    """Import a CSV of starts and finishes.

    FILE has one item per row: id, start date and finish date. An item that finishes before it
    starts is reported and skipped.
    """
    _import(work, "startfinish", file, **settings)
