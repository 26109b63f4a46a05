"""The one SQLite that this process uses, its connections and their settings.

``pysqlite3`` bundles a recent SQLite; distributions ship ones with the WAL-reset bug (fixed in
3.51.3, 3.50.7 and 3.44.6). The choice is made here once, in the way sqlite-utils makes it, so
that one process never holds two builds; everything else imports ``sqlite3`` from here.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from vsm.model.errors import EnvironmentProblem

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        from pysqlite3 import dbapi2 as sqlite3
    except ImportError:
        import sqlite3

__all__ = ["connect", "explain", "sqlite3", "wal_reset_bug"]

BUSY_SECONDS = 10.0


def wal_reset_bug(version: tuple[int, int, int] | None = None) -> bool:
    """Whether this SQLite has the WAL-reset bug (several connections, one WAL)."""
    at = version or sqlite3.sqlite_version_info
    if at < (3, 7, 0) or at >= (3, 51, 3):
        return False
    return not ((3, 50, 7) <= at < (3, 51, 0) or (3, 44, 6) <= at < (3, 45, 0))


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Open a connection in autocommit mode, with the settings of the store.

    A reading connection cannot write (``query_only``). Where the folder cannot be written and
    nobody has the file open, it is opened as immutable. Raises :class:`EnvironmentProblem`.
    """
    quoted = path.absolute().as_uri()
    # a file nobody can write has no WAL to read either, unless a writer is at work elsewhere
    frozen = not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    uri = f"{quoted}?mode=ro&immutable=1" if frozen and not write else f"{quoted}?mode=rw"
    try:
        conn = sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False
        )
        conn.execute("PRAGMA foreign_keys=ON")
        conn.execute("PRAGMA cell_size_check=ON")
        conn.execute("PRAGMA trusted_schema=OFF")
        if write:
            conn.execute("PRAGMA journal_mode=WAL").fetchall()
            conn.execute("PRAGMA synchronous=FULL")
        else:
            conn.execute("PRAGMA query_only=ON")
    except sqlite3.Error as error:
        raise explain(error, path) from error
    return conn


def explain(error: Exception, path: Path) -> EnvironmentProblem:
    """Say in one line what an error of SQLite means and what to do."""
    text = str(error).lower()
    for sign, message, remedy in _KNOWN:
        if sign in text:
            return EnvironmentProblem(message.format(path=path), remedy.format(path=path))
    return EnvironmentProblem(f"{path}: {error}", f"look into it with: vsm doctor --db {path}")


_DAMAGED = (
    "vsm --db {path} doctor says what is wrong, vsm --db {path} restore BACKUP brings a backup back"
)
_KNOWN = (
    ("locked", "{path} is locked by another program", "try again when it has finished"),
    ("busy", "{path} is locked by another program", "try again when it has finished"),
    ("disk is full", "no space left for {path}", "make room; nothing was changed"),
    (
        "disk i/o error",
        "{path} cannot be read or written (disk error or no space)",
        "check the disk and its free space; nothing was changed",
    ),
    ("readonly", "{path} cannot be written", "check who may write the file and its folder"),
    ("read-only", "{path} cannot be written", "check who may write the file and its folder"),
    ("malformed", "{path} is damaged", _DAMAGED),
    ("not a database", "{path} is not a database", "name another file with --db"),
    ("unable to open", "{path} cannot be opened", "check that it exists and who may read it"),
)


def explain_os(error: OSError, path: Path) -> EnvironmentProblem:
    """Say in one line what an error of the operating system means for a file."""
    if error.errno == errno.ENOSPC:
        return EnvironmentProblem(f"no space left for {path}", "make room; nothing was changed")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return EnvironmentProblem(f"{path} may not be opened", "check who may read and write it")
    return EnvironmentProblem(f"{path}: {error.strerror or error}", "check the path")
