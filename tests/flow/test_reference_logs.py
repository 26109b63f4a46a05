"""Lead time, throughput and work in progress of process logs, against figures of others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.flow.test_reference_moves import FIRST, reference
from vsm.connect.files.detect import format_of
from vsm.connect.files.plan_import import plan_import
from vsm.features.metrics.figures import figures
from vsm.features.metrics.results import Figures
from vsm.flow.facts import Facts
from vsm.flow.history import History
from vsm.model import rules
from vsm.model.stream import Category, Stage, ValueStream, chain

__all__ = ["reference"]


@dataclass(frozen=True)
class Log:
    """A log and what the reference takes for finished: the last event is one of ``done``; with
    ``ends`` a case is over at its last such event, whatever comes after it.
    """

    file: str
    done: tuple[str, ...]
    ends: bool = False


LOGS = {
    "bpic2013_closed": Log("bpic2013_closed/06_bpic2013_closed.xes.gz", ("Completed",)),
    "receipt": Log("receipt/receipt.csv", ("T10 Determine necessity to stop indication",)),
    "sepsis": Log("sepsis/sepsis.csv", tuple(f"Release {letter}" for letter in "ABCDE"), True),
}


@cache
def read(folder: Path, name: str) -> tuple[ValueStream, History]:
    """The cases in a stream in which the clock starts with the first event."""
    log = LOGS[name]
    path = folder / log.file
    plan = plan_import(format_of(path), path, stream="Work")
    names = [n for n, _ in plan.stages if n not in log.done] + list(log.done)
    stages = tuple(
        Stage(n, stage_name, Category.DONE if stage_name in log.done else Category.ACTIVE, n)
        for n, stage_name in enumerate(names, 1)
    )
    ids = {stage.name: stage.id for stage in stages}
    cases = []
    for case in plan.histories:
        entries = list(case.entries)
        if log.ends:
            ends = [n for n, entry in enumerate(entries) if entry.status in log.done]
            entries = entries[: ends[-1] + 1] if ends else entries
        cases.append(rules.visits_of((e.at, ids[e.status]) for e in entries))
    history = History.from_rows(
        (n, visit.stage, visit.entered) for n, visits in enumerate(cases) for visit in visits
    )
    return ValueStream(1, "Log", "UTC", stages, chain(stages)), history


def figures_then(shared: Path, name: str, as_of: datetime) -> Figures:
    stream, history = read(shared, name)
    moment = rules.to_micros(as_of) - 1
    return figures(history, Facts.from_rows(), stream, first=FIRST, as_of=moment)


@pytest.mark.parametrize("name", LOGS)
def test_lead_time_equals_the_reference(
    shared_data: Path, reference: dict[str, Any], name: str
) -> None:
    expected = reference[name]["elapsed_days_done_items_first_event_to_finish"]
    result = figures_then(shared_data, name, datetime(2026, 1, 1, tzinfo=UTC)).basic
    lead = result.lead_time_elapsed_days
    assert result.items.finished == lead.n == reference[name]["items_done"] == expected["n"]
    for share in (50, 85, 95):
        near = pytest.approx(expected[f"p{share}_nearest_rank"], abs=1e-6)
        assert getattr(lead, f"p{share}") == near
    assert (lead.mean, lead.max) == (
        pytest.approx(expected["mean"], abs=1e-6),
        pytest.approx(expected["max"], abs=1e-6),
    )


@pytest.mark.parametrize("name", LOGS)
def test_weekly_throughput_equals_the_reference(
    shared_data: Path, reference: dict[str, Any], name: str
) -> None:
    expected = reference[name]["throughput_last_12_weeks"]
    weeks = figures_then(shared_data, name, datetime(2026, 1, 1, tzinfo=UTC)).basic.weeks
    result = {week.monday.isoformat(): week.finished for week in weeks}
    assert {monday: result[monday] for monday in expected} == expected


@pytest.mark.parametrize("name", LOGS)
def test_work_in_progress_equals_the_reference(
    shared_data: Path, reference: dict[str, Any], name: str
) -> None:
    """The reference knows that a case will go on after it was done; here it was done then."""
    stream, history = read(shared_data, name)
    done = {stage.id for stage in stream.order if stage.category is Category.DONE}
    for day, expected in reference[name]["wip"].items():
        at = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
        moment = rules.to_micros(at)
        result = figures_then(shared_data, name, at).basic.wip.total
        again = 0
        for n, begin in enumerate(history.begin.tolist()):
            end = begin + int(history.counts[n])
            entered, stage = history.entered[begin:end].tolist(), history.stage[begin:end].tolist()
            known = [s for s, e in zip(stage, entered, strict=True) if e < moment]
            if known and known[-1] in done and len(known) < len(stage):
                again += 1
        assert result + again == expected, (day, result, again)


def test_the_last_weeks_are_whole(reference: dict[str, Any]) -> None:
    for name in LOGS:
        mondays = sorted(map(date.fromisoformat, reference[name]["throughput_last_12_weeks"]))
        assert mondays[-1] - mondays[0] == timedelta(weeks=11)
