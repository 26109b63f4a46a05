"""Commands that follow from each other: all or none, tried or done, with all that is refused."""

from __future__ import annotations

from collections.abc import Iterator

from tests.model.conftest import Board, board
from vsm.model import command as c
from vsm.model.decide.batch import Make
from vsm.model.entities import GRANT
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.portfolio_entities import INITIATIVE, SPENDING
from vsm.model.role import MANY
from vsm.model.view import View
from vsm.session import ChangeGroup, Session

__all__ = ["board"]


def made(currency: str) -> Make:
    """An initiative for each amount, and money that needs the ids of both."""

    def make(view: View) -> Iterator[c.Command]:
        for name in ("Loyalty", "Ledger"):
            yield c.AddEntity(INITIATIVE, {"name": name, "currency": currency})
        for one in view.all(INITIATIVE):
            day = {"day": "2001-09-01", "amount": 5}
            yield c.AddEntity(SPENDING, {"initiative": one.id, **day})

    return make


def test_each_command_sees_what_those_before_it_left(board: Board) -> None:
    decided, done = board.anna.do_batch(made("EUR"))
    assert isinstance(done, ChangeGroup) and (decided.asked, decided.changes) == (4, 4)
    assert len(board.read.entities(SPENDING)) == 2
    board.anna.undo()
    assert board.read.entities(INITIATIVE) == [], "it is one group"


def test_a_dry_run_decides_all_and_records_nothing(board: Board) -> None:
    before = board.read.position()
    decided, done = board.anna.do_batch(made("EUR"), dry_run=True)
    assert decided.changes == 4 and not decided.refused
    assert isinstance(done, Refusal) and done.code is RefusalCode.UNCHANGED
    assert board.read.position() == before and board.read.entities(INITIATIVE) == []


def test_all_that_is_refused_is_collected_and_nothing_is_done(board: Board) -> None:
    for dry_run in (True, False):
        decided, _ = board.anna.do_batch(made(""), dry_run=dry_run)
        messages = [one.refusal.message for one in decided.refused]
        assert messages == [
            "Ledger has no unit of money yet",
            "Loyalty has no unit of money yet",
        ]
        assert decided.changes == 2 and board.read.entities(INITIATIVE) == []


def test_the_field_that_a_refusal_is_about_is_found(board: Board) -> None:
    board.done(c.AddEntity(INITIATIVE, {"name": "Fees", "currency": "EUR", "delay_likely": 5}))
    values = {"sponsor": "pia", "currency": "USD", "delay_likely": 5}
    commands: list[c.Command] = [
        c.AddEntity(INITIATIVE, {"name": "Loyalty", **values}),
        c.ChangeEntity(INITIATIVE, 1, {"sponsor": "pia", "delay_likely": -1}),
        c.ChangeEntity(INITIATIVE, 1, {"state": "stopped"}),
        c.MoveItem(99, 1),
    ]
    decided, _ = board.anna.do_batch(lambda _: commands, dry_run=True)
    assert [one.field for one in decided.refused] == ["currency", "delay_likely", "state", ""]
    assert [one.command for one in decided.refused] == commands


def test_who_may_not_change_many_at_once_may_not_try_it_either(board: Board) -> None:
    board.done(c.AddEntity(GRANT, {"login": "anna", "role": "admin"}))
    bo = Session(board.path, actor="bo", clock=lambda: board.at)
    many = [c.AddItem(1, f"item {n}") for n in range(MANY + 1)]
    for dry_run in (True, False):
        _, answer = bo.do_batch(lambda _: many, dry_run=dry_run)
        assert isinstance(answer, Refusal) and answer.code is RefusalCode.ROLE
    bo.close()
