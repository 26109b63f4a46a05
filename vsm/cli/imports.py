"""``vsm import``: the history of work from another tool; what all formats have in common."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.failures import Interrupted
from vsm.cli.options import complete_stream, json_option
from vsm.cli.output import emit, show
from vsm.cli.progress import Progress
from vsm.model.history import ImportPlan, ImportResult
from vsm.model.sanitise import inert
from vsm.model.stream import ValueStream

_F = TypeVar("_F", bound=Callable[..., Any])

VERBS: dict[str, tuple[str, str]] = {
    "jira": ("vsm.cli.imports:jira", "Import issues with their history from Jira."),
    "csv": ("vsm.cli.import_logs:event_csv", "Import an event log: case, activity, time."),
    "xes": ("vsm.cli.import_logs:xes", "Import an event log as XES."),
    "actionableagile": (
        "vsm.cli.import_logs:actionableagile",
        "Import ActionableAgile CSV: one date per stage.",
    ),
    "startfinish": (
        "vsm.cli.import_logs:startfinish",
        "Import a CSV of starts and finishes.",
    ),
    "journal": (
        "vsm.cli.exports:import_journal",
        "Create a database from an exported journal.",
    ),
}


class Imports(Noun):
    """The formats; a file in the place of one is imported by what it looks like."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A format by its name, or the import of a file whose format is recognised."""
        name = args[0]
        if name not in self.verbs and (os.sep in name or "." in name or os.path.isfile(name)):
            return "FILE", recognised, args
        return super().resolve_command(ctx, args)


@click.group(
    cls=Imports,
    verbs=VERBS,
    subcommand_metavar="[FORMAT] FILE --stream NAME [OPTIONS]",
    examples="""
vsm import jira issues.json --stream Web --dry-run
vsm import jira issues.jsonl.gz --stream Web --project WEB --tz Europe/Berlin
vsm import csv events.csv --stream Claims --case 'Claim No' --dry-run
vsm import xes log.xes.gz --stream Claims
vsm import export.csv --stream Web --dry-run      the format is recognised
""",
)
def imports() -> None:
    """Import the history of work from another tool.

    An import is all or nothing. Importing the same file again changes nothing; a newer file
    adds what is new. vsm undo reverts the last import. Files may be compressed with gzip.
    """


def common(function: _F) -> _F:
    """The file and the options that every format has; the last decorator but ``pass_context``."""
    for option in reversed(
        (
            click.argument("file", type=click.Path(path_type=Path)),
            click.option(
                "--stream",
                metavar="NAME",
                required=True,
                shell_complete=complete_stream,
                help="Full name of the value stream; created if it does not exist.",
            ),
            click.option(
                "--stages",
                metavar="LIST",
                help="STATUS:CATEGORY, separated by commas, in the order of the flow; categories"
                " are backlog, queue, active, done and dropped [default: from the history].",
            ),
            click.option(
                "--mapping",
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="Stages from a TOML file; --dry-run prints one to edit.",
            ),
            click.option("--commit", metavar="STAGE", help="Stage whose entry starts the clock."),
            click.option(
                "--tz", "zone", metavar="ZONE", help="Time zone of a new stream [default: UTC]."
            ),
            click.option(
                "--dry-run", is_flag=True, help="Show what would be imported and change nothing."
            ),
            json_option,
        )
    ):
        function = option(function)
    return function


timezone_option = click.option(
    "--timezone",
    metavar="ZONE",
    help="Time zone of times without one [default: the stream's].",
)


@click.command(
    cls=Verb,
    examples="""
vsm import jira issues.json --stream Web --dry-run
vsm import jira issues.json --stream Web --commit 'In Progress' --tz Europe/Berlin
vsm import jira all.jsonl.gz --stream Web --project WEB --dry-run --json
vsm import jira issues.json --stream Web --stages 'Open:backlog,Doing:active,Done:done'
vsm import jira issues.json --stream Web --mapping stages.toml --json
""",
)
@common
@click.option("--project", metavar="KEY", help="Only issues of this project.")
@pass_context
def jira(work: CliContext, /, file: Path, **settings: Any) -> None:
    """Import issues with their history from Jira.

    FILE is JSON, plain or gzip: a page of search results, a list of issues, or one issue per
    line. Issues need their changelog (expand=changelog).
    """
    run(work, "jira", file, **settings)


@click.command(
    cls=Verb,
    examples="""
vsm import export.csv --stream Web --dry-run
vsm import issues.jsonl.gz --stream Web
""",
)
@common
@timezone_option
@pass_context
def recognised(work: CliContext, /, file: Path, **settings: Any) -> None:
    """Import a file whose format is recognised by a look at it.

    The formats have more options where they are named: vsm import csv --help.
    """
    from vsm.connect.files.plan_import import format_of

    run(work, format_of(file), file, **settings)


def run(
    work: CliContext,
    format: str,
    file: Path,
    *,
    stream: str,
    dry_run: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Plan an import and do it, or try it; ``settings`` are those of ``plan_import``."""
    from vsm.connect.files.plan_import import plan_import, report_of, report_text
    from vsm.report.publish import publish

    existing = _existing(work, stream)
    known = work.reader.import_mapping(existing.id) if existing is not None else None
    try:
        with Progress("Reading") as progress:
            plan = plan_import(
                format,
                file,
                stream=stream,
                existing=existing,
                known=known,
                progress=progress.tell,
                **settings,
            )
        with Progress("Comparing" if dry_run else "Importing") as progress:
            result = _rehearse(work, plan) if dry_run else _record(work, plan, progress)
    except KeyboardInterrupt:
        raise Interrupted("interrupted; nothing was imported") from None
    report = report_of(result, plan)
    if as_json:
        emit(publish(report))
    else:
        show(inert(line) for line in report_text(report).splitlines())


def _existing(work: CliContext, name: str) -> ValueStream | None:
    """The stream of exactly this name: a beginning must not lead an import astray."""
    if not work.path.exists():
        return None
    folded = " ".join(name.split()).casefold()
    matches = [s.id for s in work.reader.streams() if s.name.casefold() == folded]
    return work.reader.stream(matches[0]) if matches else None


def _record(work: CliContext, plan: ImportPlan, progress: Progress) -> ImportResult:
    return work.session(create=True).import_histories(plan, progress=progress.tell)


def _rehearse(work: CliContext, plan: ImportPlan) -> ImportResult:
    """Try the import; where there is no database yet, in a throw-away one."""
    if work.path.exists():
        return work.session().import_histories(plan, dry_run=True)
    with tempfile.TemporaryDirectory(prefix="vsm-dry-run-") as folder:
        trial = CliContext(str(Path(folder) / "trial.db"))
        return trial.session(create=True).import_histories(plan, dry_run=True)
