"""Terminals as they are: too small, far away, without a clipboard of ours."""

from __future__ import annotations

import pytest

from vsm.app import VsmApp
from vsm.keymap import preset
from vsm.model.command import SetStream
from vsm.model.sanitise import HARMFUL

from .conftest import Person, World

Size = tuple[int, int]


# -- size -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(39, 24), (80, 9), (12, 3), (1, 1)])
async def test_a_terminal_that_is_too_small_says_so_and_how_large_it_has_to_be(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        words = " ".join(anna.text.split())
        assert "PAY-1" not in words
        if size[0] > 30:
            assert f"{size[0]}×{size[1]} is too small" in words
        await anna.press("L", "x", "n")
        assert anna.column("Backlog")[:2] == ["PAY-1", "PAY-2"]
        await anna.press("q")
        assert anna.app._exit


async def test_the_smallest_terminal_shows_a_board_and_its_dialogs(filled: World) -> None:
    async with filled.person(size=(40, 10)) as anna:
        anna.sees("Backlog", "PAY-1", "Token vault")
        for key, words in (("n", "Title"), ("b", "Reason"), ("x", "Reason for"), ("?", "Keys")):
            await anna.press(key)
            anna.sees(words)
            await anna.press("escape")


async def test_what_was_open_is_there_again_once_the_terminal_is_large_enough(
    filled: World,
) -> None:
    async with filled.person(size=(80, 24)) as anna:
        await anna.press("n")
        await anna.type("Half a tit")
        await anna.pilot.resize_terminal(30, 8)
        await anna.settle()
        assert "New item" not in anna.text
        await anna.pilot.resize_terminal(25, 8)
        await anna.settle()
        assert "25×8" in anna.text
        await anna.pilot.resize_terminal(80, 24)
        await anna.settle()
        anna.sees("New item", "Half a tit")
        await anna.type("le")
        await anna.press("enter")
        assert anna.card.title == "Half a title"


async def test_a_small_terminal_is_told_in_ascii_and_with_ones_own_key(filled: World) -> None:
    keys = preset("standard")
    async with filled.person(size=(30, 8), ascii_only=True, keymap=keys) as anna:
        anna.sees("30x8", "40x10", "Ctrl+Q quits")
        await anna.press("ctrl+q")
        assert anna.app._exit


# -- far away ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"])
def test_nothing_is_animated_over_ssh(
    filled: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for entry in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"):
        monkeypatch.delenv(entry, raising=False)
    assert VsmApp(filled.path, actor="anna").animation_level != "none"
    monkeypatch.setenv(name, "x")
    assert VsmApp(filled.path, actor="anna").animation_level == "none"


# -- the clipboard ------------------------------------------------------------------------


async def copied(person: Person, key: str) -> str:
    """What a key puts on the clipboard."""
    await person.press(key)
    return person.app.clipboard


async def test_y_copies_the_key_of_the_item_and_says_so(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        assert await copied(anna, "y") == "PAY-1"
        anna.sees("copied PAY-1")
        assert await copied(anna, "Y") == "PAY-1 Token vault rotation"


async def test_the_link_of_the_stream_is_copied_with_it(filled: World) -> None:
    filled.do(SetStream(filled.stream, {"link": "https://tracker.example/browse/{key}"}))
    async with filled.person() as anna:
        text = await copied(anna, "Y")
        assert text == "PAY-1 Token vault rotation https://tracker.example/browse/PAY-1"


async def test_hostile_titles_are_copied_as_one_harmless_line(world: World) -> None:
    world.begin()
    world.add("Backlog", "evil\x1b]52;c;ZXZpbA==\x07\nrm -rf \u202etxt")
    async with world.person() as anna:
        text = await copied(anna, "Y")
        assert not HARMFUL.search(text)
        assert "\n" not in text


async def test_without_an_item_nothing_is_copied(world: World) -> None:
    world.begin()
    async with world.person() as anna:
        assert await copied(anna, "y") == ""
        anna.sees("There is no item under the cursor")
