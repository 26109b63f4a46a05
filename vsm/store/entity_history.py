"""Reads from the journal how declared entities were, from one entry up to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from vsm.store import journal

if TYPE_CHECKING:
    from vsm.model.entity import Entity
    from vsm.store.sqlite import sqlite3


class Version(NamedTuple):
    """The values of an entity from an entry of the journal up to another (``None``: still).

    ``since`` and ``until`` are in UTC microseconds; ``by`` set the values, ``ended_by`` other ones.
    """

    id: int
    values: Mapping[str, Any]
    seq: int
    since: int
    by: str
    until: int | None = None
    ended_seq: int | None = None
    ended_by: str = ""


def versions(conn: sqlite3.Connection, entity: Entity[Any]) -> list[Version]:
    """All values that entities had, also those that were removed, in the order of the journal."""
    from vsm.model import event as e

    kept: list[Version] = []
    current: dict[int, int] = {}
    marks = ", ".join("?" * len(entity.kinds))
    for entry in journal.read(conn, f"WHERE kind IN ({marks})", entity.kinds):
        event, by = entry.event, entry.actor.name
        if not isinstance(event, e.EntityAdded | e.EntityChanged | e.EntityRemoved):
            continue
        before: Mapping[str, Any] = {}
        last = current.pop(event.id, None)
        if last is not None:
            before = kept[last].values
            kept[last] = kept[last]._replace(until=entry.at, ended_seq=entry.seq, ended_by=by)
        if isinstance(event, e.EntityRemoved):
            continue
        after = event.values if isinstance(event, e.EntityAdded) else event.after
        current[event.id] = len(kept)
        kept.append(Version(event.id, {**before, **after}, entry.seq, entry.at, by))
    return kept
