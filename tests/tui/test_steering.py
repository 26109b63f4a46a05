"""WIP limits and policies of a column, changed where one sees them."""

from __future__ import annotations

from vsm.model import command as c
from vsm.model.item import ClassOfService
from vsm.model.stream import EdgeKind, LimitKind, Stage

from .conftest import Person, World
from .test_organisation import EVIL, over, stream_of

Size = tuple[int, int]


def stage(world: World, name: str) -> Stage:
    result = stream_of(world).find(name)
    assert result is not None
    return result


async def go(person: Person, name: str) -> None:
    """Put the cursor on a column."""
    names = [column.head.stage.name for column in person.board.columns]
    await person.press(*["l"] * names.index(name))


async def test_w_shows_the_limit_and_takes_a_new_one_in_words(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await go(anna, "Review")
        await anna.press("w")
        anna.sees("WIP limit of Review", "Now: 2 hard.", "In it: 2 of 2.")
        await anna.type("1 soft")
        await anna.press("enter")
        anna.sees("WIP limit 2 → 1", "2/1 ▲")
        assert (stage(filled, "Review").limit, stage(filled, "Review").limit_kind) == (
            1,
            LimitKind.SOFT,
        )
        await anna.press("w")
        anna.sees("In it: 2 of 1, 1 over.")
        await anna.type("none")
        await anna.press("enter")
        assert not stage(filled, "Review").limited
        await anna.press("z", "z")
        assert stage(filled, "Review").limit == 2


async def test_a_limit_that_cannot_be_read_is_told_while_one_types(filled: World) -> None:
    async with filled.person() as anna:
        await go(anna, "Build")
        await anna.press("w")
        await anna.type("fiv")
        anna.sees("'fiv' is neither a limit nor a class of service")
        await anna.press("enter")
        anna.sees("WIP limit of Build")
        await over(anna, "5 expedite")
        anna.sees("expedite needs a number")
        await anna.type(" 1")
        anna.sees("= 5 soft, expedite 1")
        await anna.press("enter")
        assert stage(filled, "Build").class_limits == ((ClassOfService.EXPEDITE, 1),)
        await anna.press("w", "enter")
        assert not anna.app.screen.is_modal, "nothing typed changes nothing"


async def test_only_working_stages_are_asked(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("w")
        anna.sees("Backlog has no WIP limit: only queue and active stages have one")


async def test_a_class_limit_that_is_exceeded_marks_the_head(filled: World, size: Size) -> None:
    filled.do(c.SetStage(filled.stages["Ready"], {"class_limits": {"expedite": 1}}))
    async with filled.person(size=size) as anna:
        assert "▲" not in next(text for text in anna.lines if "Ready" in text)
        filled.add("Ready", "Fire", service=ClassOfService.EXPEDITE)
        await anna.watch()
        head = next(text for text in anna.lines if "Ready" in text)
        assert "▲" in head and "3/4" in head
        await go(anna, "Ready")
        await anna.press("i")
        anna.sees("expedite 2 of 1 ▲")


async def test_i_tells_what_a_stage_is_for_and_changes_it_from_there(
    filled: World, size: Size
) -> None:
    filled.do(c.AddEdge(filled.stages["Review"], filled.stages["Build"], EdgeKind.REWORK))
    async with filled.person(size=size) as anna:
        await go(anna, "Review")
        await anna.press("i")
        anna.sees("active: somebody works on it", "risk", "2 of 2 (hard: refuses)")
        anna.sees("Clock", "runs", "From", "Build", "Done", "Back to")
        anna.sees("No policy yet: when may an item enter")
        await anna.press("e")
        await anna.type("Read by two.")
        await anna.press("enter")
        await anna.type("Tried by one.")
        await anna.press("ctrl+s")
        anna.sees("Read by two.", "Tried by one.", "e: edit policy")
        await anna.press("w")
        await anna.type("3")
        await anna.press("enter")
        anna.sees("2 of 3 (hard: refuses)")
        await anna.press("escape")
        assert not anna.app.screen.is_modal
    assert stage(filled, "Review").policy == "Read by two.\nTried by one."


async def test_i_says_where_the_clock_starts(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("i")
        anna.sees("backlog: not promised yet", "starts later, in Ready", "unassigned")
        await anna.press("escape", "l", "i")
        anna.sees("starts here: the commitment", "2 of 4 (soft: asks for a reason)")
        await anna.press("i", *"lll", "i")
        anna.sees("has stopped", "in the last 14 days")


async def test_hostile_texts_are_inert_there(filled: World) -> None:
    filled.do(c.SetStage(filled.stages["Backlog"], {"name": EVIL, "policy": f"{EVIL}\n{EVIL}"}))
    async with filled.person(size=(80, 24)) as anna:
        for keys in ("i", "e"):
            await anna.press(keys)
            anna.sees("[red]bold")
            assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(anna.text)


async def test_where_the_commitment_is_retired_the_clock_starts_at_the_next_stage(
    filled: World,
) -> None:
    ready, build = filled.stages["Ready"], filled.stages["Build"]
    filled.do(c.SetStream(filled.stream, {"commitment": ready}))
    filled.do(c.RetireStage(ready, build, "one step now"))
    async with filled.person() as anna:
        await anna.press("i")
        anna.sees("starts later, in Build")
        await anna.press("escape", "o", "down")
        shown = next(text for text in anna.lines if "starts the clock" in text)
        assert "Build" in shown and "retired" not in shown
