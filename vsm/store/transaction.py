"""One group of changes in the making: what it is decided against, and how it is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from vsm.model.actor import Actor, ActorKind
from vsm.model.role import Role
from vsm.store import journal
from vsm.store.decision_view import Present
from vsm.store.people import People
from vsm.store.turn import TakenOut

if TYPE_CHECKING:
    from vsm.model.event import Event, Recorded
    from vsm.store.bulk_events import ImportedHistory, Row
    from vsm.store.sqlite import sqlite3


class Transaction:
    """One group of changes in the making: decide against ``view``, then ``record``."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        who: tuple[str, ActorKind],
        door: tuple[str, str],
        now: int,
        at_most: Role | None,
    ) -> None:
        from vsm.store.projection import Projector

        self.conn = conn
        self.view = Present(conn, now, who[0], at_most)
        self.now = now
        self.recorded: list[Recorded] = []
        self.taken_out: list[TakenOut] = []
        """Earlier entries from which texts were taken out here."""
        self._who, self._door = who, door
        self._known: Actor | None = None
        self._projector = Projector(conn)
        self._seq, self._hash = journal.head(conn)
        self.grp = self._seq + 1
        self._versions: dict[int, int] = {}

    @property
    def head(self) -> tuple[int, bytes]:
        """Position and hash of the last entry, those of this transaction included."""
        return self._seq, self._hash

    def record(
        self, events: Iterable[Event], *, at: int | None = None, undoes: int | None = None
    ) -> list[Recorded]:
        """Write events to the journal and fold them into the tables; ``at``: when it happened."""
        rows = list(self._envelopes(events, self.now if at is None else at, undoes))
        self._hash = journal.append(self.conn, rows, self._hash)
        self._projector.apply_all(rows)
        self.recorded += rows
        return rows

    def record_stated(
        self, histories: Iterable[tuple[ImportedHistory, bytes]], size: int = 4000
    ) -> Iterator[int]:
        """Record many item histories with their payloads; yields how many so far.

        Leaves the same journal and tables as :meth:`record` with their events would, but makes
        no events and keeps none. The group's ``ImportRan`` is recorded before.
        """
        from itertools import islice

        left, done = iter(histories), 0
        while chunk := list(islice(left, size)):
            rows: list[Row] = []
            for seq, (imported, _) in enumerate(chunk, self._seq + 1):
                version = self._next_version(imported.item, new=imported.replaces is None)
                rows.append((seq, version, imported))
            payloads = (payload for _, payload in chunk)
            self._hash = journal.append_stated(
                self.conn,
                zip(rows, payloads, strict=True),
                self._hash,
                grp=self.grp,
                at=self.now,
                who=(self._actor().column, *self._door),
            )
            self._projector.apply_stated(self.grp, rows)
            self._seq += len(chunk)
            done += len(chunk)
            yield done

    def _envelopes(
        self, events: Iterable[Event], at: int, undoes: int | None
    ) -> Iterator[Recorded]:
        from vsm.model.event import ItemHistoryImported, Recorded

        for event in events:
            self._seq += 1
            item = getattr(event, "item", None)
            new = isinstance(event, ItemHistoryImported) and event.replaces is None
            version = None if item is None else self._next_version(item, new=new)
            yield Recorded(
                self._seq,
                self.grp,
                undoes,
                item,
                version,
                at,
                self.now,
                self._actor(),
                *self._door,
                getattr(event, "source_key", None),
                getattr(event, "stream", None),
                event,
            )

    def _actor(self) -> Actor:
        """Who makes the next entry; in the first one of somebody new with the name."""
        if self._known is None:
            actor = People(self.conn).find(*self._who)
            self._known = replace(actor, is_new=False)
            return actor
        return self._known

    def _next_version(self, item: int, *, new: bool) -> int:
        if new:
            return 1  # an imported item, one of very many: nothing to look up
        known = self._versions.get(item)
        version = (self.view.version(item) if known is None else known) + 1
        self._versions[item] = version
        return version
