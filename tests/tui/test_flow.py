"""The figures: pages, one alone, its cursor, the items behind it, definition, window, filter."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.tui.conftest import Person, World
from vsm.app import VsmApp
from vsm.model.rules import DAY, to_micros
from vsm.screens.flow import FlowScreen
from vsm.store.sqlite import sqlite3

NOW = to_micros(datetime(2026, 3, 31, 12, tzinfo=UTC))
Size = tuple[int, int]


@pytest.fixture(scope="module")
def made(demo_of: Callable[[date], Path]) -> Path:
    return demo_of(date(2026, 3, 31))


@pytest.fixture
def demo(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    copy = tmp_path / "demo.db"
    with sqlite3.connect(made) as old, sqlite3.connect(copy) as new:
        old.backup(new)
    old.close()
    new.close()
    monkeypatch.chdir(tmp_path)
    yield copy


@asynccontextmanager
async def anna(path: Path, size: Size = (120, 40), **options: object) -> AsyncIterator[Person]:
    settings = {"stream": "Card issuing", "now": lambda: NOW, **options}
    app = VsmApp(path, actor="anna.kern", **settings)  # type: ignore[arg-type]
    async with app.run_test(size=size) as pilot:
        person = Person(app, pilot)
        await person.settle()
        yield person


def flow(person: Person) -> FlowScreen:
    screen = next(s for s in person.app.screen_stack if isinstance(s, FlowScreen))
    return screen


TITLES = (
    *("Cycle time", "Cumulative flow", "Ageing work", "Throughput", "Flow efficiency"),
    *("Blockers", "Rework", "Work mix"),
)


@pytest.mark.parametrize("size", [(120, 40), (160, 50), (200, 60)])
async def test_all_figures_fit_where_there_is_room(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        await person.press("3")
        person.sees(*TITLES, "90 days", "1 Jan 2026 – 31 Mar 2026", "% active")
        assert "page" not in person.text


async def test_pages_where_there_is_less(demo: Path) -> None:
    async with anna(demo, (80, 24)) as person:
        await person.press("3")
        person.sees(*TITLES[:4], "page 1 of 2")
        assert TITLES[4] not in person.text
        await person.press("pagedown")
        person.sees(*TITLES[4:], "page 2 of 2")
        await person.press("home")
        person.sees("page 1 of 2")
        for _ in TITLES:
            await person.press("tab")
        assert flow(person).dashboard.chosen == 0
        await person.press("shift+tab")
        assert flow(person).dashboard.chosen == len(TITLES) - 1


async def test_arrows_go_where_the_figure_lies(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("3")
        board = flow(person).dashboard
        names = []
        for key in ("l", "j", "l", "j", "h", "k", "k", "h"):
            await person.press(key)
            assert board.chart is not None
            names.append(board.chart.title)
        assert names[0] == "Cumulative flow"
        assert names[-1] == "Cycle time"
        assert {"Work mix", "Rework"} & set(names)


async def test_a_cursor_reads_values_and_enter_lists_the_items_behind(
    demo: Path, size: Size
) -> None:
    async with anna(demo, size) as person:
        await person.press("3", "enter")
        screen = flow(person)
        assert screen.dashboard.stop is not None
        last = screen.dashboard.stop
        person.sees(last.label.split(":")[0], "finished after")
        await person.press("left")
        before = screen.dashboard.stop
        assert before is not None and before is not last
        await person.press("end", "enter")
        count = len(last.items)
        person.sees(f"Cycle time: {count} item", "days")
        keys = [brief.key for brief in person.screen.reader.briefs(item for item, _ in last.items)]
        person.sees(*keys)
        await person.press("enter")
        person.sees("Enter: go to it on the board", "Cycle time", "Started")
        await person.press("escape", "escape", "escape")
        person.sees(*TITLES[:2])


async def test_every_figure_has_its_items_behind_it(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("3")
        screen = flow(person)
        for n, title in enumerate(TITLES):
            screen.dashboard.choose(n)
            await person.press("enter")
            chart = screen.dashboard.chart
            assert chart is not None and chart.title == title and chart.stops
            for _ in range(len(chart.stops)):
                stop = screen.dashboard.stop
                if stop is not None and (stop.items or stop.ask):
                    break
                await person.press("right")
            await person.press("enter")
            if person.app.screen is screen:  # nothing at this place, and it says so
                person.sees("No item is behind this")
            else:
                person.sees(f"{title}: ")
                await person.press("escape")
            await person.press("escape")
            assert not screen.dashboard.alone


async def test_from_a_point_to_the_item_on_the_board(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("3", "tab", "tab", "enter")
        screen = flow(person)
        assert screen.dashboard.chart is not None
        while screen.dashboard.stop is not None and not screen.dashboard.stop.items:
            await person.press("right")
        stop = screen.dashboard.stop
        assert stop is not None
        (brief,) = person.screen.reader.briefs([stop.items[0][0]])
        await person.press("enter", "enter", "enter")
        assert not any(isinstance(s, FlowScreen) for s in person.app.screen_stack)
        assert person.card.key == brief.key


async def test_a_definition_with_the_arithmetic_then_all_keys(demo: Path) -> None:
    async with anna(demo, (160, 50)) as person:
        await person.press("3", "?")
        cycle = flow(person).figures.basic.cycle_time_days  # type: ignore[union-attr]
        person.sees("Calendar days from start to finish", f"85%: {cycle.p85} days")
        person.sees(f"{cycle.n} items finished in the window with a known start")
        await person.press("?")
        person.sees("Keys and symbols")
        await person.press("escape", "tab", "?")
        person.sees("Little's Law:", "reached counts the items")


async def test_the_window_is_one_key(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("3", "w")
        person.sees("180 days")
        await person.press("w")
        person.sees(" All ")
        first = flow(person).figures.basic.first  # type: ignore[union-attr]
        result = person.screen.reader.activity(person.screen.stream)
        assert result is not None
        assert first == datetime.fromtimestamp(result[0] / 1e6, UTC).date()
        await person.press("w")
        person.sees("14 days", "18 Mar 2026 – 31 Mar 2026")
        await person.press("W", "W", "W")
        person.sees("90 days")


async def test_old_figures_stay_dimmed_until_others_are_there(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("3")
        board = flow(person).dashboard
        busy, shown = threading.Event(), board.charts
        waiting = asyncio.create_task(person.app.reading.call(lambda reader: busy.wait(30)))
        await person.pilot.press("w")
        await person.until(lambda: board.stale)
        assert board.charts is shown
        person.sees(*TITLES, "90 days")
        busy.set()
        await waiting
        await person.settle()
        assert not board.stale and board.charts is not shown
        person.sees("180 days")


async def test_a_filter_goes_along_both_ways(demo: Path, size: Size) -> None:
    async with anna(demo, size, query="type:bug") as person:
        await person.press("3")
        person.sees("filter: type:bug")
        figures = flow(person).figures
        assert figures is not None
        assert dict(figures.types_finished.counts)["feature"] == 0
        await person.press("/")
        for _ in "type:bug":
            await person.pilot.press("backspace")
        await person.type("team:Risk")
        await person.press("enter")
        person.sees("filter: team:Risk")
        await person.press("1")
        assert person.screen.query_text == "team:Risk"
        person.sees("team:Risk")


async def test_a_filter_chooses_what_bottlenecks_and_dependencies_list(
    demo: Path, size: Size
) -> None:
    from vsm.screens.bottlenecks import BottlenecksScreen
    from vsm.screens.dependencies import DependenciesScreen

    async with anna(demo, size) as person:
        await person.press("4")
        screen = person.app.screen
        assert isinstance(screen, BottlenecksScreen) and screen.shown is not None
        every = screen.shown
        await person.press("/")
        await person.type("team:Risk")
        await person.press("enter")
        person.sees("filter: team:Risk")
        assert screen.shown.filter == "team:Risk" and screen.shown.stages == every.stages
        assert screen.shown.verdict == every.verdict
        await person.press("5")
        waits = person.app.screen
        assert isinstance(waits, DependenciesScreen) and waits.shown is not None
        assert waits.shown.filter == "team:Risk"
        person.sees("filter: team:Risk", "No open dependency has an item that matches")
        await person.press("/")
        await person.press("escape")
        assert not waits.filter and waits.shown.waits
        person.sees("open dependencies over all streams")
        await person.press("1")
        assert person.screen.query_text == ""


async def test_a_filter_that_cannot_be_read_says_so(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("3", "/")
        await person.type("due:<nonsense")
        person.sees("wrong at column")
        await person.press("escape")
        assert flow(person).query_text == ""
        person.sees(*TITLES[:2])


async def test_what_others_finish_shows_before_long(filled: World) -> None:
    async with filled.person() as person:
        await person.press("3")
        screen = flow(person)
        assert screen.figures is not None and screen.figures.basic.items.finished == 0
        from vsm.model.command import MoveItem

        item = person.screen.reader.find_key("PAY-6")
        assert item is not None
        filled.do(MoveItem(item.id, filled.stages["Done"], item.version))
        screen.poller.poll()
        screen.poller.recompute()
        await person.settle()
        assert screen.figures.basic.items.finished == 1


async def test_an_empty_stream_has_empty_figures_and_no_fault(world: World, size: Size) -> None:
    world.begin()
    async with world.person(size=size) as person:
        await person.press("3")
        person.sees("nothing finished with a known start")
        for key in ("enter", "enter", "left", "?", "escape", "escape", "w", "w", "w", ",", "$"):
            await person.press(key)
        person.sees("Nothing has happened here yet")
        await person.press("1")
        assert person.app.screen is person.screen


async def test_q_and_1_go_back_and_3_comes_again(demo: Path) -> None:
    async with anna(demo) as person:
        for key in ("1", "q"):
            await person.press("3")
            assert isinstance(person.app.screen, FlowScreen)
            await person.press(key)
            assert person.app.screen is person.screen
        assert person.app.is_running


async def test_another_stream_from_the_figures(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("3", "s")
        await person.type("Mobile")
        await person.press("enter")
        await person.settle()
        assert isinstance(person.app.screen, FlowScreen)
        person.sees("Mobile app", *TITLES[:2])


# -- the past -----------------------------------------------------------------------------


async def test_board_header_and_figures_follow_through_time(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        now = {c.head.stage.name: c.head.wip for c in person.board.columns}
        await person.press(",")
        person.sees("As of 24 Mar 2026 14:00", "7 days ago")
        then = {c.head.stage.name: c.head.wip for c in person.board.columns}
        assert then != now
        await person.press("[", "<", "}", ">")
        person.sees("As of 18 Mar 2026 14:00")  # the time of day, though clocks went forward
        await person.press("3")
        figures = flow(person).figures
        assert figures is not None
        shown = {c.head.stage.name: c.head.wip for c in person.board.columns}
        open_ = {
            name: n for name, n in figures.basic.wip.by_stage if name not in ("Done", "Dropped")
        }
        assert {name: shown[name] for name in open_} == open_
        person.sees("As of 18 Mar 2026")
        await person.press(";")
        assert "As of" not in person.text
        await person.press("1")
        assert {c.head.stage.name: c.head.wip for c in person.board.columns} == now


async def test_the_past_cannot_be_changed_and_says_why(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        await person.press(",")
        seq = person.screen.reader.position()
        for key in ("L", "H", "n", "e", "t", "b", "x", "a", "m", "space", "z", "w", "o", "J", "T"):
            await person.press(key)
            assert person.app.screen is person.screen, key
            person.sees("Read-only: viewing", "ress ; to go back to now")
            person.screen.hints.say("")
        assert person.screen.reader.position() == seq
        await person.press(";", "t")
        assert person.screen.reader.position() == seq + 1


async def test_the_ends_of_time(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press(".")
        person.sees("nothing is known of what comes")
        await person.press(";")
        person.sees("This is now")
        for _ in range(60):
            await person.press(",")
        result = person.screen.reader.activity(person.screen.stream)
        assert result is not None and person.app.view.at == result[0]
        person.sees("This is where the data begins")
        await person.press("$")
        assert person.app.view.at == result[1] or person.app.view.at is None


async def test_what_others_do_meanwhile_is_there_on_the_way_back(filled: World) -> None:
    async with filled.person() as person:
        await person.press("<")
        assert person.app.view.at is not None
        filled.add("Backlog", "Added meanwhile")
        await person.watch()
        assert "Added meanwhile" not in person.text
        await person.press(";")
        person.sees("Added")


async def test_details_of_then(demo: Path) -> None:
    async with anna(demo, (160, 50)) as person:
        await person.press(",", ",", ",", "l", "l", "enter")
        card = person.card
        person.sees(card.key, "Build")
        detail = person.screen.reader.detail(card.id, person.app.view.at or 0, past=True)
        assert detail is not None and detail.stage == person.stage
        assert all(line.at <= (person.app.view.at or 0) for line in detail.history)


async def test_ages_stand_against_the_pace(demo: Path) -> None:
    async with anna(demo) as person:
        person.screen.parts.data.learn_pace()
        await person.settle()
        steps = {card.step for column in person.board.columns for card in column.cards}
        assert len(steps) > 2
        for column in person.board.columns:
            levels = person.screen.parts.data.pace.get(column.head.stage.id, ())
            for card in column.cards:
                expected = sum(card.age > level for level in levels) if card.age else 0
                assert card.step == expected
                if card.step:
                    assert "▂▄▆█"[card.step - 1] in person.text
        assert person.screen.parts.data.pace


# -- exports ------------------------------------------------------------------------------


async def test_export_from_board_and_figures(demo: Path, tmp_path: Path) -> None:
    async with anna(demo) as person:
        await person.press("X", "enter", "enter")
        person.sees("Wrote 1 value stream with ")
        (result,) = tmp_path.glob("card-issuing-snapshot-*.json")
        report = json.loads(result.read_text(encoding="utf-8"))
        assert report["as_of"].startswith("2026-03-31T12:00")
        await person.press("3", ",", "X", "enter", "enter")
        person.sees("Wrote")
        (then,) = tmp_path.glob("card-issuing-snapshot-2026-03-24.json")
        assert json.loads(then.read_text(encoding="utf-8"))["as_of"].startswith("2026-03-24")


@pytest.mark.parametrize(
    ("keys", "name", "word"),
    [
        ("1", "board", "CARD-197"),
        ("3", "flow-metrics", "Little&#x27;s Law"),
        ("4", "bottlenecks", "Review limits the flow"),
        ("5", "dependencies", "PLAT-130"),
    ],
)
async def test_what_a_screen_shows_is_written_as_a_report(
    demo: Path, tmp_path: Path, keys: str, name: str, word: str
) -> None:
    async with anna(demo) as person:
        await person.press(keys, "X")
        await person.type("html")
        await person.press("enter", "enter")
        person.sees("Wrote")
        (file,) = tmp_path.glob(f"card-issuing-{name}-2026-03-31.html")
        assert word in file.read_text(encoding="utf-8")
        await person.press("X")
        await person.type(f"{name.replace('-', ' ')} as json")
        await person.press("enter", "enter")
        (file,) = tmp_path.glob(f"card-issuing-{name}-2026-03-31.json")
        assert json.loads(file.read_text(encoding="utf-8"))


async def test_an_export_asks_before_it_writes_over_a_file(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("keep")
    async with anna(demo) as person:
        await person.press("X")
        await person.type("Items")
        await person.press("enter", "ctrl+u")
        await person.type("mine.csv")
        await person.press("enter")
        person.sees("Write over it?")
        await person.press("escape", "escape")
        assert (tmp_path / "mine.csv").read_text() == "keep"


async def test_an_export_that_cannot_be_written_is_told(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("X", "enter", "ctrl+u")
        await person.type("/nowhere/at/all.json")
        await person.press("enter")
        person.sees("/nowhere/at/all.json cannot be written")


async def test_a_day_is_not_twenty_four_hours(demo: Path) -> None:
    from vsm.screens.as_of import moved

    # Clocks went forward on 29 March 2026 in Berlin.
    assert NOW - moved(NOW, -7, "Europe/Berlin") == 7 * DAY - 3_600_000_000
