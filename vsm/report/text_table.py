"""Lay out plain lines and tables by terminal cells, as the screen does (:mod:`vsm.text_width`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vsm.text_width import clip, fold, shown, width_of


def fit(text: str, cells: int, *, right: bool = False) -> str:
    """The line in exactly so many cells: cut, or padded on the right (or the left)."""
    line = clip(text, cells)
    pad = " " * (cells - width_of(line))
    return pad + line if right else line + pad


def ends(left: str, right: str, cells: int) -> str:
    """Two texts at the two ends of a line; the left one gives way where both do not fit."""
    if not right:
        return fit(left, cells)
    right = clip(right, cells)
    room = cells - width_of(right) - 1
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
    out = [width_of(c.head) for c in cols]
    for row in rows:
        out = [max(n, width_of(text)) for n, text in zip(out, row, strict=True)]
    if total is not None:
        spare = total - sum(out) - gap * (len(cols) - 1)
        for n, col in enumerate(cols):
            if col.flexible and spare < 0:
                out[n] = max(min(_NARROWEST, out[n]), out[n] + spare)
    return out


def row_line(cols: Sequence[Col], widths: Sequence[int], row: Sequence[str], gap: int = 2) -> str:
    """One line of a table. The last column is not padded, flexible ones are cut."""
    parts = [
        fit(text, n, right=col.right) if col.flexible or width_of(text) <= n else text
        for col, n, text in zip(cols, widths, row, strict=True)
    ]
    return (" " * gap).join(parts).rstrip()


def table(
    cols: Sequence[Col], rows: Sequence[Sequence[str]], total: int | None = None
) -> list[str]:
    """Lines of a table with a head, harmless whatever its texts hold; ``total`` cells wide."""
    clean = [[shown(text) for text in row] for row in rows]
    widths = widths_of(cols, clean, total)
    return [row_line(cols, widths, r) for r in ([c.head for c in cols], *clean)]


def wrap(text: str, cells: int, indent: str = "", first: str | None = None) -> list[str]:
    """Break a line into lines of at most so many cells, each with the indent before it.

    ``first`` is what comes before the first line instead, no wider than the indent.
    """
    room = max(8, cells - width_of(indent))
    lines = [(indent + part).rstrip() for part in fold(shown(text), room)]
    if first is not None and lines:
        lines[0] = (first + lines[0][len(indent) :]).rstrip()
    return lines
