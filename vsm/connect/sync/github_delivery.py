"""Reads merged pull requests and deployments of a GitHub repository as those of a service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vsm.connect.files.change_files import REVERT, ChangeInput
from vsm.connect.sync.github_project import ask_graphql
from vsm.connect.sync.tracker import Record, odd, rows, stamp_moment, text
from vsm.connect.sync.web import Web
from vsm.model.delivery import DeploymentResult

_DEPLOYMENTS = """
query($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    deployments(first: 100, after: $after, orderBy: {field: CREATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes { databaseId environment createdAt commitOid state ref { name }
        statuses(first: 50) { nodes { state createdAt } } }
    }
  }
}
"""
_ENDED = {
    "SUCCESS": DeploymentResult.SUCCESS,
    "FAILURE": DeploymentResult.FAILURE,
    "ERROR": DeploymentResult.FAILURE,
}
_HAS_SUCCEEDED = ("ACTIVE", "INACTIVE", "DESTROYED")
"""States of a deployment that it has only after it succeeded."""


class DeploymentInput(NamedTuple):
    """A deployment that has ended; moments are UTC microseconds."""

    environment: str
    result: DeploymentResult
    created_at: int
    finished_at: int
    ref: str
    sha: str
    source_id: str


def read_deployments(
    web: Web, repository: str, since: int | None
) -> Iterator[DeploymentInput | None]:
    """Those that were created since, the newest first; ``None`` for one that has not ended."""
    owner, _, name = repository.partition("/")
    after: str | None = None
    while True:
        asked = {"owner": owner, "name": name, "after": after}
        data = ask_graphql(web, _DEPLOYMENTS, asked, "Deployments: read")
        listed = (data.get("repository") or {}).get("deployments")
        page = listed.get("pageInfo") if isinstance(listed, dict) else None
        if not isinstance(listed, dict) or not isinstance(page, dict):
            raise odd("deployments")
        for node in rows(listed.get("nodes"), "deployments"):
            created = stamp_moment(text(node, "createdAt", "deployment"), "createdAt")
            if since is not None and created < since:
                return
            yield _deployment(repository, node, created)
        after = page.get("endCursor")
        if not page.get("hasNextPage") or not isinstance(after, str):
            return


def _deployment(repository: str, node: Record, created: int) -> DeploymentInput | None:
    """How it ended, by the last status that says so.

    What a status becomes later is none: ``INACTIVE`` follows a success. Of old deployments GitHub
    keeps no more than that, so the moment of their end is that of their creation.
    """
    statuses = node.get("statuses")
    listed = statuses.get("nodes") if isinstance(statuses, dict) else []
    ended = [
        (stamp_moment(text(one, "createdAt", "status"), "createdAt"), _ENDED[one["state"]])
        for one in rows(listed or [], "statuses")
        if one.get("state") in _ENDED
    ]
    if ended:
        finished, result = max(ended, key=lambda pair: pair[0])
    elif node.get("state") in _HAS_SUCCEEDED:
        finished, result = created, DeploymentResult.SUCCESS
    else:
        return None
    ref = node.get("ref")
    number = text(node, "databaseId", "deployment")
    return DeploymentInput(
        text(node, "environment", "deployment"),
        result,
        created,
        finished,
        text(ref, "name", "ref") if isinstance(ref, dict) else "",
        text(node, "commitOid", "deployment"),
        f"{repository} deployment {number}",
    )


def change_of(
    ref: str,
    request: Record,
    commits: Sequence[Record],
    reviews: Sequence[Record],
    keys: Sequence[str],
) -> ChangeInput:
    """A merged pull request as a change; ``keys`` are of the items that it names."""
    author = _person(request.get("user"))
    first = [moment for one in commits if (moment := _authored(one)) is not None]
    reviewed = [
        stamp_moment(text(one, "submitted_at", "review"), "submitted_at")
        for one in reviews
        if one.get("state") != "PENDING" and _is_other(one.get("user"), author)
    ]
    moments = {
        "first_commit_at": min(first, default=None),
        "proposed_at": stamp_moment(text(request, "created_at", "pull request"), "created_at"),
        "reviewed_at": min(reviewed, default=None),
        "merged_at": stamp_moment(text(request, "merged_at", "pull request"), "merged_at"),
    }
    own = [text(one, "sha", "commit") for one in commits]
    merge = text(request, "merge_commit_sha", "pull request")
    return ChangeInput(
        ref,
        {name: at for name, at in moments.items() if at is not None},
        tuple(dict.fromkeys((merge, *own))),
        tuple(keys),
        is_revert=True if REVERT.match(str(request.get("title") or "")) else None,
    )


def _authored(commit: Record) -> int | None:
    """When a commit was written, as its author's clock said."""
    about = commit.get("commit")
    author = about.get("author") if isinstance(about, dict) else None
    stamp = author.get("date") if isinstance(author, Mapping) else None
    return stamp_moment(stamp, "date") if isinstance(stamp, str) else None


def _person(account: Any) -> str:
    login = account.get("login") if isinstance(account, dict) else None
    return login.casefold() if isinstance(login, str) else ""


def _is_other(account: Any, author: str) -> bool:
    """Whether a person other than the author reviewed: what bots say is no review."""
    is_bot = isinstance(account, dict) and account.get("type") == "Bot"
    return bool(_person(account)) and _person(account) != author and not is_bot
