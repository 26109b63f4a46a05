"""Keys that arrive in one read go where the ones before them have led, and nowhere else."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from textual import events

from tests.tui.conftest import World
from vsm.screens import new_stream
from vsm.screens.board import writer
from vsm.screens.board.screen import BoardScreen
from vsm.screens.dialog import Dialog
from vsm.screens.dialogs import AskDialog, PickDialog
from vsm.screens.organisation_fields import zones
from vsm.screens.typeahead import PATIENCE, Awaited
from vsm.session import Session

Size = tuple[int, int]


async def test_what_follows_n_is_typed_into_the_form(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.burst("n", *"xLogin zbroken", "enter")
        assert anna.column("Backlog")[-1] == "PAY-9"
        anna.sees("xLogin zbroken")
        assert anna.column("Ready") == ["PAY-5", "PAY-4"], "nothing moved, dropped or was undone"
        assert anna.app.screen is anna.screen


async def test_after_the_form_keys_go_to_the_board_with_the_new_item(filled: World) -> None:
    async with filled.person() as anna:
        await anna.burst("n", *"Quick one", "enter", "L", "n", *"Second", "enter")
        assert "PAY-9" in anna.column("Ready")
        assert "PAY-10" in anna.column("Ready"), "the form opens where the cursor went"


async def test_what_follows_the_slash_is_the_filter_and_then_the_board_again(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.burst("/", *"owner:anna", "enter", "L")
        assert (anna.stage, anna.card.key) == ("Build", "PAY-4")
        assert anna.screen.query_text == "owner:anna"
        assert anna.column("Backlog") == []


async def test_what_follows_g_is_the_key_to_go_to(filled: World) -> None:
    async with filled.person() as anna:
        await anna.burst("g", *"PAY-6", "enter", "b", *"supplier", "enter")
        assert anna.card.key == "PAY-6" and anna.card.blocked
        anna.sees("supplier")


async def test_the_palette_and_help_take_what_is_typed_after_their_key(filled: World) -> None:
    async with filled.person() as anna:
        await anna.burst("?", *"undo")
        assert isinstance(anna.app.screen, PickDialog)
        anna.sees("Undo")
        await anna.burst("escape", ":", *"item right", "enter")
        assert anna.app.screen is anna.screen
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-1")


async def test_what_follows_an_answer_waits_for_the_form_that_it_leads_to(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = zones()

    def slow_zones() -> tuple[str, ...]:
        threading.Event().wait(PATIENCE / 2)
        return names

    monkeypatch.setattr(new_stream, "zones", slow_zones)
    async with filled.person() as anna:
        await anna.burst("o", "1", "a", *"scrum", "enter", *"Card issuing", "enter")
        anna.sees("There is a stream called 'Card issuing'")


async def test_a_dialog_never_opens_over_another(filled: World) -> None:
    async with filled.person() as anna:
        await anna.burst("x", "n", "b", "s", "?")
        dialogs = [s for s in anna.app.screen_stack if isinstance(s, Dialog)]
        assert len(dialogs) == 1 and isinstance(dialogs[0], AskDialog)
        anna.sees("nbs?")
        await anna.burst("escape", "j", "escape", "j")
        assert isinstance(anna.app.screen, BoardScreen) and anna.card.key == "PAY-3"


async def test_a_reason_that_is_asked_for_gets_the_keys_typed_meanwhile(filled: World) -> None:
    filled.add("Build", "Fraud rules")
    async with filled.person() as anna:
        await anna.burst("l", "L", *"the auditor waits", "enter", "H", "j")
        assert "PAY-5" in anna.column("Ready")
        assert anna.stage == "Ready"


async def test_a_held_key_acts_as_often_as_it_was_pressed(filled: World) -> None:
    async with filled.person() as anna:
        await anna.burst(*"jjkkjj", "L", "H", "L", "z", "z", "z", "Z")
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-3")


async def test_a_slow_write_loses_no_key(filled: World) -> None:
    async with filled.person() as anna:
        real, turn = anna.app.writing.call, itertools.count()

        async def call(act: Callable[[Session], Any]) -> Any:
            if next(turn) == 1:
                await asyncio.to_thread(threading.Event().wait, PATIENCE + 0.2)
            return await real(act)

        anna.app.writing.call = call  # type: ignore[method-assign]
        await anna.burst(*"jjkkjj", "L", "H", "L", "z", "z", "z", "Z")
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-3")


async def test_what_is_typed_after_a_key_that_a_hanging_write_refuses_is_dropped(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    async with filled.person() as anna:
        hanging = asyncio.ensure_future(anna.app.writing.call(lambda _session: let_go.wait(30)))
        await anna.pilot.press("L")
        anna.app.typeahead.release()
        monkeypatch.setattr(writer, "PATIENCE", 0.05)
        # The first of these is refused after a moment; what follows was typed in its belief.
        for key in "Ljj":
            anna.app.post_message(events.Key(key, key).set_sender(anna.app))
        says = "The last change is still being saved: press the key again after it"
        await anna.until(lambda: says in anna.screen.hints.message)
        anna.app.typeahead.release()
        await anna.pilot.pause()
        assert anna.board.index == 0
        let_go.set()
        await hanging
        await anna.settle()
        assert anna.stage == "Ready", "the first key was done"


async def test_keys_wait_no_longer_than_patience_for_a_write_that_hangs(filled: World) -> None:
    let_go = threading.Event()
    async with filled.person() as anna:
        hanging = anna.app.writing.call(lambda _session: let_go.wait(30))
        task = asyncio.ensure_future(hanging)
        await anna.pilot.press("L")
        anna.app.typeahead.release()
        await anna.pilot.press("j", "j")
        assert anna.board.index == 2, "the cursor moves while the write hangs"
        let_go.set()
        await task
        await anna.settle()


@pytest.mark.parametrize("after", [0.0, 0.1, 0.17, 0.25])
async def test_a_machine_that_stands_still_sends_no_key_elsewhere(
    filled: World, after: float
) -> None:
    def stand_still() -> None:
        threading.Event().wait(PATIENCE + 0.2)

    async with filled.person() as anna:
        asyncio.get_running_loop().call_later(after, stand_still)
        await anna.burst("o", "4", "a", *"qa", "enter", "a", *"ops", "enter")
        anna.sees("made the team ops")


async def test_of_a_pause_of_the_machine_no_more_than_a_beat_counts() -> None:
    over = asyncio.Event()
    Awaited(PATIENCE, over.set)
    threading.Event().wait(PATIENCE + 0.2)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(over.wait(), PATIENCE / 2)
    await asyncio.wait_for(over.wait(), 60 * PATIENCE)
