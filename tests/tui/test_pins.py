"""Forecasts pinned on the screen: the line under the cursor, undone, removed, of the past."""

from __future__ import annotations

from pathlib import Path

from tests.tui.conftest import Person, World
from tests.tui.test_flow import anna, demo, made

__all__ = ["demo", "made"]


async def go_to(person: Person, words: str) -> None:
    """Put the cursor on the first line that has these words."""
    await person.press("home")
    for _ in range(60):
        if any("█" in line and words in line for line in person.lines):
            return
        await person.press("j")
    raise AssertionError(person.text)


async def test_the_line_under_the_cursor_is_pinned_undone_and_removed(demo: Path) -> None:
    async with anna(demo, (120, 40)) as person:
        await person.press("7", "p")
        person.sees("Choose a line with a number of items, an item or a set first")
        await go_to(person, "20 items")
        await person.press("p")
        person.sees("Pin: the next 20 items", "Odds", "85%", "Note")
        await person.press("tab")
        await person.type("Steering committee")
        await person.press("enter")
        person.sees("pinned the forecast Card issuing: 20 items by")
        await person.press("j")
        await go_to(person, "20 items by")
        person.sees("open", "with 85% odds: 0 of 20 finished; now", "Steering committee")
        await person.press("z")
        person.sees("undid: pinned the forecast")
        assert "Steering committee" not in person.text
        await person.press("Z")
        await go_to(person, "20 items by")
        await person.press("x")
        person.sees("removed the pinned forecast Card issuing: 20 items by")
        assert "Steering committee" not in person.text
        await person.press("home", "x")
        person.sees("Choose a pinned forecast first")


async def test_an_item_a_number_by_a_day_and_a_filter_are_pinned(demo: Path) -> None:
    async with anna(demo, (120, 60)) as person:
        await person.press("7")
        await go_to(person, "CARD-")
        await person.press("p", "enter")
        person.sees("pinned the forecast CARD-")
        await go_to(person, "14 days  ")
        await person.press("p", "right", "enter")
        person.sees("(95%)")
        await person.press("slash")
        await person.type("type:bug")
        await person.press("enter")
        await go_to(person, "items will be over")
        await person.press("p")
        person.sees("Pin: all of type:bug")
        await person.press("enter")
        person.sees("pinned the forecast Card issuing: type:bug by")


async def test_the_past_pins_nothing(demo: Path) -> None:
    async with anna(demo, (120, 40)) as person:
        await person.press("7", "comma")
        await go_to(person, "14 days  ")
        await person.press("p")
        person.sees("Read-only: viewing")


async def test_read_only_pins_nothing(filled: World) -> None:
    async with filled.person(read_only=True) as person:
        await person.press("7", "p")
        person.sees("This board is read-only.")
