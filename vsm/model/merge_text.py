"""Merges two versions of a text by line, with the text that both began from (a three-way merge).

Lines that only one side changed are taken over. Where both changed the same lines, or lines that
touch, both versions stay in the text between markers in plain words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import NamedTuple

MINE = "<<<<<<< mine"
THEIRS = "======= theirs"
END = ">>>>>>> end"
MARKERS = (MINE, THEIRS, END)
"""Beginnings of the lines around a conflict."""
MOST = 4_000_000
"""Pairs of lines that are compared at most; longer texts count as changed as a whole."""

Lines = Sequence[str]


class Merge(NamedTuple):
    """A merged text, and how many conflicts are marked in it."""

    text: str
    conflicts: int


def merge_text(base: str, mine: str, theirs: str, who: str = "") -> Merge:
    """Merge what two people made of ``base``; ``who`` wrote theirs, and when, for the markers."""
    out: list[str] = []
    conflicts = 0
    for old, ours, others in _regions(base.split("\n"), mine.split("\n"), theirs.split("\n")):
        if ours in (others, old):
            out += others
        elif others == old:
            out += ours
        else:
            conflicts += 1
            out += [MINE, *ours, f"{THEIRS}: {who}" if who else THEIRS, *others, END]
    return Merge("\n".join(out), conflicts)


def markers_in(text: str) -> int:
    """How many lines of a text are markers of a conflict."""
    return sum(line.startswith(MARKERS) for line in text.split("\n"))


def _regions(base: Lines, mine: Lines, theirs: Lines) -> Iterator[tuple[Lines, Lines, Lines]]:
    """The three texts cut into regions: those where all are alike, and those between them."""
    start = _common(base, mine, theirs)
    yield (base[:start],) * 3
    base, mine, theirs = base[start:], mine[start:], theirs[start:]
    end = _common(base[::-1], mine[::-1], theirs[::-1])
    tail = base[len(base) - end :]
    base, mine, theirs = (lines[: len(lines) - end] for lines in (base, mine, theirs))
    at = (0, 0, 0)
    for low, high, to_mine, to_theirs in _alike(base, mine, theirs):
        yield base[at[0] : low], mine[at[1] : to_mine], theirs[at[2] : to_theirs]
        yield (base[low:high],) * 3
        at = (high, to_mine + high - low, to_theirs + high - low)
    yield base[at[0] :], mine[at[1] :], theirs[at[2] :]
    yield (tail,) * 3


def _common(base: Lines, mine: Lines, theirs: Lines) -> int:
    """How many lines all three begin with."""
    rows = zip(base, mine, theirs, strict=False)
    return sum(1 for _ in takewhile(lambda row: row[0] == row[1] == row[2], rows))


def _alike(base: Lines, mine: Lines, theirs: Lines) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that are in all three: from and to in ``base``, the starts in the others."""
    if len(base) * (len(mine) + len(theirs)) > MOST:
        return
    ours = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    others = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    m = t = 0
    while m < len(ours) and t < len(others):
        (a, to_a, a_size), (b, to_b, b_size) = ours[m], others[t]
        low, high = max(a, b), min(a + a_size, b + b_size)
        if low < high:
            yield low, high, to_a + low - a, to_b + low - b
        if a + a_size <= b + b_size:
            m += 1
        else:
            t += 1
