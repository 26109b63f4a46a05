"""Trouble with the machine: it is shown, nothing queued, nothing lost, keys go on."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

import vsm.screens.board.writer
from vsm.app import VsmApp
from vsm.config import Config, load, read
from vsm.model.errors import BadInput, VsmError
from vsm.screens.dialog import Dialog

from .conftest import World


def _hold(path: Path) -> int:
    """Hold the lock that every writer takes; close the number to let go."""
    handle = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


@pytest.mark.promise(12)
async def test_while_a_write_waits_the_board_says_so_and_keys_go_on(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vsm.screens.board.writer, "SAVING", 0.001)
    monkeypatch.setattr(vsm.screens.board.writer, "PATIENCE", 0.05)
    async with filled.person() as anna:
        handle = _hold(filled.path)
        try:
            await anna.pilot.press("L")
            await anna.until(lambda: anna.screen.hints.message == "saving…")
            await anna.pilot.press("j", "j")
            await anna.until(lambda: anna.card.key == "PAY-3")
            await anna.pilot.press("L")
            await anna.until(lambda: "press the key again" in anna.screen.hints.message)
            anna.sees("press the key again")
        finally:
            os.close(handle)
        await anna.settle()
        assert "PAY-1" in anna.column("Ready")
        assert "PAY-3" in anna.column("Backlog")


async def test_what_cannot_be_saved_stays_on_the_screen_until_it_is_closed(
    filled: World,
) -> None:
    async with filled.person() as anna:
        await anna.app.writing.call(lambda session: session.close())
        moved = filled.path.with_name("aside.db")
        filled.path.rename(moved)
        filled.path.write_bytes(b"not a database at all" * 100)
        await anna.press("L", "j")
        anna.sees("Not saved", "Esc closes this")
        assert "PAY-1" in anna.column("Backlog")
        await anna.press("escape")
        assert "Not saved" not in anna.text
        filled.path.unlink()
        moved.rename(filled.path)


def test_a_stream_that_is_not_there_is_told_before_anything_is_drawn(filled: World) -> None:
    with pytest.raises(BadInput, match="Card issuing"):
        VsmApp(filled.path, actor="anna", stream="Nowhere")


def test_a_damaged_file_is_told_before_anything_is_drawn(world: World) -> None:
    world.path.write_bytes(b"garbage" * 1000)
    with pytest.raises(VsmError):
        VsmApp(world.path, actor="anna")


def test_a_configuration_is_read_and_its_errors_name_the_line(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml") == Config()
    assert read('theme = "light"\nascii = true\n', "c") == Config("light", True)
    for text, line in (
        ('ascii = true\ntheme = "pink"\n', "line 2"),
        ("\n\nascii = 1\n", "line 3"),
        ("[colours]\nx = 1\n", "line 1"),
        ("theme = \n", "line 1"),
    ):
        with pytest.raises(BadInput, match=line):
            read(text, "config.toml")


async def test_a_notice_is_written_in_sentences(filled: World, size: tuple[int, int]) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("l", "l", "L")
        anna.sees("Review is full: 2 of 2.", "Finish one of these first: PAY-7, PAY-8.")
        anna.screen.notice.show("There is no such file", "vsm import --help tells more")
        await anna.settle()
        anna.sees("There is no such file.", "vsm import --help tells more.")


@pytest.mark.parametrize("fate", ["gone", "garbage"])
async def test_whatever_becomes_of_the_file_the_board_stays_and_goes_on_when_it_is_back(
    filled: World, fate: str
) -> None:
    moved = filled.path.with_name("aside.db")
    async with filled.person() as anna:
        for keys in ("t", "e", "E", "m", "o", "s", "/a", "gPAY"):
            filled.path.rename(moved)
            if fate == "garbage":
                filled.path.write_bytes(b"not a database at all" * 100)
            await anna.press(*keys)
            await anna.press("escape", "escape", "escape", "j", "k", "l", "h")
            assert anna.app.fault is None and "PAY-1" in anna.column("Backlog"), keys
            filled.path.unlink(missing_ok=True)
            moved.rename(filled.path)
            await anna.press("escape", "escape", "L")
            assert "PAY-1" in anna.column("Ready"), keys
            await anna.press("z")
            assert anna.card.key == "PAY-1", keys


async def test_a_form_that_is_being_saved_is_neither_left_nor_saved_twice(filled: World) -> None:
    async with filled.person() as anna:
        await anna.pilot.press("n", *"Once", "tab")
        await anna.settle()
        handle = _hold(filled.path)
        try:
            await anna.pilot.press("ctrl+s")
            await anna.pilot.press("escape", "ctrl+s", "escape")
            await anna.pilot.pause()
        finally:
            os.close(handle)
        await anna.settle()
        assert not anna.app.screen.is_modal
        assert anna.text.count("Once") == 1


async def test_a_dialog_under_a_terminal_that_became_too_small_closes_once_it_is_seen(
    filled: World,
) -> None:
    async with filled.person(size=(80, 24)) as anna:
        await anna.press("n")
        form = anna.app.screen
        await anna.pilot.resize_terminal(30, 8)
        await anna.settle()
        assert isinstance(form, Dialog) and anna.app.screen is not form
        form.dismiss(None)
        await anna.settle()
        await anna.pilot.resize_terminal(80, 24)
        await anna.settle()
        assert not anna.app.screen.is_modal
        await anna.press("L")
        assert "PAY-1" in anna.column("Ready")


async def test_a_form_that_was_left_closes_nothing_below_it(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("o")
        below = anna.app.screen
        await anna.press("a")
        form = anna.app.screen
        assert isinstance(form, Dialog) and form is not below
        form.dismiss(None)
        form.on_screen_resume()  # comes late where the question above it went in the same turn
        await anna.settle()
        assert anna.app.screen is below
        anna.sees("Organisation: Card issuing")
