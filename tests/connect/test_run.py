"""Plans of imports, and what is reported of them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from vsm.connect.files.import_report import ImportReport, report_of, report_text
from vsm.connect.files.plan_import import plan_import
from vsm.connect.files.registry import FORMATS, find
from vsm.model.command import SetStage
from vsm.model.errors import BadInput
from vsm.model.stream import Category, Stage, ValueStream, chain
from vsm.reader import Reader
from vsm.report.publish import publish
from vsm.report.schema import schema_of
from vsm.session import Session

Make = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


@pytest.fixture
def file(issue: Make, lines: Write) -> Path:
    """Two issues in four statuses."""
    return lines(
        issue("PAY-1", (1, 2, "Open", "In Progress"), (2, 4, "In Progress", "Closed")),
        issue("PAY-2", (3, 2, "Open", "In Review"), total=9),
    )


def stream(*stages: tuple[str, Category], commitment: int | None = None) -> ValueStream:
    """A stream that is there already."""
    made = tuple(Stage(n, name, c, n) for n, (name, c) in enumerate(stages, 1))
    return ValueStream(1, "Web", "Europe/Berlin", made, chain(made), commitment)


THERE = stream(
    ("Open", Category.BACKLOG), ("Build", Category.ACTIVE), ("Closed", Category.DONE)
)  # fmt: skip


def test_formats_are_found_by_name() -> None:
    assert find(" Jira ") is FORMATS["jira"]
    with pytest.raises(BadInput, match=r"no format 'xls'. there are: trello, .*jira"):
        find("xls")


def test_a_new_stream_has_guessed_stages(file: Path) -> None:
    plan = plan_import("jira", file, stream=" Web  shop ")
    assert (plan.stream, plan.zone, plan.commitment, plan.format) == (
        "Web shop", "UTC", None, "jira",
    )  # fmt: skip
    assert plan.guessed and plan.new and not plan.unmapped
    assert [name for name, _ in plan.stages] == ["Open", "In Progress", "In Review", "Closed"]


def test_given_stages_may_name_statuses_that_the_file_lacks(file: Path) -> None:
    plan = plan_import(
        "jira", file, stream="Web", zone="Europe/Berlin", commit="in progress",
        stages="Open:backlog,Patch Available:queue,In Progress:active,Closed:done",
    )  # fmt: skip
    assert plan.unmapped == {"In Review": 1}
    assert plan.commitment == "In Progress"
    assert plan.zone == "Europe/Berlin"
    assert not plan.guessed


def test_a_mapping_file_renames_statuses_to_stages(file: Path, tmp_path: Path) -> None:
    toml = tmp_path / "stages.toml"
    toml.write_text(
        'commitment = "Build"\n[[stage]]\nname = "Inbox"\ncategory = "backlog"\n'
        'statuses = ["open"]\n[[stage]]\nname = "Build"\ncategory = "active"\n'
        'statuses = ["In Progress", "In Review"]\n[[stage]]\nname = "Closed"\ncategory = "done"\n'
    )
    plan = plan_import("jira", file, stream="Web", mapping=toml)
    assert [e.status for e in plan.histories[0].entries] == ["Inbox", "Build", "Closed"]
    assert plan.mapping == {
        "Open": "Inbox", "In Progress": "Build", "In Review": "Build", "Closed": "Closed",
    }  # fmt: skip
    there = plan_import(
        "jira", file, stream="Web",
        existing=stream(("inbox", Category.BACKLOG), ("build", Category.ACTIVE),
                        ("closed", Category.DONE)), mapping=toml,
    )  # fmt: skip
    assert [e.status for e in there.histories[0].entries] == ["inbox", "build", "closed"]


def test_a_stage_may_be_named_as_a_status_was_called_before(issue: Make, lines: Write) -> None:
    old = issue("PAY-1", (1, 2, "Open", "In Progress"), (2, 3, "In Progress", "Closed"))
    new = issue("PAY-2", (3, 8, "Open", "Coding"), status="Coding")
    new["changelog"]["histories"][0]["items"][0]["to"] = "3"
    plan = plan_import(
        "jira", lines(old, new), stream="Web",
        stages="Open:backlog,In Progress:active,Closed:done",
    )  # fmt: skip
    assert not plan.unmapped
    assert {e.status for h in plan.histories for e in h.entries} == {
        "Open", "In Progress", "Closed",
    }  # fmt: skip


def test_an_existing_stream_maps_by_its_own_stages(file: Path) -> None:
    plan = plan_import("jira", file, stream="web", existing=THERE)
    assert (plan.stream, plan.zone, plan.new) == ("Web", "Europe/Berlin", False)
    assert [name for name, _ in plan.stages] == ["Open", "Build", "Closed"]
    assert plan.unmapped == {"In Progress": 1, "In Review": 1}


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"stages": "Open:backlog,Test:active"}, "the stream Web has no stage 'Test'"),
        ({"stages": "Open:queue"}, "the stage 'Open' is backlog in the stream Web, and queue"),
        ({"zone": "UTC"}, "the stream Web has the time zone Europe/Berlin, not UTC"),
        ({"zone": "Mars/Phobos"}, "unknown time zone"),
        ({"commit": "Closed"}, "in the stream Web the clock starts at Build"),
        ({"commit": "Nowhere"}, "there is no stage 'Nowhere' to start the clock at"),
    ],
)
def test_what_an_existing_stream_has_otherwise_is_refused(
    file: Path, wish: dict[str, str], message: str
) -> None:
    with pytest.raises(BadInput) as caught:
        plan_import("jira", file, stream="Web", existing=THERE, **wish)  # type: ignore[arg-type]
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"stages": "Open:backlog"}, "no stage has the category done"),
        ({"stages": "A:backlog,B:done"}, "none of the statuses of issues.jsonl is among"),
        ({"stages": "Open:backlog,Closed:done", "commit": "Open"}, "must be a queue or active"),
        ({"stages": "Open:backlog", "mapping": Path("x.toml")}, "stages are given twice"),
        ({"stream": "  "}, "the stream has no name"),
    ],
)
def test_stages_that_make_no_stream_are_refused(
    file: Path, wish: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadInput) as caught:
        plan_import("jira", file, **({"stream": "Web"} | wish))
    assert message in str(caught.value)


def test_the_report_shows_what_to_look_at_and_a_mapping_to_edit(file: Path, tmp_path: Path) -> None:
    session = Session(tmp_path / "vsm.db", actor="ada")
    plan = plan_import("jira", file, stream="Web")
    result = session.import_histories(plan, dry_run=True)
    text = report_text(report_of(result, plan))
    assert "Dry run: nothing was changed" in text
    assert "2 items, 3 transitions, 0 links" in text
    assert "1 full, 1 truncated" in text and "Truncated (PAY-2)" in text
    assert "The clock starts at In Progress." in text
    option = re.search(r"--stages .*", text)
    assert option is not None
    again = plan_import("jira", file, stream="Web", stages=shlex.split(option[0])[1])
    assert (again.stages, again.histories) == (plan.stages, plan.histories)
    published = json.loads(json.dumps(publish(report_of(result, plan))))
    Draft202012Validator(schema_of(ImportReport)).validate(published)
    assert published == {
        "format": "jira",
        "file": file.name,
        "found": dict(plan.counts),
        "read_as": {},
        "notes": [],
        "items": 2,
        "transitions": 3,
        "links": 0,
        "quality": {"full": 1, "truncated": 1, "endpoints_only": 0},
        "already_known": 0,
        "skipped": [],
        "stages": [{"name": n, "category": c.value} for n, c in plan.stages],
        "restated": 0,
        "ignored": 0,
        "repeated": 0,
        "stream": "Web",
        "dry_run": True,
        "files": [],
        "warnings": [],
        "unmapped": {},
        "proposed": [],
        "work_may_end": [],
    }
    session.import_histories(plan)
    second = session.import_histories(plan)
    session.close()
    assert (second.items, second.transitions, second.already_known) == (0, 0, 2)
    assert "Nothing new for Web" in report_text(report_of(second, plan))


def test_the_report_names_unknown_and_renamed_statuses(file: Path, tmp_path: Path) -> None:
    session = Session(tmp_path / "vsm.db", actor="ada")
    plan = plan_import("jira", file, stream="Web", stages="Open:backlog,Closed:done")
    result = session.import_histories(plan, dry_run=True)
    session.close()
    text = report_text(report_of(result, plan))
    assert "Unmapped statuses" in text and "In Review: 1 entry" in text
    assert "no item ever starts" in text
    assert "In Progress: 1 entry" in text and result.ignored == 2


def test_hostile_text_is_inert_in_the_report(samples: Path, tmp_path: Path) -> None:
    session = Session(tmp_path / "vsm.db", actor="ada")
    plan = plan_import("jira", samples / "hostile.jsonl", stream="Web")
    result = session.import_histories(plan)
    session.close()
    assert result.items == 2
    assert "\x1b" not in report_text(report_of(result, plan))
    assert [name for name, _ in plan.stages] == ["Op[2Jen", "Closed"]
    assert not plan.unmapped


def test_a_later_import_remembers_which_statuses_are_which_stages(
    file: Path, tmp_path: Path
) -> None:
    mapping = tmp_path / "stages.toml"
    mapping.write_text(
        '[[stage]]\nname = "Inbox"\ncategory = "backlog"\nstatuses = ["Open"]\n'
        '[[stage]]\nname = "Build"\ncategory = "active"\nstatuses = ["In Progress", "In Review"]\n'
        '[[stage]]\nname = "Done"\ncategory = "done"\nstatuses = ["Closed"]\n'
    )
    path = tmp_path / "remembers.db"
    session = Session(path, actor="anna")
    first = session.import_histories(plan_import("jira", file, stream="Web", mapping=mapping))
    assert (first.items, first.transitions) == (2, 3)
    reader = Reader(path)
    web = reader.stream_named("Web")
    known = reader.import_mapping(web.id)
    assert known == {
        "Open": "Inbox", "In Progress": "Build", "In Review": "Build", "Closed": "Done",
    }  # fmt: skip
    session.do(SetStage(web.order[1].id, {"name": "Making"}))
    known = reader.import_mapping(web.id)
    assert known["In Progress"] == "Making"
    existing = reader.stream(web.id)
    again = plan_import("jira", file, stream="Web", existing=existing, known=known)
    assert not again.unmapped
    second = session.import_histories(again)
    assert (second.items, second.transitions, second.already_known) == (0, 0, 2)
    reader.close()
    session.close()
