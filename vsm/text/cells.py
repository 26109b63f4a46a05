"""Measure, cut and align text by terminal cells, and lay out plain tables.

Widths are those that Textual uses too (``rich.cells``), so that a board printed as text and
the board on the screen agree about wide characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from vsm.model.inert import inert_line

ELLIPSIS = "…"


def width(text: str) -> int:
    """How many terminal cells a line takes."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, cells: int) -> str:
    """The line in at most so many cells; an ellipsis stands for what was cut off."""
    if width(text) <= cells:
        return text
    if cells < 2:
        return ELLIPSIS[:cells]
    return set_cell_size(text, cells - 1).rstrip() + ELLIPSIS


def fit(text: str, cells: int, *, right: bool = False) -> str:
    """The line in exactly so many cells: cut, or padded on the right (or the left)."""
    text = cut(text, cells)
    pad = " " * (cells - width(text))
    return pad + text if right else text + pad


def ends(left: str, right: str, cells: int) -> str:
    """Two texts at the two ends of a line; the left one gives way where both do not fit."""
    if not right:
        return fit(left, cells)
    right = cut(right, cells)
    room = cells - width(right) - 1
    if room < 1:
        return fit(right, cells, right=True)
    return f"{fit(left, room)} {right}"


@dataclass(frozen=True, slots=True)
class Col:
    """One column of a table; the ``flexible`` one gives way where a line is too wide."""

    head: str
    right: bool = False
    flexible: bool = False


_NARROWEST = 12


def widths_of(
    cols: Sequence[Col], rows: Iterable[Sequence[str]], total: int | None, gap: int = 2
) -> list[int]:
    """Cells of each column: as wide as its widest text, the flexible one cut to fit ``total``."""
    out = [width(c.head) for c in cols]
    for row in rows:
        out = [max(n, width(text)) for n, text in zip(out, row, strict=True)]
    if total is not None:
        spare = total - sum(out) - gap * (len(cols) - 1)
        for n, col in enumerate(cols):
            if col.flexible and spare < 0:
                out[n] = max(min(_NARROWEST, out[n]), out[n] + spare)
    return out


def row_line(cols: Sequence[Col], widths: Sequence[int], row: Sequence[str], gap: int = 2) -> str:
    """One line of a table. The last column is not padded, flexible ones are cut."""
    parts = [
        fit(text, n, right=col.right) if col.flexible or width(text) <= n else text
        for col, n, text in zip(cols, widths, row, strict=True)
    ]
    return (" " * gap).join(parts).rstrip()


def table(
    cols: Sequence[Col], rows: Sequence[Sequence[str]], total: int | None = None
) -> list[str]:
    """Lines of a table with a head, harmless whatever its texts hold; ``total`` cells wide."""
    clean = [[inert_line(text) for text in row] for row in rows]
    widths = widths_of(cols, clean, total)
    return [row_line(cols, widths, r) for r in ([c.head for c in cols], *clean)]


def wrap(text: str, cells: int, indent: str = "") -> list[str]:
    """Break a line at spaces into lines of at most so many cells; overlong words are split."""
    room = max(8, cells - width(indent))
    out: list[str] = []
    line = ""
    for word in text.split():
        while width(word) > room:
            if line:
                out.append(line)
                line = ""
            head = set_cell_size(word, room).rstrip()
            out.append(head)
            word = word[max(1, len(head)) :]
        if line and width(line) + 1 + width(word) > room:
            out.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line or not out:
        out.append(line)
    return [(indent + part).rstrip() for part in out]
