"""``--served``: the board alone, for somebody whom another program (sshd) lets in here.

Nothing of this computer is theirs: no editor, no files, no processes, no shell to stop for. Who
they are is said by the one who lets them in, and what their client says of itself is forgotten.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

import click

from vsm.cli.context import CliContext, at_terminal
from vsm.model.errors import BadInput
from vsm.serve.terminal_request import believed

if TYPE_CHECKING:
    from vsm.machine import Machine

OPTION = "--served"


def forget_environment() -> None:
    """Leave nothing of the environment but the name of the terminal and its colours.

    sshd passes on what a client sends (AcceptEnv), and names of files, programs and places of
    vsm's, Textual's and Python's own could be among it. Before anything else reads it.
    """
    terminal = os.environ.get("TERM", "")
    colours = os.environ.get("COLORTERM", "")
    home = _home()
    os.environ.clear()
    os.environ["TERM"] = believed(terminal)
    if colours in ("truecolor", "24bit"):
        os.environ["COLORTERM"] = colours
    os.environ |= {"LANG": "C.UTF-8", "PATH": os.defpath, "SSH_CONNECTION": "", "HOME": home}
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _home() -> str:
    """The home folder of the account, whatever a client says."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_dir
    except (ImportError, KeyError):
        return "/"


def check_call(ctx: click.Context, work: CliContext, user: str | None) -> None:
    """Refuse a call that is not for the board, or does not say whose it is."""
    if ctx.invoked_subcommand is not None:
        raise click.UsageError(f"{OPTION} opens the board and nothing else", ctx)
    if user is None:
        raise click.UsageError(f"{OPTION} needs --as NAME: who it is that comes in", ctx)
    work.existing()
    if not at_terminal():
        raise BadInput(
            "this is a board, and needs a terminal to be drawn on",
            "connect with ssh -t, and without a command: files cannot be copied from here",
        )


def machine(work: CliContext) -> Machine:
    """What of this computer such a session may use: nothing."""
    from vsm.machine import served

    return served(dict(os.environ), work.at_most)
