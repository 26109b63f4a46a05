"""A session: what a forked process does to become one, and the board that it then runs."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vsm.machine import served
from vsm.model.errors import VsmError
from vsm.model.role import Role
from vsm.serve.log import Event, stack_of
from vsm.signals import Terminated

if TYPE_CHECKING:
    from vsm.config import Config
    from vsm.keymap import Keymap

MEMORY = 1 << 30
"""Bytes of addresses that a session may have beyond what it shares; most are never used."""
GROWTH = 4 << 30
"""Bytes that a file may have where the database is small."""
FILES = 256
NICE = 5
ERRORS = 3
"""The descriptor on which the server is told of a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Whose session it is: the login ``actor``, with at most ``role``, in ``environment``.

    The journal has its changes under ``session``, as the log of the server has it, and ``source``.
    """

    actor: str
    session: str
    source: str = "ssh"
    role: str | None = None
    environment: Mapping[str, str]


@dataclass(slots=True)
class Shared:
    """What all sessions share: the database, and the settings of the account that serves it."""

    database: Path
    read_only: bool
    config: Config | None = None
    keymap: Keymap | None = None

    @classmethod
    def from_json(cls, text: str) -> Shared:
        """Read what the listener gives, and the files of settings."""
        from vsm.config import load
        from vsm.keymap import load as load_keymap
        from vsm.paths import config_file, keys_file

        values = json.loads(text)
        return cls(
            Path(values["database"]),
            values["read_only"],
            load(config_file()),
            load_keymap(keys_file()),
        )


def become_session(order: Order, terminal: int, shared: Shared) -> int:
    """Take the terminal, drop everything else, and run the board; gives the exit code."""
    _take_terminal(terminal)
    try:
        _keep_to_account(order)
        _limit(shared.database)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        _run_board(order, shared)
    except VsmError as error:
        print(f"vsm: {error.message}", error.remedy, sep="\r\nvsm: ", end="\r\n", flush=True)
        return 1
    except Terminated as ended:
        return ended.code
    except Exception as error:
        # Whoever sits there is told so, whoever runs the server where.
        print("vsm: a fault in vsm has ended the board", end="\r\n", flush=True)
        fault = {"event": Event.FAULT, "session": order.session, "stack": stack_of(error)}
        os.write(ERRORS, f"{json.dumps(fault)}\n".encode())
        return 70
    return 0


def _take_terminal(terminal: int) -> None:
    """Make it the terminal that controls this process, and keep the server's errors beside it."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    errors = os.dup(2)
    for number in (0, 1, 2):
        os.dup2(terminal, number)
    os.dup2(errors, ERRORS)
    os.closerange(ERRORS + 1, FILES)
    # Textual's driver looks at the streams of the start too.
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        stream = open(number, mode, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


_KEPT = ("HOME", "VSM_JOURNAL", "PGSERVICEFILE", "PGPASSFILE", "PGSSLROOTCERT")
"""Where the account has its files, and how its machine reaches a journal server."""


def _keep_to_account(order: Order) -> None:
    """The environment: what the terminal is, and where the account that serves has its files."""
    places = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or name.startswith("XDG_")
    }
    os.environ.clear()
    os.environ.update({**places, **order.environment})


def _limit(database: Path) -> None:
    """What one session takes must not be what all others lack."""
    size = database.stat().st_size if database.exists() else 0
    shared = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for what, most in (
        (resource.RLIMIT_AS, shared + MEMORY),
        (resource.RLIMIT_FSIZE, max(GROWTH, 4 * size)),
        (resource.RLIMIT_NOFILE, FILES),
    ):
        hard = resource.getrlimit(what)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))
    os.nice(NICE)


def _run_board(order: Order, shared: Shared) -> None:
    from vsm.app import VsmApp, run_app
    from vsm.drafts import what_was_left

    config = shared.config
    assert config is not None
    left = what_was_left(shared.database, order.actor, take_over=not shared.read_only)
    app = VsmApp(
        shared.database,
        actor=order.actor,
        theme=config.theme,
        keymap=shared.keymap,
        read_only=shared.read_only,
        machine=served(
            order.environment, None if order.role is None else Role(order.role), order.source
        ),
        place=left.place,
        remembers=True,
        drafts=left.drafts,
        session_id=order.session,
        presence=config.presence,
    )
    app.view.draft, app.view.draft_elsewhere = left.draft, left.elsewhere
    app.view.window = config.window
    app.view.compact = config.cards == "compact"
    app.view.quiet = config.quiet
    run_app(app)
