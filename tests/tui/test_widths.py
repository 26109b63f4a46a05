"""Whatever letters people use, no line is wider or narrower than its place."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.strip import Strip

from vsm.keymap import preset
from vsm.model.board import Card, Column, Header
from vsm.model.command import (
    AddEntity,
    BlockItem,
    CreateStream,
    LinkItems,
    NewStage,
)
from vsm.model.entities import TEAM
from vsm.model.item import BlockerKind, ClassOfService, LinkKind
from vsm.model.sanitise import HARMFUL
from vsm.model.stream import Category, LimitKind, Stage
from vsm.text_width import clip, fit, fold, graphemes, shown, width_of, wrap
from vsm.widgets.card import Shape, draw
from vsm.widgets.choice import Choice
from vsm.widgets.column_head import folded_line, head_line
from vsm.widgets.glyphs import ASCII, UNICODE
from vsm.widgets.pick_list import PickList, Row
from vsm.widgets.sanitise_filter import settled
from vsm.widgets.status_bars import Bar, HeaderLine, HintLine, Live
from vsm.widgets.styles import skin

from .conftest import World

PIECES = (
    "a",
    "Fee table",
    " ",
    "支払い",
    "検証",
    "ｱ",
    "한국",
    "Ａ",
    "é",
    "e\u0301",
    "\u0301",
    "क्षि",
    "ก็",
    "שלום",
    "مرحبا",
    "🚀",
    "👩‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🇩🇪",
    "🇩",
    "👍🏽",
    "❤️",
    "❤︎",
    "☎",
    "1️⃣",
    "\ufe0f",
    "\u200d",
    "ﷺ",
    "…",
    "\t",
    "\n",
    "\x1b[2J",
    "\u202e",
    "-",
    "/",
)
"""CJK, half and full width, combining marks, emoji with joiners, flags and selectors, hostile."""

texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=20)


def whole(strip: Strip, cells: int) -> None:
    """A line takes exactly ``cells``, by its own count and by that of its text."""
    assert strip.cell_length == cells
    assert sum(cell_len(segment.text) for segment in strip) == cells
    assert not HARMFUL.search(strip.text)


@given(texts, st.integers(0, 60))
def test_text_is_clipped_fitted_and_wrapped_by_cells(text: str, cells: int) -> None:
    assert cell_len(clip(text, cells)) <= cells
    assert cell_len(fit(text, cells)) == cells
    for line in wrap(text, cells, 3):
        assert cell_len(line) <= cells
    for line in fold(text, max(2, cells)):
        assert cell_len(line) <= max(2, cells)
    assert width_of("".join(graphemes(text))) == width_of(clip(text, 10_000))


def test_wide_lines_keep_names_whole_and_narrow_ones_break_them() -> None:
    text = "Controls that come with vsm and are not set: chg-emergency chg-order inc-tracked"
    lines = wrap(text, 74, 3)
    assert [line.split()[-1] for line in lines] == ["chg-order", "inc-tracked"]
    assert wrap("Payment-reconciliation report", 20, 3) == ["Payment-", "reconciliation", "report"]
    assert wrap("x" * 30 + "-" + "y" * 30, 50, 3) == ["x" * 30 + "-", "y" * 30]


@given(texts, texts, texts, texts, st.integers(2, 60), st.booleans(), st.booleans())
def test_a_card_is_as_wide_as_its_place(
    title: str, owner: str, team: str, reason: str, cells: int, selected: bool, plain: bool
) -> None:
    card = Card(
        1,
        "PAY-1",
        title,
        1,
        1,
        "bug",
        ClassOfService.EXPEDITE,
        owner or None,
        team or None,
        0,
        12,
        None,
        BlockerKind.EXTERNAL if reason else None,
        reason,
        2,
        1,
    )
    glyphs = ASCII if plain else UNICODE
    for shape in (Shape(1, 0), Shape(2, 1)):
        for strip in draw(card, cells, shape, selected, skin("dark"), glyphs):
            whole(strip, cells)


@given(texts, st.integers(2, 60), st.integers(0, 200_000), st.booleans(), st.booleans())
def test_the_head_of_a_column_is_as_wide_as_the_column(
    name: str, cells: int, wip: int, folded: bool, aimed: bool
) -> None:
    stage = Stage(
        id=1,
        name=name,
        category=Category.ACTIVE,
        position=1,
        limit=6,
        limit_kind=LimitKind.SOFT,
    )
    head, inks = Column(stage, None, wip, wip), skin("dark").bar
    if folded:
        for y in range(-1, 11):
            assert cell_len(folded_line(head, y, 10, 3, "", inks, UNICODE).text) == 3
    else:
        line = head_line(head, cells, "", inks, UNICODE, aimed)
        assert sum(cell_len(segment.text) for segment in line) == cells


class Sized:
    """Gives a widget a size without a screen."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch = monkeypatch

    def __call__(self, kind: type, width: int) -> None:
        from textual.geometry import Size

        self.patch.setattr(kind, "size", property(lambda _: Size(width, 5)))


@settings(max_examples=60)
@given(texts, texts, st.integers(10, 120))
def test_lines_rows_and_choices_are_as_wide_as_their_places(
    one: str, other: str, cells: int
) -> None:
    figures = Header(1, one, "UTC", 4, 9, 3, 2, 5, 0, True)
    keys = preset("vim")
    with pytest.MonkeyPatch.context() as patch:
        sized = Sized(patch)
        for kind in (Bar, PickList, Choice):
            sized(kind, cells)
        header = HeaderLine(skin("dark"), UNICODE, one, other, Live.LIVE)
        header.figures = figures
        whole(header.render_line(0), cells)
        hints = HintLine(skin("dark"), UNICODE, keys)
        hints.message = one
        whole(hints.render_line(0), cells)
        rows = PickList(skin("dark"), UNICODE, one)
        whole(rows.render_line(0), cells)
        rows.rows = (Row("1", one, other, one), Row("", other), Row("", one, other))
        for y in range(4):
            whole(rows.render_line(y), cells)
        whole(Choice([one], skin("dark"), UNICODE, "choice").render_line(0), cells)


@given(texts)
def test_what_is_drawn_has_the_cells_that_were_reckoned_with(text: str) -> None:
    line = shown(text)
    drawn = settled(line)
    assert cell_len(drawn) == cell_len(line)
    assert not re.search("[\ufe0e\ufe0f]|(?<=[👍👩])[\U0001f3fb-\U0001f3ff]", drawn)


def test_selectors_and_tones_leave_the_picture_and_a_space() -> None:
    assert settled("❤️ 1️⃣ 👍🏽!") == "❤  1\u20e3  👍!"
    assert settled("🏽 支払い 👩‍👩‍👧‍👦") == "🏽 支払い 👩‍👩‍👧‍👦"
    assert shown("a\u200db 👩‍👩‍👧‍👦 \u200d") == "ab 👩‍👩‍👧‍👦 "


NAMES = ("支払い検証 👩‍👩‍👧‍👦", "🇩🇪🇫🇷 flags", "e\u0301e\u0301 \u0301\u0301", "한국 Ａｱ", "❤️1️⃣👍🏽")


@pytest.mark.parametrize("keys", ["", "enter", "?", "s", "f", "b", "'"])
async def test_the_whole_screen_keeps_its_width_with_wide_names_everywhere(
    world: World, size: tuple[int, int], keys: str
) -> None:
    stages = (
        *(NewStage(name, Category.ACTIVE, 1) for name in NAMES),
        NewStage("終わり", Category.DONE),
    )
    done = world.do(
        CreateStream("価値の流れ 🚀", stages, "UTC", "PAY"),
        AddEntity(TEAM, {"name": "検証チーム 👩‍👩‍👧‍👦"}),
    )
    assert done
    async with world.person(size=size) as reader:
        stream = reader.screen.stream
    world.stream = stream.id
    world.stages = {stage.name: stage.id for stage in stream.stages}
    for name in NAMES:
        world.add(name, *NAMES, owner="花子", labels=["ラベル🇩🇪"], description="説明 👍🏽\n" * 3)
    world.do(BlockItem(1, BlockerKind.OTHER, "理由 🏳️‍🌈 " * 4), LinkItems(1, 2, LinkKind.BLOCKS))
    async with world.person("花子", size=size) as anna:
        if keys:
            await anna.press(keys)
        for strip in anna.app.screen._compositor.render_strips():
            assert strip.cell_length == size[0]
            assert cell_len(strip.text) == size[0]


@pytest.mark.parametrize("size", [(120, 40), (160, 50), (200, 60), (240, 60)])
async def test_the_dates_of_the_details_do_not_touch_the_next_field(
    filled: World, size: tuple[int, int]
) -> None:
    later = time.time_ns() // 1000 + 271 * 24 * 3600 * 1_000_000
    async with filled.person(size=size, now=lambda: later) as anna:
        await anna.press("enter")
        (line,) = [line for line in anna.lines if " Created " in line]
        assert re.search(r"271 days ago( {1,}Started|$)", line.rstrip()), line


@pytest.mark.parametrize("minutes", [0, 5, 13, 45, 23 * 60 + 50, 271 * 24 * 60, 3000 * 24 * 60])
async def test_the_details_have_two_columns_however_old_an_item_is(
    filled: World, minutes: int
) -> None:
    later = time.time_ns() // 1000 + minutes * 60 * 1_000_000
    async with filled.person(size=(80, 24), now=lambda: later) as anna:
        await anna.press("enter")
        anna.sees("Team        none")
        (line,) = [line for line in anna.lines if " Created " in line]
        assert "Started" in line, line
