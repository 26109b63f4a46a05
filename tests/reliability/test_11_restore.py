"""Promise 11, attacked: restores that are killed, of wrong files, through other names."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.reliability.support import (
    ROOT,
    Nursery,
    do,
    environment,
    journal,
    opened,
    organisation,
    sound,
    vsm,
)
from vsm.cli.main import cli
from vsm.model.command import AddItem, MoveItem
from vsm.model.errors import EnvironmentProblem, VsmError
from vsm.reader import Reader
from vsm.session import Session
from vsm.store import versions
from vsm.store.backup import backup, restore
from vsm.store.schema import PROJECTION_VERSION

pytestmark = pytest.mark.promise(11)


@pytest.fixture
def saved(db: Path, tmp_path: Path) -> Path:
    """A backup of the database, which has gone on by a change since."""
    path = tmp_path / "saved.db"
    backup(db, path)
    session = Session(db, actor="anna")
    do(session, AddItem(1, "Since the backup"))
    session.close()
    return path


def test_a_restore_through_a_link_replaces_the_real_file(
    db: Path, saved: Path, tmp_path: Path
) -> None:
    link = tmp_path / "elsewhere" / "board.db"
    link.parent.mkdir()
    link.symlink_to(db)
    kept = restore(saved, link)
    assert link.is_symlink() and kept is not None and kept.parent == db.parent
    assert journal(db) == journal(saved)
    sound(db)


@pytest.mark.parametrize("what", ["schema", "tables"])
def test_a_backup_of_a_newer_vsm_is_refused(db: Path, saved: Path, what: str) -> None:
    with opened(saved) as conn:
        if what == "schema":
            conn.execute(f"PRAGMA user_version = {versions.SCHEMA_VERSION + 1}")
        else:
            conn.execute(
                "UPDATE meta SET value = ? WHERE key = 'projection_version'",
                (str(PROJECTION_VERSION + 1),),
            )
    before = journal(db)
    said = vsm("--db", db, "restore", saved, code=3).stderr
    assert "newer vsm" in said and journal(db) == before
    # the database itself: called newer too, by what reads and by what writes
    shutil.copy(saved, db)
    for words in (["board"], ["item", "add", "x"], ["doctor"]):
        run = vsm("--db", db, *words, code=3)
        assert "newer vsm" in run.stdout + run.stderr, words


def test_a_backup_whose_journal_was_tampered_with_needs_a_word_more(db: Path, saved: Path) -> None:
    with opened(saved) as conn:
        conn.execute("DROP TRIGGER journal_keeps_facts")
        conn.execute("UPDATE journal SET actor = 'mallory' WHERE seq = 3")
    before = journal(db)
    said = vsm("--db", db, "restore", saved, code=3).stderr
    assert "entry 3" in said and "--unproven" in said
    assert journal(db) == before
    vsm("--db", db, "restore", saved, "--unproven")
    assert journal(db) == journal(saved) != before


KILLED = """
import os, signal, sys
from pathlib import Path
import vsm.store.backup as backup
saved, target, at = sys.argv[1], sys.argv[2], int(sys.argv[3])
steps = 0
def die(event, arguments):
    global steps
    if event in ("os.rename", "os.link", "os.remove", "os.chmod", "sqlite3.connect"):
        steps += 1
        if steps == at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(die)
backup.restore(Path(saved), Path(target))
print(steps)
"""


def test_killed_at_any_step_a_restore_leaves_one_whole_database_under_the_right_name(
    db: Path, saved: Path, tmp_path: Path, nursery: Nursery
) -> None:
    worker = nursery.run("work", db=str(db), acks=str(tmp_path / "acks"), seed=3, items=12)
    while len(journal(db)) <= len(journal(saved)) + 5:
        assert not worker.ended(within=0.1)
    worker.kill()  # so that there is a log that nobody has written back
    crashed = {end: Path(f"{db}{end}").read_bytes() for end in ("", "-wal", ".lock")}
    assert crashed["-wal"]
    new, old = journal(saved), journal(db)
    assert len(old) > len(new) + 5
    seen = set()
    for at in range(1, 60):
        folder = tmp_path / str(at)
        folder.mkdir()
        target = folder / "vsm.db"
        for end, content in crashed.items():
            Path(f"{target}{end}").write_bytes(content)
        run = subprocess.run(
            [sys.executable, "-c", KILLED, str(saved), str(target), str(at)],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        result = journal(target)
        assert result in (old, new), f"killed at step {at}"
        seen.add(result == new)
        sound(target)
        if run.returncode == 0:
            assert result == new
            break
        assert run.returncode == -signal.SIGKILL, run.stderr
    else:
        pytest.fail("the restore never came to its end")
    assert seen == {True, False} and at > 6


def test_a_board_that_is_open_while_its_database_is_restored_follows(db: Path, saved: Path) -> None:
    reader, session = Reader(db), Session(db, actor="anna")
    do(session, MoveItem(1, 2))
    position = reader.position()
    vsm("--db", db, "restore", saved)
    (change,) = reader.changes(position)
    assert change.structure and "was replaced" in change.text
    with pytest.raises(EnvironmentProblem, match="replaced by another database"):
        session.do(MoveItem(2, 2))
    do(session, MoveItem(2, 2))
    reader.close()
    session.close()
    sound(db)


# -- file systems without hard links ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["EPERM", "EOPNOTSUPP"])
def test_without_hard_links_everything_works(tmp_path: Path, name: str) -> None:
    tool = shutil.which("strace")
    if tool is None:
        pytest.skip("no strace to refuse hard links with: apt install strace")
    probe = subprocess.run([tool, "-f", "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"strace may not trace here: {probe.stderr[:200]}")
    db, copy = tmp_path / "vsm.db", tmp_path / "copy.db"

    def without_links(*words: str | Path) -> str:
        run = subprocess.run(
            [
                tool, "-f", "-qq", "-e", f"inject=link,linkat:error={name}",
                "-e", "trace=link,linkat", "-o", str(tmp_path / "trace"),
                sys.executable, "-m", "vsm", "--db", str(db), *map(str, words),
            ],
            cwd=ROOT, env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        return (tmp_path / "trace").read_text()

    assert "INJECTED" in without_links("init", "--template", "kanban", "--name", "Web")
    without_links("item", "add", "First")
    assert "INJECTED" in without_links("backup", copy)
    without_links("item", "add", "Second")
    before = journal(db)
    assert "INJECTED" in without_links("restore", copy)
    assert journal(db) == journal(copy)
    (kept,) = tmp_path.glob("*.replaced")
    assert journal(kept) == before
    sound(db)
    assert not list(tmp_path.glob(".*")), "nothing half-made is left"


# -- network file systems (promise 13) -----------------------------------------------------------

MOUNTED = """\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
35 22 0:50 / {folder} rw,relatime shared:9 master:1 - {kind} somewhere rw
36 35 8:2 / {folder}/local rw - ext4 /dev/sdb1 rw
"""


@pytest.mark.promise(13)
@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_on_a_network_file_system_it_is_read_and_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    folder = tmp_path / "a share"
    (folder / "local").mkdir(parents=True)
    db = folder / "vsm.db"
    organisation(db, 3)
    Path(f"{db}.lock").unlink()
    table = tmp_path / "mounts"
    table.write_text(MOUNTED.format(folder=str(folder).replace(" ", "\\040"), kind=kind))
    monkeypatch.setattr("vsm.database_files.MOUNTS", table)

    def there(*words: str | Path, code: int = 0) -> Result:
        run = CliRunner().invoke(cli, [str(word) for word in words], prog_name="vsm")
        assert run.exit_code == code, run.output
        return run

    before = db.read_bytes()
    for words in (["item", "add", "x"], ["undo"], ["rebuild"], ["restore", tmp_path / "x.db"]):
        if words[0] == "restore":
            shutil.copy(db, tmp_path / "x.db")
        said = there("--db", db, *words, code=3).stderr
        assert f"network file system ({kind})" in said and "SSH" in said, words
        assert said.count("\n") == 1
    fresh = there("--db", folder / "new.db", "init", "--template", "kanban", code=3)
    assert "network file system" in fresh.stderr and not (folder / "new.db").exists()
    assert json.loads(there("--db", db, "item", "list", "--json").stdout)
    assert {p.name for p in folder.iterdir()} - {"vsm.db.lock", "new.db.lock"} == {
        "vsm.db", "local"
    }  # fmt: skip
    assert db.read_bytes() == before
    # the way out that the error names works, and a local disk mounted inside is a local disk
    out = folder / "local" / "vsm.db"
    there("--db", db, "backup", out)
    assert "vsm.db" in re.sub(
        r"\s", "", there("--db", out, "item", "add", "here").stdout + str(out)
    )
    sound(out)


def test_a_restore_of_something_else_is_refused(db: Path, tmp_path: Path) -> None:
    before = journal(db)
    for content in (b"", b"garbage" * 100):
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(VsmError):
            restore(tmp_path / "other", db)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(VsmError):
        restore(tmp_path / "pipe", db)
    assert journal(db) == before
