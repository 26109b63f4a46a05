"""Shared by the tests of the promises: a small organisation, looks into the file, processes."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.reliability.forked_verbs import Parent
from vsm.model.command import AddItem, Command, CreateStream, NewStage
from vsm.model.errors import Refusal
from vsm.model.stream import Category, LimitKind
from vsm.session import ChangeGroup, Session
from vsm.store import journal as stored_journal
from vsm.store.doctor import examine
from vsm.store.journal_check import JournalCheck
from vsm.store.sqlite import sqlite3

ROOT = Path(__file__).resolve().parents[2]
LINUX = sys.platform == "linux"

STAGES = (
    NewStage("Ideas", Category.BACKLOG),
    NewStage("Ready", Category.QUEUE),
    NewStage("Build", Category.ACTIVE, team="Core"),
    NewStage("Review", Category.ACTIVE, team="Risk"),
    NewStage("Done", Category.DONE),
    NewStage("Dropped", Category.DROPPED),
)

KEPT = ("meta", "journal")
"""Tables that are not projected from the journal."""


def do(session: Session, *commands: Command) -> ChangeGroup:
    """Do it, or fail with the refusal."""
    return accepted(session.do(*commands))


def accepted(answer: ChangeGroup | Refusal) -> ChangeGroup:
    """What was done; fails with the refusal."""
    assert isinstance(answer, ChangeGroup), f"refused: {answer}"
    return answer


def refusal(answer: ChangeGroup | Refusal) -> Refusal:
    """The refusal that was expected."""
    assert isinstance(answer, Refusal), f"not refused: {answer}"
    return answer


def organisation(path: Path, items: int, *, limit: int | None = None) -> None:
    """A database with the stream ``Payments`` and items 1 to ``items`` in its first stage."""
    stages = list(STAGES)
    if limit is not None:
        build = stages[2]
        stages[2] = NewStage(build.name, build.category, limit, LimitKind.SOFT, build.team)
    session = Session(path, actor="setup")
    do(session, CreateStream("Payments", tuple(stages), zone="Europe/Berlin", prefix="PAY"))
    if items:
        do(session, *(AddItem(1, f"Work item {n}") for n in range(1, items + 1)))
    session.close()


# -- looks into the file, past the program ------------------------------------------------


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of the test's own, closed afterwards."""
    conn = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        yield conn
    finally:
        conn.close()


def rows(path: Path, sql: str, *params: Any) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with opened(path) as conn:
        return conn.execute(sql, params).fetchall()


def tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every projected table, in an order that does not depend on storage."""
    with opened(path) as conn:
        names = [
            name
            for (name,) in conn.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            )
            if name not in KEPT and not name.startswith(("sqlite_", "_sqlite"))
        ]
        return {
            name: sorted(conn.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in names
        }


def schema(path: Path) -> dict[tuple[str, str], str]:
    """Tables, indexes, triggers and views by kind and name, white space evened out."""
    with opened(path) as conn:
        return {
            (kind, name): " ".join(sql.split())
            for kind, name, sql in conn.execute(
                "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
            )
        }


def journal(path: Path) -> list[tuple[Any, ...]]:
    """The whole journal, hashes included."""
    return rows(path, "SELECT * FROM journal ORDER BY seq")


def checked(path: Path) -> None:
    """Fail unless SQLite finds nothing wrong, no version is missing and it could be imported."""
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "PRAGMA foreign_key_check") == []
    gapless(path)
    importable(path)


def importable(path: Path) -> None:
    """Fail unless ``vsm import journal`` would take every entry that vsm has written."""
    check = JournalCheck()
    with opened(path) as conn:
        for recorded in stored_journal.read(conn):
            check.check(recorded, "9" * 20)
        check.finish()


def sound(path: Path) -> None:
    """Fail unless the doctor is content: pages, journal, versions, and tables equal to a replay."""
    report = examine(path)
    assert report.ok, [f"{f.name}: {f.text}" for f in report.findings if not f.ok]


def gapless(path: Path) -> None:
    """Fail unless journal positions, and the versions of each item, run from 1 without a gap."""
    with opened(path) as conn:
        ((low, high, count),) = conn.execute("SELECT min(seq), max(seq), count(*) FROM journal")
        assert (low, high) == (1, count) or count == 0
        broken = conn.execute(
            "SELECT item, count(*), max(item_version), count(DISTINCT item_version) FROM journal"
            " WHERE item IS NOT NULL GROUP BY item"
            " HAVING min(item_version) <> 1 OR count(*) <> max(item_version)"
        ).fetchall()
        assert not broken, f"versions with gaps: {broken}"


def acknowledged_moves(folder: Path) -> Counter[tuple[str, int, int, int]]:
    """What processes wrote down as acknowledged in ``ACTOR.acks``: actor, group, item, stage."""
    return Counter(
        (path.stem, *json.loads(line))
        for path in folder.glob("*.acks")
        for line in path.read_text().splitlines()
    )


def was_recorded(folder: Path, db: Path) -> set[tuple[str, int, int, int]]:
    """The moves in the journal of a database, and in those of what restores have replaced."""
    files = [db, *folder.glob("*.replaced")]
    return {move for path in files for move in recorded_moves(path)}


def recorded_moves(path: Path) -> Counter[tuple[str, int, int, int]]:
    """All moves of the journal: actor, group, item, stage."""
    number = "CAST(substr(actor, instr(actor, ':') + 1) AS INTEGER)"
    sql = (
        f"SELECT (SELECT name FROM person WHERE number = {number}), grp, item,"
        " payload ->> 'target' FROM journal WHERE kind = 'item_moved'"
    )
    return Counter(rows(path, sql))


# -- processes -------------------------------------------------------------------------


BUILDS = ("bundled", "system")
"""The SQLite of pysqlite3, and the one of the system, which is older on most machines."""


def environment(build: str = "bundled") -> dict[str, str]:
    """The environment of a child: finds the program and this package; uses this SQLite."""
    hidden = [str(ROOT / "tests/reliability/system_sqlite")] if build == "system" else []
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*hidden, str(ROOT)])}


@cache
def _parent() -> Parent:
    return Parent(environment())


def vsm(
    *words: str | Path,
    stdin: str | None = None,
    code: int | None = 0,
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own; fail unless it exits with ``code``."""
    arguments, variables = [str(word) for word in words], {**environment(), **(env or {})}
    run = _parent().run(arguments, variables, 120) if stdin is None and LINUX else None
    if run is None:
        run = subprocess.run(
            [sys.executable, "-m", "vsm", *arguments],
            cwd=ROOT,
            env=variables,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert code is None or run.returncode == code, (run.returncode, run.stdout, run.stderr)
    return run


@dataclass
class Child:
    """A forked process that runs one job of ``jobs.py``."""

    pid: int
    nursery: Nursery

    def kill(self) -> int:
        """Kill it with signal 9 and wait until it is gone; returns its status."""
        with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
            os.kill(self.pid, signal.SIGKILL)
        return self.status()

    def ended(self, within: float) -> bool:
        """Whether it ended by itself within so many seconds."""
        return bool(select.select([self.nursery.answers], [], [], within)[0])

    def status(self) -> int:
        """Wait for its end: the exit code, or the negated signal."""
        word, pid, status = self.nursery.answers.readline().split()
        assert (word, int(pid)) == ("end", self.pid)
        return int(status)


class Nursery:
    """A process that has imported everything and forks one child after the other.

    A fork takes milliseconds where a fresh interpreter takes a good part of a second, so that
    a hundred processes can be killed in a test.
    """

    def __init__(self, build: str = "bundled") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.jobs"],
            cwd=ROOT,
            env=environment(build),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        assert self._process.stdin and self._process.stdout
        self._orders, self.answers = self._process.stdin, self._process.stdout
        assert self.answers.readline() == "ready\n"

    def run(self, job: str, **arguments: Any) -> Child:
        """Start a job in a child of its own."""
        self._orders.write(json.dumps([job, arguments]) + "\n")
        word, pid = self.answers.readline().split()
        assert word == "pid"
        return Child(int(pid), self)

    def close(self) -> None:
        """End it, once its last child has ended."""
        self._orders.close()
        self._process.wait(30)
        self.answers.close()
