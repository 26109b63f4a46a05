"""Cycle times of finished items by the day of their finish, with percentile lines."""

from __future__ import annotations

from vsm.report.axis import Scale, day_places, short, ticks, upward
from vsm.report.charts import ScatterChart
from vsm.widgets.charts.canvas import Canvas, Paper, ground_of

_BRAILLE = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a braille cell, by line and column of its dots."""
_FEW = (".", ":", "#")
_Cell = tuple[int, int]
_Dots = tuple[int, int, bool]
SPARSE = 6
"""Cells a point from which on each point is a dot of its own, and a digit says how many."""


def draw(chart: ScatterChart, canvas: Canvas, paper: Paper, cursor: int | None) -> None:
    """Dots, lines, axes, the column of the cursor."""
    inks, glyphs = paper.inks, paper.glyphs
    rows = canvas.height - 1
    if rows not in chart.drawn:
        chart.drawn[rows] = upward([float(value) for _, value in chart.points], rows)
    scale = chart.drawn[rows]
    marks = ticks(scale, max(2, rows // 3))
    left = max(len(short(mark)) for mark in marks) + 1
    names = [f"{name} {short(value)}d" for name, value in chart.lines]
    right = max((len(name) for name in names), default=0) + 1 if canvas.width >= 36 else 0
    width = max(1, canvas.width - left - right)
    for mark in marks:
        canvas.right(left - 1, rows - 1 - scale.at(mark), short(mark), inks.faint)
    dash = "-" if paper.ascii else "┄"
    written: set[int] = set()
    for (_, value), name in zip(reversed(chart.lines), reversed(names), strict=True):
        y = rows - 1 - scale.at(value)
        if y in written:
            continue
        written.add(y)
        for x in range(width):
            canvas.put(left + x, y, dash, inks.faint)
        if right:
            canvas.text(left + width + 1, y, name, inks.text)
    _dots(chart, canvas, paper, (left, width, rows), scale)
    ends: list[int] = []
    if cursor is not None:
        at = cursor if paper.anchor is None else paper.anchor
        ends = [left + _cell(chart, chart.places[n], width) for n in (cursor, at)]
        for x in range(min(ends), max(ends) + 1):
            canvas.shade(x, 0, rows - 1, ground_of(paper.chosen))
        for x in ends:
            canvas.put(x, rows, glyphs.up, inks.strong)
    canvas.labels(rows, left, day_places(chart.begin, chart.days, width), ends, inks.faint)


def _cell(chart: ScatterChart, day: int, width: int) -> int:
    return round(day / max(1, chart.days - 1) * (width - 1)) if chart.days > 1 else width // 2


def _dots(
    chart: ScatterChart, canvas: Canvas, paper: Paper, room: tuple[int, int, int], scale: Scale
) -> None:
    left, width, rows = room
    size = (width, rows)
    if size not in chart.drawn:
        chart.drawn.clear()
        chart.drawn[size] = _cells(chart, width, rows, scale)
    cells, above = chart.drawn[size]
    sparse = len(chart.points) * SPARSE <= width * rows
    for (x, y), (bits, count, late) in cells.items():
        if sparse:
            dot = "o" if paper.ascii else paper.glyphs.bullet
            char = dot if count == 1 else str(min(count, 9))
        else:
            char = _FEW[min(count, 3) - 1] if paper.ascii else chr(_BRAILLE + bits)
        canvas.put(left + x, y, char, paper.inks.accent if late else paper.inks.strong)
    for x in above:
        canvas.put(left + x, 0, paper.glyphs.up, paper.inks.accent)


def _cells(
    chart: ScatterChart, width: int, rows: int, scale: Scale
) -> tuple[dict[_Cell, _Dots], set[int]]:
    """By cell its dots, how many items they are, and whether one is beyond the last line; and
    the columns in which items lie above the scale.
    """
    fine = Scale(scale.low, scale.high, rows * 4, scale.log)
    usual = chart.lines[-1][1] if chart.lines else float("inf")
    above: set[int] = set()
    cells: dict[_Cell, _Dots] = {}
    heights: dict[int, int] = {}
    for day, value in chart.points:
        x = _cell(chart, day, width) * 2
        if chart.days > width:
            x = min(2 * width - 1, round(day / max(1, chart.days - 1) * (2 * width - 1)))
        if value > scale.high:
            above.add(x // 2)
            continue
        if value not in heights:
            heights[value] = rows * 4 - 1 - fine.at(value)
        y = heights[value]
        bits, count, late = cells.get((x // 2, y // 4), (0, 0, False))
        cells[x // 2, y // 4] = bits | _DOTS[y % 4][x % 2], count + 1, late or value > usual
    return cells, above
