"""Commands and groups of the command line: late loading, examples in help."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.context import CliContext
from vsm.cli.failures import Interrupted, ReaderGone, find_problem
from vsm.cli.names import describe_unknown

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


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


def db_option() -> click.Option:
    """``--db``, where it may stand after a verb too."""
    return click.Option(
        ["--db"],
        metavar="FILE",
        expose_value=False,
        callback=_keep_db,
        shell_complete=complete_file,
        help="Database file [default: $VSM_DB, else the one in your data folder].",
    )


class Verb(click.Command):
    """A command with examples, and with ``--db`` so that it may stand after the verb too."""

    def __init__(self, *args: Any, examples: str = "", **settings: Any) -> None:
        settings.setdefault("context_settings", SETTINGS)
        super().__init__(*args, **settings)
        self.examples = examples.strip("\n")
        self.params.append(db_option())

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

    def all_verbs(self) -> Mapping[str, tuple[str, str]]:
        """The verbs, with those that take longer to know; asked where ``verbs`` are not enough."""
        return self.verbs

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the verbs, in the order in which help shows them."""
        return list(self.all_verbs())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb of this name."""
        verb = self.verbs.get(cmd_name) or self.all_verbs().get(cmd_name)
        if verb is None:
            return None
        module, _, attribute = verb[0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer verbs and options without importing any verb."""
        from click.shell_completion import CompletionItem

        verbs = [
            CompletionItem(name, help=short)
            for name, (_, short) in self.all_verbs().items()
            if name.startswith(incomplete)
        ]
        return verbs + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb that the arguments begin with; an unknown one names the closest."""
        name = args[0]
        known = self.verbs if name in self.verbs else self.all_verbs()
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(describe_unknown("command", name, list(known)), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in self.all_verbs().items()])

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
            work = ctx.find_object(CliContext)
            if work is None:
                raise
            problem = find_problem(error, work.path, search_damage=ctx.parent is None)
            if problem is None:
                raise
            raise problem from error


class NounOrVerb(Noun):
    """A group whose first verb may be left out: arguments that begin with no verb are its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the first verb before arguments that name none."""
        names = [*self.verbs, *SETTINGS["help_option_names"]]
        if args and args[0] not in names and not ctx.resilient_parsing:
            args = [next(iter(self.verbs)), *args]
        return super().parse_args(ctx, args)


class NounOrList(Noun):
    """A group that lists where no verb is named: options alone are those of its first verb."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the first verb before options, or where nothing stands there."""
        is_help = bool(args) and args[0] in SETTINGS["help_option_names"]
        if not ctx.resilient_parsing and not is_help and (not args or args[0].startswith("-")):
            args = [next(iter(self.verbs)), *args]
        return super().parse_args(ctx, args)
