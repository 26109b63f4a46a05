"""Stage mappings: those that people write, and those that are guessed."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.connect.files.infer_mapping import guess_category, infer, normalise_name
from vsm.connect.files.jira import read
from vsm.connect.files.mapping import format_stages, parse_stages, read_mapping
from vsm.connect.files.parsed_file import Hint
from vsm.model.errors import BadInput
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category

Make = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


def test_stages_are_read_in_their_order() -> None:
    stage_map = parse_stages(' Open:backlog , In  Progress: Active,QA: 2nd:queue,"a, b":done,')
    assert stage_map.stages == (
        ("Open", Category.BACKLOG),
        ("In Progress", Category.ACTIVE),
        ("QA: 2nd", Category.QUEUE),
        ("a, b", Category.DONE),
    )
    assert stage_map.stage_of("in progress") == "In Progress"
    assert stage_map.stage_of("Elsewhere") is None
    assert stage_map.stage_of("Elsewhere", ("OPEN",)) == "Open"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "part 1 of the stages, '', should be NAME:CATEGORY"),
        ("Open", "part 1 of the stages, 'Open', should be NAME:CATEGORY"),
        ("Open:backlog,,Done:done", "part 2 of the stages"),
        (":done", "part 1 of the stages, ':done'"),
        ("Open:todo", "the stage 'Open' has the category 'todo'. there are backlog, queue"),
        ("Open:backlog,OPEN:done", "the stage 'OPEN' is given twice"),
        ('"Open:backlog', "a quotation mark in the stages has no partner"),
        ("x" * 101 + ":done", "has 101 characters"),
        (",".join(f"s{n}:done" for n in range(101)), "101 stages are too many"),
    ],
)
def test_wrong_stages_are_refused_by_part_and_name(text: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_stages(text)
    assert message in str(caught.value)


NAMES = st.text(min_size=1, max_size=20).map(lambda t: " ".join(inert_line(t).split())).filter(bool)


@given(st.lists(st.tuples(NAMES, st.sampled_from(Category)), min_size=1, max_size=8,
                unique_by=lambda s: normalise_name(s[0])))  # fmt: skip
def test_the_printed_mapping_is_read_back_the_same(stages: list[tuple[str, Category]]) -> None:
    assert parse_stages(format_stages(tuple(stages))).stages == tuple(stages)
    (word,) = shlex.split(shlex.quote(format_stages(tuple(stages))))
    assert parse_stages(word).stages == tuple(stages)


# -- mapping files ---------------------------------------------------------------------


def test_a_mapping_file_gives_statuses_to_stages(tmp_path: Path) -> None:
    path = tmp_path / "stages.toml"
    path.write_text(
        'commitment = "Build"\n'
        '[[stage]]\nname = "Inbox"\ncategory = "backlog"\nstatuses = ["Open", "To Do"]\n'
        '[[stage]]\nname = "Build"\ncategory = "active"\n'
        '[[stage]]\nname = "Done"\ncategory = "done"\nstatuses = ["Closed"]\n'
    )
    stage_map = read_mapping(path)
    assert [n for n, _ in stage_map.stages] == ["Inbox", "Build", "Done"]
    assert [stage_map.stage_of(s) for s in ("open", "Inbox", "Build", "CLOSED", "Reopened")] == [
        "Inbox", "Inbox", "Build", "Done", None,
    ]  # fmt: skip
    assert stage_map.commitment == "Build"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stage = [", "stages.toml: not valid TOML"),
        ("", "stages.toml: there is no [[stage]]"),
        ("stage = 3", "stages.toml, line 1: stage is no list: there is no [[stage]]"),
        ("stages = []", "stages.toml, line 1: there is no field 'stages'"),
        ('[[stage]]\ncategory = "done"', "stages.toml, line 1, stage 1: name is missing"),
        ('[[stage]]\nname = "A"', "stages.toml, line 1, stage 1: category is missing"),
        ('[[stage]]\nname = "A"\ncategory = "x"', "the stage 'A' has the category 'x'"),
        (
            '[[stage]]\nname = "A"\ncategory = "done"\nalias = 1',
            "line 4, stage 1: there is no field 'alias'",
        ),
        (
            '[[stage]]\nname = "A"\ncategory = "done"\nstatuses = "x"',
            "line 4, stage 1: statuses is no list of words",
        ),
        (
            '[[stage]]\nname = "A"\ncategory = "queue"\nstatuses = ["x"]\n'
            '[[stage]]\nname = "B"\ncategory = "done"\nstatuses = ["X"]',
            "line 8, stage 2: the status 'X' is given to 'A' and to 'B'",
        ),
        (
            'commitment = 1\n[[stage]]\nname = "A"\ncategory = "done"',
            "line 1: commitment is no text",
        ),
    ],
)
def test_a_wrong_mapping_file_is_refused_by_place(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "stages.toml"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        read_mapping(path)
    assert message in str(caught.value)
    with pytest.raises(BadInput, match="there is no mapping file"):
        read_mapping(tmp_path / "gone.toml")


# -- guesses ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "hint", "expected"),
    [
        ("Received", "", "backlog"),
        ("More Details Needed", "", "backlog"),
        ("Volunteer Needed", "", "backlog"),
        ("Accepted", "", "backlog"),
        ("Open", "", "backlog"),
        ("To Do", "", "backlog"),
        ("Reopened", "", "queue"),
        ("Patch Available", "", "queue"),
        ("Ready for Release", "", "queue"),
        ("Waiting for customer", "", "queue"),
        ("Dev Done", "", "queue"),
        ("To be tested", "", "queue"),
        ("In Progress", "", "active"),
        ("In Review", "", "active"),
        ("Testing", "", "active"),
        ("Something else", "", "active"),
        ("Resolved", "", "done"),
        ("Closed", "", "done"),
        ("Erledigt", "", "done"),
        ("Won’t Fix", "", "dropped"),
        ("Cancelled", "", "dropped"),
        ("Erledigt", "done", "done"),
        ("Mystère", "done", "done"),
        ("Rejected", "done", "dropped"),
        ("Rejected", "indeterminate", "queue"),
        ("Ready for QA", "indeterminate", "queue"),
        ("Closed beta", "indeterminate", "active"),
        ("Selected for Development", "new", "queue"),
        ("Backlog", "new", "backlog"),
    ],
)
def test_a_status_is_guessed_by_name_and_category(status: str, hint: str, expected: str) -> None:
    assert guess_category(status, Hint(hint), first=False).value == expected


def test_a_status_in_which_all_are_resolved_is_done() -> None:
    assert guess_category("Verified", Hint("", 10, 9), first=False) is Category.DONE
    assert guess_category("Verified", Hint("", 10, 8), first=False) is Category.ACTIVE
    assert guess_category("Verified", Hint(), first=True) is Category.BACKLOG


def test_stages_stand_in_the_order_in_which_items_come_to_them(issue: Make, lines: Write) -> None:
    path = lines(
        issue("PAY-1", (1, 2, "Open", "In Progress"), (2, 3, "In Progress", "In Review"),
              (3, 4, "In Review", "Closed")),
        issue("PAY-2", (4, 2, "Open", "In Progress"), (5, 3, "In Progress", "Rejected")),
        issue("PAY-3", (6, 2, "Open", "Closed")),
        issue("PAY-4", (7, 2, "Open", "Ready"), (8, 3, "Ready", "In Progress"),
              (9, 4, "In Progress", "in review"), status="In Review"),
    )  # fmt: skip
    reading = read(path)
    assert infer(reading.histories, reading.hints) == (
        ("Open", Category.BACKLOG),
        ("Ready", Category.QUEUE),
        ("In Progress", Category.ACTIVE),
        ("In Review", Category.ACTIVE),
        ("Closed", Category.DONE),
        ("Rejected", Category.DROPPED),
    )


def test_a_stream_without_an_end_is_given_one(issue: Make, lines: Write) -> None:
    reading = read(lines(issue("PAY-1"), issue("PAY-2", (1, 2, "Open", "Cancelled"))))
    assert infer(reading.histories, reading.hints) == (
        ("Open", Category.BACKLOG),
        ("Done", Category.DONE),
        ("Cancelled", Category.DROPPED),
    )


def test_too_many_statuses_are_no_board(issue: Make, lines: Write) -> None:
    reading = read(lines(*(issue(f"PAY-{n}", status=f"s{n}") for n in range(101))))
    with pytest.raises(BadInput, match="101 statuses, too many"):
        infer(reading.histories, reading.hints)
