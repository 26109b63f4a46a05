"""Reads the record of all items of a stream: moves, evidence, links, defects that came of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING

from vsm.model.control.records import ChangeRecords, Past
from vsm.model.entities import MEMBER, TEAM
from vsm.model.governance_entities import ALIAS, MODE
from vsm.model.item import Visit
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
    """The records of a stream's items, or of some of them."""
    chosen = json.dumps(None if only is None else sorted(only))
    some = "(json_type(?2) = 'null' OR i.id IN (SELECT value FROM json_each(?2)))"
    rows = conn.execute(f"{ITEM} WHERE i.stream = ?1 AND {some} ORDER BY i.id", (stream.id, chosen))
    items = {item.id: item for item in map(item_of, rows)}
    visits: dict[int, list[Visit]] = {item: [] for item in items}
    rows = conn.execute(
        "SELECT v.item, v.stage, v.entered, v.left FROM item i JOIN visit v ON v.item = i.id"
        f" WHERE i.stream = ?1 AND {some} ORDER BY v.item, v.n",
        (stream.id, chosen),
    )
    for number, *visit in rows:
        visits[number].append(Visit(*visit))
    logins = {member.id: member.login for member in entities.read_all(conn, MEMBER)}
    aliases = entities.read_all(conn, ALIAS)
    return ChangeRecords(
        stream,
        items,
        visits,
        records(conn, items),
        entities.titles(conn, TEAM),
        {alias.name.casefold(): logins.get(alias.member, alias.name) for alias in aliases},
        entities.read_all(conn, MODE),
        past,
        _defects(conn, stream.id),
    )


def _defects(conn: sqlite3.Connection, stream: int) -> dict[int, tuple[tuple[int, str], ...]]:
    out: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for item, created, key in conn.execute(_DEFECTS, (stream,)):
        out[item].append((created, key))
    return {item: tuple(defects) for item, defects in out.items()}
