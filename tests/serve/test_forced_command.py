"""The board as the forced command of a key, behind a real sshd: nothing but the board comes in."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.reliability.board import PATIENCE, BoardProcess
from tests.reliability.support import organisation, rows, sound
from tests.serve.sshd import Sshd
from tests.serve.support import make_pair

pytestmark = pytest.mark.promise(20)

SOON = 5.0
"""Seconds after which nothing of a client that was killed may run: part of the requirement."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """sshd, a board with twelve items, and the keys of anna and of a viewer."""
    folder = tmp_path_factory.mktemp("sshd")
    database = folder / "team.db"
    organisation(database, 12)
    made = Sshd(folder, database)
    made.let_in("anna")
    made.let_in("vera", "--role", "viewer")
    try:
        made.skip_where_locked(folder / "anna")
        yield made
    finally:
        made.close()


@pytest.fixture
def anna(server: Sshd) -> Path:
    return server.folder / "anna"


def actors(server: Sshd) -> list[str]:
    """Everybody who is in the journal."""
    return [name for (name,) in rows(server.database, "SELECT name FROM person ORDER BY number")]


def add_item(board: BoardProcess, title: bytes) -> None:
    seen = len(board.output)
    board.press(b"n")
    seen = board.wait_for(b"Title", seen)
    board.press(title)
    board.wait_for(title[-4:], seen)
    board.press(b"\r")


def until_stored(server: Sshd, title: str) -> None:
    deadline = monotonic() + PATIENCE
    while not rows(server.database, "SELECT 1 FROM item WHERE title = ?", title):
        assert monotonic() < deadline, f"{title} is not stored"


def test_a_key_is_anna_whatever_its_client_says(server: Sshd, anna: Path, tmp_path: Path) -> None:
    mark, log = tmp_path / "ran", tmp_path / "textual.log"
    lies = {
        "LOGNAME": "ben",
        "USER": "ben",
        "VSM_AS": "ben",
        "VSM_USER": "ben",
        "VSM_DEBUG": "1",
        "VSM_DB": str(tmp_path / "other.db"),
        "HOME": str(tmp_path),
        "EDITOR": f"touch {mark}",
        "XDG_CONFIG_HOME": str(tmp_path),
        "LANG": "C",
        "LC_ALL": "C",
        "NO_COLOR": "1",
        "TEXTUAL_LOG": str(log),
        "TEXTUAL_SCREENSHOT": "1",
        "TEXTUAL_DRIVER": "os:system",
        "PYTHONSTARTUP": str(mark),
        "PYTHONINSPECT": "1",
        "_VSM_COMPLETE": "bash",
        "_VSM_LINE": "vsm ",
        "_VSM_WORD": "",
    }
    (tmp_path / "vsm").mkdir()
    (tmp_path / "vsm" / "config.toml").write_text('user = "ben"\n')
    sent = " ".join(f'{name}="{value}"' for name, value in lies.items())
    with server.board(anna, "-o", f"SetEnv={sent}", command=f"touch {mark}") as board:
        add_item(board, b"From over there")
        until_stored(server, "From over there")
        board.press(b"q")
        assert board.ended() == 0
    assert actors(server) == ["setup", "anna"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["vsm"]
    sound(server.database)


def test_nothing_of_the_machine_is_there_for_a_session(server: Sshd, anna: Path) -> None:
    before = {path.name for path in server.folder.iterdir()}
    with server.board(anna) as board:
        for key, words in ((b"E", b"No editor over SSH"), (b"I", b"No files can be read over SSH")):
            seen = len(board.output)
            board.press(key)
            board.wait_for(words, seen)
            board.press(b"\x1b")
        seen = len(board.output)
        board.press(b"\x1a")  # Ctrl+Z
        board.press(b":suspend")
        board.wait_for(b"No match", seen)
        board.press(b"\x1b")
        seen = len(board.output)
        board.press(b"X")
        board.wait_for(b"Items as CSV", seen)
        board.press(b"items\r")
        board.wait_for(b"\x1b]52;c;", seen)  # the terminal is asked to copy
        board.wait_for(b"clipboard", seen)
    after = {path.name for path in server.folder.iterdir()}
    assert {name for name in after - before if not name.startswith("team.db")} == set()


def test_a_role_of_the_key_binds(server: Sshd) -> None:
    with server.board(server.folder / "vera") as board:
        seen = len(board.output)
        board.press(b"n")
        board.wait_for(b"at most a viewer", seen)
    assert not rows(server.database, "SELECT 1 FROM journal WHERE actor LIKE '%vera%'")


def run(words: list[str], **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, **settings
    )  # type: ignore[call-overload, no-any-return]


def test_without_a_terminal_there_is_nothing(server: Sshd, anna: Path, tmp_path: Path) -> None:
    for options in ((), ("-T",)):
        done = run([*server.ssh(anna, *options), server.host, "cat /etc/hostname"])
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "vsm: this is a board, and needs a terminal to be drawn on; connect with ssh -t, and"
            " without a command: files cannot be copied from here\n"
        )


@pytest.mark.parametrize("program", ["scp", "sftp"])
def test_no_files_are_copied(server: Sshd, anna: Path, tmp_path: Path, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    remote = f"{server.host}:{server.database}"
    done = run([*server.ssh(anna, program=program), remote, str(tmp_path / "stolen.db")])
    assert done.returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_forwarded(server: Sshd, anna: Path) -> None:
    there = run([*server.ssh(anna, "-W", f"127.0.0.1:{server.port}"), server.host])
    assert there.returncode == 255 and "SSH-2.0" not in there.stdout
    back = ("-N", "-o", "ExitOnForwardFailure=yes", "-R", f"127.0.0.1:0:127.0.0.1:{server.port}")
    assert run([*server.ssh(anna, *back), server.host]).returncode == 255


def test_an_unknown_key_stays_outside(server: Sshd, tmp_path: Path) -> None:
    stranger = make_pair(tmp_path, "stranger")
    done = run([*server.ssh(stranger, "-tt"), server.host])
    assert done.returncode == 255 and "Permission denied" in done.stderr


@pytest.mark.parametrize("keys", [b"", b"nHalf a title"], ids=["board", "form"])
def test_a_client_that_is_killed_leaves_no_process(server: Sshd, anna: Path, keys: bytes) -> None:
    with server.board(anna) as board:
        board.press(keys)
        assert server.boards()
        board.process.send_signal(signal.SIGKILL)
        begun = monotonic()
        while server.boards():
            assert monotonic() - begun < SOON, f"{server.boards()} still run"
    sound(server.database)


def test_a_terminal_of_any_size_is_drawn_on(server: Sshd, anna: Path) -> None:
    with server.board(anna, size=(65535, 65535)) as board:
        board.press(b"\x1b[48;60000;60000;1;1t")  # as terminals report a new size
        board.press(b"q")
        assert board.ended() == 0
