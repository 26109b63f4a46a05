"""Open dependencies of the whole database: the items at their ends, the links, and how long things
took from each stage on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from vsm.model.board import OpenBlocker
from vsm.model.rules import Days
from vsm.model.stream import ValueStream
from vsm.store.flow_rows import FAR
from vsm.store.times import Known, item_times

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


StreamDays = Callable[[int], tuple[ValueStream, Days]]
"""A stream by its id, and the days of its zone."""


class Row(NamedTuple):
    """An unfinished item that blocks or waits, as it stands; moments are UTC microseconds.

    ``blocked`` is the kind of its blocker, ``since`` when that began; ids of stream and stage. Its
    age counts from ``age_from``, and what it took since it came to its stage from ``stage_from``.
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
    age_from: int | None
    stage_from: int


_LINKED = """
    SELECT i.id, i.key, i.title, coalesce(t.name, ''), i.created, f.start, i.due, b.kind,
        b.started, i.stream, i.stage, f.age_from,
        (SELECT min(v.entered) FROM visit v WHERE v.item = i.id AND v.stage = i.stage),
        i.transferred
    FROM item i JOIN stage s ON s.id = i.stage
        LEFT JOIN team t ON t.id = i.team LEFT JOIN item_flow f ON f.item = i.id
        LEFT JOIN block b ON b.id = i.blocked
    WHERE i.archived = 0 AND s.category NOT IN ('done', 'dropped')
        AND (EXISTS (SELECT 1 FROM link l WHERE l.source = i.key AND l.kind = 'blocks')
            OR EXISTS (SELECT 1 FROM link l WHERE l.target = i.key AND l.kind = 'blocks'))
    ORDER BY i.id
"""


def linked(conn: sqlite3.Connection, stream_days: StreamDays) -> list[Row]:
    """The unfinished items of all streams that block others or wait for them, by id."""
    rows = [(Row._make(row[:-1]), bool(row[-1])) for row in conn.execute(_LINKED)]
    moved: dict[int, list[int]] = defaultdict(list)
    for row, transferred in rows:
        if transferred:
            moved[row.stream].append(row.id)
    known: dict[int, Known] = {}
    for stream, items in moved.items():
        known |= item_times(conn, items, *stream_days(stream), FAR)
    return [
        row._replace(stage_from=known[row.id].stage_from) if row.id in known else row
        for row, _ in rows
    ]


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


def open_blockers(conn: sqlite3.Connection, stream: int) -> list[OpenBlocker]:
    """What blocks the unfinished items of a stream, the longest first.

    A line for each item that one waits for.
    """
    return [
        OpenBlocker._make((*row[:-2], bool(row[-2]), row[-1] or ""))
        for row in conn.execute(
            """
            SELECT i.id, i.key, b.kind, b.started, coalesce(a.key, ''), coalesce(t.name, ''),
                a.id IS NOT NULL AND (g.state IS 'delivered' OR a.archived = 1
                    OR s.category IN ('done', 'dropped')),
                b.reason
            FROM block b JOIN item i ON i.id = b.item JOIN stage o ON o.id = i.stage
                LEFT JOIN link l ON l.target = i.key AND l.kind = 'blocks'
                    AND b.kind = 'dependency'
                LEFT JOIN item a ON a.key = l.source LEFT JOIN stage s ON s.id = a.stage
                LEFT JOIN team t ON t.id = a.team
                LEFT JOIN agreement g ON g.source = l.source AND g.target = l.target
            WHERE i.stream = :stream AND i.archived = 0 AND b.ended IS NULL
                AND o.category NOT IN ('done', 'dropped')
            ORDER BY b.started, i.id, a.id
            """,
            {"stream": stream},
        )
    ]
