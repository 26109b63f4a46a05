"""Entering late what happened before: a move, a finish, a blocker, of one item or of several."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from vsm.model.command import EditItem
from vsm.model.rules import DAY, to_micros
from vsm.store.writer import clock

from .conftest import Person, World
from .test_forms import go_to_field, stored

ZONE = ZoneInfo("Europe/Berlin")


@pytest.fixture
def week_old(world: World) -> World:
    """The small board, made a week ago."""
    made = clock() - 7 * DAY
    world.clock = lambda: made
    world.fill()
    world.clock = clock
    return world


def yesterday(hour: int) -> int:
    day = datetime.now(ZONE) - timedelta(days=1)
    return to_micros(day.replace(hour=hour, minute=0, second=0, microsecond=0))


async def enter(person: Person, change: str, when: str, reason: str) -> None:
    """Press the key, choose what happened, fill in the form and save."""
    await person.press("M")
    await person.type(change)
    await person.press("enter")
    await person.type(when)
    await person.press("tab")
    await person.type(reason)
    await person.press("enter")


async def test_a_move_is_entered_late_shown_and_undone(
    week_old: World, size: tuple[int, int]
) -> None:
    async with week_old.person(size=size) as anna:
        await anna.press("M")
        anna.sees("What happened to PAY-1?", "Ready", "moved there", "Done", "finished", "blocked:")
        await anna.type("build")
        await anna.press("enter")
        anna.sees("PAY-1 moved to Build", "such as: yesterday 16:00")
        await anna.press("enter")
        anna.sees("'' is no moment: write 16:00, yesterday 16:00")
        await anna.type("yesterday 16:00")
        anna.sees("16:00", "= ")
        await anna.press("enter")
        anna.sees("A reason is needed: it is recorded.")
        await anna.type("forgot")
        await anna.press("enter")
        assert not anna.app.screen.is_modal
        assert "PAY-1" in anna.column("Build")
        assert stored(anna, "PAY-1").entered == yesterday(16)
        anna.sees("moved PAY-1 from Backlog to Build", "entered late: forgot")
        await anna.press("z")
        assert anna.column("Backlog")[0] == "PAY-1"


async def test_a_time_that_cannot_be_stays_in_the_form(week_old: World) -> None:
    async with week_old.person() as anna:
        await enter(anna, "ready", "-20d 9:00", "forgot")
        anna.sees("PAY-1 cannot have changed on", "it came to Backlog on")
        await go_to_field(anna, "when")
        await anna.press("ctrl+u")
        await anna.type("yesterday 9:00")
        await anna.press("enter")
        assert stored(anna, "PAY-1").entered == yesterday(9)


async def test_marked_items_are_entered_together_and_the_marks_end(week_old: World) -> None:
    async with week_old.person() as anna:
        await anna.press("space", "space")
        await enter(anna, "review", "yesterday 10:00", "entered by the team lead")
        assert {"PAY-1", "PAY-2"} <= set(anna.column("Review")), "over a hard limit, as it was"
        assert not anna.screen.parts.selection.marks
        await anna.press("z")
        assert anna.column("Backlog") == ["PAY-1", "PAY-2", "PAY-3"]


async def test_a_blocker_and_its_end_are_entered_late(week_old: World) -> None:
    async with week_old.person() as anna:
        await enter(anna, "external", "yesterday 10:00", "the bank")
        block = stored(anna, "PAY-1").block
        assert block is not None and (block.started, str(block.kind)) == (yesterday(10), "external")
        await enter(anna, "unblocked", "yesterday 12:00", "they called")
        assert stored(anna, "PAY-1").block is None
        await anna.press("enter")
        anna.sees("12:00  unblocked, entered", "10:00  blocked (external),", "late: they called")


async def test_the_past_shows_the_move_when_it_happened(week_old: World) -> None:
    async with week_old.person() as anna:
        await enter(anna, "build", "-3d 12:00", "forgot")
        await anna.press("{", "{")
        assert "PAY-1" in anna.column("Build")
        await anna.press("{", "{")
        assert "PAY-1" in anna.column("Backlog")


async def test_what_somebody_did_meanwhile_is_said_and_saving_again_enters_it(
    week_old: World,
) -> None:
    async with week_old.person() as anna:
        await anna.press("M")
        await anna.type("build")
        await anna.press("enter")
        await anna.type("yesterday 16:00")
        await anna.press("tab")
        await anna.type("forgot")
        week_old.do(EditItem(1, {"owner": "ben"}), actor="ben")
        await anna.press("enter")
        anna.sees("PAY-1 has changed since you looked: ben", "What you typed is kept")
        await anna.press("enter")
        assert stored(anna, "PAY-1").entered == yesterday(16)
        assert stored(anna, "PAY-1").owner == "ben"
