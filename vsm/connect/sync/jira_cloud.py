"""Reads Jira Cloud: the search by tokens, issues in bulk, and change logs by their own endpoint.

The old search answers 410 since 2025. The new one has no total and cuts change logs at 40 entries,
so logs come from ``changelog/bulkfetch``; where that is not allowed, what the search has is used
and counted as truncated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vsm.connect.sync.problem import SyncProblem
from vsm.connect.sync.run_folder import Listed
from vsm.connect.sync.tracker import OVERLAP, Record, clock_of, odd, rows, text
from vsm.connect.sync.web import NotThere, Web
from vsm.model.history import Skipped

PERMISSIONS = "Browse Projects (classic scope read:jira-work)"
LISTED = 1000
"""Issues that a page of the listing asks for; it has ids and stamps only."""
BULK = 100
"""Most issues that one question may ask for in bulk."""
FIELDS = [
    *("summary", "status", "created", "updated", "resolution", "resolutiondate", "issuetype"),
    *("labels", "duedate", "priority", "assignee", "reporter", "issuelinks", "parent", "subtasks"),
    *("project", "description", "*navigable"),
]
PAGES_MAX = 5_000
"""Most pages of one listing: a token that never ends is a fault of the service."""


class JiraCloud:
    """Jira Cloud, for one JQL query."""

    chunk = 500

    def __init__(self, web: Web, jql: str) -> None:
        self.notes: list[Skipped] = []
        self.now = 0
        self._web = web
        self._jql = jql
        self._has_bulk_logs = True

    def close(self) -> None:
        """Nothing is kept."""

    def check(self) -> None:
        """Ask who we are."""
        self.now = clock_of(self._web.get("rest/api/3/myself", keep=False).headers)

    def listing(self, since: int | None, known: Mapping[str, str]) -> Iterator[Listed]:
        """Ids and stamps, in the order of ids."""
        for issue in self._search(windowed(self._jql, since, self.now), ["updated"], LISTED):
            yield listed(issue)

    def fetch(self, items: Sequence[Listed]) -> list[Record]:
        """Issues in bulk, each with its change log."""
        ids = [item.ref for item in items]
        issues: dict[str, Record] = {}
        for start in range(0, len(ids), BULK):
            issues |= self._issues(ids[start : start + BULK])
        logs = self._logs(ids) if self._has_bulk_logs else None
        if logs is None:
            return self._with_short_logs(ids)
        for issue_id, issue in issues.items():
            log = logs.get(issue_id, [])
            issue["changelog"] = {"histories": log, "total": len(log), "isLast": True}
        return [issues[issue_id] for issue_id in ids if issue_id in issues]

    def refer(self, item_id: str, key: str) -> str:
        """Its id."""
        return item_id

    def look(self, items: Sequence[Listed]) -> list[Record]:
        """The same as :meth:`fetch`: nothing of an issue is kept."""
        return self.fetch(items)

    def _issues(self, ids: Sequence[str]) -> dict[str, Record]:
        body = {"issueIdsOrKeys": list(ids), "fields": FIELDS, "expand": ["names"]}
        data = self._web.post("rest/api/3/issue/bulkfetch", body).data
        if not isinstance(data, dict):
            raise odd("issue/bulkfetch")
        errors = data.get("issueErrors")
        if errors:
            raise SyncProblem(
                f"Jira cannot give {len(errors) if isinstance(errors, list) else 'some'} issues"
                " now",
                "try again later; nothing was imported",
            )
        names = data.get("names")
        issues: dict[str, Record] = {}
        for issue in rows(data.get("issues"), "issues"):
            if isinstance(names, dict):
                issue["names"] = names
            issues[text(issue, "id", "issue")] = issue
        return issues

    def _logs(self, ids: Sequence[str]) -> dict[str, list[Any]] | None:
        """Whole change logs by issue; ``None`` where the service does not give them."""
        body: Record = {"issueIdsOrKeys": list(ids), "maxResults": 1000}
        logs: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for _ in range(PAGES_MAX):
            try:
                data = self._web.post("rest/api/3/changelog/bulkfetch", body).data
            except NotThere:
                self._has_bulk_logs = False
                self.notes.append(
                    Skipped(
                        "changelog/bulkfetch",
                        "is not there or not allowed: change logs of the search are used, which"
                        " Jira cuts at 40 entries",
                    )
                )
                return None
            for log in rows(data.get("issueChangeLogs"), "issueChangeLogs"):
                own = logs[text(log, "issueId", "log")]
                try:
                    own.update({str(h["id"]): h for h in log["changeHistories"]})
                except (KeyError, TypeError):
                    raise odd("changeHistories") from None
            if not data.get("nextPageToken"):
                return {issue_id: list(log.values()) for issue_id, log in logs.items()}
            body["nextPageToken"] = data["nextPageToken"]
        raise odd("changelog/bulkfetch never ends")

    def _with_short_logs(self, ids: Sequence[str]) -> list[Record]:
        jql = f"id in ({', '.join(ids)})"
        issues = {
            text(issue, "id", "issue"): issue
            for issue in self._search(jql, FIELDS, BULK, expand="changelog,names")
        }
        return [issues[issue_id] for issue_id in ids if issue_id in issues]

    def _search(
        self, jql: str, fields: Sequence[str], size: int, expand: str = ""
    ) -> Iterator[Record]:
        body: Record = {"jql": jql, "fields": list(fields), "maxResults": size}
        if expand:
            body["expand"] = expand
        for _ in range(PAGES_MAX):
            data = self._web.post("rest/api/3/search/jql", body).data
            if not isinstance(data, dict):
                raise odd("search/jql")
            issues = rows(data.get("issues"), "issues")
            yield from issues
            token = data.get("nextPageToken")
            if not token or not issues or data.get("isLast") is True:
                return
            if token == body.get("nextPageToken"):
                raise odd("search/jql gives one page again and again")
            body["nextPageToken"] = token
        raise odd("search/jql never ends")


def windowed(jql: str, since: int | None, now: int) -> str:
    """The query for what changed since a moment, in the order of ids.

    The moment is said in minutes before now: dates of JQL are in the time zone of the account.
    """
    head = without_order(jql)
    if since is not None:
        minutes = max(1, (now - since + OVERLAP) // 60_000_000 + 1)
        head = f'({head}) AND updated >= "-{minutes}m"' if head else f'updated >= "-{minutes}m"'
    return f"{head} ORDER BY id ASC".strip()


def without_order(jql: str) -> str:
    """The condition of a query: a listing has an order of its own."""
    at = jql.upper().rfind("ORDER BY")
    return jql[:at].strip() if at >= 0 else jql.strip()


def listed(issue: Record) -> Listed:
    """An issue of a listing."""
    fields = issue.get("fields")
    updated = fields.get("updated") if isinstance(fields, dict) else None
    if not isinstance(updated, str):
        raise odd("issue without updated")
    issue_id = text(issue, "id", "issue")
    return Listed(issue_id, text(issue, "key", "issue"), updated, issue_id)
