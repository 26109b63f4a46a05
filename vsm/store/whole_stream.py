"""A stream as a whole, for what leaves the program: its items with all visits and blockers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from vsm.model.board import BlockLine, WholeItem
from vsm.model.item import BlockerKind, Visit
from vsm.store.rows import ITEM, item_of

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


def items(conn: sqlite3.Connection, stream: int) -> Iterator[WholeItem]:
    """Every item of a stream by id, archived ones too; visits are those in its own stages."""
    visits = groupby(
        conn.execute(
            "SELECT v.item, v.stage, v.entered, v.left FROM item i JOIN visit v ON v.item = i.id"
            " WHERE i.stream = ?1 AND (i.transferred = 0"
            " OR v.stage IN (SELECT id FROM stage WHERE stream = ?1)) ORDER BY i.id, v.n",
            (stream,),
        ),
        itemgetter(0),
    )
    blocks: dict[int, list[BlockLine]] = {}
    for of, kind, reason, by, started, ended in conn.execute(
        "SELECT b.item, b.kind, b.reason, b.by, b.started, b.ended FROM block b"
        " JOIN item i ON i.id = b.item WHERE i.stream = ? ORDER BY b.id",
        (stream,),
    ):
        blocks.setdefault(of, []).append(BlockLine(BlockerKind(kind), reason, by, started, ended))
    stays = {of: tuple(Visit(*row[1:]) for row in rows) for of, rows in visits}
    for row in conn.execute(f"{ITEM} WHERE i.stream = ? ORDER BY i.id", (stream,)):
        item = item_of(row)
        yield WholeItem(item, stays.get(item.id, ()), tuple(blocks.get(item.id, ())))


def links(conn: sqlite3.Connection) -> list[tuple[str, str, str, str | None, str | None]]:
    """All links, parents among them, each once and in order: kind, source key, target key, and what
    was agreed on of one that blocks, its state and the day by which it is needed.
    """
    rows = conn.execute(
        "SELECT DISTINCT l.kind, l.source, l.target, g.state, g.need_by FROM link l"
        " LEFT JOIN agreement g ON l.kind = 'blocks' AND g.source = l.source"
        " AND g.target = l.target"
        " UNION SELECT 'parent', parent, key, NULL, NULL FROM item WHERE parent IS NOT NULL"
    )
    return sorted(rows.fetchall(), key=lambda row: row[:3])
