"""The open board while other people change its structure and the terminal changes its size."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import pytest

from vsm.model.command import (
    AddEdge,
    AddEntity,
    AddItem,
    AddStage,
    ChangeEntity,
    Command,
    CreateStream,
    MoveItem,
    NewStage,
    PlaceStage,
    RemoveEntity,
    RestoreStage,
    RetireStage,
    SetStage,
    SetStream,
)
from vsm.model.entities import TEAM
from vsm.model.stream import Category, LimitKind, ValueStream
from vsm.reader import Reader
from vsm.screens.board.screen import BoardScreen
from vsm.screens.too_small import SmallScreen
from vsm.session import Session

from .conftest import STAGES, Person, World


def add_stage(world: World, name: str, after: str = "Review") -> None:
    """Have Ben add a stage."""
    stage = NewStage(name, Category.ACTIVE)
    world.do(AddStage(world.stream, stage, world.stages[after]), actor="ben")


def names(person: Person) -> list[str]:
    """The stages that the board shows, from left to right."""
    return [column.head.stage.name for column in person.board.columns]


async def resize(person: Person, width: int, height: int) -> None:
    """Give the terminal another size."""
    await person.pilot.resize_terminal(width, height)
    await person.settle()


# -- the terminal is too small ----------------------------------------------------------------


async def test_a_stage_that_is_added_while_the_terminal_is_too_small_is_there_afterwards(
    filled: World,
) -> None:
    async with filled.person(size=(80, 24)) as anna:
        await resize(anna, 30, 8)
        add_stage(filled, "Pilot")
        await anna.watch()
        assert isinstance(anna.app.screen, SmallScreen)
        await resize(anna, 120, 40)
        assert isinstance(anna.app.screen, BoardScreen)
        anna.sees("Pilot", "PAY-1")
        await anna.press("L")
        assert "PAY-1" in anna.column("Ready")


@pytest.mark.parametrize("times", [1, 2])
async def test_another_board_that_opens_while_the_terminal_is_too_small_stays_covered(
    filled: World, times: int
) -> None:
    filled.do(CreateStream("Onboarding", STAGES, "Europe/Berlin", "ONB"))
    async with filled.person(size=(80, 24), stream="Card issuing") as anna:
        await resize(anna, 30, 8)
        for name in ("Onboarding", "Card issuing")[:times]:
            assert anna.app.reader is not None
            anna.app.open_board(anna.app.reader.stream_named(name))
            await anna.settle()
            assert isinstance(anna.app.screen, SmallScreen)
        await resize(anna, 80, 24)
        assert isinstance(anna.app.screen, BoardScreen)
        anna.sees("Onboarding" if times == 1 else "Card issuing")


async def test_a_dialog_that_opens_while_the_terminal_is_too_small_waits_under_the_message(
    filled: World,
) -> None:
    async with filled.person(size=(80, 24)) as anna:
        await resize(anna, 30, 8)
        await anna.app.run_action("drop", anna.screen)  # as a key does that was still under way
        await anna.settle()
        assert isinstance(anna.app.screen, SmallScreen)
        anna.sees("too small")
        await resize(anna, 80, 24)
        anna.sees("Reason for dropping")
        await anna.type("duplicate")
        await anna.press("enter")
        assert "PAY-1" in anna.column("Dropped")


# -- what is open while the stages change -------------------------------------------------------


async def test_stages_that_change_leave_what_is_being_typed_as_it_is(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("n")
        await anna.type("Half a tit")
        add_stage(filled, "Pilot")
        await anna.watch()
        anna.sees("New item", "Half a tit")
        await anna.type("le")
        await anna.press("enter")
        assert anna.card.title == "Half a title"
        assert "Pilot" in names(anna)


@pytest.mark.parametrize("key", ["3", "4", "5"])
async def test_stages_that_change_leave_the_other_screens_open(filled: World, key: str) -> None:
    async with filled.person() as anna:
        await anna.press(key)
        above = anna.app.screen
        assert not isinstance(above, BoardScreen)
        add_stage(filled, "Pilot")
        await anna.watch()
        assert anna.app.screen is above
        await anna.press("1")
        anna.sees("Pilot")


async def test_the_details_stay_open_and_the_cursor_leaves_a_stage_that_is_retired(
    filled: World,
) -> None:
    async with filled.person() as anna:
        await anna.press("enter")
        await anna.press("l", "l")
        assert (anna.stage, anna.card.key) == ("Build", "PAY-6")
        filled.do(RetireStage(filled.stages["Build"], filled.stages["Ready"]), actor="ben")
        await anna.watch()
        assert names(anna) == ["Backlog", "Ready", "Review", "Done", "Dropped"]
        assert anna.screen.parts.details.panel is not None
        assert "PAY-6" in anna.column("Ready")
        await anna.press("h")
        assert anna.card.key in anna.column(anna.stage)


async def test_columns_follow_the_order_of_the_stages_and_the_cursor_its_stage(
    filled: World,
) -> None:
    async with filled.person() as anna:
        await anna.press("l")
        filled.do(PlaceStage(filled.stages["Review"], filled.stages["Backlog"]), actor="ben")
        await anna.watch()
        assert names(anna)[:4] == ["Backlog", "Review", "Ready", "Build"]
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-5")
        head = next(line for line in anna.lines if "Backlog" in line)
        assert head.index("Review") < head.index("Ready") < head.index("Build")


async def test_a_new_stage_can_be_used_at_once(filled: World, size: tuple[int, int]) -> None:
    async with filled.person(size=size) as anna:
        add_stage(filled, "Pilot", after="Backlog")
        await anna.watch()
        await anna.press("L")
        assert anna.column("Pilot") == ["PAY-1"]
        anna.sees("Pilot", "PAY-1")
        await anna.press("v", "tab")
        assert anna.board.column_of(anna.card.stage) is not None


# -- a board that takes changes while it is replaced ----------------------------------------------


async def test_changes_in_quick_succession_to_the_stages_are_all_shown(filled: World) -> None:
    async with filled.person() as anna:
        board = anna.screen
        for number in range(3):
            add_stage(filled, f"Pilot {number}")
            board.parts.poller.poll()
            filled.do(AddItem(filled.stream, "One more"), actor="ben")
            board.parts.poller.poll()  # again before anything of the last change is laid out
        await anna.settle()
        assert {"Pilot 0", "Pilot 1", "Pilot 2"} < set(names(anna))
        assert len(anna.column("Backlog")) == 6


async def test_a_board_that_is_being_replaced_takes_no_more_changes(filled: World) -> None:
    filled.do(CreateStream("Onboarding", STAGES, "Europe/Berlin", "ONB"))
    async with filled.person(stream="Card issuing") as anna:
        old = anna.screen
        assert anna.app.reader is not None
        anna.app.open_board(anna.app.reader.stream_named("Onboarding"))
        add_stage(filled, "Pilot")
        old.parts.poller.poll()
        assert old.parts.data.catch_up() == []
        await anna.settle()
        anna.sees("Onboarding")
        assert len(anna.app._modes) == 1, "no board is left behind"


async def test_a_board_takes_the_columns_that_it_is_handed(filled: World) -> None:
    async with filled.person() as anna:
        board, heads = anna.board, [column.head for column in anna.board.columns]
        for some in (heads[:2], heads[3:], heads[::-1], heads):
            board.update(some, None, anna.screen.parts.data.read_place)
            await anna.settle()
            assert [column.head for column in board.columns] == some
            assert set(board.children) == set(board.columns)
            assert 0 <= board.x < len(some)


async def test_a_drag_ends_where_the_stages_change(filled: World) -> None:
    async with filled.person() as anna:
        x, y = anna.at("PAY-1")
        await anna.drag((x, y), (x + 25, y))
        assert anna.board._drag.active
        add_stage(filled, "Pilot", after="Backlog")
        await anna.watch()
        assert not anna.board._drag.active
        assert "PAY-1" in anna.column("Backlog")


async def test_the_stage_numbers_go_where_the_stages_change(filled: World) -> None:
    async with filled.person() as anna:
        anna.screen.action_to_stage()
        add_stage(filled, "Pilot")
        await anna.watch()
        assert {column.number for column in anna.board.columns} == {""}


# -- at random --------------------------------------------------------------------------------

KEYS = (
    *"hjklHLJKnebxzuvVcwpmtoyY/?12345,.;gst*",
    "enter",
    "escape",
    "escape",
    "tab",
    "left",
    "right",
    "down",
    "space",
    "ctrl+p",
)
SIZES = ((120, 40), (80, 24), (40, 10), (39, 24), (80, 9), (12, 3), (200, 60))


def change_something(chance: random.Random, stream: ValueStream, number: int) -> list[Command]:
    """What somebody else does at random to a stream, its stages and teams."""
    line, every = list(stream.line), list(stream.stages)
    one, two = chance.choice(line), chance.choice(line)
    some = chance.choice(every)
    category = chance.choice([Category.ACTIVE, Category.QUEUE])
    choices: list[list[Command]] = [
        [AddStage(stream.id, NewStage(f"Stage {number}", category), one.id)],
        [RetireStage(one.id, two.id, "no longer needed")],
        [RestoreStage(some.id)],
        [SetStage(one.id, {"name": f"Renamed {number}"})],
        [SetStage(one.id, {"category": category})],
        [SetStage(one.id, {"limit": chance.randint(1, 3), "limit_kind": LimitKind.HARD})],
        [PlaceStage(one.id, two.id)],
        [PlaceStage(one.id, None)],
        # A split: two new stages, and the old one is retired, in one group.
        [
            AddStage(stream.id, NewStage(f"Split {number} a", category), one.id),
            AddStage(stream.id, NewStage(f"Split {number} b", category), one.id),
            RetireStage(one.id, two.id, "split"),
        ],
        [SetStream(stream.id, {"name": f"Stream {number}"})],
        [AddEntity(TEAM, {"name": f"team {number}"})],
        [ChangeEntity(TEAM, 1, {"name": f"core {number}"})],
        [RemoveEntity(TEAM, 1)],
        [AddEdge(one.id, two.id)],
        [AddItem(stream.id, f"Item {number}", one.id, reason="needed")],
        [MoveItem(chance.randint(1, 9), one.id, reason="needed")],
        [CreateStream(f"Other {number}", STAGES, "Europe/Berlin", f"O{number}")],
    ]
    return chance.choice(choices)


async def play(world: World, person: Person, seed: int, steps: int) -> None:
    """Do random things at the board, at another keyboard and with the terminal's size."""
    chance = random.Random(seed)
    other = Session(world.path, actor="ben")
    reader = Reader(world.path)

    async def press() -> None:
        keys = chance.choices(KEYS, k=chance.randint(1, 3))
        await person.pilot.press(*keys)

    async def change() -> None:
        stream = reader.stream(world.stream)
        assert stream is not None
        other.do(*change_something(chance, stream, chance.randint(1, 10**6)))

    async def resize() -> None:
        await person.pilot.resize_terminal(*chance.choice(SIZES))

    async def look() -> None:
        for screen in list(person.app.screen_stack):
            if isinstance(screen, BoardScreen):
                screen.parts.poller.poll()

    async def rest() -> None:
        await person.app.writing.drain()
        await person.app.reading.drain()
        await person.pilot.pause()

    acts: tuple[Callable[[], Awaitable[None]], ...] = (
        *(press,) * 5,
        *(change,) * 3,
        *(look,) * 3,
        resize,
        rest,
    )
    try:
        for _ in range(steps):
            await chance.choice(acts)()
            if person.app._exit:
                return
        await person.pilot.resize_terminal(120, 40)
        await rest()
    finally:
        other.close()
        reader.close()


@pytest.mark.parametrize("seed", range(6))
async def test_the_board_survives_whatever_happens_at_random(filled: World, seed: int) -> None:
    async with filled.person(size=(100, 30)) as anna:
        await play(filled, anna, seed, 60)
        assert anna.app._exception is None
