"""Journey 1, the first minute: the demo opens on a believable organisation that can be read.

What the header says of the constraint, and the screen that explains it, come with the analysis
of bottlenecks.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.tui.conftest import World
from vsm.model.rules import day_start

TODAY = date(2026, 3, 31)
Size = tuple[int, int]


@pytest.fixture(scope="module")
def demo_file(demo_of: Callable[[date], Path]) -> Path:
    """The demo as the first start makes it."""
    return demo_of(TODAY)


@pytest.fixture
def demo(demo_file: Path, tmp_path: Path) -> World:
    """A copy of it, to work on."""
    return World(Path(shutil.copy(demo_file, tmp_path / "demo.db")))


def morning() -> Callable[[], int]:
    """A clock that stands at ten in the morning of the demo's day."""
    at = day_start(TODAY, "Europe/Berlin") + 10 * 3_600_000_000
    return lambda: at


async def test_the_board_of_a_whole_organisation_is_there(demo: World, size: Size) -> None:
    async with demo.person("anna", size=size, now=morning(), stream="Card issuing") as anna:
        assert anna.sees("Card issuing", "WIP", "85% ", "done in 14 d")
        heads = [column.head for column in anna.board.columns]
        assert [head.stage.name for head in heads][:4] == ["Backlog", "Ready", "Build", "To review"]
        assert sum(head.wip for head in heads if head.stage.category.working) >= 10
        await anna.press("question_mark")
        await anna.type("move the item")
        assert anna.sees("Move the item right")


async def test_every_stream_opens_and_its_items_tell_their_story(demo: World, size: Size) -> None:
    async with demo.person("anna", size=size, now=morning(), stream="Card issuing") as anna:
        for name in ("Mobile app", "Platform"):
            await anna.press("s")
            await anna.type(name.lower()[:6])
            await anna.press("enter")
            assert anna.screen.stream.name.startswith(name[:6])
            assert anna.sees(anna.card.key)
            await anna.press("enter")
            assert anna.sees("Stage", "Since")
            await anna.press("escape")


async def test_the_constraint_is_seen_by_the_queue_before_it(demo: World) -> None:
    async with demo.person("anna", size=(160, 50), now=morning(), stream="Card issuing") as anna:
        queues = {
            column.head.stage.name: column.head
            for column in anna.board.columns
            if column.head.stage.category.value == "queue"
        }
        longest = max(queues.values(), key=lambda head: head.wip)
        assert longest.stage.name == "To review" and longest.stage.over(longest.wip)


async def test_what_a_newcomer_does_first_is_taken_back_by_one_key(demo: World, size: Size) -> None:
    async with demo.person("anna", size=size, now=morning(), stream="Card issuing") as anna:
        key, stage = anna.card.key, anna.stage
        await anna.press("n")
        await anna.type("Try it out")
        await anna.press("enter")
        assert anna.sees("Try it out")
        await anna.press("z")
        assert "Try it out" not in [card.title for card in anna.board.column.cards]
        assert anna.stage == stage and key in anna.column(stage)
