"""``vsm initiative show``: the page of one initiative."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import as_of_option, complete_entity
from vsm.cli.reports import format_of, report_options, write_report
from vsm.model.errors import BadInput
from vsm.model.portfolio_entities import INITIATIVE


@click.command(
    cls=Verb,
    examples="""
vsm initiative show Loyalty
vsm initiative show Loyalty --as-of 2026-10-01
vsm initiative show Loyalty --format html -o loyalty.html
""",
)
@click.argument("name", shell_complete=complete_entity(INITIATIVE.name))
@as_of_option("Show it as it stood then; a date is its end.")
@report_options
@pass_context
def show_initiative(
    work: CliContext,
    name: str,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show when an initiative is there, what it is worth, what speaks for it."""
    chosen = format_of(form, as_json)
    from vsm.features.portfolio.beside import read_beside
    from vsm.features.portfolio.initiative_report import report_initiative
    from vsm.features.portfolio.reading import read_portfolio
    from vsm.report.publish import publish

    at = read_as_of(as_of, None)
    one = work.find(INITIATIVE, name)
    now = work.now if at is None else at
    result = read_portfolio(work.reader, now, present=at is None)
    row = next((row for row in result.initiatives if row.id == one.id), None)
    if row is None:
        raise BadInput(f"{one.name} was not on record then", "choose a later moment")
    beside = read_beside(work.reader, row, now, present=at is None)
    write_report(
        chosen,
        output,
        lambda: report_initiative(row, result, beside=beside),
        lambda: {
            **publish(row),
            "team_load": [publish(team) for team in beside.load],
            "waits_for": [publish(item) for item in beside.awaited],
            "scope": [publish(month) for month in beside.scope],
            "awaited_by": [publish(item) for item in beside.waiting],
        },
        about=as_of_words(work, None, at),
    )
