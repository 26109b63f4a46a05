"""The journal: append-only, hash-chained, the only truth.

Each row's hash is SHA-256 over the previous hash and every other column of the row (the
payload by its own hash), so that an edited, deleted or reordered row shows, and texts can be taken
out without breaking the chain (:mod:`vsm.store.redaction`).
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from vsm.model.journal_head import Anchor
from vsm.store.chain import (
    GENESIS,
    REDACTED,
    chained,
    digest,
    encoded,
    redactions,
)
from vsm.store.people import People

if TYPE_CHECKING:
    from vsm.model.event import Recorded
    from vsm.store.bulk_events import Row
    from vsm.store.sqlite import sqlite3

COLUMNS = (
    "seq, grp, undoes, item, item_version, at, recorded_at, actor, session, source,"
    " source_event_id, stream, kind, v, payload, payload_hash, hash"
)
_INSERT = f"INSERT INTO journal({COLUMNS}) VALUES({', '.join('?' * 17)})"
# An undo is never bulk; and pysqlite3 takes ten times as long to bind NULL as to bind a number.
_INSERT_STATED = f"INSERT INTO journal({COLUMNS}) VALUES(?, ?, NULL, {', '.join('?' * 14)})"
_STATED = "item_history_imported"


def head(conn: sqlite3.Connection) -> tuple[int, bytes]:
    """Position and hash of the last row, ``(0, GENESIS)`` in an empty journal."""
    row = conn.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return (int(row[0]), bytes(row[1])) if row else (0, GENESIS)


def anchor(conn: sqlite3.Connection) -> Anchor:
    """Where the journal stands."""
    sql = "SELECT seq, hash, recorded_at FROM journal ORDER BY seq DESC LIMIT 1"
    seq, digest, at = conn.execute(sql).fetchone() or (0, GENESIS, None)
    return Anchor(int(seq), bytes(digest).hex(), at)


def holds(conn: sqlite3.Connection, seq: int, digest: bytes) -> bool:
    """Whether the entry at a position is the one with this hash; an empty start is everywhere."""
    return not seq or hash_at(conn, seq) == digest


def rows_after(conn: sqlite3.Connection, seq: int) -> Iterator[tuple[Any, ...]]:
    """Entries after a position, with the columns in the order of :data:`COLUMNS`."""
    return conn.execute(f"SELECT {COLUMNS} FROM journal WHERE seq > ? ORDER BY seq", (seq,))


def append(conn: sqlite3.Connection, rows: Iterable[Recorded], last: bytes) -> bytes:
    """Write events at the end of the journal; returns the new head's hash."""
    from vsm.model.event import VERSION, dump

    out: list[tuple[Any, ...]] = []
    for r in rows:
        payload = dump(r.event)
        body = hashlib.sha256(payload.encode()).digest()
        columns = (
            r.seq,
            r.grp,
            r.undoes,
            r.item,
            r.item_version,
            r.at,
            r.recorded_at,
            r.actor.column,
            r.session,
            r.source,
            r.source_event_id,
            r.stream,
            r.event.kind,
            VERSION,
        )
        last = digest(last, columns, body)
        out.append((*columns, payload, body, last))
    insert(conn, out)
    return last


def insert(conn: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows whose hashes are known, with the columns in the order of :data:`COLUMNS`."""
    conn.executemany(_INSERT, rows)


def append_stated(
    conn: sqlite3.Connection,
    rows: Iterable[tuple[Row, bytes]],
    last: bytes,
    *,
    grp: int,
    at: int,
    who: tuple[str, str, str],
) -> bytes:
    """Write item histories and their payloads as :func:`append` writes their events.

    What all rows have in common, and ``who`` (actor, session, source) made them, is encoded once.
    """
    from vsm.model.event import VERSION

    group, common = encoded((grp, None)), encoded((at, at, *who))
    kind = encoded((_STATED, VERSION))
    out: list[tuple[Any, ...]] = []
    for (seq, version, history), payload in rows:
        item, key, stream = history.item, history.source_key, history.stream
        text = f"{seq},{group},{item},{version},{common},{len(key)}:{key},{stream},{kind}"
        body = hashlib.sha256(payload).digest()
        last = chained(last, text, body)
        row = (seq, grp, item, version, at, at, *who, key, stream, _STATED, VERSION)
        # bytes, like NULL, take pysqlite3 ten times as long to bind as a bytearray
        out.append((*row, payload.decode(), bytearray(body), bytearray(last)))
    conn.executemany(_INSERT_STATED, out)
    return last


def redacted_entries(conn: sqlite3.Connection) -> dict[int, str]:
    """What entries became from which texts were taken out, by their position."""
    out: dict[int, str] = {}
    sql = "SELECT payload FROM journal WHERE kind = ? ORDER BY seq"
    for (payload,) in conn.execute(sql, (REDACTED,)):
        with contextlib.suppress(ValueError, TypeError, KeyError):  # a fault that its turn tells
            out.update(redactions(payload))
    return out


def hash_at(conn: sqlite3.Connection, seq: int) -> bytes | None:
    """Hash of the entry at a position, :data:`GENESIS` at 0; ``None`` where there is no entry."""
    if seq == 0:
        return GENESIS
    row = conn.execute("SELECT hash FROM journal WHERE seq = ?", (seq,)).fetchone()
    return bytes(row[0]) if row else None


def read(
    conn: sqlite3.Connection, where: str = "", params: tuple[Any, ...] = ()
) -> Iterator[Recorded]:
    """Events in the order of the journal; ``where`` is a clause of this package's own making."""
    from vsm.model.event import Recorded, load

    people = People(conn)
    for row in conn.execute(f"SELECT {COLUMNS} FROM journal {where} ORDER BY seq", params):
        event = load(row[12], row[13], row[14])
        yield Recorded(*row[:7], people.read(row[7]), *row[8:12], event)  # type: ignore[call-arg]
