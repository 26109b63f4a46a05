"""Work in progress by stage and age, against the ages at which finished items had passed it."""

from __future__ import annotations

from vsm.report.axis import Scale, short, ticks, upward
from vsm.report.charts import PACE_LINES, PACE_LINES_ASCII, AgeingChart
from vsm.text_width import clip, width_of
from vsm.widgets.charts.canvas import Canvas, Paper, ground_of


def draw(chart: AgeingChart, canvas: Canvas, paper: Paper, cursor: int | None) -> None:
    """Lines of the pace, a dot an item (or how many), names of the stages below."""
    inks, glyphs = paper.inks, paper.glyphs
    ages = [float(age) for _, here, _ in chart.stages for age in here]
    paces = [value for *_, pace in chart.stages for value in pace]
    rows = canvas.height - 1
    usual = max((pace[2] for *_, pace in chart.stages if pace), default=None)
    scale = upward([*ages, *paces], rows, usual)
    marks = ticks(scale, max(2, rows // 3))
    left = max(len(short(mark)) for mark in marks) + 1
    for mark in marks:
        canvas.right(left - 1, rows - 1 - scale.at(mark), short(mark), inks.faint)
    count = len(chart.stages)
    each = max(2, (canvas.width - left) // count)
    shown = min(count, max(1, (canvas.width - left) // each))
    from_ = 0
    if cursor is not None and cursor >= shown:
        from_ = cursor - shown + 1
    levels = PACE_LINES_ASCII if paper.ascii else PACE_LINES
    for n in range(from_, from_ + shown):
        name, here, pace = chart.stages[n]
        x = left + (n - from_) * each
        for level, char in zip(pace, levels, strict=False):
            y = rows - 1 - scale.at(level)
            for cell in range(x, x + each - 1):
                canvas.put(cell, y, char, inks.warn if char == levels[-1] else inks.faint)
        _items(canvas, paper, (x, each - 1, rows), scale, here, pace)
        style = paper.here.strong if n == cursor else inks.text
        label = clip(name, each - 1, glyphs.ellipsis if each > 4 else "")
        canvas.text(x, rows, label + " " * (each - 1 - width_of(label)), style, each - 1)
        if n == cursor:
            for cell in (x, x + each - 2):
                canvas.shade(cell, 0, rows - 1, ground_of(paper.here))
    if from_ > 0:
        canvas.put(left - 1, rows, glyphs.left, inks.strong)
    if from_ + shown < count:
        canvas.put(left + shown * each - 1, rows, glyphs.right, inks.strong)


def _items(
    canvas: Canvas,
    paper: Paper,
    room: tuple[int, int, int],
    scale: Scale,
    here: tuple[int, ...],
    pace: tuple[float, ...],
) -> None:
    x, width, rows = room
    lines: dict[int, list[int]] = {}
    for age in here:
        lines.setdefault(rows - 1 - scale.at(age), []).append(age)
    for y, found in lines.items():
        late = bool(pace) and max(found) > pace[-1]
        ink = paper.inks.bad if late else paper.inks.strong
        centre = x + width // 2
        if len(found) == 1:
            canvas.put(centre, y, paper.glyphs.live if not paper.ascii else "o", ink)
        elif len(found) <= width - 1 and len(found) <= 3:
            for n in range(len(found)):
                char = paper.glyphs.live if not paper.ascii else "o"
                canvas.put(centre - len(found) // 2 + n, y, char, ink)
        else:
            text = str(len(found))
            canvas.text(centre - len(text) // 2, y, text, ink)
