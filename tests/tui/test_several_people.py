"""Several people at one board: everybody sees everything and nothing is lost."""

from __future__ import annotations

import pytest

from vsm.model.command import (
    AddItem,
    AddStage,
    ArchiveItem,
    BlockItem,
    CreateStream,
    EditItem,
    MoveItem,
    NewStage,
    ReorderItem,
    TransferItem,
    UnblockItem,
)
from vsm.model.history import Entry, ImportPlan, ItemHistory
from vsm.model.item import BlockerKind
from vsm.model.stream import Category
from vsm.session import Session

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


async def test_the_cursor_goes_with_its_item_when_somebody_moves_it(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("j")
        filled.do(MoveItem(2, filled.stages["Build"]), actor="ben")
        await anna.watch()
        assert (anna.stage, anna.card.key) == ("Build", "PAY-2")
        anna.sees("ben moved PAY-2 from Backlog to Build; you are with it")


@pytest.mark.parametrize("stage", ["Done", "Dropped"])
async def test_the_cursor_stays_where_it_is_when_somebody_ends_its_item(
    filled: World, size: Size, stage: str
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("j")
        filled.do(MoveItem(2, filled.stages[stage], reason="no need"), actor="ben")
        await anna.watch()
        assert (anna.stage, anna.card.key) == ("Backlog", "PAY-3")
        anna.sees("ben", f"PAY-2 from Backlog to {stage}")
        assert "you are with it" not in anna.text
        await anna.press("k", "L")
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-1"), "one's own move leads along"


async def test_what_comes_while_a_message_stays_is_counted(filled: World) -> None:
    async with filled.person() as anna:
        filled.do(BlockItem(1, BlockerKind.OTHER, "who knows"), actor="ben")
        await anna.watch()
        anna.sees("ben blocked PAY-1 (other): who knows")
        filled.do(EditItem(1, {"due": "2026-12-24"}), actor="ben")
        await anna.watch()
        filled.do(MoveItem(1, filled.stages["Ready"]), actor="ben")
        await anna.watch()
        anna.sees("ben moved PAY-1 from Backlog to Ready; you are with it (and 2 more: F)")
        anna.screen._clear_message()
        filled.do(EditItem(1, {"title": "Vault"}), actor="ben")
        await anna.watch()
        anna.sees("ben changed PAY-1: title Token vault rotation → Vault")
        assert "more: F" not in anna.text


async def test_where_an_item_went_that_leaves_the_filter(filled: World) -> None:
    async with filled.person(query="stage:Backlog") as anna:
        await anna.press("j")
        filled.do(MoveItem(2, filled.stages["Ready"]), actor="ben")
        filled.do(EditItem(2, {"owner": "carl"}), actor="carl")
        await anna.watch()
        assert (anna.stage, anna.card.key) == ("Backlog", "PAY-3")
        anna.sees("PAY-2 was moved to Ready by ben; the filter hides it")


async def test_where_an_item_went_that_leaves_the_stream(filled: World) -> None:
    onboarding = filled.do(CreateStream("Onboarding", STAGES, "UTC", "ONB"))
    there = onboarding.changes[0].stream
    assert there is not None
    async with filled.person(stream="Card issuing") as anna:
        stage = next(s for s in anna.app.reader.stream(there).stages if s.name == "Ready")
        filled.do(TransferItem(1, stage.id), actor="ben")
        await anna.watch()
        assert (anna.stage, anna.card.key) == ("Backlog", "PAY-2")
        anna.sees("PAY-1 was transferred to Onboarding, Ready by ben")


async def test_where_an_item_went_that_is_archived_or_changed(filled: World) -> None:
    async with filled.person(query="owner:anna") as anna:
        assert anna.card.key == "PAY-4"
        filled.do(EditItem(4, {"owner": "ben"}), actor="ben")
        await anna.watch()
        anna.sees("ben changed PAY-4: owner anna → ben; the filter hides it")
    async with filled.person() as anna:
        filled.do(ArchiveItem(1), actor="agent:sweeper")
        await anna.watch()
        assert anna.card.key == "PAY-2"
        anna.sees("PAY-1 was archived by agent:sweeper")
    filled.do(BlockItem(3, BlockerKind.OTHER, "who knows"))
    async with filled.person(query="blocked") as anna:
        filled.do(UnblockItem(3), actor="ben")
        await anna.watch()
        anna.sees("ben unblocked PAY-3; the filter hides it")


async def test_a_range_that_is_being_marked_stays_where_it_began(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("v", "j")
        filled.do(MoveItem(2, filled.stages["Build"]), actor="ben")
        await anna.watch()
        assert anna.stage == "Backlog" and anna.screen.parts.selection.growing is not None


async def test_only_changes_of_items_that_concern_somebody_are_said(filled: World) -> None:
    async with filled.person() as anna:
        filled.do(BlockItem(2, BlockerKind.OTHER, "who knows"), actor="ben")
        await anna.watch()
        assert "ben" not in anna.text
        filled.do(BlockItem(4, BlockerKind.OTHER, "mine"), actor="ben")  # anna owns it
        await anna.watch()
        anna.sees("ben blocked PAY-4")
        await anna.press("j", "space")
        filled.do(MoveItem(2, filled.stages["Ready"], reason="why"), actor="ben")  # marked
        filled.do(MoveItem(1, filled.stages["Ready"], reason="why"), actor="ben")
        await anna.watch()
        anna.sees("ben moved PAY-2 from Backlog to Ready")
        assert "PAY-1 from" not in anna.text


async def test_several_changes_at_once_are_one_line(filled: World) -> None:
    async with filled.person() as anna:
        filled.do(EditItem(1, {"title": "Vault"}), actor="ben")
        filled.do(BlockItem(1, BlockerKind.OTHER, "who knows"), actor="ben")
        await anna.watch()
        anna.sees("ben blocked PAY-1 (other): who knows (and 1 more: F)")


async def test_marked_items_that_others_moved_are_said_with_where_they_go(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("space", "space", "space")
        filled.do(MoveItem(2, filled.stages["Ready"]), actor="ben")
        await anna.watch()
        anna.sees("ben moved PAY-2 from Backlog to Ready")
        await anna.press("L")
        said = " ".join(line.strip() for line in anna.lines[-3:])
        assert "moved PAY-1 and PAY-3 from Backlog to Ready; moved PAY-2 from Ready to" in said


async def test_in_quiet_hours_only_what_moves_the_cursor_is_said(filled: World) -> None:
    async with filled.person(query="stage:Backlog") as anna:
        anna.app.view.quiet = True
        filled.do(BlockItem(1, BlockerKind.OTHER, "who knows"), actor="ben")
        await anna.watch()
        assert "ben" not in anna.text
        filled.do(MoveItem(1, filled.stages["Ready"]), actor="ben")
        await anna.watch()
        anna.sees("PAY-1 was moved to Ready by ben; the filter hides it")


async def test_an_item_that_nobody_changed_is_not_said_to_be_changed(filled: World) -> None:
    filled.do(EditItem(3, {"title": "Long ago"}), actor="carl")
    async with filled.person(query="Fee or Long") as anna:
        anna.app.view.quiet = True
        filled.do(EditItem(3, {"title": "Now"}), actor="ben")
        await anna.watch()
        anna.sees("ben changed PAY-3: title Long ago → Now; the filter hides it")
    async with filled.person() as anna:
        filled.do(
            AddStage(filled.stream, NewStage("Pilot", Category.ACTIVE), filled.stages["Review"]),
            actor="ben",
        )
        await anna.watch()
        anna.sees("ben added the stage Pilot")
        assert "was changed" not in anna.text


async def test_where_an_item_went_in_a_burst(filled: World) -> None:
    async with filled.person(query="stage:Backlog") as anna:
        many = [AddItem(filled.stream, f"Item {n}") for n in range(201)]
        filled.do(MoveItem(1, filled.stages["Done"]), *many, actor="ben")
        await anna.watch()
        anna.sees("PAY-1 was moved to Done by ben; the filter hides it")


async def test_a_burst_is_one_line_and_not_played(filled: World) -> None:
    async with filled.person() as anna:
        filled.add("Backlog", *(f"Item {n}" for n in range(201)))
        await anna.watch()
        anna.sees("seed added 201 items in Backlog")
        assert len(anna.column("Backlog")) > 3
        session = Session(filled.path, actor="carl")
        histories = [
            ItemHistory(f"X-{n}", f"X-{n}", "Old", (Entry(1_000_000, "Backlog"),), f"line {n}")
            for n in range(250)
        ]
        stages = tuple((stage.name, stage.category) for stage in STAGES)
        plan = ImportPlan("Card issuing", "UTC", stages, None, "csv", "a.csv", "0" * 64, histories)
        session.import_histories(plan)
        session.close()
        await anna.watch()
        anna.sees("Import by carl: 250 items into Card issuing")


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
