"""Journal entries as screens and logs tell them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vsm.model.board import Change
from vsm.store.names import Names

if TYPE_CHECKING:
    from vsm.model.event import Recorded
    from vsm.store.sqlite import sqlite3


def told(
    conn: sqlite3.Connection, rows: Iterable[Recorded], *, item: str | None = None
) -> list[Change]:
    """Each entry as a change in words; ``item`` as in :func:`vsm.model.words.describe`."""
    from vsm.model.words import describe, stages_of

    names = Names(conn)
    out: list[Change] = []
    for r in rows:
        stages = stages_of(r.event)
        if stages == () and r.item is not None:
            found = conn.execute("SELECT stage FROM item WHERE id = ?", (r.item,)).fetchone()
            stages = (found[0],) if found else None
        out.append(
            Change(
                seq=r.seq,
                grp=r.grp,
                at=r.recorded_at,
                actor=r.actor,
                session=r.session,
                stream=r.stream,
                item=r.item,
                stages=stages or (),
                text=describe(r.event, names, item=item),
                structure=stages is None,
            )
        )
    return out


def label(changes: list[Change], *, prefix: str = "") -> str:
    """A group of changes in one phrase."""
    if not changes:
        return prefix + "nothing"
    texts = list(dict.fromkeys(c.text for c in changes))
    whole = next((t for t in texts if t.startswith("imported ") and " from " in t), None)
    if whole is not None:
        return prefix + whole
    if len(texts) <= 2:
        return prefix + "; ".join(texts)
    return f"{prefix}{texts[0]} and {len(texts) - 1} more"
