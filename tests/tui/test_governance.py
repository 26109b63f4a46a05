"""The screen of governance: controls, modes, waivers, replays and costs."""

from __future__ import annotations

from datetime import date

import pytest

from tests.tui.test_gates import day, govern
from tests.tui.test_own_role import grant
from vsm.date_form import write_day
from vsm.model.command import AddEntity, EditItem, MoveItem
from vsm.model.errors import Refusal
from vsm.model.governance_entities import CONTROL, MODE, WAIVER
from vsm.reader import Reader
from vsm.session import Session

from .conftest import World

Size = tuple[int, int]


@pytest.fixture
def tried(filled: World) -> World:
    """A stream with a control that binds and has refused a move."""
    govern(filled)
    session = Session(filled.path, actor="bo")
    assert isinstance(session.do(MoveItem(5, filled.stages["Build"])), Refusal)
    session.close()
    return filled


async def test_without_controls_it_says_how_to_begin(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("9")
        anna.sees("No control is set", "n lists controls that come with vsm")
        assert "vsm gov" not in anna.text


async def test_controls_stand_with_what_they_found(tried: World, size: Size) -> None:
    async with tried.person(size=size) as anna:
        await anna.press("9")
        anna.sees("Mode of the stream: controlling")
        row = next(line for line in anna.lines if "owned" in line)
        assert "c controlling" in row
        assert row.split()[-1] == "0.0", "it has not passed yet"
        await anna.press("enter")
        anna.sees("has(change.owner)", "controlling from", "nobody owns it")
        await anna.press("escape")
        anna.sees("Mode of the stream")


async def test_a_mode_is_set_with_a_day_and_a_reason(filled: World) -> None:
    govern(filled, "supportive")
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("9", "m")
        anna.sees("Mode in Card issuing")
        await anna.press("right", "tab", "tab", "tab", "tab")
        await anna.type("audit")
        await anna.press("enter")
        first = write_day(date.fromisoformat(day()))
        anna.sees("c controlling", f"controlling of owned in Card issuing from {first} on: audit")
    modes = Reader(filled.path).entities(MODE)
    assert (modes[-1].value, modes[-1].reason, modes[-1].decided_by) == (
        "controlling",
        "audit",
        "anna",
    )


async def test_a_waiver_is_asked_for_and_answered_by_somebody_else(tried: World) -> None:
    async with tried.person(size=(120, 40)) as anna:
        await anna.press("9", "w")
        anna.sees("Ask for a waiver of owned")
        await anna.type("PAY-5")
        await anna.press("tab", "tab")
        await anna.type("owner is ill")
        await anna.press("enter")
        anna.sees("1 waiver waits for an answer")
        await anna.press("v")
        anna.sees("To be answered", "anna: owner is ill")
        await anna.press("enter", "enter")
        anna.sees("may not answer it", "v lists the waivers")
    async with tried.person("bo", size=(120, 40)) as bo:
        await bo.press("9", "v", "enter", "enter")
        bo.sees("granted, 30 d left")
        await bo.press("1", "'", "2", "L")
        assert bo.stage == "Build"
    assert Reader(tried.path).entities(WAIVER)[0].answered_by == "bo"


async def test_after_a_refusal_the_waiver_is_for_that_item(filled: World) -> None:
    govern(filled)
    filled.do(EditItem(5, {"service": "standard"}))
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("'", "2", "down", "L")
        anna.sees("9, then w on owned")
        await anna.press("escape", "9", "w")
        anna.sees("Ask for a waiver of owned", "PAY-5")
        await anna.press("tab", "tab")
        await anna.type("owner is ill")
        await anna.press("enter")
        anna.sees("1 waiver waits for an answer")
    assert Reader(filled.path).entities(WAIVER)[0].key == "PAY-5"


async def test_a_viewer_is_refused_before_an_answer_is_asked_for(tried: World) -> None:
    until = day(30)
    values = {"control": 1, "key": "PAY-5", "reason": "ill", "start": day(), "until": until}
    tried.do(AddEntity(WAIVER, values))
    grant(tried, "anna", "viewer")
    async with tried.person(size=(120, 40)) as anna:
        for key in ("enter", "a"):
            await anna.press("9", "v", key)
            assert not anna.app.screen.is_modal, key
            anna.sees("Answer a waiver: anna is a viewer here")
            await anna.press("1")


async def test_replay_and_costs_are_pages_of_their_own(tried: World) -> None:
    async with tried.person(size=(120, 40)) as anna:
        await anna.press("9", "p")
        anna.sees("Would have refused")
        await anna.press("escape", "c")
        anna.sees("owned")
        await anna.press("escape")
        anna.sees("Mode of the stream")


async def test_figures_of_costs_open_the_items_behind_them(tried: World, size: Size) -> None:
    async with tried.person(size=size) as anna:
        await anna.press("9", "c")
        heads = [line for line in anna.lines if "Refused" in line]
        assert len(heads) == 2, "of all gates, and of one by month"
        assert all("Checked" in line for line in heads) and "Chk" not in anna.text
        await anna.press("enter")
        anna.sees("owned: not passed at once: 1 item", "PAY-5", "fail, refused into Build")
        await anna.press("escape", "down", "enter")
        anna.sees(f"owned, {day()[:7]}: not passed at once: 1 item", "PAY-5")


async def test_a_message_does_not_outlive_its_page(tried: World) -> None:
    async with tried.person(size=(120, 40)) as anna:
        await anna.press("9", "v", "a")
        anna.sees("Choose a waiver first")
        await anna.press("c")
        assert "Choose a waiver first" not in anna.text
        anna.sees("m mode")


async def test_the_keys_that_are_used_most_stand_in_a_narrow_hint_line(tried: World) -> None:
    async with tried.person(size=(80, 24)) as anna:
        await anna.press("9")
        for words in ("Enter open", "m mode", "w waiver", "v waivers", "f frameworks", "d drift"):
            assert words in anna.lines[-1], anna.lines[-1]


async def test_a_waiver_is_shown_whole_in_80_columns(tried: World) -> None:
    reason = "the only one who could own it is on parental leave until the end of the quarter"
    scope = {"control": 1, "only": 1, "label": "quarterly-report"}
    values = {**scope, "reason": reason, "start": day()}
    tried.do(AddEntity(WAIVER, {**values, "until": day(30)}))
    async with tried.person(size=(80, 24)) as anna:
        await anna.press("9", "v")
        anna.sees("items labelled quarterly-report")
        assert reason in " ".join(anna.text.split())
        assert "…" not in anna.text


async def test_a_control_that_comes_with_vsm_is_set(filled: World) -> None:
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("9", "n")
        await anna.type("ready")
        await anna.press("enter")
        anna.sees("No control checks anything")
    assert [control.name for control in Reader(filled.path).entities(CONTROL)] == ["ready"]
