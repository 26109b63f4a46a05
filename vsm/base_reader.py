"""Opens the connection that readers read with, and turns its errors into ones to act on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from vsm.database_files import vsm_command
from vsm.model.errors import EnvironmentProblem, OlderDatabase, VsmError
from vsm.model.rules import Days
from vsm.store import opening, versions
from vsm.store.lock import Acknowledged, exclusive, read_acknowledged
from vsm.store.loss import RecordChanged, confirm_loss
from vsm.store.membership import membership
from vsm.store.reading import PATIENCE, open_for_reading
from vsm.store.replica_state import ReplicaState, is_followed, read_state
from vsm.store.sqlite import Files, explain, find_obstacle, sqlite3

ATTEMPTS = 20
"""How often a database is opened anew that is replaced while it is being opened."""

_P = ParamSpec("_P")
_R = TypeVar("_R")
_S = TypeVar("_S", bound="ReadBase")


def reads(
    method: Callable[Concatenate[_S, _P], _R],
) -> Callable[Concatenate[_S, _P], _R]:
    """Tell what an error of the database means instead of passing it on.

    A file that looks damaged is opened afresh first: it may just have been replaced.
    """

    @wraps(method)
    def wrapped(reader: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            reader._follow()
            return method(reader, *args, **kwargs)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) or reader._conn.in_transaction:
                raise explain(error, reader.path) from error
        reader._reopen()
        try:
            return method(reader, *args, **kwargs)
        except sqlite3.Error as error:
            raise explain(error, reader.path) from error

    return wrapped


def read_with(
    function: Callable[Concatenate[sqlite3.Connection, _P], _R],
) -> Callable[Concatenate[ReadBase, _P], _R]:
    """The method of a reader that calls a function of the store with the reader's connection."""

    @reads
    @wraps(function)
    def method(reader: ReadBase, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        return function(reader._conn, *args, **kwargs)

    return method


class ReadBase:
    """One database, open for reading, and followed where another file is put in its place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._days: dict[str, Days] = {}
        self._anew = False
        self._openings = 0
        self._seen: Acknowledged | None = None
        self._open()

    def _open(self) -> None:
        for _ in range(ATTEMPTS):
            with contextlib.suppress(RecordChanged):
                self._open_once()
                return
        raise EnvironmentProblem(f"{self.path} is being replaced again and again", "try again")

    def _open_once(self) -> None:
        header = opening.read_header(self.path)
        if header is not None:
            versions.refuse_newer(header.version, self.path)
        acknowledged = read_acknowledged(self.path)  # before the journal, which is never behind it
        conn, copy = open_for_reading(self.path)
        try:
            opening.refuse_foreign_schema(conn, self.path)
            versions.refuse_newer_content(conn, self.path)
            current = versions.is_current(conn)
            # what a replica lacks, its server has
            is_own = copy is None and membership(conn) is None
            loss = confirm_loss(conn, acknowledged, self.path) if is_own else None
        except sqlite3.Error as error:
            conn.close()
            raise explain(error, self.path) from error
        except (VsmError, RecordChanged):
            conn.close()
            raise
        if not current:
            conn.close()
            raise OlderDatabase(
                f"{self.path} was written by an older vsm",
                f"bring it up to date: {vsm_command(self.path, 'rebuild')}",
            )
        self._conn, self._copy, self._loss = conn, copy, loss
        self._openings += 1

    @property
    def copied_at(self) -> int | None:
        """When the copy was taken that is read, in UTC microseconds; ``None`` for the file itself.

        Somebody who may not write the files of a database reads a copy while nobody else has it
        open.
        """
        return self._copy.taken if self._copy is not None else None

    def find_obstacle(self) -> EnvironmentProblem | None:
        """Why nobody like this user can change the database now; ``None`` where they can.

        A full disk and a lock that is held are none: they pass.
        """
        try:
            opening.refuse_network(self.path)
        except EnvironmentProblem as error:
            return error
        state = self.replica_state()
        trouble = None if state is None else state.trouble
        return find_obstacle(self.path) or self.loss or trouble

    def keep_followed(self) -> None:
        """Say that somebody reads this replica; a follower is started where there is none."""
        from vsm.store.server.follower import ask_for_follower

        ask_for_follower(self.path)

    def is_followed(self) -> bool:
        """Whether a process of this machine keeps the replica current that is read."""
        return is_followed(self.path)

    def replica_state(self) -> ReplicaState | None:
        """How the replica stands that is read; ``None`` for a database of its own.

        Raises nothing: of a file that cannot be read the next reading says why.
        """
        try:
            is_own = self._copy is not None or membership(self._conn) is None
        except sqlite3.Error:
            return None
        return None if is_own else read_state(self.path)

    @property
    def loss(self) -> EnvironmentProblem | None:
        """What was acknowledged and is not in the journal, until somebody goes on without it."""
        if self._loss is not None:
            with contextlib.suppress(RecordChanged):
                self._loss = confirm_loss(self._conn, read_acknowledged(self.path), self.path)
        return self._loss

    def _reopen(self) -> None:
        """Open the file that is at the path now.

        What was open stays so until that one is: it may not be a database, and the old one return.
        """
        before = self._conn
        self._open()
        before.close()
        self._anew = True

    def _follow(self) -> None:
        """Open anew where another file was put there (by a restore), or a copy is out of date."""
        if self._copy is not None:
            if self._copy.is_stale() and self.path.exists():
                self._reopen()
            return
        files = self._conn.files()
        if files is Files.REPLACED:
            self._reopen()
        elif files is Files.LOG_LOST and self._is_lost_for_good():
            from vsm.store.backup import rescue

            raise rescue(self._conn, self.path)

    def _is_lost_for_good(self) -> bool:
        """Whether the log is still lost once nobody restores any more, who moves it away first."""
        try:
            with exclusive(self.path, PATIENCE):
                return self._conn.files() is Files.LOG_LOST
        except EnvironmentProblem:
            return False  # somebody is at work; what is open can be read meanwhile

    def close(self) -> None:
        """Give the connection back."""
        self._conn.close()

    def days(self, zone: str) -> Days:
        """Calendar days of a zone, kept between calls."""
        return self._days.setdefault(zone, Days(zone))

    @contextmanager
    def still(self) -> Iterator[None]:
        """Let all that is read in the block be of one moment, whatever others write meanwhile."""
        try:
            self._conn.execute("BEGIN")
            yield
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        finally:
            if self._conn.in_transaction:
                self._conn.execute("ROLLBACK")
