"""A session with fewer capabilities: nothing of this computer that it may not use."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App

from tests.tui.conftest import World
from vsm.actions import ACTIONS, BY_ID, Action, Needs, Scope
from vsm.machine import Machine, served
from vsm.screens.situation import situation

SERVED = Machine(
    environment={"NO_COLOR": "1", "EDITOR": "must-not-run"},
    editor=False,
    files=False,
    suspend=False,
)


async def test_a_served_session_runs_no_editor_and_touches_no_files(
    filled: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an editor was started")

    monkeypatch.setattr(subprocess, "run", refuse)
    before = {path.name for path in tmp_path.iterdir()}
    async with filled.person(machine=SERVED) as anna:
        await anna.press("E")
        anna.sees("No editor in this session: e edits the description here")
        await anna.press("escape", "I")
        anna.sees("No files can be read in this session: vsm import reads them on the computer")
        assert not anna.app.screen.is_modal
        await anna.press("colon", *"import")
        anna.sees("No match")
    assert {path.name for path in tmp_path.iterdir()} - before <= {"vsm.db-wal", "vsm.db-shm"}


async def test_a_session_names_the_door_that_offers_less(filled: World) -> None:
    for source, where in (("ssh", "over SSH"), ("web", "in a browser")):
        machine = served({}, None, source)
        async with filled.person(machine=machine) as anna:
            await anna.press("E")
            anna.sees(f"No editor {where}: e edits the description here")
            await anna.press("escape", "ctrl+z")
            anna.sees(f"There is no shell to go to {where}: q leaves vsm")


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
        anna.sees("Nothing can be copied in this session: select the text with the mouse")
        assert not copied
    async with filled.person() as anna:
        card = anna.card
        await anna.press("y")
        assert card is not None and copied == [card.key]


async def test_an_empty_database_of_a_served_session_offers_a_template_alone(
    world: World, tmp_path: Path
) -> None:
    async with world.person(machine=SERVED) as anna:
        assert "Import a file" not in anna.text and "Try the demo" not in anna.text
        await anna.press("3", "1")
        assert not anna.app.screen.is_modal
        anna.sees("Start from a template")
    assert not list(tmp_path.glob("*demo*"))


# -- exports through the terminal ------------------------------------------------------------


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the terminal is asked to copy."""
    texts: list[str] = []
    monkeypatch.setattr(App, "copy_to_clipboard", lambda _app, text: texts.append(text))
    return texts


async def test_a_served_session_exports_to_the_clipboard(
    filled: World, tmp_path: Path, copied: list[str]
) -> None:
    file = tmp_path / "items.csv"
    async with filled.person() as ben:
        await ben.press("X", *"csv", "enter", "ctrl+u")
        await ben.type(str(file))
        await ben.press("enter")
    async with filled.person(machine=SERVED) as anna:
        await anna.press("X", *"csv", "enter")
        anna.sees("Copied", "items to the clipboard of your terminal")
        assert not anna.app.screen.is_modal
        await anna.press("3", "X", *"plain", "enter")
        anna.sees("Copied", "clipboard")
    items, report = copied
    assert items == file.read_bytes().decode() and items.startswith("key,")
    assert report.startswith("Card issuing: flow metrics\n")


async def test_what_is_too_long_to_copy_is_refused(
    filled: World, copied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsm.screens.exporting.COPY_MOST", 100)
    async with filled.person(machine=SERVED) as anna:
        await anna.press("X", *"csv", "enter")
        anna.sees("more than 100 characters, which is too much to copy", "vsm export")
    assert not copied


async def test_without_files_and_clipboard_nothing_is_exported(filled: World) -> None:
    nothing = Machine(editor=False, files=False, clipboard=False)
    async with filled.person(machine=nothing) as anna:
        await anna.press("X")
        anna.sees("Nothing can be exported in this session: vsm export does it on the computer")


# -- every action ------------------------------------------------------------------------------

_watching: list[str] | None = None
"""Where what reaches out to the machine is noted; ``None`` while nobody watches."""
_OUTSIDE = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn")


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if _watching is None:
        return
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
    if writes or event in _OUTSIDE or event in ("webbrowser.open", "os.kill", "os.rename"):
        _watching.append(f"{event} {arguments[0]}")


_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
sys.addaudithook(_watch)


@pytest.fixture
def reached() -> Iterator[list[str]]:
    """What was written, started or ended; files beside the database are not counted."""
    global _watching
    _watching = []
    yield _watching
    _watching = None


_SHOWN_BY = {
    Scope.BOARD: ("1",),
    Scope.MAP: ("2",),
    Scope.FLOW: ("3",),
    Scope.REPORT: ("4",),
    Scope.DEPENDENCIES: ("5",),
    Scope.TEAMS: ("6",),
    Scope.FORECAST: ("7",),
    Scope.ORGANISATION: ("1", "o"),
    Scope.ITEM: ("1", "i"),
}
"""Keys that lead to a place from wherever one is."""


def place_of(action: Action) -> Scope:
    """A place where an action can be run; what needs none, or a dialog, is run on the board."""
    return next((place for place in _SHOWN_BY if place in action.scopes), Scope.BOARD)


@pytest.mark.promise(20)
@pytest.mark.parametrize("place", _SHOWN_BY)
async def test_no_action_of_a_served_session_reaches_out(
    filled: World, reached: list[str], copied: list[str], place: Scope
) -> None:
    denied = Needs.EDITOR | Needs.FILES | Needs.SUSPEND
    async with filled.person(machine=SERVED) as anna:
        reached.clear()
        for action in ACTIONS:
            if place_of(action) is not place or action.id == "quit":
                continue
            while anna.app.screen.is_modal:
                anna.app.screen.dismiss(None)
                await anna.settle()
            if place not in situation(anna.app.screen).scopes:
                await anna.press(*_SHOWN_BY[place])
            await anna.app.run_action(f"app.{action.id}")
            await anna.settle()
            if action.needs & denied:
                anna.sees("in this session: ")
            lacking = action.lacks(situation(anna.app.screen)) & Needs.MACHINE
            assert lacking == action.needs & denied, action.id
            assert [what for what in reached if str(filled.path) not in what] == [], action.id


async def test_keys_of_textual_itself_reach_nothing_either(filled: World) -> None:
    async with filled.person(machine=SERVED) as anna:
        for keys in ((), ("n",), ("colon",), ("X",), ("3",), ("question_mark",)):
            await anna.press("escape", *keys)
            for binding in anna.app.screen.active_bindings.values():
                name = binding.binding.action.rpartition(".")[2]
                for word in ("screenshot", "palette", "theme", "dark", "devtools", "url"):
                    assert word not in name or name in BY_ID, name
