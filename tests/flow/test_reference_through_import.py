"""Real projects imported and measured by the command line equal the reference."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.flow.test_reference import TABLE
from vsm.cli.main import cli

STAGES = ",".join(f"{name}:{category}" for name, category in TABLE.items())


def vsm(database: Path, *words: str) -> Any:
    """The JSON that a call prints."""
    result = CliRunner().invoke(cli, ["--db", str(database), *words, "--json"], prog_name="vsm")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def imported(folder: Path, data: Path, project: str) -> tuple[Path, Any]:
    """A database with one project, and the report of its import."""
    database = folder / f"{project}.db"
    file = data / "duraspace_jira_dev" / "issues.jsonl.gz"
    words = ["import", "jira", str(file), "--stream", project, "--project", project]
    report = vsm(database, *words, "--stages", STAGES, "--commit", "In Progress", "--tz", "UTC")
    return database, report


def test_fcrepo_figures_are_those_of_the_published_table(tmp_path: Path, shared_data: Path) -> None:
    database, report = imported(tmp_path, shared_data, "FCREPO")
    assert (report["items"], report["transitions"]) == (1_019, 1_606)

    figures = vsm(database, "metrics", "--from", "2007-01-01", "--as-of", "2015-02-01")

    items = figures["items"]
    assert items["total"] == 1_019
    assert (items["in_progress"], items["finished"], items["dropped"]) == (14, 712, 0)
    assert (items["finished_without_start"], items["left_out"]) == (542, 0)
    assert figures["wip"]["total"] == 14
    cycle, lead = figures["cycle_time_days"], figures["lead_time_days"]
    assert [cycle[k] for k in ("n", "p50", "p85", "p95")] == [170, 9, 60, 242]
    assert [lead[k] for k in ("n", "p50", "p85", "p95")] == [712, 71, 383, 811]
    elapsed = figures["lead_time_elapsed_days"]
    assert [round(elapsed[k], 3) for k in ("p50", "p85", "p95")] == [69.698, 382.024, 810.162]


@pytest.mark.parametrize("project", ["FCREPO", "ISLANDORA"])
def test_throughput_lead_time_and_stages_equal_the_reference(
    tmp_path: Path, shared_data: Path, project: str
) -> None:
    records = json.loads((shared_data / "REFERENCE_DEV.json").read_text())["data"]
    reference = records[f"duraspace_jira/{project}"]
    database, report = imported(tmp_path, shared_data, project)
    assert (report["items"], report["transitions"]) == (
        reference["items"],
        reference["status_transitions"],
    )

    figures = vsm(database, "metrics", "--from", "2007-01-01", "--as-of", "2015-02-01")

    lead = reference["elapsed_days_done_items_first_event_to_finish"]
    assert figures["lead_time_elapsed_days"]["n"] == lead["n"]
    for percent in (50, 85, 95):
        expected = lead[f"p{percent}_nearest_rank"]
        assert figures["lead_time_elapsed_days"][f"p{percent}"] == pytest.approx(expected, abs=1e-6)
    weeks = {w["start"]: w["finished"] for w in figures["throughput"]["per_week"]}
    for name, expected in reference.items():
        if name.startswith("throughput"):
            assert {monday: weeks[monday] for monday in expected} == expected
    for day, expected in reference["items_per_status_at"].items():
        then = vsm(database, "metrics", "--as-of", f"{day}T00:00Z")
        assert {stage: n for stage, n in then["wip"]["by_stage"].items() if n} == expected


@pytest.mark.parametrize(("project", "count"), [("FCREPO", 19), ("ISLANDORA", 0)])
def test_open_dependencies_are_the_real_links_between_what_is_open(
    tmp_path: Path, shared_data: Path, project: str, count: int
) -> None:
    folder = shared_data / "duraspace_jira_dev"
    with (folder / "items.csv").open(encoding="utf-8", newline="") as file:
        undone = {
            row["key"]
            for row in csv.DictReader(file)
            if row["project"] == project and TABLE[row["current_status"]] != "done"
        }
    expected = set()
    with (folder / "links.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            one, other = row["key"], row["other_key"]
            if row["direction_label"] == "depends on":
                one, other = other, one
            elif row["direction_label"] != "required by":
                continue
            if {one, other} <= undone:
                expected.add((one, other))
    database, _ = imported(tmp_path, shared_data, project)
    report = vsm(database, "deps")
    assert {(wait["blocker"], wait["waiting"]) for wait in report["open"]} == expected
    assert len(expected) == count
    behind = {(top["key"], key) for top in report["top_blockers"] for key in top["behind"]}
    assert expected <= behind
    for circle in report["cycles"]:
        assert tuple(circle["unlink"]) in expected


@pytest.mark.parametrize("project", ["FCREPO", "ISLANDORA"])
def test_of_a_trickle_no_constraint_is_named(
    tmp_path: Path, shared_data: Path, project: str
) -> None:
    database, _ = imported(tmp_path, shared_data, project)
    report = vsm(database, "bottlenecks", "--as-of", "2015-02-01")
    assert report["constraint"] is None and report["finding"]["kind"] == "unknown"
    assert "20 are needed" in report["finding"]["reason"]
