"""Promise 9: damage is found before anything is written, and the file is never made anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.support import (
    BUILDS,
    ROOT,
    do,
    environment,
    journal,
    opened,
    organisation,
    rows,
    sound,
    tables,
    vsm,
)
from vsm.model.command import AddItem, MoveItem
from vsm.model.errors import VsmError
from vsm.reader import Reader
from vsm.session import Session
from vsm.store.backup import backup, restore
from vsm.store.doctor import examine
from vsm.store.sqlite import sqlite3

pytestmark = pytest.mark.promise(9)


def flip_a_page(db: Path) -> None:
    """Turn over the bytes in the middle of a page of the journal's table."""
    with opened(db) as conn:
        ((size,),) = conn.execute("PRAGMA page_size")
        ((root,),) = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'journal'")
    content = bytearray(db.read_bytes())
    for place in range((root - 1) * size, (root - 1) * size + 64):
        content[place] ^= 0xFF
    db.write_bytes(content)


def cut_off(db: Path) -> None:
    """Lose the second half."""
    os.truncate(db, db.stat().st_size // 2)


def cut_in_the_header(db: Path) -> None:
    """Lose all but half of the header."""
    os.truncate(db, 50)


def fill_with_garbage(db: Path) -> None:
    """Hold something else altogether."""
    db.write_bytes(b"\x89not a database at all" * 1000)


def garbage_after_the_magic(db: Path) -> None:
    """Look like SQLite for sixteen bytes only."""
    db.write_bytes(b"SQLite format 3\x00" + bytes(range(256)) * 40)


def empty(db: Path) -> None:
    """Hold nothing."""
    os.truncate(db, 0)


def make_foreign(db: Path) -> None:
    """Be the sound database of another program."""
    db.unlink()
    with opened(db) as conn:
        conn.execute("CREATE TABLE bookmarks(url TEXT)")
        conn.execute("PRAGMA application_id = 252006673")


def make_foreign_with_a_journal(db: Path) -> None:
    """Be of another program that has a table of the same name."""
    db.unlink()
    with opened(db) as conn:
        conn.execute("CREATE TABLE journal(entry TEXT)")


DAMAGE = (
    flip_a_page,
    cut_off,
    cut_in_the_header,
    fill_with_garbage,
    garbage_after_the_magic,
    empty,
    make_foreign,
    make_foreign_with_a_journal,
)
damage = pytest.mark.parametrize("harm", DAMAGE, ids=lambda harm: harm.__name__)


@pytest.fixture
def saved(db: Path, tmp_path: Path) -> Path:
    """A backup from before the damage."""
    to = tmp_path / "saved.db"
    backup(db, to)
    return to


def identity(path: Path) -> tuple[int, bytes]:
    """The very file and all its bytes."""
    return path.stat().st_ino, path.read_bytes()


@damage
def test_a_damaged_or_foreign_file_is_refused_and_stays_as_it_is(
    db: Path, harm: Callable[[Path], None]
) -> None:
    harm(db)
    before = identity(db)
    for _ in range(2):
        session = Session(db, actor="anna")
        with pytest.raises(VsmError) as refused:
            session.do(AddItem(1, "Must not get in"))
        session.close()
        assert str(db) in refused.value.message, "it names the file"
        assert refused.value.remedy, "it says what to do"
        assert identity(db) == before
    with pytest.raises(VsmError):
        Session(db, actor="anna").open()
    assert identity(db) == before


@damage
def test_the_command_line_refuses_it_in_one_line_and_the_doctor_tells(
    db: Path, harm: Callable[[Path], None]
) -> None:
    harm(db)
    before = identity(db)
    add = vsm("--db", db, "item", "add", "Must not get in", code=None)
    assert add.returncode in (2, 3), add.stderr
    assert len(add.stderr.strip().splitlines()) == 1
    assert str(db) in add.stderr
    doctor = vsm("--db", db, "doctor", code=None)
    assert doctor.returncode not in (0, 70), doctor.stderr
    assert doctor.stdout or doctor.stderr
    assert identity(db) == before


@damage
def test_the_doctor_finds_it_and_a_backup_brings_everything_back(
    db: Path, saved: Path, harm: Callable[[Path], None]
) -> None:
    was, entries = tables(db), journal(db)
    harm(db)
    damaged = db.read_bytes()
    report = examine(db)
    assert not report.ok
    assert db.read_bytes() == damaged
    kept = restore(saved, db)
    assert kept is not None and kept.read_bytes() == damaged, "what was there is kept beside it"
    assert (tables(db), journal(db)) == (was, entries)
    sound(db)
    session = Session(db, actor="anna")
    do(session, AddItem(1, "Work goes on"))
    session.close()


def test_a_reader_never_shows_a_foreign_file_as_an_empty_board(db: Path) -> None:
    make_foreign(db)
    with pytest.raises(VsmError):
        reader = Reader(db)
        try:
            reader.streams()
        finally:
            reader.close()


def test_a_file_that_vanishes_under_a_session_is_not_made_anew(db: Path, tmp_path: Path) -> None:
    session = Session(db, actor="anna")
    do(session, MoveItem(1, 2))
    moved = tmp_path / "aside.db"
    os.rename(db, moved)
    for _ in range(2):
        with pytest.raises(VsmError, match=r"gone|no database"):
            session.do(MoveItem(1, 3))
        assert not db.exists()
    os.rename(moved, db)
    do(session, MoveItem(1, 3))
    session.close()
    sound(db)


def test_after_a_restore_open_sessions_say_what_is_gone_and_go_on_in_the_restored_file(
    db: Path, saved: Path
) -> None:
    session = Session(db, actor="anna")
    do(session, MoveItem(1, 2))
    reader = Reader(db)
    reader.position()
    restore(saved, db)
    with pytest.raises(VsmError, match=r"replaced by another database: entry 16"):
        session.do(MoveItem(2, 3))
    assert "entry 16, which was here, is not in it" in reader.changes(16)[0].text
    done = do(session, MoveItem(2, 3))
    assert journal(db)[-1][0] == done.changes[-1].seq
    result = reader.item(2)
    assert result is not None and result.stage == 3
    reader.close()
    session.close()
    sound(db)


def test_a_restored_file_may_be_read_by_the_same_people_as_before(db: Path, saved: Path) -> None:
    os.chmod(db, 0o664)
    restore(saved, db)
    assert oct(db.stat().st_mode & 0o777) == oct(0o664)


def test_a_damaged_backup_is_not_restored(db: Path, saved: Path) -> None:
    flip_a_page(saved)
    before = identity(db)
    with pytest.raises(VsmError):
        restore(saved, db)
    assert identity(db) == before


def test_a_restore_of_nothing_leaves_the_database_alone(db: Path, tmp_path: Path) -> None:
    before = identity(db)
    with pytest.raises(VsmError):
        restore(tmp_path / "no such file.db", db)
    with pytest.raises(VsmError):
        restore(db, db)
    assert identity(db) == before


# -- somebody edits the journal ----------------------------------------------------------------


def edit_the_payload(conn: sqlite3.Connection) -> None:
    conn.execute("UPDATE journal SET payload = replace(payload, 'Work', 'Play') WHERE seq = 7")


def edit_the_actor(conn: sqlite3.Connection) -> None:
    conn.execute("UPDATE journal SET actor = 'bob' WHERE seq = 7")


def delete_an_entry(conn: sqlite3.Connection) -> None:
    conn.execute("DELETE FROM journal WHERE seq = 7")


def swap_two_entries(conn: sqlite3.Connection) -> None:
    conn.execute("UPDATE journal SET seq = -seq WHERE seq IN (7, 8)")
    conn.execute("UPDATE journal SET seq = 15 + seq WHERE seq < 0")


TAMPERING = (edit_the_payload, edit_the_actor, delete_an_entry, swap_two_entries)


@pytest.mark.parametrize("tamper", TAMPERING, ids=lambda tamper: tamper.__name__)
def test_the_doctor_names_the_first_journal_entry_that_is_not_as_it_was_written(
    db: Path, saved: Path, tamper: Callable[[sqlite3.Connection], None]
) -> None:
    with opened(db) as conn:
        for (name,) in conn.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            conn.execute(f"DROP TRIGGER {name}")
        conn.execute("PRAGMA ignore_check_constraints = ON")
        tamper(conn)
    report = examine(db)
    assert not report.ok
    assert any("entry 7" in f.text for f in report.findings if not f.ok), report.findings
    output = vsm("--db", db, "doctor", code=None)
    assert output.returncode not in (0, 70)
    assert "entry 7" in output.stdout + output.stderr
    restore(saved, db)
    sound(db)


def test_the_journal_refuses_to_be_edited(db: Path) -> None:
    for statement in ("DELETE FROM journal", "UPDATE journal SET actor = 'nobody'"):
        with opened(db) as conn, pytest.raises(sqlite3.Error, match="append-only"):
            conn.execute(statement)


def test_tables_that_differ_from_the_journal_are_found_and_made_right(db: Path) -> None:
    was = tables(db)
    with opened(db) as conn:
        conn.execute("UPDATE item SET stage = 4 WHERE id = 3")
    report = examine(db)
    assert [f.name for f in report.findings if not f.ok] == ["tables"]
    session = Session(db, actor="anna")
    session.rebuild()
    session.close()
    assert tables(db) == was
    sound(db)


def test_a_folder_or_a_missing_file_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(VsmError, match="folder"):
        Session(tmp_path / "folder", actor="anna").open()
    with pytest.raises(VsmError, match="no database"):
        Reader(tmp_path / "missing.db").position()
    assert not (tmp_path / "missing.db").exists()


def test_making_a_new_database_never_replaces_a_file_that_appears_meanwhile(
    tmp_path: Path,
) -> None:
    from vsm.store.migrations import make_new

    organisation(tmp_path / "vsm.db", 1)
    before = identity(tmp_path / "vsm.db")
    with pytest.raises(VsmError):
        make_new(tmp_path / "vsm.db")
    assert identity(tmp_path / "vsm.db") == before
    assert sorted(p.name for p in tmp_path.glob(".*")) == []
    shutil.rmtree(tmp_path)


# -- somebody else's SQL in the file -----------------------------------------------------------


HOSTILE = {
    "a trigger on items": "CREATE TRIGGER sly AFTER UPDATE ON item BEGIN DELETE FROM team; END",
    "a trigger on the journal": "CREATE TRIGGER sly AFTER INSERT ON journal"
    " BEGIN UPDATE item SET title = 'owned'; END",
    "a view in place of a table": "DROP TABLE saved_view; CREATE VIEW saved_view AS WITH RECURSIVE"
    " n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT * FROM n",
}


@pytest.mark.parametrize("sql", HOSTILE.values(), ids=HOSTILE.keys())
def test_sql_of_somebody_elses_in_the_file_is_never_run(db: Path, saved: Path, sql: str) -> None:
    with opened(db) as conn:
        conn.executescript(sql)
    before = db.read_bytes()
    for words in (["board"], ["item", "list"], ["item", "move", "PAY-1", "Ready"], ["undo"]):
        said = vsm("--db", db, *words, code=3).stderr
        assert "that vsm did not make" in said and said.count("\n") == 1, words
    assert db.read_bytes() == before
    hostile = db.with_name("hostile.db")
    shutil.copy(db, hostile)
    vsm("--db", db, "restore", saved)
    sound(db)
    assert "that vsm did not make" in vsm("--db", db, "restore", hostile, code=3).stderr


def test_a_view_of_ones_own_beside_the_tables_is_left_alone(db: Path) -> None:
    with opened(db) as conn:
        conn.execute("CREATE VIEW report AS SELECT key, title FROM item")
    vsm("--db", db, "item", "move", "PAY-1", "Ready")
    assert rows(db, "SELECT count(*) FROM report") == [(12,)]


@pytest.mark.parametrize("build", BUILDS)
def test_a_file_that_sqlite_cannot_open_is_an_error_and_no_crash(
    tmp_path: Path, build: str
) -> None:
    code = (
        "import sys; from pathlib import Path; from vsm.store.sqlite import connect\n"
        "from vsm.model.errors import EnvironmentProblem\n"
        "try: connect(Path(sys.argv[1]), write=True)\n"
        "except EnvironmentProblem as error: print(error.message)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "gone.db")],
        cwd=ROOT, env=environment(build), capture_output=True, text=True,
    )  # fmt: skip
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "gone.db" in answer.stdout
