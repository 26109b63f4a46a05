"""Undo of what was done in an earlier session: shown first, asked once, refused in plain words."""

from __future__ import annotations

from vsm.model.command import EditItem, MoveItem

from .conftest import World


async def test_a_change_of_an_earlier_session_is_shown_before_it_is_undone(
    filled: World, size: tuple[int, int]
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("L")
        assert "PAY-1" in anna.column("Ready")
    async with filled.person(size=size) as anna:
        await anna.press("u")
        anna.sees("Undo a change of an earlier session?", "just now")
        anna.sees("You moved PAY-1 from Backlog to Ready")
        await anna.press("escape")
        assert "PAY-1" in anna.column("Ready")
        await anna.press("z", "y")
        assert "PAY-1" in anna.column("Backlog")
        anna.sees("undid: moved PAY-1 from Backlog to Ready")
        await anna.press("Z")
        assert "PAY-1" in anna.column("Ready"), "what was undone here can be redone here"
        await anna.press("z")
        assert not anna.app.screen.is_modal, "it is this session's own by now"
        assert "PAY-1" in anna.column("Backlog")
        await anna.press("z")
        anna.sees("There is nothing to undo")


async def test_the_own_changes_of_the_session_come_first_and_are_not_asked_about(
    filled: World,
) -> None:
    filled.do(MoveItem(1, filled.stages["Ready"]), actor="anna")
    async with filled.person() as anna:
        await anna.press("L")
        await anna.press("z")
        assert not anna.app.screen.is_modal
        await anna.press("z")
        anna.sees("You moved PAY-1 from Backlog to Ready")


async def test_what_somebody_changed_since_is_refused_without_a_question(filled: World) -> None:
    filled.do(MoveItem(1, filled.stages["Ready"]), actor="anna")
    filled.do(EditItem(1, {"owner": "ben"}), actor="ben")
    async with filled.person() as anna:
        await anna.press("z")
        anna.sees("your last change was: moved PAY-1 from Backlog to Ready. It stays:")
        anna.sees("PAY-1 has changed since: ben changed it", "none → ben, just now")


async def test_screens_of_reports_and_the_organisation_ask_too(filled: World) -> None:
    filled.do(
        MoveItem(1, filled.stages["Ready"]), MoveItem(2, filled.stages["Ready"]), actor="anna"
    )
    for key, back in (("4", "1"), ("o", "escape")):
        async with filled.person() as anna:
            await anna.press(key, "z")
            anna.sees("Undo a change of an earlier session?", "You moved")
            await anna.press("escape", back)
            assert "PAY-1" in anna.column("Ready")
    async with filled.person() as anna:
        await anna.press("o", "z", "y", "escape")
        assert "PAY-1" in anna.column("Backlog")


async def test_two_open_sessions_of_one_person_do_not_undo_each_other_unasked(
    filled: World, size: tuple[int, int]
) -> None:
    async with filled.person(size=size) as desk, filled.person(size=size) as train:
        await desk.press("L")
        await train.watch()
        await train.press("'", "3", "H")
        assert "PAY-6" not in train.column("Build")
        await desk.watch()
        await desk.press("z")
        assert "PAY-1" in desk.column("Backlog"), "its own change, though the other came later"
        assert "PAY-6" not in desk.column("Build")
        await desk.press("z")
        desk.sees("Undo a change of an earlier session?", "You moved PAY-6 from Build to Ready")
        await desk.press("escape")
        assert "PAY-6" not in desk.column("Build")


async def test_another_persons_change_is_never_offered(filled: World) -> None:
    filled.do(MoveItem(1, filled.stages["Ready"]), actor="ben")
    async with filled.person() as anna:
        await anna.press("z")
        assert not anna.app.screen.is_modal
        anna.sees("There is nothing to undo")
