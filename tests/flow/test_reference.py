"""Figures of two real Jira projects equal those computed independently by others."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from vsm.features.metrics.basic import metrics
from vsm.features.metrics.results import Metrics
from vsm.flow.history import History
from vsm.model import rules
from vsm.model.stream import Category, Stage, ValueStream, chain
from vsm.report.publish import publish

TABLE = {
    "Received": Category.BACKLOG,
    "More Details Needed": Category.BACKLOG,
    "Volunteer Needed": Category.BACKLOG,
    "Accepted": Category.BACKLOG,
    "Open": Category.BACKLOG,
    "Reopened": Category.QUEUE,
    "Patch Available": Category.QUEUE,
    "In Progress": Category.ACTIVE,
    "In Review": Category.ACTIVE,
    "Resolved": Category.DONE,
    "Closed": Category.DONE,
}
IDS = {name: n for n, name in enumerate(TABLE, 1)}
STAGES = tuple(Stage(IDS[name], name, category, IDS[name]) for name, category in TABLE.items())
STREAM = ValueStream(
    1, "Duraspace", "UTC", STAGES, chain(STAGES), commitment=IDS["In Progress"]
).validate()

END = rules.to_micros(datetime(2015, 2, 1, tzinfo=UTC))
WHOLE = date(2000, 1, 1)


def histories(folder: Path, project: str) -> History:
    """Fold the status events of one project, those of equal times in the file's order."""
    moves: dict[str, list[tuple[int, int]]] = {}
    with (folder / "duraspace_jira_dev" / "status_events.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["key"].startswith(f"{project}-"):
                moment = rules.to_micros(datetime.fromisoformat(row["timestamp"]))
                moves.setdefault(row["key"], []).append((moment, IDS[row["to_status"]]))
    return History.from_rows(
        (n, visit.stage, visit.entered)
        for n, (_, item) in enumerate(sorted(moves.items()))
        for visit in rules.visits_of(sorted(item, key=lambda move: move[0]))
    )


@pytest.fixture(scope="module", params=["FCREPO", "ISLANDORA"])
def project(request: pytest.FixtureRequest, shared_data: Path) -> tuple[History, dict[str, Any]]:
    reference = json.loads((shared_data / "REFERENCE_DEV.json").read_text())["data"]
    return histories(shared_data, request.param), reference[f"duraspace_jira/{request.param}"]


def whole(history: History) -> Metrics:
    return metrics(history, STREAM, first=WHOLE, last=None, as_of=END)


def test_lead_times_equal_the_reference(project: tuple[History, dict[str, Any]]) -> None:
    history, reference = project
    expected = reference["elapsed_days_done_items_first_event_to_finish"]
    result = publish(whole(history))
    assert result["items"]["total"] == reference["items"]
    assert result["items"]["finished"] == reference["items_done"]
    elapsed = result["lead_time_elapsed_days"]
    assert elapsed["n"] == expected["n"]
    for figure, name in (
        ("mean", "mean"),
        ("p50", "p50_nearest_rank"),
        ("p85", "p85_nearest_rank"),
        ("p95", "p95_nearest_rank"),
        ("max", "max"),
    ):
        assert elapsed[figure] == pytest.approx(expected[name], abs=1e-6)


def test_weekly_throughput_equals_the_reference(project: tuple[History, dict[str, Any]]) -> None:
    history, reference = project
    result = {w.monday.isoformat(): w.finished for w in whole(history).weeks}
    compared = 0
    for name, weeks in reference.items():
        if name.startswith("throughput"):
            compared += len(weeks)
            assert {monday: result[monday] for monday in weeks} == weeks
    assert compared == 24


def test_items_per_stage_equal_the_reference_at_any_date(
    project: tuple[History, dict[str, Any]],
) -> None:
    history, reference = project
    for day, expected in reference["items_per_status_at"].items():
        moment = rules.to_micros(datetime.fromisoformat(day).replace(tzinfo=UTC))
        result = metrics(history, STREAM, first=None, last=None, as_of=moment)
        assert {name: n for name, n in result.wip.by_stage if n} == expected


def test_fcrepo_figures_are_those_of_the_published_table(shared_data: Path) -> None:
    result = whole(histories(shared_data, "FCREPO"))
    items = result.items
    assert (items.total, items.not_started, items.in_progress) == (1_019, 293, 14)
    assert (items.finished, items.finished_without_start, items.left_out) == (712, 542, 0)
    cycle, lead, elapsed = (
        result.cycle_time_days,
        result.lead_time_days,
        result.lead_time_elapsed_days,
    )
    assert (cycle.n, cycle.p50, cycle.p85, cycle.p95) == (170, 9, 60, 242)
    assert (lead.n, lead.p50, lead.p85, lead.p95) == (712, 71, 383, 811)
    assert [round(p or 0, 3) for p in (elapsed.p50, elapsed.p85, elapsed.p95)] == [
        69.698,
        382.024,
        810.162,
    ]
