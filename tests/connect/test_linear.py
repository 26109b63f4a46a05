"""Issues of Linear: states by history, or by the dates that Linear keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vsm.connect.files.detect import format_of
from vsm.connect.files.linear import read
from vsm.connect.files.parsed_file import ParsedFile
from vsm.model.errors import BadInput
from vsm.model.item import LinkKind, Quality
from vsm.model.rules import to_micros

Saved = Callable[..., Path]

READY, BUILD, REVIEW, DONE, CANCELED = (
    {"name": name, "type": kind}
    for name, kind in (
        ("Todo", "unstarted"),
        ("In Progress", "started"),
        ("In Review", "started"),
        ("Shipped", "completed"),
        ("Canceled", "canceled"),
    )
)


def day(number: int) -> str:
    return f"2024-05-{number:02}T09:00:00.000Z"


def at(number: int) -> int:
    return to_micros(datetime(2024, 5, number, 9, tzinfo=UTC))


def issue(number: int, state: dict[str, str], **fields: Any) -> dict[str, Any]:
    return {
        "id": f"a1b2-{number}",
        "identifier": f"ENG-{number}",
        "title": f"Issue {number}",
        "createdAt": day(1),
        "updatedAt": day(20),
        "state": state,
    } | fields


def changed(number: int, date: int, before: Any, after: Any) -> dict[str, Any]:
    return {
        "id": f"h{number}",
        "createdAt": day(date),
        "actor": {"name": "kim"},
        "fromState": before,
        "toState": after,
    }


def path_of(parsed: ParsedFile, key: str) -> list[tuple[str, int]]:
    (history,) = (h for h in parsed.histories if h.key == key)
    return [(e.status, e.at) for e in history.entries]


def quality_of(parsed: ParsedFile, key: str) -> Quality:
    return next(h.quality for h in parsed.histories if h.key == key)


LOG = [  # newest first
    changed(3, 8, REVIEW, DONE),
    changed(2, 5, BUILD, REVIEW),
    {"id": "h9", "createdAt": day(4), "fromState": None, "toState": None},
    changed(1, 3, READY, BUILD),
]


def test_states_follow_the_history(saved: Saved, imported: Any) -> None:
    nodes = [
        issue(
            *(7, DONE),
            history={"nodes": LOG, "pageInfo": {"hasNextPage": False}},
            completedAt=day(8),
            assignee={"displayName": "sam"},
            estimate=3,
            dueDate="2024-06-01",
            labels={"nodes": [{"name": "bug"}]},
            parent={"identifier": "ENG-1"},
            team={"key": "ENG", "name": "Engine"},
            relations={"nodes": [{"type": "blocks", "relatedIssue": {"identifier": "ENG-9"}}]},
        ),
        issue(8, READY, history={"nodes": []}),
    ]
    path = saved({"data": {"issues": {"nodes": nodes}}})
    assert format_of(path) == "linear"
    parsed = read(path, zone="UTC")
    first = parsed.histories[0]
    assert path_of(parsed, "ENG-7") == [
        *(("Todo", at(1)), ("In Progress", at(3)), ("In Review", at(5)), ("Shipped", at(8)))
    ]
    assert path_of(parsed, "ENG-8") == [("Todo", at(1))]
    assert {h.quality for h in parsed.histories} == {Quality.FULL}
    assert (first.source_key, first.owner, first.estimate) == ("a1b2-7", "sam", 3.0)
    assert (first.due, first.labels, first.parent) == ("2024-06-01", ("bug",), "ENG-1")
    assert (first.team, first.links) == ("Engine", ((LinkKind.BLOCKS, "ENG-7", "ENG-9"),))
    report = imported(path)
    assert [(s["name"], s["category"]) for s in report["stages"]] == [
        ("Todo", "backlog"),
        ("In Progress", "active"),
        ("In Review", "active"),
        ("Shipped", "done"),
    ]
    again = imported(path)
    assert (again["items"], again["transitions"], again["already_known"]) == (0, 0, 2)


def test_a_cut_history_counts_as_truncated(saved: Saved) -> None:
    cut = {"nodes": LOG, "pageInfo": {"hasNextPage": True}}
    parsed = read(saved([issue(7, DONE, history=cut), issue(8, DONE, history=LOG[1:])]), zone="UTC")
    assert quality_of(parsed, "ENG-7") is quality_of(parsed, "ENG-8") is Quality.TRUNCATED
    assert path_of(parsed, "ENG-8")[-1] == ("Shipped", at(20))


def test_issues_without_history_have_their_dates(saved: Saved) -> None:
    parsed = read(
        saved(
            [
                issue(1, READY),
                issue(2, BUILD, startedAt=day(3)),
                issue(3, DONE, startedAt=day(3), completedAt=day(8)),
                issue(4, CANCELED, canceledAt=day(8)),
                issue(5, BUILD),
            ]
        ),
        zone="UTC",
    )
    assert path_of(parsed, "ENG-1") == [("Todo", at(1))]
    assert path_of(parsed, "ENG-2") == [("Todo", at(1)), ("In Progress", at(3))]
    assert path_of(parsed, "ENG-3") == [
        *(("Todo", at(1)), ("In Progress", at(3)), ("Shipped", at(8)))
    ]
    assert path_of(parsed, "ENG-4") == [("Todo", at(1)), ("Canceled", at(8))]
    assert path_of(parsed, "ENG-5") == [("Todo", at(1)), ("In Progress", at(20))]
    assert [quality_of(parsed, f"ENG-{n}") for n in range(1, 5)] == [Quality.ENDPOINTS_ONLY] * 4
    assert quality_of(parsed, "ENG-5") is Quality.TRUNCATED
    assert parsed.hints["Canceled"].category == "dropped"


def test_a_history_without_states_is_none(saved: Saved) -> None:
    rows = [{"id": "h1", "createdAt": day(3), "actor": {"name": "kim"}}]
    parsed = read(
        saved([issue(3, DONE, history=rows, startedAt=day(3), completedAt=day(8))]), zone="UTC"
    )
    assert quality_of(parsed, "ENG-3") is Quality.ENDPOINTS_ONLY


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"identifier": None}, "identifier"),
        ({"state": None}, "state.name"),
        ({"createdAt": None}, "createdAt"),
        ({"history": 7}, "history"),
        ({"history": [changed(1, 3, READY, 7)]}, "history[0].toState"),
        ({"history": [changed(1, 3, READY, BUILD) | {"createdAt": 1.5}]}, "history[0].createdAt"),
        ({"dueDate": "June"}, "dueDate"),
        ({"labels": {"nodes": 7}}, "labels.nodes"),
    ],
)
def test_a_malformed_issue_is_refused_with_its_field(
    saved: Saved, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput, match=r"export\.json line 1") as refusal:
        read(saved([issue(1, READY), issue(7, READY) | fields]), zone="UTC")
    assert f"field {field}: " in str(refusal.value)
