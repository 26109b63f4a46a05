"""The program as a process: exit codes, pipes, signals, what it imports, what it prints where."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

Start = Callable[..., "subprocess.Popen[bytes]"]
HEAVY = ("numpy", "networkx", "scipy", "sqlite_utils", "textual", "pandas")


def finished(child: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    out, err = child.communicate(timeout=60)
    return child.returncode, out, err


def test_exit_codes_reach_the_shell(team: Vsm, process: Start) -> None:
    assert finished(process("item", "list"))[0] == 0
    assert finished(process("item", "move", "PAY-1", "Backlog"))[0] == 1
    assert finished(process("item", "move"))[0] == 2
    assert finished(process("--db", str(team.db.parent / "none.db"), "board"))[0] == 3


def test_a_database_that_is_a_pipe_is_refused_and_not_waited_for(
    tmp_path: Path, process: Start
) -> None:
    pipe = tmp_path / "pipe.db"
    os.mkfifo(pipe)
    for args in (["board"], ["item", "add", "Fee table"]):
        code, out, err = finished(process("--db", str(pipe), *args))
        assert (code, out) == (2, b"")
        assert err == f"vsm: {pipe} is not a regular file; name a file with --db\n".encode()


def test_a_reader_of_a_pipe_may_go_away(team: Vsm, process: Start) -> None:
    titles = "\n".join(f"Item {n} {'x' * 200}" for n in range(2000))
    team.ok("item", "add", "-", input=titles)
    for args in (["item", "list"], ["item", "list", "--json"], ["board", "--cards", "0"]):
        child = process(*args)
        assert child.stdout is not None and child.stderr is not None
        assert child.stdout.read(10)
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(timeout=60) == 141


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_an_output_that_is_full_is_told(team: Vsm, process: Start) -> None:
    with open("/dev/full", "wb") as full:
        code, _, err = finished(process("item", "list", stdout=full))
    assert (code, err) == (3, b"vsm: No space left on device\n")


def test_json_is_utf8_whatever_the_terminal_speaks(team: Vsm, process: Start) -> None:
    team.ok("item", "add", "決済 → é")
    latin = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    code, out, err = finished(process("item", "list", "--json", env=latin))
    assert (code, err) == (0, b"")
    assert json.loads(out.decode("utf-8"))[-1]["title"] == "決済 → é"
    code, out, err = finished(process("board", env=latin))
    assert (code, err) == (0, b"")
    assert b"|" in out and "é".encode("latin-1") in out


def test_an_open_terminal_is_not_needed_for_anything(team: Vsm, process: Start) -> None:
    code, out, err = finished(process(stdin=subprocess.DEVNULL))
    assert (code, err) == (0, b"")
    assert out.decode().startswith("Card issuing · ")


def test_a_terminal_without_a_keyboard_gets_the_board_as_text(team: Vsm, process: Start) -> None:
    controller, terminal = pty.openpty()
    child = process(stdin=subprocess.DEVNULL, stdout=terminal)
    _, err = child.communicate(timeout=60)
    os.close(terminal)
    out = os.read(controller, 65536)
    os.close(controller)
    assert (child.returncode, err) == (0, b"")
    assert out.decode().startswith("Card issuing · ") and b"\x1b" not in out


def test_a_fault_of_the_program_is_one_line_and_shows_where_on_request(
    team: Vsm, process: Start, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import vsm.model.rules\n"
        "def broken(at):\n    raise ZeroDivisionError('boom')\n"
        "vsm.model.rules.iso = broken\n"
    )
    path = os.pathsep.join((str(tmp_path), str(Path(__file__).parents[2])))
    code, out, err = finished(process("item", "list", "--json", env={"PYTHONPATH": path}))
    assert (code, out) == (70, b"")
    assert err.decode() == (
        "vsm: a fault in vsm: ZeroDivisionError: boom; VSM_DEBUG=1 shows where, please report it\n"
    )
    debug = {"PYTHONPATH": path, "VSM_DEBUG": "1"}
    code, _, err = finished(process("item", "list", "--json", env=debug))
    assert code == 70 and b"Traceback" in err and b"in broken" in err


@pytest.mark.parametrize("debug", [False, True])
def test_a_fault_on_the_board_gives_the_terminal_back_and_is_one_line(
    team: Vsm, process: Start, tmp_path: Path, debug: bool
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Broken:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'vsm.widgets.item_detail':\n"
        "            raise ZeroDivisionError('boom')\n"
        "sys.meta_path.insert(0, Broken())\n"
    )
    path = os.pathsep.join((str(tmp_path), str(Path(__file__).parents[2])))
    report = {"VSM_DEBUG": "1"} if debug else {}
    controller, terminal = pty.openpty()
    env = {"PYTHONPATH": path, "TERM": "xterm-256color", **report}
    child = process(stdin=terminal, stdout=terminal, stderr=terminal, env=env)
    os.close(terminal)
    out = b""
    while b"PAY-1" not in out:
        out += os.read(controller, 65536)
    os.write(controller, b"\r")
    while data := _read(controller):
        out += data
    os.close(controller)
    assert child.wait(timeout=60) == 70
    after = out.rpartition(b"\x1b[?1049l")[2]
    assert b"vsm: a fault in vsm: ZeroDivisionError: boom; VSM_DEBUG=1 shows where" in after
    assert (b"Traceback" in after) is debug


def _read(terminal: int) -> bytes:
    """What a terminal still gives; nothing once the other end is closed."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        ["item", "move", "--help"],
        ["item", "list"],
        ["item", "list", "--json"],
        ["item", "show", "PAY-1"],
        ["item", "move", "PAY-1", "Ready"],
        ["board"],
        ["log"],
        ["doctor"],
        ["backup", "copy.db"],
        ["keys"],
        [],
    ],
    ids=" ".join,
)
def test_verbs_that_open_no_screen_load_nothing_heavy(
    team: Vsm, args: list[str], tmp_path: Path
) -> None:
    report = (
        "import sys, atexit\n"
        f"loaded = lambda: [m for m in {HEAVY} if m in sys.modules]\n"
        "atexit.register(lambda: sys.stderr.write(repr(loaded())))\n"
        "from vsm.cli.main import main\n"
        "main()\n"
    )
    env = {**os.environ, "VSM_DB": str(team.db), "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", report, *args],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert done.stderr == b"[]"


def test_help_imports_neither_the_model_nor_pydantic() -> None:
    code = (
        "import sys\n"
        "from vsm.cli.main import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in sys.modules if m.startswith(('vsm.store', 'vsm.reader', 'pydantic'))])\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert done.stdout.decode().splitlines()[-1] == "[]"


def test_help_of_everything_has_examples_and_ends_well(process: Start) -> None:
    from vsm.cli.docs import walk
    from vsm.cli.main import cli

    pages = dict(walk(cli, "vsm"))
    assert "vsm item move" in pages and "vsm import jira" in pages
    for name, page in pages.items():
        assert "Examples:" in page, name
        assert max(map(len, page.split("Examples:")[0].splitlines())) <= 80, name
    code, out, err = finished(process("-h"))
    assert (code, err) == (0, b"") and out.startswith(b"Usage: vsm ")


def test_lists_of_verbs_say_what_the_verbs_themselves_say() -> None:
    import click

    from vsm.cli.base import Noun
    from vsm.cli.main import cli

    def check(noun: Noun) -> int:
        count = 0
        for name, (_, short) in noun.verbs.items():
            command = noun.get_command(click.Context(noun), name)
            assert command is not None and command.name is not None
            assert command.get_short_help_str(200) == short, name
            count += 1 + (check(command) if isinstance(command, Noun) else 0)
        return count

    assert check(cli) > 40  # type: ignore[arg-type]


def test_completion_offers_verbs_streams_stages_teams_and_keys(team: Vsm, process: Start) -> None:
    def offered(words: str, word: int) -> list[str]:
        env = {"_VSM_COMPLETE": "zsh_complete", "COMP_WORDS": words, "COMP_CWORD": str(word)}
        code, out, err = finished(process(env=env))
        assert (code, err) == (0, b"")
        return out.decode().splitlines()[1::3]

    assert offered("vsm it", 1) == ["item"]
    assert offered("vsm item move pay-", 3) == ["PAY-1", "PAY-2", "PAY-3"]
    assert offered("vsm item list --stream C", 4) == ["Card issuing"]
    assert offered("vsm stage set R", 3) == ["Ready", "Review"]
    assert offered("vsm item edit PAY-1 --team ", 5) == ["core", "risk"]
    assert offered("vsm item block PAY-1 --kind de", 5) == ["dependency", "decision", "defect"]
    assert offered("vsm --db nowhere.db item move ", 5) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion_script(vsm: Vsm, shell: str) -> None:
    assert "_VSM_COMPLETE" in vsm.ok("completion", shell)


def test_the_page_about_the_command_line_is_made_from_the_commands() -> None:
    from vsm.cli.docs import document

    page = Path(__file__).parents[2] / "docs" / "cli.md"
    assert page.read_text(encoding="utf-8") == document(), "make it anew: make docs"


def test_the_configuration_is_read_and_its_faults_are_told(team: Vsm, own_places: Path) -> None:
    file = own_places / "xdg_config_home" / "vsm" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("ascii = true\n")
    assert team.ok("board").isascii()
    file.write_text("\ncolour = 3\n")
    assert f"{file}, line 2: there is no setting 'colour'" in team.fails(2, "board")


@pytest.mark.parametrize(("term", "words"), [("dumb", "is dumb"), ("", "is not set")])
def test_a_terminal_that_shows_no_screen_gets_the_board_as_text(
    team: Vsm, process: Start, term: str, words: str
) -> None:
    controller, terminal = pty.openpty()
    child = process(stdin=terminal, stdout=terminal, stderr=subprocess.PIPE, env={"TERM": term})
    os.close(terminal)
    out = b""
    while data := _read(controller):
        out += data
    os.close(controller)
    assert child.stderr is not None
    report = child.stderr.read().decode()
    assert child.wait(timeout=60) == 0
    assert report.startswith(f"TERM {words}: the board as text")
    assert b"PAY-1" in out
    assert b"\x1b" not in out
