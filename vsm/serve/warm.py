"""The process that has painted a board once, and from which sessions are forked.

A fork has all modules, the parsed style sheets and full caches at once, and shares their memory.
Only a process of one thread without open databases may be forked: it waits in ``poll`` and does
nothing else. It talks to the listener over a socket that it inherits: requests with a terminal
come in, and what became of them goes out, one JSON object a message.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from vsm.serve.child import Order, Shared, become_session

MESSAGE = 4096
"""Bytes of the longest message."""
GRACE = 5.0
"""Seconds that sessions have to leave once the listener has gone."""
PICTURE = (120, 40)


def preload() -> None:
    """Load everything that a session can need, so that an upgrade does not mix two versions."""
    import importlib
    import pkgutil

    import vsm

    left_out = ["vsm.cli", "vsm.__main__", "vsm.demo", "vsm.serve"]
    try:
        import vsm.store.server.connection
    except ImportError:  # there can be no replica here
        left_out.append("vsm.store.server.")
    for module in pkgutil.walk_packages(vsm.__path__, "vsm."):
        if not module.name.startswith(tuple(left_out)):
            importlib.import_module(module.name)
    import textual.drivers.linux_driver  # noqa: F401


def paint_once() -> None:
    """Show a made-up board where nobody sees it: style sheets are parsed and caches filled."""
    import asyncio

    from vsm.app import VsmApp
    from vsm.session import Session
    from vsm.templates import named

    with tempfile.TemporaryDirectory(prefix="vsm-warm-") as folder:
        path = Path(folder, "warm.db")
        session = Session(path, actor="warm")
        session.do(named("kanban").command("Warm"))
        session.close()

        async def show() -> None:
            app = VsmApp(path, actor="warm")
            async with app.run_test(size=PICTURE) as pilot:
                await pilot.pause(0.3)
                await pilot.press("j", "k", "l", "h", "question_mark", "escape")
                await pilot.pause(0.3)

        asyncio.run(show())


class Warm:
    """Forks sessions as the listener asks for them, and tells it when they have ended."""

    def __init__(self, listener: socket.socket, shared: Shared) -> None:
        self._listener = listener
        self._shared = shared
        self._sessions: set[int] = set()
        self._retired = False
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)

    def run(self) -> None:
        """Serve until the listener has gone, or has retired this process and all have left."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake)
        waiting = select.poll()
        waiting.register(self._listener, select.POLLIN)
        waiting.register(self._woken, select.POLLIN)
        self._tell(ready=os.getpid())
        while not (self._retired and not self._sessions):
            for end, _ in waiting.poll():
                if end == self._woken:
                    with suppress(BlockingIOError):
                        os.read(self._woken, MESSAGE)
                    self._bury()
                elif not self._take_order():
                    self._end_all()
                    return

    def _tell(self, **message: object) -> None:
        # A listener that has gone is seen at the next poll.
        with suppress(OSError):
            self._listener.send(json.dumps(message).encode())

    def _take_order(self) -> bool:
        """Do what the listener asks for; ``False`` where it has gone."""
        try:
            data, ends, _, _ = socket.recv_fds(self._listener, MESSAGE, 1)
        except OSError:
            return False
        if not data:
            return False
        order = json.loads(data)
        if order.get("retire"):
            self._retired = True
        elif "end" in order:
            if order["end"] in self._sessions:  # never a number that somebody else has by now
                with suppress(OSError):
                    os.killpg(order["end"], order["signal"])
        else:
            self._fork(order, ends[0])
            os.close(ends[0])
        return True

    def _fork(self, order: dict[str, Any], terminal: int) -> None:
        try:
            process = os.fork()
        except OSError as error:
            self._tell(request=order["request"], failed=error.strerror or str(error))
            return
        if process == 0:
            self._be_session(order, terminal)
        self._sessions.add(process)
        self._tell(request=order["request"], process=process)

    def _be_session(self, order: dict[str, Any], terminal: int) -> NoReturn:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            code = become_session(Order(**order["session"]), terminal, self._shared)
        finally:
            os._exit(code)

    def _bury(self) -> None:
        for process in tuple(self._sessions):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                self._sessions.discard(process)
                self._tell(ended=process, code=os.waitstatus_to_exitcode(status))

    def _end_all(self) -> None:
        """The listener is gone and with it all terminals: sessions leave, or are ended."""
        self._signal_all(signal.SIGHUP)
        until = time.monotonic() + GRACE
        while self._sessions and time.monotonic() < until:
            select.select([self._woken], [], [], 0.2)
            with suppress(BlockingIOError):
                os.read(self._woken, MESSAGE)
            self._bury()
        self._signal_all(signal.SIGKILL)

    def _signal_all(self, number: int) -> None:
        for process in self._sessions:
            with suppress(ProcessLookupError):
                os.killpg(process, number)


def main() -> None:
    """Warm up, then fork: arguments are the number of the socket, and what sessions share."""
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listener = socket.socket(fileno=int(sys.argv[1]))
    shared = Shared.from_json(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    preload()
    paint_once()
    threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
    if threads != 1:
        raise RuntimeError(f"{threads} threads are left: a fork would copy their locks")
    gc.collect()
    gc.collect()
    gc.freeze()
    Warm(listener, shared).run()


if __name__ == "__main__":
    main()
