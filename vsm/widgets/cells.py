"""Text in terminal cells: cut, padded and wrapped by width, harmless and never split inside.

A character can take no cell (combining marks), one or two (CJK, emoji); graphemes stay whole.
Everything that comes in here leaves as one line without control or bidi characters.
"""

from __future__ import annotations

from rich.cells import cell_len, split_graphemes

from vsm.model.inert import inert_line


def width_of(text: str) -> int:
    """Cells that ``text`` takes."""
    return len(text) if text.isascii() else cell_len(text)


def _head(text: str, cells: int) -> str:
    """The longest beginning of ``text`` that takes at most ``cells``, graphemes whole."""
    if text.isascii():
        return text[: max(0, cells)]
    used = 0
    end = 0
    for _, stop, size in split_graphemes(text)[0]:
        if used + size > cells:
            break
        used += size
        end = stop
    return text[:end]


def clip(text: str, cells: int, ellipsis: str = "…") -> str:
    """``text`` in at most ``cells``; what is cut off leaves an ellipsis."""
    line = inert_line(text)
    if width_of(line) <= cells:
        return line
    if cells < 1:
        return ""
    return _head(line, cells - 1).rstrip() + ellipsis


def fit(text: str, cells: int, ellipsis: str = "…") -> str:
    """``text`` in exactly ``cells``: clipped or padded with spaces."""
    line = clip(text, cells, ellipsis)
    return line + " " * (cells - width_of(line))


def wrap(text: str, cells: int, lines: int, ellipsis: str = "…") -> list[str]:
    """``text`` broken at spaces into at most ``lines`` lines; the last one is clipped.

    A word that is longer than a line (or a text without spaces, as in CJK) is broken where the
    line ends. Always gives at least one line.
    """
    rest = " ".join(inert_line(text).split())
    out: list[str] = []
    while rest and len(out) < lines - 1 and width_of(rest) > cells:
        head = _head(rest, cells)
        if not head:
            break
        if rest[len(head)] != " " and " " in head.rstrip():
            shorter = head[: head.rstrip().rindex(" ")]
            if width_of(shorter) * 2 >= cells:
                head = shorter
        out.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    if rest or not out:
        out.append(clip(rest, cells, ellipsis))
    return out


def fold(text: str, cells: int) -> list[str]:
    """``text`` broken into as many lines as it takes; line breaks in it are kept."""
    out: list[str] = []
    for paragraph in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        out += wrap(paragraph, max(1, cells), 10_000)
    return out
