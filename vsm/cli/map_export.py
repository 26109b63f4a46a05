"""``vsm export map``: the value stream map as Mermaid, DOT or JSON."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import click

from vsm.cli.as_of import read_as_of
from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.exports import output_option
from vsm.cli.map import map_options, read_asked
from vsm.cli.output import note


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
        note(f"wrote the map of {value_stream.name} to {output}")
