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

A script can do everything that the board can do. All verbs that print take `--json`: UTF-8, stable
keys, moments as ISO 8601 in UTC. An error is one line on standard error, also with `--json`.

| exit code | means |
|---|---|
| 0 | done |
| 1 | refused by a rule: a WIP limit, a stale undo, a stream that would be invalid |
| 2 | wrong usage or bad input |
| 3 | the environment: no database, locked, full, unreadable, damaged |
| 70 | a fault in vsm; `VSM_DEBUG=1` shows where |
| 130 | interrupted with Ctrl-C; unfinished work is rolled back |
| 128 + n | ended by signal n (143: SIGTERM); unfinished work is rolled back |
| 141 | the reader of the output closed the pipe |

The database is `--db FILE`, else `$VSM_DB`, else `vsm/vsm.db` in `$XDG_DATA_HOME` (by default
`~/.local/share`). Any unique beginning of its name identifies a stream, stage or team, in upper or
lower case; keys of items are written in full. `none` clears a field. `vsm completion bash`, `zsh`
or `fish` prints a completion script that knows streams, stages, teams and keys.
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
