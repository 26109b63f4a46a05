"""The items of a stand-up: work in progress from right to left, the oldest first in each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.model.query_tree import Query
from vsm.model.stream import ValueStream
from vsm.store.board import clause

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


def in_progress(
    conn: sqlite3.Connection, stream: ValueStream, query: Query, now: int
) -> tuple[int, ...]:
    """The ids of items that are started and unfinished, through a filter, in walking order."""
    sql, params = clause(conn, stream, query, now)
    out: list[int] = []
    for stage in reversed(stream.line):
        if stage.category.ended:
            continue
        rows = conn.execute(
            "SELECT i.id FROM item i JOIN item_flow f ON f.item = i.id"
            f" WHERE i.stage = ? AND i.archived = 0 AND f.start IS NOT NULL{sql}"
            " ORDER BY f.age_from, i.entered, i.id",
            [stage.id, *params],
        )
        out += [item for (item,) in rows]
    return tuple(out)
