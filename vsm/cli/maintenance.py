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
    " May be given several times.",
)
@click.option(
    "--accept-loss",
    is_flag=True,
    help="Go on without acknowledged changes that the database no longer has.",
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
    """Examine the database and say whether it is sound.

    Changes nothing, without --accept-loss: it reads the pages, the schema, the journal's chain of
    hashes, and whether the tables equal what the journal tells. Ends with 3 where something is
    wrong or could not be checked.

    A journal whose end was cut, or that was rewritten as a whole, is consistent in itself. It
    shows against a file that recorded where the journal was: keep one on another machine.

    Where changes are missing that were acknowledged, vsm writes nothing until they are brought back
    or given up by --accept-loss.
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
    """Copy the database to a file, also while it is in use.

    A file that is there already is not replaced.
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
@click.option(
    "--unproven", is_flag=True, help="Restore also a backup whose journal is not as it was written."
)
@json_option
@pass_context
def restore(work: CliContext, file: Path, unproven: bool, as_json: bool) -> None:
    """Bring the database back from a backup.

    The backup is examined first: damaged ones and ones of a newer vsm are refused, and ones whose
    journal was tampered with unless --unproven is given. The database that was there is kept
    beside it, and said to be.
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
    """Build all tables anew from the journal.

    The journal tells everything; tables can always be made from it again. Needed only where
    vsm doctor says so.
    """
    session = work.session()
    with Progress("Rebuilding") as progress:
        read = session.rebuild(progress.tell)
    if as_json:
        emit({"database": str(work.path), "entries": read})
    else:
        say(f"built the tables of {work.path} anew from {read:,} journal entries")
