"""``vsm import`` of several files, a folder, standard input; new statuses; written mappings."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_import import issue
from vsm.connect.files.registry import READABLE

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

Start = Callable[..., "subprocess.Popen[bytes]"]

BEGUN = issue(1, ("2026-01-07T09:00:00.000+0000", "Open", "In Progress"), status="In Progress")
DONE = issue(
    2,
    ("2026-01-06T09:00:00.000+0000", "Open", "In Progress"),
    ("2026-01-07T09:00:00.000+0000", "In Progress", "Review"),
    ("2026-01-09T09:00:00.000+0000", "Review", "Done"),
    status="Done",
)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder with two pages of a search, and a file that is none."""
    folder = tmp_path / "pages"
    folder.mkdir()
    first = {"issues": [BEGUN], "nextPageToken": "x", "isLast": False}
    (folder / "page1.json").write_text(json.dumps(first, indent=1))
    (folder / "page2.json").write_text(json.dumps({"issues": [DONE], "isLast": True}))
    return folder


def keys(vsm: Vsm) -> list[str]:
    return sorted(item["key"] for item in vsm.json("item", "list"))


def test_several_files_are_one_import(vsm: Vsm, pages: Path) -> None:
    one, two = str(pages / "page1.json"), str(pages / "page2.json")
    for words in ((one, two), ("jira", one, two), ("jira", str(pages)), (str(pages),)):
        dry = vsm.json("import", *words, "--stream", "Web", "--dry-run")
        assert (dry["items"], dry["transitions"], dry["warnings"]) == (2, 4, [])
        assert dry["files"] == ["page1.json", "page2.json"]
    report = vsm.ok("import", str(pages), "--stream", "Web")
    assert "2 files: page1.json, page2.json" in report and "incomplete" not in report
    assert keys(vsm) == ["WEB-1", "WEB-2"]
    again = vsm.json("import", two, one, "--stream", "Web")
    assert (again["items"], again["already_known"]) == (0, 2)
    vsm.ok("undo")
    assert vsm.json("stream", "list") == []


@pytest.mark.parametrize(
    "words",
    [
        ("--stream", "Web", "--dry-run", "FILE"),
        ("--dry-run", "jira", "FILE", "--stream", "Web"),
        ("--stream", "jira", "--dry-run", "FILE"),
    ],
)
def test_options_may_come_first(vsm: Vsm, pages: Path, words: tuple[str, ...]) -> None:
    first = str(sorted(pages.iterdir())[0])
    report = vsm.ok("import", *(first if word == "FILE" else word for word in words))
    stream = words[words.index("--stream") + 1]
    assert f"An import into {stream} would record:\n  1 item, 1 transition" in report


def test_a_page_without_the_rest_is_reported(vsm: Vsm, pages: Path) -> None:
    report = vsm.ok("import", str(pages / "page1.json"), "--stream", "Web")
    assert "page1.json: incomplete: the page says that more follow" in report
    assert "No status of the file is done, so no item ever finishes" in report


def test_standard_input_is_a_file(vsm: Vsm, process: Start, pages: Path) -> None:
    text = b"".join((pages / name).read_bytes() for name in ("page1.json", "page2.json"))
    for words in (("-",), ("jira", "-")):
        child = process(
            "import", *words, "--stream", "Web", "--dry-run", "--json", stdin=subprocess.PIPE
        )
        out, err = child.communicate(text, timeout=60)
        assert (child.returncode, err) == (0, b"")
        assert json.loads(out)["items"] == 2
        assert json.loads(out)["file"] == "standard input"


def test_what_a_folder_has_besides_is_left_out_and_named(vsm: Vsm, pages: Path) -> None:
    (pages / "LICENSE").write_text("Apache License\n")
    (pages / "notes.json").write_text('{"date": "2026-01-01"}')
    report = vsm.json("import", str(pages), "--stream", "Web")
    assert report["items"] == 2
    assert [(s["where"], s["why"][:19]) for s in report["skipped"]] == [
        ("LICENSE", "line 1 has no colum"),
        ("notes.json", "unknown file format"),
    ]


def test_files_of_two_formats_are_refused(vsm: Vsm, pages: Path) -> None:
    log = pages / "zlog.csv"
    log.write_text("case,activity,time\nA,Open,2026-01-01\nA,Done,2026-01-02\n")
    refusal = vsm.fails(2, "import", str(pages), "--stream", "Web")
    assert "page1.json is Jira issues as JSON, zlog.csv is an event log as CSV" in refusal
    assert "one format at a time" in refusal
    assert vsm.json("import", "jira", str(pages), "--stream", "Web")["items"] == 2
    assert "given twice" in vsm.fails(2, "import", str(log), str(log), "--stream", "Web")
    empty = pages / "empty"
    empty.mkdir()
    assert "has no files" in vsm.fails(2, "import", str(empty), "--stream", "Web")


def test_an_event_log_may_go_on_in_the_next_file(vsm: Vsm, tmp_path: Path) -> None:
    for name, rows in (("a", "A,Open,2026-01-01"), ("b", "A,Doing,2026-02-01\nA,Done,2026-02-03")):
        (tmp_path / f"{name}.csv").write_text(f"case,activity,time\n{rows}\n")
    files = (str(tmp_path / "a.csv"), str(tmp_path / "b.csv"))
    report = vsm.json("import", *files, "--stream", "Claims")
    assert (report["items"], report["transitions"]) == (1, 2)


# -- statuses that the stream has no stage for -----------------------------------------------


def test_new_statuses_are_added_or_ignored_only_if_that_is_said(vsm: Vsm, pages: Path) -> None:
    one, two = str(pages / "page1.json"), str(pages / "page2.json")
    vsm.ok("import", one, "--stream", "Web")
    into = ("import", two, "--stream", "Web")
    refusal = vsm.fails(2, *into)
    assert "statuses that are no stages of Web: Review" in refusal
    assert "--add-stages" in refusal and "--ignore-statuses" in refusal
    assert keys(vsm) == ["WEB-1"]
    dry = vsm.json(*into, "--dry-run")
    assert dry["unmapped"] == {"Review": 1}
    assert dry["proposed"] == [{"name": "Review", "category": "active", "after": "In Progress"}]
    assert "Review: active, after In Progress" in vsm.ok(*into, "--dry-run")
    added = vsm.json(*into, "--add-stages")
    assert (added["items"], added["transitions"], added["ignored"]) == (1, 3, 0)
    stages = [stage["name"] for stage in vsm.json("stage", "list", "--stream", "Web")]
    assert stages == ["Open", "In Progress", "Review", "Done"]
    vsm.ok("undo")
    assert len(vsm.json("stage", "list", "--stream", "Web")) == 3
    assert vsm.json("doctor")["ok"] is True


def test_statuses_that_were_ignored_stay_so(vsm: Vsm, pages: Path) -> None:
    one, two = str(pages / "page1.json"), str(pages / "page2.json")
    vsm.ok("import", one, "--stream", "Web")
    ignored = vsm.json("import", two, "--stream", "Web", "--ignore-statuses")
    assert (ignored["items"], ignored["ignored"]) == (1, 1)
    again = vsm.json("import", two, "--stream", "Web")
    assert (again["items"], again["already_known"], again["ignored"]) == (0, 1, 1)
    vsm.ok("import", one, "--stream", "Web")
    added = vsm.json("import", two, "--stream", "Web", "--add-stages")
    assert (added["restated"], added["transitions"]) == (1, 3)


def test_a_mapping_that_leaves_a_status_out_says_so(vsm: Vsm, pages: Path) -> None:
    stages = "Open:backlog,In Progress:active,Done:done"
    into = ("import", str(pages), "--stream", "Web")
    assert vsm.json(*into, "--stages", stages)["ignored"] == 1
    assert vsm.json(*into)["already_known"] == 2


def test_stages_that_the_stream_lacks_are_added_where_they_are_named(vsm: Vsm, pages: Path) -> None:
    vsm.ok("import", str(pages / "page1.json"), "--stream", "Web")
    stages = "Idea:backlog,Open:backlog,In Progress:active,Review:queue,Done:done"
    into = ("import", str(pages), "--stream", "Web", "--stages", stages)
    assert "no stage 'Idea'" in vsm.fails(2, *into)
    assert "--add-stages" in vsm.fails(2, *into)
    vsm.ok(*into, "--add-stages")
    rows = vsm.json("stage", "list", "--stream", "Web")
    assert [(stage["name"], stage["category"]) for stage in rows] == [
        ("Idea", "backlog"), ("Open", "backlog"), ("In Progress", "active"), ("Review", "queue"),
        ("Done", "done"),
    ]  # fmt: skip


# -- mappings --------------------------------------------------------------------------------


def test_a_dry_run_writes_a_mapping_that_reads_back_the_same(
    vsm: Vsm, pages: Path, tmp_path: Path
) -> None:
    odd = issue(
        3,
        ("2026-01-07T09:00:00.000+0000", "Open", 'Say "hi", \\ \x1b[1m'),
        status='Say "hi", \\ \x1b[1m',
        resolution={"name": "Duplicate"},
    )
    (pages / "page3.json").write_text(json.dumps([odd]))
    mapping = tmp_path / "stages.toml"
    into = ("import", str(pages), "--stream", "Web", "--dry-run", "--json")
    first = vsm.json(*into[:-1], "--commit", "In Progress", "--write-mapping", str(mapping))
    second = vsm.json(*into[:-1], "--mapping", str(mapping))
    assert second == first
    text = mapping.read_text()
    assert text.startswith('commitment = "In Progress"\n')
    assert "is there already" in vsm.fails(2, *into, "--write-mapping", str(mapping))
    assert mapping.read_text() == text
    other = str(tmp_path / "other.toml")
    assert "needs --dry-run" in vsm.fails(2, *into[:-2], "--write-mapping", other)


def test_a_long_list_is_capped_in_the_report(vsm: Vsm, tmp_path: Path) -> None:
    way = [f"Step {n:02}" for n in range(31)]
    moves = [
        (f"2026-01-{n + 1:02}T09:00:00.000+0000", a, b) for n, (a, b) in enumerate(pairwise(way), 1)
    ]
    file = tmp_path / "issues.json"
    file.write_text(json.dumps([issue(1, *moves, status=way[-1])]))
    report = vsm.ok("import", str(file), "--stream", "Web", "--dry-run")
    assert "Step 05" in report and "Step 25" not in report
    assert "Done     done" in report  # which stage is done decides most
    assert "and 8 more between these" in report and "--write-mapping FILE writes" in report
    some = vsm.ok(
        "import", str(file), "--stream", "Web", "--dry-run", "--stages", "Step 00:active,Done:done"
    )
    assert "Step 01: 1 entry" in some and "and 25 more" in some


def test_an_unknown_json_is_told_what_can_be_read(vsm: Vsm, tmp_path: Path) -> None:
    file = tmp_path / "unknown.json"
    content: dict[str, Any] = {"recipes": [{"name": "Soup"}]}
    file.write_text(json.dumps(content))
    refusal = vsm.fails(2, "import", str(file), "--stream", "Web")
    assert "unknown file format" in refusal and READABLE in refusal
    refusal = vsm.fails(2, "import", "jira", str(file), "--stream", "Web")
    assert "is no Jira issue: it has recipes" in refusal and READABLE in refusal
