"""Columns fold to narrow strips, so that more of the board fits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from vsm.model.command import CreateStream, NewStage
from vsm.model.stream import Category
from vsm.widgets.visible_columns import FOLDED, first_with, run_of, widths

from .conftest import Person, World

Size = tuple[int, int]


def names_down(person: Person, name: str) -> bool:
    """Whether a name stands downwards in a column of its own on the screen."""
    rows = [line.ljust(200) for line in person.lines]
    return any(name in "".join(row[x] for row in rows) for x in range(200))


async def test_f_folds_the_column_to_a_strip_with_its_count_and_name(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("l", "f")
        column = anna.board.column
        assert (column.head.stage.name, column.size.width) == ("Ready", FOLDED)
        assert column.render_line(0).text.strip().startswith("2")
        assert names_down(anna, "Ready")
        assert "3DS" not in anna.text
        for line in anna.lines:
            assert cell_len(line) <= size[0]


async def test_f_again_opens_the_column_with_the_cursor_where_it_was(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("j", "j", "f")
        assert anna.board.card is None
        await anna.press("f")
        assert anna.card.key == "PAY-3"


async def test_enter_opens_a_folded_column_too(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("f", "enter")
        assert anna.card.key == "PAY-1"
        assert anna.screen.parts.details.panel is None


async def test_a_folded_column_still_tells_that_it_is_over_its_limit(
    filled: World, size: Size
) -> None:
    filled.add("Build", "Fraud rules", "Fraud report")
    async with filled.person(size=size) as anna:
        await anna.press("'", "3", "f")
        strip = anna.board.column
        assert strip.head.stage.name == "Build"
        assert strip.render_line(0).text.strip().startswith("3")
        assert "▲" in strip.render_line(1).text
        await anna.press("l")
        style = next(iter(strip.render_line(1))).style
        assert style == anna.app.skin.plain.bad


async def test_folding_makes_room_for_more_columns_at_80_cells(filled: World) -> None:
    async with filled.person(size=(80, 24)) as anna:
        anna.sees("1–3 of 6")
        await anna.press("f", "l", "f")
        anna.sees("1–5 of 6")
        await anna.press("'", "6", "f")
        assert "of 6" not in anna.text
        anna.sees("Build", "Review", "Done")


async def test_the_cursor_goes_through_a_folded_column_and_keeps_its_row(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("'", "3", "f", "h", "j")
        assert anna.card.key == "PAY-4"
        await anna.press("l")
        assert anna.stage == "Build"
        assert anna.board.card is None
        await anna.press("j", "x")
        anna.sees("Build is folded")
        await anna.press("l")
        assert anna.card.key == "PAY-8"


async def test_an_item_moves_on_through_a_folded_column(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("l", "f", "h", "L")
        assert anna.stage == "Ready"
        anna.sees("moved PAY-1 from Backlog to Ready")
        await anna.press("L")
        assert (anna.stage, anna.card.key) == ("Build", "PAY-1")


async def test_a_click_on_a_strip_opens_it(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("l", "f", "h")
        await anna.pilot.click(anna.board.columns[1], offset=(1, 5))
        await anna.settle()
        assert not anna.board.columns[1].folded
        assert anna.stage == "Ready"


async def test_all_columns_can_be_folded_and_opened_again(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        for number in "123456":
            await anna.press("'", number, "f")
        assert all(c.size.width == FOLDED for c in anna.board.columns)
        for number in "123456":
            await anna.press("'", number, "f")
        assert not any(c.folded for c in anna.board.columns)
        anna.sees("Review", "Dropped")


async def test_each_stream_keeps_its_own_folds_for_the_session(filled: World) -> None:
    other = (NewStage("To do", Category.BACKLOG), NewStage("Done", Category.DONE))
    filled.do(CreateStream("Web", other, "UTC", "WEB"))
    async with filled.person(stream="Card issuing") as anna:
        await anna.press("f", "s")
        await anna.type("Web")
        await anna.press("enter")
        assert anna.screen.stream.name == "Web"
        assert not any(c.folded for c in anna.board.columns)
        await anna.press("s")
        await anna.type("Card")
        await anna.press("enter")
        assert [c.folded for c in anna.board.columns] == [True, False, False, False, False, False]
        assert anna.stage == "Ready"


async def test_a_folded_column_is_ascii_where_that_is_asked_for(filled: World) -> None:
    filled.add("Build", "Fraud rules", "Fraud report")
    async with filled.person(size=(80, 24), ascii_only=True) as anna:
        await anna.press("'", "3", "f")
        assert anna.text.isascii()
        assert "^" in anna.board.column.render_line(1).text


async def test_a_wide_name_folds_without_breaking_a_line(world: World) -> None:
    world.stream = (
        world.do(
            CreateStream(
                "支払い",
                (
                    NewStage("検証中の仕事", Category.ACTIVE),
                    NewStage("👩‍👩‍👧‍👦 e\u0301", Category.DONE),
                ),
                "UTC",
                "PAY",
            )
        )
        .changes[0]
        .stream
        or 0
    )
    async with world.person(size=(80, 24)) as anna:
        await anna.press("f", "l", "f")
        for column in anna.board.columns:
            for y in range(column.size.height):
                assert column.render_line(y).cell_length == FOLDED


async def test_what_others_do_in_a_folded_column_changes_its_count(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("f", "l")
        filled.add("Backlog", "One more")
        await anna.watch()
        assert anna.board.columns[0].render_line(0).text.strip().startswith("4")


# -- the arithmetic ---------------------------------------------------------------------


def test_how_many_columns_fit() -> None:
    assert len(run_of(80, [False] * 8, 0)) == 3
    assert len(run_of(120, [False] * 8, 0)) == 6
    assert len(run_of(200, [False] * 8, 0)) == 8
    assert len(run_of(10, [False] * 8, 0)) == 1
    assert len(run_of(80, [], 0)) == 0


@given(st.integers(1, 300), st.lists(st.booleans(), min_size=1, max_size=30), st.data())
def test_the_shown_columns_fill_the_width_and_hold_the_cursor(
    width: int, folded: list[bool], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(folded) - 1))
    x = data.draw(st.integers(0, len(folded) - 1))
    run = run_of(width, folded, first_with(x, width, folded, first))
    assert x in run
    cells = widths(width, [folded[at] for at in run])
    if not all(folded[at] for at in run):
        assert sum(cells) == max(width, FOLDED * sum(folded[at] for at in run) + 1)
    if len(run) > 1:
        assert all(
            cell == FOLDED if folded[at] else cell >= 20
            for at, cell in zip(run, cells, strict=True)
        )
    # Nothing that would fit is left out.
    used = sum(FOLDED if folded[at] else 24 for at in run)
    for at in (run.start - 1, run.stop):
        if 0 <= at < len(folded):
            assert used + (FOLDED if folded[at] else 24) > width
