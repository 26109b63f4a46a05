"""ActionableAgile CSV and start/finish CSV: one item a row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vsm.connect.files import actionableagile, startfinish
from vsm.connect.files.detect import format_of
from vsm.connect.files.infer_mapping import infer
from vsm.connect.files.mapping import format_stages
from vsm.connect.files.parsed_file import ParsedFile
from vsm.model.errors import BadInput
from vsm.model.item import Quality
from vsm.model.rules import to_micros

Read = Callable[..., ParsedFile]


def at(day: int, month: int = 1) -> int:
    return to_micros(datetime(2024, month, day, tzinfo=UTC))


@pytest.fixture
def stages(tmp_path: Path) -> Read:
    """Write a CSV and read it as ActionableAgile's."""

    def call(text: str, **options: Any) -> ParsedFile:
        path = tmp_path / "aa.csv"
        path.write_text(text, encoding="utf-8")
        return actionableagile.read(path, **({"zone": "UTC"} | options))

    return call


@pytest.fixture
def ends(tmp_path: Path) -> Read:
    """Write a CSV and read it as one of starts and finishes."""

    def call(text: str, **options: Any) -> ParsedFile:
        path = tmp_path / "ends.csv"
        path.write_text(text, encoding="utf-8")
        return startfinish.read(path, **({"zone": "UTC"} | options))

    return call


def paths(reading: ParsedFile) -> dict[str, list[tuple[int, str]]]:
    return {h.key: [(e.at, e.status) for e in h.entries] for h in reading.histories}


HEAD = "ID,Link,Name,Ready,Build,Test,Done,Type,Labels,Created\n"


def test_a_column_of_dates_is_a_stage_up_to_the_first_that_is_none(stages: Read) -> None:
    parsed = stages(
        HEAD
        + "A-1,https://x.example/A-1,One,2024-01-01,2024/01/02,2024-01-05,2024-01-05,Bug,[a|b],\n"
        + "A-2,,Two,2024-01-03,,2024-01-04,,,,2024-01-02\n"
        + "A-3,,,,,,,Story,,\n"
    )
    assert paths(parsed) == {
        "A-1": [(at(1), "Ready"), (at(2), "Build"), (at(5), "Test"), (at(5), "Done")],
        "A-2": [(at(3), "Ready"), (at(4), "Test")],
    }
    one, two = parsed.histories
    assert (one.title, one.type, one.labels) == ("One", "Bug", ("a", "b"))
    assert (one.description, one.quality) == ("https://x.example/A-1", Quality.FULL)
    assert (two.type, two.labels, two.where) == ("feature", (), "aa.csv line 3")
    assert [(s.where, s.why) for s in parsed.skipped] == [
        ("aa.csv line 4", "A-3 has no date in any stage")
    ]
    assert parsed.counts == {"items": 3, "stages": 4}
    assert parsed.read_as["stages"] == "Ready to Done"


def test_dates_against_the_order_of_stages_are_sorted_and_noted(stages: Read) -> None:
    parsed = stages(HEAD + "A-1,,One,2024-01-05,2024-01-02,,,Bug,,\n")
    assert paths(parsed) == {"A-1": [(at(2), "Build"), (at(5), "Ready")]}
    assert "run against the order of the stages" in parsed.notes[0].why


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            "Ideas,Build,Dev complete,Finished QA,Cancelled,Ship",
            "Ideas:backlog,Build:active,Dev complete:queue,Finished QA:queue,Ship:done,"
            "Cancelled:dropped",
        ),
        ("Ideas,Build,Done,Closed", "Ideas:backlog,Build:active,Done:done,Closed:done"),
        ("Alpha,Beta,Gamma", "Alpha:backlog,Beta:active,Gamma:done"),
    ],
)
def test_the_order_of_the_columns_is_the_order_of_the_flow(
    stages: Read, names: str, expected: str
) -> None:
    dates = ",".join(["2024-01-01"] * len(names.split(",")))
    parsed = stages(f"ID,Link,Name,{names}\n1,,x,{dates}\n")
    assert format_stages(infer(parsed.histories, parsed.hints, parsed.order)) == expected


def test_a_stage_that_no_item_has_reached_is_none_less(stages: Read) -> None:
    parsed = stages("ID,Link,Name,Ready,Build,Done,Status,Team\n1,,x,2024-01-01,,,,Core\n")
    assert parsed.counts["stages"] == 3 and parsed.histories[0].team == "Core"
    named = stages(
        "ID,Link,Name,Ready,Group A,Crew\n1,,x,2024-01-01,z,Core\n", columns={"team": "crew"}
    )
    assert named.histories[0].team == "Core"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ID,Link,Name,Type\n1,,x,Bug\n", "aa.csv has no columns of dates after 'Name'"),
        ("Link,Name,Ready\n,x,2024-01-01\n", "aa.csv line 1 has no column for the id"),
        ("ID,Name,Ready\n1,x,2024-01-01\n,y,2024-01-01\n", "aa.csv line 3, field ID is empty"),
        ("ID,Name,Ready\n1,x,2024-01-01\n2,y,2024-01-32\n", "aa.csv line 3, field Ready: '2024-0"),
        ("ID,Name,Ready,Done\n1,x,1/2/2024,2/1/2024\n", "aa.csv line 2, field Ready: '1/2/2024'"),
        ("ID,Name,Ready,,Done\n1,x,2024-01-01,2024-01-01,\n", "line 1, column 4: the stage has no"),
        ("ID,Name,Ready,Due\n1,x,2024-01-01,\n2,x,2024-01-01,soon\n", "aa.csv line 3, field Due"),
    ],
)
def test_what_is_malformed_is_refused(stages: Read, text: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        stages(text)
    assert message in str(caught.value)


def test_all_dates_of_a_file_decide_the_order_together(stages: Read, ends: Read) -> None:
    parsed = stages("ID,Name,Ready,Done\n1,x,1/2/2024,13/2/2024\n")
    assert paths(parsed) == {"1": [(at(1, 2), "Ready"), (at(13, 2), "Done")]}
    parsed = ends("id;start;finish\n1;1/2/2024;2/13/2024\n")
    assert paths(parsed) == {"1": [(at(2), "In progress"), (at(13, 2), "Done")]}


ENDS = "ID,Title,Activated Date,Closed Date,Story Points,State,Tags,Work Item Type,Parent\n"


def test_starts_and_finishes_are_endpoints_only(ends: Read) -> None:
    parsed = ends(
        ENDS
        + '7,One,2024-01-01,2024-01-03,"1,5",Closed,a; b,Bug,9\n'
        + "8,Two,2024-01-02,,,Active,,,\n"
        + "9,Three,,2024-01-04,,Closed,,,\n"
    )
    assert paths(parsed) == {
        "7": [(at(1), "Active"), (at(3), "Closed")],
        "8": [(at(2), "Active")],
        "9": [(at(4), "Closed")],
    }
    one = parsed.histories[0]
    assert (one.title, one.estimate, one.labels, one.type, one.parent) == (
        "One", 1.5, ("a", "b"), "Bug", "9",
    )  # fmt: skip
    assert {h.quality for h in parsed.histories} == {Quality.ENDPOINTS_ONLY}
    assert parsed.counts == {"items": 3, "finished": 2, "finished before their start": 0}


def test_a_finish_before_its_start_is_left_out_and_reported(ends: Read) -> None:
    parsed = ends(ENDS + "7,One,2024-01-03,2024-01-01,,,,,\n8,Two,2024-01-03,2024-01-03,,,,,\n")
    assert list(paths(parsed)) == ["8"]
    assert parsed.counts["finished before their start"] == 1
    (left,) = parsed.skipped
    assert left.where == "ends.csv line 2"
    assert left.why == "7 finishes (2024-01-01) before it starts (2024-01-03)"


def test_what_has_no_date_or_was_removed_is_left_out_and_reported(ends: Read) -> None:
    parsed = ends(ENDS + "7,One,,,,New,,,\n8,Two,2024-01-03,,,Removed,,,\n9,,2024-01-03,,,,,,\n")
    assert [s.why for s in parsed.skipped] == [
        "7 has no date", "8 is Removed without a date",
    ]  # fmt: skip
    assert list(paths(parsed)) == ["9"]


def test_creation_is_never_the_start(ends: Read) -> None:
    text = "id,created_date,started,finished_date\n1,2024-01-01,2024-01-02,2024-01-03\n"
    assert paths(ends(text))["1"] == [(at(1), "To do"), (at(2), "In progress"), (at(3), "Done")]
    late = ends(text.replace("2024-01-01", "2024-01-09"))
    assert paths(late)["1"] == [(at(2), "In progress"), (at(3), "Done")]
    assert "created after its start" in late.notes[0].why
    alone = text.replace("started", "other")
    assert paths(ends(alone))["1"] == [(at(1), "To do"), (at(3), "Done")]
    assert ends(alone).read_as["created"] == "created_date"
    chosen = ends(alone, columns={"start": "created_date", "created": ""})
    assert paths(chosen)["1"] == [(at(1), "In progress"), (at(3), "Done")]
    assert "before its creation" in ends(alone.replace("01-01", "01-09")).skipped[0].why


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,start\n1,2024-01-01\n", "ends.csv line 1 has no column for the finish"),
        ("id,start,finish\n,2024-01-01,\n", "ends.csv line 2, field id is empty"),
        ("id,start,finish\n1,2024-01-01,x\n", "ends.csv line 2, field finish: 'x' is no time"),
        ("id,finish,points\n1,2024-01-01,-1\n", "ends.csv line 2, field points: '-1' is no estim"),
        (f"id,finish,tags\n1,2024-01-01,{'|'.join(map(str, range(60)))}\n", "tags: 60 labels"),
    ],
)
def test_malformed_rows_are_refused(ends: Read, text: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        ends(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "format_name"),
    [
        ('\ufeff {"issues": []}', "jira"),
        ("[]", "jira"),
        ("<log/>", "xes"),
        ("case;activity;timestamp\n1;2;3\n", "csv"),
        ("ID,Link,Name,Ready\n1,,x,2024-01-01\n", "actionableagile"),
        (ENDS + "1,,,,,,,,\n", "startfinish"),
        ("id,created_date,finished_date\n1,2,3\n", "startfinish"),
    ],
)
def test_a_format_is_recognised_by_a_look_at_the_file(
    tmp_path: Path, text: str, format_name: str
) -> None:
    path = tmp_path / "some.file"
    path.write_text(text, encoding="utf-8")
    assert format_of(path) == format_name


def test_a_file_of_no_known_format_says_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("colour,size\nred,1\n")
    with pytest.raises(
        BadInput, match=r"x.csv: unknown file format, with the columns .*colour, size"
    ):
        format_of(path)
    with pytest.raises(BadInput, match=r"there is no file"):
        format_of(tmp_path / "none.csv")
