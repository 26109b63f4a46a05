"""A session that may do at most what a role may, whatever whoever works there was granted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model.conftest import Board
from tests.model.test_roles import SAMPLES, code
from vsm.connect.files.plan_import import plan_import
from vsm.model import command as c
from vsm.model.decide.roles import right_of
from vsm.model.entities import GRANT
from vsm.model.errors import Refusal, RefusalCode, Refused
from vsm.model.role import MANY, RIGHTS, Role
from vsm.session import ChangeGroup, Session


def bo(board: Board, at_most: Role) -> Session:
    """A session of bo's that is held to a role."""
    return Session(board.path, actor="bo", clock=lambda: board.at, at_most=at_most)


@pytest.mark.parametrize("at_most", Role)
def test_nothing_passes_that_the_role_may_not_do(board: Board, at_most: Role) -> None:
    """No role is granted, so everybody is admin; the session obeys all the same."""
    session = bo(board, at_most)
    try:
        for command in SAMPLES:
            try:
                refused = code(session.do(command)) is RefusalCode.ROLE
            except Exception:  # a sample may make no sense to the rules that come after
                refused = False
            assert refused == (right_of(command) not in RIGHTS[at_most]), command
            if not refused:
                session.undo()
    finally:
        session.close()


def test_an_admin_is_held_to_it_and_the_refusal_says_why(board: Board) -> None:
    board.done(c.AddEntity(GRANT, {"login": "bo", "role": "admin"}))
    session = bo(board, Role.MEMBER)
    assert isinstance(session.do(c.CommentItem(1, "a member may")), ChangeGroup)
    refusal = session.do(c.SetStage(1, {"name": "Inbox"}))
    session.close()
    assert isinstance(refusal, Refusal) and refusal.code is RefusalCode.ROLE
    assert (refusal.message, refusal.remedy) == (
        "bo is at most a member in this session and may not change streams, stages, limits, teams"
        " and members",
        "the key or --role that let you in allows no more: ask who gave it to you",
    )


def test_it_gives_nobody_more_than_they_were_granted(board: Board) -> None:
    board.done(c.AddEntity(GRANT, {"login": "bo", "role": "viewer"}))
    session = bo(board, Role.ADMIN)
    refusal = session.do(c.CommentItem(1, "hm"))
    session.close()
    assert isinstance(refusal, Refusal) and "bo is a viewer here" in refusal.message


def test_undo_redo_bulk_import_and_redaction_are_held_to_it(board: Board, tmp_path: Path) -> None:
    free = Session(board.path, actor="bo", clock=lambda: board.at)
    assert isinstance(free.do(c.SetStage(1, {"name": "Inbox"})), ChangeGroup)
    member = bo(board, Role.MEMBER)
    assert code(member.undo()) is RefusalCode.ROLE
    assert isinstance(free.undo(), ChangeGroup)
    assert code(member.redo()) is RefusalCode.ROLE
    free.close()
    many = [c.AddItem(1, f"item {n}") for n in range(MANY + 1)]
    assert code(member.do(*many)) is code(member.do_each(*many)) is RefusalCode.ROLE
    file = tmp_path / "events.csv"
    file.write_text("case,activity,time\nA-1,Open,2024-01-01T10:00:00Z\n")
    with pytest.raises(Refused, match="at most a member in this session and may not change more"):
        member.import_histories(plan_import("csv", file, stream="Imported", zone="UTC"))
    assert code(member.forget("anna", "why")) is RefusalCode.ROLE
    assert code(member.take_out(2, "title", "why")) is RefusalCode.ROLE
    assert code(member.do(c.AddEntity(GRANT, {"login": "bo", "role": "admin"}))) is (
        RefusalCode.ROLE
    )
    member.close()
