"""The files of a database, and the one way to read their bytes without losing SQLite's locks.

POSIX drops every lock that a process holds on a file as soon as the process closes *any* of its
descriptors of that file. SQLite's own locks are of that kind: a second ``open`` and ``close`` of an
open database in the same process silently takes them away, the next program that closes the file
believes that it is alone, and deletes the write-ahead log under everybody else. So while this
process has a database open, nothing but SQLite may open its files. This module keeps count.
"""

from __future__ import annotations

import os
import shlex
import stat
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from vsm.model.errors import BadInput

MAGIC = b"SQLite format 3\x00"
"""How a SQLite database begins."""

_SIDE_FILES = (
    *("-wal", "-shm", "-journal", ".lock", ".turn", ".presence", ".serve.db"),
    *(".follower", ".replica"),
)


class FileId(NamedTuple):
    """Which file a path leads to: two paths with the same identity are one file."""

    device: int
    inode: int


_open: Counter[FileId] = Counter()
_logs: dict[FileId, tuple[FileId | None, FileId | None]] = {}
"""The write-ahead log and its index that the connections of this process have open, by database."""
_watching: Counter[FileId] = Counter()
"""How many connections of this process have that log open."""
_guard = threading.RLock()
"""Held while bytes of a file are read, and while a database is counted as open: never both."""
_LEAVING = 1.0
"""Seconds that letting go waits for the guard: at the end of the process a thread may hold it that
runs no more.
"""


def file_id(path: Path | str) -> FileId | None:
    """The identity of the file at a path, links followed; ``None`` where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return FileId(status.st_dev, status.st_ino)


def _beside(database: Path | str, end: str) -> str:
    """A file beside the one that a link leads to; links of folders need no looking up."""
    real = os.path.realpath(database) if os.path.islink(database) else os.fspath(database)
    return f"{real}{end}"


def wal_path(database: Path) -> Path:
    """The write-ahead log of a database."""
    return Path(_beside(database, "-wal"))


def shm_path(database: Path) -> Path:
    """The shared index of the write-ahead log."""
    return Path(_beside(database, "-shm"))


def lock_path(database: Path) -> Path:
    """The lock file of a database: one for all links by which it is reached."""
    return Path(_beside(database, ".lock"))


def turn_path(database: Path) -> Path:
    """The lock that those of this machine queue for who wait for a turn at a journal server."""
    return Path(_beside(database, ".turn"))


def follower_path(database: Path) -> Path:
    """The lock of the one process of this machine that keeps a replica current."""
    return Path(_beside(database, ".follower"))


def replica_path(database: Path) -> Path:
    """The file beside a replica that says how it stands; nothing in it has to last."""
    return Path(_beside(database, ".replica"))


def presence_path(database: Path) -> Path:
    """The file beside a database that says who has it open; nothing in it has to last."""
    return Path(_beside(database, ".presence"))


def sync_path(database: Path) -> Path:
    """The file beside a database that says how the reading of its sources goes."""
    return Path(_beside(database, ".sync"))


def served_keys_path(database: Path) -> Path:
    """The keys of those who may come in where a database is served."""
    return Path(_beside(database, ".serve.db"))


def host_key_path(database: Path) -> Path:
    """The private key of the server that serves a database, where it is given no other."""
    return Path(_beside(database, ".host_key"))


@contextmanager
def _letting_go() -> Iterator[None]:
    held = _guard.acquire(timeout=_LEAVING)
    try:
        yield
    finally:
        if held:
            _guard.release()


class Opening:
    """Counts a database as open in this process: make it before SQLite opens the file.

    ``release`` once the connection is closed. Between the two no bytes of the file are read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._watches = False
        with _guard:
            self.file = file_id(path)
            if self.file is not None:
                _open[self.file] += 1

    def release(self) -> None:
        """The connection is closed: one less."""
        self.forget_log()
        with _letting_go():
            if self.file is not None:
                _open[self.file] -= 1
                if not _open[self.file]:
                    del _open[self.file]
            self.file = None

    def remember_log(self) -> None:
        """Note which log there is; a connection must have it open, so that nobody removes it.

        SQLite deletes a log only where no other connection holds its lock on the database.
        """
        with _guard:
            if self.file is not None and not self._watches:
                self._watches = True
                _watching[self.file] += 1
                _logs.setdefault(self.file, self._log())

    def forget_log(self) -> None:
        """The connection is about to close, which may delete the log."""
        with _letting_go():
            if self.file is not None and self._watches:
                self._watches = False
                _watching[self.file] -= 1
                if not _watching[self.file]:
                    del _watching[self.file]
                    del _logs[self.file]

    @property
    def knows_log(self) -> bool:
        """Whether the connection is known to have the log open."""
        return self._watches

    @property
    def log_is_lost(self) -> bool:
        """Whether the log that this process has open is no longer the one beside the database.

        SQLite shares the log's index between the connections of a process, so that none may be
        added then.
        """
        known = _logs.get(self.file) if self.file is not None else None
        return known is not None and known != self._log()

    def _log(self) -> tuple[FileId | None, FileId | None]:
        return file_id(_beside(self._path, "-wal")), file_id(_beside(self._path, "-shm"))


def is_open_here(path: Path) -> bool:
    """Whether this process has the database at this path open."""
    with _guard:
        return file_id(path) in _open


def read_start(path: Path, count: int) -> bytes | None:
    """The first bytes of a file; ``None`` where this process has it open as a database.

    Raises :class:`OSError` where it cannot be read. A pipe or a device is not waited for.
    """
    with _guard:
        if is_open_here(path):
            return None
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            return os.read(handle, count)
        finally:
            os.close(handle)


def copy_bytes(source: Path, target: Path) -> bool:
    """Copy a file as it stands; ``False`` where this process has it open as a database."""
    import shutil

    with _guard:
        if is_open_here(source):
            return False
        shutil.copyfile(source, target)
        return True


def database_of(path: Path) -> Path | None:
    """The database that a path belongs to: itself, or the one whose side file it is, else none.

    Pipes and devices are not looked into. Raises nothing: what cannot be read is no database.
    """
    real = Path(os.path.realpath(path))
    for suffix in _SIDE_FILES:
        base = Path(str(real).removesuffix(suffix))
        if base != real and _is_database(base):
            return base
    return real if _is_database(real) else None


def _is_database(path: Path) -> bool:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        start = read_start(path, len(MAGIC))
    except (OSError, ValueError):
        return False
    return start is None or start == MAGIC


def refuse_database(path: Path, remedy: str = "name another file") -> None:
    """Refuse a path that leads to a database or to a file beside one, before it is opened."""
    database = database_of(path)
    if database is None:
        return
    if database == Path(os.path.realpath(path)):
        raise BadInput(f"{path} is a database", remedy)
    raise BadInput(f"{path} belongs to the database {database.name}", remedy)


def umask() -> int:
    """The process's umask, which can only be read by setting it."""
    now = os.umask(0o077)
    os.umask(now)
    return now


def vsm_command(database: Path, *words: str) -> str:
    """A command line for a database, quoted so that it can be typed as it stands."""
    return " ".join(shlex.quote(word) for word in ("vsm", "--db", str(database), *words))


# -- who may use them -------------------------------------------------------------------


def share_side_files(database: Path) -> None:
    """Give the files beside a database its own group and mode, where they are this user's.

    A colleague whose umask is 022 would otherwise lock everybody else out just by looking.
    """
    try:
        model = database.stat()
    except OSError:
        return
    for path in (wal_path(database), shm_path(database)):
        try:
            status = path.lstat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid():
            share(path, status, model)


def share(target: Path | int, status: os.stat_result, model: os.stat_result) -> None:
    """Give a file of this user's the group and the mode of a database, as far as allowed.

    ``target``: a path that is no link, or a descriptor; ``status`` is how it stands.
    """
    owner = model.st_uid if os.geteuid() == 0 else -1
    wrong_owner = owner not in (-1, status.st_uid)
    try:
        if wrong_owner or status.st_gid != model.st_gid:
            os.chown(target, owner, model.st_gid)
    except OSError:
        pass  # not a member of that group: the mode is all there is to give
    mode = stat.S_IMODE(model.st_mode) & 0o666
    try:
        if stat.S_IMODE(status.st_mode) != mode:
            os.chmod(target, mode)
    except OSError:
        pass


# -- file systems -----------------------------------------------------------------------

MOUNTS = Path("/proc/self/mountinfo")
"""Where Linux lists what is mounted."""

# fmt: off
_NETWORK = frozenset(
    (
        "9p", "afp", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.ceph",
        "fuse.cifs", "fuse.davfs", "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs",
        "fuse.gvfsd-fuse", "fuse.juicefs", "fuse.nfs", "fuse.rclone", "fuse.s3fs",
        "fuse.sshfs", "fuse.vmhgfs-fuse", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs",
        "nfs", "nfs3", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb2", "smb3", "smbfs",
        "vboxsf", "virtiofs", "vmhgfs",
    )
)
# fmt: on
"""Kinds of file systems whose files other machines (or a host) reach too: the shared memory that a
write-ahead log needs is not shared with those."""


def network_file_system(path: Path) -> str | None:
    """The kind of network file system that a path lies on; ``None`` where it is a local one.

    Known on Linux only, from the table of mounts; elsewhere nothing is known and ``None`` said.
    """
    try:
        table = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    real = os.path.realpath(path)
    best, kind = "", None
    for line in table.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) < 5 or not right:
            continue
        point = _unescape(fields[4])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, right.split(" ")[0]
    return kind if kind in _NETWORK else None


def _unescape(text: str) -> str:
    """A path out of the table of mounts, where blanks are written as ``\\040``."""
    parts = text.split("\\")
    return parts[0] + "".join(
        chr(int(part[:3], 8)) + part[3:] if part[:3].isdigit() else "\\" + part
        for part in parts[1:]
    )
