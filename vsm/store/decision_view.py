"""The present as decisions see it: the store's answers to ``View`` and ``History``."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from vsm.model.delivery import Deployment
from vsm.model.entities import ENTITIES
from vsm.model.entity import Entity
from vsm.model.item import (
    Agreement,
    ClassOfService,
    DependencyState,
    Item,
    LinkKind,
    Visit,
)
from vsm.model.role import Role
from vsm.model.stream import ValueStream
from vsm.model.view import ItemChange
from vsm.store import delivery, entities, journal, queries, sprints
from vsm.store.id_names import Names
from vsm.store.rows import ITEM, item_of, stream_of

if TYPE_CHECKING:
    from vsm.model.control.facts import OnRecord, Part
    from vsm.model.event import Recorded
    from vsm.store.sqlite import sqlite3

T = TypeVar("T")

_IDS = {"item", "stream", "stage", "block", "comment", "run", "evidence", *ENTITIES}


class Present:
    """Reads inside the transaction in which the decision will be recorded."""

    def __init__(
        self, conn: sqlite3.Connection, now: int, actor: str, at_most: Role | None = None
    ) -> None:
        self.conn = conn
        self.now = now
        self.actor = actor
        self.at_most = at_most
        self.names = Names(conn)

    def item(self, item_id: int) -> Item | None:
        """The item with this id."""
        return queries.item(self.conn, item_id)

    def item_by_key(self, key: str) -> Item | None:
        """The item with this key, letter case ignored."""
        return queries.item_by_key(self.conn, key)

    def stream(self, stream_id: int) -> ValueStream | None:
        """The stream with this id."""
        return stream_of(self.conn, "id", stream_id)

    def stream_by_name(self, name: str) -> ValueStream | None:
        """The stream of exactly this name, letter case ignored."""
        return stream_of(self.conn, "name", entities.fold_name(name))

    def stream_of_stage(self, stage_id: int) -> ValueStream | None:
        """The stream that has this stage."""
        row = self.conn.execute("SELECT stream FROM stage WHERE id = ?", (stage_id,)).fetchone()
        return self.stream(row[0]) if row else None

    def get(self, entity: Entity[T], number: int) -> T | None:
        """The entity with this id."""
        return entities.get(self.conn, entity, number)

    def find(self, entity: Entity[T], key: str) -> T | None:
        """The entity with exactly this key, letter case ignored."""
        return entities.find(self.conn, entity, key)

    def has_any(self, entity: Entity[Any]) -> bool:
        """Whether there is one of the kind."""
        return bool(self.conn.execute(f"SELECT 1 FROM {entity.table} LIMIT 1").fetchone())

    def all(self, entity: Entity[T]) -> list[T]:
        """All of the kind."""
        return entities.read_all(self.conn, entity)

    def where(self, entity: Entity[T], field: str, values: Sequence[Any]) -> list[T]:
        """Those of the kind whose field has one of these values."""
        return entities.read_where(self.conn, entity, field, values)

    def distinct(self, entity: Entity[Any], field: str) -> list[Any]:
        """The values that a field has, once each."""
        return entities.distinct(self.conn, entity, field)

    def streams_of_team(self, team: int) -> list[int]:
        """The streams in which a team has open items, by id."""
        rows = self.conn.execute(
            "SELECT DISTINCT i.stream FROM item i JOIN stage s ON s.id = i.stage"
            " WHERE i.team = ? AND i.archived = 0 AND s.category NOT IN ('done', 'dropped')"
            " ORDER BY i.stream",
            (team,),
        )
        return [stream for (stream,) in rows]

    def is_in_use(self, entity: Entity[Any], number: int) -> bool:
        """Whether anything refers to the entity with this id."""
        return entities.is_in_use(self.conn, entity, number)

    def wip(self, stage_id: int, service: ClassOfService | None = None) -> int:
        """How many unarchived items (of one class of service) are in the stage."""
        return int(
            self.conn.execute(
                "SELECT count(*) FROM item WHERE stage = ?1 AND archived = 0"
                " AND (?2 IS NULL OR service = ?2)",
                (stage_id, service),
            ).fetchone()[0]
        )

    def items_in(self, stage_id: int) -> Sequence[Item]:
        """Everything that is in the stage, archived items too, by rank."""
        rows = self.conn.execute(f"{ITEM} WHERE i.stage = ? ORDER BY i.rank, i.id", (stage_id,))
        return [item_of(row) for row in rows]

    def holds_anything(self, stage_id: int) -> bool:
        """Whether any item, archived or not, is or ever was in the stage."""
        return bool(
            self.conn.execute(
                "SELECT EXISTS(SELECT 1 FROM visit WHERE stage = ?)", (stage_id,)
            ).fetchone()[0]
        )

    def last_rank(self, stage_id: int) -> int | None:
        """The highest rank in the stage."""
        row = self.conn.execute(
            "SELECT max(rank) FROM item WHERE stage = ?", (stage_id,)
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def ranks(self, stage_id: int) -> Sequence[tuple[int, int]]:
        """``(item, rank)`` of everything in the stage, archived items too, by rank."""
        return self.conn.execute(
            "SELECT id, rank FROM item WHERE stage = ? ORDER BY rank, id", (stage_id,)
        ).fetchall()

    def between(
        self, item_id: int, by: int
    ) -> tuple[tuple[int, int] | None, tuple[int, int] | None] | None:
        """The neighbours, as ``(item, rank)``, that an item moved by so many places would have."""
        stage, expedite = self.conn.execute(
            "SELECT stage, expedite FROM item WHERE id = ?", (item_id,)
        ).fetchone()
        group = self.conn.execute(
            "SELECT id, rank FROM item WHERE stage = ? AND archived = 0 AND expedite = ?"
            " ORDER BY rank, id",
            (stage, expedite),
        ).fetchall()
        place = next(n for n, row in enumerate(group) if row[0] == item_id)
        target = max(0, min(len(group) - 1, place + by))
        if target == place:
            return None
        rest = [row for row in group if row[0] != item_id]
        low = rest[target - 1] if target > 0 else None
        high = rest[target] if target < len(rest) else None
        return low, high

    def finishable(
        self,
        stage_id: int,
        limit: int,
        service: ClassOfService | None = None,
        without: Sequence[ClassOfService] = (),
    ) -> Sequence[str]:
        """Keys of unblocked items (of one class, or without some classes) in the stage, those there
        longest first.
        """
        rows = self.conn.execute(
            "SELECT key FROM item WHERE stage = ?1 AND archived = 0 AND blocked IS NULL"
            " AND (?3 IS NULL OR service = ?3)"
            " AND service NOT IN (SELECT value FROM json_each(?4)) ORDER BY entered, id LIMIT ?2",
            (stage_id, limit, service, json.dumps(without)),
        )
        return [row[0] for row in rows]

    def visits(self, item_id: int) -> Sequence[Visit]:
        """The item's visits, oldest first."""
        rows = self.conn.execute(
            "SELECT stage, entered, left FROM visit WHERE item = ? ORDER BY n", (item_id,)
        )
        return [Visit(*row) for row in rows]

    def stage_since(self, stage_id: int) -> int:
        """When a stage was made, or the first visit began that it could have had before.

        A stage that its stream began with is as old as the first visit of the stream, which an
        import may have brought; one that was added later as old as its own.
        """
        kind, made, stream = self.conn.execute(
            "SELECT j.kind, j.at, g.stream FROM journal j JOIN stage g ON g.stream = j.stream"
            " WHERE g.id = ?1 AND (j.kind = 'stream_created'"
            " OR (j.kind = 'stage_added' AND json_extract(j.payload, '$.stage.id') = ?1))"
            " ORDER BY j.seq DESC LIMIT 1",
            (stage_id,),
        ).fetchone()
        (visited,) = self.conn.execute(
            "SELECT min(v.entered) FROM visit v JOIN stage g ON g.id = v.stage"
            " WHERE g.stream = ?1 AND (?2 = 'stream_created' OR g.id = ?3)",
            (stream, kind, stage_id),
        ).fetchone()
        return int(made) if visited is None else min(int(made), int(visited))

    def last_blocker_moment(self, item_id: int) -> int | None:
        """When the latest blocker of the item began or ended, whichever came last."""
        (moment,) = self.conn.execute(
            "SELECT max(max(started, coalesce(ended, started))) FROM block WHERE item = ?",
            (item_id,),
        ).fetchone()
        return None if moment is None else int(moment)

    # -- links ------------------------------------------------------------------

    def agreement(self, source: str, target: str) -> Agreement:
        """What was agreed on of a ``blocks`` link, by the keys of its ends."""
        row = self.conn.execute(
            "SELECT state, need_by FROM agreement WHERE source = ? AND target = ?",
            (source, target),
        ).fetchone()
        if row is None:
            return Agreement()
        return Agreement(DependencyState(row[0]) if row[0] else None, row[1])

    def linked(self, kind: LinkKind, source: str, target: str) -> bool:
        """Whether the link is there."""
        return bool(
            self.conn.execute(
                "SELECT EXISTS(SELECT 1 FROM link WHERE source = ? AND kind = ? AND target = ?)",
                (source, kind.value, target),
            ).fetchone()[0]
        )

    def links_to(self, key: str) -> Sequence[tuple[LinkKind, str, str]]:
        """Links of other items, and children, that name this key."""
        rows = self.conn.execute(
            "SELECT kind, source, target FROM link WHERE target = ?1"
            " UNION SELECT kind, source, target FROM link WHERE source = ?1"
            " UNION SELECT 'parent', key, ?1 FROM item WHERE parent = ?1",
            (key,),
        )
        return [(LinkKind(kind), source, target) for kind, source, target in rows]

    def blocking_path(self, source: str, target: str) -> Sequence[str]:
        """Keys along ``blocks`` links from source to target, both included; empty: no path."""
        came: dict[str, str | None] = {source.casefold(): None}
        names = {source.casefold(): source}
        edge = [source]
        goal = target.casefold()
        while edge and goal not in came:
            following: list[str] = []
            for key in edge:
                rows = self.conn.execute(
                    "SELECT DISTINCT target FROM link WHERE source = ? AND kind = 'blocks'", (key,)
                )
                for (other,) in rows.fetchall():
                    if other.casefold() not in came:
                        came[other.casefold()] = key.casefold()
                        names[other.casefold()] = other
                        following.append(other)
            edge = following
        if goal not in came:
            return []
        path: list[str] = []
        step: str | None = goal
        while step is not None:
            path.append(names[step])
            step = came[step]
        return path[::-1]

    # -- sprints ----------------------------------------------------------------

    def open_sprint_of(self, item_id: int) -> int | None:
        """The planned or active sprint that the item is in."""
        return sprints.open_sprint_of(self.conn, item_id)

    def members_of_sprint(self, sprint: int) -> Sequence[int]:
        """The items that are in the sprint now, in the order in which they came in."""
        return sprints.members(self.conn, sprint)

    def is_committed(self, sprint: int, item_id: int) -> bool:
        """Whether the item is in the commitment of the sprint."""
        return item_id in sprints.commitment(self.conn, sprint)

    # -- delivery ---------------------------------------------------------------

    def deployments_since(self, service: int, at: int) -> list[Deployment]:
        """The deployments of a service that ended at or after a moment, by when they did."""
        return delivery.deployments(self.conn, service, at)

    # -- what was done ----------------------------------------------------------

    def changes_since(self, item_id: int, version: int) -> Sequence[ItemChange]:
        """Everything that was done to the item after this version of it, oldest first."""
        entries = journal.read(self.conn, "WHERE item = ? AND item_version > ?", (item_id, version))
        return [self._described(entry) for entry in entries]

    def on_record(self, item_id: int, parts: Collection[Part]) -> OnRecord:
        """These parts of what is on record about an item beside its fields."""
        from vsm.store.evidence import records

        return records(self.conn, [item_id], parts)[item_id]

    def _described(self, recorded: Recorded) -> ItemChange:
        from vsm.model.event_text import describe

        text = describe(recorded.event, self.names, item="it")
        return ItemChange(recorded.actor.name, recorded.recorded_at, text, recorded.event)

    def version(self, item_id: int) -> int:
        """The item's last version in the journal, 0 where there is none."""
        row = self.conn.execute(
            "SELECT max(item_version) FROM journal WHERE item = ?", (item_id,)
        ).fetchone()
        return int(row[0] or 0)

    def next_id(self, kind: str) -> int:
        """The next free id; ids are never used twice, not even of things taken back."""
        if kind not in _IDS:
            raise ValueError(f"there are no ids of kind {kind!r}")
        row = self.conn.execute("SELECT last FROM counter WHERE kind = ?", (kind,)).fetchone()
        return int(row[0]) + 1 if row else 1

    def next_number(self, stream_id: int) -> int:
        """The next number for keys of the stream."""
        row = self.conn.execute(
            "SELECT last_number FROM stream WHERE id = ?", (stream_id,)
        ).fetchone()
        return int(row[0]) + 1 if row else 1

    # -- undo -------------------------------------------------------------------

    def effective_since(self, item: int, seq: int) -> ItemChange | None:
        """The latest change of the item after this position that no undo has cancelled; a check by
        hand changes nothing.
        """
        rows = self.conn.execute(
            "SELECT DISTINCT grp, undoes FROM journal WHERE item = ? AND seq > ?"
            " AND kind <> 'move_checked' ORDER BY grp DESC",
            (item, seq),
        ).fetchall()
        groups = {grp for grp, _ in rows}
        cancelled: set[int] = set()
        for grp, undoes in rows:
            if grp not in cancelled and undoes in groups:
                cancelled |= {grp, undoes}
        standing = next((grp for grp, _ in rows if grp not in cancelled), None)
        if standing is None:
            return None
        entries = list(journal.read(self.conn, "WHERE item = ? AND grp = ?", (item, standing)))
        return self._described(entries[-1])

    def restated(self, run: int) -> Sequence[tuple[int, int]]:
        """``(item, seq of the statement before)`` for items that the run restated."""
        grp, last = self._run_range(run)
        return self.conn.execute(
            "SELECT item, json_extract(payload, '$.replaces') FROM journal"
            " WHERE seq BETWEEN ? AND ? AND kind = 'item_history_imported'"
            " AND json_extract(payload, '$.replaces') IS NOT NULL ORDER BY seq",
            (grp, last),
        ).fetchall()

    def changed_since_import(self, run: int, limit: int) -> Sequence[str]:
        """Keys of items of the run that were changed or restated after it.

        So are those whose moves and edits, made here, it took over: without it they would be gone.
        """
        grp, last = self._run_range(run)
        rows = self.conn.execute(
            "SELECT i.key FROM journal j JOIN imported m ON m.item = j.item"
            " JOIN item i ON i.id = j.item"
            " WHERE j.seq BETWEEN ? AND ? AND j.kind = 'item_history_imported'"
            " AND (m.run <> ? OR i.version <> m.version OR EXISTS (SELECT 1 FROM journal l"
            " WHERE l.item = j.item AND l.seq > json_extract(j.payload, '$.replaces')"
            " AND l.seq < j.seq AND l.kind IN ('item_moved', 'move_retracted', 'item_edited')))"
            " ORDER BY j.seq LIMIT ?",
            (grp, last, run, limit),
        )
        return [row[0] for row in rows]

    def gone_since_import(self, run: int) -> str | None:
        """What items would miss, as the run stated them or as they were before it."""
        grp, last = self._run_range(run)
        (team, stage) = self.conn.execute(
            "WITH stated(seq) AS (SELECT seq FROM journal WHERE seq BETWEEN ?1 AND ?2"
            " AND kind = 'item_history_imported'), replaced(seq) AS ("
            " SELECT json_extract(payload, '$.replaces') FROM journal"
            " WHERE seq IN (SELECT seq FROM stated)) "
            "SELECT max(json_extract(j.payload, '$.fields.team') IS NOT NULL"
            " AND json_extract(j.payload, '$.fields.team') NOT IN (SELECT id FROM team)),"
            " max(json_extract(j.payload, '$.transitions[#-1][1]')"
            " IN (SELECT id FROM stage WHERE retired)) FROM journal j"
            " WHERE j.seq IN (SELECT seq FROM stated) OR j.seq IN (SELECT seq FROM replaced)",
            (grp, last),
        ).fetchone()
        return "a team" if team else "a stage" if stage else None

    def _run_range(self, run: int) -> tuple[int, int]:
        row = self.conn.execute(
            "SELECT r.grp, g.last FROM import_run r JOIN change_group g ON g.grp = r.grp"
            " WHERE r.id = ?",
            (run,),
        ).fetchone()
        return int(row[0]), int(row[1])
