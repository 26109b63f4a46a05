"""The work of all streams: whose, grouped, moved, taken and blocked there, and on to its board."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.conftest import Person, World
from tests.tui.test_flow import NOW, anna, demo, made
from vsm.features.overview.work import read_work
from vsm.model.command import AddEntity, AddItem, CreateStream, MoveItem, NewStage
from vsm.model.entities import TEAM
from vsm.model.query_parser import parse
from vsm.model.stream import Category, LimitKind
from vsm.reader import Reader
from vsm.screens.board.leaving_place import place_of
from vsm.screens.board.screen import BoardScreen
from vsm.screens.items_list import ItemDialog
from vsm.screens.overview import OverviewScreen
from vsm.screens.work import WorkScreen

__all__ = ["demo", "made"]

Size = tuple[int, int]
STAGES = (
    NewStage("Ideas", Category.BACKLOG),
    NewStage("Build", Category.ACTIVE, 2, LimitKind.SOFT),
    NewStage("Check", Category.ACTIVE, 1, LimitKind.HARD),
    NewStage("Shipped", Category.DONE),
)


@pytest.fixture
def two(filled: World) -> World:
    """A second stream, in which anna owns three items and ben one."""
    filled.do(AddEntity(TEAM, {"name": "apps"}))
    filled.do(CreateStream("Mobile", STAGES, "UTC", "MOB"))
    reader = Reader(filled.path)
    mobile = reader.stream_named("Mobile")
    team = next(team.id for team in reader.teams() if team.name == "apps")
    reader.close()
    ideas, build, check, shipped = (stage.id for stage in mobile.stages)
    for title, stage, owner in (
        ("Login", build, "anna"),
        ("Dark mode", ideas, "anna"),
        ("Receipts", shipped, "anna"),
        ("Vouchers", check, "ben"),
    ):
        filled.do(AddItem(mobile.id, title, stage, None, {"owner": owner, "team": team}))
    return filled


def work(person: Person) -> WorkScreen:
    """The list, under dialogs too."""
    return next(s for s in person.app.screen_stack if isinstance(s, WorkScreen))


def keys(person: Person) -> list[str]:
    """The keys of the items in the order of their lines."""
    result = work(person)
    return [target.work.card.key for target in result.targets if hasattr(target, "work")]


def stage_of(world: World, key: str) -> str:
    """The stage that an item is in."""
    reader = Reader(world.path)
    item = reader.find_key(key)
    assert item is not None
    stream = reader.stream(item.stream)
    reader.close()
    assert stream is not None
    return stream.stage(item.stage).name


async def test_ones_own_items_of_all_streams(two: World, size: Size) -> None:
    async with two.person(size=size) as person:
        await person.press("@")
        assert keys(person) == ["PAY-4", "MOB-1", "MOB-2", "MOB-3"]
        person.sees("filter: owner:me", "Card issuing (1)", "Mobile (3)", "4 items of 2 streams")
        assert all(len(line) <= size[0] for line in person.lines)
        await person.press("v")
        person.sees("Active (1)", "Queued (1)", "Backlog (1)", "Done in the last 14 days (1)")
        assert keys(person) == ["MOB-1", "PAY-4", "MOB-2", "MOB-3"]
        place = place_of(person.app.screen_stack)
        assert place is not None and place.query == "", "nor does it wait on the board"
        await person.press("q")
        assert isinstance(person.app.screen, BoardScreen)
        assert person.app.screen.query_text == "", "the filter of the list stays with it"


async def test_filtered_by_team_and_kept(two: World) -> None:
    async with two.person() as person:
        await person.press("@", "/", "ctrl+u")
        await person.type("team:apps")
        await person.press("enter")
        assert keys(person) == ["MOB-4", "MOB-1", "MOB-2", "MOB-3"]
        await person.press("0")
        assert isinstance(person.app.screen, OverviewScreen)
        assert person.app.screen.query_text == ""
        await person.press("@")
        person.sees("filter: team:apps")


async def test_items_are_moved_by_the_rules_of_their_stream(two: World) -> None:
    async with two.person() as person:
        await person.press("@", "j")
        assert work(person).card is not None and work(person).card.key == "MOB-1"
        await person.press("L")
        person.sees("Check is full")
        assert stage_of(two, "MOB-1") == "Build"
        await person.press("escape", "H")
        person.sees("moved MOB-1 from Build to Ideas")
        assert stage_of(two, "MOB-1") == "Ideas"
        assert work(person).card.key == "MOB-1", "the cursor goes with it"
        await person.press("z")
        assert stage_of(two, "MOB-1") == "Build"
        await person.press("m")
        person.sees("Move MOB-1 to", "1  Ideas", "4  Shipped")
        await person.type("4")
        assert stage_of(two, "MOB-1") == "Shipped"
        await person.press("home")
        await person.press("L")
        assert stage_of(two, "PAY-4") == "Build", "the stages are those of its own stream"


async def test_a_soft_limit_asks_for_a_reason(two: World) -> None:
    two.add("Build", "One more")
    async with two.person() as person:
        await person.press("@")
        await person.press("L")
        person.sees("Above the WIP limit", "Build already holds 2 of 2")
        await person.type("audit")
        await person.press("enter")
        assert stage_of(two, "PAY-4") == "Build"


async def test_items_are_blocked_taken_edited_and_dropped(two: World) -> None:
    async with two.person() as person:
        await person.press("@", "j", "b")
        await person.type("which one?")
        await person.press("enter")
        person.sees("1 blocked", "■ dependency: which one?")
        await person.press("b")
        person.sees("4 items of 2 streams, by stream")
        await person.press("e")
        person.sees("Edit MOB-1")
        await person.press("escape")
        await person.press("c")
        person.sees("Comment on MOB-1")
        await person.press("escape", "x")
        await person.type("too late")
        await person.press("enter")
        assert stage_of(two, "MOB-1") == "Dropped"
        person.sees("Dropped")
        await person.press("home", "t")
        person.sees("the filter hides it")
        assert "PAY-4" not in keys(person)


async def test_an_item_is_opened_and_gone_to(two: World) -> None:
    async with two.person() as person:
        await person.press("@", "j", "enter")
        assert isinstance(person.app.screen, ItemDialog)
        person.sees("Login", "MOB-1")
        await person.press("escape")
        assert work(person).card.key == "MOB-1"
        await person.press("enter", "enter")
        assert isinstance(person.app.screen, BoardScreen)
        assert (person.app.screen.stream.name, person.card.key) == ("Mobile", "MOB-1")


async def test_what_others_do_is_seen_and_a_stale_move_refused(two: World) -> None:
    async with two.person() as person:
        await person.press("@", "j")
        reader = Reader(two.path)
        item = reader.find_key("MOB-1")
        assert item is not None
        mobile = reader.stream(item.stream)
        reader.close()
        assert mobile is not None
        two.do(MoveItem(item.id, mobile.stages[0].id, item.version), actor="ben")
        await person.press("L")
        person.sees("ben")
        assert stage_of(two, "MOB-1") == "Ideas"
        await person.press("escape")
        screen = work(person)
        screen.poller.poll()
        screen.poller.recompute()
        await person.settle()
        line = next(line for line in person.lines if "MOB-1" in line)
        assert "Ideas" in line and "█" in line


async def test_nothing_of_ones_own_says_so(filled: World) -> None:
    async with filled.person(actor="zoe") as person:
        await person.press("@")
        person.sees("There are no items that match owner:me")
        await person.press("L", "b", "enter", "m", "x", "home", "G", "v")
        person.sees("There are no items that match owner:me")


async def test_the_past_is_that_of_its_moment_and_read_only(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("@", "/", "ctrl+u")
        await person.type("is:in-progress")
        await person.press("enter", *["comma"] * 5)
        at = person.app.view.at
        assert at is not None
        reader = Reader(demo)
        then = read_work(reader, at, parse("is:in-progress"), past=True)
        today = read_work(reader, NOW, parse("is:in-progress"))
        reader.close()
        assert keys(person) == [item.card.key for item in then.items]
        assert {i.card.key for i in then.items} != {i.card.key for i in today.items}
        await person.press("L")
        person.sees("Read-only: viewing")


async def test_marks_of_a_board_are_left_alone(two: World) -> None:
    async with two.person(stream="Card issuing") as person:
        await person.press("l", "space")
        assert person.app.view.marked[two.stream]
        await person.press("@")
        await person.press("L")
        assert stage_of(two, "PAY-4") == "Build"
        assert stage_of(two, "PAY-5") == "Ready"
