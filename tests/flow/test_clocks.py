"""Clocks that differed: no negative days, no share over 1, every correction is counted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.flow.oracle import ItemRecord, history_of
from vsm.features.bottlenecks import recommendations
from vsm.features.bottlenecks.open_blockers import open_blockers
from vsm.flow.blockers import Blocks
from vsm.flow.flow_data import FlowData
from vsm.model import rules
from vsm.model.board import OpenBlocker
from vsm.model.rules import DAY, Days
from vsm.model.stream import Category, Edge, EdgeKind, Stage, ValueStream, chain

NOW = 100 * DAY
BUILD, REVIEW = 1, 2
STAGES = (
    Stage(BUILD, "Build", Category.ACTIVE, 0),
    Stage(REVIEW, "Review", Category.ACTIVE, 1),
    Stage(3, "Done", Category.DONE, 2),
)
STREAM = ValueStream(
    1, "Any", "UTC", STAGES, (*chain(STAGES), Edge(REVIEW, BUILD, EdgeKind.REWORK)), BUILD
)


def fit(arrivals: float) -> Any:
    """The fit of a station of the stage Build, as far as recommendations read it."""
    station = SimpleNamespace(name="Build", stages=(0,), active=(0,))
    return SimpleNamespace(station=station, starved=0.0, arrivals=arrivals)


def test_stays_that_begin_after_now_are_not_reported() -> None:
    items = [
        recommendations.ItemAt(1, NOW - 3 * DAY, "Build"),
        recommendations.ItemAt(2, NOW + 5 * DAY, "Build"),
    ]
    days = Days("UTC")
    (finish,) = recommendations._swarm(fit(1.0), items, (), NOW, days)
    assert finish.items == (1, 2)
    assert finish.why.endswith("longest there: 4 days.")  # both ends counted, as on its card
    (only,) = recommendations._swarm(fit(1.0), items[1:], (), NOW, days)
    assert only.why.endswith("throughput of the stream.")


def test_blockers_that_begin_after_now_last_no_days() -> None:
    rows = [
        OpenBlocker(n, f"X-{n}", "people", NOW + days * DAY, "", "", False)
        for n, days in ((3, -2), (4, 9))
    ]
    (group,) = open_blockers(rows, NOW)
    assert [(item.item, item.days) for item in group.items] == [(3, 2.0), (4, 0.0)]
    assert group.days == 2.0


def test_returns_are_a_share_of_the_same_items_as_the_arrivals() -> None:
    skewed = [(NOW - 9 * DAY, BUILD), (NOW - 5 * DAY, REVIEW), (NOW - 7 * DAY, BUILD)]
    fine = [(NOW - 9 * DAY, BUILD), (NOW - 8 * DAY, REVIEW), (NOW - 7 * DAY, BUILD)]
    items = {n: ItemRecord(rules.visits_of(skewed if n > 1 else fine)) for n in range(1, 6)}
    flow = FlowData.of(history_of(items), STREAM)
    came = SimpleNamespace(arrivals=np.array([41.0, 42.0, 43.0, 44.0]))
    window = SimpleNamespace(begin=NOW - 50 * DAY, days=50.0, occupancy=lambda _stages: came)
    judgement: Any = SimpleNamespace(stream=STREAM, window=window)
    (action,) = recommendations._reduce_returns(flow, judgement, fit(4 / 50), None)
    assert action.items == (1,)
    assert action.why.startswith("25% of the arrivals at the constraint")
    (other,) = recommendations._reduce_returns(flow, judgement, fit(4 / 50), {2})
    assert (other.items, other.why) == ((), action.why), "a share of all, whatever a filter names"


def test_items_nobody_has_unblocked_are_blocked_whatever_clocks_say() -> None:
    blocks = Blocks.from_rows(
        [
            (1, "people", None, NOW + DAY, None),
            (2, "people", None, NOW - DAY, NOW + DAY),
            (3, "people", None, NOW - DAY, None),
        ]
    )
    assert blocks.open_now() == {1: NOW + DAY, 3: NOW - DAY}
    assert blocks.open_at(NOW) == {2: NOW - DAY, 3: NOW - DAY}
    assert blocks.latest == NOW + DAY


def test_a_correction_lasts_by_the_order_of_the_journal() -> None:
    stages = (Stage(9, "Ready", Category.QUEUE, 0), *STAGES)
    stream = ValueStream(1, "Any", "UTC", stages, chain(stages), 9)
    moves = [(5 * DAY, REVIEW), (10 * DAY, BUILD), (7 * DAY, 9), (9 * DAY, REVIEW)]
    flow = FlowData.of(history_of({1: ItemRecord(rules.visits_of(moves))}), stream)
    assert flow.ordered_entry.tolist() == [5 * DAY, 7 * DAY, 7 * DAY, 9 * DAY]
    assert [days.tolist() for days in flow.below_mark] == [[7 * DAY], [9 * DAY]]
