"""The projector: what every fold needs, and runs of imported histories in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import singledispatch
from typing import TYPE_CHECKING

from vsm.model import event as e
from vsm.model.event import Recorded
from vsm.model.item import Quality, Visit
from vsm.model.rules import Days, absences_of
from vsm.model.stream import ValueStream
from vsm.store import bulk
from vsm.store.bulk_events import Row, row_of
from vsm.store.rows import stream_of

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_BATCH = 4000


@singledispatch
def fold(event: object, projector: Projector, recorded: Recorded) -> None:
    """Fold one event into the tables; the modules of this package register how."""
    raise TypeError(f"no projection for {type(event).__name__}")


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
            fold(recorded.event, self, recorded)
        self._flush()

    def _flush(self) -> None:
        if self._batch:
            batch, self._batch = self._batch, []
            self._group(batch[0])
            self._group(batch[-1])
            bulk.insert(self.conn, [row_of(r) for r in batch], self.stream, self.days)

    def apply_stated(self, grp: int, rows: Sequence[Row]) -> None:
        """Fold histories in bulk, as :meth:`apply_all` their events; the group is begun already."""
        self.conn.execute("UPDATE change_group SET last = ? WHERE grp = ?", (rows[-1][0], grp))
        bulk.insert(self.conn, rows, self.stream, self.days)

    def _group(self, r: Recorded) -> None:
        run = r.event.run if isinstance(r.event, (e.ImportRan, e.ImportRestored)) else None
        self.conn.execute(
            "INSERT INTO change_group(grp, last, undoes, run, actor, session, recorded_at)"
            " VALUES(?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT(grp) DO UPDATE SET last = excluded.last,"
            " run = coalesce(run, excluded.run)",
            (r.grp, r.seq, r.undoes, run, r.actor.name, r.session, r.recorded_at),
        )
        if r.actor.is_new:
            self.conn.execute(
                "INSERT INTO person(number, name) VALUES(?, ?)", (r.actor.number, r.actor.name)
            )

    # -- look-ups ---------------------------------------------------------------

    def stream(self, stream_id: int) -> ValueStream:
        """The stream as it stands at this point of the journal."""
        stream = self._streams.get(stream_id)
        if stream is None:
            stream = stream_of(self.conn, "id", stream_id)
            if stream is None:
                raise LookupError(f"the journal speaks of stream {stream_id} before it was made")
            self._streams[stream_id] = stream
        return stream

    def days(self, zone: str) -> Days:
        """Calendar days of a zone, shared between events."""
        return self._days.setdefault(zone, Days(zone))

    def forget(self, stream_id: int) -> None:
        """Read the stream anew next time: its configuration has changed."""
        self._streams.pop(stream_id, None)

    def count(self, kind: str, number: int) -> None:
        """Note that this id was given; ids are never used twice."""
        self.conn.execute(
            "INSERT INTO counter(kind, last) VALUES(?, ?)"
            " ON CONFLICT(kind) DO UPDATE SET last = max(last, excluded.last)",
            (kind, number),
        )

    def active(self, stream: int, at: int) -> None:
        """Note that something happened in the stream."""
        self.conn.execute(
            "UPDATE stream SET last_activity = max(coalesce(last_activity, ?), ?) WHERE id = ?",
            (at, at, stream),
        )

    def version(self, r: Recorded) -> None:
        """Note the item's new version where nothing else of it changes."""
        self.conn.execute("UPDATE item SET version = ? WHERE id = ?", (r.item_version, r.item))

    def flow(self, item: int) -> None:
        """Work the flow cache of one item out anew from its visits."""
        stream_id, quality = self.conn.execute(
            "SELECT stream, quality FROM item WHERE id = ?", (item,)
        ).fetchone()
        stream = self.stream(stream_id)
        # what it did in another stream does not count in this one
        visits = [
            visit
            for row in self.conn.execute(
                "SELECT stage, entered, left FROM visit WHERE item = ? ORDER BY n", (item,)
            )
            if (visit := Visit._make(row)).stage in stream.by_id
        ]
        self.conn.execute(
            bulk.INSERT_FLOW,
            bulk.flow_row(
                item,
                [(visit.entered, visit.stage) for visit in visits],
                stream,
                self.days(stream.zone),
                Quality(quality),
                absences_of(visits),
            ),
        )
