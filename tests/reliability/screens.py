"""The program in a terminal of its own, and what is on its screen."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pyte

from bench.terminal import COLUMNS, ROWS, Terminal
from tests.reliability.support import environment

UNKNOWN = re.compile(rb"\x1b\[[<=>?][0-9;]*[ -/]*[@-~]|\x1b\]22;[a-z-]*\x07")
"""Sequences that pyte does not know and would print."""

UNFINISHED = re.compile(rb"\x1b([\[\]][0-9;:<=>? -/a-z]*)?$")


class Screens:
    """One sitting at the board: each screen's text, and all bytes that it took."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.shown: dict[str, str] = {}
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._read = 0
        self._held = b""

    def text(self) -> str:
        """What is on the screen now; what came since the last look is fed to it."""
        data = self._held + b"".join(data for _, data in self.terminal.chunks[self._read :])
        self._read = len(self.terminal.chunks)
        cut = UNFINISHED.search(data)
        self._held = data[cut.start() :] if cut else b""
        self._stream.feed(UNKNOWN.sub(b"", data[: cut.start()] if cut else data))
        return "\n".join(self._screen.display)

    def until(self, *words: str, gone: str = "", seconds: float = 15) -> str:
        """Wait until the screen holds all words and not ``gone``; returns its text."""
        deadline = time.monotonic() + seconds
        while True:
            text = self.text()
            if all(word in text for word in words) and not (gone and gone in text):
                return text
            assert time.monotonic() < deadline, f"no {words} on the screen:\n{text}"
            assert not self.terminal.ended, f"the program ended:\n{text}"
            self.terminal.rest(0.05)

    def visit(self, name: str, keys: list[str], *words: str) -> None:
        """Press keys, wait for the words, keep what is shown."""
        for key in keys:
            self.terminal.press(key)
            self.terminal.rest(0.02)
        self.shown[name] = self.until(*words)

    def back(self, gone: str) -> None:
        """Leave what is told apart by this text."""
        assert gone in self.text()
        self.terminal.press("escape")
        self.until(gone=gone)

    @property
    def raw(self) -> bytes:
        """All bytes that were written."""
        return b"".join(data for _, data in self.terminal.chunks)


def terminal_of(*words: str | Path, env: dict[str, str] | None = None) -> Terminal:
    """Run the program in a terminal, whatever size this one has."""
    return Terminal([sys.executable, "-m", "vsm", *map(str, words)], env or environment())
