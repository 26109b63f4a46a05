"""Promise 11: a backup made while others write restores to exactly what it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.support import Nursery, do, journal, organisation, sound, tables, vsm
from vsm.model.command import MoveItem
from vsm.model.errors import BadInput, VsmError
from vsm.session import Session
from vsm.store.backup import backup, restore

pytestmark = pytest.mark.promise(11)

ITEMS = 30


def test_backups_under_load_are_whole_and_restore_to_what_they_were(
    tmp_path: Path, nursery: Nursery
) -> None:
    db, acks = tmp_path / "vsm.db", tmp_path / "acks"
    organisation(db, ITEMS)
    worker = nursery.run("work", db=str(db), acks=str(acks), seed=11, items=ITEMS)
    copies: list[Path] = []
    while len(copies) < 8:
        before = acks.stat().st_size if acks.exists() else 0
        if before < 50 * (len(copies) + 1):  # let some changes happen between two backups
            assert not worker.ended(within=0.001)
            continue
        copies.append(tmp_path / f"copy-{len(copies)}.db")
        backup(db, copies[-1])
    worker.kill()

    entries, lengths = journal(db), []
    for copy in copies:
        saved = journal(copy)
        assert saved == entries[: len(saved)], "a backup is a moment of the history"
        lengths.append(len(saved))
        sound(copy)
    assert lengths == sorted(set(lengths)), "there was load: each backup has more than the last"
    sound(db)

    chosen = copies[4]
    kept = restore(chosen, db)
    assert kept is not None and journal(kept) == entries, "what was there is kept"
    assert journal(db) == journal(chosen)
    was = tables(chosen)
    assert tables(db) == was
    session = Session(db, actor="anna")
    session.rebuild()
    session.close()
    assert tables(db) == was
    sound(db)


def test_the_command_line_backs_up_and_restores(db: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    vsm("--db", db, "backup", copy)
    was = tables(db)
    session = Session(db, actor="anna")
    do(session, MoveItem(1, 3))
    session.close()
    assert tables(db) != was
    vsm("--db", db, "restore", copy)
    assert tables(db) == was
    sound(db)


def test_a_backup_replaces_no_file(db: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("something of mine")
    with pytest.raises(BadInput, match="already"):
        backup(db, other)
    assert other.read_text() == "something of mine"
    assert vsm("--db", db, "backup", other, code=2).stderr.count("\n") == 1
    assert other.read_text() == "something of mine"


def test_a_backup_to_where_nothing_can_be_written_leaves_nothing(db: Path, tmp_path: Path) -> None:
    with pytest.raises(VsmError):
        backup(db, tmp_path / "no such folder" / "copy.db")
    assert not (tmp_path / "no such folder").exists()


def test_a_backup_needs_no_other_file_beside_it(db: Path, tmp_path: Path) -> None:
    folder = tmp_path / "away"
    folder.mkdir()
    session = Session(db, actor="anna")
    do(session, MoveItem(1, 3))  # stands in the WAL
    backup(db, folder / "copy.db")
    session.close()
    assert [p.name for p in folder.iterdir()] == ["copy.db"]
    assert tables(folder / "copy.db") == tables(db)
