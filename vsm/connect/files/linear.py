"""Reads issues of Linear as JSON of its GraphQL interface, with their history if present.

The type of a state (``started``, ``completed`` …) is its category. Without a history an issue has
the dates that Linear keeps: created, started, completed or cancelled.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from vsm.connect.files import json_fields as j
from vsm.connect.files import json_items as i
from vsm.connect.files.file_head import Head
from vsm.connect.files.infer_mapping import guess_category
from vsm.connect.files.jira_fields import Triple, relation
from vsm.connect.files.json_fields import Malformed
from vsm.connect.files.json_items import JsonItems
from vsm.connect.files.json_records import Record
from vsm.connect.files.parsed_file import Hint, ParsedFile
from vsm.connect.files.state_changes import Change, Dates, Trail, endpoints, logged, usual_states
from vsm.model.history import ItemHistory, Progress
from vsm.model.stream import Category

_IDENTIFIER = re.compile(rb'"identifier"\s*:\s*"[A-Za-z0-9]+-\d+"')
_ELSE = re.compile(rb'"(?:state|createdAt|fromState|toState|history)"\s*:')
_CATEGORIES = {
    "triage": "backlog",
    "backlog": "backlog",
    "unstarted": "backlog",
    "started": "indeterminate",
    "completed": "done",
    "canceled": "dropped",
    "cancelled": "dropped",
    "duplicate": "dropped",
}
"""Hint by the type of a state."""


def matches(head: Head) -> bool:
    """Whether a file looks like issues of Linear."""
    return (
        head.begins(b"{", b"[")
        and _IDENTIFIER.search(head.data) is not None
        and _ELSE.search(head.data) is not None
    )


def read(path: Path, *, zone: str, progress: Progress | None = None) -> ParsedFile:
    """Read a file of issues; ``zone`` is not needed, as all times name theirs.

    Raises :class:`BadInput` with file, line and field if anything is malformed: nothing of such a
    file is used.
    """
    return i.read_items(path, ("issues", "issue", "nodes"), _Reader, progress)


class _Reader:
    """Gathers issues first: the states of all of them tell what a creation and a start lead to."""

    def __init__(self, items: JsonItems) -> None:
        self._items = items
        self._issues: list[tuple[str, Record]] = []
        self._hints: dict[str, Hint] = {}
        self._states: Counter[str] = Counter()
        self._parents: dict[str, str] = {}
        self._logged = False

    def take(self, where: str, record: Record) -> None:
        """Keep an issue, and learn the states that it names."""
        key = i.identity(record.get("identifier"), "identifier")
        self._states[self._state(record.get("state"), "state")] += 1
        for n, row in enumerate(i.objects(record.get("history") or [], "history")):
            self._logged = self._logged or "toState" in row
            for name in ("fromState", "toState"):
                if row.get(name) is not None:
                    self._state(row[name], f"history[{n}].{name}")
        for n, child in enumerate(i.objects(record.get("children") or [], "children")):
            self._parents[i.identity(child.get("identifier"), f"children[{n}].identifier")] = key
        self._issues.append((where, record))

    def _state(self, value: Any, field: str) -> str:
        """The name of a state, whose type is kept as a hint."""
        state = {"name": value} if isinstance(value, str) else j.mapping(value, field)
        label = j.name(state.get("name"), f"{field}.name")
        if not label:
            raise Malformed(f"{field}.name", "is missing")
        kind = _CATEGORIES.get(j.name(state.get("type"), f"{field}.type").casefold())
        if kind is not None:
            self._hints[label] = Hint(kind)
        return label

    def _category(self, state: str) -> Category:
        return guess_category(state, self._hints.get(state, Hint()), False)

    def result(self) -> ParsedFile:
        """Make the result for the whole file."""
        usual = usual_states(self._states, self._category, "Backlog", "In Progress")
        begin, work = usual[Category.BACKLOG], usual[Category.ACTIVE]
        for where, record in self._issues:
            with i.checked(where, record):
                self._add(where, record, begin, work)
        hints = {begin: Hint("backlog"), work: Hint("active")} | self._hints
        roles = {begin: Category.BACKLOG, work: Category.ACTIVE}
        return self._items.result(hints, roles=roles)

    def _add(self, where: str, record: Record, begin: str, work: str) -> None:
        key = i.identity(record.get("identifier"), "identifier")
        source_key = i.identity(record.get("id", key), "id")
        updated = i.optional_moment(record.get("updatedAt"), "updatedAt")
        trail = self._trail(source_key, record, updated, begin, work)
        if trail.unsure:
            state = trail.entries[-1].status
            self._items.count(f"in {state}: the file does not say since when")
        parent = j.mapping(record.get("parent"), "parent").get("identifier")
        team = j.mapping(record.get("team"), "team")
        self._items.add(
            ItemHistory(
                source_key=source_key,
                key=key,
                title=self._items.title(where, key, record.get("title")),
                description=self._items.description(where, key, record.get("description")),
                entries=trail.entries,
                where=where,
                owner=i.person(record.get("assignee"), "assignee") or None,
                team=j.name(team.get("name") or team.get("key"), "team.name") or None,
                estimate=i.number_of(record.get("estimate")),
                due=i.optional_day(record.get("dueDate"), "dueDate"),
                labels=i.labels(record.get("labels"), "labels"),
                parent=i.identity(parent, "parent.identifier")
                if parent is not None
                else self._parents.get(key),
                links=_links(key, record),
                quality=trail.quality,
            ),
            updated or 0,
        )

    def _trail(self, key: str, record: Record, updated: int | None, begin: str, work: str) -> Trail:
        state = self._state(record.get("state"), "state")
        ended = record.get("completedAt") or record.get("canceledAt")
        dates = Dates(
            created=j.moment(record.get("createdAt"), "createdAt"),
            started=i.optional_moment(record.get("startedAt"), "startedAt"),
            ended=i.optional_moment(ended, "completedAt"),
            updated=updated,
        )
        history = record.get("history")
        if not self._logged or history is None:
            return endpoints(key, dates, state, self._category(state), begin, work)
        changes = []
        for n, row in enumerate(i.objects(history, "history")):
            if row.get("toState") is None:
                continue
            field = f"history[{n}]"
            before = row.get("fromState")
            changes.append(
                Change(
                    at=j.moment(row.get("createdAt"), f"{field}.createdAt"),
                    order=n,
                    before="" if before is None else self._state(before, f"{field}.fromState"),
                    after=self._state(row["toState"], f"{field}.toState"),
                    event=i.identity(row.get("id", f"{key}:{n}"), f"{field}.id"),
                    by=i.person(row.get("actor"), f"{field}.actor"),
                )
            )
        if changes and changes[0].at > changes[-1].at:  # newest first
            changes = [change._replace(order=-change.order) for change in changes]
        last = dates.ended if dates.ended is not None else updated
        whole = not i.is_cut(history)
        return logged(key, dates.created, changes, state, last, whole=whole)


def _links(key: str, record: Record) -> tuple[Triple, ...]:
    """The links to other issues, from either end."""
    out: dict[Triple, None] = {}
    for name, side, sign in (
        ("relations", "relatedIssue", 1),
        ("inverseRelations", "issue", -1),
    ):
        for n, row in enumerate(i.objects(record.get(name) or [], name)):
            field = f"{name}[{n}]"
            about = j.mapping(row.get(side), f"{field}.{side}")
            other = about.get("identifier")
            if other is None or other == key:
                continue
            kind = sign if row.get("type") == "blocks" else 0
            out[relation(kind, key, i.identity(other, f"{field}.{side}.identifier"))] = None
    return tuple(out)
