"""Schema versions of the journal, and the projected tables that are replayed instead.

A change of the journal or of ``meta`` is a migration (sqlite-utils records which were applied
and nests in our own ``BEGIN IMMEDIATE``); the file is backed up before. The projected tables
are never migrated: when ``PROJECTION_VERSION`` differs they are dropped and replayed.
``user_version`` in the file's header counts the applied migrations, so that starting costs no
query and a newer file is known before it is touched.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vsm.model.errors import EnvironmentProblem
from vsm.store.schema import APPLICATION_ID, JOURNAL, PROJECTION_VERSION

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

    from vsm.store.sqlite import sqlite3

SCHEMA_VERSION = 1
"""How many migrations there are: known without loading sqlite-utils."""

MIGRATION_NAMES = ("m001_journal",)
"""Names under which sqlite-utils records them, known without loading it."""


def migrations() -> Migrations:
    """The migrations in their order; only ever add to the end."""
    from sqlite_utils import Migrations

    steps = Migrations("vsm")

    @steps()
    def m001_journal(db: Database) -> None:
        for sql in JOURNAL:
            db.conn.execute(sql)

    return steps


def build(conn: sqlite3.Connection) -> None:
    """Make all tables in an empty file, in one transaction."""
    from vsm.store.tables import create_tables

    conn.execute("BEGIN IMMEDIATE")
    try:
        apply(conn, migrations())
        create_tables(conn)
        _stamp(conn)
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def apply(conn: sqlite3.Connection, steps: Migrations) -> None:
    """Apply what is missing inside the caller's transaction."""
    from sqlite_utils import Database

    db = Database(conn)
    steps.apply(db)
    count = len(list(steps.applied(db)))
    conn.execute(f"PRAGMA user_version = {count:d}")


def _stamp(conn: sqlite3.Connection) -> None:
    conn.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
    conn.execute(
        "INSERT OR REPLACE INTO meta(key, value) VALUES('projection_version', ?)",
        (str(PROJECTION_VERSION),),
    )


def refuse_newer(version: int, path: Path, known: int = SCHEMA_VERSION) -> None:
    """Refuse a file of a newer vsm before anything touches it."""
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
    if version != known:
        return False
    return _projection(conn) == PROJECTION_VERSION


def upgrade(conn: sqlite3.Connection, path: Path, steps: Migrations | None = None) -> Path | None:
    """Bring an older file up to date; the caller holds the lock. Returns the backup made.

    Backs the file up, then migrates and replays in one transaction: a failure at any step
    leaves the old file as it was.
    """
    from vsm.store.backup import backup_beside
    from vsm.store.replay import replay

    if steps is None:
        if is_current(conn):
            return None
        steps = migrations()
    copy = backup_beside(path)
    conn.execute("BEGIN IMMEDIATE")
    try:
        apply(conn, steps)
        replay(conn)
        _stamp(conn)
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
    return copy
