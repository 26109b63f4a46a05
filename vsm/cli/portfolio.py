"""``vsm portfolio``: what initiatives are worth, when they are there, which to ask about."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb, complete_file
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import as_of_option, complete_entity
from vsm.cli.output import note
from vsm.cli.reports import format_of, report_options, write_report
from vsm.model.errors import BadInput
from vsm.model.plural import count
from vsm.model.portfolio_entities import INITIATIVE
from vsm.model.rules import DAY
from vsm.report.formats import Format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vsm.features.portfolio.results import Portfolio
    from vsm.report.document import Document


@click.command(
    cls=Verb,
    examples="""
vsm portfolio
vsm portfolio --discount 5 --hurdle 20
vsm portfolio --without Loyalty
vsm portfolio --without Loyalty --first Fraud
vsm portfolio --roadmap --format html -o roadmap.html
vsm portfolio --alignment
vsm portfolio --decisions --format md
vsm portfolio --xlsx portfolio.xlsx
vsm portfolio --as-of 2026-10-01 --format md
vsm portfolio --json | jq '.initiatives[] | select(.stop_card)'
""",
)
@click.option(
    "--discount",
    type=click.FloatRange(0, 100),
    default=10.0,
    show_default=True,
    metavar="PERCENT",
    help="What a benefit loses a year.",
)
@click.option(
    "--hurdle",
    type=click.FloatRange(-100, 10_000),
    default=0.0,
    show_default=True,
    metavar="PERCENT",
    help="Return from now on below which going on is asked about.",
)
@click.option(
    "--without",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_entity(INITIATIVE.name),
    help="Show every date that would move if it were stopped; may be repeated.",
)
@click.option(
    "--roadmap", is_flag=True, help="Show from when to when each is over, by quarter or month."
)
@click.option(
    "--alignment",
    "shares",
    is_flag=True,
    help="Show what the days of teams in the last 90 days went to.",
)
@click.option("--decisions", is_flag=True, help="List who decided what, when and on which figures.")
@click.option(
    "--xlsx", "workbook", metavar="FILE", shell_complete=complete_file, help="Write Excel too."
)
@click.option(
    "--first",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_entity(INITIATIVE.name),
    help="Show every date that would move if its items were begun next; may be repeated.",
)
@as_of_option("Show the portfolio as it stood then; a date is its end.")
@report_options
@pass_context
def portfolio(
    work: CliContext,
    discount: float,
    hurdle: float,
    without: tuple[str, ...],
    first: tuple[str, ...],
    roadmap: bool,
    shares: bool,
    decisions: bool,
    workbook: str | None,
    as_of: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show initiatives by cost of delay and duration, with their odds and their worth.

    What was spent never counts: a return is of what going on still costs. Nothing is stopped by
    itself; a question mark says that it should be asked. --without tries what stopping would
    free and move, --first what beginning something next would; both together are an exchange.
    They change nothing.
    """
    chosen = format_of(form, as_json)
    from vsm.features.portfolio.reading import read_portfolio
    from vsm.report.publish import publish

    at = read_as_of(as_of, None)
    if at is not None and at > work.now + DAY:
        raise BadInput(f"{as_of} is to come", "give a day up to today")
    if isnan(hurdle) or isnan(discount):
        raise BadInput("that is no number", "give percent: --hurdle 20")
    pages = {"--roadmap": roadmap, "--alignment": shares, "--decisions": decisions}
    _check_pages(bool(without or first), pages, workbook is not None)
    if without or first:
        _without(work, without, first, at, chosen, output)
        return
    result = read_portfolio(
        work.reader,
        work.now if at is None else at,
        present=at is None,
        discount=discount / 100,
        hurdle=hurdle / 100,
    )
    if workbook is not None:
        _workbook(work, result, workbook)
        if output is None and form is None and not as_json:
            return
    if roadmap:
        _roadmap(work, result, at, chosen, output)
        return
    write_report(
        chosen,
        output,
        lambda: _document(result, shares=shares, decisions=decisions),
        lambda: publish(result),
        about=as_of_words(work, None, at),
    )


def _document(result: Portfolio, *, shares: bool, decisions: bool) -> Document:
    """The page that is asked for."""
    if shares:
        from vsm.features.portfolio.alignment_report import report_alignment

        return report_alignment(result)
    if decisions:
        from vsm.features.portfolio.decisions_report import report_decisions

        return report_decisions(result)
    from vsm.features.portfolio.report import report

    return report(result)


def _check_pages(is_trial: bool, pages: Mapping[str, bool], workbook: bool) -> None:
    """Refuse what cannot be shown together. Raises :class:`BadInput`."""
    chosen = [name for name, is_chosen in pages.items() if is_chosen]
    beside = [*chosen, *(["--xlsx"] if workbook else [])]
    if is_trial and beside:
        raise BadInput(f"--without, --first and {beside[0]} exclude each other", "give one of them")
    if len(chosen) > 1:
        raise BadInput(f"{' and '.join(chosen)} exclude each other", "give one of them")


def _workbook(work: CliContext, result: Portfolio, file: str) -> None:
    """Write it as an Excel workbook."""
    from vsm.connect.exports.portfolio_xlsx import write_portfolio

    write_portfolio(Path(file), result, work.reader.anchor())
    note(f"wrote {count(len(result.initiatives), 'initiative')} to {file}")


def _roadmap(
    work: CliContext, result: Portfolio, at: int | None, chosen: Format, output: Path | None
) -> None:
    """Show from when to when each initiative is over."""
    from vsm.features.portfolio.roadmap import make_roadmap
    from vsm.features.portfolio.roadmap_report import report_roadmap
    from vsm.report.publish import publish

    made = make_roadmap(result)
    with_table = chosen in (Format.MARKDOWN, Format.HTML)
    write_report(
        chosen,
        output,
        lambda: report_roadmap(made, with_table=with_table),
        lambda: publish(made),
        about=as_of_words(work, None, at),
    )


def _without(
    work: CliContext,
    names: tuple[str, ...],
    first: tuple[str, ...],
    at: int | None,
    chosen: Format,
    output: Path | None,
) -> None:
    """Show what stopping these, or beginning others next, would free and move."""
    from vsm.features.portfolio.without import read_without
    from vsm.features.portfolio.without_report import report_without
    from vsm.report.publish import publish

    stopped = frozenset(work.find(INITIATIVE, name).id for name in names)
    ahead = frozenset(work.find(INITIATIVE, name).id for name in first)
    if stopped & ahead:
        raise BadInput("an initiative cannot be stopped and begun next", "name it once")
    now = work.now if at is None else at
    result = read_without(work.reader, now, stopped, ahead, present=at is None)
    write_report(
        chosen,
        output,
        lambda: report_without(result),
        lambda: publish(result),
        about=as_of_words(work, None, at),
    )
