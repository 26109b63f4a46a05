"""Hint line, palette, help and tabs show what works here and now."""

from __future__ import annotations

from importlib import import_module

import pytest
from textual import events

from vsm.actions import ACTIONS, BY_ID, TABS, Action, Needs, Scope, Situation
from vsm.keymap import preset
from vsm.model.command import CreateStream
from vsm.screens.help import NOT_NOW, help_rows
from vsm.screens.organisation import OrganisationDialog
from vsm.screens.situation import situation
from vsm.text_width import width_of
from vsm.widgets.glyphs import UNICODE
from vsm.widgets.tab_pieces import tab_pieces

from .conftest import STAGES, Person, World

Size = tuple[int, int]
NAMES = (
    *("0 Overview", "1 Board", "2 Map", "3 Flow", "4 Bottlenecks", "5 Dependencies"),
    *("6 Teams", "7 Forecast", "o Organisation"),
)


def hints(person: Person) -> str:
    """The hint line."""
    return person.lines[-1]


# -- where an action is available -------------------------------------------------------


def test_what_writes_needs_the_present_and_a_database_that_may_be_changed() -> None:
    current = Situation((Scope.BOARD,))
    assert BY_ID["move_right"].is_available(current)
    for missing in (Needs.PRESENT, Needs.WRITABLE, Needs.ITEM):
        there = Situation((Scope.BOARD,), ~missing)
        assert BY_ID["move_right"].lacks(there) == missing
        assert not BY_ID["move_right"].is_available(there)
    assert BY_ID["new_item"].is_available(Situation((Scope.BOARD,), ~Needs.ITEM))
    assert BY_ID["policies"].is_available(Situation((Scope.BOARD,), ~Needs.WRITABLE))
    assert not BY_ID["move_right"].is_available(Situation((Scope.FLOW,)))
    assert not BY_ID["flow"].is_available(Situation((Scope.FLOW,), tab="flow"))


# -- the hint line ----------------------------------------------------------------------


async def test_hints_of_the_past_name_no_key_that_changes_anything(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        assert "H L move" in hints(anna) and "n new" in hints(anna)
        await anna.press(",")
        for word in ("move", "new", "edit", "take", "block", "undo"):
            assert f" {word} " not in hints(anna)
        anna.sees("/ filter", "? help")
        await anna.press(";")
        assert "H L move" in hints(anna)


async def test_hints_of_a_read_only_board_name_no_key_that_changes_anything(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size, read_only=True) as anna:
        for word in ("move", "new", "edit", "take", "block", "undo"):
            assert f" {word} " not in hints(anna)
        assert "/ filter" in hints(anna)


async def test_hints_of_an_empty_column_name_no_key_for_an_item(filled: World) -> None:
    async with filled.person(size=(160, 50)) as anna:
        await anna.press("'", "5")
        assert anna.column("Done") == []
        assert "move" not in hints(anna) and "n new" in hints(anna)
        await anna.press("'", "1")
        assert "H L move" in hints(anna)


# -- palette and help -------------------------------------------------------------------


async def test_the_palette_of_the_figures_offers_nothing_of_the_board(filled: World) -> None:
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("3", ":")
        await anna.type("item")
        assert "Move the item right" not in anna.text
        await anna.press("escape", ":")
        await anna.type("lengthen")
        anna.sees("Lengthen the window")


async def test_the_palette_of_a_read_only_board_offers_no_change(filled: World) -> None:
    async with filled.person(size=(120, 40), read_only=True) as anna:
        await anna.press(":")
        await anna.type("move the item right")
        anna.sees("No match")


async def test_quitting_from_the_palette_quits_though_q_goes_back(filled: World) -> None:
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("3", "q")
        assert anna.app.screen is anna.screen
        await anna.press("3", ":")
        await anna.type("quit")
        await anna.press("enter")
        assert anna.app.return_code == 0 or not anna.app.is_running


def test_help_lists_first_what_works_here_and_now() -> None:
    past = Situation((Scope.BOARD,), ~Needs.PRESENT)
    rows = help_rows("", preset("vim"), False, past)
    names = [row.name for row in rows]
    not_now = names.index(NOT_NOW)
    (move,) = (n for n, row in enumerate(rows) if "Move the item right" in row.name)
    (down,) = (n for n, row in enumerate(rows) if row.id == "cursor_down")
    assert down < not_now < move
    assert rows[move].id == "" and rows[move].faint
    assert names.index(Scope.FLOW) > move


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        (("e", "f1"), "Ctrl+S"),
        (("b", "f1"), "Enter"),
        (("g", "f1"), "Enter"),
        (("/", "f1"), "Ctrl+S"),
        (("i", "?"), "e"),
        (("o", "?"), "J"),
        (("s", "?"), "j ↓"),
        (("?", "f1"), "h ←"),
    ],
)
async def test_help_works_in_every_dialog(filled: World, keys: tuple[str, ...], first: str) -> None:
    async with filled.person(size=(120, 40)) as anna:
        await anna.press(*keys)
        anna.sees("Keys and symbols", first)
        depth = len(anna.app.screen_stack)
        await anna.press("escape")
        assert len(anna.app.screen_stack) == depth - 1


async def test_a_question_mark_is_text_where_text_is_typed(filled: World) -> None:
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("e", "?")
        assert "Keys and symbols" not in anna.text
        assert situation(anna.app.screen).scopes[0] is Scope.FORM


async def test_help_works_on_the_welcome_screen(world: World) -> None:
    async with world.person(size=(120, 40)) as anna:
        await anna.press("?")
        anna.sees("Keys and symbols", "Try the demo")
        assert "Move the item right" not in "\n".join(anna.lines[:12])


async def test_an_action_of_a_dialog_is_run_from_help(filled: World) -> None:
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("i", "?")
        await anna.type("edit the policy")
        await anna.press("enter")
        anna.sees("Policy of Backlog")


# -- tabs -------------------------------------------------------------------------------


async def test_tabs_name_the_screens_and_mark_the_current_one(filled: World, size: Size) -> None:
    names = NAMES if size[0] > 80 else NAMES[:4]  # the last ones give up their names
    tabs = (
        *(("2", "map"), ("3", "flow"), ("4", "stuck"), ("5", "waits")),
        *(("6", "teams"), ("0", "overview"), ("1", "board")),
    )
    async with filled.person(size=size) as anna:
        anna.sees(*names)
        for key, tab in tabs:
            await anna.press(key)
            anna.sees(*names)
            assert tab == anna.app.screen.ACTION  # type: ignore[attr-defined]
            line = anna.app.screen.query_one("#header").render_line(1)  # type: ignore[attr-defined]
            marked = [s.text for s in line if s.style == anna.app.skin.cursor.strong]
            assert marked == [f"[{key} {BY_ID[tab].label}]"]


async def test_a_click_on_a_tab_shows_its_screen(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        for name, tab in (("3 Flow", "flow"), ("4 Bottlenecks", "stuck"), ("1 Board", "board")):
            x = anna.lines[1].index(name)
            await anna.mouse(events.MouseDown, x + 1, 1)
            await anna.mouse(events.MouseUp, x + 1, 1)
            assert tab == anna.app.screen.ACTION  # type: ignore[attr-defined]


async def test_organisation_opens_from_every_screen(filled: World) -> None:
    async with filled.person(size=(120, 40)) as anna:
        for key in ("1", "3", "4", "5"):
            await anna.press(key, "o")
            assert isinstance(anna.app.screen, OrganisationDialog)
            await anna.press("o")


async def test_in_a_narrow_terminal_the_last_tabs_give_up_their_names(filled: World) -> None:
    async with filled.person(size=(52, 30)) as anna:
        assert anna.lines[1].rstrip() == " 0 [1 Board] 2  3  4  5  6  7  8  9  S  D  R  o"
        await anna.press("5")
        assert anna.lines[1].rstrip() == " 0 1 2 3 4[5 Dependencies] 6 7 8 9 S D R o"


@pytest.mark.parametrize("width", [44, 52, 60, 80, 120, 150, 160, 200])
@pytest.mark.parametrize("tab", ["board", "waits", "reports"])
@pytest.mark.parametrize("news", [0, 3])
def test_every_tab_keeps_its_key_in_a_narrow_terminal(width: int, tab: str, news: int) -> None:
    pieces = tab_pieces(preset("vim"), tab, news, width, UNICODE)
    assert sum(width_of(text) for text, _ in pieces) <= width
    for text, action in zip((text for text, _ in pieces), TABS, strict=True):
        assert text.strip(" [").startswith(action.keys[0])
        assert (action.label in text) or (action.id != tab and width < 160)
    reports = next(text for text, _ in pieces if text.strip(" [").startswith("R"))
    assert (" 3" in reports) is bool(news)


@pytest.mark.parametrize("height", [20, 12])
async def test_a_low_terminal_loses_no_line_to_the_tabs(filled: World, height: int) -> None:
    async with filled.person(size=(80, height)) as anna:
        assert anna.lines[0].startswith(" 0 [1 Board] 2  3  4  5  6  7  8  9  S  D  R  o ")
        assert "Backlog" in anna.lines[1]
        x = anna.lines[0].index(" 3 ")
        await anna.mouse(events.MouseDown, x + 1, 0)
        await anna.mouse(events.MouseUp, x + 1, 0)
        assert anna.lines[0].startswith(" 0  1  2 [3 Flow] 4  5  6  7  8  9  S  D  R  o ")


async def test_a_stream_is_still_chosen_by_a_click_on_its_name(filled: World) -> None:
    filled.do(CreateStream("Onboarding", STAGES, "UTC", "ONB"))
    for size in ((80, 24), (80, 20)):
        async with filled.person(size=size, stream="Card issuing") as anna:
            x = anna.lines[0].index("Card issuing")
            await anna.mouse(events.MouseDown, x + 1, 0)
            await anna.mouse(events.MouseUp, x + 1, 0)
            anna.sees("Value streams")


@pytest.mark.parametrize("action", [a for a in ACTIONS if a.runs], ids=lambda a: a.id)
def test_what_an_action_runs_is_there(action: Action) -> None:
    module, name, *_ = action.runs.split(":")
    assert callable(getattr(import_module(module), name))
