"""Rework, stage times and CFD of real histories equal the figures of others.

The reference ranks stages: those of one rank lie beside each other. So do these streams, whose
edges lead from every stage of a rank to every one of the next; with them it comes out equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.flow.test_reference import TABLE, histories
from vsm.connect.files.detect import format_of
from vsm.connect.files.plan_import import plan_import
from vsm.features.map.figures import map_figures
from vsm.features.metrics.figures import figures, figures_of
from vsm.features.metrics.results import Figures
from vsm.flow.facts import Facts
from vsm.flow.flow_data import FlowData
from vsm.flow.history import History
from vsm.flow.window import window
from vsm.model import rules
from vsm.model.stream import Category, Edge, Stage, ValueStream

FIRST = date(1990, 1, 1)
END = rules.to_micros(datetime(2026, 1, 1, tzinfo=UTC))
LOGS = {
    "bpic2013_closed": "bpic2013_closed/06_bpic2013_closed.xes.gz",
    "helpdesk": "helpdesk/helpdesk.xes.gz",
}


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((shared_data / "REFERENCE_DEV.json").read_text())
    return dict(content["data"])


def ranked(ranks: Mapping[str, int], categories: Mapping[str, Category]) -> ValueStream:
    """A stream whose stages of one rank lie side by side, ids from 1 in the order given."""
    stages = tuple(Stage(n, name, categories[name], n) for n, name in enumerate(ranks, 1))
    levels = sorted(set(ranks.values()))
    edges = tuple(
        Edge(a.id, b.id)
        for low, high in pairwise(levels)
        for a in stages
        for b in stages
        if ranks[a.name] == low and ranks[b.name] == high
    )
    return ValueStream(1, "Ranked", "UTC", stages, edges)


def all_figures(history: History, stream: ValueStream) -> Figures:
    """All figures over the whole history."""
    return figures(history, Facts.from_rows(), stream, first=FIRST, as_of=END)


@cache
def log(path: Path, stages: tuple[str, ...]) -> History:
    """The cases of an event log, in these stages; events of other names are not looked at."""
    ids = {name: n for n, name in enumerate(stages, 1)}
    plan = plan_import(format_of(path), path, stream="Work")
    cases = [
        rules.visits_of((e.at, ids[e.status]) for e in h.entries if e.status in ids)
        for h in plan.histories
    ]
    return History.from_rows(
        (n, visit.stage, visit.entered) for n, visits in enumerate(cases) for visit in visits
    )


@pytest.mark.parametrize("project", ["FCREPO", "ISLANDORA"])
def test_rework_of_a_jira_project_equals_the_reference(
    shared_data: Path, reference: dict[str, Any], project: str
) -> None:
    expected = reference[f"duraspace_jira/{project}"]
    ranks = {name: expected["stage_rank"][name] for name in TABLE}
    result = all_figures(histories(shared_data, project), ranked(ranks, TABLE)).rework
    assert result.moves == expected["backward_moves"]["moves"]
    pairs = {f"{a} -> {b}": n for a, b, n, _ in result.pairs}
    assert pairs == expected["backward_moves"]["by_pair"]
    back = {item for _, _, _, items in result.pairs for item in items}
    assert len(back) == expected["backward_moves"]["items_with_any"]


def moves_of(history: History, stream: ValueStream, kind: str | None = None) -> dict[str, int]:
    """The moves on the edges of the map over the whole history, of one kind or all."""
    span = window(FIRST, None, "UTC", END)
    data, facts = FlowData.of(history, stream), Facts.from_rows()
    result = map_figures(data, facts, span, figures_of(data, facts, span), feeds={}, declared_at={})
    return {
        f"{edge.source_name} -> {edge.target_name}": edge.moves
        for edge in result.edges
        if edge.moves and kind in (None, edge.kind)
    }


def test_rework_edges_of_the_map_equal_the_reference(
    shared_data: Path, reference: dict[str, Any]
) -> None:
    """Check value 4 of the map: 94 moves back in FCREPO."""
    expected = reference["duraspace_jira/FCREPO"]
    ranks = {name: expected["stage_rank"][name] for name in TABLE}
    moves = moves_of(histories(shared_data, "FCREPO"), ranked(ranks, TABLE), "rework")
    assert moves == {
        "Open -> Received": 34,
        "Closed -> Reopened": 29,
        "In Progress -> Open": 25,
        "In Review -> Reopened": 6,
    }


@pytest.mark.parametrize("name", LOGS)
def test_edges_of_the_map_equal_those_of_a_process_mining_library(
    shared_data: Path, name: str
) -> None:
    oracle = json.loads((shared_data / "PM4PY_ORACLE_DEV.json").read_text())[name]["dfg_top15"]
    pairs = {pair: n for pair, n in oracle.items() if len({*pair.split(" -> ")}) == 2}
    path = shared_data / LOGS[name]
    plan = plan_import(format_of(path), path, stream="Work")
    activities = {entry.status for history in plan.histories for entry in history.entries}
    categories = {
        a: Category.DONE if a in ("Closed", "Completed") else Category.ACTIVE for a in activities
    }
    ranks = {activity: n for n, activity in enumerate(sorted(activities))}
    moves = moves_of(log(path, tuple(ranks)), ranked(ranks, categories))
    assert {pair: moves.get(pair) for pair in pairs} == pairs


@pytest.mark.parametrize("name", LOGS)
def test_rework_of_an_event_log_equals_the_reference(
    shared_data: Path, reference: dict[str, Any], name: str
) -> None:
    expected = reference[name]
    ranks = expected["stage_rank"]
    last = max(ranks.values())
    categories = {n: Category.DONE if r == last else Category.ACTIVE for n, r in ranks.items()}
    history = log(shared_data / LOGS[name], tuple(ranks))
    result = all_figures(history, ranked(ranks, categories)).rework
    assert result.moves == expected["backward_moves"]["moves"]
    assert {f"{a} -> {b}": n for a, b, n, _ in result.pairs} == expected["backward_moves"][
        "by_pair"
    ]


def test_time_in_stage_equals_the_sums_of_a_process_mining_library(shared_data: Path) -> None:
    # Its sums are of edges between two events; those that leave an activity make up its time.
    path = shared_data / "PM4PY_ORACLE_DEV.json"
    expected = json.loads(path.read_text())["bpic2013_closed"]["performance_dfg_seconds_top15"]
    stages = ("Queued", "Accepted", "Unmatched", "Completed")
    categories = dict.fromkeys(stages, Category.ACTIVE) | {"Completed": Category.DONE}
    stream = ranked({name: n for n, name in enumerate(stages)}, categories)
    result = all_figures(log(shared_data / LOGS["bpic2013_closed"], stages), stream)
    totals = {t.stage: t.total for t in result.time_in_stage}
    for stage in ("Queued", "Accepted", "Unmatched"):
        leaving = (v["sum"] for edge, v in expected.items() if edge.startswith(f"{stage} -> "))
        assert totals[stage] == pytest.approx(sum(leaving) / 86_400, rel=1e-9)


@pytest.mark.parametrize("project", ["FCREPO", "ISLANDORA"])
def test_lines_of_a_real_cfd_correct_to_the_items_in_each_stage(
    shared_data: Path, reference: dict[str, Any], project: str
) -> None:
    expected = reference[f"duraspace_jira/{project}"]["items_per_status_at"]
    ranks = {name: n for n, name in enumerate(TABLE)}
    history = histories(shared_data, project)
    for day, expected_wip in expected.items():
        evening = rules.day_start(date.fromisoformat(day), "UTC") - 1
        cfd = figures(history, Facts.from_rows(), ranked(ranks, TABLE), as_of=evening).cfd
        corrected = [s.reached[-1] - s.below[-1] for s in cfd.stages] + [0]
        in_stage = {
            s.stage: a - b for s, (a, b) in zip(cfd.stages, pairwise(corrected), strict=True)
        }
        assert {name: n for name, n in in_stage.items() if n} == expected_wip
