"""Reads work items of Azure DevOps as JSON: with updates or revisions, else their dates.

An update has the old and the new value of each field that changed; ``revisedDate`` is the time of
the *next* one, so the time is the new value of ``System.ChangedDate``. A revision has all fields.
"""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from vsm.connect.files import json_fields as j
from vsm.connect.files import json_items as i
from vsm.connect.files.file_head import Head
from vsm.connect.files.infer_mapping import guess_category
from vsm.connect.files.item_fields import LABELS_MAX
from vsm.connect.files.jira_fields import Triple, relation
from vsm.connect.files.json_fields import Malformed
from vsm.connect.files.json_items import JsonItems
from vsm.connect.files.json_records import Record
from vsm.connect.files.parsed_file import Hint, ParsedFile
from vsm.connect.files.resolutions import STAGE, not_delivered
from vsm.connect.files.state_changes import Change, Dates, Trail, endpoints, logged, usual_states
from vsm.model.history import ItemHistory, Progress
from vsm.model.stream import Category

_LOOK = re.compile(rb'"System\.(?:Id|State|ChangedDate|WorkItemType|Title|Rev|CreatedDate)"\s*:')
_ADDRESS = re.compile(r"/workItems/(\d+)", re.IGNORECASE)
_MAIL = re.compile(r"\s*<[^<>]*>")
_TAGS = re.compile(r"<(?:br|/p|/div|/li)[^>]*>", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>")
_UNDELIVERED = ("cut", "deferred", "as designed", "overtaken by events")
"""Reasons of closing that mean not delivered, beside those of every tracker."""
_REMOVED = "removed"
_DATES = {
    "started": "Microsoft.VSTS.Common.ActivatedDate",
    "ended": "Microsoft.VSTS.Common.ClosedDate",
    "changed": "Microsoft.VSTS.Common.StateChangeDate",
    "updated": "System.ChangedDate",
}
_POINTS = ("StoryPoints", "Effort", "Size")
_DUE = ("DueDate", "TargetDate")
_LINKS = {
    "System.LinkTypes.Dependency-Forward": 1,
    "System.LinkTypes.Dependency-Reverse": -1,
    "System.LinkTypes.Related": 0,
}
_PARENT = "System.LinkTypes.Hierarchy-Reverse"


class _Step(NamedTuple):
    """One revision of a work item: when, its number, its fields, by whom."""

    at: int
    rev: int
    fields: Mapping[str, Any]
    by: str


class _WorkItem:
    """All that a file has of one work item."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.item: Record = {}
        self.rev = -1
        self.updates: dict[int, tuple[str, Record]] = {}
        self.revisions: dict[int, Record] = {}


def matches(head: Head) -> bool:
    """Whether a file looks like work items of Azure DevOps."""
    return head.begins(b"{", b"[") and _LOOK.search(head.data) is not None


def read(path: Path, *, zone: str, progress: Progress | None = None) -> ParsedFile:
    """Read a file of work items; ``zone`` is not needed, as all times name theirs.

    Raises :class:`BadInput` with file, line and field if anything is malformed: nothing of such a
    file is used.
    """
    return i.read_items(path, ("value", "workItems"), _Reader, progress)


class _Reader:
    """Gathers work items, their updates and revisions, which may stand in any records."""

    def __init__(self, items: JsonItems) -> None:
        self._items = items
        self._work: defaultdict[str, _WorkItem] = defaultdict(lambda: _WorkItem(""))
        self._hints: dict[str, Hint] = {}
        self._latest = ""

    def take(self, where: str, record: Record) -> None:
        """Keep a work item, a revision or an update."""
        fields = j.mapping(record.get("fields"), "fields")
        is_update = "workItemId" in record or any(
            isinstance(value, dict) and {"newValue", "oldValue"} & value.keys()
            for value in fields.values()
        )
        if is_update or (not fields and "rev" in record and "id" in record):
            self._update(where, record, fields, "")
            return
        if not fields:
            raise Malformed("fields", "is missing")
        known = i.identity(record.get("id", fields.get("System.Id")), "id")
        work = self._of(known, where)
        self._revision(work, record, fields, "")
        for n, update in enumerate(i.objects(record.get("updates") or [], "updates")):
            field = f"updates[{n}]."
            inner = j.mapping(update.get("fields"), f"{field}fields")
            self._update(where, {"workItemId": known} | update, inner, field)
        for n, revision in enumerate(i.objects(record.get("revisions") or [], "revisions")):
            field = f"revisions[{n}]."
            inner = j.mapping(revision.get("fields"), f"{field}fields")
            self._revision(work, revision, inner, field)

    def _of(self, known: str, where: str) -> _WorkItem:
        work = self._work[known]
        work.where = work.where or where
        self._latest = known
        return work

    def _revision(self, work: _WorkItem, record: Record, fields: Record, field: str) -> None:
        rev = _number(record.get("rev", fields.get("System.Rev", 0)), f"{field}rev")
        work.revisions[rev] = record
        if rev >= work.rev:
            work.item, work.rev = record, rev

    def _update(self, where: str, record: Record, fields: Record, field: str) -> None:
        address = record.get("url")
        match = _ADDRESS.search(address) if isinstance(address, str) else None
        known = record.get("workItemId") or _new(fields, "System.Id") or (match and match[1])
        known = known or self._latest  # updates of one item stand together
        work = self._of(i.identity(known, f"{field}workItemId"), where)
        rev = _number(record.get("rev", record.get("id")), f"{field}rev")
        before = work.updates.get(rev)
        merged = fields if before is None else {**before[1]["fields"], **fields}
        work.updates[rev] = (field, record | {"fields": merged})

    # -- the whole file --------------------------------------------------------------------

    def result(self) -> ParsedFile:
        """Make the result for the whole file."""
        steps: dict[str, list[_Step]] = {}
        for known, work in self._work.items():
            with i.checked(work.where, {"id": known}):
                steps[known] = _steps(work)
        states = Counter(
            state
            for rows in steps.values()
            for row in rows[-1:]
            if (state := _text(row.fields, "System.State"))
        )
        self._learn({_text(row.fields, "System.State") for rows in steps.values() for row in rows})
        usual = usual_states(states, self._category, "New", "Active")
        for known, work in self._work.items():
            with i.checked(work.where, {"id": known}):
                self._items.add(self._history(known, work, steps[known], usual))
        roles = {usual[Category.BACKLOG]: Category.BACKLOG, usual[Category.ACTIVE]: Category.ACTIVE}
        return self._items.result(self._hints, roles=roles)

    def _learn(self, states: Iterable[str]) -> None:
        """Hints on states: where work is closed, resolved work waits for that."""
        names = {state.casefold(): state for state in states}
        if _REMOVED in names:
            self._hints[names[_REMOVED]] = Hint("dropped")
        if "resolved" in names and {"closed", "done"} & names.keys():
            self._hints[names["resolved"]] = Hint("queue")

    def _category(self, state: str) -> Category:
        return guess_category(state, self._hints.get(state, Hint()), False)

    def _status(self, fields: Mapping[str, Any], *, columns: bool) -> str:
        """The stage of a work item: its column on the board, else its state."""
        state = _text(fields, "System.State")
        if not state:
            raise Malformed("fields.System.State", "is missing")
        if state.casefold() == _REMOVED:
            return state
        reason = _text(fields, "System.Reason")
        if self._category(state) is Category.DONE and (
            not_delivered(reason) or reason.casefold() in _UNDELIVERED
        ):
            return STAGE
        column = _text(fields, "System.BoardColumn") if columns else ""
        if column and fields.get("System.BoardColumnDone") is True:
            column = f"{column} done"
            self._hints[column] = Hint("queue")
        return column or state

    def _history(
        self, known: str, work: _WorkItem, steps: list[_Step], usual: Mapping[Category, str]
    ) -> ItemHistory:
        if not steps:
            raise Malformed("fields", "no revision has a state")
        fields = j.mapping(work.item.get("fields"), "fields") or steps[-1].fields
        trail = self._trail(known, steps, fields, usual)
        points = (fields.get(f"Microsoft.VSTS.Scheduling.{name}") for name in _POINTS)
        due = (fields.get(f"Microsoft.VSTS.Scheduling.{name}") for name in _DUE)
        parent, links = _relations(known, work.item, fields)
        return ItemHistory(
            source_key=known,
            key=known,
            title=self._items.title(work.where, known, fields.get("System.Title")),
            description=self._items.description(
                work.where, known, _plain(fields.get("System.Description"))
            ),
            entries=trail.entries,
            where=work.where,
            type=_text(fields, "System.WorkItemType") or "feature",
            owner=_person(fields.get("System.AssignedTo"), "fields.System.AssignedTo") or None,
            estimate=next((p for v in points if (p := i.number_of(v)) is not None), None),
            due=i.optional_day(next((d for d in due if d), None), "fields.DueDate"),
            labels=_labels(fields),
            parent=parent,
            links=links,
            quality=trail.quality,
        )

    def _trail(
        self,
        known: str,
        steps: list[_Step],
        fields: Mapping[str, Any],
        usual: Mapping[Category, str],
    ) -> Trail:
        created = i.optional_moment(fields.get("System.CreatedDate"), "fields.System.CreatedDate")
        if created is None:
            created = steps[0].at
        updated = i.optional_moment(fields.get("System.ChangedDate"), "fields.System.ChangedDate")
        if len(steps) == 1 and steps[0].rev != 1:
            return self._by_dates(known, created, fields, usual)
        columns = any(step.fields.get("System.BoardColumn") for step in steps)
        changes: list[Change] = []
        status = ""
        for step in steps:
            after = self._status(step.fields, columns=columns)
            if after != status:
                event = f"{known}:{step.rev}"
                changes.append(Change(step.at, step.rev, status, after, event, step.by))
                status = after
        whole = steps[0].rev == 1
        if not whole:
            first = _text(steps[0].fields, "old state") or changes[0].after
            changes[0] = changes[0]._replace(before=first)
        current = self._status({**steps[-1].fields, **fields}, columns=columns)
        return logged(known, created, changes, current, updated, whole=whole)

    def _by_dates(
        self, known: str, created: int, fields: Mapping[str, Any], usual: Mapping[Category, str]
    ) -> Trail:
        """The entries of a work item without updates."""
        dates = Dates(
            created,
            **{
                name: i.optional_moment(fields.get(field), f"fields.{field}")
                for name, field in _DATES.items()
            },
        )
        state = self._status(fields, columns=False)
        category = Category.DROPPED if state == STAGE else self._category(state)
        trail = endpoints(
            known, dates, state, category, usual[Category.BACKLOG], usual[Category.ACTIVE]
        )
        if trail.unsure:
            self._items.count(f"in {state}: the file does not say since when")
        return trail


def _steps(work: _WorkItem) -> list[_Step]:
    """The revisions of a work item in their order, with all fields that are known at each."""
    out: list[_Step] = []
    fields: dict[str, Any] = {}
    before: int | None = None
    for rev, (field, record) in sorted(work.updates.items()):
        changed = record["fields"]
        old = changed.get("System.State") or {}
        if not out and isinstance(old, dict) and old.get("oldValue"):
            fields["old state"] = old["oldValue"]
        fields = fields | {name: _new(changed, name) for name in changed}
        stamp = next((s for n in _TIMES if (s := _new(changed, n))), None)
        at = i.optional_moment(stamp, f"{field}fields.System.ChangedDate")
        if at is None:
            at = before
        revised = record.get("revisedDate")
        if isinstance(revised, str) and not revised.startswith("9999"):
            before = i.optional_moment(revised, f"{field}revisedDate")
        if not _text(fields, "System.State"):
            continue
        if at is None:
            raise Malformed(f"{field}fields.System.ChangedDate", "is missing")
        out.append(_Step(at, rev, fields, _person(record.get("revisedBy"), f"{field}revisedBy")))
    if out:
        return out
    for rev, record in sorted(work.revisions.items()):
        fields = j.mapping(record.get("fields"), "fields")
        _text(fields, "System.State")
        stamp = fields.get("System.ChangedDate") or fields.get("System.CreatedDate")
        at = j.moment(stamp, "fields.System.ChangedDate")
        out.append(_Step(at, rev, fields, _person(fields.get("System.ChangedBy"), "ChangedBy")))
    return out


_TIMES = ("System.ChangedDate", "Microsoft.VSTS.Common.StateChangeDate", "System.CreatedDate")


def _new(fields: Mapping[str, Any], name: str) -> Any:
    """The new value of a field in an update."""
    change = fields.get(name)
    return change.get("newValue") if isinstance(change, dict) else None


def _number(value: Any, field: str) -> int:
    if type(value) is int and 0 <= value < 1 << 31:
        return value
    raise Malformed(field, "should be the number of a revision")


def _text(fields: Mapping[str, Any], name: str) -> str:
    return j.name(fields.get(name), f"fields.{name}")


def _person(value: Any, field: str) -> str:
    return _MAIL.sub("", i.person(value, field)).strip()


def _plain(value: Any) -> str:
    """The text of a description, which is HTML."""
    text = _TAGS.sub("\n", j.text(value, "fields.System.Description"))
    return html.unescape(_MARKUP.sub("", text)).replace("\x00", "\ufffd")


def _labels(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The tags, and the last part of the iteration."""
    tags = j.text(fields.get("System.Tags"), "fields.System.Tags").split(";")
    path = j.text(fields.get("System.IterationPath"), "fields.System.IterationPath").split("\\")
    names = [j.name(tag, "fields.System.Tags") for tag in (*tags, *path[1:][-1:])]
    return tuple(dict.fromkeys(name for name in names if name))[:LABELS_MAX]


def _relations(
    known: str, item: Record, fields: Mapping[str, Any]
) -> tuple[str | None, tuple[Triple, ...]]:
    """The parent of a work item and its links."""
    parent = fields.get("System.Parent")
    key = i.identity(parent, "fields.System.Parent") if parent else None
    links: dict[Triple, None] = {}
    for n, row in enumerate(j.items(item.get("relations"), "relations")):
        link = j.mapping(row, f"relations[{n}]")
        match = _ADDRESS.search(j.text(link.get("url"), f"relations[{n}].url"))
        kind = j.text(link.get("rel"), f"relations[{n}].rel")
        if match is None or match[1] == known:
            continue
        if kind == _PARENT:
            key = key or match[1]
        elif kind in _LINKS:
            links[relation(_LINKS[kind], known, match[1])] = None
    return key, tuple(links)
