"""A lost terminal loses nothing that was typed: real processes, terminals and signals."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.board import board
from tests.reliability.support import rows, sound, vsm
from tests.reliability.test_leaving import wait_until


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of state that the sessions of a test share."""
    folder = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    yield folder / "vsm" / "drafts"


def drafts(state: Path) -> list[Path]:
    return list(state.glob("*.json"))


@pytest.mark.parametrize("number", [None, signal.SIGHUP, signal.SIGTERM])
def test_a_half_typed_form_is_back_after_the_terminal_was_lost(
    db: Path, state: Path, number: signal.Signals | None
) -> None:
    with board(db) as process:
        process.press(b"nHalf a title")
        process.wait_for(b"Half a title")
        if number is None:
            process.hang_up()
        else:
            process.process.send_signal(number)
        process.ended()
    (draft,) = drafts(state)
    assert draft.stat().st_mode & 0o777 == 0o600
    with board(db) as process:
        process.wait_for(b"is back")
        process.wait_for(b"Half a title")
        process.press(b"\r")
        wait_until(lambda: not drafts(state))
        process.press(b"q")
        assert process.ended() == 0
    assert rows(db, "SELECT title FROM item WHERE title LIKE 'Half%'") == [("Half a title",)]
    with board(db) as process:
        process.press(b"q")
        process.ended()
        assert b"is back" not in process.output
    sound(db)


def test_a_killed_session_loses_at_most_what_was_typed_since_the_keys_rested(
    db: Path, state: Path
) -> None:
    with board(db) as process:
        process.press(b"nHalf a title")
        # Where the machine is busy the keys rest before all of them are there.
        wait_until(lambda: any(b"Half a title" in d.read_bytes() for d in drafts(state)))
        os.kill(process.process.pid, signal.SIGKILL)
        process.process.wait()
    with board(db) as process:
        process.wait_for(b"is back")
        process.wait_for(b"Half a title")
        process.press(b"\x1b")
        process.wait_for(b"Discard changes?")
        process.press(b"y")
        wait_until(lambda: not drafts(state))
        process.press(b"q")
        assert process.ended() == 0
    sound(db)


EDITOR = """
import pathlib, sys
path = pathlib.Path(sys.argv[1])
path.write_text(path.read_text() + "typed outside")
print("editing", flush=True)
sys.exit(1 if sys.stdin.read(1) == "" else 0)
"""
"""Saves at once, and ends when its terminal is gone, as editors do."""


def test_what_an_external_editor_had_saved_is_back_in_the_form(
    db: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "editor.py"
    script.write_text(EDITOR)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    monkeypatch.delenv("VISUAL", raising=False)
    with board(db) as process:
        process.press(b"E")
        process.wait_for(b"editing")
        process.hang_up()
        process.ended()
    assert len(drafts(state)) == 1
    with board(db) as process:
        process.wait_for(b"is back")
        process.wait_for(b"typed outside")
        process.press(b"\x13")
        wait_until(lambda: not drafts(state))
        process.press(b"q")
        assert process.ended() == 0
    assert rows(db, "SELECT description FROM item WHERE id = 1") == [("typed outside",)]
    sound(db)


def test_undo_after_reconnecting_says_what_it_would_undo_and_asks(db: Path) -> None:
    with board(db) as process:
        process.press(b"L")
        process.wait_for(b"moved PAY-1")
        process.hang_up()
        process.ended()
    with board(db) as process:
        process.wait_for(b"PAY-1")
        process.press(b"z")
        process.wait_for(b"Undo a change of an earlier session?")
        process.press(b"\r")
        process.wait_for(b"undid")
        process.press(b"q")
        process.ended()
    ((stage,),) = rows(db, "SELECT stage FROM item WHERE id = 1")
    assert stage == 1
    sound(db)


def test_one_persons_draft_is_not_shown_to_another(db: Path, state: Path) -> None:
    with board(db) as process:
        process.press(b"nHalf a title")
        process.wait_for(b"Half a title")
        process.hang_up()
        process.ended()
    listed = vsm("--db", db, "--as", "ben", "board").stdout
    assert "Half a title" not in listed
    with board(db, patch=AS_BEN, folder=db.parent) as process:
        process.wait_for(b"PAY-1")
        process.press(b"q")
        assert process.ended() == 0
        assert b"is back" not in process.output
    assert len(drafts(state)) == 1, "it waits for whom it belongs to"


AS_BEN = "import sys\nif sys.argv[-2:-1] == ['--db']:\n    sys.argv += ['--as', 'ben']\n"
