"""Teams on the screen: load, saturation, weeks, pivot or hire, and the sums behind them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.test_flow import anna, demo, made
from vsm.screens.board.screen import BoardScreen
from vsm.screens.teams import TeamsScreen

__all__ = ["demo", "made"]

Size = tuple[int, int]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_teams_are_listed_and_one_is_opened(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        await person.press("6")
        screen = person.app.screen
        assert isinstance(screen, TeamsScreen)
        person.sees("Risk", "Used", "Saturated", "What to do")
        assert all(len(line) <= size[0] for line in person.lines)
        assert screen.shown is not None
        first = screen.shown.teams[0]
        await person.press("enter")
        person.sees(f"Teams  {first.name}", "Load against people by week", "Esc: all teams")
        assert all(len(line) <= size[0] for line in person.lines)
        await person.press("escape")
        person.sees("What to do")
        await person.press("1")
        assert isinstance(person.app.screen, BoardScreen)


async def test_pivot_or_hire_and_the_sums_are_said_in_words(demo: Path) -> None:
    async with anna(demo, (120, 60)) as person:
        await person.press("6", "=")
        person.sees("Pivot or hire: ", "the mean wait of", "counts")
        await person.press("escape", "question_mark")
        person.sees("slots = ", "used = ", "visits a day ×")
        await person.press("escape")
        # A team that owns no stage has neither.
        screen = person.app.screen
        assert isinstance(screen, TeamsScreen) and screen.shown is not None
        await person.press(*["j"] * (len(screen.shown.teams) - 1), "=")
        person.sees("owns no active stage")


async def test_a_filter_is_not_offered_and_said_to_narrow_no_team(demo: Path) -> None:
    async with anna(demo, (200, 60)) as person:
        await person.press("4")
        assert "/ filter" in person.lines[-1]
        await person.press("6")
        assert "filter" not in person.lines[-1]
        await person.press("slash")
        person.sees("A filter narrows no team")
        assert isinstance(person.app.screen, TeamsScreen)
        assert person.app.screen.filter_line.bar is None


async def test_a_change_is_tried_saved_and_left_again(demo: Path) -> None:
    async with anna(demo, (120, 60)) as person:
        await person.press("6", "p")
        person.sees("What if, for teams", "From team", "Arrivals")
        await person.press("tab", *"+1", "enter")
        person.sees("what if", "Busiest", "items of all teams wait", "Esc: as it is")
        screen = person.app.screen
        assert isinstance(screen, TeamsScreen) and screen.shown is not None
        assert screen.shown.plans[0].plan == "--change Risk=+1"
        await person.press("escape")
        person.sees("What to do")
        assert screen.shown.plans == ()
        # Nothing filled in is nothing to try; a name keeps it.
        await person.press("p", "enter")
        person.sees("Nothing is tried yet")
        await person.press("tab", *"-1", *["tab"] * 6, *"Less", "enter")
        person.sees("saved the plan Less", "Less: items of all teams wait")


async def test_predictions_are_kept_and_removed(demo: Path) -> None:
    async with anna(demo, (120, 60)) as person:
        await person.press("6", "m")
        screen = person.app.screen
        assert isinstance(screen, TeamsScreen) and screen.shown is not None
        first = screen.shown.teams[0]
        person.sees(f"{first.name} is saturated already")
        kept = len(screen.shown.predictions.rows)
        person.sees("Kept predictions", "came true", "Brier score")
        await person.press("G", "x")
        assert len(screen.shown.predictions.rows) == kept - 1
        await person.press("z")
        assert len(screen.shown.predictions.rows) == kept
        await person.press(*["k"] * 12, "x")
        person.sees("Choose a kept prediction first")


async def test_people_are_changed_in_the_organisation(demo: Path) -> None:
    async with anna(demo, (120, 60)) as person:
        await person.press("6", "v")
        person.sees("Organisation", "Absences")
        await person.press("escape")
        assert isinstance(person.app.screen, TeamsScreen)
