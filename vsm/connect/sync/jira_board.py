"""Reads the configuration of a Jira board: its columns are stages, their statuses, their limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from vsm.connect.files.infer_mapping import normalise_name
from vsm.connect.files.mapping import format_mapping
from vsm.connect.sync.problem import SyncProblem
from vsm.connect.sync.tracker import rows, text
from vsm.connect.sync.web import Web
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category

_CATEGORY = {2: Category.BACKLOG, 4: Category.ACTIVE, 3: Category.DONE}
"""Stages by the ids of status categories, which are the same everywhere; their keys are not."""
_QUEUES = ("ready", "waiting", "selected", "queue", "to deploy", "on hold")


class BoardStages(NamedTuple):
    """The text of a mapping file, and the WIP limit of each stage that has one."""

    mapping: str
    limits: Mapping[str, int]


def read_board(web: Web, board: str) -> BoardStages:
    """The columns of a board in their order, without those that have no status."""
    data = web.get(f"rest/agile/1.0/board/{board}/configuration").data
    columns = data.get("columnConfig", {}).get("columns") if isinstance(data, dict) else None
    known = {text(s, "id", "status"): s for s in rows(web.get("rest/api/2/status").data, "status")}
    return stages_of(rows(columns, "columns"), known)


def stages_of(columns: list[dict[str, Any]], known: Mapping[str, dict[str, Any]]) -> BoardStages:
    """The stages of columns, with the statuses that are ``known`` by id."""
    stages: list[tuple[str, Category]] = []
    statuses: dict[str, str] = {}
    limits: dict[str, int] = {}
    filled = [c for c in columns if rows(c.get("statuses"), "statuses of a column")]
    if not filled:
        raise SyncProblem("the board has no column with a status", "name another board")
    for place, column in enumerate(filled):
        name = " ".join(inert_line(text(column, "name", "column")).split())
        while normalise_name(name) in {normalise_name(taken) for taken, _ in stages}:
            name = f"{name} 2"
        ids = [text(status, "id", "status of a column") for status in column["statuses"]]
        stages.append((name, _category(name, [known.get(i, {}) for i in ids], place, len(filled))))
        for status_id in ids:
            status = known.get(status_id, {}).get("name")
            if isinstance(status, str):
                same = [s for s in known.values() if s.get("name") == status]
                # Two statuses of one name are told apart by their ids, as the importer does.
                statuses.setdefault(status, name)
                if len(same) > 1:
                    statuses[f"{status} ({status_id})"] = name
        most = column.get("max")
        if type(most) is int and most > 0:
            limits[name] = most
    return BoardStages(format_mapping(tuple(stages), statuses), limits)


def _category(name: str, statuses: list[dict[str, Any]], place: int, count: int) -> Category:
    """The category of a column: by the ids of its statuses' categories, else by its place."""
    ids = [s.get("statusCategory", {}).get("id") for s in statuses if s]
    kinds = {_CATEGORY[i] for i in ids if i in _CATEGORY}
    if Category.DONE in kinds and place == count - 1:
        return Category.DONE
    if kinds == {Category.BACKLOG}:
        return Category.BACKLOG if place == 0 else Category.QUEUE
    if kinds == {Category.DONE}:
        return Category.DONE
    if not kinds and place == 0:
        return Category.BACKLOG
    if not kinds and place == count - 1:
        return Category.DONE
    return Category.QUEUE if name.casefold().startswith(_QUEUES) else Category.ACTIVE
