"""Merged merge requests, approvals, pipelines and deployments of GitLab as evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sync.conftest import Program
from tests.sync.fake import Asked, FakeGitLab, Record, Reply, _linked, once
from tests.sync.test_gitlab import issue
from tests.sync.test_recorded import records

ADD = ("--scope", "group/shop", "--evidence")
ADA = {"username": "ada", "name": "A. Da"}
BO = {"username": "bo", "name": "Bo Berg"}


class FakeEvidence(FakeGitLab):
    """The project with its merge requests; each part by the number of the request."""

    def __init__(self, issues: list[Record], merges: list[Record]) -> None:
        super().__init__(issues, {})
        self.merges = {merge["iid"]: merge for merge in merges}
        self.closes: dict[int, list[Record]] = {}
        self.commits: dict[int, list[Record]] = {}
        self.people: dict[int, list[Record]] = {}
        self.approved: dict[int, list[Record]] = {}
        self.merge_notes: dict[int, list[Record]] = {}
        self.pipelines: list[Record] = []
        self.deployments: list[Record] = []

    def serve(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix("/api/v4/projects/group/shop")
        if path == "/merge_requests":
            rows = [m for m in self.merges.values() if m["state"] == asked.query["state"]]
            return _linked(self, asked, sorted(rows, key=lambda m: m["updated_at"], reverse=True))
        if match := re.fullmatch(r"/merge_requests/(\d+)(/\w+)?", path):
            return self._part(asked, int(match[1]), match[2])
        if path == "/pipelines":
            rows = [row for row in self.pipelines if row["sha"] == asked.query["sha"]]
            return _linked(self, asked, rows)
        if path == "/deployments":
            return _linked(self, asked, self.deployments)
        return super().serve(asked)

    def _part(self, asked: Asked, number: int, part: str | None) -> Reply:
        if part is None:
            return Reply(self.merges[number])
        if part == "/approvals":
            users = [{"user": user} for user in self.approved.get(number, [])]
            return Reply({"approved_by": users})
        rows = {
            "/closes_issues": self.closes,
            "/commits": self.commits,
            "/participants": self.people,
            "/notes": self.merge_notes,
        }[part]
        return _linked(self, asked, rows.get(number, []))


def at(day: int, hour: int = 10) -> str:
    return f"2026-01-{day:02}T{hour:02}:00:00.000Z"


def merge(number: int, day: int, **more: Any) -> Record:
    return {
        "iid": number,
        "state": "merged",
        "title": f"Change {number}",
        "source_branch": "topic",
        "author": ADA,
        "created_at": at(day, 8),
        "updated_at": at(day, 12),
        "merged_at": at(day, 12),
        "merge_user": BO,
        "merge_commit_sha": f"merge{number}",
        "squash_commit_sha": None,
        "sha": f"head{number}",
        **more,
    }


def note(number: int, body: str, by: Record, day: int, *, system: bool = True) -> Record:
    return {"id": number, "body": body, "author": by, "created_at": at(day, 11), "system": system}


def commit(sha: str, author: str, day: int) -> Record:
    return {"id": sha, "author_name": author, "committed_date": at(day)}


@pytest.fixture
def gitlab() -> Iterator[FakeEvidence]:
    fake = FakeEvidence([issue(1, 3), issue(2, 9), issue(3)], [merge(11, 5), merge(12, 6)])
    fake.closes[11] = [{"id": 701, "iid": 1}]
    fake.commits[11] = [commit("c1", "A. Da", 5)]
    fake.people[11] = [ADA, BO]
    fake.merge_notes[11] = [note(71, "approved this merge request", BO, 5)]
    fake.approved[11] = [BO]
    fake.pipelines = [{"id": 81, "sha": "merge11", "status": "success", "updated_at": at(5, 13)}]
    fake.deployments = [
        {
            "id": 91,
            "sha": "merge11",
            "status": "success",
            "environment": {"name": "production"},
            "user": BO,
            "updated_at": at(9),
            "deployable": {"finished_at": at(5, 15)},
        }
    ]
    with fake.running():
        yield fake


def evidence(vsm: Program, key: str) -> list[Record]:
    rows = vsm.json("comply", "evidence", key)
    assert {row["origin"] for row in rows} <= {"sync gitlab"}
    names = ("kind", "ref", "by", "status", "at", "details")
    return [{name: row[name] for name in names} for row in rows]


def kinds(vsm: Program, key: str) -> list[tuple[str, str | None]]:
    return sorted((row["kind"], row["status"]) for row in evidence(vsm, key))


def test_a_merged_request_and_what_followed_is_evidence(vsm: Program, gitlab: FakeEvidence) -> None:
    ran = vsm.add(gitlab, "gitlab", *ADD)
    assert (ran["evidence"], ran["health"]) == (5, "ok")
    by_kind = {row["kind"]: row for row in evidence(vsm, "shop-1")}
    request = by_kind["pull_request"]
    assert (request["ref"], request["by"]) == ("group/shop!11", "ada@gitlab")
    assert request["details"]["sha"] == "merge11"
    assert request["details"]["merged_by"] == "bo@gitlab"
    assert by_kind["commit"]["ref"] == "c1 in group/shop!11"
    assert by_kind["commit"]["by"] == "ada@gitlab", "the participant who is called so"
    assert (by_kind["review"]["by"], by_kind["review"]["status"]) == ("bo@gitlab", "approved")
    assert (by_kind["build"]["status"], by_kind["build"]["details"]) == ("pass", {"sha": "merge11"})
    deployment = by_kind["deployment"]
    assert (deployment["status"], deployment["details"]) == ("success", {"env": "production"})
    assert deployment["at"].startswith("2026-01-05T15:00")
    assert evidence(vsm, "shop-2") == evidence(vsm, "shop-3") == []


def test_reading_it_again_records_nothing(vsm: Program, gitlab: FakeEvidence) -> None:
    vsm.add(gitlab, "gitlab", *ADD)
    before = vsm.journal()
    assert vsm.json("sync", "run")["evidence"] == 0
    assert vsm.json("sync", "run", "--full")["evidence"] == 0
    assert vsm.journal() == before


def test_approvals_that_were_taken_away_do_not_count(vsm: Program, gitlab: FakeEvidence) -> None:
    gitlab.approved[11] = []  # by a push: that leaves no note
    vsm.add(gitlab, "gitlab", *ADD)
    assert ("review", "dismissed") in kinds(vsm, "shop-1")


def test_reviews_by_notes(vsm: Program, gitlab: FakeEvidence) -> None:
    gitlab.merge_notes[11] = [
        note(71, "requested changes", BO, 4),
        note(72, "approved this merge request", BO, 5),
        note(73, "approved this merge request", BO, 5, system=False),
        note(74, "looks good", ADA, 5, system=False),
        {**note(75, "not for everybody", BO, 5, system=False), "internal": True},
        note(76, "assigned to @bo", ADA, 5),
    ]
    vsm.add(gitlab, "gitlab", *ADD)
    rows = [row for row in evidence(vsm, "shop-1") if row["kind"] == "review"]
    states = {row["ref"].split()[-1]: row["status"] for row in rows}
    expected = {"71": "changes_requested", "72": "approved", "73": "commented"}
    assert states == expected, "only GitLab itself says that somebody approved"


def test_items_are_named_by_title_branch_and_closing(vsm: Program, gitlab: FakeEvidence) -> None:
    gitlab.merges = {
        21: merge(21, 3, title="SHOP-2: faster"),
        22: merge(22, 4, source_branch="feature/shop-3-x"),
        23: merge(23, 5),
        24: merge(24, 6, title="fix shop-99"),
        25: merge(25, 7, title="shop-1", state="closed", merged_at=None),
    }
    gitlab.closes = {23: [{"id": 701}, {"id": 9999}]}
    vsm.add(gitlab, "gitlab", *ADD)
    refs = {key: {r["ref"] for r in evidence(vsm, key)} for key in ("shop-1", "shop-2", "shop-3")}
    assert refs == {
        "shop-1": {"group/shop!23"},
        "shop-2": {"group/shop!21"},
        "shop-3": {"group/shop!22"},
    }


def test_an_author_without_an_account_is_named(vsm: Program, gitlab: FakeEvidence) -> None:
    gitlab.commits[11].append(commit("c2", "Some Body", 5))
    (said,) = vsm.add(gitlab, "gitlab", *ADD)["notes"][-1:]
    assert said["where"] == "group/shop!11" and "Some Body" in said["why"]
    names = {row["by"] for row in evidence(vsm, "shop-1") if row["kind"] == "commit"}
    assert names == {"ada@gitlab", "Some Body"}


def test_what_tested_or_deployed_nothing_is_left_out(vsm: Program, gitlab: FakeEvidence) -> None:
    words = ("canceled", "skipped", "running", "manual", "failed")
    gitlab.pipelines = [
        {"id": n, "sha": "merge11", "status": word, "updated_at": at(5)}
        for n, word in enumerate(words)
    ]
    one = gitlab.deployments[0]
    words = ("created", "running", "canceled", "blocked", "failed")
    gitlab.deployments = [one | {"id": n, "status": word} for n, word in enumerate(words)]
    vsm.add(gitlab, "gitlab", *ADD)
    rows = kinds(vsm, "shop-1")
    assert [s for k, s in rows if k == "build"] == ["fail"]
    assert [s for k, s in rows if k == "deployment"] == ["failure"]


def test_a_request_without_merge_commit_has_its_last_one(
    vsm: Program, gitlab: FakeEvidence
) -> None:
    gitlab.merges[11]["merge_commit_sha"] = None  # fast forward
    gitlab.pipelines[0]["sha"] = "head11"
    vsm.add(gitlab, "gitlab", *ADD)
    assert ("build", "pass") in kinds(vsm, "shop-1")


def test_a_token_without_the_permission_leaves_items_recorded(
    vsm: Program, gitlab: FakeEvidence
) -> None:
    gitlab.faults.append(once("/merge_requests", Reply({"message": "no"}, 403)))
    ran = vsm.add(gitlab, "gitlab", *ADD)
    assert (ran["new"], ran["health"], ran["evidence"]) == (3, "partial", 0)
    assert "read_api" in ran["notes"][-1]["why"]
    assert vsm.json("sync", "run")["evidence"] == 5, "the next run tries again"


@pytest.mark.parametrize("alias", [True, False])
def test_two_names_of_one_person_are_no_second_pair_of_eyes(
    vsm: Program, gitlab: FakeEvidence, alias: bool
) -> None:
    gitlab.issues[1] = issue(2, 16, state="closed", closed_at=at(16))
    vsm.add(gitlab, "gitlab", *ADD)
    vsm.ok("gov", "add", "chg-approved")
    vsm.ok("gov", "mode", "supportive", "--reason", "pilot")

    def verdict() -> str:
        (result,) = vsm.json("gov", "check", "shop-1", "--to", "Closed")["results"]
        return str(result["verdict"])

    vsm.ok("member", "add", "bo")
    assert verdict() == "pass"
    if alias:
        vsm.ok("member", "alias", "bo", "ada@gitlab")
    else:
        gitlab.commits[11][0]["author_name"] = "Bo Berg"
        gitlab.merges[11]["updated_at"] = at(17)
        vsm.ok("sync", "run")
    assert verdict() == "fail"


def test_recorded_pages_of_a_real_project(
    vsm: Program, shared_data: Path, gitlab: FakeEvidence
) -> None:
    """Titles and texts were replaced by their lengths, so a title of ours names the item."""
    pages = shared_data / "pmo" / "devlake_gitlab"
    merges = records(pages / "merge_requests.jsonl.gz")
    gitlab.merges = {m["iid"]: m | {"title": "shop-1"} for m in merges}
    merged = {m["iid"] for m in gitlab.merges.values() if m["merged_at"]}
    first = max(merged)
    gitlab.commits = {first: records(pages / "merge_request_commits.jsonl.gz")}
    gitlab.merge_notes = {first: records(pages / "merge_request_notes.jsonl.gz")}
    sha = gitlab.merges[first]["merge_commit_sha"]
    pipelines = records(pages / "pipeline.jsonl.gz") + records(pages / "pipeline_details.jsonl.gz")
    gitlab.pipelines = [p | {"sha": sha} for p in pipelines if p.get("status")]
    gitlab.deployments = [d | {"sha": sha} for d in records(pages / "deployments.jsonl.gz")]
    vsm.add(gitlab, "gitlab", *ADD)
    rows = kinds(vsm, "shop-1")
    assert sum(kind == "pull_request" for kind, _ in rows) == len(merged)
    assert {s for k, s in rows if k == "build"} == {"pass", "fail"}
    assert {s for k, s in rows if k == "deployment"} == {"success", "failure"}
    assert {s for k, s in rows if k == "review"} == {"commented"}
    before = vsm.journal()
    vsm.ok("sync", "run", "--full")
    assert vsm.journal() == before
