"""Looks up positions of the journal for reports, and whether anything was written since one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.model.report_entities import MADE_REPORT

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_OWN = ", ".join(f"'{kind}'" for kind in MADE_REPORT.kinds)
"""Kinds of the entries that reports themselves make; notes change the next one."""


def position_at(conn: sqlite3.Connection, moment: int) -> int:
    """The last entry that was recorded by a moment (UTC microseconds); 0 before the first."""
    row = conn.execute(
        "SELECT seq FROM journal WHERE recorded_at <= ? ORDER BY seq DESC LIMIT 1", (moment,)
    ).fetchone()
    return int(row[0]) if row else 0


def count_entries_since(conn: sqlite3.Connection, seq: int) -> int:
    """How many entries follow one, but for those that reports themselves made."""
    (count,) = conn.execute(
        f"SELECT count(*) FROM journal WHERE seq > ? AND kind NOT IN ({_OWN})", (seq,)
    ).fetchone()
    return int(count)


def entered_late(
    conn: sqlite3.Connection, after: int, until: int, since: int, stream: int | None
) -> tuple[int, int]:
    """Entries (of a stream) after one and up to another that say what happened before a moment: by
    people, and imported items.
    """
    late, imported = conn.execute(
        "SELECT count(*) FILTER (WHERE kind <> 'item_history_imported' AND at < ?1),"
        " count(*) FILTER (WHERE kind = 'item_history_imported') FROM journal"
        " WHERE seq > ?2 AND seq <= ?3 AND (?4 IS NULL OR stream = ?4)",
        (since, after, until, stream),
    ).fetchone()
    return int(late), int(imported)
