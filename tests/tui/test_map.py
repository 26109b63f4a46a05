"""The value stream map on the screen: the drawing, its keys, changes in place, the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from textual import events

from tests.tui.conftest import Person, World
from tests.tui.test_flow import anna, demo, made
from vsm.features.map.reading import read_map
from vsm.features.map.results import MapStage, ValueStreamMap
from vsm.features.map.wording import nothing_known
from vsm.features.metrics.results import Window
from vsm.model.command import (
    AddItem,
    AddStage,
    CreateStream,
    MoveItem,
    NewStage,
    RetireStage,
    SetStage,
)
from vsm.model.item import ClassOfService
from vsm.model.query_tree import Query
from vsm.model.rules import to_micros
from vsm.model.stream import Category, EdgeKind, LimitKind, ValueStream
from vsm.reader import Reader
from vsm.screens.items_list import ItemsDialog
from vsm.screens.map import MapScreen
from vsm.screens.map_words import MEANS, empty_words, means_in
from vsm.session import Session
from vsm.widgets.glyphs import ASCII, UNICODE
from vsm.widgets.stream_map.view import MapView

__all__ = ["demo", "made"]

Size = tuple[int, int]
SIZES = [(80, 24), (160, 50)]


def view(person: Person) -> MapView:
    """The map that is shown."""
    screen = next(s for s in person.app.screen_stack if isinstance(s, MapScreen))
    return screen.view


def stage(person: Person) -> str:
    """The name of the stage under the cursor."""
    current = view(person).current_stage()
    assert isinstance(current, MapStage)
    return current.name


async def look(person: Person) -> None:
    """See what others wrote, as the screen does by itself once a second."""
    poller = person.app.screen.poller  # type: ignore[attr-defined]
    poller.poll()
    poller.recompute()
    await person.settle()


async def paste(person: Person, text: str) -> None:
    """Paste a text over several lines as the terminal hands it to the application."""
    person.app.post_message(events.Paste(text).set_sender(person.app))
    await person.settle()


async def to(person: Person, name: str) -> None:
    """Go along the map to a stage."""
    await person.press("home")
    for _ in range(20):
        if stage(person) == name:
            return
        await person.press("l")
    raise AssertionError(f"no way leads to {name}:\n{person.text}")


# -- drawing --------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_stages_of_the_demo_with_their_figures(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        await person.press("2", "home")
        person.sees("Map", "90 days", "Backlog", "Build", "Cards", "WIP", "PT ", "wait ", "C&A")
        whole = size[0] > 80
        person.sees("/wk", "▸", "activity ratio" if whole else "activity", "rolled", "LT ")
        assert all(len(line) <= size[0] for line in person.lines)
        if size[0] == 200:
            person.sees("Review", "Test", "To release", "Done", "Dropped", "elapsed days")
            assert " of 8" not in person.text
        else:
            person.sees(" of 8 ▸")
            await person.press("end")
            person.sees("Done", "✓ done", "◂ ")


async def test_the_cursor_goes_along_boxes_and_edges(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("2", "home")
        assert stage(person) == "Backlog"
        await person.press("l", "l")
        assert stage(person) == "Build"
        await person.press("tab")
        person.sees("Build → To review forward", "of moves out of Build")
        await person.press("tab", "tab")
        assert view(person).current_edge() is not None
        await person.press("escape")
        assert view(person).edge is None and stage(person) == "Build"
        await person.press("h")
        assert stage(person) == "Ready"
        await person.press("shift+tab")
        assert view(person).edge is not None


async def test_going_along_edges_that_are_drawn_lays_nothing_out_anew(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("2", "home", "l", "l")
        picture = view(person).picture
        await person.press("tab")
        assert view(person).edge is not None and view(person).picture is picture


async def test_a_map_that_is_narrower_than_a_box_is_drawn(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2", "home", "l", "l")
        view(person).styles.width = 8
        await person.settle()
        await person.press("l")
        assert stage(person) == "Review" and view(person).size.width == 8


async def test_enter_on_an_edge_lists_the_items_that_moved_over_it(filled: World) -> None:
    (moved,) = filled.add("Ready", "moved on")
    filled.do(MoveItem(moved, filled.stages["Build"], reason="needed"))
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Ready")
        await person.press("tab", "enter")
        assert isinstance(person.app.screen, ItemsDialog)
        person.sees("Ready → Build", "moved in the window", "moved on")


async def test_what_comes_along_into_a_full_stage_is_said(filled: World) -> None:
    filled.do(SetStage(filled.stages["Review"], {"limit": 2, "limit_kind": LimitKind.SOFT}))
    async with filled.person(size=(100, 30)) as person:
        await person.press("2")
        await to(person, "Build")
        await person.press("M")
        person.sees("1 item of Build would come along: Review would hold 3", "limit is 2")


async def test_items_of_exempt_classes_do_not_count_into_a_limit(filled: World) -> None:
    exempt = {"class_limits": {"expedite": 1}, "exempt": ["expedite"]}
    for name, limit in (("Ready", 1), ("Build", 1)):
        soft = {"limit": limit, "limit_kind": LimitKind.SOFT}
        filled.do(SetStage(filled.stages[name], soft | exempt))
    async with filled.person(size=(160, 40)) as person:
        await person.press("2")
        await to(person, "Ready")
        current = view(person).current_stage()
        assert current is not None and (current.wip, current.exempt) == (2, 1)
        assert not current.is_over
        person.sees("1/1 +1")
        await person.press("M")
        person.sees("2 items of Ready would come along, 1 beside the limit: Build would hold 2")
    reader = Reader(filled.path)
    past = read_map(reader, stream_of(filled)[0], as_of=filled.clock(), present=False)
    reader.close()
    ready = next(one for one in past.stages if one.name == "Ready")
    assert (ready.wip, ready.exempt, ready.is_over) == (2, 1, False)


async def test_80_columns_name_the_keys_that_are_needed_most(demo: Path) -> None:
    async with anna(demo, (80, 24)) as person:
        await person.press("2", "home")
        person.sees("e edit", "i insert", "f future", "? help")


def test_the_legend_has_the_symbols_that_are_drawn() -> None:
    plain = means_in(ASCII)
    assert "[n] has a note" in plain and "frame of #" in plain and "$ limits" in plain
    assert not set("≠◆✱") & set(plain)
    assert means_in(UNICODE) == MEANS


async def test_branches_stand_below_the_main_path(demo: Path) -> None:
    async with anna(demo, stream="Platform and incidents") as person:
        await person.press("2")
        await to(person, "Diagnose")
        await person.press("j")
        assert stage(person) in ("Planned", "Design")
        await person.press("k")
        assert stage(person) in ("Diagnose", "Build", "Triage")


async def test_enter_lists_the_items_behind_a_figure(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("2")
        await to(person, "Review")
        await person.press("enter")
        person.sees("Review: items that", "in the stage now", "finished and were here")
        await person.press("enter")
        assert isinstance(person.app.screen, ItemsDialog)
        person.sees("finished, the longest there first", "CARD-", "days there")
        await person.press("escape", "enter", "down", "enter")
        person.sees("the longest there first", "CARD-", "d there")
        await person.press("escape")
        assert isinstance(person.app.screen, MapScreen)
        while (edge := view(person).current_edge()) is None or edge.kind != EdgeKind.REWORK:
            await person.press("tab")
        await person.press("enter")
        person.sees(f"{edge.source_name} → {edge.target_name}", "CARD-")


async def test_what_is_rare_is_hidden_until_all_is_asked_for(demo: Path) -> None:
    async with anna(demo, (200, 60)) as person:
        await person.press("2", "W", "w", "w")
        edges = view(person).edges
        assert edges is not None
        drawn = len(edges.links)
        await person.press("a")
        edges = view(person).edges
        assert edges is not None and len(edges.links) >= drawn and not edges.hidden
        person.sees("all edges, a: fewer")
        await person.press("a")
        assert "all edges" not in person.text


@pytest.mark.parametrize("options", [{"ascii_only": True}, {"theme": "mono"}, {"theme": "ansi"}])
async def test_ascii_and_few_colours(demo: Path, options: dict[str, object]) -> None:
    async with anna(demo, (120, 40), **options) as person:
        await person.press("2")
        person.sees("Build", "Review", "WIP")
        if "ascii_only" in options:
            assert person.text.isascii()
            person.sees("/\\", "=>|", "9%..")


async def test_definitions_and_all_keys(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("2", "?")
        person.sees("main path", "timeline")
        await person.press("escape")
        assert isinstance(person.app.screen, MapScreen)


async def test_the_map_is_exported_as_a_graph(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("2", "X")
        await person.type("mermaid")
        await person.press("enter", "enter")
        written = next(demo.parent.glob("*.mmd"))
        assert written.read_text().startswith("flowchart LR")
        person.sees(f"Wrote map to {written.name}")


async def test_a_click_chooses_a_box_and_a_second_one_opens_it(demo: Path) -> None:
    async with anna(demo, (200, 60)) as person:
        await person.press("2")
        y = next(n for n, line in enumerate(person.lines) if "Review ✱ ─" in line)
        x = person.lines[y].index("Review ✱ ─")
        await person.pilot.click(offset=(x, y + 2))
        await person.settle()
        assert stage(person) == "Review"
        await person.pilot.click(offset=(x, y + 2), times=2)
        await person.settle()
        person.sees("Review: items that")


async def test_a_filter_narrows_the_figures(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("2", "/")
        await person.type("type:bug")
        await person.press("enter")
        person.sees("filter: type:bug", "Build")
        await person.press("/", "escape")
        assert "filter: type:bug" not in person.text


# -- journey 7: change it in place ------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_a_stage_an_edge_a_team_and_a_limit_and_the_board_follows(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as person:
        await person.press("2")
        await to(person, "Build")
        await person.press("i")
        await person.type("Pilot")
        await person.press("enter")
        person.sees("Pilot")
        assert stage(person) == "Pilot"
        await person.press("d")
        person.sees("Edge from Pilot", "by direction")
        await person.press("B", "enter")
        person.sees("Pilot → Build", "leads back")
        await person.press("escape", "e", "tab", "tab")
        await person.type("3 hard")
        await person.press("tab")
        await person.type("risk")
        await person.press("enter")
        person.sees("Pilot")
        stream, teams = stream_of(filled)
        pilot = stream.named("Pilot")
        assert pilot is not None
        assert (pilot.limit, pilot.limit_kind) == (3, LimitKind.HARD)
        assert teams[pilot.team or 0] == "risk"
        edges = {(e.source, e.target): e.kind for e in stream.edges}
        assert edges[pilot.id, filled.stages["Build"]] is EdgeKind.REWORK
        await person.press("1")
        assert [c.head.stage.name for c in person.board.columns][3:5] == ["Pilot", "Review"]


async def test_split_and_merge_are_taken_back_by_one_key(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Build")
        await person.press("|", "tab")
        await person.type("Self-test")
        await person.press("enter")
        person.sees("split Build into Build and Self-test")
        assert stage(person) == "Self-test"
        await person.press("z")
        assert "Self-test" not in stages_of(filled)
        await to(person, "Ready")
        await person.press("M")
        person.sees(
            "Merge Ready with Build", "Ready is retired", "2 items of Ready would come along"
        )
        await person.press("enter")
        person.sees("Above the WIP limit", "Build would hold 3, its WIP limit")
        await person.type("they work as one")
        await person.press("enter")
        person.sees("merged Ready and Build into Build")
        assert stages_of(filled)[:3] == ["Backlog", "Build", "Review"]
        await person.press("z")
        assert stages_of(filled)[:4] == ["Backlog", "Ready", "Build", "Review"]


async def test_a_hard_limit_refuses_a_merge_in_its_form(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Build")
        await person.press("M", "enter")
        person.sees("Review is full: 2 of 2", "Merge Build with Review")
        assert "Build" in stages_of(filled)


async def test_a_stage_is_retired_and_restored(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Review")
        await person.press("r")
        person.sees("Review holds 2 items: where do they go?")
        await person.press("enter")
        person.sees("retired the stage Review")
        assert "Review" not in stages_of(filled)
        assert isinstance(person.app.screen, MapScreen)
        await person.press("r")
        person.sees("Restore Review")
        await person.press("down", "enter")
        assert "Review" in stages_of(filled)
        assert stage(person) == "Review"


async def test_declared_values_stand_beside_the_measured_ones(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Build")
        await person.press("e")
        fields = [spec.spec.name for spec in person.app.screen.fields]  # type: ignore[attr-defined]
        await person.press(*["tab"] * fields.index("process_days"))
        await person.type("4h")
        await person.press("tab")
        await person.type("2d")
        await person.press("tab")
        await person.type("80%")
        await person.press("enter")
        person.sees("(4.0 h)", "(2.0 d)", "(80%)")
        await person.press("z")
        assert "(4.0 h)" not in person.text


async def test_all_stages_are_declared_in_a_pasted_table(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2", "t")
        person.sees("stage;PT;wait;C&A", "Build;;;", "Review;;;")
        await paste(person, "Build;4h;2d;80%\nReview;1d;;abc")
        await person.press("ctrl+s")
        person.sees("line 2", "'abc' is no share")
        await person.press("f7")
        await paste(person, "Build\t4h\t2d\t80%\nReview\t1d\t\t95%")
        await person.press("ctrl+s")
        person.sees("declared 2 stages", "(4.0 h)", "(2.0 d)", "(95%)")
        await person.press("t")
        person.sees("Build;4h;2d;80%", "Review;1d;;95%")
        await person.press("escape", "z")
        assert "(4.0 h)" not in person.text


async def test_the_clock_starts_elsewhere(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Build")
        assert "the clock starts here" not in person.text
        await person.press("c")
        person.sees("the clock starts at Build", "the clock starts here")
        assert stream_of(filled)[0].commitment == filled.stages["Build"]
        await person.press("z")
        assert stream_of(filled)[0].commitment is None
        await person.press("end", "c")
        assert stage(person) in ("Done", "Dropped")
        person.sees("must be a queue or active stage")


async def test_an_edge_is_removed_and_noted(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Build")
        await person.press("tab", "d", "tab")
        await person.type("hand over by mail")
        await person.press("enter")
        person.sees("note: hand over by mail")
        await person.press("d", "right", "right", "enter")
        person.sees("removed the edge Build → Review")


async def test_a_note_typed_on_a_way_without_an_edge_is_not_lost(filled: World) -> None:
    (moved,) = filled.add("Ready", "moved on")
    filled.do(MoveItem(moved, filled.stages["Done"], reason="needed"))
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Ready")
        view(person).edge = (filled.stages["Ready"], filled.stages["Done"])
        await person.press("d", "tab")
        await person.type("skips the work")
        await person.press("enter")
        person.sees("A note needs an edge", "choose a kind")
        await person.press("shift+tab", "left", "left", "enter")
        person.sees("note: skips the work")


async def test_an_edge_whose_stage_was_taken_back_is_not_edited(filled: World) -> None:
    added = AddStage(filled.stream, NewStage("Pilot", Category.ACTIVE), filled.stages["Build"])
    filled.do(added)
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Pilot")
        await person.press("tab")
        screen = person.app.screen
        assert isinstance(screen, MapScreen)
        session = Session(filled.path, actor="seed", clock=filled.clock)
        session.undo()
        session.close()
        screen.reading()  # the stream is read anew before its figures are there
        await person.press("d")
        person.sees("That edge has just gone from the map")


async def test_a_stage_in_which_items_end_is_inserted_behind_all_others(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Build")
        await person.press("i")
        await person.type("Sold")
        await person.press("tab", "right")  # active → done
        await person.press("enter")
        assert "New stage" not in person.text
        names = stages_of(filled)
        assert names.index("Review") < names.index("Done") < names.index("Sold")


async def test_a_split_takes_along_what_came_while_it_was_asked_for(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Build")
        await person.press("|")
        await person.press("tab")
        await person.type("Check")
        filled.add("Build", "came later")
        await person.press("tab", "right", "enter")
        person.sees("split Build into Build and Check")
        reader = Reader(filled.path)
        stream = reader.stream_named("Card issuing")
        there = {c.stage.name: c.wip for c in reader.columns(stream, Query(), filled.clock())}
        reader.close()
        assert (there["Build"], there["Check"]) == (0, 2)


async def test_a_new_stage_keeps_which_classes_do_not_count_into_its_limit(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Build")
        await person.press("i")
        await person.type("Pilot")
        await person.press("tab", "tab")
        await person.type("3 soft, expedite +1")
        await person.press("enter")
        person.sees("Pilot")
    pilot = stream_of(filled)[0].named("Pilot")
    assert pilot is not None and pilot.exempt == (ClassOfService.EXPEDITE,)


async def test_the_diagnosis_is_on_a_map_that_was_read_meanwhile(demo: Path) -> None:
    async with anna(demo, (160, 50)) as person:
        await person.press("2")
        screen = person.app.screen
        assert isinstance(screen, MapScreen) and screen.map is not None
        screen.work_out()  # its map is there before the diagnosis that was asked of the one before
        screen.latest(screen._diagnose, "plays")
        await person.until(lambda: screen.map is not None and screen.map.constraint is not None)


async def test_a_change_that_is_refused_says_why_and_keeps_the_form(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Build")
        await person.press("i")
        await person.type("Review")
        await person.press("enter")
        person.sees("two stages are called 'Review'", "New stage after Build")


# -- other people, the past, who may not ------------------------------------------------


async def test_changes_of_others_redraw_the_map(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Build")
        new = NewStage("Pilot", Category.ACTIVE)
        filled.do(AddStage(filled.stream, new, filled.stages["Build"]), actor="ben")
        await look(person)
        person.sees("Pilot")
        assert stage(person) == "Build"
        filled.do(RetireStage(filled.stages["Build"], filled.stages["Ready"]), actor="ben")
        await look(person)
        assert "Build" not in person.text
        assert stage(person) == "Ready", "the cursor goes to what is before it"


async def test_the_past_is_drawn_as_the_map_was_then_and_cannot_be_changed(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("2")
        await to(person, "Build")
        await person.press("i")
        await person.type("Pilot")
        await person.press("enter")
        person.sees("Pilot")
        await person.press(",")
        person.sees("As of", "read-only", "Build")
        picture = view(person).picture
        assert picture is not None
        assert "Pilot" not in [s.name for s in picture.stages.values()]
        await person.press("i")
        assert isinstance(person.app.screen, MapScreen)
        person.sees("Read-only: viewing")
        await person.press(";")
        person.sees("Pilot")


async def test_read_only_files_refuse(demo: Path) -> None:
    async with anna(demo, read_only=True) as person:
        await person.press("2", "M")
        assert isinstance(person.app.screen, MapScreen)


# -- few stages, many stages ------------------------------------------------------------


async def test_nothing_has_flowed_yet(world: World) -> None:
    world.begin()
    async with world.person(size=(80, 24)) as person:
        await person.press("2")
        person.sees("Nothing has flowed yet", "e declares times")


async def test_declared_totals_are_shown_before_anything_flowed(world: World) -> None:
    world.begin()
    for name in ("Build", "Review"):
        values = {"process_days": 1.0, "wait_days": 2.0, "complete_accurate": 0.8}
        world.do(SetStage(world.stages[name], values))
    async with world.person(size=(80, 24)) as person:
        await person.press("2")
        person.sees("Nothing has flowed yet", "declared", "PT (2 d)", "(64%)")


@pytest.mark.parametrize("ago", [120, 10])
def test_words_on_a_map_on_which_nothing_finished(ago: int) -> None:
    today = datetime(2026, 11, 29, 12, tzinfo=UTC)
    of = ValueStreamMap(
        stream="Log",
        zone="UTC",
        as_of=to_micros(today),
        last_activity=to_micros(today - timedelta(days=ago)),
        window=Window(first=date(2026, 9, 1), last=today.date()),
    )
    assert empty_words(of) == (
        "Last move on 1 Aug 2026, before this window: {data_end} shows the map as of then."
        if ago == 120
        else "Nothing moved in this window: boxes show what you declared."
        " {edit_stage} declares times."
    )
    assert empty_words(replace(of, finished=1)) == ""
    assert empty_words(replace(of, last_activity=None)).startswith("Nothing has flowed yet")
    said = nothing_known(of, False)
    assert ("the last move was on 1 Aug 2026" in said) is (ago == 120)


async def test_one_stage_and_done(world: World) -> None:
    stages = (NewStage("Work", Category.ACTIVE), NewStage("Done", Category.DONE))
    world.do(CreateStream("Small", stages, "UTC", "SM"))
    async with world.person(size=(80, 24), stream="Small") as person:
        await person.press("2")
        person.sees("Work", "Done")
        await person.press("l", "l", "h", "h", "j", "k", "tab", "end", "home", "pagedown")
        assert stage(person) in ("Work", "Done")


async def test_thirty_stages_scroll_along_the_path(world: World) -> None:
    stages = (
        *(NewStage(f"Step {n}", Category.ACTIVE) for n in range(1, 31)),
        NewStage("Done", Category.DONE),
    )
    world.do(CreateStream("Long", stages, "UTC", "LO"))
    async with world.person(size=(80, 24), stream="Long") as person:
        await person.press("2", "home")
        person.sees("1–3 of 31 ▸", "Step 1")
        await person.press("pagedown", "pagedown")
        person.sees("┌ Step 1 ", "Step 6", "◂ 5–6 of 31 ▸")  # the first box stays
        assert "Step 4 " not in person.text and stage(person) == "Step 6"
        await person.pilot.click(MapView, offset=(3, 2))
        await person.settle()
        assert stage(person) == "Step 1"
        person.sees("1–3 of 31 ▸")
        await person.press("end")
        person.sees("of 31", "Done")
        assert " ▸" not in person.lines[2]


async def test_a_stage_without_a_way_from_start_stands_apart(filled: World) -> None:
    async with filled.person(size=(120, 40)) as person:
        await person.press("2")
        await to(person, "Ready")
        await person.press("tab", "d", "right", "right", "enter")
        person.sees("no way from start")


async def test_a_class_limit_and_a_long_name_fit(filled: World) -> None:
    name = "Waiting for the approval of the steering committee"
    filled.do(SetStage(filled.stages["Build"], {"name": name}))
    filled.do(AddItem(filled.stream, "one more", filled.stages["Build"]))
    async with filled.person(size=(80, 24)) as person:
        await person.press("2")
        person.sees("Waiting for")
        assert all(len(line) <= 80 for line in person.lines)


def stream_of(world: World) -> tuple[ValueStream, dict[int, str]]:
    """The stream and the names of its teams, read anew."""
    reader = Reader(world.path)
    try:
        teams = {team.id: team.name for team in reader.teams()}
        return reader.stream_named("Card issuing"), teams
    finally:
        reader.close()


def stages_of(world: World) -> list[str]:
    """The names of the stages on the board, read anew."""
    return [stage.name for stage in stream_of(world)[0].line]
