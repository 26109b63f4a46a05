"""Rows of bars: flow efficiency, work mix, blockers."""

from __future__ import annotations

from vsm.report.charts import BarChart
from vsm.text_width import clip, width_of
from vsm.widgets.charts.canvas import Canvas, Paper

_PARTS = ("█", "░", "▓", "▒")
_PLAIN = ("#", ".", "%", "=")


def draw(chart: BarChart, canvas: Canvas, paper: Paper, cursor: int | None) -> None:
    """Names, bars, what is told; the row of the cursor is always among those that fit."""
    inks, glyphs = paper.inks, paper.glyphs
    chars = _PLAIN if paper.ascii else _PARTS
    room = canvas.height - (1 if chart.legend else 0)
    from_ = 0
    if cursor is not None and cursor >= room:
        from_ = cursor - room + 1
    shown = chart.rows[from_ : from_ + room]
    text_width = max((width_of(row.text) for row in chart.rows), default=0)
    name = max(width_of(row.name) for row in chart.rows)
    text_width = min(text_width, max(4, canvas.width // 2))
    name = min(name, max(6, canvas.width - text_width - max(10, canvas.width // 3)))
    width = max(1, canvas.width - name - text_width - 3)
    most = max((sum(row.parts) for row in chart.rows), default=0) or 1.0
    for y, row in enumerate(shown):
        is_chosen = from_ + y == cursor
        ink = paper.chosen if is_chosen else inks
        if is_chosen:
            canvas.text(0, y, " " * canvas.width, ink.text)
        canvas.text(0, y, clip(row.name, name, glyphs.ellipsis), ink.text)
        x, done = name + 1, 0.0
        for n, part in enumerate(row.parts):
            start, done = round(done / most * width), done + part
            end = round(done / most * width)
            if part and end == start and n == len(row.parts) - 1 and start == 0:
                end = 1
            style = ink.blue if n == 0 else ink.text
            for cell in range(start, end):
                canvas.put(x + cell, y, chars[n % len(chars)], style)
        line = clip(row.text, text_width, glyphs.ellipsis)
        canvas.text(canvas.width - width_of(line) - 1, y, line, ink.text)
    if from_ + room < len(chart.rows):
        canvas.put(canvas.width - 1, room - 1, glyphs.down, inks.strong)
    if from_:
        canvas.put(canvas.width - 1, 0, glyphs.up, inks.strong)
    if chart.legend:
        x, y = 0, min(room, len(shown) + 1)
        for n, word in enumerate(chart.legend):
            x = canvas.text(x, y, chars[n % len(chars)] * 2, inks.blue if n == 0 else inks.text)
            x = canvas.text(x, y, f" {word}   ", inks.faint)
