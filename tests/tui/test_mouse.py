"""The mouse: a card is dragged to another stage or to another place; nothing needs it."""

from __future__ import annotations

from textual import events

from vsm.model.command import MoveItem

from .conftest import Person, World

Size = tuple[int, int]


def head_of(person: Person, stage: str) -> tuple[int, int]:
    """A place on the screen in the column of a stage, below its cards."""
    column = next(c for c in person.board.columns if c.head.stage.name == stage)
    return column.region.x + 2, column.region.bottom - 2


async def let_go(person: Person, at: tuple[int, int]) -> None:
    """Let the button go at a place."""
    await person.mouse(events.MouseUp, *at)


async def test_a_card_is_dragged_to_another_stage(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        ready = head_of(anna, "Ready")
        await anna.drag(anna.at("PAY-2"), ready)
        anna.sees("PAY-2 → Ready; Esc: cancel", "▸Ready")
        assert "PAY-2" in anna.column("Backlog")
        await let_go(anna, ready)
        assert "PAY-2" in anna.column("Ready")
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-2")
        anna.sees("moved PAY-2 from Backlog to Ready")
        assert "▸Ready" not in anna.text
        await anna.press("z")
        assert "PAY-2" in anna.column("Backlog")


async def test_a_soft_limit_asks_for_a_reason_after_a_drag_too(filled: World, size: Size) -> None:
    filled.add("Build", "Fraud rules")
    async with filled.person(size=size) as anna:
        build = head_of(anna, "Build")
        await anna.drag(anna.at("PAY-4"), build)
        await let_go(anna, build)
        anna.sees("Above the WIP limit", "PAY-4")
        await anna.type("the auditor waits")
        await anna.press("enter")
        assert "PAY-4" in anna.column("Build")


async def test_a_hard_limit_refuses_a_drag(filled: World) -> None:
    async with filled.person() as anna:
        review = head_of(anna, "Review")
        await anna.drag(anna.at("PAY-6"), review)
        await let_go(anna, review)
        assert "PAY-6" in anna.column("Build")
        anna.sees("PAY-7", "Esc closes this")


async def test_esc_in_the_middle_of_a_drag_leaves_the_card(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        ready = head_of(anna, "Ready")
        await anna.drag(anna.at("PAY-2"), ready)
        await anna.press("escape")
        assert "▸Ready" not in anna.text
        await let_go(anna, ready)
        assert "PAY-2" in anna.column("Backlog")
        assert anna.card.key == "PAY-2"


async def test_a_card_that_is_let_go_outside_of_the_board_stays(filled: World) -> None:
    async with filled.person() as anna:
        await anna.drag(anna.at("PAY-2"), head_of(anna, "Ready"), (5, 0))
        anna.sees("PAY-2 → nowhere")
        await let_go(anna, (5, 0))
        assert "PAY-2" in anna.column("Backlog")
        await anna.press("j")
        assert anna.card.key == "PAY-3"


async def test_a_button_that_was_let_go_elsewhere_ends_the_drag(filled: World) -> None:
    async with filled.person() as anna:
        ready = head_of(anna, "Ready")
        await anna.drag(anna.at("PAY-2"), ready)
        await anna.mouse(events.MouseMove, *ready, button=0)
        assert "▸Ready" not in anna.text
        assert "PAY-2" in anna.column("Backlog")


async def test_a_card_is_dragged_to_another_place_of_its_column(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        third = anna.at("PAY-3")
        await anna.drag(anna.at("PAY-1"), third)
        await let_go(anna, third)
        assert anna.column("Backlog") == ["PAY-2", "PAY-3", "PAY-1"]
        assert anna.card.key == "PAY-1"
        first = anna.at("PAY-2")
        await anna.drag(anna.at("PAY-1"), first)
        await let_go(anna, first)
        assert anna.column("Backlog") == ["PAY-1", "PAY-2", "PAY-3"]


async def test_a_card_that_is_let_go_where_it_was_stays_and_opens_nothing(filled: World) -> None:
    async with filled.person() as anna:
        start = anna.at("PAY-2")
        await anna.drag(start, head_of(anna, "Ready"), start)
        await let_go(anna, start)
        assert anna.column("Backlog") == ["PAY-1", "PAY-2", "PAY-3"]
        assert anna.screen.parts.details.panel is None


async def test_dragging_to_the_dropped_stage_asks_why(filled: World) -> None:
    async with filled.person(size=(160, 50)) as anna:
        dropped = head_of(anna, "Dropped")
        await anna.drag(anna.at("PAY-2"), dropped)
        await let_go(anna, dropped)
        anna.sees("Drop PAY-2")
        await anna.type("nobody needs it")
        await anna.press("enter")
        assert anna.column("Dropped") == ["PAY-2"]


async def test_a_card_that_somebody_moved_meanwhile_is_not_moved_by_the_drag(
    filled: World,
) -> None:
    async with filled.person() as anna:
        build = head_of(anna, "Build")
        await anna.drag(anna.at("PAY-2"), build)
        filled.do(MoveItem(2, filled.stages["Ready"]), actor="ben")
        await let_go(anna, build)
        anna.sees("ben", "Ready")
        assert "PAY-2" in anna.column("Ready")


async def test_a_card_is_dragged_onto_a_folded_column(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("l", "f", "h")
        strip = anna.board.columns[1].region
        await anna.drag(anna.at("PAY-2"), (strip.x + 1, strip.y + 5))
        await let_go(anna, (strip.x + 1, strip.y + 5))
        assert anna.board.columns[1].folded
        assert anna.board.columns[1].head.wip == 3


async def test_a_drag_stops_at_a_filter_where_order_would_be_guessed(filled: World) -> None:
    async with filled.person(query="e") as anna:
        assert anna.column("Backlog") == ["PAY-1", "PAY-2", "PAY-3"]
        third = anna.at("PAY-3")
        await anna.drag(anna.at("PAY-1"), third)
        await let_go(anna, third)
        anna.sees("Clear the filter first")
