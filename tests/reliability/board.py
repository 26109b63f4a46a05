"""The board as a process of its own in a pseudo terminal, and locks that others hold."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic

from tests.reliability.support import ROOT, environment

PATIENCE = 30.0
"""Seconds after which a test fails rather than waits; nothing asserts it."""

SWITCHES = {
    "main screen": (b"\x1b[?1049h", b"\x1b[?1049l"),
    "mouse": (b"\x1b[?1000h", b"\x1b[?1000l"),
    "mouse movement": (b"\x1b[?1003h", b"\x1b[?1003l"),
    "bracketed paste": (b"\x1b[?2004h", b"\x1b[?2004l"),
    "focus reports": (b"\x1b[?1004h", b"\x1b[?1004l"),
    "cursor": (b"\x1b[?25l", b"\x1b[?25h"),
}
"""What a board switches on, and how it is switched off again."""

_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]")


def _own_terminal() -> None:
    """In the child: take the terminal on standard input, and the signals of a login shell."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    _default_signals()


def _default_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


class BoardProcess:
    """``vsm`` on a terminal of 120 by 40; without ``controlling`` nobody sends it SIGHUP.

    ``command`` is run in its place, such as ssh, which leads to one elsewhere.
    """

    def __init__(
        self,
        db: Path,
        *,
        patch: str = "",
        folder: Path | None = None,
        controlling: bool = True,
        command: Sequence[str] = (),
        size: tuple[int, int] = (120, 40),
    ) -> None:
        self.controller, self.terminal = pty.openpty()
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *size[::-1], 0, 0))
        self.before = termios.tcgetattr(self.terminal)
        env = {**environment(), "TERM": "xterm-256color"}
        if patch:
            assert folder is not None
            (folder / "sitecustomize.py").write_text(patch)
            env["PYTHONPATH"] = os.pathsep.join((str(folder), str(ROOT)))
        self.process = subprocess.Popen(
            list(command) or [sys.executable, "-m", "vsm", "--db", str(db)],
            cwd=ROOT,
            env=env,
            stdin=self.terminal,
            stdout=self.terminal,
            stderr=self.terminal,
            start_new_session=True,
            preexec_fn=_own_terminal if controlling else _default_signals,
        )
        self._out = bytearray()
        self._more = threading.Condition()
        self._stop = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._stop:
            # A read that blocks would keep the terminal open after it is closed elsewhere.
            if not select.select([self.controller], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self.controller, 65536)
            except OSError:
                data = b""
            with self._more:
                self._out += data
                self._more.notify_all()
            if not data:
                return

    @property
    def output(self) -> bytes:
        """All that was written to the terminal so far."""
        with self._more:
            return bytes(self._out)

    def wait_for(self, text: bytes, after: int = 0) -> int:
        """Wait until the terminal shows a text; gives how much was written until then."""
        deadline = monotonic() + PATIENCE
        with self._more:
            while (at := self._out.find(text, after)) < 0:
                left = deadline - monotonic()
                if left <= 0 or self.process.poll() is not None:
                    raise AssertionError(f"{text!r} does not come: {bytes(self._out[-3000:])!r}")
                self._more.wait(min(left, 0.5))
            return at + len(text)

    def press(self, keys: bytes) -> None:
        """Type keys."""
        os.write(self.controller, keys)

    def hang_up(self) -> None:
        """Take the terminal away, as a terminal window that is closed."""
        self._stop = True
        self._reader.join()
        os.close(self.terminal)
        devnull = os.open(os.devnull, os.O_RDONLY)
        os.dup2(devnull, self.controller)
        os.close(devnull)
        self.terminal = -1

    def ended(self) -> int:
        """Wait for its end; gives the exit code (negative: the signal that killed it)."""
        code = self.process.wait(PATIENCE)
        if self.terminal >= 0:
            mark = b"\0end\0"  # all that was written before this has been read
            os.write(self.terminal, mark)
            with self._more:
                assert self._more.wait_for(lambda: mark in self._out, PATIENCE)
        return code

    @property
    def farewell(self) -> str:
        """What it wrote after it had given the terminal back."""
        after = self.output.rpartition(b"\x1b[?1004l")[2]
        return _ESCAPES.sub(b"", after).replace(b"\0end\0", b"").decode().replace("\r\n", "\n")

    def assert_given_back(self) -> None:
        """Fail unless the terminal is as it was before: modes, screen, cursor, mouse."""
        assert termios.tcgetattr(self.terminal) == self.before
        out = self.output
        for name, (begun, ended) in SWITCHES.items():
            assert begun in out, name
            assert out.rfind(ended) > out.rfind(begun), f"{name} was not given back"

    def close(self) -> None:
        """Kill it where it still runs, and close the terminal."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        if self.terminal >= 0:
            os.close(self.terminal)  # ends the reader
            self._reader.join(PATIENCE)
        os.close(self.controller)


@contextlib.contextmanager
def board(db: Path, **options: object) -> Iterator[BoardProcess]:
    """A board that is painted and has opened its session."""
    made = BoardProcess(db, **options)  # type: ignore[arg-type]
    try:
        made.wait_for(b"PAY-1")
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def lock_held(db: Path) -> Iterator[None]:
    """Hold the lock file of a database, as another program that writes."""
    with open(f"{db}.lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_locked(db: Path) -> bool:
    """Whether some process holds the lock file now."""
    try:
        with open(f"{db}.lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
