"""Dialogs take the room that there is and no more; what follows is counted at their end."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from tests.tui.conftest import Person, World
from vsm.screens.dialogs import TextDialog
from vsm.widgets.pick_list import PickList


async def _read(person: Person, lines: int) -> tuple[int, int, int]:
    """Open a text of so many lines: lines shown, and rows free below the keys and in the box."""
    text = "\n".join(f"line {n}" for n in range(lines))
    person.app.push_screen(TextDialog[bool]("A text", text, "{cancel}: close"))
    await person.settle()
    screen = person.app.screen
    box, keys = screen.query_one("#box"), screen.query(Static).last()
    return (
        screen.query_one("#report").size.height,
        box.content_region.bottom - keys.region.bottom,
        box.outer_size.height,
    )


async def test_a_long_text_fills_a_low_terminal_and_hides_no_line_for_nothing(
    filled: World,
) -> None:
    async with filled.person(size=(80, 24)) as person:
        shown, free, _ = await _read(person, 60)
        assert shown >= 17
        assert free == 0


async def test_a_short_text_has_a_short_box(filled: World) -> None:
    async with filled.person(size=(200, 60)) as person:
        shown, free, height = await _read(person, 6)
        assert (shown, free, height) == (6, 0, 10)


async def test_a_text_of_a_screenful_uses_a_high_terminal(filled: World) -> None:
    async with filled.person(size=(200, 60)) as person:
        shown, free, _ = await _read(person, 50)
        assert (shown, free) == (50, 0)


async def test_a_list_is_as_high_as_it_is_long_and_grows_with_what_is_found(
    filled: World,
) -> None:
    async with filled.person(size=(200, 60)) as person:
        await person.press("s")
        assert person.app.screen.query_one("#box").outer_size.height < 16
        await person.press("escape", "question_mark")
        box, rows = (person.app.screen.query_one(name) for name in ("#box", PickList))
        assert box.outer_size.width == 140
        assert rows.size.height > 40
        await person.app.pop_screen()
        await person.press("g")
        rows = person.app.screen.query_one(PickList)
        before = rows.size.height
        filled.add("Backlog", *(f"Gift card {n}" for n in range(20)))
        await person.type("gift")
        assert rows.size.height >= 20 > before


async def test_links_are_listed_without_an_empty_screen_below_them(filled: World) -> None:
    async with filled.person(size=(200, 60)) as person:
        await person.press("d")
        assert person.app.screen.query_one("#box").outer_size.height < 20


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_the_count_of_rows_that_follow_moves_no_column(
    filled: World, size: tuple[int, int]
) -> None:
    async with filled.person(size=size) as person:
        await person.press("question_mark")
        rows = person.app.screen.query_one(PickList)
        last = rows.size.height - 1
        if rows.rows[last].heading:
            rows.step(last)
            last -= 1
        lines = ["".join(s.text for s in rows.render_line(y)) for y in (1, last)]
        texts = [rows.rows[rows.top + y].text[:9] for y in (1, last)]
        assert "more" in lines[1]
        assert lines[0].rindex(texts[0]) == lines[1].rindex(texts[1])
