"""Pull requests and deployments of a synced repository as changes and deployments of a service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sync.conftest import Program
from tests.sync.fake import Asked, Record, Reply
from tests.sync.test_github import issue
from tests.sync.test_github_evidence import (
    ADD,
    FakeEvidence,
    at,
    commit,
    pull,
    review,
)
from tests.sync.test_recorded import records
from vsm.connect.sync.tracker import stamp_moment
from vsm.model.delivery import Change, Deployment
from vsm.reader import Reader


class FakeDelivery(FakeEvidence):
    """The repository with all its deployments, as GraphQL gives them: the newest first."""

    def __init__(self, issues: list[Record], pulls: list[Record]) -> None:
        super().__init__(issues, pulls)
        self.nodes: list[Record] = []
        self.page_of_nodes = 100

    def _graph(self, body: Record) -> Record:
        if "deployments(first" not in body["query"]:
            return super()._graph(body)
        assert body["variables"]["owner"], body["variables"]["name"] == ("owner", "ants")
        start = int(body["variables"]["after"] or 0)
        end = start + self.page_of_nodes
        rows = sorted(self.nodes, key=lambda node: node["createdAt"], reverse=True)
        info = {"hasNextPage": end < len(rows), "endCursor": str(end)}
        return {"repository": {"deployments": {"pageInfo": info, "nodes": rows[start:end]}}}


def deployment(number: int, day: int, *statuses: tuple[str, int], **more: Any) -> Record:
    return {
        "databaseId": number,
        "environment": "production",
        "createdAt": at(day, 14),
        "commitOid": f"merge{number - 80}",
        "state": statuses[0][0] if statuses else "QUEUED",
        "ref": {"name": "main"},
        "statuses": {
            "nodes": [{"state": state, "createdAt": at(day, hour)} for state, hour in statuses]
        },
        **more,
    }


@pytest.fixture
def github() -> Iterator[FakeDelivery]:
    fake = FakeDelivery([issue(1, 3), issue(2, 9)], [pull(11, 5, body="Fixes #1"), pull(12, 6)])
    fake.commits = {11: [commit("c2", 4), commit("c1", 3)], 12: [commit("c3", 6)]}
    by_author = {**review(70, "COMMENTED", 5), "user": {"login": "Ada"}, "submitted_at": at(5, 9)}
    by_bot = {**by_author, "id": 69, "user": {"login": "lint", "type": "Bot"}}
    fake.reviews[11] = [by_bot, by_author, review(71, "COMMENTED", 5), review(72, "APPROVED", 5)]
    fake.nodes = [
        deployment(91, 5, ("INACTIVE", 20), ("SUCCESS", 15), ("IN_PROGRESS", 14)),
        deployment(92, 6, ("ERROR", 16), ("IN_PROGRESS", 15)),
        deployment(93, 7, ("IN_PROGRESS", 15)),
        deployment(94, 4, environment="github-pages", state="INACTIVE", statuses=None),
    ]
    with fake.running():
        yield fake


@pytest.fixture
def served(vsm: Program, github: FakeDelivery) -> Program:
    """The program with the repository, and a service that is made from it."""
    vsm.add(github, "github", *ADD)
    vsm.ok("service", "add", "ants", "--repositories", "Owner/Ants")
    return vsm


def changes(vsm: Program) -> list[Change]:
    reader = Reader(vsm.db)
    try:
        return reader.changes_of_service(1)
    finally:
        reader.close()


def deployments(vsm: Program) -> list[Deployment]:
    reader = Reader(vsm.db)
    try:
        return reader.deployments(1)
    finally:
        reader.close()


def micros(day: int, hour: int) -> int:
    return stamp_moment(at(day, hour), "")


def test_requests_and_deployments_become_those_of_the_service(
    served: Program, github: FakeDelivery
) -> None:
    ran = served.json("sync", "run")
    assert (ran["delivery"], ran["evidence"], ran["health"]) == (5, 0, "ok")
    first, second = changes(served)
    assert (first.ref, second.ref) == ("owner/ants#11", "owner/ants#12")
    assert first.commits == ("merge11", "c2", "c1")
    assert first.first_commit_at == micros(3, 10), "the earliest, whatever their order"
    assert (first.proposed_at, first.merged_at) == (micros(5, 8), micros(5, 12))
    assert first.reviewed_at == micros(5, 11), "neither the author's own comment nor a bot's"
    assert second.reviewed_at is None
    assert [len(one.items) for one in (first, second)] == [1, 0]
    pages, ended, failed = deployments(served)
    assert (pages.environment, pages.result, pages.started_at) == (
        "github-pages", "success", micros(4, 14),
    )  # fmt: skip
    assert (ended.result, ended.finished_at) == ("success", micros(5, 15)), "INACTIVE is later"
    assert (failed.result, failed.commits) == ("failure", ("merge12",))
    assert (first.deployment, first.is_inferred) == (ended.id, False)
    assert second.deployment is None, "the deployment that held it failed, and no other followed"


def test_reading_it_again_records_nothing(served: Program, github: FakeDelivery) -> None:
    served.ok("sync", "run")
    before = served.journal()
    assert served.json("sync", "run")["delivery"] == 0
    assert served.json("sync", "run", "--full")["delivery"] == 0
    assert served.journal() == before


def test_evidence_of_items_is_recorded_once(served: Program, github: FakeDelivery) -> None:
    github.deployments = [
        {"id": 91, "sha": "merge11", "environment": "production", "creator": {"login": "bo"}}
    ]
    github.statuses[91] = [{"state": "success", "created_at": at(5, 15)}]
    served.ok("sync", "run", "--full")
    rows = served.json("comply", "evidence", "ants-1")
    (row,) = [row for row in rows if row["kind"] == "deployment"]
    assert row["ref"] == "owner/ants deployment 91" == deployments(served)[1].source_id


def test_what_had_not_ended_is_read_when_it_has(served: Program, github: FakeDelivery) -> None:
    github.now = 1_767_900_000  # 8 January 2026
    served.ok("sync", "run")
    github.nodes[2] = deployment(93, 7, ("SUCCESS", 16), ("IN_PROGRESS", 15))
    assert served.json("sync", "run")["delivery"] == 1
    last = deployments(served)[-1]
    assert (last.result, last.finished_at) == ("success", micros(7, 16))
    assert changes(served)[1].deployment == last.id


def test_many_deployments_are_read_page_by_page(served: Program, github: FakeDelivery) -> None:
    github.page_of_nodes = 1
    assert served.json("sync", "run")["delivery"] == 5


def test_without_a_service_nothing_more_is_asked(vsm: Program, github: FakeDelivery) -> None:
    vsm.ok("service", "add", "other", "--repositories", "owner/bees")
    ran = vsm.add(github, "github", *ADD)
    assert ran["delivery"] == 0
    assert not any("deployments(first" in str(asked.body) for asked in github.asked)
    assert not any("/pulls/12" in path for path in github.paths()), "it names no item"


def test_a_deployment_in_an_impossible_order_is_listed(
    served: Program, github: FakeDelivery
) -> None:
    github.nodes[0]["createdAt"] = at(5, 16)
    ran = served.json("sync", "run")
    (why,) = [n["why"] for n in ran["notes"] if n["where"] == "owner/ants deployment 91"]
    assert "before it began" in why and ran["delivery"] == 4


def test_a_token_without_the_permission_is_named(served: Program, github: FakeDelivery) -> None:
    def refuse(asked: Asked) -> Reply | None:
        if "deployments(first" not in str(asked.body):
            return None
        errors = [{"type": "FORBIDDEN", "message": "Resource not accessible"}]
        return Reply({"data": None, "errors": errors})

    github.faults.append(refuse)
    ran = served.json("sync", "run")
    assert (ran["health"], ran["delivery"]) == ("partial", 2)
    assert any("Deployments: read" in note["why"] for note in ran["notes"])
    github.faults.clear()
    assert served.json("sync", "run")["delivery"] == 3


@pytest.mark.parametrize("broken", [{"createdAt": "x"}, {"environment": None}, {"commitOid": ""}])
def test_an_answer_in_another_form_is_refused(
    served: Program, github: FakeDelivery, broken: Record
) -> None:
    github.nodes[0] |= broken
    ran = served.json("sync", "run")
    assert any("not as expected" in note["why"] for note in ran["notes"])


def test_recorded_deployments_of_a_real_repository(
    served: Program, shared_data: Path, github: FakeDelivery
) -> None:
    real = records(shared_data / "pmo" / "devlake_github" / "deployments_graphql.jsonl.gz")
    github.nodes = [
        {
            "databaseId": one["DatabaseId"],
            "environment": one["Environment"],
            "createdAt": one["CreatedAt"],
            "commitOid": one["CommitOid"],
            "state": one["State"],
            "ref": {"name": one["Ref"]["Name"]},
            "statuses": {
                "nodes": [
                    {"state": status["state"], "createdAt": status["updatedAt"]}
                    for status in (one.get("Statuses") or {}).get("nodes", ())
                ]
            },
        }
        for one in real
    ]
    served.ok("sync", "run")
    known = deployments(served)
    assert len(known) == len(real) == 7
    assert {one.result for one in known} == {"success"}, "INACTIVE after success is no failure"
    (service,) = served.json("service")
    assert service["environments"] == ["production", "prod"]
    assert not any(one["production"] for one in served.json("deploy", "list"))
