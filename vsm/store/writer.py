"""The one write path: turn → lock file → BEGIN IMMEDIATE → decide → journal → projection → COMMIT.

Blocking; screens call it from a thread. All that a transaction reads it reads inside, so a
decision is recorded against exactly what it was made on.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vsm.database_files import shm_path, vsm_command, wal_path
from vsm.model.actor import Actor, ActorKind, kind_of
from vsm.model.errors import EnvironmentProblem, Refusal, VsmError
from vsm.model.role import Role
from vsm.signals import completed
from vsm.store import journal, migrations, opening, versions
from vsm.store.decision_view import Present
from vsm.store.lock import Acknowledged, Lock, exclusive
from vsm.store.loss import find_loss
from vsm.store.people import People
from vsm.store.sqlite import Connection, Files, connect, explain, sqlite3
from vsm.store.turn import FileLog, Log, Turn

if TYPE_CHECKING:
    from vsm.model.event import Event, Recorded
    from vsm.store.bulk_events import ImportedHistory, Row

CHECK_AGAIN_SECONDS = 3600
"""A large database is checked for damage at most this often by writers that open it."""


def clock() -> int:
    """Now, in UTC microseconds."""
    return time.time_ns() // 1000


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


class Writer:
    """Owns the writing connection of one process; safe to call from several threads.

    It writes only where the journal holds what was acknowledged before: by any process (the lock
    file records it) and by this one. Where it does not, or where the files were replaced beneath
    it, the change is refused and says so.
    """

    def __init__(
        self,
        path: Path,
        *,
        actor: str,
        session: str,
        source: str,
        clock: Callable[[], int] = clock,
        on_begin: Callable[[], None] | None = None,
        create: bool = True,
        at_most: Role | None = None,
    ) -> None:
        self.path = path
        self._clock = clock
        self._on_begin = on_begin
        self._create = create
        self._at_most = at_most
        self._actor, self._door = actor, (session, source)
        self._conn: Connection | None = None
        self._had_database = False
        self._was_opened_anew = False
        self._kept: Path | None = None
        self._last: Acknowledged | None = None
        self._log: Log = FileLog()
        self._guard = threading.RLock()

    def open(self) -> Path | None:
        """Open, make or upgrade the database now instead of at the first change.

        Returns where the file of an older vsm is kept, if this was one.
        """
        with self._locked() as lock:
            self._refuse_loss(self._connected(lock), lock)
            return self._kept

    @contextmanager
    def _locked(self) -> Iterator[Lock]:
        with self._guard:
            if self._create and not self._had_database:
                opening.make_folder(self.path)
            with exclusive(self.path, who=self._actor) as lock:
                yield lock

    def _connected(self, lock: Lock, *, repair: bool = False) -> Connection:
        """The connection to the file that is at the path now."""
        if self._conn is not None:
            files = self._conn.files()
            if files is Files.SAME:
                opening.refuse_second_name(self.path)
                return self._conn
            if files is Files.LOG_LOST:
                from vsm.store.backup import rescue

                raise rescue(self._conn, self.path)
            self._save_what_is_replaced(self._conn)
            self.close()
        if not self.path.exists():
            if self._had_database or not self._create:
                raise self._gone()
            migrations.make_new(self.path)
            lock.turn_back(Acknowledged(0, bytes(32)))
            lock.share()
        self._conn = self._open(lock, repair=repair)
        self._was_opened_anew = True
        self._had_database = True
        return self._conn

    def _save_what_is_replaced(self, conn: Connection) -> None:
        """Keep what this session saved in a file that another program deleted or wrote over."""
        from vsm.store.backup import save_aside

        if self._last is None or conn.has_other_name():
            return
        with contextlib.suppress(VsmError, sqlite3.Error, OSError):
            save_aside(conn, self.path)  # where it cannot be kept, the loss is told all the same

    def _open(self, lock: Lock, *, repair: bool) -> Connection:
        header = opening.read_header(self.path)
        if header is not None:
            versions.refuse_newer(header.version, self.path)
        opening.refuse_network(self.path)
        opening.refuse_second_name(self.path)
        conn = connect(self.path, write=True)
        try:
            self._check(conn, self.path.stat().st_size, lock)
            if not repair:
                opening.refuse_foreign_schema(conn, self.path)
            versions.refuse_newer_content(conn, self.path)
            self._kept = migrations.upgrade(conn, self.path) or self._kept
        except sqlite3.Error as error:
            conn.close()
            raise explain(error, self.path) from error
        except FileNotFoundError as error:
            conn.close()
            raise self._gone() from error
        except BaseException:
            conn.close()
            raise
        return conn

    def _gone(self) -> EnvironmentProblem:
        """A database that was here is never made anew: that would look like lost work."""
        return EnvironmentProblem(
            f"{self.path} is gone",
            f"put it back, or restore a backup: {vsm_command(self.path, 'restore', 'BACKUP')}",
        )

    def _refuse_loss(self, conn: Connection, lock: Lock) -> None:
        """Refuse to write after what is not the history that was acknowledged."""
        if lock.acknowledged is not None:
            loss = find_loss(conn, lock.acknowledged, self.path)
            if loss is not None:
                raise loss
        if not self._was_opened_anew:
            return  # what this session saved is in what the lock file records
        self._was_opened_anew = False
        last, self._last = self._last, None
        if last is not None and not journal.holds(conn, *last):
            raise EnvironmentProblem(
                f"{self.path} was replaced by another database: entry {last.seq}, which was saved"
                " here, is not in it",
                "nothing was changed now; look at the board as it is, then try again",
            )
        self._last = last

    def _check(self, conn: Connection, size: int, lock: Lock) -> None:
        """Look for damage before anything is written: small files always, large ones hourly."""
        now = time.time()
        if size > opening.ALWAYS_CHECKED and 0 <= now - lock.checked < CHECK_AGAIN_SECONDS:
            return
        opening.check_pages(conn, self.path)
        lock.record(checked=now)

    @contextmanager
    def transaction(
        self, *, repair: bool = False, kind: ActorKind | None = None
    ) -> Iterator[Transaction]:
        """Run one group of changes; an exception rolls everything back.

        ``kind`` says how they come about, if not by whoever writes here as such.
        ``repair`` opens a file, too, that has SQL in it which vsm did not make: to remove that.
        """
        with self._at_turn(repair=repair, is_long=kind is ActorKind.IMPORT) as begun:
            turn, lock, conn, fresh = begun
            try:
                conn.execute("BEGIN IMMEDIATE")
                self._refuse_loss(conn, lock)
                if self._on_begin is not None:
                    self._on_begin()
                now = self._clock() if turn.now is None else turn.now
                who = self._actor, kind or kind_of(self._actor)
                tx = Transaction(conn, who, self._door, now, self._at_most)
                before = tx.head
                yield tx
                with completed():
                    if tx.head != before:
                        turn.commit(partial(journal.rows_after, conn, before[0]), tx.head)
                    conn.execute("COMMIT")
                    self._last = Acknowledged(*tx.head)
                    lock.record(acknowledged=self._last)
                if conn.files() is Files.LOG_LOST:  # in this very moment
                    from vsm.store.backup import rescue

                    raise rescue(conn, self.path)
            except sqlite3.Error as error:
                self._rollback(conn, fresh)
                raise explain(error, self.path) from error
            except BaseException:
                self._rollback(conn, fresh)
                raise

    @contextmanager
    def _at_turn(
        self, *, repair: bool, is_long: bool
    ) -> Iterator[tuple[Turn, Lock, Connection, bool]]:
        """The turn at the journal, then the file's lock and connection, and whether it was made.

        In that order: nobody has to wait for the file while this waits for a journal elsewhere.
        """
        with self._guard:
            while True:
                log = self._log
                with log.begin(is_long=is_long) as turn, self._locked() as lock:
                    fresh = not self.path.exists()
                    conn = self._connected(lock, repair=repair)
                    if log is self._log:  # else the file, opened just now, has another journal
                        yield turn, lock, conn, fresh
                        return

    def _rollback(self, conn: Connection, fresh: bool) -> None:
        """Take the transaction back, and with it a file that was made for it alone."""
        try:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
        except sqlite3.Error:
            self.close()  # the next change opens the file afresh
        if fresh:
            self.close()
            self._had_database = False
            real = Path(os.path.realpath(self.path))
            for path in (real, wal_path(real), shm_path(real)):
                path.unlink(missing_ok=True)

    def record_refused_moves(self, refusals: Iterable[Refusal]) -> None:
        """Record moves that controls refused, whose transaction was taken back: the cost of gates
        is worked out from them.
        """
        gates = [refusal.gate for refusal in refusals if refusal.gate is not None]
        if not gates:
            return
        from vsm.model.event import MoveRefused

        with self.transaction() as tx:
            tx.record(MoveRefused.of(gate) for gate in gates)

    def wipe(self) -> bool:
        """Leave nothing of what was deleted in pages or log; whether that could be done.

        Not while somebody reads them, nor where there is no room for a copy. Where texts were taken
        out it is owed until it is done (:func:`vsm.store.redaction.owes_wipe`).
        """
        try:
            with self._locked() as lock:
                conn = self._connected(lock)
                conn.execute("VACUUM")
                (busy, *_) = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if busy:
                    return False
                conn.execute("DELETE FROM meta WHERE key = 'wipe'")
                return True
        except (sqlite3.Error, VsmError):
            return False

    def close(self) -> None:
        """Close the connection; the next change opens it again."""
        with self._guard:
            if self._conn is not None:
                self._conn.close()
                self._conn = None
