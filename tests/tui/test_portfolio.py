"""The screen of the portfolio: begin, tie, say what delay costs, decide, order, look back."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from vsm.model import command as c
from vsm.model.entities import TEAM
from vsm.model.portfolio import DecisionKind
from vsm.model.portfolio_entities import (
    CONTRIBUTION,
    DECISION,
    INDICATOR,
    INITIATIVE,
    OBJECTIVE,
)
from vsm.reader import Reader
from vsm.screens.portfolio import PortfolioScreen

from .conftest import Person, World
from .test_flow import anna, demo, made
from .test_map import look

__all__ = ["demo", "made"]

Size = tuple[int, int]


def initiatives(world: World, *names: str) -> None:
    """Initiatives of the same items."""
    for name in names:
        world.do(c.AddEntity(INITIATIVE, {"name": name, "filter": "key:PAY-3"}))


async def test_without_initiatives_it_says_how_to_begin(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("8")
        anna.sees("There are no initiatives yet", "2. n adds an initiative")
        assert "vsm initiative" not in anna.text


async def test_an_initiative_goes_from_name_to_decision_by_keys(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("8", "n")
        anna.sees("Add an initiative")
        await anna.type("Loyalty")
        await anna.press("tab")
        await anna.type("key:PAY-3")
        await anna.press("ctrl+s")
        anna.sees("Loyalty", "funnel")
        await anna.press("O")
        await anna.type("Fewer leave")
        await anna.press("ctrl+s")
        anna.sees("Fewer leave")
        await anna.press("t")
        anna.sees("What Loyalty serves", "100%")
        await anna.press("ctrl+s")
        await anna.press("C", "tab")
        await anna.type("6000")
        await anna.press("ctrl+s")
        anna.sees("An amount without a unit says nothing", "Name it: EUR")
        await anna.press("tab", "tab", "tab")
        await anna.type("EUR")
        await anna.press("ctrl+s")
        anna.sees("6000", "in EUR")
        await anna.press("d")
        anna.sees("Decide on Loyalty", "start", "stop")
        await anna.press("enter")
        anna.sees("It stays on record")
        await anna.type("best odds")
        await anna.press("enter")
        anna.sees("implementing")
        await anna.press("enter")
        anna.sees("Implementing, for Fewer leave", "Esc: all initiatives", "best odds")
        await anna.press("escape")
        anna.sees("Initiative")
    (decision,) = Reader(filled.path).entities(DECISION)
    assert '"items":1' in decision.facts


async def test_four_questions_say_what_delay_costs(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        await person.press("8")
        line = next(n for n, text in enumerate(person.lines) if "Leave the" in text)
        await person.pilot.click(offset=(10, line))
        await person.press("c")
        person.sees("1 A week", "2 Too late", "4 How sure", "Does it fade")
        await person.press("ctrl+u")
        person.sees("no amount is given")
        await person.type("8000")
        person.sees("linear: 8.0k EUR (5.7k to 9.1k) a week", "make CD3", "place 4 of")
        await person.press("tab")
        await person.type("2027-06-30")
        person.sees("window: 8.0k EUR")
        await person.press("tab", "tab")
        await person.type("6")
        person.sees("it either ends on a day or fades")
        await person.press("ctrl+s")
        person.sees("It either ends on a day or fades.")
        await person.press("ctrl+u", "tab", "right", "right")
        person.sees("window: 8.0k EUR (6.4k to 10k) a week")
        await person.press("ctrl+s")
        assert "4 How sure" not in person.text
    one = next(o for o in Reader(demo).entities(INITIATIVE) if o.name == "Leave the old cluster")
    assert (one.profile, one.delay_until) == ("window", "2027-06-30")
    assert (one.delay_low, one.delay_likely, one.delay_high) == (6400, 8000, 10000)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Instant cards", "linear: 9.0k EUR (6.0k to 14k) a week"),
        ("Strong authentication", "deadline: 90k EUR (60k to 120k) at once"),
    ],
)
async def test_answers_that_stay_write_nothing_and_say_so(
    demo: Path, size: Size, name: str, shown: str
) -> None:
    def record() -> object:
        return next(o for o in Reader(demo).entities(INITIATIVE) if o.name == name)

    before = record()
    async with anna(demo, size) as person:
        await person.press("8")
        await choose(person, name)
        await person.press("c")
        person.sees("as set", shown)
        await person.press("enter")
        person.sees(f"{name} has these answers already. Nothing was changed.")
        await person.press("escape")
        assert "4 How sure" not in person.text
    assert record() == before


async def test_one_more_than_there_should_be_is_asked_about(filled: World) -> None:
    filled.do(c.AddEntity(TEAM, {"name": "blue", "type": "stream-aligned"}))
    initiatives(filled, "Loyalty", "Ledger")
    filled.do(c.DecideInitiative(1, DecisionKind.START, "first"))
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("8")
        anna.sees("1 initiative under way, at most 1 should be")
        line = next(n for n, text in enumerate(anna.lines) if "Ledger" in text)
        assert "implementing" not in anna.lines[line]
        await anna.press("d", "enter") if "█" in anna.lines[line] else await anna.press(
            "down", "d", "enter"
        )
        await anna.type("also")
        await anna.press("enter")
        anna.sees("all the same?", "only waits")
        await anna.press("y")
        anna.sees("2 initiatives under way, at most 1 should be")


async def test_the_roadmap_opens_an_initiative_and_is_left_by_escape(
    filled: World, size: Size
) -> None:
    initiatives(filled, "Loyalty", "Ledger")
    filled.do(c.DecideInitiative(2, DecisionKind.STOP, "the vendor has it"))
    async with filled.person(size=size) as anna:
        await anna.press("8", "w")
        anna.sees("roadmap by month", "Esc: the table", "today", "Loyalty", "stopped")
        await anna.press("enter")
        anna.sees("Esc: the roadmap", "Funnel, for no objective")
        await anna.press("escape")
        anna.sees("Esc: the table", "Loyalty")
        await anna.press("e")
        anna.sees("Edit")
        await anna.press("escape", "escape")
        assert "roadmap" not in anna.lines[2] and "all streams" in anna.lines[2]
        await anna.press("w", "w")
        assert "roadmap" not in anna.lines[2]


async def test_the_portfolio_is_exported_as_a_workbook(
    filled: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    initiatives(filled, "Loyalty")
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("8", "X")
        await anna.type("excel")
        anna.sees("Portfolio as Excel", "a sheet a subject")
        await anna.press("enter", "enter")
        written = next(tmp_path.glob("all-portfolio-*.xlsx"))
        anna.sees(f"Wrote the portfolio to {written.name}")
        summary = openpyxl.load_workbook(written)["Summary"].iter_rows(values_only=True)
        last = Reader(filled.path).anchor()
        about = {str(name): value for name, value in summary}
        assert about["Last entry of the journal, when written"] == last.seq
        assert about["Hash of that entry, its beginning"] == last.hash[:12]
        await anna.press("w", "X")
        await anna.type("roadmap as html")
        await anna.press("enter", "enter")
        page = next(tmp_path.glob("*-roadmap-*.html")).read_text()
        assert "<svg " in page and "Loyalty" in page and "no forecast: " in page


async def test_an_objective_is_edited_measured_read_and_closed_by_keys(
    filled: World, size: Size
) -> None:
    initiatives(filled, "Loyalty")
    filled.do(c.AddEntity(OBJECTIVE, {"name": "Fewer leave", "share": 0.4}))
    filled.do(c.AddEntity(CONTRIBUTION, {"initiative": 1, "objective": 1}))
    async with filled.person(size=size) as anna:
        await anna.press("8", "down", "enter")
        anna.sees("objective Fewer leave", "It has none yet: i adds one", "Loyalty", "100%")
        await anna.press("r")
        anna.sees("It has no key result yet: i adds one")
        await anna.press("i")
        anna.sees("Add a key result to Fewer leave")
        await anna.type("churn")
        await anna.press("tab", "ctrl+u", "4", "tab", "3", "tab", "tab")
        await anna.type("2027-06-30")
        await anna.press("ctrl+s")
        anna.sees("churn")
        await anna.press("r", "tab")
        await anna.type("3.6")
        await anna.press("ctrl+s")
        anna.sees("3.6")
        await anna.press("escape", "e")
        anna.sees("Edit Fewer leave", "40%")
        await anna.press("ctrl+u")
        await anna.type("More stay")
        await anna.press("ctrl+s")
        anna.sees("More stay")
        await anna.press("x")
        anna.sees("Remove More stay?")
        await anna.press("y")
        anna.sees("Close More stay in place of it?", "has initiatives, indicators or parts")
        await anna.press("y")
        anna.sees("closed")
        await anna.press("z")
    (one,) = Reader(filled.path).entities(OBJECTIVE)
    assert (one.name, one.share, one.closed) == ("More stay", 0.4, False), "undone"
    (indicator,) = Reader(filled.path).entities(INDICATOR)
    assert (indicator.objective, indicator.target, indicator.role) == (1, 3, "key result")


async def test_what_has_nothing_on_record_is_removed_after_a_yes(filled: World) -> None:
    initiatives(filled, "Loyalty", "Ledger")
    filled.do(c.AddEntity(OBJECTIVE, {"name": "Fewer leave"}))
    filled.do(c.DecideInitiative(1, DecisionKind.START, "now"))
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("8", "end", "x", "y")
        anna.sees("removed the objective")
        await anna.press("home", "x", "escape")
        anna.sees("Loyalty", "Ledger")
        line = next(n for n, text in enumerate(anna.lines) if "Loyalty" in text)
        await anna.pilot.click(offset=(10, line))
        await anna.press("x", "y")
        anna.sees("Loyalty")
    reader = Reader(filled.path)
    assert reader.entities(OBJECTIVE) == []
    assert len(reader.entities(INITIATIVE)) == 2, "one was left, one has a decision"


async def test_the_order_that_people_chose_is_kept(filled: World) -> None:
    initiatives(filled, "A", "B", "C")
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("8", "J")
        anna.sees("A is number 2 of 3")
    places = {one.name: one.place for one in Reader(filled.path).entities(INITIATIVE)}
    assert places == {"A": 2, "B": 1, "C": None}, "what comes after it needs none"


async def test_the_cursor_stays_on_its_initiative_whatever_comes(filled: World) -> None:
    initiatives(filled, "Loyalty", "Mortgages")
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("8")
        await choose(anna, "Mortgages")
        initiatives(filled, "Accounts", "Cards")  # two more stand above it
        await look(anna)
        anna.sees("Accounts", "Cards")
        await anna.press("d")
        anna.sees("Decide on Mortgages")
        await anna.press("escape", "K")
        anna.sees("Mortgages is number 3 of 4")
        await anna.press("K", "K")
        anna.sees("Mortgages is number 1 of 4")
        await anna.press("d")
        anna.sees("Decide on Mortgages")


async def test_the_past_has_no_initiatives_and_is_read_only(filled: World) -> None:
    initiatives(filled, "Loyalty")
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("8", "comma")
        anna.sees("There are no initiatives yet")
        await anna.press("n")
        anna.sees("Read-only")
    assert len(Reader(filled.path).entities(INITIATIVE)) == 1


async def test_what_stopping_would_move_is_tried_and_left_again(filled: World) -> None:
    initiatives(filled, "Loyalty", "Ledger")
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("8", "=")
        anna.sees("Without", "Esc: as it is")
        await anna.press("escape")
        anna.sees("Loyalty", "Ledger")
        await anna.press("f")
        anna.sees("first", "Esc: as it is")
        await anna.press("escape")
        anna.sees("Loyalty", "Ledger")
    assert {one.state for one in Reader(filled.path).entities(INITIATIVE)} == {"funnel"}


async def test_the_page_says_what_is_left_of_the_time_of_teams(demo: Path) -> None:
    async with anna(demo, (120, 60)) as person:
        await person.press("8")
        line = next(n for n, text in enumerate(person.lines) if "Account in eight" in text)
        await person.pilot.click(offset=(10, line), times=2)
        await person.until(lambda: "Team's days" in person.text)
        person.sees("Account in eight minutes", "Without it", "Mobile")
        await person.press("escape")
        assert "Team's days" not in person.text


async def test_a_decision_says_its_figures_in_words(demo: Path) -> None:
    async with anna(demo, (120, 60)) as person:
        await person.press("8")
        line = next(n for n, text in enumerate(person.lines) if "Account in eight" in text)
        await person.pilot.click(offset=(10, line), times=2)
        await person.press("end", "enter")
        person.sees("The figures of that moment:", "Over: 50% by", "Delay costs: 12k EUR (8.0k to")
        person.sees("Return on what was still to pay: ", "Journal: entry #")
        assert "cost of delay" not in person.text and "more items" not in person.text


async def choose(person: Person, name: str) -> None:
    """Put the cursor on an initiative of the portfolio."""
    await person.press("home")
    for _ in range(30):
        screen = person.app.screen
        assert isinstance(screen, PortfolioScreen)
        row = next((r for r in screen.shown.initiatives if r.id == screen.initiative), None)  # type: ignore[union-attr]
        if row is not None and row.key == name:
            return
        await person.press("down")
    raise AssertionError(f"no line of {name}:\n{person.text}")


async def test_shares_of_work_open_their_items_and_are_left_by_escape(
    demo: Path, size: Size
) -> None:
    async with anna(demo, size) as person:
        await person.press("8", "a")
        person.sees("share of work, last 90 days", "Esc: the table", "served no objective")
        person.sees("Cards without waiting", "▼", "Ledger")
        await person.press("home", "enter")
        person.sees("Work without an objective", "PLAT-", "days")
        await person.press("escape", "escape")
        assert "share of work, last" not in person.lines[2] and "all streams" in person.lines[2]


async def test_all_decisions_are_listed_and_looked_at_again(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        await person.press("8", "V")
        person.sees("decisions on initiatives", "Esc: the table", "5 decisions")
        line = next(n for n, text in enumerate(person.lines) if "One ledger" in text)
        await person.pilot.click(offset=(10, line), times=2)
        person.sees("The figures of that moment:", "Deliver,")
        await person.press("escape", "v")
        person.sees("Was it right to deliver")
        await person.press("enter")
        await person.type("the old one is off")
        await person.press("enter")
        assert any("One ledger" in text and "right" in text for text in person.lines)
        await person.press("escape")
        assert "decisions on" not in person.lines[2]


async def test_one_is_tried_in_exchange_for_another(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        await person.press("8")
        await choose(person, "Disputes without paper")
        await person.press("=")
        person.sees("without Disputes without paper", "Esc: as it is")
        await choose(person, "Account in eight minutes")
        await person.press("f")
        words = " ".join(person.text.split())
        trial = "Without Disputes without paper, with Account in eight minutes first: the dates of"
        assert trial in words
        await choose(person, "Account in eight minutes")
        await person.press("f")
        person.sees("Without Disputes without paper: the dates")
        await choose(person, "Instant cards")
        await person.press("=")
        assert "Without Instant cards, Disputes without paper: " in " ".join(person.text.split())
        person.sees("Esc: the trial")
        await person.press("escape")
        person.sees("Without Disputes without paper: the dates")
        await choose(person, "Instant cards")
        await person.press("enter")
        person.sees("Esc: the trial", "Should it go on?")
        await person.press("escape")
        person.sees("Without Disputes without paper: the dates", "Esc: ")
        await person.press("escape", "escape", "escape", "escape")
        person.sees("all streams")


async def test_escape_leads_back_by_a_page(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        await person.press("8")
        line = next(n for n, text in enumerate(person.lines) if "Fewer calls to customer" in text)
        await person.pilot.click(offset=(10, line), times=2)
        person.sees("objective Fewer calls to customer care", "Esc: all initiatives")
        line = next(n for n, text in enumerate(person.lines) if "Account in eight" in text)
        await person.pilot.click(offset=(10, line), times=2)
        person.sees("Esc: the objective", "label:onboarding")
        await person.press("escape")
        person.sees("objective Fewer calls to customer care")
        await person.press("escape")
        person.sees("all streams")
        await person.press("w")
        await choose(person, "Account in eight minutes")
        await person.press("enter")
        person.sees("Esc: the roadmap")
        await person.press("escape")
        person.sees("roadmap by")


async def test_demo_roadmap_has_a_done_one_bars_and_an_idea(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        await person.press("8", "w")
        person.sees("One ledger", "delivered", "◆", "█", "no forecast: it has no items yet")
        person.sees("roadmap by")
        await person.press("end", "w")
        line = next(text for text in person.lines if "█" in text[:2])
        assert "Cards for firms" in line, "the cursor stays on the initiative"
        await person.press("w")
        line = next(text for text in person.lines if "█" in text[:2])
        assert "Cards for firms" in line
