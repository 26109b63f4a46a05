"""Reads what an overview shows of a stream now, in a few queries and without numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vsm.model.query_tree import Query
from vsm.model.rules import Days, day_of, day_start
from vsm.model.stream import ValueStream
from vsm.model.stream_state import AgedItem, Finish, StreamState
from vsm.store.board import WINDOW, clause, open_columns, since, until, wip_of

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_Fits = tuple[str, list[Any]]


def stream_state(
    conn: sqlite3.Connection, stream: ValueStream, query: Query, days: Days, now: int
) -> StreamState:
    """A stream as its board shows it now through a filter."""
    fits = sql, params = clause(conn, stream, query, now)
    end, has_ended = until(conn, stream.id, now)
    marks = ", ".join(str(stage.id) for stage in stream.order if not stage.category.ended)
    wip = wip_of(conn, stream.id)
    (blocked,) = conn.execute(
        f"SELECT count(*) FROM item i WHERE stage IN ({marks}) AND archived = 0"
        f" AND blocked IS NOT NULL{sql}",
        params,
    ).fetchone()
    return StreamState(
        stream=stream,
        until=end,
        ended=has_ended,
        columns=open_columns(conn, stream, fits),
        wip=wip_of(conn, stream.id, fits) if query else wip,
        wip_of_all=wip,
        blocked=blocked,
        oldest=_oldest(conn, marks, fits, days, now),
        finishes=_finishes(conn, stream, fits, days, end),
        first_finish=_first_finish(conn, stream, fits),
    )


def _oldest(
    conn: sqlite3.Connection, marks: str, fits: _Fits, days: Days, now: int
) -> AgedItem | None:
    """The item in progress with the highest age; of several the one that started first."""
    sql, params = fits
    rows = (
        "FROM item i JOIN item_flow f ON f.item = i.id"
        f" WHERE i.stage IN ({marks}) AND i.archived = 0 AND f.start <= ?{sql}"
    )
    (first,) = conn.execute(f"SELECT min(f.age_from) {rows}", (now, *params)).fetchone()
    if first is None:
        return None
    next_day = day_start(day_of(days.number(first) + 1), days.zone)
    id, key, title, stage, since = conn.execute(
        f"SELECT i.id, i.key, i.title, i.stage, f.age_from {rows} AND f.age_from < ?"
        " ORDER BY f.start, i.id LIMIT 1",
        (now, *params, next_day),
    ).fetchone()
    return AgedItem(id, key, title, stage, days.between(since, max(since, now)))


def _finished(fits: _Fits) -> str:
    """The rows of what finished in a stream and fits; items are looked up for a filter only."""
    sql, _ = fits
    join = " JOIN item i ON i.id = f.item" if sql else ""
    return f"FROM item_flow f{join} WHERE f.stream = ?{sql}"


def _first_finish(conn: sqlite3.Connection, stream: ValueStream, fits: _Fits) -> int | None:
    (first,) = conn.execute(
        f"SELECT min(f.finish) {_finished(fits)}", (stream.id, *fits[1])
    ).fetchone()
    return None if first is None else int(first)


def _finishes(
    conn: sqlite3.Connection, stream: ValueStream, fits: _Fits, days: Days, end: int
) -> tuple[Finish, ...]:
    return tuple(
        Finish(days.number(finish), cycle)
        for finish, cycle in conn.execute(
            f"SELECT f.finish, f.cycle_days {_finished(fits)} AND f.finish >= ? AND f.finish <= ?",
            (stream.id, *fits[1], since(end, WINDOW, stream.zone), end),
        )
    )
