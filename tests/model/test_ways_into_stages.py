"""Every way by which an item can come into a stage, against gates that bind.

A command or a door of the session that is in no table of this file fails the last tests: whoever
adds one says which gates it meets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.model.conftest import Board
from tests.model.controls import add_control, set_mode
from tests.samples.streams import kanban
from vsm.model import command as c
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.governance_entities import MODE
from vsm.model.rules import from_micros
from vsm.session import ChangeGroup, Session

GATES = {"enter": "enter Review", "leave": "leave Build", "start": "start", "finish": "finish"}
"""The gates that every way is tried against, each alone. No item passes any of them."""


@dataclass(frozen=True)
class Way:
    """A way of ``CI-1`` into a stage: what comes before the gate is set, and the try itself.

    ``refusing`` are the gates that refuse it; all others are not asked.
    """

    act: Callable[[Board], Any]
    refusing: str = ""
    before: Callable[[Board], Any] = lambda board: None


def to(*names: str) -> Callable[[Board], Any]:
    """Move the item through these stages."""

    def move(board: Board) -> Any:
        result: Any = None
        for name in names:
            result = board.anna.do(c.MoveItem(1, board.stage(name).id))
        return result

    return move


def add(name: str) -> Callable[[Board], Any]:
    return lambda board: board.anna.do(c.AddItem(1, "four", board.stage(name).id))


def in_bulk(name: str) -> Callable[[Board], Any]:
    def move(board: Board) -> Any:
        done = board.anna.do_each(c.MoveItem(1, board.stage(name).id))
        refused = done.refused if isinstance(done, ChangeGroup) else ()
        return refused[0][1] if refused else done

    return move


def reopened(name: str) -> Callable[[Board], Any]:
    return lambda board: board.anna.do(c.ReopenItem(1, board.stage(name).id))


def dropped(name: str) -> Callable[[Board], Any]:
    """Move it to a stage, then drop it."""

    def drop(board: Board) -> Any:
        if name != "Backlog":
            to(name)(board)
        return board.anna.do(c.DropItem(1, "no need"))

    return drop


WAYS: dict[str, Way] = {
    "add": Way(add("Review"), "enter start"),
    "add as done": Way(add("Done"), "start finish"),
    "move to the point of commitment": Way(to("Ready"), "start"),
    "move on": Way(to("Review"), "enter leave", to("Build")),
    "move to done": Way(to("Done"), "finish", to("Review")),
    "move back": Way(to("Build"), "", to("Review")),
    "move in bulk": Way(in_bulk("Review"), "enter leave", to("Build")),
    "drop": Way(lambda board: board.anna.do(c.DropItem(1)), "", to("Build")),
    "reopen what was done": Way(reopened("Review"), "enter", to("Done")),
    "reopen what was dropped before its start": Way(reopened("Ready"), "start", dropped("Backlog")),
    "reopen what was dropped on its way": Way(reopened("Review"), "enter leave", dropped("Build")),
    "move what was dropped": Way(to("Review"), "enter leave", dropped("Build")),
    "reopen where it was": Way(reopened("Build"), "", dropped("Build")),
}


@pytest.fixture
def governed(board: Board) -> Board:
    """The board with a second stream and all controls, but no mode."""
    board.done(kanban("Other", "UTC", "OT"))
    for name, applies in GATES.items():
        board.done(add_control(name=name, applies=applies))
    return board


def switch_on(board: Board, gate: str) -> None:
    """Have somebody else make a gate bind in both streams, so that undo lists stay as they are."""
    pia = Session(board.path, actor="pia", clock=lambda: board.at)
    day = from_micros(board.at).date().isoformat()
    number = list(GATES).index(gate) + 1
    for stream in (1, 2):
        mode = {**set_mode("controlling", day, control=number).values, "only": stream}
        assert isinstance(pia.do(c.AddEntity(MODE, mode)), ChangeGroup)
    pia.close()


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("way", WAYS)
def test_a_way_into_a_stage_meets_its_gates(governed: Board, way: str, gate: str) -> None:
    chosen = WAYS[way]
    chosen.before(governed)
    switch_on(governed, gate)
    before = governed.item("CI-1")
    result = chosen.act(governed)
    verdicts = governed.read._conn.execute("SELECT disposition FROM evaluation").fetchall()
    if gate in chosen.refusing.split():
        assert isinstance(result, Refusal), f"{way} passes {gate}"
        assert result.code is RefusalCode.GATE, result
        assert governed.item("CI-1") == before
        assert verdicts == [("enforced",)], "the try is on record"
    else:
        assert not isinstance(result, Refusal), result
        assert verdicts == []
