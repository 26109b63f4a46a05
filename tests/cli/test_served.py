"""``--served``: the board and nothing else, for whom another program lets in."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Vsm
from vsm.cli import served
from vsm.cli.context import CliContext
from vsm.model.role import Role

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--as", "anna", "item", "list"], "--served opens the board and nothing else"),
        (["--as", "anna", "export", "journal"], "--served opens the board and nothing else"),
        ([], "--served needs --as NAME"),
        (["--as", "anna", "item", "add", "--", "--served"], "--served opens the board and nothing"),
        (["--as", "anna"], "needs a terminal to be drawn on; connect with ssh -t"),
    ],
    ids=["a verb", "an export", "nobody", "a title", "no terminal"],
)
def test_it_opens_the_board_alone(team: Vsm, process: Start, words: list[str], said: str) -> None:
    env = {"_VSM_COMPLETE": "bash", "_VSM_LINE": "vsm ", "_VSM_WORD": "", "VSM_DEBUG": "1"}
    child = process("--db", str(team.db), "--served", *words, env=env, stdin=subprocess.DEVNULL)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (2, b"")
    assert said in err.decode() and err.count(b"\n") == 1


def test_a_database_that_is_not_there_is_not_made(db: Path, process: Start) -> None:
    child = process("--db", str(db), "--served", "--as", "anna", stdin=subprocess.DEVNULL)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 3 and b"no database at" in err
    assert not db.exists()


def test_of_the_environment_only_the_terminal_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = dict(os.environ)
    lies = {"TERM": "tmux-256color", "COLORTERM": "truecolor", "VSM_DB": "x", "TEXTUAL_LOG": "y"}
    try:
        os.environ.update(lies)
        served.forget_environment()
        assert {name: os.environ[name] for name in ("TERM", "COLORTERM", "LANG")} == {
            "TERM": "tmux-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
        }
        assert set(os.environ) == {
            *("TERM", "COLORTERM", "LANG", "PATH", "HOME", "SSH_CONNECTION"),
        }
        for nonsense in ("", "../../x", "a" * 33, "xterm\x1b[2J"):
            os.environ["TERM"], os.environ["COLORTERM"] = nonsense, "yes"
            served.forget_environment()
            assert os.environ["TERM"] == "xterm-256color" and "COLORTERM" not in os.environ
    finally:
        os.environ.clear()
        os.environ.update(kept)


def test_the_session_may_use_nothing_of_the_machine(db: Path) -> None:
    machine = served.machine(CliContext(str(db), at_most=Role.MEMBER))
    allowed = (machine.editor, machine.files, machine.suspend)
    assert allowed == (False, False, False)
    assert machine.clipboard and machine.at_most is Role.MEMBER


def test_a_role_at_most_binds_on_the_command_line(team: Vsm) -> None:
    said = team.fails(1, "--role", "viewer", "item", "add", "Not mine")
    assert "is at most a viewer in this session and may not change items" in said
    team.ok("--role", "member", "item", "add", "Mine")


def test_as_a_value_it_does_not_lead_to_another_database(team: Vsm, process: Start) -> None:
    """The environment that named the database is forgotten by then."""
    child = process("item", "add", "--", "--served", stdin=subprocess.DEVNULL)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (2, b"")
    assert b"--served comes before everything else" in err
