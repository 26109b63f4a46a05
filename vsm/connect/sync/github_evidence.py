"""Reads merged pull requests of a GitHub repository as evidence about the items that they name.

A request names an item by a closing keyword, by a link that GitHub shows beside it, or by a key
in its title or branch. Requests that were never merged changed nothing, so they are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vsm.connect.files.change_files import KEY
from vsm.connect.files.evidence_json import EvidenceInput
from vsm.connect.sync.github_project import ask_graphql
from vsm.connect.sync.pages import linked_pages, linked_rows
from vsm.connect.sync.tracker import Record, odd, rows, stamp_moment, text
from vsm.connect.sync.web import Web
from vsm.model.control.evidence import AT_GITHUB, EvidenceKind
from vsm.model.history import Skipped

COMMITS_MAX = 250
"""Most commits of a pull request that GitHub lists."""
_CLOSING = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+"
    r"(?:([\w.-]+/[\w.-]+)?#|https?://[^\s/]+/([\w.-]+/[\w.-]+)/issues/)(\d{1,9})\b",
    re.IGNORECASE,
)
_LINKED = """
query($ids: [ID!]!) {
  nodes(ids: $ids) { ... on PullRequest { number
    closingIssuesReferences(first: 50) { nodes { number repository { nameWithOwner } } }
  } }
}
"""
_REVIEWS = {
    "APPROVED": "approved",
    "CHANGES_REQUESTED": "changes_requested",
    "COMMENTED": "commented",
    "DISMISSED": "dismissed",
}
_TRUSTED = ("OWNER", "MEMBER", "COLLABORATOR")
"""Whose reviews count: on a public repository anybody may approve."""
_BUILDS = {
    "success": "pass",
    "failure": "fail",
    "timed_out": "fail",
    "startup_failure": "fail",
}
"""Conclusions that say something; cancelled, skipped and neutral runs tested nothing."""
_DEPLOYED = {"success": "success", "failure": "failure", "error": "failure"}


class Request(NamedTuple):
    """A merged pull request and the keys of the items that it names."""

    number: int
    updated: int
    merged: int
    sha: str
    keys: tuple[str, ...]


class RequestRecords(NamedTuple):
    """What GitHub has about one pull request."""

    request: Record
    commits: list[Record]
    reviews: list[Record]


class GitHubEvidence:
    """What one repository has about items; ``find`` gives the key of an item, if there is one.

    ``newest`` is the last change of a request that was listed, in UTC microseconds.
    """

    def __init__(self, web: Web, repository: str, find: Callable[[str], str | None]) -> None:
        self.notes: list[Skipped] = []
        self.newest = 0
        self._web, self._repository, self._find = web, repository, find
        self._path = f"repos/{repository}"

    def requests(
        self, since: int | None, keys: Mapping[str, str], *, whole: bool = False
    ) -> list[Request]:
        """Merged requests that changed since, oldest change first; ``keys`` are by issue id.

        Only with ``whole`` those too that name no item.
        """
        query = {"state": "closed", "sort": "updated", "direction": "desc", "per_page": "100"}
        merged: list[Record] = []
        for row in linked_rows(self._web, f"{self._path}/pulls", query):
            updated = _moment(row, "updated_at")
            if since is not None and updated < since:
                break
            self.newest = max(self.newest, updated)
            if row.get("merged_at"):
                merged.append(row)
        unique = {text(row, "number", "pull request"): row for row in reversed(merged)}
        linked = self._linked_issues(list(unique.values()))
        requests = (self._request(row, linked, keys) for row in unique.values())
        return sorted((r for r in requests if whole or r.keys), key=lambda r: (r.updated, r.number))

    def records_of(self, request: Request) -> RequestRecords:
        """The request itself, its commits and its reviews, as GitHub has them."""
        path = f"{self._path}/pulls/{request.number}"
        row = self._web.get(path).data
        if not isinstance(row, dict):
            raise odd("pull request")
        commits = list(linked_rows(self._web, f"{path}/commits", {"per_page": "100"}))
        reviews = list(linked_rows(self._web, f"{path}/reviews", {"per_page": "100"}))
        count = row.get("commits")
        if len(commits) >= COMMITS_MAX or (type(count) is int and count > len(commits)):
            why = f"GitHub lists {len(commits)} of its commits: the others are not on record"
            self.notes.append(Skipped(self.name_of(request), why))
        return RequestRecords(row, commits, reviews)

    def name_of(self, request: Request) -> str:
        """A request as evidence and changes name it."""
        return f"{self._repository}#{request.number}"

    def about_request(self, request: Request, known: RequestRecords) -> Iterator[EvidenceInput]:
        """The request itself, its commits and its reviews."""
        row, commits, reviews = known
        name = self.name_of(request)
        details = {"merged_at": row.get("merged_at"), "merged_by": _login(row.get("merged_by"))}
        details |= {"sha": request.sha}
        yield self._piece(
            EvidenceKind.PULL_REQUEST, name, row, "created_at", _login(row.get("user")), details
        )
        for commit in commits:
            about = commit.get("commit")
            if not isinstance(about, dict) or not isinstance(about.get("committer"), dict):
                raise odd("commit")
            author = about.get("author")
            by = _login(commit.get("author")) or _name(author)
            ref = f"{text(commit, 'sha', 'commit')} in {name}"
            yield self._piece(
                EvidenceKind.COMMIT, ref, about["committer"], "date", by, {"pr": name}
            )
        for review in reviews:
            status = _REVIEWS.get(str(review.get("state")))
            if status is None:
                continue  # pending: nobody has sent it
            if review.get("author_association") not in _TRUSTED and status != "dismissed":
                status = "commented"
            ref = f"{name} review {text(review, 'id', 'review')}"
            by = _login(review.get("user"))
            piece = self._piece(
                EvidenceKind.REVIEW, ref, review, "submitted_at", by, {"pr": name}, status
            )
            yield piece

    def about_commit(self, sha: str) -> Iterator[EvidenceInput]:
        """Runs of workflows on the commit that was merged, and deployments of it."""
        query = {"head_sha": sha, "per_page": "100"}
        for answer in linked_pages(self._web, f"{self._path}/actions/runs", query):
            if not isinstance(answer.data, dict):
                raise odd("runs")
            for run in rows(answer.data.get("workflow_runs"), "workflow_runs"):
                status = _BUILDS.get(str(run.get("conclusion")).casefold())
                if status is not None and run.get("head_sha") == sha:
                    ref = f"{self._repository} run {text(run, 'id', 'run')}"
                    yield self._piece(
                        EvidenceKind.BUILD, ref, run, "updated_at", "", {"sha": sha}, status
                    )
        query = {"sha": sha, "per_page": "100"}
        for row in linked_rows(self._web, f"{self._path}/deployments", query):
            number = text(row, "id", "deployment")
            path = f"{self._path}/deployments/{number}/statuses"
            ended = [
                (_moment(status, "created_at"), status)
                for status in linked_rows(self._web, path, {"per_page": "100"})
                if status.get("state") in _DEPLOYED
            ]
            if ended and row.get("sha") == sha:
                last = max(ended, key=lambda pair: pair[0])[1]
                yield self._piece(
                    EvidenceKind.DEPLOYMENT,
                    f"{self._repository} deployment {number}",
                    last,
                    "created_at",
                    _login(row.get("creator")),
                    {"env": text(row, "environment", "deployment")},
                    _DEPLOYED[last["state"]],
                )

    # -- which items ---------------------------------------------------------------------

    def _request(
        self, row: Record, linked: Mapping[int, Sequence[str]], keys: Mapping[str, str]
    ) -> Request:
        number = row.get("number")
        if type(number) is not int:
            raise odd("pull request without number")
        head = row.get("head")
        branch = head.get("ref") if isinstance(head, dict) else ""
        title = str(row.get("title") or "")
        issues = [*closed_issues(f"{title}\n{row.get('body') or ''}", self._repository)]
        by_issue = {issue.casefold(): key for issue, key in keys.items()}
        named = [by_issue.get(i.casefold()) for i in (*issues, *linked.get(number, ()))]
        named += [self._find(key) for key in KEY.findall(f"{title}\n{branch or ''}")]
        return Request(
            number,
            _moment(row, "updated_at"),
            _moment(row, "merged_at"),
            text(row, "merge_commit_sha", "pull request"),
            tuple(dict.fromkeys(key for key in named if key is not None)),
        )

    def _linked_issues(self, requests: Sequence[Record]) -> dict[int, list[str]]:
        """Issues that GitHub shows as closed by each request, by its number."""
        ids = [row["node_id"] for row in requests if isinstance(row.get("node_id"), str)]
        out: dict[int, list[str]] = {}
        for start in range(0, len(ids), 50):
            asked = {"ids": ids[start : start + 50]}
            data = ask_graphql(self._web, _LINKED, asked, "Pull requests: read")
            for node in rows([n for n in data.get("nodes") or [] if n], "nodes"):
                issues = node.get("closingIssuesReferences")
                nodes = issues.get("nodes") if isinstance(issues, dict) else []
                out[node.get("number", 0)] = [
                    f"{(issue.get('repository') or {}).get('nameWithOwner')}#{issue.get('number')}"
                    for issue in rows([i for i in nodes or [] if i], "closingIssuesReferences")
                ]
        return out

    def _piece(
        self,
        kind: EvidenceKind,
        ref: str,
        row: Record,
        moment: str,
        by: str,
        details: Mapping[str, Any],
        status: str = "",
    ) -> EvidenceInput:
        _moment(row, moment)
        values = {name: value for name, value in details.items() if value}
        return EvidenceInput("", kind, ref, status, by, row[moment], "", values)


def closed_issues(words: str, repository: str) -> Iterator[str]:
    """The ids of issues that closing keywords name: ``owner/repo#7``."""
    for short, address, number in _CLOSING.findall(words):
        yield f"{short or address or repository}#{number}"


def _moment(row: Record, name: str) -> int:
    value = row.get(name)
    if not isinstance(value, str):
        raise odd(name)
    return stamp_moment(value, name)


def _login(person: Any) -> str:
    """The login of an account as ``ada@github``, empty for one that was deleted.

    Aliases are applied where it is read: a review stays one review when an alias is made later.
    """
    login = person.get("login") if isinstance(person, dict) else None
    return f"{login}{AT_GITHUB}" if isinstance(login, str) and login else ""


def _name(person: Any) -> str:
    name = person.get("name") if isinstance(person, dict) else None
    return " ".join(name.split())[:100] if isinstance(name, str) else ""
