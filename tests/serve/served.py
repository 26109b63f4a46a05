"""A server in a process of its own, and people who log in to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pyte

from tests.reliability.support import rows
from vsm.model.role import Role
from vsm.serve.keys import Keys, NewKey

ROOT = Path(__file__).parents[2]
WITHIN = 20.0
"""Seconds that anything may take on a machine that does much else."""


async def beat() -> None:
    """Let everything else have its turn until the next look."""
    loop = asyncio.get_running_loop()
    turn = loop.create_future()
    loop.call_later(0.02, turn.set_result, None)
    await turn


async def until(what: Callable[[], Any], within: float = WITHIN) -> Any:
    """Wait for something to be so; returns it, or fails."""
    deadline = time.monotonic() + within
    while not (result := what()):
        assert time.monotonic() < deadline, "it did not come about"
        await beat()
    return result


@dataclass
class Session:
    """One person's board: what the terminal shows, and what was sent to it."""

    connection: Any
    process: Any
    sent: bytearray = field(default_factory=bytearray)
    ended: bool = False
    _screen: pyte.Screen = field(default_factory=lambda: pyte.Screen(100, 30))

    def __post_init__(self) -> None:
        self._stream = pyte.ByteStream(self._screen)
        self._fed = 0
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        with contextlib.suppress(asyncssh.Error, OSError):
            while data := await self.process.stdout.read(65536):
                self.sent += data
        self.ended = True

    def press(self, keys: str | bytes) -> None:
        """Type."""
        self.process.stdin.write(keys if isinstance(keys, bytes) else keys.encode())

    @property
    def text(self) -> str:
        """What is on the screen."""
        data = bytes(self.sent)
        self._stream.feed(re.sub(rb"\x1b\[[<=>?][0-9;]*[ -/]*[@-~]", b"", data[self._fed :]))
        self._fed = len(data)
        return "\n".join(self._screen.display)

    async def sees(self, text: str, within: float = WITHIN) -> None:
        """Wait until a text is on the screen."""
        deadline = time.monotonic() + within
        while text not in self.text:
            assert time.monotonic() < deadline, f"no {text!r} in:\n{self.text}"
            await beat()

    async def settles(self, beats: int = 20) -> None:
        """Wait until nothing more has been sent for some beats."""
        count, still = len(self.sent), 0
        while still < beats:
            await beat()
            still = still + 1 if len(self.sent) == count else 0
            count = len(self.sent)

    async def ends(self, within: float = WITHIN) -> str:
        """Wait for the end; gives the last words."""
        await until(lambda: self.ended, within)
        return bytes(self.sent[-300:]).decode(errors="replace")


@dataclass
class Server:
    """A running server and its files."""

    database: Path
    port: int
    process: subprocess.Popen[str]
    keys: dict[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> Keys:
        """The keys that may come in."""
        return Keys.of(self.database)

    def add(self, name: str, role: Role | None = None, **options: Any) -> Any:
        """A new person with a key; gives the private key."""
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.table.add(
            NewKey(
                name=name,
                fingerprint=key.get_fingerprint(),
                kind="ssh-ed25519",
                public=" ".join(key.export_public_key().decode().split()[:2]),
                member=name,
                role=role,
                **options,
            ),
            by="dora",
            at=time.time_ns() // 1000,
            database=self.database,
        )
        self.keys[name] = key
        return key

    def revoke(self, name: str) -> None:
        """Let a person in no more."""
        self.table.revoke(self.keys[name].get_fingerprint(), by="dora", at=time.time_ns() // 1000)

    async def connect(self, name: str, **options: Any) -> Any:
        """A connection of a person, under whatever user name."""
        options.setdefault("client_keys", [self.keys[name]] if name in self.keys else [])
        return await asyncssh.connect(
            "127.0.0.1", self.port, username="somebody", known_hosts=None, config=None, **options
        )

    @asynccontextmanager
    async def login(
        self,
        name: str,
        *,
        term: str = "xterm-256color",
        size: tuple[int, int] = (100, 30),
        window: int = 2**21,
        **options: Any,
    ) -> AsyncIterator[Session]:
        """A person at the board; the connection is aborted at the end."""
        connection = await self.connect(name, **options)
        try:
            process = await connection.create_process(
                term_type=term, term_size=size, encoding=None, request_pty=True, window=window
            )
            session = Session(connection, process)
            yield session
            session.reading.cancel()
        finally:
            connection.abort()

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of the server's log."""
        path = self.database.with_suffix(".log")
        return [json.loads(line) for line in path.read_text().splitlines()]

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines of a kind."""
        return [line for line in self.log if line["event"] == event]

    @property
    def warm(self) -> int:
        """The process that sessions are forked from now."""
        return int([line for line in self.logged("warm") if "process" in line][-1]["process"])

    def sessions(self) -> list[int]:
        """Processes of sessions that are left."""
        started = [line["process"] for line in self.logged("session_start")]
        return [process for process in started if is_alive(process)]

    def entries(self, text: str) -> list[tuple[str, str, str]]:
        """Actor, source and session of the journal's entries that hold a text."""
        where = "WHERE instr(payload, ?) ORDER BY seq"
        sql = f"SELECT actor, source, session FROM journal {where}"
        return [(str(a), str(b), str(c)) for a, b, c in rows(self.database, sql, text)]


def is_alive(process: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def memory(process: int) -> float:
    """MiB of memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096 / 2**20


@contextmanager
def serving(database: Path, *words: str, **limits: float) -> Iterator[Server]:
    """Serve a database while the block runs; words are for the server."""
    with subprocess.Popen(
        [
            sys.executable,
            str(Path(__file__).with_name("running.py")),
            str(database),
            *words,
            *(f"{name}={value}" for name, value in limits.items()),
        ],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
            "PYTHONPATH": str(ROOT),
            "HOME": str(database.parent),
        },
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the server did not start: its words stand above"
        try:
            yield Server(database, int(line), process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(WITHIN)
