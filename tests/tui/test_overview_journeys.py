"""Journeys that begin with all streams: the PMO's Monday, and a coach's hour."""

from __future__ import annotations

import json
from pathlib import Path

from tests.tui.conftest import Person, World
from tests.tui.test_flow import anna, demo, made
from tests.tui.test_overview import BUILD, overview
from vsm.model.command import AddItem, BlockItem, CreateStream
from vsm.model.item import BlockerKind
from vsm.reader import Reader
from vsm.screens.board.screen import BoardScreen
from vsm.screens.bottlenecks import BottlenecksScreen
from vsm.screens.dependencies import DependenciesScreen
from vsm.screens.items_list import ItemDialog

__all__ = ["demo", "made"]

Size = tuple[int, int]


def add_streams(path: Path) -> None:
    """Three more streams, one of which holds too much and is blocked."""
    world = World(path)
    for name in ("Insurance", "Savings", "Treasury"):
        world.do(CreateStream(name, BUILD, "Europe/Berlin", name[:3].upper()))
    reader = Reader(path)
    savings = reader.stream_named("Savings")
    reader.close()
    build = savings.stages[1].id
    for title in ("Interest on the day", "Joint savings", "Tax report"):
        done = world.do(AddItem(savings.id, title, build, None, {}, "year end"))
        item = done.changes[0].item
        assert item is not None
        world.do(BlockItem(item, BlockerKind.DECISION, "rates are not decided"))


def first_row(person: Person) -> str:
    """The stream of the first row."""
    return next(line for line in person.lines[4:] if line.strip()).strip("█ ").split("  ")[0]


async def test_pmo_monday(demo: Path, size: Size) -> None:
    """Six streams: which is in trouble and why, whom others wait for, the page to send."""
    add_streams(demo)
    async with anna(demo, size) as person:
        await person.press("0")
        person.sees("6 streams", "Insurance", "Savings", "Treasury", "2 over a WIP limit")
        assert all(len(line) <= size[0] for line in person.lines)
        await person.press("ctrl+o", "home")
        person.sees("by WIP above the limits")
        assert first_row(person) == "Card issuing"
        await person.press("ctrl+o", "ctrl+o", "ctrl+o", "home")
        person.sees("by blocked")
        names = [row.stream for row in overview(person).result.streams if row.blocked >= 3]
        assert "Savings" in names
        while "█  Savings" not in person.text:
            await person.press("j")
        person.sees("3/2▲")
        await person.press("i")
        await person.type("blocked")
        await person.press("enter")
        person.sees("Savings, blocked: 3 items", "decision: rates are not decided")
        await person.press("enter")
        assert isinstance(person.app.screen, ItemDialog)
        await person.press("escape", "escape", "escape", "5")
        assert isinstance(person.app.screen, DependenciesScreen)
        person.sees("Ledger")
        await person.press("0", "X")
        await person.type("overview json")
        await person.press("enter", "ctrl+u")
        await person.type("monday.json")
        await person.press("enter")
        written = json.loads((demo.parent / "monday.json").read_text(encoding="utf-8"))
        assert written["schema"] == "vsm.overview/1"
        assert len(written["streams"]) == 6


async def test_a_coachs_hour_begins(demo: Path, size: Size) -> None:
    """Three streams, as they were a week ago and are now, into one and to its bottleneck."""
    async with anna(demo, size) as person:
        await person.press("0")
        now = overview(person).result.streams
        await person.press("comma")
        person.sees("As of", "read-only")
        before = overview(person).result.streams
        assert [row.stream for row in before] == [row.stream for row in now]
        assert [row.wip for row in before] != [row.wip for row in now]
        await person.press(";")
        assert overview(person).result.streams == now
        await person.press("enter")
        assert isinstance(person.app.screen, BoardScreen)
        await person.press("4")
        assert isinstance(person.app.screen, BottlenecksScreen)
        person.sees("Review limits the flow")
        await person.press("0", "j", "enter", "3")
        assert person.app.screen.stream.name == "Mobile app"
