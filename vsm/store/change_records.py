"""Reads the record of all items of a stream: moves, evidence, links, defects that came of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING

from vsm.model.control.facts import logins_of
from vsm.model.control.records import ChangeRecords, Past
from vsm.model.entities import MEMBER, TEAM
from vsm.model.governance_entities import ALIAS, MODE
from vsm.model.item import Item, Visit
from vsm.model.stream import ValueStream
from vsm.store import entities
from vsm.store.evidence import records
from vsm.store.rows import ITEM, item_of

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_DEFECTS = """
    WITH bad(key, created) AS (
        SELECT key, created FROM item WHERE flow_type = 'defect' OR type_fold = 'incident')
    SELECT i.id, b.created, b.key FROM item i JOIN link l ON l.source = i.key
    JOIN bad b ON b.key = l.target WHERE i.stream = ?1
    UNION
    SELECT i.id, b.created, b.key FROM item i JOIN link l ON l.target = i.key
    JOIN bad b ON b.key = l.source WHERE i.stream = ?1
    ORDER BY 1, 2, 3
"""


def read(
    conn: sqlite3.Connection,
    stream: ValueStream,
    past: Past,
    only: Collection[int] | None = None,
) -> ChangeRecords:
    """The records of a stream's items, or of ``only`` these, wherever they are by now.

    Of the latter defects are left out.
    """
    if only is None:
        where, values = "i.stream = ?1", (str(stream.id),)
    else:
        where, values = "i.id IN (SELECT value FROM json_each(?1))", (json.dumps(list(only)),)
    rows = conn.execute(f"{ITEM} WHERE {where} ORDER BY i.id", values)
    items: dict[int, Item] = {item.id: item for item in map(item_of, rows)}
    visits: dict[int, list[Visit]] = {item: [] for item in items}
    rows = conn.execute(
        "SELECT v.item, v.stage, v.entered, v.left FROM visit v JOIN item i ON i.id = v.item"
        f" WHERE {where} ORDER BY v.item, v.n",
        values,
    )
    for number, *visit in rows:
        visits[number].append(Visit(*visit))
    return ChangeRecords(
        stream,
        items,
        visits,
        records(conn, items),
        entities.titles(conn, TEAM),
        logins_of(entities.read_all(conn, MEMBER), entities.read_all(conn, ALIAS)),
        entities.read_all(conn, MODE),
        past,
        _defects(conn, stream.id) if only is None else {},
    )


def _defects(conn: sqlite3.Connection, stream: int) -> dict[int, tuple[tuple[int, str], ...]]:
    out: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for item, created, key in conn.execute(_DEFECTS, (stream,)):
        out[item].append((created, key))
    return {item: tuple(defects) for item, defects in out.items()}
