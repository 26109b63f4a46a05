"""The board ends soon, whoever asks: it gives the terminal back and loses nothing it confirmed.

Held by real processes in pseudo terminals, real signals and real locks.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from tests.reliability.board import PATIENCE, BoardProcess, board, is_locked, lock_held
from tests.reliability.support import ROOT, environment, journal, sound

SIGNALS = [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]
SOON = 5.0
"""Seconds within which a signal has ended the process: part of the requirement."""
AT_ONCE = 1.0
"""Seconds that quitting may take while another program holds the lock: the requirement."""


def signalled(process: BoardProcess, number: int) -> int:
    """Send a signal; gives the exit code."""
    begun = monotonic()
    process.process.send_signal(number)
    code = process.ended()
    assert monotonic() - begun < SOON
    return code


# -- signals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("keys", [b"", b"nHalf a title", b"3", b"o"], ids=["", "form", "3", "o"])
def test_a_signal_gives_the_terminal_back_and_closes_the_database(
    db: Path, number: signal.Signals, keys: bytes
) -> None:
    shown = {b"": b"PAY-1", b"nHalf a title": b"title", b"3": b"Throughput", b"o": b"Organisation"}
    with board(db) as process:
        process.press(keys)
        process.wait_for(shown[keys])
        assert signalled(process, number) == 128 + number
        process.assert_given_back()
        assert process.farewell.count("\n") == 1
        assert f"vsm: terminated by {number.name}" in process.farewell
    assert not Path(f"{db}-wal").exists(), "the last connection that is closed takes it away"
    sound(db)


@pytest.mark.promise(12)
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_does_not_wait_for_a_write_that_waits_for_the_lock(
    db: Path, number: signal.Signals
) -> None:
    before = journal(db)
    with lock_held(db), board(db) as process:
        process.press(b"L")
        process.wait_for(b"saving")
        assert signalled(process, number) == 128 + number
        process.assert_given_back()
        assert "the last change was not saved" in process.farewell
        assert f"terminated by {number.name}" in process.farewell
    assert journal(db) == before
    sound(db)


def test_a_signal_before_the_first_paint_ends_the_board_too(db: Path) -> None:
    for text in (b"\x1b[?1049h", b"\x1b[?1004h", b"\x1b[?2004h"):
        process = BoardProcess(db)
        try:
            process.wait_for(text)
            assert signalled(process, signal.SIGTERM) == 128 + signal.SIGTERM
            process.assert_given_back()
        finally:
            process.close()


STUCK = """
import os, signal, threading
import vsm.app
def stop_the_loop(self):
    open({stuck!r}, 'w').close()
    threading.Event().wait()
vsm.app.VsmApp.action_help = stop_the_loop
"""


def test_a_board_that_hangs_ends_by_force_and_gives_the_terminal_back(
    db: Path, tmp_path: Path
) -> None:
    stuck = tmp_path / "stuck"
    with board(db, patch=STUCK.format(stuck=str(stuck)), folder=tmp_path) as process:
        process.press(b"?")
        wait_until(stuck.exists)
        assert signalled(process, signal.SIGTERM) == 128 + signal.SIGTERM
        process.assert_given_back()
    sound(db)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that another process brings about."""
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline, "it does not come about"
        os.sched_yield()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_rolls_an_import_back_and_says_so_in_one_line(
    db: Path, tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "events.csv"
    with file.open("w") as out:
        out.write("case,activity,timestamp\n")
        for n in range(40_000):
            for hour, stage in enumerate(("Ideas", "Ready", "Build", "Done")):
                out.write(f"NEW-{n},{stage},2026-03-{n % 28 + 1:02}T{hour + 8:02}:00:00Z\n")
    before = journal(db)
    words = ["import", "csv", str(file), "--stream", "Payments"]
    child = subprocess.Popen(
        [sys.executable, "-m", "vsm", "--db", str(db), *words],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )
    wait_until(lambda: is_locked(db) or child.poll() is not None)
    child.send_signal(number)
    out, err = child.communicate(timeout=PATIENCE)
    assert (child.returncode, err) == (
        128 + number,
        f"vsm: terminated by {number.name}; what was not finished was rolled back\n",
    ), (out, err)
    assert journal(db) == before
    sound(db)


# -- the terminal goes away ---------------------------------------------------------------------


@pytest.mark.parametrize("controlling", [True, False], ids=["with SIGHUP", "without"])
@pytest.mark.parametrize("keys", [b"", b"nHalf"], ids=["board", "form"])
def test_a_terminal_that_goes_away_ends_the_board(db: Path, controlling: bool, keys: bytes) -> None:
    with board(db, controlling=controlling) as process:
        process.press(keys)
        if keys:
            process.wait_for(b"New item")
        begun = monotonic()
        process.hang_up()
        assert process.ended() == 128 + signal.SIGHUP
        assert monotonic() - begun < SOON
    assert not Path(f"{db}-wal").exists()
    sound(db)


# -- quitting while another program holds the lock ----------------------------------------------


@pytest.mark.promise(12)
@pytest.mark.parametrize("at_once", [False, True])
def test_quitting_gives_a_write_up_that_waits_for_the_lock_and_says_so(
    db: Path, at_once: bool
) -> None:
    before = journal(db)
    with lock_held(db), board(db) as process:
        process.press(b"L")
        if not at_once:
            process.wait_for(b"saving")
        begun = monotonic()
        process.press(b"q")
        code = process.ended()
        assert monotonic() - begun < AT_ONCE
        process.assert_given_back()
        assert code == 3
        assert process.farewell.startswith(f"vsm: the last change was not saved: {db} was busy")
        assert process.farewell.count("\n") == 1
    assert journal(db) == before
    sound(db)


WAITS = """
import vsm.store.writer as writer
record = writer.Transaction.record
def wait_first(self, *args, **options):
    open({begun!r}, 'w').close()
    with open({gate!r}) as gate:
        gate.read()
    return record(self, *args, **options)
writer.Transaction.record = wait_first
"""


def test_quitting_finishes_a_write_whose_transaction_has_begun(db: Path, tmp_path: Path) -> None:
    gate, begun = tmp_path / "gate", tmp_path / "begun"
    os.mkfifo(gate)
    patch = WAITS.format(gate=str(gate), begun=str(begun))
    before = len(journal(db))
    with board(db, patch=patch, folder=tmp_path) as process:
        process.press(b"L")
        wait_until(begun.exists)
        process.press(b"q")
        process.wait_for(b"\x1b[?1004l")  # the terminal is given back already
        with pytest.raises(subprocess.TimeoutExpired):
            process.process.wait(AT_ONCE)
        gate.write_text("go on")
        assert process.ended() == 0
        assert process.farewell == ""
    assert len(journal(db)) == before + 1
    sound(db)


FIGURES = """
import vsm.reader
def wait_for_ever(self, *args, **options):
    open({begun!r}, 'w').close()
    with open({gate!r}) as gate:
        gate.read()
vsm.reader.Reader.{what} = wait_for_ever
"""


@pytest.mark.parametrize(("key", "what"), [(b"3", "flow"), (b"5", "linked_items")])
def test_quitting_does_not_wait_for_figures(
    db: Path, tmp_path: Path, key: bytes, what: str
) -> None:
    gate, begun = tmp_path / "gate", tmp_path / "begun"
    os.mkfifo(gate)
    patch = FIGURES.format(gate=str(gate), begun=str(begun), what=what)
    with board(db, patch=patch, folder=tmp_path) as process:
        process.press(key)
        wait_until(begun.exists)
        pressed = monotonic()
        process.press(b"qq")  # back to the board, and out
        code = process.ended()
        assert monotonic() - pressed < AT_ONCE
        process.assert_given_back()
        assert (code, process.farewell) == (0, "")


def test_quitting_at_once_after_a_change_saves_it(db: Path) -> None:
    before = len(journal(db))
    with board(db) as process:
        process.press(b"Lq")
        assert process.ended() == 0
        assert process.farewell == ""
    assert len(journal(db)) == before + 1


def test_what_is_typed_into_a_form_does_not_quit_while_a_write_hangs(db: Path) -> None:
    with lock_held(db), board(db) as process:
        process.press(b"L")
        process.wait_for(b"saving")
        process.press(b"nquiet")
        process.wait_for(b"quiet")
        assert process.process.poll() is None
