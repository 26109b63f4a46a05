"""Marking several items: what is marked, what acts on all of them, what is refused of it."""

from __future__ import annotations

import pytest

from vsm.model.command import (
    AddEntity,
    CreateStream,
    EditItem,
    MoveItem,
    NewStage,
    SetStage,
)
from vsm.model.entities import MEMBER
from vsm.model.stream import Category
from vsm.screens.board.refused_items import RefusedDialog

from .conftest import Person, World
from .test_forms import go_to_field, stored

Size = tuple[int, int]


def marked(anna: Person) -> list[str]:
    """The keys of the marked items."""
    reader = anna.screen.reader
    return sorted(brief.key for brief in reader.briefs(anna.screen.parts.selection.marks))


async def test_space_marks_and_goes_down_and_the_hint_line_counts(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("space", "space")
        assert marked(anna) == ["PAY-1", "PAY-2"]
        anna.sees("◉ 2 marked", "H L move", "Esc unmark", "◉PAY-1", "◉PAY-2")
        await anna.press("k", "space")
        assert marked(anna) == ["PAY-1"], "again takes the mark away"
        await anna.press("escape")
        assert marked(anna) == []
        anna.sees("? help")


async def test_v_marks_as_far_as_the_cursor_goes(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("v", "j", "j")
        anna.sees("a range of 3", "◉PAY-1", "◉PAY-2", "◉PAY-3")
        await anna.press("k")
        anna.sees("a range of 2")
        await anna.press("v")
        assert marked(anna) == ["PAY-1", "PAY-2"]
        await anna.press("escape")
        await anna.press("home", "space", "end", "v")
        anna.sees("a range of 3")
        await anna.press("k", "L")
        assert anna.column("Backlog") == ["PAY-3"], "a key acts on the range as it is"


async def test_esc_leaves_a_range_but_keeps_the_marks_before_it(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("end", "space", "home", "l", "v", "j", "escape")
        assert marked(anna) == ["PAY-3"]
        await anna.press("escape")
        assert marked(anna) == []


async def test_the_star_marks_all_that_the_filter_shows_and_then_nothing(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("*")
        assert len(marked(anna)) == 8
        await anna.press("*")
        assert marked(anna) == []
        await anna.press("/")
        await anna.type("card")
        await anna.press("enter", "*")
        assert marked(anna) == ["PAY-7"]


async def test_a_move_of_all_marked_is_one_group_and_one_undo(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("space", "space", "L")
        assert anna.column("Ready")[-2:] == ["PAY-1", "PAY-2"]
        anna.sees("4/4 =", "moved PAY-1 and PAY-2 from Backlog to Ready")
        assert marked(anna) == [], "marks end with their action"
        await anna.press("z")
        assert anna.column("Backlog") == ["PAY-1", "PAY-2", "PAY-3"]
        await anna.press("Z")
        assert anna.column("Backlog") == ["PAY-3"]


async def test_those_ahead_move_first_so_that_they_make_room(filled: World) -> None:
    async with filled.person() as anna:
        filled.do(MoveItem(7, filled.stages["Done"]), MoveItem(8, filled.stages["Done"]))
        await anna.watch()
        filled.add("Build", "Second in build")
        await anna.watch()
        await anna.press("l", "space", "l", "*", "escape")
        await anna.press("'", "2", "space", "'", "3", "space", "space", "L")
        assert len(anna.column("Review")) == 2
        assert len(anna.column("Build")) == 1


async def test_refusals_are_listed_item_by_item_and_the_rest_is_done(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("space", "'", "3", "space", "L")
        anna.sees("Only 1 of 2 fit", "Review is full: 2 of 2", "the one that fits: PAY-1?")
        await anna.press("escape")
        assert "PAY-1" in anna.column("Backlog") and marked(anna) == ["PAY-1", "PAY-6"]
        await anna.press("L", "enter")
        assert "PAY-1" in anna.column("Ready") and anna.column("Build") == ["PAY-6"]
        assert marked(anna) == ["PAY-6"], "what was refused stays marked"
        await anna.press("L")
        assert isinstance(anna.app.screen, RefusedDialog)
        anna.sees("Nothing was done", "PAY-6 SEPA batch", "Review is full: 2 of 2", "PAY-7")


async def test_of_many_items_those_that_fit_a_hard_limit_are_offered(filled: World) -> None:
    filled.do(SetStage(filled.stages["Review"], {"limit": 4}))
    async with filled.person() as anna:
        await anna.press("space", "space", "space", "m")
        await anna.type("Review")
        await anna.press("enter")
        anna.sees("Only 2 of 3 fit", "the 2 that fit: PAY-1, PAY-2?", "The others stay marked")
        await anna.press("y")
        assert anna.column("Review")[-2:] == ["PAY-1", "PAY-2"]
        assert anna.column("Backlog") == ["PAY-3"] and marked(anna) == ["PAY-3"]
        await anna.press("z")
        assert anna.column("Backlog") == ["PAY-1", "PAY-2", "PAY-3"]


async def test_one_reason_is_asked_for_all_that_exceed_a_soft_limit(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("space", "space", "space", "L")
        anna.sees("Only 2 of 3 fit the WIP limit", "all 3", "over the limit: a reason is asked for")
        await anna.press("down", "enter")
        anna.sees("Above the WIP limit", "1 of 3 marked items has no room: PAY-3")
        await anna.press("escape")
        assert anna.column("Ready") == ["PAY-5", "PAY-4"], "nothing is done without it"
        await anna.press("L", "down", "enter")
        await anna.type("agreed in the stand-up")
        await anna.press("enter")
        assert anna.column("Ready")[-3:] == ["PAY-1", "PAY-2", "PAY-3"]
        anna.sees("5/4 ▲")
        await anna.press("z")
        assert anna.column("Backlog") == ["PAY-1", "PAY-2", "PAY-3"]


async def test_of_many_items_those_that_fit_a_soft_limit_are_offered(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("space", "space", "space", "L")
        anna.sees("the 2 that fit", "PAY-1, PAY-2; the others stay marked")
        await anna.press("escape")
        assert anna.column("Backlog") == ["PAY-1", "PAY-2", "PAY-3"], "nothing is done"
        await anna.press("L", "enter")
        assert anna.column("Ready")[-2:] == ["PAY-1", "PAY-2"]
        assert anna.column("Backlog") == ["PAY-3"] and marked(anna) == ["PAY-3"]
        assert not anna.app.screen.is_modal, "what was left out is known already"
        await anna.press("L")
        anna.sees("Above the WIP limit", "PAY-3: Ready already holds 4 of 4. Reason")
        await anna.press("escape", "z")
        assert anna.column("Backlog") == ["PAY-1", "PAY-2", "PAY-3"]


async def test_a_soft_and_a_hard_limit_are_asked_about_together(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("space", "space", "space", "'", "3", "space", "L")
        anna.sees("Only 2 of 4 fit the WIP limit", "PAY-1, PAY-2; the others stay marked")
        await anna.press("enter")
        assert anna.column("Build") == ["PAY-6"] and marked(anna) == ["PAY-3", "PAY-6"]
        assert anna.column("Ready")[-2:] == ["PAY-1", "PAY-2"]


async def test_what_somebody_else_has_changed_is_refused_by_name_and_the_rest_goes(
    filled: World,
) -> None:
    async with filled.person() as anna:
        await anna.press("space", "space")
        filled.do(EditItem(1, {"title": "Renamed"}), actor="ben")
        await anna.press("L")
        anna.sees("1 done, 1 refused", "PAY-1 has changed since you looked: ben")
        await anna.press("enter", "L")
        assert "PAY-1" in anna.column("Ready"), "the mark has seen the change now"


async def test_marks_survive_what_others_do_and_go_with_the_items(filled: World) -> None:
    from vsm.model.command import ArchiveItem

    async with filled.person() as anna:
        await anna.press("space", "space", "space")
        filled.do(MoveItem(1, filled.stages["Ready"]), ArchiveItem(2), actor="ben")
        filled.do(AddEntity(MEMBER, {"login": "carl", "name": "Carl"}), actor="ben")
        await anna.watch()
        assert marked(anna) == ["PAY-1", "PAY-3"]
        anna.sees("2 marked")


async def test_marks_in_folded_columns_and_out_of_sight_count(filled: World, size: Size) -> None:
    filled.add("Backlog", *[f"Item {n}" for n in range(60)])
    async with filled.person(size=size) as anna:
        await anna.press("end", "space", "home", "space", "f", "l")
        anna.sees("2 marked")
        await anna.press("L")
        assert {"PAY-1", "PAY-68"} <= set(anna.column("Ready"))


@pytest.mark.parametrize(
    ("keys", "text", "save"),
    [("c", "Legal has answered", "ctrl+s"), ("e", "Other words", "enter")],
    ids=["comment", "edit"],
)
async def test_the_mark_of_a_single_item_ends_with_a_form_that_is_saved(
    filled: World, keys: str, text: str, save: str
) -> None:
    async with filled.person() as anna:
        await anna.press("space", keys, "escape")
        assert marked(anna) == ["PAY-1"], "cancelled"
        await anna.press(keys)
        await anna.type(text)
        await anna.press(save)
        assert not anna.app.screen.is_modal
        assert marked(anna) == []


async def test_one_blocker_for_all_marked_and_one_key_unblocks_them(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("space", "space", "b")
        anna.sees("Block 2 items")
        await anna.type("no environment")
        await anna.press("enter")
        assert all(stored(anna, key).block for key in ("PAY-1", "PAY-2"))
        await anna.press("home", "space", "space", "b")
        assert not any(stored(anna, key).block for key in ("PAY-1", "PAY-2"))


async def test_the_form_of_many_changes_only_what_is_filled_in(filled: World, size: Size) -> None:
    filled.do(EditItem(1, {"labels": ["old", "keep"], "owner": "ben"}))
    async with filled.person(size=size) as anna:
        await anna.press("space", "space", "e")
        anna.sees("Edit 2 items", "PAY-1, PAY-2", "Only what is filled in")
        await anna.press("enter")
        anna.sees("Nothing is filled in")
        await go_to_field(anna, "owner")
        await anna.type("none")
        await go_to_field(anna, "due")
        await anna.type("2026-12-24")
        await go_to_field(anna, "labels")
        await anna.type("new")
        await go_to_field(anna, "no-labels")
        await anna.type("OLD")
        await anna.press("enter")
        one, two = stored(anna, "PAY-1"), stored(anna, "PAY-2")
        assert (one.owner, one.due, one.labels) == (None, "2026-12-24", ("keep", "new"))
        assert (two.due, two.labels, two.title) == ("2026-12-24", ("new",), "Ledger split")
        await anna.press("z")
        assert stored(anna, "PAY-1").labels == ("old", "keep")


async def test_taking_dropping_and_archiving_act_on_all_marked(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("space", "space", "t")
        assert [stored(anna, key).owner for key in ("PAY-1", "PAY-2")] == ["anna", "anna"]
        assert marked(anna) == []
        await anna.press("home", "space", "space", "x")
        anna.sees("Drop 2 items", "PAY-1, PAY-2")
        await anna.type("nobody wants them")
        await anna.press("enter")
        names = {s.id: s.name for s in anna.screen.stream.stages}
        assert [names[stored(anna, key).stage] for key in ("PAY-1", "PAY-2")] == ["Dropped"] * 2
        await anna.press("z", "home", "space", "space", "a")
        assert anna.column("Backlog") == ["PAY-3"]
        assert marked(anna) == [], "what is gone is marked no longer"
        await anna.press("z")
        assert anna.column("Backlog") == ["PAY-1", "PAY-2", "PAY-3"]


async def test_transfer_takes_all_marked_to_a_stage_of_another_stream(
    filled: World, size: Size
) -> None:
    stages = (NewStage("Inbox", Category.BACKLOG), NewStage("Done", Category.DONE))
    filled.do(CreateStream("Ledger", stages, prefix="LED"))
    async with filled.person(size=size) as anna:
        await anna.press("space", "space", "T")
        anna.sees("Transfer 2 items to the value stream", "Ledger")
        await anna.press("enter")
        anna.sees("stage", "Inbox")
        assert "Done" not in anna.text.split("stage")[-1].split("Esc")[0]
        await anna.press("enter")
        assert anna.column("Backlog") == ["PAY-3"]
        assert marked(anna) == []
        ledger = anna.screen.reader.stream_named("Ledger")
        assert stored(anna, "PAY-1").stream == ledger.id
        await anna.press("z")
        assert anna.column("Backlog") == ["PAY-1", "PAY-2", "PAY-3"]
