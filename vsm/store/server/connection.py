"""Connections to a journal server, none of which is waited for without a limit.

The server ends what takes too long there; what gives no answer at all (a network that swallows
packets, a machine that stands still) is hung up from here.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, LiteralString

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from vsm.model.errors import EnvironmentProblem, Unreachable
from vsm.model.sanitise import inert_line
from vsm.store.server.dsn import Dsn
from vsm.store.turn import Row

logging.getLogger("psycopg").addHandler(logging.NullHandler())  # a board owns the terminal

Postgres = psycopg.Connection[tuple[Any, ...]]

CONNECT_SECONDS = 2
"""How long each host is tried."""
ANSWER_SECONDS = 5.2
"""How long an answer may take; a little longer than the server lets a statement run."""
LOCK_SECONDS = 4
"""How long the server lets a statement wait for somebody else's turn to end."""
_WATCH_SECONDS = 0.25
_WATCHES_KEPT = 8
"""How often it is looked whether an answer is late, and how often for nothing before that ends."""
_OPTIONS = (
    f"-c statement_timeout=5000 -c lock_timeout={LOCK_SECONDS * 1000}"
    " -c idle_in_transaction_session_timeout=5000 -c idle_session_timeout=10000"
)
"""A host that stands still blocks the others for five seconds; an idle session is not kept."""
_DURABLE = ("on", "remote_apply")
_NOTHING = "nothing was changed"


def dial(dsn: Dsn) -> Postgres:
    """Connect to the host of a server that can be written to; raises :class:`Unreachable`."""
    options = f"{dsn.parameters.get('options') or ''} {_OPTIONS}".strip()
    try:
        conn = psycopg.connect(
            dsn.connection,
            autocommit=True,
            prepare_threshold=2,
            connect_timeout=CONNECT_SECONDS,
            target_session_attrs="read-write",
            application_name="vsm",
            client_encoding="UTF8",
            tcp_user_timeout=int(ANSWER_SECONDS * 1000),
            keepalives_idle=10,
            keepalives_interval=2,
            keepalives_count=2,
            options=options,
        )
    except psycopg.Error as error:
        raise explain(error, dsn) from error
    try:
        with answered(conn), explained(dsn):
            row = conn.execute("SHOW synchronous_commit").fetchone()
            if row is not None and row[0] not in _DURABLE:
                conn.execute("SET synchronous_commit = on")
    except BaseException:
        conn.close()
        raise
    return conn


class Line:
    """One connection, made when it is needed and made anew once it is lost; for one thread."""

    def __init__(self, dsn: Dsn) -> None:
        self.dsn = dsn
        self._conn: Postgres | None = None

    def reach(self) -> tuple[Postgres, bool]:
        """The connection, and whether it was made just now."""
        if self._conn is not None and not self._conn.closed:
            return self._conn, False
        self._conn = dial(self.dsn)
        return self._conn, True

    def held(self) -> Postgres:
        """The connection that a turn was given on; it may be lost since."""
        if self._conn is None:
            raise Unreachable(f"the journal server {self.dsn.servers} was let go", _NOTHING)
        return self._conn

    def drop(self) -> None:
        """Close the connection, whatever is under way."""
        conn, self._conn = self._conn, None
        if conn is not None:
            with suppress(psycopg.Error, OSError):
                conn.close()

    def give_up(self) -> None:
        """Take back the transaction that is under way, if one is."""
        conn = self._conn
        if conn is None or conn.closed:
            return
        if conn.info.transaction_status is not TransactionStatus.IDLE:
            try:
                with answered(conn):
                    conn.execute("ROLLBACK")
            except psycopg.Error:
                self.drop()


Statement = LiteralString | tuple[LiteralString, Sequence[Any]]
"""A statement, or one with its values."""


def ask(conn: Postgres, *statements: Statement) -> list[list[Row]]:
    """Run statements in one trip; the rows of each.

    As one simple query and no pipeline: after a pipeline, whose end psycopg has flushed, the server
    no longer counts how long a session is idle, and a host that stands still would block all.
    """
    cursor = psycopg.ClientCursor(conn)
    text = ";".join(s if isinstance(s, str) else cursor.mogrify(*s) for s in statements)
    cursor.execute(text.encode())
    results: list[list[Row]] = []
    while True:
        results.append(cursor.fetchall() if cursor.description else [])
        if not cursor.nextset():
            return results


class _Limits:
    """Hangs up connections whose answers take too long: one thread, as long as any is waited for.

    A thread for each wait would cost more than the wait.
    """

    def __init__(self) -> None:
        self._until: dict[Postgres, float] = {}
        self._guard = threading.Lock()
        self._is_watching = False

    def set(self, conn: Postgres, seconds: float) -> float | None:
        """Hang up after so many seconds; the moment at which it would have been before, if any."""
        with self._guard:
            before = self._until.get(conn)
            self._until[conn] = time.monotonic() + seconds
            if not self._is_watching:
                threading.Thread(target=self._watch, daemon=True, name="vsm-limits").start()
                self._is_watching = True
            return before

    def take_back(self, conn: Postgres, before: float | None) -> None:
        """The answer is there: as it was before."""
        with self._guard:
            self._until.pop(conn, None)
            if before is not None:
                self._until[conn] = before

    def _watch(self) -> None:
        idle = 0
        while idle < _WATCHES_KEPT:
            time.sleep(_WATCH_SECONDS)
            with self._guard:
                idle = 0 if self._until else idle + 1
                now = time.monotonic()
                late = [conn for conn, until in self._until.items() if now > until]
                for conn in late:
                    del self._until[conn]
                    _hang_up(conn)
                self._is_watching = idle < _WATCHES_KEPT


limits = _Limits()


@contextmanager
def answered(conn: Postgres, seconds: float = ANSWER_SECONDS) -> Iterator[None]:
    """Hang up where the block, which asks the server, takes longer than that."""
    before = limits.set(conn, seconds)
    try:
        yield
    finally:
        limits.take_back(conn, before)


def _hang_up(conn: Postgres) -> None:
    with suppress(OSError, psycopg.Error):
        line = socket.socket(fileno=conn.fileno())
        try:
            line.shutdown(socket.SHUT_RDWR)  # whoever waits for it is woken with an error
        finally:
            line.detach()


@contextmanager
def explained(dsn: Dsn) -> Iterator[None]:
    """Turn errors of the server into ones to act on."""
    try:
        yield
    except psycopg.Error as error:
        raise explain(error, dsn) from error


def explain(error: psycopg.Error, dsn: Dsn) -> EnvironmentProblem:
    """Say in one line what an error of the server means and what to do."""
    for kind, message, remedy in _KNOWN:
        if isinstance(error, kind):
            user = str(dsn.parameters.get("user") or "this role")
            return EnvironmentProblem(message.format(servers=dsn.servers, user=user), remedy)
    reason = inert_line((str(error).strip() or type(error).__name__).splitlines()[0])
    reason = reason.removeprefix("connection failed: ").rpartition(" failed: ")[2]
    if "session is read-only" in reason:
        reason = "only a standby answers"
    if error.sqlstate is None or isinstance(error, errors.OperationalError):
        if "authentication failed" in reason or "no password supplied" in reason:
            return EnvironmentProblem(
                f"the journal server {dsn.servers} does not let you in: {reason:.200}",
                "put the password into ~/.pgpass (mode 0600) or a service file",
            )
        return Unreachable(
            f"the journal server {dsn.servers} cannot be reached: {reason:.200}",
            f"{_NOTHING}; try again once it is back",
        )
    return EnvironmentProblem(
        f"the journal server {dsn.servers} refuses: {reason:.200}",
        f"{_NOTHING}; ask whoever runs it",
    )


_KNOWN: tuple[tuple[type[psycopg.Error] | tuple[type[psycopg.Error], ...], str, str], ...] = (
    (
        errors.InsufficientPrivilege,
        "{user} may not do this on the journal server {servers}",
        "whoever runs it lets a host in with: GRANT vsm_writer TO ROLE",
    ),
    (
        (errors.UndefinedTable, errors.InvalidSchemaName),
        "the database on {servers} holds no journal of vsm's",
        "name another one, or put a journal there: vsm cluster init DSN",
    ),
    (
        errors.LockNotAvailable,
        "the journal server {servers} has been busy for too long: somebody else changes much, or no"
        " standby confirms a change",
        f"{_NOTHING}; try again",
    ),
    (
        errors.IdleInTransactionSessionTimeout,
        "this takes longer than a turn at the journal server may take",
        f"{_NOTHING}; try again when this machine is less busy, and import large files in parts",
    ),
    (
        (errors.DiskFull, errors.TooManyConnections),
        "the journal server {servers} has no room left: disk or connections",
        f"{_NOTHING}; ask whoever runs it",
    ),
    (
        errors.DataError,
        "the journal server {servers} cannot hold a text of this change",
        f"{_NOTHING}; take characters out that are none, such as NUL",
    ),
)
