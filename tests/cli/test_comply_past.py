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
