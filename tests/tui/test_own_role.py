"""A board of somebody who may not change items, and of somebody whose role changes meanwhile."""

from __future__ import annotations

import pytest

from tests.tui.conftest import STAGES, World
from vsm.machine import Machine
from vsm.model.command import AddEntity, ChangeEntity, CreateStream, RemoveEntity
from vsm.model.entities import GRANT, MEMBER
from vsm.model.role import Role
from vsm.reader import Reader

WRITING = ("e", "c", "b", "m", "A", "x", "w", "n", "t", "L")


def grant(world: World, login: str, role: str, **more: object) -> None:
    """Have dora grant a role."""
    world.do(AddEntity(GRANT, {"login": login, "role": role, **more}), actor="dora")


async def test_a_viewer_is_refused_at_the_key_and_sees_no_hints_of_changes(filled: World) -> None:
    grant(filled, "anna", "viewer")
    grant(filled, "ben", "coach")
    async with filled.person() as anna:
        assert "viewer" in anna.lines[0]
        assert " e edit" not in anna.lines[-1] and " n new" not in anna.lines[-1]
        anna.sees("/ filter")
        for key in WRITING:
            await anna.press(key)
            assert not anna.app.screen.is_modal, key
            anna.sees(
                "anna is a viewer here and may not change items", "dora (admin) or ben (coach)"
            )
            await anna.press("escape")
        await anna.press("V")
        assert anna.app.screen.is_modal


@pytest.mark.parametrize("role", ["member", "coach", "admin", "pmo"])
async def test_whoever_may_change_items_has_the_board_as_before(filled: World, role: str) -> None:
    grant(filled, "anna", role)
    async with filled.person() as anna:
        assert "live" in anna.lines[0] and "e edit" in anna.lines[-1]
        await anna.press("e")
        assert anna.app.screen.is_modal


async def test_a_session_held_to_viewer_is_the_same(filled: World) -> None:
    async with filled.person(machine=Machine(at_most=Role.VIEWER)) as anna:
        assert "viewer" in anna.lines[0] and "e edit" not in anna.lines[-1]
        await anna.press("x")
        assert not anna.app.screen.is_modal
        anna.sees("anna is at most a viewer in this session")
    async with filled.person(machine=Machine(at_most=Role.MEMBER)) as anna:
        assert "live" in anna.lines[0] and "e edit" in anna.lines[-1]


async def test_a_role_that_is_granted_or_taken_counts_on_the_open_board(filled: World) -> None:
    grant(filled, "ben", "coach")
    async with filled.person() as anna:
        assert "live" in anna.lines[0]
        grant(filled, "anna", "viewer")
        await anna.watch()
        anna.sees("dora made you a viewer: you can read, not change")
        assert "viewer" in anna.lines[0] and "e edit" not in anna.text
        await anna.press("escape", "e")
        assert not anna.app.screen.is_modal
        anna.sees("may not change items")
        reader = Reader(filled.path)
        number = next(g.id for g in reader.entities(GRANT) if g.login == "anna")
        reader.close()
        filled.do(ChangeEntity(GRANT, number, {"role": "coach"}), actor="dora")
        await anna.watch()
        anna.sees("dora made you a coach: you can change items and the stream")
        await anna.press("escape", "e")
        assert anna.app.screen.is_modal
        await anna.press("escape")
        filled.do(RemoveEntity(GRANT, number), actor="dora")
        await anna.watch()
        anna.sees("dora made you a member: you can change items")


async def test_whoever_was_admin_learns_that_roles_are_in_force(filled: World) -> None:
    async with filled.person() as anna:
        grant(filled, "ben", "coach")
        await anna.watch()
        anna.sees("Roles are in force now. You are a member here: you can change items")


async def test_the_role_of_another_is_no_news(filled: World) -> None:
    grant(filled, "anna", "member")
    async with filled.person() as anna:
        grant(filled, "ben", "viewer")
        await anna.watch()
        assert not anna.screen.notice.open


async def test_a_role_counts_in_its_stream_and_until_its_day(filled: World) -> None:
    filled.do(CreateStream("Other", STAGES[:1] + STAGES[4:], "UTC", "OTH"))
    reader = Reader(filled.path)
    other = reader.stream_named("Other").id
    reader.close()
    grant(filled, "anna", "viewer", only=other)
    grant(filled, "ben", "viewer", until="2999-12-31")
    async with filled.person(stream="Card issuing") as anna:
        assert "live" in anna.lines[0]
    async with filled.person(stream="Other") as anna:
        assert "viewer" in anna.lines[0]
    async with filled.person("ben", stream="Card issuing") as ben:
        assert "viewer" in ben.lines[0]
        late = ben.app.now() + 366_000 * 86_400_000_000
        ben.app._now = lambda: late
        await ben.watch()
        ben.sees("Your role is over: you can change items from today on")
        assert "live" in ben.lines[0]


def test_the_role_is_read_with_one_query(filled: World) -> None:
    reader = Reader(filled.path)
    seen: list[str] = []
    assert reader.role_of("anna", filled.stream, "2026-01-01") is Role.ADMIN
    reader._conn.set_trace_callback(seen.append)
    reader.role_of("anna", filled.stream, "2026-01-01")
    assert len([text for text in seen if "role_grant" in text]) == 1
    reader.close()


async def test_the_list_of_members_shows_their_roles_once_there_are_any(filled: World) -> None:
    for login, name in (("anna", "Anna Kern"), ("ben", "Ben Roth"), ("cy", "Cy Lund")):
        filled.do(AddEntity(MEMBER, {"login": login, "name": name, "teams": (1,)}))
    async with filled.person() as anna:
        await anna.press("o", "5")
        row = next(line for line in anna.lines if "Anna Kern (anna)" in line)
        assert "member" not in row and "· ak" not in row and "  ak " in row
    grant(filled, "ANNA", "coach", only=filled.stream, until="2999-12-31")
    grant(filled, "ben", "viewer")
    async with filled.person() as anna:
        await anna.press("o", "5")
        rows = {name: line for line in anna.lines for name in ("Anna", "Ben", "Cy") if name in line}
        assert "coach in Card issuing until 31 Dec 2999 · ak" in rows["Anna"]
        assert "viewer · br" in rows["Ben"] and "member · cl" in rows["Cy"]
