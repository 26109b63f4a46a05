"""The log: entries of the journal in words, chosen by who, what, when and where."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vsm.model.actor import ActorKind
from vsm.model.board import Change, LogEntry, LogFilter
from vsm.store.people import People

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_ONCE = 500
_NUMBER = "CAST(substr(actor, instr(actor, ':') + 1) AS INTEGER)"
_OTHERS = " AND ".join(
    f"actor NOT GLOB '{kind}:*'" for kind in ActorKind if kind is not ActorKind.PERSON
)


def entries(conn: sqlite3.Connection, chosen: LogFilter) -> Iterator[LogEntry]:
    """Entries of the journal, newest first, read some at a time.

    In the log of all, an import is one line: the histories that came with it are left out.
    """
    from vsm.store import changes, journal

    where, params = _where(conn, chosen)
    left, before = chosen.limit, 2**63 - 1
    while left is None or left > 0:
        once = _ONCE if left is None else min(_ONCE, left)
        some = f"SELECT seq FROM journal WHERE seq < ? AND {where} ORDER BY seq DESC LIMIT {once}"
        rows = list(journal.read(conn, f"WHERE seq IN ({some})", (before, *params)))
        in_words = changes.describe_entries(conn, rows)
        hashes = [(journal.hash_at(conn, row.seq) or b"").hex() for row in rows]
        for row, change, digest in reversed(list(zip(rows, in_words, hashes, strict=True))):
            yield LogEntry(change, row.event.kind, row.source, row.undoes, digest)
        if len(rows) < once:
            return
        before = rows[0].seq
        left = None if left is None else left - len(rows)


def changes_of(
    conn: sqlite3.Connection, *, limit: int = 50, item: int | None = None, late: bool = False
) -> list[Change]:
    """The latest changes, newest first, of one item or of all, or the ``late`` ones."""
    return [entry.change for entry in entries(conn, LogFilter(limit, item, late=late))]


def names(conn: sqlite3.Connection) -> list[str]:
    """Everybody who is in the journal."""
    read = People(conn).read
    return sorted({read(a).name for (a,) in conn.execute("SELECT DISTINCT actor FROM journal")})


def kinds(conn: sqlite3.Connection) -> list[str]:
    """The kinds of entries that are in the journal."""
    return [k for (k,) in conn.execute("SELECT DISTINCT kind FROM journal ORDER BY kind")]


def _where(conn: sqlite3.Connection, chosen: LogFilter) -> tuple[str, list[Any]]:
    clauses: list[str] = []
    params: list[Any] = []

    def only(clause: str, *values: Any) -> None:
        clauses.append(clause)
        params.extend(values)

    if chosen.item is not None:
        only("item = ?", chosen.item)
    else:
        only("kind <> 'item_history_imported'")
    if chosen.late:
        only("at < recorded_at AND json_extract(payload, '$.late')")
    if chosen.by is not None:
        number = People(conn).number_of(chosen.by)
        only(f"(actor = ? OR (instr(actor, ':') > 0 AND {_NUMBER} = ?))", chosen.by, number)
    if chosen.actor_kind is ActorKind.PERSON:
        only(_OTHERS)
    elif chosen.actor_kind is not None:
        only("actor GLOB ?", f"{chosen.actor_kind}:*")
    if chosen.kinds:
        only("kind IN (SELECT value FROM json_each(?))", json.dumps(chosen.kinds))
    if chosen.stream is not None:
        only("stream = ?", chosen.stream)
    if chosen.since is not None:
        only("recorded_at >= ?", chosen.since)
    if chosen.until is not None:
        only("recorded_at < ?", chosen.until)
    return " AND ".join(clauses), params
