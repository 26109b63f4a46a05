"""``vsm keys``: the keys of the board, from the registry of actions."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.options import json_option
from vsm.cli.output import emit, show


@click.command(cls=Verb, examples="vsm keys")
@click.argument("words", nargs=-1)
@json_option
def keys(words: tuple[str, ...], as_json: bool) -> None:
    """List the keys of the board.

    With WORDS only those whose key, name or explanation has them.
    """
    from vsm.actions import ACTIONS, keys_text, matching
    from vsm.text.cells import Col, table

    actions = matching(" ".join(words)) if words else ACTIONS
    if as_json:
        emit(
            [
                {
                    "id": a.id,
                    "keys": list(a.keys),
                    "label": a.label,
                    "help": a.help,
                    "group": str(a.group),
                }
                for a in actions
            ]
        )
        return
    rows: dict[str, list[tuple[str, str]]] = {}
    for action in actions:
        rows.setdefault(str(action.group), []).append((keys_text(action), action.label))
    for n, (group, lines) in enumerate(rows.items()):
        show(["", group] if n else [group])
        show("  " + line for line in table((Col(""), Col("")), lines)[1:])
