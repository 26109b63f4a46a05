"""The terminal that a client says it has, as far as it is believed."""

from __future__ import annotations

import fcntl
import re
import struct
import termios
from typing import NamedTuple

_NAME = re.compile(r"[A-Za-z0-9._+-]{1,32}")
_USUAL = "xterm-256color"
_COLUMNS, _ROWS = (20, 500), (10, 200)
_TRUECOLOR = re.compile(
    r".*-direct|.*truecolor.*|(xterm-)?(kitty|ghostty)|alacritty|wezterm|foot(-extra)?|contour.*"
)
"""Names of terminals that show all colours; of others nothing tells it, as no environment comes
over."""


class Terminal(NamedTuple):
    """Its name, and its size in cells."""

    name: str = _USUAL
    columns: int = 80
    rows: int = 24

    @property
    def is_dumb(self) -> bool:
        """Whether no screen can be drawn on it."""
        return self.name == "dumb"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that a session on it gets."""
        variables = {"TERM": self.name, "LANG": "C.UTF-8"}
        if _TRUECOLOR.fullmatch(self.name):
            variables["COLORTERM"] = "truecolor"
        return variables


def believed(name: str) -> str:
    """The name of a terminal, or that of the usual one where it is no name."""
    return name if _NAME.fullmatch(name) else _USUAL


def requested(name: str, size: tuple[int, ...]) -> Terminal:
    """The terminal of a request; names that are none and sizes beyond reason are not taken."""
    return Terminal(believed(name), *sized(*size[:2]))


def sized(columns: int, rows: int) -> tuple[int, int]:
    """A size that a terminal can have; 0 is one that was not told."""
    return (
        min(max(columns or 80, _COLUMNS[0]), _COLUMNS[1]),
        min(max(rows or 24, _ROWS[0]), _ROWS[1]),
    )


def set_size(terminal: int, columns: int, rows: int) -> None:
    """Set the size of a pseudo-terminal; whoever runs on it is told by the system."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
