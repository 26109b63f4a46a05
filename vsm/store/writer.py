"""The one write path: turn → lock file → BEGIN IMMEDIATE → decide → journal → projection → COMMIT.

Blocking; screens call it from a thread. All that a transaction reads it reads inside, so a
decision is recorded against exactly what it was made on.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

from vsm.database_files import shm_path, vsm_command, wal_path
from vsm.model.actor import ActorKind, kind_of
from vsm.model.errors import EnvironmentProblem, Refusal, SavedElsewhere, VsmError
from vsm.model.role import Role
from vsm.signals import completed
from vsm.store import journal, membership, migrations, opening, versions
from vsm.store.lock import Acknowledged, Lock, exclusive
from vsm.store.loss import find_loss
from vsm.store.replica_state import tell_current
from vsm.store.sqlite import Connection, Files, connect, explain, sqlite3
from vsm.store.transaction import Transaction
from vsm.store.turn import FileLog, Log, Long, NoTurn, Row, Turn, Unanswered

CHECK_AGAIN_SECONDS = 3600
"""A large database is checked for damage at most this often by writers that open it."""


def clock() -> int:
    """Now, in UTC microseconds."""
    return time.time_ns() // 1000


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
        self._of: membership.Membership | None = None
        self._log: Log = FileLog()
        self._guard = threading.RLock()

    def open(self) -> Path | None:
        """Open, make or upgrade the database now instead of at the first change.

        Returns where the file of an older vsm is kept, if this was one.
        """
        with self._locked() as lock:
            conn = self._connected(lock)
            self._find_journal(conn)
            if self._of is None:  # what a replica lacks, its server has
                self._refuse_loss(conn, lock)
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
            self._close_file()
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
            membership.set_durability(conn, self._of)
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

    def _find_journal(self, conn: Connection) -> None:
        """Know where the journal of the database is kept; it may have been moved."""
        of = membership.membership(conn)
        if of != self._of:
            log = membership.log_of(of, self.path, self._head, self._actor)
            membership.set_durability(conn, of)
            self._log.close()
            self._log, self._of = log, of

    def _head(self) -> tuple[int, bytes]:
        if self._conn is None:
            raise self._gone()
        return journal.head(self._conn)

    def _gone(self) -> EnvironmentProblem:
        """A database that was here is never made anew: that would look like lost work."""
        return EnvironmentProblem(
            f"{self.path} is gone",
            f"put it back, or restore a backup: {vsm_command(self.path, 'restore', 'BACKUP')}",
        )

    def _refuse_loss(self, conn: Connection, lock: Lock) -> None:
        """Refuse to write after what is not the history that was acknowledged."""
        if self._of is not None:
            self._refuse_server_loss(conn, lock)
        elif lock.acknowledged is not None:
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
        self,
        *,
        repair: bool = False,
        kind: ActorKind | None = None,
        long: Long | None = None,
        records: bool = True,
    ) -> Iterator[Transaction]:
        """Run one group of changes; an exception rolls everything back.

        ``kind`` says how they come about, if not by whoever writes here as such; ``long`` that it
        takes long. ``repair`` opens a file, too, that has SQL in it which vsm did not make: to
        remove that. One that ``records`` nothing needs no turn at a journal elsewhere.
        """
        try:
            with (
                self._at_turn(repair=repair, long=long, records=records) as begun,
                self._change(*begun, kind) as tx,
            ):
                yield tx
        except Unanswered as unanswered:
            self._settle(unanswered)

    def _settle(self, unanswered: Unanswered) -> None:
        """Find out what became of entries whose commit was not answered, and take them over.

        Raises :class:`EnvironmentProblem` where they are not in the journal, and the same
        :class:`Unanswered` as long as nobody can say.
        """
        try:
            with completed():
                is_saved = self._log.holds(unanswered.last)
                while is_saved and self.catch_up():
                    pass
        except EnvironmentProblem as error:
            raise unanswered from error
        if not is_saved:
            raise EnvironmentProblem(unanswered.message, "nothing was changed; try again")

    @contextmanager
    def _change(
        self, turn: Turn, lock: Lock, conn: Connection, fresh: bool, kind: ActorKind | None
    ) -> Iterator[Transaction]:
        try:
            conn.execute("BEGIN IMMEDIATE")
            if self._of is None or turn.now is not None:  # else it need not be up to date
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
                    entries = partial(journal.rows_after, conn, before[0])
                    turn.commit(entries, tx.head, tx.taken_out)
                self._commit(conn)
                self._last = Acknowledged(*tx.head)
                lock.record(acknowledged=self._last)
            if turn.now is not None:
                tell_current(self.path)  # a turn at a server brings all that it has
            if conn.files() is Files.LOG_LOST:  # in this very moment
                from vsm.store.backup import rescue

                raise rescue(conn, self.path)
        except sqlite3.Error as error:
            self._rollback(conn, fresh)
            raise explain(error, self.path) from error
        except BaseException:
            self._rollback(conn, fresh)
            raise

    def _commit(self, conn: Connection) -> None:
        """Commit the copy of what is in the journal; in a replica the server has it already."""
        try:
            conn.execute("COMMIT")
        except sqlite3.Error as error:
            if self._of is None:
                raise
            raise SavedElsewhere(
                "the change is saved on the journal server, but not yet on this machine:"
                f" {explain(error, self.path).message}",
                "make room, or mend the disk: it is taken over then; do not do it again",
            ) from error

    @contextmanager
    def _at_turn(
        self, *, repair: bool, long: Long | None, records: bool
    ) -> Iterator[tuple[Turn, Lock, Connection, bool]]:
        """The turn at the journal, then the file's lock and connection, and whether it was made.

        In that order: nobody has to wait for the file while this waits for a journal elsewhere.
        """
        with self._guard:
            while True:
                if self._of is not None:  # it may be another one, or none, by now
                    self._look_for_journal()
                log = self._log
                with log.begin(long) if records else nullcontext(NoTurn()) as turn:
                    if turn.missing is not None:
                        with self._locked() as lock:
                            fresh = not self.path.exists()
                            conn = self._connected(lock, repair=repair)
                            self._find_journal(conn)
                            if log is self._log or not records:
                                self._take_over(conn, lock, turn.missing)
                                yield turn, lock, conn, fresh
                                return
                while turn.missing is None and self.catch_up():
                    pass

    def _look_for_journal(self) -> None:
        try:
            with self._locked() as lock:
                self._find_journal(self._connected(lock))
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    def catch_up(self) -> int:
        """Take over what others wrote to a journal elsewhere, some at a time; returns how many."""
        with self._guard:
            self._look_for_journal()
            log = self._log
            rows = log.since(membership.BATCH)
            if self._of is None:
                return 0
            with self._locked() as lock:
                conn = self._connected(lock)
                self._find_journal(conn)
                if log is not self._log:
                    return len(rows)
                self._take_over(conn, lock, rows)
                if not rows:
                    self._refuse_server_loss(conn, lock)
            return len(rows)

    def wipe_if_owed(self) -> None:
        """Overwrite what was taken out on another machine, and here as it was taken over."""
        from vsm.store.redaction import owes_wipe

        if self._conn is not None and owes_wipe(self._conn):
            self.wipe()

    def _refuse_server_loss(self, conn: Connection, lock: Lock) -> None:
        """Refuse to go on with a server that lacks what was acknowledged here."""
        last = lock.acknowledged
        if last is not None and not journal.holds(conn, *last):
            raise membership.lost_at_server(self.path, last, journal.head(conn))

    @property
    def is_replica(self) -> bool:
        """Whether the journal was kept elsewhere when the database was looked at last."""
        return self._of is not None

    def wait(self, seconds: float) -> bool:
        """Wait until somebody writes to a journal elsewhere, or for so long.

        ``True`` where it is known that this database has everything.
        """
        last = self._log.wait(seconds)
        return last is not None and self.position()[0] >= last

    def position(self) -> tuple[int, int]:
        """Up to which entry this database is, and up to which the journal was when last asked."""
        with self._guard:
            seq = self._head()[0]
            return seq, max(seq, self._log.known)

    def _take_over(self, conn: Connection, lock: Lock, rows: Sequence[Row]) -> None:
        """Fold entries in a transaction of their own: they stay, whatever becomes of a change."""
        if not rows:
            return
        from vsm.store.replica import take_over

        try:
            conn.execute("BEGIN IMMEDIATE")
            head = take_over(conn, rows, self._log, self.path)
            conn.execute("COMMIT")
        except sqlite3.Error as error:
            self._rollback(conn, fresh=False)
            raise explain(error, self.path) from error
        except BaseException:
            self._rollback(conn, fresh=False)
            raise
        if lock.acknowledged is not None and head[0] < lock.acknowledged.seq:
            return  # not caught up yet with what was acknowledged here before
        self._refuse_server_loss(conn, lock)
        self._last = Acknowledged(*head)
        lock.record(acknowledged=self._last)

    def _rollback(self, conn: Connection, fresh: bool) -> None:
        """Take the transaction back, and with it a file that was made for it alone."""
        try:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
        except sqlite3.Error:
            self._close_file()  # the next change opens the file afresh
        if fresh:
            self._close_file()
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
            self._log.close()
            self._close_file()

    def _close_file(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None
