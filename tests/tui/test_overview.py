"""Screen 0: all streams, into a stream, behind a figure, sorted, live, filtered, as of then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import vsm.screens.analyses
from tests.tui.conftest import Person, World
from tests.tui.test_flow import NOW, anna, demo, made
from vsm.features.overview.reading import read_overview
from vsm.features.overview.report import stages_text
from vsm.features.overview.results import Overview
from vsm.machine import Machine
from vsm.model.command import AddItem, BlockItem, CreateStream, NewStage
from vsm.model.item import BlockerKind
from vsm.model.stream import Category, LimitKind
from vsm.reader import Reader
from vsm.screens.board.screen import BoardScreen
from vsm.screens.bottlenecks import BottlenecksScreen
from vsm.screens.items_list import ItemDialog
from vsm.screens.overview import OverviewScreen

__all__ = ["demo", "made"]

Size = tuple[int, int]
BUILD = (
    NewStage("Ideas", Category.BACKLOG),
    NewStage("Build", Category.ACTIVE, 2, LimitKind.SOFT),
    NewStage("Done", Category.DONE),
)


def overview(person: Person) -> OverviewScreen:
    """The overview, under dialogs too."""
    return next(s for s in person.app.screen_stack if isinstance(s, OverviewScreen))


def line_of(person: Person, name: str) -> str:
    """The row of a stream."""
    (line,) = [line for line in person.lines[3:] if name in line and ":" not in line]
    return line


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_row_for_each_stream(demo: Path, size: Size) -> None:
    reader = Reader(demo)
    expected = read_overview(reader, NOW)
    reader.close()
    async with anna(demo, size) as person:
        await person.press("0")
        assert "[0 Overview] 1 Board" in person.text and "All value streams" in person.lines[0]
        for row in expected.streams:
            name = row.stream if size[0] > 80 else row.stream[:8]
            line = line_of(person, name)
            assert f"{row.wip}/{row.limit}" in line and f"{row.cycle_time.p85} d" in line
            assert row.oldest is not None
            assert f"{row.oldest.key} {row.oldest.age} d" in line
            assert (stages_text(row) in line) == (size[0] > 80), "stages need room"
        assert all(len(line) <= size[0] for line in person.lines)


async def test_enter_opens_the_board_and_0_comes_back_to_the_row(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("0", "j", "enter")
        assert isinstance(person.app.screen, BoardScreen)
        assert person.app.screen.stream.name == "Mobile app"
        await person.press("0")
        person.sees("█  Mobile app")
        await person.press("enter")
        assert person.app.screen.stream.name == "Mobile app"
        await person.press("0", "q")
        assert isinstance(person.app.screen, BoardScreen)


async def test_the_items_behind_each_figure(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("0")
        shown = overview(person).result
        assert isinstance(shown, Overview)
        row = shown.streams[0]
        await person.press("i")
        person.sees("Card issuing", "Work in progress", "Cycle time", "85% of", "To review")
        await person.press("enter")
        person.sees(f"Card issuing, wip: {row.wip} items", f"{row.oldest and row.oldest.key}")
        await person.press("escape")
        await person.type("thr")
        await person.press("enter")
        count = sum(week.finished for week in row.throughput.weeks)
        person.sees(f"throughput: {count} items", "finished")
        await person.press("escape")
        await person.type("cycle")
        await person.press("enter")
        person.sees(f"cycle time: {row.cycle_time.n} items")
        await person.press("escape")
        await person.type("blocked")
        await person.press("enter")
        person.sees(f"blocked: {row.blocked} items")
        await person.press("escape")
        await person.type("to review")
        await person.press("enter")
        held = next(stage.wip for stage in row.stages if stage.stage == "To review")
        person.sees(f"Card issuing, To review: {held} items", "d there")
        await person.press("escape", "escape")
        assert person.app.screen is overview(person)


async def test_from_the_oldest_item_to_its_board(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("0", "j")
        shown = overview(person).result
        oldest = shown.streams[1].oldest
        assert oldest is not None
        await person.press("i")
        await person.type("oldest")
        await person.press("enter")
        assert isinstance(person.app.screen, ItemDialog)
        await person.press("enter")
        assert isinstance(person.app.screen, BoardScreen)
        assert (person.app.screen.stream.name, person.card.key) == ("Mobile app", oldest.key)


async def test_what_limits_each_stream_fills_in(
    demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []

    async def analysis(path: Path, stream: Any, *verb: str, **_: Any) -> dict[str, Any] | None:
        asked.append((stream.name, *verb))
        limit = {"stages": ["Review"], "team": None, "confidence": 0.9}
        finding = {"kind": "stage", "confidence": 0.9}
        if stream.name == "Mobile app":
            finding, limit = {"kind": "demand", "confidence": 0.7}, None  # type: ignore[assignment]
        return {"finding": finding, "constraint": limit}

    monkeypatch.setattr(vsm.screens.analyses, "analysis", analysis)
    async with anna(demo, machine=Machine(processes=True)) as person:
        await person.press("0")
        await person.until(lambda: len(overview(person).limiting) == 3)
        await person.settle()
        assert asked[0] == ("Card issuing", "bottlenecks"), "the stream that one came from first"
        assert "Review" in line_of(person, "Card issuing")
        assert line_of(person, "Mobile app").rstrip().endswith("–")
        await person.press("i")
        await person.type("bottleneck")
        await person.press("enter")
        await person.settle()
        assert isinstance(person.app.screen, BottlenecksScreen)


async def test_sorted_by_a_key(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("0")
        shown = overview(person).result

        def rows() -> list[str]:
            names = [row.stream for row in shown.streams]
            return sorted(names, key=lambda name: person.text.index(name))

        assert rows() == sorted(rows())
        for values in (
            lambda row: -(row.cycle_time.p85 or 0),
            lambda row: -(row.oldest.age if row.oldest else 0),
            lambda row: -row.blocked,
            lambda row: -row.wip,
        ):
            await person.press("ctrl+o")
            if "by WIP above" in person.text:
                await person.press("ctrl+o")
            assert rows() == [row.stream for row in sorted(shown.streams, key=values)]
            person.sees("█  Card issuing")
        await person.press("ctrl+o")
        assert "by WIP" not in person.text


async def test_others_are_seen_and_the_cursor_stays(filled: World) -> None:
    filled.do(CreateStream("Mobile", BUILD, "Europe/Berlin", "MOB"))
    async with filled.person() as person:
        await person.press("0", "j")
        assert "MOB" not in person.text and "█  Mobile" in person.text
        reader = Reader(filled.path)
        mobile = reader.stream_named("Mobile")
        reader.close()
        done = filled.do(AddItem(mobile.id, "Login", mobile.stages[1].id))
        item = done.changes[0].item
        assert item is not None
        filled.do(BlockItem(item, BlockerKind.DECISION, "which one?"))
        filled.do(CreateStream("Archive", BUILD, "Europe/Berlin", "ARC"))
        screen = overview(person)
        screen.poller.poll()
        screen.poller.recompute()
        await person.settle()
        line = line_of(person, "█  Mobile")
        assert "1/2" in line and "MOB-1 1 d" in line
        person.sees("3 streams", "1 blocked", "Archive")


async def test_a_filter_narrows_figures_and_goes_along(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("0", "/")
        await person.type("team:risk")
        await person.press("enter")
        shown = overview(person).result
        reader = Reader(demo)
        from vsm.model.query_parser import parse

        assert shown.streams == read_overview(reader, NOW, parse("team:risk")).streams
        reader.close()
        person.sees("filter: team:risk")
        await person.press("enter")
        assert person.app.screen.query_text == "team:risk"


async def test_the_past_is_that_of_its_moment(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("0", *["comma"] * 6)
        at = person.app.view.at
        assert at is not None
        reader = Reader(demo)
        expected = read_overview(reader, at, past=True)
        reader.close()
        assert overview(person).result.streams == expected.streams
        person.sees("As of", "as of")


async def test_a_single_stream_and_forty_with_wide_names(filled: World, size: Size) -> None:
    async with filled.person(size=size) as person:
        await person.press("0")
        person.sees("1 stream, 5 in progress", "Card issuing", "5/8")
        await person.press("G", "home", "i", "escape", "escape")
    for n in range(39):
        filled.do(CreateStream(f"Strom {n:02} " + "日本語の" * 9, BUILD, "Europe/Berlin", f"S{n}"))
    async with filled.person(size=size) as person:
        await person.press("0")
        person.sees("40 streams")
        assert all(len(line) <= size[0] for line in person.lines)
        assert ("more" in person.text) == (size[1] < 45)
        await person.press("G")
        person.sees("Strom 38")
        await person.press("enter")
        assert person.app.screen.stream.name.startswith("Strom 38")


async def test_twenty_stages_fit(world: World) -> None:
    stages = [NewStage("Backlog", Category.BACKLOG)]
    stages += [NewStage(f"Step {n}", Category.ACTIVE, 9, LimitKind.SOFT) for n in range(18)]
    stages += [NewStage("Done", Category.DONE)]
    world.do(CreateStream("Long", stages, "UTC", "L"))
    for width in (80, 120, 200):
        async with world.person(size=(width, 30)) as person:
            await person.press("0")
            assert ("0/9 0/9" in person.text) == (width > 80)
            assert all(len(line) <= width for line in person.lines)
            await person.press("i")
            await person.type("step 17")
            person.sees("Step 17", "0/9")


async def test_help_says_the_rule_of_the_arrows(filled: World) -> None:
    async with filled.person() as person:
        await person.press("0", "?")
        person.sees("Overview", "An arrow stands only where the latest full week is a signal")
        await person.press("?")
        person.sees("Show the items behind a figure")


async def test_it_can_be_the_first_screen(filled: World) -> None:
    from vsm.app import VsmApp

    app = VsmApp(filled.path, actor="anna")
    app.view.first_screen = "overview"
    async with app.run_test(size=(100, 30)) as pilot:
        person = Person(app, pilot)
        await person.until(lambda: isinstance(app.screen, OverviewScreen))
        await person.settle()
        person.sees("1 stream")


@pytest.fixture(autouse=True)
def no_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is kept between tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    yield
