"""The controls that come with vsm: their examples, deadlines and the facts that they read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import celpy
import celpy.celtypes
import pytest

from tests.model.conftest import Board
from tests.samples.streams import kanban
from vsm.controls import shipped
from vsm.model import command as c
from vsm.model.control.control import Control, Verdict
from vsm.model.control.deadlines import answer_due, breach_due, dpia_needed, months_later
from vsm.model.control.engine import Evaluator
from vsm.model.control.examples import check_control, read_example
from vsm.model.control.facts import facts_of
from vsm.model.entities import MEMBER
from vsm.model.errors import Refusal
from vsm.model.governance_entities import ALIAS, CONTROL
from vsm.model.rules import from_micros, local, to_micros

CONTROLS = shipped()
BERLIN = "Europe/Berlin"
REF = re.compile(r"SOC2 CC\d\.\d|GDPR Art\. \d+|800-53 [A-Z]{2}-\d+")


def moment(text: str) -> int:
    return to_micros(datetime.fromisoformat(text))


@pytest.mark.parametrize("name", CONTROLS)
def test_a_shipped_control_does_what_its_examples_say(name: str) -> None:
    control = Control(1, owner=None, **CONTROLS[name])
    check_control(control)
    assert len(control.title) <= 100 and control.why and control.remedy
    assert all(REF.fullmatch(ref) for ref in control.refs)
    if name != "ready":
        assert control.refs
        verdicts = {read_example(line).expect for line in control.examples}
        assert verdicts == {Verdict.PASS, Verdict.FAIL, Verdict.INDETERMINATE}


@pytest.mark.parametrize("name", CONTROLS)
def test_another_engine_has_the_same_verdicts(name: str) -> None:
    """Examples with unknown facts are left out: there vsm's own rule holds, not that of CEL."""
    environment = celpy.Environment()
    program = environment.program(environment.compile(CONTROLS[name]["rule"]))
    for line in CONTROLS[name]["examples"]:
        example = read_example(line)
        if example.expect is not Verdict.INDETERMINATE:
            value = program.evaluate({k: _cel(v) for k, v in example.facts.items()})
            assert bool(value) is (example.expect is Verdict.PASS), example.why


def _cel(value: Any) -> Any:
    if isinstance(value, dict):
        made = {celpy.celtypes.StringType(k): _cel(v) for k, v in value.items()}
        return celpy.celtypes.MapType(made)
    if isinstance(value, list):
        return celpy.celtypes.ListType([_cel(element) for element in value])
    return celpy.json_to_cel(value) if not isinstance(value, datetime) else _moment(value)


def _moment(value: datetime) -> celpy.celtypes.TimestampType:
    return celpy.celtypes.TimestampType(value.astimezone(UTC).isoformat())


def test_all_shipped_controls_can_be_set(board: Board) -> None:
    board.done(*(c.AddEntity(CONTROL, values) for values in CONTROLS.values()))
    assert {control.name for control in board.read.entities(CONTROL)} == set(CONTROLS)


# -- deadlines ------------------------------------------------------------------------------


def test_72_hours_pass_over_the_change_of_clocks() -> None:
    due = breach_due(moment("2026-03-27T18:00+01:00"))
    assert local(due, BERLIN).isoformat() == "2026-03-30T19:00:00+02:00"


@pytest.mark.parametrize(("year", "last"), [(2026, "2026-02-28"), (2028, "2028-02-29")])
def test_a_month_from_the_31st_ends_on_the_last_day(year: int, last: str) -> None:
    due = answer_due(moment(f"{year}-01-31T09:00+01:00"), BERLIN, extended=False)
    assert local(due, BERLIN).isoformat()[:19] == f"{last}T23:59:59"
    extended = answer_due(moment(f"{year}-01-31T09:00+01:00"), BERLIN, extended=True)
    assert local(extended, BERLIN).date().isoformat() == f"{year}-04-30"
    assert months_later(datetime(2026, 12, 31).date(), 2).isoformat() == "2027-02-28"


def test_two_criteria_need_an_assessment_at_threshold_two() -> None:
    answers = frozenset(("evaluation", "vulnerable"))
    assert dpia_needed(answers) and not dpia_needed(answers, threshold=3)


def test_the_threshold_is_a_number_in_the_rule() -> None:
    (fails,) = [
        example
        for line in CONTROLS["gdpr-dpia"]["examples"]
        if "two criteria, no" in (example := read_example(line)).why
    ]
    rule = CONTROLS["gdpr-dpia"]["rule"]
    assert Evaluator(fails.facts).evaluate(rule).verdict is Verdict.FAIL
    assert Evaluator(fails.facts).evaluate(rule.replace("< 2", "< 3")).verdict is Verdict.PASS


# -- from what is on record ---------------------------------------------------------------------


@pytest.fixture
def change(tmp_path: Path) -> Board:
    """Item CI-1 of a stream in Berlin; it is noon on Monday, 27 April 2026."""
    board = Board(tmp_path / "change.db")
    board.at = moment("2026-03-02T09:00+01:00")
    board.done(kanban("Payments", BERLIN, "P"))
    board.done(c.AddItem(2, "a change"))
    board.at = moment("2026-04-27T12:00+02:00")
    return board


def facts(board: Board) -> dict[str, Any]:
    item = board.item("P-1")
    stream = board.read.stream(item.stream)
    assert stream is not None
    return facts_of(board.read.change_records(stream).record(item.id, board.at))


def record(board: Board, kind: str, ref: str, at: str, by: str = "", **more: Any) -> None:
    happened = moment(at if "T" in at else f"2026-04-20T{at}+02:00")
    board.done(c.AddEvidence(board.item("P-1").id, kind, ref, happened, by, **more))


def check(board: Board, name: str) -> Verdict:
    return Evaluator(facts(board)).evaluate(CONTROLS[name]["rule"]).verdict


def commits(board: Board) -> None:
    record(board, "commit", "a1", "10:00", "u1", details={"pr": "7"})
    record(board, "commit", "a2", "12:00", "u2", details={"pr": "7"})


@pytest.mark.parametrize(
    ("by", "at", "verdict"),
    [("u2", "13:00", "fail"), ("u3", "11:00", "fail"), ("u3", "13:00", "pass")],
)
@pytest.mark.parametrize("kind", ["approval", "review"])
def test_approval_is_by_somebody_else_after_the_last_commit(
    change: Board, kind: str, by: str, at: str, verdict: str
) -> None:
    commits(change)
    review = {"status": "approved", "details": {"pr": "7"}} if kind == "review" else {}
    record(change, kind, "ok", at, by, **review)
    assert check(change, "chg-approved") == verdict


def test_two_logins_of_one_person_are_one(change: Board) -> None:
    commits(change)
    record(change, "approval", "ok", "13:00", "u3")
    change.done(c.AddEntity(MEMBER, {"login": "u1", "name": "Una"}))
    change.done(c.AddEntity(ALIAS, {"name": "U3", "member": 1}))
    assert check(change, "chg-approved") is Verdict.FAIL


@pytest.mark.parametrize("is_member", [True, False])
def test_a_login_in_other_letters_is_the_same_person(change: Board, is_member: bool) -> None:
    if is_member:
        change.done(c.AddEntity(MEMBER, {"login": "Ben.Ude"}))
    record(change, "commit", "a1", "10:00", "ben.ude", details={"pr": "7"})
    record(change, "approval", "ok", "13:00", "BEN.ude")
    record(change, "attestation", "dpia", "13:00", details={"dpia.by": "BEN.UDE"})
    assert check(change, "chg-approved") is Verdict.FAIL
    made = facts(change)["change"]
    people = {made["approvals"][0]["by"], made["dpia"]["by"]}
    assert people == {"Ben.Ude" if is_member else "ben.ude"}


def test_a_review_that_asks_for_changes_takes_its_approval_back(change: Board) -> None:
    commits(change)
    record(change, "review", "r1", "13:00", "u3", status="approved", details={"pr": "7"})
    record(change, "review", "r2", "14:00", "u3", status="commented", details={"pr": "7"})
    assert check(change, "chg-approved") is Verdict.PASS
    record(change, "review", "r3", "15:00", "u3", status="changes_requested", details={"pr": "7"})
    assert check(change, "chg-approved") is Verdict.FAIL


def test_a_build_of_the_merged_commit_passed_before_production(change: Board) -> None:
    assert check(change, "chg-tested") is Verdict.INDETERMINATE
    merged = {"merged_at": "2026-04-20T14:00:00+02:00", "sha": "m1"}
    record(change, "pull_request", "7", "14:00", "u1", details=merged)
    record(change, "build", "ci/1", "15:00", status="pass", details={"sha": "m1"})
    record(change, "deployment", "d/1", "16:00", "u1", status="success", details={"env": "Prod-EU"})
    assert check(change, "chg-tested") is Verdict.PASS
    record(change, "deployment", "d/0", "14:30", "u1", status="success", details={"env": "live"})
    assert check(change, "chg-tested") is Verdict.FAIL


def test_breach_and_request_have_their_dates(change: Board) -> None:
    aware = {"incident.aware_at": "2026-03-27T18:00:00+01:00"}
    record(change, "attestation", "breach", "10:00", details=aware)
    received = {"request.received_at": "2026-01-31T09:00:00+01:00"}
    record(change, "attestation", "request", "10:00", details=received)
    change_facts = facts(change)["change"]
    due = change_facts["incident"]["report_due"]
    assert local(to_micros(due), BERLIN).isoformat() == "2026-03-30T19:00:00+02:00"
    due = change_facts["request"]["answer_due"]
    assert local(to_micros(due), BERLIN).date().isoformat() == "2026-02-28"
    assert check(change, "gdpr-breach") is Verdict.FAIL
    assert check(change, "gdpr-erasure") is Verdict.FAIL
    late = {"incident.reported_at": "2026-03-30T19:00:00+02:00"}
    record(change, "attestation", "notice", "10:00", details=late)
    assert check(change, "gdpr-breach") is Verdict.PASS


@pytest.mark.parametrize(
    ("said_on", "due"), [("02-28T22:00", "2026-04-30"), ("03-01T08:00", "2026-02-28")]
)
def test_a_request_is_extended_within_its_first_month(
    change: Board, said_on: str, due: str
) -> None:
    received = {"request.received_at": "2026-01-31T09:00:00+01:00"}
    record(change, "attestation", "request", "10:00", details=received)
    reason = {"request.extended_for": "three systems"}
    record(change, "attestation", "longer", f"2026-{said_on}+01:00", details=reason)
    record(change, "attestation", "longer", "11:00", details=reason)
    moment_due = facts(change)["change"]["request"]["answer_due"]
    assert local(to_micros(moment_due), BERLIN).date().isoformat() == due


def test_criteria_are_those_of_the_guidelines(change: Board) -> None:
    item = change.item("P-1").id
    wrong = c.AddEvidence(item, "attestation", "dpia", details={"dpia.criteria": "vulnerabel"})
    refusal = change.anna.do(wrong)
    assert isinstance(refusal, Refusal)
    assert refusal.message == "'vulnerabel' is none of the nine criteria"
    assert refusal.remedy == "did you mean vulnerable?"
    twice = {"dpia.criteria": "evaluation, Evaluation"}
    change.done(c.AddEvidence(item, "attestation", "dpia", details=twice))
    assert facts(change)["change"]["dpia"]["criteria"] == ["evaluation"]


def test_an_emergency_is_approved_within_two_working_days(board: Board) -> None:
    from vsm.model.control.control import Mode
    from vsm.model.control.facts import OnRecord, Record

    friday = moment("2026-03-06T22:00+00:00")
    known = OnRecord(emergencies=((friday, "payments are down"),))
    record = Record(board.item("CI-1"), board.stream, friday, Mode.OFF, known=known)
    review = facts_of(record)["change"]["review"]
    assert review["due"] + timedelta(microseconds=1) == datetime(2026, 3, 11, tzinfo=UTC)
    assert review["emergency_at"] == from_micros(friday)


def review_of(board: Board, by: str, *, second: bool = False) -> dict[str, Any]:
    """The review of an emergency of Friday that tom moved and ci deployed, approved on Monday."""
    from vsm.model.control.control import Mode
    from vsm.model.control.evidence import Evidence, EvidenceKind
    from vsm.model.control.facts import Entry, OnRecord, Record

    friday, monday = moment("2026-03-06T22:00+00:00"), moment("2026-03-09T10:00+00:00")
    wednesday = moment("2026-03-11T10:00+00:00")
    deployed = Evidence(
        1, 1, EvidenceKind.DEPLOYMENT, "d", friday, "ci", "success", {"env": "production"}
    )
    approved = Evidence(
        2, 1, EvidenceKind.APPROVAL, "a", monday, by, details={"kind": "retrospective"}
    )
    known = OnRecord(
        entries=(Entry("Done", friday, "Tom"),),
        evidence=(deployed, approved),
        emergencies=((friday, "payments are down"), (wednesday, "again"))[: 1 + second],
    )
    record = Record(board.item("CI-1"), board.stream, wednesday, Mode.OFF, known=known)
    review: dict[str, Any] = facts_of(record)["change"]["review"]
    return review


@pytest.mark.parametrize("by", ["tom", "CI", ""])
def test_nobody_approves_their_own_emergency(board: Board, by: str) -> None:
    assert "approved_at" not in review_of(board, by)
    assert "approved_at" in review_of(board, "lea")


def test_the_first_emergency_that_nobody_approved_counts(board: Board) -> None:
    assert review_of(board, "tom", second=True)["emergency_reason"] == "payments are down"
    assert review_of(board, "lea", second=True)["emergency_reason"] == "again"
