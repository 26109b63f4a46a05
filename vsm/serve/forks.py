"""The listener's end of the process that sessions are forked from."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from vsm.model.errors import EnvironmentProblem

MESSAGE = 4096
READY_WITHIN = 60.0
"""Seconds in which a process must be warm."""
FORK_WITHIN = 10.0


class ForkFailed(Exception):
    """No session could be made; the text says why."""


class NoAnswer(ForkFailed):
    """The process does not answer: it hangs, or is gone."""


class Forks:
    """Starts the warm process, has sessions forked, and says which have ended.

    ``ended`` is called with the number of a session's process and its exit code, ``lost`` where
    the warm process is gone without having been asked to leave; its sessions live on.
    """

    def __init__(
        self, shared: str, ended: Callable[[int, int], None], lost: Callable[[], None]
    ) -> None:
        self._shared = shared
        self._ended = ended
        self._lost = lost
        self._socket: socket.socket | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._requests = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[int]] = {}
        self._ready: asyncio.Future[int] | None = None
        self.is_retired = False
        self.process = 0
        """The number of the warm process, once it is warm."""

    @property
    def is_gone(self) -> bool:
        """Whether the process cannot be reached any more."""
        return self._socket is None

    async def start(self) -> int:
        """Start the process and wait until it is warm; gives its number."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._socket = ours
        loop = asyncio.get_running_loop()
        self._ready = loop.create_future()
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "vsm.serve.warm",
                str(theirs.fileno()),
                self._shared,
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env=_environment(),
            )
        finally:
            theirs.close()
        loop.add_reader(ours, self._read)
        try:
            self.process = await asyncio.wait_for(self._ready, READY_WITHIN)
            return self.process
        except (TimeoutError, ForkFailed) as error:
            self.close()
            raise EnvironmentProblem(
                "the process that sessions are forked from did not come up",
                "its own words stand above; without them see vsm serve --check",
            ) from error

    async def fork(self, terminal: int, session: Mapping[str, Any]) -> int:
        """Have a session forked on a terminal; raises :class:`ForkFailed`."""
        request = next(self._requests)
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        message = json.dumps({"request": request, "session": session}).encode()
        self._waiting[request] = future
        try:
            if self._socket is None or len(message) > MESSAGE:
                raise ForkFailed("the server is not ready")
            socket.send_fds(self._socket, [message], [terminal])
            return await asyncio.wait_for(future, FORK_WITHIN)
        except OSError as error:  # a timeout too
            raise NoAnswer("the process that sessions are forked from does not answer") from error
        finally:
            del self._waiting[request]

    def end(self, process: int, number: int) -> None:
        """Send a signal to a session and what it started."""
        self._send({"end": process, "signal": int(number)})

    def retire(self) -> None:
        """Fork no more; the process leaves once its last session has."""
        self.is_retired = True
        self._send({"retire": True})

    def close(self) -> None:
        """Let go: sessions that are left have to leave."""
        self.is_retired = True
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    async def wait(self) -> None:
        """Wait until the process has ended."""
        if self._process is not None:
            await self._process.wait()

    def _send(self, message: dict[str, Any]) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.send(json.dumps(message).encode())

    def _read(self) -> None:
        assert self._socket is not None
        while True:
            try:
                data = self._socket.recv(MESSAGE)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._gone()
                return
            self._take(json.loads(data))

    def _take(self, message: dict[str, Any]) -> None:
        if "ready" in message and self._ready is not None and not self._ready.done():
            self._ready.set_result(message["ready"])
        elif "ended" in message:
            self._ended(message["ended"], message["code"])
        elif "request" in message:
            future = self._waiting.get(message["request"])
            if future is not None and not future.done():
                if "failed" in message:
                    future.set_exception(ForkFailed(message["failed"]))
                else:
                    future.set_result(message["process"])

    def _gone(self) -> None:
        was_retired = self.is_retired
        self.close()
        for future in (*self._waiting.values(), self._ready):
            if future is not None and not future.done():
                future.set_exception(
                    ForkFailed("the process that sessions are forked from is gone")
                )
        if self.process and not was_retired:  # one that never was warm is reported by start()
            self._lost()


def _environment() -> dict[str, str]:
    """The little of the environment that finds Python, its modules and the files of the account."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("HOME", "PATH", "PYTHONPATH", "VIRTUAL_ENV") or name.startswith("XDG_")
    }
    # Threads of its own would forbid to fork.
    return {
        **kept,
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }
