"""Reads what auditors ask for: which items make up a population, and controls as they were."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from vsm.model.control.audit import ControlText, Counted, Counting
from vsm.model.control.control import Control
from vsm.model.governance_entities import CONTROL
from vsm.store import journal

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
    from vsm.model import event as e

    texts: list[ControlText] = []
    current: dict[int, int] = {}
    marks = ", ".join("?" * len(CONTROL.kinds))
    for entry in journal.read(conn, f"WHERE kind IN ({marks})", CONTROL.kinds):
        event = entry.event
        if not isinstance(event, e.EntityAdded | e.EntityChanged | e.EntityRemoved):
            continue
        values: dict[str, Any] = {}
        last = current.pop(event.id, None)
        if last is not None:
            values = asdict(texts[last].control)
            texts[last] = replace(texts[last], until=entry.at)
        if isinstance(event, e.EntityRemoved):
            continue
        changes = event.values if isinstance(event, e.EntityAdded) else event.after
        values = {**values, **changes, "id": event.id}
        values |= {name: tuple(values[name]) for name in ("refs", "examples")}
        current[event.id] = len(texts)
        texts.append(ControlText(Control(**values), entry.seq, entry.at, entry.actor.name))
    return texts
