"""Future states on the map screen: list, new, edit, compare, make real, conflicts, the past."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.tui.conftest import World
from tests.tui.test_flow import anna, demo, made
from vsm.demo.futures import PLANS, REVIEW
from vsm.features.map.future_reading import WorkedOut
from vsm.features.map.future_results import Compared
from vsm.model.command import MakeDraft, OpenDraft, SetStage
from vsm.model.draft import Draft
from vsm.model.entities import DRAFT
from vsm.model.stream import Stage
from vsm.reader import Reader
from vsm.screens import future_states
from vsm.screens.dialogs import PickDialog
from vsm.screens.future_states import ComparisonDialog

__all__ = ["demo", "made"]
OPEN = PLANS[-1].name


def draft(world: World, name: str = "Idea") -> Draft:
    """A draft as the database has it."""
    reader = Reader(world.path)
    try:
        return next(one for one in reader.entities(DRAFT) if one.name == name)
    finally:
        reader.close()


def stage(world: World, name: str) -> Stage:
    """A stage of the stream, as the database has it."""
    reader = Reader(world.path)
    try:
        named = reader.stream_named(None).named(name)
        assert named is not None
        return named
    finally:
        reader.close()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_drafts_of_the_demo_are_listed_compared_and_judged(
    demo: Path, size: tuple[int, int]
) -> None:
    async with anna(demo, size) as person:
        await person.press("2", "f")
        person.sees("Future states", OPEN[:20], "5 edits", REVIEW[:12], "made real")
        await person.press("enter")
        person.sees("split Build into Build,Self-test", "save and compare")
        await person.press("ctrl+s")
        await person.until(lambda: "LT " in person.text and "Highest utilisation" in person.text)
        person.sees("Simulated", "STAGE", "VISITS", "+ Self-")
        assert all(len(line) <= size[0] for line in person.lines)
        await person.press("escape", "f")
        await person.type("within")
        await person.press("enter")
        await person.until(lambda: "predicted LT" in person.text)
        person.sees("actual")


async def test_a_future_state_is_begun_edited_made_real_and_taken_back(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2", "!")
        person.sees("No future state is open: f begins one")
        await person.press("f")
        await person.type("Idea")
        await person.press("enter")
        person.sees("New future state: Idea")
        await person.type("retire Nix")
        await person.press("ctrl+s")
        person.sees("edit 1 ('retire Nix'): stage 'Nix' is not on the map")
        await person.press("home", "shift+end", "delete")
        await person.type("set Build slots 3")
        await person.press("enter", "up", "down", "pageup", "pagedown", "ctrl+end")
        await person.type("split Build into Code,Self-test")
        await person.press("ctrl+s")
        await person.until(lambda: "What the figures rest on" in person.text)
        assert draft(filled).edits == ("set Build slots 3", "split Build into Code,Self-test")
        await person.press("escape", "!")
        await person.until(lambda: "Make Idea real?" in person.text)
        await person.press("y")
        person.sees("made Idea real")
        assert stage(filled, "Self-test").category == "active" and not draft(filled).is_open
        await person.press("z")
        assert stage(filled, "Build").limit and draft(filled).is_open
        await person.press("x")
        person.sees("dropped the future state Idea")


async def test_a_stage_that_changed_since_asks_whose_version_stands(filled: World) -> None:
    filled.do(OpenDraft(1, "Idea", ("set Build limit 5", "set Review limit 6")))
    filled.do(SetStage(stage(filled, "Build").id, {"limit": 3}))
    async with filled.person(size=(120, 40)) as person:
        await person.press("2", "!")
        await person.until(lambda: "Build has changed since: which stands?" in person.text)
        person.sees("WIP limit 2 soft (base) · 3 soft (now) · 5 soft (draft)")
        await person.press("down", "enter")
        await person.until(lambda: "Make Idea real?" in person.text)
        person.sees("set Review limit 6")
        assert "set Build limit 5" not in person.text
        await person.press("y")
        assert (stage(filled, "Build").limit, stage(filled, "Review").limit) == (3, 6)


async def test_where_no_edit_is_left_the_rules_say_so(filled: World) -> None:
    filled.do(OpenDraft(1, "Idea", ("set Build limit 5",)))
    filled.do(SetStage(stage(filled, "Build").id, {"limit": 3}))
    async with filled.person(size=(120, 40)) as person:
        await person.press("2", "!")
        await person.until(lambda: "Build has changed since: which stands?" in person.text)
        await person.press("down", "enter")
        await person.until(lambda: "o edit of Idea is left" in person.text)
    assert draft(filled).is_open


async def test_a_future_state_that_cannot_be_dropped_says_why(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.do(OpenDraft(1, "Idea", ("set Build limit 5",)))
    idea = draft(filled)

    async def which(*_: Any) -> Draft:
        return idea

    monkeypatch.setattr(future_states, "_which", which)
    filled.do(MakeDraft(idea.id))  # by somebody else, just after it was chosen
    async with filled.person(size=(120, 40)) as person:
        await person.press("2", "x")
        person.sees("Idea was made real, and its prediction is to be judged")


async def test_lines_that_begin_with_a_hash_are_no_edits(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2", "f")
        await person.type("Idea")
        await person.press("enter")
        await person.type("# from the workshop")
        await person.press("enter")
        await person.type("set Build slots 3")
        await person.press("ctrl+s")
        await person.until(lambda: "What the figures rest on" in person.text)
    assert draft(filled).edits == ("set Build slots 3",)


async def test_nothing_is_begun_where_nothing_may_be_changed(filled: World) -> None:
    filled.do(OpenDraft(1, "Idea", ("set Build limit 5",)))
    async with filled.person(size=(120, 40), read_only=True) as person:
        await person.press("2", "f")
        person.sees("Future states", "Idea", "parts of a name")
        await person.press("enter")
        await person.until(lambda: "What the figures rest on" in person.text)
        await person.press("escape", "!")
        person.sees("read-only")


async def test_nothing_is_begun_in_the_past(filled: World) -> None:
    filled.do(OpenDraft(1, "Idea", ("set Build limit 5",)))
    async with filled.person(size=(120, 40)) as person:
        await person.press("2", "<", "f")
        person.sees("Future states", "Idea", "parts of a name")
        await person.type("Other")
        person.sees("No match")


async def test_a_comparison_shows_at_once_what_is_known_of_it(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.do(OpenDraft(1, "Idea", ("set Build limit 5",)))
    formula, simulation = threading.Event(), threading.Event()
    work_out, simulated = future_states.work_out_draft, WorkedOut.simulated

    def slow_formula(*args: Any, **options: Any) -> WorkedOut:
        assert formula.wait(30)
        return work_out(*args, **options)

    def slow_simulation(worked: WorkedOut, seed: int = 0) -> Compared:
        assert simulation.wait(30)
        return simulated(worked, seed)

    monkeypatch.setattr(future_states, "work_out_draft", slow_formula)
    monkeypatch.setattr(WorkedOut, "simulated", slow_simulation)
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        try:
            await person.pilot.press("equals_sign")
            await person.until(lambda: isinstance(person.app.screen, ComparisonDialog))
            await person.pilot.pause()
            assert "Comparing …" in person.text
            formula.set()
            await person.until(lambda: "Not simulated: the simulation is under way" in person.text)
            person.sees("LT ", "STAGE")
        finally:
            formula.set()
            simulation.set()
        await person.until(lambda: "under way" not in person.text)
        person.sees("LT ", "STAGE")


async def test_the_screen_reads_on_while_a_simulation_is_under_way(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.do(OpenDraft(1, "Idea", ("set Build limit 5",)))
    simulation, simulated = threading.Event(), WorkedOut.simulated

    def slow_simulation(worked: WorkedOut, seed: int = 0) -> Compared:
        assert simulation.wait(30)
        return simulated(worked, seed)

    monkeypatch.setattr(WorkedOut, "simulated", slow_simulation)
    async with filled.person(size=(120, 40)) as person:
        try:
            await person.press("2")
            await person.pilot.press("equals_sign")
            await person.until(lambda: "Not simulated: the simulation is under way" in person.text)
            await person.pilot.press("escape", "f")
            await person.until(lambda: isinstance(person.app.screen, PickDialog))
        finally:
            simulation.set()
