"""Asks a replica and its journal server how they stand."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

from psycopg import errors

from vsm.model.errors import EnvironmentProblem
from vsm.store import journal, membership
from vsm.store.membership import Membership
from vsm.store.replica_state import ReplicaState, is_followed, read_state
from vsm.store.server import tables as t
from vsm.store.server.connection import Postgres, answered, dial, explained
from vsm.store.server.dsn import read_dsn
from vsm.store.sqlite import connect


class Standby(NamedTuple):
    """A server that receives what the journal server writes; ``sync_state`` is PostgreSQL's."""

    name: str
    sync_state: str
    bytes_behind: int | None


class ServerStatus(NamedTuple):
    """A journal server as it answered: ``standbys`` is ``None`` where the role may not see them."""

    host: str
    version: str
    seq: int
    round_trip_ms: float
    standbys: tuple[Standby, ...] | None
    asked_for: str
    """``synchronous_standby_names``: whom a commit waits for."""
    fsync: bool
    min_client: int
    client: int
    """What this vsm is as a client: the server may ask for one that is at least so new."""
    is_chain_shared: bool
    """Whether the replica's last entry is the server's, too."""

    @property
    def durability(self) -> str:
        """What has a change on its disk when it is acknowledged, in words."""
        if not self.fsync:
            return "none: fsync is off on the server"
        if not self.asked_for:
            return "one server"
        if self.standbys is None:
            return f"two servers, if a standby of {self.asked_for} is connected"
        waited = [s.name for s in self.standbys if s.sync_state in ("sync", "quorum")]
        if not waited:
            return f"one server: no standby of {self.asked_for} is connected, changes wait for one"
        return f"two servers ({', '.join(waited)})"


class ClusterStatus(NamedTuple):
    """A replica beside its server; ``server`` is ``None`` with ``trouble`` where none answers."""

    of: Membership
    seq: int
    state: ReplicaState
    is_followed: bool
    server: ServerStatus | None
    trouble: EnvironmentProblem | None


def examine_cluster(path: Path) -> ClusterStatus | None:
    """Ask replica and server how they stand; ``None`` for a database of its own."""
    conn = connect(path, write=False)
    try:
        of = membership.membership(conn)
        head = journal.head(conn)
    finally:
        conn.close()
    if of is None:
        return None
    server, trouble = None, None
    try:
        server = _ask(of, head)
    except EnvironmentProblem as problem:
        trouble = problem
    return ClusterStatus(of, head[0], read_state(path), is_followed(path), server, trouble)


def _ask(of: Membership, mine: tuple[int, bytes]) -> ServerStatus:
    dsn = read_dsn(of.dsn, "the journal of this replica")
    server = dial(dsn)
    try:
        with answered(server), explained(dsn):
            began = time.perf_counter()
            head = server.execute(t.HEAD).fetchone()
            trip = (time.perf_counter() - began) * 1000
            there = server.execute(t.HASH, mine[:1]).fetchone()
            meta: dict[str, str] = dict(server.execute(t.META).fetchall())
            if meta.get("cluster") != of.cluster:
                raise membership.other_journal(dsn.servers)
            settings: dict[str, str] = dict(
                server.execute(
                    "SELECT name, setting FROM pg_settings WHERE name IN"
                    " ('synchronous_standby_names', 'fsync', 'server_version')"
                ).fetchall()
            )
            return ServerStatus(
                host=f"{server.info.host or 'local'}:{server.info.port}",
                version=settings.get("server_version", "?"),
                seq=int(head[0]) if head is not None else 0,
                round_trip_ms=trip,
                standbys=_standbys(server),
                asked_for=settings.get("synchronous_standby_names", ""),
                fsync=settings.get("fsync", "on") == "on",
                min_client=int(meta.get("min_client", "0")),
                client=t.CLIENT,
                is_chain_shared=not mine[0] or (there is not None and bytes(there[0]) == mine[1]),
            )
    finally:
        server.close()


def _standbys(server: Postgres) -> tuple[Standby, ...] | None:
    """Who receives what is written; only roles with pg_monitor see it."""
    try:
        rows = server.execute(
            "SELECT application_name, sync_state,"
            " pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn)::bigint FROM pg_stat_replication"
            " ORDER BY 1"
        ).fetchall()
    except errors.InsufficientPrivilege:
        return None
    if any(row[1] is None for row in rows):
        return None
    return tuple(Standby(str(row[0]), str(row[1]), row[2]) for row in rows)
