"""Promise 10: an older file is brought up to date by one process, after a backup, or stays."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.reliability.support import (
    ROOT,
    Nursery,
    do,
    environment,
    journal,
    opened,
    organisation,
    rows,
    schema,
    sound,
    tables,
    vsm,
)
from vsm.model.command import AddItem
from vsm.model.errors import EnvironmentProblem
from vsm.reader import Reader
from vsm.session import Session
from vsm.store import migrations, versions
from vsm.store.backup import restore
from vsm.store.doctor import examine
from vsm.store.lock import exclusive
from vsm.store.sqlite import connect, sqlite3

pytestmark = pytest.mark.promise(10)

OPENERS = 5

WAIT_THEN_OPEN = """
import sys
from tests.reliability.jobs import JOBS
print("ready", flush=True)
sys.stdin.readline()
JOBS[sys.argv[1]](sys.argv[2])
"""


def age(db: Path) -> None:
    """Make the tables those of an older vsm: one less, one with a column less, no index."""
    with opened(db) as conn:
        conn.execute("DROP TABLE item_flow")
        conn.execute("DROP INDEX item_board")
        conn.execute("ALTER TABLE import_run DROP COLUMN withdrawn")
        conn.execute("UPDATE item SET title = 'projected by an older vsm'")
        conn.execute("UPDATE meta SET value = '0' WHERE key = 'projection_version'")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def backups(db: Path) -> list[Path]:
    """The backups beside a database."""
    return sorted(db.parent.glob(f"{db.name}.*.backup"))


def everything(db: Path) -> tuple[Any, ...]:
    """All that a migration could change."""
    return (
        schema(db),
        journal(db),
        tables(db),
        rows(db, "SELECT * FROM meta"),
        rows(db, "PRAGMA user_version"),
        rows(db, "PRAGMA application_id"),
    )


def open_at_once(job: str, db: Path) -> None:
    """Five processes do the job at the same moment; fails unless all of them succeed."""
    command = [sys.executable, "-c", WAIT_THEN_OPEN, job, str(db)]
    openers = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(OPENERS)
    ]
    for opener in openers:
        assert opener.stdout is not None
        assert opener.stdout.readline() == "ready\n"
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write("go\n")
        opener.stdin.flush()
    for opener in openers:
        _, said = opener.communicate(timeout=60)
        assert opener.returncode == 0, said


def test_five_processes_open_an_older_file_and_one_brings_it_up_to_date(db: Path) -> None:
    was = everything(db)
    age(db)
    old = everything(db)
    open_at_once("upgrade", db)
    assert everything(db) == was
    sound(db)
    (copy,) = backups(db)
    assert everything(copy) == old, "the backup is the file as it was"


def test_five_processes_apply_a_new_migration_once(db: Path) -> None:
    old = everything(db)
    open_at_once("upgrade_to_the_next_schema", db)
    assert rows(db, "PRAGMA user_version") == [(versions.SCHEMA_VERSION + 2,)]
    assert rows(db, "SELECT count(*) FROM pragma_table_info('journal') WHERE name = 'trace'") == [
        (1,)
    ]
    assert tables(db) == {**old[2], "note": []}
    (copy,) = backups(db)
    assert everything(copy) == old


def test_what_a_migration_leaves_is_what_a_fresh_file_has(db: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.db"
    organisation(fresh, 0)
    age(db)
    Session(db, actor="anna").open()
    assert schema(db) == schema(fresh)
    for pragma in ("user_version", "application_id", "journal_mode", "page_size"):
        assert rows(db, f"PRAGMA {pragma}") == rows(fresh, f"PRAGMA {pragma}")
    for refused in (
        "DELETE FROM journal",
        "UPDATE journal SET actor = 'x'",
        "UPDATE stage SET wip_limit = 0",
        "UPDATE stage SET category = 'parked'",
        "INSERT INTO stage(id) VALUES('text')",
    ):
        with opened(db) as conn, pytest.raises(sqlite3.Error):
            conn.execute(refused)


# -- failures -----------------------------------------------------------------------------------


class _Broken(Exception):
    """The fault that is injected."""


def _fails_at_once(_: Any) -> None:
    raise _Broken


def _fails_half_way(db: Any) -> None:
    db.conn.execute("ALTER TABLE journal ADD COLUMN half TEXT")
    db.conn.execute("CREATE TABLE left_over(x)")
    raise _Broken


def _fails_in_sql(db: Any) -> None:
    db.conn.execute("ALTER TABLE journal ADD COLUMN half TEXT")
    db.conn.execute("INSERT INTO nowhere VALUES(1)")


def _transforms_and_fails(db: Any) -> None:
    db["meta"].transform(rename={"value": "words"})
    raise _Broken


def _succeeds(db: Any) -> None:
    db.conn.execute("ALTER TABLE journal ADD COLUMN whole TEXT")


FAULTS: dict[str, tuple[Callable[[Any], None], ...]] = {
    "at the start of a step": (_fails_at_once,),
    "in the middle of a step": (_fails_half_way,),
    "in a step's SQL": (_fails_in_sql,),
    "in a step that transforms": (_transforms_and_fails,),
    "in the step after a good one": (_succeeds, _fails_half_way),
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS.keys())
def test_a_migration_that_fails_leaves_the_old_file(
    db: Path, faults: tuple[Callable[[Any], None], ...]
) -> None:
    old = everything(db)
    steps = migrations.migrations()
    for number, fault in enumerate(faults):
        steps(name=f"m10{number}")(fault)
    conn = connect(db, write=True)
    with exclusive(db), pytest.raises((_Broken, sqlite3.Error)):
        migrations.upgrade(conn, db, steps)
    conn.close()
    assert everything(db) == old
    goes_on(db)


def test_a_replay_that_fails_leaves_the_old_file(db: Path) -> None:
    age(db)
    with opened(db) as conn:
        conn.execute(
            "INSERT INTO journal SELECT seq + 1, grp, undoes, NULL, NULL, at, recorded_at, actor,"
            " session, source, NULL, stream, 'from_the_future', v, payload, payload_hash, hash"
            " FROM journal ORDER BY seq DESC LIMIT 1"
        )
    old = everything(db)
    with pytest.raises(Exception, match="from_the_future"):
        Session(db, actor="anna").open()
    assert everything(db) == old


def test_a_migration_killed_in_the_middle_leaves_the_old_file(db: Path, nursery: Nursery) -> None:
    old = everything(db)
    assert nursery.run("upgrade_and_die", db=str(db)).status() == -9
    assert everything(db) == old
    goes_on(db)


def goes_on(db: Path) -> None:
    """The old file still serves, and the backup made before the attempt restores."""
    (copy,) = backups(db)
    session = Session(db, actor="anna")
    do(session, AddItem(1, "Work goes on"))
    session.close()
    sound(db)
    restore(copy, db)
    sound(db)


# -- newer files -----------------------------------------------------------------------------------


def test_a_newer_file_is_refused_by_every_door_and_stays_as_it_is(db: Path) -> None:
    with opened(db) as conn:
        conn.execute(f"PRAGMA user_version = {versions.SCHEMA_VERSION + 1}")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    before = db.read_bytes()
    with pytest.raises(EnvironmentProblem, match="newer vsm"):
        Session(db, actor="anna").do(AddItem(1, "Must not get in"))
    with pytest.raises(EnvironmentProblem, match="newer vsm"):
        Reader(db)
    for words in (["item", "list"], ["item", "add", "x"], ["rebuild"], ["doctor"], ["board"]):
        run = vsm("--db", db, *words, code=3)
        assert "newer vsm" in run.stdout + run.stderr
    assert not examine(db).ok
    assert db.read_bytes() == before
    assert backups(db) == []


def test_reading_an_older_file_changes_nothing_and_says_what_to_do(db: Path) -> None:
    age(db)
    old = everything(db)
    with pytest.raises(EnvironmentProblem, match="older vsm"):
        Reader(db)
    assert everything(db) == old
    assert backups(db) == []
    assert os.listdir(db.parent).count(db.name) == 1


def test_rebuild_brings_an_older_file_up_to_date(db: Path) -> None:
    was = everything(db)
    age(db)
    vsm("--db", db, "rebuild")
    assert everything(db) == was
    assert len(backups(db)) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["item", "add", "New"],
        ["item", "move", "PAY-1", "Ready"],
        ["item", "comment", "PAY-1", "looks good"],
        ["team", "add", "Ops"],
        ["undo"],
        ["import", "csv", "FILE", "--stream", "Payments"],
        ["board"],
        ["rebuild"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_every_verb_works_on_a_file_of_an_older_vsm(
    db: Path, tmp_path: Path, words: list[str]
) -> None:
    vsm("--db", db, "item", "edit", "PAY-1", "--title", "Mine to undo")
    file = tmp_path / "work.csv"
    file.write_text("case,activity,timestamp\nPAY-90,Build,2026-03-02\nPAY-90,Done,2026-03-05\n")
    with opened(db) as conn:
        conn.execute("UPDATE meta SET value = '1' WHERE key = 'projection_version'")
        conn.execute("DROP TABLE saved_view")  # as an older vsm did not have it
    run = vsm("--db", db, *(str(file) if word == "FILE" else word for word in words), code=None)
    assert run.returncode == 0, run.stderr
    assert len(list(db.parent.glob("*.backup"))) == 1, "the old file is kept"
    sound(db)


def test_looking_read_only_at_a_file_of_an_older_vsm_says_what_to_do(db: Path) -> None:
    with opened(db) as conn:
        conn.execute("UPDATE meta SET value = '1' WHERE key = 'projection_version'")
    said = vsm("--db", db, "--read-only", "board", code=3).stderr
    assert f"vsm --db {db} rebuild" in said
    assert not list(db.parent.glob("*.backup"))
