"""The lock file: one writer at a time, served fairly, and what was acknowledged last.

SQLite's own busy handler is unfair under contention; ``flock`` on a file beside the database
is served in order. Where there is no ``flock`` the database's own lock does alone.

The file also records outside the database the position and hash of the last journal entry that was
acknowledged to anybody. After an unclean end (a damaged log, a file put back by hand) the journal
is compared with it, so that a loss cannot pass for a sound database. While the lock is held a last
line says by whom, for those who wait in vain; it goes with the lock.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shlex
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from vsm.database_files import lock_path, share, turn_path
from vsm.identity import whoami
from vsm.model.errors import EnvironmentProblem
from vsm.model.sanitise import inert_line
from vsm.store.sqlite import BUSY_SECONDS, explain_os, find_obstacle

if sys.platform != "win32":
    import fcntl

__all__ = [
    "Acknowledged",
    "Lock",
    "exclusive",
    "is_held",
    "lock_path",
    "only_one",
    "queue",
    "read_acknowledged",
]

_RECORD = re.compile(rb"vsm 1\nchecked (\d{10})\nacknowledged (\d{20}) ([0-9a-f]{64})\n")
_LENGTH = 124
"""Bytes of a record; the line of the holder comes after it."""
_HOLDER = re.compile(r"held by (\S{1,60}) in process (\d{1,10}) on (\S{1,80}) since (\d{10})\n")
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Acknowledged(NamedTuple):
    """Position and hash of the last journal entry that was acknowledged; 0 where none was."""

    seq: int
    hash: bytes


class Lock:
    """A lock that is held, with what its file records.

    ``checked``: when the pages of the database were looked through last (Unix seconds);
    ``acknowledged``: ``None`` where nothing is recorded.
    """

    def __init__(self, handle: int, database: Path) -> None:
        self._handle = handle
        self._database = database
        text = os.pread(handle, _LENGTH, 0)
        self._is_ours = not text.strip(b"\0") or _RECORD.match(text) is not None
        self.checked, self.acknowledged = _parse(text)

    def claim(self, who: str) -> None:
        """Write down who holds the lock, where the file can be written."""
        if self._is_ours:
            line = f"held by {who} in process {os.getpid()} on {_host()} since {int(time.time())}\n"
            with contextlib.suppress(OSError):
                if self.acknowledged is None:
                    self._write(None, None)
                os.pwrite(self._handle, line.encode(), _LENGTH)
                os.ftruncate(self._handle, _LENGTH + len(line.encode()))

    def release(self) -> None:
        """Take the line of the holder away."""
        if self._is_ours:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, _LENGTH)

    def record(
        self, *, checked: float | None = None, acknowledged: Acknowledged | None = None
    ) -> None:
        """Write down what is given, over what was there.

        It is written in place and after the commit, so it is never ahead of the journal. Where it
        cannot be written (a full disk, a lock file of somebody else's) the change itself is safe
        all the same: the record only falls behind, which raises no false alarm.
        """
        with contextlib.suppress(OSError):
            self._write(checked, acknowledged)

    def turn_back(self, acknowledged: Acknowledged) -> None:
        """Write down an earlier entry, and have it on the disk, before other files say the same.

        Raises :class:`EnvironmentProblem` where that cannot be done.
        """
        try:
            self._write(None, acknowledged)
            os.fsync(self._handle)
        except OSError as error:
            raise find_obstacle(self._database) or explain_os(
                error, lock_path(self._database)
            ) from error

    def _write(self, checked: float | None, acknowledged: Acknowledged | None) -> None:
        self.checked = self.checked if checked is None else checked
        self.acknowledged = self.acknowledged if acknowledged is None else acknowledged
        seq, digest = self.acknowledged or (0, bytes(32))
        at = min(max(int(self.checked), 0), 9_999_999_999)
        text = f"vsm 1\nchecked {at:010d}\nacknowledged {seq:020d} {digest.hex()}\n"
        os.pwrite(self._handle, text.encode(), 0)
        self._is_ours = True

    def share(self) -> None:
        """Give the lock file the database's group and mode, where it is this user's."""
        _share(self._handle, os.fstat(self._handle), self._database)


def _parse(text: bytes) -> tuple[float, Acknowledged | None]:
    match = _RECORD.match(text)
    if match is None:
        return 0.0, None
    seq, digest = int(match[2]), bytes.fromhex(match[3].decode())
    return float(match[1]), Acknowledged(seq, digest) if seq else None


def read_acknowledged(database: Path) -> Acknowledged | None:
    """What the lock file says was acknowledged last; ``None`` where it says nothing."""
    return _parse(_read(lock_path(database), _LENGTH, 0))[1]


def _read(lock: Path, count: int, offset: int) -> bytes:
    """A part of a lock file, nothing where it cannot be read."""
    try:
        handle = os.open(lock, os.O_RDONLY | os.O_CLOEXEC | _NO_FOLLOW)
    except OSError:
        return b""
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return b""
        return os.pread(handle, count, offset)
    except OSError:
        return b""
    finally:
        os.close(handle)


@contextmanager
def exclusive(database: Path, seconds: float = BUSY_SECONDS, who: str = "") -> Iterator[Lock]:
    """Hold the lock, under a name or the login; raises :class:`EnvironmentProblem` in vain."""
    with _held(database, lock_path(database), seconds, who) as lock:
        yield lock


@contextmanager
def queue(database: Path, who: str) -> Iterator[None]:
    """Be the one process of this machine that waits for a turn at a journal elsewhere.

    Raises :class:`EnvironmentProblem` where it takes too long to be that.
    """
    what = "the turn of this machine at the journal server"
    with _held(database, turn_path(database), BUSY_SECONDS, who, what):
        yield


@contextmanager
def only_one(database: Path, path: Path) -> Iterator[bool]:
    """Be the only process that holds a lock beside a database; ``False`` where another one is."""
    handle = _open(path, database)
    is_mine = sys.platform == "win32" or _acquire(handle, 0.5)
    try:
        yield is_mine
    finally:
        if is_mine:  # else whoever waits in vain closes it
            os.close(handle)


def is_held(path: Path) -> bool:
    """Whether a process holds a lock, without waiting for it."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | _NO_FOLLOW)
    except OSError:
        return False
    try:
        if sys.platform != "win32":
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except OSError:
        return True
    finally:
        os.close(handle)


@contextmanager
def _held(database: Path, path: Path, seconds: float, who: str, what: str = "") -> Iterator[Lock]:
    handle = _open(path, database)
    if sys.platform != "win32" and not _acquire(handle, seconds):
        holder = _read_holder(path)
        raise EnvironmentProblem(
            f"{what or f'{database}'} has been locked for {seconds:.0f} s,"
            f" by {holder or 'another program'}",
            "nothing was changed; try again when it has finished",
        )
    try:
        lock = Lock(handle, database)
        lock.claim(who or whoami())
        try:
            yield lock
        finally:
            lock.release()
    finally:
        os.close(handle)  # gives the lock back


def _read_holder(lock: Path) -> str:
    """Who holds the lock, by what the holder wrote; nothing where that process is gone."""
    text = _read(lock, 512, _LENGTH).decode("utf-8", "replace")
    match = _HOLDER.fullmatch(text)
    if match is None:
        return ""
    who, pid, host, since = match.groups()
    if host == _host() and not _is_alive(int(pid)):
        return ""
    at = time.strftime("%H:%M:%S", time.gmtime(int(since)))
    return f"{inert_line(who)} (process {pid} on {inert_line(host)}) since {at} UTC"


def _host() -> str:
    name = os.uname().nodename if hasattr(os, "uname") else ""
    return "".join(name.split()) or "?"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _open(path: Path, database: Path) -> int:
    """Open a lock file, made where it is not there; refuses what is no lock file of vsm's."""
    try:
        # looked at before it is opened: opening alone makes some devices act, and pipes wait
        there = path.lstat()
    except FileNotFoundError:
        there = None
    except OSError as error:
        raise explain_os(error, path) from error
    if there is not None:
        _refuse_foreign(path, there, database)
    flags = os.O_CLOEXEC | _NO_FOLLOW
    try:
        handle = os.open(path, flags | os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _not_ours(path, "a link") from error
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise explain_os(error, path) from error
        try:
            handle = os.open(path, flags | os.O_RDONLY)  # enough to hold it
        except OSError:
            raise find_obstacle(database) or explain_os(error, path) from error
    try:
        status = os.fstat(handle)
        _refuse_foreign(path, status, database)
        _share(handle, status, database)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _share(handle: int, status: os.stat_result, database: Path) -> None:
    """Give the lock file the database's group and mode, where it is this user's."""
    if hasattr(os, "geteuid") and status.st_uid == os.geteuid():
        with contextlib.suppress(OSError):  # there is no database yet
            share(handle, status, database.stat())


def _refuse_foreign(path: Path, status: os.stat_result, database: Path) -> None:
    """Refuse what somebody may have put there to have another file locked or written to."""
    if stat.S_ISLNK(status.st_mode):
        raise _not_ours(path, "a link")
    if not stat.S_ISREG(status.st_mode):
        raise _not_ours(path, "no ordinary file")
    if status.st_nlink > 1:
        raise _not_ours(path, "another file's second name (a hard link)")
    if not hasattr(os, "geteuid") or status.st_uid in (os.geteuid(), 0):
        return
    try:
        model = database.stat()
        shared = model.st_gid == status.st_gid or bool(model.st_mode & stat.S_IWOTH)
        owners = (model.st_uid, path.parent.stat().st_uid)
    except OSError:
        return  # there is no database yet
    if status.st_uid not in owners and not shared:
        raise _not_ours(path, "a file of somebody who does not share the database")


def _not_ours(path: Path, what: str) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"the lock file {path} is {what}",
        f"nothing was changed; see who put it there, then: rm {shlex.quote(str(path))}",
    )


if sys.platform != "win32":

    def _acquire(fd: int, seconds: float) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            pass
        return _wait(fd, seconds)

    def _wait(fd: int, seconds: float) -> bool:
        """Wait in the kernel's queue; a waiter that came too late closes the file by itself."""
        state = {"late": False}
        guard, got = threading.Lock(), threading.Event()

        def wait() -> None:
            fcntl.flock(fd, fcntl.LOCK_EX)
            with guard:
                if state["late"]:
                    os.close(fd)
                else:
                    got.set()

        threading.Thread(target=wait, daemon=True, name="vsm-lock").start()
        if got.wait(seconds):
            return True
        with guard:
            if got.is_set():
                return True
            state["late"] = True
            return False
