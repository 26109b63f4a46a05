"""Two windows compared on the screen of figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.test_flow import anna, demo, flow, made
from vsm.report.charts import AreaChart

__all__ = ["demo", "made"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_window_stands_beside_the_one_before(demo: Path, size: tuple[int, int]) -> None:
    async with anna(demo, size=size) as person:
        await person.press("3", "c")
        person.sees("Two windows compared", "against", "this", "change", "throughput")
        await person.press("escape")
        assert "Two windows compared" not in person.text


async def test_the_backlog_is_hidden_in_the_cumulative_flow_by_a_key(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("3")
        chart = flow(person).dashboard.charts[1]
        assert isinstance(chart, AreaChart) and chart.lines[0][0] == "Backlog"
        high = chart.lines[0][1][-1]
        await person.press("b")
        chart = flow(person).dashboard.charts[1]
        assert isinstance(chart, AreaChart)
        assert all(name != "Backlog" for name, _ in chart.lines)
        assert chart.lines[0][1][-1] < high and "Backlog" not in chart.stops[-1].label
        await person.press("b")
        chart = flow(person).dashboard.charts[1]
        assert isinstance(chart, AreaChart) and chart.lines[0][0] == "Backlog"


async def test_a_small_chart_has_its_legend(demo: Path) -> None:
    async with anna(demo, size=(80, 24)) as person:
        await person.press("3")
        assert any("Done" in line or "Rev" in line for line in person.lines[3:12])
