"""Bottlenecks on the screen: the verdict, stages, what to do, and what is behind each line."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.tui.conftest import World
from tests.tui.test_flow import NOW, anna, demo, made
from vsm.features.bottlenecks.results import Change, Kind, Play, Verdict
from vsm.model.rules import DAY
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.screens import bottlenecks
from vsm.screens.board.constraint_hint import Advice, ask
from vsm.screens.board.screen import BoardScreen
from vsm.screens.bottlenecks import BottlenecksScreen
from vsm.screens.flow import FlowScreen
from vsm.screens.forecast import ForecastScreen
from vsm.screens.items_list import ItemDialog
from vsm.screens.policies import PoliciesDialog

__all__ = ["demo", "made"]

Size = tuple[int, int]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_constraint_its_figures_and_what_to_do(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        await person.press("4")
        assert isinstance(person.app.screen, BottlenecksScreen)
        person.sees(
            "Review limits the flow",
            "confidence",
            "parallel slots",
            "in/wk",
            "out/wk",
            "util",
            "prob",
        )
        review = next(line for line in person.lines[2:] if "◆ Review" in line)
        assert review.startswith("█"), "the cursor is where the constraint is"
        await person.press("end")
        assert person.app.screen.findings.under is not None
        person.sees("What to do next" if size[1] > 24 else "CARD-")
        assert all(len(line) <= size[0] for line in person.lines)


async def test_lines_open_what_is_behind_them(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("4", "enter")
        person.sees("Review:", "d there", "CARD-")
        await person.press("escape")
        screen = person.app.screen
        assert isinstance(screen, BottlenecksScreen) and screen.shown is not None
        stages, actions = screen.shown.stages, screen.shown.actions
        first = next(n for n, entry in enumerate(actions) if entry.items)
        await person.press("home", *["j"] * (len(stages) + first), "enter")
        keys = dict(screen.shown.keys)
        person.sees(*(keys[item] for item in actions[first].items))
        await person.press("enter")
        assert isinstance(person.app.screen, ItemDialog)
        key = keys[actions[first].items[0]]
        await person.press("enter")
        assert isinstance(person.app.screen, BoardScreen)
        assert person.board.card is not None and person.board.card.key == key


async def test_a_policy_is_opened_and_changed_from_there(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("4")
        screen = person.app.screen
        assert isinstance(screen, BottlenecksScreen) and screen.shown is not None
        at = next(n for n, entry in enumerate(screen.shown.actions) if entry.stage is not None)
        await person.press("home", *["j"] * (len(screen.shown.stages) + at), "enter")
        assert isinstance(person.app.screen, PoliciesDialog)
        await person.press("escape")
        assert person.app.screen is screen


async def test_what_would_help_is_played_and_opens_all_figures(
    demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def answer(
        path: Path, stream: ValueStream, at: int | None, seen: int
    ) -> tuple[Play, ...]:
        asked.append((path, stream.name, at))
        text = "Played for 13 weeks: no difference in throughput that can be told."
        return (
            Play(
                change=Change.SLOT,
                constraint="Review",
                what="1 slot more at Review",
                weeks=13,
                draws=200,
                helps=False,
                cannot=None,
                figures=(),
                text=text,
            ),
        )

    monkeypatch.setattr(bottlenecks, "PLAYED_AFTER", 0.01)
    monkeypatch.setattr(bottlenecks, "ask_plays", answer)
    async with anna(demo) as person:
        await person.press("4")
        screen = person.app.screen
        assert isinstance(screen, BottlenecksScreen)
        await person.until(lambda: screen.shown is not None and bool(screen.shown.plays))
        assert [name for _, name, _ in asked] == ["Card issuing"]
        await person.press("end")
        person.sees("Played for 13 weeks: no difference")
        await person.press("enter")
        assert isinstance(person.app.screen, ForecastScreen)
        person.sees("Changed: 1 slot more at Review.", "Throughput a week")
        await person.press("w")
        person.sees("What if, in Card issuing", "Review ▸", "1 slot more")
        assert "To review ▸" not in person.text
        await person.press("tab", "tab", "tab", "tab")
        await person.type("120%")
        await person.press("enter")
        person.sees("Changed: 1 slot more at Review; arrivals 120% of what they are.")


async def test_it_goes_to_the_figures_and_back_to_the_board(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("4", "3")
        assert isinstance(person.app.screen, FlowScreen)
        await person.press("4")
        assert isinstance(person.app.screen, BottlenecksScreen)
        assert sum(not isinstance(entry, BoardScreen) for entry in person.app.screen_stack) <= 2
        await person.press("4")
        assert isinstance(person.app.screen, BottlenecksScreen)
        await person.press("q")
        assert isinstance(person.app.screen, BoardScreen)


async def test_the_filter_of_the_board_stays_while_one_looks(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("slash")
        await person.type("team:Risk")
        await person.press("enter", "4", "3")
        person.sees("filter: team:Risk")
        await person.press("4", "1")
        person.sees("team:Risk")


async def test_the_past_is_told_as_of_then(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("4")
        screen = person.app.screen
        assert isinstance(screen, BottlenecksScreen)
        now = screen.shown
        assert now is not None
        await person.press("comma", "comma", "comma")
        person.sees("As of", "read-only")
        assert screen.shown is not None and screen.shown.watched.last < now.watched.last
        assert screen.shown.stages != now.stages
        await person.press("semicolon")
        assert screen.shown == now


async def test_days_of_a_list_are_those_of_its_sentence_also_long_after_the_data_ended(
    demo: Path,
) -> None:
    async with anna(demo, now=lambda: NOW + 400 * DAY) as person:
        await person.press("4")
        screen = person.app.screen
        assert isinstance(screen, BottlenecksScreen) and screen.shown is not None
        assert screen.figures_end < screen.as_of  # nothing was written since
        why = next(action.why for action in screen.shown.actions if "longest there" in action.why)
        longest = re.findall(r"(\d+) days?", why.partition("longest there")[2].partition(";")[0])
        await person.press("enter")
        listed = re.findall(r"(\d+) d there", person.text)
        assert listed[: len(longest)] == longest


async def test_the_definition_and_then_the_keys(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("4", "question_mark")
        person.sees("parallel", "never how many people")
        await person.press("question_mark")
        person.sees("Keys and symbols")
        await person.press("escape")
        assert isinstance(person.app.screen, BottlenecksScreen)


async def test_another_stream_is_shown_with_the_same_screen(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("4", "s")
        await person.type("Platform")
        await person.press("enter")
        assert isinstance(person.app.screen, BottlenecksScreen)
        person.sees(
            "Platform and incidents", "No stage clearly limits the flow now, slow intake may"
        )


async def test_without_history_it_says_what_is_missing(filled: World, size: Size) -> None:
    async with filled.person(size=size) as person:
        await person.press("4")
        person.sees("Too little is known to name a constraint")
        await person.press("down", "down", "end", "home", "pagedown", "pageup", "enter", "escape")
        assert isinstance(person.app.screen, BottlenecksScreen)


async def test_what_others_do_is_seen(filled: World) -> None:
    async with filled.person() as person:
        await person.press("4")
        screen = person.app.screen
        assert isinstance(screen, BottlenecksScreen) and screen.shown is not None
        before = {entry.name: entry.wip for entry in screen.shown.stages}["Build"]
        filled.add("Build", "Another")
        screen.poller.poll()
        screen.poller.recompute()
        await person.settle()
        assert screen.shown is not None
        assert {entry.name: entry.wip for entry in screen.shown.stages}["Build"] == before + 1


@pytest.mark.parametrize("theme", ["light", "contrast", "ansi", "mono"])
async def test_every_theme_shows_all_of_it(demo: Path, theme: str) -> None:
    async with anna(demo, theme=theme) as person:
        assert person.app.theme == theme
        await person.press("4")
        person.sees("Review limits the flow", "◆ Review")


async def test_with_ascii_alone(demo: Path) -> None:
    async with anna(demo, ascii_only=True) as person:
        await person.press("4")
        body = [line for line in person.lines if "Review" in line or "##" in line]
        assert body and all(line.isascii() for line in body)


async def test_the_mouse_chooses_opens_and_scrolls(demo: Path) -> None:
    async with anna(demo, (80, 24)) as person:
        await person.press("4")
        screen = person.app.screen
        assert isinstance(screen, BottlenecksScreen)
        at = next(n for n, line in enumerate(person.lines) if " Build " in line)
        await person.pilot.click(offset=(10, at))
        await person.settle()
        assert screen.findings.under == 1
        await person.pilot.click(offset=(10, at), times=2)
        await person.settle()
        person.sees("Build:")


async def test_a_full_stage_sends_one_to_what_limits_the_flow(filled: World) -> None:
    async with filled.person(size=(120, 30)) as person:
        person.screen.parts.data.advise(Advice(("Review",), "Review"))
        assert "◆Review" in person.lines[2]
        await person.press("'", "3", "L")
        text = " ".join(person.text.split())
        assert "Review is full" in text and "help there first" not in text, text
        person.screen.parts.data.advise(Advice(("Ready",), "Ready"))
        await person.press("escape", "L")
        text = " ".join(person.text.split())
        assert "Ready limits the flow: help there first, with" in text, text


async def test_cards_of_items_at_risk_are_marked_once_that_is_known(filled: World) -> None:
    async with filled.person(size=(120, 30)) as person:
        key = person.screen.parts.data.board.columns[1].cards[0].key

        def lines() -> list[str]:
            return [line for line in person.lines if "◔" in line]

        assert not lines(), "nothing is known yet"
        person.screen.parts.data.advise(Advice(at_risk=frozenset({key})))
        await person.settle()
        (line,) = lines()
        assert key in line
        person.screen.parts.data.advise(Advice(("Ready",), "Ready", at_risk=frozenset({key})))
        assert len(lines()) == 1
        await person.press("comma")
        assert not lines(), "what is known of now is not told of the past"
        await person.press("semicolon")
        assert len(lines()) == 1
        person.screen.parts.data.advise(Advice())
        await person.settle()
        assert not lines()


async def test_a_process_of_its_own_answers_and_is_not_left_behind(demo: Path) -> None:
    reader = Reader(demo)
    stream, seen = reader.stream_named("Card issuing"), reader.position()
    advice = await ask(demo, stream, seen)
    # By its own clock nothing has finished for months: there is no forecast.
    assert advice == Advice(("Review",), "Review")
    assert await ask(demo.with_name("nothing.db"), stream, seen) is None
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ask(demo, reader.stream_named("Platform"), seen), 0.05)


def test_only_what_is_probable_is_marked() -> None:
    def advice_of(confidence: float, kind: Kind = Kind.STAGE) -> Advice:
        return Advice.of(Verdict(kind, ("Build", "Test"), "Core", "", confidence, "", ()))

    assert advice_of(0.5) == Advice()
    assert advice_of(0.7) == Advice(("Build", "Test"), "Build and Test")
    assert advice_of(0.7, Kind.TEAM) == Advice(("Build", "Test"), "Core")
