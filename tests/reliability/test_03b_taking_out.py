"""Promises 3 and 7: taking a name or a text out is all or nothing, killed or on a full disk."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.reliability.damage import invoke
from tests.reliability.support import Nursery, do, journal, rows, sound, tables
from vsm.model import command as c
from vsm.model.entities import MEMBER
from vsm.session import Session
from vsm.store.doctor import examine

SECRETS = {"forget": b"anna.kern", "redact": b"hunter2"}


@pytest.fixture(scope="module")
def _worked_on(_small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = Path(shutil.copy(_small, tmp_path_factory.mktemp("worked") / "vsm.db"))
    anna = Session(path, actor="anna.kern")
    do(anna, c.AddEntity(MEMBER, {"login": "anna.kern", "name": "Anna"}))
    do(anna, c.EditItem(1, {"description": "hunter2", "owner": "anna.kern"}))
    do(anna, *(c.CommentItem(n, f"anna.kern was here {n}") for n in range(2, 12)))
    do(anna, c.MoveItem(1, 2))
    anna.close()
    return path


@pytest.fixture
def worked(_worked_on: Path, tmp_path: Path) -> Path:
    """A database in which somebody is to be forgotten, and a text to be taken out."""
    return Path(shutil.copy(_worked_on, tmp_path / "vsm.db"))


def again(worked: Path, saved: Path) -> None:
    """Put the database back as it was."""
    for end in ("-wal", "-shm", ".lock"):
        Path(f"{worked}{end}").unlink(missing_ok=True)
    shutil.copy(saved, worked)


def is_done(db: Path, before: list[tuple[object, ...]], what: str) -> bool:
    """Whether it was done; fails where it was done in part."""
    report = examine(db)
    assert report.ok, report.findings
    now = journal(db)
    if now == before:
        return False
    assert len(now) > len(before) and [row[16] for row in now[: len(before)]] == [
        row[16] for row in before
    ], "hashes stay"
    entries = [row for row in now if row[12] != "item_commented"]
    assert SECRETS[what].decode() not in repr(entries)
    assert SECRETS[what].decode() not in repr(tables(db)["item"])
    return True


def wiped(db: Path, what: str) -> bool:
    """Whether nothing is left of it in the bytes of the files, as doctor says it."""
    (text,) = [f.text for f in examine(db).findings if f.name == "journal"]
    files = b"".join(file.read_bytes() for file in db.parent.glob(f"{db.name}*"))
    if "old pages may still hold" in text:
        return False
    left = files.count(SECRETS[what])
    assert left == (0 if what == "redact" else files.count(b"anna.kern was here")), what
    return True


@pytest.mark.promise(3)
@pytest.mark.parametrize("what", SECRETS)
def test_killed_before_any_statement_it_is_done_or_not_and_wiping_is_owed(
    worked: Path, tmp_path: Path, nursery: Nursery, what: str
) -> None:
    saved = Path(shutil.copy(worked, tmp_path / "saved.db"))
    before = journal(worked)
    seen: set[tuple[bool, bool]] = set()

    def killed(statement: int) -> bool:
        again(worked, saved)
        child = nursery.run("take_out_and_die", db=str(worked), what=what, statement=statement)
        code = child.status()
        done = is_done(worked, before, what)
        assert done or code == -9
        seen.add((done, done and wiped(worked, what)))
        if done and not wiped(worked, what):
            invoke(worked, "rebuild")
            assert wiped(worked, what)
        return code == -9

    # Most statements are those of one replay; near the end, where it is saved, each one is tried.
    end = 0
    while killed(end):
        end += 29
    for statement in range(end - 29, end):
        killed(statement)
    assert seen == {(False, False), (True, False), (True, True)}
    sound(worked)


@pytest.mark.promise(7)
@pytest.mark.parametrize("what", SECRETS)
def test_on_a_full_disk_it_is_done_or_not_and_wiping_is_owed(
    worked: Path, tmp_path: Path, nursery: Nursery, what: str
) -> None:
    saved = Path(shutil.copy(worked, tmp_path / "saved.db"))
    before = journal(worked)
    codes: set[int] = set()
    largest = 3 * worked.stat().st_size
    for size in (*range(4096, largest, largest // 24), 1 << 26):
        again(worked, saved)
        child = nursery.run("take_out_where_files_stay_small", db=str(worked), what=what, size=size)
        code = child.status()
        assert is_done(worked, before, what) is (code == 0), code
        codes.add(code)
        if code == 0 and not wiped(worked, what):
            invoke(worked, "rebuild")
            assert wiped(worked, what)
    assert codes == {0, 3}
    assert wiped(worked, what)
    sound(worked)


@pytest.mark.promise(17)
@pytest.mark.parametrize("what", SECRETS)
def test_records_from_before_hold_after_something_was_taken_out(
    worked: Path, tmp_path: Path, what: str
) -> None:
    saved, snapshot, log = (tmp_path / name for name in ("saved.db", "old.json", "anchors.log"))
    exported = tmp_path / "old.jsonl"
    invoke(worked, "backup", saved)
    invoke(worked, "export", "snapshot", "-o", snapshot)
    invoke(worked, "export", "journal", "-o", exported)
    log.write_text(invoke(worked, "doctor", "--anchor").stdout)
    files = [word for path in (saved, snapshot, log, exported) for word in ("--against", path)]
    chief = Session(worked, actor="chief")
    if what == "forget":
        chief.forget("anna.kern", "left")
    else:
        chief.take_out(17, "description", "a password")
    chief.close()
    ((entries,),) = rows(worked, "SELECT max(seq) FROM journal")
    for words in (("doctor",), ("doctor", "--chain")):
        assert invoke(worked, *words, *files).stdout.count("up to its entry") == 4
    log.write_text(log.read_text() + invoke(worked, "doctor", "--anchor").stdout)
    invoke(worked, "restore", saved)
    said = invoke(worked, "doctor", "--chain", *files, code=3).stdout
    missing = entries - len(journal(worked))
    assert f"cut by at least {missing} entr" in said, "the log knows what the backup has not"
    assert said.count("up to its entry") == 3
    invoke(worked, "doctor", "--against", saved)
