"""Presence in the header, on cards and in a list; following somebody's cursor."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from vsm.database_files import presence_path
from vsm.model.command import AddEntity, CreateStream, MoveItem
from vsm.model.entities import MEMBER
from vsm.presence import PresenceClient, clock, who_is_here
from vsm.screens import colleagues
from vsm.store.presence import PresenceFile

from .conftest import STAGES, Person, World

Size = tuple[int, int]


async def pair(
    world: World, stack: AsyncExitStack, size: Size = (120, 40)
) -> tuple[Person, Person]:
    """Anna and Ben at one board, who see each other."""
    anna = await stack.enter_async_context(world.person("anna", size, presence=True))
    ben = await stack.enter_async_context(world.person("ben.kern", size, presence=True))
    await see_each_other(anna, ben)
    return anna, ben


async def see_each_other(*people: Person) -> None:
    """Everybody says where they are, then everybody looks."""
    for person in people * 2:
        await person.look_around()


async def test_initials_stand_in_the_header_and_on_the_card(filled: World, size: Size) -> None:
    async with filled.person("anna", size, presence=True) as anna:
        async with filled.person("ben.kern", size, presence=True) as ben:
            await see_each_other(anna, ben)
            assert "with bk" in anna.lines[0] and "with an" in ben.lines[0]
            anna.sees("PAY-1 ·bk")
            ben.sees("PAY-1 ·an")
            await ben.press("l")
            await see_each_other(ben, anna)
            anna.sees("PAY-5 !expedite ·bk")
            assert "PAY-1 ·bk" not in anna.text
        await anna.look_around()
        assert "bk" not in anna.text


async def test_ascii_and_the_initials_of_a_member(filled: World) -> None:
    filled.do(AddEntity(MEMBER, {"login": "ben.kern", "name": "Ben Kern", "initials": "BX"}))
    async with (
        filled.person("anna", presence=True, ascii_only=True) as anna,
        filled.person("ben.kern", presence=True) as ben,
    ):
        await see_each_other(anna, ben)
        anna.sees("PAY-1 -BX")
        assert "with BX" in anna.lines[0]


@pytest.mark.parametrize("columns", [80, 84, 92, 100, 120])
async def test_nobody_is_cut_while_there_is_room(filled: World, columns: int) -> None:
    async with (
        filled.person("clara.stein", (columns, 24), presence=True) as clara,
        filled.person("ben", (columns, 24), presence=True) as ben,
        filled.person("ben2", (columns, 24), presence=True) as other,
    ):
        await see_each_other(clara, ben, other)
        assert "with be be2  clara.stein ●" in clara.lines[0]
        assert "with be2 cs  ben ●" in ben.lines[0]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("anna", "with bea ben bes cl +3  anna ●"),
        ("anna.von.der.alm", "+7·anna.von.der.alm ●"),
    ],
)
async def test_a_narrow_header_counts_others_and_not_as_if_they_had_ones_own_name(
    filled: World, name: str, shown: str
) -> None:
    people = ("ben", "bea", "bess", "cleo", "dora", "emil", "fred")
    async with AsyncExitStack() as stack:
        anna = await stack.enter_async_context(filled.person(name, (60, 24), presence=True))
        await anna.look_around()
        file = PresenceFile(filled.path, create=True, patience=1)
        own = who_is_here(filled.path)[0]
        for name in people:
            file.write(own._replace(session=name, actor=name))
        file.close()
        await anna.look_around()
        assert shown in anna.lines[0]


async def test_boards_of_ones_own_are_nobody_else(filled: World) -> None:
    async with (
        filled.person("anna", presence=True) as one,
        filled.person("anna", presence=True) as two,
    ):
        await see_each_other(one, two)
        assert "with" not in one.lines[0] and "·an" not in two.text
        await two.press("P")
        two.sees("Nobody else is here")
        assert len(who_is_here(filled.path)) == 2


async def test_who_hides_shows_nobody_and_a_read_only_board_has_none(filled: World) -> None:
    async with (
        filled.person("anna", presence=True) as anna,
        filled.person("ben", presence=False) as ben,
        filled.person("carl", presence=True, read_only=True) as carl,
    ):
        await see_each_other(anna)
        await anna.look_around()
        assert [person.actor for person in who_is_here(filled.path)] == ["anna"]
        assert "with" not in anna.lines[0]
        await ben.press("P")
        ben.sees(
            "Presence is off: presence = false in config.toml", 'press : and run "Show me again"'
        )
        await carl.press("P")
        carl.sees("Others are not shown where nothing can be changed. This board is read-only")
        assert not carl.app.colleagues.is_on


async def test_somebody_hides_in_a_session_and_comes_back(filled: World) -> None:
    async with AsyncExitStack() as stack:
        anna, ben = await pair(filled, stack)
        await ben.press("ctrl+p")
        await ben.type("hide from")
        await ben.press("enter")
        ben.sees(
            "Nobody sees that you are here, and you see nobody", 'press : and run "Show me again"'
        )
        await ben.press("P")
        ben.sees('You hide from others, so you see nobody. To come back: press : and run "Show me')
        assert "with" not in ben.lines[0] and "·an" not in ben.text
        await anna.look_around()
        assert "bk" not in anna.text and len(who_is_here(filled.path)) == 1
        await ben.press("ctrl+p")
        await ben.type("show me")
        ben.sees("Show me again")
        assert "Hide from others" not in ben.text
        await ben.press("enter")
        await see_each_other(ben, anna)
        anna.sees("PAY-1 ·bk")
        ben.sees("PAY-1 ·an")


async def test_hostile_names_are_inert(filled: World, size: Size) -> None:
    file = PresenceFile(filled.path, create=True, patience=1)
    client = PresenceClient(filled.path, "x" * 16)
    async with filled.person("anna", size, presence=True) as anna:
        await anna.look_around()
        own = who_is_here(filled.path)[0]
        for n, name in enumerate(("[red]a\x1b[2J", "\u202eb", "c" * 500, "\x1b]52;c;x\x07")):
            file.write(own._replace(session=f"s{n}", actor=name, host="\x9b31m", screen="\x1bc"))
        await anna.look_around()
        await anna.press("P")
        anna.sees("Who is here", "[red]a")
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(anna.text)
        await anna.press("escape")
        anna.sees("PAY-1")
    file.close()
    client.close()


async def test_following_goes_where_the_cursor_goes_and_writes_nothing(
    filled: World, size: Size
) -> None:
    async with AsyncExitStack() as stack:
        anna, ben = await pair(filled, stack, size)
        await ben.press("l", "l")
        await see_each_other(ben, anna)
        await anna.press("P")
        anna.sees("Who is here", "ben.kern", "board · Card issuing")
        await anna.press("enter")
        assert anna.card.key == "PAY-6"
        anna.sees("Following ben.kern · Esc: stop")
        await see_each_other(anna, ben)
        ben.sees("anna follows you")
        await ben.press("l", "j")
        await see_each_other(ben, anna)
        assert (anna.stage, anna.card.key) == ("Review", "PAY-8")
        await anna.press("L")
        assert anna.app.colleagues.following is None
        anna.sees("You no longer follow ben.kern")
        assert "PAY-8" in anna.column("Review"), "the key has only ended it"
        await see_each_other(anna, ben)
        assert "▸" not in ben.lines[0] and "follows" not in ben.lines[0]


@pytest.mark.parametrize("key", ["escape", "j", "left", "home", "/", "3"])
async def test_any_key_of_ones_own_ends_it(filled: World, key: str) -> None:
    async with AsyncExitStack() as stack:
        anna, ben = await pair(filled, stack)
        await anna.press("P", "enter")
        assert anna.app.colleagues.following is not None
        await anna.press("enter")
        assert anna.app.colleagues.following is not None, "details may be looked at"
        await anna.press(key)
        assert anna.app.colleagues.following is None
        await ben.press("l", "l")
        await see_each_other(ben, anna)
        assert anna.card.key != "PAY-6"


async def test_following_goes_to_another_stream(filled: World) -> None:
    filled.do(CreateStream("Onboarding", STAGES, "UTC", "ONB"))
    async with filled.person("anna", presence=True, stream="Card issuing") as anna:
        async with filled.person("ben", presence=True, stream="Onboarding") as ben:
            await see_each_other(ben, anna)
            await anna.press("P", "enter")
            await see_each_other(ben, anna)
            assert anna.screen.stream.name == "Onboarding"
            await anna.look_around()
            anna.sees("Following ben · Esc: stop")
            await ben.press("q")
        await anna.look_around()
        anna.sees("ben has left")
        assert anna.app.colleagues.following is None


async def test_what_the_filter_hides_is_said_and_the_cursor_stays(filled: World) -> None:
    async with (
        filled.person("anna", presence=True, query="stage:Backlog") as anna,
        filled.person("ben", presence=True) as ben,
    ):
        await ben.press("l")
        await see_each_other(ben, anna)
        await anna.press("P", "enter")
        anna.sees("Following ben (at PAY-5, which this board does not show)")
        assert anna.card.key == "PAY-1"


async def test_following_from_figures_comes_back_to_the_board(filled: World) -> None:
    async with AsyncExitStack() as stack:
        anna, ben = await pair(filled, stack)
        await ben.press("3")
        await see_each_other(ben, anna)
        await anna.press("4", "P")
        anna.sees("ben.kern", "flow")
        await anna.press("enter")
        assert anna.app.screen is anna.screen
        anna.sees("Following ben.kern (on Flow) · Esc: stop")
        await ben.press("q")
        await see_each_other(ben, anna)
        anna.sees("Following ben.kern · Esc: stop")


async def test_the_line_of_following_comes_back_after_another_message(filled: World) -> None:
    async with AsyncExitStack() as stack:
        anna, _ = await pair(filled, stack)
        await anna.press("P", "enter")
        anna.screen.say("Something else")
        anna.screen._clear_message()
        assert "Following" not in anna.text
        anna.app.colleagues.tick()
        await anna.settle()
        anna.sees("Following ben.kern · Esc: stop")


@pytest.mark.parametrize("word", ["colleague", "presence", "follow"])
async def test_the_palette_and_help_find_others(filled: World, word: str) -> None:
    async with filled.person(presence=True) as anna:
        await anna.press("ctrl+p")
        await anna.type(word)
        anna.sees("Show who is here, and follow somebody")
        await anna.press("escape", "?")
        await anna.type("others")
        anna.sees("Others", "Show the changes by others", "Hide from others")


async def test_a_click_ends_it(filled: World) -> None:
    async with AsyncExitStack() as stack:
        anna, _ = await pair(filled, stack)
        await anna.press("P", "enter")
        await anna.pilot.click(offset=anna.at("PAY-6"))
        await anna.settle()
        assert anna.app.colleagues.following is None and anna.card.key == "PAY-6"


async def test_a_place_is_said_once_the_cursor_rests_and_not_too_often(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def item() -> int | None:
        return who_is_here(filled.path)[0].item

    async def tick(anna: Person) -> None:
        anna.app.colleagues.tick()
        await anna.settle()

    async with filled.person("anna", presence=True) as anna:
        await tick(anna)
        assert item() == 1, "that somebody is there is said at once"
        await anna.press("j")
        await tick(anna)
        assert item() == 1
        await tick(anna)
        assert item() == 2
        monkeypatch.setattr(colleagues, "PAUSE", 3600.0)
        await anna.press("j")
        await tick(anna)
        await tick(anna)
        assert item() == 2
        monkeypatch.setattr(colleagues, "BEAT", 0.0)
        await tick(anna)
        assert item() == 3, "and again after a while, so that it does not expire"


async def test_where_nobody_writes_the_file_is_not_read(filled: World) -> None:
    async with AsyncExitStack() as stack:
        anna, ben = await pair(filled, stack)
        await see_each_other(anna, ben)
        for _ in range(3):
            await anna.look_around()
        before = anna.app.colleagues.task
        await anna.look_around()
        assert anna.app.colleagues.task is before
        await ben.press("j")
        await ben.look_around()
        await anna.look_around()
        assert anna.app.colleagues.task is not before


async def test_nothing_is_painted_where_nobody_moves(filled: World) -> None:
    async with AsyncExitStack() as stack:
        anna, ben = await pair(filled, stack)
        await see_each_other(anna, ben)
        painted: list[object] = []
        anna.screen.header.refresh = painted.append  # type: ignore[assignment,method-assign]
        for column in anna.board.columns:
            column.refresh = lambda *regions: painted.append(regions)  # type: ignore[method-assign,assignment]
        await see_each_other(ben, anna)
        assert painted == []


async def test_the_file_is_no_part_of_the_journal_and_goes_with_nothing(filled: World) -> None:
    async with AsyncExitStack() as stack:
        anna, ben = await pair(filled, stack)
        before = anna.screen.reader.position()
        await ben.press("j", "j")
        await see_each_other(ben, anna)
        assert anna.screen.reader.position() == before
        filled.do(MoveItem(1, filled.stages["Ready"]), actor="carl")
        await anna.watch()
        assert presence_path(filled.path).exists()
        assert all(abs(person.seen - clock()) < 60_000_000 for person in anna.app.colleagues.people)
