"""Membership of a journal that a server keeps: what makes a database a replica."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vsm.database_files import vsm_command
from vsm.model.errors import EnvironmentProblem
from vsm.store.turn import FileLog, Log
from vsm.store.versions import REPLICA

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

BATCH = 500
"""How many entries are folded in one transaction."""
VARIABLE = "VSM_JOURNAL"
"""The variable that says where the server is, instead of what ``vsm cluster join`` was told."""
_CLUSTER, _DSN = "cluster", "journal"


class Membership(NamedTuple):
    """Of which journal a database is a replica: the id of the cluster, and where its server is."""

    cluster: str
    dsn: str


class ForkedReplica(EnvironmentProblem):
    """The replica and its server have different histories: nothing more is written here."""


def membership(conn: sqlite3.Connection) -> Membership | None:
    """Of which journal this database is a replica; ``None`` for a database of its own."""
    (version,) = conn.execute("PRAGMA user_version").fetchone()
    if version < REPLICA:
        return None
    sql = "SELECT key, value FROM meta WHERE key IN (?, ?)"
    known = dict(conn.execute(sql, (_CLUSTER, _DSN)).fetchall())
    return Membership(known.get(_CLUSTER, ""), os.environ.get(VARIABLE) or known.get(_DSN, ""))


def stored(conn: sqlite3.Connection) -> Membership | None:
    """The same as it is kept in the database, whatever :data:`VARIABLE` says."""
    of = membership(conn)
    if of is None:
        return None
    row = conn.execute("SELECT value FROM meta WHERE key = ?", (_DSN,)).fetchone()
    return of if row is None else Membership(of.cluster, str(row[0]))


def mark(conn: sqlite3.Connection, of: Membership) -> None:
    """Make a database a replica, in the caller's transaction; older versions of vsm refuse it."""
    (version,) = conn.execute("PRAGMA user_version").fetchone()
    sql = "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)"
    conn.executemany(sql, [(_CLUSTER, of.cluster), (_DSN, of.dsn)])
    conn.execute(f"PRAGMA user_version = {version % REPLICA + REPLICA:d}")


def unmark(conn: sqlite3.Connection) -> None:
    """Make a replica a database of its own, in the caller's transaction."""
    (version,) = conn.execute("PRAGMA user_version").fetchone()
    conn.execute("DELETE FROM meta WHERE key IN (?, ?)", (_CLUSTER, _DSN))
    conn.execute(f"PRAGMA user_version = {version % REPLICA:d}")


def log_of(
    of: Membership | None, path: Path, mine: Callable[[], tuple[int, bytes]], who: str
) -> Log:
    """Where the journal of a database is kept; ``mine`` gives where the database stands."""
    if of is None:
        return FileLog()
    try:
        from vsm.store.server.log import ServerLog
    except ImportError as error:
        raise EnvironmentProblem(
            f"{path} is a replica of a journal server, and psycopg is not installed",
            "pip install 'vsm[cluster]'",
        ) from error
    return ServerLog(of, path, mine, who)


def set_durability(conn: sqlite3.Connection, of: Membership | None) -> None:
    """Have each commit on the disk, or not: what a replica loses, the server has."""
    conn.execute(f"PRAGMA synchronous={'FULL' if of is None else 'NORMAL'}")


def forked(path: Path, what: str) -> ForkedReplica:
    """The error that says that histories differ, and how to go on."""
    return ForkedReplica(
        f"{path} and its journal server have different histories: {what}",
        f"nothing was changed; {vsm_command(path, 'replica', 'salvage')} saves what only this"
        f" machine has, then {vsm_command(path, 'replica', 'rebuild')}",
    )


def other_journal(servers: str) -> ForkedReplica:
    """The error that says that a server keeps the journal of another cluster."""
    return ForkedReplica(
        f"the journal server {servers} keeps the journal of another cluster",
        "nothing was changed; check where it points: vsm cluster status",
    )


def lost_at_server(path: Path, mine: tuple[int, bytes], head: tuple[int, bytes]) -> ForkedReplica:
    """The server no longer has entries that were acknowledged here."""
    gone = mine[0] - head[0]
    many = "1 change" if gone == 1 else f"{gone} changes"
    if gone > 0:
        what = f"the server lost {many} that were acknowledged here ({mine[0]} against {head[0]})"
    else:
        what = f"entry {mine[0]} differs on the server"
    return forked(path, what)
