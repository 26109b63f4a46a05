"""The screen of sprints: plan, fill, start, change scope, look back, close, judge."""

from __future__ import annotations

from vsm.model import command as c
from vsm.model.sprint import SprintState
from vsm.model.sprint_entities import SPRINT
from vsm.reader import Reader

from .conftest import World

Size = tuple[int, int]


def plan(world: World, *items: int, name: str = "Sprint 1") -> None:
    """A planned sprint with these items."""
    values = {"name": name, "only": world.stream, "planned_start": "2026-01-05"}
    world.do(c.AddEntity(SPRINT, {**values, "planned_end": "2026-01-16"}))
    number = len(Reader(world.path).entities(SPRINT))
    for item in items:
        world.do(c.EditItem(item, {"estimate": 3}), c.AddToSprint(item, number))


async def test_without_sprints_it_says_how_to_begin(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("S")
        anna.sees("No sprint is planned in this stream", "1. n plans one")
        assert "vsm sprint" not in anna.text


async def test_a_sprint_goes_from_plan_to_verdict_by_keys(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("S", "n")
        anna.sees("Plan a sprint of")
        await anna.press("enter")
        anna.sees("Sprint 1", "planned")
        await anna.press("a")
        await anna.type("PAY-3 PAY-4")
        await anna.press("enter", "!")
        anna.sees("Start Sprint 1?", "Commitment: 2 items", "2 of 2 without an estimate")
        await anna.press("y")
        anna.sees("active")
        await anna.press("a")
        await anna.type("PAY-5")
        await anna.press("enter")
        anna.sees("this changes its scope. Why?")
        await anna.type("urgent")
        await anna.press("enter", "enter")
        anna.sees("Active,", "re-estimated")
        await anna.press("C")
        anna.sees("Close Sprint 1", "0 done, 3 not", "PAY-3")
        await anna.press("enter")
        anna.sees("Closed,")
        await anna.press("g")
        await anna.press("down", "down", "enter")
        await anna.type("no time")
        await anna.press("enter")
    (one,) = Reader(filled.path).entities(SPRINT)
    assert one.state is SprintState.CLOSED
    assert (one.goal_met, one.goal_note) == ("missed", "no time")
    assert Reader(filled.path).carried(filled.clock()) == {3: 1, 4: 1, 5: 1}


async def test_items_that_are_left_have_their_titles_beside_them(filled: World, size: Size) -> None:
    plan(filled, 3)
    filled.do(c.EditItem(3, {"title": "Refunds by webhook"}), c.StartSprint(1))
    async with filled.person(size=size) as anna:
        await anna.press("S", "C")
        (line,) = [line for line in anna.text.splitlines() if "as above" in line]
        assert line.index("PAY-3") < line.index("Refunds by webhook")


async def test_closing_early_is_named_before_and_after(filled: World) -> None:
    plan(filled, 3)
    filled.do(c.ChangeEntity(SPRINT, 1, {"planned_end": "2099-01-16"}), c.StartSprint(1))
    async with filled.person(size=(160, 50)) as anna:
        await anna.press("S", "C")
        anna.sees("days early")
        await anna.press("enter")
        anna.sees("closed Sprint 1; 1 item went to the backlog")


async def test_starting_early_is_named_before_and_after(filled: World) -> None:
    plan(filled, 3)
    values = {"planned_start": "2099-01-05", "planned_end": "2099-01-16"}
    filled.do(c.ChangeEntity(SPRINT, 1, values))
    async with filled.person(size=(160, 50)) as anna:
        await anna.press("S", "!")
        anna.sees("It was planned from 5 Jan 2099: it starts", "days early")
        await anna.press("y", "enter")
        anna.sees("Active, ", "planned from 5 Jan 2099")
        assert "Active, 5 Jan 2099" not in anna.text


async def test_undo_on_the_screen_takes_the_start_back(filled: World) -> None:
    plan(filled, 3)
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("S", "!", "y")
        anna.sees("active")
        await anna.press("z")
        anna.sees("planned")


async def test_points_turn_into_items_and_back(filled: World) -> None:
    plan(filled, 3, 4)
    filled.do(c.StartSprint(1))
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("S", "enter")
        anna.sees("Started with 6 points")
        await anna.press("m")
        anna.sees("Started with 2 items")
        await anna.press("m")
        anna.sees("Started with 6 points")


async def test_before_it_was_planned_there_is_nothing_to_show(filled: World) -> None:
    plan(filled, 3)
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("S", "enter")
        anna.sees("Planned so far: 1 item, 3 points")
        await anna.press("comma")
        anna.sees("No sprint is planned in this stream")


async def test_bugs_open_and_close_with_one_key(filled: World) -> None:
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("S", "b")
        anna.sees("bugs of")
        await anna.press("b")
        anna.sees("No sprint is planned")


async def test_bugs_lead_back_to_the_sprint_that_they_were_opened_in(filled: World) -> None:
    plan(filled, 3)
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("S", "enter", "b")
        anna.sees("bugs of", "Esc: the sprint")
        await anna.press("escape")
        anna.sees("Planned so far", "Esc: all sprints")


async def test_the_board_shows_what_was_carried_twice_and_filters_by_sprint(filled: World) -> None:
    plan(filled, 3)
    plan(filled, name="Sprint 2")
    plan(filled, name="Sprint 3")
    for number in (1, 2):
        filled.do(c.StartSprint(number))
        filled.do(c.CloseSprint(number, to=number + 1))
    filled.do(c.StartSprint(3))
    async with filled.person(size=(160, 50)) as anna:
        anna.sees("↻2")
        await anna.press("slash")
        await anna.type("sprint:current")
        await anna.press("enter")
        anna.sees("PAY-3")
        assert "PAY-4" not in anna.text
