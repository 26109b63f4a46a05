"""Tables of items with states: Jira's ordinary export and those of other trackers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vsm.connect.files import startfinish
from vsm.connect.files.detect import format_of
from vsm.connect.files.parsed_file import ParsedFile
from vsm.connect.files.plan_import import plan_import
from vsm.model.errors import BadInput
from vsm.model.item import LinkKind, Quality
from vsm.model.rules import to_micros
from vsm.model.stream import Category

Read = Callable[..., ParsedFile]

JIRA = (
    "Summary,Issue key,Issue id,Issue Type,Status,Priority,Resolution,Assignee,Created,Updated,"
    "Resolved,Labels,Labels,Component/s,Description,Outward issue link (Blocks),"
    "Inward issue link (Blocks),Outward issue link (Relates),Custom field (Story Points),Sprint,"
    "Sprint,Parent,Status Category,Status Category Changed\n"
    "New one,QX-1,10001,Story,To Do,Medium,,,02/Mar/26 9:00 AM,02/Mar/26 9:00 AM,,api,web,Core,"
    "Text,QX-3,,,5.0,S1,S2,,To Do,02/Mar/26 9:00 AM\n"
    "Begun,QX-2,10002,Story,In Progress,Medium,,sam,02/Mar/26 9:00 AM,07/Mar/26 9:00 AM,,,,,,,,"
    "QX-1,,,,,In Progress,05/Mar/26 9:00 AM\n"
    "Delivered,QX-3,10003,Story,Done,Medium,Done,sam,02/Mar/26 9:00 AM,09/Mar/26 9:00 AM,"
    "09/Mar/26 9:00 AM,,,,,,QX-2,,,,,,Done,09/Mar/26 9:00 AM\n"
    "No resolution,QX-4,10004,Story,Done,Medium,,,02/Mar/26 9:00 AM,12/Mar/26 9:00 AM,,,,,,,,,,,,,"
    "Done,10/Mar/26 9:00 AM\n"
    "Not wanted,QX-5,10005,Bug,Done,Medium,Won't Do,,02/Mar/26 9:00 AM,04/Mar/26 9:00 AM,"
    "04/Mar/26 9:00 AM,,,,,,,,,,,,Done,04/Mar/26 9:00 AM\n"
    "Part,QX-6,10006,Sub-task,To Do,Medium,,?,03/Mar/26 9:00 AM,03/Mar/26 9:00 AM,,,,,,,,,,,,10001,"
    "To Do,03/Mar/26 9:00 AM\n"
)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a table from its text."""

    def made(text: str, **options: object) -> ParsedFile:
        path = tmp_path / "items.csv"
        path.write_text(text, encoding="utf-8")
        return startfinish.read(path, **({"zone": "UTC"} | options))  # type: ignore[arg-type]

    return made


def at(day: int, month: int = 3, hour: int = 9) -> int:
    return to_micros(datetime(2026, month, day, hour, tzinfo=UTC))


def paths(parsed: ParsedFile) -> Mapping[str, list[tuple[int, str]]]:
    return {h.key: [(e.at, e.status) for e in h.entries] for h in parsed.histories}


def test_the_ordinary_export_of_jira_places_items_by_their_status(read: Read) -> None:
    parsed = read(JIRA)
    assert paths(parsed) == {
        "QX-1": [(at(2), "To Do")],
        "QX-2": [(at(2), "To Do"), (at(5), "In Progress")],
        "QX-3": [(at(2), "To Do"), (at(9), "Done")],
        "QX-4": [(at(2), "To Do"), (at(10), "Done")],
        "QX-5": [(at(2), "To Do"), (at(4), "Not delivered")],
        "QX-6": [(at(3), "To Do")],
    }
    one, two, three, _, _, part = parsed.histories
    assert (one.labels, one.estimate, one.description) == (
        ("api", "web", "Core", "S1", "S2"), 5.0, "Text",
    )  # fmt: skip
    assert one.links == ((LinkKind.BLOCKS, "QX-1", "QX-3"),)
    assert two.links == ((LinkKind.RELATES, "QX-1", "QX-2"),)
    assert three.links == ((LinkKind.BLOCKS, "QX-2", "QX-3"),)
    assert (part.parent, part.owner) == ("QX-1", None)
    assert {h.quality for h in parsed.histories} == {Quality.ENDPOINTS_ONLY}


def test_resolutions_that_mean_not_delivered_can_be_chosen(read: Read) -> None:
    assert paths(read(JIRA, not_delivered="Done"))["QX-5"][-1][1] == "Done"
    assert paths(read(JIRA, not_delivered="Done"))["QX-3"][-1][1] == "Not delivered"


def test_stages_of_a_plan_have_the_categories_that_the_table_tells(
    read: Read, tmp_path: Path
) -> None:
    read(JIRA)
    plan = plan_import(format_of(tmp_path / "items.csv"), tmp_path / "items.csv", stream="Web")
    assert plan.stages == (
        ("To Do", Category.BACKLOG),
        ("In Progress", Category.ACTIVE),
        ("Done", Category.DONE),
        ("Not delivered", Category.DROPPED),
    )


def test_since_when_an_item_is_in_progress_is_said_to_be_unknown(read: Read) -> None:
    parsed = read(
        "Key,Created,Updated,Resolved,Status\n"
        "A-1,2026-03-02T09:00Z,2026-03-09T09:00Z,2026-03-09T09:00Z,Done\n"
        "A-2,2026-03-03T09:00Z,2026-03-08T09:00Z,,In Review\n"
        "A-3,2026-03-03T09:00Z,2026-03-04T09:00Z,,Open\n"
        "A-4,2026-03-03T09:00Z,2026-03-04T09:00Z,N/A,Done\n"
    )
    assert paths(parsed) == {
        "A-1": [(at(2), "Open"), (at(9), "Done")],
        "A-2": [(at(3), "Open"), (at(8), "In Review")],
        "A-3": [(at(3), "Open")],
    }
    quality = {h.key: h.quality for h in parsed.histories}
    assert quality["A-2"] is Quality.TRUNCATED and quality["A-1"] is Quality.ENDPOINTS_ONLY
    assert [s.why for s in parsed.skipped] == ["A-4 is Done without a date"]
    (note,) = parsed.notes
    assert note.why.startswith("1 in In Review: the table does not say since when")


@pytest.mark.parametrize(
    ("header", "row", "path"),
    [
        (  # Azure DevOps: Activated Date is the start, the state has a date of its own
            "ID,Work Item Type,Title,Assigned To,State,Created Date,Activated Date,"
            "State Change Date,Closed Date",
            "7,Bug,One,Ann <ann@example.org>,Resolved,2.3.2026 09:00,3.3.2026 09:00,"
            "5.3.2026 09:00,\n8,Bug,Two,,Active,2.3.2026 09:00,3.3.2026 09:00,,\n"
            "9,Bug,Three,,Closed,2.3.2026 09:00,3.3.2026 09:00,,6.3.2026 09:00",
            [(at(2), "To do"), (at(3), "Active"), (at(5), "Resolved")],
        ),
        (  # Linear
            "ID,Team,Title,Status,Estimate,Assignee,Labels,Created,Started,Completed,Canceled",
            "WEB-1,Web,One,Canceled,3,ann,a,2026-03-02T09:00Z,2026-03-03T09:00Z,,2026-03-04T09:00Z",
            [(at(2), "To do"), (at(3), "In progress"), (at(4), "Canceled")],
        ),
        (  # Asana: its start date is a plan
            "Task ID,Created At,Completed At,Last Modified,Name,Section/Column,Assignee,Start Date",
            "11,2026-03-02T09:00Z,,2026-03-05T09:00Z,One,Doing,ann,2026-06-01",
            [(at(2), "To do"), (at(5), "Doing")],
        ),
        (  # Shortcut
            "id,name,type,created_at,started_at,updated_at,moved_at,completed_at,estimate,state",
            "21,One,feature,2026-03-02T09:00Z,2026-03-03T09:00Z,2026-03-09T09:00Z,"
            "2026-03-04T09:00Z,,1,Ready for Deploy\n"
            "22,Two,feature,2026-03-02T09:00Z,2026-03-03T09:00Z,,2026-03-03T09:00Z,,"
            "1,In Development",
            [(at(2), "To do"), (at(3), "In Development"), (at(4), "Ready for Deploy")],
        ),
        (  # YouTrack
            "Issue Id,Tags,Summary,Created,Updated,Resolved,Type,State,Assignee",
            "YT-1,,One,02 Mar 2026 09:00,07 Mar 2026 09:00,06 Mar 2026 09:00,Bug,Fixed,",
            [(at(2), "To do"), (at(6), "Fixed")],
        ),
        (  # ClickUp
            "Task ID,Task Name,Status,Date Created,Date Updated,Date Closed,Start Date,Assignees",
            "c1,One,complete,45718.375,45720.375,45719.375,,[ann]",
            [
                (at(2, 3) - 365 * 86_400_000_000, "To do"),
                (at(3) - 365 * 86_400_000_000, "complete"),
            ],
        ),
        (  # Notion and Monday, with an id column
            "ID,Name,Status,Assign,Created time,Last edited time",
            'T-1,One,Not started,ann,"March 2, 2026 9:00 AM","March 4, 2026 9:00 AM"',
            [(at(2), "Not started")],
        ),
    ],
)
def test_exports_of_other_trackers_are_recognised_by_their_headers(
    read: Read, tmp_path: Path, header: str, row: str, path: list[tuple[int, str]]
) -> None:
    parsed = read(f"{header}\n{row}\n")
    assert format_of(tmp_path / "items.csv") == "startfinish"
    assert next(iter(paths(parsed).values())) == path
    assert "@" not in str(parsed.histories[0].owner)


def test_a_task_that_is_completed_is_done_whatever_the_column_of_the_board(read: Read) -> None:
    parsed = read(
        "Task ID,Created At,Completed At,Name,Section/Column,Assignee,Tags\n"
        '1,2026-03-02T09:00Z,2026-03-05T09:00Z,One,Build,"[Ann, Bo]","Urgent,Client"\n'
        "2,2026-03-02T09:00Z,,Two,Build,,\n"
    )
    assert paths(parsed)["1"] == [(at(2), "To do"), (at(5), "Done")]
    assert (parsed.histories[0].owner, parsed.histories[0].labels) == (
        "Ann, Bo", ("Urgent", "Client"),
    )  # fmt: skip


def test_a_last_cell_that_is_left_out_is_empty(read: Read) -> None:
    parsed = read("ID,Status,Created,Completed,Roadmaps\nA,Todo,2026-03-02T09:00Z,\n")
    assert paths(parsed) == {"A": [(at(2), "Todo")]}
    with pytest.raises(BadInput, match="line 2 has 3 columns, and the header has 5"):
        read("ID,Status,Created,Completed,Roadmaps\nA,Todo,2026-03-02T09:00Z\n")


@pytest.mark.parametrize(
    ("text", "format_name"),
    [
        ("Key,Created,Resolved,Status\nA,2024-05-01,2024-05-09,Done\n", "startfinish"),
        ("id,status,date\nA,Open,2024-05-01\nA,Done,2024-05-02\n", "csv"),
        ("id,status,created,date\nA,Open,2024-05-01,2024-05-01\nA,B,2024-05-01,2024-05-02\n",
         "csv"),
        ("id,status,created,date\nA,Open,2024-05-01,2024-05-01\nB,B,2024-05-01,2024-05-02\n",
         "startfinish"),
        ("ID,Name,Backlog,In Progress,Done,Type\nA,One,2026-03-02,2026-03-03,,Bug\n",
         "actionableagile"),
        ("ID,Type,Name,Ready,In production\nA,Bug,One,2026-03-02,2026-03-03\n", "actionableagile"),
        ("ID,Name,Url,Created,Started,Closed\nA,One,x,2026-03-01,2026-03-02,2026-03-03\n",
         "startfinish"),
        ("ID,Name,Url,Created Date,Verified On,Closed Date\nA,One,x,2026-03-01,2026-03-02,\n",
         "startfinish"),
    ],
)  # fmt: skip
def test_a_format_is_recognised_by_what_the_columns_hold(
    tmp_path: Path, text: str, format_name: str
) -> None:
    path = tmp_path / "some.csv"
    path.write_text(text, encoding="utf-8")
    assert format_of(path) == format_name


def test_an_event_log_with_two_times_takes_the_start(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "case:concept:name,concept:name,time:timestamp,start_timestamp\n"
        "c1,Build,2026-03-06T17:00:00Z,2026-03-03T09:00:00Z\n"
    )
    plan = plan_import("csv", path, stream="Web")
    assert plan.histories[0].entries[0].at == at(3)
    assert plan.read_as["time"] == "start_timestamp"
