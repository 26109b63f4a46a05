"""Reads the columns of a GitHub project: where issues are, and what is logged of their moves.

Moves are logged since late 2025 only, and most are missing since September 2026. So each run also
notes in which column an issue is: a change that no log has becomes a move that was *observed*, at
the moment that the field says. Where nobody had looked before it, moves may be missing, and the
history counts as truncated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from vsm.connect.sync.problem import SyncProblem
from vsm.connect.sync.tracker import Record, odd, rows, stamp_moment
from vsm.connect.sync.web import Web
from vsm.model.history import OBSERVED, OBSERVED_LATE
from vsm.model.source_health import Health

_STATUSES = """
query($owner: String!, $number: Int!, $after: String) {
  repositoryOwner(login: $owner) { ... on ProjectV2Owner { projectV2(number: $number) {
    items(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        content { ... on Issue { number repository { nameWithOwner } } }
        fieldValueByName(name: "Status") {
          ... on ProjectV2ItemFieldSingleSelectValue { name updatedAt }
        }
      }
    }
  } } }
}
"""
_MOVES = """
query($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Issue { number
    timelineItems(last: 100, itemTypes: [PROJECT_V2_ITEM_STATUS_CHANGED_EVENT]) {
      totalCount
      nodes { ... on ProjectV2ItemStatusChangedEvent {
        id createdAt previousStatus status project { number } actor { login }
      } }
    }
  } }
}
"""
_NEEDS = "Projects: read"
_PAGES_MAX = 2_000
_SAME = 5 * 60 * 1_000_000
"""Microseconds within which a logged move and an observed one into the same column are one."""


class Status(NamedTuple):
    """The column that an issue is in, and since when its field has that value."""

    name: str
    updated: str

    @property
    def mark(self) -> str:
        """Both in one text, to be compared."""
        return f"{self.name}@{self.updated}"


class Project:
    """One project of an organisation or a person."""

    def __init__(self, web: Web, owner: str, number: int) -> None:
        self._web = web
        self._owner = owner
        self._number = number
        self._has_moves = True

    def statuses(self, owner: str, repository: str) -> dict[int, Status]:
        """The column of each issue of a repository, by its number."""
        out: dict[int, Status] = {}
        after: str | None = None
        place = f"{owner}/{repository}".casefold()
        for _ in range(_PAGES_MAX):
            asked = {"owner": self._owner, "number": self._number, "after": after}
            data = ask_graphql(self._web, _STATUSES, asked, _NEEDS)
            holder = data.get("repositoryOwner")
            project = holder.get("projectV2") if isinstance(holder, dict) else None
            if not isinstance(project, dict):
                raise SyncProblem(
                    f"there is no project {self._number} of {self._owner}, or the token may not"
                    " see it",
                    "it needs: Projects: read",
                    Health.AUTH,
                )
            items = project.get("items")
            if not isinstance(items, dict):
                raise odd("items of the project")
            for node in rows(items.get("nodes"), "items of the project"):
                content, value = node.get("content"), node.get("fieldValueByName")
                if not isinstance(content, dict) or not isinstance(value, dict):
                    continue
                about = content.get("repository")
                named = about.get("nameWithOwner") if isinstance(about, dict) else ""
                if str(named).casefold() == place and type(content.get("number")) is int:
                    name, updated = value.get("name"), value.get("updatedAt")
                    if isinstance(name, str) and isinstance(updated, str):
                        out[content["number"]] = Status(" ".join(name.split()), updated)
            page = items.get("pageInfo")
            if not isinstance(page, dict) or page.get("hasNextPage") is not True:
                return out
            after = page.get("endCursor")
        raise odd("items of the project never end")

    def moves(self, issues: Sequence[Record]) -> dict[int, list[Record]]:
        """The logged moves in this project, by the number of the issue; none where not known."""
        ids = [issue["node_id"] for issue in issues if isinstance(issue.get("node_id"), str)]
        if not ids or not self._has_moves:
            return {}
        try:
            data = ask_graphql(self._web, _MOVES, {"ids": ids}, _NEEDS)
        except SyncProblem as problem:
            if problem.health is Health.AUTH:
                raise
            self._has_moves = False  # older GitHub Enterprise has no such event
            return {}
        out: dict[int, list[Record]] = {}
        for node in rows([n for n in data.get("nodes") or [] if n], "nodes"):
            items = node.get("timelineItems")
            listed = items.get("nodes") if isinstance(items, dict) else []
            out[node.get("number", 0)] = [
                {
                    "event": "ProjectV2ItemStatusChangedEvent",
                    "id": row.get("id"),
                    "created_at": row.get("createdAt"),
                    "previousStatus": row.get("previousStatus"),
                    "status": row.get("status"),
                    "actor": row.get("actor"),
                }
                for row in rows([r for r in listed or [] if r], "timelineItems")
                if (row.get("project") or {}).get("number") == self._number
            ]
        return out

    def merged(
        self,
        number: int,
        logged: Sequence[Record],
        observed: Sequence[Record],
        status: Status | None,
        *,
        was_seen: bool,
    ) -> list[Record]:
        """Logged moves, earlier observations that no log has, and the column of now if it is news.

        ``was_seen`` says that the last run saw the issue in the project too, so that nothing but
        what happened between two runs can be missing.
        """
        moments = [(stamp_moment(str(r["created_at"]), "move"), r.get("status")) for r in logged]
        kept: list[Record] = []
        for row in observed:
            at = stamp_moment(str(row["created_at"]), "observation")
            if not any(s == row["status"] and abs(at - m) <= _SAME for m, s in moments):
                kept.append(row)
        moves = sorted([*logged, *kept], key=lambda r: stamp_moment(str(r["created_at"]), "move"))
        last = moves[-1]["status"] if moves else None
        if status is not None and status.name != last:
            prefix = OBSERVED if was_seen else OBSERVED_LATE
            moves.append(
                {
                    "event": "status_observed",
                    "id": f"{prefix}{number}:{status.updated}",
                    "created_at": status.updated,
                    "status": status.name,
                }
            )
        return moves


def ask_graphql(web: Web, query: str, variables: Mapping[str, Any], needs: str) -> Record:
    """The data that a GraphQL query gives; raises :class:`SyncProblem`."""
    answer = web.post("graphql", {"query": query, "variables": dict(variables)})
    data = answer.data
    if not isinstance(data, dict):
        raise odd("graphql")
    errors = data.get("errors")
    if errors:
        first = errors[0] if isinstance(errors, list) and errors else {}
        kind = first.get("type") if isinstance(first, dict) else ""
        said = str(first.get("message", ""))[:200] if isinstance(first, dict) else ""
        health = Health.AUTH if kind in ("FORBIDDEN", "NOT_FOUND") else Health.FAILING
        if kind == "INSUFFICIENT_SCOPES":
            health = Health.AUTH
        raise SyncProblem(f"GitHub refuses the question: {said}", f"see {needs}", health)
    payload = data.get("data")
    if not isinstance(payload, dict):
        raise odd("graphql without data")
    return payload
