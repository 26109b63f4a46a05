"""The program ``vsm``: its global options, its verbs, and what it does without one."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from vsm import __version__
from vsm.cli.base import Noun, complete_file
from vsm.cli.context import CliContext, interactive
from vsm.cli.failures import ReaderGone, guarded
from vsm.cli.options import EntryNumber, complete_stream, complete_view
from vsm.config import THEMES
from vsm.model.errors import BadInput
from vsm.model.role import Role

VERBS: dict[str, tuple[str, str]] = {
    "demo": ("vsm.cli.demo:demo", "Open the demo organisation, in a file of its own."),
    "init": ("vsm.cli.init:init", "Create a value stream from a template."),
    "import": ("vsm.cli.imports:imports", "Import the history of work from another tool."),
    "sync": (
        "vsm.cli.sync:sync",
        "Read work from Jira, GitHub and GitLab, and keep it up to date.",
    ),
    "overview": ("vsm.cli.overview:overview", "Show all value streams, one row each."),
    "board": ("vsm.cli.board:board", "Print the board of a value stream."),
    "item": ("vsm.cli.item:item", "Add, show, change, move, block and list work items."),
    "stream": ("vsm.cli.stream:stream", "List, add, show and change value streams."),
    "stage": (
        "vsm.cli.stage:stage",
        "List, add, change, order, split, merge, retire and connect stages.",
    ),
    "team": ("vsm.cli.team:team", "List, add, change and remove teams, and say who works in them."),
    "member": ("vsm.cli.member:member", "List, add, change, remove and import members."),
    "role": ("vsm.cli.role:role", "List, grant, revoke and review roles."),
    "template": ("vsm.cli.template:template", "List, show and save templates of streams."),
    "standard": (
        "vsm.cli.standard:standard",
        "List, adopt and compare standards: stages, words, limits, controls, artefacts.",
    ),
    "view": ("vsm.cli.view:view", "List, save and remove saved filters."),
    "plan": ("vsm.cli.plan:plan", "List, show and remove saved plans of what-if."),
    "metrics": (
        "vsm.cli.metrics:metrics",
        "Report the flow of a stream: cycle time, throughput, WIP, waiting, rework.",
    ),
    "map": (
        "vsm.cli.map:map_group",
        "Show and declare the value stream map: process time, wait, %C&A, moves.",
    ),
    "bottlenecks": (
        "vsm.cli.bottlenecks:bottlenecks",
        "Show what limits throughput, with confidence, evidence and recommendations.",
    ),
    "deps": (
        "vsm.cli.deps:deps",
        "Show dependencies between teams and streams, and what is at risk.",
    ),
    "teams": (
        "vsm.cli.teams:teams",
        "Show teams with people, load, waits and saturation; of one team also its weeks.",
    ),
    "capacity": (
        "vsm.cli.capacity:capacity",
        "Show how loaded teams are, when they will be saturated, and whether to pivot or hire.",
    ),
    "forecast": (
        "vsm.cli.forecast:forecast",
        "Forecast when work is finished, and show whether such forecasts came true.",
    ),
    "sprint": (
        "vsm.cli.sprint:sprint",
        "Plan, start and close sprints; rebuild their charts for any day.",
    ),
    "bugs": (
        "vsm.cli.bugs:bugs",
        "Show inflow, outflow, age and escapes of the bugs of a stream.",
    ),
    "portfolio": (
        "vsm.cli.portfolio:portfolio",
        "Show initiatives by cost of delay and duration, with their odds and their worth.",
    ),
    "initiative": (
        "vsm.cli.initiative:initiative",
        "Say what is worth money and costs work, and decide whether it goes on.",
    ),
    "objective": ("vsm.cli.objective:objective", "Say what work is for."),
    "report": ("vsm.cli.report:report", "Write reports from what changed in the flow."),
    "delivery": (
        "vsm.cli.delivery:delivery",
        "Show how a service is delivered: DORA's five measures, and idea to live.",
    ),
    "service": ("vsm.cli.service:service", "Say what is deployed on its own."),
    "deploy": ("vsm.cli.deploy:deploy", "Record deployments of services, and list them."),
    "incident": (
        "vsm.cli.incident:incident",
        "Record what went wrong for users of a service.",
    ),
    "gov": (
        "vsm.cli.gov:gov",
        "Set controls on moves, choose how hard they bind, see what they cost.",
    ),
    "comply": (
        "vsm.cli.comply:comply",
        "Record evidence about items, and report compliance to auditors.",
    ),
    "export": ("vsm.cli.exports:exports", "Write items, histories or the whole journal to a file."),
    "snapshot": (
        "vsm.cli.snapshots:snapshots",
        "Compare snapshots: what moved, finished or was blocked.",
    ),
    "undo": ("vsm.cli.journal:undo", "Undo your last change."),
    "redo": ("vsm.cli.journal:redo", "Redo the last change that you undid."),
    "log": ("vsm.cli.log:log", "List changes: what, by whom and when."),
    "who": ("vsm.cli.who:who", "List who has a board of this database open, and where they are."),
    "doctor": ("vsm.cli.maintenance:doctor", "Check the integrity of the database."),
    "backup": (
        "vsm.cli.maintenance:backup",
        "Back up the database to a file, even while it is in use.",
    ),
    "restore": ("vsm.cli.maintenance:restore", "Restore the database from a backup."),
    "rebuild": ("vsm.cli.maintenance:rebuild", "Rebuild all tables from the journal."),
    "cluster": (
        "vsm.cli.cluster:cluster",
        "Keep one journal on a PostgreSQL server for several machines.",
    ),
    "replica": (
        "vsm.cli.replica:replica",
        "Look after the replica of a journal server on this machine.",
    ),
    "serve": ("vsm.cli.serve:serve", "Serve the board over SSH, or to browsers."),
    "keys": ("vsm.cli.keys:keys", "List the keys of the board."),
    "completion": ("vsm.cli.completion:completion", "Print the completion script for a shell."),
}

EXAMPLES = """
vsm demo                                  look around in a made-up organisation
vsm init --template kanban --name Web     make a board of your own
vsm import jira issues.json --stream Web --dry-run
vsm                                       open the board
vsm item list --filter 'team:core -blocked'
vsm item move WEB-12 Review
vsm undo
"""


class Program(Noun):
    """The outermost group: it ends the process with our exit codes and one-line errors."""

    has_forgotten = False
    """Whether the environment was forgotten because of ``--served``."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run a command line (by default the process's) and exit."""
        arguments = list(sys.argv[1:] if args is None else args)
        if "--served" in arguments:
            from vsm.cli.served import forget_environment

            forget_environment()
            self.has_forgotten = True
        request = os.environ.get("_VSM_COMPLETE")
        if request:
            guarded(lambda: answer_shell(self, request))

        def run() -> Any:
            _readable(arguments)
            extra["standalone_mode"] = False
            return super(Program, self).main(arguments, prog_name or "vsm", **extra)

        guarded(run)

    def all_verbs(self) -> Mapping[str, tuple[str, str]]:
        """All nouns, with declared entities that have no module of their own."""
        from vsm.model.entities import ENTITIES

        others = {
            entity.name: (
                f"vsm.cli.entity_verbs:{entity.name}",
                f"List, add, change and remove {entity.plural}.",
            )
            for entity in ENTITIES.values()
            if entity.name not in self.verbs and entity.has_noun
        }
        return {**self.verbs, **others}

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the arguments; help is printed here, so its reader may go away here too."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except BrokenPipeError:
            raise ReaderGone from None


def answer_shell(root: click.Command, request: str) -> None:
    """Answer a shell that asks how a command line may go on."""
    from vsm.cli.complete import answer

    answer(root, request)


def _readable(args: Sequence[str]) -> None:
    """Refuse arguments that are not text: they could be stored nowhere and printed nowhere."""
    for n, arg in enumerate(args, 1):
        if "\0" in arg:
            raise BadInput(f"argument {n} ({arg!r}) has a NUL character in it", "leave it out")
        try:
            arg.encode()
        except UnicodeEncodeError:
            raise BadInput(
                f"argument {n} ({arg!r}) is not UTF-8", "check the encoding of your terminal"
            ) from None


@click.group(
    cls=Program,
    verbs=VERBS,
    examples=EXAMPLES,
    invoke_without_command=True,
    epilog="Without a command vsm opens the board, or prints it if standard output is not a"
    " terminal. Exit codes: 0 done, 1 refused by a rule, 2 wrong usage or bad input,"
    " 3 environment (no database, locked, full, unreadable), 70 a fault in vsm (VSM_DEBUG=1"
    " shows where), 130 interrupted, 128 + n ended by signal n.",
)
@click.option(
    "--db",
    metavar="FILE",
    shell_complete=complete_file,
    help="Database file [default: $VSM_DB, else the one in your data folder].",
)
@click.option(
    "--stream",
    metavar="NAME",
    shell_complete=complete_stream,
    help="Value stream [default: the one used last].",
)
@click.option("--filter", "filter_text", metavar="FILTER", help="Filter to open the board with.")
@click.option(
    "--view",
    metavar="NAME",
    shell_complete=complete_view,
    help="Saved view to open the board with.",
)
@click.option(
    "--read-only",
    is_flag=True,
    help="Read-only: the board and the verbs refuse every change.",
)
@click.option(
    "--as",
    "user",
    metavar="NAME",
    help="Who you are [default: user in config.toml, else your login]; agent:NAME for a program.",
)
@click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    help="The most that you may be in this session, whatever you were granted.",
)
@click.option(
    "--served",
    is_flag=True,
    help="For an SSH forced command: the board alone, without editor, files and processes.",
)
@click.option(
    "--at-seq",
    "at_seq",
    type=EntryNumber(),
    metavar="N",
    help="Show what had been recorded up to entry N of the journal (#48,213), as of its moment:"
    " board, reports and lists, read-only. Changes that were entered late, after it, are not in"
    " it.",
)
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters only.")
@click.option("--theme", type=click.Choice(THEMES), help="Theme of the board [default: dark].")
@click.version_option(__version__, "-V", "--version", message="vsm %(version)s")
@click.pass_context
def cli(
    ctx: click.Context,
    db: str | None,
    stream: str | None,
    filter_text: str | None,
    view: str | None,
    read_only: bool,
    user: str | None,
    role: str | None,
    served: bool,
    at_seq: int | None,
    ascii_only: bool,
    theme: str | None,
) -> None:
    """A terminal board for agile value streams: see how work flows and what limits it."""
    at_most = None if role is None else Role(role)
    work = ctx.obj = CliContext(
        db,
        stream,
        ascii_only,
        theme,
        read_only=read_only,
        user=user,
        at_most=at_most,
        at_seq=at_seq,
    )
    if not served and isinstance(ctx.command, Program) and ctx.command.has_forgotten:
        # It named no database any more that $VSM_DB had named.
        raise click.UsageError("--served comes before everything else", ctx)
    if served:
        from vsm.cli.served import check_call

        work.served = True
        check_call(ctx, work, user)
    if ctx.invoked_subcommand is not None:
        return
    filter_text = work.filter(filter_text, view)
    if not interactive():
        from vsm.cli.board import PLAIN_CARDS, print_board

        print_board(work, None, filter_text, PLAIN_CARDS)
        return
    from vsm.cli.screen import open_board

    open_board(work, stream=stream, filter_text=filter_text)


def main() -> NoReturn:
    """Run the process's command line."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A title that the terminal's encoding does not know must not end the program.
        sys.stdout.reconfigure(errors="replace")
    cli.main()
