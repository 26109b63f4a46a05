"""Asks a filter about the fields that items had at a moment of the past.

Clauses of a filter are SQL over ``item i``. Items whose fields were others then are put in its
place with those; all others are asked as they are.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vsm.store.fields import COLUMNS, columns_of
from vsm.store.past_facts import PastFacts
from vsm.store.queries import Fits
from vsm.store.rows import ITEM, item_of

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_KEPT = "id, stream, stage, created, entered, blocked, quality, transferred"
"""Columns that are no fields: what of them is of then is worked out by the clauses themselves."""
_THEN = (
    f"SELECT {_KEPT}, {', '.join(COLUMNS)} FROM item"
    " WHERE id NOT IN (SELECT json_extract(value, '$[0]') FROM json_each(?))"
    f" UNION ALL SELECT {', '.join(f'm.{name}' for name in _KEPT.split(', '))}, "
    + ", ".join(f"json_extract(c.value, '$[{n}]')" for n in range(1, len(COLUMNS) + 1))
    + " FROM json_each(?) c JOIN item m ON m.id = json_extract(c.value, '$[0]')"
)


def of_then(conn: sqlite3.Connection, facts: PastFacts, fits: Fits, at: int) -> Fits:
    """The clause that asks about the fields of a moment (UTC microseconds)."""
    sql, params = fits
    if not sql:
        return fits
    items, values = items_then(conn, facts, at)
    return f" AND i.id IN (SELECT i.id FROM {items} WHERE 1{sql})", [*values, *params]


def items_then(conn: sqlite3.Connection, facts: PastFacts, at: int) -> tuple[str, list[Any]]:
    """The table ``item i`` with the fields of a moment, as SQL with its parameters."""
    changed = [item for item in facts.edits if facts.fields(item, at)]
    if not changed:
        return "item i", []
    rows = conn.execute(
        f"{ITEM} WHERE i.id IN (SELECT value FROM json_each(?))", (json.dumps(changed),)
    )
    items = [facts.item(item_of(row), at) for row in rows]
    then = json.dumps([(item.id, *columns_of(item.key, item, item.team)) for item in items])
    return f"({_THEN}) i", [then, then]
