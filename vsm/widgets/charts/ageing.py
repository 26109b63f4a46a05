"""Work in progress by stage and age, against the ages at which finished items had passed it."""

from __future__ import annotations

from vsm.report.axis import Scale, short, ticks, upward
from vsm.report.charts import PACE_LINES, PACE_LINES_ASCII, AgeingChart
from vsm.text_width import clip_apart, width_of
from vsm.widgets.charts.canvas import Canvas, Paper, ground_of


def draw(chart: AgeingChart, canvas: Canvas, paper: Paper, cursor: int | None) -> None:
    """Lines of the pace, a dot an item (or how many), names of the stages below."""
    inks, glyphs = paper.inks, paper.glyphs
    ages = [float(age) for _, stage_ages, _ in chart.stages for age in stage_ages]
    paces = [value for *_, pace in chart.stages for value in pace]
    rows = canvas.height - 1
    usual = max((pace[2] for *_, pace in chart.stages if pace), default=None)
    scale = upward([*ages, *paces], rows, usual)
    marks = ticks(scale, max(2, rows // 3))
    left = max(len(short(mark)) for mark in marks) + 1
    for mark in marks:
        canvas.right(left - 1, rows - 1 - scale.at(mark), short(mark), inks.faint)
    count = len(chart.stages)
    most = max(
        (len(marks) for _, stage, _ in chart.stages for marks in _by_row(stage, scale)), default=1
    )
    wide = max(1 + len(str(most)), (canvas.width - left) // count)  # counts do not run together
    shown = min(count, max(1, (canvas.width - left) // wide))
    from_ = 0
    if cursor is not None and cursor >= shown:
        from_ = cursor - shown + 1
    labels = _labels(chart, wide - 1, glyphs.ellipsis if wide > 4 else "")
    levels = PACE_LINES_ASCII if paper.ascii else PACE_LINES
    for n in range(from_, from_ + shown):
        _, stage_ages, pace = chart.stages[n]
        x = left + (n - from_) * wide
        for level, char in zip(pace, levels, strict=False):
            y = rows - 1 - scale.at(level)
            for cell in range(x, x + wide - 1):
                canvas.put(cell, y, char, inks.warn if char == levels[-1] else inks.faint)
        _items(canvas, paper, (x, wide - 1, rows), scale, stage_ages, pace)
        style = paper.chosen.strong if n == cursor else inks.text
        room = max(wide - 1, width_of(labels[n]))
        if labels[n] or n == cursor:
            canvas.text(x, rows, labels[n] + " " * (room - width_of(labels[n])), style, room)
        if n == cursor:
            for cell in (x, x + wide - 2):
                canvas.shade(cell, 0, rows - 1, ground_of(paper.chosen))
    if from_ > 0:
        canvas.put(left - 1, rows, glyphs.left, inks.strong)
    if from_ + shown < count:
        canvas.put(left + shown * wide - 1, rows, glyphs.right, inks.strong)


def _labels(chart: AgeingChart, room: int, ellipsis: str) -> list[str]:
    """The names of the stages, or their numbers where cut names could not be told apart; of these
    as many as have room beside each other.
    """
    names = clip_apart([name for name, *_ in chart.stages], room, ellipsis)
    if len(set(names)) == len(names) or not chart.numbers:
        return names
    numbers, end = [], 0
    for n, number in enumerate(chart.numbers):
        text, x = str(number), n * (room + 1)
        fits = x >= end
        numbers.append(text if fits else "")
        end = x + len(text) + 1 if fits else end
    return numbers


def _items(
    canvas: Canvas,
    paper: Paper,
    room: tuple[int, int, int],
    scale: Scale,
    ages: tuple[int, ...],
    pace: tuple[float, ...],
) -> None:
    x, width, rows = room
    for marks in _by_row(ages, scale):
        y = rows - 1 - scale.at(marks[0])
        late = bool(pace) and max(marks) > pace[-1]
        ink = paper.inks.bad if late else paper.inks.strong
        centre = x + width // 2
        if len(marks) == 1:
            canvas.put(centre, y, paper.glyphs.live if not paper.ascii else "o", ink)
        elif len(marks) <= width - 1 and len(marks) <= 3:
            for n in range(len(marks)):
                char = paper.glyphs.live if not paper.ascii else "o"
                canvas.put(centre - len(marks) // 2 + n, y, char, ink)
        else:
            text = str(len(marks))
            canvas.text(centre - len(text) // 2, y, text, ink)


def _by_row(ages: tuple[int, ...], scale: Scale) -> list[list[int]]:
    """The ages that stand in one row of the chart, row by row."""
    lines: dict[int, list[int]] = {}
    for age in ages:
        lines.setdefault(scale.at(age), []).append(age)
    return list(lines.values())
