"""Reads issues of GitLab as JSON of its REST or GraphQL interface or of a project export.

The issue itself has its endpoints: created, closed. ``resource_state_events`` have when it was
closed and reopened, ``resource_label_events`` its labels; scoped labels such as ``workflow::doing``
are stages.
"""

from __future__ import annotations

import re
from pathlib import Path

from vsm.connect.files import json_fields as j
from vsm.connect.files import json_items as i
from vsm.connect.files.file_head import Head
from vsm.connect.files.issue_states import (
    HINTS,
    ROLES,
    Event,
    IssueTrails,
    Kind,
    Now,
    stage_of_label,
)
from vsm.connect.files.item_fields import shown
from vsm.connect.files.jira_fields import Triple, relation
from vsm.connect.files.json_fields import Malformed
from vsm.connect.files.json_items import JsonItems
from vsm.connect.files.json_records import Record
from vsm.connect.files.parsed_file import ParsedFile
from vsm.connect.files.state_changes import Trail
from vsm.model.history import ItemHistory, Progress
from vsm.model.sanitise import inert_line

_LOOK = re.compile(rb'"iid"\s*:')
_ADDRESS = re.compile(r"/([^/]+)/-/(?:issues|work_items)/\d+|/([^/]+)/issues/\d+$")
_STATE_EVENTS = ("resource_state_events", "state_events", "resourceStateEvents")
_LABEL_EVENTS = ("resource_label_events", "label_events", "resourceLabelEvents")
_ELSEWHERE = ("moved_to_id", "duplicated_to_id", "movedTo", "closedAsDuplicateOf")
_STATES = {"opened": True, "reopened": True, "locked": True, "closed": False, "merged": False}


def matches(head: Head) -> bool:
    """Whether a file looks like issues of GitLab."""
    return head.begins(b"{", b"[") and _LOOK.search(head.data) is not None


def read(path: Path, *, zone: str, progress: Progress | None = None) -> ParsedFile:
    """Read a file of issues; ``zone`` is not needed, as all times name theirs.

    Raises :class:`BadInput` with file, line and field if anything is malformed: nothing of such a
    file is used.
    """
    return i.read_items(path, ("issues", "issue", "workItems"), _Reader, progress)


class _Reader:
    """Gathers the issues of one file, and its merge requests in case there is nothing else."""

    def __init__(self, items: JsonItems) -> None:
        self._items = items
        self._trails = IssueTrails(items)
        self._merges: list[tuple[str, Record]] = []

    def take(self, where: str, record: Record) -> None:
        """Add one issue."""
        if "source_branch" in record or "sourceBranch" in record:
            self._merges.append((where, record))
        else:
            self._add(where, record)

    def result(self) -> ParsedFile:
        """Make the result for the whole file."""
        if self._merges and self._items.histories:
            self._items.count("merge requests were left out", len(self._merges))
            self._merges = []
        for where, record in self._merges:
            with i.checked(where, record):
                self._add(where, record)
        self._trails.report()
        return self._items.result(HINTS, roles=ROLES)

    def _add(self, where: str, record: Record) -> None:
        number = i.identity(record.get("iid"), "iid")
        project = _project(record)
        key = f"{project}-{number}" if project else number
        if project:
            self._items.read_as.setdefault("keys", inert_line(f"{key} is {project}#{number}"))
        identity = i.identity(record.get("id", key), "id").rpartition("/")[2]
        groups = [j.mapping(record.get(name), name) for name in ("milestone", "epic")]
        kind = j.name(record.get("issue_type") or record.get("type"), "issue_type").casefold()
        labels = _labels(record)
        titles = [j.name(group.get("title"), "title") for group in groups if group.get("title")]
        updated = i.optional_moment(record.get("updated_at", record.get("updatedAt")), "updated_at")
        trail = self._trail(identity, record, updated, labels)
        self._items.add(
            ItemHistory(
                source_key=identity,
                key=key,
                title=self._items.title(where, key, record.get("title")),
                description=self._items.description(where, key, record.get("description")),
                entries=trail.entries,
                where=where,
                type="feature" if kind in ("", "issue") else kind,
                owner=i.first_person(record.get("assignees"), "assignees")
                or i.person(record.get("assignee"), "assignee")
                or None,
                estimate=i.number_of(record.get("weight")),
                due=i.optional_day(record.get("due_date", record.get("dueDate")), "due_date"),
                labels=tuple(dict.fromkeys((*labels, *titles))),
                links=_links(key, record),
                quality=trail.quality,
            ),
            updated or 0,
        )

    def _trail(
        self, key: str, record: Record, updated: int | None, labels: tuple[str, ...]
    ) -> Trail:
        state = record.get("state")
        if not isinstance(state, str) or state.casefold() not in _STATES:
            raise Malformed("state", f"{shown(state)} is neither opened nor closed")
        closed = record.get("closed_at", record.get("closedAt"))
        away = any(record.get(name) for name in _ELSEWHERE)
        if away:
            self._items.count("issues were moved or duplicates: not delivered here")
        events, whole = _events(record)
        staged = any(event.kind is Kind.STAGED for event in events)
        now = Now(
            created=j.moment(record.get("created_at", record.get("createdAt")), "created_at"),
            closed=i.optional_moment(closed, "closed_at"),
            updated=updated,
            undelivered=away,
            is_open=_STATES[state.casefold()],
            stage="" if staged else next((s for n in labels if (s := stage_of_label(n))), ""),
            by=i.person(record.get("author"), "author"),
        )
        return self._trails.trail(key, now, events, whole=whole)


def _events(record: Record) -> tuple[list[Event], bool]:
    """The events of state and labels that stand in an issue, and whether they are whole."""
    out: list[Event] = []
    whole = True
    for name in (*_STATE_EVENTS, *_LABEL_EVENTS):
        value = record.get(name)
        if not isinstance(value, list | dict):
            continue
        whole = whole and not i.is_cut(value)
        for n, row in enumerate(i.objects(value, name)):
            field = f"{name}[{n}]"
            at = j.moment(row.get("created_at", row.get("createdAt")), f"{field}.created_at")
            by = i.person(row.get("user"), f"{field}.user")
            event = f"{name[9:14]}:{i.identity(row['id'], f'{field}.id')}" if "id" in row else ""
            if name in _STATE_EVENTS:
                state = _STATES.get(j.text(row.get("state"), f"{field}.state").casefold())
                if state is None:
                    raise Malformed(f"{field}.state", f"{shown(row.get('state'))} is no state")
                out.append(Event(at, Kind.REOPENED if state else Kind.CLOSED, "", event, by))
                continue
            label = j.mapping(row.get("label"), f"{field}.label")
            text = j.name(label.get("name") or label.get("title"), f"{field}.label.name")
            stage = stage_of_label(text)
            if stage:
                put_on = Kind.UNSTAGED if row.get("action") == "remove" else Kind.STAGED
                out.append(Event(at, put_on, stage, event, by))
    return out, whole


_LINKS = {"blocks": 1, "is_blocked_by": -1, "relates_to": 0}
"""Kinds of links: 1 where the issue blocks the other one, -1 where that blocks it."""


def _links(key: str, record: Record) -> tuple[Triple, ...]:
    """Links to other issues, as ``…/issues/7/links`` gives them (``issue_links``)."""
    value = record.get("issue_links")
    out: dict[Triple, None] = {}
    for n, row in enumerate(i.objects(value, "issue_links") if value else ()):
        field = f"issue_links[{n}]"
        number, project = i.identity(row.get("iid"), f"{field}.iid"), _project(row)
        other = f"{project}-{number}" if project else number
        sign = _LINKS.get(j.text(row.get("link_type"), f"{field}.link_type"))
        if sign is not None and other != key:
            out[relation(sign, key, other)] = None
    return tuple(out)


def _labels(record: Record) -> tuple[str, ...]:
    """The labels of an issue, as each interface gives them."""
    links = record.get("label_links")
    value = record.get("labels")
    if value is None and isinstance(links, list):
        value = [link.get("label") for link in links if isinstance(link, dict)]
    rows = value if isinstance(value, list) else i.objects(value, "labels") if value else []
    named = [r.get("name") or r.get("title") if isinstance(r, dict) else r for r in rows]
    return i.labels(named, "labels")


def _project(record: Record) -> str:
    """The last part of the project's path, empty where the record names none."""
    references = record.get("references")
    full = references.get("full") if isinstance(references, dict) else record.get("reference")
    name = full.rpartition("#")[0].rpartition("/")[2] if isinstance(full, str) else ""
    if not name:
        address = record.get("web_url") or record.get("webUrl")
        match = _ADDRESS.search(address) if isinstance(address, str) else None
        name = (match[1] or match[2]) if match is not None else ""
    return re.sub(r"\W+", "_", name).strip("_")
