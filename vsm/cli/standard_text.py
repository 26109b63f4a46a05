"""``vsm standard text``: texts to begin with, printed or copied into an item."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.options import complete_key, complete_text, json_option
from vsm.cli.output import emit, note, show
from vsm.cli.report_change import report
from vsm.model.command import EditItem
from vsm.model.errors import BadInput, VsmError

if TYPE_CHECKING:
    from vsm.templates.texts import Text


@click.command(
    cls=Verb,
    examples="""
vsm standard text
vsm standard text definition-of-ready
vsm standard text test-plan --item WEB-12
""",
)
@click.argument("name", required=False, shell_complete=complete_text)
@click.option(
    "--item",
    "key",
    metavar="KEY",
    shell_complete=complete_key,
    help="Append it to the description of this item.",
)
@json_option
@pass_context
def text(work: CliContext, name: str | None, key: str | None, as_json: bool) -> None:
    """Print a text to begin with, or copy it into an item.

    Without NAME all are listed. Your own are Markdown files in ~/.config/vsm/templates/texts; one
    with the name of a built-in text replaces it.
    """
    from vsm.model.sanitise import inert
    from vsm.templates import texts

    if name is None:
        if key is not None:
            raise BadInput("no text is named", f"name one: {', '.join(texts.names())}")
        _list(as_json)
        return
    chosen = texts.read(name)
    if key is not None:
        _append(work, key, chosen, as_json)
    elif as_json:
        emit({"name": chosen.name, "title": chosen.title, "text": chosen.body})
    else:
        click.echo(inert(chosen.body))


def _list(as_json: bool) -> None:
    from vsm.report.text_table import Col, table
    from vsm.templates import texts

    every: list[texts.Text] = []
    for name in texts.names():
        try:
            every.append(texts.read(name))
        except VsmError as error:
            note(f"left out: {error.message}; {error.remedy}" if error.remedy else error.message)
    if as_json:
        rows = [{"name": t.name, "title": t.title, "path": t.path or None} for t in every]
        emit(rows)
        return
    lines = [[t.name, t.title, "you" if t.path else "vsm"] for t in every]
    cols = [Col("TEXT"), Col("TITLE", flexible=True), Col("FROM")]
    show(table(cols, lines, terminal_width()))


def _append(work: CliContext, key: str, chosen: Text, as_json: bool) -> None:
    """Add a text below the description of an item, which keeps what it has."""
    from vsm.templates.texts import append

    item = work.item(key)
    try:
        whole = append(item.description, chosen, item.key)
    except BadInput as error:
        raise BadInput(error.message, f"{error.remedy}: vsm item edit") from None
    done = work.do([EditItem(item.id, {"description": whole}, item.version)])
    report(work, done, as_json, item=item.key)
