"""Fixtures of a journal server: real PostgreSQL processes, and hosts with a replica each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.postgres import CannotRun, Servers, running
from tests.reliability.support import journal, organisation, sound, tables
from vsm.session import Session

psycopg = pytest.importorskip("psycopg", reason="psycopg (vsm[cluster]) is not installed")


@contextmanager
def servers_or_skip(**options: bool) -> Iterator[Servers]:
    """Running servers; skips, loudly, where none can be run."""
    with ExitStack() as stack:
        try:
            made = stack.enter_context(contextmanager(running)(**options))
        except CannotRun as reason:
            pytest.skip(f"no PostgreSQL server here: {reason}")
        yield made


@pytest.fixture(scope="module")
def one_server() -> Iterator[Servers]:
    """A server without a standby, for all tests of a module: each with a database of its own."""
    with servers_or_skip() as made:
        yield made


@pytest.fixture
def pair() -> Iterator[Servers]:
    """A primary and a synchronous standby, which a test may kill."""
    with servers_or_skip(standby=True) as made:
        yield made


@dataclass
class Cluster:
    """A journal server and the replicas of three hosts, each in a folder of its own."""

    servers: Servers
    folder: Path
    dsn: str
    sessions: list[Session] = field(default_factory=list)

    def path(self, host: int) -> Path:
        """The replica of a host."""
        return self.folder / f"host-{host}" / "vsm.db"

    def begin(self, *, items: int = 12, limit: int | None = None, hosts: int = 2) -> Cluster:
        """Put a small organisation on the server; each host joins."""
        from vsm.store.server import setup

        self.path(0).parent.mkdir()
        organisation(self.path(0), items, limit=limit)
        setup.initialise(self.path(0), self.dsn, "setup")
        for host in range(1, hosts):
            setup.join(self.path(host), self.dsn, "setup")
        return self

    def session(self, host: int, actor: str, **options: Any) -> Session:
        """Somebody at a host, until the test ends."""
        made = Session(self.path(host), actor=actor, **options)
        self.sessions.append(made)
        return made

    def catch_up(self, *hosts: int) -> None:
        """Let replicas take over all that the server has."""
        from vsm.store.server import setup

        for host in hosts:
            setup.catch_up(self.path(host), "setup")

    def equal(self, *hosts: int) -> None:
        """Fail unless the replicas are the same to the byte, and sound."""
        self.catch_up(*hosts)
        first = self.path(hosts[0])
        for host in hosts:
            sound(self.path(host))
            assert journal(self.path(host)) == journal(first)
            assert tables(self.path(host)) == tables(first)

    def sql(self, text: str) -> str:
        """Ask the server, which is ``a`` here."""
        name = self.dsn.rpartition("dbname=")[2]
        return self.servers.run(
            "psql", "-h", "127.0.0.1", "-p", self.servers.ports["a"], "-U", "vsm", "-d", name,
            "-XAtq", "-c", text,
        ).strip()  # fmt: skip

    def close(self) -> None:
        """Close all sessions."""
        for session in self.sessions:
            session.close()


@pytest.fixture
def cluster(one_server: Servers, tmp_path: Path) -> Iterator[Cluster]:
    """Two hosts and a journal in a new database of the server that the module shares."""
    name = f"db{abs(hash(tmp_path)) % 10**9}"
    one_server.run("createdb", "-h", "127.0.0.1", "-p", one_server.ports["a"], "-U", "vsm", name)
    dsn = f"host=127.0.0.1 port={one_server.ports['a']} user=vsm dbname={name}"
    made = Cluster(one_server, tmp_path, dsn).begin()
    yield made
    made.close()


@pytest.fixture
def paired(pair: Servers, tmp_path: Path) -> Iterator[Cluster]:
    """Three hosts, a primary and a synchronous standby, all of the test's own."""
    made = Cluster(pair, tmp_path, pair.dsn).begin(hosts=3)
    yield made
    made.close()
