"""Small questions that the reader asks: positions, names, keys, words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vsm.model.board import Change, ItemSummary
from vsm.model.entities import VIEW
from vsm.model.item import Item
from vsm.model.query import SavedView
from vsm.store import entities
from vsm.store.rows import ITEM, item_of

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


def position(conn: sqlite3.Connection) -> int:
    """The journal's last position."""
    return int(conn.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0])


def data_version(conn: sqlite3.Connection) -> int:
    """A number that changes when another connection has committed."""
    return int(conn.execute("PRAGMA data_version").fetchone()[0])


def changes_after(conn: sqlite3.Connection, after: int) -> list[Change]:
    """What was recorded after a position, oldest first."""
    from vsm.store import changes, journal

    return changes.describe_entries(conn, list(journal.read(conn, "WHERE seq > ?", (after,))))


def stream_names(conn: sqlite3.Connection) -> list[tuple[int, str, str]]:
    """``(id, name, folded name)`` of all streams, by name."""
    return conn.execute("SELECT id, name, name_fold FROM stream ORDER BY name_fold").fetchall()


def latest_stream(conn: sqlite3.Connection) -> int:
    """The stream in which something happened last; there must be one."""
    (latest,) = conn.execute(
        "SELECT id FROM stream ORDER BY coalesce(last_activity, 0) DESC, id LIMIT 1"
    ).fetchone()
    return int(latest)


def zone_of_item(conn: sqlite3.Connection, item: int) -> str | None:
    """The zone of the stream that an item is in."""
    row = conn.execute(
        "SELECT s.zone FROM item i JOIN stream s ON s.id = i.stream WHERE i.id = ?", (item,)
    ).fetchone()
    return str(row[0]) if row else None


def views(conn: sqlite3.Connection, stream: int | None = None) -> list[SavedView]:
    """Saved views for a stream and those for all (``None``: every one), by name."""
    views = entities.read_all(conn, VIEW)
    return [view for view in views if stream is None or view.only in (None, stream)]


def item(conn: sqlite3.Connection, item_id: int) -> Item | None:
    """The item with this id."""
    row = conn.execute(f"{ITEM} WHERE i.id = ?", (item_id,)).fetchone()
    return item_of(row) if row else None


def item_by_key(conn: sqlite3.Connection, key: str) -> Item | None:
    """The item with this key, letter case ignored."""
    row = conn.execute(f"{ITEM} WHERE i.key = ?", (key.strip(),)).fetchone()
    return item_of(row) if row else None


def only(ids: Iterable[int]) -> Fits:
    """The clause that only items with these ids fit."""
    return " AND i.id IN (SELECT value FROM json_each(?))", [json.dumps(list(ids))]


def by_stream(conn: sqlite3.Connection, ids: Iterable[int]) -> dict[int, list[int]]:
    """The items with these ids that are there, by the stream that they are in."""
    out: dict[int, list[int]] = {}
    rows = conn.execute(
        "SELECT stream, id FROM item WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(ids)),),
    )
    for stream, item in rows:
        out.setdefault(stream, []).append(item)
    return out


def briefs(conn: sqlite3.Connection, ids: Iterable[int]) -> list[ItemSummary]:
    """The items with these ids that are there, in board order within their stage."""
    rows = conn.execute(
        "SELECT id, key, title, stream, stage, version, owner, blocked IS NOT NULL, archived"
        " FROM item WHERE id IN (SELECT value FROM json_each(?))"
        " ORDER BY stage, expedite DESC, rank, id",
        (json.dumps(list(ids)),),
    )
    return [ItemSummary._make((*row[:7], bool(row[7]), bool(row[8]))) for row in rows]


def keys_like(
    conn: sqlite3.Connection, text: str, stream: int | None = None, limit: int = 20
) -> list[tuple[str, str]]:
    """``(key, title)`` of items whose key begins with the text, then those that contain it."""
    folded = text.strip().casefold()
    scope: tuple[str, tuple[int, ...]] = (
        ("", ())
        if stream is None
        else (
            " AND stream = ?",
            (stream,),
        )
    )
    return conn.execute(
        f"SELECT key, title FROM item WHERE instr(search, ?) > 0{scope[0]}"
        " ORDER BY substr(search, 1, ?) <> ?, length(key), key LIMIT ?",
        (folded, *scope[1], len(folded), folded, limit),
    ).fetchall()


_WORDS = {
    "owner": "owner FROM item WHERE stream = ? AND owner IS NOT NULL",
    "type": "type FROM item WHERE stream = ?",
    "label": "j.value FROM item i, json_each(i.labels) j WHERE i.stream = ?",
}


def words(conn: sqlite3.Connection, field: str, stream: int) -> list[str]:
    """Values of ``owner``, ``type`` or ``label`` in a stream, the most frequent first."""
    rows = conn.execute(
        f"SELECT {_WORDS[field]} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 500", (stream,)
    )
    return [row[0] for row in rows]


def import_mapping(conn: sqlite3.Connection, stream: int) -> dict[str, str]:
    """Status → name of its stage by the stream's imports, later ones first.

    It is ``""`` for a status that was left out on purpose.
    """
    rows = conn.execute(
        "SELECT mapping FROM import_run WHERE stream = ? AND withdrawn = 0 ORDER BY id", (stream,)
    ).fetchall()
    names = dict(conn.execute("SELECT id, name FROM stage WHERE stream = ?", (stream,)).fetchall())
    names[0] = ""
    out: dict[str, str] = {}
    for (mapping,) in rows:
        out |= {status: names[i] for status, i in json.loads(mapping).items() if i in names}
    return out


Fits = tuple[str, list[Any]]
"""What a filter means as SQL over ``item i``, and its parameters."""
ALL: Fits = ("", [])


def keys_of(conn: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    """The keys of items by id."""
    rows = conn.execute(
        "SELECT id, key FROM item WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return dict(rows.fetchall())


def activity(conn: sqlite3.Connection, stream: int) -> tuple[int, int] | None:
    """The first creation of an item of the stream and its last recorded move."""
    row = conn.execute(
        "SELECT (SELECT min(created) FROM item WHERE stream = ?1), last_activity FROM stream"
        " WHERE id = ?1",
        (stream,),
    ).fetchone()
    return None if row is None or None in row else (int(row[0]), int(row[1]))


def imported_later(conn: sqlite3.Connection, stream: int | None, at: int) -> bool:
    """Whether an item that there was at a moment, in a stream or in any, was imported after it."""
    (exists,) = conn.execute(
        "SELECT EXISTS(SELECT 1 FROM item i JOIN imported m ON m.item = i.id"
        " JOIN journal g ON g.seq = m.seq WHERE (?1 IS NULL OR i.stream = ?1)"
        " AND i.created <= ?2 AND g.recorded_at > ?2)",
        (stream, at),
    ).fetchone()
    return bool(exists)
