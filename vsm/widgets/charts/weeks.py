"""Items finished each week as bars, with natural process limits."""

from __future__ import annotations

from vsm.report.axis import Scale, nice, short, ticks
from vsm.report.charts import WeekChart
from vsm.widgets.charts.canvas import Canvas, Paper, is_marked

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def draw(chart: WeekChart, canvas: Canvas, paper: Paper, cursor: int | None) -> None:
    """Bars that end with the latest week, or with the one of the cursor where that is older."""
    inks = paper.inks
    rows = canvas.height - 1
    most = max(max(n for _, n, _, _ in chart.weeks), chart.limits[1] if chart.limits else 0.0, 3)
    scale = Scale(0, nice(most), rows + 1)
    marks = [value for value in ticks(scale, max(2, rows // 3)) if value]
    left = max((len(short(mark)) for mark in marks), default=1) + 1
    right = 7 if chart.limits and canvas.width >= 40 else 0
    width = max(1, canvas.width - left - right)
    for value in marks:
        canvas.right(left - 1, rows - scale.at(value), short(value), inks.faint)
    wide = max(1, min(6, width // len(chart.weeks)))
    shown = min(len(chart.weeks), width // wide)
    from_ = len(chart.weeks) - shown
    if cursor is not None and cursor < from_:
        from_ = cursor
    if chart.limits:
        mean, upper, lower = chart.limits
        dash = "-" if paper.ascii else "┄"
        taken: set[int] = set()
        for value, name in ((mean, "mean"), (upper, "upper"), (lower, "lower")):
            y = rows - 1 - max(0, scale.at(value) - 1)
            if y in taken:
                continue
            taken.add(y)
            for x in range(width):
                canvas.put(left + x, y, dash, inks.faint)
            if right:
                canvas.text(left + width + 1, y, name, inks.faint)
    bar = max(1, wide - 1) if wide > 1 else 1
    for n in range(from_, from_ + shown):
        _, finished, whole, mark = chart.weeks[n]
        x = left + (n - from_) * wide
        ink = inks.bad if mark else inks.blue if whole else inks.faint
        if is_marked(n, cursor, paper.anchor):
            ink = paper.chosen.strong
        eighths = round(finished / scale.high * rows * 8)
        for y in range(rows):
            part = min(8, max(0, eighths - (rows - 1 - y) * 8))
            if not part and not is_marked(n, cursor, paper.anchor):
                continue
            char = _EIGHTHS[part] if not paper.ascii else "#" if part >= 4 else " "
            for cell in range(x, x + bar):
                canvas.put(cell, y, char, ink)
        if mark:
            y = max(0, rows - 1 - eighths // 8 - (1 if eighths % 8 else 0))
            canvas.put(x, y, mark, inks.bad)
    _labels(chart, canvas, paper, (left, rows, wide), (from_, shown), cursor)


def _labels(
    chart: WeekChart,
    canvas: Canvas,
    paper: Paper,
    room: tuple[int, int, int],
    run: tuple[int, int],
    cursor: int | None,
) -> None:
    (left, rows, wide), (from_, shown) = room, run
    inks, glyphs = paper.inks, paper.glyphs
    if cursor is not None:
        canvas.put(left + (cursor - from_) * wide, rows, glyphs.up, inks.strong)
    end = -1
    for n in range(from_, from_ + shown):
        label = chart.weeks[n][0]
        x = (n - from_) * wide
        if x > end and x + len(label) <= max(shown * wide, len(label)) and n != cursor:
            near = cursor is not None and x <= (cursor - from_) * wide < x + len(label) + 1
            if near:
                continue
            canvas.text(left + x, rows, label, inks.faint)
            end = x + len(label) + 1
    if from_ > 0:
        canvas.put(left - 1, rows, glyphs.left, inks.strong)
    if from_ + shown < len(chart.weeks):
        canvas.put(left + shown * wide, rows, glyphs.right, inks.strong)
