"""Swimlanes: bands across all columns by team, class, parent or owner."""

from __future__ import annotations

import pytest
from textual import events

from vsm.app import VsmApp
from vsm.last_place import Place
from vsm.model.command import AddEntity, AddItem, EditItem, MoveItem, SetStage
from vsm.model.entities import MEMBER, TEAM
from vsm.store.writer import clock
from vsm.widgets.lane_board import LaneBoard

from .conftest import Person, World

Size = tuple[int, int]
DAY = 86_400_000_000


@pytest.fixture
def teams(filled: World) -> World:
    """Items of two teams in several columns, and some of none."""
    filled.do(AddEntity(TEAM, {"name": "Ops"}))
    core = {"team": 1}
    filled.do(*(EditItem(n, core) for n in (1, 4, 6)))
    filled.do(*(EditItem(n, {"team": 3}) for n in (2, 5, 7)))
    return filled


async def choose(person: Person, by: str) -> None:
    await person.press("B")
    await person.type(by)
    await person.press("enter")


def head(person: Person, name: str) -> str:
    """The line with the head of a lane."""
    return next((line for line in person.lines if f"{name} (" in line), "")


def lane_names(person: Person) -> list[str]:
    board = person.board
    assert isinstance(board, LaneBoard)
    return [lane.name for lane in board.lanes.lanes]


async def test_lanes_have_name_and_counts_and_empty_ones_are_left_out(
    teams: World, size: Size
) -> None:
    async with teams.person(size=size) as anna:
        await choose(anna, "team")
        assert lane_names(anna) == ["core", "Ops", "no team"], "by name, those of none last"
        assert head(anna, "core").split() == ["▾", "core", "(3)", "1", "1", "1"] or (
            "core (3)" in head(anna, "core")
        )
        assert anna.text.index("core (3)") < anna.text.index("PAY-1")
        assert anna.text.index("PAY-1") < anna.text.index("Ops (3)") < anna.text.index("PAY-2")
        assert anna.card.key == "PAY-1"


async def test_the_heads_of_a_lane_are_on_one_line_of_all_columns(teams: World) -> None:
    async with teams.person(size=(160, 50)) as anna:
        await choose(anna, "team")
        cells = [c for c in head(anna, "Ops").replace("─", " ").split() if c.isdigit()]
        assert cells == ["1", "1", "1"], "Backlog, Ready and Review have one each"
        assert head(anna, "Ops").index("1 ─") > 0


async def test_the_cursor_goes_from_lane_to_lane_and_across(teams: World, size: Size) -> None:
    async with teams.person(size=size) as anna:
        await choose(anna, "team")
        await anna.press("j")
        assert anna.card.key == "PAY-2", "the next card of the column is in the next lane"
        await anna.press("l")
        assert anna.card.key == "PAY-5", "the same lane in the next column"
        await anna.press("l")
        assert anna.card.key == "PAY-6", "Ops has nothing in Build: the nearest card there"
        await anna.press("tab")
        assert anna.card.key in ("PAY-5", "PAY-7"), "the next lane, in the nearest column"
        await anna.press("shift+tab")
        assert anna.card.key in ("PAY-4", "PAY-6")
        await anna.press("G")
        assert anna.board.index == anna.board.column.head.shown - 1


async def test_a_lane_folds_to_its_head_and_opens_again(teams: World, size: Size) -> None:
    async with teams.person(size=size) as anna:
        await choose(anna, "team")
        await anna.press("-")
        assert head(anna, "core").lstrip().startswith("▸ core (3)")
        assert "PAY-1 " not in anna.text
        assert "3" in anna.board.column.render_line(0).text, "the head counts what is folded"
        await anna.press("-")
        assert head(anna, "Ops").lstrip().startswith("▸ Ops (3)")
        await anna.press("+")
        anna.sees("▾ core (3)", "▾ Ops (3)", "PAY-1")


async def test_a_click_on_the_head_of_a_lane_folds_and_opens_it(teams: World) -> None:
    async with teams.person(size=(160, 50)) as anna:
        await choose(anna, "team")
        for sign in ("▸", "▾"):
            y = next(n for n, line in enumerate(anna.lines) if "Ops (3)" in line)
            for kind in (events.MouseDown, events.MouseUp):
                await anna.mouse(kind, 60, y)
            anna.sees(f"{sign} Ops (3)")
        x, y = anna.at("PAY-5")
        for kind in (events.MouseDown, events.MouseUp):
            await anna.mouse(kind, x, y)
        assert anna.card.key == "PAY-5"


async def test_work_on_an_item_and_undo_stay_with_it(teams: World, size: Size) -> None:
    async with teams.person(size=size) as anna:
        await choose(anna, "team")
        await anna.press("L")
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-1")
        await anna.press("z")
        assert (anna.stage, anna.card.key) == ("Backlog", "PAY-1")
        await anna.press("J")
        anna.sees("The order is that of the whole column: B ends the lanes")


async def test_what_others_do_moves_cards_and_lanes(teams: World) -> None:
    async with teams.person(size=(160, 50)) as anna:
        await choose(anna, "team")
        await anna.press("j")
        assert anna.card.key == "PAY-2"
        teams.do(EditItem(3, {"team": 1}), EditItem(8, {"team": 1}), actor="ben")
        await anna.watch()
        assert lane_names(anna) == ["core", "Ops"]
        assert anna.card.key == "PAY-2", "the cursor stays with its item"
        anna.sees("core (5)")


async def test_lanes_by_class_show_the_limit_of_the_class(filled: World) -> None:
    filled.do(SetStage(filled.stages["Ready"], {"class_limits": {"expedite": 1}}))
    async with filled.person(size=(160, 50)) as anna:
        await choose(anna, "class")
        assert lane_names(anna) == ["expedite", "standard"]
        assert "1/1 =" in head(anna, "expedite")
        await anna.press("/")
        await anna.type("key:PAY-1 or key:PAY-2")
        await anna.press("enter")
        assert "expedite" not in lane_names(anna)


async def test_a_filter_says_how_many_of_those_that_count_into_a_class_limit_fit(
    filled: World,
) -> None:
    filled.do(SetStage(filled.stages["Ready"], {"class_limits": {"expedite": 1}}))
    filled.do(EditItem(4, {"service": "expedite"}))
    async with filled.person(size=(160, 50)) as anna:
        await choose(anna, "class")
        await anna.press("/")
        await anna.type("key:PAY-4")
        await anna.press("enter")
        assert "1 of 2/1 ▲" in head(anna, "expedite")


async def test_a_team_with_the_name_of_a_class_has_no_limit_of_that(filled: World) -> None:
    filled.do(SetStage(filled.stages["Ready"], {"class_limits": {"expedite": 1}}))
    filled.do(AddEntity(TEAM, {"name": "expedite"}))
    filled.do(*(EditItem(n, {"team": 3}) for n in (1, 4, 5)))
    async with filled.person(size=(160, 50)) as anna:
        await choose(anna, "team")
        assert lane_names(anna)[0] == "expedite"
        assert "2/1" not in head(anna, "expedite") and "1/1" not in head(anna, "expedite")


async def test_lanes_by_parent_name_the_parent(filled: World) -> None:
    filled.do(EditItem(4, {"parent": "PAY-2"}), EditItem(6, {"parent": "PAY-2"}))
    async with filled.person(size=(160, 50)) as anna:
        await choose(anna, "parent")
        assert lane_names(anna) == ["PAY-2 Ledger split", "no parent"]


async def test_lanes_by_owner_are_in_the_order_of_names_without_any_figure(filled: World) -> None:
    filled.do(AddEntity(MEMBER, {"login": "zoe", "name": "Albert Amsel"}))
    filled.do(EditItem(1, {"owner": "zoe"}), EditItem(2, {"owner": "ben"}))
    async with filled.person(size=(160, 50)) as anna:
        await choose(anna, "owner")
        assert lane_names(anna) == ["Albert Amsel", "anna", "ben", "unassigned"]
        assert head(anna, "ben").strip().startswith("▾ ben (1)")


async def test_a_filter_and_lanes_go_together(teams: World) -> None:
    async with teams.person(size=(160, 50)) as anna:
        await choose(anna, "team")
        await anna.press("/")
        await anna.type("team:ops or team:core")
        await anna.press("enter")
        assert lane_names(anna) == ["core", "Ops"]
        anna.sees("6 of 8")


async def test_going_to_an_item_of_a_folded_lane_opens_it(teams: World) -> None:
    async with teams.person(size=(160, 50)) as anna:
        await choose(anna, "team")
        await anna.press("-", "-")
        for key in ("PAY-6", "PAY-5"):
            await anna.press("g")
            await anna.type(key)
            await anna.press("enter")
            assert anna.card.key == key


async def test_going_to_an_item_that_the_filter_hides_ends_at_that_item(teams: World) -> None:
    async with teams.person(size=(160, 50)) as anna:
        await choose(anna, "team")
        await anna.press("/")
        await anna.type("team:core")
        await anna.press("enter", "g")
        await anna.type("PAY-8")
        await anna.press("enter", "y")
        assert anna.card.key == "PAY-8"


async def test_going_to_an_item_opens_no_other_lane(teams: World) -> None:
    async with teams.person(size=(160, 50)) as anna:
        await choose(anna, "team")
        await anna.press("-", "-", "g")
        await anna.type("PAY-6")
        await anna.press("enter")
        anna.sees("▾ core (3)", "▸ Ops (3)")


async def test_a_board_that_opens_at_an_item_of_a_folded_lane_opens_it(teams: World) -> None:
    async with teams.person(size=(160, 50)) as anna:
        await choose(anna, "team")
        await anna.press("-", "-")
        anna.app.open_board(anna.screen.stream, 5)
        await anna.settle()
        assert anna.card.key == "PAY-5"


async def test_an_item_that_goes_into_a_folded_lane_is_said_to_be_there(filled: World) -> None:
    async with filled.person(size=(160, 50)) as anna:
        await choose(anna, "owner")
        assert lane_names(anna) == ["anna", "unassigned"]
        await anna.press("g", *"PAY-4", "enter", "-", "g", *"PAY-1", "enter", "t")
        anna.sees("its lane is folded")
        await anna.press("j")
        item = anna.card.id
        filled.do(EditItem(item, {"owner": "anna"}), actor="ben")
        await anna.watch()
        anna.sees("its lane is folded")


async def test_a_range_of_marks_is_of_cards_as_they_stand(teams: World) -> None:
    async with teams.person(size=(160, 50)) as anna:
        await choose(anna, "team")
        await anna.press("v", "j", "v")
        assert set(anna.screen.parts.selection.marks) == {1, 2}


async def test_a_stand_up_walks_a_board_in_lanes(teams: World) -> None:
    async with teams.person(size=(160, 50)) as anna:
        await choose(anna, "team")
        await anna.press("W")
        assert anna.stage == "Review"
        anna.sees("1 of 5")
        await anna.press("n", "n")
        assert anna.stage == "Build"


async def test_no_lanes_bring_the_board_back_as_it_was(teams: World, size: Size) -> None:
    async with teams.person(size=size) as anna:
        before = anna.lines
        await choose(anna, "team")
        await choose(anna, "no lanes")
        assert anna.lines == before


async def test_the_past_is_in_the_lanes_of_then(teams: World) -> None:
    later = clock() + 3 * DAY
    teams.clock = lambda: later
    teams.do(*(EditItem(n, {"team": 1}) for n in (2, 5, 7)))
    teams.do(MoveItem(5, teams.stages["Build"]))
    async with teams.person(size=(160, 50), now=lambda: later) as anna:
        await choose(anna, "team")
        assert lane_names(anna) == ["core", "no team"]
        await anna.press("<")
        assert lane_names(anna) == ["core", "Ops", "no team"]
        assert head(anna, "Ops").split()[1:3] == ["Ops", "(3)"]
        await anna.press("g", *"PAY-5", "enter")
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-5")
        await anna.press("-")
        assert head(anna, "Ops").lstrip().startswith("▸ Ops (3)")
        assert "PAY-2" not in anna.text and "PAY-4" in anna.text
        await anna.press("g", *"PAY-7", "enter")
        assert (anna.stage, anna.card.key) == ("Review", "PAY-7")
        anna.sees("▾ Ops (3)")
        await anna.press("-", ";")
        assert lane_names(anna) == ["core", "no team"]


async def test_the_past_in_lanes_by_class_has_the_limits_of_classes(filled: World) -> None:
    filled.do(SetStage(filled.stages["Ready"], {"class_limits": {"expedite": 1}}))
    later = clock() + 3 * DAY
    filled.clock = lambda: later
    filled.do(EditItem(5, {"service": "standard"}))
    async with filled.person(size=(160, 50), now=lambda: later) as anna:
        await choose(anna, "class")
        assert "expedite (" not in anna.text
        await anna.press("<")
        assert "1/1 =" in head(anna, "expedite")


async def test_lanes_are_kept_for_the_next_time(teams: World) -> None:
    async with teams.person(size=(120, 40), place=Place(teams.stream, lanes="team")) as anna:
        assert lane_names(anna) == ["core", "Ops", "no team"]
        from vsm.screens.board.leaving_place import place_of

        place = place_of(anna.app.screen_stack)
        assert place is not None and place.lanes == "team"
    app = VsmApp(teams.path, actor="anna", place=Place(teams.stream, lanes="flavour"))
    assert not app.view.lanes


async def test_many_cards_scroll_together_below_the_head_of_their_lane(teams: World) -> None:
    teams.do(
        *(
            AddItem(teams.stream, f"Work {n}", teams.stages["Backlog"], None, {"team": 1})
            for n in range(40)
        )
    )
    async with teams.person(size=(120, 30)) as anna:
        await choose(anna, "team")
        await anna.press("G")
        anna.sees("no team (2)", "PAY-3")
        assert anna.card.key == "PAY-3"
        await anna.press("k", "k")
        assert "core (43)" in anna.lines[3], "the head of the lane stays in sight"
        assert anna.card.key in anna.text
        for _ in range(6):
            await anna.press("pageup")
        assert anna.card.key == "PAY-1"
        anna.sees("PAY-1 ")


async def test_a_folded_column_makes_no_lane_higher(teams: World) -> None:
    teams.do(
        *(
            AddItem(teams.stream, f"Work {n}", teams.stages["Backlog"], None, {"team": 1})
            for n in range(30)
        )
    )
    async with teams.person(size=(160, 40)) as anna:
        await choose(anna, "team")
        assert "Ops (3)" not in anna.text
        await anna.press("f")
        anna.sees("core (33)", "PAY-4", "Ops (3)", "PAY-5", "no team (2)", "PAY-8")
        await anna.press("l")
        assert anna.card.key == "PAY-4"
        await anna.press("h", "f")
        assert "Ops (3)" not in anna.text and anna.card.key == "PAY-1"


async def test_in_ascii_and_without_colour_lanes_can_be_told(teams: World) -> None:
    async with teams.person(size=(80, 24), ascii_only=True, theme="none") as anna:
        await choose(anna, "team")
        anna.sees("v core (3) ---")
        await anna.press("-")
        anna.sees("> core (3) ---")


async def test_without_lanes_their_keys_say_how_to_get_some(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("tab")
        anna.sees("The board is in no lanes: B chooses some")


async def test_a_move_of_the_last_item_takes_its_lane_away(teams: World) -> None:
    async with teams.person(size=(160, 50)) as anna:
        await choose(anna, "team")
        teams.do(*(EditItem(n, {"team": 1}) for n in (2, 5, 7)), actor="ben")
        teams.do(MoveItem(7, teams.stages["Done"]), actor="ben")
        await anna.watch()
        assert lane_names(anna) == ["core", "no team"]
