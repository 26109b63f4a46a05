"""Open dependencies of the whole database: the items at their ends, the links, and how long things
took from each stage on.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from vsm.model.board import OpenBlocker

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


class Row(NamedTuple):
    """An unfinished item that blocks or waits, as it stands; moments are UTC microseconds.

    ``blocked`` is the kind of its blocker, ``since`` when that began; ids of stream and stage.
    """

    id: int
    key: str
    title: str
    team: str
    created: int
    start: int | None
    due: str | None
    blocked: str | None
    since: int | None
    stream: int
    stage: int


_LINKED = """
    SELECT i.id, i.key, i.title, coalesce(t.name, ''), i.created, f.start, i.due, b.kind,
        b.started, i.stream, i.stage
    FROM item i JOIN stage s ON s.id = i.stage
        LEFT JOIN team t ON t.id = i.team LEFT JOIN item_flow f ON f.item = i.id
        LEFT JOIN block b ON b.id = i.blocked
    WHERE i.archived = 0 AND s.category NOT IN ('done', 'dropped')
        AND (EXISTS (SELECT 1 FROM link l WHERE l.source = i.key AND l.kind = 'blocks')
            OR EXISTS (SELECT 1 FROM link l WHERE l.target = i.key AND l.kind = 'blocks'))
    ORDER BY i.id
"""


def linked(conn: sqlite3.Connection) -> list[Row]:
    """The unfinished items of all streams that block others or wait for them, by id."""
    return [Row(*row) for row in conn.execute(_LINKED)]


def links(conn: sqlite3.Connection) -> list[tuple[int, int, str | None, str | None]]:
    """Every ``blocks`` link between two items that there are: (blocker, waiting) by id, and what
    was agreed on: its state and the date by which it is needed. What is delivered is left out.
    """
    return conn.execute(
        "SELECT DISTINCT a.id, b.id, g.state, g.need_by FROM link l"
        " JOIN item a ON a.key = l.source JOIN item b ON b.key = l.target"
        " LEFT JOIN agreement g ON g.source = l.source AND g.target = l.target"
        " WHERE l.kind = 'blocks' AND g.state IS NOT 'delivered'"
    ).fetchall()


def remaining(
    conn: sqlite3.Connection, stream: int, since: int, until: int
) -> dict[int, list[int]]:
    """By stage id the times that items took from their first entry there to their finish, in
    microseconds and ascending, of those that finished from one moment to another.

    Items whose moves run backwards in time tell nothing and are left out.
    """
    took: dict[int, list[int]] = defaultdict(list)
    for stage, time in conn.execute(
        "SELECT v.stage, f.finish - min(v.entered) FROM item_flow f JOIN visit v ON v.item = f.item"
        " WHERE f.stream = ? AND f.finish BETWEEN ? AND ? AND f.lead_days IS NOT NULL"
        " GROUP BY f.item, v.stage",
        (stream, since, until),
    ):
        took[stage].append(time)
    return {stage: sorted(times) for stage, times in took.items()}


def open_blockers(conn: sqlite3.Connection, stream: int, at: int | None) -> list[OpenBlocker]:
    """What blocks the unfinished items of a stream, now or at a moment, the longest first.

    A line for each item that one waits for. Links and stages are those of now.
    """
    return [
        OpenBlocker._make((*row[:-1], bool(row[-1])))
        for row in conn.execute(
            """
            SELECT i.id, i.key, b.kind, b.started, coalesce(a.key, ''), coalesce(t.name, ''),
                a.id IS NOT NULL AND (g.state IS 'delivered' OR a.archived = 1
                    OR s.category IN ('done', 'dropped'))
            FROM block b JOIN item i ON i.id = b.item JOIN stage o ON o.id = i.stage
                LEFT JOIN link l ON l.target = i.key AND l.kind = 'blocks'
                    AND b.kind = 'dependency'
                LEFT JOIN item a ON a.key = l.source LEFT JOIN stage s ON s.id = a.stage
                LEFT JOIN team t ON t.id = a.team
                LEFT JOIN agreement g ON g.source = l.source AND g.target = l.target
            WHERE i.stream = :stream AND i.archived = 0
                AND o.category NOT IN ('done', 'dropped')
                AND (CASE WHEN :at IS NULL THEN b.ended IS NULL
                    ELSE b.started <= :at AND (b.ended IS NULL OR b.ended > :at) END)
            ORDER BY b.started, i.id, a.id
            """,
            {"stream": stream, "at": at},
        )
    ]
