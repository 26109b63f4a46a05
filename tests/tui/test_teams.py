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
        person.sees("Pivot or hire: ", "brings the wait of", "counts")
        await person.press("escape", "question_mark")
        person.sees("slots = ", "used = ", "visits a day ×")
        await person.press("escape")
        # A team that owns no stage has neither.
        screen = person.app.screen
        assert isinstance(screen, TeamsScreen) and screen.shown is not None
        await person.press(*["j"] * (len(screen.shown.teams) - 1), "=")
        person.sees("owns no active stage")
