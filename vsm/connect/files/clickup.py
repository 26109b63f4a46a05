"""Reads tasks of ClickUp as JSON of its interface: their status and the dates that it keeps.

Times are epoch milliseconds in texts. A start date is a plan, so it is no start.
"""

from __future__ import annotations

import re
from pathlib import Path

from vsm.connect.files import json_fields as j
from vsm.connect.files import json_items as i
from vsm.connect.files.dated_items import DatedItems, Task, read_tasks
from vsm.connect.files.file_head import Head
from vsm.connect.files.json_records import Record
from vsm.connect.files.parsed_file import Hint, ParsedFile
from vsm.connect.files.state_changes import Dates
from vsm.model.history import Progress
from vsm.model.rules import from_micros, zone_of

_LOOK = re.compile(rb'"date_created"\s*:')
_ELSE = re.compile(rb'"(?:date_closed|date_updated|custom_id|orderindex)"\s*:')
_CATEGORIES = {"open": "backlog", "done": "done", "closed": "done"}
"""Hint by the type of a status."""


def matches(head: Head) -> bool:
    """Whether a file looks like tasks of ClickUp."""
    return (
        head.begins(b"{", b"[")
        and _LOOK.search(head.data) is not None
        and _ELSE.search(head.data) is not None
    )


def read(path: Path, *, zone: str, progress: Progress | None = None) -> ParsedFile:
    """Read a file of tasks; ``zone`` is that of the days on which they are due.

    Raises :class:`BadInput` with file, line and field if anything is malformed: nothing of such a
    file is used.
    """
    days = zone_of(zone)

    def task_of(dated: DatedItems, where: str, record: Record) -> Task:
        task = _task(dated, where, record)
        due = i.optional_moment(record.get("due_date"), "due_date")
        if due is not None:
            task.fields["due"] = from_micros(due).astimezone(days).date().isoformat()
        return task

    return read_tasks(path, ("tasks",), task_of, progress)


def _task(dated: DatedItems, where: str, record: Record) -> Task:
    source_key = i.identity(record.get("id"), "id")
    custom = record.get("custom_id")
    key = i.identity(custom, "custom_id") if custom is not None else source_key
    status = j.mapping(record.get("status"), "status")
    state = j.name(status.get("status"), "status.status")
    hint = _CATEGORIES.get(j.text(status.get("type"), "status.type"))
    if hint is not None and state:
        dated.hints[state] = Hint(hint)
    ended = record.get("date_done") or record.get("date_closed")
    parent = record.get("parent")
    description = record.get("text_content") or record.get("description")
    return Task(
        source_key=source_key,
        key=key,
        state=state,
        dates=Dates(
            j.moment(record.get("date_created"), "date_created"),
            ended=i.optional_moment(ended, "date_closed"),
            updated=i.optional_moment(record.get("date_updated"), "date_updated"),
        ),
        fields={
            "title": dated.items.title(where, key, record.get("name"), "name"),
            "description": dated.items.description(where, key, description),
            "owner": i.first_person(record.get("assignees"), "assignees"),
            "estimate": i.number_of(record.get("points")),
            "labels": i.labels(record.get("tags"), "tags"),
            "parent": i.identity(parent, "parent") if parent is not None else None,
        },
    )
