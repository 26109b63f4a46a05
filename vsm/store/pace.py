"""The pace of a stream without numpy: what the ages on cards are held against.

Equals :func:`vsm.features.metrics.stage_times.pace` over the window of the header (tested).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from vsm.model.item import Quality
from vsm.model.rules import LEVELS, Days, nearest_rank, runs_backwards
from vsm.model.stream import ValueStream
from vsm.store.board import WINDOW, since, until

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


def pace(
    conn: sqlite3.Connection, stream: ValueStream, days: Days, now: int
) -> dict[int, tuple[int, ...]]:
    """By stage id the inclusive ages at which 50, 70, 85 and 95% of what finished in the 90 days
    of the header had passed the stage; empty where nothing did.
    """
    end, _ = until(conn, stream.id, now)
    first = since(end, WINDOW, stream.zone)
    order, place = stream.order, stream.index
    starting = [n for n, stage in enumerate(order) if stage.id in stream.starting]
    rows = conn.execute(
        "SELECT v.item, f.start, v.stage, v.entered FROM item_flow f"
        " JOIN item i ON i.id = f.item JOIN visit v ON v.item = f.item"
        " WHERE f.stream = ? AND f.finish >= ? AND f.finish <= ? AND f.start IS NOT NULL"
        " AND i.quality = ? AND (i.transferred = 0"
        " OR v.stage IN (SELECT id FROM stage WHERE stream = ?)) ORDER BY v.item, v.n",
        (stream.id, first, end, Quality.FULL.value, stream.id),
    )
    ages: list[list[int]] = [[] for _ in starting]
    for (_, start), group in groupby(rows, key=lambda row: (row[0], row[1])):
        visits = [(entered, stage) for *_, stage, entered in group]
        if runs_backwards(visits):
            continue
        passed = [start] * len(starting)
        source = None
        for entered, stage in visits:
            target = place[stage]
            if source is not None:
                for n, at in enumerate(starting):
                    if source <= at < target:
                        passed[n] = entered
            source = target
        for n, at in enumerate(passed):
            ages[n].append(days.between(start, max(start, at)))
    if not ages or not ages[0]:
        return {}
    out = {}
    for n, at in enumerate(starting):
        ages[n].sort()
        out[order[at].id] = tuple(nearest_rank(ages[n], level) for level in LEVELS)
    return out
