"""Adding several items in a row, duplicating one, and going to the ends of a column."""

from __future__ import annotations

import pytest
from textual import events

from vsm.model.command import EditItem, SetStream
from vsm.screens.board import find_item

from .conftest import Person, World
from .test_forms import stored


async def until_closed(person: Person) -> None:
    """Wait for a dialog that closes by itself."""
    await person.until(lambda: not person.app.screen.is_modal)
    await person.settle()


async def test_each_enter_adds_a_title_and_stays_for_the_next(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("A")
        anna.sees("Add items to Backlog", "No item added yet")
        for count, title in enumerate(("Card limits", "Virtual cards", "Fraud rules"), 1):
            await anna.type(title)
            await anna.press("enter")
            anna.sees(f"{count} item{'s' if count > 1 else ''} added: {title}")
        await anna.press("enter")
        anna.sees("An item needs a title.")
        await anna.press("escape")
        assert not anna.app.screen.is_modal
        assert anna.column("Backlog")[-3:] == ["PAY-9", "PAY-10", "PAY-11"]
        await anna.press("z")
        assert anna.column("Backlog")[-2:] == ["PAY-9", "PAY-10"]


async def test_pasted_lines_become_items_after_a_look(filled: World) -> None:
    text = "- Card limits\n\n* [ ] Virtual  cards\n3. Fraud rules\n* \n4.\n- [ ]\n"
    async with filled.person() as anna:
        await anna.press("A")
        await anna.paste(text)
        anna.sees("Add 3 items?", "Card limits", "Virtual cards", "Fraud rules")
        await anna.press("escape")
        assert anna.column("Backlog") == ["PAY-1", "PAY-2", "PAY-3"]
        await anna.paste(text)
        await anna.press("y")
        anna.sees("3 items added: Fraud rules")
        await anna.press("escape")
        assert len(anna.column("Backlog")) == 6
        assert stored(anna, "PAY-10").title == "Virtual cards"
        await anna.press("z")
        assert len(anna.column("Backlog")) == 3, "a paste is one group"


async def test_the_stream_says_what_is_added(filled: World) -> None:
    words = {"item": "story", "items": "stories"}
    filled.do(SetStream(filled.stream, {"vocabulary": words}))
    async with filled.person() as anna:
        await anna.press("A")
        anna.sees("Add stories to Backlog")


async def test_a_soft_limit_asks_and_nothing_typed_is_lost(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("l", "l", "A")
        await anna.type("One")
        await anna.press("enter")
        await anna.type("Two")
        await anna.press("enter")
        anna.sees("Above the WIP limit")
        await anna.press("escape")
        anna.sees("Not added", "Two")
        await anna.press("escape")
        anna.sees("Discard the title?")
        await anna.press("escape", "enter")
        await anna.type("agreed")
        await anna.press("enter")
        anna.sees("2 items added: Two")


async def test_a_duplicate_begins_with_the_fields_of_its_item(filled: World) -> None:
    filled.do(EditItem(1, {"owner": "ben", "labels": ["card"], "due": "2026-12-24"}))
    async with filled.person() as anna:
        await anna.press("C")
        anna.sees("New item in Backlog, as PAY-1", "Token vault rotation")
        await anna.type("Token vault, again")  # the title is selected
        await anna.press("enter")
        copy = stored(anna, "PAY-9")
        assert copy.title == "Token vault, again"
        assert (copy.owner, copy.labels, copy.due) == ("ben", ("card",), "2026-12-24")
        assert stored(anna, "PAY-1").title == "Token vault rotation"


async def test_g_twice_goes_to_the_first_item_and_capital_g_to_the_last(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow the machine, the second key comes soon enough.
    monkeypatch.setattr(find_item, "TWICE_WITHIN", 30.0)
    async with filled.person() as anna:
        await anna.press("G")
        assert anna.card.key == "PAY-3"
        for key in ("g", "g"):
            anna.app.post_message(events.Key(key, key).set_sender(anna.app))
        await anna.pilot.pause(0.05)
        await until_closed(anna)
        assert anna.card.key == "PAY-1"


async def test_a_word_that_begins_with_g_is_searched_for(filled: World) -> None:
    filled.add("Backlog", "Gateway of the ledger")
    async with filled.person() as anna:
        await anna.burst("g", *"gateway")
        await anna.pilot.pause(0.5)
        anna.sees("Go to an item", "Gateway of the ledger")
        await anna.press("enter")
        assert anna.card.key == "PAY-9"


async def test_u_undoes(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("L", "u")
        assert anna.column("Backlog")[0] == "PAY-1"
