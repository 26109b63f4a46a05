"""Edges lead past stages that work did not go through, so that loads of the past stay."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pytest

from bench.streams.history import BEGIN, observe_case
from bench.streams.kinds import DAYS, draw_case
from tests.flow.test_stations import LINE, observe, steady
from vsm.features.bottlenecks.constraint import judge
from vsm.features.bottlenecks.passed_by import lead_past
from vsm.features.bottlenecks.stations import ObservationWindow
from vsm.flow.flow_data import FlowData
from vsm.flow.history import History
from vsm.model.rules import DAY
from vsm.model.stream import Category, Edge, Stage, ValueStream

NEW = 99
CASE = draw_case("limits", 2)
VISITS = CASE.observe().visits


class Load(NamedTuple):
    """What is judged of a station."""

    load: float
    utilisation: float
    blocked: float
    limit: int


def inserted(stream: ValueStream, after: int, category: Category = Category.ACTIVE) -> ValueStream:
    """The stream with a new stage behind another, edges led through it."""
    order = [replace(stage, position=10 * n) for n, stage in enumerate(stream.order)]
    at = next(stage.position for stage in order if stage.id == after)
    edges = [replace(edge, source=NEW) if edge.source == after else edge for edge in stream.edges]
    new = Stage(NEW, "New", category, at + 5)
    return replace(stream, stages=(*order, new), edges=(*edges, Edge(after, NEW))).validate()


def loads(stream: ValueStream, through: int = 0, before: str = "") -> dict[str, Load]:
    """Loads of stations, where the last items that came to a stage went through the new one."""
    ids = {stage.name: stage.id for stage in stream.order}
    rows = [(v.item, BEGIN + round(v.at * DAY), n, ids[v.stage]) for n, v in enumerate(VISITS)]
    came = sorted(row[1:2] + row for row in rows if row[3] == ids.get(before))
    rows += [(item, at - 1, n, NEW) for _, item, at, n, _ in came[len(came) - through :]]
    history = History.from_rows((item, stage, at) for item, at, _, stage in sorted(rows))
    window = ObservationWindow.of(FlowData.of(history, stream), BEGIN + round(DAYS * DAY))
    judgement = judge(stream, window)
    return {
        fit.station.name: Load(fit.load, fit.utilisation, fit.blocked, fit.station.limit)
        for fit in judgement.fits
        if fit.departures
    }


@pytest.fixture(scope="module")
def made() -> ValueStream:
    return observe_case(CASE, VISITS)[0]


@pytest.mark.parametrize("category", [Category.ACTIVE, Category.QUEUE])
def test_a_stage_that_was_inserted_leaves_all_loads(made: ValueStream, category: Category) -> None:
    before = loads(made)
    assert before["Design"].blocked > 0.1, "a stage waits for room behind it"
    for stage in made.order:
        if stage.category.working:
            assert loads(inserted(made, stage.id, category)) == before


def test_few_items_through_a_new_stage_leave_what_its_neighbour_waited_for(
    made: ValueStream,
) -> None:
    design = made.named("Design")
    assert design is not None
    after = loads(inserted(made, design.id), 5, "Build queue")
    assert "New" in after and after["Design"] == pytest.approx(loads(made)["Design"])


def test_where_work_goes_through_its_stages_a_stream_stays_as_it_is() -> None:
    window = observe(LINE, *steady(20, (2, 0.0), (3, 1.0), (4, 1.5), (5, 1.0)))
    assert lead_past(LINE, window) is LINE


def test_a_stage_that_most_pass_by_keeps_its_edges() -> None:
    rows = steady(20, (2, 0.0), (4, 1.5), (5, 1.0))
    some = steady(3, (2, 50.0), (3, 1.0), (4, 1.0))
    rows += [(item + 100, stage, at) for item, stage, at in some]
    past = lead_past(LINE, observe(LINE, *rows))
    assert set(past.edges) - set(LINE.edges) == {Edge(2, 4)}
    assert set(LINE.edges) <= set(past.edges)
