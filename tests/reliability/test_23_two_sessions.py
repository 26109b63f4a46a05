"""Promise 23: two sessions of one person do not undo each other's changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.support import accepted, do, refusal, rows, sound
from vsm.model.command import EditItem, MoveItem
from vsm.session import Session

pytestmark = pytest.mark.promise(23)


def places(db: Path) -> list[int]:
    """Where the first two items are."""
    return [stage for (stage,) in rows(db, "SELECT stage FROM item WHERE id < 3 ORDER BY id")]


def test_each_board_of_a_person_takes_back_its_own_change(db: Path) -> None:
    desk, laptop = (Session(db, actor="anna", source="tui") for _ in range(2))
    do(desk, MoveItem(1, 3))
    do(laptop, MoveItem(2, 4))
    accepted(desk.undo())
    assert places(db) == [1, 4]
    assert refusal(desk.undo()).code == "earlier", "what is left was done at the other board"
    accepted(laptop.undo())
    assert places(db) == [1, 1]
    accepted(desk.redo())
    assert places(db) == [3, 1]
    desk.close()
    laptop.close()
    sound(db)


def test_a_board_refuses_to_undo_below_what_the_other_one_did(db: Path) -> None:
    desk, laptop = (Session(db, actor="anna", source="tui") for _ in range(2))
    do(desk, MoveItem(1, 3))
    do(laptop, EditItem(1, {"title": "Another title"}))
    refused = refusal(desk.undo())
    assert "PAY-1 has changed since" in refused.message
    assert refused.remedy == "undo that first, or change it by hand"
    accepted(laptop.undo())
    accepted(desk.undo())
    assert places(db)[0] == 1
    desk.close()
    laptop.close()
    sound(db)
