"""Reads tasks of Asana as JSON: of a project's export or of its interface.

A section is a state, a completed task is done. The stories of a task may have its moves between
sections (``old_section``, ``new_section``).
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
from vsm.connect.files.json_records import Record
from vsm.connect.files.parsed_file import ParsedFile
from vsm.connect.files.state_changes import Change, Dates
from vsm.model.history import Progress
from vsm.model.stream import Category

_LOOK = re.compile(rb'"gid"\s*:')
_ELSE = re.compile(rb'"(?:completed|completed_at|memberships|resource_subtype)"\s*:')
_COMPLETIONS = {"marked_complete": True, "marked_incomplete": False}
_KINDS = ("section_changed", *_COMPLETIONS)
"""Kinds of stories that change the state of a task."""
_DONE = MADE_UP[Category.DONE]


def matches(head: Head) -> bool:
    """Whether a file looks like tasks of Asana."""
    return (
        head.begins(b"{", b"[")
        and _LOOK.search(head.data) is not None
        and _ELSE.search(head.data) is not None
    )


def read(path: Path, *, zone: str, progress: Progress | None = None) -> ParsedFile:
    """Read a file of tasks; ``zone`` is not needed, as all times name theirs.

    Raises :class:`BadInput` with file, line and field if anything is malformed: nothing of such a
    file is used.
    """
    return read_tasks(path, ("data",), _task, progress)


def _task(dated: DatedItems, where: str, record: Record) -> Task:
    key = i.identity(record.get("gid"), "gid")
    ended = i.optional_moment(record.get("completed_at"), "completed_at")
    section = ""
    for n, row in enumerate(i.objects(record.get("memberships") or [], "memberships")):
        place = j.mapping(row.get("section"), f"memberships[{n}].section")
        section = section or j.name(place.get("name"), f"memberships[{n}].section.name")
    updated = i.optional_moment(record.get("modified_at"), "modified_at")
    is_done = record.get("completed") is True or ended is not None
    parent = j.mapping(record.get("parent"), "parent").get("gid")
    return Task(
        source_key=key,
        key=key,
        state=_DONE if is_done else section,
        dates=Dates(
            j.moment(record.get("created_at"), "created_at"),
            ended=ended if is_done else None,
            updated=updated,
        ),
        fields={
            "title": dated.items.title(where, key, record.get("name"), "name"),
            "description": dated.items.description(where, key, record.get("notes"), "notes"),
            "owner": i.person(record.get("assignee"), "assignee") or None,
            "due": i.optional_day(record.get("due_on") or record.get("due_at"), "due_on"),
            "labels": i.labels(record.get("tags"), "tags"),
            "parent": i.identity(parent, "parent.gid") if parent is not None else None,
        },
        changes=_changes(record),
    )


def _changes(record: Record) -> list[Change] | None:
    """The moves of a task between sections, with its completions among them."""
    out: list[Change] = []
    section, is_done, moved = "", False, False
    for n, row in enumerate(i.objects(record.get("stories") or [], "stories")):
        field = f"stories[{n}]"
        kind = j.text(row.get("resource_subtype"), f"{field}.resource_subtype")
        before = ""
        if kind == "section_changed":
            before = _section(row.get("old_section"), f"{field}.old_section")
            section = _section(row.get("new_section"), f"{field}.new_section")
            moved = moved or section != ""
        elif kind in _COMPLETIONS:
            is_done = _COMPLETIONS[kind]
        after = _DONE if is_done and kind in _COMPLETIONS else section
        if not after or (is_done and kind == "section_changed") or kind not in _KINDS:
            continue  # a section that is left after completion is a place on the board
        event = i.identity(row["gid"], f"{field}.gid") if "gid" in row else ""
        by = i.person(row.get("created_by"), f"{field}.created_by")
        at = j.moment(row.get("created_at"), f"{field}.created_at")
        out.append(Change(at, n, before, after, event, by))
    return out if moved else None


def _section(value: Any, field: str) -> str:
    return j.name(j.mapping(value, field).get("name"), f"{field}.name")
