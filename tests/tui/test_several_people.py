"""Several people at one board: everybody sees everything and nothing is lost."""

from __future__ import annotations

import pytest

from vsm.model.command import AddStage, BlockItem, CreateStream, MoveItem, NewStage, ReorderItem
from vsm.model.item import BlockerKind
from vsm.model.stream import Category

from .conftest import STAGES, World

Size = tuple[int, int]


async def test_another_persons_move_is_seen_and_told(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        filled.do(MoveItem(1, filled.stages["Ready"]), actor="ben")
        await anna.watch()
        assert "PAY-1" in anna.column("Ready")
        anna.sees("ben moved PAY-1", "WIP 6/8")


@pytest.mark.promise(2)
async def test_a_stale_move_is_refused_and_names_who_moved_it_and_where(filled: World) -> None:
    async with filled.person("anna") as anna, filled.person("ben") as ben:
        await anna.press("j", "L")
        assert ben.column("Backlog") == ["PAY-1", "PAY-2", "PAY-3"]
        await ben.press("j", "L")
        ben.sees("PAY-2", "anna", "Ready", "Esc closes this")
        assert "PAY-2" in ben.column("Ready")
        assert "PAY-2" not in ben.column("Backlog")
        assert "PAY-2" not in ben.column("Build")
        assert [line for line in ben.lines if line.split()[:1] == ["PAY-2"]] == []
        assert (ben.stage, ben.card.key) == ("Ready", "PAY-2"), "the cursor goes after it"
        await ben.press("L")
        assert "PAY-2" in ben.column("Build")
        assert ben.column("Backlog") == ["PAY-1", "PAY-3"], "nothing else has moved instead"


async def test_the_cursor_stays_on_its_item_while_others_reorder_above_it(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("j", "j")
        filled.do(MoveItem(1, filled.stages["Ready"]), actor="ben")
        await anna.watch()
        assert (anna.card.key, anna.board.index) == ("PAY-3", 1)
        filled.do(ReorderItem(3, -1), actor="ben")
        await anna.watch()
        assert (anna.card.key, anna.board.index) == ("PAY-3", 0)


async def test_the_cursor_stays_put_when_somebody_takes_its_item_away(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("j")
        filled.do(MoveItem(2, filled.stages["Ready"]), actor="ben")
        await anna.watch()
        assert (anna.stage, anna.card.key) == ("Backlog", "PAY-3")
        filled.do(MoveItem(3, filled.stages["Ready"]), actor="ben")
        await anna.watch()
        assert (anna.stage, anna.card.key) == ("Backlog", "PAY-1")


async def test_several_changes_at_once_are_told_as_one(filled: World) -> None:
    async with filled.person() as anna:
        filled.do(MoveItem(1, filled.stages["Ready"]), actor="ben")
        filled.do(BlockItem(2, BlockerKind.OTHER, "who knows"), actor="ben")
        await anna.watch()
        anna.sees("ben", "PAY-2", "(and 1 more)")


async def test_changes_in_another_stream_are_not_told(filled: World) -> None:
    filled.do(CreateStream("Onboarding", STAGES, "UTC", "ONB"))
    async with filled.person(stream="Card issuing") as anna:
        from vsm.model.command import AddItem

        filled.do(AddItem(2, "Somewhere else"), actor="ben")
        await anna.watch()
        assert "ben" not in anna.text


async def test_a_new_stage_appears_on_open_boards_and_the_cursor_keeps_its_item(
    filled: World,
) -> None:
    async with filled.person() as anna:
        await anna.press("l", "j")
        new = NewStage("Pilot", Category.ACTIVE)
        filled.do(AddStage(filled.stream, new, filled.stages["Review"]), actor="ben")
        await anna.watch()
        names = [column.head.stage.name for column in anna.board.columns]
        assert names == ["Backlog", "Ready", "Build", "Review", "Pilot", "Done", "Dropped"]
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-4")
        anna.sees("Pilot")


async def test_nobodys_change_reads_nothing(filled: World) -> None:
    async with filled.person() as anna:
        reads: list[int] = []
        anna.screen.reader.changes = lambda *a, **k: reads.append(1) or []  # type: ignore[method-assign,func-returns-value]
        await anna.watch()
        await anna.watch()
        assert reads == []


async def test_undo_is_refused_after_somebody_else_changed_the_item(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("L")
        filled.do(MoveItem(1, filled.stages["Build"]), actor="ben")
        await anna.press("z")
        anna.sees("PAY-1", "ben", "from Ready to Build, just now", "Esc closes this")
        assert "PAY-1" in anna.column("Build")


async def test_read_only_shows_everything_and_changes_nothing(filled: World) -> None:
    async with filled.person(read_only=True) as anna:
        anna.sees("read-only")
        await anna.press("L")
        anna.sees("This board is read-only")
        assert "PAY-1" in anna.column("Backlog")
