"""Opens a database for looking, without harm to those who write to it.

Whoever may write the files reads them like everybody else. Somebody who may not reads along while
a writer has the database open; otherwise SQLite would have to make files that lock the owner out,
so a private copy is read instead, which says when it was taken and is taken anew when the database
has changed. The same holds on network file systems and where a full disk leaves no room.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from vsm.database_files import copy_bytes, network_file_system, shm_path, wal_path
from vsm.model.errors import EnvironmentProblem
from vsm.store.lock import exclusive
from vsm.store.sqlite import Connection, LogLost, connect, explain, is_locked, sqlite3

PATIENCE = 1.0
"""Seconds that looking waits for whoever holds the lock, where the log is gone."""
_ATTEMPTS = 20
_RETAKE_SECONDS = 1.0
"""A copy is taken anew at most this often, in seconds: it costs reading the whole file."""
_RETAKE_SHARE = 20
"""And no sooner than after this many times what taking the last one took."""


class PrivateCopy:
    """A copy of a database that only this process sees; gone with its connection.

    ``taken`` is when it was made, in UTC microseconds.
    """

    def __init__(self, path: Path) -> None:
        self._source = path
        began = time.monotonic()
        self.conn, self._signature = _copy(path)
        self.taken = time.time_ns() // 1000
        self._looked = time.monotonic()
        self._pause = min(_RETAKE_SHARE * (self._looked - began), 60.0)

    def is_stale(self) -> bool:
        """Whether the database has changed since, or can be opened itself by now."""
        now = time.monotonic()
        if now - self._looked < max(_RETAKE_SECONDS, self._pause):
            return False
        self._looked = now
        if _signature(self._source) != self._signature:
            return True
        self.taken = time.time_ns() // 1000  # it is still what the database holds
        return False


def open_for_reading(path: Path) -> tuple[Connection, PrivateCopy | None]:
    """A connection for reading: to the database itself, or to a private copy of it.

    Raises :class:`EnvironmentProblem` where neither can be had.
    """
    if can_open(path):
        try:
            return connect(path, write=False), None
        except LogLost:
            with exclusive(path, PATIENCE):  # a restore moves the log away first
                return connect(path, write=False), None
        except EnvironmentProblem as error:
            cause = error.__cause__
            if not isinstance(cause, sqlite3.OperationalError) or is_locked(cause):
                raise
            try:
                copy = PrivateCopy(path)
            except EnvironmentProblem:
                raise error from None
            return copy.conn, copy
    copy = PrivateCopy(path)
    return copy.conn, copy


def can_open(path: Path) -> bool:
    """Whether SQLite can read the file itself without making files that lock others out."""
    if network_file_system(path) is not None:
        return False
    beside = (wal_path(path), shm_path(path))
    if all(map(os.path.exists, beside)):
        # One that has gone since then, as the last writer or a restore takes them away, forbids
        # nothing.
        files = (path, *beside)
        return not any(not os.access(f, os.R_OK) and os.path.exists(f) for f in files)
    return os.access(path, os.W_OK) and os.access(Path(os.path.realpath(path)).parent, os.W_OK)


def _signature(path: Path) -> tuple[tuple[int, ...] | None, ...]:
    """What changes whenever the database does, as far as that can be seen from outside."""

    def of(file: Path) -> tuple[int, ...] | None:
        try:
            status = file.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

    return of(path), of(wal_path(path))


def copy_whole(path: Path, folder: Path) -> tuple[Path, tuple[tuple[int, ...] | None, ...]]:
    """Copy a database and its log into a folder, until neither changed meanwhile.

    Returns the copy and what tells whether the database has changed since. Raises
    :class:`EnvironmentProblem` where it is changed all the time, and :class:`OSError`.
    """
    wal, copy = wal_path(path), folder / "copy.db"
    for _ in range(_ATTEMPTS):
        signature = _signature(path)
        wal_path(copy).unlink(missing_ok=True)
        if not copy_bytes(path, copy):
            raise EnvironmentProblem(f"{path} is open already", "try again")
        if os.access(wal, os.R_OK):
            copy_bytes(wal, wal_path(copy))
        if _signature(path) == signature:
            os.chmod(copy, 0o600)
            return copy, signature
    raise EnvironmentProblem(
        f"{path} is being changed all the time and cannot be copied", "try again"
    )


def _copy(path: Path) -> tuple[Connection, tuple[tuple[int, ...] | None, ...]]:
    """Copy the database, and open the copy."""
    try:
        with tempfile.TemporaryDirectory(prefix="vsm-view-") as folder:
            copy, signature = copy_whole(path, Path(folder))
            # the connection keeps the file when its name goes: nothing is left behind
            return _opened(copy, path), signature
    except OSError as error:
        folder = tempfile.gettempdir()
        raise EnvironmentProblem(
            f"{path} can only be read from a copy, and none can be made in {folder}:"
            f" {error.strerror or error}",
            "name another folder with TMPDIR, or ask for the right to write the database",
        ) from error


def _opened(copy: Path, path: Path) -> Connection:
    conn = connect(copy, write=True)
    try:
        conn.execute("PRAGMA journal_mode=DELETE").fetchall()  # all is in one file then
        conn.execute("PRAGMA query_only=ON")
    except sqlite3.Error as error:
        conn.close()
        raise explain(error, path) from error
    conn.stop_watching()
    return conn
