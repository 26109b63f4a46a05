"""Finds fields of imported items that people edited here: they stay when the rest is restated."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from vsm.model.entities import TEAM
from vsm.model.history import ItemHistory
from vsm.store import entities, journal, queries

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_EDITS = (
    "SELECT m.source_key, m.item, m.seq, j.seq, c.key FROM imported m"
    " JOIN item i ON i.id = m.item JOIN journal j ON j.item = m.item,"
    " json_each(j.payload, '$.changes') c"
    " WHERE m.source = ?1 AND m.source_key IN (SELECT value FROM json_each(?2))"
    " AND i.version > 1 AND j.kind = 'item_edited'"
)


class KeptEdits(NamedTuple):
    """Values of fields that people edited: as they are ``now``, and as the last statement has them.

    What was edited after that statement is not in ``before``.
    """

    now: dict[str, Any]
    before: dict[str, Any]


def find_edits(
    conn: sqlite3.Connection, origin: str, histories: Iterable[ItemHistory]
) -> dict[str, KeptEdits]:
    """The edits of items of a source, by their ids there."""
    keys = json.dumps([history.source_key for history in histories])
    fields: defaultdict[str, set[str]] = defaultdict(set)
    earlier: defaultdict[str, set[str]] = defaultdict(set)
    places: dict[str, tuple[int, int]] = {}
    for source_key, number, statement_seq, seq, field in conn.execute(_EDITS, (origin, keys)):
        places[source_key] = (number, statement_seq)
        fields[source_key].add(field)
        if seq < statement_seq:
            earlier[source_key].add(field)
    if not places:
        return {}
    from vsm.model.event import ItemHistoryImported

    out: dict[str, KeptEdits] = {}
    for source_key, (number, seq) in places.items():
        item = queries.item(conn, number)
        now = {field: _value(conn, item, field) for field in fields[source_key]}
        (statement,) = journal.read(conn, "WHERE seq = ?", (seq,))
        assert isinstance(statement.event, ItemHistoryImported)
        facts = statement.event.fields
        before = {field: _value(conn, facts, field) for field in earlier[source_key]}
        out[source_key] = KeptEdits(now, before)
    return out


def _value(conn: sqlite3.Connection, holder: object, field: str) -> Any:
    """The value of a field as a history has it: a team by its name."""
    value = getattr(holder, field)
    if field == "team" and value is not None:
        team = entities.get(conn, TEAM, value)
        return team.name if team is not None else None
    return value


def with_values(history: ItemHistory, values: dict[str, Any]) -> ItemHistory:
    """The history with these values of fields."""
    return replace(history, **values) if values else history
