"""Writes moves and comments into Jira: by the transitions of its workflows.

Neither endpoint can be told to notify nobody (``notifyUsers`` is for edits of fields alone), so
Jira tells watchers as for any change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from vsm.connect.files.infer_mapping import normalise_name
from vsm.connect.sync.run_folder import Listed
from vsm.connect.sync.tracker import Record, odd, rows, text
from vsm.connect.sync.web import Declined, NotThere, Web
from vsm.model.source import Direction

_BOTH = "Browse Projects, Add Comments, and for moves Transition Issues"
CLOUD_NEEDS = f"{_BOTH} (classic scopes read:jira-work and write:jira-work)"
SERVER_NEEDS = f"{_BOTH}, by a personal access token"
_PERMISSIONS = {"ADD_COMMENTS": "Add Comments", "TRANSITION_ISSUES": "Transition Issues"}
_MARKUP = re.compile(r"([\\\[{])")
"""What begins links, mentions and macros in the markup of Data Center."""
_PAGE = 100


class JiraWriter:
    """Jira Cloud or Data Center."""

    is_repeatable = False

    def __init__(self, web: Web, *, is_cloud: bool) -> None:
        self._web, self._is_cloud = web, is_cloud
        self._root = "rest/api/3" if is_cloud else "rest/api/2"

    def lacking(self, items: Sequence[Listed], direction: Direction) -> str:
        """Permissions that are missing in a project of these items."""
        needed = [*_PERMISSIONS] if direction is Direction.WRITE else ["ADD_COMMENTS"]
        missing: list[str] = []
        for project, key in {item.key.rpartition("-")[0]: item.key for item in items}.items():
            asked = {"issueKey": key, "permissions": ",".join(needed)}
            try:
                data = self._web.get(f"{self._root}/mypermissions", asked, keep=False).data
            except NotThere:
                continue  # the item went; what is written into others tells
            granted = data.get("permissions") if isinstance(data, dict) else None
            if not isinstance(granted, dict):
                raise odd("mypermissions")
            missing += [
                f"{_PERMISSIONS[name]} in {project}"
                for name in needed
                if not (granted.get(name) or {}).get("havePermission")
            ]
        return ", ".join(missing)

    def way_into(self, item: Listed, record: Record, statuses: Sequence[str]) -> Callable[[], None]:
        """The transition that leads into the first of these statuses that one leads into."""
        path = f"{self._root}/issue/{item.ref}/transitions"
        data = self._web.get(path, keep=False).data
        offered = rows(data.get("transitions") if isinstance(data, dict) else None, "transitions")
        by_status: dict[str, str] = {}
        for row in offered:
            to = row.get("to")
            if not isinstance(to, dict) or not isinstance(to.get("name"), str):
                raise odd("transition without a status")
            # A status that shares its name with others is also known with its id.
            for name in (f"{to['name']} ({to.get('id')})", to["name"]):
                by_status.setdefault(normalise_name(name), text(row, "id", "transition"))
        names = [normalise_name(status) for status in statuses]
        number = next((by_status[name] for name in names if name in by_status), None)
        if number is None:
            leads = ", ".join(dict.fromkeys(row["to"]["name"] for row in offered)) or "nowhere"
            raise Declined(
                f"no transition leads to {' or '.join(statuses)} from where it is ({leads})",
                "move it there by hand, or change the workflow",
            )
        return partial(self._web.send, "POST", path, {"transition": {"id": number}})

    def comment(self, item: Listed, text_: str) -> str:
        """Add a comment, as plain text."""
        body: Any = document_of(text_) if self._is_cloud else _MARKUP.sub(r"\\\1", text_)
        made = self._web.send("POST", f"{self._root}/issue/{item.ref}/comment", {"body": body})
        return text(made if isinstance(made, dict) else {}, "id", "comment")

    def find_comment(self, item: Listed, mark: str) -> str:
        """Look through all comments of an issue."""
        start = 0
        while True:
            asked = {"startAt": start, "maxResults": _PAGE}
            data = self._web.get(f"{self._root}/issue/{item.ref}/comment", asked, keep=False).data
            comments = rows(data.get("comments") if isinstance(data, dict) else None, "comments")
            for comment in comments:
                if mark in json.dumps(comment.get("body"), ensure_ascii=False):
                    return text(comment, "id", "comment")
            start += len(comments)
            if not comments or start >= int(data.get("total") or 0):
                return ""


def document_of(text_: str) -> Record:
    """A text in Jira's document format: a paragraph for each block, nothing of it is markup."""
    blocks = [block.split("\n") for block in text_.split("\n\n") if block.strip()]
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": _lines(block)} for block in blocks],
    }


def _lines(block: Sequence[str]) -> list[Record]:
    out: list[Record] = []
    for line in block:
        if out:
            out.append({"type": "hardBreak"})
        if line:
            out.append({"type": "text", "text": line})
    return out
