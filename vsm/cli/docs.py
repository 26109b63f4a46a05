"""The page about the command line (docs/cli.md), made from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator

import click

from vsm.cli.base import Noun
from vsm.cli.main import cli

_WIDTH = 80

INTRODUCTION = """\
# Command line

<!-- Made from the commands by `make docs`; change the commands, not this file. -->

Everything that the board can do, a script can do too. All verbs that print take `--json`:
UTF-8, the same keys always, moments as ISO 8601 in UTC. Errors are one line on standard error,
with `--json` too.

| exit code | means |
|---|---|
| 0 | done |
| 1 | refused by a rule: a WIP limit, a stale undo, a stream that could not work |
| 2 | wrong usage or bad input |
| 3 | the environment: no database, locked, full, unreadable, damaged |
| 70 | a fault in vsm; `VSM_DEBUG=1` shows where |
| 130 | interrupted with Ctrl-C; what was not finished is rolled back |
| 128 + n | signal n asked it to end (143: SIGTERM); what was not finished is rolled back |
| 141 | whoever read the output went away |

The database is `--db FILE`, else `$VSM_DB`, else `vsm/vsm.db` in `$XDG_DATA_HOME` (by default
`~/.local/share`). Streams, stages and teams are named by any unique beginning of their name,
letter case ignored; keys of items in full. `none` empties a field. `vsm completion bash`, `zsh` or
`fish` prints a completion script that knows streams, stages, teams and keys.
"""


def walk(
    command: click.Command, name: str, parent: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    """Each command with all below it: its full name and its help, 80 cells wide."""
    settings = {**command.context_settings, "max_content_width": _WIDTH}
    ctx = click.Context(command, parent, name, terminal_width=_WIDTH, **settings)
    yield ctx.command_path, command.get_help(ctx)
    if isinstance(command, Noun):
        for verb in command.list_commands(ctx):
            below = command.get_command(ctx, verb)
            assert below is not None
            yield from walk(below, verb, ctx)


def document() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for name, text in walk(cli, "vsm"):
        parts.append(f"## {name}\n\n```text\n{text.rstrip()}\n```\n")
    return "\n".join(parts)
