"""GitLab: issues with the events of their states and labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sync.conftest import Program
from tests.sync.fake import FakeGitLab

Record = dict[str, Any]


def issue(number: int, day: int = 1, **more: Any) -> Record:
    return {
        "id": 700 + number,
        "iid": number,
        "title": f"Issue {number}",
        "state": "opened",
        "labels": [],
        "author": {"username": "ada"},
        "created_at": f"2026-01-01T08:00:0{number}.000Z",
        "updated_at": f"2026-01-{day:02}T10:00:00.000Z",
        "references": {"full": f"group/shop#{number}"},
        **more,
    }


def label(event: int, day: int, name: str, action: str = "add") -> Record:
    at = f"2026-01-{day:02}T10:00:00.000Z"
    return {"id": event, "action": action, "created_at": at, "label": {"name": name}}


@pytest.fixture
def gitlab() -> Iterator[FakeGitLab]:
    events = {
        1: {
            "resource_label_events": [
                label(1, 2, "workflow::doing"),
                label(2, 4, "workflow::doing", "remove"),
                label(3, 4, "workflow::review"),
            ]
        },
        2: {
            "resource_state_events": [
                {"id": 9, "state": "closed", "created_at": "2026-01-06T10:00:00.000Z"}
            ]
        },
    }
    issues = [
        issue(1, 4),
        issue(2, 6, state="closed", closed_at="2026-01-06T10:00:00.000Z"),
        issue(3),
    ]
    with FakeGitLab(issues, events).running() as fake:
        assert isinstance(fake, FakeGitLab)
        yield fake


ADD = ("--scope", "group/shop")


@pytest.mark.parametrize("has_keyset", [True, False])
def test_issues_and_their_events_become_items(
    vsm: Program, gitlab: FakeGitLab, has_keyset: bool
) -> None:
    gitlab.has_keyset, gitlab.page = has_keyset, 2
    ran = vsm.add(gitlab, "gitlab", *ADD)
    assert (ran["listed"], ran["new"]) == (3, 3)
    assert vsm.json("item", "show", "shop-1")["stage"] == "review"
    assert [n["where"] for n in ran["notes"]] == ["resource_iteration_events"]
    iterations = [p for p in gitlab.paths() if p.endswith("iteration_events")]
    assert len(iterations) == 1, "what this GitLab does not have is not asked for again"
    before = vsm.journal()
    assert vsm.json("sync", "run")["fetched"] == 0
    vsm.ok("sync", "run", "--full")
    assert vsm.journal() == before


def test_the_address_of_the_browser_is_enough(vsm: Program, gitlab: FakeGitLab) -> None:
    address = f"{gitlab.base}/group/shop/-/issues/2"
    ran = vsm.json("sync", "add", "gitlab", address, "--stream", "Web", "--yes")
    assert ran["new"] == 3
    (source,) = vsm.json("sync", "status")["sources"]
    assert (source["base"], source["scope"]) == (gitlab.base, "group/shop")


def test_only_the_events_of_what_changed_are_asked_for(vsm: Program, gitlab: FakeGitLab) -> None:
    vsm.add(gitlab, "gitlab", *ADD)
    gitlab.issues[2] = issue(3, 9)
    gitlab.events[3] = {"resource_label_events": [label(7, 9, "workflow::doing")]}
    asked = len(gitlab.asked)
    assert vsm.json("sync", "run")["changed"] == 1
    asked_for = {p for p in gitlab.paths()[asked:] if p.endswith("_events")}
    assert all("/issues/3/" in path for path in asked_for)


def test_links_become_dependencies_and_weights_estimates(vsm: Program, gitlab: FakeGitLab) -> None:
    gitlab.issues[0]["weight"] = 5
    first, third = (gitlab.issues[n] for n in (0, 2))
    gitlab.links = {
        1: [{**third, "link_type": "is_blocked_by"}],
        3: [{**first, "link_type": "blocks"}, {**gitlab.issues[1], "link_type": "relates_to"}],
    }
    vsm.add(gitlab, "gitlab", "--scope", "group/shop")
    item = vsm.json("item", "show", "shop-1")
    assert item["estimate"] == 5
    links = [(link["relation"], link["key"]) for link in item["links"]]
    assert links == [("waits for", "shop-3")]
    assert vsm.json("sync", "run", "--full")["changed"] == 0
