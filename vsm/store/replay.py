"""Drop the projected tables and fill them again from the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from vsm.store import journal
from vsm.store.projection import Projector
from vsm.store.tables import create_indexes, create_tables, drop_tables

if TYPE_CHECKING:
    from vsm.model.event import Recorded
    from vsm.store.sqlite import sqlite3


def replay(conn: sqlite3.Connection, progress: Callable[[int, int], None] | None = None) -> int:
    """Rebuild every projected table inside the caller's transaction; returns the events read.

    Indexes are made afterwards, which is quicker than keeping them while filling.
    """
    conn.execute("PRAGMA defer_foreign_keys = ON")
    total, _ = journal.head(conn)
    drop_tables(conn)
    create_tables(conn, indexes=False)
    seen = 0

    def entries() -> Iterator[Recorded]:
        nonlocal seen
        for recorded in journal.read(conn):
            seen += 1
            if progress is not None and seen % 1000 == 0:
                progress(seen, total)
            yield recorded

    Projector(conn).apply_all(entries())
    create_indexes(conn)
    if progress is not None:
        progress(total, total)
    return seen
