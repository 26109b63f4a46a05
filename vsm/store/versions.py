"""Versions of the schema and of the projected tables, and what is refused because of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vsm.model.errors import EnvironmentProblem
from vsm.store.schema import PROJECTION_VERSION

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

SCHEMA_VERSION = 1
"""How many migrations :mod:`vsm.store.migrations` has: known without loading sqlite-utils."""

REPLICA = 1000
"""Added to the version of a replica: what does not know replicas would write to it on its own."""

MIGRATION_NAMES = ("m001_journal",)
"""Names under which sqlite-utils records them, known without loading it."""


def refuse_newer(version: int, path: Path, known: int = SCHEMA_VERSION) -> None:
    """Refuse a file of a newer vsm before anything touches it."""
    version %= REPLICA
    if version > known:
        raise EnvironmentProblem(
            f"{path} was written by a newer vsm (schema {version}, this one knows {known})",
            "install the newer vsm, or name another file with --db",
        )


def refuse_newer_content(conn: sqlite3.Connection, path: Path, known: int | None = None) -> None:
    """Refuse a file whose schema or tables a newer vsm made, as the connection sees them."""
    (version,) = conn.execute("PRAGMA user_version").fetchone()
    refuse_newer(version, path, SCHEMA_VERSION if known is None else known)
    projection = _projection(conn)
    if projection is not None and projection > PROJECTION_VERSION:
        raise EnvironmentProblem(
            f"{path} was written by a newer vsm (tables {projection}, this one makes"
            f" {PROJECTION_VERSION})",
            "install the newer vsm, or name another file with --db",
        )


def _projection(conn: sqlite3.Connection) -> int | None:
    """The version of the projected tables; ``None`` where none is noted."""
    row = conn.execute("SELECT value FROM meta WHERE key = 'projection_version'").fetchone()
    return int(row[0]) if row is not None and str(row[0]).isdigit() else None


def is_current(conn: sqlite3.Connection, known: int = SCHEMA_VERSION) -> bool:
    """Whether schema and projection are those of this program."""
    (version,) = conn.execute("PRAGMA user_version").fetchone()
    if version % REPLICA != known:
        return False
    return _projection(conn) == PROJECTION_VERSION
