"""The SSH server: listens, keeps to its limits, closes what was revoked, and replaces what ends."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import asyncssh

from vsm.database_files import refuse_database
from vsm.model.errors import EnvironmentProblem, VsmError
from vsm.serve import library
from vsm.serve.attempts import Attempts
from vsm.serve.door import Door
from vsm.serve.forks import Forks
from vsm.serve.keys import Keys, ServedKey, keys_file
from vsm.serve.log import Event, Log, stack_of
from vsm.serve.session import Served
from vsm.serve.settings import Settings

LOOK_EVERY = 0.25
"""Seconds between two looks at whether keys were changed, or somebody is idle for too long."""
AGAIN_AFTER, AGAIN_MOST = 1.0, 60.0
"""Seconds before a warm process that has ended is replaced, and between two times at most."""

KEX = "-diffie-hellman*,rsa*"
"""The library's own choice without finite fields and without RSA for the exchange."""
CIPHERS = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com")
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com")
SIGNATURES = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "rsa-sha2-256",
    "rsa-sha2-512",
)
"""SHA-1 signatures, old key exchanges and block modes are not offered."""


class Acceptor(Protocol):
    """What listens."""

    def close(self) -> None:
        """Listen no more."""


class Listener:
    """Serves a database over SSH until it is told to stop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.ask = settings.ask
        self.attempts: Attempts[Door] = Attempts(settings.limits)
        self.keys = Keys(keys_file(settings.database))
        self.starting = asyncio.Semaphore(settings.limits.starting)
        self.port = 0
        """Where it listens, once it does."""
        self._log = Log(settings.log)
        self._doors: set[Door] = set()
        self._sessions: set[Served] = set()
        self._by_process: dict[int, Served] = {}
        self._forks: Forks | None = None
        self._retired: list[Forks] = []
        self._file_seen: object = None
        self._keys_seen: object = None
        self._said = ""
        self._stop = asyncio.Event()
        self._renewal: asyncio.Task[None] | None = None

    # -- the life of the server ----------------------------------------------------------

    async def run(self, ready: Callable[[Listener], None] | None = None) -> None:
        """Serve until a signal says stop; SIGHUP takes a new version, settings and modules.

        Raises :class:`EnvironmentProblem` where it cannot begin.
        """
        # The library's own words would repeat what the log says, and name what was typed.
        logging.getLogger("asyncssh").setLevel(logging.CRITICAL)
        library.harden()
        self._forks = await self._warm()
        try:
            acceptor = await self._listen()
        except VsmError:
            await self._end_all()
            raise
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self.renew)
        loop.set_exception_handler(self._unexpected)
        self.note(Event.LISTEN, port=self.port, database=str(self.settings.database))
        if ready is not None:
            ready(self)
        watch = loop.create_task(self._watch())
        try:
            await self._stop.wait()
        finally:
            watch.cancel()
            acceptor.close()
            await self._end_all()
            self.note(Event.STOP)
            self._log.close()

    async def _listen(self) -> Acceptor:
        settings, limits = self.settings, self.limits
        try:
            acceptor = await asyncssh.create_server(
                lambda: Door(self),
                settings.host,
                settings.port,
                server_host_keys=[str(host_key(settings.host_key))],
                server_version="vsm",
                encoding=None,
                line_editor=False,
                agent_forwarding=False,
                x11_forwarding=False,
                allow_scp=False,
                gss_host=None,
                kex_algs=KEX,
                encryption_algs=CIPHERS,
                mac_algs=MACS,
                signature_algs=SIGNATURES,
                compression_algs=("zlib@openssh.com", "none"),
                login_timeout=limits.login,
                keepalive_interval=15,
                keepalive_count_max=4,
                backlog=limits.logins,
            )
        except OSError as error:
            raise EnvironmentProblem(
                f"port {settings.port} cannot be listened at: {error.strerror or error}",
                "choose another one with --port, or end what has it",
            ) from error
        self.port = acceptor.get_port()
        return acceptor

    async def _warm(self) -> Forks:
        shared = json.dumps(
            {"database": str(self.settings.database), "read_only": self.settings.read_only}
        )
        begun = time.monotonic()
        forks = Forks(shared, self._process_ended, self._forks_lost)
        process = await forks.start()
        self.note(Event.WARM, process=process, secs=round(time.monotonic() - begun, 2))
        return forks

    def renew(self, after: float = 0.0) -> None:
        """Fork from a new process from now on; sessions of the old one live on."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.get_running_loop().create_task(self._replace(after))

    def _forks_lost(self) -> None:
        self.note(Event.WARM, reason="the process that sessions are forked from has ended")
        self.renew(AGAIN_AFTER)

    async def _replace(self, after: float) -> None:
        """Start another process; where that fails try again, if there is none that serves."""
        while True:
            await asyncio.sleep(after)
            try:
                fresh = await self._warm()
            except EnvironmentProblem as error:
                self.note(Event.WARM, reason=error.message)
                if self._forks is not None and not self._forks.is_retired:
                    return
                after = min(max(AGAIN_AFTER, 2 * after), AGAIN_MOST)
            else:
                break
        before, self._forks = self._forks, fresh
        if before is not None and not before.is_retired:
            before.retire()
            self._retired.append(before)

    async def _end_all(self) -> None:
        for session in tuple(self._sessions):
            session.end("the server is going down: log in again in a moment")
        until = time.monotonic() + self.limits.end
        while self._sessions and time.monotonic() < until:
            await asyncio.sleep(0.05)
        for forks in (self._forks, *self._retired):
            if forks is not None:
                forks.close()
                with suppress(TimeoutError):
                    await asyncio.wait_for(forks.wait(), self.limits.end + 1)

    # -- the watch -----------------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self._look_at_keys()
                now = time.monotonic()
                for session in tuple(self._sessions):
                    session.look_at_clock(now)
                for door in tuple(self._doors):
                    door.look_at_clock(now)
            except Exception as error:  # whatever it was, the next look must come
                self._say_once(error.message if isinstance(error, VsmError) else stack_of(error))
            else:
                self._said = ""

    def _say_once(self, trouble: str) -> None:
        if trouble != self._said:
            self._said = trouble
            self.note(Event.FAULT, reason=trouble)

    def _unexpected(self, _loop: object, context: dict[str, Any]) -> None:
        """Note in a line what the event loop would print, again and again."""
        error = context.get("exception")
        self._say_once(str(context.get("message"))[:300] if error is None else stack_of(error))

    async def _look_at_keys(self) -> None:
        """Close what came in with a key that may not come in any more."""
        minute = int(time.time() // 60)
        try:
            status = self.keys.path.stat()
            file_seen: object = (status.st_ino, status.st_mtime_ns, minute)
        except FileNotFoundError:
            file_seen = minute
        if file_seen == self._file_seen:
            return
        keys_seen = (await asyncio.to_thread(self.keys.version), minute)
        if keys_seen != self._keys_seen:
            self._check_doors(await asyncio.to_thread(self.keys.readable))
        self._file_seen, self._keys_seen = file_seen, keys_seen

    def _check_doors(self, keys: list[ServedKey]) -> None:
        known = {key.fingerprint: key for key in keys}
        at = time.time_ns() // 1000
        for door in [door for door in self._doors if door.is_in]:
            key = known.get(door.fingerprint)
            why = "it is gone" if key is None else self.keys.valid(key, at, door.address)
            if why is not None:
                door.revoke(why)

    # -- what doors and sessions ask -----------------------------------------------------

    @property
    def forks(self) -> Forks:
        """The process that sessions are forked from now."""
        assert self._forks is not None
        return self._forks

    def note(self, event: Event, **facts: object) -> None:
        """Write a line to the log."""
        self._log.write(event, **facts)

    def opened(self, door: Door) -> bool:
        """Somebody is connected; ``False`` where there is no room."""
        self._doors.add(door)
        return len(self._doors) <= self.limits.sessions + self.limits.logins

    def connections_of(self, fingerprint: str) -> int:
        """The number of connections that a key has open."""
        return sum(door.is_in and door.fingerprint == fingerprint for door in self._doors)

    def closed(self, door: Door) -> None:
        """A connection is over."""
        self._doors.discard(door)

    def began(self, session: Served) -> str | None:
        """A session begins; a text says why it may not."""
        self._sessions.add(session)
        if len(self._sessions) > self.limits.sessions:
            self.note(Event.LIMIT, member=session.guest.member, reason="sessions in all")
            return f"all {self.limits.sessions} places are taken: try again in a while"
        guest = session.guest
        key = guest.fingerprint, guest.member
        of_key = sum(
            (other.guest.fingerprint, other.guest.member) == key for other in self._sessions
        )
        if of_key > self.limits.sessions_of_key:
            self.note(Event.LIMIT, member=guest.member, reason="sessions of a key")
            return f"your key has {self.limits.sessions_of_key} boards open already"
        return None

    def runs(self, session: Served) -> None:
        """A session has a process now."""
        self._by_process[session.process] = session

    def ended(self, session: Served) -> None:
        """A session is over."""
        self._sessions.discard(session)
        self._by_process.pop(session.process, None)

    def _process_ended(self, process: int, code: int) -> None:
        session = self._by_process.pop(process, None)
        if session is not None:
            session.process_ended(code)


def host_key(path: Path) -> Path:
    """The host key of the server; made where there is none, readable by its owner alone.

    Raises :class:`EnvironmentProblem` where it cannot be made, or is no private key.
    """
    refuse_database(path)
    try:
        if not path.exists():
            made = asyncssh.generate_private_key("ssh-ed25519", comment="vsm")
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(handle, "wb") as file:
                file.write(made.export_private_key())
        asyncssh.read_private_key(str(path))
    except OSError as error:
        raise EnvironmentProblem(
            f"the key of the server, {path}, cannot be used: {error.strerror or error}",
            "name another file with --host-key",
        ) from error
    except ValueError as error:
        raise EnvironmentProblem(
            f"{path} is no private key without a passphrase",
            "name another file with --host-key; one that is missing is made",
        ) from error
    return path
