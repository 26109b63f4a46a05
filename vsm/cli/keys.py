"""``vsm keys``: the keys of the board as they are for whoever calls, and what their file says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import json_option
from vsm.cli.output import emit, show

if TYPE_CHECKING:
    from vsm.keymap import Keymap


@click.command(
    cls=Verb,
    examples="""
vsm keys
vsm keys move
vsm keys --preset standard
vsm keys --check
""",
)
@click.argument("words", nargs=-1)
@click.option("--preset", metavar="NAME", help="List the keys of a preset: vim or standard.")
@click.option("--check", is_flag=True, help="Check keys.toml and list its errors by line.")
@json_option
@pass_context
def keys(
    work: CliContext, words: tuple[str, ...], preset: str | None, check: bool, as_json: bool
) -> None:
    """List the keys of the board.

    With WORDS, lists only keys whose name or explanation contains them. Keys of your keys.toml,
    beside config.toml, replace those of the preset.
    """
    if check:
        _check()
        return
    keymap = _preset(preset) if preset is not None else work.keymap
    actions = keymap.matching(" ".join(words))
    if as_json:
        emit(
            [
                {
                    "id": a.id,
                    "keys": list(keymap.of(a.id)),
                    "label": a.label,
                    "help": a.help,
                    "group": str(a.group),
                }
                for a in actions
            ]
        )
        return
    from vsm.report.text_table import Col, table

    rows: dict[str, list[tuple[str, str]]] = {}
    for action in actions:
        text = keymap.text(action.id, work.plain) or "palette"
        rows.setdefault(str(action.group), []).append((text, action.label))
    for n, (group, lines) in enumerate(rows.items()):
        show(["", group] if n else [group])
        show("  " + line for line in table((Col(""), Col("")), lines)[1:])


def _preset(name: str) -> Keymap:
    from vsm.cli.names import describe_unknown
    from vsm.keymap import PRESETS, preset
    from vsm.model.errors import BadInput

    if name not in PRESETS:
        raise BadInput(describe_unknown("preset", name, list(PRESETS)), "")
    return preset(name)


def _check() -> None:
    """Report on keys.toml; ends with 2 where the board would not open with it."""
    from vsm.cli.failures import USAGE
    from vsm.keymap import examine
    from vsm.paths import keys_file

    path = keys_file()
    if path is None:
        show(["you have no home folder for keys.toml: the keys are those of the preset vim"])
        return
    if not path.exists():
        show([f"{path} is not there: the keys are those of the preset vim"])
        return
    keymap, problems = examine(path)
    for problem in problems:
        kind = "note: " if problem.note else ""
        show([f"{path}, line {problem.line}: {kind}{problem.message}; {problem.remedy}"])
    errors = [problem for problem in problems if not problem.note]
    if errors:
        raise click.exceptions.Exit(USAGE)
    changed = len(keymap.changed())
    words = "action has keys" if changed == 1 else "actions have keys"
    show([f"{path}: preset {keymap.preset}; {changed} {words} other than vsm's own"])
