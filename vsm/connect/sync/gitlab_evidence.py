"""Reads merged merge requests of a GitLab project as evidence about the items that they name.

A request names an item by an issue that GitLab closes with it, or by a key in its title or branch.
Requests that were never merged changed nothing, so they are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from vsm.connect.files.change_files import KEY
from vsm.connect.files.evidence_json import EvidenceInput
from vsm.connect.sync.github_evidence import Request
from vsm.connect.sync.pages import linked_rows
from vsm.connect.sync.tracker import Record, odd, rows, stamp_moment, text
from vsm.connect.sync.web import NotThere, Web
from vsm.model.control.evidence import AT_GITLAB, EvidenceKind
from vsm.model.history import Skipped

_APPROVED, _TAKEN_BACK = "approved this merge request", "unapproved this merge request"
_SYSTEM_NOTES = {
    _APPROVED: "approved",
    _TAKEN_BACK: "dismissed",
    "requested changes": "changes_requested",
}
"""What GitLab writes itself under a request, in English whatever the language of its readers."""
_BUILDS = {"success": "pass", "failed": "fail"}
"""Statuses that say something: a pipeline that was cancelled or skipped tested nothing."""
_DEPLOYED = {"success": "success", "failed": "failure"}
_HUNDRED = {"per_page": "100"}


class GitLabEvidence:
    """What one project has about items; ``find`` gives the key of an item, if there is one.

    ``newest`` is the last change of a request that was listed, in UTC microseconds.
    """

    def __init__(self, web: Web, project: str, find: Callable[[str], str | None]) -> None:
        self.notes: list[Skipped] = []
        self.newest = 0
        self._web, self._project, self._find = web, project, find
        self._path = f"api/v4/projects/{quote(project, safe='')}"
        self._deployments: dict[str, list[Record]] | None = None

    def requests(self, since: int | None, keys: Mapping[str, str]) -> list[Request]:
        """Merged requests that changed since, oldest change first; ``keys`` are by issue id."""
        query = {"state": "merged", "order_by": "updated_at", "sort": "desc", **_HUNDRED}
        merged: list[Record] = []
        for row in linked_rows(self._web, f"{self._path}/merge_requests", query):
            updated = _moment(row, "updated_at")
            if since is not None and updated < since:
                break
            self.newest = max(self.newest, updated)
            if row.get("merged_at"):
                merged.append(row)
        unique = {text(row, "iid", "merge request"): row for row in reversed(merged)}
        requests = (self._request(row, keys) for row in unique.values())
        return sorted((r for r in requests if r.keys), key=lambda r: (r.updated, r.number))

    def about_request(self, request: Request) -> Iterator[EvidenceInput]:
        """The request itself, its commits and its reviews."""
        path = f"{self._path}/merge_requests/{request.number}"
        row = self._web.get(path).data
        if not isinstance(row, dict):
            raise odd("merge request")
        name = f"{self._project}!{request.number}"
        merged_by = _login(row.get("merge_user") or row.get("merged_by"))
        details = {"merged_at": row.get("merged_at"), "merged_by": merged_by, "sha": request.sha}
        author = _login(row.get("author"))
        yield _piece(EvidenceKind.PULL_REQUEST, name, row["created_at"], author, details)
        yield from self._commits(path, name)
        yield from self._reviews(path, name, author)

    def about_commit(self, sha: str) -> Iterator[EvidenceInput]:
        """Pipelines of the commit that was merged, and deployments of it."""
        query = {"sha": sha, **_HUNDRED}
        for row in linked_rows(self._web, f"{self._path}/pipelines", query):
            status = _BUILDS.get(str(row.get("status")))
            if status is not None and row.get("sha") == sha:
                ref = f"{self._project} pipeline {text(row, 'id', 'pipeline')}"
                moment = text(row, "updated_at", "pipeline")
                yield _piece(EvidenceKind.BUILD, ref, moment, "", {"sha": sha}, status)
        for row in self._deployments_of(sha):
            environment, run = row.get("environment"), row.get("deployable")
            ended = run.get("finished_at") if isinstance(run, dict) else None
            yield _piece(
                EvidenceKind.DEPLOYMENT,
                f"{self._project} deployment {text(row, 'id', 'deployment')}",
                ended or text(row, "updated_at", "deployment"),
                _login(row.get("user")),
                {"env": text(environment if isinstance(environment, dict) else {}, "name", "env")},
                _DEPLOYED[row["status"]],
            )

    # -- parts of a request --------------------------------------------------------------

    def _commits(self, path: str, name: str) -> Iterator[EvidenceInput]:
        """Its commits. GitLab names their authors by what their Git calls them.

        That is the account of a participant who is called so: whoever approves what they wrote
        must not count as somebody else.
        """
        people = rows(self._web.get(f"{path}/participants", _HUNDRED).data, "participants")
        logins = {_folded(person.get("name")): _login(person) for person in people}
        logins |= {_folded(person.get("username")): _login(person) for person in people}
        unknown: set[str] = set()
        for commit in linked_rows(self._web, f"{path}/commits", _HUNDRED):
            author = " ".join(str(commit.get("author_name") or "").split())[:100]
            by = logins.get(_folded(author), "")
            if not by:
                unknown.add(author)
            ref = f"{text(commit, 'id', 'commit')} in {name}"
            moment = text(commit, "committed_date", "commit")
            yield _piece(EvidenceKind.COMMIT, ref, moment, by or author, {"pr": name})
        if unknown:
            why = (
                f"no participant is called {', '.join(sorted(unknown))[:200]}, who wrote commits:"
                " vsm member alias says who that is"
            )
            self.notes.append(Skipped(name, why))

    def _reviews(self, path: str, name: str, author: str) -> Iterator[EvidenceInput]:
        """Approvals that stand, those that were taken back, and notes of others."""
        standing = self._approvers(path)
        query = {"sort": "asc", "order_by": "created_at", **_HUNDRED}
        for note in linked_rows(self._web, f"{path}/notes", query):
            by = _login(note.get("author"))
            if note.get("system") is True:
                status = _SYSTEM_NOTES.get(str(note.get("body")).strip())
            else:
                is_hidden = note.get("internal") is True or note.get("confidential") is True
                status = "commented" if by != author and not is_hidden else None
            if status == "approved" and standing is not None and by not in standing:
                status = "dismissed"  # a later push took it away, which leaves no note
            if status is not None:
                ref = f"{name} note {text(note, 'id', 'note')}"
                moment = text(note, "created_at", "note")
                yield _piece(EvidenceKind.REVIEW, ref, moment, by, {"pr": name}, status)

    def _approvers(self, path: str) -> set[str] | None:
        """Who approves a request now; ``None`` where GitLab does not say."""
        try:
            data = self._web.get(f"{path}/approvals").data
        except NotThere:
            return None
        approvals = data.get("approved_by") if isinstance(data, dict) else None
        if approvals is None:
            return None
        return {_login(row.get("user")) for row in rows(approvals, "approved_by")}

    def _deployments_of(self, sha: str) -> list[Record]:
        """Deployments of a commit that ended; they cannot be asked for by commit."""
        if self._deployments is None:
            known: defaultdict[str, list[Record]] = defaultdict(list)
            query = {"order_by": "id", "sort": "asc", **_HUNDRED}
            for row in linked_rows(self._web, f"{self._path}/deployments", query):
                if row.get("status") in _DEPLOYED:
                    known[text(row, "sha", "deployment")].append(row)
            self._deployments = known
        return self._deployments.get(sha, [])

    def _request(self, row: Record, keys: Mapping[str, str]) -> Request:
        number = row.get("iid")
        if type(number) is not int:
            raise odd("merge request without number")
        path = f"{self._path}/merge_requests/{number}/closes_issues"
        closed = linked_rows(self._web, path, _HUNDRED)
        named: list[str | None] = [keys.get(str(issue.get("id"))) for issue in closed]
        words = f"{row.get('title') or ''}\n{row.get('source_branch') or ''}"
        named += [self._find(key) for key in KEY.findall(words)]
        sha = row.get("merge_commit_sha") or row.get("squash_commit_sha") or row.get("sha")
        return Request(
            number,
            _moment(row, "updated_at"),
            _moment(row, "merged_at"),
            text({"sha": sha}, "sha", "merge request"),
            tuple(dict.fromkeys(key for key in named if key is not None)),
        )


def _piece(
    kind: EvidenceKind,
    ref: str,
    moment: Any,
    by: str,
    details: Mapping[str, Any],
    status: str = "",
) -> EvidenceInput:
    stamp_moment(str(moment), kind.value)
    values = {name: value for name, value in details.items() if value}
    return EvidenceInput("", kind, ref, status, by, str(moment), "", values)


def _moment(row: Record, name: str) -> int:
    return stamp_moment(text(row, name, "merge request"), name)


def _login(person: Any) -> str:
    """The name of an account as ``ada@gitlab``, empty for one that was deleted."""
    login = person.get("username") if isinstance(person, dict) else None
    return f"{login}{AT_GITLAB}" if isinstance(login, str) and login else ""


def _folded(name: Any) -> str:
    return " ".join(str(name or "").split()).casefold()
