"""Promise 8: read-only degrades: the board opens or says why not, and looking harms nobody."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from shutil import copy

import pytest

from tests.reliability.people import ANNA, BOB, CARL, TEAM, become, needs_root, shared_folder
from tests.reliability.support import do, organisation, rows, sound, vsm
from vsm.demo import open_demo
from vsm.model.command import AddItem, MoveItem
from vsm.model.errors import EnvironmentProblem, VsmError
from vsm.model.query_tree import Query
from vsm.reader import Reader
from vsm.session import Session

pytestmark = pytest.mark.promise(8)

__all__ = ["shared_folder"]


def beside(db: Path) -> set[str]:
    """The files beside a database."""
    return {path.name for path in db.parent.iterdir()} - {db.name}


def titles(reader: Reader) -> list[str]:
    """All titles of the first stage."""
    stream = reader.stream_named(None)
    return [card.title for card in reader.cards(stream, 1, 0, 100, Query(), 0)]


@pytest.fixture
def annas(shared_folder: Path) -> Path:
    """Anna's database in a folder of hers that everybody may look into."""
    os.chown(shared_folder, ANNA, TEAM)
    db = shared_folder / "vsm.db"
    organisation(shared_folder / "made.db", 3)
    shutil.copy(shared_folder / "made.db", db)
    (shared_folder / "made.db").unlink()
    (shared_folder / "made.db.lock").unlink()
    os.chown(db, ANNA, TEAM)
    os.chmod(db, 0o644)
    return db


# -- a viewer who may write nothing ----------------------------------------------------------


@needs_root
def test_a_viewer_sees_what_others_do_and_says_how_fresh_that_is(
    annas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import vsm.store.reading

    monkeypatch.setattr(vsm.store.reading, "_RETAKE_SECONDS", 0.0)
    monkeypatch.setattr(vsm.store.reading, "_RETAKE_SHARE", 0.0)
    with become(CARL):
        viewer = Reader(annas)
        assert viewer.copied_at is not None and len(titles(viewer)) == 3
        assert beside(annas) == set(), "looking leaves nothing behind"
        position, version = viewer.position(), viewer.data_version()
    session = Session(annas, actor="anna")
    do(session, AddItem(1, "Seen while she works"))
    with become(CARL):
        assert viewer.data_version() != version
        assert "Seen while she works" in titles(viewer)
        assert viewer.copied_at is None, "it reads along with her"
        assert viewer.changes(position)
    do(session, AddItem(1, "Seen at once"))
    with become(CARL):
        assert "Seen at once" in titles(viewer)
    session.close()
    with become(CARL):
        assert "Seen at once" in titles(viewer)
        viewer.close()
        late = Reader(annas)
        assert "Seen at once" in titles(late)
        late.close()
    with become(ANNA, TEAM):
        again = Session(annas, actor="anna")
        do(again, AddItem(1, "She is not locked out"))
        again.close()
    sound(annas)


@needs_root
def test_a_frozen_copy_is_never_called_damaged(
    annas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import vsm.store.reading

    monkeypatch.setattr(vsm.store.reading, "_RETAKE_SECONDS", 0.0)
    monkeypatch.setattr(vsm.store.reading, "_RETAKE_SHARE", 0.0)
    with become(CARL):
        viewer = Reader(annas)
    for n in range(5):  # comes, writes much, checkpoints as it goes: the file changes beneath
        session = Session(annas, actor="anna")
        do(session, *(AddItem(1, f"Round {n} item {k} {'x' * 300}") for k in range(100)))
        session.close()
        with become(CARL):
            assert len(titles(viewer)) == min(100, 3 + 100 * (n + 1))
    with become(CARL):
        viewer.close()


@needs_root
def test_a_viewer_cannot_change_anything_and_is_told_which_file_is_in_the_way(
    annas: Path,
) -> None:
    with become(CARL):
        session = Session(annas, actor="carl")
        with pytest.raises(EnvironmentProblem) as caught:
            session.do(MoveItem(1, 2))
        session.close()
    said = str(caught.value)
    assert "chmod" in said and str(annas.parent) in said and "traceback" not in said.lower()
    assert beside(annas) == set()


# -- looking locks nobody out ------------------------------------------------------------------


@needs_root
@pytest.mark.parametrize("who", [(BOB, TEAM), (CARL,)], ids=["in the group", "others may write"])
def test_files_made_by_a_colleague_with_umask_022_let_the_owner_work(
    annas: Path, who: tuple[int, ...]
) -> None:
    shared = TEAM in who
    os.chmod(annas.parent, 0o775 if shared else 0o777)
    os.chmod(annas, 0o664 if shared else 0o666)
    with become(who[0], *who[1:], umask=0o022):
        reader = Reader(annas)
        assert len(titles(reader)) == 3
        session = Session(annas, actor="colleague")
        do(session, AddItem(1, "By the colleague"))
        for name in beside(annas):
            status = (annas.parent / name).stat()
            assert stat.S_IMODE(status.st_mode) == (0o664 if shared else 0o666), name
            assert status.st_gid == TEAM or not shared, name
        with become_within(ANNA, TEAM):
            own = Session(annas, actor="anna")
            do(own, AddItem(1, "By the owner"))
            own.close()
        reader.close()
        session.close()
    sound(annas)


@needs_root
def test_somebody_who_may_only_read_in_a_folder_that_all_may_write_leaves_nothing(
    annas: Path,
) -> None:
    os.chmod(annas.parent, 0o777)
    with become(CARL):
        reader = Reader(annas)
        assert len(titles(reader)) == 3
        assert beside(annas) == set()
        with become_within(ANNA, TEAM):
            own = Session(annas, actor="anna")
            do(own, AddItem(1, "By the owner"))
            own.close()
        reader.close()
    sound(annas)


def become_within(user: int, *groups: int):  # type: ignore[no-untyped-def]
    """Change from one other user to another."""
    os.setresuid(0, 0, 0)
    os.setresgid(0, 0, 0)
    return become(user, *groups)


@needs_root
def test_what_a_file_of_somebody_elses_keeps_from_working_is_named(annas: Path) -> None:
    os.chmod(annas.parent, 0o775)
    lock = Path(f"{annas}.lock")
    lock.touch()
    os.chown(lock, BOB, BOB)
    os.chmod(lock, 0o600)
    with become(ANNA, TEAM):
        session = Session(annas, actor="anna")
        with pytest.raises(EnvironmentProblem, match=r"vsm\.db\.lock"):
            session.do(MoveItem(1, 2))
        session.close()


# -- the lock file is nobody's trap ---------------------------------------------------------------


@pytest.mark.parametrize("trap", ["link", "hard link", "pipe", "folder", "device"])
def test_a_lock_file_that_is_something_else_is_refused_and_nothing_is_written_through_it(
    db: Path, tmp_path: Path, trap: str
) -> None:
    victim, lock = tmp_path / "victim", Path(f"{db}.lock")
    lock.unlink(missing_ok=True)
    victim.write_text("precious")
    if trap == "link":
        lock.symlink_to(victim)
    elif trap == "hard link":
        os.link(victim, lock)
    elif trap == "pipe":
        os.mkfifo(lock)
    elif trap == "folder":
        lock.mkdir()
    else:
        try:
            os.mknod(lock, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        except PermissionError:
            pytest.skip("devices cannot be made here")
    session = Session(db, actor="anna")
    with pytest.raises(EnvironmentProblem, match="lock file") as caught:
        session.do(MoveItem(1, 2))
    session.close()
    assert "rm " in str(caught.value)
    assert victim.read_text() == "precious"
    assert rows(db, "SELECT stage FROM item WHERE id = 1") == [(1,)]
    said = vsm("--db", db, "item", "move", "PAY-1", "Ready", code=3)
    assert said.stderr.count("\n") == 1 and "lock file" in said.stderr


@needs_root
def test_a_lock_file_of_a_stranger_is_refused(shared_folder: Path) -> None:
    db = shared_folder / "vsm.db"
    organisation(db, 1)
    os.chmod(db, 0o600)
    os.chmod(shared_folder, 0o1777)
    lock = Path(f"{db}.lock")
    lock.unlink()
    with become(CARL):
        lock.touch(mode=0o666)
    session = Session(db, actor="root")
    with pytest.raises(EnvironmentProblem, match="does not share the database"):
        session.do(MoveItem(1, 2))
    session.close()


def test_links_to_a_database_share_its_lock(db: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "board.db"
    link.parent.mkdir()
    link.symlink_to(db)
    one, other = Session(db, actor="anna"), Session(link, actor="bob")
    do(one, MoveItem(1, 2))
    do(other, MoveItem(2, 2))
    assert beside(link) == set(), "one lock, one log: those of the real file"
    one.close()
    other.close()
    sound(db)


# -- asked to change nothing --------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "item add X",
        "item move PAY-1 Ready",
        "undo",
        "rebuild",
        "view save late age>3",
        "restore saved.db",
    ],
)
def test_read_only_verbs_refuse_every_change(db: Path, tmp_path: Path, words: str) -> None:
    saved = tmp_path / "saved.db"
    shutil.copy(db, saved)
    before = rows(db, "SELECT count(*) FROM journal")
    parts = [str(saved) if word == "saved.db" else word for word in words.split()]
    said = vsm("--db", db, "--read-only", *parts, code=1)
    assert "--read-only" in said.stderr and said.stderr.count("\n") == 1
    assert rows(db, "SELECT count(*) FROM journal") == before
    assert vsm("--db", db, "--read-only", "item", "list").stdout.count("PAY-") == 12


@needs_root
def test_a_folder_that_cannot_be_entered_is_not_no_database(shared_folder: Path) -> None:
    from vsm.cli.context import CliContext

    inner = shared_folder / "closed"
    inner.mkdir(mode=0o700)
    organisation(inner / "vsm.db", 1)
    with become(CARL), pytest.raises(VsmError) as caught:
        CliContext(str(inner / "vsm.db")).existing()
    assert "no database" not in str(caught.value) and "enter" in str(caught.value)


# -- who may use a new database -----------------------------------------------------------------


def test_the_default_database_is_for_its_owner_alone(
    tmp_path: Path, demo_of: Callable[[date], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    run = vsm("init", "--template", "kanban", env={"XDG_DATA_HOME": str(data), "VSM_DB": ""})
    assert run.returncode == 0
    db = data / "vsm" / "vsm.db"
    assert stat.S_IMODE(db.stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(f"{db}.lock").stat().st_mode) == 0o600
    assert stat.S_IMODE(db.parent.stat().st_mode) == 0o700
    other = tmp_path / "other"
    monkeypatch.setenv("XDG_DATA_HOME", str(other))
    made = demo_of(date(2026, 3, 31))
    monkeypatch.setattr("vsm.demo.record.make_demo", lambda path, **_options: copy(made, path))
    open_demo(today=date(2026, 3, 31))
    assert (other / "vsm" / "demo.db").exists()
    assert stat.S_IMODE((other / "vsm").stat().st_mode) == 0o700


def test_a_named_database_follows_the_umask_and_its_folder(tmp_path: Path) -> None:
    open_folder, closed = tmp_path / "open", tmp_path / "closed"
    open_folder.mkdir()
    os.chmod(open_folder, 0o775)
    closed.mkdir(mode=0o700)
    before = os.umask(0o002)
    try:
        for folder, mode in ((open_folder, 0o664), (closed, 0o600)):
            organisation(folder / "vsm.db", 0)
            for name in ("vsm.db", "vsm.db.lock"):
                assert stat.S_IMODE((folder / name).stat().st_mode) == mode, (folder, name)
    finally:
        os.umask(before)


# -- on the board -------------------------------------------------------------------------------


@needs_root
async def test_a_board_that_may_write_nothing_says_so_from_the_first_key_on(
    annas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import vsm.store.reading
    from tests.tui.conftest import World

    monkeypatch.setattr(vsm.store.reading, "_RETAKE_SECONDS", 0.0)
    monkeypatch.setattr(vsm.store.reading, "_RETAKE_SHARE", 0.0)
    async with World(annas).person("root") as root:  # whatever is imported late has to be there
        await root.press("n", "escape", "enter", "enter")
    Path(f"{annas}.lock").unlink(missing_ok=True)
    with become(CARL):
        async with World(annas).person("carl") as carl:
            carl.sees("read-only, as of ")
            for key in ("n", "L", "e", "b", "z", "x"):
                await carl.press(key)
                carl.sees("cannot be written", "chmod")
                assert not carl.app.screen.is_modal, key
            await carl.press("escape", "j", "enter")
            carl.sees("Work item 2")
    assert beside(annas) == set()


async def test_under_read_only_no_key_begins_a_change(db: Path) -> None:
    from tests.tui.conftest import World

    async with World(db).person(read_only=True) as anna:
        for key in ("n", "L", "e", "b", "z", "x"):
            await anna.press(key)
            anna.sees("read-only")
            assert not anna.app.screen.is_modal, key
    assert rows(db, "SELECT count(*) FROM journal") == [(15,)]
