"""Sentences and figures of one report agree, also where a source does not know every start."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.cli.conftest import Vsm

NO_STARTS = """\
Issue key,Summary,Status,Status Category,Created,Resolved
QA-1,Ship it,Done,Done,2026-03-02,2026-03-10
QA-2,Sell it,Done,Done,2026-03-03,2026-03-18
QA-3,Fix it,In Progress,In Progress,2026-03-04,
"""
MARCH = ("--from", "2026-03-01", "--to", "2026-03-28")


@pytest.fixture
def imported(vsm: Vsm, tmp_path: Path) -> Vsm:
    """A table with two finished items of which nobody knows when they were started."""
    file = tmp_path / "qa.csv"
    file.write_text(NO_STARTS, encoding="utf-8")
    vsm.ok("import", str(file), "--stream", "QA")
    return vsm


def test_the_rate_a_week_counts_the_items_that_the_number_before_it_counts(imported: Vsm) -> None:
    text = imported.ok("metrics", *MARCH)
    assert "Finished in the window: 2, 0.5 a week" in text
    assert "Cycle time leaves out 2 of which neither moves nor a start are known." in text
    compared = imported.ok("metrics", *MARCH, "--against", "2026-02")
    rows = [" ".join(line.split()) for line in compared.splitlines()]
    assert "finished 0 2 +2" in rows
    assert "throughput a week 0 0.5 +0.5" in rows


def test_the_flow_chart_does_not_deny_what_finished_without_a_start(imported: Vsm) -> None:
    page = imported.ok("metrics", *MARCH, "--format", "html")
    (label,) = re.findall('aria-label="Cumulative flow[^"]*"', page)
    assert "no start is known" in label
    assert "nothing started or finished" not in label


def test_a_stream_in_which_nothing_finished_has_no_limits(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Empty")
    text = vsm.ok("metrics")
    assert "Finished in the window: 0" in text
    assert "limits" not in text


def test_large_counts_are_written_like_those_of_the_import(vsm: Vsm, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    rows = "".join(f"QA-{n},2026-03-02,2026-03-10\n" for n in range(1200))
    file.write_text("id,start,finish\n" + rows, encoding="utf-8")
    assert "1,200 items" in vsm.ok("import", str(file), "--stream", "QA")
    text = vsm.ok("metrics", *MARCH)
    assert "1,200 in all" in text and "Finished in the window: 1,200," in text


def test_the_map_agrees_with_metrics_and_bottlenecks(
    demo_of: Callable[[date], Path],
) -> None:
    demo = Vsm(demo_of(date(2026, 3, 31)))
    options = ("--stream", "Card issuing", "--as-of", "2026-03-31T20:00:00Z")
    shown = demo.json("map", *options)
    metrics = demo.json("metrics", *options)
    bottlenecks = demo.json("bottlenecks", *options)
    totals = shown["totals"]
    assert totals["lead_time"]["measured"] == metrics["cycle_time_elapsed_days"]["p50"]
    assert totals["activity_ratio"]["measured"] == metrics["flow_efficiency"]["ratio"]
    assert totals["rolled_ca"]["measured"] == metrics["complete_accurate"]["rolled"]
    stages = {s["name"]: s for s in shown["stages"]}
    for name, quality in metrics["complete_accurate"]["by_stage"].items():
        assert stages[name]["complete_accurate"]["measured"] == quality["share"]
    for name, wip in metrics["wip"]["by_stage"].items():
        assert stages[name]["wip"] == wip
    back = {(e["from_name"], e["to_name"]): e["moves"] for e in shown["edges"]
            if e["kind"] == "rework" and e["moves"]}  # fmt: skip
    assert back == {(p["from"], p["to"]): p["count"] for p in metrics["rework"]["pairs"]}
    for one in bottlenecks["stages"]:
        assert stages[one["name"]]["utilisation"] == one["utilisation"]
    constraint = bottlenecks["constraint"]["stages"] if bottlenecks["constraint"] else []
    assert [name for name, s in stages.items() if s["constraint"]] == constraint
