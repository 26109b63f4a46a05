"""A person at a board: a real database file, a driven app, keys, and what the screen shows."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import textual.app
import textual.pilot
from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual._compositor import LayoutUpdate
from textual.keys import _character_to_key
from textual.pilot import Pilot

import vsm.screens.bottlenecks
import vsm.screens.colleagues
import vsm.screens.poller
from vsm.app import VsmApp
from vsm.model.board import Card
from vsm.model.command import AddItem, Command, CreateStream, NewStage
from vsm.model.item import ClassOfService
from vsm.model.stream import Category, LimitKind
from vsm.reader import Reader
from vsm.screens.board.screen import BoardScreen
from vsm.screens.board.unread import Unread
from vsm.session import ChangeGroup, Session
from vsm.store.writer import clock
from vsm.widgets.board import Board

SOON = 0.02
"""Seconds within which a timer is waited for before the application counts as idle."""

PATIENCE = 60.0
"""Seconds after which waiting fails."""

STAGES = (
    NewStage("Backlog", Category.BACKLOG),
    NewStage("Ready", Category.QUEUE, 4, LimitKind.SOFT, team="core"),
    NewStage("Build", Category.ACTIVE, 2, LimitKind.SOFT, team="core"),
    NewStage("Review", Category.ACTIVE, 2, LimitKind.HARD, team="risk"),
    NewStage("Done", Category.DONE),
    NewStage("Dropped", Category.DROPPED),
)


class Person:
    """Somebody at the keyboard of an app."""

    def __init__(self, app: VsmApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys, each after the one before has had its effect."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Type a text, character by character."""
        names = {" ": "space"}
        await self.pilot.press(*[names.get(c, c) for c in text])
        await self.settle()

    async def burst(self, *keys: str) -> None:
        """Press keys as a slow line delivers them: all in one read, none waits for another."""
        for key in keys:
            name, char = {"enter": ("enter", "\r"), " ": ("space", " ")}.get(key, (key, key))
            name = name if len(name) > 1 or name.isalnum() else _character_to_key(name)
            pressed = events.Key(name, char if len(char) == 1 else None)
            self.app.post_message(pressed.set_sender(self.app))
        await self.settle()

    async def paste(self, text: str) -> None:
        """Paste a text into the field that has the keys."""
        focused = self.app.screen.focused
        assert focused is not None
        focused.post_message(events.Paste(text))
        await self.settle()

    async def mouse(self, kind: type[events.MouseEvent], x: int, y: int, button: int = 1) -> None:
        """Have the terminal report one thing that the mouse did."""
        keys = {"shift": False, "meta": False, "ctrl": False}
        self.app.post_message(
            kind(None, x, y, 0, 0, button, screen_x=x, screen_y=y, **keys).set_sender(self.app)
        )
        await self.settle()

    async def drag(self, start: tuple[int, int], *over: tuple[int, int]) -> None:
        """Press the button on a place of the screen and move the mouse over others."""
        await self.mouse(events.MouseDown, *start)
        for place in over:
            await self.mouse(events.MouseMove, *place)

    def at(self, key: str) -> tuple[int, int]:
        """Where on the screen a card begins, one cell inside of it."""
        for y, line in enumerate(self.lines):
            if f"{key} " in f"{line} ":
                return line.index(key) + 1, y
        raise AssertionError(f"{key} is not on the screen:\n{self.text}")

    async def settle(self) -> None:
        """Wait until every write and read that was begun is through and painted."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                await self.app.writing.drain()
                await self.app.reading.drain()
            except asyncio.CancelledError:
                if not self.app._exit:  # who leaves waits for no reading
                    raise
            await self.pilot.pause()
            waiting = {"change", "dialog", "welcome"} if self.app.screen.is_modal else set()
            done = all(w.is_finished or w.group in waiting for w in self.app.workers)
            # A loaded machine may take longer for the first layout than keys are held back for.
            painted = getattr(self.app.screen, "_laid_out_once", True)
            if done and painted and self.app.typeahead.idle:
                return
            await self.pilot.pause(0.001)  # a thread may have to come to its end
        raise AssertionError("the app does not come to rest")

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is true, though writes or timers are under way."""
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, f"it does not come true:\n{self.text}"
            await self.pilot.pause(0.005)

    @property
    def screen(self) -> BoardScreen:
        """The board screen, under dialogs too."""
        result = [s for s in self.app.screen_stack if isinstance(s, BoardScreen)]
        return result[-1]

    @property
    def board(self) -> Board:
        """The board."""
        return self.screen.board

    @property
    def card(self) -> Card:
        """The card under the cursor."""
        card = self.board.card
        assert card is not None
        return card

    @property
    def stage(self) -> str:
        """The name of the stage under the cursor."""
        return self.board.column.head.stage.name

    def column(self, name: str) -> list[str]:
        """The keys of the cards that a column holds."""
        column = next(c for c in self.board.columns if c.head.stage.name == name)
        return [card.key for card in column.cards]

    @property
    def lines(self) -> list[str]:
        """What the terminal shows, line by line."""
        width, height = self.app.size
        picture = self.app.screen._compositor.render_update(
            full=True, screen_stack=self.app._background_screens
        )
        assert isinstance(picture, LayoutUpdate)
        rows = [[" "] * width for _ in range(height)]
        for row, strips in zip(rows, picture.strips, strict=False):
            at = 0
            for text, *_ in Segment.simplify(chain.from_iterable(strips)):
                row[at : at + len(text)] = list(text.replace("\xa0", " "))[: width - at]
                at += cell_len(text)
        return ["".join(row).rstrip() for row in rows]

    @property
    def text(self) -> str:
        """What the terminal shows, as one text."""
        return "\n".join(self.lines)

    def sees(self, *words: str) -> bool:
        """Whether all of these are on the screen; says what is there if not."""
        text = self.text
        missing = [word for word in words if word not in text]
        assert not missing, f"not on the screen: {missing}\n{text}"
        return True

    async def watch(self, *, reads: bool = True) -> None:
        """See what others did, as the screen does five times a second; and read it."""
        assert self.screen.poller is not None
        self.screen.poller.poll()
        await self.settle()
        if reads:
            self.screen.parts.data.unread = Unread()

    async def look_around(self) -> None:
        """Let others know where this board is, and see where they are, as it does by itself."""
        for _ in range(2):  # the cursor rests where it was at the look before
            self.app.colleagues.tick()
            await self.settle()


class World:
    """One database and the people at it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stages: dict[str, int] = {}
        self.stream = 0
        self.clock = clock
        """The clock of what is done at other keyboards."""

    def begin(self) -> None:
        """Make the stream that most tests use."""
        self.do(CreateStream("Card issuing", STAGES, "Europe/Berlin", "PAY"))
        reader = Reader(self.path)
        stream = reader.stream_named("Card issuing")
        reader.close()
        self.stream = stream.id
        self.stages = {stage.name: stage.id for stage in stream.stages}

    def do(self, *commands: Command, actor: str = "seed") -> ChangeGroup:
        """Have somebody do something at another keyboard."""
        session = Session(self.path, actor=actor, clock=self.clock)
        try:
            result = session.do(*commands)
        finally:
            session.close()
        assert isinstance(result, ChangeGroup), result
        return result

    def add(self, stage: str, *titles: str, **fields: Any) -> list[int]:
        """Put items into a stage; returns their ids."""
        commands = [
            AddItem(self.stream, title, self.stages[stage], None, fields, "needed")
            for title in titles
        ]
        done = self.do(*commands)
        return [change.item for change in done.changes if change.item is not None]

    def fill(self) -> None:
        """A small board: three in Backlog, two in Ready, one in Build, two in Review."""
        self.begin()
        self.add("Backlog", "Token vault rotation", "Ledger split", "Fee table")
        self.add("Ready", "3DS challenge flow", owner="anna")
        self.add("Ready", "Refund webhooks", service=ClassOfService.EXPEDITE)
        self.add("Build", "SEPA batch")
        self.add("Review", "Card art", "Chargeback letters")

    @asynccontextmanager
    async def person(
        self, actor: str = "anna", size: tuple[int, int] = (120, 40), **options: Any
    ) -> AsyncIterator[Person]:
        """Somebody who opens the board."""
        app = VsmApp(self.path, actor=actor, **options)
        async with app.run_test(size=size) as pilot:
            person = Person(app, pilot)
            await person.settle()
            yield person


async def idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Wait until the event loop has nothing to run and no timer is due soon.

    Textual samples the CPU clock for this, 20 ms and more for each key, takes a process that
    other work keeps from running for idle, and gives up after ``max_sleep`` however busy it is.
    """
    loop = asyncio.get_running_loop()
    deadline, near = loop.time() + PATIENCE / 3, loop.time()
    while near < deadline:
        turn = loop.create_future()
        loop.call_at(near, turn.set_result, None)
        await turn
        timers = [t.when() for t in loop._scheduled if not t.cancelled()]  # type: ignore[attr-defined]
        near = min(timers, default=deadline)
        if loop._ready:  # type: ignore[attr-defined]
            near = loop.time()
        elif near > loop.time() + SOON:
            return


@pytest.fixture(autouse=True)
def waits_for_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and pauses wait for the work that they begin, not for the clock."""
    monkeypatch.setattr(textual.pilot, "wait_for_idle", idle)
    monkeypatch.setattr(textual.app, "wait_for_idle", idle)


@pytest.fixture(autouse=True)
def looks_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Screens look for other people's changes, and have changes played, when a test says so."""
    monkeypatch.setattr(vsm.screens.poller, "POLL", 86_400.0)
    monkeypatch.setattr(vsm.screens.colleagues, "TICK", 86_400.0)
    monkeypatch.setattr(vsm.screens.colleagues, "PAUSE", 0.0)
    monkeypatch.setattr(vsm.screens.bottlenecks, "PLAYED_AFTER", 86_400.0)
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty place for a database."""
    return World(tmp_path / "vsm.db")


@pytest.fixture(scope="session")
def _small_board(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("small") / "vsm.db")
    made.fill()
    return made


@pytest.fixture
def filled(world: World, _small_board: World) -> World:
    """A small board."""
    for end in ("", ".lock"):
        shutil.copy(f"{_small_board.path}{end}", f"{world.path}{end}")
    world.stream, world.stages = _small_board.stream, dict(_small_board.stages)
    return world


@pytest.fixture(params=[(80, 24), (160, 50)], ids=["80x24", "160x50"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The two sizes at which each journey is driven."""
    return tuple(request.param)
