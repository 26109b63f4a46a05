"""Dependencies on the screen: teams, top blockers, paths, risks, and what is behind each line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.conftest import World
from tests.tui.test_flow import anna, demo, made
from vsm.features.dependencies.reading import read_dependencies
from vsm.model import command as c
from vsm.model.entities import TEAM
from vsm.model.item import DependencyState, LinkKind
from vsm.reader import Reader
from vsm.screens.board.screen import BoardScreen
from vsm.screens.bottlenecks import BottlenecksScreen
from vsm.screens.dependencies import DependenciesScreen
from vsm.screens.items_list import ItemDialog
from vsm.widgets.date_text import day

__all__ = ["demo", "made"]

Size = tuple[int, int]


def number(world: World, key: str) -> int:
    """The id of an item."""
    reader = Reader(world.path)
    result = reader.find_key(key)
    reader.close()
    assert result is not None
    return result.id


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_who_waits_for_whom_and_what_that_costs(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        await person.press("5")
        assert isinstance(person.app.screen, DependenciesScreen)
        person.sees("open dependenc", "item-days", "Ledger", "waits for", "PLAT-")
        assert all(len(line) <= size[0] for line in person.lines)
        await person.press("4")
        assert isinstance(person.app.screen, BottlenecksScreen)
        await person.press("5", "1")
        assert isinstance(person.app.screen, BoardScreen)


async def test_lines_open_items_and_chains(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("5")
        screen = person.app.screen
        assert isinstance(screen, DependenciesScreen) and screen.shown is not None
        pair = screen.shown.matrix[0]
        await person.press("enter")
        person.sees(f"{pair.waiting} waits for {pair.blocking}", "Esc: back")
        await person.press("enter")
        person.sees("waits for Ledger", "is waited for")
        await person.press("escape", "escape")
        person.sees("over all streams")
        await person.press(*["j"] * len(screen.shown.matrix), "enter")
        top = screen.shown.part(screen.shown.blockers[0].item)
        person.sees(
            f"{top.key}: ", f"↥ {screen.shown.part(screen.shown.blockers[0].behind[0]).key}"
        )
        await person.press("enter")
        assert isinstance(person.app.screen, ItemDialog)
        await person.press("escape", "escape", "question_mark")
        person.sees("Dependencies", "Item-days")


async def test_without_links_it_says_what_would_be_here(filled: World, size: Size) -> None:
    async with filled.person(size=size) as person:
        await person.press("5")
        person.sees("No unfinished item waits for another one.")
        await person.press("j", "k", "end", "home", "enter", "escape", "q")
        assert isinstance(person.app.screen, BoardScreen)


async def test_a_link_that_somebody_makes_is_seen(filled: World) -> None:
    async with filled.person() as person:
        await person.press("5")
        filled.do(c.LinkItems(number(filled, "PAY-4"), number(filled, "PAY-5"), LinkKind.BLOCKS))
        screen = person.app.screen
        assert isinstance(screen, DependenciesScreen)
        screen.poller.poll()
        screen.poller.recompute()
        await person.settle()
        person.sees("1 open dependency", "PAY-4")


async def test_the_past_is_that_of_its_moment_and_read_only(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("5")
        screen = person.app.screen
        assert isinstance(screen, DependenciesScreen) and screen.shown is not None
        today = screen.shown
        await person.press(*["comma"] * 8)
        at, reader = person.app.view.at, person.app.reader
        assert at is not None and reader is not None
        then = read_dependencies(reader, at, past=True)
        assert screen.shown == then
        assert {wait.waiting for wait in then.waits} != {wait.waiting for wait in today.waits}
        person.sees(f"as of {day(at, 'Europe/Berlin')}", "read-only")


async def test_a_long_list_is_cut_and_counted(filled: World) -> None:
    ids = filled.add("Backlog", *(f"Wait {n}" for n in range(60)))
    first, last = number(filled, "PAY-4"), number(filled, "PAY-5")
    filled.do(*(c.LinkItems(first, item, LinkKind.BLOCKS) for item in ids))
    filled.do(*(c.LinkItems(item, last, LinkKind.BLOCKS) for item in ids))
    async with filled.person() as person:
        await person.press("5")
        screen = person.app.screen
        assert isinstance(screen, DependenciesScreen)
        opens = screen.findings.opens
        assert opens == list(range(len(screen.targets)))
        assert any(
            "more: vsm deps" in text for line in screen.findings.lines for text, _ in line.left
        )
        await person.press("end", "enter")
        assert person.app.screen.is_modal


async def test_a_need_is_asked_for_and_answered_from_the_keyboard(
    filled: World, size: Size
) -> None:
    filled.do(c.LinkItems(number(filled, "PAY-4"), number(filled, "PAY-5"), LinkKind.BLOCKS))
    async with filled.person(size=size) as person:
        await person.press("5", "a")
        person.sees("Choose one of the open dependencies first")
        await person.press("j", "j", "p")
        person.sees("PAY-5 needs PAY-4", "By when")
        await person.type("whenever")
        await person.press("enter")
        person.sees("By when does PAY-5 need PAY-4")
        await person.press("ctrl+u")
        await person.type("2099-12-24")
        await person.press("enter")
        person.sees("proposed", "24 Dec 2099")
        await person.press("a")
        person.sees("accepted")
        await person.press("x")
        person.sees("broken", "will not be delivered as agreed")
        await person.press("z")
        person.sees("accepted")
        await person.press("Z")
        person.sees("broken")
        await person.press("d")
        person.sees("No unfinished item waits for another one.")
        await person.press("1", "z")
        await person.press("5")
        person.sees("broken")


async def test_what_was_agreed_on_stands_in_the_details(filled: World) -> None:
    first, last = number(filled, "PAY-4"), number(filled, "PAY-5")
    filled.do(c.AgreeDependency(first, last, DependencyState.ACCEPTED, "2099-12-24"))
    async with filled.person(size=(160, 50)) as person:
        await person.press("g")
        await person.type("PAY-5")
        await person.press("enter", "enter")
        person.sees("(accepted,", "needed by 24 Dec 2099)")


async def test_read_only_nothing_is_answered(filled: World) -> None:
    filled.do(c.LinkItems(number(filled, "PAY-4"), number(filled, "PAY-5"), LinkKind.BLOCKS))
    async with filled.person(read_only=True) as person:
        await person.press("5", "j", "j", "a")
        person.sees("read-only")
        assert "accepted" not in person.text


def chain_of_teams(world: World) -> dict[str, int]:
    """PAY-5 waits for PAY-4 of Core, which waits for PAY-3 of Web; PAY-2 waits for nobody."""
    world.do(c.AddEntity(TEAM, {"name": "Web"}))
    ids = {key: number(world, key) for key in ("PAY-2", "PAY-3", "PAY-4", "PAY-5")}
    for key, team in (("PAY-3", "Web"), ("PAY-4", "Core"), ("PAY-5", "Web")):
        world.do(c.EditItem(ids[key], {"team": team_id(world, team)}))
    world.do(
        c.LinkItems(ids["PAY-3"], ids["PAY-4"], LinkKind.BLOCKS),
        c.LinkItems(ids["PAY-4"], ids["PAY-5"], LinkKind.BLOCKS),
    )
    return ids


def team_id(world: World, name: str) -> int:
    """The id of a team."""
    reader = Reader(world.path)
    result = next(entry.id for entry in reader.teams() if entry.name.casefold() == name.casefold())
    reader.close()
    return result


async def test_enter_narrows_to_two_teams_and_escape_goes_back(filled: World, size: Size) -> None:
    chain_of_teams(filled)
    async with filled.person(size=size) as person:
        await person.press("5")
        person.sees("2 open dependencies over all streams", "PAY-3", "PAY-5")
        screen = person.app.screen
        assert isinstance(screen, DependenciesScreen) and screen.shown is not None
        first = screen.shown.matrix[1]
        await person.press("j", "enter")
        person.sees(f"{first.waiting} waits for {first.blocking}", "1 open dependency between")
        assert {target.pair for target in screen.targets if target.pair} == {
            (wait.blocker, wait.waiting) for wait in first.waits
        }
        # What is answered here is gone from here, and so is what was narrowed to.
        await person.press("j", "j", "d")
        person.sees("1 open dependency over all streams")
        await person.press("z")
        person.sees("2 open dependencies over all streams")
        await person.press("home", "j", "enter", "escape")
        person.sees("2 open dependencies over all streams")
        assert screen.findings.chosen == 1


async def test_a_team_is_chosen_to_see_only_what_it_has_to_do_with(
    filled: World, size: Size
) -> None:
    ids = chain_of_teams(filled)
    filled.do(c.AddEntity(TEAM, {"name": "Ops"}), c.AddEntity(TEAM, {"name": "Idle"}))
    filled.do(
        c.EditItem(ids["PAY-2"], {"team": team_id(filled, "Ops")}),
        c.LinkItems(ids["PAY-2"], ids["PAY-3"], LinkKind.BLOCKS),
    )
    async with filled.person(size=size) as person:
        await person.press("5", "t")
        person.sees("All teams", "core", "Web", "Ops", "waits for 1", "holds up 1")
        assert "Idle" not in person.text
        await person.type("ops")
        await person.press("enter")
        person.sees("1 open dependency of Ops", "what Ops waits for and holds up")
        assert "PAY-4" not in person.text
        await person.press("enter", "escape", "escape")
        person.sees("3 open dependencies over all streams")
        await person.press("t")
        await person.type("cor")
        await person.press("enter")
        person.sees("2 open dependencies of core")
        await person.press("t", "enter")
        person.sees("3 open dependencies over all streams")


async def test_the_critical_path_to_what_is_under_the_cursor_or_marked(
    filled: World, size: Size
) -> None:
    ids = chain_of_teams(filled)
    async with filled.person(size=size) as person:
        await person.press("5", "j", "c")
        person.sees("Critical path to PAY-5: 3 items", "PAY-3", "PAY-4", "Web, ")
        person.sees("nothing that finished took as long")
        await person.press("escape", "1")
        # PAY-2 has no link: there is no path to it.
        board = person.app.screen
        assert isinstance(board, BoardScreen)
        board.parts.selection.marks[ids["PAY-2"]] = 1
        await person.press("5", "c")
        person.sees("None of what is marked waits")
        board.parts.selection.marks[ids["PAY-4"]] = 1
        await person.press("c")
        person.sees("Critical path to PAY-4")
        await person.press("escape")
        filled.do(c.LinkItems(ids["PAY-5"], ids["PAY-3"], LinkKind.RELATES))
        board.parts.selection.marks.clear()
        await person.press("end", "c")
        assert person.app.screen.is_modal


async def test_a_link_is_made_with_the_date_by_which_it_is_needed(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as person:
        await person.press("g")
        await person.type("PAY-5")
        await person.press("enter", "d")
        await person.type("PAY-4")
        await person.press("tab")
        await person.type("some day")
        await person.press("enter")
        person.sees("is no date")
        await person.press("ctrl+u")
        await person.type("2099-12-24")
        await person.press("enter", "5")
        person.sees("PAY-4", "proposed", "24 Dec 2099")
        await person.press("1", "z", "5")
        person.sees("No unfinished item waits for another one.")


async def test_what_only_relates_is_not_needed_by_a_date(filled: World, size: Size) -> None:
    async with filled.person(size=size) as person:
        await person.press("g")
        await person.type("PAY-5")
        await person.press("enter", "d", "shift+tab", "right", "right", "tab")
        await person.type("PAY-4")
        await person.press("tab")
        await person.type("fri")
        await person.press("enter")
        person.sees("Only what waits is needed by a date, not what it relates to")
