"""Events → rows: the fold that fills every table from the journal.

Deterministic, with nothing from outside: dropping the tables and replaying the journal gives
them back exactly. Live events fold one by one in the order of the journal; imported histories
fold in bulk (:mod:`vsm.store.bulk`), in the order of their own transitions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import singledispatchmethod
from typing import TYPE_CHECKING, Any

from vsm.model import event as e
from vsm.model.event import Recorded
from vsm.model.item import Quality
from vsm.model.rules import Days
from vsm.model.stream import ValueStream
from vsm.store import bulk, journal
from vsm.store.fields import COLUMNS, columns_of
from vsm.store.rows import ITEM, item_of, stream_of
from vsm.store.schema import INDEXES, PROJECTED

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_FIELD_NAMES = tuple(e.ItemFields.model_fields)
_SET_FIELDS = ", ".join(f"{name} = ?" for name in COLUMNS)
_BATCH = 4000


def create_tables(conn: sqlite3.Connection, *, indexes: bool = True) -> None:
    """Make the projected tables, empty."""
    for sql in PROJECTED.values():
        conn.execute(sql)
    if indexes:
        create_indexes(conn)


def create_indexes(conn: sqlite3.Connection) -> None:
    """Make the indexes of the projected tables."""
    for sql in INDEXES:
        conn.execute(sql)


@contextmanager
def indexes_afterwards(conn: sqlite3.Connection, *, wanted: bool) -> Iterator[None]:
    """While very many rows go in, do without indexes and make them once at the end.

    Inside the caller's transaction, which on a failure brings the indexes back too.
    """
    if wanted:
        for sql in INDEXES:
            conn.execute(f"DROP INDEX {sql.split()[2]}")
    yield
    if wanted:
        create_indexes(conn)


def drop_tables(conn: sqlite3.Connection) -> None:
    """Drop every projected table that is there."""
    for name in reversed(PROJECTED):
        conn.execute(f"DROP TABLE IF EXISTS {name}")


class Projector:
    """Folds recorded events into the tables of one connection, inside its transaction."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn
        self._streams: dict[int, ValueStream] = {}
        self._days: dict[str, Days] = {}
        self._batch: list[Recorded] = []

    def apply_all(self, events: Iterable[Recorded]) -> None:
        """Fold events in order; runs of imported histories in bulk."""
        for recorded in events:
            if isinstance(recorded.event, e.ItemHistoryImported):
                self._batch.append(recorded)
                if len(self._batch) >= _BATCH:
                    self._flush()
                continue
            self._flush()
            self._group(recorded)
            self._one(recorded.event, recorded)
        self._flush()

    def _flush(self) -> None:
        if self._batch:
            batch, self._batch = self._batch, []
            self._group(batch[0])
            self._group(batch[-1])
            bulk.insert(self.conn, batch, self.stream, self.days)

    def _group(self, r: Recorded) -> None:
        run = r.event.run if isinstance(r.event, (e.ImportRan, e.ImportRestored)) else None
        self.conn.execute(
            "INSERT INTO change_group(grp, last, undoes, run, actor, session, recorded_at)"
            " VALUES(?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT(grp) DO UPDATE SET last = excluded.last,"
            " run = coalesce(run, excluded.run)",
            (r.grp, r.seq, r.undoes, run, r.actor, r.session, r.recorded_at),
        )

    # -- look-ups ---------------------------------------------------------------

    def stream(self, stream_id: int) -> ValueStream:
        """The stream as it stands at this point of the journal."""
        found = self._streams.get(stream_id)
        if found is None:
            found = stream_of(self.conn, "id", stream_id)
            if found is None:
                raise LookupError(f"the journal speaks of stream {stream_id} before it was made")
            self._streams[stream_id] = found
        return found

    def days(self, zone: str) -> Days:
        """Calendar days of a zone, shared between events."""
        return self._days.setdefault(zone, Days(zone))

    def _count(self, kind: str, number: int) -> None:
        self.conn.execute(
            "INSERT INTO counter(kind, last) VALUES(?, ?)"
            " ON CONFLICT(kind) DO UPDATE SET last = max(last, excluded.last)",
            (kind, number),
        )

    def _active(self, stream: int, at: int) -> None:
        self.conn.execute(
            "UPDATE stream SET last_activity = max(coalesce(last_activity, ?), ?) WHERE id = ?",
            (at, at, stream),
        )

    def _version(self, r: Recorded) -> None:
        self.conn.execute("UPDATE item SET version = ? WHERE id = ?", (r.item_version, r.item))

    # -- events -----------------------------------------------------------------

    @singledispatchmethod
    def _one(self, event: Any, r: Recorded) -> None:
        raise TypeError(f"no projection for {type(event).__name__}")

    @_one.register
    def _(self, event: e.TeamAdded, r: Recorded) -> None:
        self.conn.execute(
            "INSERT INTO team(id, name, name_fold) VALUES(?, ?, ?)",
            (event.team, event.name, event.name.casefold()),
        )
        self._count("team", event.team)

    @_one.register
    def _(self, event: e.TeamRemoved, r: Recorded) -> None:
        self.conn.execute("DELETE FROM team WHERE id = ?", (event.team,))

    @_one.register
    def _(self, event: e.TeamChanged, r: Recorded) -> None:
        name = str(event.changes["name"][1])
        self.conn.execute(
            "UPDATE team SET name = ?, name_fold = ? WHERE id = ?",
            (name, name.casefold(), event.team),
        )

    @_one.register
    def _(self, event: e.StreamCreated, r: Recorded) -> None:
        self.conn.execute(
            "INSERT INTO stream(id, name, name_fold, zone, prefix, commitment, version,"
            " last_number, last_activity) VALUES(?, ?, ?, ?, ?, ?, 1, 0, NULL)",
            (
                event.stream,
                event.name,
                event.name.casefold(),
                event.zone,
                event.prefix,
                event.commitment,
            ),
        )
        self._count("stream", event.stream)
        for stage in event.stages:
            self._add_stage(event.stream, stage)
        self._set_edges(event.stream, event.edges)

    @_one.register
    def _(self, event: e.StreamRemoved, r: Recorded) -> None:
        for table in ("edge", "stage"):
            self.conn.execute(f"DELETE FROM {table} WHERE stream = ?", (event.stream,))
        self.conn.execute("DELETE FROM stream WHERE id = ?", (event.stream,))
        self._streams.pop(event.stream, None)

    @_one.register
    def _(self, event: e.StreamChanged, r: Recorded) -> None:
        for field, (_, value) in event.changes.items():
            column = {"name": "name", "zone": "zone", "prefix": "prefix"}.get(field, "commitment")
            self.conn.execute(f"UPDATE stream SET {column} = ? WHERE id = ?", (value, event.stream))
            if column == "name":
                self.conn.execute(
                    "UPDATE stream SET name_fold = ? WHERE id = ?",
                    (str(value).casefold(), event.stream),
                )
        self._reconfigured(event.stream, flow=bool({"zone", "commitment"} & set(event.changes)))

    @_one.register
    def _(self, event: e.StageAdded, r: Recorded) -> None:
        self._add_stage(event.stream, event.stage)
        self._rearrange(event)

    @_one.register
    def _(self, event: e.StageRemoved, r: Recorded) -> None:
        self.conn.execute("DELETE FROM edge WHERE stream = ?", (event.stream,))
        self.conn.execute("DELETE FROM stage WHERE id = ?", (event.stage.id,))
        self._rearrange(event)

    @_one.register
    def _(self, event: e.StageChanged, r: Recorded) -> None:
        columns = {"limit": "wip_limit"}
        for field, (_, value) in event.changes.items():
            column = columns.get(field, field)
            if column not in ("name", "category", "team", "wip_limit", "limit_kind", "policy"):
                raise LookupError(f"a stage has no column {column!r}")
            self.conn.execute(f"UPDATE stage SET {column} = ? WHERE id = ?", (value, event.stage))
            if column == "name":
                self.conn.execute(
                    "UPDATE stage SET name_fold = ? WHERE id = ?",
                    (str(value).casefold(), event.stage),
                )
        self._reconfigured(event.stream, flow="category" in event.changes)

    @_one.register
    def _(self, event: e.EdgesChanged, r: Recorded) -> None:
        self._set_edges(event.stream, event.after)
        self._reconfigured(event.stream, flow=True)

    def _add_stage(self, stream: int, stage: e.StageFacts) -> None:
        self.conn.execute(
            "INSERT INTO stage(id, stream, name, name_fold, category, position, team, wip_limit,"
            " limit_kind, policy) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                stage.id,
                stream,
                stage.name,
                stage.name.casefold(),
                stage.category.value,
                stage.position,
                stage.team,
                stage.limit,
                stage.limit_kind.value,
                stage.policy,
            ),
        )
        self._count("stage", stage.id)

    def _rearrange(self, event: e.StageAdded | e.StageRemoved) -> None:
        self.conn.executemany(
            "UPDATE stage SET position = ? WHERE id = ?",
            [(after, stage) for stage, (_, after) in event.positions.items()],
        )
        self._set_edges(event.stream, event.edges)
        self._reconfigured(event.stream, flow=True)

    def _set_edges(self, stream: int, edges: Iterable[e.EdgeFacts]) -> None:
        self.conn.execute("DELETE FROM edge WHERE stream = ?", (stream,))
        self.conn.executemany(
            "INSERT INTO edge(stream, source, target, kind, place) VALUES(?, ?, ?, ?, ?)",
            [(stream, x.source, x.target, x.kind.value, n) for n, x in enumerate(edges)],
        )
        self._streams.pop(stream, None)

    def _reconfigured(self, stream: int, *, flow: bool) -> None:
        """A stream's configuration changed: forget it, and work its flow cache out anew."""
        self.conn.execute("UPDATE stream SET version = version + 1 WHERE id = ?", (stream,))
        self._streams.pop(stream, None)
        if not flow:
            return
        items = self.conn.execute("SELECT id FROM item WHERE stream = ?", (stream,)).fetchall()
        for (item,) in items:
            self._flow(item)

    # -- items ------------------------------------------------------------------

    @_one.register
    def _(self, event: e.ItemAdded, r: Recorded) -> None:
        names = (
            "id, key, stream, stage, rank, version, created, entered, archived, blocked, quality,"
            f" run, {', '.join(COLUMNS)}"
        )
        values = (
            event.item,
            event.key,
            event.stream,
            event.stage,
            event.rank,
            r.item_version,
            r.at,
            r.at,
            0,
            None,
            Quality.FULL.value,
            None,
            *columns_of(event.key, event.fields),
        )
        self.conn.execute(
            f"INSERT INTO item({names}) VALUES({', '.join('?' * len(values))})", values
        )
        self.conn.execute(
            "INSERT INTO visit VALUES(?, 0, ?, ?, NULL)", (event.item, event.stage, r.at)
        )
        self._count("item", event.item)
        if event.number is not None:
            self.conn.execute(
                "UPDATE stream SET last_number = max(last_number, ?) WHERE id = ?",
                (event.number, event.stream),
            )
        self._flow(event.item)
        self._active(event.stream, r.at)

    @_one.register
    def _(self, event: e.ItemRemoved, r: Recorded) -> None:
        bulk.delete(self.conn, [event.item])

    @_one.register
    def _(self, event: e.ItemEdited, r: Recorded) -> None:
        row = self.conn.execute(f"{ITEM} WHERE i.id = ?", (event.item,)).fetchone()
        item = item_of(row)
        values = {name: getattr(item, name) for name in _FIELD_NAMES}
        values |= {name: after for name, (_, after) in event.changes.items()}
        fields = e.ItemFields.model_validate(values)
        self.conn.execute(
            f"UPDATE item SET {_SET_FIELDS}, version = ? WHERE id = ?",
            (*columns_of(item.key, fields), r.item_version, event.item),
        )

    @_one.register
    def _(self, event: e.ItemMoved, r: Recorded) -> None:
        (n,) = self.conn.execute(
            "SELECT max(n) FROM visit WHERE item = ?", (event.item,)
        ).fetchone()
        self.conn.execute(
            "UPDATE visit SET left = ? WHERE item = ? AND n = ?", (r.at, event.item, n)
        )
        self.conn.execute(
            "INSERT INTO visit VALUES(?, ?, ?, ?, NULL)", (event.item, n + 1, event.target, r.at)
        )
        self._place(event.item, event.target, event.rank, r.at, r)
        self._flow(event.item)
        self._active(event.stream, r.at)

    @_one.register
    def _(self, event: e.MoveRetracted, r: Recorded) -> None:
        rows = self.conn.execute(
            "SELECT n, entered FROM visit WHERE item = ? ORDER BY n DESC LIMIT 2", (event.item,)
        ).fetchall()
        self.conn.execute("DELETE FROM visit WHERE item = ? AND n = ?", (event.item, rows[0][0]))
        self.conn.execute(
            "UPDATE visit SET left = NULL WHERE item = ? AND n = ?", (event.item, rows[1][0])
        )
        self._place(event.item, event.target, event.rank, rows[1][1], r)
        self._flow(event.item)

    def _place(self, item: int, stage: int, rank: int, entered: int, r: Recorded) -> None:
        self.conn.execute(
            "UPDATE item SET stage = ?, rank = ?, entered = ?, version = ? WHERE id = ?",
            (stage, rank, entered, r.item_version, item),
        )

    def _flow(self, item: int) -> None:
        """Work the flow cache of one item out anew from its visits."""
        stream_id, quality = self.conn.execute(
            "SELECT stream, quality FROM item WHERE id = ?", (item,)
        ).fetchone()
        rows = self.conn.execute(
            "SELECT entered, stage FROM visit WHERE item = ? ORDER BY n", (item,)
        ).fetchall()
        stream = self.stream(stream_id)
        self.conn.execute(
            bulk.INSERT_FLOW,
            bulk.flow_row(item, rows, stream, self.days(stream.zone), Quality(quality)),
        )

    @_one.register
    def _(self, event: e.ItemReordered, r: Recorded) -> None:
        self.conn.execute(
            "UPDATE item SET rank = ?, version = ? WHERE id = ?",
            (event.rank, r.item_version, event.item),
        )

    @_one.register
    def _(self, event: e.StageRespaced, r: Recorded) -> None:
        self.conn.executemany(
            "UPDATE item SET rank = ? WHERE id = ?", [(after, i) for i, _, after in event.ranks]
        )

    @_one.register
    def _(self, event: e.ItemBlocked, r: Recorded) -> None:
        self.conn.execute(
            "INSERT INTO block(id, item, kind, reason, by, started, ended)"
            " VALUES(?, ?, ?, ?, ?, ?, NULL)",
            (event.block, event.item, event.why.value, event.reason, r.actor, r.at),
        )
        self._count("block", event.block)
        self._blocked(event.item, event.block, r)
        self._active(event.stream, r.at)

    @_one.register
    def _(self, event: e.BlockRetracted, r: Recorded) -> None:
        self._blocked(event.item, None, r)
        self.conn.execute("DELETE FROM block WHERE id = ?", (event.block,))

    @_one.register
    def _(self, event: e.ItemUnblocked, r: Recorded) -> None:
        self.conn.execute("UPDATE block SET ended = ? WHERE id = ?", (r.at, event.block))
        self._blocked(event.item, None, r)
        self._active(event.stream, r.at)

    @_one.register
    def _(self, event: e.UnblockRetracted, r: Recorded) -> None:
        self.conn.execute("UPDATE block SET ended = NULL WHERE id = ?", (event.block,))
        self._blocked(event.item, event.block, r)

    def _blocked(self, item: int, block: int | None, r: Recorded) -> None:
        self.conn.execute(
            "UPDATE item SET blocked = ?, version = ? WHERE id = ?", (block, r.item_version, item)
        )

    @_one.register
    def _(self, event: e.ItemArchived, r: Recorded) -> None:
        self.conn.execute(
            "UPDATE item SET archived = ?, version = ? WHERE id = ?",
            (int(event.archived), r.item_version, event.item),
        )

    @_one.register
    def _(self, event: e.ItemLinked, r: Recorded) -> None:
        self.conn.execute(
            "INSERT OR IGNORE INTO link(kind, source, target, item) VALUES(?, ?, ?, ?)",
            (event.link.value, event.source, event.target, event.item),
        )
        self._version(r)

    @_one.register
    def _(self, event: e.ItemUnlinked, r: Recorded) -> None:
        self.conn.execute(
            "DELETE FROM link WHERE kind = ? AND source = ? AND target = ?",
            (event.link.value, event.source, event.target),
        )
        self._version(r)

    # -- imports ----------------------------------------------------------------

    @_one.register
    def _(self, event: e.ImportRan, r: Recorded) -> None:
        self.conn.execute(
            "INSERT INTO import_run(id, stream, format, file, sha256, grp, at, items, transitions,"
            " links, mapping, withdrawn) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (
                event.run,
                event.stream,
                event.format,
                event.file,
                event.sha256,
                r.grp,
                r.at,
                event.items,
                event.transitions,
                event.links,
                json.dumps(event.mapping, ensure_ascii=False),
            ),
        )
        self._count("run", event.run)

    @_one.register
    def _(self, event: e.ImportWithdrawn, r: Recorded) -> None:
        restated = dict(event.restated)
        rows = self.conn.execute("SELECT item FROM imported WHERE run = ?", (event.run,)).fetchall()
        bulk.delete(self.conn, [i for (i,) in rows if i not in restated])
        for statement in restated.values():
            before = list(journal.read(self.conn, "WHERE seq = ?", (statement,)))
            bulk.insert(self.conn, before, self.stream, self.days, restating=True)
        self.conn.execute("UPDATE import_run SET withdrawn = 1 WHERE id = ?", (event.run,))
        self.conn.execute(
            "UPDATE stream SET last_activity = (SELECT max(v.entered) FROM visit v"
            " JOIN item i ON i.id = v.item WHERE i.stream = stream.id) WHERE id = ?",
            (event.stream,),
        )

    @_one.register
    def _(self, event: e.ImportRestored, r: Recorded) -> None:
        (grp, last) = self.conn.execute(
            "SELECT r.grp, g.last FROM import_run r JOIN change_group g ON g.grp = r.grp"
            " WHERE r.id = ?",
            (event.run,),
        ).fetchone()
        rows = list(
            journal.read(
                self.conn,
                "WHERE seq BETWEEN ? AND ? AND kind = 'item_history_imported'",
                (grp, last),
            )
        )
        bulk.insert(self.conn, rows, self.stream, self.days, restating=True)
        self.conn.execute("UPDATE import_run SET withdrawn = 0 WHERE id = ?", (event.run,))
