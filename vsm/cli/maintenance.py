"""``vsm doctor|backup|restore|rebuild``: looking after the database."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.failures import ENVIRONMENT
from vsm.cli.options import json_option
from vsm.cli.output import emit, say
from vsm.cli.progress import Progress

_FILE = click.Path(path_type=Path, dir_okay=False)
_MARKS = {"ok": "ok ", "bad": "BAD", "unknown": "?  "}
"""How a finding begins, by its status."""


@click.command(
    cls=Verb,
    examples="""
vsm doctor
vsm doctor --db old.db --json
vsm doctor --against monday.json --against /safe/vsm.jsonl.gz
""",
)
@click.option(
    "--against",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="Snapshot, exported journal or earlier doctor --json: the journal must continue it."
    " May be repeated.",
)
@click.option(
    "--accept-loss",
    is_flag=True,
    help="Continue without acknowledged changes that the database has lost.",
)
@json_option
@pass_context
@click.pass_context
def doctor(
    ctx: click.Context,
    work: CliContext,
    against: tuple[Path, ...],
    accept_loss: bool,
    as_json: bool,
) -> None:
    """Check the integrity of the database.

    Checks the pages, the schema, the hash chain of the journal, and that the tables equal a
    replay of the journal. Changes nothing without --accept-loss. The exit code is 3 if
    something is wrong or could not be checked.

    A journal that was cut at its end, or rewritten as a whole, is still consistent in itself.
    Only a comparison with an earlier record of the journal shows it: keep one on another
    machine.

    If acknowledged changes are missing, vsm writes nothing until you restore them or give them
    up with --accept-loss.
    """
    path = work.existing()
    if accept_loss:
        work.refuse_read_only()
        from vsm.store.loss import accept_loss as accept

        given_up = accept(path) or "nothing is missing that was acknowledged"
        if not as_json:
            say(given_up)
    from vsm.store.doctor import examine

    recorded = []
    if against:
        from vsm.connect.files.recorded_heads import load_recorded_head

        recorded = [load_recorded_head(file) for file in against]
    report = examine(path, recorded)
    if as_json:
        emit(
            {
                "database": str(path),
                "ok": report.ok,
                "journal": {"seq": report.head[0], "hash": report.head[1]} if report.head else None,
                "findings": [
                    {"name": f.name, "ok": f.ok, "status": f.status, "text": f.text}
                    for f in report.findings
                ],
                "advice": list(report.advice),
            }
        )
    else:
        for finding in report.findings:
            say(f"{_MARKS[finding.status]}  {finding.name:<9} {finding.text}")
        for line in report.advice:
            say(line)
    if not report.ok:
        ctx.exit(ENVIRONMENT)


@click.command(
    cls=Verb,
    examples="""
vsm backup ~/backups/vsm-2026-03-31.db
vsm backup "vsm-$(date +%F).db" --json
""",
)
@click.argument("file", type=_FILE)
@json_option
@pass_context
def backup(work: CliContext, file: Path, as_json: bool) -> None:
    """Back up the database to a file, even while it is in use.

    An existing file is not replaced.
    """
    path = work.existing()
    from vsm.store.backup import backup as copy

    copy(path, file)
    if as_json:
        emit({"database": str(path), "backup": str(file), "bytes": file.stat().st_size})
    else:
        say(f"copied {path} to {file}")


@click.command(
    cls=Verb,
    examples="""
vsm restore ~/backups/vsm-2026-03-31.db
""",
)
@click.argument("file", type=_FILE)
@click.option("--unproven", is_flag=True, help="Also restore a backup whose journal was changed.")
@json_option
@pass_context
def restore(work: CliContext, file: Path, unproven: bool, as_json: bool) -> None:
    """Restore the database from a backup.

    Checks the backup first and refuses a damaged one, one of a newer vsm and, without
    --unproven, one with a changed journal. Keeps the replaced database beside it and prints its
    name.
    """
    from vsm.store.backup import restore as bring_back

    work.refuse_read_only()
    path = work.path
    if not file.exists():
        from vsm.model.errors import BadInput

        raise BadInput(f"there is no file {file}", "name a backup that vsm backup made")
    kept = bring_back(file, path, unproven=unproven)
    if as_json:
        emit({"database": str(path), "backup": str(file), "kept": str(kept) if kept else None})
        return
    say(f"restored {path} from {file}")
    if kept is not None:
        say(f"what was there is kept as {kept}")


@click.command(cls=Verb, examples="vsm rebuild")
@json_option
@pass_context
def rebuild(work: CliContext, as_json: bool) -> None:
    """Rebuild all tables from the journal.

    The journal holds every change, so the tables can always be rebuilt from it. Needed only if
    vsm doctor says so.
    """
    session = work.session()
    with Progress("Rebuilding") as progress:
        read = session.rebuild(progress.tell)
    if as_json:
        emit({"database": str(work.path), "entries": read})
    else:
        say(f"built the tables of {work.path} anew from {read:,} journal entries")
