"""Which columns a board shows at once, and how wide: pure arithmetic over what is folded.

``folded`` tells of each column of the board, from left to right, whether it is folded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Shifted = Callable[[int, int, int], None]
"""Told which run of columns is visible: from which place up to which, of how many. Called
rather than posted, so that what shows it is painted together with the columns."""

NARROW = 100
"""Below so many cells the board is narrow: fewer columns, so that titles can be read."""
FOLDED = 4
"""Cells of a folded column, its separator with it."""
_LEAST = 20
_LEAST_NARROW = 24


def _least(width: int, folded: Sequence[bool]) -> int:
    """Cells that an open column has at least; whoever folds columns wants more of them."""
    return _LEAST if width >= NARROW or any(folded) else _LEAST_NARROW


def run_of(width: int, folded: Sequence[bool], first: int) -> range:
    """The places of the columns that are shown in ``width`` cells, from ``first`` if possible.

    Always one at least (where there is any), and as many as fit: at the right end the run
    begins further to the left.
    """
    count = len(folded)
    if not count:
        return range(0)
    least = _least(width, folded)

    def cost(at: int) -> int:
        return FOLDED if folded[at] else least

    start = max(0, min(first, count - 1))
    stop, used = start + 1, cost(start)
    while stop < count and used + cost(stop) <= width:
        used += cost(stop)
        stop += 1
    while start and used + cost(start - 1) <= width:
        start -= 1
        used += cost(start)
    return range(start, stop)


def first_with(x: int, width: int, folded: Sequence[bool], first: int) -> int:
    """Where the run begins so that column ``x`` is in it, moved as little as can be."""
    run = run_of(width, folded, first)
    if x in run or x < run.start:
        return min(x, run.start)
    start = run.start
    while x not in run_of(width, folded, start) and start < x:
        start += 1
    return start


def widths(width: int, folded: Sequence[bool]) -> list[int]:
    """Cells of each column of a run; open ones share what folded ones leave, to a cell."""
    open_ones = sum(not is_folded for is_folded in folded)
    left = width - FOLDED * (len(folded) - open_ones)
    out: list[int] = []
    for is_folded in folded:
        if is_folded:
            out.append(FOLDED)
        else:
            out.append(max(1, left // open_ones))
            left -= out[-1]
            open_ones -= 1
    return out
