"""Spoils a history as people do: days instead of hours, moves recorded late, abandoned items."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from math import floor

from bench.streams.simulate import Visit

ABANDONED = 0.04
"""Share of the items that nobody moves any further from some stage on."""
LATE, HOURS = 0.5, 5.0
"""Share of the moves that are recorded late, and by how many hours in the mean."""


def spoil(visits: tuple[Visit, ...], seed: int) -> tuple[Visit, ...]:
    """The same history as people would have recorded it, still ordered by time.

    A move is recorded late or on time, never before the one before it; only its day is kept.
    """
    rng = random.Random(f"{seed} spoilt")
    items: dict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        items[visit.item].append(visit)
    out: list[Visit] = []
    for moves in items.values():
        if rng.random() < ABANDONED and len(moves) > 1:
            moves = moves[: rng.randint(1, len(moves) - 1)]
        recorded = 0.0
        for visit in moves:
            late = rng.expovariate(24 / HOURS) if rng.random() < LATE else 0.0
            recorded = max(recorded, visit.at + late)
            out.append(replace(visit, at=float(floor(recorded))))
    return tuple(sorted(out, key=lambda visit: visit.at))
