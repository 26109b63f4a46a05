"""Runs a program in a PTY, presses keys and times its output.

Moments are taken when bytes arrive; pyte computes the screen afterwards, so that its cost is in no
figure.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyte

COLUMNS, ROWS = 120, 40

KEYS = {
    "down": b"\x1b[B",
    "up": b"\x1b[A",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "pagedown": b"\x1b[6~",
    "pageup": b"\x1b[5~",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "enter": b"\r",
    "escape": b"\x1b",
}
"""Keys that are no character; any other key is sent as it is written."""

_ANSWERS = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",  # yes, synchronised updates
    b"\x1b[6n": b"\x1b[1;1R",  # the cursor is at the top left
    b"\x1b[c": b"\x1b[?62;22c",  # a terminal with colours
}
_PRIVATE = re.compile(rb"\x1b\[[<=>?][0-9;]*[ -/]*[@-~]")
_UNFINISHED = re.compile(rb"\x1b(\[[0-9;:<=>? -/]*)?$")


class Terminal:
    """One program in a PTY of 120 × 40; a context manager that ends the program."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Start the program; ``began`` is the moment just before."""
        self.chunks: list[tuple[float, bytes]] = []
        self.ended = False
        self._asked = b""
        everything = {**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for size in ("COLUMNS", "LINES"):  # of another terminal; programs would believe them
            everything.pop(size, None)
        self.began = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if not self.pid:
            size = struct.pack("HHHH", ROWS, COLUMNS, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.execvpe(argv[0], list(argv), everything)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the program, by force if it does not go."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self.ended:
                os.kill(self.pid, number)
            self._pump(time.perf_counter() + 2)
        os.close(self._fd)
        os.waitpid(self.pid, 0)

    # -- reading and writing ------------------------------------------------------

    def _read(self, timeout: float) -> bool:
        """Read one chunk if there is one in time, and answer its queries of the terminal."""
        ready, _, _ = select.select([self._fd], [], [], max(0.0, timeout))
        if not ready:
            return False
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:  # Linux: the other side of the PTY is closed
            data = b""
        if not data:
            self.ended = True
            return False
        self.chunks.append((time.perf_counter(), data))
        pending = self._asked + data
        for question, answer in _ANSWERS.items():
            if question in pending:
                os.write(self._fd, answer)
                pending = pending.replace(question, b"")
        self._asked = pending[-16:]
        return True

    def _pump(self, until: float) -> None:
        while not self.ended and (left := until - time.perf_counter()) > 0:
            self._read(left)

    def rest(self, seconds: float) -> None:
        """Read for so many seconds."""
        self._pump(time.perf_counter() + seconds)

    def settle(self, quiet: float, limit: float = 60.0) -> None:
        """Wait until nothing was written for ``quiet`` seconds and the program is at rest."""
        deadline = time.perf_counter() + limit
        while not self.ended:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"not at rest after {limit:g} s:\n{self.text()}")
            busy = self.cpu()
            silent = not self._read(quiet)
            if silent and self.chunks and self.cpu() - busy < quiet / 3:
                return

    def resize(self, columns: int, rows: int) -> None:
        """Make the terminal larger or smaller; its program is signalled."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, key: str) -> float:
        """Send a key; return the moment."""
        moment = time.perf_counter()
        os.write(self._fd, KEYS.get(key, key.encode()))
        return moment

    def answer(self, key: str, quiet: float = 0.06, limit: float = 3.0) -> tuple[float, int]:
        """Send a key and wait for all of its answer: seconds to its last byte, and its bytes.

        Raises ``TimeoutError`` where nothing comes back.
        """
        known = len(self.chunks)
        pressed = self.press(key)
        while len(self.chunks) == known and not self.ended:
            if time.perf_counter() > pressed + limit:
                raise TimeoutError(f"nothing came back for {key!r}:\n{self.text()}")
            self._read(pressed + limit - time.perf_counter())
        while self._read(quiet):
            pass
        answer = self.chunks[known:]
        if not answer:
            raise EOFError(f"the program ended at {key!r}:\n{self.text()}")
        return answer[-1][0] - pressed, sum(len(data) for _, data in answer)

    # -- what it shows and costs --------------------------------------------------

    def text(self) -> str:
        """The text on the screen now."""
        return self._shown()[-1][1] if self.chunks else ""

    def full_at(self) -> float:
        """Seconds from the start until the screen first had the text that it has now."""
        shown = self._shown()
        at = shown[-1][0]
        for moment, text in reversed(shown):
            if text != shown[-1][1]:
                break
            at = moment
        return at - self.began

    def first_with(self, text: str, after: float) -> float | None:
        """The moment from ``after`` on at which the screen first held this text."""
        return next((at for at, shown in self._shown() if at >= after and text in shown), None)

    def _shown(self) -> list[tuple[float, str]]:
        screen = pyte.Screen(COLUMNS, ROWS)
        stream = pyte.ByteStream(screen)
        out: list[tuple[float, str]] = []
        rest = b""
        for moment, data in self.chunks:
            data = rest + data
            cut = _UNFINISHED.search(data)
            rest = data[cut.start() :] if cut else b""
            data = data[: cut.start()] if cut else data
            stream.feed(_PRIVATE.sub(b"", data))
            out.append((moment, "\n".join(screen.display)))
        return out

    @property
    def written(self) -> int:
        """Bytes that the program has written."""
        return sum(len(data) for _, data in self.chunks)

    def cpu(self) -> float:
        """Seconds of CPU that the program has used, threads that ended included."""
        return time.clock_gettime((~self.pid << 3) | 2)  # Linux: the CPU clock of a process

    def memory(self) -> int:
        """Bytes of memory that the program holds (resident)."""
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        match = re.search(r"^Rss:\s+(\d+) kB", rollup, re.MULTILINE)
        if match is None:
            raise OSError(f"no resident size of process {self.pid}")
        return int(match[1]) * 1024
