"""Gates on the board: seen before anybody tries, passed in an emergency."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.model.controls import add_control, example, set_mode
from vsm.model.command import AddEvidence, ChangeEntity, EditItem
from vsm.model.governance_entities import CONTROL
from vsm.model.rules import local
from vsm.screens.board import gates
from vsm.store.writer import clock

from .conftest import Person, World

Size = tuple[int, int]


@pytest.fixture(autouse=True)
def looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "AFTER", 0.001)


def day(ahead: int = 0) -> str:
    return (local(clock(), "Europe/Berlin").date() + timedelta(days=ahead)).isoformat()


def govern(world: World, mode: str = "controlling", **control: Any) -> None:
    """Demand an owner before Build."""
    world.do(add_control(**control), set_mode(mode, day()))


def card_line(anna: Person, key: str) -> str:
    return next(line for line in anna.lines if f"{key} " in line)


async def test_heads_and_cards_show_gates_before_anybody_tries(filled: World, size: Size) -> None:
    govern(filled)
    async with filled.person(size=size) as anna:
        await anna.press("'", "2")
        await anna.until(lambda: "⊓1" in anna.text)
        head = next(line for line in anna.lines if "⊓1" in line)
        assert head.index("Build") < head.index("⊓1")
        await anna.until(lambda: "⊘" in card_line(anna, "PAY-5"))
        assert "⊘" not in card_line(anna, "PAY-4").split("│")[0], "anna owns it"
        filled.do(EditItem(5, {"owner": "anna"}))
        await anna.watch()
        await anna.until(lambda: "⊘" not in anna.text)


async def test_details_say_what_the_next_move_lacks(filled: World) -> None:
    govern(filled)
    async with filled.person(size=(160, 50)) as anna:
        await anna.press("'", "2", "enter")
        await anna.until(lambda: "⊓ Before Build" in anna.text)
        anna.sees("⊘ owned, owner is not on record. Name an owner")
        filled.do(EditItem(5, {"owner": "anna"}))
        await anna.watch()
        await anna.until(lambda: "✓ owned" in anna.text)


async def test_a_refused_move_says_why_and_what_to_do(filled: World, size: Size) -> None:
    govern(filled)
    filled.do(EditItem(5, {"service": "standard"}))
    async with filled.person(size=size) as anna:
        await anna.press("'", "2", "down", "L")
        anna.sees("PAY-5 does not pass owned", "owner is not on record", "Name an owner")
        assert anna.stage == "Ready"


async def test_an_expedite_item_passes_with_the_reason_of_an_emergency(filled: World) -> None:
    govern(filled)
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("'", "2")
        assert anna.card.key == "PAY-5"
        await anna.press("L")
        anna.sees("Emergency", "Reason of the", "PAY-5 does not pass owned")
        await anna.press("escape")
        anna.sees("or ask for a waiver")
        await anna.press("L")
        await anna.type("site is down")
        await anna.press("enter")
        assert anna.column("Build") == ["PAY-5", "PAY-6"]
        assert "PAY-9" in anna.column("Backlog"), "it is to be approved afterwards"


async def test_a_mode_to_come_is_announced(filled: World) -> None:
    filled.do(add_control(), set_mode("controlling", day(7)))
    async with filled.person(size=(120, 40)) as anna:
        await anna.until(lambda: "controlling from" in anna.text)
        assert "⊓" not in anna.text


async def test_a_fact_that_comes_on_record_takes_the_mark_away(filled: World) -> None:
    govern(
        filled,
        rule="change.builds.exists(b, b.status == 'pass')",
        examples=(
            example("pass", {"builds": [{"status": "pass"}]}),
            example("fail", {"builds": [{"status": "fail"}]}),
        ),
    )
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("'", "2")
        await anna.until(lambda: "⊘" in card_line(anna, "PAY-5"))
        filled.do(AddEvidence(5, "build", "ci/7", status="pass"))
        await anna.watch()
        await anna.until(lambda: "⊘" not in card_line(anna, "PAY-5").split("│")[1])


async def test_marks_follow_another_text_of_the_control(filled: World) -> None:
    govern(filled)
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("'", "2")
        await anna.until(lambda: "⊘" in anna.text)
        filled.do(ChangeEntity(CONTROL, 1, {"applies": "report"}))
        await anna.watch()
        await anna.until(lambda: "⊓" not in anna.text and "⊘" not in anna.text)


async def test_the_past_shows_no_gates(filled: World) -> None:
    govern(filled)
    async with filled.person(size=(120, 40)) as anna:
        await anna.until(lambda: "⊘" in anna.text)
        await anna.press(",")
        await anna.until(lambda: "⊘" not in anna.text)


async def test_without_colour_and_in_ascii_the_marks_are_there(filled: World) -> None:
    govern(filled)
    async with filled.person(size=(120, 40), ascii_only=True, theme="none") as anna:
        await anna.until(lambda: "G1" in anna.text and "X" in card_line(anna, "PAY-5"))
