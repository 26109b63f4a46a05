"""Sprints of Jira: who was in them when, from the change logs of real and of made-up issues."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vsm.connect.files.jira import read_all
from vsm.connect.files.plan_import import plan_import
from vsm.model.errors import BadInput
from vsm.model.history import SprintStay
from vsm.model.rules import SECOND
from vsm.model.sprint import Sprint, SprintState
from vsm.model.sprint_ledger import Fate, Ledger, rebuild
from vsm.reader import Reader
from vsm.session import Session

DAY = 86_400 * SECOND


def issue(key: str, *changes: tuple[str, str, str, str], **fields: Any) -> dict[str, Any]:
    """An issue with changes of (day, field, before, after)."""
    histories = [
        {
            "id": str(n),
            "created": f"2026-03-{day}T10:00:00.000+0000",
            "items": [{"field": field, "fieldtype": "custom", "from": a, "to": b,
                       "fromString": a, "toString": b}],
        }
        for n, (day, field, a, b) in enumerate(changes, 1)
    ]  # fmt: skip
    return {
        "id": key.rpartition("-")[2],
        "key": key,
        "fields": {
            "created": "2026-03-01T10:00:00.000+0000",
            "issuetype": {"name": "Story"},
            "summary": key,
            "status": {"id": "1", "name": "To Do", "statusCategory": {"key": "new"}},
            **fields,
        },
        "changelog": {"total": len(histories), "histories": histories},
    }


def sprint(number: int, state: str = "closed", **more: Any) -> dict[str, Any]:
    days = {"startDate": "2026-03-02T09:00:00.000Z", "endDate": "2026-03-13T09:00:00.000Z",
            "completeDate": "2026-03-13T10:00:00.000Z"}  # fmt: skip
    return {"id": number, "state": state, "name": f"Sprint {number}", **days, **more}


def written(folder: Path, *records: dict[str, Any]) -> Path:
    path = folder / "issues.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def days(stays: tuple[SprintStay, ...]) -> list[tuple[str, int, int | None]]:
    first = stays[0].entered
    return [
        (
            s.source_id,
            (s.entered - first) // DAY,
            None if s.left is None else (s.left - first) // DAY,
        )
        for s in stays
    ]


def test_membership_is_a_set_of_ids_and_closed_ones_stay(tmp_path: Path) -> None:
    record = issue("EE-1", ("05", "Sprint", "7", "7, 9"), ("07", "Sprint", "7, 9", "7, 11"))
    (history,) = read_all([written(tmp_path, record, sprint(7), sprint(9), sprint(11))]).histories
    assert days(history.sprints) == [("7", 0, None), ("9", 4, 6), ("11", 6, None)]


def test_without_an_entry_in_the_log_an_issue_enters_at_its_creation(tmp_path: Path) -> None:
    record = issue("EE-1", customfield_10020=[sprint(7)])
    parsed = read_all([written(tmp_path, record)])
    assert days(parsed.histories[0].sprints) == [("7", 0, None)]
    assert [one.name for one in parsed.sprints] == ["Sprint 7"]


def test_sprints_as_old_servers_print_them_are_read(tmp_path: Path) -> None:
    text = (
        "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=7,rapidViewId=3,state=CLOSED,"
        "name=EE, the 7th,goal=<null>,startDate=2026-03-02T09:00:00.000Z,"
        "endDate=2026-03-13T09:00:00.000Z,completeDate=2026-03-13T10:00:00.000Z,sequence=7]"
    )
    (facts,) = read_all([written(tmp_path, issue("EE-1", customfield_7=[text]))]).sprints
    assert (facts.source_id, facts.name) == ("7", "EE, the 7th")
    assert facts.closed is not None


def test_story_points_are_known_over_time(tmp_path: Path) -> None:
    record = issue("EE-1", ("05", "Story Points", "", "3"), ("07", "Story Points", "3", "5.5"))
    (history,) = read_all([written(tmp_path, record)]).histories
    assert [value for _, value in history.estimates] == [None, 3.0, 5.5]


def test_a_sprint_that_no_file_describes_is_named(tmp_path: Path) -> None:
    notes = read_all([written(tmp_path, issue("EE-1", ("05", "Sprint", "", "9")))]).notes
    assert any("whose dates are in no file" in note.why for note in notes)


def test_a_broken_date_is_refused_with_its_field(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"line 2.*sprint\.startDate"):
        read_all([written(tmp_path, issue("EE-1"), sprint(7, startDate="soon"))])


def imported(folder: Path, *files: Path) -> Reader:
    session = Session(folder / "a.db", actor="anna")
    plan = plan_import("jira", files, stream="EE")
    result = session.import_histories(plan)
    assert result.sprints
    again = session.import_histories(plan_import("jira", files, stream="EE", existing=None))
    assert (again.items, again.sprints) == (0, 0), "a second import changes nothing"
    session.close()
    return Reader(folder / "a.db")


def test_a_sprint_without_a_start_is_planned(tmp_path: Path) -> None:
    bare = {"id": 7, "state": "future", "name": "Next"}
    reader = imported(tmp_path, written(tmp_path, issue("EE-1", customfield_1=[bare])))
    (only,) = reader.sprints_of(1)
    assert only.state is SprintState.PLANNED
    assert only.planned_start == "2026-03-01", "when it got its first item"
    reader.close()


# -- a real board -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def devlake(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = shared_data / "pmo" / "devlake_jira"
    files = [folder / "issues.jsonl.gz", folder / "sprints.jsonl.gz"]
    reader = imported(tmp_path_factory.mktemp("devlake"), *files)
    yield reader
    reader.close()


def counted(reader: Reader, one: Sprint, until: int) -> Ledger:
    return rebuild(
        reader.sprint_records(one.id), start=one.started_at, until=until, by_count=True,
        closed=until == one.closed_at,
    )  # fmt: skip


def test_all_sprints_of_a_real_board_add_up(devlake: Reader) -> None:
    known = [one for one in devlake.sprints_of(1) if one.state is SprintState.CLOSED]
    assert len(known) == 30
    assert [one.name for one in devlake.sprints_of(1) if one not in known] == ["K5 Sprint 1"]
    for one in known:
        assert one.closed_at is not None
        assert counted(devlake, one, one.closed_at).summary.difference == 0


def test_a_past_day_of_a_real_sprint_is_what_the_change_logs_say(devlake: Reader) -> None:
    """Each day again from the records alone: in by the log, and in no done or dropped stage."""
    one = next(s for s in devlake.sprints_of(1) if s.name == "EE Sprint 7")
    assert one.started_at is not None
    assert one.closed_at is not None
    records = devlake.sprint_records(one.id)
    moved = 0
    for at in range(one.started_at, one.closed_at, DAY // 4):
        inside = {
            record.item
            for record in records
            if any(s.entered <= at and (s.left is None or s.left > at) for s in record.stays)
            and [to for moment, to in record.statuses if moment <= at][-1:] not in (
                ["done"], ["dropped"])
        }  # fmt: skip
        ledger = counted(devlake, one, at)
        assert {m.item for m in ledger.members if m.fate is Fate.OPEN} == inside
        moved += ledger.summary.completed > 0
    assert moved, "something was finished in it"
