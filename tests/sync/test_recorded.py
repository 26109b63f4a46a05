"""Recorded pages of real projects, replayed: the same items as the same files give."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sync.conftest import Program
from tests.sync.fake import Fake, FakeGitHub, FakeGitLab, FakeJira


@pytest.fixture
def pmo(shared_data: Path) -> Path:
    """The recorded pages; tests that need them skip where they are not."""
    return shared_data / "pmo"


def records(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def histories(vsm: Program) -> dict[str, Any]:
    """What was imported of each item, but for the run."""
    rows = [r["payload"] for r in vsm.journal() if r["kind"] == "item_history_imported"]
    return {
        row["key"]: {n: v for n, v in row.items() if n not in ("run", "source")} for row in rows
    }


@pytest.fixture
def of_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    folder = tmp_path / "file"
    folder.mkdir()
    yield Program(folder, monkeypatch)


def compare(vsm: Program, of_file: Program, fake: Fake, kind: str, *scope: str) -> Any:
    """A run, its repetition, and the import of the file that the run made."""
    ran = vsm.add(fake, kind, *scope)
    before = vsm.journal()
    again = vsm.json("sync", "run", "--full")
    assert (again["new"], again["changed"]) == (0, 0)
    assert vsm.journal() == before, "a second run records nothing"
    items = vsm.ok("sync", "raw", vsm.json("sync", "status")["sources"][0]["source"], "--items")
    file_format = kind.partition("-")[0]
    of_file.ok("--db", str(of_file.db), "import", file_format, items.strip(), "--stream", "Web")
    assert histories_of(of_file) == histories(vsm)
    return ran


def histories_of(vsm: Program) -> dict[str, Any]:
    out = vsm.folder / "journal.ndjson"
    vsm.ok("--db", str(vsm.db), "export", "journal", "--output", str(out))
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    rows = [r["payload"] for r in rows if r.get("kind") == "item_history_imported"]
    return {
        row["key"]: {n: v for n, v in row.items() if n not in ("run", "source")} for row in rows
    }


@pytest.mark.parametrize("is_cloud", [True, False])
def test_devlake_jira(vsm: Program, of_file: Program, pmo: Path, is_cloud: bool) -> None:
    issues = records(pmo / "devlake_jira/issues.jsonl.gz")
    fake = FakeJira(issues, is_cloud=is_cloud)
    fake.page = 20
    with fake.running():
        ran = compare(vsm, of_file, fake, "jira")
    assert (ran["listed"], ran["new"], ran["truncated"]) == (33, 33, [])
    moved = sum(len(h["transitions"]) - 1 for h in histories(vsm).values())
    logged = [
        item
        for issue in issues
        for history in issue["changelog"]["histories"]
        for item in history["items"]
        if item["field"] == "status"
    ]
    # Five items were closed undelivered: they end there, though their status was renamed later.
    assert len(logged) == 165 and moved == 160
    of_file.db.unlink()
    recorded = str(pmo / "devlake_jira/issues.jsonl.gz")
    of_file.ok("--db", str(of_file.db), "import", "jira", recorded, "--stream", "Web")
    ours, theirs = histories(vsm), histories_of(of_file)
    assert {k: h["transitions"] for k, h in ours.items()} == {
        k: h["transitions"] for k, h in theirs.items()
    }
    categories = {s["name"]: s["category"] for s in vsm.json("stage", "list", "--stream", "Web")}
    assert categories["已完成"] == "done", "its category has the id of done and the key of new"


def test_jirametrics_with_its_board(vsm: Program, pmo: Path) -> None:
    folder = pmo / "jirametrics_sample"
    issues = [json.loads(p.read_text()) for p in folder.glob("complete_sample__sample_issues*")]
    fake = FakeJira(issues)
    fake.board = json.loads(
        (folder / "complete_sample__sample_board_1_configuration.json").read_text()
    )
    fake.statuses = json.loads((folder / "complete_sample__sample_statuses.json").read_text())
    with fake.running():
        ran = vsm.add(fake, "jira", "--board", "1")
    assert ran["new"] == len(issues) == 6
    stages = vsm.json("stage", "list", "--stream", "Web")
    assert [(s["name"], s["limit"]) for s in stages] == [
        *(("Backlog", None), ("Ready", 4), ("In Progress", 3), ("Review", 3), ("Done", None)),
    ]


def test_devlake_github(vsm: Program, of_file: Program, pmo: Path) -> None:
    issues = records(pmo / "devlake_github/issues.jsonl.gz")
    timelines: dict[int, list[dict[str, Any]]] = {}
    for event in records(pmo / "devlake_github/events.jsonl.gz"):
        timelines.setdefault(event["issue"]["number"], []).append(
            {name: value for name, value in event.items() if name != "issue"}
        )
    fake = FakeGitHub(issues, timelines)
    fake.page = 10
    with fake.running():
        ran = compare(vsm, of_file, fake, "github", "--scope", "owner/ants")
    unique = {i["number"] for i in issues if i.get("pull_request") is None}
    assert ran["listed"] == ran["new"] == len(unique)
    closed = {i["number"] for i in issues if i["state"] == "closed"} & unique
    done = [h for h in histories(vsm).values() if h["transitions"][-1][1] != h["transitions"][0][1]]
    assert len(done) == len(closed)


def test_devlake_gitlab(vsm: Program, of_file: Program, pmo: Path) -> None:
    issues = records(pmo / "devlake_gitlab/issues.jsonl.gz")
    fake = FakeGitLab(issues, {})
    fake.page = 7
    with fake.running():
        ran = compare(vsm, of_file, fake, "gitlab", "--scope", "group/shop")
    assert ran["listed"] == ran["new"] == len({i["id"] for i in issues})
