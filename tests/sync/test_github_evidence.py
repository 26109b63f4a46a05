"""Merged pull requests, reviews, builds and deployments of a repository as evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sync.conftest import Program
from tests.sync.fake import Asked, FakeGitHub, Record, Reply, _linked, once
from tests.sync.test_github import issue
from tests.sync.test_recorded import records
from vsm.connect.sync.github_evidence import closed_issues


class FakeEvidence(FakeGitHub):
    """The repository with its pull requests; each part by the number of the request."""

    def __init__(self, issues: list[Record], pulls: list[Record]) -> None:
        super().__init__(issues, {})
        self.pulls = {pull["number"]: pull for pull in pulls}
        self.commits: dict[int, list[Record]] = {}
        self.reviews: dict[int, list[Record]] = {}
        self.runs: list[Record] = []
        self.deployments: list[Record] = []
        self.statuses: dict[int, list[Record]] = {}
        self.linked: dict[str, list[Record]] = {}

    def serve(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix("/repos/owner/ants")
        if path == "/pulls":
            rows = sorted(self.pulls.values(), key=lambda pull: pull["updated_at"], reverse=True)
            return _linked(self, asked, rows)
        if match := re.fullmatch(r"/pulls/(\d+)(/commits|/reviews)?", path):
            number = int(match[1])
            if match[2] is None:
                return Reply(self.pulls[number])
            part = self.commits if match[2] == "/commits" else self.reviews
            return _linked(self, asked, part.get(number, []))
        if path == "/actions/runs":
            runs = [run for run in self.runs if run["head_sha"] == asked.query["head_sha"]]
            return Reply({"total_count": len(runs), "workflow_runs": runs})
        if path == "/deployments":
            rows = [d for d in self.deployments if d["sha"] == asked.query["sha"]]
            return _linked(self, asked, rows)
        if match := re.fullmatch(r"/deployments/(\d+)/statuses", path):
            return _linked(self, asked, self.statuses.get(int(match[1]), []))
        return super().serve(asked)

    def _graph(self, body: Record) -> Record:
        if "closingIssuesReferences" not in body["query"]:
            return super()._graph(body)
        nodes = [
            {"number": pull["number"], "closingIssuesReferences": {"nodes": self.linked[node]}}
            for node in body["variables"]["ids"]
            for pull in self.pulls.values()
            if pull.get("node_id") == node
        ]
        return {"nodes": nodes}


def at(day: int, hour: int = 10) -> str:
    return f"2026-01-{day:02}T{hour:02}:00:00Z"


def pull(number: int, day: int, **more: Any) -> Record:
    return {
        "number": number,
        "title": f"Change {number}",
        "body": None,
        "head": {"ref": "topic"},
        "user": {"login": "ada"},
        "created_at": at(day, 8),
        "updated_at": at(day, 12),
        "merged_at": at(day, 12),
        "merged_by": {"login": "bo"},
        "merge_commit_sha": f"merge{number}",
        "commits": 1,
        **more,
    }


def commit(sha: str, day: int, login: str = "ada") -> Record:
    who = {"name": "A. Da", "date": at(day)}
    return {"sha": sha, "author": {"login": login}, "commit": {"author": who, "committer": who}}


def review(number: int, state: str, day: int, association: str = "MEMBER") -> Record:
    return {
        "id": number,
        "state": state,
        "user": {"login": "bo"},
        "author_association": association,
        "submitted_at": at(day, 11),
    }


def workflow_run(number: int, sha: str, day: int, conclusion: str | None) -> Record:
    return {"id": number, "head_sha": sha, "conclusion": conclusion, "updated_at": at(day, 13)}


@pytest.fixture
def github() -> Iterator[FakeEvidence]:
    issues = [issue(1, 3), issue(2, 9), issue(3)]
    fake = FakeEvidence(issues, [pull(11, 5, body="Fixes #1"), pull(12, 6)])
    fake.commits[11] = [commit("c1", 5)]
    fake.reviews[11] = [review(71, "APPROVED", 5)]
    fake.runs = [workflow_run(81, "merge11", 5, "success")]
    fake.deployments = [
        {"id": 91, "sha": "merge11", "environment": "production", "creator": {"login": "bo"}}
    ]
    fake.statuses[91] = [
        {"state": "inactive", "created_at": at(9)},
        {"state": "success", "created_at": at(5, 15)},
        {"state": "in_progress", "created_at": at(5, 14)},
    ]
    with fake.running():
        yield fake


ADD = ("--scope", "owner/ants", "--evidence")


def evidence(vsm: Program, key: str) -> list[Record]:
    rows = vsm.json("comply", "evidence", key)
    assert {row["origin"] for row in rows} <= {"sync github"}
    names = ("kind", "ref", "by", "status", "at", "details")
    return [{name: row[name] for name in names} for row in rows]


def kinds(vsm: Program, key: str) -> list[tuple[str, str | None]]:
    return sorted((row["kind"], row["status"]) for row in evidence(vsm, key))


def test_a_merged_request_and_what_followed_is_evidence(vsm: Program, github: FakeEvidence) -> None:
    ran = vsm.add(github, "github", *ADD)
    assert (ran["evidence"], ran["health"]) == (5, "ok")
    by_kind = {row["kind"]: row for row in evidence(vsm, "ants-1")}
    request = by_kind["pull_request"]
    assert (request["ref"], request["by"]) == ("owner/ants#11", "ada@github")
    assert request["details"]["sha"] == "merge11"
    assert request["details"]["merged_by"] == "bo@github"
    assert by_kind["commit"]["ref"] == "c1 in owner/ants#11"
    assert by_kind["commit"]["details"] == {"pr": "owner/ants#11"}
    assert (by_kind["review"]["by"], by_kind["review"]["status"]) == ("bo@github", "approved")
    build = by_kind["build"]
    assert (build["status"], build["details"]) == ("pass", {"sha": "merge11"})
    deployment = by_kind["deployment"]
    assert (deployment["status"], deployment["details"]) == ("success", {"env": "production"})
    assert deployment["at"].startswith("2026-01-05T15:00"), "what is inactive since was deployed"
    assert evidence(vsm, "ants-2") == evidence(vsm, "ants-3") == []


def test_reading_it_again_records_nothing(vsm: Program, github: FakeEvidence) -> None:
    vsm.add(github, "github", *ADD)
    before = vsm.journal()
    assert vsm.json("sync", "run")["evidence"] == 0
    assert vsm.json("sync", "run", "--full")["evidence"] == 0
    assert vsm.journal() == before


def test_it_is_off_unless_asked_for(vsm: Program, github: FakeEvidence) -> None:
    vsm.add(github, "github", "--scope", "owner/ants")
    assert not any("/pulls" in path for path in github.paths())
    assert vsm.json("sync", "run")["evidence"] == 0
    vsm.ok("sync", "set", "github", "--evidence", "yes")
    assert vsm.json("sync", "run")["evidence"] == 5
    jira = ("sync", "add", "jira-cloud", github.base, "--evidence", "--stream", "W")
    assert "--evidence is for GitHub and GitLab" in vsm.fails(2, *jira)


def test_builds_and_deployments_may_come_later(vsm: Program, github: FakeEvidence) -> None:
    github.now = 1_767_700_000  # 6 January 2026
    github.runs[0]["conclusion"] = None
    statuses = github.statuses.pop(91)
    vsm.add(github, "github", *ADD)
    assert len(evidence(vsm, "ants-1")) == 3
    github.runs[0]["conclusion"] = "failure"
    github.statuses[91] = statuses
    asked = len(github.asked)
    assert vsm.json("sync", "run")["evidence"] == 2
    assert ("build", "fail") in kinds(vsm, "ants-1")
    assert "/repos/owner/ants/pulls/11/reviews" not in github.paths()[asked:]
    github.runs[0]["conclusion"] = "success"  # it was run again
    assert vsm.json("sync", "run")["evidence"] == 1
    builds = [row["status"] for row in evidence(vsm, "ants-1") if row["kind"] == "build"]
    assert builds == ["fail", "pass"], "the last of one run counts"


def test_items_are_named_by_title_branch_and_link(vsm: Program, github: FakeEvidence) -> None:
    github.pulls = {
        21: pull(21, 3, title="ANTS-2: faster"),
        22: pull(22, 4, head={"ref": "feature/ants-3-x"}),
        23: pull(23, 5, node_id="n23"),
        24: pull(24, 6, title="fix ants-99", body="see #1, not ants-1"),
    }
    github.linked["n23"] = [{"number": 1, "repository": {"nameWithOwner": "Owner/Ants"}}]
    vsm.add(github, "github", *ADD)
    refs = {key: {r["ref"] for r in evidence(vsm, key)} for key in ("ants-1", "ants-2", "ants-3")}
    assert refs == {
        "ants-1": {"owner/ants#23"},
        "ants-2": {"owner/ants#21"},
        "ants-3": {"owner/ants#22"},
    }


def test_closing_keywords() -> None:
    words = "Closes #1, fixed: other/repo#2 resolve https://github.com/a/b/issues/3 prefix #4 #5"
    assert list(closed_issues(words, "o/r")) == ["o/r#1", "other/repo#2", "a/b#3"]


def test_what_was_not_merged_is_no_part_of_the_change(vsm: Program, github: FakeEvidence) -> None:
    github.pulls[11]["merged_at"] = None
    assert vsm.add(github, "github", *ADD)["evidence"] == 0


def test_only_those_who_belong_to_the_repository_approve(
    vsm: Program, github: FakeEvidence
) -> None:
    github.reviews[11] = [
        review(71, "APPROVED", 5, "NONE"),
        review(72, "CHANGES_REQUESTED", 5, "CONTRIBUTOR"),
        review(73, "DISMISSED", 5, "OWNER"),
        {**review(74, "PENDING", 5), "submitted_at": None},
    ]
    vsm.add(github, "github", *ADD)
    states = [status for kind, status in kinds(vsm, "ants-1") if kind == "review"]
    assert states == ["commented", "commented", "dismissed"]


def test_runs_that_tested_nothing_say_nothing(vsm: Program, github: FakeEvidence) -> None:
    words = ("cancelled", "skipped", "neutral", "stale", "action_required", None, "timed_out")
    github.runs = [workflow_run(n, "merge11", 5, word) for n, word in enumerate(words, 1)]
    vsm.add(github, "github", *ADD)
    assert [s for k, s in kinds(vsm, "ants-1") if k == "build"] == ["fail"]


def test_a_token_without_the_permission_leaves_items_recorded(
    vsm: Program, github: FakeEvidence
) -> None:
    github.faults.append(once("/pulls", Reply({"message": "no"}, 403)))
    ran = vsm.add(github, "github", *ADD)
    assert (ran["new"], ran["health"], ran["evidence"]) == (3, "partial", 0)
    (note,) = [n for n in ran["notes"] if n["where"] == "github"]
    assert "Pull requests: read" in note["why"]
    assert vsm.json("sync", "run")["evidence"] == 5, "the next run tries again"


def test_a_failure_between_requests_loses_none(vsm: Program, github: FakeEvidence) -> None:
    github.pulls[12]["title"] = "ants-2"
    github.faults.append(once("/pulls/12/commits", Reply({}, 403)))
    assert vsm.add(github, "github", *ADD)["evidence"] == 5
    assert vsm.json("sync", "run")["evidence"] == 1
    assert kinds(vsm, "ants-2") == [("pull_request", None)]


def test_commits_that_github_does_not_list_are_named(vsm: Program, github: FakeEvidence) -> None:
    github.pulls[11]["commits"] = 300
    notes = vsm.add(github, "github", *ADD)["notes"]
    assert [n["where"] for n in notes] == ["owner/ants#11"]


def test_what_is_refused_is_listed_and_keeps_nothing_else(
    vsm: Program, github: FakeEvidence
) -> None:
    github.pulls[12]["title"] = "ants-2"
    vsm.add(github, "github", "--scope", "owner/ants")
    vsm.ok("item", "archive", "ants-1")
    vsm.ok("sync", "set", "github", "--evidence", "yes")
    ran = vsm.json("sync", "run")
    assert ran["evidence"] == 1
    (why,) = [note["why"] for note in ran["notes"] if note["where"] == "ants-1"]
    assert "is archived" in why


def test_evidence_keeps_no_item_from_following(vsm: Program, github: FakeEvidence) -> None:
    vsm.add(github, "github", *ADD)
    github.issues[0] = issue(1, 12, state="closed", closed_at=at(12))
    ran = vsm.json("sync", "run")
    assert (ran["changed"], ran["kept"]) == (1, [])


@pytest.fixture
def controlled(vsm: Program, github: FakeEvidence) -> Program:
    """The repository with a control: somebody else has to approve."""
    github.issues[1] = issue(2, 16, state="closed", closed_at=at(16))
    github.timelines[2] = [{"id": 22, "event": "closed", "created_at": at(16)}]
    vsm.add(github, "github", *ADD)
    vsm.ok("gov", "add", "chg-approved")
    vsm.ok("gov", "mode", "supportive", "--reason", "pilot")
    return vsm


def verdict(vsm: Program) -> str:
    (result,) = vsm.json("gov", "check", "ants-1", "--to", "Closed")["results"]
    assert result["control"] == "chg-approved"
    return str(result["verdict"])


def test_controls_take_their_facts_from_it(controlled: Program, github: FakeEvidence) -> None:
    assert verdict(controlled) == "pass"
    github.commits[11].append(commit("c2", 5, "bo"))
    github.pulls[11] |= {"commits": 2, "updated_at": at(17)}
    controlled.ok("sync", "run")
    assert verdict(controlled) == "fail", "bo approved and wrote part of it"


@pytest.mark.parametrize("alias", [True, False])
def test_two_names_of_one_person_are_no_second_pair_of_eyes(
    controlled: Program, github: FakeEvidence, alias: bool
) -> None:
    controlled.ok("member", "add", "bo")
    assert verdict(controlled) == "pass"
    if alias:
        controlled.ok("member", "alias", "bo", "ada@github")
    else:
        github.commits[11][0]["author"] = {"login": "Bo"}
        github.pulls[11]["updated_at"] = at(17)
        controlled.ok("sync", "run")
    assert verdict(controlled) == "fail"


def test_recorded_pages_of_a_real_repository(
    vsm: Program, shared_data: Path, github: FakeEvidence
) -> None:
    """Titles and texts were replaced by their lengths, so a title of ours names the item."""
    pages = shared_data / "pmo" / "devlake_github"
    pulls = records(pages / "pull_requests.jsonl.gz")
    github.pulls = {p["number"]: p | {"title": "ants-1"} for p in pulls}
    merged = {p["number"] for p in github.pulls.values() if p["merged_at"]}
    first = max(merged)
    github.commits = {first: records(pages / "pull_request_commits.jsonl.gz")}
    github.reviews = {first: records(pages / "pull_request_reviews.jsonl.gz")}
    sha = github.pulls[first]["merge_commit_sha"]
    github.runs = [r | {"head_sha": sha} for r in records(pages / "runs.jsonl.gz")]
    vsm.add(github, "github", *ADD)
    rows = kinds(vsm, "ants-1")
    assert sum(kind == "pull_request" for kind, _ in rows) == len(merged)
    assert {s for k, s in rows if k == "build"} == {"pass", "fail"}
    assert any(kind == "review" for kind, _ in rows)
    before = vsm.journal()
    vsm.ok("sync", "run", "--full")
    assert vsm.journal() == before
