"""The presence file: what is said and read, and files that are none of ours."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vsm.database_files import database_of, presence_path
from vsm.model.errors import EnvironmentProblem
from vsm.model.presence import Presence
from vsm.presence import PresenceClient, clock, who_is_here
from vsm.session import Session
from vsm.store.presence import PresenceFile, PresenceProblem
from vsm.store.sqlite import sqlite3

SECOND = 1_000_000


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A database that nobody has open."""
    session = Session(tmp_path / "vsm.db", actor="seed")
    session.open()
    session.close()
    return tmp_path / "vsm.db"


@pytest.fixture
def file(db: Path) -> Iterator[PresenceFile]:
    """The presence file of the database."""
    made = PresenceFile(db, create=True, patience=0.05)
    yield made
    made.close()


def of(name: str, seen: int, **fields: object) -> Presence:
    """Somebody's presence."""
    return Presence(f"session-{name}", name, "host", 1, seen, 1, 2, "board")._replace(**fields)


def test_who_wrote_is_there_until_they_expire_or_leave(file: PresenceFile) -> None:
    file.write(of("ben", 100 * SECOND))
    file.write(of("anna", 110 * SECOND, item=None, following="session-ben"))
    anna, ben = file.read(130 * SECOND)
    assert (anna.actor, anna.item, anna.following) == ("anna", None, "session-ben")
    assert (ben.actor, ben.stream, ben.item, ben.screen) == ("ben", 1, 2, "board")
    assert [person.actor for person in file.read(131 * SECOND)] == ["anna"]
    file.write(of("ben", 120 * SECOND))
    file.remove("session-anna")
    assert [person.actor for person in file.read(131 * SECOND)] == ["ben"]
    file.write(of("ben", 125 * SECOND, item=7))
    assert [person.item for person in file.read(131 * SECOND)] == [7]


def test_a_sign_from_the_future_is_none_and_old_rows_go(file: PresenceFile, db: Path) -> None:
    file.write(of("ben", 1000 * SECOND))
    assert file.read(900 * SECOND) == []
    file.write(of("anna", 2000 * SECOND))
    conn = sqlite3.connect(presence_path(db))
    assert conn.execute("SELECT actor FROM presence").fetchall() == [("anna",)]
    conn.close()


def test_it_has_the_rights_of_the_database_and_belongs_to_it(db: Path) -> None:
    os.chmod(db, 0o660)
    PresenceFile(db, create=True, patience=0.05).close()
    assert stat.S_IMODE(presence_path(db).stat().st_mode) == 0o660
    assert database_of(presence_path(db)) == db


def test_rows_that_are_none_of_ours_are_left_out(file: PresenceFile, db: Path) -> None:
    file.write(of("anna", 10 * SECOND))
    conn = sqlite3.connect(presence_path(db))
    row = "INSERT INTO presence VALUES(?, ?, 'h', ?, ?, NULL, NULL, ?, NULL)"
    conn.execute(row, ("x", "a\x1b[2Jb" + "c" * 500, 1, 10 * SECOND, "board"))
    conn.execute(row, ("y", "future", 2**62, 10 * SECOND, "board"))
    conn.commit()
    conn.close()
    names = [person.actor for person in file.read(10 * SECOND)]
    assert len(names) == 2 and "anna" in names and "future" not in names
    assert all(len(name) <= 60 and name.isprintable() for name in names)


def garbage(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def deleted(path: Path) -> None:
    path.unlink()


def too_large(path: Path) -> None:
    with path.open("r+b") as handle:
        handle.truncate(5 * 1024 * 1024)


def other_table(path: Path) -> None:
    conn = sqlite3.connect(path)
    conn.execute("DROP TABLE presence")
    conn.execute("CREATE VIEW presence AS SELECT 1 AS session")
    conn.commit()
    conn.close()


@pytest.mark.parametrize("harm", [garbage, emptied, deleted, too_large, other_table])
def test_a_file_that_is_harmed_is_made_anew(
    db: Path, harm: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsm.presence._AGAIN", 0.0)
    anna, ben = PresenceClient(db, "session-anna"), PresenceClient(db, "session-ben")
    anna.exchange(of("anna", 0))
    ben.exchange(of("ben", 0))
    assert [person.actor for person in anna.exchange(None)] == ["ben"]
    harm(presence_path(db))
    for _ in range(4):  # one finds it harmed, makes it anew, and says where it is
        anna.exchange(None), ben.exchange(None)
    assert [person.actor for person in anna.exchange(None)] == ["ben"]
    assert [person.actor for person in ben.exchange(None)] == ["anna"]
    assert {person.actor for person in who_is_here(db)} == {"anna", "ben"}
    anna.close()
    assert [person.actor for person in ben.exchange(None)] == []
    ben.close()


def folder(path: Path) -> None:
    path.mkdir()


def link(path: Path) -> None:
    target = path.with_name("private.db")
    foreign(target)
    path.symlink_to(target)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def foreign(path: Path) -> None:
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE theirs(x)")
    conn.commit()
    conn.close()


def newer(path: Path) -> None:
    conn = sqlite3.connect(path)
    conn.execute(f"PRAGMA application_id={0x56534D50}")
    conn.execute("PRAGMA user_version=9")
    conn.commit()
    conn.close()


@pytest.mark.parametrize("put", [folder, link, pipe, foreign, newer])
def test_a_file_of_somebody_else_is_left_alone(db: Path, put: Callable[[Path], None]) -> None:
    path = presence_path(db)
    put(path)
    before = path.lstat()
    client = PresenceClient(db, "session-anna")
    assert client.exchange(of("anna", 0)) == ()
    client.close()
    after = path.lstat()
    assert (before.st_ino, before.st_size) == (after.st_ino, after.st_size)
    with pytest.raises(EnvironmentProblem, match="who is here cannot be read"):
        who_is_here(db)


def test_a_file_that_is_locked_is_not_waited_for(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vsm.presence._AGAIN", 0.0)
    monkeypatch.setattr("vsm.presence._PATIENCE_OF_A_LIST", 0.05)
    anna, ben = PresenceClient(db, "session-anna"), PresenceClient(db, "session-ben")
    anna.exchange(of("anna", 0))
    ben.exchange(of("ben", 0))
    assert len(anna.exchange(None)) == 1
    conn = sqlite3.connect(presence_path(db), isolation_level=None)
    conn.execute("BEGIN EXCLUSIVE")
    assert [person.actor for person in anna.exchange(of("anna", 0, item=9))] == ["ben"]
    with pytest.raises(EnvironmentProblem, match="locked"):
        who_is_here(db)
    conn.close()
    anna.exchange(None)
    assert [person.item for person in ben.exchange(None)] == [9], "it is said as soon as it can be"
    anna.close()
    ben.close()


def test_without_a_file_nobody_is_here_and_none_is_made(db: Path) -> None:
    assert who_is_here(db) == []
    assert not presence_path(db).exists()
    with pytest.raises(PresenceProblem):
        PresenceFile(db, create=False, patience=0.05)


def test_seconds_of_a_clock_are_microseconds() -> None:
    assert clock() > 1_700_000_000 * SECOND
