"""Heads and refusals of limits over several stages, and of classes beside a limit."""

from __future__ import annotations

from vsm.model.command import EditItem, MoveItem, SetStage, SetStream
from vsm.model.group_limit import GroupLimit
from vsm.model.stream import LimitKind

from .conftest import World

Size = tuple[int, int]


def limit_together(world: World, limit: int, kind: LimitKind = LimitKind.SOFT) -> None:
    stages = world.stages["Build"], world.stages["Review"]
    for stage in stages:
        world.do(SetStage(stage, {"limit": None, "limit_kind": "none"}))
    world.do(SetStream(world.stream, {"group_limits": (GroupLimit(stages, limit, kind),)}))


async def test_a_line_over_the_heads_counts_against_a_limit_of_several_stages(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        heads = next(n for n, text in enumerate(anna.lines) if text.lstrip().startswith("Backlog"))
        limit_together(filled, 3, LimitKind.HARD)
        await anna.watch()
        await anna.press("'", "4")
        line = anna.lines[heads]
        assert "Build + Review 3/3 =" in line
        assert line.index("─") == anna.lines[heads + 1].index("Build") - 1
        assert anna.card.key in anna.text
        await anna.press("'", "2", "L")
        anna.sees("Build + Review is full: 3 of 3 together")
        await anna.press("escape")
        filled.do(SetStream(filled.stream, {"group_limits": ()}))
        await anna.watch()
        assert "Ready" in anna.lines[heads], "the row is given back"


async def test_above_a_soft_limit_of_several_stages_a_reason_is_asked_for(filled: World) -> None:
    limit_together(filled, 3)
    async with filled.person(size=(160, 50)) as anna:
        await anna.press("'", "2", "m")
        anna.sees("full together (Build + Review 3/3): a reason is asked for")
        await anna.press("escape", "L")
        anna.sees("Above the WIP limit", "Build + Review already holds 3 of 3 together")
        await anna.type("two hands are free")
        await anna.press("enter")
        anna.sees("Build + Review 4/3 ▲")
        assert "4/3" in anna.lines[0], "the header counts it among what is over"
        await anna.press("L")
        assert anna.stage == "Review", "within the stages nobody is asked"


async def test_a_list_of_stages_names_the_hard_limit_where_several_are_reached(
    filled: World,
) -> None:
    limit_together(filled, 3, LimitKind.HARD)
    filled.do(SetStage(filled.stages["Build"], {"limit": 1, "limit_kind": "soft"}))
    async with filled.person(size=(160, 50)) as anna:
        await anna.press("'", "2", "m")
        build = next(line for line in anna.lines if "3  Build" in line)
        assert "full together (Build + Review 3/3): it refuses more" in build
        await anna.press("escape", "'", "3", "m")
        review = next(line for line in anna.lines if "4  Review" in line)
        assert "full" not in review, "a move within the stages does not count again"


async def test_in_ascii_and_without_colour_the_line_is_there_too(filled: World) -> None:
    limit_together(filled, 2)
    async with filled.person(size=(80, 24), ascii_only=True, theme="none") as anna:
        await anna.press("'", "4")
        anna.sees("- Build + Review 3/2 ^ ---")


async def test_the_past_shows_the_limit_of_then(filled: World) -> None:
    limit_together(filled, 3)
    async with filled.person(size=(160, 50)) as anna:
        anna.sees("Build + Review 3/3")
        await anna.press(",")
        assert "Build + Review" not in anna.text
        await anna.press(";")
        anna.sees("Build + Review 3/3")


async def test_a_head_says_how_many_are_beside_the_limit(filled: World, size: Size) -> None:
    build = filled.stages["Build"]
    filled.do(SetStage(build, {"class_limits": {"expedite": 1}, "exempt": ["expedite"]}))
    filled.do(MoveItem(5, build))
    async with filled.person(size=size) as anna:
        await anna.press("'", "3")
        anna.sees("1/2 +1")
        filled.do(EditItem(5, {"service": "standard"}))
        await anna.watch()
        anna.sees("2/2 =")
        await anna.press("i")
        anna.sees("expedite 0 of 1, beside the limit")


async def test_w_takes_a_class_beside_the_limit(filled: World) -> None:
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("'", "3", "w")
        await anna.type(" expedite +1")
        await anna.press("enter")
        stage = next(s for s in anna.screen.stream.line if s.name == "Build")
        assert [str(s) for s in stage.exempt] == ["expedite"]
        await anna.press("z")
        assert not next(s for s in anna.screen.stream.line if s.name == "Build").exempt


async def test_the_form_of_a_stream_limits_several_stages(filled: World) -> None:
    async with filled.person(size=(120, 50)) as anna:
        await anna.press("o", "1", "e")
        anna.sees("Together")
        await anna.press("shift+tab", "shift+tab", "shift+tab")
        await anna.type("Build + Review 5 hard")
        await anna.press("ctrl+s")
        await anna.press("escape")
        anna.sees("Build + Review 3/5")
