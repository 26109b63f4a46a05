"""A stand-up walks the work in progress: right to left, the oldest item first, none left out."""

from __future__ import annotations

import pytest
from textual import events

from vsm.model.command import (
    AddItem,
    AgreeDependency,
    ArchiveItem,
    BlockItem,
    CommentItem,
    EditItem,
    LinkItems,
    MoveItem,
)
from vsm.model.item import BlockerKind, DependencyState, LinkKind
from vsm.store.writer import clock
from vsm.widgets.lane_board import LaneBoard

from .conftest import Person, World

Size = tuple[int, int]
DAY = 86_400_000_000
NOW = clock()


def number(key: int) -> int:
    """The id of PAY-1, PAY-2 …: the item that is finished was there before them."""
    return key + 1


@pytest.fixture
def team(world: World) -> World:
    """Work in progress of several days: the oldest are neither first nor last in their columns."""
    world.begin()
    world.clock = lambda: NOW - 12 * DAY
    world.do(AddItem(world.stream, "Token vault", world.stages["Review"], "OLD-1"))
    world.clock = lambda: NOW - 8 * DAY
    world.do(MoveItem(1, world.stages["Done"]))
    begun = [
        ("Review", "Card art", 3),
        ("Review", "Chargeback letters", 9),
        ("Build", "SEPA batch", 2),
        ("Ready", "3DS challenge flow", 4),
        ("Ready", "Refund webhooks", 6),
        ("Backlog", "Fee table", 20),
    ]
    for stage, title, days in begun:
        world.clock = lambda days=days: NOW - days * DAY  # type: ignore[misc]
        world.add(stage, title)
    world.clock = lambda: NOW - 5 * DAY
    world.do(BlockItem(number(2), BlockerKind.DECISION, "legal has to answer"))
    world.clock = lambda: NOW
    return world


def line(person: Person) -> str:
    """The line of the stand-up."""
    return next((text for text in person.lines if " of " in text and "·" in text), "")


async def walked(person: Person, steps: int) -> list[str]:
    """The keys of the items at hand, one step after the other."""
    out = [person.card.key]
    for _ in range(steps):
        await person.press("n")
        out.append(person.card.key)
    return out


async def test_stand_up(team: World, size: Size) -> None:
    """Right to left, oldest first, what is blocked and by whom, who takes what; in a minute."""
    team.do(LinkItems(number(3), number(1), LinkKind.BLOCKS))
    async with team.person(size=size, now=lambda: NOW) as anna:
        await anna.press("W")
        assert (anna.stage, anna.card.key) == ("Review", "PAY-2")
        anna.sees("1 of 5 · PAY-2 · 10 d in Review (85%", "decision: legal has to answer")
        assert anna.lines[-1].startswith(" n next  p back  Esc end  H L move")
        assert "n new" not in anna.text
        await anna.press("space")
        assert anna.card.key == "PAY-1"
        anna.sees("2 of 5 · PAY-1 · 4 d in Review", "PAY-3 in Build")
        await anna.press("t", "c")
        await anna.type("anna and ben swarm on it")
        await anna.press("ctrl+s" if "Ctrl+S" in anna.text else "enter")
        await anna.press("right")
        assert (anna.stage, anna.card.key) == ("Build", "PAY-3")
        await anna.press("n")
        assert anna.card.key == "PAY-5", "in progress for longer than the one above it"
        await anna.press("n")
        anna.sees("5 of 5 · PAY-4")
        await anna.press("n")
        anna.sees("That was the last of 5 items, 1 of them blocked")
        await anna.press("p", "p")
        anna.sees("3 of 5 · PAY-3")
        await anna.press("escape")
        assert "of 5 ·" not in anna.text
        assert anna.card.key == "PAY-3", "the cursor stays"


async def test_what_waits_in_the_backlog_and_what_is_done_is_not_walked(team: World) -> None:
    async with team.person(now=lambda: NOW) as anna:
        await anna.press("W")
        assert await walked(anna, 5) == ["PAY-2", "PAY-1", "PAY-3", "PAY-5", "PAY-4", "PAY-4"]


async def test_the_line_says_within_what_days_85_percent_leave_the_stage(team: World) -> None:
    async with team.person(size=(160, 50), now=lambda: NOW) as anna:
        await anna.press("W")
        anna.sees("10 d in Review (85% leave it in 4 d)")
        await anna.press("n", "n")
        anna.sees("3 of 5 · PAY-3 · 3 d in Build")
        assert "leave it" not in line(anna), "nothing that finished was ever in Build"


async def test_a_move_takes_the_item_along_and_the_walk_goes_on_where_it_was(team: World) -> None:
    async with team.person(now=lambda: NOW) as anna:
        await anna.press("W", "n", "L")
        assert (anna.stage, anna.card.key) == ("Done", "PAY-1")
        anna.sees("2 of 5 · PAY-1 · in Done")
        await anna.press("n")
        assert anna.card.key == "PAY-3"
        await anna.press("L")
        assert anna.stage == "Review"
        await anna.press("n")
        assert anna.card.key == "PAY-5", "what was moved to the right is not walked again"
        anna.sees("4 of 5")


async def test_the_keys_of_the_board_come_back_with_esc(team: World) -> None:
    async with team.person(now=lambda: NOW) as anna:
        await anna.press("W", "n")
        await anna.press("escape", "n")
        anna.sees("New item")


async def test_a_filter_chooses_what_is_walked(team: World) -> None:
    async with team.person(now=lambda: NOW) as anna:
        await anna.press("/")
        await anna.type("blocked")
        await anna.press("enter", "W")
        anna.sees("1 of 1 · PAY-2")
        await anna.press("n")
        anna.sees("That was the last of 1 item")
        await anna.press("/")
        await anna.type(" or age>5d")
        await anna.press("enter", "n")
        anna.sees("2 of 2 · PAY-5")
        await anna.press("escape")
        anna.sees("blocked or age>5d"), "Esc ends the walk before it clears the filter"


async def test_items_that_others_move_begin_or_finish_are_neither_lost_nor_walked_twice(
    team: World,
) -> None:
    async with team.person(now=lambda: NOW) as anna:
        await anna.press("W", "n")
        assert anna.card.key == "PAY-1"
        team.do(MoveItem(number(5), team.stages["Build"]), actor="ben")  # not yet walked
        team.do(MoveItem(number(3), team.stages["Done"]), actor="ben")  # finished
        team.do(AddItem(team.stream, "Urgent", team.stages["Ready"]), actor="ben")
        team.do(MoveItem(number(2), team.stages["Ready"], None, "back"), actor="ben")  # was walked
        await anna.watch()
        anna.sees("2 of 5 · PAY-1")
        assert await walked(anna, 3) == ["PAY-1", "PAY-5", "PAY-4", "PAY-7"]
        await anna.press("n")
        anna.sees("That was the last of 5 items")
        await anna.press("p", "p", "p", "p")
        anna.sees("1 of 5 · PAY-2 · 1 d in Ready")


async def test_the_item_at_hand_that_somebody_archives_is_passed_over_on_the_way_back(
    team: World,
) -> None:
    async with team.person(now=lambda: NOW) as anna:
        await anna.press("W", "n")
        team.do(ArchiveItem(number(1)), actor="ben")
        await anna.watch()
        await anna.press("n")
        assert anna.card.key == "PAY-3"
        await anna.press("p")
        assert anna.card.key == "PAY-2"
        await anna.press("n", "n")
        assert anna.card.key == "PAY-5"


async def test_the_line_follows_what_happens_to_the_item_at_hand(team: World) -> None:
    async with team.person(size=(160, 50), now=lambda: NOW) as anna:
        await anna.press("W", "n")
        assert "blocked" not in line(anna)
        team.do(BlockItem(number(1), BlockerKind.EXTERNAL, "the printer"), actor="ben")
        team.do(CommentItem(number(1), "they call back"), actor="ben")
        await anna.watch()
        anna.sees("blocked by external: the printer (0 d)")


async def test_a_stage_number_and_the_mouse_work_and_the_walk_keeps_its_keys(team: World) -> None:
    async with team.person(size=(160, 50), now=lambda: NOW) as anna:
        await anna.press("W", "'", "2")
        assert anna.stage == "Ready"
        x, y = anna.at("PAY-4")
        await anna.mouse(events.MouseDown, x, y)
        await anna.mouse(events.MouseUp, x, y)
        assert anna.card.key == "PAY-4"
        await anna.press("n")
        assert anna.card.key == "PAY-1"
        anna.sees("2 of 5 · PAY-1")


async def test_the_same_key_goes_back_to_the_item_at_hand(team: World) -> None:
    async with team.person(now=lambda: NOW) as anna:
        await anna.press("W", "n", "'", "1", "W")
        assert anna.card.key == "PAY-1"
        anna.sees("2 of 5 · PAY-1")


async def test_the_past_is_walked_as_it_stood(team: World) -> None:
    async with team.person(now=lambda: NOW) as anna:
        await anna.press(",", "W")
        anna.sees("1 of 1 · PAY-2 · 3 d in Review")
        await anna.press("escape", ";")
        assert "of 1 ·" not in anna.text


async def test_where_nothing_is_in_progress_it_says_so(world: World) -> None:
    world.begin()
    world.add("Backlog", "Fee table")
    async with world.person() as anna:
        await anna.press("W")
        anna.sees("No item is in progress")
        await anna.press("/")
        await anna.type("owner:me")
        await anna.press("enter", "W")
        anna.sees("No item that fits the filter is in progress")


async def test_in_ascii_a_blocker_is_marked_too(team: World) -> None:
    async with team.person(size=(100, 30), now=lambda: NOW, ascii_only=True) as anna:
        await anna.press("W")
        anna.sees("1 of 5 - PAY-2 - 10 d in Review (85%", "# decision: legal")


async def test_at_80_cells_the_line_says_in_fewer_words_what_blocks(team: World) -> None:
    async with team.person(size=(80, 24), now=lambda: NOW) as anna:
        await anna.press("W")
        assert len(line(anna)) <= 80
        anna.sees("■ decision: legal has to answer")


async def test_only_what_the_card_counts_holds_an_item_up(team: World) -> None:
    team.do(LinkItems(number(3), number(1), LinkKind.BLOCKS))
    team.do(LinkItems(number(6), number(1), LinkKind.BLOCKS))
    team.do(ArchiveItem(number(6)))
    team.clock = lambda: NOW + DAY
    team.do(AgreeDependency(number(3), number(1), DependencyState.DELIVERED))
    async with team.person(size=(160, 50), now=lambda: NOW + DAY) as anna:
        await anna.press("W", "n")
        assert anna.card.key == "PAY-1" and not anna.card.waits_for
        assert "blocked by" not in line(anna)
        await anna.press("escape", "<", "W", "n")
        assert anna.card.key == "PAY-1" and anna.card.waits_for == 1
        anna.sees("blocked by PAY-3"), "then it was not delivered yet"


async def test_a_stand_up_opens_the_folded_lanes_of_the_items_that_it_comes_to(team: World) -> None:
    team.do(*(EditItem(number(key), {"owner": "ben"}) for key in (1, 2, 4)))
    async with team.person(size=(160, 50), now=lambda: NOW) as anna:
        await anna.press("B")
        await anna.type("owner")
        await anna.press("enter", "-", "tab", "-")
        assert isinstance(anna.board, LaneBoard)
        assert len(anna.board.lanes.folded) == 2
        await anna.press("W", "W")
        anna.sees("1 of 5 · PAY-2")
        assert await walked(anna, 4) == ["PAY-2", "PAY-1", "PAY-3", "PAY-5", "PAY-4"]
