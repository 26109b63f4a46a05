"""Forms: what is typed is read at once, saved as a whole, and never lost."""

from __future__ import annotations

from vsm.model.command import (
    AddEntity,
    EditItem,
)
from vsm.model.entities import MEMBER, TEAM
from vsm.model.item import ClassOfService, Item
from vsm.screens.forms import Form

from .conftest import Person, World

Size = tuple[int, int]


def stored(anna: Person, key: str) -> Item:
    """The item as the database has it."""
    item = anna.screen.reader.find_key(key)
    assert item is not None
    return item


async def go_to_field(anna: Person, name: str) -> None:
    """Tab until the field has the keys."""
    for _ in range(20):
        if anna.app.focused is not None and anna.app.focused.id == name:
            return
        await anna.press("tab")
    raise AssertionError(f"no way to {name}")


async def test_e_edits_every_field_and_writes_only_what_was_changed(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        before = stored(anna, "PAY-1")
        await anna.press("e")
        anna.sees("Edit PAY-1", "Title", "Type", "Class", "Owner", "Team", "Due", "Labels")
        await anna.press("end")
        await anna.type(" now")
        for name, text in (
            ("type", "risk"),
            ("owner", "me"),
            ("team", "core"),
            ("due", "2026-12-01"),
            ("estimate", "3"),
            ("labels", "q4, audit"),
            ("parent", "PAY-2"),
            ("description", "Why it matters"),
        ):
            await go_to_field(anna, name)
            await anna.type(text)
        await anna.press("enter")
        await anna.type("second line")
        await anna.press("ctrl+s")
        assert not isinstance(anna.app.screen, Form), anna.text
        item = stored(anna, "PAY-1")
        assert (item.title, item.type, item.owner) == ("Token vault rotation now", "risk", "anna")
        assert (item.due, item.estimate, item.parent) == ("2026-12-01", 3, "PAY-2")
        assert item.labels == ("q4", "audit")
        assert item.description == "Why it matters\nsecond line"
        assert item.service is ClassOfService.STANDARD
        (change,) = anna.screen.reader.changes(0)[-1:]
        assert change.item == before.id and item.version == before.version + 1
        await anna.press("z")
        assert stored(anna, "PAY-1").title == before.title


async def test_a_fault_stands_below_its_field_as_one_types_and_nothing_is_saved(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("e")
        await go_to_field(anna, "due")
        await anna.type("sometime")
        anna.sees("'sometime' is no date", "today, tomorrow, +3d")
        await go_to_field(anna, "estimate")
        await anna.type("big")
        anna.sees("big is no estimate")
        await anna.press("enter")
        assert isinstance(anna.app.screen, Form)
        assert anna.app.focused is not None and anna.app.focused.id == "due"
        assert anna.app.screen.field("estimate").text == "big"
        assert stored(anna, "PAY-1").due is None


async def test_date_words_say_which_day_they_mean(filled: World, size: Size) -> None:
    now = 1_795_564_800_000_000  # Wed 25 Nov 2026 00:00 UTC
    async with filled.person(size=size, now=lambda: now) as anna:
        await anna.press("e")
        await go_to_field(anna, "due")
        await anna.type("fri")
        anna.sees("= Fri 27 Nov 2026")
        await anna.press("ctrl+s")
        assert stored(anna, "PAY-1").due == "2026-11-27"


async def test_teams_owners_labels_types_and_keys_complete_while_one_types(
    filled: World, size: Size
) -> None:
    filled.do(
        AddEntity(TEAM, {"name": "Customer desk"}),
        AddEntity(MEMBER, {"login": "bkern", "name": "Beate Kern"}),
    )
    filled.do(EditItem(2, {"labels": ["regulator"]}))
    async with filled.person(size=size) as anna:
        await anna.press("e")
        await go_to_field(anna, "owner")
        await anna.type("bea")
        anna.sees("bkern", "Beate Kern")
        await anna.press("down", "enter")
        anna.sees("= Beate Kern")
        await go_to_field(anna, "team")
        await anna.type("cust")
        anna.sees("= Customer desk")
        await anna.press("tab")
        await go_to_field(anna, "labels")
        await anna.type("mine, reg")
        await anna.press("tab")
        await anna.type("Ledger")
        anna.sees("PAY-2", "Ledger split")
        await anna.press("down", "enter")
        await anna.press("ctrl+s")
        item = stored(anna, "PAY-1")
        assert (item.owner, item.parent) == ("bkern", "PAY-2")
        assert item.labels == ("mine", "regulator")
        team = next(t for t in anna.screen.reader.teams() if t.id == item.team)
        assert team.name == "Customer desk"
        anna.sees("bk")


async def test_a_stale_form_names_who_came_first_and_keeps_what_was_typed(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("e", "end")
        await anna.type(" twice")
        filled.do(EditItem(1, {"title": "Token vault, renamed", "owner": "ben"}), actor="ben")
        await anna.press("enter")
        anna.sees("Also changed: Title (ben ", "What you typed is")
        form = anna.app.screen
        assert isinstance(form, Form)
        assert form.field("title").text == "Token vault rotation twice"
        assert form.field("owner").text == "ben", "what was not touched shows what is there now"
        anna.sees(": Token vault, renamed · Ctrl+T: swap")
        assert stored(anna, "PAY-1").title == "Token vault, renamed"
        await anna.press("enter")
        item = stored(anna, "PAY-1")
        assert (item.title, item.owner) == ("Token vault rotation twice", "ben")


async def test_esc_asks_before_it_throws_away_what_was_typed(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("e", "escape")
        assert anna.app.screen is anna.screen, "nothing was typed, nothing is asked"
        await anna.press("e")
        await anna.type("x")
        await anna.press("escape")
        anna.sees("What was typed is not saved")
        await anna.press("escape")
        form = anna.app.screen
        assert isinstance(form, Form) and form.field("title").text == "x"
        await anna.press("escape", "y")
        assert anna.app.screen is anna.screen
        assert stored(anna, "PAY-1").title == "Token vault rotation"


async def test_a_refused_new_item_stays_in_the_form_with_all_that_was_typed(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("'", "4", "n")
        await anna.type("One too many")
        await anna.press("enter")
        anna.sees("Review is full: 2 of 2", "PAY-7")
        form = anna.app.screen
        assert isinstance(form, Form) and form.field("title").text == "One too many"


async def test_above_a_soft_limit_the_form_asks_why_and_the_item_is_there(
    filled: World, size: Size
) -> None:
    filled.add("Build", "Fraud rules")
    async with filled.person(size=size) as anna:
        await anna.press("'", "3", "n")
        await anna.type("Urgent fix")
        await anna.press("enter")
        anna.sees("Above the WIP limit", "Urgent fix")
        await anna.press("escape")
        assert isinstance(anna.app.screen, Form), "the form is still there"
        await anna.press("enter")
        await anna.type("the auditor waits")
        await anna.press("enter")
        assert (anna.stage, anna.card.title) == ("Build", "Urgent fix")


async def test_a_child_has_the_item_under_the_cursor_as_its_parent(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("N")
        anna.sees("below PAY-1")
        await anna.type("A part of it")
        await anna.press("enter")
        assert stored(anna, "PAY-9").parent == "PAY-1"
        await anna.press("home", "enter", "ctrl+d")
        anna.sees("parent of PAY-9 A part of it [Backlog]")
        await anna.press("g")
        anna.sees("Linked to PAY-1", "parent of PAY-9")
        await anna.press("enter")
        assert anna.card.key == "PAY-9"


async def test_what_follows_e_is_typed_into_the_form_and_then_acts_on_the_board(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.burst("e", *"Xnew title", "enter", "L", "L", "e", *"Ymore", "enter", "H")
        assert anna.card.title == "Ymore"
        assert anna.stage == "Ready"


async def test_enter_takes_a_candidate_only_where_one_was_chosen(filled: World) -> None:
    filled.do(EditItem(2, {"labels": ["regulator"]}))
    async with filled.person() as anna:
        await anna.press("e")
        await go_to_field(anna, "labels")
        await anna.type("reg")
        anna.sees("regulator")
        await anna.press("enter")
        assert stored(anna, "PAY-1").labels == ("reg",)


async def test_comments_are_told_with_who_and_when(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("c", "ctrl+s")
        anna.sees("Write a comment first")
        await anna.type("Two lines")
        await anna.press("enter")
        await anna.type("of thought")
        await anna.press("ctrl+s")
        anna.sees("commented")
        await anna.press("enter", *["ctrl+d"] * 2)
        anna.sees("Comments", "Two lines", "of thought", "just now")
        await anna.press("z")
        assert "Comments" not in anna.text


async def test_t_takes_the_item_and_gives_it_back(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("t")
        assert stored(anna, "PAY-1").owner == "anna"
        await anna.press("t")
        assert stored(anna, "PAY-1").owner is None


async def test_an_archived_item_leaves_the_board_and_going_to_it_brings_it_back(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("a")
        assert anna.column("Backlog") == ["PAY-2", "PAY-3"]
        await anna.press("z")
        assert anna.column("Backlog")[0] == "PAY-1"
        await anna.press("a", "g")
        await anna.type("PAY-1")
        await anna.press("enter")
        anna.sees("PAY-1 Token vault rotation is archived", "Bring it back")
        await anna.press("escape")
        anna.sees("stays archived")
        await anna.press("escape", "g")
        await anna.type("PAY-1")
        await anna.press("enter", "y")
        assert anna.card.key == "PAY-1" and "PAY-1" in anna.column("Backlog")


async def test_m_moves_to_a_stage_by_number_by_name_or_by_arrows(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("m")
        anna.sees("Move PAY-1 to", "1  Backlog", "3  Build", "1/2", "2/2 =", "it refuses more")
        await anna.press("3")
        assert (anna.stage, anna.card.key) == ("Build", "PAY-1")
        await anna.press("m")
        await anna.type("rea")
        await anna.press("enter")
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-1")
        await anna.press("m", "up", "up", "enter")
        assert anna.stage == "Backlog"
