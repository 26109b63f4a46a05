"""Reads Jira issues with their change logs, as JSON of Cloud or Server, into item histories.

One import may have several files: pages of a search, and change logs on their own.

Their peculiarities: the first status is never logged, it is the ``fromString`` of the first change,
entered at ``created``. Cloud lists changes newest first and cuts the log (``changelog.total`` says
so), Server lists them oldest first. Times are ISO 8601 or epoch milliseconds. Names are in the
language of the person who exported, ids are the same for all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vsm.connect.files import jira_fields as f
from vsm.connect.files import json_fields as j
from vsm.connect.files.columns import listed
from vsm.connect.files.file_head import Head
from vsm.connect.files.item_fields import TEXT_MAX, TITLE_MAX, cut, shown
from vsm.connect.files.jira_changelogs import (
    Changes,
    OwnLog,
    changes_of,
    own_logs,
    owner_by_file,
    whole_changes,
)
from vsm.connect.files.jira_endings import undelivered
from vsm.connect.files.jira_flags import FlagReader
from vsm.connect.files.jira_log import Log
from vsm.connect.files.jira_pages import missing_pages
from vsm.connect.files.jira_sprints import SprintReader, is_sprint
from vsm.connect.files.jira_statuses import name_of
from vsm.connect.files.json_fields import Malformed
from vsm.connect.files.json_records import Page, Record, Records
from vsm.connect.files.parsed_file import ParsedFile, rename
from vsm.connect.files.registry import READABLE
from vsm.connect.files.several_files import hash_of_files, name_of_files
from vsm.connect.files.source import Source
from vsm.gc_pause import without_collector
from vsm.model.errors import BadInput
from vsm.model.history import ItemHistory, Progress, Skipped
from vsm.model.item import Quality
from vsm.model.sanitise import inert_line

EXPORT = (
    "export with the change log: add expand=changelog, as in"
    " /rest/api/2/search?jql=project=KEY&expand=changelog"
    " (Cloud: /rest/api/3/search/jql?jql=project=KEY&fields=*all&expand=changelog)"
)
ONE_A_LINE = "give one issue a line: jq -c '.issues[]' page*.json > issues.jsonl"


_KEY = re.compile(rb'"key"\s*:\s*"[A-Za-z][A-Za-z0-9_.]*-[0-9]+"')
_ISSUE = re.compile(rb'"(?:changelog|fields)"\s*:\s*\{')
_LOG = re.compile(rb'"(?:fromString|toString|issueChangeLogs)"\s*:')
_EMPTY = re.compile(rb'\[\s*\]\s*|.*"issues"\s*:\s*\[\s*\]', re.DOTALL)


def matches(head: Head) -> bool:
    """Whether a file has issues with fields or change logs, change logs on their own, or none."""
    if not head.begins(b"{", b"["):
        return False
    data = head.data
    if _KEY.search(data) and _ISSUE.search(data):
        return True
    return bool(_LOG.search(data) or _EMPTY.match(data))


def read(
    path: Path,
    *,
    project: str | None = None,
    not_delivered: str | None = None,
    progress: Progress | None = None,
) -> ParsedFile:
    """Read a file of Jira issues; ``project`` keeps those of one project key.

    ``not_delivered`` are the resolutions that mean so, separated by commas. Raises
    :class:`BadInput` with file, line and field if anything is malformed: nothing of such a file is
    used.
    """
    return read_all((path,), project=project, not_delivered=not_delivered, progress=progress)


def read_all(
    paths: Sequence[Path],
    *,
    project: str | None = None,
    not_delivered: str | None = None,
    progress: Progress | None = None,
) -> ParsedFile:
    """Read the files of one import, as :func:`read` does one."""
    with without_collector():
        reader = _Reader(project, not_delivered)
        for path in paths:
            with Source(path, progress) as source:
                reader.begin(source.name)
                records = Records(source, "issues", ONE_A_LINE)
                names = records.names
                for line, issue in records:
                    if names is not records.names:
                        names = records.names
                        reader.know(names)
                    reader.take(line, issue)
                reader.end(source.sha256(), records.pages, records.mended)
        return reader.finish()


class _Reader:
    """Gathers the histories of one import."""

    def __init__(self, project: str | None = None, not_delivered: str | None = None) -> None:
        self._file = ""
        self._files: list[tuple[str, str]] = []
        self._pages: list[tuple[str, Page]] = []
        self._mended = 0
        self._project = project.strip().upper() if project else None
        self._not_delivered = not_delivered
        self._log = Log()
        self._flags = FlagReader()
        self._sprints = SprintReader()
        self._histories: list[ItemHistory] = []
        self._waiting: dict[str, tuple[int, str, str, Record, Record]] = {}
        self._own_logs: dict[str, OwnLog] = {}
        self._resolutions: dict[str, str] = {}
        self._skipped: list[Skipped] = []
        self._notes: list[Skipped] = []
        self._projects: Counter[str] = Counter()
        self._places: dict[str, tuple[int, int]] = {}
        self._ids: dict[str, str] = {}
        self._parents: dict[str, str] = {}
        self._unsure: dict[str, int] = {}
        self._fields = f.custom({})

    def begin(self, file: str) -> None:
        """Go on with another file."""
        self._file = file
        self._fields = f.custom({})

    def end(self, sha256: str, pages: Sequence[Page], mended: int) -> None:
        """Note what is known of a file once it is read."""
        self._files.append((self._file, sha256))
        self._pages += [(self._file, page) for page in pages]
        if mended:
            self._notes.append(
                Skipped(self._file, f"{mended} texts had NUL or broken characters, shown as \ufffd")
            )

    def know(self, names: dict[str, str]) -> None:
        """Use the names of custom fields on a page."""
        self._fields = f.custom(names)
        self._flags.know(names)

    def take(self, line: int, issue: Record) -> None:
        """Add one issue or change log; raises :class:`BadInput` that names line and field."""
        where = f"{self._file} line {line}"
        if "fields" not in issue and not is_sprint(issue) and self._take_log(where, issue):
            return
        try:
            if is_sprint(issue):
                self._sprints.take(issue)
                return
            key = f.key(issue.get("key"), "key")
            fields = issue.get("fields")
            if not isinstance(fields, dict):
                raise Malformed("fields", "is missing")
            if self._is_selected(key, fields):
                self._add(where, key, issue, fields)
        except (Malformed, RecursionError) as error:
            raise _refusal(where, issue, error) from error

    def _take_log(self, where: str, record: Record) -> bool:
        """Add a record that is a change log; raises :class:`BadInput` if it is nothing known."""
        logs = own_logs(record)
        if logs is not None:
            for owner, page, logged in logs:
                owner = owner or owner_by_file(self._file)
                self._own_logs.setdefault(owner, OwnLog(where)).add(page, logged)
            return True
        if record and "changelog" not in record:
            raise BadInput(
                f"{where} is no Jira issue: it has {cut(inert_line(listed(list(record))), 200)}",
                f"vsm imports {READABLE}",
            )
        return False

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
            index = len(self._histories)
            self._places[source_key] = (index, updated)
            self._histories.append(self._read(index, where, source_key, key, issue, fields))
            return
        index, stamp = earlier
        older = where
        if updated >= stamp:
            older = self._histories[index].where
            for known in (self._unsure, self._waiting, self._resolutions):
                known.pop(source_key, None)
            self._places[source_key] = (index, updated)
            self._histories[index] = self._read(index, where, source_key, key, issue, fields)
        self._skipped.append(
            Skipped(older, f"{key} is there more than once: the newest one counts")
        )

    def _read(
        self, index: int, where: str, source_key: str, key: str, issue: Record, fields: Record
    ) -> ItemHistory:
        """The history of an issue; an empty one if it waits for more of its change log."""
        changes = whole_changes(issue.get("changelog"))
        if changes is not None:
            return self._history(where, source_key, key, issue, fields, changes)
        self._waiting[source_key] = (index, where, key, issue, fields)
        return ItemHistory(source_key, key, key, (), where)

    def _history(
        self,
        where: str,
        source_key: str,
        key: str,
        issue: Record,
        fields: Record,
        changes: Changes | None = None,
    ) -> ItemHistory:
        names = issue.get("names")
        if isinstance(names, dict):
            self._flags.know(names)
        logged = self._log.read(source_key, issue, fields, changes)
        if logged.unsure is not None:
            self._unsure[source_key] = logged.unsure
        resolution = fields.get("resolution")
        if isinstance(resolution, dict) and isinstance(resolution.get("name"), str):
            self._resolutions[source_key] = resolution["name"]
        flags = self._flags.read(
            issue,
            logged.entries[0].at,
            logged.entries[-1].at,
            full=logged.quality is Quality.FULL,
        )
        if flags.notes or logged.notes:
            notes = (*flags.notes, *logged.notes)
            self._notes += [Skipped(where, f"{key}: {note}") for note in notes]
        subtasks = fields.get("subtasks")
        for n, child in enumerate(j.items(subtasks, "fields.subtasks") if subtasks else ()):
            field = f"fields.subtasks[{n}]"
            self._parents[f.key(j.mapping(child, field).get("key"), f"{field}.key")] = key
        own = f.custom(names) if isinstance(names, dict) else self._fields
        kind = j.mapping(fields.get("issuetype"), "fields.issuetype").get("name")
        title = j.text(fields.get("summary"), "fields.summary")
        description = fields.get("description")
        description = f.description(description, "fields.description") if description else ""
        made = logged.entries[0].at
        log = (changes or changes_of(issue.get("changelog"))).histories
        sprints, estimates = self._sprints.read(fields, log, made)
        return ItemHistory(
            source_key=source_key,
            key=key,
            title=self._cut(where, key, "summary", title, TITLE_MAX) or key,
            entries=logged.entries,
            where=where,
            description=description and self._cut(where, key, "description", description, TEXT_MAX),
            type=j.name(kind, "fields.issuetype.name") or "feature",
            owner=self._log.person(fields.get("assignee"), "fields.assignee") or None,
            estimate=f.estimate(fields, own[0]),
            due=j.day(fields.get("duedate"), "fields.duedate"),
            labels=_labels(fields.get("labels")),
            parent=f.parent(fields, own[1]),
            links=self._links(where, key, fields.get("issuelinks")),
            quality=logged.quality,
            blocks=flags.blocks,
            sprints=sprints,
            estimates=estimates,
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

    def finish(self) -> ParsedFile:
        """Make the result for all files; raises :class:`BadInput` if there is no issue."""
        if not self._histories:
            raise self._nothing()
        self._read_waiting()
        for source_key, resolved in self._unsure.items():
            index = self._places[source_key][0]
            old = self._histories[index]
            self._histories[index] = replace(old, entries=self._log.mended(old.entries, resolved))
        statuses = self._log.statuses
        renamed = statuses.renamed()
        final = statuses.final_names(renamed, self._projects_of(statuses.shared(renamed)))
        if final:
            self._histories = [rename(h, final) for h in self._histories]
        for n, history in enumerate(self._histories):
            if history.parent is None and history.key in self._parents:
                self._histories[n] = replace(history, parent=self._parents[history.key])
        renamed_from: dict[str, tuple[str, ...]] = {}
        for old_label, label in renamed.items():
            status = final.get(label, label)
            renamed_from[status] = (*renamed_from.get(status, ()), name_of(old_label))
        hints = statuses.hints(final)
        stays = (stay for history in self._histories for stay in history.sprints)
        sprints, unknown = self._sprints.finish(stays)
        return ParsedFile(
            file=name_of_files([name for name, _ in self._files]),
            sha256=hash_of_files([digest for _, digest in self._files]),
            histories=self._histories,
            hints=hints,
            renamed_from=renamed_from,
            skipped=tuple(self._skipped),
            notes=(*self._notes, *unknown),
            sprints=tuple(sprints),
            ids=statuses.ids(final),
            files=tuple(name for name, _ in self._files),
            warnings=tuple(missing_pages(self._pages)),
            undelivered=undelivered(self._histories, self._resolutions, hints, self._not_delivered),
        )

    def _read_waiting(self) -> None:
        """Read the issues that were kept, each with its own change log if that was found."""
        own = dict(self._own_logs)
        for source_key, (index, where, key, issue, fields) in self._waiting.items():
            try:
                for log in [own.pop(name) for name in {source_key, key} & own.keys()]:
                    issue = issue | {"changelog": log.merged(issue.get("changelog"))}
                self._histories[index] = self._history(where, source_key, key, issue, fields)
            except (Malformed, RecursionError) as error:
                raise _refusal(where, issue, error) from error
        known = self._places.keys() | self._ids.keys()
        for owner, log in own.items():
            if owner not in known:
                named = f"of {inert_line(owner)}" if owner else "without the key of its issue"
                self._skipped.append(
                    Skipped(log.where, f"a change log {named}: the issue is not in these files")
                )

    def _projects_of(self, labels: Mapping[str, object]) -> dict[str, set[str]]:
        """The projects whose issues were in each of these statuses."""
        out: dict[str, set[str]] = {label: set() for label in labels}
        if out:
            for history in self._histories:
                for entry in history.entries:
                    if entry.status in out:
                        out[entry.status].add(history.key.rpartition("-")[0])
        return out

    def _nothing(self) -> BadInput:
        if self._own_logs:
            return BadInput(
                f"{self._file} has change logs without their issues",
                "import them together: vsm import jira issues.json changelogs.json",
            )
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


def _refusal(where: str, issue: Record, error: Malformed | RecursionError) -> BadInput:
    """The refusal of a malformed field, with its line and issue."""
    if not isinstance(error, Malformed):
        return BadInput(f"{where}: nested too deeply", "nothing was imported")
    label = issue.get("key")
    about = f" ({inert_line(label)})" if isinstance(label, str) and len(label) < 99 else ""
    return BadInput(
        f"{where}{about}, field {error.field}: {inert_line(error.what)}",
        EXPORT
        if error.field in ("changelog", "changelog.histories")
        else "nothing was imported: mend or leave out this issue",
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
