"""A stream as a whole, for what leaves the program: its items with all visits and blockers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from vsm.model.board import BlockLine, WholeItem
from vsm.model.item import BlockerKind, LinkKind, Visit
from vsm.store.flow_rows import EVER
from vsm.store.past_facts import PastFacts
from vsm.store.queries import keys_of
from vsm.store.rows import ITEM, item_of

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


Then = tuple[PastFacts, int]
"""What the journal knows of the past, and a moment."""


def items(conn: sqlite3.Connection, stream: int, then: Then | None = None) -> Iterator[WholeItem]:
    """Every item of a stream by id, archived ones too; visits are those in its own stages.

    As of a moment also those that have left the stream since, with the fields of then.
    """
    which = "i.stream = ?1" if then is None else EVER
    visits = groupby(
        conn.execute(
            "SELECT v.item, v.stage, v.entered, v.left FROM item i JOIN visit v ON v.item = i.id"
            f" WHERE {which} AND (i.transferred = 0"
            " OR v.stage IN (SELECT id FROM stage WHERE stream = ?1)) ORDER BY i.id, v.n",
            (stream,),
        ),
        itemgetter(0),
    )
    blocks: dict[int, list[BlockLine]] = {}
    for of, kind, reason, by, started, ended in conn.execute(
        "SELECT b.item, b.kind, b.reason, b.by, b.started, b.ended FROM block b"
        f" JOIN item i ON i.id = b.item WHERE {which} ORDER BY b.id",
        (stream,),
    ):
        blocks.setdefault(of, []).append(BlockLine(BlockerKind(kind), reason, by, started, ended))
    stays = {of: tuple(Visit(*row[1:]) for row in rows) for of, rows in visits}
    for row in conn.execute(f"{ITEM} WHERE {which} ORDER BY i.id", (stream,)):
        item, is_known = item_of(row), True
        if then is not None:
            facts, at = then
            item, is_known = facts.item(item, at), facts.is_known(item.id, at)
        yield WholeItem(item, stays.get(item.id, ()), tuple(blocks.get(item.id, ())), is_known)


def links(
    conn: sqlite3.Connection, then: Then | None = None
) -> list[tuple[str, str, str, str | None, str | None]]:
    """All links, parents among them, each once and in order: kind, source key, target key, and what
    was agreed on of one that blocks, its state and the day by which it is needed.
    """
    links = conn.execute("SELECT DISTINCT kind, source, target FROM link").fetchall()
    agreed = {
        (source.casefold(), target.casefold()): (state, need_by)
        for source, target, state, need_by in conn.execute(
            "SELECT source, target, state, need_by FROM agreement"
        )
    }
    rows = conn.execute("SELECT id, parent, key FROM item WHERE parent IS NOT NULL").fetchall()
    parents = {item: (parent, key) for item, parent, key in rows}
    if then is not None:
        facts, at = then
        links, agreed = facts.links_as_of(links, at), facts.agreements_as_of(agreed, at)
        parents |= _changed_parents(conn, facts, at)
    out = [
        (kind, source, target, *agreed.get((source.casefold(), target.casefold()), (None, None)))
        if kind == LinkKind.BLOCKS
        else (kind, source, target, None, None)
        for kind, source, target in links
    ]
    out += [("parent", parent, key, None, None) for parent, key in parents.values() if parent]
    return sorted(out, key=lambda row: row[:3])


def _changed_parents(
    conn: sqlite3.Connection, facts: PastFacts, at: int
) -> dict[int, tuple[str | None, str]]:
    """Parent and key of the items that had another parent at a moment."""
    changed = {
        item: fields["parent"]
        for item in facts.edits
        if "parent" in (fields := facts.fields(item, at))
    }
    keys = keys_of(conn, changed)
    return {item: (parent, keys[item]) for item, parent in changed.items() if item in keys}
