"""The organisation from the keyboard: each list looked at, changed, undone; refusals in words."""

from __future__ import annotations

import fcntl
import os
from typing import Any

import pytest

import vsm.screens.organisation
from vsm.model import command as c
from vsm.model.entities import MEMBER
from vsm.model.errors import Refusal
from vsm.model.stream import Category, EdgeKind, ValueStream
from vsm.reader import Reader
from vsm.screens.organisation import OrganisationDialog
from vsm.store.sqlite import sqlite3

from .conftest import Person, World

Size = tuple[int, int]
EVIL = "\x1b]0;owned\x07[red]bold\u202e\u200b"


def stream_of(world: World, name: str = "Card") -> ValueStream:
    reader = Reader(world.path)
    result = reader.stream_named(name)
    reader.close()
    return result


def line(world: World) -> list[str]:
    return [stage.name for stage in stream_of(world).line]


def journal(world: World) -> list[tuple[Any, ...]]:
    conn = sqlite3.connect(world.path)
    rows = conn.execute("SELECT * FROM journal ORDER BY seq").fetchall()
    conn.close()
    return rows


async def over(person: Person, text: str) -> None:
    """Type over what a field is filled with."""
    await person.press("end", "ctrl+u")
    await person.type(text)


async def on_stage(person: Person, name: str) -> None:
    """Open the organisation, with the cursor on a stage."""
    await person.press("o")
    stages = [stage.name for stage in person.screen.stream.line]
    await person.press(*["down"] * stages.index(name))


# -- looking ---------------------------------------------------------------------------


async def test_everything_is_in_one_place_and_keys_lead_through_it(
    filled: World, size: Size
) -> None:
    filled.do(c.AddEntity(MEMBER, {"login": "anna", "name": "Anna Kern", "teams": (1,)}))
    async with filled.person(size=size) as anna:
        await anna.press("o")
        anna.sees("Organisation: Card issuing", "1 Streams 1", "2 Stages 6", "3 Edges 4")
        anna.sees("Backlog", "2 hard", "core", "starts the clock", "not promised yet")
        await anna.press("l")
        anna.sees("Ready → Build", "forward", "Forward edges make the order")
        await anna.press("right")
        anna.sees(
            "core", "1 member", "2 stages", "works as its stream", "Owns: Card issuing: Ready"
        )
        await anna.press("tab")
        anna.sees("Anna Kern (anna)", "core", "ak")
        await anna.press("1")
        anna.sees("Card issuing (this board)", "Europe/Berlin", "PAY-1", "8 items")
        await anna.press("left", "h")
        anna.sees("no interaction yet", "Collaboration and facilitating should end")
        await anna.press("left", "left", "left", "left")
        anna.sees("2 stages")
        await anna.press("escape")
        assert not anna.app.screen.is_modal


async def test_the_mouse_shows_lists_and_chooses_rows(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("o")
        y = next(n for n, text in enumerate(anna.lines) if "3 Edges" in text)
        await anna.pilot.click(offset=(anna.lines[y].index("3 Edges") + 2, y))
        await anna.settle()
        anna.sees("Ready → Build")
        y = next(n for n, text in enumerate(anna.lines) if "Build → Review" in text)
        await anna.pilot.click(offset=(anna.lines[y].index("Build →") + 2, y))
        await anna.settle()
        await anna.press("x")
        anna.sees("changed the map of the stream")
    assert (3, 4) not in [(e.source, e.target) for e in stream_of(filled).edges]


# -- streams -----------------------------------------------------------------------------


async def test_a_stream_is_changed_in_a_form_and_the_board_follows(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("o", "1", "enter")
        anna.sees("Value stream Card issuing", "Time zone", "Clock at", "Works", "Days off")
        await over(anna, "Cards")
        await anna.press("tab")
        await over(anna, "new_york")
        await anna.press("down", "enter", "tab", "tab", "right", "right")
        anna.sees("America/New_York", "Build")
        await anna.press("enter")
        anna.sees("Organisation: Cards", "changed the stream")
        await anna.press("escape")
        anna.sees("Cards")
        changed = stream_of(filled, "Cards")
        assert changed.zone == "America/New_York" and changed.commitment == filled.stages["Build"]
        await anna.press("z")
        assert stream_of(filled).zone == "Europe/Berlin"


async def test_words_types_days_and_link_are_set_and_checked_while_typing(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("o", "1", "enter", "tab", "tab", "tab", "tab")
        await anna.type("story, bug")
        await anna.press("tab")
        await anna.type("story")
        await anna.press("tab", "tab")
        await anna.type("nowhere")
        anna.sees("Give an address with {key} in it")
        await over(anna, "https://t.example/{key}")
        await anna.press("tab")
        await over(anna, "mon-thu,so")
        anna.sees("'so' is no weekday")
        await over(anna, "mon-thu")
        await anna.press("tab")
        await anna.type("2026-12-24..2026-12-26")
        anna.sees("3 days")
        await anna.press("ctrl+s")
        anna.sees("changed the stream")
    stream = stream_of(filled)
    assert stream.types == ("story", "bug") and stream.vocabulary == (("item", "story"),)
    assert (stream.link, stream.workdays) == ("https://t.example/{key}", (1, 2, 3, 4))
    assert stream.holidays == ("2026-12-24", "2026-12-25", "2026-12-26")


async def test_a_stream_is_made_from_a_template_and_its_board_opens(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("o", "1", "a")
        await anna.type("scrum")
        await anna.press("enter")
        await anna.type("Card issuing")
        await anna.press("enter")
        anna.sees("There is a stream called 'Card issuing'")
        await over(anna, "Team one")
        anna.sees("TO-1, TO-2")
        await anna.press("enter")
        anna.sees("Organisation: Team one", "Product backlog → Sprint backlog")
        await anna.press("l")
        anna.sees("Review and test")
        await anna.press("b")
        anna.sees("Team one", "Product backlog")
        assert anna.screen.stream.name == "Team one"


async def test_the_stream_under_the_cursor_is_the_one_whose_stages_are_shown(
    filled: World,
) -> None:
    two = (c.NewStage("Here", Category.ACTIVE), c.NewStage("There", Category.DONE))
    filled.do(c.CreateStream("Another", two))
    async with filled.person(stream="Card") as anna:
        await anna.press("o", "1", "up")
        anna.sees("Organisation: Another", "Here → There")
        await anna.press("2")
        anna.sees("Here", "2 Stages 2")
        await anna.press("escape")
        assert anna.screen.stream.name == "Card issuing", "looking elsewhere leads nowhere else"


# -- stages ------------------------------------------------------------------------------


async def test_a_stage_is_added_renamed_and_ordered_each_undone_with_one_key(
    filled: World, size: Size
) -> None:
    before = line(filled)
    async with filled.person(size=size) as anna:
        await on_stage(anna, "Build")
        await anna.press("a")
        anna.sees("New stage in Card issuing")
        await anna.type("Test")
        await anna.press("tab", "tab", "tab")
        await anna.type("2 hard")
        await anna.press("tab")
        await anna.type("qa")
        anna.sees("a new team")
        await anna.press("enter")
        anna.sees("added the stage Test", "qa")
        assert line(filled)[2:5] == ["Build", "Test", "Review"]
        await anna.press("J")
        anna.sees("changed the order of the stages")
        assert line(filled)[2:5] == ["Build", "Review", "Test"]
        await anna.press("K", "K")
        assert line(filled)[2:5] == ["Test", "Build", "Review"]
        await anna.press("enter")
        await over(anna, "Verify")
        await anna.press("enter")
        anna.sees("name Test → Verify")
        assert line(filled)[2] == "Verify"
        await anna.press("z", "z", "z", "z", "z")
        anna.sees("undid: ")
        assert line(filled) == before
        await anna.press("escape")
        assert [column.head.stage.name for column in anna.board.columns] == before


async def test_order_stops_at_the_ends_and_says_so(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("o", "K")
        anna.sees("Backlog is the first.")
        await anna.press(*["down"] * 3, "J")
        anna.sees("Review is the last before the end.")
        await anna.press("down", "K")
        anna.sees("Done is done: it stands behind the others.")


async def test_a_category_and_limits_change_in_the_form_with_what_they_mean(filled: World) -> None:
    async with filled.person() as anna:
        await on_stage(anna, "Build")
        await anna.press("enter", "tab", "tab")
        await over(anna, "many")
        anna.sees("'many' is neither a limit nor a class of service")
        await over(anna, "3 exp 1")
        anna.sees("= 3 soft, expedite 1")
        await anna.press("enter")
        anna.sees("WIP limit 2 → 3")
        await anna.press("enter", "tab", *["right"] * 2, "enter")
        anna.sees("only queue and active stages can have a WIP limit")
        await anna.press("escape", "y")
        anna.sees("3 soft, expedite 1")


async def test_a_stage_retires_its_items_go_where_one_says_and_a_soft_limit_asks_once(
    filled: World, size: Size
) -> None:
    filled.do(c.SetStage(filled.stages["Build"], {"limit": 1}))
    rows = journal(filled)
    async with filled.person(size=size) as anna:
        await on_stage(anna, "Ready")
        await anna.press("x")
        anna.sees("Ready holds 2 items: where do they go?", "Build", "1/1")
        await anna.press("enter")
        anna.sees("Above the WIP limit", "would come along: Build")
        await anna.press("enter")
        anna.sees("A reason is needed")
        await anna.type("one step now")
        await anna.press("enter")
        anna.sees("retired the stage Ready; what was there is in Build now", "retired")
        assert line(filled) == ["Backlog", "Build", "Review", "Done", "Dropped"]
        assert journal(filled)[: len(rows)] == rows, "the past is as it was"
        await anna.press("escape")
        assert len(anna.column("Build")) == 3
        await anna.press("o", "z")
        anna.sees("undid: ")
        await anna.press("escape")
        assert len(anna.column("Ready")) == 2 and len(anna.column("Build")) == 1


async def test_esc_at_any_question_retires_nothing(filled: World) -> None:
    before = journal(filled)
    async with filled.person() as anna:
        await on_stage(anna, "Ready")
        await anna.press("x", "escape")
        anna.sees("Organisation")
        filled.do(c.SetStage(filled.stages["Build"], {"limit": 1}))
        await anna.press("x", "enter", "escape")
        anna.sees("Organisation")
    assert len(journal(filled)) == len(before) + 1
    assert "Ready" in line(filled)


async def test_a_hard_limit_refuses_and_says_what_to_do(filled: World) -> None:
    async with filled.person() as anna:
        await on_stage(anna, "Build")
        await anna.press("x", "enter")
        anna.sees("Review is full: 2 of 2.", "Finish one of these first: PAY-")
    assert "Build" in line(filled)


async def test_an_empty_stage_retires_at_once_and_comes_back(filled: World) -> None:
    filled.do(c.MoveItem(6, filled.stages["Done"]))
    async with filled.person() as anna:
        await on_stage(anna, "Build")
        await anna.press("x")
        anna.sees("retired the stage Build")
        assert "Build" not in line(filled)
        await anna.press("end", "r")
        anna.sees("brought back the stage Build")
        assert line(filled)[2] == "Build"
        await anna.press("r")
        anna.sees("Build is on the board.")


async def test_a_behaviour_is_chosen_with_what_it_means_beside_it(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await on_stage(anna, "Build")
        await anna.press("enter", *["tab"] * 4)
        anna.sees("◂ as the log shows ▸", "vsm reads it from the moves")
        await anna.press("r")
        anna.sees("◂ released on schedule ▸", "a release train, a nightly gate")
        await anna.press("enter")
        anna.sees("changed Build: behaviour as the log shows → released on schedule")
        anna.sees("Behaviour: released on schedule (a release train, a nightly gate).")
        await anna.press("z")
        assert stream_of(filled).stage(filled.stages["Build"]).behaviour == "as-logged"
        await anna.press("end", "enter")
        anna.sees("Stage Dropped")
        assert "Behaviour" not in anna.text  # only queue and active stages have one


async def test_when_moves_are_entered_is_chosen(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("o", "1", "enter", "shift+tab")
        anna.sees("Moves", "◂ as the log shows ▸", "vsm reads it from the moves")
        await anna.press("left")
        anna.sees("◂ entered by day ▸", "only the day of a move is known")
        await anna.press("left", "enter")
        anna.sees("changed the stream: moves as the log shows →", "Moves: entered in sessions")
    assert stream_of(filled).move_entry == "in-sessions"


async def test_the_time_of_the_map_is_chosen(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("o", "1", "enter", "shift+tab", "shift+tab")
        anna.sees("Map in", "◂ elapsed days ▸", "days of 24 hours")
        await anna.press("right", "enter")
        anna.sees("times of the map elapsed days → working time", "Map in: working time")
    assert stream_of(filled).map_time == "working"


async def test_it_is_asked_whether_work_ends_in_a_stage_until_somebody_answers(
    filled: World, size: Size
) -> None:
    build = filled.stages["Build"]
    filled.do(c.SetStage(build, {"limit": None}))
    for n in range(14):
        filled.do(c.AddItem(filled.stream, f"case {n}", build))
    async with filled.person(size=size) as anna:
        await on_stage(anna, "Build")
        anna.sees("does work end here?", "arrivals, ", "Enter: set Behaviour to")
        await anna.press("enter", *["tab"] * 4, "w", "enter")
        anna.sees("Behaviour: work ends here (items stay here for good).")
        assert "oes work end here?" not in anna.text
        await anna.press("z")
        anna.sees("does work end here?")


async def test_a_policy_is_written_over_several_lines(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await on_stage(anna, "Build")
        anna.sees("No policy yet")
        await anna.press("p")
        await anna.type("Two people.")
        await anna.press("enter")
        await anna.type("Tests pass.")
        await anna.press("ctrl+s")
        anna.sees("Two people.", "Tests pass.", "changed Build: policy")
    assert stream_of(filled).stage(filled.stages["Build"]).policy == "Two people.\nTests pass."


# -- edges -------------------------------------------------------------------------------


async def test_an_edge_back_is_drawn_and_taken_away(filled: World, size: Size) -> None:
    review, build = filled.stages["Review"], filled.stages["Build"]
    async with filled.person(size=size) as anna:
        await anna.press("o", "3", "a", "R")
        anna.sees("Draw an edge")
        await anna.press("r", "tab", "b", "tab", "right", "enter")
        anna.sees("Review → Build", "back (rework)", "changed the map")
        edges = {(e.source, e.target): e.kind for e in stream_of(filled).edges}
        assert edges[review, build] is EdgeKind.REWORK
        await anna.press("z")
        assert len(stream_of(filled).edges) == len(edges) - 1


async def test_an_edge_that_would_close_a_circle_is_refused_with_the_circle(
    filled: World,
) -> None:
    filled.do(c.AddEdge(filled.stages["Review"], filled.stages["Build"], EdgeKind.REWORK))
    async with filled.person() as anna:
        await anna.press("o", "3", "down", "down", "down", "enter")
        anna.sees("forward edges go round in a circle: Build → Review → Build")


# -- teams and members ---------------------------------------------------------------------


async def test_teams_are_made_changed_and_removed(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("o", "4", "a", "enter")
        anna.sees("A team needs a name.")
        await anna.type("CORE")
        await anna.press("enter")
        anna.sees("There is a team called 'CORE'")
        await over(anna, "qa")
        await anna.press("enter")
        anna.sees("made the team qa")
        await anna.press("enter", "tab")
        anna.sees("as its stream")
        await anna.type("mon-wed")
        await anna.press("enter")
        anna.sees("works mon-wed")
        await anna.press("x")
        anna.sees("removed the team qa")
        await anna.press("up", "up", "x")
        anna.sees("core has the stages Ready, Build.", "Give them to another team first")


async def test_members_are_added_to_teams_and_items_show_their_initials(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("o", "5")
        anna.sees("no member yet: a adds one")
        await anna.press("a")
        await anna.type("anna")
        await anna.press("tab")
        await anna.type("Anna Kern")
        await anna.press("tab", "tab")
        await anna.type("nobody")
        anna.sees("There is no team nobody: core, risk")
        await over(anna, "core, ri")
        await anna.press("tab", "enter")
        anna.sees("Anna Kern (anna)", "core, risk", "added the member Anna Kern")
        await anna.press("enter")
        anna.sees("Login: anna.")
        await anna.press("tab")
        await over(anna, "akern")
        anna.sees("akern is long for initials: 4 characters at most")
        await over(anna, "AK")
        await anna.press("enter")
        anna.sees("initials ak → AK")
        await anna.press("escape")
        anna.sees("AK")
        await anna.press("o", "5", "x")
        anna.sees("removed the member Anna Kern")
        await anna.press("z")
        anna.sees("Anna Kern (anna)", "core, risk")


# -- others, doors, hostile names -------------------------------------------------------------


async def test_what_others_change_shows_while_it_is_open(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("o")
        dialog: Any = anna.app.screen
        dialog._poll()
        filled.do(c.SetStage(filled.stages["Build"], {"name": "Make"}), actor="bob")
        dialog._poll()
        await anna.settle()
        anna.sees("Make")
        await anna.press("escape")
        anna.sees("Make")


async def test_the_board_below_stands_still_while_stages_come_and_go(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("o")
        new = c.NewStage("Test", Category.ACTIVE)
        filled.do(c.AddStage(filled.stream, new, filled.stages["Build"]), actor="bob")
        anna.screen.parts.poller.poll()
        await anna.settle()
        anna.sees("Organisation: Card issuing")
        await anna.press("escape")
        assert "Test" in [column.head.stage.name for column in anna.board.columns]


async def test_a_change_that_takes_its_time_says_so_in_its_form_and_holds_no_screen(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vsm.screens.organisation, "SAVING", 0.001)
    async with filled.person() as anna:
        await anna.press("o", "1", "enter", "tab")
        await over(anna, "UTC")
        handle = os.open(f"{filled.path}.lock", os.O_RDWR | os.O_CREAT)
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            await anna.pilot.press("enter")
            await anna.until(lambda: "saving…" in anna.text)
            anna.sees("Value stream Card issuing")
        finally:
            os.close(handle)
        await anna.settle()
        anna.sees("time zone Europe/Berlin → UTC", "Esc: close")


async def test_what_the_machine_refuses_stays_in_the_form_with_what_was_typed(
    filled: World,
) -> None:
    async with filled.person() as anna:
        await anna.press("o", "4", "a")
        await anna.type("qa")
        await anna.app.writing.call(lambda session: session.close())
        moved = filled.path.with_name("aside.db")
        filled.path.rename(moved)
        await anna.press("enter")
        anna.sees("Not saved", "New team", "qa")
        moved.rename(filled.path)


async def test_a_read_only_board_shows_and_refuses(filled: World) -> None:
    async with filled.person(read_only=True) as anna:
        await anna.press("o", "x")
        anna.sees("This board is read-only.")
        await anna.press("escape", "l", "w")
        anna.sees("This board is read-only")


async def test_keys_typed_ahead_act_in_their_order(filled: World) -> None:
    async with filled.person() as anna:
        await anna.burst("o", "4", "a", *"qa", "enter", "a", *"ops", "enter")
        anna.sees("made the team ops")
    reader = Reader(filled.path)
    assert [team.name for team in reader.teams()] == ["core", "ops", "qa", "risk"]
    reader.close()


@pytest.mark.parametrize("keys", ["o1", "o2", "o3", "o4", "o5", "o1e", "o2e", "o4e", "o5e"])
async def test_hostile_names_are_inert_in_every_list_and_form(world: World, keys: str) -> None:
    stages = (c.NewStage(EVIL, Category.ACTIVE, 1, team=EVIL, policy=EVIL),)
    world.do(c.CreateStream(EVIL, (*stages, c.NewStage("End", Category.DONE))))
    world.do(c.AddEntity(MEMBER, {"login": f"m{EVIL}", "name": EVIL, "teams": (1,)}))
    async with world.person(size=(80, 24)) as anna:
        await anna.press(*keys)
        anna.sees("[red]bold")
        assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(anna.text)


async def test_plain_ascii_draws_it_with_ascii_alone(filled: World) -> None:
    async with filled.person(ascii_only=True, size=(80, 24)) as anna:
        for keys in ("o1", "2", "3", "4", "1a"):
            await anna.press(*keys)
            assert anna.text.isascii(), anna.text


async def test_what_is_read_after_it_was_closed_troubles_nobody(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("o")
        closed = anna.app.screen
        assert isinstance(closed, OrganisationDialog)
        await anna.press("escape")
        await closed.reload()
        closed.refuse(Refusal("state", "too late"))
        anna.sees("Backlog")
