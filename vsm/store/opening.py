"""Opening a database: whose file it is, whether it is whole, and making a new one.

The header is read as bytes before SQLite touches the file, so that a foreign or damaged one
is refused unchanged and never recreated.
"""

from __future__ import annotations

import os
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.store.schema import APPLICATION_ID
from vsm.store.sqlite import connect, explain, explain_os, sqlite3

MAGIC = b"SQLite format 3\x00"
ALWAYS_CHECKED = 32 << 20
"""Up to this size a database is checked whenever a writer opens it, in bytes (a few ms)."""

_RESTORE = "vsm doctor tells more; vsm restore BACKUP brings a backup back"


@dataclass(frozen=True, slots=True)
class Header:
    """What the first 100 bytes of the file say."""

    page_size: int
    pages: int
    version: int
    application_id: int


def read_header(path: Path) -> Header:
    """Read and check the header. Raises with what is wrong and what to do."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
            size = os.fstat(file.fileno()).st_size
    except IsADirectoryError as error:
        raise BadInput(f"{path} is a folder", "name a file with --db") from error
    except FileNotFoundError as error:
        raise EnvironmentProblem(
            f"there is no database at {path}",
            "make one: vsm init --template kanban, vsm import jira FILE, or look at vsm demo",
        ) from error
    except OSError as error:
        raise explain_os(error, path) from error
    if not head:
        raise EnvironmentProblem(f"{path} is empty (0 bytes)", _RESTORE)
    if not head.startswith(MAGIC):
        raise BadInput(f"{path} is not a vsm database", "name another file with --db")
    if len(head) < 100:
        raise EnvironmentProblem(f"{path} is cut off after {len(head)} bytes", _RESTORE)
    page_size = int.from_bytes(head[16:18], "big")
    pages, version, application = struct.unpack(">28xI28xI4xI28x", head)
    header = Header(65536 if page_size == 1 else page_size, pages, version, application)
    if application != APPLICATION_ID:
        raise BadInput(
            f"{path} is a SQLite database of another program, not of vsm",
            "name another file with --db",
        )
    wal = Path(f"{path}-wal")
    if size < header.pages * header.page_size and not (wal.exists() and wal.stat().st_size):
        raise EnvironmentProblem(
            f"{path} is cut off: {size} bytes of {header.pages * header.page_size}", _RESTORE
        )
    return header


def check_pages(conn: sqlite3.Connection, path: Path) -> None:
    """Walk all pages of the file; raises where one is damaged."""
    try:
        rows = conn.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.Error as error:
        raise explain(error, path) from error
    if rows != [("ok",)]:
        raise EnvironmentProblem(f"{path} is damaged: {rows[0][0]}", _RESTORE)


def make_new(path: Path) -> None:
    """Make an empty database at ``path``; the caller holds the lock. Never replaces a file."""
    from vsm.store.migrations import build

    wal = Path(f"{path}-wal")
    if wal.exists() and wal.stat().st_size:
        raise EnvironmentProblem(
            f"{path} is gone, but {wal.name} with changes of it is there",
            "put the database back beside it, or move that file away first",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
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
        os.chmod(fresh, 0o666 & ~_umask())
        os.link(fresh, path)
    except OSError as error:
        raise explain_os(error, path) from error
    finally:
        for left in (fresh, Path(f"{fresh}-wal"), Path(f"{fresh}-shm")):
            left.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
