"""Promise 16: long sessions do not swell the WAL.

A reader that keeps a snapshot open stops checkpoints from starting the WAL anew. A board that is
open all day must keep none, whether it is idle or works figures out.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.board import BoardProcess, board
from tests.reliability.support import Nursery, rows, sound

pytestmark = pytest.mark.promise(16)

COMMITS = 10_000
MOST = 8 * 1024 * 1024
"""Bytes below which the WAL stays."""

FIGURES = """
import os
import vsm.features.metrics.figures as figures
def wait_first(*args, figures_of=figures.figures_of, **options):
    if not os.path.exists({begun!r}):
        open({begun!r}, 'w').close()
        with open({gate!r}) as gate:
            gate.read()
    return figures_of(*args, **options)
figures.figures_of = wait_first
"""
"""Stops figures when all is read and the reckoning begins, until somebody writes to the gate."""

KEEPS_A_SNAPSHOT = """
import vsm.reader
original = vsm.reader.Reader.data_version
def keep(self):
    if not self._conn.in_transaction:
        self._conn.execute('BEGIN')
        self._conn.execute('SELECT count(*) FROM journal').fetchall()
    return original(self)
vsm.reader.Reader.data_version = keep
"""
"""Makes a board keep a snapshot, to show that the test would notice one."""


@pytest.fixture
def db(_small: Path) -> Iterator[Path]:
    """A database in memory where there is room: what is measured is size, and syncing is slow."""
    memory = Path("/dev/shm")
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    with tempfile.TemporaryDirectory(prefix="vsm-wal-", dir=memory if usable else None) as folder:
        yield Path(shutil.copy(_small, Path(folder, "vsm.db")))


def largest_wal(db: Path, nursery: Nursery, folder: Path, commits: int = COMMITS) -> int:
    """Have another process commit; gives how large the WAL was after any of its commits."""
    report = folder / "largest"
    assert nursery.run("edit", db=str(db), report=str(report), commits=commits).status() == 0
    return int(report.read_text())


def assert_it_shows_the_last_edition(process: BoardProcess, before: int) -> None:
    """Fail unless the board followed all along and is alive."""
    process.wait_for(f"Edition {COMMITS - 1}".encode(), before)
    process.press(b"q")
    assert process.ended() == 0


def test_an_idle_board_lets_the_wal_be_started_anew(
    db: Path, nursery: Nursery, tmp_path: Path
) -> None:
    with board(db) as process:
        begun = len(process.output)
        assert largest_wal(db, nursery, tmp_path) < MOST
        assert_it_shows_the_last_edition(process, begun)
    assert rows(db, "SELECT max(seq) FROM journal")[0][0] > COMMITS
    sound(db)


def test_a_board_that_works_figures_out_lets_the_wal_be_started_anew(
    db: Path, nursery: Nursery, tmp_path: Path
) -> None:
    gate, begun = tmp_path / "gate", tmp_path / "begun"
    os.mkfifo(gate)
    patch = FIGURES.format(gate=str(gate), begun=str(begun))
    with board(db, patch=patch, folder=tmp_path) as process:
        process.press(b"3")
        with gate.open("w") as held:  # opens once the figures wait there
            assert begun.exists()
            assert largest_wal(db, nursery, tmp_path) < MOST
            held.write("go on")
        process.wait_for(b"Throughput")
        assert process.process.poll() is None


def test_a_snapshot_that_is_kept_would_be_noticed(
    db: Path, nursery: Nursery, tmp_path: Path
) -> None:
    with board(db, patch=KEEPS_A_SNAPSHOT, folder=tmp_path) as process:
        assert process.process.poll() is None
        assert largest_wal(db, nursery, tmp_path, COMMITS // 4) > MOST
