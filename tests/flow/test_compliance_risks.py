"""Items with personal data or a security label that lack facts, flagged before it is late."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.model.conftest import Board
from tests.model.controls import add_control, example
from vsm.features.governance.risk_report import report_risks
from vsm.features.governance.risk_results import ComplianceRisks
from vsm.features.governance.risks import read_compliance_risks
from vsm.model.command import AddEvidence, EditItem, MoveItem
from vsm.model.rules import from_micros

DPIA = {
    "name": "dpia",
    "title": "its impact assessment is done",
    "applies": "enter Build",
    "rule": "change.dpia.done_at < now",
    "remedy": "do the impact assessment",
    "examples": (
        example("pass", {"dpia": {"done_at": "2026-01-01T00:00:00Z"}}).replace(
            '"facts": {', '"facts": {"now": "2026-02-01T00:00:00Z", '
        ),
        example("fail", {"dpia": {"done_at": "2026-03-01T00:00:00Z"}}).replace(
            '"facts": {', '"facts": {"now": "2026-02-01T00:00:00Z", '
        ),
    ),
}


@pytest.fixture
def board(tmp_path: Path) -> Board:
    board = Board(tmp_path / "test.db")
    board.done(add_control(**DPIA))
    return board


def risks(board: Board) -> ComplianceRisks:
    return read_compliance_risks(board.read, board.stream, board.at)


def edit(board: Board, key: str, **changes: Any) -> None:
    board.done(EditItem(board.item(key).id, changes))


def due(board: Board, days: int) -> str:
    return (from_micros(board.at).date() + timedelta(days=days)).isoformat()


def test_an_item_without_such_data_is_not_looked_at(board: Board) -> None:
    edit(board, "CI-1", due=due(board, 7))
    assert risks(board).risks == ()
    assert risks(board).items == 0


def test_a_label_near_the_gate_is_flagged_with_what_lacks(board: Board) -> None:
    edit(board, "CI-1", labels=["Security"])
    board.done(MoveItem(board.item("CI-1").id, board.stage("Ready").id))
    (risk,) = risks(board).risks
    assert (risk.item, risk.carries, risk.control) == ("CI-1", "label Security", "dpia")
    assert risk.lacks == "change.dpia.done_at is not on record"
    assert risk.when == "Build is next"


def test_what_is_attested_counts_as_a_label_does(board: Board) -> None:
    item = board.item("CI-2").id
    personal = {"data.personal": "yes"}
    board.done(AddEvidence(item, "attestation", "data", details=personal))
    board.done(MoveItem(item, board.stage("Ready").id))
    assert [risk.carries for risk in risks(board).risks] == ["personal data"]
    board.done(AddEvidence(item, "attestation", "data", details={"data.personal": "no"}))
    assert risks(board).items == 0


@pytest.mark.parametrize(("days", "words"), [(3, "due this week"), (20, "due in 2 weeks")])
def test_far_from_the_gate_the_due_date_counts(board: Board, days: int, words: str) -> None:
    board.done(add_control(**{**DPIA, "name": "late", "applies": "finish"}))
    edit(board, "CI-1", labels=["pii"], due=due(board, days))
    assert words in {risk.when for risk in risks(board).risks if risk.control == "late"}


def test_nothing_is_flagged_far_from_both(board: Board) -> None:
    board.done(add_control(**{**DPIA, "name": "late", "applies": "finish"}))
    edit(board, "CI-1", labels=["pii"], due=due(board, 90))
    assert "late" not in {risk.control for risk in risks(board).risks}


def test_what_is_on_record_is_no_risk(board: Board) -> None:
    edit(board, "CI-1", labels=["pii"])
    item = board.item("CI-1").id
    board.done(MoveItem(item, board.stage("Ready").id))
    done = {"dpia.done_at": "2001-09-01T00:00:00Z"}
    board.done(AddEvidence(item, "attestation", "dpia", details=done))
    assert risks(board).risks == ()
    assert "none lacks facts" in str(report_risks(risks(board)))


def test_what_passed_the_gate_is_no_risk_any_more(board: Board) -> None:
    edit(board, "CI-1", labels=["pii"], due=due(board, 3))
    board.done(MoveItem(board.item("CI-1").id, board.stage("Build").id))
    assert risks(board).risks == ()
