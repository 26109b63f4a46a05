"""The one SQLite that this process uses, its connections and their settings.

``pysqlite3`` bundles a recent SQLite; distributions ship ones with the WAL-reset bug (fixed in
3.51.3, 3.50.7 and 3.44.6). The choice is made here once, in the way sqlite-utils makes it, so
that one process never holds two builds; everything else imports ``sqlite3`` from here.
"""

from __future__ import annotations

import atexit
import errno
import os
import shlex
import weakref
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsm.database_files import (
    Opening,
    file_id,
    lock_path,
    share_side_files,
    shm_path,
    vsm_command,
    wal_path,
)
from vsm.model.errors import EnvironmentProblem

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        from pysqlite3 import dbapi2 as sqlite3
    except ImportError:
        import sqlite3

__all__ = ["Connection", "Files", "connect", "explain", "sqlite3", "wal_reset_bug"]

BUSY_SECONDS = 10.0
CACHE = 300
"""KiB of pages that a reading connection keeps; the system has the rest, once for all boards."""


def wal_reset_bug(version: tuple[int, int, int] | None = None) -> bool:
    """Whether this SQLite has the WAL-reset bug (several connections, one WAL)."""
    at = version or sqlite3.sqlite_version_info
    if at < (3, 7, 0) or at >= (3, 51, 3):
        return False
    return not ((3, 50, 7) <= at < (3, 51, 0) or (3, 44, 6) <= at < (3, 45, 0))


class Files(Enum):
    """How the files at a connection's path relate to those that it has open."""

    SAME = "same"
    GONE = "gone"
    REPLACED = "replaced"
    """Another file is at the path."""
    LOG_LOST = "log lost"
    """The database is the same, but its write-ahead log was removed or replaced beneath it."""


class Connection(sqlite3.Connection):
    """A connection that knows which files it has open; made by :func:`connect`."""

    _opening: Opening | None = None
    _path: Path
    _is_open = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._is_open = True

    def watch(self, opening: Opening, path: Path) -> None:
        """Remember which files these are, after a first reading."""
        self._opening, self._path = opening, path
        self._remember_log()
        _watched.add(self)

    def _remember_log(self) -> None:
        assert self._opening is not None
        (mode,) = self.execute("PRAGMA journal_mode").fetchone()
        if mode == "wal":  # so that it has the log open, and its lock keeps it there
            self._opening.remember_log()

    def stop_watching(self) -> None:
        """The file is this process's own and loses its name: nobody else can change it."""
        if self._opening is not None:
            self._opening.release()
        self._opening = None

    def files(self) -> Files:
        """How the files at the path stand now, in three calls of ``stat``."""
        if self._opening is None:
            return Files.SAME
        current = file_id(self._path)
        if current is None:
            return Files.GONE
        if current != self._opening.file:
            return Files.REPLACED
        if not self._opening.knows_log:
            self._remember_log()  # it had no log until somebody wrote
        return Files.LOG_LOST if self._opening.log_is_lost else Files.SAME

    def has_other_name(self) -> bool:
        """Whether its file is still beside the database, under another name (after a restore)."""
        if self._opening is None:
            return False
        folder = Path(os.path.realpath(self._path)).parent
        try:
            return any(file_id(file) == self._opening.file for file in folder.iterdir())
        except OSError:
            return False

    def close(self) -> None:
        """Close it, unless that would write a log that is no longer the database's own.

        SQLite writes the log that it has open into the database when the last connection closes.
        Where another log has taken its place that would undo what was committed since, so the
        connection is left open until the process ends.
        """
        if not self._is_open or self.keep_stale_log():
            return  # pysqlite3 crashes where a connection is closed that could not be opened
        if self._opening is not None:
            self._opening.forget_log()
        super().close()
        self.stop_watching()

    def keep_stale_log(self) -> bool:
        """Leave the connection open for good where its log is no longer the database's own."""
        opening = self._opening
        if opening is None or file_id(self._path) != opening.file or not opening.log_is_lost:
            return False
        import ctypes

        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))
        self._opening = None
        return True

    def __del__(self) -> None:
        """Close it in the same way where nobody did."""
        self.close()


_watched: weakref.WeakSet[Connection] = weakref.WeakSet()


@atexit.register
def _keep_stale_logs() -> None:
    for conn in list(_watched):
        conn.keep_stale_log()


def connect(path: Path, *, write: bool) -> Connection:
    """Open a connection in autocommit mode, with the settings of the store.

    A reading connection cannot write (``query_only``), but makes and removes the files beside the
    database as a writing one does. Raises :class:`EnvironmentProblem`.
    """
    opening = Opening(path)
    conn: Connection | None = None
    try:
        if opening.log_is_lost:
            raise log_lost(path)
        conn = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            isolation_level=None,
            timeout=BUSY_SECONDS,
            check_same_thread=False,
            factory=Connection,
        )
        conn.execute("PRAGMA foreign_keys=ON")
        conn.execute("PRAGMA cell_size_check=ON")
        conn.execute("PRAGMA trusted_schema=OFF")
        if write:
            conn.execute("PRAGMA journal_mode=WAL").fetchall()
            conn.execute("PRAGMA synchronous=FULL")
        else:
            conn.execute("PRAGMA query_only=ON")
            conn.execute(f"PRAGMA cache_size=-{CACHE}")
        conn.execute("PRAGMA user_version").fetchall()  # opens the log
        if file_id(path) == opening.file:
            conn.watch(opening, path)
    except BaseException as error:
        if conn is not None:
            conn.close()
        opening.release()
        if isinstance(error, sqlite3.Error):
            raise explain(error, path) from error
        raise
    if file_id(path) != opening.file:  # replaced in this very moment
        conn.close()
        opening.release()
        return connect(path, write=write)
    share_side_files(path)
    return conn


class LogLost(EnvironmentProblem):
    """Another program took the log away: this process cannot go on with the database."""


def log_lost(path: Path, kept: str = "") -> LogLost:
    """The error that says so, with what became of what this process has."""
    return LogLost(
        f"another program removed or replaced {wal_path(path).name} while vsm had it open{kept}",
        "leave vsm and start it again: it says whether a change is missing",
    )


def error_name(error: BaseException) -> str:
    """SQLite's primary name of an error, such as ``SQLITE_BUSY``; ``""`` for others."""
    return "_".join(str(getattr(error, "sqlite_errorname", "")).split("_")[:2])


def is_locked(error: BaseException) -> bool:
    """Whether another connection was in the way."""
    return error_name(error) in ("SQLITE_BUSY", "SQLITE_LOCKED")


def explain(error: Exception, path: Path) -> EnvironmentProblem:
    """Say in one line what an error of SQLite means and what to do."""
    name = error_name(error)
    if name in ("SQLITE_READONLY", "SQLITE_CANTOPEN"):
        obstacle = find_obstacle(path)
        if obstacle is not None:
            return obstacle
    if name == "SQLITE_IOERR" and _is_full(path):
        name = "SQLITE_FULL"
    if name not in _KNOWN:
        return EnvironmentProblem(f"{path}: {error}", examine_with(path))
    message, remedy = _KNOWN[name]
    return EnvironmentProblem(message.format(path=path), remedy or examine_with(path))


def examine_with(path: Path) -> str:
    """What to do about a file that may be damaged."""
    return f"{vsm_command(path, 'doctor')} examines it and says what to do"


_LOCKED = ("{path} is locked by another program", "try again when it has finished")

_KNOWN = {
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_FULL": ("no space left for {path}", "make room; nothing was changed"),
    "SQLITE_IOERR": (
        "{path} cannot be read or written (disk error or no space)",
        "check the disk and its free space; nothing was changed",
    ),
    "SQLITE_READONLY": ("{path} cannot be written", "check who may write the file and its folder"),
    "SQLITE_CORRUPT": ("{path} seems to be damaged", ""),
    "SQLITE_NOTADB": ("{path} is not a database", "name another file with --db"),
    "SQLITE_CANTOPEN": ("{path} cannot be opened", "check that it exists and who may read it"),
}
"""Message and remedy for each error of SQLite, by its primary name."""


def _is_full(path: Path) -> bool:
    """Whether not even a page of a database has room beside it."""
    try:
        status = os.statvfs(Path(os.path.realpath(path)).parent)
    except (OSError, AttributeError):
        return False
    return status.f_bavail * status.f_frsize < 65536


def find_obstacle(path: Path) -> EnvironmentProblem | None:
    """Which of the files of a database may not be written, and the command that mends it."""
    folder = Path(os.path.realpath(path)).parent
    for file in (folder, path, wal_path(path), shm_path(path), lock_path(path)):
        if not os.path.lexists(file) or os.access(file, os.W_OK):
            continue
        if _is_mounted_read_only(folder):
            return EnvironmentProblem(
                f"{path} cannot be written: its file system is mounted read-only",
                "remount it, or copy the database to another disk and name that with --db",
            )
        what = "make files in" if file == folder else "write"
        quoted = shlex.quote(str(file))
        if _is_own(file):
            return EnvironmentProblem(
                f"{path} cannot be written: you may not {what} {file}", f"chmod u+w {quoted}"
            )
        return EnvironmentProblem(
            f"{path} cannot be written: {_owner(file)} does not let you {what} {file}",
            f"ask {_owner(file)}: chmod g+w {quoted} (and you have to be in its group)",
        )
    return None


def _is_mounted_read_only(folder: Path) -> bool:
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except (OSError, AttributeError):
        return False


def _is_own(file: Path) -> bool:
    try:
        return file.stat().st_uid == os.geteuid()
    except (OSError, AttributeError):
        return False


def _owner(file: Path) -> str:
    try:
        return file.owner()
    except (OSError, KeyError, AttributeError):
        return "its owner"


def explain_os(error: OSError, path: Path) -> EnvironmentProblem:
    """Say in one line what an error of the operating system means for a file."""
    if error.errno == errno.ENOSPC:
        return EnvironmentProblem(f"no space left for {path}", "make room; nothing was changed")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return EnvironmentProblem(f"{path} may not be opened", "check who may read and write it")
    return EnvironmentProblem(f"{path}: {error.strerror or error}", "check the path")
