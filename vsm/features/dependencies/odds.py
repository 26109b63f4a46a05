"""Works out the odds of when items are finished, each after all that it waits for.

How long an item takes from its stage to its finish is taken from the items that finished lately,
each equally likely; items are held to be independent of each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import ceil

Days = Sequence[float]
"""Ascending numbers of days, each equally likely."""
KEPT = 60
"""Values that are kept of a distribution before two are combined."""


def at_share(days: Days, share: float) -> float:
    """The smallest number of days that at least this share takes at most (nearest rank)."""
    return days[max(0, ceil(round(share * len(days), 9)) - 1)]


def share_within(days: Days, limit: float) -> float:
    """The share that takes at most so many days."""
    return sum(value <= limit for value in days) / len(days)


def finish_days(pairs: Sequence[tuple[int, int]], takes: Mapping[int, Days]) -> dict[int, Days]:
    """By item the days until it is finished: the last of what it waits for, then its own.

    ``pairs`` are (blocker, waiting) without cycles. An item is left out where it, or anything that
    it waits for, has no known days.
    """
    after: dict[int, list[int]] = defaultdict(list)
    before: dict[int, list[int]] = defaultdict(list)
    for blocker, waiting in pairs:
        after[blocker].append(waiting)
        before[waiting].append(blocker)
    missing = {item: len(before[item]) for item in takes}
    todo = [item for item, n in missing.items() if not n]
    finish: dict[int, Days] = {}
    while todo:
        item = todo.pop()
        if takes[item] and all(blocker in finish for blocker in before[item]):
            days = takes[item]
            if before[item]:
                first, *others = (finish[blocker] for blocker in before[item])
                for other in others:
                    first = _combine(first, other, last=True)
                days = _combine(first, days)
            finish[item] = days
        for waiting in after[item]:
            missing[waiting] -= 1
            if not missing[waiting]:
                todo.append(waiting)
    return finish


def _combine(one: Days, other: Days, *, last: bool = False) -> Days:
    """Two distributions one after the other, or the later of the two."""
    a, b = _thin(one), _thin(other)
    return sorted(max(x, y) if last else x + y for x in a for y in b)


def _thin(days: Days) -> Days:
    """The same distribution in at most :data:`KEPT` values."""
    if len(days) <= KEPT:
        return days
    return [at_share(days, (n + 0.5) / KEPT) for n in range(KEPT)]
