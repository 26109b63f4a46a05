"""``vsm export map``: the value stream map as Mermaid, DOT or JSON."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vsm.cli.as_of import read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.exports import output_option
from vsm.cli.map import map_options, read_asked
from vsm.cli.options import complete_entity
from vsm.cli.output import note
from vsm.model.entities import DRAFT
from vsm.model.errors import BadInput

if TYPE_CHECKING:
    from vsm.features.map.results import ValueStreamMap


class GraphFormat(StrEnum):
    """The language that a map is written in."""

    MERMAID = "mermaid"
    DOT = "dot"
    JSON = "json"


@click.command(
    "map",
    cls=Verb,
    examples="""
vsm export map --format mermaid -o web.mmd
vsm export map --stream Web --format dot | dot -Tsvg -o web.svg
vsm export map --draft 'Two reviewers' -o future.mmd
vsm export map --as-of 2026-03-31 --format json -o march.json
""",
)
@map_options
@click.option(
    "--format",
    "form",
    type=click.Choice([str(form) for form in GraphFormat]),
    default=str(GraphFormat.MERMAID),
    show_default=True,
    help="Mermaid flowchart, Graphviz DOT, or the JSON of vsm map.",
)
@click.option(
    "--draft",
    metavar="NAME",
    shell_complete=complete_entity(DRAFT.name),
    help="The map that a future state describes, with the figures of its comparison.",
)
@output_option
@pass_context
def export_map(
    work: CliContext,
    stream: str | None,
    first: str | None,
    last: str | None,
    as_of: str | None,
    filter_text: str | None,
    view: str | None,
    form: str,
    draft: str | None,
    output: Path | None,
) -> None:
    """Export the value stream map as Mermaid, DOT or JSON.

    With several value streams, the one used last is exported. Names of stages and teams are
    escaped, so that they can only be text.
    """
    from vsm.connect.exports.atomic_output import target
    from vsm.features.map import graph_text
    from vsm.report.formats import Format, render
    from vsm.report.publish import publish

    if draft is not None:
        if any((first, last, filter_text, view)):
            raise click.UsageError("--draft excludes --from, --to, --filter and --view")
        result = _read_draft(work, draft, stream, as_of)
    else:
        value_stream = work.stream(stream)
        query = work.query(work.filter(filter_text, view))
        at = read_as_of(as_of, value_stream)
        result = read_asked(work, value_stream, first, last, at, query)
    if form == GraphFormat.JSON:
        from vsm.features.map.report import report

        text = render(
            Format.JSON,
            lambda: report(result),
            lambda: publish(result),
            anchor=work.reader.anchor(),
        )
    else:
        text = graph_text.dot(result) if form == GraphFormat.DOT else graph_text.mermaid(result)
    with target(output) as out:
        out.write(text)
    if output is not None and str(output) != "-":
        note(f"wrote the map of {result.draft or result.stream} to {output}")


def _read_draft(
    work: CliContext, name: str, stream: str | None, as_of: str | None
) -> ValueStreamMap:
    """The map that a future state describes."""
    from vsm.features.map.future_reading import stream_of_draft, work_out_draft

    draft = work.find(DRAFT, name)
    value_stream = stream_of_draft(work.reader, draft)
    if stream is not None and work.stream(stream).id != value_stream.id:
        raise BadInput(
            f"{draft.name} is a future state of {value_stream.name}", "leave --stream out"
        )
    at = read_as_of(as_of, value_stream)
    known, present = (work.now, True) if at is None else (at, False)
    return work_out_draft(work.reader, draft, as_of=known, present=present).map()
