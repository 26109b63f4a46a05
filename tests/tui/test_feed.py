"""The feed on F: the latest changes of others, and the items behind them."""

from __future__ import annotations

import re

from vsm.model.command import AddItem, AddStage, EditItem, MoveItem, NewStage
from vsm.model.history import Entry, ImportPlan, ItemHistory
from vsm.model.stream import Category
from vsm.session import Session

from .conftest import STAGES, World

Size = tuple[int, int]


async def test_it_lists_what_others_did_and_leads_to_the_item(filled: World, size: Size) -> None:
    filled.do(MoveItem(3, filled.stages["Ready"], reason="why"), actor="ben")
    filled.do(EditItem(1, {"title": "Mine"}), actor="anna")
    filled.do(EditItem(2, {"title": "Split"}), actor="agent:tidy")
    async with filled.person(size=size) as anna:
        await anna.press("F")
        anna.sees("Changes by others", "ben moved PAY-3 from Backlog to Ready")
        anna.sees("agent:tidy changed PAY-2")
        assert "changed PAY-1" not in anna.text
        await anna.type("ben")
        assert "tidy" not in anna.text
        await anna.press("enter")
        anna.sees("PAY-3", "Fee table")
        await anna.press("enter")
        assert anna.app.screen is anna.screen and anna.card.key == "PAY-3"


async def test_a_group_is_one_line_with_its_items_behind_it(filled: World) -> None:
    moves = [MoveItem(item, filled.stages["Done"]) for item in (1, 2, 3)]
    filled.do(*moves, actor="ben")
    async with filled.person() as anna:
        await anna.press("F")
        anna.sees("ben moved 3 items from Backlog to Done")
        await anna.press("enter")
        anna.sees("3 items", "PAY-1", "PAY-2", "PAY-3")
        await anna.press("escape")
        anna.sees("Changes by others")
        await anna.press("escape")
        assert anna.app.screen is anna.screen


async def test_a_burst_is_one_line_with_a_true_count(filled: World) -> None:
    filled.do(*(AddItem(filled.stream, f"Item {n}") for n in range(250)), actor="ben")
    async with filled.person() as anna:
        await anna.press("F")
        anna.sees("ben added 250 items in Backlog")
        await anna.press("enter")
        anna.sees("250 items")


async def test_a_burst_of_several_kinds_says_how_many(filled: World) -> None:
    many = [AddItem(filled.stream, f"Item {n}") for n in range(250)]
    filled.do(*many, EditItem(1, {"title": "Vault"}), actor="ben")
    async with filled.person() as anna:
        await anna.press("F")
        anna.sees("ben made 251 changes to 251 items")


async def test_a_move_comes_first_and_the_whole_sentence_stands_below(filled: World) -> None:
    edit = EditItem(3, {"owner": "ben.the.long", "title": "A title that takes much of the line"})
    filled.do(edit, MoveItem(3, filled.stages["Ready"], reason="why"), actor="ben")
    async with filled.person(size=(80, 24)) as anna:
        await anna.press("F")
        line = next(line for line in anna.lines if "ben moved PAY-3" in line)
        assert re.search(r"\d\d:\d\d  ben moved PAY-3 from Backlog to Ready; changed PAY-3", line)
        anna.sees("ben.the.long, title Fee table → A title that takes much of the line")
        for _ in range(2):
            await anna.press("f1")
            anna.sees("Keys and symbols")
        await anna.press("escape")
        anna.sees("Changes by others")


async def test_an_undone_import_is_named_by_its_file(filled: World) -> None:
    session = Session(filled.path, actor="carl")
    history = ItemHistory("X-1", "X-1", "Old", (Entry(1_000_000, "Backlog"),), "line 1")
    stages = tuple((stage.name, stage.category) for stage in STAGES)
    plan = ImportPlan("Card issuing", "UTC", stages, None, "csv", "i.csv", "0" * 64, [history])
    session.import_histories(plan)
    session.undo()
    session.close()
    async with filled.person() as anna:
        await anna.press("F")
        anna.sees("carl undid the import of i.csv (1 item)")
        anna.sees("carl imported 1 item and 0 moves from i.csv into Card issuing")


async def test_it_leads_from_figures_to_the_board_and_ends_in_the_past(filled: World) -> None:
    filled.do(EditItem(2, {"title": "Split"}), actor="ben")
    async with filled.person() as anna:
        await anna.press("3", "F")
        await anna.type("split")
        await anna.press("enter", "enter")
        assert anna.app.screen is anna.screen and anna.card.key == "PAY-2"
        anna.app.view.at = filled.clock() - 1
        filled.do(EditItem(2, {"title": "Later"}), actor="ben")
        await anna.press("F")
        assert "Later" not in anna.text


async def test_nothing_and_what_no_item_is_behind(filled: World, world: World) -> None:
    async with filled.person("seed") as anna:
        await anna.press("F")
        anna.sees("Nobody else has changed anything")
        await anna.press("escape")
        stage = NewStage("Pilot", Category.ACTIVE)
        filled.do(AddStage(filled.stream, stage, filled.stages["Review"]), actor="ben")
        await anna.watch()
        anna.sees("ben added the stage Pilot")
        await anna.press("F", "enter")
        anna.sees("Changes by others", "ben added the stage Pilot")


async def test_hostile_names_and_texts_are_inert_in_it(filled: World) -> None:
    filled.do(EditItem(1, {"title": "a\x1b[2J\x07[red]b"}), actor="[bold]x")
    async with filled.person(size=(80, 24)) as anna:
        await anna.press("F")
        anna.sees("[red]b", "[bold]x")
        assert not {"\x1b", "\x07"} & set(anna.text)
