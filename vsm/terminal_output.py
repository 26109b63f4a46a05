"""Leaves out of what a terminal is sent the styles and the stretches that change nothing.

Textual writes every stretch of a line as style, text and reset, also where the next one has the
same style, and it paints a screen several times while it comes up. Over a slow line this is most
of what is sent.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import cell_len

_PLACE = re.compile(r"\x1b\[([0-9]+);([0-9]+)H")
_STYLE = re.compile(r"\x1b\[([0-9;]*)m")
_UNSEEN_ON_SPACES = frozenset(["1", "2", "3", "5"])
"""Attributes that do not show on a space."""
_COLOUR_PARTS = {"2": 5, "5": 3}
"""By the kind of an extended colour (``38;2;…``, ``38;5;…``) the number of its parts."""

Pen = tuple[str, str, tuple[str, ...]]
"""Foreground, background and attributes, each as the sequence names it; empty: the default."""
PLAIN: Pen = ("", "", ())


class Picture:
    """What the terminal shows, as the stretches of text that were written to it."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[int, tuple[int, str]]] = {}

    def forget(self) -> None:
        """Something else may have been written to the terminal: the next text is sent whole."""
        self._rows.clear()

    def changes(self, text: str) -> str:
        """The part of ``text`` that changes the picture, with as few style sequences as can be."""
        first, *parts = _PLACE.split(text)
        if not parts:
            return text
        kept = [first]
        for y, x, written in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            if not self._shows(int(y), int(x), written.removesuffix("\n")):
                kept.append(f"\x1b[{y};{x}H{written.removesuffix(chr(10))}")
        return shorten("".join(kept))

    def _shows(self, y: int, x: int, written: str) -> bool:
        """Whether this text stands there already; from now on it does."""
        if not written:
            return False  # it moves the cursor
        row = self._rows.setdefault(y, {})
        if row.get(x, (0, ""))[1] == written:
            return True
        plain = _STYLE.sub("", written)
        if not plain.isprintable():
            row.clear()
            return False
        width = cell_len(plain)
        if width != len(plain):  # terminals differ in how wide they draw such characters
            row.clear()
            return False
        end = x + width
        for start in [start for start, (stop, _) in row.items() if start < end and stop > x]:
            del row[start]
        row[x] = end, written
        return False


def shorten(text: str) -> str:
    """The same picture with fewer style sequences; the style is plain before and after."""
    out: list[str] = []
    pen, codes = PLAIN, ""
    requested = PLAIN
    for n, part in enumerate(_STYLE.split(text)):
        if n % 2:
            codes = part
            requested = after(requested, codes)
        elif part:
            goal = _for_spaces(pen, requested) if part.isspace() and "\n" not in part else requested
            if goal != pen:
                out.append(change(pen, goal))
                pen = goal
            out.append(part)
    if pen != requested:
        out.append(change(pen, requested))
    return "".join(out)


@lru_cache(maxsize=4096)
def after(pen: Pen, codes: str) -> Pen:
    """The pen after a style sequence."""
    fore, back, attributes = pen
    parts = codes.split(";")
    at = 0
    while at < len(parts):
        part, size = parts[at] or "0", 1
        if part in ("38", "48"):
            size = _COLOUR_PARTS.get(parts[at + 1] if at + 1 < len(parts) else "", 2)
        value = ";".join(parts[at : at + size])
        number = int(part)
        if number == 0:
            fore, back, attributes = PLAIN
        elif number == 39:
            fore = ""
        elif number == 49:
            back = ""
        elif number == 38 or 30 <= number <= 37 or 90 <= number <= 97:
            fore = value
        elif number == 48 or 40 <= number <= 47 or 100 <= number <= 107:
            back = value
        elif part not in attributes:
            attributes = (*attributes, part)
        at += size
    return fore, back, attributes


@lru_cache(maxsize=4096)
def change(pen: Pen, requested: Pen) -> str:
    """The sequence that makes one pen another."""
    if requested == PLAIN:
        return "\x1b[0m"
    fresh = ";".join(["0", *filter(None, (*requested[2], requested[0], requested[1]))])
    if pen[2] != requested[2][: len(pen[2])]:
        return f"\x1b[{fresh}m"
    codes = list(requested[2][len(pen[2]) :])
    if pen[0] != requested[0]:
        codes.append(requested[0] or "39")
    if pen[1] != requested[1]:
        codes.append(requested[1] or "49")
    return f"\x1b[{min(';'.join(codes), fresh, key=len)}m"


@lru_cache(maxsize=4096)
def _for_spaces(pen: Pen, requested: Pen) -> Pen:
    """A pen that draws spaces as ``requested`` does and is as near to ``pen`` as can be."""
    if any(code not in _UNSEEN_ON_SPACES for code in (*pen[2], *requested[2])):
        return requested
    return pen[0], requested[1], pen[2]
