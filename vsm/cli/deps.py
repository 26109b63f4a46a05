"""``vsm deps``: dependencies between items, teams and streams."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import as_of_option, filter_option, view_option
from vsm.cli.reports import format_of, report_options, write_report
from vsm.features.dependencies.reading import filter_dependencies, read_dependencies
from vsm.model.errors import BadInput


@click.command(
    cls=Verb,
    examples="""
vsm deps
vsm deps --to WEB-12 --to WEB-15
vsm deps --as-of 2026-03-31
vsm deps --filter 'team:core or overdue'
vsm deps --json | jq '.team_matrix'
vsm deps --format html -o dependencies.html
vsm deps --json | jq -r '.risks[].why'
""",
)
@click.option(
    "--to",
    "keys",
    metavar="KEY",
    multiple=True,
    help="Show the critical path to this item; may be repeated [default: to all due items].",
)
@as_of_option("Show them as they stood then: a date (its end, in UTC) or a moment [default: now].")
@filter_option
@view_option
@report_options
@pass_context
def deps(
    work: CliContext,
    keys: tuple[str, ...],
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show dependencies between teams and streams, and what is at risk.

    A dependency is open while neither item is done, dropped or archived. Critical paths show
    the odds of their end, from the days that items took from each stage to the finish. A filter
    shows the dependencies of which one of the two items matches; days and odds stay as they are.
    """
    chosen = format_of(form, as_json)
    query = work.query(work.filter(filter_text, view))
    at = read_as_of(as_of, None)
    ids = []
    for key in keys:
        known = work.reader.find_key(key)
        if known is None:
            raise BadInput(f"there is no item {key}", "list them with: vsm item list")
        ids.append(known.id)
    now, past = work.now if at is None else at, at is not None
    result = read_dependencies(work.reader, now, ids, past=past)
    missing = [
        key
        for key, item in zip(keys, ids, strict=True)
        if all(path.items[-1] != item for path in result.paths)
    ]
    circular = {item for cycle in result.cycles for item in cycle.items}
    for key, item in zip(keys, ids, strict=True):
        if item in circular:
            raise BadInput(
                f"{key} waits for itself in a circle: no path leads to it",
                "see how to break it with: vsm deps",
            )
    if missing:
        raise BadInput(
            f"{missing[0]} neither waits for an unfinished item nor blocks one",
            f"look at it with: vsm item show {missing[0]}",
        )
    result = filter_dependencies(work.reader, result, query, now, past=past)
    from vsm.features.dependencies.report import report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: report(result, asked=bool(keys)),
        lambda: publish(result),
        about=as_of_words(work, None, at),
    )
