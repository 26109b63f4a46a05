"""The screen of reports: facts and what is behind them, notes, items, reports on record, rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from vsm.actions import BY_ID
from vsm.config import SCREENS
from vsm.features.reports.reading import Asked, read_report
from vsm.features.reports.recording import note_values, record_values
from vsm.features.reports.results import Fact
from vsm.model.command import AddEntity, ChangeEntity, DecideInitiative, SetStage
from vsm.model.entities import ENTITIES, GRANT
from vsm.model.portfolio import DecisionKind
from vsm.model.portfolio_entities import INITIATIVE
from vsm.model.report import FactNote, MadeReport, NoteKind, ReportKind
from vsm.model.report_entities import FACT_NOTE, MADE_REPORT
from vsm.reader import Reader
from vsm.report.publish import publish
from vsm.screens.board import constraint_hint
from vsm.screens.poller import FigurePoller
from vsm.screens.portfolio import PortfolioScreen
from vsm.screens.report_pages import Place
from vsm.screens.reports import ReportsScreen
from vsm.store.writer import clock

from .conftest import Person, World

Size = tuple[int, int]
DAY = timedelta(days=1) // timedelta(microseconds=1)


@pytest.fixture
def busy(world: World) -> World:
    """Four items in Build, which holds two at most, for 20 days; something moved today."""
    world.clock = lambda: clock() - 20 * DAY
    world.begin()
    world.add("Build", "SEPA batch", "Ledger split", "Fee table", "卡片艺术 " * 20)
    world.clock = clock
    world.add("Ready", "Refund webhooks")
    return world


def notes(world: World) -> list[FactNote]:
    """The notes on facts."""
    return Reader(world.path).entities(FACT_NOTE)


def made(world: World) -> list[MadeReport]:
    """The reports on record."""
    return Reader(world.path).entities(MADE_REPORT)


def reports(person: Person) -> ReportsScreen:
    """The screen of reports that is shown."""
    assert isinstance(person.app.screen, ReportsScreen)
    return person.app.screen


def fact(person: Person, rule: str) -> Fact:
    """The fact of a rule that is shown."""
    return next(one for one in reports(person).result.facts if one.rule == rule)


async def look(person: Person) -> None:
    """Let the screen notice what others wrote."""
    poller = reports(person).poller
    assert isinstance(poller, FigurePoller)
    poller.poll()
    poller.recompute()
    await person.settle()


def limit_build(world: World, most: int | None) -> None:
    """Set the WIP limit of Build."""
    kind = "none" if most is None else "soft"
    world.do(SetStage(world.stages["Build"], {"limit": most, "limit_kind": kind}))


async def go_to(person: Person, rule: str) -> None:
    """Put the cursor on the fact of a rule."""
    await person.press("home")
    shown = reports(person)
    for _ in shown.targets:
        if shown.fact is not None and shown.fact.rule == rule:
            return
        await person.press("down")
    raise AssertionError(f"no fact of {rule}:\n{person.text}")


async def test_it_shows_the_facts_and_enter_shows_the_items_behind(busy: World, size: Size) -> None:
    async with busy.person(size=size) as anna:
        await anna.press("R")
        anna.sees("Weekly report", "Card issuing", "no report before", "1 started, 5 in progress")
        anna.sees("act   Build holds 4 of at most 2, for 20 days", "Started (1)")
        assert "vsm report" not in anna.text
        await go_to(anna, "over-limit")
        await anna.press("enter")
        anna.sees("in Build: 4 items", "SEPA batch", "Fee table")


async def test_a_line_of_a_list_opens_its_item(busy: World) -> None:
    async with busy.person() as anna:
        await anna.press("R")
        while "Refund webhooks" not in reports(anna).target.title:  # type: ignore[union-attr]
            await anna.press("down")
        await anna.press("enter")
        anna.sees("go to it on the board", "Refund webhooks")
        await anna.press("enter")
        assert anna.card.title == "Refund webhooks"


async def test_a_quiet_stream_says_that_nothing_needs_attention(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("R")
        anna.sees("Nothing needs attention.")
        await anna.press("a")
        anna.sees("Choose a fact first")
        await anna.press("m")
        anna.sees("Choose a fact first")


async def test_a_stream_whose_data_ended_says_so(world: World) -> None:
    world.clock = lambda: clock() - 900 * DAY
    world.begin()
    world.add("Build", "SEPA batch")
    async with world.person() as anna:
        await anna.press("R")
        anna.sees("Nothing is judged: nothing moved since", "Left out", "ages and weeks")


async def test_every_screen_that_a_fact_names_is_there() -> None:
    folder = Path(__file__).parents[2] / "vsm" / "features" / "reports"
    names = set()
    for path in folder.glob("*.py"):
        for part in path.read_text().split('screen="')[1:]:
            names.add(part.partition('"')[0])
    assert "teams" in names
    assert {SCREENS.get(name, name) for name in names - {""}} <= set(BY_ID)


# -- notes -----------------------------------------------------------------------------------


async def test_an_acknowledged_fact_is_quiet_for_all_and_z_brings_it_back(busy: World) -> None:
    async with busy.person() as anna:
        await anna.press("R")
        await go_to(anna, "over-limit")
        await anna.press("a")
        anna.sees("Acknowledge the fact", "Build holds 4 of at most 2")
        await anna.type("until the audit")
        await anna.press("enter")
        anna.sees("Further", "(known: until the audit)")
        (note,) = notes(busy)
        assert (note.mark, note.reason, note.noted_by) == (
            NoteKind.ACKNOWLEDGED,
            "until the audit",
            "anna",
        )
        assert (note.severity, note.items) == (2, ()), "it is about the stage"
        async with busy.person(actor="ben") as ben:
            await ben.press("R")
            ben.sees("(known: until the audit)")
        await anna.press("z")
        assert fact(anna, "over-limit").acknowledged is None
        assert notes(busy) == []
        assert "Further" not in anna.text


async def test_the_same_key_takes_a_note_back(busy: World) -> None:
    async with busy.person() as anna:
        await anna.press("R")
        await go_to(anna, "stale")
        await anna.press("x")
        anna.sees("Mark the fact as wrong")
        await anna.press("enter")
        assert fact(anna, "stale").acknowledged == "marked as wrong"
        assert anna.lines[-1].strip().startswith("noted as wrong: 4 items not moved")
        assert len(anna.lines[-1].strip()) <= 60 and anna.lines[-1].strip().endswith("…")
        assert [note.mark for note in notes(busy)] == [NoteKind.WRONG]
        assert reports(anna).fact is fact(anna, "stale"), "the cursor stays on it"
        await anna.press("x")
        assert fact(anna, "stale").acknowledged is None
        assert notes(busy) == []


async def test_a_fact_that_is_acknowledged_can_be_marked_as_wrong_too(busy: World) -> None:
    async with busy.person() as anna:
        await anna.press("R")
        await go_to(anna, "over-limit")
        await anna.press("a")
        await anna.type("until the audit")
        await anna.press("enter", "x")
        anna.sees("Mark the fact as wrong", "known: until the audit")
        await anna.type("two are parked")
        await anna.press("enter")
        anna.sees("(marked as wrong: two are parked; known: until the audit)")
        await anna.press("x")
        anna.sees("(known: until the audit)")
        assert [note.mark for note in notes(busy)] == [NoteKind.ACKNOWLEDGED]
        await anna.press("a")
        assert fact(anna, "over-limit").acknowledged is None
    assert notes(busy) == []


# -- the cursor and the fact -------------------------------------------------------------------


async def test_the_cursor_stays_on_its_fact_when_others_come_before_it(busy: World) -> None:
    limit_build(busy, None)
    async with busy.person() as anna:
        await anna.press("R")
        await go_to(anna, "stale")
        line = reports(anna).findings.chosen
        limit_build(busy, 2)
        await look(anna)
        anna.sees("Build holds 4 of at most 2")
        assert reports(anna).findings.chosen == line + 1
        assert reports(anna).fact is fact(anna, "stale")


async def test_a_key_never_acts_on_another_fact_than_was_seen_under_the_cursor(
    busy: World,
) -> None:
    async with busy.person() as anna:
        await anna.press("R")
        await go_to(anna, "over-limit")
        limit_build(busy, None)
        await look(anna)
        assert "Build holds 4 of at most 2" not in anna.text
        anna.sees("The fact under the cursor is no longer in the report")
        await anna.press("a")
        anna.sees("The fact that stood here is gone: press the key again for this one")
        assert notes(busy) == []
        await anna.press("a")
        anna.sees("Acknowledge the fact", "4 items not moved")


async def test_the_page_of_a_subject_opens_and_escape_comes_back(busy: World, size: Size) -> None:
    busy.do(
        AddEntity(INITIATIVE, {"name": "Instant cards", "filter": "SEPA"}),
        AddEntity(INITIATIVE, {"name": "Fees", "filter": "Fee"}),
    )
    for number in (1, 2):
        busy.do(
            ChangeEntity(INITIATIVE, number, {"need_by": "2027-01-29"}),
            DecideInitiative(number, DecisionKind.START, "worth it", over_limit=True),
        )
    async with busy.person(size=size) as anna:
        await anna.press("R", "t")
        await anna.type("port")
        await anna.press("enter")
        await go_to(anna, "initiative-late")
        await anna.press("down")
        shown = reports(anna).fact
        assert shown is not None
        anna.sees("g go to")
        await anna.press("g")
        screen = anna.app.screen
        assert isinstance(screen, PortfolioScreen)
        assert shown.id.endswith(f"/i{screen.one}")
        await anna.press("escape")
        anna.sees("Portfolio report")
        assert reports(anna).place == Place(ReportKind.PORTFOLIO)
        assert reports(anna).fact is not None and reports(anna).fact.id == shown.id  # type: ignore[union-attr]


async def test_a_fact_about_the_share_of_work_opens_its_page(busy: World, size: Size) -> None:
    busy.do(
        AddEntity(ENTITIES["objective"], {"name": "Keep", "share": 0.5}),
        AddEntity(INITIATIVE, {"name": "Idea"}),
    )
    async with busy.person(size=size) as anna:
        await anna.press("R", "t")
        await anna.type("port")
        await anna.press("enter")
        await go_to(anna, "alignment")
        await anna.press("g")
        anna.sees("share of work, last 90 days", "Esc: the report")
        await anna.press("a", "w", "escape")
        assert "roadmap" not in anna.lines[2] and "all streams" in anna.lines[2]
        await anna.press("a")
        anna.sees("share of work, last 90 days", "Esc: the report")
        await anna.press("escape")
        anna.sees("Portfolio report")


async def test_what_was_marked_as_wrong_counts_against_its_rule(busy: World) -> None:
    async with busy.person() as anna:
        await anna.press("R")
        await go_to(anna, "stale")
        await anna.press("x", "enter", "v")
        anna.sees("Rules of reports", "1 marked as wrong", "Esc: back")
        await anna.press("escape")
        anna.sees("Weekly report")


async def test_a_viewer_looks_and_changes_nothing(busy: World) -> None:
    async with busy.person(read_only=True) as anna:
        await anna.press("R")
        anna.sees("Build holds 4 of at most 2")
        await go_to(anna, "over-limit")
        for key in ("a", "x", "m", "p"):
            await anna.press(key)
            assert isinstance(anna.app.screen, ReportsScreen)
            assert reports(anna).hints.is_warning
            reports(anna).hints.say("")
        await anna.press("enter")
        anna.sees("in Build: 4 items")
    assert (notes(busy), made(busy)) == ([], [])


async def test_a_role_that_may_not_change_items_is_refused_in_words(busy: World) -> None:
    busy.do(AddEntity(GRANT, {"login": "anna", "role": "viewer"}), actor="dora")
    async with busy.person() as anna:
        await anna.press("R")
        await go_to(anna, "over-limit")
        await anna.press("a")
        anna.sees("Acknowledge the fact: anna is a viewer here")
        assert "a acknowledge" not in anna.lines[-1]


# -- items -----------------------------------------------------------------------------------


async def test_an_item_is_made_from_a_fact(busy: World, size: Size) -> None:
    async with busy.person(size=size) as anna:
        await anna.press("R")
        await go_to(anna, "stale")
        await anna.press("m")
        anna.sees("New item in", "From the weekly report of")
        await anna.press("ctrl+s")
        assert isinstance(anna.app.screen, ReportsScreen)
    item = Reader(busy.path).item(6)
    assert item is not None
    assert item.title.startswith("4 items not moved for 14 days or more")
    assert "- PAY-1: 20 d" in item.description


# -- reports on record -----------------------------------------------------------------------


async def test_a_report_is_put_on_record_and_the_next_one_begins_there(busy: World) -> None:
    async with busy.person() as anna:
        await anna.press("R", "h")
        anna.sees("No report of this kind is on record yet")
        await anna.press("p")
        anna.sees("Put the weekly report on record?", "A report stays on record")
        await anna.press("escape")
        assert made(busy) == []
        await anna.press("p", "y")
        anna.sees("The weekly report is on record", "Weekly report, on record")
        anna.sees("nothing changed since entry ", "1 started, 5 in progress")
        assert "also in the last report" not in anna.text, "nothing was written since"
        await anna.press("p")
        anna.sees("Nothing changed since the last report")
        (one,) = made(busy)
        assert (one.report, one.only, one.form) == (ReportKind.WEEKLY, busy.stream, "md")
        await anna.press("h")
        anna.sees("There is no older report")
        busy.add("Ready", "Refund limits")
        await look(anna)
        anna.sees("also in the last report")
        anna.sees("(the last report)", "1 started")
        await anna.press("h")
        anna.sees("on record", "Esc: now")
        assert "in a row" not in anna.text
        await anna.press("a")
        anna.sees("This report is on record")
        await anna.press("h")
        anna.sees("There is no older report")
        await anna.press("l")
        anna.sees("also in the last report")
        await anna.press("l")
        anna.sees("This is the report of now")
        await anna.press("h", "escape")
        assert reports(anna).place == Place()


async def test_a_report_that_is_made_again_says_where_it_differs_from_the_record(
    busy: World,
) -> None:
    reader = Reader(busy.path)
    stream, now = reader.stream_named("Card issuing"), clock()
    asked = Asked(kind=ReportKind.WEEKLY, stream=stream, since=None, until=now, present=True)
    values = record_values(read_report(reader, asked), stream.id, "md", "")
    over_limit, _ = values["facts"]
    busy.do(
        AddEntity(MADE_REPORT, {**values, "facts": (over_limit, '[2, "age-p95/s1", [], "Build"]')})
    )
    async with busy.person() as anna:
        await anna.press("R")
        anna.sees("On record, not made again", "act Build: older than 95% of what passed")
        anna.sees("Made again, not on record", "watch 4 items not moved")
        busy.add("Ready", "Refund limits")
        await look(anna)
        assert "not made again" not in anna.text
        await anna.press("h")
        anna.sees("On record, not made again")


async def test_the_recorded_bytes_are_those_that_are_saved(busy: World, tmp_path: Path) -> None:
    async with busy.person() as anna:
        await anna.press("R", "X")
        await anna.type("weekly as markdown")
        await anna.press("enter")
        await anna.type(str(tmp_path / "report.md"))
        await anna.press("enter", "p", "y")
    (one,) = made(busy)
    assert one.sha256 == sha256((tmp_path / "report.md").read_bytes()).hexdigest()
    assert "vsm report rules" in (tmp_path / "report.md").read_text()


async def test_a_report_on_record_is_saved_in_the_very_bytes_of_its_record(
    busy: World, tmp_path: Path
) -> None:
    async with busy.person() as anna:
        await anna.press("R", "p", "y")
        busy.add("Ready", "Refund limits")
        await look(anna)
        anna.sees("also in the last report")
        await anna.press("p", "y")
        for name, keys in (("now.md", "X"), ("older.md", "hX")):
            await anna.press(*keys)
            await anna.type("weekly as markdown")
            await anna.press("enter")
            await anna.type(str(tmp_path / name))
            await anna.press("enter")
            await anna.until((tmp_path / name).exists)
    for one, name in zip(made(busy), ("older.md", "now.md"), strict=True):
        assert one.sha256 == sha256((tmp_path / name).read_bytes()).hexdigest()


async def test_a_report_is_saved_as_excel(busy: World, tmp_path: Path) -> None:
    file = tmp_path / "report.xlsx"
    async with busy.person() as anna:
        await anna.press("R", "X")
        await anna.type("weekly as excel")
        await anna.press("enter")
        await anna.type(str(file))
        await anna.press("enter")
        await anna.until(file.exists)
    assert file.read_bytes()[:2] == b"PK"


async def test_the_html_file_of_a_stream_has_charts(busy: World, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    async with busy.person() as anna:
        await anna.press("R", "X")
        await anna.type("weekly as html")
        await anna.press("enter")
        await anna.type(str(file))
        await anna.press("enter")
        await anna.until(file.exists)
    page = file.read_text("utf-8")
    assert "<h2>Charts</h2>" in page and "<script" not in page
    assert "throughput" in page.casefold() and "cycle time" in page.casefold()


async def test_a_file_on_all_streams_is_named_after_none(busy: World) -> None:
    async with busy.person() as anna:
        await anna.press("R", "t")
        await anna.type("gov")
        await anna.press("enter", "X")
        await anna.type("report as html")
        await anna.press("enter")
        anna.sees("all-report-governance-")
        await anna.press("escape", "t")
        await anna.type("retro")
        await anna.press("enter", "X")
        await anna.type("report as html")
        await anna.press("enter")
        anna.sees("card-issuing-report-retro-")


async def test_kinds_are_of_the_stream_or_of_all_streams(busy: World, size: Size) -> None:
    async with busy.person(size=size) as anna:
        await anna.press("R", "t")
        anna.sees("weekly", "retro", "handover", "portfolio", "service", "governance")
        await anna.type("hand")
        await anna.press("enter")
        anna.sees("Handover report", "Card issuing")
        for kind in ("retro", "portfolio", "service", "governance"):
            await anna.press("t")
            await anna.type(kind)
            await anna.press("enter")
            anna.sees(f"{kind.capitalize()} report")
        anna.sees("all streams")


async def test_keys_never_act_on_a_page_that_is_being_left(busy: World) -> None:
    async with busy.person() as anna:
        await anna.press("R")
        await go_to(anna, "over-limit")
        reports(anna).to_kind(ReportKind.PORTFOLIO)  # its report is not there yet
        assert reports(anna).fact is None
        reports(anna).action_acknowledge_fact()
        reports(anna).action_record_report()
        reports(anna).action_older_report()
        await anna.settle()
        anna.sees("Portfolio report")
    assert (notes(busy), made(busy)) == ([], [])


async def test_a_note_on_a_report_of_all_streams_is_of_no_stream(busy: World) -> None:
    async with busy.person() as anna:
        await anna.press("R", "t")
        await anna.type("gov")
        await anna.press("enter", "p", "y")
    (one,) = made(busy)
    assert (one.report, one.only) == (ReportKind.GOVERNANCE, None)


# -- the past --------------------------------------------------------------------------------


async def test_the_past_has_the_report_of_then_and_is_read_only(busy: World) -> None:
    async with busy.person() as anna:
        await anna.press("R", "p", "y", "comma")
        anna.sees("As of", " to ", "Build holds 4 of at most 2, for 13 days", "no report before")
        await go_to(anna, "over-limit")
        for key in ("a", "x", "m", "p"):
            await anna.press(key)
            anna.sees("Read-only")
        await anna.press("h")
        anna.sees("No report of this kind is on record yet")
        await anna.press(";")
        anna.sees("for 20 days", "nothing changed since entry")


async def test_a_report_on_record_that_was_not_there_then_gives_way(busy: World) -> None:
    async with busy.person() as anna:
        await anna.press("R", "p", "y")
        busy.add("Ready", "Refund limits")
        await look(anna)
        anna.sees("also in the last report")
        await anna.press("h")
        anna.sees("on record")
        await anna.press("comma")
        anna.sees("That report was not on record then", "for 13 days")


# -- the badge -------------------------------------------------------------------------------


async def test_the_tab_counts_what_is_new_and_to_be_acted_on(
    busy: World, size: Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def answer(*_: object, **__: object) -> dict[str, object]:
        asked.append(_)
        loud = {"severity": 2, "repeats": 0}
        others = {"repeats": 1}, {"acknowledged": "known"}, {"severity": 1}, {"severity": 3}
        return {"facts": [loud, loud, *({**loud, **other} for other in others)]}

    async def nothing(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr(constraint_hint, "ask", nothing)
    monkeypatch.setattr(constraint_hint, "analysis", answer)
    async with busy.person(size=size) as anna:
        anna.screen.parts.data.learn_limits()
        await anna.settle()
        assert asked[0][2:] == ("report", "weekly", "--no-record")
        assert "R 3" in anna.lines[1] or "R Reports 3" in anna.lines[1]
        await anna.press("R")  # which counts by itself
        anna.sees("[R Reports 1]")
        await go_to(anna, "over-limit")
        await anna.press("a", "enter")
        anna.sees("[R Reports]")
        await anna.press("comma", "1")
        assert "R 1" not in anna.lines[1]


def test_news_are_counted_from_json_as_the_report_counts_them(busy: World) -> None:
    reader = Reader(busy.path)
    stream = reader.stream_named("Card issuing")
    asked = Asked(kind=ReportKind.WEEKLY, stream=stream, since=None, until=clock(), present=True)
    result = read_report(reader, asked)
    assert constraint_hint.count_news(publish(result)) == result.loud == 1
    noted = note_values(result.facts[0], stream.id, NoteKind.ACKNOWLEDGED, "")
    busy.do(AddEntity(FACT_NOTE, noted))
    result = read_report(reader, replace(asked, until=clock()))
    assert constraint_hint.count_news(publish(result)) == result.loud == 0


def test_a_report_without_changes_has_no_news(busy: World) -> None:
    reader = Reader(busy.path)
    stream, now = reader.stream_named("Card issuing"), clock()
    asked = Asked(kind=ReportKind.WEEKLY, stream=stream, since=None, until=now, present=True)
    busy.do(AddEntity(MADE_REPORT, record_values(read_report(reader, asked), stream.id, "md", "")))
    result = read_report(reader, replace(asked, until=now + 1))
    assert result.nothing_changed
    assert constraint_hint.count_news(publish(result)) == 0
