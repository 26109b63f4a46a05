"""Reads issues of GitHub as JSON of its REST or GraphQL interface, with their events if present.

``gh issue list --json …`` and ``gh api …/issues`` have the endpoints of an issue: created, closed.
The timeline has its columns in projects, its labels, and when it was closed and reopened.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

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
from vsm.connect.files.resolutions import STAGE, not_delivered
from vsm.connect.files.state_changes import Trail
from vsm.model.history import OBSERVED_LATE, ItemHistory, Progress
from vsm.model.sanitise import inert_line

_NUMBER = re.compile(rb'"number"\s*:\s*\d')
_ELSE = re.compile(
    rb'"(?:state_reason|stateReason|created_at|createdAt|closedAt|html_url|timelineItems)"\s*:'
)
_ADDRESS = re.compile(r"([\w.-]+)/([\w.-]+)/(issues|pull)/(\d+)(?:[/?#]|$)")
_REPOSITORY = re.compile(r"(?:^|/)([\w.-]+)/([\w.-]+?)(?:\.git)?/?$")
_TIMELINES = ("timelineItems", "timeline", "timeline_items", "events")


class _Issue(NamedTuple):
    where: str
    record: Record
    owner: str
    repository: str
    number: int
    updated: int
    is_pull: bool


def matches(head: Head) -> bool:
    """Whether a file looks like issues of GitHub."""
    return (
        head.begins(b"{", b"[")
        and _NUMBER.search(head.data) is not None
        and _ELSE.search(head.data) is not None
    )


def read(path: Path, *, zone: str, progress: Progress | None = None) -> ParsedFile:
    """Read a file of issues; ``zone`` is not needed, as all times name theirs.

    Raises :class:`BadInput` with file, line and field if anything is malformed: nothing of such a
    file is used.
    """
    return i.read_items(path, ("issues", "issue"), _Reader, progress)


class _Reader:
    """Gathers issues and events first: an event may stand in another record than its issue."""

    def __init__(self, items: JsonItems) -> None:
        self._items = items
        self._trails = IssueTrails(items)
        self._issues: list[_Issue] = []
        self._about: dict[str, _Issue] = {}
        self._events: defaultdict[str, dict[str, tuple[str, Record]]] = defaultdict(dict)
        self._parents: dict[str, str] = {}

    def take(self, where: str, record: Record) -> None:
        """Keep an issue, or an event or message about one."""
        about = record.get("issue")
        if isinstance(about, dict):
            if isinstance(record.get("event"), str):
                issue = _issue(where, about)
                event = i.identity(record.get("id"), "id")
                self._events[_key(issue)][event] = (where, record)
                before = self._about.get(_key(issue))
                if before is None or issue.updated >= before.updated:
                    self._about[_key(issue)] = issue
                return
            record = about
        self._issues.append(_issue(where, record))

    def result(self) -> ParsedFile:
        """Make the result for the whole file."""
        listed = {_key(issue) for issue in self._issues}
        issues = self._issues + [x for key, x in self._about.items() if key not in listed]
        pulls = {_key(issue) for issue in issues if issue.is_pull}
        if pulls and not all(issue.is_pull for issue in issues):
            self._items.count("pull requests were left out", len(pulls))
            issues = [issue for issue in issues if not issue.is_pull]
        places = {issue[2:4] for issue in issues if issue.repository}
        if len(places) == 1:
            owner, repository = next(iter(places))
            issues = [issue._replace(owner=owner, repository=repository) for issue in issues]
        for issue in issues:
            with i.checked(issue.where, issue.record):
                self._children(issue)
        for issue in issues:
            with i.checked(issue.where, issue.record):
                self._items.add(self._history(issue), issue.updated)
        self._trails.report()
        if places:
            owner, repository = min(places)
            keys = f"{_shown_key(repository, 12)} is {owner}/{repository}#12"
            self._items.read_as["keys"] = inert_line(keys)
        return self._items.result(HINTS, roles=ROLES)

    def _children(self, issue: _Issue) -> None:
        for name in ("subIssues", "sub_issues"):
            value = issue.record.get(name)
            rows = i.objects(value, name) if isinstance(value, list | dict) else []
            for child in rows:
                owner, repository, _ = _place(child)
                number = child.get("number")
                if type(number) is int:
                    place = (owner, repository) if repository else issue[2:4]
                    self._parents[_named(*place, number)] = _shown_key(
                        issue.repository, issue.number
                    )

    def _history(self, issue: _Issue) -> ItemHistory:
        where, record = issue.where, issue.record
        source_key = _key(issue)
        key = _shown_key(issue.repository, issue.number)
        names = i.labels(record.get("labels"), "labels")
        milestone = j.mapping(record.get("milestone"), "milestone")
        title = j.name(milestone.get("title"), "milestone.title")
        kind = record.get("type") or record.get("issueType")
        kind_name = kind.get("name") if isinstance(kind, dict) else None
        trail = self._trail(issue, source_key, names)
        return ItemHistory(
            source_key=source_key,
            key=key,
            title=self._items.title(where, key, record.get("title")),
            description=self._items.description(where, key, record.get("body"), "body"),
            entries=trail.entries,
            where=where,
            type=j.name(kind_name, "type.name") or "feature",
            owner=i.first_person(record.get("assignees"), "assignees")
            or i.person(record.get("assignee"), "assignee")
            or None,
            due=i.optional_day(
                milestone.get("due_on") or milestone.get("dueOn"), "milestone.due_on"
            ),
            labels=tuple(dict.fromkeys((*names, title) if title else names)),
            parent=self._parents.get(source_key) or _parent(record),
            links=_links(key, record),
            quality=trail.quality,
        )

    def _trail(self, issue: _Issue, key: str, labels: tuple[str, ...]) -> Trail:
        record = issue.record
        state = j.text(record.get("state"), "state").casefold()
        if state not in ("open", "closed", "merged"):
            raise Malformed("state", f"{shown(record.get('state'))} is neither open nor closed")
        created = record.get("created_at", record.get("createdAt"))
        closed = record.get("closed_at", record.get("closedAt"))
        reason = record.get("state_reason", record.get("stateReason"))
        label = next((s for name in labels if (s := stage_of_label(name))), "")
        now = Now(
            created=j.moment(created, "created_at"),
            closed=i.optional_moment(closed, "closed_at"),
            updated=issue.updated or None,
            undelivered=not_delivered(j.text(reason, "state_reason")),
            is_open=state == "open",
            stage=_column(record) or label,
            by=i.person(record.get("user") or record.get("author"), "user"),
        )
        events, whole = self._logged(issue, key)
        if now.is_open and any(e.kind is Kind.STAGED for e in events):
            now = now._replace(stage="")
        return self._trails.trail(key, now, events, whole=whole)

    def _logged(self, issue: _Issue, key: str) -> tuple[list[Event], bool]:
        """The events of an issue in its own record and in others, and whether they are whole."""
        rows: dict[str, tuple[str, Record]] = dict(self._events.get(key, {}))
        whole = True
        for name in _TIMELINES:
            value = issue.record.get(name)
            if not isinstance(value, list | dict):
                continue
            whole = whole and not i.is_cut(value)
            for n, row in enumerate(i.objects(value, name)):
                identity = row.get("id") or row.get("node_id") or f"{key}:{name}{n}"
                rows[i.identity(identity, f"{name}[{n}].id")] = (f"{name}[{n}]", row)
        events = [e for name, (field, row) in rows.items() if (e := _event(name, row, field))]
        whole = whole and not any(e.event.startswith(OBSERVED_LATE) for e in events)
        columns = [e for e in events if e.event.endswith("#column")]
        if columns:  # columns of a project are the stages, labels are labels
            events = [e for e in events if e.kind > Kind.STAGED or e in columns]
        return [e._replace(event=e.event.removesuffix("#column")) for e in events], whole


def _issue(where: str, record: Record) -> _Issue:
    number = record.get("number")
    if type(number) is not int or number < 1:
        raise Malformed("number", f"{shown(number)} is no number of an issue")
    if "open_issues" in record:
        raise Malformed("number", "is that of a milestone, not of an issue")
    owner, repository, is_pull = _place(record)
    updated = i.optional_moment(record.get("updated_at", record.get("updatedAt")), "updated_at")
    return _Issue(where, record, owner, repository, number, updated or 0, is_pull)


def _event(name: str, row: Record, field: str) -> Event | None:
    """An event of a timeline, ``None`` if it changes no state."""
    kind = row.get("event") or row.get("__typename")
    plain = re.sub(r"[^a-z0-9]|Event$", "", re.sub(r"Event$", "", str(kind)).casefold())
    if plain not in _KINDS:
        return None
    at = j.moment(row.get("created_at", row.get("createdAt")), f"{field}.created_at")
    by = i.person(row.get("actor"), f"{field}.actor")
    if plain == "closed":
        reason = j.text(row.get("state_reason", row.get("stateReason")), f"{field}.state_reason")
        return Event(at, Kind.CLOSED, STAGE if not_delivered(reason) else "", name, by)
    if plain == "reopened":
        return Event(at, Kind.REOPENED, "", name, by)
    if plain in ("labeled", "unlabeled"):
        label = j.mapping(row.get("label"), f"{field}.label")
        stage = stage_of_label(j.name(label.get("name"), f"{field}.label.name"))
        put_on = Kind.STAGED if plain == "labeled" else Kind.UNSTAGED
        return Event(at, put_on, stage, name, by) if stage else None
    card = j.mapping(row.get("project_card"), f"{field}.project_card")
    column = row.get("status") or row.get("projectColumnName") or card.get("column_name")
    stage = j.name(column, f"{field}.status")
    if plain.startswith("removed"):
        return Event(at, Kind.UNSTAGED, "", f"{name}#column", by)
    return Event(at, Kind.STAGED, stage, f"{name}#column", by) if stage else None


_KINDS = frozenset(
    (
        *("closed", "reopened", "labeled", "unlabeled"),
        *("addedtoproject", "movedcolumnsinproject", "removedfromproject"),
        *("projectv2itemstatuschanged", "removedfromprojectv2", "statusobserved"),
    )
)
"""Names of the events that change a state, in small letters."""


def _place(record: Record) -> tuple[str, str, bool]:
    """Owner and repository of an issue, empty where its record names none; whether it is a pull."""
    is_pull = record.get("pull_request") is not None or record.get("__typename") == "PullRequest"
    for name in ("html_url", "url"):
        value = record.get(name)
        match = _ADDRESS.search(value) if isinstance(value, str) else None
        if match is not None:
            return match[1], match[2], is_pull or match[3] == "pull"
    about = record.get("repository")
    named = (
        about.get("nameWithOwner") or about.get("full_name") if isinstance(about, dict) else about
    )
    for value in (record.get("repository_url"), named):
        match = _REPOSITORY.search(value) if isinstance(value, str) else None
        if match is not None:
            return match[1], match[2], is_pull
    return "", "", is_pull


def _named(owner: str, repository: str, number: int) -> str:
    return f"{owner}/{repository}#{number}".removeprefix("/").removeprefix("#")


def _key(issue: _Issue) -> str:
    return _named(issue.owner, issue.repository, issue.number)


def _shown_key(repository: str, number: int) -> str:
    """A key like ``web-12``, or the number of an issue whose repository is not known."""
    name = re.sub(r"\W+", "_", repository).strip("_")
    return f"{name}-{number}" if name else str(number)


def _parent(record: Record) -> str | None:
    """The key of the parent issue."""
    url = record.get("parent_issue_url")
    match = _ADDRESS.search(url) if isinstance(url, str) else None
    if match is not None:
        return _shown_key(match[2], int(match[4]))
    parent = j.mapping(record.get("parent"), "parent")
    number = parent.get("number")
    if type(number) is not int:
        return None
    return _shown_key(_place(parent)[1] or _place(record)[1], number)


def _links(key: str, record: Record) -> tuple[Triple, ...]:
    """The issues that block an issue, as ``…/issues/7/dependencies/blocked_by`` gives them."""
    out: dict[Triple, None] = {}
    for name in ("blocked_by", "blockedBy"):
        value = record.get(name)
        for row in i.objects(value, name) if isinstance(value, list | dict) else ():
            number = row.get("number")
            if type(number) is not int:
                raise Malformed(f"{name}.number", f"{shown(number)} is no number of an issue")
            other = _shown_key(_place(row)[1] or _place(record)[1], number)
            if other != key:
                out[relation(-1, key, other)] = None
    return tuple(out)


def _column(record: Record) -> str:
    """The column that an issue has in the first of its projects."""
    for name in ("projectItems", "projectCards"):
        value = record.get(name)
        for card in i.objects(value, name) if isinstance(value, list | dict) else ():
            status = card.get("status") or card.get("column") or card.get("fieldValueByName")
            label = status.get("name") if isinstance(status, dict) else status
            if isinstance(label, str) and label.strip():
                return j.name(label, name)
    return ""
