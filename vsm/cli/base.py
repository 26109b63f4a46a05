"""Commands and groups of the command line: late loading, examples in help, exit codes.

Exit codes: 0 done, 1 refused by a rule, 2 wrong usage or bad input, 3 the environment is in
the way, 70 a fault of the program, 130 interrupted, 141 the reader of a pipe went away, else
128 + n where signal n asked the process to end.
Errors are one line on standard error, always.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from vsm.cli.context import CliContext
from vsm.model.errors import VsmError
from vsm.model.sanitise import inert, inert_line
from vsm.signals import (
    ENDING_A_COMMAND,
    Terminated,
    handled,
    has_saved,
    raise_interrupt,
    raise_terminated,
)

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

REFUSED, USAGE, ENVIRONMENT = 1, 2, 3
FAULT = 70
"""``EX_SOFTWARE``: a fault of the program, not of whoever called it."""
INTERRUPTED = 130
BROKEN_PIPE = 141
"""128 + SIGPIPE, what a shell reports of programs that die of a closed pipe."""
LINE_MAX = 1500
"""Most characters of an error: what it quotes may have any length."""

SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


class ReaderGone(Exception):
    """Whoever read our output went away; click would take a ``BrokenPipeError`` for its own."""


def _keep_db(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    ctx.find_root().params["db"] = value
    work = ctx.find_object(CliContext)
    if work is not None:
        work.use(value)


def complete_file(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Let the shell offer its files."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


class Verb(click.Command):
    """A command with examples, and with ``--db`` so that it may stand after the verb too."""

    def __init__(self, *args: Any, examples: str = "", **settings: Any) -> None:
        settings.setdefault("context_settings", SETTINGS)
        super().__init__(*args, **settings)
        self.examples = examples.strip("\n")
        self.params.append(
            click.Option(
                ["--db"],
                metavar="FILE",
                expose_value=False,
                callback=_keep_db,
                shell_complete=complete_file,
                help="Database file [default: $VSM_DB, else the one in your data folder].",
            )
        )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they stand: a command line must not be wrapped."""
        super().format_epilog(ctx, formatter)
        write_examples(formatter, self.examples)


def write_examples(formatter: click.HelpFormatter, examples: str) -> None:
    """Add a section of examples, each on its own line."""
    if examples:
        with formatter.section("Examples"):
            for line in examples.splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line.strip()}\n")


class Noun(click.Group):
    """A group whose verbs are imported when they are called.

    ``verbs`` maps a name to where the command is (``module:attribute``) and to its one line
    in the list, which must equal the command's own short help (a test holds it to that).
    """

    def __init__(
        self,
        *args: Any,
        verbs: Mapping[str, tuple[str, str]],
        examples: str = "",
        **settings: Any,
    ) -> None:
        settings.setdefault("context_settings", SETTINGS)
        settings.setdefault("no_args_is_help", False)
        super().__init__(*args, **settings)
        self.verbs = dict(verbs)
        self.examples = examples.strip("\n")

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the verbs, in the order in which help shows them."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb of this name."""
        if cmd_name not in self.verbs:
            return None
        module, _, attribute = self.verbs[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer verbs and options without importing any verb."""
        from click.shell_completion import CompletionItem

        verbs = [
            CompletionItem(name, help=short)
            for name, (_, short) in self.verbs.items()
            if name.startswith(incomplete)
        ]
        return verbs + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb that the arguments begin with; an unknown one names the closest."""
        name = args[0]
        if name not in self.verbs and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(unknown("command", name, list(self.verbs)), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in self.verbs.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they stand."""
        super().format_epilog(ctx, formatter)
        write_examples(formatter, self.examples)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the verb; what stops it leaves as an error that tells a person why."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted from None
        except BrokenPipeError:
            raise ReaderGone from None
        except Exception as error:
            problem = _store_problem(error, ctx) or _find_damage(error, ctx)
            if problem is None:
                raise
            raise problem from error


def _store_problem(error: Exception, ctx: click.Context) -> VsmError | None:
    """What it means where SQLite itself failed (locked, full, damaged) in the middle of things."""
    store, work = sys.modules.get("vsm.store.sqlite"), ctx.find_object(CliContext)
    if store is None or work is None:
        return None
    failures = (store.sqlite3.OperationalError, store.sqlite3.DatabaseError)
    if type(error) not in failures:
        return None
    problem = store.explain(error, work.path)
    assert isinstance(problem, VsmError)
    return problem


def _find_damage(error: Exception, ctx: click.Context) -> VsmError | None:
    """Blame the database for what would be a fault of the program, where it is damaged.

    Rows of a damaged file can make anything raise, so every reading verb is covered here.
    """
    expected = (VsmError, click.ClickException, click.exceptions.Exit, click.Abort, OSError)
    work = ctx.find_object(CliContext)
    opened = "vsm.store.sqlite" in sys.modules
    if ctx.parent is not None or isinstance(error, expected) or work is None or not opened:
        return None
    from vsm.cli.maintenance import describe_damage

    return describe_damage(work.path)


def unknown(what: str, wanted: str, names: Sequence[str]) -> str:
    """Say that there is no such thing, which is closest, and what there is."""
    from difflib import get_close_matches

    by_fold = {n.casefold(): n for n in names}
    close = get_close_matches(wanted.casefold(), list(by_fold), n=1, cutoff=0.6)
    text = f"there is no {what} {wanted[:60]!r}"
    if close:
        text += f"; did you mean {by_fold[close[0]]!r}?"
    if not names:
        return f"{text}; there are none yet"
    shown = list(names[:12])
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    joiner = " There are" if close else "; there are"
    return f"{text}{joiner}: {', '.join(shown)}{more}"


# -- running ----------------------------------------------------------------------


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
