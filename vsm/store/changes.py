"""Journal entries as screens and logs tell them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from vsm.model.board import Change, FieldEdit
from vsm.store.id_names import Names

if TYPE_CHECKING:
    from vsm.model.event import Recorded
    from vsm.store.sqlite import sqlite3

_MANY = "\0"
"""Stands for how many items, until they are counted; no text holds it."""

_NAMED = 2
"""As many items are told by their keys; more are counted."""


def describe_entries(
    conn: sqlite3.Connection,
    rows: Iterable[Recorded],
    *,
    item: str | None = None,
    names: Names | None = None,
) -> list[Change]:
    """Each entry as a change in words; ``item`` as in :func:`vsm.model.event_text.describe`."""
    from vsm.model.event import happened_at
    from vsm.model.event_text import describe, stages_of

    names = names or Names(conn)
    out: list[Change] = []
    for r in rows:
        stages = stages_of(r.event)
        if stages == () and r.item is not None:
            row = conn.execute("SELECT stage FROM item WHERE id = ?", (r.item,)).fetchone()
            stages = (row[0],) if row else None
        out.append(
            Change(
                seq=r.seq,
                grp=r.grp,
                at=r.recorded_at,
                actor=r.actor.name,
                actor_kind=r.actor.kind,
                session=r.session,
                stream=r.stream,
                item=r.item,
                stages=stages or (),
                text=describe(r.event, names, item=item),
                structure=stages is None,
                happened=happened_at(r),
            )
        )
    return out


def edits_by_others(
    conn: sqlite3.Connection, item: int, version: int, session: str
) -> dict[str, FieldEdit]:
    """By field, who wrote it last after this version of an item, but in this session."""
    from vsm.model.event import ItemEdited
    from vsm.store import journal

    edits: dict[str, FieldEdit] = {}
    where = "WHERE item = ? AND item_version > ? AND session <> ?"
    for r in journal.read(conn, where, (item, version, session)):
        if isinstance(r.event, ItemEdited):
            edits.update(dict.fromkeys(r.event.changes, FieldEdit(r.actor.name, r.recorded_at)))
    return edits


def other_changes(conn: sqlite3.Connection, item: int, version: int, session: str) -> list[Change]:
    """What others did with an item after this version but write it, and not in this session."""
    from vsm.model.event import ItemCommented, ItemEdited, ItemReordered
    from vsm.store import journal

    where = "WHERE item = ? AND item_version > ? AND session <> ?"
    rows = journal.read(conn, where, (item, version, session))
    written = (ItemCommented, ItemEdited, ItemReordered)
    return describe_entries(conn, (r for r in rows if not isinstance(r.event, written)), item="it")


def description_at(conn: sqlite3.Connection, item: int, version: int) -> str:
    """The description that an item had at one of its versions."""
    from vsm.model.event import ItemEdited
    from vsm.store import journal

    for r in journal.read(conn, "WHERE item = ? AND item_version > ?", (item, version)):
        if isinstance(r.event, ItemEdited) and "description" in r.event.changes:
            return str(r.event.changes["description"][0] or "")
    row = conn.execute("SELECT description FROM item WHERE id = ?", (item,)).fetchone()
    return str(row[0] or "") if row else ""


def removal(conn: sqlite3.Connection, item: int) -> Change | None:
    """The undo that removed an item: of its adding, or of the import that brought it."""
    from vsm.model.event import ImportWithdrawn, ItemHistoryImported, ItemRemoved
    from vsm.store import journal

    entries = list(journal.read(conn, "WHERE item = ?", (item,)))
    if entries and isinstance(entries[-1].event, ItemRemoved):
        return describe_entries(conn, entries[-1:])[0]
    runs = {r.event.run: r.seq for r in entries if isinstance(r.event, ItemHistoryImported)}
    undone = journal.read(
        conn, "WHERE kind = 'import_withdrawn' AND seq > ?", (min(runs.values(), default=0),)
    )
    ends = [r for r in undone if isinstance(r.event, ImportWithdrawn) and r.event.run in runs]
    return describe_entries(conn, ends[-1:])[0] if ends else None


def label(conn: sqlite3.Connection, rows: Sequence[Recorded], *, prefix: str = "") -> str:
    """A group of changes in one phrase; what was done alike to many items is told once.

    ``moved 12 items from Ready to Build; moved PAY-7 from Build to Review``.
    """
    from vsm.model.event import EdgesChanged, ImportRan
    from vsm.model.event_text import describe

    if not rows:
        return prefix + "nothing"
    names = Names(conn)
    whole = next((r.event for r in rows if isinstance(r.event, ImportRan)), None)
    if whole is not None:
        return prefix + describe(whole, names)
    texts = list(dict.fromkeys(describe(r.event, names) for r in rows))
    if len(texts) > 1:
        # That edges moved along is what comes with a change of stages.
        texts = _together([r for r in rows if not isinstance(r.event, EdgesChanged)], names)
    if len(texts) <= 2:
        return prefix + "; ".join(texts)
    return f"{prefix}{texts[0]} and {len(texts) - 1} more"


def _together(rows: Sequence[Recorded], names: Names) -> list[str]:
    """Each kind of change once, with how many items it was done to; the commonest first."""
    from vsm.model.event_text import describe

    alike: dict[str, dict[int | None, None]] = {}
    for r in rows:
        alike.setdefault(describe(r.event, names, item=_MANY), {})[r.item] = None
    out = []
    # What was done to the stream itself comes first: it says what the rest was for.
    for text, items in sorted(alike.items(), key=lambda pair: (None not in pair[1], -len(pair[1]))):
        keys = [names.key(item) for item in list(items)[:_NAMED] if item is not None]
        who = " and ".join(keys) if len(items) <= _NAMED else f"{len(items)} items"
        out.append(text.replace(_MANY, who))
    return out
