"""Reads issues of a GitLab project with the events of their states, labels and iterations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from vsm.connect.sync.pages import Spool, linked_pages, linked_rows
from vsm.connect.sync.problem import SyncProblem
from vsm.connect.sync.run_folder import Listed
from vsm.connect.sync.tracker import OVERLAP, Record, clock_of, odd, rows, text
from vsm.connect.sync.web import NotSupported, NotThere, Web
from vsm.model.history import Skipped

PERMISSIONS = "read_api, with the role Reporter in the project"
_TRIES = 3
_OPTIONAL = ("resource_iteration_events", "resource_milestone_events")
"""Events that some editions and roles do not have."""


class GitLab:
    """One project."""

    chunk = 25

    def __init__(self, web: Web, scope: str) -> None:
        self.notes: list[Skipped] = []
        self.now = 0
        self._web = web
        self._project = scope.strip("/")
        self._path = f"api/v4/projects/{quote(self._project, safe='')}"
        self._keyset = True
        self._lacking: set[str] = set()
        self._spool = Spool()

    def close(self) -> None:
        """Give up the listed issues."""
        self._spool.close()

    def check(self) -> None:
        """Ask for the project."""
        self.now = clock_of(self._web.get(self._path, keep=False).headers)

    def listing(self, since: int | None, known: Mapping[str, str]) -> Iterator[Listed]:
        """Issues; once more where pages by place changed while they were read."""
        query = {"scope": "all", "per_page": "100", "order_by": "created_at", "sort": "asc"}
        if since is not None:
            begin = datetime.fromtimestamp((since - OVERLAP) // 1_000_000, UTC)
            query["updated_after"] = f"{begin:%Y-%m-%dT%H:%M:%SZ}"
        for _ in range(_TRIES):
            totals: set[str] = set()
            issues = {item.id: item for item in self._pages(query, totals)}
            if len(totals) < 2:
                yield from issues.values()
                return
        raise SyncProblem(
            f"the list of issues changed while it was read, {_TRIES} times",
            "try again at a quieter time",
        )

    def _pages(self, query: Mapping[str, str], totals: set[str]) -> Iterator[Listed]:
        if self._keyset:
            try:
                pages = linked_pages(self._web, f"{self._path}/issues", {**query, **_KEYSET})
                first = next(pages)
            except NotSupported:
                self._keyset = False
            else:
                for answer in (first, *pages):
                    for issue in rows(answer.data, "issues"):
                        yield self._listed(issue)
                return
        for answer in linked_pages(self._web, f"{self._path}/issues", query):
            if "x-total" in answer.headers:
                totals.add(answer.headers["x-total"])
            for issue in rows(answer.data, "issues"):
                yield self._listed(issue)

    def _listed(self, issue: Record) -> Listed:
        number = text(issue, "iid", "issue")
        self._spool.put(number, issue)
        issue_id = text(issue, "id", "issue")
        name = self._project.rpartition("/")[2]
        return Listed(issue_id, f"{name}-{number}", text(issue, "updated_at", "issue"), number)

    def fetch(self, items: Sequence[Listed]) -> list[Record]:
        """Issues with their events."""
        out: list[Record] = []
        for item in items:
            path = f"{self._path}/issues/{item.ref}"
            try:
                issue = self._spool.get(item.ref)
                if issue is None:
                    issue = self._web.get(path).data
                    if not isinstance(issue, dict):
                        raise odd("issue")
                for name in ("resource_state_events", "resource_label_events"):
                    issue[name] = list(linked_rows(self._web, f"{path}/{name}", _HUNDRED))
            except NotThere:
                self.notes.append(Skipped(item.key, "went while it was read"))
                continue
            for name in _OPTIONAL:
                self._add_optional(issue, path, name)
            self._add_optional(issue, path, "links", "issue_links")
            out.append(issue)
        return out

    def refer(self, item_id: str, key: str) -> str:
        """Its number in the project."""
        return key.rpartition("-")[2]

    def look(self, items: Sequence[Listed]) -> list[Record]:
        """The same as :meth:`fetch`, without what the listing had."""
        self._spool.drop(item.ref for item in items)
        return self.fetch(items)

    def _add_optional(self, issue: Record, path: str, name: str, field: str = "") -> None:
        if name in self._lacking:
            return
        try:
            issue[field or name] = list(linked_rows(self._web, f"{path}/{name}", _HUNDRED))
        except NotThere:
            self._lacking.add(name)
            self.notes.append(Skipped(name, "this GitLab has none, or the token may not read them"))


_HUNDRED = {"per_page": "100"}
_KEYSET = {"pagination": "keyset"}
