"""Writes moves and comments into GitHub: columns of a project, labels, closing and reopening."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from vsm.connect.files.infer_mapping import normalise_name
from vsm.connect.sync.github_project import ask_graphql
from vsm.connect.sync.pages import linked_rows
from vsm.connect.sync.problem import SyncProblem
from vsm.connect.sync.run_folder import Listed
from vsm.connect.sync.stage_labels import Change, change_into, label_name
from vsm.connect.sync.tracker import Record, odd, rows, text
from vsm.connect.sync.web import Declined, Forbidden, NotThere, Web
from vsm.model.source import Direction
from vsm.model.source_health import Health

NEEDS = (
    "Issues: read and write, Metadata: read, and the role Triage in the repository (for the columns"
    " of a project also Projects: read and write)"
)
_PROJECTS = "Projects: read and write"
_FIELD = """
query($owner: String!, $number: Int!) {
  repositoryOwner(login: $owner) { ... on ProjectV2Owner { projectV2(number: $number) {
    id viewerCanUpdate
    field(name: "Status") { ... on ProjectV2SingleSelectField { id options { id name } } }
  } } }
}
"""
_ITEM = """
query($id: ID!) {
  node(id: $id) { ... on Issue { projectItems(first: 100) { nodes { id project { id } } } } }
}
"""
_PUT = """
mutation($project: ID!, $item: ID!, $field: ID!, $option: String!) {
  updateProjectV2ItemFieldValue(input: {projectId: $project, itemId: $item, fieldId: $field,
    value: {singleSelectOptionId: $option}}) { projectV2Item { id } }
}
"""


class _Columns(NamedTuple):
    """The status field of a project: ids of project and field, options by name."""

    project: str
    field: str
    options: dict[str, str]
    may_update: bool


class GitHubWriter:
    """One repository, and the columns of one project where the scope names it."""

    is_repeatable = True

    def __init__(self, web: Web, scope: str) -> None:
        repository, _, rest = scope.partition(" ")
        self._web = web
        self._owner = repository.partition("/")[0]
        self._path = f"repos/{repository}"
        self._project = int(rest.split()[-1]) if rest.split() else None
        self._columns: _Columns | None = None
        self._labels: list[str] | None = None

    def lacking(self, items: Sequence[Listed], direction: Direction) -> str:
        """The role that is missing, as far as GitHub says it."""
        if direction is not Direction.WRITE:
            return ""  # whoever may read issues may comment on them; a token tells when it writes
        missing: list[str] = []
        about = self._web.get(self._path, keep=False).data
        granted = about.get("permissions") if isinstance(about, dict) else None
        if isinstance(granted, dict) and not (granted.get("triage") or granted.get("push")):
            missing.append("the role Triage in the repository")
        if self._project is not None and not self._field(self._project).may_update:
            missing.append(_PROJECTS)
        return ", ".join(missing)

    def way_into(self, item: Listed, record: Record, statuses: Sequence[str]) -> Callable[[], None]:
        """Changing the column or the label of the stage, then closing or reopening the issue."""
        path = f"{self._path}/issues/{item.ref}"
        if self._project is not None:
            columns = self._field(self._project)
            names = (normalise_name(status) for status in statuses)
            option = next((columns.options[n] for n in names if n in columns.options), None)
            if option is not None:
                place = self._place_in(columns, record)
                asked = {"project": columns.project, "field": columns.field}
                asked |= {"item": place, "option": option}
                return partial(self._put_in_column, asked, path, record.get("state") == "closed")
        change = change_into(record, statuses, self._known_labels())
        return partial(self._apply, change, path)

    def _put_in_column(self, asked: dict[str, Any], path: str, is_closed: bool) -> None:
        self._ask(_PUT, asked)
        if is_closed:
            self._web.send("PATCH", path, {"state": "open"})

    def _apply(self, change: Change, path: str) -> None:
        if change.add:
            self._web.send("POST", f"{path}/labels", {"labels": [change.add]})
        for label in change.remove:
            try:
                self._web.send("DELETE", f"{path}/labels/{quote(label, safe='')}")
            except Forbidden:
                raise
            except NotThere:
                continue  # somebody took it off
        if change.close:
            reason = "completed" if change.is_delivered else "not_planned"
            self._web.send("PATCH", path, {"state": "closed", "state_reason": reason})
        elif change.close is False:
            self._web.send("PATCH", path, {"state": "open"})

    def comment(self, item: Listed, text_: str) -> str:
        """Add a comment."""
        made = self._web.send("POST", f"{self._path}/issues/{item.ref}/comments", {"body": text_})
        return text(made if isinstance(made, dict) else {}, "id", "comment")

    def find_comment(self, item: Listed, mark: str) -> str:
        """Look through the comments of an issue."""
        path = f"{self._path}/issues/{item.ref}/comments"
        for comment in linked_rows(self._web, path, {"per_page": "100"}):
            if mark in str(comment.get("body")):
                return text(comment, "id", "comment")
        return ""

    def _place_in(self, columns: _Columns, record: Record) -> str:
        """The id of an issue's place in the project."""
        data = self._ask(_ITEM, {"id": text(record, "node_id", "issue")})
        items = (data.get("node") or {}).get("projectItems") or {}
        for row in rows([n for n in items.get("nodes") or [] if n], "projectItems"):
            if (row.get("project") or {}).get("id") == columns.project:
                return text(row, "id", "item of the project")
        raise Declined("it is not in the project", "add it to the project there")

    def _field(self, number: int) -> _Columns:
        if self._columns is None:
            data = self._ask(_FIELD, {"owner": self._owner, "number": number})
            project = (data.get("repositoryOwner") or {}).get("projectV2")
            field = project.get("field") if isinstance(project, dict) else None
            if not isinstance(project, dict) or not isinstance(field, dict):
                raise odd("the status field of the project")
            self._columns = _Columns(
                text(project, "id", "project"),
                text(field, "id", "field"),
                {
                    normalise_name(text(row, "name", "option")): text(row, "id", "option")
                    for row in rows(field.get("options"), "options")
                },
                project.get("viewerCanUpdate") is not False,
            )
        return self._columns

    def _ask(self, query: str, variables: dict[str, Any]) -> Record:
        """Ask, or set a value: that may be repeated, so it is tried again like any question."""
        try:
            return ask_graphql(self._web, query, variables, _PROJECTS)
        except SyncProblem as problem:
            if problem.health is not Health.AUTH or "(401)" in problem.message:
                raise
            raise Declined(problem.message, f"it needs: {_PROJECTS}") from None

    def _known_labels(self) -> list[str]:
        if self._labels is None:
            every = linked_rows(self._web, f"{self._path}/labels", {"per_page": "100"})
            self._labels = [label_name(row) for row in every]
        return self._labels
