"""Issues of GitHub: open and closed, columns of projects and labels where events are there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vsm.connect.files.detect import format_of
from vsm.connect.files.github import read
from vsm.connect.files.parsed_file import ParsedFile
from vsm.connect.files.resolutions import STAGE
from vsm.model.errors import BadInput
from vsm.model.item import Quality
from vsm.model.rules import to_micros

Saved = Callable[..., Path]


def day(number: int) -> str:
    return f"2024-05-{number:02}T09:00:00Z"


def at(number: int) -> int:
    return to_micros(datetime(2024, 5, number, 9, tzinfo=UTC))


def rest(number: int, closed: int | None = None, **fields: Any) -> dict[str, Any]:
    """An issue as the REST interface gives it."""
    return {
        "id": 9_000_000 + number,
        "html_url": f"https://git.example/kiln/web/issues/{number}",
        "number": number,
        "title": f"Issue {number}",
        "state": "open" if closed is None else "closed",
        "state_reason": None,
        "created_at": day(1),
        "updated_at": day(20),
        "closed_at": None if closed is None else day(closed),
        "labels": [],
        "assignees": [],
        "body": None,
    } | fields


def listed(number: int, closed: int | None = None, **fields: Any) -> dict[str, Any]:
    """An issue as gh issue list and GraphQL give it."""
    return {
        "number": number,
        "title": f"Issue {number}",
        "state": "OPEN" if closed is None else "CLOSED",
        "createdAt": day(1),
        "closedAt": None if closed is None else day(closed),
    } | fields


def path_of(parsed: ParsedFile, key: str) -> list[tuple[str, int]]:
    (history,) = (h for h in parsed.histories if h.key == key)
    return [(e.status, e.at) for e in history.entries]


def quality_of(parsed: ParsedFile, key: str) -> Quality:
    return next(h.quality for h in parsed.histories if h.key == key)


def test_issues_without_events_have_endpoints(saved: Saved) -> None:
    milestone = {"title": "May", "due_on": "2024-05-31T07:00:00Z"}
    parsed = read(
        saved(
            [
                rest(
                    *(7, 9),
                    labels=[{"name": "bug"}],
                    assignees=[{"login": "sam"}, {"login": "kim"}],
                    milestone=milestone,
                    body="why",
                    type={"name": "Bug"},
                ),
                rest(8, 9, state_reason="not_planned"),
                rest(9),
            ]
        ),
        zone="UTC",
    )
    first = parsed.histories[0]
    assert path_of(parsed, "web-7") == [("Open", at(1)), ("Closed", at(9))]
    assert path_of(parsed, "web-8") == [("Open", at(1)), (STAGE, at(9))]
    assert path_of(parsed, "web-9") == [("Open", at(1))]
    assert {h.quality for h in parsed.histories} == {Quality.ENDPOINTS_ONLY}
    assert (first.owner, first.labels, first.due) == ("sam", ("bug", "May"), "2024-05-31")
    assert (first.type, first.description, first.source_key) == ("Bug", "why", "kiln/web#7")
    assert parsed.read_as == {"keys": "web-12 is kiln/web#12"}


def test_the_list_of_gh_is_read(saved: Saved, imported: Any) -> None:
    issues = [
        listed(7, 9, url="https://git.example/kiln/web/issues/7", stateReason="COMPLETED"),
        listed(8, 9, stateReason="DUPLICATE"),
    ]
    path = saved(issues)
    assert format_of(path) == "github"
    report = imported(path)
    assert (report["items"], report["transitions"]) == (2, 2)
    assert report["stages"] == [
        {"name": "Open", "category": "backlog"},
        {"name": "Closed", "category": "done"},
        {"name": STAGE, "category": "dropped"},
    ]
    again = imported(path)
    assert (again["items"], again["transitions"], again["already_known"]) == (0, 0, 2)


def test_issues_that_name_no_repository_have_their_number_as_key(saved: Saved) -> None:
    parsed = read(saved([listed(7, 9)]), zone="UTC")
    assert [(h.source_key, h.key) for h in parsed.histories] == [("7", "7")]


def test_columns_of_projects_are_stages(saved: Saved) -> None:
    kind = "ProjectV2ItemStatusChangedEvent"
    nodes: list[dict[str, Any]] = [
        {"__typename": kind, "createdAt": day(2), "previousStatus": "", "status": "Ready"},
        {"__typename": "LabeledEvent", "createdAt": day(3), "label": {"name": "status: odd"}},
        {"__typename": kind, "createdAt": day(4), "previousStatus": "Ready", "status": "Doing"},
        {"__typename": "ClosedEvent", "createdAt": day(6), "stateReason": "COMPLETED"},
        {"__typename": kind, "createdAt": day(6), "previousStatus": "Doing", "status": "Done"},
        {"__typename": "IssueComment", "body": "fine"},
    ]
    page = {"nodes": [listed(7, 6, timelineItems={"nodes": nodes})], "pageInfo": {}}
    parsed = read(saved({"data": {"repository": {"issues": page}}}), zone="UTC")
    steps = [("Open", at(1)), ("Ready", at(2)), ("Doing", at(4)), ("Done", at(6))]
    assert path_of(parsed, "7") == steps
    assert quality_of(parsed, "7") is Quality.FULL


def test_columns_of_classic_projects_are_stages(saved: Saved) -> None:
    timeline = [
        {
            "id": 5,
            "event": "moved_columns_in_project",
            "created_at": day(3),
            "actor": {"login": "sam"},
            "project_card": {"previous_column_name": "Next", "column_name": "Doing"},
        },
        {"id": 6, "event": "closed", "created_at": day(5)},
        {"id": 7, "event": "reopened", "created_at": day(6)},
        {"id": 8, "event": "closed", "created_at": day(9)},
    ]
    parsed = read(saved([rest(7, 9, timeline=timeline)]), zone="UTC")
    assert path_of(parsed, "web-7") == [
        ("Open", at(1)),
        ("Doing", at(3)),
        ("Closed", at(5)),
        ("Doing", at(6)),
        ("Closed", at(9)),
    ]
    assert parsed.histories[0].entries[1].by == "sam"


def test_labels_of_a_status_are_stages(saved: Saved) -> None:
    def label(number: int, kind: str, date: str, name: str) -> dict[str, Any]:
        return {"id": number, "event": kind, "created_at": date, "label": {"name": name}}

    timeline = [
        label(1, "labeled", day(2), "bug"),
        label(2, "labeled", day(3), "status: in progress"),
        label(3, "unlabeled", day(5), "status: in progress"),
        label(4, "labeled", "2024-05-05T09:00:20Z", "status: review"),
        label(5, "unlabeled", day(7), "status: review"),
    ]
    parsed = read(saved([rest(7, timeline=timeline)]), zone="UTC")
    assert [status for status, _ in path_of(parsed, "web-7")] == [
        *("Open", "in progress", "review", "Open")
    ]
    assert quality_of(parsed, "web-7") is Quality.FULL


def test_a_stage_since_nobody_knows_when_counts_as_truncated(saved: Saved) -> None:
    label = [{"name": "status: doing"}]
    items = [{"status": {"name": "Doing"}}]
    parsed = read(saved([rest(7, labels=label), rest(8, projectItems=items)]), zone="UTC")
    assert path_of(parsed, "web-7") == [("Open", at(1)), ("doing", at(20))]
    assert path_of(parsed, "web-8") == [("Open", at(1)), ("Doing", at(20))]
    assert quality_of(parsed, "web-7") is Quality.TRUNCATED
    assert any("does not say since when" in note.why for note in parsed.notes)


def test_a_cut_timeline_counts_as_truncated(saved: Saved) -> None:
    timeline = {"nodes": [], "pageInfo": {"hasNextPage": True}}
    parsed = read(saved([listed(7, 6, timelineItems=timeline)]), zone="UTC")
    assert quality_of(parsed, "7") is Quality.TRUNCATED


def test_a_page_of_several_is_reported(saved: Saved) -> None:
    page = {"nodes": [listed(7)], "pageInfo": {"hasNextPage": True}}
    parsed = read(saved({"data": {"repository": {"issues": page}}}), zone="UTC")
    assert any("one page of several" in note.why for note in parsed.notes)


def test_pull_requests_are_left_out(saved: Saved) -> None:
    pull = rest(8, 9, pull_request={"merged_at": None})
    parsed = read(saved([rest(7), pull]), zone="UTC")
    assert [h.key for h in parsed.histories] == ["web-7"]
    assert [note.why for note in parsed.notes] == ["1 pull requests were left out"]
    assert [h.key for h in read(saved([pull]), zone="UTC").histories] == ["web-8"]


def test_events_with_their_issue_are_gathered(saved: Saved) -> None:
    events = [
        {"id": 2, "event": "closed", "created_at": day(9), "issue": rest(7, 9)},
        {"id": 1, "event": "reopened", "created_at": day(5), "issue": rest(7, 9)},
        {"id": 0, "event": "closed", "created_at": day(3), "issue": rest(7, 9)},
    ]
    parsed = read(saved(events), zone="UTC")
    assert path_of(parsed, "web-7") == [
        *(("Open", at(1)), ("Closed", at(3)), ("Open", at(5)), ("Closed", at(9)))
    ]
    assert not parsed.skipped


def test_parents_and_sub_issues_are_read(saved: Saved) -> None:
    address = "https://api.git.example/repos/kiln/web/issues/7"
    issues = [rest(7, sub_issues=[rest(9)]), rest(8, parent_issue_url=address), rest(9)]
    parsed = read(saved(issues), zone="UTC")
    assert [h.parent for h in parsed.histories] == [None, "web-7", "web-7"]


def test_an_issue_that_stands_twice_counts_in_its_newest_version(saved: Saved) -> None:
    newer = rest(7, title="newer", updated_at=day(22))
    parsed = read(saved([newer, rest(7)]), zone="UTC")
    assert [h.title for h in parsed.histories] == ["newer"]
    assert len(parsed.skipped) == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"number": "7"}, "number"),
        ({"open_issues": 3}, "number"),  # a milestone
        ({"state": "mislaid"}, "state"),
        ({"created_at": None}, "created_at"),
        ({"closed_at": "soon"}, "closed_at"),
        ({"labels": "bug"}, "labels"),
        ({"title": ["a"]}, "title"),
        ({"timeline": [7]}, "timeline[0]"),
        ({"timeline": [{"event": "closed", "created_at": "x"}]}, "timeline[0].created_at"),
    ],
)
def test_a_malformed_issue_is_refused_with_its_field(
    saved: Saved, fields: dict[str, Any], field: str
) -> None:
    path = saved([rest(1), rest(7) | fields], indent=1)
    with pytest.raises(BadInput, match=r"export\.json line \d+ \(7\), field") as refusal:
        read(path, zone="UTC")
    assert f"field {field}: " in str(refusal.value)
