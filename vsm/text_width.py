"""Text in terminal cells: cut, padded and wrapped by width, harmless and never split inside.

A character can take no cell (combining marks), one or two (CJK, emoji); graphemes stay whole.
Everything that comes in here leaves as one line without control or bidi characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len, split_graphemes

from vsm.model.sanitise import inert_line

_SOFT = frozenset("._:,=&?")
"""Characters after which an overlong word is broken rather than elsewhere."""
_NEVER_FIRST = frozenset("、。，．・：；！？）」』】》〉］｝ー々ゝゞ")
"""Wide characters that no line begins with."""
_NEVER_LAST = frozenset("（「『【《〈［｛")
"""Wide characters that no line ends with."""


_PICTURES = "\u2190-\u2bff\u3030\u303d\U0001f000-\U0001faff"
_LOOSE = re.compile(f"(?<![{_PICTURES}\ufe0f])\u200d|\u200d(?![{_PICTURES}])")
"""Joiners that join no pictures: widths are counted in other ways with them."""


def shown(text: str) -> str:
    """``text`` as one harmless line whose cells can be counted."""
    line = inert_line(text)
    return _LOOSE.sub("", line) if "\u200d" in line else line


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


def graphemes(text: str) -> list[str]:
    """The characters of ``text`` as people count them, as one harmless line."""
    line = shown(text)
    if line.isascii():
        return list(line)
    return [line[start:stop] for start, stop, _ in split_graphemes(line)[0]]


def clip(text: str, cells: int, ellipsis: str = "…") -> str:
    """``text`` in at most ``cells``; what is cut off leaves an ellipsis."""
    line = shown(text)
    if width_of(line) <= cells:
        return line
    if cells < 1:
        return ""
    return _head(line, cells - width_of(ellipsis)).rstrip() + ellipsis


def clip_apart(names: Sequence[str], cells: int, ellipsis: str = "…") -> list[str]:
    """Names clipped to so many cells each. Where several would look the same, the words that all
    of these begin with give way: ``12 of…`` for *Stage 12 of the line* beside *Stage 13 of*.
    """
    clipped = [clip(name, cells, ellipsis) for name in names]
    alike: dict[str, list[str]] = {}
    for label, name in zip(clipped, names, strict=True):
        alike.setdefault(label, []).append(name)
    out = []
    for label, name in zip(clipped, names, strict=True):
        first, last = min(alike[label]), max(alike[label])
        pairs = enumerate(zip(first, last, strict=False))
        same = next((n for n, (one, other) in pairs if one != other), 0)
        out.append(clip(name[first.rfind(" ", 0, same) + 1 :], cells, ellipsis))
    return out


def fit(text: str, cells: int, ellipsis: str = "…") -> str:
    """``text`` in exactly ``cells``: clipped or padded with spaces."""
    line = clip(text, cells, ellipsis)
    return line + " " * (cells - width_of(line))


WIDE = 40
"""Cells from which on lines have room enough not to break names at a hyphen."""


def wrap(text: str, cells: int, lines: int, ellipsis: str = "…") -> list[str]:
    """``text`` broken into at most ``lines`` lines; the last one is clipped.

    Lines break at spaces, after slashes, beside wide characters (CJK), and narrow ones after
    hyphens; inside a word only where it is longer than a whole line, if possible after a dot or
    the like. Always gives at least one line.
    """
    rest = " ".join(shown(text).split())
    out: list[str] = []
    while rest and len(out) < lines - 1 and width_of(rest) > cells:
        end = _line_end(rest, cells)
        if not end:
            break
        out.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    if rest or not out:
        out.append(clip(rest, cells, ellipsis))
    return out


def _line_end(text: str, cells: int) -> int:
    """How many characters of ``text``, which is longer than a line, stand on its first line."""
    head = _head(text, cells)
    full = len(head)
    if full == len(text):
        return full
    stops: Sequence[int] = range(full, 0, -1)
    if not head.isascii():
        stops = [stop for _, stop, _ in reversed(split_graphemes(head)[0])]
    best = next((stop for stop in stops if _may_break(text, stop)), 0)
    if cells >= WIDE and best and text[best - 1] == "-":  # keep names such as chg-order whole
        best = next((stop for stop in stops if " " in text[stop - 1 : stop + 1]), best)
    if best == full:
        return full
    # The word that does not fit here: one longer than a line is broken anyhow, so begin it here.
    begin = best + (text[best] == " ")
    reach = range(full + 1, min(len(text), begin + cells + 1))
    end = next((stop for stop in reach if _may_break(text, stop)), reach.stop)
    if best and width_of(text[begin:end]) <= cells:
        return best
    late = max(begin, full // 2)
    return next((stop for stop in stops if stop > late and text[stop - 1] in _SOFT), full)


def _may_break(text: str, at: int) -> bool:
    """Whether a line may end before the character at ``at``, graphemes not looked at."""
    before, after = text[at - 1], text[at]
    if " " in (before, after):
        return True
    if before in "-/":
        return after.isalnum() and at > 1 and text[at - 2].isalnum()
    if before.isascii() and after.isascii():
        return False
    wide = cell_len(before) == 2 or cell_len(after) == 2
    return wide and after not in _NEVER_FIRST and before not in _NEVER_LAST


def fold(text: str, cells: int) -> list[str]:
    """``text`` broken into as many lines as it takes; line breaks in it are kept."""
    out: list[str] = []
    for paragraph in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        out += wrap(paragraph, max(1, cells), 10_000)
    return out
