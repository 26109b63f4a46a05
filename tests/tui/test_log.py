"""The log on F2: who did what, and the item as it was then."""

from __future__ import annotations

from vsm.model.command import CommentItem, EditItem, MoveItem

from .conftest import World

Size = tuple[int, int]


async def test_it_lists_changes_and_shows_the_item_as_it_was_then(
    filled: World, size: Size
) -> None:
    (item,) = filled.add("Ready", "Login")
    filled.do(EditItem(item, {"title": "Sign in"}), actor="bo")
    filled.do(MoveItem(item, filled.stages["Build"]), actor="agent:release")
    async with filled.person(size=size) as anna:
        await anna.press("f2")
        anna.sees("Log", "moved PAY-9 from Ready to Build", "agent:release", "changed PAY-9: title")
        await anna.type("by:bo")
        assert "agent:release" not in anna.text
        await anna.press("enter")
        anna.sees("PAY-9 as of", "Sign in", "Stage       Ready")
        await anna.press("escape")
        await anna.type("by:agent kind:moved")
        anna.sees("moved PAY-9 from Ready to Build")
        await anna.press("escape")
        assert anna.app.screen is anna.screen


async def test_from_figures_it_leads_to_the_item_on_the_board(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("4", "f2")
        await anna.type("added PAY-6")
        await anna.press("enter", "enter")
        assert anna.app.screen is anna.screen and anna.card.key == "PAY-6"


async def test_in_the_past_it_ends_there(filled: World) -> None:
    async with filled.person() as anna:
        anna.app.view.at = filled.clock() - 1
        anna.screen.as_of_changed()
        await anna.settle()
        filled.do(EditItem(1, {"title": "Later"}))
        await anna.press("f2")
        anna.sees("added PAY-8 in Review")
        assert "Later" not in anna.text


async def test_what_nobody_can_open_says_so(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("f2")
        await anna.type("made the stream")
        anna.sees("made the stream Card issuing")
        await anna.press("enter")
        anna.sees("made the stream Card issuing")


async def test_hostile_texts_are_inert_in_it(filled: World) -> None:
    filled.do(CommentItem(1, "a\x1b[2J\x07[red]b"), actor="[bold]x")
    async with filled.person(size=(80, 24)) as anna:
        await anna.press("f2")
        anna.sees("[red]b", "[bold]x")
        assert not {"\x1b", "\x07"} & set(anna.text)
