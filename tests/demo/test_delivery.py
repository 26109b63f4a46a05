"""Delivery in the demo: services whose stories can be seen, tied to items of the board."""

from __future__ import annotations

from tests.demo.conftest import Bank
from vsm.demo.delivery import SERVICES
from vsm.model.delivery import Change, DeploymentResult, Service, is_production, is_unplanned
from vsm.model.rules import DAY
from vsm.model.sprint_ledger import Status


def service(bank: Bank, name: str) -> Service:
    return next(one for one in bank.reader.services() if one.name == name)


def test_three_services_have_months_of_deployments_and_one_has_few(bank: Bank) -> None:
    counts = {}
    for one in bank.reader.services():
        deployments = bank.reader.deployments(one.id)
        counts[one.name] = len(deployments)
        assert deployments[-1].finished_at - deployments[0].finished_at > 180 * DAY
        assert all(is_production(one, deployment.environment) for deployment in deployments)
    assert counts.keys() == {one.name for one in SERVICES}
    assert 8 <= counts["mobile-app"] < 20 < counts["cards"] < counts["ledger-platform"]


def test_deployments_hold_items_that_were_finished_then(bank: Bank) -> None:
    cards = service(bank, "cards")
    ends = {d.id: d.finished_at for d in bank.reader.deployments(cards.id)}
    changes = [one for one in bank.reader.changes_of_service(cards.id) if one.deployment]
    assert len(changes) > 100
    for change in changes:
        assert not change.is_inferred and len(change.items) == 1
        assert change.merged_at is not None and change.merged_at <= ends[change.deployment or 0]
        finished = [
            at
            for at, status in bank.reader.item_statuses(change.items)[change.items[0]]
            if status is Status.DONE
        ]
        assert ends[change.deployment or 0] in finished
    governed = [d for d in bank.reader.deployments(cards.id) if d.items]
    assert governed, "since controls advise, deployments name items themselves"


def test_some_failed_some_repaired_and_one_incident_is_open(bank: Bank) -> None:
    failed, repairs, opened, outside = 0, 0, 0, 0
    for one in bank.reader.services():
        for deployment in bank.reader.deployments(one.id):
            failed += deployment.result is DeploymentResult.FAILURE
            repairs += is_unplanned(one, deployment) and deployment.because is not None
        for incident in bank.reader.incidents(one.id):
            assert incident.item is not None
            opened += incident.resolved_at is None
            outside += incident.no_cause
    assert failed and repairs and opened and outside


def test_few_changes_have_moments_in_an_impossible_order(bank: Bank) -> None:
    def is_impossible(one: Change) -> bool:
        moments = (one.first_commit_at, one.proposed_at, one.reviewed_at, one.merged_at)
        known = [at for at in moments if at is not None]
        return known != sorted(known)

    app = service(bank, "mobile-app")
    changes = bank.reader.changes_of_service(app.id)
    assert 1 <= sum(map(is_impossible, changes)) <= 4 < len(changes)
    cards = bank.reader.changes_of_service(service(bank, "cards").id)
    assert not any(map(is_impossible, cards))
