"""Reads what auditors ask for: which items make up a population, and controls as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.model.control.audit import ControlText, Counted, Counting
from vsm.model.control.control import Control
from vsm.model.entities import GRANT
from vsm.model.governance_entities import CONTROL
from vsm.model.role import Grant, GrantSpan
from vsm.store.entity_history import versions

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

QUERIES: dict[Counting, str] = {
    Counting.DEPLOYED: """
        SELECT e.item, min(e.at), coalesce((SELECT max(j.seq) FROM journal j
            WHERE j.item = e.item AND j.kind = 'evidence_added'
            AND json_extract(j.payload, '$.evidence') = e.id), 0)
        FROM evidence e JOIN item i ON i.id = e.item
        WHERE i.stream = :stream AND e.kind = 'deployment' AND e.status <> 'failure'
            AND (lower(json_extract(e.details, '$.env')) GLOB 'prod*'
                OR lower(json_extract(e.details, '$.env')) GLOB 'live*')
            AND e.at >= :first AND e.at < :end
        GROUP BY e.item ORDER BY e.item
    """,
    Counting.FINISHED: """
        SELECT f.item, f.finish, coalesce(
            (SELECT max(j.seq) FROM journal j WHERE j.item = f.item AND j.at = f.finish
                AND j.kind IN ('item_added', 'item_moved', 'item_transferred')),
            (SELECT max(j.seq) FROM journal j WHERE j.item = f.item
                AND j.kind = 'item_history_imported'), 0)
        FROM item_flow f
        WHERE f.stream = :stream AND f.finish >= :first AND f.finish < :end
        ORDER BY f.item
    """,
    Counting.ACTIVE: """
        SELECT i.id, min(coalesce(f.finish, :end - 1), :end - 1), coalesce(
            (SELECT min(j.seq) FROM journal j WHERE j.item = i.id), 0)
        FROM item i JOIN stage s ON s.id = i.stage LEFT JOIN item_flow f ON f.item = i.id
        WHERE i.stream = :stream AND i.created < :end AND s.category <> 'dropped'
            AND (f.finish IS NULL OR f.finish >= :first)
        ORDER BY i.id
    """,
}
"""The query of each way to count, for one stream and a window in UTC microseconds."""


def counted(
    conn: sqlite3.Connection, by: Counting, stream: int, first: int, end: int
) -> list[Counted]:
    """The items of a stream that a window holds, archived ones too."""
    values = {"stream": stream, "first": first, "end": end}
    return [Counted(*row) for row in conn.execute(QUERIES[by], values)]


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
