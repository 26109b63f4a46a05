"""Screens of the past have the stages of then, and say what of it is as of now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.connect.test_past_fields import Past
from tests.connect.test_past_fields import past as past  # the fixture
from tests.connect.test_past_mark import imported
from tests.tui.conftest import Person
from vsm.app import VsmApp
from vsm.model import command as c
from vsm.model.item import LinkKind
from vsm.model.stream import Category


@asynccontextmanager
async def board(path: Path, now: int, size: tuple[int, int]) -> AsyncIterator[Person]:
    """A person before the board of Pay at a moment."""
    app = VsmApp(path, actor="anna", stream="Pay", now=lambda: now)  # type: ignore[call-arg]
    async with app.run_test(size=size) as pilot:
        person = Person(app, pilot)
        await person.settle()
        yield person


async def test_the_policies_of_the_past_show_the_behaviour_of_then(past: Past) -> None:
    build = past.pay.line[1]
    item = past.add("One", 0)
    past.do(c.MoveItem(item, build.id), day=0)
    past.do(c.SetStage(build.id, {"behaviour": "scheduled"}), day=4)
    past.do(c.SetStage(build.id, {"behaviour": "worked"}), day=8)
    async with board(past.session.path, past.at(9), (80, 24)) as person:
        await person.press("i")
        person.sees("Behaviour worked")
        await person.press("escape", ",", "i")
        person.sees("As of 4 Mar 2026 09:00", "Build")
        assert "Behaviour" not in person.text
        await person.press("escape", *["greater_than_sign"] * 4, "i")
        person.sees("Behaviour released on schedule", "Esc: close")
        await person.press("e")
        person.sees("Behaviour released on schedule")
        await person.press("w")
        person.sees("Behaviour released on schedule")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_all_screens_have_the_stages_of_then(past: Past, size: tuple[int, int]) -> None:
    ready, build, done = past.pay.line
    item, other = past.add("One", 0), past.add("Other", 0)
    past.do(c.LinkItems(item, other, LinkKind.BLOCKS), day=0)
    past.do(c.MoveItem(item, build.id), day=1)
    past.do(c.SetStage(build.id, {"name": "Make"}), day=8)
    past.do(c.AddStage(past.pay.id, c.NewStage("Check", Category.ACTIVE)), day=8)
    past.do(c.RetireStage(ready.id, to=build.id), day=8)
    path = past.session.path
    async with board(path, past.at(9), size) as person:
        assert [col.head.stage.name for col in person.board.columns] == ["Make", "Check", "Done"]
        await person.press(",")
        assert [col.head.stage.name for col in person.board.columns] == ["Ready", "Build", "Done"]
        person.sees("As of 4 Mar 2026 09:00")
        assert "as of now" not in person.text
        await person.press("enter")
        person.sees("PAY-1", "Stage       Build")
        if size == (120, 40):
            person.sees("moved from Ready to", "Build")
        await person.press("escape", "3")
        person.sees("As of 4 Mar 2026 09:00")
        assert "Make" not in person.text
        await person.press("5")
        person.sees("Build")
        assert "Make" not in person.text
        await person.press("1", "i")
        assert "Make" not in person.text
        await person.press("escape", ";")
        assert [col.head.stage.name for col in person.board.columns] == ["Make", "Check", "Done"]
        assert done.name == "Done"


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_what_is_as_of_now_is_said_once_beside_the_date(
    past: Past, size: tuple[int, int]
) -> None:
    imported(past, "Pay", 5)
    path = past.session.path
    async with board(path, past.at(9), size) as person:
        await person.press(",")
        for key in ("1", "3", "4", "5"):
            await person.press(key)
            assert person.text.count("fields as of now") == 1, key
        await person.press("1", ";")
        assert "as of now" not in person.text
