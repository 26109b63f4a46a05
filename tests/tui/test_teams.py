"""Teams on the screen: load, saturation, weeks, pivot or hire, and the sums behind them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.test_flow import anna, demo, made
from vsm.model.command import AddEntity
from vsm.model.entities import PLAN
from vsm.reader import Reader
from vsm.screens.board.screen import BoardScreen
from vsm.screens.teams import TeamsScreen
from vsm.session import Session

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


async def test_saved_plans_go_on_and_one_of_a_lost_team_is_refused_in_the_form(demo: Path) -> None:
    session = Session(demo, actor="anna.kern")
    for name, options in (
        ("Gone", "--change Nobody=+1"),
        ("Old", "--change Risk=+1@2026-01-05 --change Quality=+1@2026-01-05..2026-02-01"),
    ):
        session.do(AddEntity(PLAN, {"name": name, "only": None, "options": options}))
    session.close()
    async with anna(demo, (120, 60)) as person:
        await person.press("6", "p", "tab", "right")
        person.sees("Against      ◂ Gone ▸")
        await person.press("tab", "tab", *"+1", "enter")
        person.sees("There is no team 'Nobody'. It may have been renamed")
        await person.press("escape", "y", "p", "right", "right", "enter")
        person.sees("Old: items of all teams wait")
        screen = person.app.screen
        assert isinstance(screen, TeamsScreen) and screen.shown is not None
        (outcome,) = screen.shown.plans
        assert outcome.plan == "Old" and [team.name for team in outcome.teams] == ["Risk"]


async def test_people_who_come_today_go_again_on_the_last_day(demo: Path) -> None:
    async with anna(demo, (120, 60)) as person:
        await person.press("6", "p", "tab", *"+1", *["tab"] * 4, *"2026-04-30")
        await person.press("tab", "tab", *"Lend", "enter")
        person.sees("saved the plan Lend")
        reader = Reader(demo)
        assert [p.options for p in reader.entities(PLAN) if p.name == "Lend"] == [
            "--change Risk=+1@2026-03-31..2026-04-30"
        ]
        reader.close()
        # Nobody ends who does not come.
        await person.press("escape", "p", *["tab"] * 7, *"2026-04-30", "enter")
        person.sees("Only people end on a day (To)")


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
