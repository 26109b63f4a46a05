"""Texts on the screen can be read: words whole, figures true, messages to their end."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual._border import BORDER_CHARS
from textual.color import Color
from textual.geometry import Region
from textual.widgets import Input

from vsm.actions import ACTIONS, BY_ID
from vsm.keymap import preset
from vsm.model.board import Header
from vsm.model.command import BlockItem, LinkItems
from vsm.model.item import BlockerKind, LinkKind
from vsm.report.board_text import header_parts
from vsm.screens.help import SYMBOLS, help_rows
from vsm.screens.streams import StreamDialog
from vsm.text_width import wrap
from vsm.widgets.ascii_filter import Plain
from vsm.widgets.date_text import ago
from vsm.widgets.glyphs import ASCII, UNICODE
from vsm.widgets.legend import LEGEND, legend
from vsm.widgets.pick_list import PickList, Row
from vsm.widgets.status_bars import HeaderLine, Live
from vsm.widgets.styles import skin

from .conftest import World

Size = tuple[int, int]
DAY = 86_400_000_000
TEXTS = st.lists(st.sampled_from([*"abc -/.漢字、。「」1", "e\u0301", "👩‍💻"]), max_size=80).map(
    "".join
)


# -- breaking lines ---------------------------------------------------------------------


@given(TEXTS, st.integers(1, 30))
def test_wrapping_loses_nothing_and_keeps_within_its_cells(text: str, cells: int) -> None:
    lines = wrap(text, max(2, cells), 1000)
    assert all(cell_len(line) <= max(2, cells) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1), st.integers(12, 30))
@example(["a", "replacement", "title"], 12)
def test_a_word_that_fits_a_line_is_never_broken(words: list[str], cells: int) -> None:
    assert " ".join(wrap(" ".join(words), cells, 1000)).split() == words


@given(TEXTS, st.integers(2, 30), st.integers(1, 4))
def test_wrapping_gives_no_more_lines_than_asked(text: str, cells: int, lines: int) -> None:
    result = wrap(text, cells, lines)
    assert 1 <= len(result) <= lines
    assert all(cell_len(line) <= cells for line in result)


@pytest.mark.parametrize(
    ("text", "cells", "lines"),
    [
        ("a very long replacement", 15, ["a very long", "replacement"]),
        (
            "well-known upgrade/downgrade paths",
            12,
            ["well-known", "upgrade/", "downgrade", "paths"],
        ),
        ("x incomprehensibilities", 10, ["x incompre", "hensibilit", "ies"]),
        ("org.fcrepo.kernel.impl", 15, ["org.fcrepo.", "kernel.impl"]),
        ("run --with 3-4 of /usr/bin", 8, ["run", "--with", "3-4 of", "/usr/bin"]),
        ("決済の返金、実装。", 10, ["決済の返", "金、実装。"]),
        ("漢字漢字", 5, ["漢字", "漢字"]),
    ],
)
def test_where_lines_break(text: str, cells: int, lines: list[str]) -> None:
    assert wrap(text, cells, 9) == lines


# -- figures ------------------------------------------------------------------------------

HEADER = Header(1, "FC", "UTC", 9, 40, 14, None, 8, 1_421_400_000_000_000, True)


def _said(header: Header, width: int) -> str:
    line = HeaderLine(skin("dark"), UNICODE, header.name, "anna", Live.LIVE)
    line.figures = header
    left, _ = line.parts(width)
    return "".join(text for text, _ in left)


def test_figures_of_data_that_ended_say_until_when() -> None:
    assert "no activity since 16 Jan 2015 · 85% finish in ≤ 9 d" in _said(HEADER, 160)
    assert "8 done in 14 d to 16 Jan 2015" in _said(HEADER, 160)
    for width in range(60, 100):  # the rate is never without its day
        said = _said(HEADER, width)
        assert "done in" not in said or "8 done in 14 d to 16 Jan" in said
    assert "as of 16 Jan 2015 · 85% ≤ 9 d · WIP 14 · 8 done in 14 d to 16 Jan " in _said(HEADER, 85)
    assert "8 done in 14 d " in _said(HEADER._replace(ended=False), 160)


def test_a_stage_over_its_limit_is_marked_though_the_sum_is_below() -> None:
    header = HEADER._replace(ended=False, wip=20, limit=31, over=(("To review", 11, 5),))
    assert "WIP 20/31 · To review 11/5 ▲ · " in _said(header, 160)
    assert "WIP 20/31 · 1 over ▲" in _said(header, 60)
    two = header._replace(over=(("To review", 11, 5), ("Build", 4, 3)))
    assert "To review 11/5 and 1 more ▲" in _said(two, 160)
    assert header_parts(two)[2] == "WIP 20/31 (To review 11/5 ▲, Build 4/3 ▲)"


def test_without_cycle_times_it_says_of_which_days() -> None:
    header = HEADER._replace(p85=None)
    assert "no cycle times in 90 d" in _said(header, 160)
    assert "yet" not in _said(header, 160)


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_long_name_gives_way_to_the_figures(width: int) -> None:
    header = HEADER._replace(
        ended=False, name="決済プラットフォーム and all that belongs to it" * 2
    )
    said = _said(header, width)
    assert "決済" in said and "…" in said
    assert "WIP 14" in said and "8 done in 14 d" in said


async def test_heads_under_a_filter_say_how_many_of_how_many(filled: World, size: Size) -> None:
    filled.add("Done", "Ledger audit", "Card printer", "Old terms")
    async with filled.person(size=size) as anna:
        await anna.press("/")
        await anna.type("ledger")
        await anna.press("enter", "'", "5")
        anna.sees("1 of 3 in 14 d", "0 of 2/2 =")
        await anna.press("escape")
        anna.sees("3 in 14 d")
        assert " of 3" not in anna.text


# -- messages -----------------------------------------------------------------------------


async def test_a_long_message_takes_two_lines_and_gives_them_back(filled: World) -> None:
    words = "PAY-1 ended more than 14 days ago and is not on the board: here are its details"
    async with filled.person(size=(60, 24)) as anna:
        anna.screen.say(words)
        await anna.settle()
        assert " ".join(" ".join(anna.lines[-2:]).split()) == words
        await anna.pilot.resize_terminal(120, 24)
        await anna.settle()
        assert anna.lines[-1].strip() == words
        assert anna.screen.hints.size.height == 1
        await anna.pilot.resize_terminal(60, 24)
        anna.screen.say("short")
        await anna.settle()
        assert anna.lines[-1].startswith(" short") and anna.lines[-1].endswith("of 6 ▸")
        assert anna.screen.hints.size.height == 1


async def test_a_message_goes_before_the_ruler_where_both_do_not_fit(filled: World) -> None:
    async with filled.person(size=(60, 24)) as anna:
        anna.screen.say("x" * 55)
        await anna.settle()
        assert anna.lines[-1] == " " + "x" * 55


# -- help ---------------------------------------------------------------------------------


def test_help_finds_actions_without_a_key() -> None:
    rows = help_rows("theme", preset("vim"), False)
    assert [row.id for row in rows] == ["", "switch_theme"]
    assert rows[1].name.startswith("palette ")


async def test_the_theme_is_changed_from_help(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("?")
        await anna.type("theme")
        anna.sees("config.toml keeps a theme for ever.")
        await anna.press("enter", "down", "enter")
        assert anna.app.theme == "light"


async def test_help_explains_the_symbols(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("?")
        await anna.paste("↥")
        anna.sees(SYMBOLS, "blocks", "This one blocks so many unfinished items.")
        await anna.press("enter")
        anna.sees(SYMBOLS)
        await anna.press("escape", "?", *["pagedown"] * 30)
        anna.sees("cut off", "The text is longer; Enter shows it whole.")


async def test_the_row_under_the_cursor_is_told_whole(filled: World) -> None:
    async with filled.person(size=(80, 24)) as anna:
        await anna.press("?")
        await anna.type("wip limit reason")
        assert BY_ID["move_right"].help.endswith("says what could be finished first.")
        anna.sees("says what could be finished", "  first. ")


def test_the_legend_has_every_symbol_that_tells_something() -> None:
    drawn = {"bar", "cursor_bar", "separator", "dot", "at_most", "dash", "arrow", "bullet"}
    assert {name for name, *_ in LEGEND} == set(UNICODE._fields) - drawn
    assert len({mark for mark, *_ in legend(UNICODE, preset("vim"))}) == len(LEGEND)
    assert [words for _, words, _ in legend(ASCII, preset("vim"), "◷")] == ["fixed date"]
    assert legend(UNICODE, preset("vim"), "no such thing") == []
    assert all(means.endswith(".") for _, _, means in LEGEND)


def test_help_has_every_action() -> None:
    assert {row.id for row in help_rows("", preset("vim"), True)} - {""} == set(BY_ID)
    assert len(ACTIONS) == len(BY_ID)


# -- choosing -----------------------------------------------------------------------------


async def test_the_stream_chooser_goes_by_j_and_k_and_by_what_is_typed(filled: World) -> None:
    names = ("Accounts", "Cards", "Kiosk", "Loans")

    def find(text: str) -> list[Row]:
        return [Row(name, name) for name in names if text.casefold() in name.casefold()]

    async with filled.person() as anna:
        chosen: list[str | None] = []
        for keys in (("j", "j", "k", "enter"), ("l", "enter"), ("/", "k", "enter"), ("escape",)):
            await anna.app.push_screen(StreamDialog(find, preset("vim")), chosen.append)
            await anna.press(*keys)
        assert chosen == ["Cards", "Loans", "Kiosk", None]


async def test_rows_that_tell_something_are_reached_but_not_taken(filled: World) -> None:
    async with filled.person() as anna:
        rows = PickList(skin("dark"), UNICODE)
        await anna.app.screen.mount(rows)
        rows.set_rows([Row("", "Heading"), Row("a", "A"), Row("", "Told", "a text")])
        assert rows.row == Row("a", "A")
        rows.step(1)
        assert (rows.cursor, rows.row) == (2, None)
        rows.step(-5)
        assert rows.row == Row("a", "A")


async def test_texts_of_a_list_stand_one_below_the_other(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("b")
        places = {
            line.index(words)
            for line in anna.lines
            for words in ("somebody has to decide", "something is broken", "anything else")
            if words in line
        }
        assert len(places) == 1


async def test_the_text_cursor_is_seen_without_colour(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with filled.person() as anna:
        await anna.press("g")
        field = anna.app.screen.query_one(Input)
        field.cursor_blink = False
        await anna.settle()
        (line,) = field.render_lines(Region(0, 0, field.size.width, 1))
        assert any(segment.style is not None and segment.style.reverse for segment in line)


# -- details ------------------------------------------------------------------------------


async def test_details_name_the_zone_once(filled: World, size: Size) -> None:
    filled.do(BlockItem(1, BlockerKind.EXTERNAL, "the supplier of the card bodies has gone quiet"))
    filled.do(LinkItems(1, 2, LinkKind.BLOCKS))
    async with filled.person(size=size) as anna:
        await anna.press("enter")
        panel = anna.screen.parts.details.panel
        assert panel is not None
        panel.styles.height = 40
        await anna.settle()
        panel.scroll_end(animate=False)
        await anna.settle()
        assert anna.text.count("Europe/Berlin") == 1


async def test_long_links_and_blockers_hang_below_their_first_line(filled: World) -> None:
    (made,) = filled.add("Backlog", "A title that takes more than one line of the panel beside it")
    filled.do(BlockItem(1, BlockerKind.EXTERNAL, "the supplier of the card bodies has gone quiet"))
    filled.do(LinkItems(1, made, LinkKind.BLOCKS))
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("enter")
        begin = anna.board.region.right + 1
        report = [line[begin:] for line in anna.lines]
        for head in ("■ external: the", "• blocks PAY-9 A title"):
            at = next(n for n, line in enumerate(report) if line.startswith(head))
            assert report[at + 1].startswith("  ") and report[at + 1][2] != " "


def test_long_ago_is_told_in_years() -> None:
    assert ago(0, 729 * DAY) == "729 days ago"
    assert ago(0, 6295 * DAY) == "17 years ago"


# -- ASCII --------------------------------------------------------------------------------


def test_everything_that_is_drawn_has_an_ascii_twin_of_its_width() -> None:
    drawn = [char for rows in BORDER_CHARS.values() for row in rows for char in row]
    drawn += [getattr(UNICODE, name) for name in UNICODE._fields if name != "at_most"]
    drawn += list("▁▂▃▄▅▆▇█▉▊▋▌▍▎▏")
    (after,) = Plain().apply([Segment("".join(drawn))], Color(0, 0, 0))
    assert after.text.isascii()
    assert cell_len(after.text) == cell_len("".join(drawn))
    (title,) = Plain().apply([Segment("Zürich 漢字")], Color(0, 0, 0))
    assert title.text == "Zürich 漢字"


async def test_ascii_columns_have_single_edges(filled: World) -> None:
    async with filled.person(size=(80, 24), ascii_only=True) as anna:
        assert "||" not in anna.text
        anna.sees("| PAY-5")
