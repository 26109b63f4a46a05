"""Places that cannot be: no home folder, a folder or pipe as the database."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from vsm.cli.main import cli
from vsm.model.errors import BadInput
from vsm.paths import expand_user, home_folder

from .conftest import ROOT, Vsm

PLACES = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")
NO_HOME = "vsm: you have no home folder to keep the database in; name a file with --db or VSM_DB,"


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without HOME, of a user whom the password database does not know."""

    def nobody(uid: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    for name in PLACES:
        monkeypatch.delenv(name)
    monkeypatch.setattr(pwd, "getpwuid", nobody)


def test_without_a_home_folder_a_named_database_is_enough(homeless: None, team: Vsm) -> None:
    assert home_folder() is None
    team.ok("board")
    team.ok("keys", "--check")
    team.ok("template", "list")
    team.ok("init", "--template", "kanban", "--name", "Other")
    assert "no home folder to keep templates in" in team.fails(3, "template", "save", "Other")


@pytest.mark.parametrize("call", ["board", "init --template kanban --name X", "doctor", "demo"])
def test_without_a_home_folder_and_a_database_it_is_asked_for_one(
    homeless: None, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.delenv("VSM_DB", raising=False)
    result = CliRunner().invoke(cli, call.split(), prog_name="vsm")
    line = result.stderr
    assert (result.exit_code, line.count("\n")) == (3, 1) and line.startswith(NO_HOME), line


def test_a_process_of_an_unknown_user_reports_the_missing_home_folder(db: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can start a process of another user")
    env = {k: v for k, v in os.environ.items() if k not in PLACES} | {"PYTHONPATH": str(ROOT)}
    settings = {"env": env, "capture_output": True, "text": True, "user": 12345, "timeout": 60}
    try:
        probe = subprocess.run([sys.executable, "-c", "import vsm.cli.main"], **settings)
    except PermissionError:
        pytest.skip(f"user 12345 may not start {sys.executable}")
    if probe.returncode:
        pytest.skip(f"user 12345 cannot import vsm: {probe.stderr[-200:]}")
    run = subprocess.run([sys.executable, "-m", "vsm", "board"], **settings)
    assert run.returncode == 3 and run.stderr.startswith(NO_HOME), run.stderr
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize("home", ["", "relative/home"])
def test_a_home_that_is_no_whole_path_counts_as_unset(
    monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    monkeypatch.setenv("HOME", home)
    assert home_folder() == Path(pwd.getpwuid(os.getuid()).pw_dir)


def test_a_tilde_is_the_home_folder_wherever_a_database_is_named(
    own_places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own_places)
    vsm = Vsm(Path("~/from variable.db"))
    vsm.ok("init", "--template", "kanban", "--name", "Web")
    vsm.ok("--db", "~/named.db", "init", "--template", "kanban", "--name", "Web")
    assert {p.name for p in own_places.glob("*.db")} == {"from variable.db", "named.db"}
    assert expand_user("~") == own_places
    assert expand_user("./~nosuchuser/x") == Path("~nosuchuser/x")
    with pytest.raises(BadInput, match="there is no home folder ~nosuchuser"):
        expand_user("~nosuchuser/x")


@pytest.mark.parametrize("call", ["board", "init --template kanban --name X", "rebuild", "doctor"])
def test_a_home_folder_of_nobody_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.chdir(tmp_path)
    where = "there is no home folder ~nosuchuser, in ~nosuchuser/x"
    named = Vsm(tmp_path / "x.db").fails(2, "--db", "~nosuchuser/x", *call.split())
    assert named.startswith(f"vsm: --db: {where}; write the whole path")
    assert f"VSM_DB: {where}" in Vsm(Path("~nosuchuser/x")).fails(2, *call.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["board", "init --template kanban --name X", "rebuild", "undo"])
@pytest.mark.parametrize(
    ("make", "says"),
    [(Path.mkdir, "is a folder"), (os.mkfifo, "is not a regular file")],
    ids=["folder", "pipe"],
)
def test_what_can_be_no_database_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path], object],
    says: str,
    call: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    make(Path("thing"))
    line = Vsm(tmp_path / "x.db").fails(2, "--db", "thing", *call.split())
    assert line == f"vsm: thing {says}; name a file with --db\n"
    assert "name a file with VSM_DB" in Vsm(Path("thing")).fails(2, *call.split())


@pytest.mark.parametrize("call", ["board", "init --template kanban --name X", "rebuild"])
def test_the_working_folder_is_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (".", "..", "./"):
        assert "is a folder" in Vsm(tmp_path / "x.db").fails(2, "--db", name, *call.split())
