"""``vsm import``: the history of work from another tool."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from vsm.cli.base import Interrupted, Noun, Verb
from vsm.cli.options import complete_stream, json_option
from vsm.cli.output import emit, show
from vsm.cli.progress import Progress
from vsm.cli.work import Work, pass_work
from vsm.model.history import ImportPlan, ImportResult
from vsm.model.inert import inert
from vsm.model.stream import ValueStream

VERBS: dict[str, tuple[str, str]] = {
    "jira": ("vsm.cli.imports:jira", "Import issues with their history from Jira."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm import jira issues.json --stream Web --dry-run
vsm import jira issues.jsonl.gz --stream Web --project WEB --tz Europe/Berlin
""",
)
def imports() -> None:
    """Import the history of work from another tool.

    An import happens as a whole or not at all. The same file again changes nothing; a newer
    one brings what is new. vsm undo takes the last import back.
    """


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
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--stream",
    metavar="NAME",
    required=True,
    shell_complete=complete_stream,
    help="Value stream that it goes into, in full; made where it is new.",
)
@click.option("--project", metavar="KEY", help="Only issues of this project.")
@click.option(
    "--stages",
    metavar="LIST",
    help="STATUS:CATEGORY, comma between them, in the order of the flow; categories are backlog,"
    " queue, active, done and dropped [default: from the history].",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The same as a TOML file; --dry-run shows one to edit.",
)
@click.option("--commit", metavar="STAGE", help="Stage whose entry starts the clock.")
@click.option("--tz", "zone", metavar="ZONE", help="Time zone of a new stream [default: UTC].")
@click.option("--dry-run", is_flag=True, help="Say what would be imported, and change nothing.")
@json_option
@pass_work
def jira(
    work: Work,
    file: Path,
    stream: str,
    project: str | None,
    stages: str | None,
    mapping: Path | None,
    commit: str | None,
    zone: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import issues with their history from Jira.

    FILE is a search page, a list of issues or one issue a line, as JSON, gzip is fine; issues
    need their changelog (expand=changelog).
    """
    from vsm.exchange.run import plan_import, report_json, report_text

    existing = _existing(work, stream)
    known = work.reader.import_mapping(existing.id) if existing is not None else None
    try:
        with Progress("Reading") as progress:
            plan = plan_import(
                "jira",
                file,
                stream=stream,
                existing=existing,
                known=known,
                project=project,
                stages=stages,
                mapping=mapping,
                commit=commit,
                zone=zone,
                progress=progress.tell,
            )
        with Progress("Comparing" if dry_run else "Importing") as progress:
            result = _rehearse(work, plan) if dry_run else _record(work, plan, progress)
    except KeyboardInterrupt:
        raise Interrupted("interrupted; nothing was imported") from None
    if as_json:
        emit(report_json(result))
    else:
        show(inert(line) for line in report_text(result, plan).splitlines())


def _existing(work: Work, name: str) -> ValueStream | None:
    """The stream of exactly this name: a beginning must not lead an import astray."""
    if not work.path.exists():
        return None
    folded = " ".join(name.split()).casefold()
    found = [s.id for s in work.reader.streams() if s.name.casefold() == folded]
    return work.reader.stream(found[0]) if found else None


def _record(work: Work, plan: ImportPlan, progress: Progress) -> ImportResult:
    return work.session(create=True).import_histories(plan, progress=progress.tell)


def _rehearse(work: Work, plan: ImportPlan) -> ImportResult:
    """Try the import; where there is no database yet, in a throw-away one."""
    if work.path.exists():
        return work.session().import_histories(plan, dry_run=True)
    with tempfile.TemporaryDirectory(prefix="vsm-dry-run-") as folder:
        trial = Work(str(Path(folder) / "trial.db"))
        return trial.session(create=True).import_histories(plan, dry_run=True)
