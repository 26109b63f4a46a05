"""Declares the formats that can be imported: text for help, options, the module that reads them.

The command line, detection, the welcome screen and their help come from here. A new format is a
module and an entry. The module has ``read(path, *, progress=None, …) -> ParsedFile`` (with ``zone``
if times may name none), ``matches(head) -> bool`` and, for a table, ``ROLES``. Modules are loaded
when they are used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, cast

from vsm.model.errors import BadInput

if TYPE_CHECKING:
    from vsm.connect.files.parsed_file import ParsedFile

Read = Callable[..., "ParsedFile"]


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a format: ``name`` is the setting of ``read``, without ``metavar`` a flag."""

    flag: str
    name: str
    help: str
    metavar: str = ""


PROJECT = Option("--project", "project", "Only issues of this project.", "KEY")
JOIN_LIFECYCLE = Option(
    "--join-lifecycle",
    "joined",
    "Use activity and lifecycle transition together as the stage: 'Accepted/Wait'.",
)
TIMEZONE = Option(
    "--timezone", "timezone", "Time zone of times without one [default: the stream's].", "ZONE"
)
NOT_DELIVERED = Option(
    "--not-delivered",
    "not_delivered",
    "Resolutions that mean not delivered, separated by commas [default: Won't Do, Duplicate and"
    " the like].",
    "LIST",
)
TABLE = (
    Option("--delimiter", "delimiter", "Column separator [default: detected].", "CHAR"),
    Option(
        "--encoding",
        "encoding",
        "Text encoding, such as cp1252 or latin-1 [default: UTF-8].",
        "NAME",
    ),
    Option(
        "--date-format",
        "date_format",
        "dmy, mdy, ymd, or a pattern such as '%d.%m.%Y %H:%M' [default: inferred].",
        "FORMAT",
    ),
    TIMEZONE,
)


@dataclass(frozen=True, slots=True)
class Format:
    """One format: its name on the command line, its texts, its options and its module.

    ``files`` says in a few words which files these are, ``summary`` and ``about`` are help.
    ``table`` says that it is a table with columns of ``ROLES``. ``plain`` says that no system
    stands behind it: its ids are unique within a stream only, and its times may name no zone.
    ``tool`` names the tool whose JSON it is.
    """

    name: str
    module: str
    files: str
    summary: str
    about: str
    examples: str
    options: tuple[Option, ...] = ()
    table: bool = False
    plain: bool = True
    tool: str = ""

    def load(self) -> ModuleType:
        """The module that reads this format."""
        return import_module(self.module)

    def reader(self) -> Read:
        """The function that reads a file of this format."""
        return cast(Read, self.load().read)


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format(
            "trello",
            "vsm.connect.files.trello",
            files="a Trello board as JSON",
            tool="Trello",
            summary="Import a board that Trello exported.",
            about="FILE is the JSON of one board (Menu, Print and export, Export as JSON). Cards"
            " are items, lists are stages. Trello exports the newest 1,000 actions; the histories"
            " of older cards count as truncated.",
            examples="""
vsm import trello board.json --stream Web --dry-run
vsm import trello board.json --stream Web --stages 'Ideas:backlog,Doing:active,Done:done'
""",
        ),
        Format(
            "azure",
            "vsm.connect.files.azure_devops",
            files="Azure DevOps work items as JSON",
            tool="Azure DevOps",
            summary="Import work items from Azure DevOps.",
            about="FILE is JSON of work items with their updates or revisions, of the updates of"
            " work items, or of work items alone. Columns of the board, else states, are stages;"
            " without updates a work item has its dates.",
            examples="""
vsm import azure updates.json --stream Web --dry-run
vsm import azure items.jsonl --stream Web --stages 'New:backlog,Active:active,Closed:done'
""",
        ),
        Format(
            "linear",
            "vsm.connect.files.linear",
            files="Linear issues as JSON",
            tool="Linear",
            summary="Import issues from Linear.",
            about="FILE is JSON of the GraphQL interface. With history (fromState, toState) all"
            " states are stages; without it an issue has its creation, start and end. The type of"
            " a state is its category.",
            examples="""
vsm import linear issues.json --stream Web --dry-run
""",
        ),
        Format(
            "shortcut",
            "vsm.connect.files.shortcut",
            files="Shortcut stories as JSON",
            tool="Shortcut",
            summary="Import stories from Shortcut.",
            about="FILE is JSON of stories. With their history all states are stages; without it a"
            " story has its creation, start and completion.",
            examples="""
vsm import shortcut stories.json --stream Web --dry-run
""",
        ),
        Format(
            "youtrack",
            "vsm.connect.files.youtrack",
            files="YouTrack issues as JSON",
            tool="YouTrack",
            summary="Import issues from YouTrack.",
            about="FILE is JSON of issues with their custom fields. With activities all states are"
            " stages; without them an issue has its creation and its resolution.",
            examples="""
vsm import youtrack issues.json --stream Web --dry-run
""",
        ),
        Format(
            "asana",
            "vsm.connect.files.asana",
            files="Asana tasks as JSON",
            tool="Asana",
            summary="Import tasks from Asana.",
            about="FILE is JSON of a project (Export, JSON) or of tasks. Sections are stages; with"
            " stories that have their moves the history is full, else a task has its creation and"
            " its completion.",
            examples="""
vsm import asana project.json --stream Web --dry-run
""",
        ),
        Format(
            "clickup",
            "vsm.connect.files.clickup",
            files="ClickUp tasks as JSON",
            tool="ClickUp",
            summary="Import tasks from ClickUp.",
            about="FILE is JSON of tasks. A task has its creation and its end, and its status now.",
            examples="""
vsm import clickup tasks.json --stream Web --dry-run
""",
        ),
        Format(
            "gitlab",
            "vsm.connect.files.gitlab",
            files="GitLab issues as JSON",
            tool="GitLab",
            summary="Import issues from GitLab.",
            about="FILE is JSON of the REST or GraphQL interface, or issues.ndjson of a project"
            " export. With resource_label_events and resource_state_events scoped labels such as"
            " workflow::doing are stages; without them an issue has its creation and its closing."
            " Merge requests are left out.",
            examples="""
glab api --paginate 'projects/:id/issues?scope=all&per_page=100' > issues.json
vsm import gitlab issues.json --stream Web --dry-run
""",
        ),
        Format(
            "github",
            "vsm.connect.files.github",
            files="GitHub issues as JSON",
            tool="GitHub",
            summary="Import issues from GitHub.",
            about="FILE is JSON of the REST or GraphQL interface, or of gh issue list --json. With"
            " timeline events (timeline, timelineItems, events) the columns of projects and labels"
            " such as 'status: doing' are stages; without them an issue has its creation and its"
            " closing. Pull requests are left out.",
            examples="""
gh issue list --state all --limit 9999 --json \
  number,title,state,stateReason,createdAt,closedAt,updatedAt,url,labels,assignees,milestone \
  > issues.json
vsm import github issues.json --stream Web --dry-run
""",
        ),
        Format(
            "jira",
            "vsm.connect.files.jira",
            files="Jira issues as JSON",
            tool="Jira",
            summary="Import issues with their history from Jira.",
            about="FILE is JSON, plain or gzip: a page of search results, a list of issues, or one"
            " issue per line. Issues need their changelog (expand=changelog), or files of change"
            " logs beside them.",
            examples="""
vsm import jira issues.json --stream Web --dry-run
vsm import jira issues.json --stream Web --commit 'In Progress' --tz Europe/Berlin
vsm import jira all.jsonl.gz --stream Web --project WEB --dry-run --json
vsm import jira issues.json --stream Web --stages 'Open:backlog,Doing:active,Done:done'
vsm import jira issues.json --stream Web --mapping stages.toml --json
vsm import jira page1.json page2.json changelogs.json --stream Web
vsm import jira page9.json --stream Web --add-stages
""",
            options=(PROJECT, NOT_DELIVERED),
            plain=False,
        ),
        Format(
            "xes",
            "vsm.connect.files.xes",
            files="an event log as XES",
            summary="Import an event log as XES.",
            about="FILE is a log in the process-mining standard, plain or gzip. A trace is an item,"
            " an activity (concept:name) is a stage, org:resource is the person, org:group is the"
            " team.",
            examples="""
vsm import xes log.xes.gz --stream Claims --dry-run
vsm import xes log.xes --stream Incidents --join-lifecycle --dry-run
""",
            options=(JOIN_LIFECYCLE, TIMEZONE),
        ),
        Format(
            "actionableagile",
            "vsm.connect.files.actionableagile",
            files="ActionableAgile CSV",
            summary="Import ActionableAgile CSV: one date per stage.",
            about="FILE has the columns ID, Link and Name, then one column per stage with the day"
            " on which an item entered it, then attributes.",
            examples="""
vsm import actionableagile export.csv --stream Web --dry-run
vsm import actionableagile export.csv --stream Web --team components
""",
            options=TABLE,
            table=True,
        ),
        Format(
            "csv",
            "vsm.connect.files.event_csv",
            files="an event log as CSV",
            summary="Import an event log: case, activity, time.",
            about="FILE is CSV with one event per row, plain or gzip. A case is an item, an"
            " activity is a stage. vsm recognises columns by their names; --dry-run shows how it"
            " read them.",
            examples="""
vsm import csv events.csv --stream Claims --dry-run
vsm import csv events.csv.gz --stream Claims --case 'Claim No' --activity Step --time When
vsm import csv events.csv --stream Claims --date-format dmy --timezone Europe/Berlin
vsm import csv events.csv --stream Claims --stages 'New:backlog,Check:active,Paid:done'
""",
            options=(*TABLE, JOIN_LIFECYCLE),
            table=True,
        ),
        Format(
            "startfinish",
            "vsm.connect.files.startfinish",
            files="CSV with one item per row (Jira, Azure DevOps, Linear and others)",
            summary="Import a CSV of starts and finishes.",
            about="FILE has one item per row: id, state, dates of creation, start and finish, as"
            " Jira, Azure DevOps, Linear, Asana, Shortcut, YouTrack and ClickUp export it. A"
            " creation is never a start. An item that finishes before it starts is reported and"
            " skipped.",
            examples="""
vsm import startfinish items.csv --stream Web --dry-run
vsm import startfinish items.csv --stream Web --start 'Activated Date' --finish 'Closed Date'
vsm import startfinish items.csv --stream Web --date-format mdy
vsm import startfinish jira.csv --stream Web --not-delivered 'Duplicate,Declined'
""",
            options=(*TABLE, NOT_DELIVERED),
            table=True,
        ),
    )
}
"""By name, in the order in which a file is tried."""

READABLE = ", ".join(
    (
        "JSON of " + ", ".join(sorted(known.tool for known in FORMATS.values() if known.tool)),
        *(known.files for known in FORMATS.values() if not known.tool),
    )
)
"""The files that can be imported, for people."""


def find(name: str) -> Format:
    """The format of this name; raises :class:`BadInput` with a list of the formats."""
    match = FORMATS.get(name.strip().casefold())
    if match is None:
        raise BadInput(f"there is no format {name!r}", f"there are: {', '.join(FORMATS)}")
    return match
