"""Puts a journal on a server, makes replicas of it, and takes a database back to its own file."""

from __future__ import annotations

import contextlib
import glob
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from psycopg import sql

from vsm.database_files import shm_path, vsm_command, wal_path
from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.model.history import Progress
from vsm.store import journal, membership, migrations
from vsm.store.backup import dated, put_in_place
from vsm.store.chain import GENESIS, find_fault, redactions
from vsm.store.chain_check import verify
from vsm.store.lock import exclusive
from vsm.store.membership import Membership
from vsm.store.opening import make_folder, refuse_network
from vsm.store.replay import replay
from vsm.store.replica_state import forget_state, tell_current
from vsm.store.server import tables as t
from vsm.store.server.connection import Postgres, answered, dial, explained, limits
from vsm.store.server.dsn import Dsn, read_dsn
from vsm.store.sqlite import Connection, connect, explain, sqlite3
from vsm.store.turn import Row
from vsm.store.writer import Writer

_UNLIMITED = (
    "SET statement_timeout = 0",
    "SET idle_in_transaction_session_timeout = 0",
    t.STAY,
)
_BATCH = 5000
_PATIENCE = 120.0
"""Seconds without anything happening after which a server is given up that copies a journal."""
_TYPES = (
    *("int8", "int8", "int8", "int8", "int8", "int8", "int8", "text", "text", "text"),
    *("text", "int8", "text", "int8", "text", "bytea", "bytea"),
)


class Initialised(NamedTuple):
    """What was put on a server: how many entries, and what is left to whoever runs it."""

    entries: int
    membership: Membership
    left: tuple[str, ...]
    """Commands for somebody who may make roles."""


def initialise(path: Path, text: str, who: str, progress: Progress | None = None) -> Initialised:
    """Copy the journal of a database to an empty server; the database is its replica then.

    Nobody writes meanwhile. One that was interrupted after the copy is completed. Raises
    :class:`BadInput` where there is another journal already.
    """
    path, dsn = Path(os.path.realpath(path)), read_dsn(text, "DSN")
    _opened(path, who)
    with _unlimited(dsn) as server, exclusive(path, who=who), _file(path) as conn:
        _refuse_replica(conn, path)
        fault = verify(conn).fault
        if fault is not None:
            raise EnvironmentProblem(
                f"the journal of {path} is not as it was written: {fault.what}",
                f"{vsm_command(path, 'doctor')} says what to do",
            )
        head = journal.head(conn)
        with explained(dsn), answered(server.conn):
            server.conn.execute(t.BEGIN)
            is_there = _has_schema(server.conn)
        if is_there:
            return _complete(server, conn, dsn, path)
        of = Membership(str(uuid.uuid4()), dsn.text)
        with explained(dsn):
            _refuse_encoding(server.conn, dsn)
            for statement in t.CREATE:
                server.conn.execute(statement)
            with server.conn.cursor() as cursor, cursor.copy(t.COPY_IN) as copy:
                for entry in journal.rows_after(conn, 0):
                    copy.write_row(entry)
                    if entry[0] % _BATCH == 0:
                        server.goes_on()
                        if progress is not None:
                            progress(entry[0], head[0])
            server.goes_on()
            server.conn.execute("INSERT INTO vsm.head(seq, hash) VALUES(%s, %s)", head)
            known = {"cluster": of.cluster, "schema": str(t.SCHEMA), "min_client": "0"}
            for pair in known.items():
                server.conn.execute("INSERT INTO vsm.meta(key, value) VALUES(%s, %s)", pair)
            _verify(server.conn, *head)
            left = _grant(server.conn)
            server.conn.execute("COMMIT")
        _mark(conn, of)
    tell_current(path)
    return Initialised(head[0], of, left)


def _has_schema(server: Postgres) -> bool:
    row = server.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'vsm'").fetchone()
    return row is not None


def _complete(server: _Patient, conn: Connection, dsn: Dsn, path: Path) -> Initialised:
    """Go on with a server that has this very journal: putting it there was interrupted."""
    cluster, head = _cluster(server.conn, dsn), journal.head(conn)
    with explained(dsn):
        row = server.conn.execute(t.HEAD).fetchone()
        server.conn.execute("ROLLBACK")
    if row is None or (int(row[0]), bytes(row[1])) != head:
        raise BadInput(
            f"the database on {dsn.servers} has another journal already",
            f"{vsm_command(path, 'cluster', 'join', dsn.text)}, or name another database",
        )
    of = Membership(cluster, dsn.text)
    _mark(conn, of)
    return Initialised(head[0], of, ())


def join(path: Path, text: str, who: str, progress: Progress | None = None) -> int:
    """Make a database the replica of a server's journal; returns how many entries it has.

    One that is not there is made; one that is there must hold the beginning of that journal, as a
    backup of a replica does. Raises :class:`BadInput` where it holds something else.
    """
    path, dsn = Path(os.path.realpath(path)), read_dsn(text, "DSN")
    if not path.exists():
        make_folder(path)
        part = _fetched(path, dsn, None, progress)
        with exclusive(path, who=who) as lock:
            if path.exists():
                _take_away(part)
                raise BadInput(f"{path} was made by somebody else in this moment", "try again")
            put_in_place(part, path, lock, None)
    else:
        _opened(path, who)
        with _unlimited(dsn) as server:
            cluster = _cluster(server.conn, dsn)
            with exclusive(path, who=who), _file(path) as conn:
                last, digest = journal.head(conn)
                with explained(dsn), answered(server.conn):
                    row = server.conn.execute(t.HASH, (last,)).fetchone()
                if last and (row is None or bytes(row[0]) != digest):
                    raise BadInput(
                        f"{path} holds other work than the journal on {dsn.servers}",
                        "name a file that is not there with --db, or the backup of a replica",
                    )
                _mark(conn, Membership(cluster, dsn.text))
    return catch_up(path, who, progress)


def catch_up(path: Path, who: str, progress: Progress | None = None) -> int:
    """Take over all that the server has; returns how many entries there are."""
    writer = Writer(path, actor=who, session="", source="replica", create=False)
    try:
        while writer.catch_up():
            if progress is not None:
                progress(*writer.position())
        tell_current(path)
        return writer.position()[0]
    finally:
        writer.close()


def rebuild(path: Path, who: str, progress: Progress | None = None) -> tuple[int, Path]:
    """Make a replica anew from its server; how many entries, and where the old file is kept.

    The old one may be damaged or forked: only where its journal is kept is read from it. Others
    read and write it until the new one is there.
    """
    path = Path(os.path.realpath(path))
    with _file(path) as conn:
        of, stored = membership.membership(conn), membership.stored(conn)
    if of is None or stored is None:
        raise BadInput(
            f"{path} is no replica", f"{vsm_command(path, 'rebuild')} makes its tables anew"
        )
    dsn = read_dsn(of.dsn, "the journal of this replica")
    part = _fetched(path, dsn, stored, progress)
    kept = dated(path, "replaced")
    with exclusive(path, who=who) as lock:
        put_in_place(part, path, lock, kept)
    return catch_up(path, who), kept


def leave(path: Path, who: str, *, as_it_is: bool) -> int:
    """Make a replica a database of its own; returns how many entries it has.

    It takes over what the server has first, unless it is left ``as_it_is``.
    """
    with _file(path) as conn:
        if membership.membership(conn) is None:
            raise BadInput(f"{path} is no replica: there is nothing to leave", "")
    if not as_it_is:
        catch_up(path, who)
    with exclusive(path, who=who), _file(path) as conn:
        conn.execute("BEGIN IMMEDIATE")
        membership.unmark(conn)
        conn.execute("COMMIT")
        forget_state(path)
        return journal.head(conn)[0]


# -- parts ------------------------------------------------------------------------------


def _fetched(path: Path, dsn: Dsn, of: Membership | None, progress: Progress | None) -> Path:
    """A replica in a file of its own beside the path, of the journal ``of`` or whichever it is."""
    refuse_network(path)
    for left in path.parent.glob(f"{glob.escape(path.name)}.*.joining"):
        _take_away(left)  # of one that was killed
    part = dated(path, "joining")
    migrations.make_new(part)
    try:
        with _unlimited(dsn) as server:
            cluster = _cluster(server.conn, dsn)
            if of is not None and of.cluster != cluster:
                raise membership.other_journal(dsn.servers)
            conn = connect(part, write=True)
            try:
                conn.execute("PRAGMA synchronous=OFF")  # it is nobody's until it is in place
                conn.execute("BEGIN IMMEDIATE")
                _fill(conn, server, dsn, progress)
                replay(conn)
                membership.mark(conn, of or Membership(cluster, dsn.text))
                conn.execute("COMMIT")
                conn.execute("PRAGMA synchronous=FULL")
                conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.Error as error:
                raise explain(error, part) from error
            finally:
                conn.close()
    except BaseException:
        _take_away(part)
        raise
    return part


def _take_away(part: Path) -> None:
    for left in (part, wal_path(part), shm_path(part)):
        left.unlink(missing_ok=True)


def _fill(conn: Connection, server: _Patient, dsn: Dsn, progress: Progress | None) -> None:
    """Copy a whole journal into an empty one, entry by entry checked against the chain."""
    with explained(dsn):
        server.conn.execute(t.LOOK)
        head = server.conn.execute(t.HEAD).fetchone()
        redacted: dict[int, str] = {}
        for (payload,) in server.conn.execute(t.REDACTED):
            redacted.update(redactions(payload))
    total = int(head[0]) if head is not None else 0

    def proven() -> Iterator[Row]:
        last = GENESIS
        with explained(dsn), server.conn.cursor() as cursor, cursor.copy(t.COPY_OUT) as copy:
            copy.set_types(_TYPES)
            for expected, row in enumerate(copy.rows(), 1):
                fault = find_fault(row, expected, last, redacted)
                if fault is not None:
                    raise EnvironmentProblem(
                        f"the journal on {dsn.servers} is not as it was written: {fault}",
                        "nothing was changed here; restore the server from a backup",
                    )
                last = row[16]
                if expected % _BATCH == 0:
                    server.goes_on()
                    if progress is not None:
                        progress(expected, total)
                yield row

    journal.insert(conn, proven())
    with explained(dsn):
        server.conn.execute(t.COMMIT)


def _opened(path: Path, who: str) -> None:
    """Open a database once as a writer does: checked, and brought up to date."""
    writer = Writer(path, actor=who, session="", source="cli", create=False)
    try:
        writer.open()
    finally:
        writer.close()


@contextlib.contextmanager
def _file(path: Path) -> Iterator[Connection]:
    conn = connect(path, write=True)
    try:
        yield conn
    except sqlite3.Error as error:
        raise explain(error, path) from error
    finally:
        conn.close()


class _Patient(NamedTuple):
    """A connection on which statements may take long, as long as something happens."""

    conn: Postgres

    def goes_on(self) -> None:
        """Something has happened: hang up only if nothing more does."""
        limits.set(self.conn, _PATIENCE)


@contextlib.contextmanager
def _unlimited(dsn: Dsn) -> Iterator[_Patient]:
    conn = dial(dsn)
    try:
        with explained(dsn), answered(conn):
            for statement in _UNLIMITED:
                conn.execute(statement)
        with answered(conn, _PATIENCE):
            yield _Patient(conn)
    finally:
        conn.close()


def _mark(conn: Connection, of: Membership) -> None:
    conn.execute("BEGIN IMMEDIATE")
    membership.mark(conn, of)
    conn.execute("COMMIT")


def _refuse_replica(conn: Connection, path: Path) -> None:
    if membership.membership(conn) is not None:
        raise BadInput(
            f"{path} is a replica of a journal server already",
            f"{vsm_command(path, 'cluster', 'status')} says of which",
        )


def _refuse_encoding(server: Postgres, dsn: Dsn) -> None:
    row = server.execute("SHOW server_encoding").fetchone()
    if row is None or row[0] != "UTF8":
        raise BadInput(
            f"the database on {dsn.servers} has the encoding {row and row[0]}, not UTF8",
            "make one: createdb -E UTF8 -T template0 NAME",
        )


def _cluster(server: Postgres, dsn: Dsn) -> str:
    with explained(dsn):
        known: dict[str, str] = dict(server.execute(t.META).fetchall())
    if known.get("schema") != str(t.SCHEMA):
        raise EnvironmentProblem(
            f"the journal on {dsn.servers} has tables of another version"
            f" ({known.get('schema')}, this vsm knows {t.SCHEMA})",
            "install the same vsm on all machines",
        )
    return known["cluster"]


def _verify(server: Postgres, last: int, digest: bytes) -> None:
    """Hold the copy against what was copied, before anybody may use it."""
    counted = server.execute("SELECT count(*), max(seq) FROM vsm.journal").fetchone()
    row = server.execute(t.HASH, (last,)).fetchone()
    if counted != (last, last or None) or (last and (row is None or bytes(row[0]) != digest)):
        raise EnvironmentProblem(
            f"the copy on the server differs: {counted} for {last} entries", "nothing was changed"
        )


def _grant(server: Postgres) -> tuple[str, ...]:
    """Let the two roles do what they may; returns what only somebody else can do."""
    may = server.execute(
        "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    left: list[str] = []
    named = {t.WRITER: "writer", t.READER: "reader"}
    there = {
        row[0]
        for row in server.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", (list(named),)
        )
    }
    for role in named:
        if role in there:
            continue
        make = sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role))
        if may is not None and may[0]:
            server.execute(make)
        else:
            left.append(make.as_string(server))
    names = {key: sql.Identifier(role) for role, key in named.items()}
    for text in t.ROLES:
        grant = sql.SQL(text).format(**names)
        if left:
            left.append(grant.as_string(server))
        else:
            server.execute(grant)
    return tuple(left)
