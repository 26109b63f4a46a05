"""Files of trackers with any value in the place of any other: read or refused, never a fault."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vsm.connect.files.registry import find
from vsm.model.errors import BadInput

T1, T2 = "2024-05-01T09:00:00Z", "2024-05-03T09:00:00Z"
JUNK: tuple[Any, ...] = (
    *(None, True, 1e400, 10**30, "", "x" * 300, "\x00\ud800"),
    *([], [None], [[]], {}, {"nodes": 7}, {"name": []}, [{"id": {}}]),
)

EVENT = {"id": 1, "event": "closed", "created_at": T2, "actor": {"login": "kim"}}
FILES: dict[str, Any] = {
    "trello": {
        "lists": [{"id": "l1", "name": "Ideas", "pos": 1}, {"id": "l2", "name": "Done", "pos": 2}],
        "members": [{"id": "m1", "username": "kim"}],
        "cards": [
            {
                "id": "64521f40aaaaaaaaaaaaaaaa",
                "idShort": 1,
                "name": "Ledger",
                "desc": "",
                "idList": "l2",
                "closed": True,
                "due": T2,
                "labels": [{"name": "api", "color": "red"}],
                "idMembers": ["m1"],
                "dateLastActivity": T2,
            }
        ],
        "actions": [
            {
                "id": "a1",
                "type": "updateCard",
                "date": T2,
                "memberCreator": {"username": "kim"},
                "data": {
                    "card": {"id": "64521f40aaaaaaaaaaaaaaaa"},
                    "listBefore": {"id": "l1", "name": "Ideas"},
                    "listAfter": {"id": "l2", "name": "Done"},
                    "old": {"closed": False},
                },
            }
        ],
    },
    "azure": [
        {
            "id": 7,
            "rev": 2,
            "fields": {
                "System.Title": "Ledger",
                "System.State": "Closed",
                "System.Reason": "Cut",
                "System.CreatedDate": T1,
                "System.ChangedDate": T2,
                "System.Tags": "api",
                "System.IterationPath": "Web\\One",
                "System.AssignedTo": {"displayName": "Kim"},
                "System.Description": "<p>x</p>",
                "System.Parent": 3,
                "Microsoft.VSTS.Common.ClosedDate": T2,
                "Microsoft.VSTS.Scheduling.DueDate": T2,
            },
            "relations": [{"rel": "System.LinkTypes.Related", "url": "a/workItems/9"}],
            "updates": [
                {
                    "rev": 1,
                    "revisedDate": T2,
                    "revisedBy": {"name": "Kim"},
                    "fields": {
                        "System.State": {"oldValue": None, "newValue": "New"},
                        "System.ChangedDate": {"newValue": T1},
                        "System.BoardColumn": {"newValue": "Build"},
                        "System.BoardColumnDone": {"newValue": True},
                    },
                }
            ],
        }
    ],
    "linear": [
        {
            "id": "a1",
            "identifier": "ENG-1",
            "title": "Ledger",
            "createdAt": T1,
            "completedAt": T2,
            "updatedAt": T2,
            "dueDate": "2024-06-01",
            "estimate": 1,
            "state": {"name": "Done", "type": "completed"},
            "assignee": {"name": "kim"},
            "team": {"name": "Engine"},
            "parent": {"identifier": "ENG-2"},
            "children": {"nodes": [{"identifier": "ENG-3"}]},
            "labels": {"nodes": [{"name": "api"}]},
            "relations": {"nodes": [{"type": "blocks", "relatedIssue": {"identifier": "ENG-4"}}]},
            "history": {
                "nodes": [
                    {
                        "id": "h1",
                        "createdAt": T2,
                        "actor": {"name": "kim"},
                        "fromState": {"name": "Todo", "type": "unstarted"},
                        "toState": {"name": "Done", "type": "completed"},
                    }
                ],
                "pageInfo": {"hasNextPage": False},
            },
        }
    ],
    "asana": [
        {
            "gid": "11",
            "name": "Ledger",
            "notes": "",
            "completed": True,
            "completed_at": T2,
            "created_at": T1,
            "modified_at": T2,
            "due_on": "2024-06-01",
            "assignee": {"name": "kim"},
            "parent": {"gid": "10"},
            "tags": [{"name": "api"}],
            "memberships": [{"section": {"name": "Doing"}}],
            "stories": [
                {
                    "gid": "1",
                    "created_at": T2,
                    "created_by": {"name": "kim"},
                    "resource_subtype": "section_changed",
                    "old_section": {"name": "To do"},
                    "new_section": {"name": "Doing"},
                }
            ],
        }
    ],
    "clickup": [
        {
            "id": "a1",
            "custom_id": "WEB-1",
            "name": "Ledger",
            "text_content": "",
            "status": {"status": "live", "type": "closed"},
            "date_created": "1714554000000",
            "date_updated": "1714726800000",
            "date_closed": "1714726800000",
            "due_date": "1714726800000",
            "assignees": [{"username": "kim"}],
            "tags": [{"name": "api"}],
            "points": 1,
            "parent": "a0",
        }
    ],
    "shortcut": [
        {
            "id": 1,
            "name": "Ledger",
            "description": "",
            "story_type": "bug",
            "workflow_state_id": 500,
            "created_at": T1,
            "started_at": T1,
            "completed_at": T2,
            "moved_at": T2,
            "updated_at": T2,
            "deadline": T2,
            "estimate": 1,
            "parent_story_id": 9,
            "labels": [{"name": "api"}],
            "story_links": [{"verb": "blocks", "subject_id": 1, "object_id": 2}],
            "history": [
                {
                    "id": "h1",
                    "changed_at": T2,
                    "actions": [{"changes": {"workflow_state_id": {"new": 500, "old": 400}}}],
                    "references": [
                        {"entity_type": "workflow-state", "id": 400, "name": "Ready"},
                        {"entity_type": "workflow-state", "id": 500, "name": "Done"},
                    ],
                }
            ],
        }
    ],
    "youtrack": [
        {
            "id": "2-1",
            "idReadable": "WEB-1",
            "summary": "Ledger",
            "description": "",
            "created": 1714554000000,
            "updated": 1714726800000,
            "resolved": 1714726800000,
            "tags": [{"name": "api"}],
            "customFields": [
                {"name": "State", "value": {"name": "Fixed", "isResolved": True}},
                {"name": "Assignee", "value": {"login": "kim"}},
                {"name": "Type", "value": {"name": "Bug"}},
                {"name": "Story points", "value": 1},
                {"name": "Due Date", "value": 1714726800000},
            ],
            "links": [
                {
                    "direction": "INWARD",
                    "linkType": {"name": "Depend", "targetToSource": "depends on"},
                    "issues": [{"idReadable": "WEB-2"}],
                }
            ],
            "activities": [
                {
                    "id": "a1",
                    "timestamp": 1714726800000,
                    "author": {"login": "kim"},
                    "field": {"name": "State"},
                    "removed": [{"name": "Open"}],
                    "added": [{"name": "Fixed"}],
                }
            ],
        }
    ],
    "gitlab": [
        {
            "id": 5,
            "iid": 2,
            "title": "Ledger",
            "description": "",
            "state": "closed",
            "created_at": T1,
            "updated_at": T2,
            "closed_at": T2,
            "due_date": "2024-06-01",
            "weight": 1,
            "issue_type": "issue",
            "labels": ["api"],
            "label_links": [{"label": {"title": "api"}}],
            "assignees": [{"username": "kim"}],
            "author": {"username": "kim"},
            "milestone": {"title": "May"},
            "references": {"full": "kiln/web#2"},
            "web_url": "https://git.example/kiln/web/-/issues/2",
            "resource_state_events": [{"id": 1, "state": "closed", "created_at": T2}],
            "resource_label_events": [
                {
                    "id": 1,
                    "action": "add",
                    "created_at": T2,
                    "user": {"username": "kim"},
                    "label": {"name": "workflow::doing"},
                }
            ],
        }
    ],
    "github": [
        {
            "number": 7,
            "html_url": "https://git.example/kiln/web/issues/7",
            "title": "Ledger",
            "body": "",
            "state": "closed",
            "state_reason": "completed",
            "created_at": T1,
            "updated_at": T2,
            "closed_at": T2,
            "labels": [{"name": "status: doing"}],
            "assignees": [{"login": "kim"}],
            "user": {"login": "kim"},
            "type": {"name": "Bug"},
            "milestone": {"title": "May", "due_on": T2},
            "parent": {"number": 3, "url": "https://git.example/kiln/web/issues/3"},
            "sub_issues": [{"number": 9}],
            "projectItems": [{"status": {"name": "Doing"}}],
            "timeline": [
                EVENT,
                EVENT | {"event": "labeled", "label": {"name": "status: doing"}},
                EVENT
                | {"event": "moved_columns_in_project", "project_card": {"column_name": "Doing"}},
            ],
        },
        EVENT | {"issue": {"number": 8, "state": "open", "created_at": T1}},
    ],
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each value in a file."""
    yield path
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, name))


def spoilt(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    """The file with another value at a path."""
    if not path:
        return junk
    out = copy.deepcopy(value)
    inner = out
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = junk
    return out


@pytest.mark.parametrize("name", FILES)
def test_any_value_is_read_or_refused(saved: Callable[..., Path], name: str) -> None:
    read = find(name).reader()
    whole = read(saved(FILES[name]), zone="UTC")
    assert whole.histories
    for path in places(FILES[name]):
        for junk in JUNK:
            try:
                parsed = read(saved(spoilt(FILES[name], path, junk)), zone="UTC")
            except BadInput as refusal:
                assert "export.json" in str(refusal)
                continue
            for history in parsed.histories:
                times = [entry.at for entry in history.entries]
                assert times and times == sorted(times), (path, junk)
                assert all(entry.status and entry.event_id for entry in history.entries)
