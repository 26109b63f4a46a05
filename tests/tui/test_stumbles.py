"""Stumbling blocks of first-time users, each held to be mended."""

from __future__ import annotations

from vsm.model import command as c
from vsm.model.item import BlockerKind
from vsm.screens.forms import Form

from .conftest import World

Size = tuple[int, int]


async def test_after_something_is_added_the_cursor_is_on_it(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("o", "2", "down", "a")
        await anna.type("Pairing")
        await anna.press("enter")
        anna.sees("added the stage Pairing")
        await anna.press("enter")
        anna.sees("Stage Pairing")
        await anna.press("escape", "4", "a")
        await anna.type("Coaches")
        await anna.press("enter", "enter")
        anna.sees("Team Coaches")


async def test_after_a_stage_was_retired_the_cursor_is_beside_where_it_was(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("o", "2", "down", "a")
        await anna.type("Spare")
        await anna.press("enter", "x")
        anna.sees("retired the stage Spare")
        await anna.press("enter")
        assert isinstance(anna.app.screen, Form)
        anna.sees("Stage Build")
        await anna.press("escape", "z")
        anna.sees("undid: retired the stage Spare")


async def test_the_ends_of_the_lists_of_the_organisation(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("o", "2", "end", "enter")
        anna.sees("Stage Dropped")
        await anna.press("escape", "home", "enter")
        anna.sees("Stage Backlog")


async def test_what_blocks_an_item_is_the_first_thing_in_its_details(filled: World) -> None:
    filled.do(c.BlockItem(5, BlockerKind.DECISION, "legal has to answer"))
    async with filled.person(size=(80, 24)) as anna:
        await anna.press("l", "enter")
        anna.sees("decision: legal has to answer, since", "Ctrl+D more of the details")
        await anna.press("b")
        anna.sees("Stage")
        await anna.press(*["ctrl+d"] * 3)
        anna.sees("Resolved blockers")
        await anna.press("enter")
        assert "Ctrl+D" not in anna.text


async def test_a_message_does_not_hide_the_filter_line(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("z")
        anna.sees("There is nothing to undo.")
        await anna.press("/")
        await anna.type("fee")
        anna.sees("/ fee", "1 of 8")


async def test_a_filter_says_what_it_does_not_know(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("/")
        await anna.type("agee>3")
        anna.sees("wrong at column 1", "agee cannot be compared: age, pace, idle, blocked, due")
        await anna.press("ctrl+u")
        await anna.type("team:Nonsense")
        anna.sees("0 of 8: there is no team nonsense")
        await anna.press("ctrl+u")
        await anna.type("stage:Revew")
        anna.sees("0 of 8: there is no stage revew")
        await anna.press("ctrl+u")
        await anna.type("-team:none")
        assert "there is no" not in anna.text


async def test_a_text_of_several_lines_is_pasted_whole_into_one(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("n")
        await anna.paste("one\ntwo\r\n\tthree")
        await anna.press("ctrl+s")
        anna.sees("one two three")
        result = anna.screen.reader.find_key("PAY-9")
        assert result is not None and result.title == "one two three"


async def test_a_terminal_that_became_too_small_loses_no_form(filled: World) -> None:
    async with filled.person(size=(80, 24)) as anna:
        await anna.press("n")
        await anna.type("Half a title")
        await anna.pilot.resize_terminal(30, 8)
        await anna.settle()
        anna.sees("What you typed is kept")
        await anna.press("q")
        assert anna.app.is_running
        await anna.pilot.resize_terminal(80, 24)
        await anna.settle()
        anna.sees("Half a title")


async def test_links_are_saved_with_the_key_of_all_forms(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("d")
        await anna.type("PAY-4")
        await anna.press("ctrl+s")
        assert anna.card.waits_for == 1


async def test_what_was_made_and_undone_is_called_by_its_key(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("n")
        await anna.type("Short life")
        await anna.press("enter", "z")
        anna.sees("undid: added PAY-9")


async def test_a_name_that_begins_so_comes_before_one_that_holds_it(filled: World) -> None:
    filled.do(c.SetStage(filled.stages["Ready"], {"name": "To review"}))
    async with filled.person() as anna:
        await anna.press("m")
        await anna.type("rev")
        await anna.press("enter")
        anna.sees("Review is full")


async def test_read_only_says_so_before_anything_is_typed(filled: World) -> None:
    async with filled.person(read_only=True) as anna:
        for key in ("n", "e", "t", "b", "L", "w", "z"):
            await anna.press(key)
            assert not anna.app.screen.is_modal, key
            anna.sees("This board is read-only. Open it without --read-only to change it.")
            anna.screen.hints.say("")
        await anna.press("o", "a")
        anna.sees("This board is read-only. Open it without --read-only")


async def test_a_percentile_of_few_items_says_how_few(filled: World) -> None:
    async with filled.person() as anna:
        anna.board.select_item(filled.stages["Review"], 0)
        await anna.press("L")
        anna.sees("85% finish in ≤ 1 d (n=1)")


async def test_what_is_refused_is_told_in_whole_sentences(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("o", "2", "a")
        await anna.type("build")
        await anna.press("enter")
        text = anna.text
        assert ". say" not in text and ". nothing" not in text and ". change" not in text
