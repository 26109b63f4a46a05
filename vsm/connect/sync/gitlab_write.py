"""Writes moves and comments into GitLab: labels, closing and reopening, notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import quote

from vsm.connect.files.resolutions import STAGE
from vsm.connect.sync.pages import linked_rows
from vsm.connect.sync.run_folder import Listed
from vsm.connect.sync.stage_labels import Change, change_into, label_name
from vsm.connect.sync.tracker import Record, text
from vsm.connect.sync.web import NotThere, Web
from vsm.model.source import Direction

NEEDS = "the scope api, with the role Reporter (Planner in newer ones) in the project"
_GUEST, _PLANNER = 10, 15
_COMMAND = re.compile(r"^(\s*)/", re.MULTILINE)
"""A line that GitLab would take as a quick action, such as /close."""
_HUNDRED = {"per_page": "100"}


class GitLabWriter:
    """One project."""

    is_repeatable = True

    def __init__(self, web: Web, scope: str) -> None:
        self._web = web
        self._path = f"api/v4/projects/{quote(scope.strip('/'), safe='')}"
        self._labels: list[str] | None = None

    def lacking(self, items: Sequence[Listed], direction: Direction) -> str:
        """The scope or role that is missing, as far as GitLab says it."""
        missing: list[str] = []
        try:
            token = self._web.get("api/v4/personal_access_tokens/self", keep=False).data
        except NotThere:
            token = {}  # another kind of token, or an older GitLab: what is written will tell
        scopes = token.get("scopes") if isinstance(token, dict) else None
        if isinstance(scopes, list) and "api" not in scopes:
            missing.append("the scope api")
        project = self._web.get(self._path, keep=False).data
        granted = project.get("permissions") if isinstance(project, dict) else None
        access = [row for row in (granted or {}).values() if isinstance(row, dict)]
        levels = [row["access_level"] for row in access if type(row.get("access_level")) is int]
        least = _PLANNER if direction is Direction.WRITE else _GUEST
        if levels and max(levels) < least:
            missing.append("the role Reporter" if least == _PLANNER else "the role Guest")
        return ", ".join(missing)

    def way_into(self, item: Listed, record: Record, statuses: Sequence[str]) -> Callable[[], None]:
        """Exchanging the label of the stage, then closing or reopening the issue."""
        # GitLab closes as moved or duplicate by other ways than the state.
        reachable = [status for status in statuses if status != STAGE]
        change = change_into(record, reachable, self._known_labels())
        return partial(self._apply, change, f"{self._path}/issues/{item.ref}")

    def _apply(self, change: Change, path: str) -> None:
        labels = {"add_labels": change.add, "remove_labels": ",".join(change.remove)}
        if change.add or change.remove:
            self._web.send("PUT", path, {name: value for name, value in labels.items() if value})
        if change.close is not None:
            self._web.send("PUT", path, {"state_event": "close" if change.close else "reopen"})

    def comment(self, item: Listed, text_: str) -> str:
        """Add a note; none of its lines is a quick action."""
        body = {"body": _COMMAND.sub(r"\1\\/", text_)}
        made = self._web.send("POST", f"{self._path}/issues/{item.ref}/notes", body)
        return text(made if isinstance(made, dict) else {}, "id", "note")

    def find_comment(self, item: Listed, mark: str) -> str:
        """Look through the notes of an issue, newest first."""
        query = {**_HUNDRED, "sort": "desc", "order_by": "created_at"}
        for note in linked_rows(self._web, f"{self._path}/issues/{item.ref}/notes", query):
            if mark in str(note.get("body")):
                return text(note, "id", "note")
        return ""

    def _known_labels(self) -> list[str]:
        if self._labels is None:
            rows_ = linked_rows(self._web, f"{self._path}/labels", _HUNDRED)
            self._labels = [label_name(row) for row in rows_]
        return self._labels
