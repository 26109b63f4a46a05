"""Reads Jira Data Center and Server: the search by places, with whole change logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from vsm.connect.sync.jira_cloud import FIELDS, listed, windowed
from vsm.connect.sync.problem import SyncProblem
from vsm.connect.sync.run_folder import Listed
from vsm.connect.sync.tracker import Record, clock_of, odd, rows, text
from vsm.connect.sync.web import Web
from vsm.model.history import Skipped

PERMISSIONS = "Browse Projects, by a personal access token"
LISTED = 500
_TRIES = 3


class JiraServer:
    """Jira Data Center, for one JQL query."""

    chunk = 50

    def __init__(self, web: Web, jql: str) -> None:
        self.notes: list[Skipped] = []
        self.now = 0
        self._web = web
        self._jql = jql

    def close(self) -> None:
        """Nothing is kept."""

    def check(self) -> None:
        """Ask who we are."""
        self.now = clock_of(self._web.get("rest/api/2/myself", keep=False).headers)

    def listing(self, since: int | None, known: Mapping[str, str]) -> Iterator[Listed]:
        """Ids and stamps; once more where issues came or went while pages were read.

        Pages are by place, so an issue that leaves the result moves another one over a border.
        """
        jql = windowed(self._jql, since, self.now)
        for _ in range(_TRIES):
            totals: set[int] = set()
            issues = {i.id: i for i in map(listed, self._search(jql, ["updated"], LISTED, totals))}
            if len(totals) == 1 and len(issues) >= max(totals):
                yield from issues.values()
                return
        raise SyncProblem(
            f"the search changed while it was read, {_TRIES} times", "try again at a quieter time"
        )

    def fetch(self, items: Sequence[Listed]) -> list[Record]:
        """Issues by their ids, each with its change log."""
        ids = [item.ref for item in items]
        jql = f"id in ({', '.join(ids)}) ORDER BY id ASC"
        issues: dict[str, Record] = {}
        for issue in self._search(jql, FIELDS, self.chunk, set(), expand="changelog,names"):
            issues[text(issue, "id", "issue")] = issue
        return [issues[issue_id] for issue_id in ids if issue_id in issues]

    def refer(self, item_id: str, key: str) -> str:
        """Its id."""
        return item_id

    def look(self, items: Sequence[Listed]) -> list[Record]:
        """The same as :meth:`fetch`: nothing of an issue is kept."""
        return self.fetch(items)

    def _search(
        self, jql: str, fields: Sequence[str], size: int, totals: set[int], expand: str = ""
    ) -> Iterator[Record]:
        start = 0
        while True:
            query = {
                "jql": jql,
                "startAt": start,
                "maxResults": size,
                "fields": ",".join(fields),
                "validateQuery": "false",
            }
            if expand:
                query["expand"] = expand
            data = self._web.get("rest/api/2/search", query).data
            if not isinstance(data, dict) or type(data.get("total")) is not int:
                raise odd("search")
            totals.add(data["total"])
            issues = rows(data.get("issues"), "issues")
            names = data.get("names")
            for issue in issues:
                if isinstance(names, dict):
                    issue["names"] = names
                yield issue
            start += len(issues)
            if not issues or start >= data["total"]:
                return
