"""Compares the projected tables of a database with a replay of its journal.

The replay fills tables in memory, beside the file that is attached read-only: nothing is written
to the file or to a folder of temporary files, and no trigger of the file can fire.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import zip_longest
from operator import itemgetter
from typing import Any

from vsm.store import journal
from vsm.store.projection import Projector
from vsm.store.schema import PROJECTED
from vsm.store.sqlite import sqlite3
from vsm.store.tables import create_indexes, create_tables

Row = tuple[Any, ...]


def find_difference(uri: str, tables: Collection[str]) -> tuple[str, Row] | None:
    """Return the first of ``tables`` that differs from the journal, with a row that differs.

    ``uri`` names the database as SQLite's ``ATTACH`` takes it. Raises whatever a damaged or
    forged journal makes SQLite or the projection raise.
    """
    conn = sqlite3.connect(":memory:", uri=True, isolation_level=None)
    try:
        conn.execute("PRAGMA temp_store=MEMORY")
        conn.execute("PRAGMA trusted_schema=OFF")
        conn.execute("PRAGMA cell_size_check=ON")
        conn.execute("ATTACH ? AS examined", (uri,))
        conn.execute("BEGIN")
        # Names of the projected tables mean those in memory, ``journal`` that of the file.
        create_tables(conn, indexes=False)
        Projector(conn).apply_all(journal.read(conn))
        create_indexes(conn)
        for table in PROJECTED:
            if table in tables:
                row = _compare_rows(conn, table)
                if row is not None:
                    return table, row
        return None
    finally:
        conn.close()


def _compare_rows(conn: sqlite3.Connection, table: str) -> Row | None:
    """Return a row of the file, or else of the replay, that the other one does not have.

    Rows are compared here rather than by ``EXCEPT``, which takes ``pay-1`` for ``PAY-1`` where
    a column ignores case, and several equal rows for one.
    """
    columns = conn.execute(f"PRAGMA main.table_info({table})").fetchall()
    parts = [column for column in sorted(columns, key=itemgetter(5)) if column[5]]
    key = ", ".join(f'"{column[1]}"' for column in parts)
    stored = conn.execute(f"SELECT * FROM examined.{table} ORDER BY {key}")
    replayed = conn.execute(f"SELECT * FROM main.{table} ORDER BY {key}")
    for row, expected in zip_longest(stored, replayed):
        if row != expected:
            return tuple(row if row is not None else expected)
    return None
