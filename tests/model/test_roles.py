"""Roles: each command by each role, and how roles are granted."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.model.conftest import Board
from tests.samples.streams import kanban
from vsm.model import command as c
from vsm.model.decide.roles import COMMANDS, right_of
from vsm.model.entities import ENTITIES, GRANT, TEAM, VIEW
from vsm.model.errors import Refusal, RefusalCode, Refused
from vsm.model.role import MANY, RIGHTS, Right, Role
from vsm.session import ChangeGroup, Session

ENTITY_COMMANDS = (c.AddEntity, c.ChangeEntity, c.RemoveEntity)


def sample(kind: type[Any], **values: Any) -> Any:
    """A command of a kind in which everything that has to be given is 1."""
    needed = [f.name for f in fields(kind) if f.default is f.default_factory is MISSING]
    return kind(**{**dict.fromkeys(needed, 1), **values})


SAMPLES: list[c.Command] = [
    *(sample(kind) for kind in get_args(c.Command) if kind not in ENTITY_COMMANDS),
    *(
        sample(kind, entity=entity, **({"values": {}} if kind is c.AddEntity else {}))
        for kind in ENTITY_COMMANDS
        for entity in ENTITIES.values()
    ),
]


def test_every_command_needs_a_right() -> None:
    assert {*COMMANDS, *ENTITY_COMMANDS} == {*get_args(c.Command)}


def as_(board: Board, actor: str) -> Session:
    return Session(board.path, actor=actor, clock=lambda: board.at)


def code(answer: object) -> RefusalCode | None:
    return answer.code if isinstance(answer, Refusal) else None


@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_the_table_says(board: Board, role: Role) -> None:
    board.done(c.AddEntity(GRANT, {"login": "bo", "role": str(role)}))
    bo = as_(board, "bo")
    try:
        for command in SAMPLES:
            try:
                refused = code(bo.do(command)) is RefusalCode.ROLE
            except Exception:  # a sample may make no sense to the rules that come after
                refused = False
            assert refused == (right_of(command) not in RIGHTS[role]), command
            if not refused:
                bo.undo()
    finally:
        bo.close()


def test_until_a_role_is_granted_everybody_may_do_everything(board: Board) -> None:
    bo = as_(board, "bo")
    assert isinstance(bo.do(c.SetStage(1, {"name": "Inbox"})), ChangeGroup)
    bo.close()


def test_whoever_grants_the_first_role_is_admin(board: Board) -> None:
    group = board.done(c.AddEntity(GRANT, {"login": "bo", "role": "viewer"}))
    assert group.label == "made anna admin; made bo viewer"
    assert {g.login: g.role for g in board.read.entities(GRANT)} == {
        "anna": "admin",
        "bo": "viewer",
    }
    carl = as_(board, "carl")
    assert isinstance(carl.do(c.CommentItem(1, "a member")), ChangeGroup)
    refusal = carl.do(c.SetStage(1, {"name": "Inbox"}))
    assert isinstance(refusal, Refusal) and refusal.code is RefusalCode.ROLE
    assert (refusal.message, refusal.remedy) == (
        "carl is a member here and may not change streams, stages, limits, teams and members",
        "ask anna (admin)",
    )
    carl.close()


def test_a_refusal_names_up_to_three_who_may(board: Board) -> None:
    for values in (
        {"login": "ada", "role": "pmo", "only": 1},
        {"login": "bo", "role": "coach"},
        {"login": "cy", "role": "coach", "only": 1},
        {"login": "di", "role": "viewer"},
    ):
        board.done(c.AddEntity(GRANT, values))
    di = as_(board, "di")
    refusal = di.do(c.SetStage(1, {"name": "Inbox"}))
    assert isinstance(refusal, Refusal)
    assert refusal.remedy == "ask anna (admin), bo (coach) or cy (coach)"
    refusal = di.do(c.AddEntity(GRANT, {"login": "di", "role": "admin"}))
    assert isinstance(refusal, Refusal) and refusal.remedy == "ask anna (admin)"
    refusal = di.do(
        c.AddEntity(TEAM, {"name": "Night"})
    )  # of no stream: grants of one do not count
    assert isinstance(refusal, Refusal) and refusal.remedy == "ask anna (admin) or bo (coach)"
    di.close()


def test_granting_a_role_again_says_who_has_it(board: Board) -> None:
    board.done(c.AddEntity(GRANT, {"login": "bo", "role": "viewer"}))
    again = board.refused(c.AddEntity(GRANT, {"login": "bo", "role": "viewer"}))
    assert (again.message, again.remedy) == ("bo is viewer already", "nothing was changed")


def test_the_first_role_of_ones_own_is_admin(board: Board) -> None:
    assert (
        "admin from then on"
        in board.refused(c.AddEntity(GRANT, {"login": "anna", "role": "viewer"})).message
    )
    board.done(c.AddEntity(GRANT, {"login": "anna", "role": "admin"}))


def test_the_last_admin_stays(board: Board) -> None:
    board.done(c.AddEntity(GRANT, {"login": "anna", "role": "admin"}))
    (grant,) = board.read.entities(GRANT)
    for command in (
        c.RemoveEntity(GRANT, grant.id),
        c.ChangeEntity(GRANT, grant.id, {"role": "viewer"}),
        c.ChangeEntity(GRANT, grant.id, {"until": "2030-01-01"}),
        c.AddEntity(GRANT, {"login": "anna", "role": "coach"}),
    ):
        assert "last admin" in board.refused(command).message
    undone = board.anna.undo()
    assert isinstance(undone, Refusal) and "last admin" in undone.message
    board.done(c.AddEntity(GRANT, {"login": "bo", "role": "admin"}))
    board.done(c.RemoveEntity(GRANT, grant.id))


def test_a_role_holds_in_its_stream_and_up_to_its_day(board: Board) -> None:
    bo, rename = as_(board, "bo"), iter(range(99))

    def may() -> bool:
        answer = bo.do(c.SetStage(1, {"name": f"Inbox {next(rename)}"}))
        assert code(answer) in (None, RefusalCode.ROLE)
        return isinstance(answer, ChangeGroup)

    board.done(kanban("Other", "UTC", "O"))
    other = board.read.stream_named("Other").id
    board.done(c.AddEntity(GRANT, {"login": "bo", "role": "coach", "only": other}))
    assert not may()
    board.done(
        c.AddEntity(GRANT, {"login": "bo", "role": "coach", "only": None, "until": "2001-09-09"})
    )
    assert may(), "the whole of the day"
    board.at += 24 * 3_600_000_000
    assert not may()
    bo.close()


def test_views_of_a_stream_are_a_matter_of_the_role_there(board: Board) -> None:
    board.done(kanban("Other", "UTC", "O"))
    other = board.read.stream_named("Other").id
    board.done(c.AddEntity(GRANT, {"login": "bo", "role": "viewer", "only": other}))
    bo = as_(board, "bo")
    mine = {"name": "Mine", "filter": "owner:bo"}
    assert code(bo.do(c.AddEntity(VIEW, {**mine, "only": other}))) is RefusalCode.ROLE
    board.done(c.AddEntity(VIEW, {**mine, "name": "All", "only": other}))
    assert code(bo.do(c.RemoveEntity(VIEW, 1))) is RefusalCode.ROLE
    assert isinstance(bo.do(c.AddEntity(VIEW, {**mine, "only": 1})), ChangeGroup)
    bo.close()


def test_a_role_that_is_over_is_not_granted(board: Board) -> None:
    board.done(c.AddEntity(GRANT, {"login": "bo", "role": "coach"}))
    over = {"login": "bo", "role": "coach", "until": "2001-09-08"}
    assert board.refused(c.AddEntity(GRANT, over)).message == "2001-09-08 is over"
    assert board.refused(c.AddEntity(GRANT, {**over, "login": "carl"})).code is RefusalCode.INVALID


@pytest.mark.promise(22)
def test_a_role_that_is_taken_binds_an_open_session_at_its_next_command(board: Board) -> None:
    board.done(c.AddEntity(GRANT, {"login": "bo", "role": "coach"}))
    bo = as_(board, "bo")
    assert isinstance(bo.do(c.SetStage(1, {"name": "Inbox"})), ChangeGroup)
    board.done(c.AddEntity(GRANT, {"login": "bo", "role": "viewer"}))
    assert code(bo.do(c.CommentItem(1, "hm"))) is RefusalCode.ROLE
    assert code(bo.undo()) is RefusalCode.ROLE, "what they may not do they may not undo either"
    bo.close()


def test_a_member_changes_few_items_at_once_and_imports_nothing(
    board: Board, tmp_path: Path
) -> None:
    from vsm.connect.files.plan_import import plan_import

    board.done(c.AddEntity(GRANT, {"login": "anna", "role": "admin"}))
    bo = as_(board, "bo")
    many = [c.AddItem(1, f"item {n}") for n in range(MANY + 1)]
    assert code(bo.do(*many)) is code(bo.do_each(*many)) is RefusalCode.ROLE
    assert isinstance(bo.do(*many[:MANY]), ChangeGroup)
    file = tmp_path / "events.csv"
    file.write_text("case,activity,time\nA-1,Open,2024-01-01T10:00:00Z\n")
    with pytest.raises(Refused, match="may not change more than 50 items at once, or import"):
        bo.import_histories(plan_import("csv", file, stream="Imported", zone="UTC"))
    bo.close()


def test_only_an_admin_takes_things_out(board: Board) -> None:
    board.done(c.AddEntity(GRANT, {"login": "bo", "role": "coach"}))
    bo = as_(board, "bo")
    assert code(bo.forget("anna", "why")) is code(bo.take_out(2, "title", "why"))
    assert code(bo.forget("anna", "why")) is RefusalCode.ROLE
    bo.close()
    done = board.anna.forget("bo", "left")
    assert not isinstance(done, Refusal)
    assert [grant.login for grant in board.read.entities(GRANT)] == ["anna"]


def test_views_and_teams_are_told_apart() -> None:
    assert right_of(c.RemoveEntity(VIEW, 1)) is Right.ITEMS
    assert right_of(c.RemoveEntity(TEAM, 1)) is Right.MAP
