"""The journal on a server: turns, what others wrote since, and what became of a commit.

The row of the head is the turn: whoever has locked it writes next. PostgreSQL serves those who wait
in order. Entries come into sight in that order too, so none is ever skipped.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import LiteralString, TypeVar

import psycopg
from psycopg import errors

from vsm.model.errors import EnvironmentProblem, TooOld
from vsm.store.chain import REDACTED, redactions
from vsm.store.lock import queue
from vsm.store.membership import Membership, lost_at_server, other_journal
from vsm.store.server import tables as t
from vsm.store.server.connection import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    Line,
    Postgres,
    answered,
    ask,
    explain,
    explained,
)
from vsm.store.server.dsn import read_dsn
from vsm.store.sqlite import BUSY_SECONDS
from vsm.store.turn import Long, Row, TakenOut, Unanswered

Head = tuple[int, bytes]
T = TypeVar("T")
FAR = 1000
"""A replica so many entries behind catches up before it takes a turn."""
SETTLE_SECONDS = 0.03
"""How long after the first word of something new a follower waits for more."""
_COPIED = 200
"""From so many entries on they are copied instead of inserted."""


class ServerTurn:
    """A turn that a server gave: its head is locked until the turn ends."""

    def __init__(self, line: Line, head: Head, now: int, missing: list[Row] | None) -> None:
        self.now = now
        self.missing: Sequence[Row] | None = missing
        self.seconds = ANSWER_SECONDS
        self._head, self._line = head, line

    def commit(
        self, entries: Callable[[], Iterable[Row]], last: Head, taken_out: Sequence[TakenOut]
    ) -> None:
        """Insert the entries, move the head, tell the others, commit; as few trips as can be."""
        count = last[0] - self._head[0]
        sent = False
        conn = self._line.held()
        try:
            with answered(conn, self.seconds):
                if count > _COPIED:
                    with conn.cursor() as cursor, cursor.copy(t.COPY_IN) as copy:
                        for entry in entries():
                            copy.write_row(entry)
                sent = True
                inserted = [] if count > _COPIED else [(t.INSERT, entry) for entry in entries()]
                changed = [(t.TAKE_OUT, tuple(map(list, zip(*taken_out, strict=True))))]
                ask(
                    conn,
                    *inserted,
                    *(changed if taken_out else ()),
                    (t.ADVANCE, last),
                    (t.NOTIFY, (str(last[0]),)),
                    # The standby may be slow: that the others wait then is right, but no failure.
                    t.UNLIMITED,
                    t.COMMIT,
                )
        except psycopg.Error as error:
            problem = explain(error, self._line.dsn)
            if sent and conn.closed:
                raise Unanswered(
                    f"{problem.message}, while a change was being saved",
                    "it is not known whether it was: look once the server is back, before you do it"
                    " again",
                    last,
                ) from error
            raise problem from error


class ServerLog:
    """The journal that a replica belongs to. ``mine`` gives where the replica stands."""

    def __init__(self, of: Membership, path: Path, mine: Callable[[], Head], who: str) -> None:
        self.of = of
        self._path, self._mine, self._who = path, mine, who
        self._line = Line(read_dsn(of.dsn, "the journal of this replica"))
        self._listening: Postgres | None = None
        self.known = 0

    # -- turns --------------------------------------------------------------------------

    @contextmanager
    def begin(self, long: Long | None) -> Iterator[ServerTurn]:
        """Wait for a turn: first among those of this machine, then at the server.

        So one process of this machine that stands still cannot make the others block the server.
        """
        with queue(self._path, self._who), self._announced(long):
            turn = self._take()
            try:
                if long is not None:
                    turn.seconds = float(long.seconds)
                    self._allow(long.seconds)
                yield turn
            finally:
                self._line.give_up()

    def _take(self) -> ServerTurn:
        began = time.monotonic()
        while True:
            conn, is_new = self._line.reach()
            try:
                with answered(conn):
                    return self._lock_head(conn)
            except errors.LockNotAvailable as error:
                self._line.give_up()
                if time.monotonic() < began + BUSY_SECONDS:
                    continue
                raise self._busy(error) from error
            except psycopg.OperationalError as error:
                self._line.drop()
                # A line that was idle may just have been closed; one that is silent stays so.
                if is_new or time.monotonic() > began + CONNECT_SECONDS:
                    raise explain(error, self._line.dsn) from error
            except psycopg.Error as error:
                self._line.give_up()
                raise explain(error, self._line.dsn) from error
            except BaseException:
                self._line.give_up()
                raise

    def _lock_head(self, conn: Postgres) -> ServerTurn:
        mine = self._mine()
        _, ((seq, digest),), ((now,),), about, entries = ask(
            conn, t.BEGIN, t.TURN, t.NOW, t.META, _entries(mine, FAR)
        )
        meta: dict[str, str] = dict(about)
        self._refuse_other(meta)
        self._refuse_too_old(meta)
        at = int(seq), bytes(digest)
        rows: list[Row] | None = self._following(mine, at, entries)
        if rows is not None and (
            len(rows) < at[0] - mine[0] or any(row[12] == REDACTED for row in rows)
        ):
            rows = None  # too many, or one after which all tables are made anew
        return ServerTurn(self._line, at, int(now), rows)

    def _allow(self, seconds: int) -> None:
        limit, conn = str(seconds * 1000), self._line.held()
        with explained(self._line.dsn), answered(conn):
            conn.execute(t.LIMITS, (limit, limit))

    @contextmanager
    def _announced(self, long: Long | None) -> Iterator[None]:
        """Let others know that this turn takes long, and why."""
        if long is None:
            yield
            return
        name = f"{socket.gethostname()}:{os.getpid()}"
        row = name, f"{long.what} by {self._who}", long.seconds
        self._asked(lambda conn: conn.execute(t.ANNOUNCE, row))
        try:
            yield
        finally:
            with suppress(EnvironmentProblem):
                self._asked(lambda conn: conn.execute(t.END_LONG, (name,)))

    def _asked(self, act: Callable[[Postgres], T]) -> T:
        """Ask on the line; once more on a new one where it was idle and has been closed."""
        while True:
            conn, is_new = self._line.reach()
            try:
                with answered(conn):
                    return act(conn)
            except psycopg.Error as error:
                self._line.drop()  # with whatever is under way on it
                if is_new or not isinstance(error, psycopg.OperationalError):
                    raise explain(error, self._line.dsn) from error

    def _busy(self, error: psycopg.Error) -> EnvironmentProblem:
        rows = self._asked(lambda conn: conn.execute(t.LONG).fetchall())
        if not rows:
            return explain(error, self._line.dsn)
        ((what, left),) = rows
        most = f", at most {left:.0f} s more" if left > 0 else ""
        return EnvironmentProblem(
            f"the journal is busy with {what}{most}", "nothing was changed; try again later"
        )

    # -- reading ------------------------------------------------------------------------

    def since(self, limit: int) -> list[Row]:
        """The next entries that the replica does not have; raises :class:`ForkedReplica`."""
        mine = self._mine()
        _, ((seq, digest),), about, entries, _ = self._asked(
            lambda conn: ask(conn, t.LOOK, t.HEAD, t.META, _entries(mine, limit), t.COMMIT)
        )
        self._refuse_other(dict(about))
        return self._following(mine, (int(seq), bytes(digest)), entries)

    def redacted(self) -> Mapping[int, str]:
        """What entries became from which texts were taken out, by position."""
        rows = self._asked(lambda conn: conn.execute(t.REDACTED).fetchall())
        out: dict[int, str] = {}
        for (payload,) in rows:
            out.update(redactions(payload))
        return out

    def some(self, positions: Sequence[int]) -> Iterable[Row]:
        """Entries by their positions, in order."""
        return self._asked(lambda conn: conn.execute(t.SOME, (list(positions),)).fetchall())

    def holds(self, last: Head) -> bool:
        """Whether entries that were sent are in the journal.

        Asked with the turn: without it whoever had it could still commit them after the answer.
        Where they are, the answer waits until a standby has them, as that of a commit does.
        """
        self._line.drop()
        _, _, rows = self._asked(lambda conn: ask(conn, t.BEGIN, t.TURN, (t.HASH, last[:1])))
        is_there = [(last[1],)] == [(bytes(digest),) for (digest,) in rows]
        end = (t.TOUCH, t.UNLIMITED, t.COMMIT) if is_there else (t.ROLLBACK,)
        try:
            with explained(self._line.dsn), answered(self._line.held()):
                ask(self._line.held(), *end)
        except EnvironmentProblem:
            self._line.drop()
            raise
        return is_there

    def wait(self, seconds: float) -> int | None:
        """Wait until somebody has written; up to which entry, ``None`` where nobody said.

        A moment longer than until the first says so: what several write is then taken over at
        once, and what this host wrote itself not at all.
        """
        conn, _ = self._line.reach()
        with explained(self._line.dsn):
            if conn is not self._listening:
                with answered(conn):
                    ask(conn, t.STAY, t.LISTEN)
                self._listening = conn
                return None  # what came before it listened, nobody said
            words = [notice.payload for notice in conn.notifies(timeout=seconds, stop_after=1)]
            if not words:
                return None
            words += [notice.payload for notice in conn.notifies(timeout=SETTLE_SECONDS)]
            return max((int(word) for word in words if word.isdecimal()), default=None)

    def close(self) -> None:
        """Close the connection; the next turn opens it again."""
        self._line.drop()

    def _following(self, mine: Head, head: Head, rows: list[Row]) -> list[Row]:
        """What comes after the replica's last entry, which must be the server's entry, too."""
        self.known = head[0]
        if not mine[0]:
            return rows
        if not rows or rows[0][0] != mine[0] or bytes(rows[0][16]) != mine[1]:
            raise lost_at_server(self._path, mine, head)
        return rows[1:]

    def _refuse_other(self, meta: Mapping[str, str]) -> None:
        if meta.get("cluster") != self.of.cluster:
            raise other_journal(self._line.dsn.servers)

    def _refuse_too_old(self, meta: Mapping[str, str]) -> None:
        if int(meta.get("min_client", "0")) > t.CLIENT:
            raise TooOld(
                f"the journal server {self._line.dsn.servers} asks for a newer vsm"
                f" ({meta['min_client']}, this one is {t.CLIENT})",
                "nothing was changed; install the newer vsm on this machine",
            )


def _entries(mine: Head, limit: int) -> tuple[LiteralString, tuple[int, int]]:
    """Ask for a replica's last entry, which is to be the server's too, and those after it."""
    return t.ENTRIES, (max(mine[0], 1), limit + 1)
