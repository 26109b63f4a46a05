"""Make and drop the projected tables and their indexes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vsm.store.schema import INDEXES, JOURNAL, PROJECTED

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


def create_tables(conn: sqlite3.Connection, *, indexes: bool = True) -> None:
    """Make the projected tables, empty."""
    for sql in PROJECTED.values():
        conn.execute(sql)
    if indexes:
        create_indexes(conn)


def create_indexes(conn: sqlite3.Connection) -> None:
    """Make the indexes of the projected tables."""
    for sql in INDEXES:
        conn.execute(sql)


@contextmanager
def indexes_afterwards(conn: sqlite3.Connection, *, enabled: bool) -> Iterator[None]:
    """While very many rows go in, do without indexes and make them once at the end.

    Inside the caller's transaction, which on a failure brings the indexes back too.
    """
    if enabled:
        for sql in INDEXES:
            conn.execute(f"DROP INDEX {sql.split()[2]}")
    yield
    if enabled:
        create_indexes(conn)


def drop_tables(conn: sqlite3.Connection) -> None:
    """Drop every projected table that is there, and what somebody put in the place of one."""
    kinds = dict(conn.execute("SELECT name, type FROM sqlite_schema WHERE type <> 'trigger'"))
    for name in reversed(PROJECTED):
        if name in kinds:
            conn.execute(f"DROP {'VIEW' if kinds[name] == 'view' else 'TABLE'} {name}")


def restore_triggers(conn: sqlite3.Connection) -> None:
    """Have the triggers and the index of the journal as vsm defines them, and no other trigger."""
    stored = conn.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for (name,) in stored:
        quoted = name.replace('"', '""')
        conn.execute(f'DROP TRIGGER "{quoted}"')
    for sql in JOURNAL:
        words = " ".join(sql.split())
        if words.startswith("CREATE TRIGGER"):
            conn.execute(sql)
        elif words.startswith("CREATE UNIQUE INDEX"):
            conn.execute(words.replace("INDEX", "INDEX IF NOT EXISTS", 1))
