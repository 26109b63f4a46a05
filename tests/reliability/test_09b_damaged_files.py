"""Promise 9, at large: whatever happens to the file, doctor ends well and passes nothing changed.

The damage is deterministic (``damage.py``): flipped bytes and bits, zeroed, overwritten and
swapped pages, truncations, noise in the header, garbage as WAL and shared memory.
"""

from __future__ import annotations

import errno
import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.reliability.damage import (
    PAGE,
    Damage,
    find_used_bytes,
    flip_bit,
    invoke,
    list_damages,
    make_full_database,
)
from tests.reliability.support import ROOT, environment, journal, opened, rows, tables, vsm
from vsm.store import doctor, table_check
from vsm.store.backup import backup_beside
from vsm.store.doctor import examine
from vsm.store.findings import Status

pytestmark = pytest.mark.promise(9)

READING_VERBS = (
    "board",
    "board --json",
    "item list",
    "item list --json",
    "item list --filter age>p85",
    "item show PAY-1",
    "item show PAY-20 --json",
    "log",
    "log --item PAY-2 --json",
    "view list",
    "stream list",
    "stream show Payments",
    "stage list",
    "team list",
    "member list",
    "metrics",
    "bottlenecks",
    "deps",
    "export snapshot",
    "export csv",
    "export events",
    "export actionableagile",
    "export journal",
    "snapshot diff SNAPSHOT",
)
VERBS_A_FILE = 6
BIT_FLIPS = 400


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("intact") / "vsm.db"
    make_full_database(path)
    return path


@pytest.fixture(scope="module")
def damages(intact: Path) -> list[Damage]:
    data = intact.read_bytes()
    return list(list_damages(len(data), find_used_bytes(data)))


def content(db: Path) -> tuple[Any, ...]:
    """All that is in a database, as text: so that 1 and 1.0 differ."""
    migrations = "SELECT migration_set, name FROM _sqlite_migrations"
    return tuple(
        map(repr, (journal(db), tables(db), rows(db, "SELECT * FROM meta"), rows(db, migrations)))
    )


def differs(db: Path, intact: Path) -> str:
    """What is not as in the intact database, although doctor found nothing wrong."""
    for name, now, was in zip(
        ("journal", "tables", "meta", "migrations"), content(db), content(intact), strict=True
    ):
        if now != was:
            return f"{name} changed"
    return ""


def test_the_damage_is_the_same_every_time(intact: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.db"
    make_full_database(again)
    assert again.read_bytes() == intact.read_bytes()


def test_doctor_ends_with_0_or_3_and_passes_no_file_whose_content_changed(
    intact: Path, damages: list[Damage], tmp_path: Path
) -> None:
    db, faults, passed = tmp_path / "vsm.db", [], 0
    for damage in damages:
        damage.apply(intact, db)
        result = invoke(db, "doctor", code=None)
        if result.exit_code not in (0, 3) or "Traceback" in result.output or result.stderr:
            faults.append(f"{damage.name}: exit {result.exit_code}, {result.stderr}")
        elif result.exit_code == 0:
            passed += 1
            if change := differs(db, intact):
                faults.append(f"{damage.name}: {change}")
        elif "BAD" not in result.stdout and "newer vsm" not in result.stdout:
            faults.append(f"{damage.name}: nothing is bad: {result.stdout}")
    assert faults == []
    assert len(damages) >= 150
    assert 0 < passed < len(damages) / 2, "some damage is in unused space, most is not"


def test_doctor_survives_damage_in_a_process_of_its_own(
    intact: Path, damages: list[Damage], tmp_path: Path
) -> None:
    db = tmp_path / "vsm.db"
    for damage in damages[::20]:
        damage.apply(intact, db)
        run = vsm("--db", db, "doctor", code=None)
        assert run.returncode in (0, 3), (damage.name, run)
        assert run.stderr == "", damage.name


def test_every_reading_verb_ends_with_0_2_or_3_on_every_damaged_file(
    intact: Path, damages: list[Damage], tmp_path: Path
) -> None:
    db, snapshot, faults = tmp_path / "vsm.db", tmp_path / "snapshot.json", []
    assert invoke(intact, "export", "snapshot", "-o", str(snapshot))
    for verb in READING_VERBS:
        assert invoke(intact, *words(verb, snapshot)), verb
    for number, damage in enumerate(damages):
        for n in range(VERBS_A_FILE):  # another six for each file, so that all meet all kinds
            verb = READING_VERBS[(number * VERBS_A_FILE + n) % len(READING_VERBS)]
            damage.apply(intact, db)
            result = invoke(db, *words(verb, snapshot), code=None)
            lines = result.stderr.splitlines()
            if result.exit_code not in (0, 2, 3) or (result.exit_code and len(lines) > 1):
                faults.append(f"{damage.name}: {verb}: {result.exit_code} {result.stderr}")
    assert faults == []


def words(verb: str, snapshot: Path) -> list[str]:
    return [str(snapshot) if word == "SNAPSHOT" else word for word in verb.split()]


def test_a_single_flipped_bit_that_doctor_passes_changed_nothing(
    intact: Path, tmp_path: Path
) -> None:
    dice = random.Random(7)
    used = find_used_bytes(intact.read_bytes())
    db, faults, noticed = tmp_path / "vsm.db", [], 0
    for _ in range(BIT_FLIPS):
        damage = flip_bit(dice.choice(used), dice.randrange(8))
        damage.apply(intact, db)
        report = examine(db)
        noticed += not report.ok
        if report.ok and (change := differs(db, intact)):
            faults.append(f"{damage.name}: {change}")
    assert faults == []
    assert noticed > BIT_FLIPS / 2, "most used bytes hold something"


# -- what keeps doctor from checking is no damage ------------------------------------------------


def test_doctor_needs_no_room_for_temporary_files(intact: Path, tmp_path: Path) -> None:
    """A process that may write no more than 64 KiB to a file, less than a copy would take."""
    limit = 64 * 1024
    assert intact.stat().st_size > 2 * limit

    def allow_little() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    run = subprocess.run(
        [sys.executable, "-m", "vsm", "--db", str(intact), "doctor"],
        cwd=ROOT,
        env={**environment(), "TMPDIR": str(tmp_path), "SQLITE_TMPDIR": str(tmp_path)},
        preexec_fn=allow_little,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (0, ""), run.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_locked_database_is_not_called_bad(
    intact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = tmp_path / "vsm.db"
    db.write_bytes(intact.read_bytes())
    monkeypatch.setattr(doctor, "BUSY_SECONDS", 0.01)
    with opened(db) as conn:
        conn.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        conn.execute("BEGIN EXCLUSIVE")
        report = examine(db)
    assert not report.ok and not report.is_damaged
    assert any("locked by another program" in f.text for f in report.findings)
    assert report.advice == ("some checks could not be made, which is no sign of damage",)
    assert examine(db).ok


RAISED: dict[Status, tuple[Exception, ...]] = {
    Status.UNKNOWN: (MemoryError(), OSError(errno.ENOSPC, "No space left on device")),
    Status.BAD: (
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        OverflowError("int too big"),
        ValueError("no number"),
        KeyError(7),
        RecursionError("too deep"),
        TypeError("NoneType"),
    ),
}


@pytest.mark.parametrize(
    ("status", "error"),
    [(status, error) for status, errors in RAISED.items() for error in errors],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_whatever_a_check_raises_is_a_finding_that_names_the_check(
    intact: Path, monkeypatch: pytest.MonkeyPatch, status: Status, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(table_check, "find_difference", fail)
    report = examine(intact)
    (finding,) = [f for f in report.findings if not f.ok]
    assert (finding.name, finding.status) == ("tables", status)
    assert "checked" in finding.text


def test_a_file_of_a_newer_vsm_is_not_called_bad(intact: Path, tmp_path: Path) -> None:
    db = tmp_path / "vsm.db"
    db.write_bytes(intact.read_bytes())
    rows(db, "PRAGMA user_version = 99")
    report = examine(db)
    assert not report.ok and not report.is_damaged
    assert "newer vsm" in report.findings[-1].text


# -- doctor changes nothing ----------------------------------------------------------------------


def copy_with_wal(intact: Path, db: Path) -> None:
    """Copy a database together with a WAL that holds its latest change."""
    source = db.with_name("source.db")
    source.write_bytes(intact.read_bytes())
    with opened(source) as conn:
        conn.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
        conn.execute("UPDATE item SET title = title || ' in the WAL' WHERE id = 3")
        for suffix in ("", "-wal"):
            Path(f"{db}{suffix}").write_bytes(Path(f"{source}{suffix}").read_bytes())


def test_doctor_writes_neither_to_the_file_nor_to_its_wal(intact: Path, tmp_path: Path) -> None:
    db = tmp_path / "vsm.db"
    copy_with_wal(intact, db)
    files = (db, Path(f"{db}-wal"))
    before = [file.read_bytes() for file in files]
    report = examine(db)
    assert [f.name for f in report.findings if not f.ok] == ["tables"], "it read the WAL"
    assert [file.read_bytes() for file in files] == before


def test_doctor_leaves_nothing_beside_a_file_that_nobody_has_open(
    intact: Path, tmp_path: Path
) -> None:
    db = tmp_path / "vsm.db"
    db.write_bytes(intact.read_bytes())
    assert examine(db).ok
    assert list(tmp_path.iterdir()) == [db]


# -- what to do ----------------------------------------------------------------------------------


def zero_page_of(table: str) -> Callable[[Path], None]:
    def harm(db: Path) -> None:
        ((root,),) = rows(db, "SELECT rootpage FROM sqlite_master WHERE name = ?", table)
        data = bytearray(db.read_bytes())
        data[(root - 1) * PAGE : root * PAGE] = bytes(PAGE)
        db.write_bytes(data)

    return harm


def test_the_closing_lines_name_the_newest_backup_and_the_command_works(
    intact: Path, tmp_path: Path
) -> None:
    db = tmp_path / "it's work.db"
    db.write_bytes(intact.read_bytes())
    older, newer = backup_beside(db), backup_beside(db)
    assert "backup" not in vsm("--db", db, "doctor").stdout, "a sound file needs no advice"
    zero_page_of("journal")(db)
    run = vsm("--db", db, "doctor", code=3)
    assert f"newest backups beside the file: {newer.name}, {older.name}" in run.stdout
    (line,) = [line for line in run.stdout.splitlines() if " restore " in line]
    command = line.partition(": ")[2].replace("vsm", f"{sys.executable} -m vsm", 1)
    subprocess.run(command, shell=True, cwd=ROOT, env=environment(), check=True, timeout=60)
    assert examine(db).ok
    assert content(db) == content(intact)


def test_without_a_backup_the_closing_line_says_restore_all_the_same(
    intact: Path, tmp_path: Path
) -> None:
    db = tmp_path / "vsm.db"
    db.write_bytes(intact.read_bytes())
    os.truncate(db, 3 * PAGE)
    run = vsm("--db", db, "doctor", code=3)
    assert run.stdout.splitlines()[-1] == (f"to bring a backup back: vsm --db {db} restore BACKUP")


def test_damaged_tables_need_a_rebuild_and_no_backup(intact: Path, tmp_path: Path) -> None:
    db = tmp_path / "vsm.db"
    db.write_bytes(intact.read_bytes())
    rows(db, "UPDATE item SET key = 'pay-3' WHERE key = 'PAY-3' RETURNING id")
    run = vsm("--db", db, "doctor", code=3)
    assert "item differs from the journal" in run.stdout, "a key that differs in case alone"
    assert run.stdout.splitlines()[-1].endswith(f"vsm --db {db} rebuild")
    vsm("--db", db, "rebuild")
    assert examine(db).ok
