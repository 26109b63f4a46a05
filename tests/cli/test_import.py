"""``vsm import jira``: a dry run first, all or nothing, the same file again changes nothing."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

Start = Callable[..., "subprocess.Popen[bytes]"]


def issue(number: int, *moves: tuple[str, str, str], status: str, **fields: Any) -> dict[str, Any]:
    """A Jira issue; each move is (when, from, to)."""
    return {
        "id": str(1000 + number),
        "key": f"WEB-{number}",
        "fields": {
            "summary": f"Issue {number}",
            "created": "2026-01-05T09:00:00.000+0000",
            "issuetype": {"name": "Bug"},
            "status": {"name": status},
            **fields,
        },
        "changelog": {
            "total": len(moves),
            "histories": [
                {
                    "id": str(number * 100 + n),
                    "created": when,
                    "items": [{"field": "status", "fromString": a, "toString": b}],
                }
                for n, (when, a, b) in enumerate(moves)
            ],
        },
    }


DONE = issue(
    1,
    ("2026-01-06T09:00:00.000+0000", "Open", "In Progress"),
    ("2026-01-08T09:00:00.000+0000", "In Progress", "Done"),
    status="Done",
)
BEGUN = issue(2, ("2026-01-07T09:00:00.000+0000", "Open", "In Progress"), status="In Progress")
NEW = issue(3, status="Open")
STAGES = "Open:backlog,In Progress:active,Done:done"


@pytest.fixture
def issues(tmp_path: Path) -> Path:
    file = tmp_path / "issues.json"
    file.write_text(json.dumps([DONE, BEGUN, NEW]), encoding="utf-8")
    return file


def into_web(file: Path, *more: str) -> tuple[str, ...]:
    return ("import", "jira", str(file), "--stream", "Web", "--stages", STAGES, *more)


def test_finished_items_without_a_start_are_told_and_what_to_do(vsm: Vsm, tmp_path: Path) -> None:
    file = tmp_path / "issues.json"
    past = [
        issue(n, ("2026-01-08T09:00:00.000+0000", "Open", "Done"), status="Done")
        for n in range(4, 9)
    ]
    file.write_text(json.dumps([DONE, BEGUN, NEW, *past]), encoding="utf-8")
    report = " ".join(vsm.ok(*into_web(file, "--dry-run")).split())
    assert "5 of 6 finished items never started" in report and "5 of them from Open." in report
    assert "give that stage as queue or active with --stages" in report
    assert "vsm undo first" in " ".join(vsm.ok(*into_web(file)).split())
    assert "5 without a start" in vsm.ok("metrics")
    assert "never started" not in vsm.ok(*into_web(file))


def test_a_few_finished_items_without_a_start_are_no_warning(vsm: Vsm, issues: Path) -> None:
    assert "never started" not in vsm.ok(*into_web(issues, "--dry-run"))


def test_a_dry_run_tells_and_leaves_nothing_behind(vsm: Vsm, issues: Path) -> None:
    report = vsm.json(*into_web(issues, "--dry-run"))
    assert (report["items"], report["transitions"], report["already_known"]) == (3, 3, 0)
    assert report["quality"] == {"full": 3, "truncated": 0, "endpoints_only": 0}
    assert [(s["name"], s["category"]) for s in report["stages"]] == [
        ("Open", "backlog"),
        ("In Progress", "active"),
        ("Done", "done"),
    ]
    assert sorted(p.name for p in vsm.db.parent.iterdir()) == ["issues.json"]
    assert "3" in vsm.ok(*into_web(issues, "--dry-run"))


def test_an_import_is_done_once_and_undone_at_once(vsm: Vsm, issues: Path) -> None:
    first = vsm.json(*into_web(issues, "--commit", "In Progress", "--tz", "Europe/Berlin"))
    assert (first["items"], first["transitions"]) == (3, 3)
    again = vsm.json(*into_web(issues))
    assert (again["items"], again["transitions"], again["already_known"]) == (0, 0, 3)
    dry = vsm.json(*into_web(issues, "--dry-run"))
    assert (dry["items"], dry["already_known"]) == (0, 3)

    stream = vsm.json("stream", "show", "Web")
    assert (stream["timezone"], stream["commitment"]) == ("Europe/Berlin", "In Progress")
    items = vsm.json("item", "list")
    assert [(i["key"], i["stage"]) for i in items] == [
        ("WEB-1", "Done"),
        ("WEB-2", "In Progress"),
        ("WEB-3", "Open"),
    ]
    assert items[0]["cycle_days"] == 3
    figures = vsm.json("metrics", "--from", "2026-01-01", "--to", "2026-01-31")
    assert figures["items"]["finished"] == 1 and figures["cycle_time_days"]["p85"] == 3

    vsm.ok("undo")
    assert vsm.json("stream", "list") == []
    vsm.ok("redo")
    assert len(vsm.json("item", "list")) == 3
    assert vsm.json("doctor")["ok"] is True


def test_the_name_of_the_stream_is_never_completed(vsm: Vsm, issues: Path) -> None:
    vsm.ok("stream", "add", "Web shop", "--stages", STAGES)
    vsm.ok(*into_web(issues))
    assert [s["name"] for s in vsm.json("stream", "list")] == ["Web", "Web shop"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "issues.json"),
        ("{", "issues.json"),
        ('{"issues": 3}', "issues.json"),
        ('[{"id": "1", "fields": {}}]', "issues.json"),
        ('[{"id": "1", "key": "A-1", "fields": {"created": "yesterday"}}]', "created"),
        ("\x00\x01\x02", "issues.json"),
    ],
)
def test_a_malformed_file_is_refused_as_a_whole(
    vsm: Vsm, tmp_path: Path, content: str, says: str
) -> None:
    file = tmp_path / "issues.json"
    file.write_text(content)
    assert says in vsm.fails(2, *into_web(file))
    assert says in vsm.fails(2, *into_web(file, "--json", "--dry-run"))
    assert not vsm.db.exists()


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (("--stages", "Open"), 2, "NAME:CATEGORY"),
        (("--stages", "Open:backlog,Open:done"), 2, "twice"),
        (("--mapping", "/nowhere.toml"), 2, "nowhere.toml"),
        (("--tz", "Mars/Olympus"), 2, "Mars/Olympus"),
        (("--commit", "Nowhere"), 2, "Nowhere"),
        (("--project", "NONE"), 2, "NONE"),
    ],
)
def test_wrong_options_are_answered_in_one_line(
    vsm: Vsm, issues: Path, more: tuple[str, ...], code: int, says: str
) -> None:
    arguments = ("import", "jira", str(issues), "--stream", "Web", *more)
    assert says in vsm.fails(code, *arguments)
    assert not vsm.db.exists()


def test_a_file_that_is_not_there_is_told(vsm: Vsm, tmp_path: Path) -> None:
    assert "none.json" in vsm.fails(2, *into_web(tmp_path / "none.json"))
    assert "folder" in vsm.fails(2, *into_web(tmp_path))


def waits_for_more(pid: int, pipe: int) -> None:
    """Wait until a process has read all of a pipe and sleeps: a signal a moment before a read
    begins would be seen only after it.
    """
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        unread = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        if not unread and state == "S":
            return
        select.select([], [], [], 0.01)
    raise AssertionError("the import never waited for more of its file")


def test_ctrl_c_leaves_the_database_as_it_was(vsm: Vsm, process: Start, tmp_path: Path) -> None:
    vsm.ok("stream", "add", "Web", "--stages", STAGES)
    before = vsm.db.read_bytes()
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    child = process(*into_web(pipe))
    with pipe.open("wb", buffering=0) as slow:  # opens when the import has begun to read
        slow.write(b"[")
        waits_for_more(child.pid, slow.fileno())
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, b"")
    assert err == b"vsm: interrupted; nothing was imported\n"
    assert vsm.db.read_bytes() == before


def test_progress_is_told_on_a_terminal_and_nowhere_else(
    vsm: Vsm, process: Start, issues: Path
) -> None:
    controller, terminal = pty.openpty()
    child = process(*into_web(issues, "--json"), stderr=terminal)
    out, _ = child.communicate(timeout=60)
    os.close(terminal)
    assert child.returncode == 0 and json.loads(out)["items"] == 3
    report = os.read(controller, 65536)
    os.close(controller)
    assert b"Reading: " in report and report.endswith(b"\r\x1b[K")


def test_a_real_team_gives_the_reference_figures(vsm: Vsm, shared_data: Path) -> None:
    folder = shared_data / "duraspace_jira_dev"
    stages = (
        "Received:backlog,More Details Needed:backlog,Volunteer Needed:backlog,Accepted:backlog,"
        "Open:backlog,Reopened:queue,In Progress:active,In Review:active,Patch Available:queue,"
        "Resolved:done,Closed:done"
    )
    report = vsm.json(
        *("import", "jira", str(folder / "issues.jsonl.gz"), "--stream", "Fedora"),
        *("--project", "FCREPO", "--stages", stages, "--commit", "In Progress"),
    )
    assert (report["items"], report["transitions"]) == (1019, 1606)
    figures = vsm.json("metrics", "--from", "2000-01-01", "--to", "2030-01-01")
    assert figures["items"]["finished_without_start"] == 542
    assert figures["items"]["in_progress"] == 14
    cycle, lead = figures["cycle_time_days"], figures["lead_time_elapsed_days"]
    assert (cycle["n"], cycle["p50"], cycle["p85"], cycle["p95"]) == (170, 9, 60, 242)
    assert (lead["n"], lead["p50"], lead["p85"], lead["p95"]) == pytest.approx(
        (712, 69.698, 382.024, 810.162), abs=0.001
    )
    board = vsm.ok("board", "--cards", "2")
    assert "no activity since" in board.splitlines()[0] + board.splitlines()[1]
