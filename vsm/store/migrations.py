"""Makes new databases and brings older ones up to date.

A change of the journal or of ``meta`` is a migration (sqlite-utils records which were applied
and nests in our own ``BEGIN IMMEDIATE``); the file is backed up before. The projected tables
are never migrated: when ``PROJECTION_VERSION`` differs they are dropped and replayed.
``user_version`` in the file's header counts the applied migrations, so that starting costs no
query and a newer file is known before it is touched.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from vsm.database_files import shm_path, umask, wal_path
from vsm.model.errors import EnvironmentProblem, VsmError
from vsm.paths import data_folder
from vsm.store.atomic_file import put_new
from vsm.store.opening import refuse_network
from vsm.store.schema import APPLICATION_ID, JOURNAL, PROJECTION_VERSION
from vsm.store.sqlite import connect, explain, explain_os, sqlite3
from vsm.store.versions import REPLICA, is_current

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations


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
    (version,) = conn.execute("PRAGMA user_version").fetchone()
    count = len(list(steps.applied(db))) + (REPLICA if version >= REPLICA else 0)
    conn.execute(f"PRAGMA user_version = {count:d}")


def _stamp(conn: sqlite3.Connection) -> None:
    conn.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
    conn.execute(
        "INSERT OR REPLACE INTO meta(key, value) VALUES('projection_version', ?)",
        (str(PROJECTION_VERSION),),
    )


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


# -- new files ----------------------------------------------------------------------------


def make_new(path: Path) -> None:
    """Make an empty database at ``path``; the caller holds the lock. Never replaces a file."""
    path = Path(os.path.realpath(path))
    wal = wal_path(path)
    if wal.exists() and wal.stat().st_size:
        raise EnvironmentProblem(
            f"{path} is gone, but {wal.name} with changes of it is there",
            "put the database back beside it, or move that file away first",
        )
    refuse_network(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise explain_os(error, path) from error
    fresh = Path(name)
    try:
        conn = connect(fresh, write=True)
        try:
            build(conn)
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            raise explain(error, path) from error
        finally:
            conn.close()
        os.chmod(fresh, _mode_for(path))
        put_new(fresh, path)
    except OSError as error:
        raise explain_os(error, path) from error
    finally:
        for left in (fresh, wal_path(fresh), shm_path(fresh)):
            left.unlink(missing_ok=True)


def _mode_for(path: Path) -> int:
    """Who may use a new database: what the umask leaves, but no more than may use its folder.

    The default database, in the person's own data folder, is theirs alone; whoever wants to share
    it says so with ``chmod``, and the files beside it follow.
    """
    with contextlib.suppress(VsmError, RuntimeError):  # somebody without a home has no such folder
        if path.parent == Path(os.path.realpath(data_folder())):
            return 0o600
    folder = path.parent.stat().st_mode
    mode = 0o666 & ~umask()
    mode &= 0o777 if folder & stat.S_IXGRP else ~0o070
    return mode & (0o777 if folder & stat.S_IXOTH else ~0o007)
