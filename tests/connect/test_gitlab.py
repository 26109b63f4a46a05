"""Issues of GitLab: opened and closed, scoped labels as stages where events are there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vsm.connect.files.detect import format_of
from vsm.connect.files.gitlab import read
from vsm.connect.files.parsed_file import ParsedFile
from vsm.connect.files.resolutions import STAGE
from vsm.model.errors import BadInput
from vsm.model.item import Quality
from vsm.model.rules import to_micros

Saved = Callable[..., Path]


def day(number: int) -> str:
    return f"2024-05-{number:02}T09:00:00.000Z"


def at(number: int) -> int:
    return to_micros(datetime(2024, 5, number, 9, tzinfo=UTC))


def issue(number: int, closed: int | None = None, **fields: Any) -> dict[str, Any]:
    """An issue as the REST interface gives it."""
    return {
        "id": 500 + number,
        "iid": number,
        "project_id": 4,
        "title": f"Issue {number}",
        "description": "",
        "state": "opened" if closed is None else "closed",
        "created_at": day(1),
        "updated_at": day(20),
        "closed_at": None if closed is None else day(closed),
        "labels": [],
        "assignees": [],
        "references": {"full": f"kiln/web#{number}"},
    } | fields


def states(*pairs: tuple[int, str]) -> list[dict[str, Any]]:
    return [{"id": n, "state": state, "created_at": day(d)} for n, (d, state) in enumerate(pairs)]


def labels(*rows: tuple[int, str, str]) -> list[dict[str, Any]]:
    return [
        {
            "id": n,
            "action": action,
            "created_at": day(d),
            "label": {"name": name},
            "user": {"username": "kim"},
        }
        for n, (d, action, name) in enumerate(rows)
    ]


def path_of(parsed: ParsedFile, key: str) -> list[tuple[str, int]]:
    (history,) = (h for h in parsed.histories if h.key == key)
    return [(e.status, e.at) for e in history.entries]


def quality_of(parsed: ParsedFile, key: str) -> Quality:
    return next(h.quality for h in parsed.histories if h.key == key)


def test_issues_without_events_have_endpoints(saved: Saved) -> None:
    fields = {
        "labels": ["bug"],
        "assignees": [{"username": "sam"}],
        "weight": 3,
        "due_date": "2024-06-01",
        "milestone": {"title": "May"},
        "issue_type": "incident",
    }
    parsed = read(saved([issue(12, 9, **fields), issue(13)]), zone="UTC")
    first = parsed.histories[0]
    assert path_of(parsed, "web-12") == [("Open", at(1)), ("Closed", at(9))]
    assert quality_of(parsed, "web-12") is Quality.ENDPOINTS_ONLY
    assert (first.source_key, first.owner, first.estimate) == ("512", "sam", 3.0)
    assert (first.labels, first.due, first.type) == (("bug", "May"), "2024-06-01", "incident")


def test_closings_and_reopenings_are_read(saved: Saved, imported: Any) -> None:
    events = states((5, "closed"), (6, "reopened"), (9, "closed"))
    path = saved([issue(12, 9, resource_state_events=events)])
    assert format_of(path) == "gitlab"
    assert path_of(read(path, zone="UTC"), "web-12") == [
        *(("Open", at(1)), ("Closed", at(5)), ("Open", at(6)), ("Closed", at(9)))
    ]
    assert (imported(path)["items"], imported(path)["items"]) == (1, 0)


def test_scoped_labels_are_stages(saved: Saved) -> None:
    events = labels(
        (2, "add", "bug"),
        (3, "add", "workflow::doing"),
        (5, "add", "workflow::review"),
        (5, "remove", "workflow::doing"),
        (7, "remove", "workflow::review"),
        (8, "add", "workflow::doing"),
    )
    parsed = read(
        saved(
            [
                issue(
                    *(12, 9),
                    resource_label_events=events,
                    resource_state_events=states((9, "closed")),
                )
            ]
        ),
        zone="UTC",
    )
    assert path_of(parsed, "web-12") == [
        ("Open", at(1)),
        ("doing", at(3)),
        ("review", at(5)),
        ("Open", at(7)),
        ("doing", at(8)),
        ("Closed", at(9)),
    ]
    assert quality_of(parsed, "web-12") is Quality.FULL
    assert parsed.histories[0].entries[1].by == "kim"


def test_a_label_without_events_is_a_stage_since_nobody_knows_when(saved: Saved) -> None:
    parsed = read(saved([issue(12, labels=["workflow::doing"])]), zone="UTC")
    assert path_of(parsed, "web-12") == [("Open", at(1)), ("doing", at(20))]
    assert quality_of(parsed, "web-12") is Quality.TRUNCATED


def test_issues_that_were_moved_are_not_delivered_here(saved: Saved) -> None:
    parsed = read(saved([issue(12, 9, moved_to_id=77)]), zone="UTC")
    assert path_of(parsed, "web-12") == [("Open", at(1)), (STAGE, at(9))]


def test_graphql_and_project_exports_are_read(saved: Saved, tmp_path: Path) -> None:
    node = {
        "id": "gid://gitlab/Issue/512",
        "iid": "12",
        "webUrl": "https://git.example/kiln/web/-/issues/12",
        "title": "Ledger",
        "state": "closed",
        "createdAt": day(1),
        "closedAt": day(9),
        "labels": {"nodes": [{"title": "bug"}]},
        "assignees": {"nodes": [{"username": "sam"}]},
    }
    answer = {"data": {"project": {"issues": {"nodes": [node]}}}}
    (history,) = read(saved(answer), zone="UTC").histories
    assert (history.source_key, history.key, history.labels) == ("512", "web-12", ("bug",))
    exported = {
        "iid": 12,
        "title": "Ledger",
        "state": "opened",
        "created_at": day(1),
        "label_links": [{"label": {"title": "bug"}}],
        "resource_label_events": [
            {"action": "add", "created_at": day(2), "label": {"title": "workflow::doing"}}
        ],
    }
    parsed = read(saved(exported, "issues.ndjson"), zone="UTC")
    assert path_of(parsed, "12") == [("Open", at(1)), ("doing", at(2))]


def test_merge_requests_are_left_out(saved: Saved) -> None:
    merge = issue(13, source_branch="fix")
    parsed = read(saved([issue(12), merge]), zone="UTC")
    assert [h.key for h in parsed.histories] == ["web-12"]
    assert [note.why for note in parsed.notes] == ["1 merge requests were left out"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"iid": None}, "iid"),
        ({"state": None}, "state"),
        ({"created_at": 2.5}, "created_at"),
        ({"labels": 7}, "labels"),
        ({"due_date": "June"}, "due_date"),
        ({"resource_state_events": [{"created_at": day(1)}]}, "resource_state_events[0].state"),
        ({"resource_label_events": [{"created_at": ""}]}, "resource_label_events[0].created_at"),
    ],
)
def test_a_malformed_issue_is_refused_with_its_field(
    saved: Saved, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput, match=r"export\.json line 1") as refusal:
        read(saved([issue(1), issue(7) | fields]), zone="UTC")
    assert f"field {field}: " in str(refusal.value)
