"""Reads stories of Shortcut as JSON of its interface, with their history if present.

A story has the id of its state only; names stand in the references of its history. Without them a
story is to do, in progress or done, as it says itself.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from vsm.connect.files import json_fields as j
from vsm.connect.files import json_items as i
from vsm.connect.files.dated_items import DatedItems, Task, read_tasks
from vsm.connect.files.file_head import Head
from vsm.connect.files.item_states import MADE_UP
from vsm.connect.files.jira_fields import Triple, relation
from vsm.connect.files.json_records import Record
from vsm.connect.files.parsed_file import Hint, ParsedFile
from vsm.connect.files.state_changes import Change, Dates
from vsm.model.history import Progress
from vsm.model.stream import Category

_LOOK = re.compile(rb'"(?:workflow_state_id|story_type)"\s*:')
_CATEGORIES = {
    "backlog": "backlog",
    "unstarted": "backlog",
    "started": "indeterminate",
    "done": "done",
}
"""Hint by the type of a state."""


def matches(head: Head) -> bool:
    """Whether a file looks like stories of Shortcut."""
    return head.begins(b"{", b"[") and _LOOK.search(head.data) is not None


def read(path: Path, *, zone: str, progress: Progress | None = None) -> ParsedFile:
    """Read a file of stories; ``zone`` is not needed, as all times name theirs.

    Raises :class:`BadInput` with file, line and field if anything is malformed: nothing of such a
    file is used.
    """
    return read_tasks(path, ("data", "stories"), _task, progress)


def _task(dated: DatedItems, where: str, record: Record) -> Task:
    key = i.identity(record.get("id"), "id")
    named = record.get("workflow_state")
    state = _state(dated, named, "workflow_state") if isinstance(named, dict) else ""
    changes, last = _changes(dated, record)
    ended = record.get("completed_at_override") or record.get("completed_at")
    started = record.get("started_at_override") or record.get("started_at")
    is_done = record.get("completed") is not False and bool(ended)
    under_way = record.get("started") is not False and bool(started)
    kind = Category.DONE if is_done else Category.ACTIVE if under_way else Category.BACKLOG
    parent = record.get("parent_story_id")
    description = record.get("description")
    return Task(
        source_key=key,
        key=key,
        state=state or last or MADE_UP[kind],
        dates=Dates(
            j.moment(record.get("created_at"), "created_at"),
            started=i.optional_moment(started, "started_at"),
            ended=i.optional_moment(ended, "completed_at") if is_done else None,
            changed=i.optional_moment(record.get("moved_at"), "moved_at"),
            updated=i.optional_moment(record.get("updated_at"), "updated_at"),
        ),
        fields={
            "title": dated.items.title(where, key, record.get("name"), "name"),
            "description": dated.items.description(where, key, description),
            "type": j.name(record.get("story_type"), "story_type") or "feature",
            "owner": i.first_person(record.get("owners"), "owners"),
            "estimate": i.number_of(record.get("estimate")),
            "due": i.optional_day(record.get("deadline"), "deadline"),
            "labels": i.labels(record.get("labels"), "labels"),
            "parent": i.identity(parent, "parent_story_id") if parent is not None else None,
            "links": _links(key, record),
        },
        changes=changes,
    )


def _state(dated: DatedItems, value: Any, field: str) -> str:
    """The name of a state, whose type is kept as a hint."""
    state = j.mapping(value, field)
    label = j.name(state.get("name"), f"{field}.name")
    hint = _CATEGORIES.get(j.text(state.get("type"), f"{field}.type"))
    if hint is not None and label:
        dated.hints[label] = Hint(hint)
    return label


def _changes(dated: DatedItems, record: Record) -> tuple[list[Change] | None, str]:
    """The changes of state in a history, and the state that the story has now."""
    out: list[Change] = []
    names: dict[str, str] = {}
    rows = i.objects(record.get("history") or [], "history")
    for n, row in enumerate(rows):
        field = f"history[{n}].references"
        for m, known in enumerate(i.objects(row.get("references") or [], field)):
            if known.get("entity_type") == "workflow-state":
                names[str(known.get("id"))] = _state(dated, known, f"{field}[{m}]")
    for n, row in enumerate(rows):
        field = f"history[{n}].actions"
        for m, action in enumerate(i.objects(row.get("actions") or [], field)):
            changed = j.mapping(action.get("changes"), f"{field}[{m}].changes")
            moved = changed.get("workflow_state_id")
            new = moved.get("new") if isinstance(moved, dict) else action.get("workflow_state_id")
            old = moved.get("old") if isinstance(moved, dict) else None
            if not names.get(str(new)):
                continue
            at = j.moment(row.get("changed_at"), f"history[{n}].changed_at")
            event = i.identity(row["id"], f"history[{n}].id") if "id" in row else ""
            before = names.get(str(old), "")
            out.append(Change(at, n, before, names[str(new)], event))
    return out or None, names.get(str(record.get("workflow_state_id")), "") if out else ""


def _links(key: str, record: Record) -> tuple[Triple, ...]:
    out: dict[Triple, None] = {}
    for n, row in enumerate(i.objects(record.get("story_links") or [], "story_links")):
        field = f"story_links[{n}]"
        ends = [
            i.identity(row.get(side), f"{field}.{side}") for side in ("subject_id", "object_id")
        ]
        if ends[0] != ends[1] and key in ends:
            out[relation(1 if row.get("verb") == "blocks" else 0, *ends)] = None
    return tuple(out)
