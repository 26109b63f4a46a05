"""Reads what imports left of a source: its items, and moves that no log of the source has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from vsm.model.history import is_observed
from vsm.model.source import SETTLED

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

BESIDE = (
    *("item_commented", "comment_retracted", "evidence_added", "evidence_retracted"),
    "item_reordered",
    *("item_added_to_sprint", "sprint_entry_retracted"),
    *("item_removed_from_sprint", "sprint_exit_retracted"),
)
"""Kinds of events that stand beside what a source states of an item: no import takes them away."""


_SETTLED = ", ".join(f"'{outcome}'" for outcome in SETTLED)
IS_CHANGED = (
    "i.version != m.version AND EXISTS (SELECT 1 FROM journal j WHERE j.item = m.item"
    " AND j.item_version > m.version AND j.kind NOT IN (SELECT value FROM json_each(?2))"
    " AND NOT EXISTS (SELECT 1 FROM written_change w"
    f" WHERE w.entry_fold = CAST(j.seq AS TEXT) AND w.outcome IN ({_SETTLED})))"
)
"""Whether people changed something that the source states too, and which is not settled with it.

SQL over ``imported m`` and ``item i``; the second parameter are :func:`kinds_beside` as JSON.
"""


def kinds_beside(keeps_edits: bool) -> tuple[str, ...]:
    """Kinds of events that keep no item from being restated; edits do not where they are kept."""
    return (*BESIDE, "item_edited") if keeps_edits else BESIDE


class ObservedMove(NamedTuple):
    """A move that was seen but never logged: moment, name of the stage, id of its event."""

    at: int
    stage: str
    event: str


def imported_items(conn: sqlite3.Connection, origin: str) -> dict[str, str]:
    """The keys of all items of a source, by their ids there."""
    return dict(
        conn.execute(
            "SELECT m.source_key, i.key FROM imported m JOIN item i ON i.id = m.item"
            " WHERE m.source = ?",
            (origin,),
        ).fetchall()
    )


def observed_moves(conn: sqlite3.Connection, origin: str) -> dict[str, list[ObservedMove]]:
    """Moves of a source's items whose ids say that they were only seen, by the item's id there."""
    names = dict(conn.execute("SELECT id, name FROM stage").fetchall())
    rows = conn.execute(
        "SELECT m.source_key, j.payload FROM imported m JOIN journal j ON j.seq = m.seq"
        " WHERE m.source = ? AND instr(j.payload, ?) > 0",
        (origin, "observed"),
    )
    out: dict[str, list[ObservedMove]] = {}
    for source_key, payload in rows:
        moves = [
            ObservedMove(at, names[stage], event)
            for at, stage, event, _ in json.loads(payload)["transitions"]
            if is_observed(event) and stage in names
        ]
        if moves:
            out[source_key] = moves
    return out


def changed_items(conn: sqlite3.Connection, origin: str, keeps_edits: bool) -> frozenset[str]:
    """The ids of items of a source that people changed here: no import overwrites them."""
    rows = conn.execute(
        "SELECT m.source_key FROM imported m JOIN item i ON i.id = m.item"
        f" WHERE m.source = ?1 AND {IS_CHANGED}",
        (origin, json.dumps(kinds_beside(keeps_edits))),
    )
    return frozenset(source_key for (source_key,) in rows)
