"""Lists of items: a key goes through the orders of ``item list --sort``; what follows is said."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from tests.tui.conftest import Person
from tests.tui.test_flow import anna, demo, flow, made
from vsm.model.item_list import COLUMNS, ORDERS, read_sort, sort_items
from vsm.screens.dialogs import PickDialog
from vsm.widgets.pick_list import PickList

__all__ = ["demo", "made"]

Size = tuple[int, int]


def keys(person: Person) -> list[str]:
    return [row.name for row in person.app.screen.query_one(PickList).rows if row.id]


async def test_a_list_goes_through_the_orders_of_the_command_line(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        await person.press("3", "tab", "enter", "enter")
        dialog = person.app.screen
        assert isinstance(dialog, PickDialog)
        first, screen = keys(person), flow(person)
        ids = [item.id for key in first if (item := screen.reader.find_key(key)) is not None]
        by_id = {row.card.id: row for row in screen.reader.listed_items(ids, screen.as_of)}
        rows = [by_id[item] for item in ids]
        assert len(rows) == len(first) > 5
        for order in ORDERS:
            await person.press("ctrl+o")
            assert keys(person) == [row.card.key for row in sort_items(rows, read_sort(order))]
            column = COLUMNS[order.removeprefix("-")].head.lower()
            person.sees(f"by {column} {'↓' if order.startswith('-') else '↑'}")
        await person.press("ctrl+o")
        assert keys(person) == first
        assert "by " not in dialog.heading
        await person.press("ctrl+o", "ctrl+o", "ctrl+o")
        await person.type("CARD-1")
        person.sees("by due ↑")
        assert keys(person) and all("CARD-1" in key for key in keys(person))


async def test_lists_of_the_past_show_the_stage_of_then(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press(",", ",", ",", ",", "3", "tab", "enter", "enter")
        screen = flow(person)
        rows = person.app.screen.query_one(PickList).rows
        ids = [int(row.id) for row in rows]
        then = {r.card.id: r.stage for r in screen.reader.listed_items(ids, screen.as_of, True)}
        assert then and all(row.right.endswith(then[int(row.id)]) for row in rows)
        assert not any(row.right.endswith("Done") for row in rows)
        now = {r.card.id: r.stage for r in screen.reader.listed_items(ids, screen.host.now())}
        assert now != then
        await person.press("ctrl+o")
        person.sees("by days ↓")


async def test_found_items_are_sorted_and_more_is_said(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("g")
        await person.type("card-")
        await person.press(*["pagedown"] * 9)
        person.sees("more than 50 items match")
        await person.press("ctrl+o", "ctrl+o")
        person.sees("by in stage ↓", "in stage ")
        await person.press("escape", "g")
        await person.type("card-186")
        assert keys(person) == ["CARD-186"]


async def test_a_hint_that_is_too_long_ends_in_an_ellipsis(demo: Path) -> None:
    async with anna(demo, (80, 24)) as person:
        await person.press("3", "tab", "enter", "enter")
        field = person.app.screen.query_one(Input)
        await person.until(lambda: field.placeholder.endswith("…"))
        assert len(field.placeholder) < field.content_size.width


async def test_a_text_says_how_many_lines_follow(demo: Path) -> None:
    async with anna(demo, (80, 24)) as person:
        await person.press("3", "tab", "question_mark")
        person.sees("more lines")
        await person.press("end")
        assert "more lines" not in person.text
        await person.press("escape", "tab", "tab", "tab")
    async with anna(demo, (200, 60)) as person:
        await person.press("3", "question_mark")
        assert "more lines" not in person.text
