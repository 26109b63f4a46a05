"""The daily work of a team member, key by key."""

from __future__ import annotations

from vsm.model.board import Card
from vsm.model.item import BlockerKind, ClassOfService

from .conftest import World

Size = tuple[int, int]


async def test_the_board_opens_on_the_first_item_with_all_that_a_card_carries(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        assert anna.stage == "Backlog"
        assert anna.card.title == "Token vault rotation"
        anna.sees("Card issuing", "WIP 5/8", "0 done in 14 d", "anna", "Backlog", "Ready", "2/4")
        anna.sees("!expedite", "PAY-1", "Token vault")


async def test_expedite_stands_on_top_of_its_column(filled: World) -> None:
    async with filled.person() as anna:
        assert anna.column("Ready")[0] == "PAY-5"


async def test_arrows_and_letters_move_the_cursor_the_same_way(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("j", "down")
        assert anna.card.key == "PAY-3"
        await anna.press("k", "up")
        assert anna.card.key == "PAY-1"
        await anna.press("l", "right", "right")
        assert anna.stage == "Review"
        await anna.press("h", "left")
        assert anna.stage == "Ready"
        await anna.press("end")
        assert anna.card.key == "PAY-4"
        await anna.press("home")
        assert anna.card.key == "PAY-5"


async def test_an_item_moves_right_and_the_cursor_goes_with_it(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("j", "L")
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-2")
        anna.sees("moved PAY-2 from Backlog to Ready", "3/4")
        await anna.press("H")
        assert (anna.stage, anna.card.key) == ("Backlog", "PAY-2")


async def test_keys_pressed_quickly_act_one_after_the_other(filled: World) -> None:
    async with filled.person() as anna:
        await anna.pilot.press("L", "L")
        await anna.settle()
        assert (anna.stage, anna.card.key) == ("Build", "PAY-1")


async def test_above_a_soft_limit_a_reason_is_asked_for_and_kept(filled: World, size: Size) -> None:
    filled.add("Build", "Fraud rules")
    async with filled.person(size=size) as anna:
        await anna.press("l", "L")
        anna.sees("Above the WIP limit", "Build")
        await anna.press("enter")
        anna.sees("A reason is needed")
        await anna.type("the auditor waits")
        await anna.press("enter")
        assert (anna.stage, anna.card.key) == ("Build", "PAY-5")
        anna.sees("3/2 ▲")
        await anna.press("enter", "ctrl+d", "ctrl+d", "ctrl+d")
        # In a low panel the heading is above what is shown by now.
        anna.sees("auditor waits", "History" if size[0] > 80 else "auditor waits (anna)")


async def test_esc_at_the_reason_leaves_the_item_where_it_is(filled: World) -> None:
    filled.add("Build", "Fraud rules")
    async with filled.person() as anna:
        await anna.press("l", "L", "escape")
        assert anna.stage == "Ready"
        assert anna.column("Build") == ["PAY-6", "PAY-9"]


async def test_a_hard_limit_refuses_and_names_what_could_be_finished_first(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("l", "l", "L")
        assert anna.stage == "Build"
        anna.sees("Review", "PAY-7", "PAY-8", "Esc closes this")
        await anna.press("escape")
        assert "Esc closes this" not in anna.text


async def test_undo_and_redo_bring_a_move_back_and_again(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("L")
        await anna.press("z")
        assert anna.column("Backlog")[0] == "PAY-1"
        assert (anna.stage, anna.card.key) == ("Backlog", "PAY-1")
        anna.sees("undid: moved PAY-1")
        await anna.press("Z")
        assert "PAY-1" in anna.column("Ready")
        await anna.press("z", "z")
        anna.sees("nothing")


async def test_a_reorder_stays_after_the_board_is_opened_again(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("J", "J")
        assert anna.column("Backlog") == ["PAY-2", "PAY-3", "PAY-1"]
        assert anna.card.key == "PAY-1"
        await anna.press("J")
        anna.sees("last one")
        await anna.press("K")
        assert anna.card.key == "PAY-1"
    async with filled.person("ben", size=size) as ben:
        assert ben.column("Backlog") == ["PAY-2", "PAY-1", "PAY-3"]


async def test_a_new_item_needs_a_title_and_enter_saves_it(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("l", "n", "enter")
        anna.sees("New item in Ready", "needs a title")
        await anna.type("Dispute portal")
        await anna.press("tab", *"def", "tab", "e", "tab")
        await anna.type("me")
        await anna.press("enter")
        assert anna.stage == "Ready"
        card: Card = anna.card
        assert (card.title, card.owner, card.type) == ("Dispute portal", "anna", "defect")
        assert card.service is ClassOfService.EXPEDITE
        assert card.team == "core"


async def test_block_takes_kind_and_reason_and_the_same_key_unblocks(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("l", "b", "down")
        await anna.type("legal has to answer")
        await anna.press("enter")
        assert anna.card.blocked is BlockerKind.DECISION
        assert anna.card.blocked_reason == "legal has to answer"
        anna.sees("decision", "■")
        await anna.press("b")
        assert anna.card.blocked is None


async def test_a_blocker_needs_a_reason(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("b", "enter")
        anna.sees("A reason is needed")
        await anna.press("escape")
        assert anna.card.blocked is None


async def test_drop_asks_why_and_reopen_brings_it_back(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("x", "enter")
        anna.sees("Drop PAY-1", "A reason is needed")
        await anna.press("escape")
        assert "PAY-1" in anna.column("Backlog")
        await anna.press("x")
        await anna.type("nobody wants it")
        await anna.press("enter")
        assert (anna.stage, anna.card.key) == ("Dropped", "PAY-1")
        await anna.press("L")
        anna.sees("r reopens")
        await anna.press("r")
        assert (anna.stage, anna.card.key) == ("Backlog", "PAY-1")
        await anna.press("r")
        anna.sees("is open")


async def test_a_quote_and_a_number_jump_to_a_stage(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("'")
        anna.sees("1 Backlog", "2 Ready", "Stage number")
        await anna.press("4")
        assert anna.stage == "Review"
        assert "4 Review" not in anna.text
        await anna.press("'", "9")
        anna.sees("There is no stage 9")
        await anna.press("'", "escape")
        assert "1 Backlog" not in anna.text


async def test_moves_at_the_edges_say_why_nothing_happens(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("H")
        anna.sees("Backlog is the first stage")
        await anna.press("'", "5", "L")
        anna.sees("no item under the cursor")
