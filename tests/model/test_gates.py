"""Gates at moves: what each mode does with each verdict, waivers, emergencies, evidence."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.model.conftest import Board
from tests.model.controls import APPROVED, add_control, commits, example, moment, set_mode
from vsm.model import command as c
from vsm.model import event as e
from vsm.model.control.control import Disposition, Mode, Verdict, WaiverState
from vsm.model.control.facts import facts_of
from vsm.model.entities import GRANT, MEMBER
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.governance_entities import ALIAS, CONTROL, MODE, WAIVER
from vsm.model.rules import DAY, from_micros
from vsm.model.standard_entities import ADOPTION, DEVIATION
from vsm.session import ChangeGroup, Session
from vsm.store import journal
from vsm.templates import source

ADOPTED = {"only": 1, "standard": "kanban", "text": source("kanban"), "reason": "r" * 1000}


@pytest.fixture
def board(tmp_path: Path) -> Board:
    board = Board(tmp_path / "test.db")
    board.done(add_control())
    return board


def today(board: Board, days: int = 0) -> str:
    day: date = from_micros(board.at).date() + timedelta(days=days)
    return day.isoformat()


def move(board: Board, key: str = "CI-1", to: str = "Build", **more: Any) -> c.MoveItem:
    return c.MoveItem(board.item(key).id, board.stage(to).id, **more)


def gates(board: Board) -> list[tuple[Verdict, Disposition]]:
    rows = board.read._conn.execute(
        "SELECT verdict, disposition FROM evaluation ORDER BY seq, control"
    )
    return [(Verdict(verdict), Disposition(disposition)) for verdict, disposition in rows]


def test_without_a_mode_nothing_is_checked(board: Board) -> None:
    board.done(move(board))
    assert gates(board) == []


def test_supportive_advises(board: Board) -> None:
    board.done(set_mode("supportive", today(board)))
    board.done(move(board))
    assert gates(board) == [(Verdict.FAIL, Disposition.TOLERATED)]


def test_controlling_refuses_what_fails_and_keeps_the_try(board: Board) -> None:
    board.done(set_mode("controlling", today(board)))
    refusal = board.anna.do(move(board))
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.GATE
    assert refusal.message == "CI-1 does not pass owned: owner is not on record"
    assert refusal.remedy.startswith("name an owner; or ask for a waiver: vsm gov waive owned")
    assert board.item("CI-1").stage != board.stage("Build").id
    assert gates(board) == [(Verdict.FAIL, Disposition.ENFORCED)]
    board.done(c.EditItem(board.item("CI-1").id, {"owner": "anna"}))
    board.done(move(board, expected_version=board.item("CI-1").version))
    assert gates(board)[1:] == [(Verdict.PASS, Disposition.CLEAR)]


def test_a_refused_try_is_no_step_of_undo(board: Board) -> None:
    board.done(set_mode("controlling", today(board)))
    board.done(c.EditItem(board.item("CI-1").id, {"title": "first"}))
    board.anna.do(move(board))
    undone = board.anna.undo()
    assert isinstance(undone, ChangeGroup)
    assert "title" in undone.label


def test_a_fact_that_is_missing_refuses_and_is_named(board: Board) -> None:
    board.done(
        add_control(
            name="built",
            rule="change.builds.exists(b, b.status == 'pass')",
            applies="enter Build",
            examples=(
                example("pass", {"builds": [{"status": "pass"}]}),
                example("fail", {"builds": [{"status": "fail"}]}),
            ),
        ),
        set_mode("controlling", today(board), control=2),
    )
    refusal = board.anna.do(move(board))
    assert isinstance(refusal, Refusal)
    assert "change.builds is not on record" in refusal.message
    board.done(c.AddEvidence(board.item("CI-1").id, "build", "ci/7", status="pass"))
    board.done(move(board))


def test_a_mode_of_a_control_goes_before_that_of_its_stream(board: Board) -> None:
    board.done(set_mode("controlling", today(board)), set_mode("off", today(board), control=1))
    board.done(move(board))
    assert gates(board) == []


def test_a_later_decision_goes_before_an_earlier_one(board: Board) -> None:
    board.done(set_mode("controlling", today(board)), set_mode("supportive", today(board)))
    board.done(move(board))
    assert gates(board) == [(Verdict.FAIL, Disposition.TOLERATED)]


def test_a_mode_binds_from_its_day_on(board: Board) -> None:
    board.done(set_mode("controlling", today(board, 3)))
    board.done(move(board))
    board.at += 3 * 86_400_000_000
    assert isinstance(board.anna.do(move(board, "CI-2")), Refusal)


def test_history_is_not_rewritten(board: Board) -> None:
    assert "not rewritten" in board.refused(set_mode("controlling", today(board, -1))).message
    board.done(set_mode("controlling", today(board)))
    assert board.refused(c.RemoveEntity(MODE, 1)).code is RefusalCode.STATE
    yesterday = {"until": today(board, -1)}
    assert "not rewritten" in board.refused(c.ChangeEntity(MODE, 1, yesterday)).message


def waiver(board: Board, **values: Any) -> c.AddEntity:
    defaults = {
        "control": 1,
        "key": "CI-1",
        "reason": "pilot",
        "start": today(board),
        "until": today(board, 30),
    }
    return c.AddEntity(WAIVER, {**defaults, **values})


@pytest.mark.parametrize(("length", "said"), [(1000, ""), (1001, "1000 are allowed"), (0, "empty")])
def test_a_reason_is_as_long_as_that_of_a_blocker(board: Board, length: int, said: str) -> None:
    commands = (
        waiver(board, reason="x" * length),
        set_mode("controlling", today(board), reason="x" * length),
        c.AddEntity(DEVIATION, {"only": 1, "part": "limit:Build", "reason": "x" * length}),
    )
    if not said:
        board.done(c.AddEntity(ADOPTION, ADOPTED))
    for command in commands:
        if said:
            assert said in str(board.refused(command))
        else:
            board.done(command)


def test_a_waiver_that_somebody_else_grants_lets_pass(board: Board) -> None:
    board.done(set_mode("controlling", today(board)))
    board.done(waiver(board))
    assert isinstance(board.anna.do(move(board)), Refusal)
    grant = c.ChangeEntity(WAIVER, 1, {"state": WaiverState.GRANTED})
    assert "asked for this waiver" in board.refused(grant).message
    ben = Session(board.path, actor="ben", clock=lambda: board.at)
    assert isinstance(ben.do(grant), ChangeGroup)
    board.done(move(board))
    assert gates(board)[-1] == (Verdict.WAIVED, Disposition.TOLERATED)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"until": 91}, "90 days at most"),
        ({"start": -1}, "nothing is waived afterwards"),
        ({"until": -1}, "is before"),
        ({"key": "", "only": None}, "neither an item nor a stream"),
        ({"label": "pilot"}, "name one of them"),
        ({"key": "CI-99"}, "no item CI-99"),
    ],
)
def test_a_waiver_that_may_not_be(board: Board, values: dict[str, Any], said: str) -> None:
    days = {n: today(board, v) if isinstance(v, int) else v for n, v in values.items()}
    refusal = board.refused(waiver(board, **days))
    assert said in f"{refusal.message} {refusal.remedy}"


def test_an_expedite_item_passes_in_an_emergency(board: Board) -> None:
    board.done(set_mode("controlling", today(board)))
    refusal = board.anna.do(move(board, emergency="site is down"))
    assert isinstance(refusal, Refusal)
    assert "only expedite items" in refusal.message
    board.done(c.EditItem(board.item("CI-1").id, {"service": "expedite"}))
    board.done(move(board, emergency="site is down"))
    assert gates(board)[-1] == (Verdict.FAIL, Disposition.TOLERATED)
    later = board.item("CI-4")
    assert later.title == "Approve CI-1 afterwards: emergency move to Build"
    assert later.due == "2001-09-11"  # Sunday 9 September and two working days
    assert board.anna.undo()
    assert board.read.find_key("CI-4") is None


def test_the_label_of_an_emergency_leads_past_no_gate_at_redo(board: Board) -> None:
    """Anybody may give it; what asks for approval is known by the entry that made it."""
    build = board.stage("Build").id
    board.done(c.AddItem(1, "four", build, fields={"labels": ("emergency",)}))
    assert isinstance(board.anna.undo(), ChangeGroup)
    lea = Session(board.path, actor="lea", clock=lambda: board.at)
    assert isinstance(lea.do(set_mode("controlling", today(board))), ChangeGroup)
    lea.close()
    refusal = board.anna.redo()
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.GATE


def test_what_asks_for_approval_after_an_emergency_comes_back_at_redo(board: Board) -> None:
    board.done(
        add_control(name="new ones", applies="enter Backlog"),
        set_mode("controlling", today(board)),
        c.EditItem(board.item("CI-1").id, {"service": "expedite"}),
    )
    board.done(move(board, emergency="site is down"))
    assert board.read.find_key("CI-4") is not None
    assert isinstance(board.anna.undo(), ChangeGroup)
    assert isinstance(board.anna.redo(), ChangeGroup)
    assert board.item("CI-4").title.startswith("Approve CI-1 afterwards")


@pytest.mark.parametrize("name", ["chg-\u0430pproved", "re\u0430dy", "\u03bfwned"])
def test_a_name_of_look_alike_letters_is_refused(board: Board, name: str) -> None:
    """A control beside chg-approved that reads the same would be taken for it."""
    refusal = board.refused(add_control(name=name))
    assert "mixes" in refusal.message and "Latin" in refusal.message
    assert refusal.remedy == "write it in one alphabet"


def test_a_name_in_another_alphabet_is_allowed(board: Board) -> None:
    ready = "\u0433\u043e\u0442\u043e\u0432\u043e-1"
    board.done(add_control(name=ready), add_control(name="pr\u00fcfung-2"))


def test_an_emergency_that_is_entered_late_has_one_deadline(board: Board) -> None:
    board.done(set_mode("controlling", today(board)))
    board.done(c.EditItem(board.item("CI-1").id, {"service": "expedite"}))
    at = board.at
    board.at += 2 * DAY
    board.done(move(board, emergency="site is down", at=at, reason="noted on paper"))
    assert board.item("CI-4").due == "2001-09-11"  # two working days after it happened
    records = board.read.change_records(board.stream)
    review = facts_of(records.record(1, board.at))["change"]["review"]
    assert review["due"].date().isoformat() == board.item("CI-4").due


def test_an_emergency_without_need_leaves_no_trace(board: Board) -> None:
    board.done(
        set_mode("controlling", today(board)),
        c.EditItem(board.item("CI-1").id, {"service": "expedite", "owner": "anna"}),
    )
    board.done(move(board, emergency="site is down"))
    assert board.read.find_key("CI-4") is None


AGREED_NAME = {"only": 1, "part": "name:Review=Build", "reason": "it is called so here"}


def test_a_gate_goes_by_the_name_that_a_standard_has_for_a_stage(board: Board) -> None:
    """Where it is agreed that Review of the standard is Build here, a gate on Review is there."""
    board.done(
        add_control(name="reviewed", applies="enter Review"),
        set_mode("controlling", today(board)),
    )
    board.done(c.ChangeEntity(CONTROL, 1, {"applies": "enter Ready"}))
    board.done(c.AddEntity(ADOPTION, ADOPTED))
    board.done(c.AddEntity(DEVIATION, AGREED_NAME))
    refusal = board.anna.do(move(board))
    assert isinstance(refusal, Refusal) and refusal.code is RefusalCode.GATE
    assert "reviewed" in refusal.message
    (deviation,) = board.read.entities(DEVIATION)
    board.done(c.RemoveEntity(DEVIATION, deviation.id))
    board.done(move(board))


def test_a_stage_with_an_agreed_name_is_renamed_by_who_governs_alone(board: Board) -> None:
    board.done(
        *(
            c.AddEntity(GRANT, {"login": n, "role": r})
            for n, r in (("anna", "admin"), ("cora", "coach"))
        ),
        add_control(name="reviewed", applies="enter Review"),
        set_mode("controlling", today(board)),
    )
    board.done(c.AddEntity(ADOPTION, ADOPTED))
    board.done(c.AddEntity(DEVIATION, AGREED_NAME))
    cora = Session(board.path, actor="cora", clock=lambda: board.at)
    refusal = cora.do(c.SetStage(board.stage("Build").id, {"name": "Make"}))
    assert isinstance(refusal, Refusal)
    assert "Build has a gate (owned, reviewed)" in refusal.message
    cora.close()


def test_new_items_and_transfers_meet_gates_too(board: Board) -> None:
    board.done(set_mode("controlling", today(board)))
    refusal = board.anna.do(c.AddItem(1, "four", board.stage("Build").id))
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.GATE
    board.done(c.AddItem(1, "four", board.stage("Build").id, fields={"owner": "anna"}))


def test_of_several_moves_those_that_pass_are_made(board: Board) -> None:
    board.done(set_mode("controlling", today(board)))
    board.done(c.EditItem(board.item("CI-2").id, {"owner": "anna"}))
    done = board.anna.do_each(move(board, "CI-1"), move(board, "CI-2"))
    assert isinstance(done, ChangeGroup)
    assert [refusal.code for _, refusal in done.refused] == [RefusalCode.GATE]
    assert board.item("CI-2").stage == board.stage("Build").id
    assert len(gates(board)) == 2


def test_two_logins_are_one_person(board: Board) -> None:
    """The check value of chg-approved with an alias."""
    board.done(
        c.AddEntity(MEMBER, {"login": "u1"}),
        add_control(
            name="approved",
            rule=APPROVED,
            examples=(
                example(
                    "pass",
                    {
                        "approvals": [{"by": "u3", "at": moment("13:00")}],
                        "pull_requests": commits(("u1", "10:00")),
                    },
                ),
                example("fail", {"approvals": [], "pull_requests": commits(("u1", "10:00"))}),
            ),
        ),
        set_mode("controlling", today(board), control=2),
    )
    item = board.item("CI-1").id
    before = board.at - 3_600_000_000
    board.done(
        c.AddEvidence(item, "commit", "abc", happened=before, by="u1", details={"pr": "7"}),
        c.AddEvidence(item, "approval", "pr/7", by="u3"),
        c.AddEntity(ALIAS, {"name": "u3", "member": 1}),
    )
    assert isinstance(board.anna.do(move(board)), Refusal)
    board.done(c.AddEvidence(item, "approval", "pr/7/2", by="u2"))
    board.done(move(board))


def test_evidence_recorded_again_is_no_change(board: Board) -> None:
    item = board.item("CI-1").id
    build = c.AddEvidence(item, "build", "ci/7", status="pass", details={"sha": "abc"})
    board.done(build)
    board.at += 1_000_000
    assert board.refused(build).code is RefusalCode.UNCHANGED
    board.done(c.AddEvidence(item, "build", "ci/7", status="fail", details={"sha": "abc"}))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "rumour"}, "no kind of evidence"),
        ({"ref": " "}, "no reference"),
        ({"status": "green"}, "no status of a build"),
        ({"details": {"colour": "green"}}, "has no 'colour'"),
        ({"sha256": "abc"}, "no SHA-256"),
        ({"happened": 2_000_000_000_000_000}, "of the future"),
        ({"kind": "commit", "status": ""}, "needs pr"),
    ],
)
def test_evidence_that_may_not_be(board: Board, values: dict[str, Any], said: str) -> None:
    build = {"kind": "build", "ref": "ci/7", "status": "pass", **values}
    assert said in board.refused(c.AddEvidence(board.item("CI-1").id, **build)).message


def test_a_member_records_no_approval_of_others(board: Board) -> None:
    board.done(
        c.AddEntity(GRANT, {"login": "anna", "role": "admin"}),
        c.AddEntity(GRANT, {"login": "mia", "role": "member"}),
    )
    mia = Session(board.path, actor="mia", clock=lambda: board.at)
    item = board.item("CI-1").id
    refused = mia.do(c.AddEvidence(item, "approval", "x", by="anna"))
    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.ROLE
    assert isinstance(mia.do(c.AddEvidence(item, "approval", "x")), ChangeGroup)
    assert isinstance(mia.do(add_control(name="other")), Refusal)
    assert isinstance(mia.do(set_mode("off", today(board))), Refusal)


def test_tables_follow_from_the_journal(board: Board) -> None:
    """What a replay makes of all of it is what is there."""
    from vsm.store.doctor import examine

    board.done(set_mode("controlling", today(board)))
    board.anna.do(move(board))
    board.done(c.AddEvidence(board.item("CI-1").id, "approval", "x"))
    board.anna.undo()
    board.done(c.EditItem(board.item("CI-1").id, {"owner": "anna"}))
    board.done(move(board))
    report = examine(board.path)
    assert report.ok, [f for f in report.findings if not f.ok]


def test_the_mode_says_who_decided_it(board: Board) -> None:
    board.done(set_mode("controlling", today(board)))
    conn = board.read._conn
    events = [r.event for r in journal.read(conn, "WHERE kind = 'mode_set'")]
    assert isinstance(events[0], e.EntityAdded)
    assert events[0].values["decided_by"] == "anna"
    assert Mode(events[0].values["value"]) is Mode.CONTROLLING
    assert CONTROL.name == "control"


def test_who_may_not_govern_takes_no_gate_its_stage(board: Board) -> None:
    """Gates go by the names of stages: another name or no stage would switch them off."""
    build = board.stage("Build").id
    board.done(
        c.AddEntity(GRANT, {"login": "anna", "role": "admin"}),
        c.AddEntity(GRANT, {"login": "cora", "role": "coach"}),
    )
    cora = Session(board.path, actor="cora", clock=lambda: board.at)
    rename, back = c.SetStage(build, {"name": "Make"}), c.SetStage(build, {"name": "Build"})
    assert isinstance(cora.do(rename), ChangeGroup)
    assert isinstance(cora.do(back), ChangeGroup)
    board.done(set_mode("controlling", today(board, 1)))
    retire = c.RetireStage(build, board.stage("Ready").id)
    for command in (rename, retire, c.MergeStages(build, board.stage("Review").id)):
        refused = cora.do(command)
        assert isinstance(refused, Refusal)
        assert refused.code is RefusalCode.ROLE
        assert "Build has a gate (owned), which goes by its name" in refused.message
        assert refused.remedy == "ask anna (admin)"
    assert isinstance(cora.undo(), Refusal)
    assert isinstance(cora.do(c.SetStage(build, {"policy": "in pairs"})), ChangeGroup)
    board.done(rename)
    assert isinstance(cora.do(c.SetStage(build, {"name": "Work"})), ChangeGroup)
    cora.close()
