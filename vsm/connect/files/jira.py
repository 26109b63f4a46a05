"""Reads Jira issues with their change logs, as JSON of Cloud or Server, into item histories.

Their peculiarities: the first status is never logged, it is the ``fromString`` of the first change,
entered at ``created``. Cloud lists changes newest first and cuts the log (``changelog.total`` says
so), Server lists them oldest first. Times are ISO 8601 or epoch milliseconds. Names are in the
language of the person who exported, ids are the same for all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from vsm.connect.files import jira_fields as f
from vsm.connect.files import json_fields as j
from vsm.connect.files.file_head import Head
from vsm.connect.files.item_fields import TEXT_MAX, TITLE_MAX, cut, shown
from vsm.connect.files.jira_log import Log
from vsm.connect.files.json_fields import Malformed
from vsm.connect.files.json_records import Record, Records
from vsm.connect.files.parsed_file import ParsedFile, rename
from vsm.connect.files.source import Source
from vsm.gc_pause import without_collector
from vsm.model.errors import BadInput
from vsm.model.history import ItemHistory, Progress, Skipped
from vsm.model.sanitise import inert_line

EXPORT = (
    "export with the change log: add expand=changelog, as in"
    " /rest/api/2/search?jql=project=KEY&expand=changelog"
    " (Cloud: /rest/api/3/search/jql?jql=project=KEY&fields=*all&expand=changelog)"
)
ONE_A_LINE = "give one issue a line: jq -c '.issues[]' page*.json > issues.jsonl"


def matches(head: Head) -> bool:
    """Whether a file looks like JSON."""
    return head.begins(b"{", b"[")


def read(path: Path, *, project: str | None = None, progress: Progress | None = None) -> ParsedFile:
    """Read a file of Jira issues; ``project`` keeps those of one project key.

    Raises :class:`BadInput` with file, line and field if anything is malformed: nothing of such a
    file is used.
    """
    with Source(path, progress) as source, without_collector():
        reader = _Reader(source.name, project)
        records = Records(source, "issues", ONE_A_LINE)
        names = records.names
        for line, issue in records:
            if names is not records.names:
                names = records.names
                reader.know(names)
            reader.take(line, issue)
        return reader.finish(source.sha256(), records.mended)


class _Reader:
    """Gathers the histories of one file."""

    def __init__(self, file: str, project: str | None) -> None:
        self._file = file
        self._project = project.strip().upper() if project else None
        self._log = Log()
        self._histories: list[ItemHistory] = []
        self._skipped: list[Skipped] = []
        self._notes: list[Skipped] = []
        self._projects: Counter[str] = Counter()
        self._places: dict[str, tuple[int, int]] = {}
        self._ids: dict[str, str] = {}
        self._parents: dict[str, str] = {}
        self._unsure: dict[str, int] = {}
        self._fields = f.custom({})

    def know(self, names: dict[str, str]) -> None:
        """Use the names of custom fields on a page."""
        self._fields = f.custom(names)

    def take(self, line: int, issue: Record) -> None:
        """Add one issue, or raise :class:`BadInput` that names the line and the field."""
        try:
            key = f.key(issue.get("key"), "key")
            fields = issue.get("fields")
            if not isinstance(fields, dict):
                raise Malformed("fields", "is missing")
            if self._is_selected(key, fields):
                self._add(f"{self._file} line {line}", key, issue, fields)
        except Malformed as bad:
            label = issue.get("key")
            about = f" ({inert_line(label)})" if isinstance(label, str) and len(label) < 99 else ""
            raise BadInput(
                f"{self._file} line {line}{about}, field {bad.field}: {inert_line(bad.what)}",
                EXPORT
                if bad.field in ("changelog", "changelog.histories")
                else "nothing was imported: mend or leave out this issue",
            ) from bad
        except RecursionError as error:
            raise BadInput(
                f"{self._file} line {line}: nested too deeply", "nothing was imported"
            ) from error

    def _is_selected(self, key: str, fields: Record) -> bool:
        if self._project is None:
            return True
        about = fields.get("project")
        name = about.get("key") if isinstance(about, dict) else None
        project = name if isinstance(name, str) else key.rpartition("-")[0]
        self._projects[project] += 1
        return project.upper() == self._project

    def _add(self, where: str, key: str, issue: Record, fields: Record) -> None:
        source_key = _source_key(issue.get("id"), key)
        other = self._ids.setdefault(key, source_key)
        if other != source_key:
            raise Malformed(
                "id", f"{key} is here with the id {source_key}, and with {other} before"
            )
        updated_at = fields.get("updated")
        updated = j.moment(updated_at, "fields.updated") if updated_at is not None else 0
        earlier = self._places.get(source_key)
        if earlier is None:
            self._places[source_key] = (len(self._histories), updated)
            self._histories.append(self._history(where, source_key, key, issue, fields))
            return
        index, stamp = earlier
        older = where
        if updated >= stamp:
            older = self._histories[index].where
            self._unsure.pop(source_key, None)
            self._places[source_key] = (index, updated)
            self._histories[index] = self._history(where, source_key, key, issue, fields)
        self._skipped.append(
            Skipped(older, f"{key} is in the file more than once: the newest one counts")
        )

    def _history(
        self, where: str, source_key: str, key: str, issue: Record, fields: Record
    ) -> ItemHistory:
        logged = self._log.read(source_key, issue, fields)
        if logged.unsure is not None:
            self._unsure[source_key] = logged.unsure
        self._notes += [Skipped(where, f"{key}: {note}") for note in logged.notes]
        for n, child in enumerate(j.items(fields.get("subtasks"), "fields.subtasks")):
            field = f"fields.subtasks[{n}]"
            self._parents[f.key(j.mapping(child, field).get("key"), f"{field}.key")] = key
        names = issue.get("names")
        own = f.custom(names) if isinstance(names, dict) else self._fields
        kind = j.mapping(fields.get("issuetype"), "fields.issuetype").get("name")
        title = j.text(fields.get("summary"), "fields.summary")
        description = f.description(fields.get("description"), "fields.description")
        return ItemHistory(
            source_key=source_key,
            key=key,
            title=self._cut(where, key, "summary", title, TITLE_MAX) or key,
            entries=logged.entries,
            where=where,
            description=self._cut(where, key, "description", description, TEXT_MAX),
            type=j.name(kind, "fields.issuetype.name") or "feature",
            owner=self._log.person(fields.get("assignee"), "fields.assignee") or None,
            estimate=f.estimate(fields, own[0]),
            due=j.day(fields.get("duedate"), "fields.duedate"),
            labels=_labels(fields.get("labels")),
            parent=f.parent(fields, own[1]),
            links=self._links(where, key, fields.get("issuelinks")),
            quality=logged.quality,
        )

    def _cut(self, where: str, key: str, field: str, text: str, most: int) -> str:
        if len(text) <= most:
            return text
        self._notes.append(
            Skipped(where, f"{key}: the {field} has {len(text):,} characters, cut to {most:,}")
        )
        return cut(text, most)

    def _links(self, where: str, key: str, values: Any) -> tuple[f.Triple, ...]:
        if not values:
            return ()
        out: dict[f.Triple, None] = {}
        for n, link in enumerate(j.items(values, "fields.issuelinks")):
            field = f"fields.issuelinks[{n}]"
            link = j.mapping(link, field)
            kind = j.mapping(link.get("type"), f"{field}.type")
            outward = link.get("outwardIssue") is not None
            side = "outwardIssue" if outward else "inwardIssue"
            linked_key = j.mapping(link.get(side), f"{field}.{side}").get("key")
            other = f.key(linked_key, f"{field}.{side}.key")
            if other == key:
                self._skipped.append(Skipped(where, f"{key} has a link to itself"))
                continue
            ends = (key, other) if outward else (other, key)
            out[f.relation(f.direction(kind), *ends)] = None
        return tuple(out)

    # -- the whole file --------------------------------------------------------------

    def finish(self, sha256: str, mended: int) -> ParsedFile:
        """Make the result for the whole file; raises :class:`BadInput` if it is empty."""
        if not self._histories:
            raise self._nothing()
        for source_key, resolved in self._unsure.items():
            index = self._places[source_key][0]
            old = self._histories[index]
            self._histories[index] = replace(old, entries=self._log.mended(old.entries, resolved))
        renamed = self._log.statuses.renamed()
        if renamed:
            self._histories = [rename(h, renamed) for h in self._histories]
        for n, history in enumerate(self._histories):
            if history.parent is None and history.key in self._parents:
                self._histories[n] = replace(history, parent=self._parents[history.key])
        if mended:
            self._notes.append(
                Skipped(self._file, f"{mended} texts had NUL or broken characters, shown as \ufffd")
            )
        renamed_from: dict[str, tuple[str, ...]] = {}
        for old_name, new_name in renamed.items():
            renamed_from[new_name] = (*renamed_from.get(new_name, ()), old_name)
        return ParsedFile(
            file=self._file,
            sha256=sha256,
            histories=self._histories,
            hints=self._log.statuses.hints(renamed),
            renamed_from=renamed_from,
            skipped=tuple(self._skipped),
            notes=tuple(self._notes),
        )

    def _nothing(self) -> BadInput:
        if self._project is None or not self._projects:
            return BadInput(
                f"{self._file} has no issues in it", "look at the query it was made with"
            )
        there = ", ".join(
            f"{inert_line(p)} ({count:,})" for p, count in self._projects.most_common(10)
        )
        more = len(self._projects) - 10
        return BadInput(
            f"{self._file} has no issue of the project {inert_line(self._project)}",
            f"it has {there}" + (f" and {more} more" if more > 0 else ""),
        )


def _source_key(value: Any, key: str) -> str:
    if value is None or value == "":
        return key
    if type(value) is str and len(value) <= 64:
        return value
    if type(value) is int and abs(value) < 1 << 63:
        return str(value)
    raise Malformed("id", f"{shown(value)} is no issue id")


def _labels(values: Any) -> tuple[str, ...]:
    if not values:
        return ()
    names = [j.name(v, "fields.labels") for v in j.items(values, "fields.labels")]
    return tuple(n for n in dict.fromkeys(names) if n)
