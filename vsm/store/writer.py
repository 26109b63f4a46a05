"""The one write path: lock file → BEGIN IMMEDIATE → decide → journal → projection → COMMIT.

Blocking; screens call it from a thread. All that a transaction reads it reads inside, so a
decision is recorded against exactly what it was made on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from vsm.model.errors import EnvironmentProblem
from vsm.store import journal, migrations, opening
from vsm.store.lock import exclusive
from vsm.store.present import Present
from vsm.store.sqlite import connect, explain, sqlite3

if TYPE_CHECKING:
    from vsm.model.event import Event, Recorded
    from vsm.store.stated import Row, Stated

CHECK_AGAIN_SECONDS = 3600
"""A large database is checked for damage at most this often by writers that open it."""


def clock() -> int:
    """Now, in UTC microseconds."""
    return time.time_ns() // 1000


class Transaction:
    """One group of changes in the making: decide against ``view``, then ``record``."""

    def __init__(
        self, conn: sqlite3.Connection, actor: str, session: str, source: str, now: int
    ) -> None:
        from vsm.store.projection import Projector

        self.conn = conn
        self.view = Present(conn)
        self.now = now
        self.recorded: list[Recorded] = []
        self._who = (actor, session, source)
        self._projector = Projector(conn)
        self._seq, self._hash = journal.head(conn)
        self.grp = self._seq + 1
        self._versions: dict[int, int] = {}

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
        self, histories: Iterable[tuple[Stated, bytes]], size: int = 4000
    ) -> Iterator[int]:
        """Record many item histories with their payloads; yields how many so far.

        Leaves the same journal and tables as :meth:`record` with their events would, but makes
        no events and keeps none. The group's ``ImportRan`` is recorded before.
        """
        from itertools import islice

        left, done = iter(histories), 0
        while chunk := list(islice(left, size)):
            rows: list[Row] = []
            for seq, (stated, _) in enumerate(chunk, self._seq + 1):
                version = self._next_version(stated.item, new=stated.replaces is None)
                rows.append((seq, version, stated))
            payloads = (payload for _, payload in chunk)
            self._hash = journal.append_stated(
                self.conn,
                zip(rows, payloads, strict=True),
                self._hash,
                grp=self.grp,
                at=self.now,
                who=self._who,
            )
            self._projector.apply_stated(self.grp, rows)
            self._seq += len(chunk)
            done += len(chunk)
            yield done

    def _envelopes(
        self, events: Iterable[Event], at: int, undoes: int | None
    ) -> Iterator[Recorded]:
        from vsm.model.event import Recorded

        actor, session, source = self._who
        for event in events:
            self._seq += 1
            item = getattr(event, "item", None)
            new = event.kind == "item_history_imported" and event.replaces is None
            version = None if item is None else self._next_version(item, new=new)
            yield Recorded(
                self._seq,
                self.grp,
                undoes,
                item,
                version,
                at,
                self.now,
                actor,
                session,
                source,
                getattr(event, "source_key", None),
                getattr(event, "stream", None),
                event,
            )

    def _next_version(self, item: int, *, new: bool) -> int:
        if new:
            return 1  # an imported item, one of very many: nothing to look up
        known = self._versions.get(item)
        version = (self.view.version(item) if known is None else known) + 1
        self._versions[item] = version
        return version


class Writer:
    """Owns the writing connection of one process; safe to call from several threads."""

    def __init__(
        self,
        path: Path,
        *,
        actor: str,
        session: str,
        source: str,
        clock: Callable[[], int] = clock,
        create: bool = True,
    ) -> None:
        self.path = path
        self._clock = clock
        self._create = create
        self._who = (actor, session, source)
        self._conn: sqlite3.Connection | None = None
        self._inode: tuple[int, int] | None = None
        self._guard = threading.RLock()

    def open(self) -> None:
        """Open, make or upgrade the database now instead of at the first change."""
        with self._guard, exclusive(self.path if self.path.parent.is_dir() else self._folder()):
            self._connected()

    def _folder(self) -> Path:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            from vsm.store.sqlite import explain_os

            raise explain_os(error, self.path) from error
        return self.path

    def _connected(self) -> sqlite3.Connection:
        """The connection to the file that is at the path now; the caller holds the lock."""
        if self._conn is not None:
            try:
                here = self.path.stat()
            except FileNotFoundError as error:
                self.close()
                raise self._gone() from error
            if (here.st_dev, here.st_ino) == self._inode:
                return self._conn
            self.close()  # another file was put in its place, by a restore for example
        if not self.path.exists():
            if self._inode is not None or not self._create:
                raise self._gone()
            opening.make_new(self.path)
        header = opening.read_header(self.path)
        migrations.refuse_newer(header.version, self.path)
        conn = connect(self.path, write=True)
        try:
            self._check(conn, header.pages * header.page_size)
            migrations.upgrade(conn, self.path)
        except sqlite3.Error as error:
            conn.close()
            raise explain(error, self.path) from error
        except BaseException:
            conn.close()
            raise
        try:
            here = self.path.stat()
        except FileNotFoundError as error:
            conn.close()
            raise self._gone() from error
        self._conn, self._inode = conn, (here.st_dev, here.st_ino)
        return conn

    def _gone(self) -> EnvironmentProblem:
        """A database that was here is never made anew: that would look like lost work."""
        return EnvironmentProblem(
            f"{self.path} is gone",
            f"put it back, or restore a backup: vsm --db {self.path} restore BACKUP",
        )

    def _check(self, conn: sqlite3.Connection, size: int) -> None:
        """Look for damage before anything is written: small files always, large ones hourly."""
        from vsm.store.lock import lock_path

        stamp = lock_path(self.path)
        try:
            checked = float(stamp.read_text() or 0)
        except (OSError, ValueError):
            checked = 0.0
        now = time.time()
        if size > opening.ALWAYS_CHECKED and 0 <= now - checked < CHECK_AGAIN_SECONDS:
            return
        opening.check_pages(conn, self.path)
        stamp.write_text(f"{now:.0f}\n")

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Run one group of changes; an exception rolls everything back."""
        with self._guard, exclusive(self.path if self.path.parent.is_dir() else self._folder()):
            fresh = not self.path.exists()
            conn = self._connected()
            try:
                conn.execute("BEGIN IMMEDIATE")
                yield Transaction(conn, *self._who, self._clock())
                conn.execute("COMMIT")
            except sqlite3.Error as error:
                self._rollback(conn, fresh)
                raise explain(error, self.path) from error
            except BaseException:
                self._rollback(conn, fresh)
                raise

    def _rollback(self, conn: sqlite3.Connection, fresh: bool) -> None:
        """Take the transaction back, and with it a file that was made for it alone."""
        try:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
        except sqlite3.Error:
            self.close()  # the next change opens the file afresh
        if fresh:
            self.close()
            self._inode = None
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        """Close the connection; the next change opens it again."""
        with self._guard:
            if self._conn is not None:
                self._conn.close()
                self._conn = None
