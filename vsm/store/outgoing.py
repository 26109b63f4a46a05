"""Reads changes that people made of a source's items and that are to be written upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.model.source import SETTLED, LocalChange, WriteOutcome
from vsm.store import journal
from vsm.store.chain import TAKEN_OUT

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_RESTRUCTURED = "'stage_changed', 'stages_rearranged', 'stage_removed', 'stage_added'"
"""Kinds of events in whose groups items move because their stage goes: no move of work."""
_OPEN = (
    "SELECT j.seq, m.source_key, i.key, w.outcome, w.upstream, w.why"
    " FROM journal j JOIN imported m ON m.item = j.item JOIN item i ON i.id = j.item"
    " LEFT JOIN written_change w ON w.entry_fold = CAST(j.seq AS TEXT)"
    " WHERE j.seq > ? AND m.source = ? AND i.stream = ?"
    " AND j.kind IN ('item_moved', 'move_retracted', 'item_commented')"
    " AND NOT EXISTS (SELECT 1 FROM journal s WHERE s.seq BETWEEN j.grp AND"
    " (SELECT g.last FROM change_group g WHERE g.grp = j.grp)"
    f" AND s.kind IN ({_RESTRUCTURED}))"
    " ORDER BY j.seq"
)


def outgoing_changes(
    conn: sqlite3.Connection, origin: str, stream: int, after: int
) -> list[LocalChange]:
    """Moves and comments after a journal entry that are not settled with the source yet."""
    from vsm.model import event as e

    out: list[LocalChange] = []
    for seq, source_key, key, outcome, upstream, why in conn.execute(
        _OPEN, (after, origin, stream)
    ).fetchall():
        if outcome is not None and WriteOutcome(outcome) in SETTLED:
            continue
        (recorded,) = journal.read(conn, "WHERE seq = ?", (seq,))
        event = recorded.event
        digest = journal.hash_at(conn, seq) or b""
        known = (WriteOutcome(outcome) if outcome else None, upstream or "", why or "")
        about = (seq, digest.hex()[:8], source_key, key, recorded.at, recorded.actor.name)
        if isinstance(event, e.ItemCommented):
            stands = conn.execute("SELECT 1 FROM comment WHERE id = ?", (event.comment,)).fetchone()
            if stands and event.text != TAKEN_OUT:
                out.append(LocalChange(*about, None, None, event.text, False, *known))
        elif isinstance(event, e.ItemMoved | e.MoveRetracted):
            is_undo = isinstance(event, e.MoveRetracted)
            out.append(LocalChange(*about, event.source, event.target, "", is_undo, *known))
    return out


def refused_changes(conn: sqlite3.Connection, source: int, since: int) -> list[LocalChange]:
    """Moves made since a moment that a source refused as stale, latest first."""
    from vsm.model import event as e

    rows = conn.execute(
        "SELECT j.seq, m.source_key, i.key, w.why FROM written_change w"
        " CROSS JOIN journal j ON j.seq = CAST(w.entry AS INTEGER)"
        " CROSS JOIN item i ON i.id = j.item CROSS JOIN imported m ON m.item = j.item"
        " WHERE w.source = ? AND w.outcome = ? AND j.recorded_at >= ? ORDER BY j.seq DESC",
        (source, WriteOutcome.STALE.value, since),
    ).fetchall()
    out: list[LocalChange] = []
    for seq, source_key, key, why in rows:
        (r,) = journal.read(conn, "WHERE seq = ?", (seq,))
        if isinstance(r.event, e.ItemMoved | e.MoveRetracted):
            about = (seq, "", source_key, key, r.at, r.actor.name, r.event.source, r.event.target)
            is_undo = isinstance(r.event, e.MoveRetracted)
            out.append(LocalChange(*about, "", is_undo, WriteOutcome.STALE, "", why))
    return out
