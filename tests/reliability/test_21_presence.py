"""Promise 21: presence never delays a write nor the screen, whatever becomes of its file."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.reliability.board import PATIENCE, BoardProcess
from tests.reliability.people import ANNA, CARL, TEAM, become, needs_root, shared_folder
from tests.reliability.support import Nursery, rows, sound, vsm
from vsm.database_files import presence_path, wal_path
from vsm.model.errors import EnvironmentProblem
from vsm.model.presence import Presence
from vsm.presence import PresenceClient, who_is_here
from vsm.store.sqlite import sqlite3

pytestmark = pytest.mark.promise(21)

__all__ = ["shared_folder"]


@contextlib.contextmanager
def board_of(db: Path, name: str, *words: str) -> Iterator[BoardProcess]:
    """Somebody's board that is painted."""
    command = (sys.executable, "-m", "vsm", "--db", str(db), "--as", name, *words)
    process = BoardProcess(db, command=command)
    try:
        process.wait_for(b"PAY-1")
        yield process
    finally:
        process.close()


def names(db: Path) -> set[str]:
    """Who is here; nobody while that cannot be read."""
    try:
        return {person.actor for person in who_is_here(db)}
    except EnvironmentProblem:
        return set()


def until(true: Callable[[], bool], *boards: BoardProcess) -> None:
    """Wait until something is true, while boards go on."""
    deadline = monotonic() + PATIENCE
    while not true():
        assert monotonic() < deadline, "it does not come true"
        assert all(board.process.poll() is None for board in boards)
        threading.Event().wait(0.02)


def moved(db: Path) -> int:
    """How many moves the journal holds."""
    return int(rows(db, "SELECT count(*) FROM journal WHERE kind = 'item_moved'")[0][0])


def move(db: Path, process: BoardProcess) -> None:
    """Move the item under the cursor on, and see it saved and painted."""
    count, shown = moved(db), len(process.output)
    process.press(b"L")
    until(lambda: moved(db) == count + 1, process)
    process.wait_for(b"moved PAY-1", shown)


def test_two_boards_see_each_other_and_a_killed_one_expires(db: Path) -> None:
    with board_of(db, "anna") as anna, board_of(db, "ben") as ben:
        anna.wait_for("·be".encode())
        ben.wait_for(b"with an")
        assert names(db) == {"anna", "ben"}
        ben.press(b"q")
        assert ben.ended() == 0
        until(lambda: names(db) == {"anna"}, anna)
        anna.process.send_signal(signal.SIGKILL)
        anna.process.wait(PATIENCE)
        rest = who_is_here(db)
        assert [person.actor for person in rest] == ["anna"], "for 30 seconds more"
    client = PresenceClient(db, "late")
    conn = sqlite3.connect(presence_path(db))
    conn.execute("UPDATE presence SET seen = seen - 31000000")
    conn.commit()
    conn.close()
    assert client.exchange(None) == () and names(db) == set()
    client.close()


def test_a_lock_on_the_presence_file_delays_neither_writes_nor_the_screen(db: Path) -> None:
    with board_of(db, "anna") as anna:
        until(lambda: names(db) == {"anna"}, anna)
        holder = sqlite3.connect(presence_path(db), isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        for _ in range(5):
            move(db, anna)
            shown = len(anna.output)
            anna.press(b"H")
            anna.wait_for(b"moved PAY-1", shown)
        assert holder.in_transaction
        holder.execute("ROLLBACK")
        holder.close()
        until(lambda: names(db) == {"anna"}, anna)
        anna.press(b"q")
        assert anna.ended() == 0
    sound(db)


def test_leaving_does_not_wait_for_a_locked_presence_file(db: Path) -> None:
    with board_of(db, "anna") as anna:
        until(lambda: names(db) == {"anna"}, anna)
        holder = sqlite3.connect(presence_path(db), isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        anna.press(b"q")
        assert anna.ended() == 0
        assert holder.in_transaction
        holder.close()


def garbage(path: Path) -> None:
    path.write_bytes(b"\x00garbage" * 4096)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [Path.unlink, garbage, emptied])
def test_presence_comes_back_after_its_file_was_harmed(
    db: Path, harm: Callable[[Path], None]
) -> None:
    with board_of(db, "anna") as anna, board_of(db, "ben") as ben:
        until(lambda: names(db) == {"anna", "ben"}, anna, ben)
        harm(presence_path(db))
        move(db, anna)
        until(lambda: names(db) == {"anna", "ben"}, anna, ben)
        for process in (anna, ben):
            process.press(b"q")
            assert process.ended() == 0
            assert "Traceback" not in process.farewell
    sound(db)


def test_presence_writes_nothing_to_the_journal_nor_to_its_log(db: Path) -> None:
    with board_of(db, "anna") as anna, board_of(db, "ben") as ben:
        until(lambda: names(db) == {"anna", "ben"}, anna, ben)
        entries = rows(db, "SELECT count(*) FROM journal")
        size = wal_path(db).stat().st_size
        for _ in range(3):
            items = {person.item for person in who_is_here(db) if person.actor == "ben"}
            ben.press(b"j")
            until(
                lambda seen=items: (
                    {  # type: ignore[misc]
                        person.item for person in who_is_here(db) if person.actor == "ben"
                    }
                    != seen
                ),
                anna,
                ben,
            )
        assert rows(db, "SELECT count(*) FROM journal") == entries
        assert wal_path(db).stat().st_size == size


def test_it_is_not_backed_up_and_a_stale_one_is_harmless(db: Path, tmp_path: Path) -> None:
    client = PresenceClient(db, "old")
    client.exchange(Presence("old", "old", "host", 1, 1, 1, 1, "board"))
    saved = tmp_path / "elsewhere" / "saved.db"
    saved.parent.mkdir()
    vsm("--db", db, "backup", saved)
    assert not presence_path(saved).exists()
    conn = sqlite3.connect(presence_path(db))
    conn.execute("UPDATE presence SET seen = 1, item = 999999, stream = 999999")
    conn.commit()
    conn.close()
    vsm("--db", db, "restore", saved)
    assert names(db) == set()
    with board_of(db, "anna") as anna:
        until(lambda: names(db) == {"anna"}, anna)
        move(db, anna)
    client.close()
    sound(db)


def test_a_read_only_board_makes_no_file_and_sees_nobody(db: Path) -> None:
    with board_of(db, "anna", "--read-only") as anna:
        shown = len(anna.output)
        anna.press(b"P")
        anna.wait_for(b"Others are not shown", shown)
        assert not presence_path(db).exists()


@needs_root
def test_who_may_not_write_the_folder_sees_nobody_and_no_error(
    shared_folder: Path, db: Path
) -> None:
    os.chown(shared_folder, ANNA, TEAM)
    annas = Path(shutil.copy(db, shared_folder / "vsm.db"))
    os.chown(annas, ANNA, TEAM)
    os.chmod(annas, 0o644)
    with become(CARL):
        client = PresenceClient(annas, "carl")
        assert client.exchange(Presence("carl", "carl", "h", 1, 1, 1, 1, "board")) == ()
        client.close()
        assert who_is_here(annas) == []
    assert not presence_path(annas).exists()


def test_many_processes_leave_a_file_that_can_be_read(db: Path, nursery: Nursery) -> None:
    clients = [PresenceClient(db, f"s{n}") for n in range(50)]
    for n, client in enumerate(clients):
        client.exchange(Presence(f"s{n}", f"p{n}", "host", 1, 1, 1, n, "board"))
    assert len(clients[0].exchange(None)) == 49
    assert presence_path(db).stat().st_size < 100_000
    for client in clients:
        client.close()
    assert names(db) == set()
