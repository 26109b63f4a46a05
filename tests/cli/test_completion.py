"""Shell completion in real interactive shells: every name arrives as it is, and none is run."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import get_completion_class
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from vsm.cli.main import cli
from vsm.cli.shell_words import ANSI_C, quote_for_bash, read_words
from vsm.model.command import (
    AddEntity,
    AddItem,
    CreateStream,
    NewStage,
)
from vsm.model.entities import VIEW
from vsm.model.stream import Category
from vsm.session import ChangeGroup, Session
from vsm.store.sqlite import sqlite3

ROOT = Path(__file__).parents[2]
PROMPT = b"@@READY@@"
RAN = b"@@RAN@@"
SECONDS = 30
"""How long a shell may take at most; only a test that fails ever waits for it."""

NAMES = (
    "Aa$(touch PWNED)",
    "Bb`touch PWNED` ${HOME} $HOME \\",
    'Cc\'; touch PWNED; "; touch PWNED; it\'s "so"',
    "Dd & touch PWNED | x > y < z (1) #no",
    "Ee*?[a-z]{1,2}~ ^x",
    "Ff!x !! !touch \\n\\",
    "Gg:b=c@d,e%f:=g",
    "Hhé 日本 ß’“ \N{FAMILY}",
    "Ii'",
    'Jj"',
    "Kk!",
    "Nn\x1b]0;x\x07\u202e\u200b end",
    "NN other",
    "nM other",
    "Oo\ntouch PWNED\r\n$(touch PWNED)",
    "-Ll $(touch PWNED)",
    "--Mm=$(touch PWNED)",
    "~Pp",
    "=Qq",
    "#Rr",
    "$(touch PWNED)Ss",
    "Qx $(touch PWNED) two",
    "Qx $(touch PWNED) one",
)
"""Names of streams; in each shell the first characters tell which is meant."""

HARDEST = ("Cc", "Ff", "Ii", "Jj", "Kk", "$(")
"""Beginnings of the names that are hardest to read back after an opening quote."""

START = {
    "bash": ["bash", "--noprofile", "--norc", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
SETUP = {
    "bash": "PS1='@@READY''@@ '; source ./script\n",
    "zsh": "PS1='@@READY''@@ '; autoload -U compinit; compinit -D -u; source ./script\n",
    "fish": "function fish_prompt; echo -n '@@READY''@@ '; end; source ./script\n",
}

STUB = """#!/bin/sh
# What the shell calls `vsm`: answers a completion as vsm does, and else records its arguments.
if [ -n "$_VSM_COMPLETE" ]; then exec '{python}' -S -m vsm "$@"; fi
printf '%s\\0' "$@" > '{record}'
printf '@@RAN''@@\\n'
"""


class Terminal:
    """An interactive shell without a person's settings, in a terminal and folder of its own."""

    def __init__(self, shell: str, folder: Path, script: str, env: dict[str, str]) -> None:
        self.shell = shell
        self.folder = folder
        self.record = folder / "record"
        self.seen = b""
        self.is_busy = False
        (folder / "script").write_text(script, encoding="utf-8")
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(START[shell][0], START[shell], env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.type(SETUP[shell])
        self.wait_for(PROMPT)

    def type(self, text: str) -> None:
        data = text.encode()
        while data:
            data = data[os.write(self.fd, data) :]

    def wait_for(self, marker: bytes) -> bytes:
        """What appears up to the marker."""
        while marker not in self.seen:
            ready, _, _ = select.select([self.fd], [], [], SECONDS)
            if not ready:
                raise AssertionError(f"no {marker!r} came, but {self.seen!r}")
            chunk = os.read(self.fd, 65536)
            if b"\x1b[c" in chunk or b"\x1b[0c" in chunk:  # newer fish asks what terminal it is
                os.write(self.fd, b"\x1b[?62c")
            self.seen += chunk
        before, _, self.seen = self.seen.partition(marker)
        return before

    def complete(self, typed: str, tabs: int = 1, end: str = "") -> list[str]:
        """The arguments that the command gets for what is typed, then Tab, ``end``, then Enter."""
        self.record.unlink(missing_ok=True)
        self.is_busy = True
        self.type(typed + "\t" * tabs + end + "\r")
        self.shown = self.wait_for(RAN)
        self.wait_for(PROMPT)
        self.is_busy = False
        assert not (self.folder / "PWNED").exists(), f"{typed!r} ran a name"
        return self.record.read_bytes().decode().split("\0")[:-1]

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def make_database(path: Path, names: tuple[str, ...]) -> None:
    """A database with these streams; names that vsm itself does not give are written past it."""
    session = Session(path, actor="setup")
    stages = (NewStage("Ideas", Category.BACKLOG), NewStage("Done", Category.DONE))
    for number in range(1, len(names) + 1):
        stream = CreateStream(f"s{number}", stages, zone="Europe/Berlin", prefix=f"S{number}")
        assert isinstance(session.do(stream), ChangeGroup)
    title = "50% \x1b]0;PWNED\x07 %F{red}%{x%} \u202e$(touch PWNED)\nnext"
    assert isinstance(session.do(AddItem(1, title)), ChangeGroup)
    assert isinstance(
        session.do(AddItem(1, "plain"), AddEntity(VIEW, {"name": "-x", "filter": "blocked"})),
        ChangeGroup,
    )
    session.close()
    with sqlite3.connect(path) as conn:
        for number, name in enumerate(names, 1):
            conn.execute("UPDATE stream SET name = ? WHERE id = ?", (name, number))
    conn.close()


Open = Callable[..., Terminal]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "names.db"
    make_database(path, NAMES)
    return path


@pytest.fixture(scope="module")
def open_terminal(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Start a shell with the completion script; skips where the shell is not installed."""
    opened: list[Terminal] = []

    def start(shell: str, script: str | None = None) -> Terminal:
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed: its completion is NOT tested")
        folder = tmp_path_factory.mktemp(shell)
        stub = folder / "bin" / "vsm"
        stub.parent.mkdir()
        stub.write_text(STUB.format(python=sys.executable, record=folder / "record"))
        stub.chmod(0o755)
        env = {
            "PATH": f"{stub.parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
            # Python without its site folders starts faster, and there are many starts.
            "PYTHONPATH": f"{ROOT}:{Path(click.__file__).parents[1]}",
            "VSM_DB": str(database),
        }
        if script is None:
            script = CliRunner().invoke(cli, ["completion", shell]).stdout
        terminal = Terminal(shell, folder, script, env)
        opened.append(terminal)
        return terminal

    yield start
    for terminal in opened:
        terminal.close()


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def opened_terminal(request: pytest.FixtureRequest, open_terminal: Open) -> list[Terminal]:
    return [open_terminal(request.param)]


@pytest.fixture
def terminal(opened_terminal: list[Terminal], open_terminal: Open) -> Terminal:
    """A shell that waits for a command; a new one where a test left the last one in the middle."""
    if opened_terminal[0].is_busy:
        opened_terminal[0] = open_terminal(opened_terminal[0].shell)
    return opened_terminal[0]


def beginning(name: str, quote: str) -> str:
    """The first characters of a name as a person types them after an opening quote."""
    first = name[:2]
    if quote == '"':
        return quote + first.replace("$", "\\$")
    if quote == "'":
        return quote + first
    escaped = [c if c.isalnum() or c == "-" else f"\\{c}" for c in first]
    if quote and escaped[0] == first[0]:
        escaped[0] = quote + first[0]
    return "".join(escaped)


@pytest.mark.parametrize("quote", ["", "'", '"', "\\"], ids=["none", "single", "double", "slash"])
def test_every_name_arrives_as_it_is_and_none_is_run(terminal: Terminal, quote: str) -> None:
    if quote == "\\":
        names = NAMES[:2]
    elif quote:
        names = tuple(name for name in NAMES if name[:2] in HARDEST)
    else:
        names = NAMES[:-2]
    got = {name: terminal.complete(f"vsm --stream {beginning(name, quote)}") for name in names}
    assert got == {name: ["--stream", name] for name in names}


def test_control_characters_of_a_name_do_not_reach_the_terminal(terminal: Terminal) -> None:
    name = next(name for name in NAMES if name.startswith("Nn"))
    tabs = 2 if terminal.shell == "bash" else 1
    for typed in ("Nn", "'Nn", "N"):
        end = typed[0] if typed[0] in "'\"" and terminal.shell == "fish" else ""
        got = terminal.complete(f"vsm --stream {typed}", tabs if typed == "N" else 1, end)
        if typed == "N" or (typed[0] in "'\"" and terminal.shell == "fish"):
            assert got[-1] in ("N", "Nn"), typed  # there are two; fish is offered none
        else:
            assert got[-1] == name, typed
        assert name[2:8].encode() not in terminal.shown, typed


def test_the_value_of_a_long_option_may_follow_an_equals_sign(terminal: Terminal) -> None:
    assert terminal.complete("vsm item list --stream=Aa") == [
        "item",
        "list",
        f"--stream={NAMES[0]}",
    ]
    got = terminal.complete("vsm item list --stream='Aa")
    assert got[-1].removeprefix("--stream=") in (NAMES[0], "Aa")  # zsh knows no quote there


def test_names_with_a_common_beginning_are_completed_step_by_step(terminal: Terminal) -> None:
    assert terminal.complete("vsm --stream Qx\tt") == ["--stream", NAMES[-2]]
    assert terminal.complete("vsm --stream Qx\to") == ["--stream", NAMES[-1]]


def test_letter_case_does_not_matter_and_is_corrected(terminal: Terminal) -> None:
    assert terminal.complete("vsm --stream qX\tt") == ["--stream", NAMES[-2]]
    assert terminal.complete("vsm --stream NM") == ["--stream", "nM other"]
    assert terminal.complete("vsm --stream nN\t\\ o") == ["--stream", "NN other"]


def test_names_that_begin_with_a_dash_are_offered_behind_two_dashes(terminal: Terminal) -> None:
    name = "-Ll $(touch PWNED)"
    assert terminal.complete("vsm stream show -- -L") == ["stream", "show", "--", name]
    assert terminal.complete("vsm view remove ") == ["view", "remove", "--"]


def test_titles_of_items_do_nothing_on_the_terminal(terminal: Terminal) -> None:
    tabs = 2 if terminal.shell == "bash" else 1
    assert terminal.complete("vsm item show S1-", tabs) == ["item", "show", "S1-"]
    assert b"\x1b]0;PWNED" not in terminal.shown and "\u202e".encode() not in terminal.shown
    if terminal.shell == "bash":  # shows no descriptions
        assert b"S1-2" in terminal.shown
    else:
        assert b"50% ]0;PWNED %F{red}%{x%} $(touch PWNED) next" in terminal.shown


def test_a_database_is_completed_as_a_file_and_its_names_are_used(terminal: Terminal) -> None:
    name = 'Zed $(touch PWNED) `touch PWNED` "x".db'
    there = "Elsewhere $(touch PWNED)"
    (terminal.folder / "made").mkdir()
    make_database(terminal.folder / "made" / "other.db", (there,))
    (terminal.folder / "made" / "other.db.lock").unlink()
    shutil.copy(terminal.folder / "made" / "other.db", terminal.folder / name)
    assert terminal.complete("vsm --db Z") == ["--db", name]
    assert terminal.complete("vsm board --db 'Z") == ["board", "--db", name]
    assert terminal.complete("vsm board --db=Z") == ["board", f"--db={name}"]
    assert terminal.complete("vsm --db ma\toth\t") == ["--db", "made/other.db"]
    assert terminal.complete("vsm --db 'ma\toth\t") == ["--db", "made/other.db"]
    home = str(terminal.folder)
    assert terminal.complete("vsm --db ~/Z") == ["--db", f"{home}/{name}"]
    for line in (
        "vsm --db made/other.db board --stream E",
        "vsm board --db made/other.db --stream E",
        "vsm --db ~/made/other.db board --stream E",
        "vsm board --db=$HOME/'made'/other.db --stream E",
    ):
        assert terminal.complete(line)[-1] == there, line


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_that_an_older_vsm_printed_runs_no_name(open_terminal: Open, shell: str) -> None:
    made = get_completion_class(shell)
    assert made is not None
    old = open_terminal(shell, made(cli, {}, "vsm", "_VSM_COMPLETE").source())
    assert old.complete("vsm item sh") == ["item", "show"]
    for quote in ("", "'", '"') if shell == "bash" else ("",):
        got = old.complete(f"vsm board --stream {quote}Aa", end=quote if shell == "bash" else "")
        assert got[-1] in ("Aa", NAMES[0])


# -- without a terminal ------------------------------------------------------------------


def ask(request: str, line: str, word: str, db: Path) -> tuple[int, bytes, bytes]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "VSM_DB": str(db)}
    env |= {"_VSM_COMPLETE": request, "_VSM_LINE": line, "_VSM_WORD": word}
    env |= {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    done = subprocess.run(
        [sys.executable, "-m", "vsm"], env=env, capture_output=True, timeout=SECONDS
    )
    return done.returncode, done.stdout, done.stderr


def _damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100:] = bytes(len(data) - 100)
    path.write_bytes(data)


def _write_nonsense(path: Path) -> None:
    with sqlite3.connect(path) as conn:
        conn.execute("UPDATE stream SET types = '{'")
    conn.close()


UNREADABLE: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("this is no database"),
    "cut off": lambda path: os.truncate(path, 5000),
    "damaged": _damage,
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "nonsense": _write_nonsense,
    "pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "loop": lambda path: (path.unlink(), path.symlink_to(path)),
}


@pytest.mark.parametrize("fault", UNREADABLE)
def test_a_database_that_cannot_be_read_offers_and_says_nothing(
    tmp_path: Path, database: Path, fault: str
) -> None:
    path = tmp_path / "names.db"
    shutil.copy(database, path)
    UNREADABLE[fault](path)
    assert ask("bash", "vsm stage set I", "I", path) == (0, b"", b"")


@pytest.mark.parametrize("request_", ["bash", "zsh", "fish", "bash_complete", "zsh_complete"])
def test_where_there_is_nothing_to_offer_no_shell_is_told_anything(
    tmp_path: Path, database: Path, request_: str
) -> None:
    assert b"Ideas" in ask(request_, "vsm stage set I", "I", database)[1]
    assert ask(request_, "vsm stage set I", "I", tmp_path / "none.db") == (0, b"", b"")


def test_offering_verbs_imports_none_of_them() -> None:
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print([m for m in sys.modules if m == 'vsm.cli.item']))\n"
        "from vsm.cli.main import main\n"
        "main()\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "_VSM_COMPLETE": "fish", "_VSM_LINE": "vsm it"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert done.stdout.decode().splitlines() == [
        "plain\0item\tAdd, show, change, move, block and list work items.\0[]"
    ]


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))))
@settings(max_examples=50)
def test_bash_reads_a_quoted_name_as_it_is(bash: str, names: list[str]) -> None:
    words = [
        quote + quote_for_bash(name, quote) for name in names for quote in ("", "'", '"', ANSI_C)
    ]
    done = subprocess.run(
        [bash, "-c", " ".join(["printf '%s\\0' x", *(w or "''" for w in words)])],
        env={"LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
    )
    expected = [name for name in names for _ in range(4)]
    assert done.stdout.decode().split("\0")[1:-1] == expected
    assert [read_words(f"vsm {word}")[-1].value for word in words] == expected


@pytest.fixture(scope="module")
def bash() -> str:
    result = shutil.which("bash")
    if result is None:
        pytest.skip("bash is not installed: quoting for it is NOT tested")
    return result
