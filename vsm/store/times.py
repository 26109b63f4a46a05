"""Reads starts, finishes and durations of items in a stream from their visits there."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from vsm.model.item import Quality, Visit
from vsm.model.rules import Days, Times, absences_of, as_of, times_of
from vsm.model.stream import ValueStream
from vsm.store.flow_rows import EVER

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_VISITS = (
    "SELECT i.id, i.quality, v.stage, v.entered, v.left FROM item i JOIN visit v ON v.item = i.id"
    " WHERE v.stage IN (SELECT id FROM stage WHERE stream = ?1) AND {} ORDER BY i.id, v.n"
)


class Known(NamedTuple):
    """The times of an item, and since when it is in its stage or beyond: its first entry there,
    moved on by the time in another stream since.
    """

    times: Times
    stage_from: int


def transferred_times(
    conn: sqlite3.Connection, stream: ValueStream, days: Days, at: int
) -> dict[int, Known]:
    """What is known at a moment of the items that were in this stream and in another, by id."""
    sql = _VISITS.format(f"i.transferred = 1 AND {EVER}")
    return _known(conn.execute(sql, (stream.id,)), stream, days, at)


def item_times(
    conn: sqlite3.Connection, items: Iterable[int], stream: ValueStream, days: Days, at: int
) -> dict[int, Known]:
    """What is known at a moment of those of these items that had been in the stream by then."""
    sql = _VISITS.format("i.id IN (SELECT value FROM json_each(?2))")
    rows = conn.execute(sql, (stream.id, json.dumps(sorted(items))))
    return _known(rows, stream, days, at)


def _known(
    rows: Iterable[tuple[int, str, int, int, int | None]],
    stream: ValueStream,
    days: Days,
    at: int,
) -> dict[int, Known]:
    out = {}
    for (item, quality), group in groupby(rows, itemgetter(0, 1)):
        visits = as_of((Visit._make(row[2:]) for row in group), at)
        if not visits:
            continue
        absences = absences_of(visits)
        entries = [(visit.entered, visit.stage) for visit in visits]
        times = times_of(entries, stream, days, Quality(quality), absences)
        since = next(visit.entered for visit in visits if visit.stage == visits[-1].stage)
        away = sum(back - gone for gone, back in absences if gone >= since)
        out[item] = Known(times, since + away)
    return out


def remaining_times(
    conn: sqlite3.Connection, stream: int, since: int, until: int
) -> dict[int, list[int]]:
    """By stage id the microseconds, ascending, that items took from their first entry there to
    their finish, of those that finished from one moment to another. Time in another stream is left
    out, and so are items whose moves run backwards in time.
    """
    took: dict[int, list[int]] = defaultdict(list)
    finished = (
        " FROM item_flow f JOIN item i ON i.id = f.item JOIN visit v ON v.item = f.item"
        " WHERE f.stream = ? AND f.finish BETWEEN ? AND ? AND f.lead_days IS NOT NULL"
        " AND i.transferred = {}"
    )
    for stage, time in conn.execute(
        f"SELECT v.stage, f.finish - min(v.entered){finished.format(0)} GROUP BY f.item, v.stage",
        (stream, since, until),
    ):
        took[stage].append(time)
    moved = conn.execute(
        f"SELECT f.item, f.finish, v.stage, v.entered, v.left{finished.format(1)}"
        " AND v.stage IN (SELECT id FROM stage WHERE stream = f.stream) ORDER BY f.item, v.n",
        (stream, since, until),
    )
    for (_, finish), group in groupby(moved, itemgetter(0, 1)):
        visits = [Visit._make(row[2:]) for row in group]
        absences = absences_of(visits)
        first: dict[int, int] = {}
        for visit in visits:
            first.setdefault(visit.stage, visit.entered)
        for stage, entered in first.items():
            away = (back - gone for gone, back in absences if gone >= entered and back <= finish)
            took[stage].append(finish - entered - sum(away))
    return {stage: sorted(times) for stage, times in took.items()}
