"""Reads change logs as Jira gives them, within an issue or on their own, and says if they are cut.

A search gives ``histories`` within each issue, at most 40 or 100 of them. The endpoint of one
issue's change log gives ``values`` in pages, that of many issues ``issueChangeLogs``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vsm.connect.files.item_fields import shown
from vsm.connect.files.json_fields import Malformed, items, mapping
from vsm.model.sanitise import inert_line

CAPS = (40, 100)
"""Lengths at which Jira cuts the change logs of a search."""
_ADDRESS = re.compile(r"/issue/([^/?#]+)/changelog")
_LISTS = ("values", "histories", "changeHistories")
_OWNERS = ("issueId", "issue_id", "issueKey", "key")

Record = dict[str, Any]


class Changes(NamedTuple):
    """The histories of a change log, whether it is cut, and why that is said if it is a guess."""

    histories: list[Any]
    cut: bool
    note: str = ""


def changes_of(changelog: Any) -> Changes:
    """The histories of the log within an issue; raises :class:`Malformed`."""
    if changelog is None:
        raise Malformed("changelog", "is missing")
    changelog = mapping(changelog, "changelog")
    logged = changelog.get("histories")
    if logged is None:
        logged = changelog.get("values")
    if not isinstance(logged, list):
        raise Malformed("changelog.histories", "is missing")
    total = changelog.get("total")
    if total is not None and (not isinstance(total, int) or isinstance(total, bool)):
        raise Malformed("changelog.total", f"{shown(total)} should be a number")
    count = len(logged)
    try:
        unique = len({history["id"] for history in logged})
    except (KeyError, TypeError):
        unique = count - _doubled(logged)
    if unique == count == total:
        return Changes(logged, False)
    if unique < count and unique != total:
        return Changes(
            logged, True, f"the log has {count - unique:,} of {count:,} entries twice, others may"
            " be missing: counted as truncated"
        )  # fmt: skip
    if total is not None:
        return Changes(logged, total > count)
    if changelog.get("isLast") is False:
        return Changes(logged, True)
    if count in CAPS and changelog.get("isLast") is not True:
        return Changes(
            logged, True, f"the log has {count} entries, at which Jira cuts logs, and does not"
            " say how many there are: counted as truncated"
        )  # fmt: skip
    return Changes(logged, False)


def whole_changes(changelog: Any) -> Changes | None:
    """The histories of a log that is whole; ``None`` for one that another may complete."""
    try:
        changes = changes_of(changelog)
    except Malformed:
        return None
    return None if changes.cut else changes


def _doubled(histories: Iterable[Any]) -> int:
    """How many histories have the id of an earlier one."""
    seen: set[str] = set()
    doubled = 0
    for history in histories:
        event_id = history.get("id") if isinstance(history, dict) else None
        if isinstance(event_id, (str, int)) and event_id != "":
            doubled += str(event_id) in seen
            seen.add(str(event_id))
    return doubled


@dataclass(slots=True)
class OwnLog:
    """The change log of one issue that stands beside the issues, of one or more pages."""

    where: str
    histories: list[Any] = field(default_factory=list)
    total: int | None = None
    is_last: bool | None = None

    def add(self, page: Record, logged: list[Any]) -> None:
        """Add one page."""
        self.histories += logged
        total = page.get("total")
        if type(total) is int:
            self.total = max(total, self.total or 0)
        if type(page.get("isLast")) is bool:
            self.is_last = page["isLast"] or bool(self.is_last)

    def merged(self, changelog: Any) -> Record:
        """The change log of an issue together with this one."""
        within = mapping(changelog, "changelog")
        logged = within.get("histories", within.get("values"))
        logged = logged if isinstance(logged, list) else []
        histories: list[Any] = []
        seen: set[Any] = set()
        for history in (*logged, *self.histories):
            event_id = history.get("id") if isinstance(history, dict) else None
            if isinstance(event_id, (str, int)) and event_id != "":
                if str(event_id) in seen:
                    continue
                seen.add(str(event_id))
            histories.append(history)
        totals = [t for t in (within.get("total"), self.total) if type(t) is int]
        whole: Record = {"histories": histories}
        if totals:
            whole["total"] = max(totals)
        whole["isLast"] = within.get("isLast") is True or self.is_last is not False
        return whole


def own_logs(record: Record) -> list[tuple[str, Record, list[Any]]] | None:
    """The change logs of a record that is no issue: the issue of each, the page and its histories.

    ``None`` if the record is an issue, or nothing that is known. The issue is empty if the record
    does not name it.
    """
    if "fields" in record:
        return None
    many = record.get("issueChangeLogs")
    if isinstance(many, list):
        return [log for one in many for log in own_logs(mapping(one, "issueChangeLogs")) or ()]
    for name in _LISTS:
        logged = record.get(name)
        if isinstance(logged, list) and all(_is_history(history) for history in logged):
            return [(_owner(record), record, items(logged, name))]
    return None


def _is_history(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("items"), list) and "created" in value


def _owner(record: Record) -> str:
    for name in _OWNERS:
        value = record.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            return str(value)
    address = record.get("self")
    match = _ADDRESS.search(address) if isinstance(address, str) else None
    return inert_line(match[1]) if match else ""


_IN_NAME = re.compile(r"(?<![^\W_])([A-Za-z][A-Za-z0-9_]*-[0-9]+)(?![^\W_])")


def owner_by_file(file: str) -> str:
    """The issue key in the name of a file, as in ``PAY-131_changelog.json``, else empty."""
    match = _IN_NAME.search(file)
    return match[1] if match else ""
