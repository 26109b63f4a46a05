"""Events of governance in the journal: undo and redo, other files, and people who are forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Vsm
from tests.model.conftest import Board
from tests.model.controls import add_control, set_mode
from vsm.model import command as c
from vsm.model.entities import GRANT, MEMBER
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.governance_entities import ALIAS, CONTROL, MODE, WAIVER
from vsm.model.rules import from_micros
from vsm.reader import Reader
from vsm.session import ChangeGroup, Session
from vsm.store.doctor import examine


@pytest.fixture
def board(tmp_path: Path) -> Board:
    board = Board(tmp_path / "test.db")
    board.done(add_control())
    return board


def today(board: Board, days: int = 0) -> str:
    day: date = from_micros(board.at).date() + timedelta(days=days)
    return day.isoformat()


def as_(board: Board, name: str) -> Session:
    return Session(board.path, actor=name, clock=lambda: board.at)


def waiver(board: Board, **values: Any) -> c.AddEntity:
    defaults = {"control": 1, "key": "CI-1", "reason": "pilot"}
    span = {"start": today(board), "until": today(board, 30)}
    return c.AddEntity(WAIVER, {**defaults, **span, **values})


def table(board: Board, name: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = board.read._conn.execute(
        f"SELECT * FROM {name} ORDER BY id"
    ).fetchall()
    return rows


CHANGES: dict[str, tuple[str, Callable[[Board], tuple[c.Command, ...]]]] = {
    "set a control": ("control", lambda b: (add_control(name="other"),)),
    "change a control": (
        "control",
        lambda b: (c.ChangeEntity(CONTROL, 1, {"severity": "high", "refs": ("SOC2 CC8.1",)}),),
    ),
    "remove a control": ("control", lambda b: (c.RemoveEntity(CONTROL, 1),)),
    "announce a mode": (
        "governance_mode",
        lambda b: (set_mode("directive", today(b, 9), lead="lea", control=1),),
    ),
    "ask for a waiver": ("waiver", lambda b: (waiver(b),)),
    "note an alias": (
        "member_alias",
        lambda b: (
            c.AddEntity(MEMBER, {"login": "ben"}),
            c.AddEntity(ALIAS, {"name": "ben@github", "member": 1}),
        ),
    ),
    "record evidence": ("evidence", lambda b: (c.AddEvidence(1, "approval", "x"),)),
    "attest": (
        "evidence",
        lambda b: (c.AddEvidence(1, "attestation", "a", details={"data.personal": "yes"}),),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_undo_takes_back_and_redo_does_again(board: Board, what: str) -> None:
    name, commands = CHANGES[what]
    before = table(board, name)
    board.done(*commands(board))
    after = table(board, name)
    assert after != before
    assert isinstance(board.anna.undo(), ChangeGroup)
    assert table(board, name) == before
    assert isinstance(board.anna.redo(), ChangeGroup)
    if name != "evidence":
        assert table(board, name) == after
    else:
        assert [row[:10] for row in table(board, name)] == [row[:10] for row in after]
    report = examine(board.path)
    assert report.ok, [f for f in report.findings if not f.ok]


def test_an_answer_can_be_taken_back_by_who_gave_it(board: Board) -> None:
    board.done(waiver(board))
    ben = as_(board, "ben")
    grant = c.ChangeEntity(WAIVER, 1, {"state": "granted"})
    assert isinstance(ben.do(grant), ChangeGroup)
    assert isinstance(ben.undo(), ChangeGroup)
    (one,) = board.read.entities(WAIVER)
    assert (one.state, one.answered_by, one.answered_at) == ("asked", None, None)
    assert isinstance(ben.redo(), ChangeGroup)
    (one,) = board.read.entities(WAIVER)
    assert (one.state, one.answered_by) == ("granted", "ben")
    refused = board.anna.undo()  # of what was answered since
    assert isinstance(refused, Refusal)


def test_a_waiver_that_was_used_is_not_undone(board: Board) -> None:
    board.done(set_mode("controlling", today(board)))
    board.done(waiver(board))
    ben = as_(board, "ben")
    assert isinstance(ben.do(c.ChangeEntity(WAIVER, 1, {"state": "granted"})), ChangeGroup)
    mia = as_(board, "mia")
    assert isinstance(mia.do(c.MoveItem(1, board.stage("Build").id)), ChangeGroup)
    refused = ben.undo()
    assert isinstance(refused, Refusal)
    assert refused.message == "the waiver was used, and stays on record"
    assert refused.remedy.startswith("withdraw it")
    assert isinstance(ben.do(c.ChangeEntity(WAIVER, 1, {"state": "withdrawn"})), ChangeGroup)
    assert isinstance(ben.undo(), ChangeGroup)
    (one,) = board.read.entities(WAIVER)
    assert one.state == "granted"


def test_a_waiver_whose_last_day_is_over_is_not_granted(board: Board) -> None:
    board.done(waiver(board, until=today(board)))
    ben, grant = as_(board, "ben"), c.ChangeEntity(WAIVER, 1, {"state": "granted"})
    assert isinstance(ben.do(grant), ChangeGroup)
    assert isinstance(ben.undo(), ChangeGroup)
    board.at += 86_400_000_000
    for again in (ben.redo(), ben.do(grant)):
        assert isinstance(again, Refusal)
        assert again.message == f"the waiver ended on {today(board, -1)}"
    assert isinstance(ben.do(c.ChangeEntity(WAIVER, 1, {"state": "refused"})), ChangeGroup)


def test_a_mode_that_has_held_is_not_undone(board: Board) -> None:
    board.done(set_mode("controlling", today(board)))
    refused = board.anna.undo()
    assert isinstance(refused, Refusal)
    assert refused.message == f"the mode has held since {today(board)}"
    assert refused.remedy == "end it: set another"
    board.done(set_mode("off", today(board, 1), control=1))
    assert isinstance(board.anna.undo(), ChangeGroup)
    board.at += 2 * 86_400_000_000
    refused = board.anna.redo()
    assert isinstance(refused, Refusal)
    assert "history is not rewritten" in refused.message
    assert len(board.read.entities(MODE)) == 1


def test_the_end_of_a_mode_is_not_undone_once_it_has_come(board: Board) -> None:
    board.done(set_mode("controlling", today(board)))
    board.done(c.ChangeEntity(MODE, 1, {"until": today(board, 1)}))
    board.at += 3 * 86_400_000_000
    refused = board.anna.undo()
    assert isinstance(refused, Refusal)
    assert refused.message.startswith(f"the mode ended on {today(board, -2)}")


def test_who_may_lead_no_more_takes_no_decision_back(board: Board) -> None:
    board.done(c.AddEntity(GRANT, {"login": "anna", "role": "admin"}))
    board.done(c.AddEntity(GRANT, {"login": "pia", "role": "pmo"}))
    pia = as_(board, "pia")
    assert isinstance(pia.do(set_mode("controlling", today(board))), ChangeGroup)
    board.done(c.ChangeEntity(GRANT, 2, {"role": "member"}))
    refused = pia.undo()
    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.ROLE
    assert len(board.read.entities(MODE)) == 1


def test_an_alias_of_the_asker_is_no_second_person(board: Board) -> None:
    board.done(
        c.AddEntity(MEMBER, {"login": "anna"}),
        c.AddEntity(ALIAS, {"name": "anna2", "member": 1}),
        waiver(board),
    )
    refused = as_(board, "anna2").do(c.ChangeEntity(WAIVER, 1, {"state": "granted"}))
    assert isinstance(refused, Refusal)
    assert "may not answer it" in refused.message


def test_nobody_parts_themselves_from_an_alias(board: Board) -> None:
    """Else who asked for a waiver by one login could grant it by the other."""
    both = (c.AddEntity(MEMBER, {"login": "anna"}), c.AddEntity(MEMBER, {"login": "ben"}))
    board.done(*both, c.AddEntity(ALIAS, {"name": "anna2", "member": 1}))
    board.done(waiver(board))
    part = (c.RemoveEntity(ALIAS, 1), c.ChangeEntity(ALIAS, 1, {"member": 2}))
    for name in ("anna", "Anna2"):
        for command in part:
            refused = as_(board, name).do(command)
            assert isinstance(refused, Refusal), command
            assert refused.message == "anna2 and anna are one person, who may not part them"
    board.done(c.AddEntity(ALIAS, {"name": "anna3", "member": 1}))
    refused = board.anna.undo()
    assert isinstance(refused, Refusal)
    assert "may not part them" in refused.message
    assert isinstance(as_(board, "ben").do(part[0]), ChangeGroup)


def test_two_members_are_never_made_one(board: Board) -> None:
    board.done(c.AddEntity(MEMBER, {"login": "anna"}), c.AddEntity(MEMBER, {"login": "ben"}))
    refusal = board.refused(c.AddEntity(ALIAS, {"name": "ben", "member": 1}))
    assert "ben is a member" in refusal.message


def expedite(board: Board) -> c.MoveItem:
    board.done(c.EditItem(board.item("CI-1").id, {"service": "expedite"}))
    return c.MoveItem(board.item("CI-1").id, board.stage("Build").id, emergency="site is down")


def emergencies(board: Board) -> list[str]:
    return [reason for _, reason in board.read.change_records(board.stream).known[1].emergencies]


def test_an_emergency_that_was_undone_is_none(board: Board) -> None:
    board.done(set_mode("controlling", today(board)))
    board.done(expedite(board))
    assert emergencies(board) == ["site is down"]
    assert isinstance(board.anna.undo(), ChangeGroup)
    assert emergencies(board) == []
    assert isinstance(board.anna.redo(), ChangeGroup)
    assert emergencies(board) == ["site is down"]
    assert board.read.find_key("CI-4") is not None


def test_an_emergency_that_nothing_asked_for_is_none(board: Board) -> None:
    """Advice holds nothing up, nor does a waived control, so there is nothing to approve."""
    board.done(set_mode("supportive", today(board)))
    board.done(expedite(board))
    assert emergencies(board) == []
    assert board.read.find_key("CI-4") is None


def everything(board: Board) -> None:
    """Record every kind of event of governance."""
    item = board.item("CI-1").id
    board.done(
        c.AddEntity(MEMBER, {"login": "lea", "name": "Lea Bo"}),
        c.AddEntity(ALIAS, {"name": "lbo@github", "member": 1}),
        c.ChangeEntity(CONTROL, 1, {"owner": "lea"}),
        set_mode("directive", today(board), lead="lea"),
        c.AddEvidence(item, "commit", "abc", by="lbo@github", details={"pr": "7"}),
        c.AddEvidence(item, "pull_request", "7", by="LBO@github", details={"merged_by": "lea"}),
        c.AddEvidence(item, "attestation", "dpia", details={"dpia.by": "lbo@github"}),
    )
    lea = as_(board, "lea")
    assert isinstance(lea.do(set_mode("controlling", today(board))), ChangeGroup)
    assert isinstance(lea.do(waiver(board)), ChangeGroup)
    assert isinstance(lea.do(c.AddEvidence(item, "approval", "x")), ChangeGroup)
    board.done(waiver(board, key="CI-2", reason="more"))
    assert isinstance(lea.do(c.ChangeEntity(WAIVER, 2, {"state": "granted"})), ChangeGroup)
    assert isinstance(lea.do(c.MoveItem(item, board.stage("Build").id)), Refusal)
    board.done(c.MoveItem(board.item("CI-2").id, board.stage("Build").id))
    board.done(c.AddEvidence(item, "build", "ci/1", status="pass"))
    assert isinstance(board.anna.undo(), ChangeGroup)
    board.done(expedite(board))


def test_who_is_forgotten_is_nowhere_in_governance(board: Board) -> None:
    everything(board)
    files = sorted(board.path.parent.glob(f"{board.path.name}*"))
    assert b"lbo@github" in b"".join(file.read_bytes() for file in files).lower()
    done = board.anna.forget("lea", "left")
    assert not isinstance(done, Refusal)
    assert done.mentions == ()
    board.anna.close()
    board.read.close()
    left = b"".join(f.read_bytes() for f in board.path.parent.glob(f"{board.path.name}*")).lower()
    assert b"lbo@github" not in left
    assert b"lea bo" not in left
    reader = Reader(board.path)
    (control,) = reader.entities(CONTROL)
    modes, waivers = reader.entities(MODE), reader.entities(WAIVER)
    assert control.owner == done.alias
    assert [mode.lead for mode in modes] == [done.alias, None]
    assert [mode.decided_by for mode in modes] == ["anna", done.alias]
    assert [one.asked_by for one in waivers] == [done.alias, "anna"]
    assert waivers[1].answered_by == done.alias
    known = reader.change_records(reader.stream_named(None)).known[1]
    people = {one.by for one in known.evidence} | {one.recorded_by for one in known.evidence}
    assert people == {"anna", done.alias}
    details = [str(value) for one in known.evidence for value in one.details.values()]
    assert "lea" not in details
    reader.close()
    report = examine(board.path)
    assert report.ok, [f for f in report.findings if not f.ok]


def test_the_journal_makes_the_same_tables_elsewhere(board: Board, tmp_path: Path) -> None:
    everything(board)
    board.anna.close()
    vsm, copy = Vsm(board.path), Vsm(tmp_path / "copy.db")
    vsm.ok("doctor")
    file = tmp_path / "journal.jsonl"
    vsm("export", "journal", "-o", str(file))
    imported = copy("import", "journal", str(file))
    assert imported.exit_code == 0, imported.output
    copy.ok("doctor")
    other = Reader(copy.db)
    for name in ("control", "governance_mode", "waiver", "member_alias", "evidence", "evaluation"):
        sql = f"SELECT * FROM {name} ORDER BY 1, 2"
        assert other._conn.execute(sql).fetchall() == board.read._conn.execute(sql).fetchall()
    other.close()
    assert vsm.json("gov", "show", "owned")["verdicts"]
    rebuilt = vsm("rebuild")
    assert rebuilt.exit_code == 0, rebuilt.output


def test_an_answer_names_control_and_scope_of_the_waiver(board: Board) -> None:
    board.done(waiver(board, key="", only=1, label="pilot"))
    lea = as_(board, "lea")

    def label(done: ChangeGroup | Refusal) -> str:
        assert isinstance(done, ChangeGroup)
        return done.label

    about = "waiver 1 of owned for items labelled pilot"
    granted, withdrawn = (
        c.ChangeEntity(WAIVER, 1, {"state": state}) for state in ("granted", "withdrawn")
    )
    assert label(lea.do(granted)) == f"granted {about}"
    assert label(lea.do(withdrawn)) == f"withdrew {about}"
    undone = lea.undo()
    assert label(undone) == f"undid: withdrew {about}"
    assert [change.text for change in undone.changes] == [f"set {about} back to granted"]
