"""Twenty writers on three hosts, any process killed at any moment: nothing acknowledged is lost."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tests.cluster.conftest import Cluster
from tests.cluster.postgres import Servers, until
from tests.cluster.writers import move_on
from tests.reliability.support import ROOT, do, environment, rows
from vsm.model.command import SetStage
from vsm.model.stream import LimitKind

pytestmark = pytest.mark.promise(25)

ROUNDS = int(os.environ.get("CLUSTER_ROUNDS", "8"))
SEED = int(os.environ.get("CLUSTER_SEED", "1"))
WRITERS, HOSTS, ITEMS, LIMIT = 20, 3, 40, 6
LIMITED = 2
"""The stage that has a hard limit."""
FORK = multiprocessing.get_context("forkserver")


class Storm:
    """The processes of a cluster, any of which may be killed, and what replaces them."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster, self.servers, self.folder = cluster, cluster.servers, folder
        self.primary, self.standby = "a", "b"
        self.writers: list[BaseProcess] = []
        self.followers: list[subprocess.Popen[bytes]] = []
        self.made = 0

    def begin(self) -> None:
        """Start everybody."""
        FORK.set_forkserver_preload(["tests.cluster.writers"])
        self.writers = [self._writer(n) for n in range(WRITERS)]
        self.followers = [self._follower(n) for n in range(HOSTS)]

    def _writer(self, number: int) -> BaseProcess:
        self.made += 1
        host, name = self.cluster.path(number % HOSTS), f"writer-{number}-{self.made}"
        acks = str(self.folder / f"{name}.acks")
        made = FORK.Process(target=move_on, args=(str(host), acks, name, ITEMS, self.made))
        made.daemon = True
        made.start()
        return made

    def _follower(self, host: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "vsm", "--db", str(self.cluster.path(host))]
        return subprocess.Popen([*command, "replica", "follow"], cwd=ROOT, env=environment())

    def kill_writer(self, number: int) -> None:
        """Kill a writer; another one takes its place."""
        self.writers[number].kill()
        self.writers[number].join()
        self.writers[number] = self._writer(number)

    def kill_follower(self, host: int) -> None:
        """Kill a follower; another one takes its place."""
        self.followers[host].kill()
        self.followers[host].wait()
        self.followers[host] = self._follower(host)

    def kill_backend(self) -> None:
        """Kill one of the server's own processes: all its sessions end, and it recovers."""
        backends = self.servers.pids(self.primary)[1:]
        os.kill(random.choice(backends), signal.SIGKILL)

    def kill_primary(self) -> None:
        """Kill the primary; its standby takes over, and gets a standby of its own."""
        self.servers.kill(self.primary)
        self.servers.promote(self.standby)
        self.primary, self.standby = self.standby, self.primary
        self.servers.add_standby(self.standby, self.primary)

    def kill_standby(self) -> None:
        """Kill the standby, and start it again."""
        self.servers.kill(self.standby)
        self.servers.start(self.standby)
        self.servers.wait_for(self.standby)

    def acknowledged(self) -> set[tuple[int, int, int]]:
        """Group, item and stage of each move that a writer was told is saved."""
        return {tuple(line) for line in self._lines() if len(line) == 3}

    def _lines(self) -> list[list[int]]:
        return [
            json.loads(line)
            for path in self.folder.glob("*.acks")
            for line in path.read_text().splitlines()
        ]

    def end(self) -> None:
        """Kill everybody but the servers."""
        for writer in self.writers:
            writer.kill()
            writer.join()
        for follower in self.followers:
            follower.kill()
            follower.wait()


def greatest_wip(db: Path) -> int:
    """The most items that were in the limited stage after any entry of the journal."""
    within: set[int] = set()
    most = 0
    sql = "SELECT item, payload ->> 'target' FROM journal WHERE kind = 'item_moved' ORDER BY seq"
    for item, target in rows(db, sql):
        (within.add if int(target) == LIMITED else within.discard)(item)
        most = max(most, len(within))
    return most


def test_nothing_acknowledged_is_lost_whoever_is_killed(pair: Servers, tmp_path: Path) -> None:
    folder = tmp_path / "acks"
    folder.mkdir()
    cluster = Cluster(pair, tmp_path, pair.dsn).begin(items=ITEMS, hosts=HOSTS)
    do(
        cluster.session(0, "setup"),
        SetStage(LIMITED, {"limit": LIMIT, "limit_kind": LimitKind.HARD}),
    )
    cluster.close()
    storm, chance, pause = Storm(cluster, folder), random.Random(SEED), threading.Event()
    storm.begin()
    kinds = ("writer", "writer", "follower", "backend", "primary", "standby")
    killed: list[str] = []
    try:
        for _ in range(ROUNDS):
            before = len(storm.acknowledged())
            until(lambda n=before: len(storm.acknowledged()) > n + 20, "writers go on", 90)  # type: ignore[misc]
            pause.wait(chance.random())
            kind = kinds[len(killed) % len(kinds)]
            killed.append(kind)
            if kind == "writer":
                storm.kill_writer(chance.randrange(WRITERS))
            elif kind == "follower":
                storm.kill_follower(chance.randrange(HOSTS))
            else:
                getattr(storm, f"kill_{kind}")()
        before = len(storm.acknowledged())
        until(lambda: len(storm.acknowledged()) > before + 20, "writers go on", 90)
    finally:
        storm.end()
    acknowledged = storm.acknowledged()
    cluster.equal(*range(HOSTS))
    sql = "SELECT grp, item, CAST(payload ->> 'target' AS INTEGER) FROM journal"
    recorded = set(rows(cluster.path(0), f"{sql} WHERE kind = 'item_moved'"))
    assert not acknowledged - recorded, "acknowledged and lost"
    assert greatest_wip(cluster.path(0)) == LIMIT
    lines = storm._lines()
    unknown, refused = lines.count(["unknown"]), lines.count(["refused"])  # type: ignore[list-item]
    times = ", ".join(f"{killed.count(kind)} × {kind}" for kind in sorted(set(killed)))
    print(
        f"{ROUNDS} rounds, killed {times}: {len(acknowledged):,} acknowledged, none lost,"
        f" {unknown} unknown, {refused:,} refused"
    )
