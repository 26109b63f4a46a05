"""Recording of delivery: what repeats, corrects, is refused, undone, and was on record then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.model.conftest import Board
from tests.samples import make
from tests.samples.streams import kanban
from vsm.model import command as c
from vsm.model.control.facts import Part
from vsm.model.delivery import (
    Change,
    Deployment,
    DeploymentResult,
    Service,
    is_production,
    is_same_commit,
    is_unplanned,
    with_deployments,
)
from vsm.model.delivery_entities import CHANGE, DEPLOYMENT, INCIDENT, SERVICE
from vsm.model.entities import GRANT
from vsm.model.entity import Entity
from vsm.model.errors import Refusal, RefusalCode
from vsm.session import Session
from vsm.store.decision_view import Present
from vsm.store.doctor import examine

MINUTE = 60_000_000
HOUR = 60 * MINUTE
NOW = 1_000_000_000_000_000
OK = DeploymentResult.SUCCESS


def pay(board: Board, name: str = "payments") -> int:
    board.done(c.AddEntity(SERVICE, {"name": name, "only": 1, "repositories": "acme/pay"}))
    return next(one.id for one in board.read.services() if one.name == name)


def record(service: int, result: DeploymentResult = OK, **more: object) -> c.RecordDeployment:
    return c.RecordDeployment(service, "production", result, **more)  # type: ignore[arg-type]


def evidence(board: Board, item: int) -> list[tuple[str, str, str]]:
    present = Present(board.read._conn, board.at, "anna")
    pieces = present.on_record(item, (Part.EVIDENCE,)).evidence
    return [(one.ref, one.status, str(one.details["env"])) for one in pieces]


def test_a_deployment_is_recorded_with_what_was_said_of_it(board: Board) -> None:
    service = pay(board)
    board.done(
        record(
            service,
            started_at=board.at - HOUR,
            finished_at=board.at - MINUTE,
            ref="main",
            commits=("4be1c0d", "9f00aa1"),
            items=(1, 3),
            source_id="gha-1",
        )
    )
    (one,) = board.read.deployments(service)
    assert one == Deployment(
        1, service, "production", board.at - MINUTE, OK, board.at - HOUR, "main",
        ("4be1c0d", "9f00aa1"), (1, 3), None, None, "gha-1",
    )  # fmt: skip
    assert evidence(board, 1) == evidence(board, 3) == [("gha-1", "success", "production")]
    assert evidence(board, 2) == []
    assert examine(board.path).ok


def test_the_same_id_again_records_nothing(board: Board) -> None:
    service = pay(board)
    once = record(service, items=(1,), commits=("4be1c0d",), source_id="gha-1")
    board.done(once)
    board.at += 3 * HOUR
    assert board.refused(once).code is RefusalCode.UNCHANGED
    assert len(board.read.deployments(service)) == 1


def test_the_same_id_with_another_result_corrects_record_and_evidence(board: Board) -> None:
    service = pay(board)
    board.done(record(service, items=(1,), commits=("4be1c0d",), source_id="gha-1"))
    first = board.read.deployments(service)[0]
    board.at += HOUR
    board.done(record(service, DeploymentResult.FAILURE, source_id="gha-1"))
    (one,) = board.read.deployments(service)
    assert one == replace(first, result=DeploymentResult.FAILURE), "what is left out is kept"
    assert [status for _, status, _ in evidence(board, 1)] == ["success", "failure"]
    board.anna.undo()
    assert board.read.deployments(service) == [first]
    assert [status for _, status, _ in evidence(board, 1)] == ["success"]


def test_whoever_repeats_it_changes_nothing_and_corrects_what_is_another_s_with_a_right(
    board: Board,
) -> None:
    service = pay(board)
    once = record(service, items=(1,), source_id="7")
    board.done(once)
    for login, role in (("anna", "admin"), ("mia", "member"), ("agent:ci", "coach")):
        board.done(c.AddEntity(GRANT, {"login": login, "role": role, "only": None}))
    mia, bot = (Session(board.path, actor=a, clock=lambda: board.at) for a in ("mia", "agent:ci"))
    for session in (mia, bot):
        again = session.do(once)
        assert isinstance(again, Refusal) and again.code is RefusalCode.UNCHANGED
    refused = mia.do(replace(once, result=DeploymentResult.FAILURE))
    assert isinstance(refused, Refusal) and "that anna recorded" in refused.message
    assert not isinstance(mia.do(replace(once, commits=("4be1c0d",), items=(2,))), Refusal)
    assert not isinstance(bot.do(replace(once, result=DeploymentResult.FAILURE)), Refusal)
    assert [len(evidence(board, item)) for item in (1, 2)] == [2, 2]
    mia.close()
    bot.close()


def test_several_jobs_of_one_run_are_one_deployment(board: Board) -> None:
    service = pay(board)
    board.done(record(service, commits=("4be1c0d",), items=(1,), source_id="7"))
    board.at += MINUTE
    board.done(
        record(
            service,
            DeploymentResult.PARTLY,
            finished_at=board.at,
            commits=("9f00aa1",),
            items=(2,),
            source_id="7",
        )
    )
    (one,) = board.read.deployments(service)
    assert (one.commits, one.items) == (("4be1c0d", "9f00aa1"), (1, 2))
    assert (one.result, one.finished_at) == ("partly", board.at)
    assert [len(evidence(board, item)) for item in (1, 2)] == [2, 1], "at another moment"
    many = record(service, commits=tuple(f"{n:07x}" for n in range(1999)), source_id="7")
    assert "there are 2001" in board.refused(many).message


def test_one_id_in_two_services_is_two_deployments(board: Board) -> None:
    first, second = pay(board), pay(board, "vault")
    board.done(record(first, source_id="7"), record(second, source_id="7"))
    assert [len(board.read.deployments(n)) for n in (first, second)] == [1, 1]


def test_without_an_id_a_repeat_within_ten_minutes_is_the_same(board: Board) -> None:
    service = pay(board)
    once = record(service, commits=("4be1c0d",), items=(1,))
    board.done(once)
    board.at += 9 * MINUTE
    assert board.refused(once).code is RefusalCode.UNCHANGED
    board.done(replace(once, commits=("9f00aa1",)))
    board.at += 2 * MINUTE
    board.done(once)
    assert [one.commits for one in board.read.deployments(service)] == [
        ("4be1c0d",), ("9f00aa1",), ("4be1c0d",),
    ]  # fmt: skip


def test_without_an_id_the_same_moment_is_the_same_whenever_it_is_said(board: Board) -> None:
    service = pay(board)
    once = record(service, finished_at=board.at - HOUR, commits=("4be1c0d",))
    board.done(once)
    board.at += 30 * HOUR
    assert board.refused(once).code is RefusalCode.UNCHANGED
    board.done(replace(once, finished_at=board.at - HOUR))
    assert len(board.read.deployments(service)) == 2


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"started_at": NOW - MINUTE, "finished_at": NOW - HOUR}, "before it began"),
        ({"finished_at": NOW + HOUR}, "is in the future"),
        ({"because": 9}, "there is no incident 9"),
        ({"items": (99,)}, "no item"),
        ({"commits": tuple(f"{n:07x}" for n in range(2001))}, "there are 2001"),
    ],
    ids=["end before start", "future", "no incident", "no item", "too many commits"],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_recorded(
    board: Board, more: dict[str, object], says: str
) -> None:
    service = pay(board)
    refusal = board.refused(record(service, **more))
    assert says in str(refusal) + refusal.message


def test_undo_takes_deployment_and_evidence_back_and_redo_brings_them_again(board: Board) -> None:
    service = pay(board)
    board.done(record(service, items=(1, 2), source_id="gha-1"))
    made = board.read.deployments(service)
    board.anna.undo()
    assert board.read.deployments(service) == [] and evidence(board, 1) == []
    board.anna.redo()
    assert board.read.deployments(service) == made and len(evidence(board, 2)) == 1
    board.anna.rebuild()
    assert board.read.deployments(service) == made
    assert examine(board.path).ok


def test_a_service_with_a_deployment_is_not_removed(board: Board) -> None:
    service = pay(board)
    board.done(record(service))
    assert board.refused(c.RemoveEntity(SERVICE, service)).code is RefusalCode.IN_USE


def test_incidents_are_opened_once_resolved_and_linked(board: Board) -> None:
    service = pay(board)
    board.done(record(service, finished_at=board.at - HOUR))
    opened = c.RecordIncident(service, "INC-7", title="Refunds fail", severity="high")
    board.done(opened)
    board.at += HOUR
    assert board.refused(opened).code is RefusalCode.UNCHANGED
    (one,) = board.read.incidents(service)
    assert (one.opened_at, one.resolved_at) == (board.at - HOUR, None)
    board.done(c.ChangeEntity(INCIDENT, one.id, {"resolved_at": board.at}))
    early = board.refused(c.ChangeEntity(INCIDENT, one.id, {"resolved_at": one.opened_at - 1}))
    assert "before it began" in early.message
    board.done(c.ChangeEntity(INCIDENT, one.id, {"caused_by": 1, "link": "named"}))
    (one,) = board.read.incidents(service)
    assert (one.caused_by, one.link, one.resolved_at) == (1, "named", board.at)


def test_a_cause_that_came_later_or_is_of_another_service_is_refused(board: Board) -> None:
    service, other = pay(board), pay(board, "vault")
    board.done(c.RecordIncident(service, "INC-7", opened_at=board.at - 2 * HOUR))
    board.done(record(service, finished_at=board.at - HOUR), record(other))
    link = c.ChangeEntity(INCIDENT, 1, {"caused_by": 1, "link": "named"})
    assert "after INC-7 was opened" in board.refused(link).message
    link = c.ChangeEntity(INCIDENT, 1, {"caused_by": 2, "link": "named"})
    assert "of another service" in board.refused(link).message


def test_the_past_shows_what_was_on_record_then(board: Board) -> None:
    service = pay(board)
    start = board.at
    board.at += HOUR
    board.done(record(service, finished_at=start - 5 * HOUR, source_id="late"))
    board.at += HOUR
    board.done(record(service, DeploymentResult.FAILURE, source_id="late"))
    board.done(c.ChangeEntity(SERVICE, service, {"environments": ("live",)}))
    board.at += HOUR
    board.anna.undo()
    read = board.read
    assert read.deployments(service, at=start) == []
    assert [d.result for d in read.deployments(service, at=start + HOUR)] == ["success"]
    assert [d.result for d in read.deployments(service, at=start + 2 * HOUR)] == ["failure"]
    assert read.services(start - 1) == []
    patterns = [read.services(start + n * HOUR)[0].environments for n in (0, 2, 3)]
    assert patterns == [("production", "prod"), ("live",), ("production", "prod")]
    assert read.deployments(service, at=board.at) == read.deployments(service)


def test_what_was_removed_is_there_in_the_past(board: Board) -> None:
    service = pay(board)
    board.done(record(service, items=(1,), commits=("4be1c0d",), source_id="x"))
    made = board.read.deployments(service)
    then = board.at
    board.at += HOUR
    board.anna.undo()
    assert board.read.deployments(service) == []
    assert board.read.deployments(service, at=then) == made


def test_changes_are_in_the_deployment_that_names_a_commit_else_in_the_next(board: Board) -> None:
    service = pay(board)
    first, second, third = (board.at - n * HOUR for n in (9, 6, 3))
    board.done(
        record(service, finished_at=first, commits=("aaaaaaa1",)),
        record(service, DeploymentResult.FAILURE, finished_at=first + HOUR, commits=("bbbbbbb2",)),
        c.RecordDeployment(service, "staging", OK, first + HOUR, commits=("bbbbbbb2",)),
        record(service, finished_at=second, commits=("BBBBBBB2cafe",)),
        record(service, finished_at=third),
        c.RecordChange(service, "aaaaaaa1", merged_at=second),
        c.RecordChange(service, "acme/pay#2", merged_at=first, commits=("bbbbbbb2",)),
        c.RecordChange(service, "acme/pay#3", merged_at=second + 1),
        c.RecordChange(service, "acme/pay#4", merged_at=third + 1),
        c.RecordChange(service, "acme/pay#5"),
    )
    known = board.read.changes_of_service(service)
    assert [(one.ref, one.deployment, one.is_inferred) for one in known] == [
        ("aaaaaaa1", 1, False),
        ("acme/pay#2", 4, False),
        ("acme/pay#3", 5, True),
        ("acme/pay#4", None, False),
        ("acme/pay#5", None, False),
    ]
    assert [c.ref for c in board.read.changes_of_service(service, second, third)] == ["acme/pay#2"]
    assert board.read.changes_of_service(service, at=first) == []


def test_a_change_is_recorded_once_and_corrected_by_its_reference(board: Board) -> None:
    service = pay(board)
    board.done(c.RecordChange(service, "acme/pay#2", first_commit_at=board.at - HOUR, items=(1,)))
    board.done(c.RecordChange(service, "acme/pay#2", merged_at=board.at - MINUTE))
    again = c.RecordChange(service, "acme/pay#2", merged_at=board.at - MINUTE)
    assert board.refused(again).code is RefusalCode.UNCHANGED
    (one,) = board.read.changes_of_service(service)
    assert isinstance(one, Change)
    assert (one.first_commit_at, one.merged_at) == (board.at - HOUR, board.at - MINUTE)
    assert one.items == (1,)


def test_moments_of_a_change_in_an_impossible_order_are_kept(board: Board) -> None:
    service = pay(board)
    board.done(
        c.RecordChange(service, "x", first_commit_at=board.at - 1, merged_at=board.at - HOUR)
    )
    (one,) = board.read.changes_of_service(service)
    assert (one.first_commit_at, one.merged_at) == (board.at - 1, board.at - HOUR)


def test_members_record_in_their_stream_and_only_who_may_change_the_map_adds_services(
    board: Board,
) -> None:
    service = pay(board)
    for login, role, only in (("anna", "admin", None), ("mia", "member", 1), ("vic", "viewer", 1)):
        board.done(c.AddEntity(GRANT, {"login": login, "role": role, "only": only}))
    mia, vic = (Session(board.path, actor=a, clock=lambda: board.at) for a in ("mia", "vic"))
    assert not isinstance(mia.do(record(service, items=(1,))), Refusal)
    assert not isinstance(mia.undo(), Refusal), "also what she may record she may take back"
    for refused in (
        mia.do(c.AddEntity(SERVICE, {"name": "own"})),
        vic.do(record(service)),
        vic.do(c.RecordIncident(service, "INC-1")),
        vic.do(c.RecordChange(service, "x")),
    ):
        assert isinstance(refused, Refusal) and refused.code is RefusalCode.ROLE
    mia.close()
    vic.close()


def test_what_was_recorded_anew_is_not_brought_back_by_redo(board: Board) -> None:
    service = pay(board)
    bot = Session(board.path, actor="agent:ci", clock=lambda: board.at)
    for command in (record(service, source_id="gha-1"), c.RecordChange(service, "acme/pay#1")):
        board.done(command)
        board.anna.undo()
        assert not isinstance(bot.do(command), Refusal)
        refused = board.anna.redo()
        assert isinstance(refused, Refusal) and "was recorded anew" in refused.message
    bot.close()
    assert len(board.read.deployments(service)) == 1


def test_evidence_about_an_item_takes_the_right_in_its_stream(board: Board) -> None:
    service = pay(board)
    board.done(kanban("Other", "UTC", "OT"))
    other = board.read.stream_named("Other").id
    board.done(c.AddItem(other, "theirs"))
    for login, role, only in (("anna", "admin", None), ("mia", "member", 1)):
        board.done(c.AddEntity(GRANT, {"login": login, "role": role, "only": only}))
    board.done(c.AddEntity(GRANT, {"login": "vic", "role": "viewer", "only": other}))
    vic = Session(board.path, actor="vic", clock=lambda: board.at)
    theirs = board.item("OT-1").id
    refused = vic.do(record(service, items=(theirs,)))
    assert isinstance(refused, Refusal) and refused.code is RefusalCode.ROLE
    assert not isinstance(vic.do(record(service)), Refusal), "elsewhere a viewer is a member"
    vic.close()


def test_more_than_fifty_at_once_takes_the_right_to_change_many(board: Board) -> None:
    service = pay(board)
    for login, role in (("anna", "admin"), ("mia", "member"), ("agent:ci", "coach")):
        board.done(c.AddEntity(GRANT, {"login": login, "role": role, "only": None}))
    changes = [c.RecordChange(service, f"acme/pay#{n}") for n in range(60)]
    mia, bot = (Session(board.path, actor=a, clock=lambda: board.at) for a in ("mia", "agent:ci"))
    refused = mia.do(*changes)
    assert isinstance(refused, Refusal) and refused.code is RefusalCode.ROLE
    assert not isinstance(bot.do(*changes), Refusal)
    mia.close()
    bot.close()


def test_patterns_say_what_is_production_and_what_is_unplanned() -> None:
    service = Service(1, "x", environments=("prod*",), unplanned=("hotfix/*",))
    assert is_production(service, "Production") and is_production(service, "prod-eu")
    assert not is_production(service, "github-pages") and not is_production(service, "preprod")
    one = Deployment(1, 1, "prod", 0, ref="refs/heads/hotfix/refunds")
    assert is_unplanned(service, one)
    assert is_unplanned(service, replace(one, ref="origin/hotfix/refunds"))
    assert not is_unplanned(service, replace(one, planned=True))
    assert is_unplanned(service, replace(one, ref="main", because=3))
    assert not is_unplanned(service, replace(one, ref="main"))
    assert with_deployments(service, [], [one]) == []


@pytest.mark.parametrize(
    ("own", "deployed", "is_same"),
    [
        ("4be1c0d", "4be1c0d", True),
        ("4be1c0d", "4BE1C0Dfff", True),
        ("4be1c0dfff", "4be1c0d", True),
        ("4be1c0", "4be1c0d", False),
        ("4be1c0dfff", "4be1c0dffe", False),
        ("v41", "v41", True),
        ("acme/pay#31", "acme/pay#3", False),
        ("acme/pay#3", "acme/pay#31", False),
        ("", "4be1c0d", False),
    ],
)
def test_commits_may_be_shortened_but_other_names_may_not(
    own: str, deployed: str, is_same: bool
) -> None:
    assert is_same_commit(own, deployed) is is_same
    service = Service(1, "x")
    runs = [
        Deployment(n, 1, "prod", n, commits=(commit,))
        for n, commit in enumerate(("0000000aa", deployed, "zzzzzzz"), 1)
    ]
    (change,) = with_deployments(service, [Change(1, 1, own)], runs)
    assert change.deployment == (2 if is_same else None)


@pytest.mark.parametrize(
    ("entity", "sample"),
    [
        (SERVICE, make.PAYMENTS),
        (DEPLOYMENT, make.A_DEPLOYMENT),
        (INCIDENT, make.AN_INCIDENT),
        (CHANGE, make.A_CHANGE),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_entities_give_back_the_values_that_they_were_made_of(
    entity: Entity[Any], sample: dict[str, Any]
) -> None:
    values = {field.name: field.default for field in entity.fields} | sample
    assert entity.values(entity.type(1, *values.values())) == values
