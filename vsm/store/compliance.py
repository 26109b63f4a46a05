"""Reads what auditors ask for: which items make up a population, and controls as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.model.control.audit import ControlText, Counted, Counting, LeftOut
from vsm.model.control.control import Control
from vsm.model.entities import GRANT
from vsm.model.governance_entities import CONTROL
from vsm.model.role import Grant, GrantSpan
from vsm.store.entity_history import versions

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_STREAM_AT = """(SELECT s.stream FROM visit v JOIN stage s ON s.id = v.stage
        WHERE v.item = d.item ORDER BY v.entered <= d.at DESC,
        CASE WHEN v.entered <= d.at THEN -v.n ELSE v.n END LIMIT 1)"""
"""The stream that an item ``d.item`` was in at a moment ``d.at``, or came to first."""
_DEPLOYMENTS = """
    SELECT e.item, e.id, e.at, json_extract(e.details, '$.env') AS env, e.status,
        lower(json_extract(e.details, '$.env')) GLOB 'prod*'
        OR lower(json_extract(e.details, '$.env')) GLOB 'live*' AS production
    FROM evidence e WHERE e.kind = 'deployment' AND e.at < :end AND NOT EXISTS(
        SELECT 1 FROM evidence o WHERE o.item = e.item AND o.kind = e.kind AND o.ref = e.ref
        AND o.id > e.id AND o.at < :end)
"""
"""The deployments up to the end of a window: of each what was recorded last."""
_STOOD = """
    SELECT t.item, t.n, s.stream, s.category,
        CASE WHEN s.category IN ('done', 'dropped') THEN (
            SELECT w.entered FROM visit w WHERE w.item = t.item AND w.n > coalesce((
                SELECT max(x.n) FROM visit x JOIN stage y ON y.id = x.stage WHERE x.item = t.item
                AND x.n < t.n AND (y.category <> s.category OR y.stream <> s.stream)), -1)
            ORDER BY w.n LIMIT 1) END AS ended
    FROM (SELECT v.item, coalesce(max(CASE WHEN v.entered < :end THEN v.n END), min(v.n)) AS n
        FROM visit v GROUP BY v.item) t
    JOIN visit u ON u.item = t.item AND u.n = t.n JOIN stage s ON s.id = u.stage
    WHERE s.stream = :stream
"""
"""Where items stood at the end of a window, and since when they were finished or dropped."""

QUERIES: dict[Counting, str] = {
    Counting.DEPLOYED: f"""
        WITH deployment AS ({_DEPLOYMENTS}), d AS (
            SELECT item, min(at) AS at, id FROM deployment
            WHERE production AND status <> 'failure' AND at >= :first GROUP BY item)
        SELECT d.item, d.at, coalesce((SELECT max(j.seq) FROM journal j
            WHERE j.item = d.item AND j.kind = 'evidence_added'
            AND json_extract(j.payload, '$.evidence') = d.id), 0), 0
        FROM d WHERE {_STREAM_AT} = :stream ORDER BY d.item
    """,
    Counting.FINISHED: f"""
        WITH stood AS ({_STOOD})
        SELECT f.item, f.ended, coalesce(
            (SELECT max(j.seq) FROM journal j WHERE j.item = f.item AND j.at = f.ended
                AND j.kind IN ('item_added', 'item_moved', 'item_transferred')),
            (SELECT max(j.seq) FROM journal j WHERE j.item = f.item
                AND j.kind = 'item_history_imported'), 0), 0
        FROM stood f WHERE f.category = 'done' AND f.ended >= :first AND f.ended < :end
        ORDER BY f.item
    """,
    Counting.ACTIVE: f"""
        WITH stood AS ({_STOOD})
        SELECT f.item, min(coalesce(f.ended, :end - 1), :end - 1), coalesce(
            (SELECT min(j.seq) FROM journal j WHERE j.item = f.item), 0),
            f.category = 'dropped' AND f.ended < :end
        FROM stood f JOIN item i ON i.id = f.item
        WHERE i.created < :end AND (f.ended IS NULL OR f.ended >= :first)
        ORDER BY f.item
    """,
}
"""The query of each way to count, for one stream and a window in UTC microseconds."""
_LEFT_OUT = f"""
    WITH deployment AS ({_DEPLOYMENTS})
    SELECT min(d.env), d.production, count(*) FROM deployment d
    WHERE d.at >= :first AND NOT (d.production AND d.status <> 'failure')
        AND {_STREAM_AT} = :stream
    GROUP BY lower(d.env), d.production ORDER BY lower(d.env)
"""


def counted(
    conn: sqlite3.Connection, by: Counting, stream: int, first: int, end: int
) -> list[Counted]:
    """The items of a stream that a window holds, archived ones too."""
    values = {"stream": stream, "first": first, "end": end}
    rows = conn.execute(QUERIES[by], values)
    return [Counted(item, at, seq, bool(dropped)) for item, at, seq, dropped in rows]


def left_out(conn: sqlite3.Connection, stream: int, first: int, end: int) -> list[LeftOut]:
    """The deployments of a window that make no item count, by environment."""
    values = {"stream": stream, "first": first, "end": end}
    rows = conn.execute(_LEFT_OUT, values)
    return [LeftOut(env, bool(production), count) for env, production, count in rows]


def query(by: Counting) -> str:
    """The query of a way to count, on one line."""
    return " ".join(QUERIES[by].split())


def control_texts(conn: sqlite3.Connection) -> list[ControlText]:
    """Every text that a control had, in the order of the journal."""
    texts: list[ControlText] = []
    for one in versions(conn, CONTROL):
        lists = {name: tuple(one.values[name]) for name in ("refs", "examples")}
        control = Control(**{**one.values, **lists, "id": one.id})
        texts.append(ControlText(control, one.seq, one.since, one.by, one.until))
    return texts


def grants(conn: sqlite3.Connection) -> list[GrantSpan]:
    """Every role that somebody held, in the order of the journal."""
    return [
        GrantSpan(Grant(**{**one.values, "id": one.id}), *one[2:]) for one in versions(conn, GRANT)
    ]
