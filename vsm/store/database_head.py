"""Reads where the journal of another database file stands: a backup as a record of the journal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from vsm.date_form import write_day
from vsm.model.errors import BadInput
from vsm.model.journal_head import RecordedHead
from vsm.model.rules import local
from vsm.store import journal
from vsm.store.opening import read_header
from vsm.store.reading import open_for_reading
from vsm.store.schema_check import compare_schema
from vsm.store.sqlite import explain, sqlite3


def read_database_head(path: Path) -> RecordedHead:
    """Where the journal of a database stands; raises :class:`BadInput` for what has none."""
    read_header(path)
    with _opened(path) as conn:
        if "journal" not in compare_schema(conn).readable:
            raise BadInput(f"{path.name} has no journal of vsm's", "name a backup of the database")
        seq, digest, at = journal.anchor(conn)
    day = "" if at is None else write_day(local(at, "UTC").date())
    return RecordedHead(path.name, seq, digest, lambda: _read_hashes(path), day)


def _read_hashes(path: Path) -> Iterator[tuple[int, str]]:
    with _opened(path) as conn:
        for seq, digest in conn.execute("SELECT seq, hash FROM journal ORDER BY seq"):
            yield seq, bytes(digest).hex()


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    conn, _ = open_for_reading(path)
    try:
        yield conn
    except sqlite3.Error as error:
        raise explain(error, path) from error
    finally:
        conn.close()
