"""Names for ids out of the tables, as words about events need them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vsm.model.entity import Entity
from vsm.model.plural import count
from vsm.model.sanitise import inert_line
from vsm.store import entities

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


class Names:
    """Names for ids out of the tables; see :class:`vsm.model.event_text.Names`.

    ``stages`` has names of stages that are said in their place: those of then.
    """

    def __init__(self, conn: sqlite3.Connection, stages: Mapping[int, str] | None = None) -> None:
        self._conn = conn
        self._stages = stages or {}

    def _name(self, sql: str, number: int, fallback: str) -> str:
        row = self._conn.execute(sql, (number,)).fetchone()
        return str(row[0]) if row else f"{fallback} {number}"

    def stage(self, stage_id: int) -> str:
        """The stage's name."""
        return self._stages.get(stage_id) or self._name(
            "SELECT name FROM stage WHERE id = ?", stage_id, "stage"
        )

    def stream(self, stream_id: int) -> str:
        """The stream's name."""
        return self._name("SELECT name FROM stream WHERE id = ?", stream_id, "stream")

    def entity(self, entity: Entity[Any], number: int) -> str:
        """The title of an entity."""
        return entities.title(self._conn, entity, number) or f"{entity.label} {number}"

    def get(self, entity: Entity[Any], number: int) -> Any:
        """The entity with this id as it is now; ``None`` where it was removed."""
        return entities.get(self._conn, entity, number)

    def import_run(self, number: int) -> str:
        """The file of an import, and how many items came with it."""
        row = self._conn.execute(
            "SELECT file, items FROM import_run WHERE id = ?", (number,)
        ).fetchone()
        return f"{inert_line(row[0])} ({count(row[1], 'item')})" if row else f"run {number}"

    def key(self, item_id: int) -> str:
        """The item's key; that of one whose making was undone, too."""
        row = self._conn.execute(
            "SELECT coalesce((SELECT key FROM item WHERE id = ?1), (SELECT payload ->> '$.key'"
            " FROM journal WHERE item = ?1 AND kind = 'item_added' ORDER BY seq DESC LIMIT 1))",
            (item_id,),
        ).fetchone()
        return str(row[0]) if row and row[0] else f"item {item_id}"
