"""Copies of a database that restore: made with SQLite's backup API, also under load."""

from __future__ import annotations

import contextlib
import glob
import os
import stat
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from vsm.database_files import copy_bytes, shm_path, vsm_command, wal_path
from vsm.model.errors import BadInput, EnvironmentProblem, VsmError
from vsm.model.journal_head import Anchor
from vsm.store import journal, versions
from vsm.store.atomic_file import keep_under, put_new, sync_folder
from vsm.store.chain_check import verify
from vsm.store.lock import Acknowledged, Lock, exclusive
from vsm.store.membership import membership
from vsm.store.opening import (
    check_pages,
    forget_killed_restore,
    make_folder,
    read_header,
    refuse_foreign_schema,
    refuse_network,
)
from vsm.store.reading import open_for_reading
from vsm.store.sqlite import (
    BUSY_SECONDS,
    connect,
    error_name,
    explain,
    explain_os,
    is_locked,
    log_lost,
    sqlite3,
)


def backup(source: Path, target: Path) -> Anchor:
    """Copy a database to a new file, whole even while others write. Never replaces a file.

    Returns where the journal of the copy stands.
    """
    read_header(source)
    if os.path.lexists(target):
        raise BadInput(f"{target} is there already", "name a new file")
    return _copy(source, target)


def backup_beside(source: Path) -> Path:
    """Copy a database to a new, dated file beside it and return its path."""
    target = dated(source, "backup")
    _copy(source, target)
    return target


def rescue(conn: sqlite3.Connection, path: Path) -> EnvironmentProblem:
    """Save what a connection still has whose log was taken away; returns the error that says so.

    The copy is named after the last entry in it, so that several boards leave one.
    """
    try:
        kept = f"; all that was saved is kept as {save_aside(conn, path)}"
    except (VsmError, sqlite3.Error, OSError) as error:
        reason = error.message if isinstance(error, VsmError) else str(error)
        kept = (
            f", and what only this vsm has could not be kept ({reason}): leave it open, mend that"
        )
    return log_lost(path, kept)


def save_aside(conn: sqlite3.Connection, path: Path) -> Path:
    """Save all that a connection sees beside a database that no longer has it; the copy's path."""
    last, digest = journal.head(conn)
    target = path.with_name(f"{path.name}.to-entry-{last}-{digest.hex()[:8]}.rescued")
    if not target.exists():
        with contextlib.suppress(BadInput):  # another board was quicker
            _write(conn, path, target, _rights(path))
    return target


def dated(path: Path, kind: str) -> Path:
    """The name of a file of some kind beside a database, with the moment in it."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    return path.with_name(f"{path.name}.{stamp}.{kind}")


def _rights(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0o600


def _copy(source: Path, target: Path) -> Anchor:
    conn, _ = open_for_reading(source)
    try:
        return _write(conn, source, target, _rights(source))
    except sqlite3.Error as error:
        raise explain(error, source) from error
    finally:
        conn.close()


def _write(conn: sqlite3.Connection, source: Path, target: Path, mode: int) -> Anchor:
    """Write all that a connection sees to a new file; nothing is there until it is whole."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise explain_os(error, target) from error
    part = Path(name)
    try:
        copy = sqlite3.connect(part)
        try:
            conn.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE").fetchall()
            check_pages(copy, source)
            anchor = journal.anchor(copy)
        except sqlite3.OperationalError as error:
            is_about_target = error_name(error) in ("SQLITE_FULL", "SQLITE_IOERR")
            raise explain(error, target if is_about_target else source) from error
        finally:
            copy.close()
        os.chmod(part, mode)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        put_new(part, target)
        return anchor
    except FileExistsError as error:
        raise BadInput(f"{target} is there already", "name a new file") from error
    except OSError as error:
        raise explain_os(error, target) from error
    finally:
        for left in (part, wal_path(part), shm_path(part)):
            left.unlink(missing_ok=True)


# -- restoring ----------------------------------------------------------------------------


def restore(saved: Path, target: Path, *, unproven: bool = False) -> Path | None:
    """Put a backup in the place of a database; what was there is kept beside it.

    Returns the path of what was there, ``None`` where nothing was. The backup is checked first
    and stays as it is: one that is damaged or of a newer vsm is refused, one whose journal is not
    as it was written only goes in with ``unproven``. A link leads to the file that is replaced.
    Killed at any moment, one whole database is under the right name: the old one or the new one.
    """
    if saved.resolve() == target.resolve():
        raise BadInput(f"{saved} is the database itself", "name a backup of it")
    target = Path(os.path.realpath(target))
    header = read_header(saved)
    if header is not None:
        versions.refuse_newer(header.version, saved)
    _refuse_unfit(saved, unproven=unproven)
    refuse_network(target)
    _refuse_replica(target)
    make_folder(target)
    part = dated(target, "restoring")
    with exclusive(target) as lock:
        for left in target.parent.glob(f"{glob.escape(target.name)}.*.restoring"):
            left.unlink(missing_ok=True)  # of a restore that was killed
        forget_killed_restore(target)
        _copy(saved, part)
        kept = dated(target, "replaced") if target.exists() else None
        put_in_place(part, target, lock, kept)
    return kept


def _refuse_replica(target: Path) -> None:
    """Refuse to put something in the place of a replica: its server has another history then."""
    if not target.exists():
        return
    try:
        conn = connect(target, write=False)
    except VsmError:
        return  # damaged: nobody knows what it was
    try:
        is_replica = membership(conn) is not None
    except sqlite3.Error:
        return
    finally:
        conn.close()
    if is_replica:
        raise BadInput(
            f"{target} is the replica of a journal server, which goes on from where it is",
            f"{vsm_command(target, 'replica', 'rebuild')} makes it anew; to go back, restore the"
            " server",
        )


def _refuse_unfit(saved: Path, *, unproven: bool) -> None:
    conn, _ = open_for_reading(saved)
    try:
        check_pages(conn, saved)
        refuse_foreign_schema(conn, saved)
        versions.refuse_newer_content(conn, saved)
        fault = None if unproven else verify(conn).fault
    except sqlite3.Error as error:
        raise explain(error, saved) from error
    finally:
        conn.close()
    if fault is not None:
        raise EnvironmentProblem(
            f"the journal of {saved} is not as it was written: {fault.what}",
            "nothing was changed; name another backup, or restore this one all the same with"
            " --unproven",
        )


def put_in_place(part: Path, target: Path, lock: Lock, kept: Path | None) -> None:
    """Let a finished database take the place of another one, which is kept under a name or goes.

    The caller holds the lock. Boards that have the old one open keep it until they see the new one;
    its write-ahead log is moved away first, or it would be taken for the new database's.
    """
    try:
        conn = connect(part, write=False)
        try:
            head = journal.head(conn)
        finally:
            conn.close()
        if target.exists():
            _same_rights(target, part)
            _write_log_back(target)
            if kept is not None and not keep_under(kept, target):
                _copy_aside(target, kept)
            for beside, end in ((wal_path(target), "-wal"), (shm_path(target), "-shm")):
                if beside.exists():
                    if kept is None:
                        beside.unlink()
                    else:
                        os.replace(beside, f"{kept}{end}")
        lock.turn_back(Acknowledged(0, bytes(32)))  # killed from here on, it claims nothing
        os.replace(part, target)
        sync_folder(target.parent)
        lock.record(acknowledged=Acknowledged(*head))
        lock.share()
    except sqlite3.Error as error:
        raise explain(error, target) from error
    except OSError as error:
        raise explain_os(error, target) from error
    finally:
        part.unlink(missing_ok=True)


def _same_rights(model: Path, part: Path) -> None:
    """Give a file to the people who may use another one, as far as the system allows."""
    was = model.stat()
    os.chmod(part, stat.S_IMODE(was.st_mode))
    if hasattr(os, "chown") and os.geteuid() == 0:
        os.chown(part, was.st_uid, was.st_gid)


def _write_log_back(target: Path) -> None:
    """Write what is in the WAL into a whole database; a damaged one is left as it is."""
    try:
        read_header(target)
        conn = connect(target, write=True)
    except VsmError:
        return
    until = time.monotonic() + BUSY_SECONDS
    try:
        # besides waiting for readers SQLite gives up at once where another one writes the log back
        while conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() > until:
                raise EnvironmentProblem(
                    f"{target} is being read by another program", "nothing was changed; try again"
                )
            time.sleep(0.02)
    except sqlite3.DatabaseError as error:
        if is_locked(error):
            raise explain(error, target) from error
        # damaged: the log is moved along with it
    finally:
        conn.close()


def _copy_aside(target: Path, kept: Path) -> None:
    """Copy a database whose log was written back, where it cannot have a second name."""
    part = kept.with_name(f".{kept.name}.part")
    try:
        if not copy_bytes(target, part):
            raise EnvironmentProblem(
                f"{target} is open in this very process", "nothing was changed"
            )
        os.replace(part, kept)
    finally:
        part.unlink(missing_ok=True)
