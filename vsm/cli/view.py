"""``vsm view``: saved filters."""

from __future__ import annotations

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.entity_verbs import list_verb, remove_verb
from vsm.cli.options import complete_stream, json_option
from vsm.cli.report_change import report
from vsm.model.command import AddEntity
from vsm.model.entities import VIEW

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.view:list_views", "List the saved filters."),
    "save": ("vsm.cli.view:save_view", "Save a filter under a name."),
    "remove": ("vsm.cli.view:remove_view", "Remove a saved filter."),
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

    V on the board opens them; vsm board and vsm item list take --view.
    """


list_views = list_verb(
    VIEW, VERBS["list"][1], empty=f"No saved filters: {VIEW.add_usage} keeps one"
)


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
    "--only", metavar="STREAM", shell_complete=complete_stream, help="For this stream only."
)
@json_option
@pass_context
def save_view(
    work: CliContext, name: str, words: tuple[str, ...], only: str | None, as_json: bool
) -> None:
    """Save a filter under a name.

    An existing name gets the new filter. Without --only, the view applies to all streams.
    """
    stream = work.stream(only).id if only is not None else None
    values = {"name": name, "filter": " ".join(words), "only": stream}
    report(work, work.do([AddEntity(VIEW, values)]), as_json)


remove_view = remove_verb(
    VIEW, VERBS["remove"][1], examples="vsm view remove 'Old work'", several=False
)
