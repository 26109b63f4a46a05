"""Reads the record of an item beside its fields: moves and who made them, evidence, links."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vsm.model.control.evidence import Evidence, EvidenceKind
from vsm.model.control.facts import Entry, Linked, OnRecord
from vsm.store.people import People

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_ENTERED = "'item_added', 'item_moved', 'item_transferred'"
_STATE = """CASE s.category WHEN 'done' THEN 'done' WHEN 'dropped' THEN 'dropped' ELSE 'open' END"""
_LINKS = f"""
    SELECT CASE WHEN l.kind = 'blocks' AND l.source = ?1 THEN 'blocks'
                WHEN l.kind = 'blocks' THEN 'blocked-by'
                WHEN l.kind = 'parent' AND l.source = ?1 THEN 'child'
                WHEN l.kind = 'parent' THEN 'parent' ELSE l.kind END,
           CASE WHEN l.source = ?1 THEN l.target ELSE l.source END AS other,
           coalesce((SELECT {_STATE} FROM item i JOIN stage s ON s.id = i.stage
                     WHERE i.key = CASE WHEN l.source = ?1 THEN l.target ELSE l.source END),
                    'unknown')
    FROM link l WHERE l.source = ?1 OR l.target = ?1
    UNION ALL
    SELECT 'child', i.key, {_STATE} FROM item i JOIN stage s ON s.id = i.stage WHERE i.parent = ?1
    UNION ALL
    SELECT 'parent', i.parent, coalesce((SELECT {_STATE} FROM item p JOIN stage s ON s.id = p.stage
                                         WHERE p.key = i.parent), 'unknown')
    FROM item i WHERE i.key = ?1 AND i.parent IS NOT NULL
    ORDER BY 1, 2
"""


def on_record(conn: sqlite3.Connection, item: int) -> OnRecord:
    """What is on record about an item now; nothing where there is no such item."""
    row = conn.execute("SELECT key FROM item WHERE id = ?", (item,)).fetchone()
    if row is None:
        return OnRecord()
    people = People(conn)
    entries, author = _entries(conn, people, item)
    return OnRecord(
        entries,
        evidence(conn, item),
        [Linked(*link) for link in conn.execute(_LINKS, (row[0],))],
        emergencies(conn, item),
        author,
    )


def _entries(conn: sqlite3.Connection, people: People, item: int) -> tuple[list[Entry], str]:
    """Where the item was, with who moved it, and who added it."""
    movers: dict[int, str] = {}
    author = ""
    rows = conn.execute(
        f"SELECT at, actor, kind FROM journal WHERE item = ? AND kind IN ({_ENTERED}) ORDER BY seq",
        (item,),
    )
    for at, actor, kind in rows:
        movers[at] = people.read(actor).name
        author = movers[at] if kind == "item_added" else author
    imported = conn.execute(
        "SELECT payload FROM journal WHERE item = ? AND kind = 'item_history_imported'"
        " ORDER BY seq DESC LIMIT 1",
        (item,),
    ).fetchone()
    for at, _, _, by in json.loads(imported[0])["transitions"] if imported else ():
        movers.setdefault(at, by)
    visits = conn.execute(
        "SELECT s.name, v.entered FROM visit v JOIN stage s ON s.id = v.stage"
        " WHERE v.item = ? ORDER BY v.n",
        (item,),
    )
    return [Entry(stage, at, movers.get(at, "")) for stage, at in visits], author


def evidence(conn: sqlite3.Connection, item: int) -> list[Evidence]:
    """All evidence about an item, in the order in which it was recorded."""
    rows = conn.execute(
        "SELECT id, item, kind, ref, at, by, status, details, sha256, origin, recorded_at,"
        " recorded_by FROM evidence WHERE item = ? ORDER BY id",
        (item,),
    )
    return [
        Evidence(number, item, EvidenceKind(kind), ref, at, by, status, json.loads(details), *rest)
        for number, item, kind, ref, at, by, status, details, *rest in rows
    ]


def emergencies(conn: sqlite3.Connection, item: int) -> list[tuple[int, str]]:
    """Moments and reasons of the emergencies in which an item passed, the earliest first."""
    return conn.execute(
        "SELECT DISTINCT at, emergency FROM evaluation WHERE item = ? AND emergency <> ''"
        " ORDER BY at",
        (item,),
    ).fetchall()
