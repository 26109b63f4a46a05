"""``vsm view``: saved filters."""

from __future__ import annotations

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.names import pick
from vsm.cli.options import complete_stream, complete_view, json_option
from vsm.cli.output import emit, note, show
from vsm.cli.report_change import report
from vsm.model.command import RemoveView, SaveView

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.view:list_views", "List the saved filters."),
    "save": ("vsm.cli.view:save_view", "Keep a filter under a name."),
    "remove": ("vsm.cli.view:remove_view", "Take a saved filter away."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm view save 'Old work' 'age>p85 -blocked'
vsm board --view 'Old work'
vsm view list
""",
)
def view() -> None:
    """List, save and remove saved filters.

    The board opens them with V, and vsm board and vsm item list with --view.
    """


@click.command(cls=Verb, examples="vsm view list --json")
@json_option
@pass_context
def list_views(work: CliContext, as_json: bool) -> None:
    """List the saved filters."""
    views = work.reader.views()
    streams = {info.id: info.name for info in work.reader.streams()}
    if as_json:
        emit(
            [
                {
                    "name": v.name,
                    "filter": v.filter,
                    "stream": None if v.only is None else streams.get(v.only),
                }
                for v in views
            ]
        )
        return
    if not views:
        note("No saved filters: vsm view save NAME FILTER keeps one")
        return
    from vsm.report.lists import view_lines

    show(view_lines(views, streams, terminal_width()))


@click.command(
    cls=Verb,
    examples="""
vsm view save 'Old work' 'age>p85 -blocked'
vsm view save Mine owner:me --only Web
""",
)
@click.argument("name")
@click.argument("words", metavar="FILTER...", nargs=-1, required=True)
@click.option(
    "--only", metavar="STREAM", shell_complete=complete_stream, help="For this stream alone."
)
@json_option
@pass_context
def save_view(
    work: CliContext, name: str, words: tuple[str, ...], only: str | None, as_json: bool
) -> None:
    """Keep a filter under a name.

    A name that is there already gets the new filter. Without --only it is for all streams.
    """
    stream = work.stream(only).id if only is not None else None
    report(work, work.do([SaveView(name, " ".join(words), stream)]), as_json)


@click.command(cls=Verb, examples="vsm view remove 'Old work'")
@click.argument("name", shell_complete=complete_view)
@json_option
@pass_context
def remove_view(work: CliContext, name: str, as_json: bool) -> None:
    """Take a saved filter away."""
    views = [(each.name, each.id) for each in work.reader.views()]
    chosen = pick("view", name, views, "vsm view save NAME FILTER keeps one")
    report(work, work.do([RemoveView(chosen)]), as_json)
