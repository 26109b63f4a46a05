"""``vsm init``: make a value stream from a template."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import complete_template, complete_zone, json_option
from vsm.cli.report_change import report

if TYPE_CHECKING:
    from vsm.session import ChangeGroup


@click.command(
    cls=Verb,
    examples="""
vsm init --template kanban
vsm init --template kanban --name 'Card issuing' --prefix PAY --tz Europe/Berlin
vsm init --template incident --name Operations --prefix INC
""",
)
@click.option(
    "--template",
    metavar="NAME",
    default="kanban",
    show_default=True,
    shell_complete=complete_template,
    help="What the stream begins with: kanban, scrum, waterfall, incident, pmo-office,"
    " discovery-delivery, or one of your own (vsm template list).",
)
@click.option(
    "--name", metavar="NAME", default="My work", show_default=True, help="Name of the stream."
)
@click.option(
    "--tz",
    "zone",
    metavar="ZONE",
    default="UTC",
    show_default=True,
    shell_complete=complete_zone,
    help="Time zone that decides what a day is: Europe/Berlin.",
)
@click.option(
    "--prefix", metavar="KEY", default="", help="Prefix of item keys [default: from the name]."
)
@json_option
@pass_context
def init(work: CliContext, template: str, name: str, zone: str, prefix: str, as_json: bool) -> None:
    """Create a value stream from a template.

    Creates the database if there is none. You can change everything later, on the board (o) or
    with vsm stream and vsm stage.
    """
    from vsm.templates import named

    done = work.do([named(template).command(name, zone, prefix)], create=True)
    report_stream(work, done, as_json)


def report_stream(work: CliContext, done: ChangeGroup, as_json: bool) -> None:
    """Tell of a stream that was made or changed, and where it is."""
    from vsm.cli.json_views import stream_shape
    from vsm.cli.output import say

    ids = [c.stream for c in done.changes if c.stream is not None]
    stream = work.reader.stream(ids[-1]) if ids else None
    if as_json:
        teams = {t.id: t.name for t in work.reader.teams()}
        report(
            work,
            done,
            as_json,
            database=str(work.path),
            stream=stream_shape(stream, teams) if stream else None,
        )
        return
    report(work, done, as_json)
    if stream is not None:
        say(
            f"{stream.name}: {' → '.join(s.name for s in stream.line)};"
            f" keys {stream.prefix}-1 …, days in {stream.zone}, in {work.path}"
        )
