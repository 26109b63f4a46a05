"""Moves and comments are written into GitHub, GitLab and Jira Data Center by their own ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sync.conftest import Program, made_issues
from tests.sync.fake import Asked, FakeGitHub, FakeGitLab, FakeJira, Record, Reply, once
from tests.sync.test_github import issue as github_issue
from tests.sync.test_github import labelled
from tests.sync.test_gitlab import issue as gitlab_issue
from tests.sync.test_gitlab import label

ANTS = ("--scope", "owner/ants")
SHOP = ("--scope", "group/shop")


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    doing = {"labels": [{"name": "status: doing"}, {"name": "bug"}]}
    closed = {"state": "closed", "closed_at": "2026-01-09T10:00:00Z"}
    issues = [github_issue(1, 3, **doing), github_issue(2, 9, **closed), github_issue(3)]
    timelines = {
        1: [labelled(11, 3, "status: doing")],
        2: [
            labelled(21, 4, "status: review"),
            {"id": 22, "event": "closed", "created_at": "2026-01-09T10:00:00Z"},
        ],
    }
    with FakeGitHub(issues, timelines).running() as fake:
        assert isinstance(fake, FakeGitHub)
        yield fake


@pytest.fixture
def gitlab() -> Iterator[FakeGitLab]:
    events = {
        1: {"resource_label_events": [label(1, 2, "workflow::doing")]},
        2: {
            "resource_label_events": [label(2, 3, "workflow::review")],
            "resource_state_events": [
                {"id": 9, "state": "closed", "created_at": "2026-01-06T10:00:00.000Z"}
            ],
        },
    }
    ended = {"state": "closed", "closed_at": "2026-01-06T10:00:00.000Z"}
    issues = [
        gitlab_issue(1, 2, labels=["workflow::doing", "bug"]),
        gitlab_issue(2, 6, labels=["workflow::review"], **ended),
        gitlab_issue(3),
    ]
    with FakeGitLab(issues, events).running() as fake:
        assert isinstance(fake, FakeGitLab)
        yield fake


def open_for_writing(vsm: Program, fake: Any, kind: str, *scope: str) -> None:
    vsm.add(fake, kind, *scope)
    vsm.ok("sync", "write", kind.partition("-")[0], "moves", "--yes")


def written(ran: Record) -> list[tuple[str, str, str]]:
    return [(w["key"], w["what"], w["outcome"]) for w in ran["written"]]


def labels_of(fake: FakeGitHub, number: int) -> list[str]:
    return [row["name"] for row in fake.issues[number - 1]["labels"]]


def settles(vsm: Program) -> None:
    """What was written is no news from then on."""
    vsm.ok("sync", "run")
    entries = vsm.entries()
    assert vsm.json("sync", "run", "--full")["written"] == []
    assert vsm.entries() == entries
    assert "ok" in vsm.ok("doctor")


# -- GitHub ------------------------------------------------------------------------------


def test_github_moves_by_labels_and_leaves_others_alone(vsm: Program, github: FakeGitHub) -> None:
    open_for_writing(vsm, github, "github", *ANTS)
    vsm.ok("item", "move", "ants-1", "review")
    assert written(vsm.json("sync", "run")) == [("ants-1", "doing → review", "sent")]
    assert labels_of(github, 1) == ["bug", "status: review"]
    assert vsm.json("item", "show", "ants-1")["stage"] == "review"
    settles(vsm)


def test_github_closes_and_reopens(vsm: Program, github: FakeGitHub) -> None:
    open_for_writing(vsm, github, "github", *ANTS)
    vsm.ok("item", "move", "ants-1", "Closed")
    vsm.ok("item", "reopen", "ants-2", "--to", "doing")
    ran = vsm.json("sync", "run")
    assert [w["outcome"] for w in ran["written"]] == ["sent", "sent"]
    assert github.issues[0]["state_reason"] == "completed"
    assert (github.issues[1]["state"], labels_of(github, 2)) == ("open", ["status: doing"])
    assert vsm.json("item", "show", "ants-1")["stage"] == "Closed"
    assert vsm.json("item", "show", "ants-2")["stage"] == "doing"
    settles(vsm)


def test_github_moves_in_the_columns_of_a_project(vsm: Program, github: FakeGitHub) -> None:
    github.columns = {
        1: ("In Progress", "2026-01-03T10:00:00Z"),
        3: ("Todo", "2026-01-01T09:00:00Z"),
    }
    open_for_writing(vsm, github, "github", "--scope", "owner/ants project 3")
    vsm.ok("item", "move", "ants-3", "In Progress")
    vsm.ok("item", "comment", "ants-3", "begun")
    ran = vsm.json("sync", "run")
    assert written(ran) == [
        ("ants-3", "Todo → In Progress", "sent"),
        ("ants-3", "comment", "sent"),
    ]
    assert github.columns[3][0] == "In Progress"
    assert ", vsm " in github.comments[3][0]["body"]
    assert vsm.json("item", "show", "ants-3")["stage"] == "In Progress"
    settles(vsm)


def test_github_names_the_role_that_is_missing(vsm: Program, github: FakeGitHub) -> None:
    vsm.add(github, "github", *ANTS)
    github.role = {"pull": True, "triage": False, "push": False}
    text = vsm.fails(3, "sync", "write", "github", "moves", "--yes")
    assert "lacks the role Triage" in text and "Issues: read and write" in text
    vsm.ok("sync", "write", "github", "comments", "--yes")


def test_github_has_no_label_for_a_stage(vsm: Program, github: FakeGitHub) -> None:
    open_for_writing(vsm, github, "github", *ANTS)
    vsm.ok("stage", "add", "Verify", "--category", "active", "--after", "doing")
    vsm.ok("item", "move", "ants-1", "Verify")
    (row,) = vsm.json("sync", "run")["written"]
    assert (row["outcome"], row["why"]) == ("held", "no label stands for Verify")
    assert labels_of(github, 1) == ["status: doing", "bug"]
    github.labels.append("status: verify")
    assert written(vsm.json("sync", "run")) == [("ants-1", "doing → Verify", "sent")]
    assert labels_of(github, 1) == ["bug", "status: verify"]


def test_github_refuses_what_is_stale(vsm: Program, github: FakeGitHub) -> None:
    open_for_writing(vsm, github, "github", *ANTS)
    vsm.ok("item", "move", "ants-1", "review")
    github.happen(github.issues[0], "closed")
    github.issues[0] |= {"state": "closed", "closed_at": github.issues[0]["updated_at"]}
    assert written(vsm.json("sync", "run")) == [("ants-1", "doing → review", "stale")]
    assert vsm.json("item", "show", "ants-1")["stage"] == "Closed"
    settles(vsm)


def test_github_finishes_a_move_of_which_only_the_label_arrived(
    vsm: Program, github: FakeGitHub
) -> None:
    open_for_writing(vsm, github, "github", *ANTS)
    vsm.ok("item", "move", "ants-1", "review")
    github.faults.append(once("labels/status: doing", Reply({}, 502)))
    (row,) = vsm.json("sync", "run")["written"]
    assert row["outcome"] == "pending"
    assert labels_of(github, 1) == ["status: doing", "bug", "status: review"]
    assert written(vsm.json("sync", "run")) == [("ants-1", "doing → review", "sent")]
    assert labels_of(github, 1) == ["bug", "status: review"]
    settles(vsm)


# -- GitLab ------------------------------------------------------------------------------


def test_gitlab_moves_closes_and_reopens(vsm: Program, gitlab: FakeGitLab) -> None:
    open_for_writing(vsm, gitlab, "gitlab", *SHOP)
    vsm.ok("item", "move", "shop-1", "review")
    vsm.ok("item", "reopen", "shop-2", "--to", "doing")
    vsm.ok("item", "move", "shop-3", "Closed")
    ran = vsm.json("sync", "run")
    assert [w["outcome"] for w in ran["written"]] == ["sent"] * 3
    first, second, third = gitlab.issues
    assert (first["labels"], first["state"]) == (["bug", "workflow::review"], "opened")
    assert (second["labels"], second["state"]) == (["workflow::doing"], "opened")
    assert third["state"] == "closed"
    stages = [vsm.json("item", "show", f"shop-{n}")["stage"] for n in (1, 2, 3)]
    assert stages == ["review", "doing", "Closed"]
    settles(vsm)


def test_no_line_of_a_note_is_a_command(vsm: Program, gitlab: FakeGitLab) -> None:
    open_for_writing(vsm, gitlab, "gitlab", *SHOP)
    vsm.ok("item", "comment", "shop-1", "done\n/close\n  /assign @ada")
    assert written(vsm.json("sync", "run")) == [("shop-1", "comment", "sent")]
    lines = gitlab.notes[1][0]["body"].splitlines()
    assert not [line for line in lines if line.lstrip().startswith("/")]
    assert vsm.json("sync", "run")["written"] == []


def test_gitlab_names_scope_and_role_that_are_missing(vsm: Program, gitlab: FakeGitLab) -> None:
    vsm.add(gitlab, "gitlab", *SHOP)
    gitlab.scopes, gitlab.level = ["read_api"], 10
    text = vsm.fails(3, "sync", "write", "gitlab", "moves", "--yes")
    assert "lacks the scope api, the role Reporter" in text


# -- Jira Data Center --------------------------------------------------------------------


def test_data_center_takes_moves_and_comments_without_markup(vsm: Program) -> None:
    with FakeJira(made_issues(), is_cloud=False).running() as fake:
        assert isinstance(fake, FakeJira)
        open_for_writing(vsm, fake, "jira-dc")
        vsm.ok("item", "move", "WEB-3", "Review")
        vsm.ok("item", "comment", "WEB-3", "see [~ada] {code}")
        ran = vsm.json("sync", "run")
        assert [w["outcome"] for w in ran["written"]] == ["sent", "sent"]
        assert fake.issues["10003"]["fields"]["status"]["name"] == "Review"
        assert fake.comments["10003"][0]["body"].startswith("see \\[~ada] \\{code}\n")
        posts: list[Asked] = [a for a in fake.asked if a.method == "POST"]
        assert all(a.path.startswith("/rest/api/2/issue/10003/") for a in posts)
        settles(vsm)
