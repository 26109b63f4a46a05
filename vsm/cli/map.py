"""``vsm map``: the value stream map."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vsm.cli.as_of import as_of_words, read_as_of
from vsm.cli.base import Noun, db_option
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import as_of_option, filter_option, stream_option, view_option
from vsm.cli.reports import format_of, report_options, write_report
from vsm.cli.times import window_days

if TYPE_CHECKING:
    from vsm.features.map.results import ValueStreamMap
    from vsm.model.query_tree import Query
    from vsm.model.stream import ValueStream

_F = TypeVar("_F", bound=Callable[..., Any])

VERBS: dict[str, tuple[str, str]] = {
    "declare": (
        "vsm.cli.map_declare:declare",
        "Declare process time, wait and %C&A of a stage, or of all from a table.",
    ),
    "draft": ("vsm.cli.map_draft:draft", "Try future states of the map before living in them."),
    "note": ("vsm.cli.map_declare:note_on_map", "Put a note (kaizen burst) on a stage or edge."),
}


def map_options(function: _F) -> _F:
    """Stream, window, moment and filter of a map."""
    for option in (
        view_option,
        filter_option,
        as_of_option("Show the map as of the end of a date, or as of a moment [default: now]."),
        click.option(
            "--to", "last", metavar="DATE", help="Last day of the window [default: as-of's]."
        ),
        click.option(
            "--from",
            "first",
            metavar="DATE",
            help="First day of the window [default: 90 days in all].",
        ),
        stream_option,
    ):
        function = option(function)
    return function


def read_asked(
    work: CliContext,
    stream: ValueStream,
    first: str | None,
    last: str | None,
    at: int | None,
    query: Query,
) -> ValueStreamMap:
    """The map of a stream with its diagnosis; ``at`` is a moment of the past."""
    from vsm.features.bottlenecks.reading import read_bottlenecks
    from vsm.features.map.reading import read_map, with_diagnosis

    begin, end = window_days(first, last)
    known, present = (work.now, True) if at is None else (at, False)
    result = read_map(
        work.reader, stream, first=begin, last=end, as_of=known, query=query, present=present
    )
    diagnosis = read_bottlenecks(work.reader, stream, as_of=known, present=present)
    return with_diagnosis(result, diagnosis)


@click.group(
    "map",
    cls=Noun,
    verbs=VERBS,
    invoke_without_command=True,
    subcommand_metavar="[VERB] [OPTIONS]",
    examples="""
vsm map
vsm map --stream Web --from 2026-01-01 --to 2026-03-31
vsm map --as-of 2026-03-31 --json | jq .totals
vsm map --format html -o map.html
vsm map declare Review --process 4h --wait 3d --ca 80%
vsm map declare --table workshop.csv --dry-run
vsm map note Review 'Two reviewers, one laptop'
""",
)
@map_options
@report_options
@pass_context
@click.pass_context
def map_group(
    ctx: click.Context,
    work: CliContext,
    stream: str | None,
    first: str | None,
    last: str | None,
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show and declare the value stream map: process time, wait, %C&A, moves.

    Without a verb: shows what was measured and, in brackets, what people declared. Days are
    elapsed or working days, as the stream has it (vsm stream set --map-time). The JSON defines
    every figure under "definitions".
    """
    if ctx.invoked_subcommand is not None:
        _refuse_options(ctx)
        return
    value_stream = work.stream(stream)
    chosen = format_of(form, as_json)
    query = work.query(work.filter(filter_text, view))
    at = read_as_of(as_of, value_stream)
    result = read_asked(work, value_stream, first, last, at, query)
    from vsm.features.map.report import report
    from vsm.report.publish import publish

    write_report(
        chosen,
        output,
        lambda: report(result),
        lambda: publish(result),
        about=as_of_words(work, value_stream, at),
    )


map_group.params.append(db_option())


def _refuse_options(ctx: click.Context) -> None:
    """Refuse options of the map before a verb: they would be ignored."""
    for param in ctx.command.get_params(ctx):
        source = ctx.get_parameter_source(param.name or "")
        if param.expose_value and source is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"{param.opts[-1]} stands before {ctx.invoked_subcommand}: put it behind", ctx
            )
