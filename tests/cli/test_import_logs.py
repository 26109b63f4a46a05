"""``vsm import csv``, ``xes``, ``actionableagile``, ``startfinish``, and a file by its look."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

Start = Callable[..., "subprocess.Popen[bytes]"]

STAGES = "New:backlog,Check:active,Paid:done"
EVENTS = """case,activity,time,resource,team
NA,New,2026-01-05 09:00,,
NA,Check,2026-01-06 09:00,ann,Core
NA,Check,2026-01-06 11:00,bob,
NA,Paid,2026-01-08 09:00,bob,Desk
7,New,2026-01-07 09:00,,
"""


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """A small log of two cases."""
    file = tmp_path / "events.csv"
    file.write_text(EVENTS, encoding="utf-8")
    return file


def into_claims(file: Path, *more: str, format: str = "csv") -> tuple[str, ...]:
    return ("import", format, str(file), "--stream", "Claims", "--stages", STAGES, *more)


def test_a_dry_run_says_what_the_file_holds_how_it_was_read_and_what_is_no_move(
    vsm: Vsm, events: Path
) -> None:
    report = vsm.ok(*into_claims(events, "--dry-run", "--tz", "Europe/Berlin"))
    assert "events.csv (csv): 2 cases, 5 events, 2 variants" in report
    words = " ".join(report.split())
    assert "case = case; activity = activity; time = time; resource = resource" in words
    assert "times without a zone = Europe/Berlin" in words
    assert "2 items, 2 transitions" in report
    assert "1 repeated entry ignored: the item was in that stage already" in report
    assert not vsm.db.exists()
    result = vsm.json(*into_claims(events, "--dry-run"))
    assert result["found"] == {"cases": 2, "events": 5, "variants": 2}
    assert (result["format"], result["repeated"]) == ("csv", 1)
    assert result["read_as"]["case"] == "case"


def test_an_import_brings_people_and_teams_and_the_second_one_nothing(
    vsm: Vsm, events: Path
) -> None:
    assert vsm.json(*into_claims(events))["items"] == 2
    again = vsm.json(*into_claims(events))
    assert (again["items"], again["transitions"], again["already_known"]) == (0, 0, 2)
    item = vsm.json("item", "show", "NA")
    assert (item["key"], item["stage"], item["owner"], item["team"]) == (
        "NA",
        "Paid",
        "bob",
        "Desk",
    )
    assert [t["name"] for t in vsm.json("team", "list")] == ["Desk"]
    vsm.ok("undo")
    assert vsm.json("stream", "list") == []


def test_timezone_is_that_of_the_times_and_by_default_of_the_stream(vsm: Vsm, events: Path) -> None:
    vsm.ok(*into_claims(events, "--timezone", "Asia/Tokyo", "--tz", "UTC"))
    assert vsm.json("stream", "show", "Claims")["timezone"] == "UTC"
    assert vsm.json("item", "show", "7")["created"].startswith("2026-01-07T00:00:00")
    vsm.ok("undo")
    vsm.ok(*into_claims(events, "--timezone", "Asia/Tokyo"))
    assert vsm.json("stream", "show", "Claims")["timezone"] == "Asia/Tokyo"
    assert "Mars" in vsm.fails(2, *into_claims(events, "--timezone", "Mars/Base"))


def test_a_format_need_not_be_named(vsm: Vsm, events: Path, tmp_path: Path) -> None:
    arguments = ("--stream", "Claims", "--dry-run")
    assert vsm.json("import", str(events), *arguments)["format"] == "csv"
    xes = tmp_path / "log.xes.gz"
    event = (
        '<event><string key="concept:name" value="New"/>'
        '<date key="time:timestamp" value="2026-01-05T09:00:00Z"/></event>'
    )
    trace = f'<trace><string key="concept:name" value="1"/>{event}</trace>'
    xes.write_bytes(gzip.compress(f"<log>{trace}</log>".encode()))
    assert vsm.json("import", str(xes), *arguments)["format"] == "xes"
    ends = tmp_path / "ends"
    ends.write_text("id;start;finish\n1;2026-01-01;2026-01-02\n")
    assert vsm.json("import", str(ends), *arguments)["format"] == "startfinish"
    assert "no file" in vsm.fails(2, "import", str(tmp_path / "none.csv"), *arguments)
    (tmp_path / "x.csv").write_text("colour,size\nred,1\n")
    assert "name the format" in vsm.fails(2, "import", str(tmp_path / "x.csv"), *arguments)
    assert "did you mean 'jira'" in vsm.fails(2, "import", "jra", str(events), *arguments)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("csv", EVENTS),
        ("startfinish", "id,created,closed\n1,2026-01-05,2026-01-09\n"),
        ("startfinish", "id,start,created,finish\n1,2026-01-06,2026-01-05,2026-01-09\n"),
        ("actionableagile", "ID,Link,Name,Ready,Done\n1,,A,2026-01-05,2026-01-09\n"),
    ],
)
def test_a_file_is_read_alike_with_and_without_its_format(
    vsm: Vsm, tmp_path: Path, name: str, text: str
) -> None:
    file = tmp_path / "file.csv"
    file.write_text(text, encoding="utf-8")
    options = (str(file), "--stream", "Claims", "--dry-run", "--timezone", "Asia/Tokyo")
    assert vsm.json("import", *options) == vsm.json("import", name, *options)
    more = (*options, "--delimiter", ",", "--date-format", "ymd", "--team", "")
    if name != "csv":
        assert vsm.json("import", *more) == vsm.json("import", name, *more)


def test_options_of_another_format_are_refused_where_none_is_named(vsm: Vsm, events: Path) -> None:
    arguments = (str(events), "--stream", "Claims", "--dry-run")
    read = vsm.json("import", *arguments, "--case", "CASE", "--join-lifecycle")["read_as"]
    assert read["case"] == "case"
    for option in (("--project", "WEB"), ("--finish", "time")):
        refusal = vsm.fails(2, "import", *arguments, *option)
        assert option[0] in refusal and "an event log as CSV" in refusal
        assert "vsm import csv --help" in refusal


def test_starts_and_finishes_go_into_the_stages_of_a_stream_by_their_part(
    vsm: Vsm, tmp_path: Path
) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Claims", "--prefix", "CL")
    stages = vsm.json("stream", "show", "Claims")
    file = tmp_path / "ends.csv"
    file.write_text("id,created,start,finish\n1,2026-01-01,2026-01-02,2026-01-04\n2,2026-01-03,,\n")
    report = vsm.json("import", "startfinish", str(file), "--stream", "Claims")
    assert (report["items"], report["transitions"], report["ignored"]) == (2, 2, 0)
    assert report["quality"]["endpoints_only"] == 2
    done, new = vsm.json("item", "show", "1"), vsm.json("item", "show", "2")
    category = {s["name"]: s["category"] for s in stages["stages"]}
    assert (category[done["stage"]], category[new["stage"]]) == ("done", "backlog")
    figures = vsm.json("metrics", "--from", "2026-01-01", "--to", "2026-01-31")
    assert figures["cycle_time_days"]["p85"] == 3


HOSTILE = {
    "wrong delimiter": (EVENTS, ("--delimiter", ";"), "no column for the case id"),
    "missing column": ("case,what\n1,x\n", (), "events.csv line 1 has no column for the activity"),
    "ragged row": (EVENTS + "8,New\n", (), "events.csv line 7 has 2 columns"),
    "NUL": (EVENTS + "8,New,2026-01-01\0,,\n", (), "events.csv line 7 has a NUL"),
    "huge field": (EVENTS + f'8,"{"x" * 200_000}",,,\n', (), "events.csv line 7: a field of more"),
    "empty file": ("", (), "events.csv is empty"),
    "header only": ("case,activity,time\n", (), "has a header and no rows"),
    "binary": (b"\x7fELF\x02\x01\x01\0\0\0", (), "events.csv line 1 has a NUL byte"),
    "cut gzip": (gzip.compress(EVENTS.encode())[:-9], (), "events.csv cannot be unpacked"),
    "wrong encoding": ((EVENTS + "8,Prüfung,,,").encode("latin-1"), (), "line 7 is not UTF-8"),
    "unknown time": (EVENTS + "8,New,soon,,\n", (), "events.csv line 7, field time: 'soon'"),
    "unclosed quote": (EVENTS + '8,"New,2026-01-01,,\n9,New,2026-01-01,,\n', (), "line 7: a quot"),
    "two orders": (
        EVENTS + "8,New,1/2/2026,,\n",
        (),
        "line 7, field time: '1/2/2026' is ambiguous",
    ),
    "no category": (EVENTS, ("--stages", "New"), "NAME:CATEGORY"),
    "date format": (EVENTS, ("--date-format", "xyz"), "'xyz' is no date format"),
    "encoding name": (EVENTS, ("--encoding", "klingon"), "there is no text encoding"),
    "column name": (EVENTS, ("--case", "Nr"), "no column 'Nr', given with --case"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("more", [("--dry-run", "--json"), ()])
def test_what_is_malformed_is_refused_as_a_whole_in_one_line(
    vsm: Vsm, tmp_path: Path, name: str, more: tuple[str, ...]
) -> None:
    data, options, says = HOSTILE[name]
    file = tmp_path / "events.csv"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    vsm.ok("stream", "add", "Other", "--stages", STAGES)
    before = vsm.db.read_bytes()
    assert says in vsm.fails(2, *into_claims(file, *options, *more))
    assert vsm.db.read_bytes() == before


def test_hostile_text_is_kept_as_data_and_shown_inert(vsm: Vsm, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text('case,activity,time,title\n"\x1b[2J1",New,2026-01-01,"[red]\x07\u202ex"\n')
    out = vsm.ok(*into_claims(file, "--dry-run"))
    assert "\x1b" not in out and "\u202e" not in out
    vsm.ok(*into_claims(file))
    (item,) = vsm.json("item", "list")
    assert item["key"] == "\x1b[2J1" and item["title"] == "[red]\x07\u202ex"
    assert "\x1b" not in vsm.ok("item", "list")


def test_ctrl_c_while_a_log_is_read_leaves_the_database_as_it_was(
    vsm: Vsm, process: Start, tmp_path: Path
) -> None:
    vsm.ok("stream", "add", "Other", "--stages", STAGES)
    before = vsm.db.read_bytes()
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    child = process(*into_claims(pipe))
    with pipe.open("wb", buffering=0) as slow:  # opens when the import has begun to read
        slow.write(EVENTS.encode())
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, b"")
    assert err == b"vsm: interrupted; nothing was imported\n"
    assert vsm.db.read_bytes() == before


def test_a_log_with_no_stage_in_common_says_what_it_has(vsm: Vsm, events: Path) -> None:
    report = vsm.fails(2, *into_claims(events, "--stages", "A:backlog,B:done"))
    assert "none of the statuses of events.csv" in report and "New" in report


def test_the_mapping_of_the_first_import_holds_for_the_next(
    vsm: Vsm, events: Path, tmp_path: Path
) -> None:
    mapping = tmp_path / "stages.toml"
    mapping.write_text(
        '[[stage]]\nname = "Inbox"\ncategory = "backlog"\nstatuses = ["New"]\n'
        '[[stage]]\nname = "Work"\ncategory = "active"\nstatuses = ["Check"]\n'
        '[[stage]]\nname = "End"\ncategory = "done"\nstatuses = ["Paid"]\n'
    )
    arguments = ("import", "csv", str(events), "--stream", "Claims")
    vsm.ok(*arguments, "--mapping", str(mapping))
    events.write_text(EVENTS + "8,Check,2026-01-09 10:00,,\n")
    report = json.loads(vsm.ok(*arguments, "--json"))
    assert (report["items"], report["already_known"], report["ignored"]) == (1, 2, 0)
    assert vsm.json("item", "show", "8")["stage"] == "Work"
