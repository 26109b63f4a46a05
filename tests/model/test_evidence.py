"""Evidence: which record of a piece counts, who may write it, and what may be stated."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.model.conftest import Board
from tests.model.controls import add_control, example, set_mode
from vsm.features.governance.reading import read_check
from vsm.model import command as c
from vsm.model.control.control import Mode, Verdict
from vsm.model.control.evidence import DERIVED, Evidence, EvidenceKind, read_details
from vsm.model.control.facts import OnRecord, Record, facts_of
from vsm.model.entities import GRANT, MEMBER
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.governance_entities import ALIAS
from vsm.model.rules import SECOND, from_micros, iso
from vsm.session import ChangeGroup, Session

HOUR = 3600 * SECOND

BUILT = {
    "name": "built",
    "title": "a build passed",
    "rule": "change.builds.exists(b, b.status == 'pass')",
    "examples": (
        example("pass", {"builds": [{"status": "pass"}]}),
        example("fail", {"builds": [{"status": "fail"}]}),
    ),
}


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path / "test.db")


def evidence(board: Board, kind: str, ref: str, hours_ago: int = 0, **more: Any) -> c.AddEvidence:
    """A piece of evidence about CI-1."""
    return c.AddEvidence(board.item("CI-1").id, kind, ref, board.at - hours_ago * HOUR, **more)


def facts(board: Board, at: int | None = None) -> dict[str, Any]:
    item = board.item("CI-1").id
    made = facts_of(board.read.change_records(board.stream).record(item, at or board.at))
    change: dict[str, Any] = made["change"]
    return change


def hour(board: Board, hours_ago: int) -> datetime:
    return from_micros(board.at - hours_ago * HOUR)


def test_check_gate_and_report_believe_the_same_correction(board: Board) -> None:
    board.done(add_control(**BUILT), set_mode("supportive", hour(board, 0).date().isoformat()))
    board.done(evidence(board, "build", "ci/1", 2, status="pass"))
    board.done(evidence(board, "build", "ci/1", 3, status="fail"))
    target, now = board.stage("Build"), board.at
    checked = read_check(board.read, board.item("CI-1"), board.stream, target, now)
    board.done(c.MoveItem(board.item("CI-1").id, target.id))
    (recorded,) = board.read.evaluations(board.stream.id)
    assert [result.verdict for result in checked.results] == [Verdict.FAIL]
    assert recorded.verdict is Verdict.FAIL
    assert [build["status"] for build in facts(board)["builds"]] == ["fail"]


def test_before_it_happened_again_the_earlier_record_counts(board: Board) -> None:
    board.done(evidence(board, "build", "ci/1", 3, status="pass"))
    board.done(evidence(board, "build", "ci/1", 1, status="fail"))
    assert facts(board, board.at - 2 * HOUR)["builds"] == [{"status": "pass", "at": hour(board, 3)}]
    assert [build["status"] for build in facts(board)["builds"]] == ["fail"]


def test_opinions_of_two_people_stand_beside_each_other(board: Board) -> None:
    for by in ("ben", "amy", "Ben"):
        review = {"status": "approved", "details": {"pr": "7"}}
        board.done(evidence(board, "review", "pr/7", by=by, **review))
        board.done(evidence(board, "approval", "board of 2 March", by=by))
    made = facts(board)
    approvals = [(one.get("kind", ""), one["by"]) for one in made["approvals"]]
    assert sorted(approvals) == [("", "amy"), ("", "ben"), ("review", "amy"), ("review", "ben")]
    board.done(evidence(board, "review", "pr/7", by="amy", status="dismissed", details={"pr": "7"}))
    assert [one["by"] for one in facts(board)["approvals"] if "kind" in one] == ["ben"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("pull_request", "merged_at"),
        ("attestation", "incident.reported_at"),
        ("attestation", "dpia.done_at"),
    ],
)
def test_what_is_stated_has_happened(board: Board, kind: str, name: str) -> None:
    tomorrow = from_micros(board.at + 24 * HOUR).isoformat()
    refusal = board.refused(evidence(board, kind, "7", details={name: tomorrow}))
    assert f"{name} is in the future" in refusal.message
    board.done(evidence(board, kind, "7", details={name: hour(board, 0).isoformat()}))


def statement(board: Board, ref: str, **details: str) -> c.AddEvidence:
    values = {name.replace("__", "."): value for name, value in details.items()}
    return evidence(board, "attestation", ref, details=values)


@pytest.mark.parametrize("path", DERIVED)
def test_what_follows_from_other_facts_is_not_stated(board: Board, path: str) -> None:
    name = path.removeprefix("change.")
    value = "yes" if name == "dpia.needed" else hour(board, -1).isoformat()
    refusal = board.refused(evidence(board, "attestation", "x", details={name: value}))
    assert f"{name} follows from" in refusal.message
    assert refusal.remedy == DERIVED[path]


def test_statements_of_older_journals_are_read_and_do_not_count(board: Board) -> None:
    at = iso(board.at)
    old = dict.fromkeys(DERIVED, at) | {"change.dpia.needed": False, "change.dpia.by": "ben"}
    assert read_details(EvidenceKind.ATTESTATION, old) == old
    known = OnRecord(evidence=(Evidence(1, 1, EvidenceKind.ATTESTATION, "x", 0, details=old),))
    record = Record(board.item("CI-1"), board.stream, board.at, Mode.OFF, known=known)
    change = facts_of(record)["change"]
    assert change["dpia"] == {"by": "ben"}
    assert (change["incident"], change["request"], change["review"]) == ({}, {}, {})


def test_a_report_follows_awareness(board: Board) -> None:
    before, after = hour(board, 5).isoformat(), hour(board, 3).isoformat()
    both = {"incident__aware_at": after, "incident__reported_at": before}
    assert "from before awareness" in board.refused(statement(board, "both", **both)).message
    board.done(statement(board, "aware", incident__aware_at=after))
    refusal = board.refused(statement(board, "report", incident__reported_at=before))
    assert "from before awareness" in refusal.message
    board.done(statement(board, "report", incident__reported_at=after))
    board.done(statement(board, "aware", incident__aware_at=before))
    board.done(statement(board, "report", incident__reported_at=before))


def members(board: Board, *logins: str) -> list[Session]:
    board.done(
        c.AddEntity(GRANT, {"login": "anna", "role": "admin"}),
        *(c.AddEntity(GRANT, {"login": login, "role": "member"}) for login in logins),
    )
    return [Session(board.path, actor=login, clock=lambda: board.at) for login in logins]


@pytest.mark.parametrize("kind", ["commit", "pull_request", "build", "deployment", "review"])
def test_members_record_what_they_did_themselves(board: Board, kind: str) -> None:
    (mia,) = members(board, "mia")
    more: dict[str, Any] = {
        "commit": {"details": {"pr": "7"}},
        "build": {"status": "pass"},
        "deployment": {"status": "success", "details": {"env": "production"}},
        "review": {"status": "approved", "details": {"pr": "7"}},
    }.get(kind, {})
    assert isinstance(mia.do(evidence(board, kind, "x", by="mia", **more)), ChangeGroup)
    refused = mia.do(evidence(board, kind, "y", by="ghost", **more))
    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.ROLE
    assert refused.message == f"mia may not record the {kind} of ghost"
    assert refused.remedy == "ask anna (admin)"


def test_members_do_not_replace_what_others_recorded(board: Board) -> None:
    mia, tom = members(board, "mia", "tom")
    board.done(evidence(board, "build", "ci/1", status="fail", by="mia"))
    refused = mia.do(evidence(board, "build", "ci/1", status="pass", by="mia"))
    assert isinstance(refused, Refusal)
    assert refused.message == "mia may not replace the build ci/1 that anna recorded"
    again = mia.do(evidence(board, "build", "ci/1", status="fail", by="mia"))
    assert isinstance(again, Refusal)
    assert again.code is RefusalCode.UNCHANGED
    assert isinstance(mia.do(evidence(board, "build", "ci/2", status="fail")), ChangeGroup)
    assert isinstance(mia.do(evidence(board, "build", "ci/2", status="pass")), ChangeGroup)
    assert isinstance(tom.do(evidence(board, "build", "ci/2", status="fail")), Refusal)
    board.done(evidence(board, "build", "ci/2", status="fail"))


def test_an_alias_is_oneself(board: Board) -> None:
    board.done(
        c.AddEntity(MEMBER, {"login": "mia"}), c.AddEntity(ALIAS, {"name": "mbo", "member": 1})
    )
    (mia,) = members(board, "mia")
    commit = evidence(board, "commit", "a1", by="MBO", details={"pr": "7"})
    assert isinstance(mia.do(commit), ChangeGroup)
