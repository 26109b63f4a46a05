"""The board on a real terminal: stopped and continued, Esc with a key, few bytes, any locale."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pyte
import pytest

from bench.terminal import COLUMNS, ROWS, Terminal
from tests.reliability.screens import UNKNOWN, Screens, terminal_of
from tests.reliability.support import ROOT, environment

VSM = [sys.executable, "-m", "vsm"]
TAKEN = (b"\x1b[?1049h", b"\x1b[?1000h", b"\x1b[?1003h", b"\x1b[?2004h", b"\x1b[?25l")
GIVEN_BACK = (b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l", b"\x1b[?25h")


class Shell(Terminal):
    """A shell with job control in a terminal."""

    def __init__(self) -> None:
        env = {**environment(), "PS1": "ready> ", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        super().__init__(["bash", "--norc", "--noprofile", "-i"], env)

    def after(self, keys: str, *texts: bytes) -> bytes:
        """Type; gives all that comes until it holds these texts, in any order."""
        known = len(self.chunks)
        self.press(keys)
        deadline = time.monotonic() + 20
        while True:
            self.rest(0.1)
            data = b"".join(data for _, data in self.chunks[known:])
            if all(text in data for text in texts):
                return data
            assert time.monotonic() < deadline, f"no {texts} after {keys!r}: {data[-2000:]!r}"


def drawn(data: bytes) -> str:
    """What a terminal shows that was empty before this came."""
    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.ByteStream(screen).feed(UNKNOWN.sub(b"", data.rpartition(b"\x1b[?1049h")[2]))
    return "\n".join(line.rstrip() for line in screen.display)


@pytest.fixture
def shell() -> Iterator[Shell]:
    with Shell() as made:
        made.after("", b"ready>")
        yield made


def test_the_board_stops_for_the_shell_and_comes_back_whole(shell: Shell, db: Path) -> None:
    command = shlex.join([*VSM, "--db", str(db)])
    before = drawn(shell.after(f"{command}\r", b"PAY-7", b"help"))
    for key, shown in (("\x1a", b"PAY-7"), ("?\x1a", b"Keys and symbols")):
        stopped = shell.after(key, b"Stopped", *GIVEN_BACK)
        assert stopped.rindex(b"\x1b[?1049l") < stopped.index(b"Stopped")
        modes = shell.after("stty -a\r", b"echoctl")
        assert b" icanon" in modes and b"-icanon" not in modes
        # In the background it touches nothing and stops again.
        behind = shell.after("bg; sleep 0.5; jobs\r", b"Stopped")
        assert b"\x1b[?1049h" not in behind
        back = drawn(shell.after("fg\r", shown, b"help", *TAKEN))
        uncovered = None if key == "\x1a" else 2  # the cells left of the dialog
        assert [line[:uncovered] for line in back.splitlines()[2:-1]] == [
            line[:uncovered] for line in before.splitlines()[2:-1]
        ]
    shell.after("\x1b", b"PAY-1", b"PAY-7")
    shell.after("q", b"\x1b[?1049l", b"ready>")
    modes = shell.after("stty -a\r", b"echoctl")
    assert b" icanon" in modes and b" echo " in modes and b"-icanon" not in modes


def test_a_board_that_was_stopped_by_force_takes_the_terminal_again(shell: Shell, db: Path) -> None:
    command = shlex.join([*VSM, "--db", str(db)])
    shell.after(f"{command} & sleep 0; fg\r", b"PAY-7", b"help")
    (board,) = [
        int(word)
        for word in Path(f"/proc/{shell.pid}/task/{shell.pid}/children").read_text().split()
    ]
    os.kill(board, signal.SIGSTOP)
    shell.after("", b"Stopped")
    back = drawn(shell.after("fg\r", b"PAY-7", *TAKEN))
    assert "PAY-1" in back
    shell.after("q", b"\x1b[?1049l", b"ready>")
    modes = shell.after("stty -a\r", b"echoctl")
    assert b" icanon" in modes and b"-icanon" not in modes


def test_a_resize_repaints_what_a_dialog_covers(db: Path) -> None:
    env = {**environment(), "PYTHONPATH": str(ROOT)}
    with Terminal([*VSM, "--db", str(db)], env) as terminal:
        screens = Screens(terminal)
        screens.until("PAY-7", "help")
        terminal.press("?")
        screens.until("Keys and symbols")
        known = len(terminal.chunks)
        terminal.resize(160, 50)
        larger = pyte.Screen(160, 50)
        deadline = time.monotonic() + 15
        # The header, the heads of the columns and the hints reach to the new edges.
        while not all(larger.display[y][152:].strip() for y in (0, 2)) or (
            "help" not in larger.display[49]
        ):
            assert time.monotonic() < deadline, "\n".join(larger.display)
            terminal.rest(0.1)
            larger.reset()
            data = b"".join(data for _, data in terminal.chunks[known:])
            pyte.ByteStream(larger).feed(UNKNOWN.sub(b"", data))
        assert any("Keys and symbols" in line for line in larger.display)


def test_without_a_shell_to_go_to_the_board_stays(db: Path) -> None:
    env = {**environment(), "PYTHONPATH": str(ROOT)}
    with terminal_of("--db", db, env=env) as terminal:
        screens = Screens(terminal)
        screens.until("PAY-7", "help")
        terminal.press("\x1a")
        terminal.press("?")
        screens.until("Keys and symbols")


def test_escape_and_a_key_in_one_packet_are_two_keys(db: Path) -> None:
    env = {**environment(), "PYTHONPATH": str(ROOT)}
    with terminal_of("--db", db, env=env) as terminal:
        screens = Screens(terminal)
        screens.until("PAY-7", "help")
        for opened, words in (("?", "Keys and symbols"), ("n", "New item"), ("m", "PAY-1")):
            terminal.press(opened)
            screens.until(words)
            terminal.press("\x1bn")  # Esc closes it, n opens the form
            screens.until("New item")
            terminal.press("\x1b/")  # and / the filter line, which was lost altogether
            screens.until("filter", gone="New item")
            terminal.press("\x1b1")
            screens.until("help", gone="New item")


def test_the_flow_screen_sends_little_and_a_cursor_key_only_what_changes(
    tmp_path: Path, demo_of: Callable[[date], Path]
) -> None:
    (tmp_path / "vsm").mkdir()
    shutil.copy(demo_of(date(2026, 3, 31)), tmp_path / "vsm" / "demo.db")
    env = {**environment(), "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(tmp_path)}
    with terminal_of("demo", "--today", "2026-03-31", env=env) as terminal:
        screens = Screens(terminal)
        screens.until("CARD-", "help")
        terminal.settle(0.5)
        _, opened = terminal.answer("3", quiet=1.5, limit=10)
        screens.until("Throughput", "Cycle time")
        assert opened <= 25_000
        for key in ("\t", "right", "down"):
            assert terminal.answer(key, quiet=0.3)[1] <= 2_000


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1"])
def test_a_locale_that_is_not_utf_8_is_given_ascii(db: Path, locale: str) -> None:
    env = {**environment(), "PYTHONPATH": str(ROOT), "LC_ALL": locale}
    env.pop("PYTHONUTF8", None)
    with terminal_of("--db", db, env=env) as terminal:
        Screens(terminal).until("PAY-7", "help")
        assert b"".join(data for _, data in terminal.chunks).isascii()


def test_a_configuration_that_asks_for_all_symbols_gets_them(db: Path, tmp_path: Path) -> None:
    folder = tmp_path / "config" / "vsm"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("ascii = false\n")
    env = {**environment(), "PYTHONPATH": str(ROOT), "LC_ALL": "C"}
    env["XDG_CONFIG_HOME"] = str(folder.parent)
    with terminal_of("--db", db, env=env) as terminal:
        Screens(terminal).until("PAY-7", "help")
        assert not b"".join(data for _, data in terminal.chunks).isascii()
