"""Draws a chart of a report on the cells of a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.strip import Strip

from vsm.report import charts
from vsm.widgets.charts import ageing, areas, bars, scatter, weeks
from vsm.widgets.charts.canvas import Canvas, Paper

_DRAW: dict[type[charts.Chart], Callable[[Any, Canvas, Paper, int | None], None]] = {
    charts.ScatterChart: scatter.draw,
    charts.AreaChart: areas.draw,
    charts.AgeingChart: ageing.draw,
    charts.WeekChart: weeks.draw,
    charts.BarChart: bars.draw,
}


def strips(
    chart: charts.Chart, paper: Paper, width: int, height: int, cursor: int | None
) -> list[Strip]:
    """The chart in so many cells, with the cursor on a stop (``None``: it is elsewhere)."""
    canvas = Canvas(width, height, paper.inks.text)
    if chart.stops:
        _DRAW[type(chart)](chart, canvas, paper, cursor)
    else:
        canvas.text(1, height // 2, chart.empty, paper.inks.faint)
    return canvas.strips()
