"""Promise 24: a write that waits in vain says who holds the lock, and since when."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.reliability.board import lock_held
from tests.reliability.support import Child, Nursery, do, sound
from vsm.model.command import MoveItem
from vsm.model.errors import EnvironmentProblem
from vsm.session import Session
from vsm.store.lock import exclusive, read_acknowledged

pytestmark = pytest.mark.promise(24)

HOST = os.uname().nodename


def holder(nursery: Nursery, db: Path, who: str) -> Child:
    """A process that holds the lock."""
    pipe = db.with_name("ready")
    if not pipe.exists():
        os.mkfifo(pipe)
    child = nursery.run("hold_lock", db=str(db), who=who, pipe=str(pipe))
    with pipe.open() as ready:
        assert ready.readline() == "held\n"
    return child


def refused(db: Path) -> str:
    """What a writer is told whose patience ends."""
    with pytest.raises(EnvironmentProblem) as problem, exclusive(db, 0.1):
        pass
    assert problem.value.remedy == "nothing was changed; try again when it has finished"
    return problem.value.message


def test_it_says_who_holds_the_lock_from_where_and_since_when(db: Path, nursery: Nursery) -> None:
    session = Session(db, actor="anna")
    do(session, MoveItem(1, 2))
    acknowledged = read_acknowledged(db)
    assert acknowledged is not None and acknowledged.seq == 16
    child = holder(nursery, db, "ben")
    try:
        text = refused(db)
        words = rf"by ben \(process {child.pid} on {re.escape(HOST)}\) since \d\d:\d\d:\d\d UTC"
        assert re.search(rf"vsm\.db has been locked for 0 s, {words}$", text), text
        assert read_acknowledged(db) == acknowledged
    finally:
        child.kill()
    do(session, MoveItem(1, 3))
    session.close()
    assert b"held by" not in Path(f"{db}.lock").read_bytes()
    sound(db)


def test_a_holder_that_was_killed_is_not_named(db: Path, nursery: Nursery) -> None:
    holder(nursery, db, "ben").kill()
    assert b"held by ben" in Path(f"{db}.lock").read_bytes()
    with lock_held(db):  # by a program that does not say who it is
        assert refused(db).endswith("has been locked for 0 s, by another program")
    carla = holder(nursery, db, "carla")
    try:
        assert "by carla (process" in refused(db) and "ben" not in refused(db)
    finally:
        carla.kill()
    with exclusive(db):
        pass
    assert b"held by" not in Path(f"{db}.lock").read_bytes()


def test_whoever_gives_no_name_is_named_by_the_login(db: Path) -> None:
    from vsm.identity import whoami

    with exclusive(db):
        assert f"held by {whoami()} in process {os.getpid()} on {HOST} since ".encode() in (
            Path(f"{db}.lock").read_bytes()
        )


@pytest.mark.parametrize(
    "line",
    [
        b"held by \x1b[2Jx in process 1 on y since 1000000000\n",
        b"held by x in process 99999999999 on y since 1000000000\n",
        b"held by x in process 1 on y since never\n",
        b"\xff\xfe\n",
        b"held by " + b"x" * 5000,
    ],
)
def test_a_line_that_somebody_else_wrote_does_no_harm(db: Path, line: bytes) -> None:
    with exclusive(db):
        pass
    with Path(f"{db}.lock").open("ab") as file:
        file.write(line)
    with lock_held(db):
        text = refused(db)
    assert "\x1b" not in text and "has been locked for 0 s, by " in text
    with exclusive(db):
        pass
    assert line not in Path(f"{db}.lock").read_bytes()


def test_a_lock_file_that_vsm_did_not_write_is_left_as_it_is(db: Path) -> None:
    lock = Path(f"{db}.lock")
    lock.write_text("a note of somebody's")
    with exclusive(db):
        assert lock.read_text() == "a note of somebody's"
    assert lock.read_text() == "a note of somebody's"
