"""The pace of a stream without numpy: what the ages on cards are held against.

Equals :func:`vsm.features.metrics.stage_times.pace` over the window of the header (tested).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from vsm.model.item import Quality, Visit
from vsm.model.rules import (
    LEVELS,
    SLE_PERCENT,
    Days,
    absences_of,
    days_elsewhere,
    nearest_rank,
    runs_backwards,
)
from vsm.model.stream import ValueStream
from vsm.store.board import WINDOW, since, until

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


def pace(
    conn: sqlite3.Connection,
    stream: ValueStream,
    days: Days,
    now: int,
    levels: Sequence[int] = LEVELS,
) -> dict[int, tuple[int, ...]]:
    """By stage id the inclusive ages at which 50, 70, 85 and 95% of what finished in the 90 days
    of the header had passed the stage; empty where nothing did.
    """
    end, _ = until(conn, stream.id, now)
    first = since(end, WINDOW, stream.zone)
    order, place = stream.order, stream.index
    starting = [n for n, stage in enumerate(order) if stage.id in stream.starting]
    rows = conn.execute(
        "SELECT v.item, f.start, f.finish, v.stage, v.entered, v.left FROM item_flow f"
        " JOIN item i ON i.id = f.item JOIN visit v ON v.item = f.item"
        " WHERE f.stream = ? AND f.finish >= ? AND f.finish <= ? AND f.start IS NOT NULL"
        " AND i.quality = ? AND (i.transferred = 0"
        " OR v.stage IN (SELECT id FROM stage WHERE stream = ?)) ORDER BY v.item, v.n",
        (stream.id, first, end, Quality.FULL.value, stream.id),
    )
    ages: list[list[int]] = [[] for _ in starting]
    # The last stage that work takes now is passed at the finish, whatever way the item took.
    last = max((n for n, at in enumerate(starting) if not order[at].retired), default=-1)
    for (_, start, finish), group in groupby(rows, key=lambda row: row[:3]):
        visits = [Visit._make(row[3:]) for row in group]
        if runs_backwards((visit.entered, visit.stage) for visit in visits):
            continue
        absences = absences_of(visits)
        passed = [start] * len(starting)
        source = None
        for stage, entered, _ in visits:
            target = place[stage]
            if source is not None:
                for n, at in enumerate(starting):
                    if source <= at < target:
                        passed[n] = entered
            source = target
        passed[last:] = [finish] * len(passed[last:])
        for n, at in enumerate(passed):
            away = days_elsewhere(absences, days, start, at) if absences else 0
            ages[n].append(days.between(start, max(start, at)) - away)
    if not ages or not ages[0]:
        return {}
    out = {}
    for n, at in enumerate(starting):
        ages[n].sort()
        out[order[at].id] = tuple(nearest_rank(ages[n], level) for level in levels)
    return out


def stays(
    conn: sqlite3.Connection, stream: ValueStream, now: int, percent: int = SLE_PERCENT
) -> dict[int, int]:
    """By stage id the microseconds that a percentage of what finished in the 90 days of the header
    spent there at most, all visits of an item together; done and dropped stages are left out.
    """
    end, _ = until(conn, stream.id, now)
    first = since(end, WINDOW, stream.zone)
    rows = conn.execute(
        "SELECT v.item, v.stage, v.entered, v.left FROM item_flow f"
        " JOIN item i ON i.id = f.item JOIN visit v ON v.item = f.item"
        " WHERE f.stream = ? AND f.finish >= ? AND f.finish <= ?"
        " AND i.quality = ? AND (i.transferred = 0"
        " OR v.stage IN (SELECT id FROM stage WHERE stream = ?)) ORDER BY v.item, v.n",
        (stream.id, first, end, Quality.FULL.value, stream.id),
    )
    spent: dict[int, list[int]] = {}
    for _, group in groupby(rows, key=lambda row: row[0]):
        visits = [row[1:] for row in group]
        if runs_backwards((entered, stage) for stage, entered, _ in visits):
            continue
        sums: dict[int, int] = {}
        for stage, entered, left in visits:
            if not stream.stage(stage).category.ended and left is not None:
                sums[stage] = sums.get(stage, 0) + left - entered
        for stage, total in sums.items():
            spent.setdefault(stage, []).append(total)
    return {stage: nearest_rank(sorted(totals), percent) for stage, totals in spent.items()}
