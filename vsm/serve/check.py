"""Checks that a board can be served safely from here: files, account, keys, port, clock, limits."""

from __future__ import annotations

import os
import shlex
import socket
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vsm.database_files import (
    host_key_path,
    lock_path,
    network_file_system,
    served_keys_path,
    shm_path,
    vsm_command,
    wal_path,
)
from vsm.model.errors import VsmError
from vsm.model.plural import count
from vsm.model.role import Right
from vsm.model.rules import from_micros
from vsm.reader import Reader
from vsm.serve.findings import Finding, Status
from vsm.serve.unit_file import check_units
from vsm.store.serve_keys import Keys
from vsm.store.sqlite import sqlite3, wal_reset_bug

CLOCK_AHEAD = 300
"""Seconds that an entry of the journal may be ahead of the clock."""
LONG_AGO = 1_780_000_000
"""A moment before this version of vsm was made, in Unix seconds."""
FILES, FILES_EACH = 100, 4
"""Open files that a server needs, and that each session adds."""
ROOM_LEAST = 200 * 1024 * 1024
"""Free bytes below which a database may soon have no room."""
SOON = 14 * 86_400_000_000
"""Microseconds before its last day at which a key is said to expire soon."""
UNITS = (Path("/etc/systemd/system"), Path("/usr/lib/systemd/system"), Path("/lib/systemd/system"))
"""Where systemd looks for units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is to be served, and where; ``units`` are folders of systemd units."""

    database: Path
    host: str = ""
    port: int = 2222
    host_key: Path | None = None
    sessions: int = 100
    units: tuple[Path, ...] = field(default=UNITS)

    @property
    def folder(self) -> Path:
        """The folder of the database, links followed."""
        return Path(os.path.realpath(self.database)).parent


def examine(setup: Setup) -> Iterator[Finding]:
    """All checks, one after the other."""
    owner = setup.database.stat().st_uid
    yield from _check_account(setup, owner)
    yield from _check_folders(setup, owner)
    yield from _check_files(setup, owner)
    yield from _check_keys(setup)
    yield from _check_roles(setup)
    yield _check_port(setup)
    yield _check_clock(setup)
    yield _check_sqlite()
    yield _check_library()
    yield _check_open_files(setup)
    yield _check_room(setup)
    yield from _check_disk(setup)
    yield from check_units(setup.units, setup.database)


# -- whose it is, and who else can write it ---------------------------------------------


def _check_account(setup: Setup, owner: int) -> Iterator[Finding]:
    if owner == 0:
        yield Finding(
            "account",
            Status.FIX,
            f"{setup.database} belongs to root, and nothing is served as root",
            "useradd --system --user-group --shell /usr/sbin/nologin vsm"
            f" && chown vsm: {shlex.quote(str(setup.database))}*",
        )
        return
    name = _login(owner)
    if os.geteuid() not in (0, owner):
        yield Finding(
            "account",
            Status.FIX,
            f"{setup.database} belongs to {name}, who has to serve it, and you are"
            f" {_login(os.geteuid())}",
            f"sudo -u {shlex.quote(name)} {vsm_command(setup.database, 'serve')}",
        )
        return
    yield Finding("account", Status.OK, f"{setup.database} belongs to {name}, not to root")


def _check_folders(setup: Setup, owner: int) -> Iterator[Finding]:
    """The folder and all above it: who may write one may put another database in the place."""
    yield _check_folder(setup, owner)
    for folder in setup.folder.parents:
        status = folder.stat()
        sticky = status.st_mode & stat.S_ISVTX
        if status.st_mode & stat.S_IWOTH and not sticky:
            yield Finding(
                "folder",
                Status.FIX,
                f"everybody may write {folder}, and so put another folder in the place of"
                f" {setup.folder}",
                f"chmod o-w {shlex.quote(str(folder))}",
            )


def _check_folder(setup: Setup, owner: int) -> Finding:
    """The folder itself: the owner's, who makes files in it, and nobody else's."""
    status, quoted = setup.folder.stat(), shlex.quote(str(setup.folder))
    login = shlex.quote(_login(owner))
    if status.st_mode & stat.S_ISVTX:  # such as /tmp: it stays as it is
        own = f"/var/lib/vsm/{setup.database.name}"
        return Finding(
            "folder",
            Status.FIX,
            f"{setup.folder} is a folder for everybody, and the database needs one of its own",
            f"install -d -m 700 -o {login} /var/lib/vsm"
            f" && sudo -u {login} {vsm_command(setup.database, 'backup', own)}",
        )
    if status.st_uid != owner:
        text = f"{setup.folder} belongs to {_login(status.st_uid)}, not to {_login(owner)}"
        return Finding("folder", Status.FIX, text, f"chown {login} {quoted}")
    return _check_modes("folder", setup.folder, owner, stat.S_IWGRP | stat.S_IWOTH, "go-w")


def _check_files(setup: Setup, owner: int) -> Iterator[Finding]:
    database = setup.database
    key = setup.host_key or host_key_path(database)
    private = stat.S_IRWXG | stat.S_IRWXO
    yield _check_modes("database", Path(os.path.realpath(database)), owner, private, "go=")
    beside = (wal_path(database), shm_path(database), lock_path(database))
    for path in beside:
        if path.exists():
            yield _check_modes("database", path, owner, private, "go=")
    keys = served_keys_path(database)
    if keys.exists():
        yield _check_modes("keys", keys, owner, stat.S_IWGRP | stat.S_IWOTH, "go-w")
    if key.exists():
        yield _check_modes("host key", key, owner, private, "go=")
    else:
        yield Finding("host key", Status.OK, f"{key} is not there yet: the first start makes it")


def _check_modes(check: str, path: Path, owner: int, mask: int, change: str) -> Finding:
    """Whether nobody but the owner may do with a path what the mask says."""
    status, quoted = path.lstat(), shlex.quote(str(path))
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    if status.st_uid not in (owner, 0):
        return Finding(
            check,
            Status.FIX,
            f"{path} belongs to {_login(status.st_uid)}, not to {_login(owner)}",
            f"chown {shlex.quote(_login(owner))} {quoted}",
        )
    if status.st_mode & mask:
        may = "write" if status.st_mode & mask & 0o022 else "read"
        return Finding(
            check, Status.FIX, f"others may {may} {path} (mode {mode})", f"chmod {change} {quoted}"
        )
    if _has_list(path):
        return Finding(
            check,
            Status.FIX,
            f"{path} has an access list beside its mode, which may let others in",
            f"setfacl -b {quoted}",
        )
    return Finding(check, Status.OK, f"{path}: mode {mode}, of {_login(status.st_uid)}")


def _has_list(path: Path) -> bool:
    """Whether POSIX access lists name others (Linux)."""
    if sys.platform != "linux":
        return False
    try:
        return bool(os.getxattr(path, "system.posix_acl_access", follow_symlinks=False))
    except OSError:
        return False


def _login(number: int) -> str:
    try:
        import pwd

        return pwd.getpwuid(number).pw_name
    except (ImportError, KeyError):
        return str(number)


# -- who may come in ----------------------------------------------------------------------


def _check_keys(setup: Setup) -> Iterator[Finding]:
    add = vsm_command(setup.database, "serve", "key", "add", "NAME", "FILE")
    now = time.time_ns() // 1000
    try:
        keys = [key for key in Keys.of(setup.database).all() if key.revoked_at is None]
    except VsmError as error:
        yield Finding("keys", Status.FIX, error.message, error.remedy)
        return
    valid = [key for key in keys if key.until is None or key.until >= from_micros(now).date()]
    if not valid:
        yield Finding("keys", Status.FIX, "no key lets anybody in", add)
        return
    people = {key.member.casefold() for key in valid}
    lets = "lets" if len(valid) == 1 else "let"
    who = f"{len(people)} {'person' if len(people) == 1 else 'people'}"
    yield Finding("keys", Status.OK, f"{count(len(valid), 'key')} {lets} in {who}")
    for key in keys:
        if key.until is not None and key.until < from_micros(now + SOON).date():
            word = "expired" if key not in valid else "expires"
            yield Finding("keys", Status.NOTE, f"{key.name}, of {key.member}, {word} {key.until}")


def _check_roles(setup: Setup) -> Iterator[Finding]:
    """Whether somebody who comes in may do everything because no role was granted yet."""
    try:
        reader = Reader(setup.database)
    except VsmError as error:
        yield Finding("roles", Status.FIX, error.message, error.remedy)
        return
    try:
        refusal = reader.permit("\0nobody", Right.ROLES, time.time_ns() // 1000)
    finally:
        reader.close()
    if refusal is None:
        yield Finding(
            "roles",
            Status.NOTE,
            "no role is granted yet, so whoever comes in may do everything",
            vsm_command(setup.database, "role", "grant", "LOGIN", "admin"),
        )
    else:
        yield Finding("roles", Status.OK, "roles are in force")


# -- the machine -----------------------------------------------------------------------------


def _check_port(setup: Setup) -> Finding:
    where = f"port {setup.port}"
    family = socket.AF_INET6 if ":" in setup.host else socket.AF_INET
    try:
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((setup.host, setup.port))
        return Finding("port", Status.OK, f"{where} is free")
    except PermissionError:
        return Finding(
            "port",
            Status.FIX,
            f"{where} is one that only root may listen at",
            "vsm serve --port 2222",
        )
    except (OSError, OverflowError) as error:
        banner = _banner(setup)
        if banner.startswith("SSH-2.0-vsm"):
            return Finding("port", Status.OK, f"vsm serves at {where} already")
        other = f"--port {setup.port + 1}"
        if banner.startswith("SSH-"):
            text = f"another SSH server ({banner[8:48]}) listens at {where}"
            return Finding("port", Status.FIX, text, f"vsm serve {other}")
        why = getattr(error, "strerror", None) or str(error)
        return Finding("port", Status.FIX, f"{where} cannot be used: {why}", f"vsm serve {other}")


def _banner(setup: Setup) -> str:
    """How whatever listens there introduces itself."""
    try:
        address = (setup.host or "127.0.0.1", setup.port)
        with socket.create_connection(address, timeout=2) as connection:
            line = connection.recv(255).split(b"\n")[0].strip()
    except OSError:
        return ""
    text = line.decode("ascii", "replace")
    return text if text.isprintable() else ""


def _check_clock(setup: Setup) -> Finding:
    now = time.time()
    command = "timedatectl set-ntp true"
    if now < LONG_AGO:
        day = from_micros(int(now * 1_000_000)).date()
        return Finding("clock", Status.FIX, f"the clock says {day}, which is long over", command)
    last = 0
    try:
        reader = Reader(setup.database)
        try:
            last = max((change.at for change in reader.log(limit=1)), default=0)
        finally:
            reader.close()
    except VsmError:
        return Finding("clock", Status.NOTE, "the journal cannot be read to compare with")
    ahead = last / 1_000_000 - now
    if ahead > CLOCK_AHEAD:
        text = f"the last change is {ahead / 60:.0f} minutes ahead of the clock of this machine"
        return Finding("clock", Status.FIX, text, command)
    return Finding("clock", Status.OK, "the clock agrees with the journal")


def _check_sqlite() -> Finding:
    version = sqlite3.sqlite_version
    if wal_reset_bug():
        return Finding(
            "SQLite",
            Status.FIX,
            f"SQLite {version} may damage a database that several programs write (WAL reset)",
            f"{shlex.quote(sys.executable)} -m pip install 'pysqlite3>=0.6.1'",
        )
    return Finding("SQLite", Status.OK, f"SQLite {version}")


def _check_library() -> Finding:
    from importlib.metadata import PackageNotFoundError, version

    install = f"{shlex.quote(sys.executable)} -m pip install 'vsm[serve]'"
    try:
        have = version("asyncssh")
    except PackageNotFoundError:
        return Finding("asyncssh", Status.FIX, "asyncssh is not installed", install)
    numbers = tuple(int(part) for part in have.split(".")[:2] if part.isdigit())
    if numbers < (2, 24):
        return Finding("asyncssh", Status.FIX, f"asyncssh {have} is too old", f"{install} -U")
    return Finding("asyncssh", Status.OK, f"asyncssh {have}")


def _check_open_files(setup: Setup) -> Finding:
    try:
        import resource
    except ImportError:
        return Finding("limits", Status.NOTE, "limits are not known on this system")
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    least = FILES + FILES_EACH * setup.sessions
    if soft != resource.RLIM_INFINITY and soft < least:
        text = f"{soft} open files are too few for {setup.sessions} sessions"
        return Finding("limits", Status.FIX, text, f"ulimit -n {least}")
    return Finding("limits", Status.OK, f"{soft} open files")


def _check_room(setup: Setup) -> Finding:
    status = os.statvfs(setup.folder)
    free = status.f_bavail * status.f_frsize
    text = f"{free // 1_048_576:,} MiB are free in {setup.folder}"
    if free < ROOM_LEAST:
        command = f"du -xh --max-depth=1 {shlex.quote(str(setup.folder))}"
        return Finding("room", Status.FIX, text, command)
    return Finding("room", Status.OK, text)


def _check_disk(setup: Setup) -> Iterator[Finding]:
    kind = network_file_system(setup.database)
    if kind is not None:
        yield Finding(
            "disk",
            Status.FIX,
            f"{setup.database} is on a network file system ({kind})",
            vsm_command(setup.database, "backup", "/LOCAL/FOLDER/vsm.db"),
        )
