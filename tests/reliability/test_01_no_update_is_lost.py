"""Promise 1: no update is lost, however many write at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from tests.reliability.screens import Screens, terminal_of
from tests.reliability.support import (
    BUILDS,
    Nursery,
    acknowledged_moves,
    checked,
    environment,
    journal,
    organisation,
    recorded_moves,
    rows,
    sound,
    was_recorded,
)

pytestmark = pytest.mark.promise(1)

WRITERS, MOVES, ITEMS = 20, 200, 50


def test_twenty_processes_move_fifty_items_and_every_acknowledged_move_is_kept(
    tmp_path: Path, nursery: Nursery
) -> None:
    db = tmp_path / "vsm.db"
    organisation(db, ITEMS)
    orders = [
        {
            "db": str(db),
            "acks": str(tmp_path / f"writer-{n}.acks"),
            "actor": f"writer-{n}",
            "moves": MOVES,
            "items": ITEMS,
            "seed": n,
        }
        for n in range(WRITERS)
    ]
    crowd = nursery.run("crowd", jobs=[("move", order) for order in orders], kill=[], seed=0)
    assert crowd.status() == 0

    acknowledged = acknowledged_moves(tmp_path)
    recorded = recorded_moves(db)
    assert acknowledged.total() == WRITERS * MOVES
    assert recorded == acknowledged, "each acknowledged move stands in the journal, once"
    checked(db)
    sound(db)
    last = dict(
        rows(
            db,
            "SELECT item, payload ->> 'target' FROM journal WHERE kind = 'item_moved' ORDER BY seq",
        )
    )
    assert dict(rows(db, "SELECT id, stage FROM item")) == {
        item: last.get(item, 1) for item in range(1, ITEMS + 1)
    }


STALE = "has changed since you looked"


def until_calm(board: Screens) -> None:
    """Leave the stale moves that the board asks about, also those asked after the last key."""
    board.terminal.settle(0.3)
    while STALE in board.text():
        board.terminal.press("escape")
        board.until("Ideas", gone=STALE)
        board.terminal.settle(0.3)


ROUNDS = int(os.environ.get("STORM_ROUNDS", "10"))
STORM_WRITERS = int(os.environ.get("STORM_WRITERS", "4"))


@pytest.mark.parametrize("build", BUILDS)
def test_a_storm_of_boards_writers_readers_shells_kills_backups_and_restores_loses_nothing(
    tmp_path: Path, build: str
) -> None:
    db, folder = tmp_path / "vsm.db", tmp_path
    organisation(db, ITEMS)
    shell = shutil.which("sqlite3")
    nursery = Nursery(build)

    def order(name: str, seed: int, moves: int, job: str = "move") -> tuple[str, dict[str, object]]:
        acks = str(folder / f"{name}.acks")
        return job, {
            "db": str(db), "acks": acks, "actor": name, "moves": moves, "items": ITEMS, "seed": seed
        }  # fmt: skip

    calm = threading.Event()

    def read_by_shell() -> None:
        while shell is not None and not calm.is_set():
            command = [shell, db, "SELECT count(*) FROM item; PRAGMA wal_checkpoint"]
            subprocess.run(command, check=False, capture_output=True)

    reader = threading.Thread(target=read_by_shell)
    reader.start()
    try:
        with terminal_of("--db", db, env=environment(build)) as terminal:
            board = Screens(terminal)
            board.until("Work item 1", "Ideas")
            for n in range(ROUNDS):
                jobs = [
                    *(order(f"w{n}-{k}", 100 * n + k, 25) for k in range(STORM_WRITERS)),
                    *(order(f"c{n}-{k}", 100 * n + 50 + k, 6, "come_and_go") for k in range(2)),
                    ("look", {"db": str(db), "times": 12}),
                    ("back_up", {"db": str(db), "folder": str(folder), "name": n, "times": 2}),
                ]
                if n % 3 == 2:
                    jobs.append(
                        ("restore_saved", {"db": str(db), "folder": str(folder), "name": str(n)})
                    )
                storm = nursery.run("crowd", jobs=jobs, kill=[0, 1], seed=n)
                for key in "LHjLHk":
                    terminal.press(key)
                    terminal.rest(0.05)
                    terminal.press("escape")  # a stale move asks whether to repeat it
                assert storm.status() == 0
            until_calm(board)
            terminal.press("n")
            board.until("Title")
            terminal.press("Sunshine")
            terminal.press("\r")
            terminal.press("\x13")
            board.until("Sunshine", gone="Esc")
    finally:
        calm.set()
        reader.join()
        nursery.close()
    recorded, acknowledged = was_recorded(folder, db), acknowledged_moves(folder)
    print(f"{build}: {acknowledged.total()} acknowledged, {len(set(acknowledged) - recorded)} lost")
    assert acknowledged.total() > ROUNDS * 15 * STORM_WRITERS
    assert set(acknowledged) <= recorded, "every acknowledged move is in a journal"
    assert len(list(folder.glob("*.replaced"))) == ROUNDS // 3
    assert rows(db, "SELECT count(*) FROM item WHERE title = 'Sunshine'") == [(1,)]
    checked(db)
    sound(db)
    journals = [journal(path) for path in (db, *folder.glob("*.replaced"))]
    for copy in folder.glob("*.backup"):
        saved = journal(copy)
        assert any(saved == entries[: len(saved)] for entries in journals), "a moment of history"
