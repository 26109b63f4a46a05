"""The change logs of a real Jira: every issue, every status, every link."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from vsm.connect.files.infer_mapping import infer
from vsm.connect.files.jira import read
from vsm.connect.files.parsed_file import ParsedFile
from vsm.model.item import LinkKind, Quality
from vsm.model.rules import to_micros

BLOCKING = {"depends on": -1, "required by": 1}


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "duraspace_jira_dev"


@pytest.fixture(scope="module")
def whole(folder: Path) -> ParsedFile:
    return read(folder / "issues.jsonl.gz")


@pytest.mark.parametrize(
    ("project", "items", "changes"), [("FCREPO", 1019, 1606), ("ISLANDORA", 981, 1610)]
)
def test_a_project_has_its_issues_and_changes(
    folder: Path, project: str, items: int, changes: int
) -> None:
    parsed = read(folder / "issues.jsonl.gz", project=project)
    assert len(parsed.histories) == items
    assert sum(len(h.entries) - 1 for h in parsed.histories) == changes
    assert {h.quality for h in parsed.histories} == {Quality.FULL}
    assert not parsed.skipped and not parsed.notes


def test_every_status_of_every_issue_is_as_listed(folder: Path, whole: ParsedFile) -> None:
    expected: dict[str, list[tuple[int, str]]] = defaultdict(list)
    with (folder / "status_events.csv").open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            at = to_micros(datetime.fromisoformat(row["timestamp"]))
            expected[row["key"]].append((at, row["to_status"]))
    assert len(whole.histories) == 2297
    assert {h.key: [(e.at, e.status) for e in h.entries] for h in whole.histories} == expected


def test_every_link_is_as_listed_in_its_direction(folder: Path, whole: ParsedFile) -> None:
    expected: dict[str, set[tuple[LinkKind, str, str]]] = defaultdict(set)
    with (folder / "links.csv").open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            key, other = row["key"], row["other_key"]
            sign = BLOCKING.get(row["direction_label"], 0)
            if sign:
                ends = (key, other) if sign > 0 else (other, key)
                expected[key].add((LinkKind.BLOCKS, *ends))
            else:
                first, second = sorted((key, other))
                expected[key].add((LinkKind.RELATES, first, second))
    assert {h.key: set(h.links) for h in whole.histories if h.links} == expected


def test_the_guess_is_how_the_statuses_are_used(folder: Path) -> None:
    parsed = read(folder / "issues.jsonl.gz", project="FCREPO")
    assert [(n, c.value) for n, c in infer(parsed.histories, parsed.hints)] == [
        ("Received", "backlog"),
        ("Open", "backlog"),
        ("In Progress", "active"),
        ("In Review", "active"),
        ("Reopened", "queue"),
        ("Resolved", "done"),
        ("Closed", "done"),
    ]
