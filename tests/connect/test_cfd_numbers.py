"""The numbers of the cumulative flow diagram are the items in each stage, dropped ones apart."""

from __future__ import annotations

from datetime import date, timedelta

from tests.flow.oracle import ItemRecord, history_of
from vsm.features.metrics.charts import cumulative_flow
from vsm.features.metrics.figures import figures
from vsm.flow.facts import Facts
from vsm.model import rules
from vsm.model.stream import Category, Stage, ValueStream, chain
from vsm.report.charts import AreaChart

DAY = date(2026, 7, 1)


def at(day: int) -> int:
    """Noon of a day."""
    return rules.day_start(DAY + timedelta(days=day), "UTC") + rules.DAY // 2


def test_legend_and_readout_say_what_is_in_each_stage_and_dropped_has_its_own_band() -> None:
    stages = tuple(
        Stage(n, name, category, n)
        for n, (name, category) in enumerate(
            (
                ("Ready", Category.QUEUE),
                ("Build", Category.ACTIVE),
                ("Done", Category.DONE),
                ("Dropped", Category.DROPPED),
            ),
            1,
        )
    )
    stream = ValueStream(1, "Example", "UTC", stages, chain(stages[:3]))
    moves = (
        [(at(0), 1), (at(1), 2), (at(2), 3)],
        [(at(0), 1), (at(1), 2), (at(3), 4)],
        [(at(0), 1), (at(1), 2), (at(4), 1)],
        [(at(0), 1), (at(2), 2)],
    )
    items = {n: ItemRecord(rules.visits_of(entries)) for n, entries in enumerate(moves, 1)}
    result = figures(
        history_of(items), Facts.from_rows(), stream, first=DAY, last=None, as_of=at(6)
    )

    chart = cumulative_flow(result, stream)

    assert isinstance(chart, AreaChart)
    in_stage = dict(result.basic.wip.by_stage)
    assert in_stage == {"Ready": 1, "Build": 1, "Done": 1, "Dropped": 1}
    assert dict(zip((name for name, _ in chart.lines), chart.held, strict=True)) == in_stage
    assert chart.has_dropped
    assert chart.stops[-1].label == "7 Jul 2026: Ready 1, Build 1, Done 1, Dropped 1"
    assert chart.lines[-1] == ("Dropped", (0, 0, 0, 1, 1, 1, 1))
    assert chart.lines[-2][1] == (0, 0, 1, 2, 2, 2, 2)
    assert any(line.startswith("Reached by 7 Jul 2026") for line in chart.sums)
