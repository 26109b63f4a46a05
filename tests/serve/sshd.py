"""A real sshd on the loopback interface, with keys and settings of its own."""

from __future__ import annotations

import contextlib
import os
import pwd
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.reliability.board import PATIENCE, BoardProcess
from tests.reliability.support import ROOT
from tests.serve.support import make_pair

SETTINGS = """\
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile none
UsePAM no
StrictModes no
PermitRootLogin forced-commands-only
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile {folder}/authorized_keys
AcceptEnv *
Subsystem sftp internal-sftp
"""
"""It takes every variable that a client sends: worse than any sshd that is set up with care."""


class Sshd:
    """A server that lets in the keys that it was given, each for its forced command."""

    def __init__(self, folder: Path, database: Path) -> None:
        self.folder = folder
        self.database = database
        self.user = _login()
        self._keys = folder / "authorized_keys"
        make_pair(folder, "host_key")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        config = folder / "sshd_config"
        config.write_text(f"Port {self.port}\n" + SETTINGS.format(folder=folder))
        self.log = folder / "sshd.log"
        self._process = subprocess.Popen(
            [_program(), "-D", "-f", str(config), "-E", str(self.log)], stdin=subprocess.DEVNULL
        )
        self._wait_for_port()

    def _wait_for_port(self) -> None:
        deadline = monotonic() + PATIENCE
        while monotonic() < deadline:
            assert self._process.poll() is None, self.log.read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
        raise AssertionError(f"sshd does not listen: {self.log.read_text()}")

    def let_in(self, name: str, *options: str) -> Path:
        """Let a new key in for the board, as in docs/serve.md; returns its private file."""
        private = make_pair(self.folder, name)
        # -E and -s as documented; -I would not see the vsm of this folder
        words = [sys.executable, "-E", "-s", "-m", "vsm", "--db", str(self.database)]
        board = shlex.join([*words, "--served", "--as", name, *options])
        command = f"cd {shlex.quote(str(ROOT))} && exec {board}".replace('"', '\\"')
        public = private.with_suffix(".pub").read_text()
        with self._keys.open("a") as keys:
            keys.write(f'restrict,pty,command="{command}" {public}')
        return private

    def skip_where_locked(self, key: Path) -> None:
        """Skip where this user's account has no password: without PAM sshd lets nobody in then."""
        words = self.ssh(key, "-T", self.host)
        subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        if "account is locked" in self.log.read_text():
            pytest.skip(f"the account {self.user} is locked: forced commands are NOT tested")

    def ssh(self, key: Path, *options: str, program: str = "ssh") -> list[str]:
        """The command line of a client that uses nothing of this machine's own settings."""
        settings = {
            "IdentityFile": key,
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "UserKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "no",
            "LogLevel": "ERROR",
            "BatchMode": "yes",
        }
        words = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        port = "-P" if program in ("scp", "sftp") else "-p"
        return [program, "-F", "none", *words, port, str(self.port), *options]

    @property
    def host(self) -> str:
        """Who logs in where."""
        return f"{self.user}@127.0.0.1"

    @contextlib.contextmanager
    def board(
        self, key: Path, *options: str, command: str = "", size: tuple[int, int] = (120, 40)
    ) -> Iterator[BoardProcess]:
        """A board that is painted at the other end."""
        words = self.ssh(key, "-tt", *options, self.host, *([command] if command else []))
        made = BoardProcess(self.database, command=words, size=size)
        try:
            made.wait_for(b"PAY-1")
            yield made
        finally:
            made.close()

    def boards(self) -> list[int]:
        """The processes that show this database."""
        mark = str(self.database).encode()
        running = []
        for process in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                words = (process / "cmdline").read_bytes().split(b"\0")
                if process.name.isdigit() and mark in words and b"--served" in words:
                    running.append(int(process.name))
        return running

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(PATIENCE)


def _program() -> str:
    """Where sshd is; skips where it is not installed or cannot be run."""
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None or shutil.which("ssh") is None:
        pytest.skip("sshd is not installed (openssh-server): forced commands are NOT tested")
    if os.geteuid() == 0:
        try:
            pwd.getpwnam("sshd")
        except KeyError:
            pytest.skip("there is no user sshd: forced commands are NOT tested")
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # sshd wants it, and root may
    return program


def _login() -> str:
    """The login of this user, for whom sshd needs a shell."""
    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError:
        pytest.skip("this user has no login: forced commands are NOT tested")
    if entry.pw_shell.endswith(("nologin", "false")):
        pytest.skip(f"{entry.pw_name} has no shell: forced commands are NOT tested")
    return entry.pw_name
