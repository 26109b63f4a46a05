"""Reports on past windows stay what they were, whatever happens to their items later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.comply import MARCH, Audited, control, moment
from tests.samples.streams import kanban
from vsm.model import command as c
from vsm.model.governance_entities import MODE
from vsm.model.stream import Category

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

REPORT = ("comply", "report", "--framework", "soc2", *MARCH)


@pytest.fixture
def made(vsm: Vsm) -> Iterator[Audited]:
    """P-1 passes all; P-2 was approved by its author, as a control said at the move itself."""
    made = Audited(vsm.db)
    made.do(kanban("Web", "UTC", "W"))
    mode = {"only": 1, "value": "supportive", "start": "2025-02-03", "reason": "agreed"}
    made.do(c.AddEntity(MODE, {**mode, "control": control(made, "chg-approved")}))
    made.change(4)
    made.change(5, approver="anna")
    yield made
    made.close()


def essence(report: dict[str, Any]) -> Any:
    """What a report says, but for the journal that it is from."""
    rows = [(row["item"], row["control"], row["verdict"]) for row in report["exceptions"]]
    items = [(one["item"], one["stream"], one["at"]) for one in report["population"]["items"]]
    return items, report["population"]["hash"], report["controls"], sorted(rows)


def transfer(made: Audited, key: str) -> None:
    """Reopen an item in April and move it to another stream."""
    made.at = moment("04-10 10:00")
    made.do(c.ReopenItem(made.item(key)))
    build = made.read.stream_named("Web").named("Build")
    assert build is not None
    made.do(c.TransferItem(made.item(key), build.id))


@pytest.mark.parametrize("counted", ["deployed", "finished"])
def test_what_is_reopened_and_moved_later_keeps_its_verdicts(
    vsm: Vsm, made: Audited, counted: str
) -> None:
    options = (*REPORT, "--population", counted)
    before = vsm.json(*options)
    assert ("P-2", "chg-approved", "fail") in essence(before)[3]
    transfer(made, "P-2")
    assert essence(vsm.json(*options)) == essence(before)
    assert essence(vsm.json(*options, "--stream", "Payments")) == essence(before)
    assert vsm.json(*options, "--stream", "Payments")["population"]["size"] == 2


def test_an_item_is_judged_where_it_finished(vsm: Vsm, made: Audited) -> None:
    """It was deployed in one stream and finished in another one within the window."""
    made.at = moment("03-20 10:00")
    made.do(c.ReopenItem(made.item("P-2")))
    web = made.read.stream_named("Web")
    build, done = web.named("Build"), web.named("Done")
    assert build is not None and done is not None
    made.do(c.TransferItem(made.item("P-2"), build.id), c.MoveItem(made.item("P-2"), done.id))
    (row,) = [
        row
        for row in vsm.json(*REPORT)["exceptions"]
        if (row["item"], row["control"]) == ("P-2", "chg-approved")
    ]
    assert (row["verdict"], row["at"], row["stream"]) == (
        "fail",
        "2025-03-20T10:00:00Z",
        "Payments",
    )


def test_what_was_judged_then_does_not_cease_to_apply(vsm: Vsm, made: Audited) -> None:
    """Its stage is one of dropped items by now, so no move finishes anything there."""
    made.at = moment("04-10 10:00")
    made.do(c.AddStage(1, c.NewStage("Live", Category.DONE)))
    made.do(c.SetStage(made.stages["Done"], {"category": Category.DROPPED}))
    report = vsm.json(*REPORT)
    (row,) = [
        r for r in report["exceptions"] if (r["item"], r["control"]) == ("P-2", "chg-approved")
    ]
    assert (row["verdict"], row["recorded"]) == ("fail", "fail")
    assert "as recorded" in row["message"]


def test_active_items_are_those_of_the_window(vsm: Vsm, made: Audited) -> None:
    for title, month in (("in march", "03-20"), ("in april", "04-20"), ("in february", "02-20")):
        made.at = moment("02-10 09:00")
        made.do(c.AddItem(1, title, fields={"labels": ("erasure-request",)}))
        key = f"P-{len(made.read.briefs(range(1, 1000)))}"
        received = {"request.received_at": "2025-02-10T09:00Z"}
        made.evidence(key, "attestation", "came in", "02-10 09:00", details=received)
        made.at = moment(f"{month} 10:00")
        made.do(c.DropItem(made.item(key), "too much work"))
    options = ("comply", "report", "--framework", "gdpr", *MARCH, "--population", "active")
    report = vsm.json(*options)
    items = {one["item"]: one["dropped"] for one in report["population"]["items"]}
    assert items == {"P-1": False, "P-2": False, "P-3": True, "P-4": False}
    overdue = {r["item"] for r in report["exceptions"] if r["control"] == "gdpr-erasure"}
    assert overdue == {"P-3", "P-4"}
    assert "1 item of them dropped in it" in vsm.ok(*options)


def test_a_pass_by_a_late_approval_is_an_exception(vsm: Vsm, made: Audited) -> None:
    """The approval of P-2 is put back to before its deployment, 48 days later."""
    before = {one["control"]: one for one in vsm.json(*REPORT)["controls"]}
    made.at = moment("04-22 10:00")
    made.evidence("P-2", "approval", "LATE-1", "03-05 11:30", "piet")
    report = vsm.json(*REPORT)
    controls = {one["control"]: one for one in report["controls"]}
    approved = controls["chg-approved"]
    counts = [approved[name] for name in ("passed", "failed", "late_evidence", "differing")]
    assert counts == [2, 0, 1, 1]
    assert before["chg-approved"]["late_evidence"] == before["chg-approved"]["differing"] == 0
    rows = {row["control"]: row for row in report["exceptions"] if row["item"] == "P-2"}
    row = rows["chg-approved"]
    assert (row["verdict"], row["recorded"], row["late_evidence"]) == ("pass", "fail", True)
    assert "passes only by evidence that was recorded later" in row["message"]
    assert f"recorded at the move: fail (entry #{row['recorded_seq']:,})" in row["message"]
    text = vsm.ok(*REPORT, "--format", "md")
    said = "chg-approved: 1 of 2 passes rests on evidence recorded later than it counts from"
    assert said in text
    assert "chg-approved: pass, " in text.partition("## Exceptions")[2]
    assert "chg-approved: 1 of 2 verdicts differs from the one recorded at the move" in text
    assert "passes only by" in vsm.ok("comply", "export", "gemara", "--framework", "soc2", *MARCH)


def test_what_was_put_back_before_a_deployment_is_late(vsm: Vsm, made: Audited) -> None:
    """Reports judge chg-order at the end of the window, when all of it is on record."""
    key = made.add("deployed first", 10)
    made.deploy(key, 10)
    made.at = moment("03-12 10:00")
    made.evidence(key, "approval", "ok", "03-10 11:00", "ben")
    rows = {r["control"]: r for r in vsm.json(*REPORT)["exceptions"] if r["item"] == key}
    order = rows["chg-order"]
    assert (order["verdict"], order["late_evidence"], order["recorded"]) == ("pass", True, None)
    assert "chg-separation" not in rows


def test_reports_list_what_was_replaced_or_withdrawn(vsm: Vsm, made: Audited) -> None:
    made.at = moment("03-07 10:00")
    scan = c.AddEvidence(made.item("P-1"), "scan", "s/1", moment("03-04 12:00"), status="fail")
    made.do(scan, by=made.anna)
    made.anna.undo()
    made.evidence("P-2", "commit", "sha5", "03-05 10:00", "ghost", details={"pr": "pr/5"})
    key = made.add("deployed", 7)
    made.deploy(key, 7)
    made.pmo.undo()
    report = vsm.json(*REPORT)
    names = ("item", "kind", "change", "recorded_by", "changed_by", "changed_at")
    assert [[row[name] for name in names] for row in report["evidence_changes"]] == [
        ["P-1", "scan", "withdrawn", "anna", "anna", "2025-03-07T10:00:00Z"],
        [key, "deployment", "withdrawn", "pmo", "pmo", "2025-03-07T15:00:00Z"],
        ["P-2", "commit", "replaced", "pmo", "pmo", "2025-03-07T10:00:00Z"],
    ]
    text = vsm.ok(*REPORT)
    assert "1 deployment withdrawn of items that are not in the population" in text
    assert "s/1" in text
    made.pmo.redo()
    kinds = [row["kind"] for row in vsm.json(*REPORT)["evidence_changes"]]
    assert kinds == ["scan", "commit"]


def test_of_a_deployment_the_last_record_counts(vsm: Vsm, made: Audited) -> None:
    made.at = moment("03-05 17:00")
    for key, env, status in (("P-1", "staging", "success"), ("P-2", "production", "failure")):
        ref = f"deploy/{key}"
        made.evidence(key, "deployment", ref, "03-05 14:00", status=status, details={"env": env})
    made.evidence(
        "P-2", "deployment", "d2", "03-05 16:00", status="success", details={"env": "prd"}
    )
    said = vsm.fails(2, *REPORT)
    assert "no deployments to production from 2025-03-01 to 2025-03-31 that succeeded" in said
    assert "those to prd, production, staging do not count" in said
    made.deploy(made.add("another", 6), 6)
    population = vsm.json(*REPORT)["population"]
    assert [one["item"] for one in population["items"]] == ["P-3"]
    assert population["left_out"] == [
        {"environment": "prd", "failed": False, "deployments": 1},
        {"environment": "production", "failed": True, "deployments": 1},
        {"environment": "staging", "failed": False, "deployments": 1},
    ]
    assert (
        "left out: 1 deployment to prd, 1 deployment to production that failed, 1 deployment to"
        " staging" in vsm.ok(*REPORT, "--format", "md")
    )
