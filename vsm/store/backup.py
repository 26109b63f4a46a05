"""Copies of a database that restore: made with SQLite's backup API, also under load."""

from __future__ import annotations

import os
import stat
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.store.opening import check_pages, read_header
from vsm.store.sqlite import connect, explain, explain_os, sqlite3


def backup(source: Path, target: Path) -> None:
    """Copy a database to a new file, whole even while others write. Never replaces a file."""
    read_header(source)
    if target.exists():
        raise BadInput(f"{target} is there already", "name a new file")
    _copy(source, target)


def backup_beside(source: Path) -> Path:
    """Copy a database to a new, dated file beside it and return its path."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    target = source.with_name(f"{source.name}.{stamp}.backup")
    _copy(source, target)
    return target


def _copy(source: Path, target: Path) -> None:
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise explain_os(error, target) from error
    part = Path(name)
    try:
        there = connect(source, write=False)
        try:
            here = sqlite3.connect(part)
            try:
                there.backup(here)
                here.execute("PRAGMA journal_mode=DELETE").fetchall()
                check_pages(here, part)
            finally:
                here.close()
        except sqlite3.Error as error:
            raise explain(error, source) from error
        finally:
            there.close()
        os.chmod(part, stat.S_IMODE(source.stat().st_mode))
        with part.open("rb") as file:
            os.fsync(file.fileno())
        os.link(part, target)
    except FileExistsError as error:
        raise BadInput(f"{target} is there already", "name a new file") from error
    except OSError as error:
        raise explain_os(error, target) from error
    finally:
        part.unlink(missing_ok=True)


def restore(saved: Path, target: Path) -> Path | None:
    """Put a backup in the place of a database; what was there is kept beside it.

    Returns the path of what was there, ``None`` where nothing was. The backup is checked first
    and stays as it is. Raises where another program has the database open for writing.
    """
    from vsm.store.lock import exclusive

    if saved.resolve() == target.resolve():
        raise BadInput(f"{saved} is the database itself", "name a backup of it")
    read_header(saved)
    conn = connect(saved, write=False)
    try:
        check_pages(conn, saved)
    finally:
        conn.close()
    target.parent.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    kept: Path | None = None
    part = target.with_name(f".{target.name}.{stamp}.restoring")
    with exclusive(target):
        _copy(saved, part)
        try:
            if target.exists():
                kept = target.with_name(f"{target.name}.{stamp}.replaced")
                _same_rights(target, part)
                _settle(target)
                os.replace(target, kept)
                for suffix in ("-wal", "-shm"):
                    beside = Path(f"{target}{suffix}")
                    if beside.exists():
                        os.replace(beside, f"{kept}{suffix}")
            os.replace(part, target)
        except OSError as error:
            raise explain_os(error, target) from error
        finally:
            part.unlink(missing_ok=True)
    return kept


def _same_rights(model: Path, part: Path) -> None:
    """Give a file to the people who may use another one, as far as the system allows."""
    was = model.stat()
    os.chmod(part, stat.S_IMODE(was.st_mode))
    if hasattr(os, "chown") and os.geteuid() == 0:
        os.chown(part, was.st_uid, was.st_gid)


def _settle(target: Path) -> None:
    """Write what is in the WAL into a whole database; a damaged one is moved as it is."""
    try:
        read_header(target)
        conn = connect(target, write=True)
    except (BadInput, EnvironmentProblem):
        return
    try:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error:
        return  # the WAL is moved along with it
    finally:
        conn.close()
