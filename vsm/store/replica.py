"""A replica: a database whose journal a server keeps, as far as this machine has taken it over.

All that is read is read from it; what the server has and it has not is folded in entry by entry,
each checked against the chain. It can be made anew from the server at any time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vsm.database_files import vsm_command
from vsm.model.errors import EnvironmentProblem
from vsm.store import journal
from vsm.store.chain import digest_redacted, find_fault
from vsm.store.people import People
from vsm.store.replay import replay
from vsm.store.tables import restore_triggers
from vsm.store.turn import FileLog, Log, Row
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


def lost_at_server(path: Path, mine: tuple[int, bytes], head: tuple[int, bytes]) -> ForkedReplica:
    """The server no longer has entries that were acknowledged here."""
    gone = mine[0] - head[0]
    many = "1 change" if gone == 1 else f"{gone} changes"
    if gone > 0:
        what = f"the server lost {many} that were acknowledged here ({mine[0]} against {head[0]})"
    else:
        what = f"entry {mine[0]} is another one there"
    return forked(path, what)


def take_over(
    conn: sqlite3.Connection, rows: Iterable[Row], source: Log, path: Path
) -> tuple[int, bytes]:
    """Check entries against the chain and fold them, in the caller's transaction; the new head.

    Those that are here already are left out. Raises :class:`ForkedReplica` where one does not
    follow, :class:`EnvironmentProblem` where this vsm is too old to read one.
    """
    from vsm.model.event import EntriesRedacted, Recorded, load
    from vsm.store.projection import Projector

    seq, last = journal.head(conn)
    people, fresh = People(conn), []
    recorded: list[Recorded] = []
    redacted: Mapping[int, str] = {}
    rewritten: set[int] = set()
    for row in rows:
        if row[0] <= seq:
            continue
        row = (*row[:15], bytes(row[15]), bytes(row[16]))
        if row[0] != seq + 1:
            raise EnvironmentProblem(f"{path} was replaced in this moment", "try again")
        wrong = find_fault(row, seq + 1, last, redacted)
        if wrong is not None and not redacted:
            redacted = source.redacted()
            wrong = find_fault(row, seq + 1, last, redacted)
        if wrong is not None:
            raise forked(path, wrong)
        event = load(row[12], row[13], row[14])
        if isinstance(event, EntriesRedacted):
            rewritten.update(at for at, _ in event.entries)
        fresh.append(row)
        recorded.append(
            Recorded(*row[:7], people.read(row[7]), *row[8:12], event)  # type: ignore[call-arg]
        )
        seq, last = row[0], row[16]
    journal.insert(conn, fresh)
    if rewritten:
        _rewrite(conn, sorted(rewritten), source, path)
        replay(conn)
        conn.execute("INSERT OR REPLACE INTO meta(key, value) VALUES('wipe', 'owed')")
    else:
        Projector(conn).apply_all(recorded)
    return seq, last


def _rewrite(conn: sqlite3.Connection, positions: Sequence[int], source: Log, path: Path) -> None:
    """Take the texts out here too that were taken out of entries on the server."""
    became = journal.redacted_entries(conn)
    conn.execute("DROP TRIGGER journal_keeps_facts")
    for row in source.some(positions):
        previous = journal.hash_at(conn, row[0] - 1) or b""
        row = (*row[:15], bytes(row[15]), bytes(row[16]))
        if became.get(row[0]) != digest_redacted(row, previous):
            raise forked(path, f"entry {row[0]} is not what it became when texts were taken out")
        sql = "UPDATE journal SET actor = ?, payload = ? WHERE seq = ?"
        conn.execute(sql, (row[7], row[14], row[0]))
    restore_triggers(conn)
