"""Reads issues of a GitHub repository with their timelines, and the columns of a project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from vsm.connect.sync.github_project import Project, Status
from vsm.connect.sync.pages import Spool, linked_rows
from vsm.connect.sync.problem import SyncProblem
from vsm.connect.sync.run_folder import Listed
from vsm.connect.sync.tracker import OVERLAP, Record, clock_of, odd, text
from vsm.connect.sync.web import NotThere, Web
from vsm.model.history import Skipped

PERMISSIONS = (
    "Issues: read, Metadata: read (for the columns of a project also Projects: read; for evidence"
    " Pull requests: read, Actions: read, Deployments: read)"
)
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_SCOPE = re.compile(r"([\w.-]+)/([\w.-]+)(?:\s+project\s+(\d{1,9}))?")
_LINKED = frozenset(("committed", "commented", "line-commented", "cross-referenced", "reviewed"))
"""Rows of a timeline that say nothing about the state of an issue, and are long."""


class GitHub:
    """One repository, and the columns of one project where the scope names it."""

    chunk = 25

    def __init__(self, web: Web, scope: str, observed: Mapping[str, Sequence[Record]]) -> None:
        match = _SCOPE.fullmatch(scope)
        if match is None:
            raise SyncProblem(
                f"{scope[:80]!r} is no repository",
                "write owner/repo, or owner/repo project 3",
            )
        self.notes: list[Skipped] = []
        self.now = 0
        self._web = web
        self._owner, self._repository = match[1], match[2]
        self._path = f"repos/{match[1]}/{match[2]}"
        self._project = Project(web, match[1], int(match[3])) if match[3] else None
        self._statuses: dict[int, Status] = {}
        self._observed = observed
        self._before: Mapping[str, str] = {}
        self._spool = Spool()

    def close(self) -> None:
        """Give up the listed issues."""
        self._spool.close()

    def check(self) -> None:
        """Ask for the repository."""
        self.now = clock_of(self._web.get(self._path, keep=False).headers)

    def listing(self, since: int | None, known: Mapping[str, str]) -> Iterator[Listed]:
        """Issues; with a project also those whose column changed, which changes no issue."""
        self._before = known
        if self._project is not None:
            self._statuses = self._project.statuses(self._owner, self._repository)
        query = {"state": "all", "per_page": "100", "sort": "created", "direction": "asc"}
        if since is not None:
            begin = datetime.fromtimestamp((since - OVERLAP) // 1_000_000, UTC)
            query |= {"since": f"{begin:%Y-%m-%dT%H:%M:%SZ}", "sort": "updated"}
        seen: set[str] = set()
        for issue in linked_rows(self._web, f"{self._path}/issues", query):
            if issue.get("pull_request") is None:
                item = self._listed(issue)
                seen.add(item.id)
                yield item
        if since is None:
            return
        for number, status in self._statuses.items():
            item_id = self._id(number)
            stamp = known.get(item_id)
            if item_id not in seen and stamp is not None and status.mark != _mark(stamp):
                updated = stamp.partition("|")[0]
                yield Listed(item_id, self._key(number), f"{updated}|{status.mark}", str(number))

    def fetch(self, items: Sequence[Listed]) -> list[Record]:
        """Issues with their timelines and columns."""
        out: list[Record] = []
        for item in items:
            issue = self._spool.get(item.ref)
            try:
                if issue is None:
                    issue = self._web.get(f"{self._path}/issues/{item.ref}").data
                    if not isinstance(issue, dict):
                        raise odd("issue")
                path = f"{self._path}/issues/{item.ref}/timeline"
                logged = linked_rows(self._web, path, {"per_page": "100"})
                timeline = [row for row in logged if row.get("event") not in _LINKED]
                blocked_by = self._blocked_by(issue)
            except NotThere:
                self.notes.append(Skipped(item.key, "went while it was read"))
                continue
            # The importer takes the repository from here, whatever the address of the service is.
            address = f"https://github.com/{self._owner}/{self._repository}/issues/{item.ref}"
            made = {**issue, "html_url": address, "timeline": timeline}
            out.append({**made, "blocked_by": blocked_by} if blocked_by else made)
        if self._project is not None and out:
            self._add_columns(self._project, out)
        return out

    def _blocked_by(self, issue: Record) -> list[Record]:
        """The issues that block one; asked for only where the issue counts some."""
        counts = issue.get("issue_dependencies_summary")
        if not isinstance(counts, dict) or not counts.get("total_blocked_by"):
            return []
        path = f"{self._path}/issues/{text(issue, 'number', 'issue')}/dependencies/blocked_by"
        return list(linked_rows(self._web, path, {"per_page": "100"}))

    def refer(self, item_id: str, key: str) -> str:
        """Its number in the repository."""
        return item_id.rpartition("#")[2]

    def look(self, items: Sequence[Listed]) -> list[Record]:
        """The same as :meth:`fetch`, without what the listing had."""
        self._spool.drop(item.ref for item in items)
        if self._project is not None:
            self._statuses = self._project.statuses(self._owner, self._repository)
        return self.fetch(items)

    def _add_columns(self, project: Project, issues: Sequence[Record]) -> None:
        """Add moves in the project: those that are logged, and those that only we have seen."""
        logged = project.moves(issues)
        for issue in issues:
            number = int(issue["number"])
            item_id = self._id(number)
            stamp = self._before.get(item_id)
            issue["timeline"] += project.merged(
                number,
                logged.get(number, []),
                self._observed.get(item_id, ()),
                self._statuses.get(number),
                was_seen=stamp is not None and _mark(stamp) != "",
            )

    def _listed(self, issue: Record) -> Listed:
        number = issue.get("number")
        if type(number) is not int:
            raise odd("issue without number")
        updated = text(issue, "updated_at", "issue")
        self._spool.put(str(number), issue)
        status = self._statuses.get(number)
        stamp = updated if self._project is None else f"{updated}|{status.mark if status else ''}"
        return Listed(self._id(number), self._key(number), stamp, str(number))

    def _id(self, number: int) -> str:
        return f"{self._owner}/{self._repository}#{number}"

    def _key(self, number: int) -> str:
        return f"{self._repository}-{number}"


def _mark(stamp: str) -> str:
    """The part of a stamp that says the column."""
    return stamp.partition("|")[2]
