"""Reads CSV with one item a row: its id, its state, and dates of creation, start and finish.

Jira's ordinary export is such a table, and so are those of Azure DevOps, Linear, Asana, Shortcut,
YouTrack, ClickUp, Monday and Notion. Nothing is known about the time between the dates, so
histories are ``endpoints_only``; where it is not known since when an item is in its state, they are
``truncated``. A creation is never a start. An item that finishes before it starts would make
figures wrong: it is left out and reported, never clipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vsm.connect.files.columns import ABOUT, Role, choose, plain, recognise
from vsm.connect.files.date_parser import DateParser
from vsm.connect.files.file_head import Head
from vsm.connect.files.item_rows import ItemRows
from vsm.connect.files.item_states import MADE_UP
from vsm.connect.files.parsed_file import ParsedFile
from vsm.connect.files.source import Source
from vsm.connect.files.table import Dialect, Table
from vsm.connect.files.tabular import learn, read_as
from vsm.gc_pause import without_collector
from vsm.model.errors import BadInput
from vsm.model.history import Progress

ID = Role(
    "id", "id",
    ("issuekey", "key", "id", "workitemid", "itemid", "taskid", "storyid", "issueid", "number"),
    needed=True,
)  # fmt: skip
CREATED = Role(
    "created", "date of creation",
    ("created", "createddate", "creationdate", "createdat", "createdon", "datecreated",
     "createdtime", "creationtime"),
)  # fmt: skip
START = Role(
    "start", "start",
    ("start", "started", "startdate", "starteddate", "activateddate", "activated", "starttime",
     "inprogressdate", "begin", "begindate", "startedat", "committeddate", "datestarted"),
)  # fmt: skip
FINISH = Role(
    "finish", "finish",
    ("finish", "finished", "finishdate", "finisheddate", "closeddate", "closed", "enddate", "end",
     "done", "donedate", "completed", "completeddate", "completiondate", "completedat",
     "resolveddate", "resolved", "resolutiondate", "finishedat", "closedat", "endtime",
     "dateclosed", "datedone", "datecompleted"),
)  # fmt: skip
STATE = Role(
    "state", "state",
    ("status", "state", "currentstatus", "currentstate", "sectioncolumn", "column", "boardcolumn",
     "workflowstate"),
)  # fmt: skip
CATEGORY = Role("category", "category of the state", ("statuscategory", "statecategory"))
CHANGED = Role(
    "changed", "date of the change of state",
    ("statuscategorychanged", "statuscategorychangedate", "statechangedate", "statechanged",
     "statuschangedate", "statuschanged", "movedat"),
)  # fmt: skip
UPDATED = Role(
    "updated", "date of the last change",
    ("updated", "updateddate", "updatedat", "lastupdated", "lastmodified", "changeddate",
     "dateupdated", "lasteditedtime", "modified"),
)  # fmt: skip
CANCELLED = Role(
    "cancelled", "date of cancellation",
    ("canceled", "cancelled", "canceledat", "cancelledat", "canceleddate", "cancelleddate"),
)  # fmt: skip
RESOLUTION = Role("resolution", "resolution", ("resolution", "reason", "statereason"))
DESCRIPTION = Role("description", "description", ("description", "notes", "taskcontent"))

DATES = (CREATED, START, FINISH, CHANGED, UPDATED, CANCELLED)
ROLES = (ID, *DATES, STATE, CATEGORY, RESOLUTION, DESCRIPTION, *ABOUT)
"""Roles of the columns."""

_PLANNED_STARTS = frozenset(("sectioncolumn", "dateclosed"))
"""Columns of tools (Asana, ClickUp) whose start date is a plan."""
_DATES = tuple(role.name for role in DATES)


def matches(head: Head) -> bool:
    """Whether a table has columns for the id, and for a finish, or for state and creation."""
    known = recognise(head.header, ROLES).keys()
    return "id" in known and ("finish" in known or {"state", "created"} <= known)


def read(
    path: Path,
    *,
    zone: str,
    columns: Mapping[str, str | None] | None = None,
    dialect: Dialect | None = None,
    date_format: str | None = None,
    not_delivered: str | None = None,
    progress: Progress | None = None,
) -> ParsedFile:
    """Read a table of items; ``zone`` is that of times which name none.

    ``not_delivered`` are the resolutions that mean it, in place of the usual ones. Raises
    :class:`BadInput` with file, line and field if anything is malformed: nothing of such a file is
    used.
    """
    clock = DateParser(zone, date_format)
    with Source(path, progress) as source, without_collector():
        table = Table(source, dialect or Dialect())
        chosen = dict(columns or {})
        if chosen.get("start") is None and _PLANNED_STARTS & set(map(plain, table.header)):
            chosen["start"] = ""
        places = choose(table.file, table.header, ROLES, chosen)
        if not {"finish", "state"} & places.keys():
            raise BadInput(
                f"{table.file} line 1 has no column for the finish, and none for the state",
                "name one with --finish or --state",
            )
        cells = table.whole()
        dated = [places[role] for role in (*_DATES, "due") if role in places]
        learn(table, cells, dated, clock)
        rows = ItemRows(table, cells, places, clock, not_delivered)
        histories = [h for row in range(table.rows) if (h := rows.history(row)) is not None]
        return ParsedFile(
            file=table.file,
            sha256=source.sha256(),
            histories=histories,
            hints=rows.states.hints(),
            skipped=tuple(rows.skipped),
            notes=tuple(rows.all_notes()),
            counts={
                "items": table.rows,
                "finished": rows.finished,
                "finished before their start": rows.backwards,
            }
            | ({"not delivered": rows.undelivered} if rows.undelivered else {}),
            read_as=read_as(table, places, clock) | rows.more_columns(),
            roles={name: category for category, name in MADE_UP.items()},
        )
