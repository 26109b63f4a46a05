"""Reads what an overview shows of a stream now, in a few queries and without numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.model.rules import Days, day_of, day_start
from vsm.model.stream import ValueStream
from vsm.model.stream_state import AgedItem, Finish, StreamState
from vsm.store.board import WINDOW, header, since

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


def stream_state(
    conn: sqlite3.Connection, stream: ValueStream, days: Days, now: int
) -> StreamState:
    """A stream as its board shows it now."""
    head = header(conn, stream, now)
    marks = ", ".join(str(stage.id) for stage in stream.order if not stage.category.ended)
    held: dict[int, int] = dict(
        conn.execute(
            f"SELECT stage, count(*) FROM item WHERE stage IN ({marks}) AND archived = 0"
            " GROUP BY stage"
        ).fetchall()
    )
    (blocked,) = conn.execute(
        f"SELECT count(*) FROM item WHERE stage IN ({marks}) AND archived = 0"
        " AND blocked IS NOT NULL"
    ).fetchone()
    (first_finish,) = conn.execute(
        "SELECT min(finish) FROM item_flow WHERE stream = ?", (stream.id,)
    ).fetchone()
    return StreamState(
        stream=stream,
        header=head,
        held=held,
        blocked=blocked,
        oldest=_oldest(conn, marks, days, now),
        finishes=_finishes(conn, stream, days, head.until),
        first_finish=first_finish,
    )


def _oldest(conn: sqlite3.Connection, marks: str, days: Days, now: int) -> AgedItem | None:
    """The item in progress with the highest age; of several the one that started first."""
    rows = (
        "FROM item i JOIN item_flow f ON f.item = i.id"
        f" WHERE i.stage IN ({marks}) AND i.archived = 0 AND f.start <= ?"
    )
    (first,) = conn.execute(f"SELECT min(f.age_from) {rows}", (now,)).fetchone()
    if first is None:
        return None
    next_day = day_start(day_of(days.number(first) + 1), days.zone)
    id, key, title, stage, since = conn.execute(
        f"SELECT i.id, i.key, i.title, i.stage, f.age_from {rows} AND f.age_from < ?"
        " ORDER BY f.start, i.id LIMIT 1",
        (now, next_day),
    ).fetchone()
    return AgedItem(id, key, title, stage, days.between(since, max(since, now)))


def _finishes(
    conn: sqlite3.Connection, stream: ValueStream, days: Days, end: int
) -> tuple[Finish, ...]:
    return tuple(
        Finish(days.number(finish), cycle)
        for finish, cycle in conn.execute(
            "SELECT finish, cycle_days FROM item_flow WHERE stream = ? AND finish >= ?"
            " AND finish <= ?",
            (stream.id, since(end, WINDOW, stream.zone), end),
        )
    )
