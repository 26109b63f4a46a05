"""Findings of a check of a database, and what to do about them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vsm.model.errors import VsmError
from vsm.model.journal_head import Anchor
from vsm.store.chain_check import ChainCheck
from vsm.store.schema_check import SchemaComparison
from vsm.store.sqlite import error_name, sqlite3

_SHOWN_CHARACTERS = 300
"""Most characters of a row or an error that a finding shows."""
_SHOWN_BACKUPS = 3

_OBSTACLES = {
    "SQLITE_PERM": "it may not be read",
    "SQLITE_BUSY": "it is locked by another program",
    "SQLITE_LOCKED": "it is locked by another program",
    "SQLITE_NOMEM": "there is not enough memory",
    "SQLITE_READONLY": "it cannot be opened without writing beside it",
    "SQLITE_INTERRUPT": "the check was interrupted",
    "SQLITE_IOERR": "the disk reports an error",
    "SQLITE_FULL": "there is no space left",
    "SQLITE_CANTOPEN": "it cannot be opened",
}
"""Errors of SQLite (primary names) that say nothing about the content of the file."""


class Status(StrEnum):
    """Result of a check; ``UNKNOWN`` where it could not be made."""

    OK = "ok"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check, in words."""

    name: str
    status: Status
    text: str

    @property
    def ok(self) -> bool:
        """Whether the check was made and found nothing wrong."""
        return self.status is Status.OK


@dataclass(frozen=True, slots=True)
class Report:
    """All findings; ``head`` says where the journal stands, ``chain`` how far it holds together.

    ``advice`` holds what to do about them, a sentence each; empty where all is well.
    """

    path: Path
    findings: tuple[Finding, ...]
    head: Anchor | None
    advice: tuple[str, ...]
    chain: ChainCheck | None = None

    @property
    def ok(self) -> bool:
        """Whether every check was made and found nothing wrong."""
        return all(f.ok for f in self.findings)

    @property
    def is_damaged(self) -> bool:
        """Whether a check found something wrong."""
        return any(f.status is Status.BAD for f in self.findings)


class Skipped(Exception):
    """A check cannot be made, which says nothing about the file; the message says why."""


def explain_failure(name: str, error: Exception) -> Finding:
    """Say why a check could not be made, and whether that is the fault of the file."""
    obstacle = _find_obstacle(error)
    if obstacle is not None:
        return Finding(name, Status.UNKNOWN, f"not checked: {shorten(obstacle)}")
    if isinstance(error, VsmError):
        return Finding(name, Status.BAD, shorten(error.message))
    what = str(error) if isinstance(error, sqlite3.Error) else f"{type(error).__name__}: {error}"
    return Finding(name, Status.BAD, f"damaged, so that it cannot be checked: {shorten(what)}")


def _find_obstacle(error: Exception) -> str | None:
    """Say what was in the way of a check, ``None`` where it is the content of the file."""
    if isinstance(error, Skipped):
        return str(error)
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    if isinstance(error, VsmError) and isinstance(error.__cause__, OSError):
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if getattr(error, "sqlite_errorname", "") == "SQLITE_IOERR_SHORT_READ":
        return None  # the file ends before its last page
    return _OBSTACLES.get(error_name(error))


def shorten(text: str) -> str:
    """One line of printable text that is not too long."""
    line = " ".join(text.encode("utf-8", "backslashreplace").decode().split())
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}..."


def advise(
    path: Path, findings: Sequence[Finding], schema: SchemaComparison | None
) -> tuple[str, ...]:
    """Say what to do about the findings, with commands as they can be typed."""
    bad = {f.name for f in findings if f.status is Status.BAD}
    journal_is_whole = any(f.name == "journal" and f.ok for f in findings) and "against" not in bad
    command = f"vsm --db {shlex.quote(str(path))}"
    copy = (
        "the journal's chain is unbroken, so a new database can be made from it:"
        f" {command} export journal -o JOURNAL.jsonl, then"
        " vsm --db NEW.db import journal JOURNAL.jsonl"
    )
    if bad & {"file", "pages", "journal", "versions", "against", "saved"}:
        backups = _list_backups(path)
        newest = shlex.quote(str(backups[0])) if backups else "BACKUP"
        advice = [f"to bring a backup back: {command} restore {newest}"]
        if backups:
            names = ", ".join(backup.name for backup in backups[:_SHOWN_BACKUPS])
            advice.append(f"newest backups beside the file: {names}")
        if bad == {"saved"}:
            advice.append(f"to go on without what is missing: {command} doctor --accept-loss")
            return tuple(advice)
        return (*advice, copy) if journal_is_whole else tuple(advice)
    if "schema" in bad and not journal_is_whole:
        backups = _list_backups(path)
        newest = shlex.quote(str(backups[0])) if backups else "BACKUP"
        return (f"to bring a backup back: {command} restore {newest}",)
    if "schema" in bad and not (schema is not None and schema.is_fixed_by_rebuild):
        return (copy,) if journal_is_whole else ()
    if bad:
        return (f"to make the tables anew from the journal: {command} rebuild",)
    if any(f.status is Status.UNKNOWN for f in findings):
        return ("some checks could not be made, which is no sign of damage",)
    return ()


def _list_backups(path: Path) -> list[Path]:
    """Copies that vsm made beside the file: rescued ones, then backups, newest first."""
    try:
        names = [file.name for file in path.parent.iterdir()]
    except OSError:
        return []
    ours = [n for n in names if n.startswith(f"{path.name}.") and n.endswith(".backup")]
    rescued = [n for n in names if n.startswith(f"{path.name}.") and n.endswith(".rescued")]
    return [path.with_name(name) for name in (*sorted(rescued), *sorted(ours, reverse=True))]
