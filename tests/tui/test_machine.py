"""A session with fewer capabilities: nothing of this computer that it may not use."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from textual.app import App

from tests.tui.conftest import World
from vsm.machine import Machine

SERVED = Machine(environment={"NO_COLOR": "1", "EDITOR": "must-not-run"}, editor=False, files=False)


async def test_a_served_session_runs_no_editor_and_touches_no_files(
    filled: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an editor was started")

    monkeypatch.setattr(subprocess, "run", refuse)
    before = {path.name for path in tmp_path.iterdir()}
    async with filled.person(machine=SERVED) as anna:
        await anna.press("E")
        anna.sees("Not available in this session")
        await anna.press("escape", "X")
        anna.sees("Not available in this session")
        assert not anna.app.screen.is_modal
        await anna.press("colon", *"export")
        anna.sees("No match")
    assert {path.name for path in tmp_path.iterdir()} - before <= {"vsm.db-wal", "vsm.db-shm"}


async def test_a_session_takes_colours_from_its_own_environment(filled: World) -> None:
    async with filled.person(machine=SERVED) as anna:
        assert anna.app.no_color
    async with filled.person(machine=Machine(environment={})) as anna:
        assert not anna.app.no_color


async def test_a_session_without_a_clipboard_copies_nothing(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(App, "copy_to_clipboard", lambda _app, text: copied.append(text))
    async with filled.person(machine=Machine(clipboard=False)) as anna:
        await anna.press("y", "Y")
        anna.sees("Not available in this session")
        assert not copied
    async with filled.person() as anna:
        card = anna.card
        await anna.press("y")
        assert card is not None and copied == [card.key]


async def test_an_empty_database_of_a_served_session_offers_no_import(world: World) -> None:
    async with world.person(machine=SERVED) as anna:
        assert "Import a file" not in anna.text
        await anna.press("3")
        assert not anna.app.screen.is_modal
