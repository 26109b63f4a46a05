"""GitHub: issues with their timelines, and columns of a project that no log has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sync.conftest import Program
from tests.sync.fake import FakeGitHub, Reply, once

Record = dict[str, Any]


def issue(number: int, day: int = 1, **more: Any) -> Record:
    return {
        "id": 900 + number,
        "node_id": f"node-{number}",
        "number": number,
        "title": f"Issue {number}",
        "state": "open",
        "user": {"login": "ada"},
        "labels": [],
        "assignee": None,
        "created_at": "2026-01-01T08:00:00Z",
        "updated_at": f"2026-01-{day:02}T10:00:00Z",
        "closed_at": None,
        **more,
    }


def labelled(event: int, day: int, label: str, kind: str = "labeled") -> Record:
    at = f"2026-01-{day:02}T10:00:00Z"
    return {"id": event, "event": kind, "created_at": at, "label": {"name": label}}


def move(event: str, day: int, before: str, after: str) -> Record:
    at = f"2026-01-{day:02}T10:00:00Z"
    return {
        "id": event,
        "createdAt": at,
        "previousStatus": before,
        "status": after,
        "project": {"number": 3},
        "actor": {"login": "ada"},
    }


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    closed = {"state": "closed", "closed_at": "2026-01-09T10:00:00Z"}
    issues = [issue(1, 3), issue(2, 9, **closed), issue(3), issue(4, pull_request={"url": "x"})]
    timelines = {
        1: [labelled(11, 3, "status: doing"), {"event": "commented", "body": "x" * 99}],
        2: [
            labelled(21, 5, "status: doing"),
            {"id": 22, "event": "closed", "created_at": "2026-01-09T10:00:00Z"},
        ],
    }
    with FakeGitHub(issues, timelines).running() as fake:
        assert isinstance(fake, FakeGitHub)
        yield fake


ADD = ("--scope", "owner/ants")
PROJECT = ("--scope", "owner/ants project 3")


def test_issues_and_their_timelines_become_items(vsm: Program, github: FakeGitHub) -> None:
    github.page = 2
    ran = vsm.add(github, "github", *ADD)
    assert (ran["listed"], ran["new"], ran["truncated"]) == (3, 3, [])
    assert vsm.json("item", "show", "ants-1")["stage"] == "doing"
    before = vsm.journal()
    asked = len(github.asked)
    assert vsm.json("sync", "run")["fetched"] == 0
    assert github.asked[asked + 1].query["since"] == "2026-01-09T09:50:00Z"
    vsm.ok("sync", "run", "--full")
    assert vsm.journal() == before


def test_only_the_timeline_of_what_changed_is_asked_for(vsm: Program, github: FakeGitHub) -> None:
    vsm.add(github, "github", *ADD)
    github.issues[2] = issue(3, 12)
    github.timelines[3] = [labelled(31, 12, "status: doing")]
    asked = len(github.asked)
    ran = vsm.json("sync", "run")
    assert (ran["fetched"], ran["changed"]) == (1, 1)
    timelines = [p for p in github.paths()[asked:] if p.endswith("/timeline")]
    assert timelines == ["/repos/owner/ants/issues/3/timeline"]


def test_a_spent_limit_is_waited_for(
    vsm: Program, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("vsm.connect.sync.patience.pause", waits.append)
    spent = (("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", str(github.now + 90)))
    refusal = Reply({"message": "API rate limit exceeded"}, 403, spent)
    github.faults.append(once("/timeline", refusal))
    assert vsm.add(github, "github", *ADD)["new"] == 3
    assert len(waits) == 1 and 90 <= waits[0] < 91


def test_a_repository_that_is_not_there_or_not_shown(vsm: Program, github: FakeGitHub) -> None:
    args = ("sync", "add", "github", github.base, "--stream", "Web", "--yes")
    text = vsm.fails(3, *args, "--scope", "owner/other")
    assert "404" in text and "Issues: read" in text
    assert "write owner/repo" in vsm.fails(3, *args, "--scope", "other")


def test_logged_moves_of_a_project_are_stages(vsm: Program, github: FakeGitHub) -> None:
    github.columns = {1: ("Review", "2026-01-06T10:00:00Z")}
    github.moves = {1: [move("m1", 4, "Todo", "Doing"), move("m2", 6, "Doing", "Review")]}
    ran = vsm.add(github, "github", *PROJECT)
    assert (ran["observed"], ran["truncated"]) == (0, [])
    assert vsm.json("item", "show", "ants-1")["stage"] == "Review"


def test_a_move_that_no_log_has_is_observed_and_told_apart(
    vsm: Program, github: FakeGitHub
) -> None:
    github.columns = {1: ("Doing", "2026-01-04T10:00:00Z")}
    github.moves = {1: [move("m1", 4, "Todo", "Doing")]}
    vsm.add(github, "github", *PROJECT)
    # The issue itself does not change when its column does.
    github.columns = {1: ("Review", "2026-01-08T10:00:00Z")}
    ran = vsm.json("sync", "run", "--add-stages")
    assert (ran["fetched"], ran["changed"], ran["observed"]) == (1, 1, 1)
    assert ran["truncated"] == [], "somebody looked before, so no more than one interval is unknown"
    # The next column is seen too; the observation before it is kept though no log ever has it.
    github.columns = {1: ("Doing", "2026-01-10T10:00:00Z")}
    ran = vsm.json("sync", "run")
    assert (ran["changed"], ran["observed"]) == (1, 2)
    assert "moved from Doing to Review (observed)" in vsm.ok("item", "show", "ants-1")
    moves = last_history(vsm)
    assert [event.partition(":")[0] for event in moves[1:]] == ["m1", "observed", "observed"]
    # GitHub finds its log again: what is logged takes the place of what was seen.
    github.moves[1] += [move("m2", 8, "Doing", "Review"), move("m3", 10, "Review", "Doing")]
    github.issues[0]["updated_at"] = "2026-01-11T10:00:00Z"
    assert vsm.json("sync", "run")["observed"] == 0
    assert last_history(vsm)[1:] == ["m1", "m2", "m3"]
    assert vsm.json("sync", "run")["fetched"] == 0


def test_where_nobody_had_looked_before_the_history_is_truncated_since(
    vsm: Program, github: FakeGitHub
) -> None:
    github.columns = {1: ("Review", "2026-01-08T10:00:00Z")}
    github.moves = {1: [move("m1", 4, "Todo", "Doing")]}
    ran = vsm.add(github, "github", *PROJECT)
    (gap,) = ran["truncated"]
    assert (gap["key"], gap["after"], gap["until"]) == (
        *("ants-1", "2026-01-04T10:00:00Z"),
        "2026-01-08T10:00:00Z",
    )
    assert "nobody looked" in gap["why"]


def test_a_project_that_the_token_may_not_see(vsm: Program, github: FakeGitHub) -> None:
    refusal = {"errors": [{"type": "INSUFFICIENT_SCOPES", "message": "needs read:project"}]}
    github.faults.append(once("/graphql", Reply(refusal)))
    args = ("sync", "add", "github", github.base, "--stream", "Web", "--yes", *PROJECT)
    assert "needs read:project" in vsm.fails(3, *args)


def last_history(vsm: Program) -> list[str]:
    """The ids of the moves of ants-1, as they were imported last."""
    rows = [r["payload"] for r in vsm.journal() if r["kind"] == "item_history_imported"]
    return [t[2] for t in [r for r in rows if r["key"] == "ants-1"][-1]["transitions"]]


def test_what_blocks_an_issue_becomes_a_dependency(vsm: Program, github: FakeGitHub) -> None:
    github.issues[0]["issue_dependencies_summary"] = {"blocked_by": 1, "total_blocked_by": 1}
    place = {"repository_url": f"{github.base}/repos/owner/ants"}
    github.blocked_by[1] = [{**github.issues[2], **place}]
    vsm.add(github, "github", *ADD)
    item = vsm.json("item", "show", "ants-1")
    links = [(link["relation"], link["key"]) for link in item["links"]]
    assert links == [("waits for", "ants-3")]
    asked = [path for path in github.paths() if path.endswith("/dependencies/blocked_by")]
    assert len(asked) == 1, "only of the issue that counts one"
    assert vsm.json("sync", "run", "--full")["changed"] == 0
