"""Reads the record of items beside their fields: moves and who made them, evidence, links."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from vsm.model.control.evidence import Evidence, EvidenceKind
from vsm.model.control.facts import PARTS, Entry, Linked, OnRecord, Part
from vsm.store.people import People

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_MANY = 500
"""Items that are read at once."""
_ENTERED = "'item_added', 'item_moved', 'item_transferred'"
_CHOSEN = "(SELECT value FROM json_each(?1))"
_STATE = "CASE s.category WHEN 'done' THEN 'done' WHEN 'dropped' THEN 'dropped' ELSE 'open' END"
_LINKS = f"""
    WITH mine(id, key) AS (SELECT id, key FROM item WHERE id IN {_CHOSEN}),
    ends(id, kind, other) AS (
        SELECT m.id, CASE l.kind WHEN 'parent' THEN 'child' ELSE l.kind END, l.target
        FROM link l JOIN mine m ON l.source = m.key
        UNION
        SELECT m.id, CASE l.kind WHEN 'blocks' THEN 'blocked-by' ELSE l.kind END, l.source
        FROM link l JOIN mine m ON l.target = m.key
        UNION
        SELECT m.id, 'child', i.key FROM item i JOIN mine m ON i.parent = m.key
        UNION
        SELECT m.id, 'parent', i.parent FROM item i JOIN mine m ON i.id = m.id
        WHERE i.parent IS NOT NULL
    )
    SELECT e.id, e.kind, e.other, coalesce((SELECT {_STATE} FROM item i
        JOIN stage s ON s.id = i.stage WHERE i.key = e.other), 'unknown')
    FROM ends e ORDER BY e.id, e.kind, e.other
"""


def records(
    conn: sqlite3.Connection, items: Collection[int], parts: Collection[Part] = PARTS
) -> dict[int, OnRecord]:
    """The record of each of these items, by id; of it no more than these parts."""
    ids = list(items)
    by_item: dict[int, OnRecord] = {}
    for start in range(0, len(ids), _MANY):
        part = ids[start : start + _MANY]
        chosen = (json.dumps(part),)
        entries, authors = _people_parts(conn, chosen, parts)
        evidence = _evidence(conn, chosen) if Part.EVIDENCE in parts else {}
        links = _links(conn, chosen) if Part.LINKS in parts else {}
        emergencies = _emergencies(conn, chosen) if Part.EMERGENCIES in parts else {}
        for item in part:
            by_item[item] = OnRecord(
                entries.get(item, ()),
                evidence.get(item, ()),
                links.get(item, ()),
                emergencies.get(item, ()),
                authors.get(item, ""),
            )
    return by_item


def _people_parts(
    conn: sqlite3.Connection, chosen: tuple[str], parts: Collection[Part]
) -> tuple[dict[int, list[Entry]], dict[int, str]]:
    """The entries of items into stages with who moved them, and who added them."""
    entries: dict[int, list[Entry]] = defaultdict(list)
    if Part.ENTRIES not in parts and Part.AUTHOR not in parts:
        return entries, {}
    movers, authors = _movers(conn, chosen)
    if Part.ENTRIES in parts:
        for item, stage, at in conn.execute(
            "SELECT v.item, s.name, v.entered FROM visit v JOIN stage s ON s.id = v.stage"
            f" WHERE v.item IN {_CHOSEN} ORDER BY v.item, v.n",
            chosen,
        ):
            entries[item].append(Entry(stage, at, movers.get((item, at), "")))
    return entries, authors if Part.AUTHOR in parts else {}


def _movers(
    conn: sqlite3.Connection, chosen: tuple[str]
) -> tuple[dict[tuple[int, int], str], dict[int, str]]:
    """Who moved an item at a moment, by both, and who added it, as vsm or an import knows it."""
    people = People(conn)
    movers: dict[tuple[int, int], str] = {}
    authors: dict[int, str] = {}
    rows = conn.execute(
        "SELECT item, kind, json_extract(payload, '$.transitions') FROM journal"
        f" WHERE item IN {_CHOSEN} AND kind = 'item_history_imported' ORDER BY seq",
        chosen,
    )
    for item, _, transitions in rows:
        for at, _, _, by in json.loads(transitions):
            movers[item, at] = by
    rows = conn.execute(
        f"SELECT item, at, actor, kind FROM journal WHERE item IN {_CHOSEN}"
        f" AND kind IN ({_ENTERED}) ORDER BY seq",
        chosen,
    )
    for item, at, actor, kind in rows:
        movers[item, at] = people.read(actor).name
        if kind == "item_added":
            authors[item] = movers[item, at]
    return movers, authors


def _evidence(conn: sqlite3.Connection, chosen: tuple[str]) -> dict[int, list[Evidence]]:
    """All evidence, in the order in which it was recorded."""
    out: dict[int, list[Evidence]] = defaultdict(list)
    rows = conn.execute(
        "SELECT id, item, kind, ref, at, by, status, details, sha256, origin, recorded_at,"
        f" recorded_by FROM evidence WHERE item IN {_CHOSEN} ORDER BY id",
        chosen,
    )
    for number, item, kind, ref, at, by, status, details, *rest in rows:
        out[item].append(
            Evidence(
                number, item, EvidenceKind(kind), ref, at, by, status, json.loads(details), *rest
            )
        )
    return out


def _links(conn: sqlite3.Connection, chosen: tuple[str]) -> dict[int, list[Linked]]:
    out: dict[int, list[Linked]] = defaultdict(list)
    for item, *link in conn.execute(_LINKS, chosen):
        out[item].append(Linked(*link))
    return out


def _emergencies(conn: sqlite3.Connection, chosen: tuple[str]) -> dict[int, list[tuple[int, str]]]:
    """Moments and reasons of the emergencies in which items passed, the earliest first.

    A move that was undone was none.
    """
    out: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows: Iterable[tuple[int, int, str]] = conn.execute(
        f"SELECT DISTINCT e.item, e.at, e.emergency FROM evaluation e WHERE e.item IN {_CHOSEN}"
        " AND e.emergency <> '' AND EXISTS(SELECT 1 FROM visit v WHERE v.item = e.item"
        " AND v.entered = e.at AND v.stage = e.target) ORDER BY e.item, e.at",
        chosen,
    )
    for item, at, reason in rows:
        out[item].append((at, reason))
    return out
