"""Opening a database: whose file it is, and whether it is whole.

The header is read as bytes before SQLite touches the file, so that a foreign or damaged one
is refused unchanged and never recreated.
"""

from __future__ import annotations

import os
import shlex
import stat
import struct
import time
from pathlib import Path
from typing import NamedTuple

from vsm.database_files import (
    MAGIC,
    file_id,
    network_file_system,
    read_start,
    vsm_command,
    wal_path,
)
from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.store.schema import APPLICATION_ID, TABLES, TRIGGERS
from vsm.store.sqlite import examine_with, explain, explain_os, sqlite3

ALWAYS_CHECKED = 32 << 20
"""Up to this size a database is checked whenever a writer opens it, in bytes (a few ms)."""


class Header(NamedTuple):
    """What the first 100 bytes of the file say."""

    page_size: int
    pages: int
    version: int
    file_size: int
    """Bytes that the file has."""
    has_log: bool

    @property
    def size(self) -> int:
        """Bytes that the file should have."""
        return self.pages * self.page_size

    @property
    def is_complete(self) -> bool:
        """Whether all pages are there; those that are missing may stand in the log."""
        return self.file_size >= self.size or self.has_log


def read_header(path: Path) -> Header | None:
    """Read and check the header. Raises with what is wrong and what to do.

    ``None`` where this process has the database open already: it was checked then, and reading it
    past SQLite would take away the locks of the connections that are open.
    """
    header = _read_header(path)
    for _ in range(3):
        if header is None or header.is_complete:
            return header
        time.sleep(0.02)  # somebody may be writing the log back and deleting it in this moment
        header = _read_header(path)
    if header is not None and not header.is_complete:
        what = f"{path} is cut off: {header.file_size} bytes of {header.size}"
        raise EnvironmentProblem(what, examine_with(path))
    return header


def _read_header(path: Path) -> Header | None:
    try:
        has_log = _has_log(path)
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise BadInput(f"{path} is a folder", "name a file with --db")
        if not stat.S_ISREG(status.st_mode):
            raise BadInput(f"{path} is not a regular file", "name a file with --db")
        head, size = read_start(path, 100), status.st_size
    except FileNotFoundError as error:
        raise EnvironmentProblem(
            f"there is no database at {path}",
            "make one: vsm init --template kanban, vsm import jira FILE, or look at vsm demo",
        ) from error
    except OSError as error:
        raise explain_os(error, path) from error
    if head is None:
        return None
    if not head:
        raise EnvironmentProblem(f"{path} is empty (0 bytes)", examine_with(path))
    if not head.startswith(MAGIC):
        raise BadInput(f"{path} is not a vsm database", "name another file with --db")
    if len(head) < 100:
        raise EnvironmentProblem(f"{path} is cut off after {len(head)} bytes", examine_with(path))
    page_size = int.from_bytes(head[16:18], "big")
    pages, version, application = struct.unpack(">28xI28xI4xI28x", head)
    has_log = has_log or _has_log(path)
    header = Header(65536 if page_size == 1 else page_size, pages, version, size, has_log)
    if application != APPLICATION_ID:
        raise BadInput(
            f"{path} is a SQLite database of another program, not of vsm",
            "name another file with --db",
        )
    return header


def _has_log(path: Path) -> bool:
    """Whether there is anything in the log."""
    try:
        return wal_path(path).stat().st_size > 0
    except OSError:
        return False


def check_pages(conn: sqlite3.Connection, path: Path) -> None:
    """Walk all pages of the file; raises where one is damaged."""
    try:
        (usual,) = conn.execute("PRAGMA cache_size").fetchone()
        conn.execute("PRAGMA cache_size=-200")  # it reads all pages, and each of them once
        rows = conn.execute("PRAGMA quick_check(1)").fetchall()
        conn.execute(f"PRAGMA cache_size={usual}")
    except sqlite3.Error as error:
        raise explain(error, path) from error
    if rows != [("ok",)]:
        raise EnvironmentProblem(f"{path} is damaged: {rows[0][0]}", examine_with(path))


def refuse_foreign_schema(conn: sqlite3.Connection, path: Path) -> None:
    """Refuse a file in which SQL of somebody else's would run or be read in place of vsm's tables.

    A trigger acts on what vsm writes, and a view or virtual table under a table's name answers in
    its stead. Other objects are never touched.
    """
    rows = conn.execute("SELECT type, name, rootpage FROM sqlite_schema").fetchall()
    for kind, name, root in rows:
        if kind == "trigger" and name not in TRIGGERS:
            what = f"a trigger {name!r:.80}"
        elif name in TABLES and (kind != "table" or not root):
            what = f"a {kind} in the place of the table {name}"
        else:
            continue
        raise EnvironmentProblem(
            f"{path} has {what} that vsm did not make: nothing is read or written",
            examine_with(path),
        )


def refuse_second_name(path: Path) -> None:
    """Refuse to write to a file with two names (hard links): each would get a log of its own.

    Raises :class:`EnvironmentProblem`; the second name of a killed restore is taken away.
    """
    if path.stat().st_nlink > 1:
        real = Path(os.path.realpath(path))
        forget_killed_restore(real)
        if real.stat().st_nlink > 1:
            copy = f"{shlex.quote(str(real))}.copy"
            raise EnvironmentProblem(
                f"{path} has another name (a hard link), and what is changed under one name would"
                " be lost under the other",
                f"when nobody has it open: cp -p {shlex.quote(str(real))} {copy} && mv {copy}"
                f" {shlex.quote(str(real))}",
            )


def forget_killed_restore(target: Path) -> None:
    """Take the second name away that a killed restore gave a database; the caller has the lock."""
    import glob  # off the start path

    current = file_id(target)
    for name in target.parent.glob(f"{glob.escape(target.name)}.*.replaced"):
        if current is not None and file_id(name) == current:
            name.unlink()


def refuse_network(path: Path) -> None:
    """Refuse to write where other machines reach the files: the log's shared memory is not there.

    SQLite's write-ahead log needs memory that all its programs share, so they have to run on one
    machine. Raises :class:`EnvironmentProblem` with the way out.
    """
    kind = network_file_system(path)
    if kind is not None:
        raise EnvironmentProblem(
            f"{path} is on a network file system ({kind}), where changes by several machines"
            " would damage it",
            "keep it on a local disk, to which everybody comes over SSH:"
            f" {vsm_command(path, 'backup', '/LOCAL/FOLDER/vsm.db')}, then name that with --db",
        )


def make_folder(path: Path) -> None:
    """Make the folder of a new database where it is not there, for its owner alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise explain_os(error, path.parent) from error
