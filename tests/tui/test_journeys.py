"""The journeys that the program is for, each as one person goes through it, at two sizes."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from vsm.cli.main import cli
from vsm.model.command import (
    AddEntity,
    BlockItem,
    EditItem,
    MoveItem,
)
from vsm.model.entities import TEAM
from vsm.model.item import BlockerKind
from vsm.model.query_tree import Query
from vsm.reader import Reader
from vsm.screens.bottlenecks import BottlenecksScreen

from .conftest import World
from .test_flow import NOW, demo, made
from .test_flow import anna as at_demo

__all__ = ["demo", "made"]

Size = tuple[int, int]
DOCS = Path(__file__).parents[2] / "docs"


async def test_first_minute(demo: Path, size: Size) -> None:
    """The demo's header names the constraint; `4` explains it, down to the very items."""
    async with at_demo(demo, size) as anna:
        assert "◆" not in anna.text
        anna.screen.parts.data.learn_limits()
        await anna.settle()
        assert "◆ Review" in anna.lines[0]
        if "Review" in anna.lines[2].replace("To review", ""):
            assert "◆Review" in anna.lines[2]
        await anna.press("comma")
        assert "◆" not in anna.text, "what is known of now is not shown of the past"
        await anna.press("semicolon")
        assert "◆ Review" in anna.lines[0]
        await anna.press("4")
        screen = anna.app.screen
        assert isinstance(screen, BottlenecksScreen) and screen.shown is not None
        anna.sees(
            "Review limits the flow",
            "confidence 99%",
            "parallel slots",
            "the time items waited there or",
        )
        inside = held(demo, "Card issuing", "Review")
        await anna.press("enter")
        assert inside and all(key in anna.text for key in inside)
        await anna.press("enter", "enter")
        assert anna.stage == "Review" and anna.card.key in inside


def held(path: Path, stream: str, stage: str) -> set[str]:
    """The keys of what a stage holds."""
    reader = Reader(path)
    place = reader.stream_named(stream)
    expected = next(entry.id for entry in place.order if entry.name == stage)
    result = {entry.key for entry in reader.items(place, Query(), NOW) if entry.stage == expected}
    reader.close()
    return result


async def test_daily_move(filled: World, size: Size) -> None:
    """Find my item, move it right, be told of a limit, undo."""
    filled.add("Build", "Fraud rules")
    async with filled.person(size=size) as anna:
        await anna.press("/")
        await anna.type("owner:me")
        await anna.press("enter")
        anna.sees("1 of 9", "3DS challenge flow")
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-4")
        await anna.press("L")
        anna.sees("Above the WIP limit", "PAY-4", "Build already holds 2 of 2")
        await anna.type("the auditor waits for it")
        await anna.press("enter")
        assert (anna.stage, anna.card.key) == ("Build", "PAY-4")
        anna.sees("3/2 ▲")
        await anna.press("L")
        anna.sees("Review is full: 2 of 2", "PAY-7", "PAY-8")
        assert anna.stage == "Build", "a hard limit refuses, and says what to finish first"
        await anna.press("escape", "enter", *["ctrl+d"] * 3)
        anna.sees("over the WIP limit (3 of 2)", "auditor waits for it")
        await anna.press("enter", "z")
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-4")


async def test_blocker(filled: World, size: Size) -> None:
    """Block with kind and reason, see it on the card and in the details, unblock."""
    async with filled.person(size=size) as anna:
        await anna.press("l", "b")
        anna.sees("Block PAY-5", "dependency", "decision")
        await anna.press("down")
        await anna.type("legal has to answer")
        await anna.press("enter")
        anna.sees("■", "decision")
        await anna.press("enter")
        anna.sees("decision: legal has to answer, since", "by anna")
        await anna.press("enter", "/")
        await anna.type("blocked")
        await anna.press("enter")
        anna.sees("1 of 8")
        assert anna.card.key == "PAY-5"
        await anna.press("b")
        assert anna.column("Ready") == [], "what is unblocked no longer fits the filter"
        anna.sees("the filter hides it")
        await anna.press("escape", "escape")
        assert "PAY-5" in anna.column("Ready")
        await anna.press("3", *["tab"] * 5)
        anna.sees("Blockers", "decision")
        await anna.press("enter")
        anna.sees("decision, no team: 1 blocker")
        await anna.press("enter")
        anna.sees("Blockers: 1 item", "PAY-5", "Refund webhooks")


async def test_coachs_question(filled: World, size: Size) -> None:
    """Which of the team's items are older than most ever get? Kept as a view for tomorrow."""
    day = 86_400_000_000
    filled.do(AddEntity(TEAM, {"name": "ops"}))
    filled.do(EditItem(4, {"team": 1}), EditItem(6, {"team": 1}), EditItem(5, {"team": 1}))
    filled.do(BlockItem(5, BlockerKind.EXTERNAL, "the supplier"))
    filled.do(MoveItem(7, filled.stages["Done"]))
    later = time.time_ns() // 1000 + 40 * day
    question = "team:core age>p85 -blocked"
    async with filled.person(size=size, now=lambda: later) as anna:
        await anna.press("/")
        await anna.type(question)
        anna.sees("2 of")
        await anna.press("ctrl+s")
        await anna.type("Old work")
        await anna.press("enter")
        anna.sees("saved the view Old work")
    async with filled.person("coach", size=size, now=lambda: later + day) as coach:
        await coach.press("V")
        await coach.type("old")
        coach.sees("Old work", question)
        await coach.press("enter")
        assert coach.screen.query_text == question
        assert coach.column("Ready") == ["PAY-4"] and coach.column("Build") == ["PAY-6"]
        await coach.press("*")
        coach.sees("2 marked")


async def test_take_it_away(
    filled: World, size: Size, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot before and one after: JSON that fits its schema, and the difference in words."""
    monkeypatch.chdir(tmp_path)
    schema = json.loads((DOCS / "snapshot.schema.json").read_text(encoding="utf-8"))
    async with filled.person(size=size) as anna:
        for name in ("before.json", "after.json.gz"):
            await anna.press("X", "enter", "ctrl+u")
            await anna.type(name)
            await anna.press("enter")
            anna.sees("Wrote 1 value stream with 8 items")
            await anna.press("L")
    report = json.loads((tmp_path / "before.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(report)
    result = CliRunner().invoke(
        cli, ["snapshot", "diff", "before.json", "after.json.gz"], env={"COLUMNS": "80"}
    )
    assert result.exit_code == 0, result.output
    for words in ("started 1", "PAY-1 Token vault rotation", "PAY-1 Backlog > Ready"):
        assert words in result.output, result.output
