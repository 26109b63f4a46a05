"""Drawing, and how little of it: counts, sizes, wide and hostile text."""

from __future__ import annotations

from collections import Counter

import pytest
from rich.cells import cell_len
from textual.events import Resize
from textual.geometry import Size as Cells

from vsm.actions import ACTIONS
from vsm.model.board import Card
from vsm.model.command import (
    AddEntity,
    BlockItem,
    CommentItem,
    EditItem,
    LinkItems,
)
from vsm.model.entities import MEMBER, TEAM, VIEW
from vsm.model.item import BlockerKind, ClassOfService, LinkKind
from vsm.model.sanitise import HARMFUL
from vsm.text_width import clip, fit, wrap
from vsm.widgets.card import Shape, draw
from vsm.widgets.column import BoardColumn
from vsm.widgets.glyphs import ASCII, UNICODE
from vsm.widgets.styles import skin

from .conftest import World

Size = tuple[int, int]

HOSTILE = (
    "[/x] bracket",
    "[@click=app.quit]quit[/]",
    "\x1b]52;c;ZXZpbA==\x07clip",
    "\x1b[2J\x1b[Hclear",
    "\x9b2Jc1",
    "bidi\u202etxet",
    "zero\u200bwidth",
    "line\nbreak\ttab",
    "[red]colour",
    "back\\[slash",
)


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts the lines that columns are asked for."""
    counts: Counter[str] = Counter()
    render = BoardColumn.render_line

    def counted(column: BoardColumn, y: int) -> object:
        counts[column.head.stage.name] += 1
        return render(column, y)

    monkeypatch.setattr(BoardColumn, "render_line", counted)
    return counts


async def test_a_cursor_move_paints_two_cards_and_nothing_else(
    filled: World, size: Size, painted: Counter[str]
) -> None:
    async with filled.person(size=size) as anna:
        shape = anna.board.column.shape
        height = shape.height - shape.gap
        painted.clear()
        await anna.press("j")
        assert painted == {"Backlog": 2 * height}
        painted.clear()
        await anna.press("l")
        assert painted == {"Backlog": height, "Ready": height}


async def test_a_move_paints_no_column_that_it_does_not_touch(
    filled: World, painted: Counter[str]
) -> None:
    async with filled.person() as anna:
        painted.clear()
        await anna.press("L")
        assert set(painted) == {"Backlog", "Ready"}


async def test_painting_reads_nothing(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.add("Backlog", *[f"Item {n}" for n in range(200)])
    async with filled.person() as anna:
        reads: list[int] = []
        fetch = anna.screen.reader.cards

        def counted(*args: object) -> list[Card]:
            reads.append(1)
            return fetch(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(anna.screen.reader, "cards", counted)
        for column in anna.board.columns:
            column.refresh()
        await anna.settle()
        assert reads == []
        await anna.press(*["j"] * 60)
        assert anna.card.title.startswith("Item")
        assert len(reads) <= 8
        await anna.press("end")
        assert anna.card.title == "Item 199"
        await anna.press("pageup", "pagedown")
        assert anna.card.title == "Item 199"


async def test_a_window_holds_no_more_than_a_few_pages(world: World) -> None:
    world.begin()
    for _ in range(5):
        world.add("Backlog", *[f"Item {n}" for n in range(200)])
    async with world.person() as anna:
        anna.sees("1000")
        await anna.press("end")
        assert anna.board.index == 999
        column = anna.board.column
        assert len(column.cards) <= 5 * column.rows
        anna.sees("↑")
        await anna.press("home")
        assert anna.card.title == "Item 0"


async def test_a_narrow_board_shows_whole_columns_and_a_ruler(filled: World) -> None:
    async with filled.person(size=(80, 24)) as anna:
        anna.sees("1–3 of 6 ▸")
        for line in anna.lines[1:-1]:
            assert cell_len(line) <= 80
        await anna.press("'", "6")
        anna.sees("◂ 4–6 of 6", "Dropped")
        assert "Backlog" not in anna.text
        await anna.press("h", "h", "h", "h", "h")
        anna.sees("1–3 of 6 ▸", "Backlog")


@pytest.mark.parametrize("size", [(40, 12), (20, 8), (80, 24), (120, 40), (200, 60), (300, 90)])
async def test_every_size_shows_a_board_whose_lines_fit(filled: World, size: Size) -> None:
    filled.do(BlockItem(4, BlockerKind.EXTERNAL, "the supplier has gone quiet"))
    async with filled.person(size=size) as anna:
        for column in anna.board.columns:
            if column.size.width:
                for y in range(column.size.height):
                    assert column.render_line(y).cell_length == column.size.width
        await anna.press("j", "l", "L", "enter", "escape")


async def test_the_board_follows_a_changing_terminal(filled: World) -> None:
    async with filled.person(size=(160, 50)) as anna:
        await anna.press("'", "5")
        await anna.pilot.resize_terminal(50, 16)
        await anna.settle()
        anna.sees("Done", "of 6")
        await anna.pilot.resize_terminal(160, 50)
        await anna.settle()
        anna.sees("Backlog", "Dropped")


@pytest.mark.parametrize("above", ["", "?", "n"])
async def test_a_size_that_the_terminal_has_no_more_is_not_kept(filled: World, above: str) -> None:
    """Laying a screen out for the first of two sizes sends it that size after the second."""
    async with filled.person(size=(100, 30)) as anna:
        await anna.press(*above)
        for screen in anna.app.screen_stack:
            screen.post_message(Resize(Cells(500, 200), Cells(500, 200)))
        await anna.settle()
        assert {screen.outer_size for screen in anna.app.screen_stack} == {Cells(100, 30)}


async def test_hostile_text_is_shown_harmless_everywhere(world: World, size: Size) -> None:
    world.begin()
    world.add("Backlog", *HOSTILE, owner="[b]\x1b[31mevil", labels=["[/]", "\x1b[2J"])
    world.do(BlockItem(1, BlockerKind.OTHER, "[/x]\x1b[2J reason\u202e"))
    world.do(
        AddEntity(TEAM, {"name": "[/t]\x1b[2Jteam"}),
        AddEntity(MEMBER, {"login": "[b]\x1b[31mevil", "name": "[/n]\x1b[2Jname\u202e"}),
    )
    world.do(CommentItem(1, "[/c]\x1b[2Jsaid\u202e\nmore"), LinkItems(2, 1, LinkKind.BLOCKS))
    world.do(EditItem(2, {"team": 3, "description": "[/d]\x1b[2J\u202e"}), EditItem(1, {"team": 1}))
    world.do(AddEntity(VIEW, {"name": "[/v]\x1b[2Jview", "filter": "[/x]"}))
    async with world.person("[/x]\x1b[31mme", size=size) as anna:
        await anna.press("enter", "end")
        anna.sees("back\\[slash")
        for key in ("g", "s", "?", "x", "b", "n", "N", "e", "c", "m", "d", "V"):
            await anna.press(key)
            assert not HARMFUL.search(anna.text.replace("\n", "")), key
            await anna.type("[/x]")
            assert not HARMFUL.search(anna.text.replace("\n", "")), key
            await anna.press("escape")
            if anna.app.screen is not anna.screen:
                await anna.press("y")
        await anna.press("*", "e")
        assert not HARMFUL.search(anna.text.replace("\n", ""))
        await anna.press("escape", "H")
        anna.sees("Nothing was done", "first stage")
        assert not HARMFUL.search(anna.text.replace("\n", ""))
        await anna.press("escape", "escape")
        await anna.press("/")
        await anna.type("[@click=app.quit]")
        await anna.press("enter")
        world.do(BlockItem(2, BlockerKind.OTHER, "more \x1b[2J"), actor="\x1b]0;x\x07[/ben]")
        await anna.watch()
        assert not HARMFUL.search(anna.text.replace("\n", ""))
        anna.app.notify("[/x] \x1b[2Jtoast")
        await anna.settle()
        anna.sees("[/x]")
        assert not HARMFUL.search(anna.text.replace("\n", ""))


async def test_plain_ascii_draws_no_other_character(filled: World) -> None:
    filled.do(BlockItem(4, BlockerKind.EXTERNAL, "gone quiet"))
    async with filled.person(size=(80, 24), ascii_only=True) as anna:
        assert anna.text.isascii()
        await anna.press("'")
        assert anna.text.isascii()
        await anna.press("escape", "?")
        anna.sees("Left")


async def test_without_colour_the_cursor_and_the_limits_are_still_told(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    filled.add("Build", "Fraud rules", "Fraud report")
    async with filled.person() as anna:
        anna.sees("3/2 ▲", "2/2 =")
        column = anna.board.column
        card = [segment.style for segment in column.render_line(1)][1:-1]
        assert card
        assert all(style is not None and style.reverse for style in card)
        strip = anna.app.get_line_filters()
        segments = list(column.render_line(2))
        for entry in strip:
            segments = entry.apply(segments, anna.board.background_colors[1])
        assert all(s.style is None or s.style.color.is_default for s in segments if s.style.color)


async def test_the_theme_can_be_switched_while_the_board_is_open(filled: World) -> None:
    async with filled.person() as anna:
        before = anna.board.column.render_line(0)
        anna.app.set_look("light")
        await anna.settle()
        assert anna.app.theme == "light"
        assert anna.board.column.render_line(0) != before


async def test_an_empty_stream_says_how_to_add_an_item(world: World, size: Size) -> None:
    world.begin()
    async with world.person(size=size) as anna:
        anna.sees("No items yet", "Press n")
        await anna.press("n")
        await anna.type("The first")
        await anna.press("enter")
        assert anna.card.title == "The first"


async def test_clicks_choose_and_open_and_the_wheel_scrolls(filled: World) -> None:
    filled.add("Backlog", *[f"Item {n}" for n in range(60)])
    async with filled.person(size=(120, 40)) as anna:
        height = anna.board.column.shape.height
        backlog = anna.board.columns[0]
        await anna.pilot.click(backlog, offset=(3, 1 + height))
        await anna.settle()
        assert anna.card.key == "PAY-2"
        await anna.pilot.click(backlog, offset=(3, 1 + 2 * height), times=2)
        await anna.settle()
        assert anna.screen.parts.details.panel is not None
        anna.sees("Fee table")
        backlog.post_message(BoardColumn.Scrolled(backlog, 3))
        await anna.settle()
        assert backlog.top == 3


# -- pure drawing ---------------------------------------------------------------------


TITLES = (
    "plain",
    "",
    "a" * 300,
    "支払いフローの検証を日本語で行うための長いタイトルです",
    "👩‍👩‍👧‍👦 family 🚀 launch 🇩🇪 flag",
    "e\u0301combining " + "\u0301" * 40,
    "wide 漢 at the ende",
    *HOSTILE,
)


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("width", [2, 3, 7, 20, 25, 60])
def test_a_card_is_exactly_as_wide_as_it_should_be(title: str, width: int) -> None:
    for service in ClassOfService:
        for shape in (Shape(1, 0), Shape(2, 1)):
            card = Card(
                1,
                "PAY-1",
                title,
                1,
                1,
                "bug",
                service,
                "anna.kern",
                "risk & 支払い",
                0,
                12,
                9,
                BlockerKind.DECISION,
                title,
                2,
                1,
                idle=7,
                due="2026-03-01",
                due_in=-3,
            )
            for selected in (False, True):
                name = "ansi" if selected else "dark"
                strips = draw(card, width, shape, selected, skin(name), UNICODE)
                assert len(strips) == shape.height
                for strip in strips:
                    assert strip.cell_length == width
                    assert sum(cell_len(s.text) for s in strip) == width
                    assert not HARMFUL.search(strip.text)


@pytest.mark.parametrize("text", TITLES)
def test_clipped_and_wrapped_text_keeps_within_its_cells(text: str) -> None:
    for cells in (0, 1, 2, 5, 11, 40):
        assert cell_len(clip(text, cells)) <= cells
        assert cell_len(fit(text, cells)) == cells
        for line in wrap(text, cells, 3):
            assert cell_len(line) <= max(cells, 0)


def test_wrapping_breaks_at_spaces_and_marks_what_is_cut() -> None:
    assert wrap("Token vault rotation", 12, 2) == ["Token vault", "rotation"]
    assert wrap("Token vault rotation again", 12, 2) == ["Token vault", "rotation ag…"]
    assert wrap("", 12, 2) == [""]


@pytest.mark.parametrize(("width", "shape"), [(19, Shape(2, 1)), (26, Shape(1, 0))])
def test_a_card_that_waits_on_another_team_says_on_whom(width: int, shape: Shape) -> None:
    card = Card(
        *(1, "CARD-180", "Customers block payments", 1, 1, "feature", ClassOfService.STANDARD),
        *("ines.roth", "Cards", 0, 26, None, BlockerKind.DEPENDENCY, "an event of theirs", 1, 0),
        waits_on=("Ledger",),
        initials="ir",
    )
    text = "\n".join(s.text for s in draw(card, width, shape, False, skin("dark"), UNICODE))
    assert "Ledger" in text and "■" in text and "ir" in text


def _with_times(**fields: object) -> str:
    card = Card(
        *(1, "PAY-1", "Ledger split", 1, 1, "bug", ClassOfService.STANDARD, "anna.kern", "core"),
        *(0, 12, None, None, "", 0, 0),
    )._replace(**fields)
    strips = draw(card, 30, Shape(1, 0), False, skin("dark"), UNICODE)
    return strips[2].text


def test_a_card_that_is_likely_late_has_its_mark_before_the_age() -> None:
    card = Card(
        *(1, "PAY-1", "Ledger split", 1, 1, "bug", ClassOfService.STANDARD, "anna.kern", "core"),
        *(0, 12, None, BlockerKind.OTHER, "", 0, 0),
        is_at_risk=True,
    )
    strips = draw(card, 30, Shape(1, 0), False, skin("dark"), UNICODE)
    assert strips[0].text.endswith("■ ◔ 12d")
    assert draw(card, 30, Shape(1, 0), False, skin("dark"), ASCII)[0].text.endswith("# ? 12d")


def test_a_card_shows_days_in_stage_and_the_due_date_on_its_third_line() -> None:
    assert _with_times(idle=5).endswith(" 5d here")
    assert "here" not in _with_times(idle=12), "the age says it already"
    assert _with_times(idle=12, due="2026-12-03", due_in=9).endswith("k           due 3 Dec")
    assert _with_times(due="2026-12-03", due_in=-1).endswith(" !due 3 Dec"), "a sign, no colour"
    assert _with_times(due="2028-12-03", due_in=800).endswith(" due 3 Dec 2028")
    assert _with_times(idle=5, due="2026-12-03", due_in=9).endswith("  due 3 Dec 5d here")
    both = _with_times(idle=5, due="2026-12-03", due_in=9, waits_for=12, waited_by=10)
    assert both.startswith("▌core") and "↧12↥10 due 3 Dec" in both and "here" not in both


def test_both_sets_of_symbols_are_one_cell_wide() -> None:
    for name in UNICODE._fields:
        assert cell_len(getattr(UNICODE, name)) == 1, name
        ascii_symbol = getattr(ASCII, name)
        assert ascii_symbol.isascii()
        assert cell_len(ascii_symbol) == 1 or name == "at_most"


def test_the_registry_is_plain_data() -> None:
    for action in ACTIONS:
        assert action.label
        assert action.help.endswith(".")
