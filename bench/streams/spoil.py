"""What people make of a history: days instead of hours, moves told late, items left lying."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from math import floor

from bench.streams.simulate import Visit

ABANDONED = 0.04
"""Share of the items that nobody moves any further from some stage on."""
LATE, HOURS = 0.5, 5.0
"""Share of the moves that are told late, and by how many hours in the mean."""


def spoil(visits: tuple[Visit, ...], seed: int) -> tuple[Visit, ...]:
    """The same history as people would have kept it, still ordered by time.

    A move is told late or on time, never before the one before it; what is left is its day.
    """
    luck = random.Random(f"{seed} spoilt")
    items: dict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        items[visit.item].append(visit)
    out: list[Visit] = []
    for mine in items.values():
        if luck.random() < ABANDONED and len(mine) > 1:
            mine = mine[: luck.randint(1, len(mine) - 1)]
        told = 0.0
        for visit in mine:
            late = luck.expovariate(24 / HOURS) if luck.random() < LATE else 0.0
            told = max(told, visit.at + late)
            out.append(replace(visit, at=float(floor(told))))
    return tuple(sorted(out, key=lambda visit: visit.at))
