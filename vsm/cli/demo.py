"""``vsm demo``: the demo organisation, in a file of its own."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import click

from vsm.cli.base import Verb
from vsm.cli.board import print_board
from vsm.cli.context import CliContext, interactive, terminal_width
from vsm.cli.output import show
from vsm.cli.progress import Progress
from vsm.cli.times import day
from vsm.features.metrics.reading import read_figures
from vsm.model.control.control import Mode
from vsm.model.query_tree import Query
from vsm.model.report import ReportKind

if TYPE_CHECKING:
    from vsm.report.document import Document

CARDS = 4
"""Cards that a printed column shows."""


@click.command(
    cls=Verb,
    examples="""
vsm demo
vsm demo --reset
vsm demo --today 2026-03-31 | less
""",
)
@click.option("--today", metavar="DATE", help="Day on which the demo ends [default: today].")
@click.option("--seed", type=int, metavar="N", help="Seed of the random events [default: 7].")
@click.option("--reset", is_flag=True, help="Create it again; a changed one is kept as a backup.")
@click.pass_obj
def demo(work: CliContext, today: str | None, seed: int | None, reset: bool) -> None:
    """Open the demo organisation, in a file of its own.

    A made-up bank: three value streams, eight teams, forty people, nine months of work. The
    first call creates it (at --db, else in your data folder; $VSM_DB is ignored); it never
    touches your own database. After a week vsm creates it again, unless you have changed
    something in it. Without a terminal, vsm prints its boards and figures.
    """
    from vsm.demo import demo_path, made, open_demo

    ends = None if today is None else day(today, "--today")
    where = work.path if work.named else demo_path()
    if reset or not where.exists():
        work.refuse_read_only()
    with Progress("Making the demo organisation") as progress:
        shown = False

        def tell(done: int, total: int) -> None:
            nonlocal shown
            if not shown and not progress.seen:
                click.echo("Making the demo organisation (once, some seconds) …", err=True)
            shown = True
            progress.tell(done, total)

        path = open_demo(where, today=ends, seed=seed, reset=reset, say=_say, progress=tell)
    of_demo = work.elsewhere(str(path))
    if interactive():
        from vsm.cli.screen import open_board

        open_board(of_demo, stream=work.stream_name)
        return
    there = made(path)
    _print_all(work.elsewhere(str(path), at=_evening(there.today if there else None)))


def _evening(ended: date | None) -> int | None:
    """When a demo that ended long ago is looked at in print: on its last evening."""
    from vsm.demo import FRESH
    from vsm.model.rules import DAY, day_start

    if ended is None:
        return None
    evening = day_start(ended, "UTC") + DAY - 1
    return evening if time.time_ns() // 1000 - evening > FRESH.days * DAY else None


def _say(text: str) -> None:
    click.echo(text, err=True)


def _print_all(work: CliContext) -> None:
    """Print all streams at a glance, board, figures, map, controls and weekly report of each, then
    teams, portfolio and its report.
    """
    from vsm.cli.map import read_asked
    from vsm.features.capacity import report as teams
    from vsm.features.capacity.reading import read_capacity
    from vsm.features.forecast.reading import read_forecast
    from vsm.features.forecast.report import forecast_report
    from vsm.features.governance.reading import read_governance
    from vsm.features.governance.report import report as governance
    from vsm.features.map import report as stream_map
    from vsm.features.metrics.report import report
    from vsm.features.overview import report as overview
    from vsm.features.overview.reading import read_overview
    from vsm.features.portfolio import report as portfolio
    from vsm.features.portfolio.reading import read_portfolio
    from vsm.features.reports.reading import Asked, read_report
    from vsm.features.reports.report import report as report_changes

    now = work.now
    asked = Asked(
        kind=ReportKind.WEEKLY, stream=None, since=None, until=now, present=True, anew=True
    )
    names = [s.name for s in work.reader.streams()]
    if not work.stream_name:
        _print(overview.report(read_overview(work.reader, work.now, bottlenecks=True)))
        show(["", ""])
    for n, name in enumerate([work.stream().name] if work.stream_name else names):
        show(["", ""] if n else [])
        print_board(work, name, None, CARDS)
        stream = work.stream(name)
        figures = read_figures(work.reader, stream, as_of=work.now)
        forecast = read_forecast(work.reader, stream, as_of=work.now)
        on_map = read_asked(work, stream, None, None, None, Query())
        documents = [report(figures, stream), stream_map.report(on_map), forecast_report(forecast)]
        governed = read_governance(work.reader, stream, work.now)
        if governed.controls and governed.mode is not Mode.OFF:
            documents.append(governance(governed))
        documents.append(report_changes(read_report(work.reader, replace(asked, stream=stream))))
        for document in documents:
            show([""])
            _print(document)
    if not work.stream_name:
        show(["", ""])
        of_all = replace(asked, kind=ReportKind.PORTFOLIO)
        for document in (
            teams.report(read_capacity(work.reader, as_of=work.now, present=True)),
            portfolio.report(read_portfolio(work.reader, work.now)),
            report_changes(read_report(work.reader, of_all)),
        ):
            _print(document)
            show([""])


def _print(document: Document) -> None:
    from vsm.report.terminal import draw_text

    show(draw_text(document, terminal_width() or 80))
