"""``vsm doctor|backup|restore|rebuild``: looking after the database."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.failures import ENVIRONMENT
from vsm.cli.options import Count, json_option
from vsm.cli.output import emit, note, say
from vsm.cli.progress import Progress
from vsm.model.errors import BadInput, Refused, VsmError
from vsm.model.role import Right
from vsm.model.rules import iso_or_none

if TYPE_CHECKING:
    from vsm.model.journal_head import Anchor, RecordedHead
    from vsm.store.chain_check import ChainCheck
    from vsm.store.doctor import ChainRange
    from vsm.store.findings import Report

_FILE = click.Path(path_type=Path, dir_okay=False)
_HASH = re.compile(r"[0-9a-f]{8,64}")
_MARKS = {"ok": "ok ", "bad": "BAD", "unknown": "?  "}
"""How a finding begins, by its status."""


@click.command(
    cls=Verb,
    examples="""
vsm doctor
vsm doctor --db old.db --json
vsm doctor --against monday.json --against /safe/vsm.jsonl.gz --against backup.db
vsm doctor --chain --from 40000
vsm doctor --anchor | ssh safe 'cat >> vsm-anchors.log'
vsm doctor --against vsm-anchors.log
""",
)
@click.option(
    "--chain",
    is_flag=True,
    help="Check only the chain of the journal: fast at any length. Names the first wrong entry and"
    " whether it was edited, put in or moved, or is missing.",
)
@click.option(
    "--from", "first", type=Count(min=1), metavar="SEQ", help="Check the chain from this entry on."
)
@click.option(
    "--until",
    metavar="HASH",
    help="Check the chain up to the entry with this hash, or its beginning; if there is none, the"
    " end of the journal was cut.",
)
@click.option(
    "--anchor",
    is_flag=True,
    help="Check the chain and print one line, {seq, hash, at} of the last entry, for a log on"
    " another machine.",
)
@click.option(
    "--against",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="Backup, snapshot, exported journal, JSON report, earlier doctor --json or log of"
    " anchors: the journal must continue it. May be repeated.",
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
    chain: bool,
    first: int | None,
    until: str | None,
    anchor: bool,
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
    machine. A line of doctor --anchor is enough, written there by cron.

    If acknowledged changes are missing, vsm writes nothing until you restore them or give them
    up with --accept-loss.
    """
    work.refuse_at_seq()
    path = work.existing()
    if accept_loss:
        work.refuse_read_only()
        from vsm.store.loss import accept_loss as accept

        given_up = accept(path) or "nothing is missing that was acknowledged"
        if not as_json:
            say(given_up)
    from vsm.store.doctor import examine

    part = _part(chain or anchor, first, until)
    recorded = [_recorded(file) for file in against]
    report = examine(path, recorded, part)
    if anchor and report.ok:
        say(json.dumps(_anchor_shape(report.head)))
    elif anchor:
        for finding in report.findings:
            if not finding.ok:
                note(f"vsm: {path}: {finding.text}")
    else:
        _print(path, report, as_json)
    if not report.ok:
        ctx.exit(ENVIRONMENT)


def _print(path: Path, report: Report, as_json: bool) -> None:
    if as_json:
        emit(
            {
                "database": str(path),
                "ok": report.ok,
                "journal": _anchor_shape(report.head),
                "chain": _chain_shape(report.chain),
                "findings": [
                    {"name": f.name, "ok": f.ok, "status": f.status, "text": f.text}
                    for f in report.findings
                ],
                "advice": list(report.advice),
            }
        )
        return
    for finding in report.findings:
        say(f"{_MARKS[finding.status]}  {finding.name:<9} {finding.text}")
    for line in report.advice:
        say(line)


def _part(chain: bool, first: int | None, until: str | None) -> ChainRange | None:
    """The part of the chain that alone is to be checked, if one is."""
    from vsm.store.doctor import ChainRange

    if not chain and (first is not None or until is not None):
        raise BadInput("--from and --until are of the chain alone", "add --chain")
    text = (until or "").strip().rstrip("…").casefold()
    if until is not None and not _HASH.fullmatch(text):
        raise BadInput(
            f"--until {until!r:.80} is no hash", "give its first 8 or more of 64 digits (0-9, a-f)"
        )
    return ChainRange(first or 1, text) if chain else None


def _recorded(file: Path) -> RecordedHead:
    """Where the journal stood by a file: a database, or one that is read as JSON."""
    from vsm.database_files import database_of

    if database_of(file) == file.resolve():
        from vsm.store.database_head import read_database_head

        return read_database_head(file)
    from vsm.connect.files.recorded_heads import load_recorded_head

    return load_recorded_head(file)


def _anchor_shape(anchor: Anchor | None) -> dict[str, Any] | None:
    if anchor is None:
        return None
    return {"seq": anchor.seq, "hash": anchor.hash, "at": iso_or_none(anchor.at)}


def _chain_shape(chain: ChainCheck | None) -> dict[str, Any] | None:
    """How far the chain holds, and its first wrong entry."""
    if chain is None:
        return None
    fault = chain.fault and {
        "seq": chain.fault.seq,
        "wrong": chain.fault.wrong,
        "at": iso_or_none(chain.fault.at),
        "actor": chain.fault.actor,
        "text": chain.fault.what,
    }
    return {"first": chain.first, "last": chain.last, "hash": chain.hash.hex(), "fault": fault}


def _refuse_viewer(work: CliContext, *, copies: bool = False) -> None:
    """Refuse a viewer what changes the file, or ``copies`` what they may not see of it.

    Everybody else may: backups are made by accounts that nobody gave a role. Raises
    :class:`Refused`.
    """
    from vsm.reader import Reader

    try:
        with contextlib.closing(Reader(work.path)) as reader:
            refusal = reader.permit(work.me(), Right.ITEMS, work.now, work.at_most)
            if refusal is not None and copies:
                onlooker = reader.onlooker(work.me(), work.now, work.at_most)
                refusal = onlooker.refuse_journal(reader.event_kinds())
    except VsmError:
        return  # a file that cannot be read has no roles to hold back who mends it
    if refusal is not None:
        raise Refused(refusal)


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

    An existing file is not replaced. Also prints where the journal stands in the backup; vsm
    doctor --against FILE says whether the database still continues it. A viewer is refused where
    the journal holds what a viewer may not see.
    """
    work.refuse_at_seq()
    path = work.existing()
    _refuse_viewer(work, copies=True)
    from vsm.report.position import position_line
    from vsm.store.backup import backup as copy

    anchor = copy(path, file)
    if as_json:
        about = {"database": str(path), "backup": str(file), "bytes": file.stat().st_size}
        emit({**about, "journal": _anchor_shape(anchor)})
    else:
        say(f"copied {path} to {file}")
        say(position_line(anchor))


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
        raise BadInput(f"there is no file {file}", "name a backup that vsm backup made")
    _refuse_viewer(work)
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
    _refuse_viewer(work)
    session = work.session()
    with Progress("Rebuilding") as progress:
        read = session.rebuild(progress.tell)
    if as_json:
        emit({"database": str(work.path), "entries": read})
    else:
        say(f"built the tables of {work.path} anew from {read:,} journal entries")
