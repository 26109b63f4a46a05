"""The presence file beside a database: who has a board open, and where.

It is a small SQLite file of its own, so presence never waits for the journal's lock, nor the
journal for presence, and the write-ahead log does not grow. Nothing in it has to last: it is never
synced nor backed up, and whoever finds it unusable makes it anew. Anybody who may write the folder
may write anything into it, so it is read with limits.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from time import monotonic

from vsm.database_files import FileId, file_id, presence_path, share
from vsm.model.actor import NAME_MAX
from vsm.model.presence import EXPIRES, Presence, is_present
from vsm.model.sanitise import inert_line
from vsm.store.sqlite import error_name, sqlite3

APPLICATION_ID = 0x56534D50  # "VSMP"
_VERSION = 1
_MOST = 500
"""Rows that are read."""
_LONGEST = 0.5
"""Seconds after which a statement is given up: a file of somebody else's may hold anything."""
_LARGEST = 4 * 1024 * 1024
"""Bytes of a file beyond which it cannot be one of ours."""
_LATEST = 2**52
"""Microseconds that are a date: in the year 2112."""
_TABLE = """
CREATE TABLE IF NOT EXISTS presence(
    session TEXT PRIMARY KEY, actor TEXT NOT NULL, host TEXT NOT NULL,
    since INTEGER NOT NULL, seen INTEGER NOT NULL, stream INTEGER, item INTEGER,
    screen TEXT NOT NULL, following TEXT
) STRICT, WITHOUT ROWID
"""
_PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_INTERRUPT", "SQLITE_FULL", "SQLITE_IOERR")
_NOT_OURS = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")


class PresenceProblem(Exception):
    """The file cannot be used now: it is locked, somebody else's, or may not be written."""


class PresenceFile:
    """An open presence file.

    Raises :class:`PresenceProblem` in every method. Without ``create`` it is only read.
    """

    def __init__(self, database: Path, *, create: bool, patience: float) -> None:
        self.path = presence_path(database)
        self._reads = not create
        if create and not os.path.lexists(self.path):
            self._make(database)
        try:
            status = self.path.lstat()
        except OSError as error:
            raise PresenceProblem(str(error)) from error
        if not stat.S_ISREG(status.st_mode):
            raise PresenceProblem(f"{self.path} is no file")
        self._file: FileId | None = FileId(status.st_dev, status.st_ino)
        self._since = monotonic()
        self._patience = patience
        self._known: tuple[int, list[Presence]] | None = None
        try:
            self._conn = self._open(patience)
        except sqlite3.Error as error:
            raise self._problem(error) from error

    def _make(self, database: Path) -> None:
        """Make an empty file with the group and mode of the database."""
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
        try:
            handle = os.open(self.path, flags, 0o600)
        except FileExistsError:
            return  # somebody else was quicker
        except OSError as error:
            raise PresenceProblem(str(error)) from error
        try:
            share(handle, os.fstat(handle), database.stat())
        except OSError as error:
            raise PresenceProblem(str(error)) from error
        finally:
            os.close(handle)

    def _open(self, patience: float) -> sqlite3.Connection:
        mode = "ro" if self._reads else "rw"
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        conn = sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=patience, check_same_thread=False
        )
        try:
            conn.set_progress_handler(self._is_over, 10_000)
            conn.execute("PRAGMA trusted_schema=OFF")
            conn.execute("PRAGMA journal_mode=MEMORY").fetchall()
            conn.execute("PRAGMA synchronous=OFF")
            known = conn.execute("PRAGMA application_id").fetchone()[0]
            size = self.path.stat().st_size
            if known != APPLICATION_ID and size:
                raise PresenceProblem(f"{self.path} is a database of another program")
            if not self._reads and known != APPLICATION_ID:
                conn.execute("BEGIN IMMEDIATE")
                conn.execute(f"PRAGMA application_id={APPLICATION_ID}")
                conn.execute(f"PRAGMA user_version={_VERSION}")
                conn.execute(_TABLE)
                conn.execute("COMMIT")
            version = conn.execute("PRAGMA user_version").fetchone()[0]
            if version != _VERSION and (size or not self._reads):
                raise PresenceProblem(f"{self.path} was made by another version of vsm")
        except OSError as error:
            conn.close()
            raise PresenceProblem(str(error)) from error
        except BaseException:
            conn.close()
            raise
        return conn

    def _is_over(self) -> int:
        return monotonic() - self._since > self._patience + _LONGEST

    def _problem(self, error: sqlite3.Error) -> PresenceProblem:
        """What an error means; a file that is damaged loses its name, to be made anew."""
        name = error_name(error)
        if name not in (*_PASSING, *_NOT_OURS) and not self._reads and self.is_current:
            with contextlib.suppress(OSError):
                os.unlink(self.path)
        return PresenceProblem(f"{self.path}: {error}")

    @property
    def is_current(self) -> bool:
        """Whether this is still the file at the path."""
        return file_id(self.path) == self._file

    def write(self, own: Presence) -> None:
        """Say where somebody is; who has expired is taken out."""
        self._since = monotonic()
        expired = own.seen - EXPIRES * 1_000_000
        try:
            self._conn.execute("BEGIN IMMEDIATE")
            self._conn.execute(
                "INSERT OR REPLACE INTO presence VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", own
            )
            self._conn.execute("DELETE FROM presence WHERE seen < ?", (expired,))
            self._conn.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self._problem(error) from error
        self._known = None

    def remove(self, session: str) -> None:
        """Say that somebody has left."""
        self._since, self._known = monotonic(), None
        try:
            self._conn.execute("DELETE FROM presence WHERE session = ?", (session,))
        except sqlite3.Error as error:
            raise self._problem(error) from error

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._conn.in_transaction:
                self._conn.execute("ROLLBACK")

    def read(self, now: int) -> list[Presence]:
        """Who is present, by name and then by when they came; texts are harmless."""
        self._since = monotonic()
        try:
            size = self.path.stat().st_size
            if size > _LARGEST:
                raise sqlite3.DatabaseError("it is far too large")
            if self._reads and not size:
                return []
            version = int(self._conn.execute("PRAGMA data_version").fetchone()[0])
            if self._known is None or self._known[0] != version:
                self._known = (version, self._rows())
        except sqlite3.Error as error:
            raise self._problem(error) from error
        except OSError as error:
            raise PresenceProblem(str(error)) from error
        return [presence for presence in self._known[1] if is_present(presence, now)]

    def _rows(self) -> list[Presence]:
        rows = self._conn.execute(
            "SELECT substr(session, 1, 80), substr(actor, 1, ?1), substr(host, 1, ?1), since, seen,"
            " stream, item, substr(screen, 1, ?1), substr(following, 1, 80)"
            " FROM presence ORDER BY actor, since LIMIT ?2",
            (NAME_MAX, _MOST),
        ).fetchall()
        return [presence for row in rows if (presence := _presence(row)) is not None]

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(sqlite3.Error):
            self._conn.close()


def _presence(row: tuple[object, ...]) -> Presence | None:
    """A row of the file, its texts made harmless; ``None`` where it is none of ours."""
    session, actor, host, since, seen, stream, item, screen, following = row
    if not (
        isinstance(session, str)
        and isinstance(actor, str)
        and isinstance(host, str)
        and isinstance(since, int)
        and isinstance(seen, int)
        and 0 <= since < _LATEST
        and isinstance(stream, int | None)
        and isinstance(item, int | None)
        and isinstance(screen, str)
        and isinstance(following, str | None)
    ):
        return None
    name, place = inert_line(actor), inert_line(screen)
    return Presence(session, name, inert_line(host), since, seen, stream, item, place, following)
