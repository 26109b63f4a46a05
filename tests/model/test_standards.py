"""Rules on standards that streams follow, and on deviations that are agreed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.model.conftest import Board
from vsm.model import command as c
from vsm.model.entities import GRANT
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.field_types import InvalidValue
from vsm.model.rules import from_micros
from vsm.model.standard import read_part, version_of
from vsm.model.standard_entities import ADOPTION, DEVIATION
from vsm.session import ChangeGroup, Session

TEXT = '[[stage]]\nname = "Done"\ncategory = "done"\n'


def adopt(**more: Any) -> c.AddEntity:
    values = {"only": 1, "standard": "ours", "text": TEXT, "reason": "one way of work"}
    return c.AddEntity(ADOPTION, {**values, **more})


def agree(part: str = "limit:Build", **more: Any) -> c.AddEntity:
    return c.AddEntity(DEVIATION, {"only": 1, "part": part, "reason": "two new people", **more})


def test_an_adoption_keeps_the_text_its_version_and_who_decided(board: Board) -> None:
    board.done(adopt())
    (adoption,) = board.read.entities(ADOPTION)
    assert (adoption.text, adoption.version) == (TEXT, version_of(TEXT))
    assert (adoption.standard, adoption.reason, adoption.decided_by) == (
        *("ours", "one way of work"),
        "anna",
    )
    assert board.refused(adopt(standard="other")).code is RefusalCode.STATE
    board.done(c.ChangeEntity(ADOPTION, adoption.id, {"text": TEXT + "# later\n", "reason": "new"}))
    (later,) = board.read.entities(ADOPTION)
    assert later.version == version_of(TEXT + "# later\n")
    assert isinstance(board.anna.undo(), ChangeGroup)
    assert board.read.entities(ADOPTION) == [adoption]


def test_an_empty_or_huge_standard_is_refused(board: Board) -> None:
    assert "is empty" in board.refused(adopt(text=" \n")).message
    assert "characters" in board.refused(adopt(text="#" * 200_001)).message


def test_a_deviation_needs_a_standard_and_is_agreed_once(board: Board) -> None:
    assert "follows no standard" in board.refused(agree()).message
    board.done(adopt())
    board.done(agree())
    (deviation,) = board.read.entities(DEVIATION)
    assert (deviation.until, deviation.decided_by) == (None, "anna")
    assert "agreed already" in board.refused(agree("LIMIT:build")).message
    assert board.read.entities(DEVIATION)[0].part == "limit:Build"


def test_a_deviation_ends_on_no_day_that_is_over(board: Board) -> None:
    board.done(adopt())
    today = from_micros(board.at).date()
    yesterday = (today - timedelta(days=1)).isoformat()
    assert board.refused(agree(until=yesterday)).message == f"{yesterday} is over"
    board.done(agree(until=today.isoformat()))
    (deviation,) = board.read.entities(DEVIATION)
    change = c.ChangeEntity(DEVIATION, deviation.id, {"until": yesterday})
    assert board.refused(change).code is RefusalCode.INVALID
    assert deviation.holds(today.isoformat())
    assert not deviation.holds((today + timedelta(days=1)).isoformat())


@pytest.mark.parametrize("part", ["", "limit", "limit:", "colour:Build", "commitment:Build", "\0"])
def test_a_part_has_a_kind_and_a_name(part: str) -> None:
    with pytest.raises(InvalidValue):
        read_part("the part", part)
    assert read_part("the part", " Limit :  Build  it ") == "limit:Build it"
    assert read_part("the part", "commitment") == "commitment"


def test_only_who_governs_the_stream_adopts_and_agrees(board: Board) -> None:
    board.done(c.AddEntity(GRANT, {"login": "anna", "role": "admin"}))
    board.done(c.AddEntity(GRANT, {"login": "bo", "role": "coach"}))
    bo = Session(board.path, actor="bo", clock=lambda: board.at)
    refusal = bo.do(adopt())
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.ROLE and "set controls and modes" in refusal.message
    board.done(c.AddEntity(GRANT, {"login": "bo", "role": "pmo", "only": 1}))
    assert isinstance(bo.do(adopt()), ChangeGroup)
    assert isinstance(bo.do(agree()), ChangeGroup)
    (deviation,) = board.read.entities(DEVIATION)
    assert isinstance(bo.do(c.RemoveEntity(DEVIATION, deviation.id)), ChangeGroup)
    bo.close()


def test_agreements_end_with_their_standard_but_not_with_a_version(board: Board) -> None:
    board.done(adopt())
    board.done(agree())
    (adoption,) = board.read.entities(ADOPTION)
    board.done(c.ChangeEntity(ADOPTION, adoption.id, {"text": TEXT + "# later\n"}))
    assert len(board.read.entities(DEVIATION)) == 1
    board.done(c.ChangeEntity(ADOPTION, adoption.id, {"standard": "other"}))
    assert board.read.entities(DEVIATION) == []
    assert isinstance(board.anna.undo(), ChangeGroup)
    assert len(board.read.entities(DEVIATION)) == 1
    board.done(c.RemoveEntity(ADOPTION, adoption.id))
    assert board.read.entities(DEVIATION) == []
    assert isinstance(board.anna.undo(), ChangeGroup)
    assert len(board.read.entities(DEVIATION)) == 1
