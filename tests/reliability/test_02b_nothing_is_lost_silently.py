"""Whatever a foreign program does to the files: what was acknowledged stays or is told lost."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.screens import Screens, terminal_of
from tests.reliability.support import ROOT, Nursery, do, environment, journal, rows, sound, vsm
from vsm.model.command import AddItem, MoveItem
from vsm.model.errors import EnvironmentProblem
from vsm.reader import Reader
from vsm.session import Session
from vsm.store.backup import backup, restore
from vsm.store.lock import read_acknowledged
from vsm.store.loss import accept_loss
from vsm.store.reading import can_open

pytestmark = pytest.mark.promise(1)


def titles(db: Path) -> set[str]:
    """The titles of all items, read past the program."""
    return {title for (title,) in rows(db, "SELECT title FROM item")}


def remove_log(db: Path) -> None:
    """Delete the log beneath those who have it open, as an old SQLite did that thought it alone."""
    for end in ("-wal", "-shm"):
        Path(f"{db}{end}").unlink()


# -- the log goes away beneath an open session --------------------------------------------------


def test_a_session_whose_log_was_deleted_saves_what_only_it_has_and_stops(db: Path) -> None:
    session = Session(db, actor="anna")
    do(session, AddItem(1, "Only in the log"))
    remove_log(db)
    for _ in range(3):  # nobody may go on as if nothing had happened
        with pytest.raises(EnvironmentProblem, match="removed or replaced") as caught:
            session.do(AddItem(1, "Never acknowledged"))
        with pytest.raises(EnvironmentProblem, match="removed or replaced"):
            Session(db, actor="anna").open()  # the same process, another session
    (rescued,) = db.parent.glob("*.rescued")
    assert str(rescued) in str(caught.value)
    said = vsm("--db", db, "item", "move", "PAY-1", "Ready", code=3).stderr
    assert "lacks its last acknowledged change" in said and said.count("\n") == 1
    assert "lacks its last acknowledged change" in vsm("--db", db, "board").stderr
    vsm("--db", db, "restore", rescued)
    vsm("--db", db, "item", "add", "And on")
    done = do(session, AddItem(1, "The session follows the restored file"))
    assert done.changes
    session.close()
    assert {"Only in the log", "And on"} <= titles(db)
    assert "Never acknowledged" not in titles(db)
    sound(db)


def test_a_log_that_was_deleted_after_all_of_it_was_written_back_costs_nothing(db: Path) -> None:
    session = Session(db, actor="anna")
    do(session, AddItem(1, "Written back"))
    rows(db, "PRAGMA wal_checkpoint(TRUNCATE)")
    remove_log(db)
    with pytest.raises(EnvironmentProblem, match="removed or replaced"):
        session.do(AddItem(1, "Not yet"))
    assert vsm("--db", db, "item", "add", "By a new process").stderr == ""
    session.close()
    listed = vsm("--db", db, "item", "list")
    assert "Written back" in listed.stdout and "By a new process" in listed.stdout
    assert listed.stderr == ""


@pytest.mark.parametrize("end", ["closed", "dropped", "left open", "raised"])
def test_the_end_of_what_has_a_log_that_was_replaced_undoes_nothing_of_the_others(
    db: Path, end: str
) -> None:
    call = f"from tests.reliability.jobs import lose_the_log; lose_the_log({str(db)!r}, {end!r})"
    run = subprocess.run(
        [sys.executable, "-c", call], cwd=ROOT, env=environment(), capture_output=True, check=False
    )
    assert run.returncode == (1 if end == "raised" else 0), run.stderr
    result = vsm("--db", db, "item", "list")
    assert "By somebody else 199" in result.stdout and not result.stderr
    sound(db)


def test_an_index_of_the_log_that_was_deleted_stops_a_session_too(db: Path) -> None:
    session = Session(db, actor="anna")
    do(session, AddItem(1, "Before"))
    Path(f"{db}-shm").unlink()
    with pytest.raises(EnvironmentProblem, match="removed or replaced"):
        session.do(AddItem(1, "Never acknowledged"))
    session.close()
    assert "Before" in vsm("--db", db, "item", "list").stdout
    vsm("--db", db, "doctor")


def test_where_nothing_can_be_saved_aside_the_session_says_so_and_tries_again(db: Path) -> None:
    session = Session(db, actor="anna")
    do(session, AddItem(1, "Only in the log"))
    remove_log(db)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limit[1]))  # as a full disk would
    try:
        with pytest.raises(EnvironmentProblem, match="could not be kept"):
            session.do(AddItem(1, "Never acknowledged"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, before)
    assert not list(db.parent.glob("*.rescued")) and not list(db.parent.glob(".*rescued*"))
    with pytest.raises(EnvironmentProblem, match="is kept as"):  # there is room again
        session.do(AddItem(1, "Never acknowledged"))
    (rescued,) = db.parent.glob("*.rescued")
    assert "Only in the log" in titles(rescued)
    session.close()


def test_two_names_of_one_database_are_refused_before_each_gets_a_log_of_its_own(
    db: Path, tmp_path: Path
) -> None:
    session = Session(db, actor="anna")
    do(session, AddItem(1, "Before"))
    other = tmp_path / "other.db"
    os.link(db, other)
    for path in (db, other):
        said = vsm("--db", path, "item", "add", "Under one of two names", code=3).stderr
        assert "another name" in said and "cp -p" in said and said.count("\n") == 1
    with pytest.raises(EnvironmentProblem, match="another name"):
        session.do(AddItem(1, "In an open session"))
    session.close()
    other.unlink()
    assert "Before" in vsm("--db", db, "item", "list").stdout
    vsm("--db", db, "item", "add", "One name again")


def test_a_second_name_that_a_killed_restore_left_is_taken_away(db: Path) -> None:
    os.link(db, f"{db}.20260101T000000000000.replaced")
    vsm("--db", db, "item", "add", "Goes on")
    assert not list(db.parent.glob("*.replaced"))
    sound(db)


# -- no false alarms ------------------------------------------------------------------------------


def test_those_who_come_and_go_are_never_told_of_a_loss(db: Path, nursery: Nursery) -> None:
    jobs = [("open_and_close", {"db": str(db), "seconds": 4.0, "seed": n}) for n in range(4)]
    assert nursery.run("crowd", jobs=jobs, kill=[], seed=1).status() == 0
    assert not list(db.parent.glob("*.rescued"))
    sound(db)


def test_a_log_that_goes_while_one_looks_at_it_forbids_nothing(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(db, actor="anna")
    session.do(MoveItem(1, 2))
    assert can_open(db)
    access = os.access

    def gone(path: str | os.PathLike[str], mode: int) -> bool:
        if str(path).endswith("-wal"):
            session.close()  # the last one takes the log with it
        return access(path, mode)

    monkeypatch.setattr("vsm.store.reading.os.access", gone)
    assert can_open(db)
    monkeypatch.setattr("vsm.store.reading.os.access", lambda path, mode: False)
    for end in ("-wal", "-shm"):
        Path(f"{db}{end}").touch()
    assert not can_open(db), "a log that is there and may not be read"


def test_those_who_look_during_restores_are_never_told_of_a_loss(
    db: Path, tmp_path: Path, nursery: Nursery
) -> None:
    saved = tmp_path / "saved.db"
    backup(db, saved)
    jobs = [
        ("look_while_restored", {"db": str(db), "seconds": 4.0}),
        ("look_while_restored", {"db": str(db), "seconds": 4.0}),
        ("restore_often", {"db": str(db), "saved": str(saved), "seconds": 4.0}),
    ]
    assert nursery.run("crowd", jobs=jobs, kill=[], seed=2).status() == 0
    assert not list(db.parent.glob("*.rescued"))
    assert len(list(db.parent.glob("*.replaced"))) > 5
    sound(db)


def test_a_board_takes_changes_again_once_the_loss_is_accepted(db: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    backup(db, old)
    vsm("--db", db, "item", "add", "Lost")
    db.write_bytes(old.read_bytes())
    reader = Reader(db)
    assert "lacks" in str(reader.find_obstacle())
    said = vsm("--db", db, "doctor", "--accept-loss").stdout
    assert "given up" in said and "going on from entry 15" in said
    assert reader.find_obstacle() is None
    reader.close()


def test_a_board_whose_log_was_deleted_says_so(db: Path) -> None:
    with terminal_of("--db", db) as terminal:
        board = Screens(terminal)
        board.until("Work item 1", "Ideas")
        terminal.press("L")
        board.until("PAY-1", "moved")
        remove_log(db)
        terminal.press("j")
        terminal.press("L")
        board.until("removed or replaced", "is kept as", "not live")
    copies = list(db.parent.glob("*.rescued"))
    assert len(copies) == 1 and rows(copies[0], "SELECT stage FROM item WHERE id = 1") == [(2,)]


# -- another file takes the place of the database -----------------------------------------------


@pytest.mark.parametrize("how", ["moved over it", "copied into it"])
def test_an_older_file_put_in_its_place_by_hand_is_told_by_everybody(
    db: Path, tmp_path: Path, how: str
) -> None:
    old = tmp_path / "old.db"
    backup(db, old)
    session = Session(db, actor="anna")
    do(session, AddItem(1, "Acknowledged"))
    do(session, AddItem(1, "Acknowledged too"))
    session.close()
    if how == "moved over it":
        os.replace(old, db)
    else:
        db.write_bytes(old.read_bytes())
    said = vsm("--db", db, "item", "add", "Too early", code=3).stderr
    assert "lacks acknowledged changes, entries 16 to 17" in said and "doctor" in said
    assert said.count("\n") == 1
    assert "lacks acknowledged changes" in vsm("--db", db, "item", "list").stderr
    accept_loss(db)
    assert vsm("--db", db, "item", "add", "With open eyes").stderr == ""
    assert "With open eyes" in titles(db)
    sound(db)


def test_what_a_session_saved_in_a_file_that_was_written_over_is_kept_aside(
    db: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old.db"
    backup(db, old)
    session = Session(db, actor="anna")
    do(session, AddItem(1, "In the file that goes"))
    os.replace(old, db)
    remove_log(db)  # or it would be taken for that of the other file
    with pytest.raises(EnvironmentProblem, match="lacks its last acknowledged change"):
        session.do(AddItem(1, "Never acknowledged"))
    session.close()
    (rescued,) = db.parent.glob("*.rescued")
    assert "In the file that goes" in titles(rescued)
    vsm("--db", db, "restore", rescued)
    assert "In the file that goes" in titles(db)
    sound(db)


def test_restoring_a_backup_is_no_loss_that_is_told_for_ever(db: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    backup(db, saved)
    session = Session(db, actor="anna")
    do(session, AddItem(1, "Given up by the restore"))
    session.close()
    restore(saved, db)
    assert vsm("--db", db, "item", "add", "Next").stderr == ""
    assert read_acknowledged(db) is not None
    sound(db)


def test_a_database_made_anew_where_one_was_deleted_has_lost_nothing(db: Path) -> None:
    session = Session(db, actor="anna")
    do(session, MoveItem(1, 2))
    session.close()
    db.unlink()
    vsm("--db", db, "init", "--template", "kanban", "--name", "New")
    assert vsm("--db", db, "item", "add", "First").stderr == ""


# -- an unclean end --------------------------------------------------------------------------------


def test_a_flipped_bit_in_the_log_after_a_kill_is_told(
    db: Path, tmp_path: Path, nursery: Nursery
) -> None:
    acks = tmp_path / "acks"
    keep = Reader(db)  # so that the log is not written back
    worker = nursery.run("work", db=str(db), acks=str(acks), seed=5, items=12)
    while not acks.exists() or acks.read_text().count("\n") < 25:
        assert not worker.ended(within=0.01)
    worker.kill()
    acknowledged = read_acknowledged(db)
    assert acknowledged is not None and acknowledged.seq > 25
    report, unnoticed = 0, []
    for n in range(40):
        copy = tmp_path / f"copy-{n}.db"
        for end in ("", "-wal", ".lock"):
            shutil.copy(f"{db}{end}", f"{copy}{end}")
        log = bytearray(Path(f"{copy}-wal").read_bytes())
        place = len(log) * n // 40
        log[place] ^= 1 << (n % 8)
        Path(f"{copy}-wal").write_bytes(log)
        session = Session(copy, actor="anna")
        try:
            session.open()
        except EnvironmentProblem as error:
            assert "acknowledged" in str(error) or "damaged" in str(error)
            report += 1
        else:
            if journal(copy)[-1][0] < acknowledged.seq:
                unnoticed.append(n)
            sound(copy)
        session.close()
    keep.close()
    assert not unnoticed
    assert report >= 30, "nearly every bit of a log counts"


def test_the_record_is_never_ahead_of_the_journal(
    db: Path, tmp_path: Path, nursery: Nursery
) -> None:
    acks = tmp_path / "acks"
    acks.touch()
    recorded = set()
    for n in range(25):
        before = acks.stat().st_size
        worker = nursery.run("work", db=str(db), acks=str(acks), seed=n, items=12)
        while n % 2 and acks.stat().st_size == before:  # every other one gets to acknowledge
            assert not worker.ended(within=0.001)
        worker.ended(within=0.02 + n * 0.004)
        worker.kill()
        record = read_acknowledged(db)
        recorded.add(record)
        assert (
            record is None
            or record.hash == rows(db, "SELECT hash FROM journal WHERE seq = ?", record.seq)[0][0]
        )
    sound(db)
    assert len(recorded) >= 12, "each that got to acknowledge has recorded more"


async def test_a_board_opened_after_a_loss_says_so_and_refuses_until_it_is_accepted(
    db: Path, tmp_path: Path
) -> None:
    from tests.tui.conftest import World

    old = tmp_path / "old.db"
    backup(db, old)
    vsm("--db", db, "item", "add", "Lost")
    db.write_bytes(old.read_bytes())
    async with World(db).person(size=(200, 60)) as anna:  # whole paths in a line
        anna.sees("lacks its last acknowledged", "read-only")
        await anna.press("escape", "L")
        anna.sees("lacks its last acknowledged")
        assert "PAY-1" in anna.column("Ideas")
        vsm("--db", db, "doctor", "--accept-loss")
        await anna.press("escape", "L")
        assert "PAY-1" in anna.column("Ready")
    sound(db)
