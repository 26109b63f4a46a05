"""A folder that two users share through a group: neither locks the other out."""

from __future__ import annotations

import os
import stat
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.people import ANNA, BOB, CARL, TEAM, become, needs_root, shared_folder
from tests.reliability.support import accepted, do, organisation, rows, sound
from tests.serve.support import ed25519
from vsm.model.command import AddItem
from vsm.model.errors import EnvironmentProblem
from vsm.reader import Reader
from vsm.serve.keys import Keys, NewKey
from vsm.serve.public_keys import read_one
from vsm.session import Session
from vsm.store.backup import backup

__all__ = ["shared_folder"]

CHANGES = 40
"""Changes that each of the two makes at the same time."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Everything is imported: other users cannot read the modules where root's home has them."""
    path = tmp_path_factory.mktemp("loaded") / "team.db"
    organisation(path, 1)
    reader = Reader(path)
    assert reader.position()
    reader.close()
    backup(path, path.with_name("copy.db"))
    Keys.of(path).add(new_key(1, "anna"), by="anna", at=1, database=path)
    os.chmod(path, 0o400)
    with become(CARL), pytest.raises((EnvironmentProblem, PermissionError)):
        Reader(path)


@pytest.fixture
def database(loaded: None, shared_folder: Path) -> Path:
    """Made by anna in a folder of the group's, as docs/serve.md says."""
    folder = shared_folder / "team"
    folder.mkdir()
    os.chown(folder, 0, TEAM)
    os.chmod(folder, 0o2770)
    with become(ANNA, TEAM, umask=0o007):
        organisation(folder / "team.db", 3)
    return folder / "team.db"


def as_user(user: int, work: Callable[[], None], *groups: int, umask: int = 0o022) -> int:
    """Start work in a process of another user's, with the usual umask; returns its number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.umask(umask)
        os.setgroups(list(groups))
        os.setgid(user)
        os.setuid(user)
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def finished(*children: int) -> bool:
    return all(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0 for child in children)


def modes(database: Path) -> dict[str, tuple[str, int]]:
    """Mode and group of every file in the folder."""
    return {
        path.name: (stat.filemode(path.stat().st_mode), path.stat().st_gid)
        for path in database.parent.iterdir()
    }


@needs_root
def test_two_users_write_at_the_same_time_and_neither_locks_the_other_out(database: Path) -> None:
    def write(name: str) -> Callable[[], None]:
        def work() -> None:
            session, reader = Session(database, actor=name), Reader(database)
            for n in range(CHANGES):
                do(session, AddItem(1, f"{name} {n}"))
                assert reader.position() > n
            for path in database.parent.iterdir():
                assert stat.S_IMODE(path.stat().st_mode) == 0o660, path
                assert path.stat().st_gid == TEAM, path
            session.close()
            reader.close()

        return work

    children = [as_user(user, write(name), TEAM) for user, name in ((ANNA, "anna"), (BOB, "bob"))]
    assert finished(*children)
    titles = {title for (title,) in rows(database, "SELECT title FROM item")}
    assert {f"{name} {n}" for name in ("anna", "bob") for n in range(CHANGES)} <= titles
    assert set(modes(database).values()) == {("-rw-rw----", TEAM)}
    sound(database)


def new_key(number: int, name: str) -> NewKey:
    public = read_one(ed25519(number), "it")
    return NewKey(
        name=name, fingerprint=public.fingerprint, kind=public.kind, public=public.text, member=name
    )


@needs_root
def test_keys_that_one_adds_the_other_revokes(database: Path) -> None:
    keys = Keys.of(database)

    def add() -> None:
        keys.add(new_key(1, "anna"), by="anna", at=1, database=database)

    def revoke() -> None:
        assert keys.revoke(new_key(1, "anna").fingerprint, by="bob", at=2) is not None
        keys.add(new_key(2, "bob"), by="bob", at=3, database=database)

    assert finished(as_user(ANNA, add, TEAM))
    assert modes(database)["team.db.serve.db"] == ("-rw-rw----", TEAM)
    assert finished(as_user(BOB, revoke, TEAM))
    assert [key.revoked_at is None for key in keys.all()] == [False, True]


@needs_root
def test_a_backup_beside_the_database_is_the_groups_too(database: Path) -> None:
    copy = database.with_name("copy.db")
    assert finished(as_user(BOB, lambda: backup(database, copy), TEAM))
    assert modes(database)["copy.db"] == ("-rw-rw----", TEAM)


@needs_root
def test_who_is_not_in_the_group_sees_nothing(database: Path) -> None:
    def look() -> None:
        with pytest.raises((EnvironmentProblem, PermissionError)):
            Reader(database)

    assert finished(as_user(CARL, look))


@needs_root
def test_a_database_that_the_group_may_not_write_says_what_to_do(database: Path) -> None:
    """As it is where whoever made it had the usual umask."""
    database.chmod(0o640)

    def write() -> None:
        session = Session(database, actor="bob")
        with pytest.raises(EnvironmentProblem, match="chmod") as caught:
            accepted(session.do(AddItem(1, "Not possible")))
        session.close()
        assert str(database) in str(caught.value)

    assert finished(as_user(BOB, write, TEAM))
