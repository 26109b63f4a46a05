"""Promise 7: a full disk never corrupts: it is said, reading and backing up go on, and so does work
once there is room again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.screens import Screens, terminal_of
from tests.reliability.support import journal, organisation, sound, vsm

pytestmark = pytest.mark.promise(7)

SIZE = 3 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here: run as root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Use up all room, to the last byte; returns the file that does."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    assert os.statvfs(folder).f_bavail == 0
    return filler


@pytest.mark.parametrize("lock", ["with its lock file", "without a lock file"])
def test_a_board_on_a_full_disk_stays_says_so_and_goes_on_when_there_is_room(
    disk: Path, tmp_path: Path, lock: str
) -> None:
    db = disk / "vsm.db"
    organisation(db, 12)
    with terminal_of("--db", db) as terminal:
        board = Screens(terminal)
        board.until("Work item 1", "Ideas")
        terminal.press("L")
        board.until("moved PAY-1")
        if lock == "without a lock file":
            Path(f"{db}.lock").unlink()
        filler = fill(disk)
        said = 0
        for key in "LHLHLHLHLHLHLHLHLHLHLHLH":  # until the room in the log is used up
            terminal.press(key)
            terminal.rest(0.3)
            said += "no space left" in board.text().lower()
        assert said > 3
        before = journal(db)
        terminal.press("escape")
        terminal.rest(0.5)  # or it would be Alt and the next key
        terminal.press("j")
        board.until("Ideas", gone="no space left")
        assert "PAY-3" in vsm("--db", db, "item", "list").stdout
        vsm("--db", db, "backup", tmp_path / "elsewhere.db")
        assert journal(tmp_path / "elsewhere.db") == before
        said = vsm("--db", db, "item", "add", "x" * 400, code=3).stderr
        assert "no space left" in said and said.count("\n") == 1
        filler.unlink()
        terminal.press("L")
        board.until("moved PAY-", gone="no space left")
    assert len(journal(db)) == len(before) + 1
    sound(db)


def test_on_a_full_disk_that_nobody_has_open_it_can_be_read_and_copied_away(
    disk: Path, tmp_path: Path
) -> None:
    db = disk / "vsm.db"
    organisation(db, 12)
    for name in ("vsm.db.lock", "vsm.db-wal", "vsm.db-shm"):
        (disk / name).unlink(missing_ok=True)
    fill(disk)
    assert vsm("--db", db, "item", "list").stdout.count("PAY-") == 12
    vsm("--db", db, "metrics")
    vsm("--db", db, "backup", tmp_path / "elsewhere.db")
    sound(tmp_path / "elsewhere.db")
    assert len(journal(tmp_path / "elsewhere.db")) == 15
    for words in (["item", "add", "x"], ["item", "move", "PAY-1", "Ready"], ["undo"], ["rebuild"]):
        said = vsm("--db", db, *words, code=3).stderr
        assert "no space left" in said and said.count("\n") == 1, words
    with terminal_of("--db", db) as terminal:
        board = Screens(terminal)
        board.until("Work item 1", "Ideas")
        terminal.press("L")
        board.until("no space left")
        terminal.press("j")
        terminal.rest(0.3)
        assert not terminal.ended
