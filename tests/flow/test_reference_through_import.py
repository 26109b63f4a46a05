"""The same real projects by the way people go: import the Jira file, ask for the figures."""

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
    """What a call prints with ``--json``."""
    result = CliRunner().invoke(cli, ["--db", str(database), *words, "--json"], prog_name="vsm")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def imported(folder: Path, data: Path, project: str) -> tuple[Path, Any]:
    """A database with one project, and what its import said."""
    database = folder / f"{project}.db"
    file = data / "duraspace_jira_dev" / "issues.jsonl.gz"
    words = ["import", "jira", str(file), "--stream", project, "--project", project]
    told = vsm(database, *words, "--stages", STAGES, "--commit", "In Progress", "--tz", "UTC")
    return database, told


def test_fcrepo_figures_are_those_of_the_published_table(tmp_path: Path, shared_data: Path) -> None:
    database, told = imported(tmp_path, shared_data, "FCREPO")
    assert (told["items"], told["transitions"]) == (1_019, 1_606)

    found = vsm(database, "metrics", "--from", "2007-01-01", "--as-of", "2015-02-01")

    items = found["items"]
    assert items["total"] == 1_019
    assert (items["in_progress"], items["finished"], items["dropped"]) == (14, 712, 0)
    assert (items["finished_without_start"], items["left_out"]) == (542, 0)
    assert found["wip"]["total"] == 14
    cycle, lead = found["cycle_time_days"], found["lead_time_days"]
    assert [cycle[k] for k in ("n", "p50", "p85", "p95")] == [170, 9, 60, 242]
    assert [lead[k] for k in ("n", "p50", "p85", "p95")] == [712, 71, 383, 811]
    elapsed = found["lead_time_elapsed_days"]
    assert [round(elapsed[k], 3) for k in ("p50", "p85", "p95")] == [69.698, 382.024, 810.162]


@pytest.mark.parametrize("project", ["FCREPO", "ISLANDORA"])
def test_throughput_lead_time_and_stages_equal_the_reference(
    tmp_path: Path, shared_data: Path, project: str
) -> None:
    records = json.loads((shared_data / "REFERENCE_DEV.json").read_text())["data"]
    reference = records[f"duraspace_jira/{project}"]
    database, told = imported(tmp_path, shared_data, project)
    assert (told["items"], told["transitions"]) == (
        reference["items"],
        reference["status_transitions"],
    )

    found = vsm(database, "metrics", "--from", "2007-01-01", "--as-of", "2015-02-01")

    lead = reference["elapsed_days_done_items_first_event_to_finish"]
    assert found["lead_time_elapsed_days"]["n"] == lead["n"]
    for percent in (50, 85, 95):
        wanted = lead[f"p{percent}_nearest_rank"]
        assert found["lead_time_elapsed_days"][f"p{percent}"] == pytest.approx(wanted, abs=1e-6)
    weeks = {w["start"]: w["finished"] for w in found["throughput"]["per_week"]}
    for name, wanted in reference.items():
        if name.startswith("throughput"):
            assert {monday: weeks[monday] for monday in wanted} == wanted
    for day, wanted in reference["items_per_status_at"].items():
        then = vsm(database, "metrics", "--as-of", f"{day}T00:00Z")
        assert {stage: n for stage, n in then["wip"]["by_stage"].items() if n} == wanted


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
    wanted = set()
    with (folder / "links.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            one, other = row["key"], row["other_key"]
            if row["direction_label"] == "depends on":
                one, other = other, one
            elif row["direction_label"] != "required by":
                continue
            if {one, other} <= undone:
                wanted.add((one, other))
    database, _ = imported(tmp_path, shared_data, project)
    told = vsm(database, "deps")
    assert {(each["blocker"], each["waiting"]) for each in told["open"]} == wanted
    assert len(wanted) == count
    behind = {(top["key"], key) for top in told["top_blockers"] for key in top["behind"]}
    assert wanted <= behind
    for circle in told["cycles"]:
        assert tuple(circle["unlink"]) in wanted


@pytest.mark.parametrize("project", ["FCREPO", "ISLANDORA"])
def test_of_a_trickle_no_constraint_is_named(
    tmp_path: Path, shared_data: Path, project: str
) -> None:
    database, _ = imported(tmp_path, shared_data, project)
    told = vsm(database, "bottlenecks", "--as-of", "2015-02-01")
    assert told["constraint"] is None and told["finding"]["kind"] == "unknown"
    assert "20 are needed" in told["finding"]["reason"]
