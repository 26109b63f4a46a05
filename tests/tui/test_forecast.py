"""The forecast on the screen: what it says, what is behind it, of the past and of nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.conftest import World
from tests.tui.test_flow import anna, demo, made
from vsm.report.wording import day
from vsm.screens.forecast import ForecastScreen

__all__ = ["demo", "made"]


def in_a_line(text: str) -> str:
    """Without line breaks and the bar of the cursor."""
    return " ".join(text.replace("█", "").split())


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_forecast_and_what_came_of_such(demo: Path, size: tuple[int, int]) -> None:
    async with anna(demo, size) as person:
        await person.press("7")
        assert isinstance(person.app.screen, ForecastScreen)
        person.sees("will be finished within 14 days", "Finished at least, within", "The next")
        await person.press("end")
        person.sees("came true" if size[1] > 24 else "90 days")
        assert all(len(line) <= size[0] for line in person.lines)


async def test_the_items_behind_it_open(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("7", "enter")
        person.sees("Finished in the last 91 days", "finished ", "CARD-")


async def test_a_filter_and_the_past_are_forecast(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("7")
        now = person.lines[3]
        await person.press("comma")
        person.sees("As of", "will be finished within 14 days")
        assert person.lines[4] != now
        await person.press("semicolon", "slash")
        await person.type("type:bug")
        await person.press("enter")
        person.sees("filter: type:bug")


async def test_little_data_is_no_forecast(filled: World) -> None:
    async with filled.person() as person:
        await person.press("7")
        person.sees("Cannot forecast how many finish: no item has finished yet.")


async def test_the_header_says_when_the_next_are_finished_where_there_is_room(demo: Path) -> None:
    async with anna(demo, (200, 40)) as person:
        assert "next 10" not in person.lines[0]
        await person.press("7")
        (until,) = [one for one in person.app.screen.result.until if one.items == 10]
        words = f"next 10: 85% by {day(until.p85)}"
        assert words in person.lines[0]
        await person.press("1")
        assert words in person.lines[0]
        await person.press("comma")
        assert "next 10" not in person.lines[0], "it was not known then"
    async with anna(demo, (80, 24)) as person:
        before = person.lines[0]
        await person.press("7")
        assert person.lines[0] == before, "it takes no room from the figures"


async def test_a_change_is_played_and_left_again(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("7", "w")
        person.sees("What if, in Card issuing", "Stage", "WIP limit", "Slots")
        while "Review ▸" not in person.text or "To review ▸" in person.text:
            await person.press("right")
        await person.press("tab", "tab")
        await person.type("+1")
        person.sees("1 slot more")
        await person.press("enter")
        person.sees("What if  13 weeks ahead", "Changed: 1 slot more at Review.", "Throughput")
        await person.press("escape")
        person.sees("will be finished within 14 days")
        assert "Changed:" not in person.text


@pytest.mark.parametrize(
    ("keys", "typed", "words"),
    [
        ((), "", "Nothing is changed"),
        (("tab",), "0", "'0' is no WIP limit"),
        (("tab", "tab"), "many", "write +1 for one more"),
        (("tab",) * 3, "1", "'1' is no absence: write 1@2-4 for one slot in weeks 2 to 4"),
        (("tab",) * 3, "1@2-40", "weeks 2 to 40 are not among those that are played"),
        (("tab",) * 4, "400%", "a percentage from 0% to 300%"),
        (("tab",) * 7, "many", "'many' is no number of items"),
        (("tab",) * 8, "soon", "'soon' is no date: write today, tomorrow, +3d"),
        (("tab",) * 8, "+3w", "Fill in the items too"),
    ],
)
async def test_what_cannot_be_played_is_refused_in_the_form(
    demo: Path, keys: tuple[str, ...], typed: str, words: str
) -> None:
    async with anna(demo) as person:
        await person.press("7", "w", *keys)
        await person.type(typed)
        await person.press("enter")
        person.sees("What if, in Card issuing", words)


async def test_a_change_that_cannot_be_played_leaves_the_forecast(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("7", "w")
        while "Review ▸" not in person.text or "To review ▸" in person.text:
            await person.press("right")
        await person.press("tab", "tab")
        await person.type("-9")
        await person.press("enter")
        person.sees("no more can be taken away", "will be finished within 14 days")
        await person.press("escape")
        person.sees("will be finished within 14 days")
        assert "no more can be taken away" not in person.text


async def test_a_date_and_a_number_of_ones_own_are_forecast(demo: Path) -> None:
    async with anna(demo, (120, 40)) as person:
        await person.press("7", "d")
        person.sees("Forecast for a date or a number", "fri, +30d")
        await person.type("yesterday")
        await person.press("enter")
        person.sees("is before")
        await person.press("ctrl+u")
        await person.type("+44d")
        await person.press("enter")
        screen = person.app.screen
        assert isinstance(screen, ForecastScreen)
        (asked,) = (one for one in screen.result.within if one.days == 45)
        words = f"At least {asked.p85} items will be finished within 45 days (by {day(asked.by)})"
        assert words in in_a_line(person.text)
        await person.press("d")
        await person.type("33 items")
        await person.press("enter")
        (until,) = (one for one in screen.result.until if one.items == 33)
        assert f"33 items will be finished by {day(until.p85)}" in in_a_line(person.text)
        person.sees("45 days")
        await person.press("d", "enter")
        assert "45 days" not in person.text and "33 items" not in person.text


async def test_a_forecast_of_the_past_says_what_came_of_it(demo: Path) -> None:
    async with anna(demo, (120, 60)) as person:
        await person.press("7")
        assert "it was" not in person.text
        await person.press("comma")
        person.sees("As of", "it was", "What came is known up to")
        (near,) = (one for one in person.app.screen.result.within if one.days == 14)
        assert near.finished is not None
        await person.press("end")
        person.sees("Came true, forecasts of")


async def test_a_plan_is_saved_from_the_form_and_chosen_again(demo: Path) -> None:
    async with anna(demo, (120, 40)) as person:
        await person.press("7", "w")
        assert "Plan " not in person.text
        while "Review ▸" not in person.text or "To review ▸" in person.text:
            await person.press("right")
        await person.press("tab", "tab")
        await person.type("+1")
        await person.press("tab")
        await person.type("1@2-4")
        person.sees("1 slot missing in weeks 2 to 4")
        await person.press(*["tab"] * 4)
        await person.type("40")
        await person.press("tab")
        await person.type("+5w")
        await person.press("tab")
        await person.type("Help review")
        await person.press("enter")
        person.sees("Changed: 1 slot more at Review; 1 slot missing at Review in weeks 2 to 4.")
        person.sees("40 items by", "saved the plan Help review: --slots Review=+1")
        person.sees("the low end of the range is reached with", "where dates are given with 85%")
        await person.press("escape", "w", "right")
        person.sees("◂ Help review ▸", "--slots Review=+1 --absence")
        await person.press("enter")
        person.sees("Changed: 1 slot more at Review; 1 slot missing at Review in weeks 2 to 4.")


async def test_the_past_plays_a_change_but_saves_none(demo: Path) -> None:
    async with anna(demo, (120, 40)) as person:
        await person.press("7", "comma", "w", *["tab"] * 4)
        await person.type("120%")
        await person.press(*["tab"] * 5)
        await person.type("More work")
        await person.press("enter")
        person.sees("Read-only: viewing", "What if, in Card issuing")
        await person.press("ctrl+u", "enter")
        person.sees("Changed: arrivals 120% of what they are.")
