"""Turns what stops a command into an exit code and one line on standard error.

Exit codes: 0 done, 1 refused by a rule, 2 wrong usage or bad input, 3 the environment is in
the way, 70 a fault of the program, 130 interrupted, 141 the reader of a pipe went away, else
128 + n where signal n asked the process to end.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from vsm.model.errors import EnvironmentProblem, VsmError
from vsm.model.sanitise import inert, inert_line
from vsm.signals import (
    ENDING_A_COMMAND,
    Terminated,
    handled,
    has_saved,
    raise_interrupt,
    raise_terminated,
)

REFUSED, USAGE, ENVIRONMENT = 1, 2, 3
FAULT = 70
"""``EX_SOFTWARE``: a fault of the program, not of whoever called it."""
INTERRUPTED = 130
BROKEN_PIPE = 141
"""128 + SIGPIPE, what a shell reports of programs that die of a closed pipe."""
LINE_MAX = 1500
"""Most characters of an error: what it quotes may have any length."""


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


class ReaderGone(Exception):
    """Whoever read our output went away; click would take a ``BrokenPipeError`` for its own."""


# -- problems of the database ---------------------------------------------------------


def find_problem(error: Exception, path: Path, *, search_damage: bool) -> VsmError | None:
    """What is wrong with the database that stopped a command; ``None`` where it is not at fault.

    SQLite itself may have failed (locked, full, damaged). Rows of a damaged file can make anything
    raise, so with ``search_damage`` the file is examined before an error counts as a fault of vsm.
    """
    store = sys.modules.get("vsm.store.sqlite")
    if store is None:  # no database was opened
        return None
    if type(error) in (store.sqlite3.OperationalError, store.sqlite3.DatabaseError):
        problem = store.explain(error, path)
        assert isinstance(problem, VsmError)
        return problem
    expected = (VsmError, click.ClickException, click.exceptions.Exit, click.Abort, OSError)
    if not search_damage or isinstance(error, expected):
        return None
    return describe_damage(path)


def describe_damage(path: Path) -> VsmError | None:
    """The first thing that is wrong with a database, as an error; ``None`` where it is sound."""
    from vsm.store.doctor import examine
    from vsm.store.findings import Status

    if not path.is_file():
        return None
    bad = [f for f in examine(path).findings if f.status is Status.BAD]
    if not bad:
        return None
    remedy = f"vsm --db {shlex.quote(str(path))} doctor says what to do"
    return EnvironmentProblem(f"{path} is damaged ({bad[0].name}: {bad[0].text})", remedy)


# -- the line and the code ------------------------------------------------------------


def _usage_words(error: click.ClickException) -> str:
    text = " ".join(error.format_message().split()).rstrip(".")
    text = text[:1].lower() + text[1:]
    ctx = getattr(error, "ctx", None)
    return f"{text} (see {ctx.command_path} --help)" if ctx is not None else text


def _environment_words(error: OSError) -> str:
    what = error.strerror or str(error)
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{what}"


def _clip(text: str) -> str:
    """An error line of bearable length: what it says stands at its ends."""
    if len(text) <= LINE_MAX:
        return text
    head, tail = LINE_MAX * 2 // 3, LINE_MAX // 3
    return f"{text[:head]} … {text[-tail:]}"


def _stack(error: BaseException) -> str:
    """The traceback of an error, without anything that acts on a terminal.

    The messages in it may quote a title or a file name.
    """
    import traceback

    return inert("".join(traceback.format_exception(error)))


def explain(error: BaseException) -> tuple[int, str]:
    """The exit code of an error and the line that tells of it; no line for a closed pipe."""
    if isinstance(error, VsmError):
        return error.code, f"{error.message}; {error.remedy}" if error.remedy else error.message
    if isinstance(error, click.ClickException):
        return USAGE, _usage_words(error)
    if isinstance(error, (Interrupted, KeyboardInterrupt, click.Abort)):
        saved = "; the change was saved" if has_saved() else ""
        return INTERRUPTED, str(error) or f"interrupted{saved}"
    if isinstance(error, Terminated):
        rest = "the change was saved" if has_saved() else "what was not finished was rolled back"
        return error.code, f"{error}; {rest}"
    if isinstance(error, (ReaderGone, BrokenPipeError)):
        return BROKEN_PIPE, ""
    if isinstance(error, OSError):
        return ENVIRONMENT, _environment_words(error)
    return FAULT, (
        f"a fault in vsm: {type(error).__name__}: {error};"
        " VSM_DEBUG=1 shows where, please report it"
    )


def _drain() -> None:
    """Write what is buffered; where that fails, make sure that it does not fail again at exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _complain(line: str) -> None:
    """Print a line on standard error, where that is still there."""
    try:
        print(f"vsm: {_clip(inert_line(line))}", file=sys.stderr, flush=True)
    except OSError:
        _drain()


def guarded(run: Callable[[], Any]) -> NoReturn:
    """Run a command line and end the process with the right exit code and at most one line."""
    try:
        with (
            handled(raise_terminated, ENDING_A_COMMAND),
            handled(raise_interrupt, (signal.SIGINT,)),
        ):
            code = run()
        if sys.stdout is not None:
            sys.stdout.flush()
    except (Exception, KeyboardInterrupt, Terminated) as error:
        code, line = explain(error)
        if os.environ.get("VSM_DEBUG") and code != BROKEN_PIPE:
            print(_stack(error), end="", file=sys.stderr)
        _drain()
        cause = error.__cause__
        if isinstance(error, Terminated) and isinstance(cause, VsmError):
            _complain(explain(cause)[1])
        if line:
            _complain(line)
    sys.exit(code if isinstance(code, int) else 0)
