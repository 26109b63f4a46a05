"""What every reading has in common: the connection, and what its errors mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from vsm.model.errors import EnvironmentProblem
from vsm.model.rules import Days
from vsm.store import migrations, opening
from vsm.store.sqlite import connect, explain, sqlite3

_P = ParamSpec("_P")
_R = TypeVar("_R")
_S = TypeVar("_S", bound="ReadBase")


def reads(
    method: Callable[Concatenate[_S, _P], _R],
) -> Callable[Concatenate[_S, _P], _R]:
    """Tell what an error of the database means instead of passing it on."""

    @wraps(method)
    def wrapped(reader: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        reader._follow()
        try:
            return method(reader, *args, **kwargs)
        except sqlite3.Error as error:
            raise explain(error, reader.path) from error

    return wrapped


class ReadBase:
    """One database, open for reading, and followed where another file is put in its place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._days: dict[str, Days] = {}
        self._anew = False
        self._open()

    def _open(self) -> None:
        header = opening.read_header(self.path)
        migrations.refuse_newer(header.version, self.path)
        conn = connect(self.path, write=False)
        try:
            current = migrations.is_current(conn)
        except sqlite3.Error as error:
            conn.close()
            raise explain(error, self.path) from error
        if not current:
            conn.close()
            raise EnvironmentProblem(
                f"{self.path} was written by an older vsm",
                "bring it up to date by any change, or by: vsm rebuild",
            )
        self._conn, self._inode = conn, self._file()

    def _file(self) -> tuple[int, int] | None:
        try:
            here = self.path.stat()
        except OSError:
            return None
        return here.st_dev, here.st_ino

    def _follow(self) -> None:
        """Open the file that is at the path now, where another was put there (by a restore).

        What was open stays so until that one is: it may not be a database, and the old one return.
        """
        now = self._file()
        if now not in (None, self._inode):
            before = self._conn
            self._open()
            before.close()
            self._anew = True

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
