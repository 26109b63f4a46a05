"""Reads issues of YouTrack as JSON of its interface, with their activities if present.

The state is the custom field State (or Stage, Status, Kanban State). Times are epoch milliseconds.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from vsm.connect.files import json_fields as j
from vsm.connect.files import json_items as i
from vsm.connect.files.dated_items import DatedItems, Task, read_tasks
from vsm.connect.files.file_head import Head
from vsm.connect.files.jira_fields import Triple, phrase, relation
from vsm.connect.files.json_records import Record
from vsm.connect.files.parsed_file import Hint, ParsedFile
from vsm.connect.files.resolutions import STAGE, not_delivered
from vsm.connect.files.state_changes import Change, Dates
from vsm.model.history import Progress
from vsm.model.rules import from_micros, zone_of

_LOOK = re.compile(rb'"idReadable"\s*:')
_STATES = ("state", "stage", "status", "kanban state")
"""Names of the custom field that has the state, the likeliest first."""
_POINTS = ("story points", "estimate", "original estimate")


def matches(head: Head) -> bool:
    """Whether a file looks like issues of YouTrack."""
    return head.begins(b"{", b"[") and _LOOK.search(head.data) is not None


def read(path: Path, *, zone: str, progress: Progress | None = None) -> ParsedFile:
    """Read a file of issues; ``zone`` is that of the days on which they are due.

    Raises :class:`BadInput` with file, line and field if anything is malformed: nothing of such a
    file is used.
    """
    days = zone_of(zone)

    def task_of(dated: DatedItems, where: str, record: Record) -> Task:
        task, due = _task(dated, where, record)
        if due is not None:
            task.fields["due"] = from_micros(due).astimezone(days).date().isoformat()
        return task

    return read_tasks(path, ("issues",), task_of, progress)


def _task(dated: DatedItems, where: str, record: Record) -> tuple[Task, int | None]:
    key = i.identity(record.get("idReadable"), "idReadable")
    source_key = i.identity(record.get("id", key), "id")
    fields = _fields(record)
    field = next((name for name in _STATES if name in fields), "")
    state = _state(dated, fields.get(field), f"customFields {field}")
    resolved = i.optional_moment(record.get("resolved"), "resolved")
    if resolved is not None and not_delivered(state):
        state = STAGE
    kind, points = fields.get("type"), (fields.get(name) for name in _POINTS)
    task = Task(
        source_key=source_key,
        key=key,
        state=state,
        dates=Dates(
            j.moment(record.get("created"), "created"),
            ended=resolved,
            updated=i.optional_moment(record.get("updated"), "updated"),
        ),
        fields={
            "title": dated.items.title(where, key, record.get("summary"), "summary"),
            "description": dated.items.description(where, key, record.get("description")),
            "type": _name(kind, "customFields type") or "feature",
            "owner": i.person(fields.get("assignee"), "customFields assignee") or None
            if not isinstance(fields.get("assignee"), list)
            else i.first_person(fields["assignee"], "customFields assignee"),
            "estimate": next((p for v in points if (p := i.number_of(v)) is not None), None),
            "labels": i.labels(record.get("tags"), "tags"),
            **_links(key, record),
        },
        changes=_changes(dated, record, field),
    )
    return task, i.optional_moment(fields.get("due date"), "customFields due date")


def _fields(record: Record) -> dict[str, Any]:
    """The values of the custom fields by name in small letters."""
    out: dict[str, Any] = {}
    for n, row in enumerate(i.objects(record.get("customFields") or [], "customFields")):
        label = j.name(row.get("name"), f"customFields[{n}].name")
        out.setdefault(label.casefold(), row.get("value"))
    return out


def _name(value: Any, field: str) -> str:
    if isinstance(value, list):
        return _name(value[0], field) if value else ""
    return j.name(value.get("name") if isinstance(value, dict) else value, field)


def _state(dated: DatedItems, value: Any, field: str) -> str:
    """The name of a state, with a hint where it says whether it resolves."""
    label = _name(value, field)
    if label and isinstance(value, dict) and value.get("isResolved") is True:
        dated.hints[label] = Hint("done")
    return STAGE if label and not_delivered(label) else label


def _changes(dated: DatedItems, record: Record, state_field: str) -> list[Change] | None:
    """The changes of the state among the activities of an issue."""
    value = record.get("activities")
    if value is None or not state_field:
        return None
    out: list[Change] = []
    for n, row in enumerate(i.objects(value, "activities")):
        field = f"activities[{n}]"
        about = j.mapping(row.get("field"), f"{field}.field")
        label = about.get("name") or about.get("presentation")
        if not isinstance(label, str) or label.casefold() != state_field:
            continue
        after = _state(dated, _only(row.get("added")), f"{field}.added")
        before = _state(dated, _only(row.get("removed")), f"{field}.removed")
        if after:
            at = j.moment(row.get("timestamp"), f"{field}.timestamp")
            event = i.identity(row["id"], f"{field}.id") if "id" in row else ""
            by = i.person(row.get("author"), f"{field}.author")
            out.append(Change(at, n, before, after, event, by))
    return out


def _only(value: Any) -> Any:
    return (value[0] if value else None) if isinstance(value, list) else value


def _links(key: str, record: Record) -> dict[str, Any]:
    """The parent of an issue and its links; a link says its phrase in each direction."""
    parent: str | None = None
    links: dict[Triple, None] = {}
    for n, row in enumerate(i.objects(record.get("links") or [], "links")):
        field = f"links[{n}]"
        kind = j.mapping(row.get("linkType"), f"{field}.linkType")
        direction = j.text(row.get("direction"), f"{field}.direction")
        words = kind.get("targetToSource" if direction == "INWARD" else "sourceToTarget")
        for m, other in enumerate(i.objects(row.get("issues") or [], f"{field}.issues")):
            target = i.identity(other.get("idReadable"), f"{field}.issues[{m}].idReadable")
            if isinstance(words, str) and words.casefold() == "subtask of":
                parent = target
            elif target != key and kind.get("name") != "Subtask":
                links[relation(phrase(words), key, target)] = None
    return {"parent": parent, "links": tuple(links)}
