"""Tasks of Asana, ClickUp, Shortcut and YouTrack: states with their changes, else dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vsm.connect.files.detect import format_of
from vsm.connect.files.parsed_file import ParsedFile
from vsm.connect.files.registry import find
from vsm.connect.files.resolutions import STAGE
from vsm.model.errors import BadInput
from vsm.model.item import LinkKind, Quality
from vsm.model.rules import to_micros

Saved = Callable[..., Path]


def day(number: int) -> str:
    return f"2024-05-{number:02}T09:00:00.000Z"


def at(number: int) -> int:
    return to_micros(datetime(2024, 5, number, 9, tzinfo=UTC))


def millis(number: int) -> int:
    return at(number) // 1_000


def read(path: Path, name: str) -> ParsedFile:
    assert format_of(path) == name
    return find(name).reader()(path, zone="UTC")


def path_of(parsed: ParsedFile, key: str) -> list[tuple[str, int]]:
    (history,) = (h for h in parsed.histories if h.key == key)
    return [(e.status, e.at) for e in history.entries]


def quality_of(parsed: ParsedFile, key: str) -> Quality:
    return next(h.quality for h in parsed.histories if h.key == key)


def task(gid: str, section: str, completed: int | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "gid": gid,
        "name": f"Task {gid}",
        "notes": "",
        "completed": completed is not None,
        "completed_at": None if completed is None else day(completed),
        "created_at": day(1),
        "modified_at": day(20),
        "memberships": [{"project": {"name": "Web"}, "section": {"name": section}}],
    } | fields


def story(number: int, date: int, kind: str, **sections: str) -> dict[str, Any]:
    named = {side: {"name": section} for side, section in sections.items()}
    about = {"gid": str(number), "created_at": day(date), "created_by": {"name": "kim"}}
    return about | {"resource_subtype": kind} | named


def test_asana_tasks_stand_in_their_section(saved: Saved, imported: Any) -> None:
    about = {"assignee": {"name": "sam"}, "due_on": "2024-06-01", "tags": [{"name": "api"}]}
    rows = [
        task("11", "Doing", 8, **about),
        task("12", "Doing"),
        task("13", "To do", parent={"gid": "11"}),
    ]
    path = saved({"data": rows})
    parsed = read(path, "asana")
    first = parsed.histories[0]
    assert path_of(parsed, "11") == [("To do", at(1)), ("Done", at(8))]
    assert path_of(parsed, "12") == [("To do", at(1)), ("Doing", at(20))]
    assert path_of(parsed, "13") == [("To do", at(1))]
    assert [quality_of(parsed, key) for key in ("11", "12", "13")] == [
        *(Quality.ENDPOINTS_ONLY, Quality.TRUNCATED, Quality.ENDPOINTS_ONLY)
    ]
    assert (first.owner, first.due, first.labels) == ("sam", "2024-06-01", ("api",))
    assert parsed.histories[2].parent == "11"
    assert (imported(path)["items"], imported(path)["items"]) == (3, 0)


def test_asana_stories_are_the_history(saved: Saved) -> None:
    stories = [
        story(1, 2, "assigned"),
        story(2, 3, "section_changed", old_section="To do", new_section="Doing"),
        story(3, 5, "marked_complete"),
        story(4, 5, "section_changed", old_section="Doing", new_section="Archive"),
        story(5, 6, "marked_incomplete"),
        story(6, 8, "marked_complete"),
    ]
    parsed = read(saved([task("11", "Archive", 8, stories=stories)]), "asana")
    assert path_of(parsed, "11") == [
        *(("To do", at(1)), ("Doing", at(3)), ("Done", at(5)), ("Archive", at(6))),
        ("Done", at(8)),
    ]
    assert quality_of(parsed, "11") is Quality.FULL
    assert parsed.histories[0].entries[1].by == "kim"


def clicked(number: str, status: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "custom_id": None,
        "name": f"Task {number}",
        "status": {"status": status, "type": kind, "orderindex": 1},
        "date_created": str(millis(1)),
        "date_updated": str(millis(20)),
        "date_closed": None,
    } | fields


def test_clickup_tasks_have_their_dates(saved: Saved, imported: Any) -> None:
    rows = [
        clicked("a1", "open", "open"),
        clicked("a2", "building", "custom", due_date=str(millis(25)), points=3),
        clicked("a3", "live", "closed", date_closed=str(millis(8)), start_date=str(millis(2))),
        clicked("a4", "cancelled", "closed", date_closed=str(millis(9)), custom_id="WEB-4"),
    ]
    path = saved({"tasks": rows})
    parsed = read(path, "clickup")
    assert path_of(parsed, "a1") == [("open", at(1))]
    assert path_of(parsed, "a2") == [("open", at(1)), ("building", at(20))]
    assert path_of(parsed, "a3") == [("open", at(1)), ("live", at(8))]  # a start is a plan
    assert path_of(parsed, "WEB-4") == [("open", at(1)), ("cancelled", at(9))]
    assert (parsed.histories[1].due, parsed.histories[1].estimate) == ("2024-05-25", 3.0)
    report = imported(path)
    assert [(s["name"], s["category"]) for s in report["stages"]] == [
        *(("open", "backlog"), ("building", "active"), ("live", "done")),
        ("cancelled", "dropped"),
    ]
    assert imported(path)["items"] == 0


def shortcut(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Story {number}",
        "story_type": "bug",
        "workflow_state_id": 500,
        "created_at": day(1),
        "updated_at": day(20),
        "started": False,
        "completed": False,
    } | fields


def test_shortcut_stories_have_their_dates(saved: Saved, imported: Any) -> None:
    link = {"verb": "blocks", "subject_id": 1, "object_id": 2}
    rows = [
        shortcut(1, deadline=day(25), estimate=2, story_links=[link]),
        shortcut(2, started=True, started_at=day(3)),
        shortcut(3, started_at=day(3), completed=True, completed_at=day(8)),
    ]
    path = saved(rows)
    parsed = read(path, "shortcut")
    first = parsed.histories[0]
    assert path_of(parsed, "1") == [("To do", at(1))]
    assert path_of(parsed, "2") == [("To do", at(1)), ("In progress", at(3))]
    assert path_of(parsed, "3") == [("To do", at(1)), ("In progress", at(3)), ("Done", at(8))]
    assert (first.type, first.due, first.estimate) == ("bug", "2024-05-25", 2.0)
    assert first.links == ((LinkKind.BLOCKS, "1", "2"),)
    assert (imported(path)["items"], imported(path)["items"]) == (3, 0)


def test_a_history_of_shortcut_is_read(saved: Saved) -> None:
    names = [
        {"entity_type": "workflow-state", "id": number, "name": name, "type": kind}
        for number, name, kind in (
            (400, "Ready", "unstarted"),
            (450, "Build", "started"),
            (500, "Shipped", "done"),
        )
    ]
    history = [
        {
            "id": f"h{new}",
            "changed_at": day(date),
            "actions": [{"changes": {"workflow_state_id": {"new": new, "old": old}}}],
            "references": names,
        }
        for date, old, new in ((3, 400, 450), (8, 450, 500))
    ]
    parsed = read(saved([shortcut(3, history=history)]), "shortcut")
    assert path_of(parsed, "3") == [("Ready", at(1)), ("Build", at(3)), ("Shipped", at(8))]
    assert quality_of(parsed, "3") is Quality.FULL
    assert parsed.hints["Shipped"].category == "done"


def tracked(number: int, state: str, resolved: int | None = None, **fields: Any) -> dict[str, Any]:
    state_value = {"name": state, "isResolved": resolved is not None}
    return {
        "id": f"2-{number}",
        "idReadable": f"WEB-{number}",
        "summary": f"Issue {number}",
        "created": millis(1),
        "updated": millis(20),
        "resolved": None if resolved is None else millis(resolved),
        "customFields": [
            {"name": "Type", "value": {"name": "Bug"}},
            {"name": "Assignee", "value": {"login": "sam", "name": "Sam"}},
            {"name": "State", "value": state_value},
        ],
    } | fields


def test_youtrack_issues_have_their_dates(saved: Saved, imported: Any) -> None:
    kind = {"name": "Depend", "sourceToTarget": "is required for", "targetToSource": "depends on"}
    link = {"direction": "INWARD", "linkType": kind, "issues": [{"idReadable": "WEB-2"}]}
    path = saved([tracked(1, "Fixed", 8, links=[link]), tracked(2, "Duplicate", 8)])
    parsed = read(path, "youtrack")
    first = parsed.histories[0]
    assert path_of(parsed, "WEB-1") == [("To do", at(1)), ("Fixed", at(8))]
    assert path_of(parsed, "WEB-2") == [("To do", at(1)), (STAGE, at(8))]
    assert (first.owner, first.type, first.source_key) == ("sam", "Bug", "2-1")
    assert first.links == ((LinkKind.BLOCKS, "WEB-2", "WEB-1"),)
    assert (imported(path)["items"], imported(path)["items"]) == (2, 0)


def test_activities_of_youtrack_are_the_history(saved: Saved) -> None:
    activities = [
        {
            "id": f"a{n}",
            "timestamp": millis(date),
            "author": {"login": "kim"},
            "field": {"name": field},
            "removed": [{"name": before}],
            "added": [{"name": after}],
        }
        for n, (date, field, before, after) in enumerate(
            (
                (2, "Priority", "Minor", "Major"),
                (3, "State", "Open", "In Progress"),
                (8, "State", "In Progress", "Fixed"),
            )
        )
    ]
    parsed = read(saved([tracked(1, "Fixed", 8, activities=activities)]), "youtrack")
    assert path_of(parsed, "WEB-1") == [
        *(("Open", at(1)), ("In Progress", at(3)), ("Fixed", at(8)))
    ]
    assert quality_of(parsed, "WEB-1") is Quality.FULL


@pytest.mark.parametrize(
    ("name", "row", "field"),
    [
        ("asana", task("11", "Doing", created_at=None), "created_at"),
        ("asana", task("11", "Doing", memberships=7), "memberships"),
        ("clickup", clicked("a1", "open", "open", date_closed="soon"), "date_closed"),
        ("clickup", clicked("a1", "open", "open") | {"status": []}, "status"),
        ("shortcut", shortcut(1, created_at="soon"), "created_at"),
        ("shortcut", shortcut(1, story_links=[{}]), "story_links[0].subject_id"),
        ("youtrack", tracked(1, "Open", created=None), "created"),
        ("youtrack", tracked(1, "Open", customFields=7), "customFields"),
    ],
)
def test_a_malformed_task_is_refused_with_its_field(
    saved: Saved, name: str, row: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput, match=r"export\.json line 1") as refusal:
        find(name).reader()(saved([row]), zone="UTC")
    assert f"field {field}: " in str(refusal.value)
