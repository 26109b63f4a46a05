"""Two people at one item: whoever comes second sees who came first, chooses, and loses nothing."""

from __future__ import annotations

import pytest

from vsm.model.command import (
    AddItem,
    ArchiveItem,
    BlockItem,
    CommentItem,
    DropItem,
    EditItem,
    MoveItem,
)
from vsm.model.item import BlockerKind, Item
from vsm.screens.forms import Form
from vsm.session import ChangeGroup, Session

from .conftest import Person, World
from .test_forms import go_to_field, stored

Size = tuple[int, int]
NOON = 1_795_604_400_000_000
"""Wed 25 Nov 2026 11:00 UTC, 12:00 in the zone of the stream."""


def at_noon() -> int:
    return NOON


def form_of(person: Person) -> Form:
    form = person.app.screen
    assert isinstance(form, Form), person.text
    return form


async def look(person: Person) -> None:
    """Have the open form see what others wrote, as it does five times a second."""
    form_of(person).look_at_others()
    await person.settle()


def item(person: Person) -> Item:
    return stored(person, "PAY-1")


# -- moves --------------------------------------------------------------------------------


async def test_a_stale_move_names_who_moved_it_and_enter_repeats_it(
    filled: World, size: Size
) -> None:
    filled.clock = at_noon
    async with filled.person("anna", size, now=at_noon) as anna:
        filled.do(MoveItem(1, filled.stages["Build"]), actor="ben")
        await anna.press("L")
        anna.sees("PAY-1 has changed since you looked", "ben moved it from Backlog to Build")
        anna.sees("12:00", "move it to Ready all the same", "leave it")
        assert item(anna).stage == filled.stages["Build"], "nothing is done unasked"
        await anna.press("enter")
        assert "PAY-1" in anna.column("Ready")
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-1")
        await anna.press("z")
        assert "PAY-1" in anna.column("Build"), "it is one change of anna's"


async def test_a_key_just_after_a_move_by_others_is_for_what_stood_there(
    filled: World, size: Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsm.screens.board.unread.READING_TIME", 60.0)  # however slow it is here
    async with filled.person("anna", size) as anna:
        filled.do(MoveItem(1, filled.stages["Build"]), actor="ben")
        await anna.watch(reads=False)
        assert "PAY-1" in anna.column("Build")
        await anna.press("L")
        anna.sees("PAY-1 has changed since you looked", "move it to Ready all the same")
        await anna.press("escape")
        assert item(anna).stage == filled.stages["Build"], "and not one stage further"


async def test_a_key_just_after_others_finished_an_item_is_not_for_the_next_one(
    filled: World, size: Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsm.screens.board.unread.READING_TIME", 60.0)  # however slow it is here
    async with filled.person("anna", size) as anna:
        filled.do(DropItem(1), actor="ben")
        await anna.watch(reads=False)
        assert anna.card.key == "PAY-2", "it took the place of PAY-1"
        await anna.press("L")
        anna.sees("PAY-1 has changed since you looked")
        await anna.press("escape", "j", "L")
        assert "PAY-3" in anna.column("Ready"), "whoever moves the cursor has looked"


async def test_a_key_after_others_moved_an_item_acts_on_it_once_it_could_be_read(
    filled: World, size: Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsm.screens.board.unread.READING_TIME", 0.0)
    async with filled.person("anna", size) as anna:
        filled.do(MoveItem(1, filled.stages["Build"]), actor="ben")
        await anna.watch(reads=False)
        await anna.press("H")
        assert "PAY-1" in anna.column("Ready")


async def test_a_key_for_the_only_item_of_a_column_that_has_just_gone_acts_on_no_other(
    filled: World, size: Size
) -> None:
    async with filled.person("anna", size) as anna:
        await anna.press("'", "3")
        assert anna.card.key == "PAY-6"
        filled.do(ArchiveItem(6), actor="ben")
        await anna.watch(reads=False)
        await anna.press("t")
        anna.sees("PAY-6")
        assert "There is no item under the cursor" not in anna.text


async def test_two_boards_that_move_one_item_ask_the_second_person(
    filled: World, size: Size
) -> None:
    async with filled.person("ben", size) as ben, filled.person("anna", size) as anna:
        await anna.press("L", "L")
        await ben.press("L")
        ben.sees("anna moved it from Backlog to Ready", "anna moved it from Ready to Build")
        ben.sees("move it to Ready all the same")
        await ben.press("enter")
        assert "PAY-1" in ben.column("Ready")
        await anna.watch()
        anna.sees("ben moved PAY-1 from Build to Ready")
        await anna.press("z")
        anna.sees("PAY-1 has changed since: ben moved it from Build to Ready")
        assert "PAY-1" in anna.column("Ready"), "an undo never takes back what ben did"


async def test_two_forms_of_one_item_keep_both_texts(filled: World, size: Size) -> None:
    async with filled.person("anna", size) as anna, filled.person("ben", size) as ben:
        await anna.press("e", "end")
        await ben.press("e", "end")
        await anna.type(" (anna)")
        await ben.type(" (ben)")
        await anna.press("enter")
        await look(ben)
        ben.sees("⇄ anna ", ": Token vault rotation (anna) · Ctrl+T: swap")
        await ben.press("enter")
        ben.sees("Also changed: Title (anna ")
        assert item(ben).title == "Token vault rotation (anna)"
        await ben.press("enter")
        assert item(ben).title == "Token vault rotation (ben)"


async def test_esc_leaves_a_stale_move_and_the_cursor_is_on_the_item(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        filled.do(MoveItem(1, filled.stages["Build"]), actor="ben")
        await anna.press("L", "escape")
        assert "PAY-1" in anna.column("Build")
        assert item(anna).version == 2
        assert (anna.stage, anna.card.key) == ("Build", "PAY-1")


async def test_keys_typed_before_the_question_do_not_answer_it(filled: World) -> None:
    async with filled.person() as anna:
        filled.do(MoveItem(1, filled.stages["Build"]), actor="ben")
        await anna.burst("L", "enter")
        anna.sees("PAY-1 has changed since you looked")
        assert item(anna).stage == filled.stages["Build"]


async def test_somebody_may_be_quicker_again_while_the_question_is_up(filled: World) -> None:
    async with filled.person() as anna:
        filled.do(MoveItem(1, filled.stages["Build"]), actor="ben")
        await anna.press("L")
        filled.do(MoveItem(1, filled.stages["Done"]), actor="cleo")
        await anna.press("enter")
        anna.sees("cleo moved it from Build to Done")
        await anna.press("enter")
        assert item(anna).stage == filled.stages["Ready"]


async def test_other_keys_ask_too_and_say_all_that_was_done(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        filled.do(CommentItem(1, "is this ours?"), actor="ben")
        filled.do(BlockItem(1, BlockerKind.DECISION, "who pays"), actor="cleo")
        await anna.press("a")
        anna.sees("ben commented on it: is this ours?", "cleo blocked it (decision): who pays")
        anna.sees("archive it all the same")
        await anna.press("enter")
        assert item(anna).archived


# -- forms --------------------------------------------------------------------------------


async def test_edits_of_different_fields_are_merged_and_the_board_says_so(
    filled: World, size: Size
) -> None:
    async with (
        filled.person("anna", size, now=at_noon) as anna,
        filled.person("ben", size) as ben,
    ):
        await anna.press("e", "end")
        await anna.type(" now")
        filled.clock = at_noon
        await ben.press("t")
        assert item(ben).owner == "ben"
        await anna.press("enter")
        assert not isinstance(anna.app.screen, Form), anna.text
        assert (item(anna).title, item(anna).owner) == ("Token vault rotation now", "ben")
        anna.sees("Saved PAY-1; also changed meanwhile: owner (ben ")


async def test_what_others_write_is_marked_as_soon_as_it_is_seen(filled: World, size: Size) -> None:
    filled.clock = at_noon
    async with filled.person("anna", size, now=at_noon) as anna:
        await anna.press("e", "end")
        await anna.type(" now")
        filled.do(EditItem(1, {"owner": "ben"}), actor="ben")
        await look(anna)
        anna.sees("⇄ ben 12:00")
        assert form_of(anna).field("owner").text == "ben"
        filled.do(EditItem(1, {"title": "His"}), actor="cleo")
        await look(anna)
        anna.sees("⇄ cleo 12:00", "cleo 12:00: His · Ctrl+T: swap")
        assert form_of(anna).field("title").text == "Token vault rotation now"
        filled.do(EditItem(1, {"title": "Token vault rotation"}), actor="cleo")
        await look(anna)
        assert "cleo" not in anna.text, "it is as it was"


async def test_marks_have_an_ascii_form(filled: World) -> None:
    filled.clock = at_noon
    async with filled.person(now=at_noon, ascii_only=True) as anna:
        await anna.press("e")
        filled.do(EditItem(1, {"owner": "ben"}), actor="ben")
        await look(anna)
        anna.sees("% ben 12:00")
        assert anna.text.isascii()


async def test_the_same_field_shows_theirs_and_mine_and_one_chooses(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("e", "end")
        await anna.type(" mine")
        filled.do(EditItem(1, {"title": "His"}), actor="ben")
        await look(anna)
        await anna.press("enter")
        anna.sees("Also changed: Title (ben ", "What you typed is kept")
        assert item(anna).title == "His", "seen in passing is not chosen"
        await anna.press("ctrl+t")
        assert form_of(anna).field("title").text == "His"
        anna.sees("yours: Token vault rotation mine")
        assert "What you typed is kept" not in anna.text, "theirs is in the field"
        await anna.press("ctrl+t")
        assert form_of(anna).field("title").text == "Token vault rotation mine"
        await anna.press("enter")
        assert item(anna).title == "Token vault rotation mine"


async def test_theirs_can_be_chosen_and_nothing_is_written_then(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("e", "end")
        await anna.type(" mine")
        filled.do(EditItem(1, {"title": "His"}), actor="ben")
        await look(anna)
        await anna.press("ctrl+t", "enter")
        assert not isinstance(anna.app.screen, Form), anna.text
        assert (item(anna).title, item(anna).version) == ("His", 2)


async def test_who_shows_theirs_gets_the_latest_of_it_and_keeps_the_own_text(
    filled: World,
) -> None:
    async with filled.person() as anna:
        await anna.press("e")
        await go_to_field(anna, "description")
        await anna.type("mine")
        filled.do(EditItem(1, {"description": "his"}), actor="ben")
        await look(anna)
        await anna.press("ctrl+t")
        filled.do(EditItem(1, {"description": "his\nsecond"}), actor="ben")
        await look(anna)
        field = form_of(anna).field("description")
        assert field.text == "his\nsecond"
        anna.sees("yours: mine")
        await anna.press("ctrl+t")
        assert field.text == "mine"
        anna.sees(": his (+1 lines)")
        await anna.press("ctrl+s")
        assert item(anna).description == "mine", "chosen over theirs, so not merged"


async def test_a_write_between_look_and_save_is_shown_too(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("e", "end")
        await anna.type(" mine")
        form = form_of(anna)
        seen, form.look_at_others = form.look_at_others, lambda: None  # type: ignore[method-assign]
        filled.do(EditItem(1, {"title": "His"}), actor="ben")
        save = form._save

        async def saving(values: dict[str, object]) -> object:
            form.look_at_others = seen  # type: ignore[method-assign]
            return await save(values)

        form._save = saving  # type: ignore[assignment]
        await anna.press("enter")
        anna.sees("Also changed: Title (ben ")
        assert item(anna).title == "His"
        await anna.press("enter")
        assert item(anna).title == "Token vault rotation mine"


async def test_an_open_form_says_that_the_item_was_dropped_and_so_does_the_board(
    filled: World, size: Size
) -> None:
    filled.clock = at_noon
    async with filled.person("anna", size, now=at_noon) as anna:
        await anna.press("e", "end")
        await anna.type(" now")
        filled.do(DropItem(1, "no money"), actor="ben")
        await look(anna)
        anna.sees("⇄ ben dropped it from Backlog to Dropped: no money, 12:00")
        await anna.press("enter")
        assert item(anna).title == "Token vault rotation now"
        anna.sees("Saved PAY-1; ben dropped it from Backlog to Dropped")


async def test_an_open_form_says_who_removed_the_item_and_keeps_the_text(
    filled: World, size: Size
) -> None:
    filled.clock = at_noon
    ben = Session(filled.path, actor="ben", clock=at_noon)
    added = ben.do(AddItem(filled.stream, "Short life", filled.stages["Backlog"]))
    assert isinstance(added, ChangeGroup)
    async with filled.person("anna", size, now=at_noon) as anna:
        await anna.press("G", "e", "end")
        anna.sees("Edit PAY-9")
        await anna.type(" or long")
        assert isinstance(ben.undo(), ChangeGroup)
        await look(anna)
        anna.sees("⇄ PAY-9 is gone: ben undid the adding of PAY-9, 12:00")
        await anna.press("enter")
        anna.sees("PAY-9 is gone: ben undid the adding of PAY-9, 12:00. What you typed")
        assert form_of(anna).field("title").text == "Short life or long"
        assert isinstance(ben.redo(), ChangeGroup)
        await look(anna)
        assert "⇄ PAY-9 is gone" not in anna.text, "it is there again"
        await anna.press("enter")
        assert stored(anna, "PAY-9").title == "Short life or long"
    ben.close()


# -- descriptions ---------------------------------------------------------------------------


async def test_descriptions_are_merged_by_line(filled: World, size: Size) -> None:
    filled.do(EditItem(1, {"description": "why\n\nhow\n\nwhen"}))
    async with filled.person(size=size) as anna:
        await anna.press("e")
        await go_to_field(anna, "description")
        form_of(anna).field("description").put("why\n\nhow\n\nwhen is soon")
        filled.do(EditItem(1, {"description": "because\n\nhow\n\nwhen"}), actor="ben")
        await anna.press("ctrl+s")
        assert not isinstance(anna.app.screen, Form), anna.text
        assert item(anna).description == "because\n\nhow\n\nwhen is soon"
        anna.sees("also changed meanwhile: description (ben ")


async def test_the_same_line_leaves_both_in_the_editor_until_the_markers_are_gone(
    filled: World, size: Size
) -> None:
    filled.do(EditItem(1, {"description": "why\n\nhow"}))
    async with filled.person(size=size) as anna:
        await anna.press("e")
        await go_to_field(anna, "description")
        form_of(anna).field("description").put("why\n\nhow mine")
        filled.do(EditItem(1, {"description": "why\n\nhow his"}), actor="ben")
        await anna.press("ctrl+s")
        anna.sees("Same lines changed: Description (ben ")
        field = form_of(anna).field("description")
        lines = field.text.split("\n")
        assert lines[:4] == ["why", "", "<<<<<<< mine", "how mine"]
        assert lines[4].startswith("======= theirs: ben ")
        assert lines[5:] == ["how his", ">>>>>>> end"]
        await anna.press("ctrl+s")
        anna.sees("Description: 3 marker lines are left")
        assert item(anna).description == "why\n\nhow his"
        field.put("why\n\nhow mine and his")
        await anna.press("ctrl+s")
        assert not isinstance(anna.app.screen, Form), anna.text
        assert item(anna).description == "why\n\nhow mine and his"


async def test_a_merged_description_goes_round_both_mine_and_theirs(
    filled: World, size: Size
) -> None:
    filled.clock = at_noon
    filled.do(EditItem(1, {"description": "why"}))
    async with filled.person(size=size, now=at_noon) as anna:
        await anna.press("e")
        await go_to_field(anna, "description")
        field = form_of(anna).field("description")
        field.put("mine")
        filled.do(EditItem(1, {"description": "his"}), actor="ben")
        await anna.press("ctrl+s")
        both = field.text
        anna.sees("shown: both versions · Ctrl+T: both, yours, theirs")
        await anna.press("ctrl+t")
        assert field.text == "mine"
        anna.sees("shown: yours")
        assert "Same lines changed" not in anna.text
        await anna.press("ctrl+t")
        assert field.text == "his"
        anna.sees("shown: ben 12:00")
        await anna.press("escape")
        anna.sees("Discard changes?")
        await anna.press("escape")
        await anna.press("ctrl+t")
        assert field.text == both
        await anna.press("ctrl+s")
        anna.sees("3 marker lines are left")
        await anna.press("ctrl+t")
        assert "marker lines" not in anna.text
        await anna.press("ctrl+s")
        assert item(anna).description == "mine"
        anna.sees("you replaced ben's description of 12:00")


async def test_the_message_says_whose_text_was_replaced(filled: World, size: Size) -> None:
    filled.clock = at_noon
    async with filled.person(size=size, now=at_noon) as anna:
        await anna.press("e", "end")
        anna.sees("Ctrl+S: save (Enter too, but in Description)")
        await anna.type(" mine")
        filled.do(EditItem(1, {"title": "His"}), actor="ben")
        await anna.press("enter")
        anna.sees("What you typed is kept: save again to")
        await anna.press("enter")
        anna.sees("Saved PAY-1; you replaced ben's title of 12:00")
        assert "also changed" not in anna.text
