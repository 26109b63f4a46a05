"""Makes entries of what happens to an issue that is open or closed: labels, columns, closing.

GitHub and GitLab know two states. Stages are the columns of a project, or labels such as
``workflow::doing`` and ``status: doing``; an issue without one is *Open*, a closed one *Closed*.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from vsm.connect.files.infer_mapping import guess_category
from vsm.connect.files.json_items import JsonItems
from vsm.connect.files.parsed_file import Hint
from vsm.connect.files.resolutions import STAGE
from vsm.connect.files.state_changes import Trail
from vsm.model.history import Entry
from vsm.model.item import Quality
from vsm.model.stream import Category

OPEN, CLOSED = "Open", "Closed"
HINTS = {OPEN: Hint("backlog"), CLOSED: Hint("done"), STAGE: Hint("dropped")}
"""Hints on the states that every issue has."""
ROLES = {OPEN: Category.BACKLOG, CLOSED: Category.DONE, STAGE: Category.DROPPED}

_STAGE_LABEL = re.compile(
    r"(?:work[ _-]?flow|status|state|stage|kanban|board|column|progress)\s*(?:::|[:/])\s*(\S.*)",
    re.IGNORECASE,
)
_BOARD_LABELS = {"to do": "To Do", "doing": "Doing"}
"""Labels of the lists that a board of GitLab begins with."""
_SWAP = 60_000_000
"""Microseconds within which one stage label is exchanged for another."""


class Kind(IntEnum):
    """The kinds of events; at one moment a label is taken off before another is put on."""

    UNSTAGED = 0
    STAGED = 1
    CLOSED = 2
    REOPENED = 3


class Event(NamedTuple):
    """Something that happened to an issue; ``name`` is the stage, or the reason of closing."""

    at: int
    kind: Kind
    name: str = ""
    event: str = ""
    by: str = ""


class Now(NamedTuple):
    """An issue as it is now: its dates, how it was closed, and the stage that it has, if any."""

    created: int
    closed: int | None
    updated: int | None
    undelivered: bool
    is_open: bool
    stage: str = ""
    by: str = ""


def stage_of_label(label: str) -> str:
    """The stage that a label stands for; empty for another label."""
    match = _STAGE_LABEL.fullmatch(label.strip())
    name = match[1] if match is not None else _BOARD_LABELS.get(label.strip().casefold(), "")
    return " ".join(name.split())


def is_done(stage: str) -> bool:
    """Whether a stage is one of finished work, by its name."""
    return guess_category(stage, Hint(), False) is Category.DONE


class IssueTrails:
    """Makes the trails of the issues of one file, and counts what is not known about them."""

    def __init__(self, items: JsonItems) -> None:
        self._items = items
        self._unsure: Counter[str] = Counter()

    def trail(self, key: str, now: Now, events: Iterable[Event], *, whole: bool = True) -> Trail:
        """The entries of an issue; ``whole`` says that its events were not cut.

        Without events of stages the history is ``endpoints_only``.
        """
        rows = sorted(events)
        staged = any(row.kind in (Kind.STAGED, Kind.UNSTAGED) for row in rows)
        out = [Entry(now.created, OPEN, f"{key}:created", now.by)]
        stage, is_open = _walk(key, rows, out)
        if not now.is_open and is_open:
            at = now.closed if now.closed is not None else now.updated
            end = STAGE if now.undelivered else CLOSED
            if not (end == CLOSED and is_done(out[-1].status)):
                out.append(Entry(max(at or 0, out[-1].at), end, f"{key}:closed"))
            whole = whole and not any(row.kind is Kind.CLOSED for row in rows)
        elif now.is_open and not is_open:
            out.append(Entry(max(now.updated or 0, out[-1].at), stage or OPEN, f"{key}:reopened"))
            whole = False
        elif not now.is_open and now.undelivered and out[-1].status != STAGE:
            out[-1] = out[-1]._replace(status=STAGE)
        if now.is_open and now.stage and now.stage != out[-1].status:
            return self._since_unknown(key, now, out)
        if not whole:
            return Trail(tuple(out), Quality.TRUNCATED)
        return Trail(tuple(out), Quality.FULL if staged else Quality.ENDPOINTS_ONLY)

    def _since_unknown(self, key: str, now: Now, out: list[Entry]) -> Trail:
        """An open issue whose stage is known, but not since when."""
        if guess_category(now.stage, Hint(), True) is Category.BACKLOG and len(out) == 1:
            first = out[0]._replace(status=now.stage)
            return Trail((first,), Quality.ENDPOINTS_ONLY)
        self._unsure[now.stage] += 1
        out.append(Entry(max(now.updated or 0, out[-1].at), now.stage, f"{key}:current"))
        return Trail(tuple(out), Quality.TRUNCATED, unsure=True)

    def report(self) -> None:
        """Report the stages of which nobody knows since when issues are in them."""
        for stage, number in self._unsure.most_common():
            self._items.count(
                f"in {stage}: the file does not say since when, so they count in work in progress,"
                " not in age and cycle time",
                number,
            )


def _walk(key: str, rows: Sequence[Event], out: list[Entry]) -> tuple[str, bool]:
    """Add the entries of these events; returns the stage and whether the issue is open at last."""
    stage, is_open = "", True

    def enter(row: Event, status: str) -> None:
        if status != out[-1].status:
            at = max(row.at, out[0].at)
            out.append(Entry(at, status, row.event or f"{key}:{len(out)}", row.by))

    for n, row in enumerate(rows):
        if row.kind is Kind.STAGED:
            stage = row.name
            if is_open or (is_done(stage) and out[-1].status == CLOSED):
                enter(row, stage)
        elif row.kind is Kind.UNSTAGED:
            if row.name not in ("", stage):
                continue
            stage = ""
            following = rows[n + 1] if n + 1 < len(rows) else None
            swapped = following is not None and following.at - row.at <= _SWAP
            if is_open and not (swapped and following and following.kind is not Kind.UNSTAGED):
                enter(row, OPEN)
        elif row.kind is Kind.CLOSED:
            is_open = False
            if row.name or not is_done(out[-1].status):
                enter(row, row.name or CLOSED)
        else:
            is_open = True
            enter(row, stage if stage and not is_done(stage) else OPEN)
    return stage, is_open
