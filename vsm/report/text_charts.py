"""Draws the charts of what was forecast and what came as lines of text."""

from __future__ import annotations

from vsm.report.axis import Scale, day_places, nice, short, ticks, upward
from vsm.report.charts import (
    Chart,
    LoadChart,
    LoadWeek,
    Odds,
    OddsChart,
    Range,
    RangeChart,
    RoadmapChart,
)
from vsm.report.document import Target
from vsm.report.roadmap_text import HEADS, draw_roadmap
from vsm.text_width import clip, shown, width_of

Pieces = list[tuple[str, str]]
"""(text, name of a tone)."""

NARROWEST = 44
"""Cells without which nothing is drawn."""
ROWS = 10
"""Lines of a chart over time."""
LOAD_ROWS = 8
"""Lines of a strip of weeks; each holds two halves of a block."""
LONGEST, SHORTEST = 50, 10
"""Cells of the longest bar, and of the shortest that is still drawn."""
SAID, WITHIN, TRUE, UNTRUE = "|", ":", "o", "x"
"""What was said in a bar, a range, what came as was said, and what came to less."""


def draw_chart(chart: Chart, width: int) -> list[Pieces]:
    """A chart as lines of at most so many cells; nothing of charts that are drawn otherwise."""
    if not chart.stops or width < NARROWEST:
        return []
    if isinstance(chart, OddsChart):
        lines = _odds(chart, width)
    elif isinstance(chart, RangeChart):
        lines = _ranges(chart, width)
    elif isinstance(chart, LoadChart):
        lines = _load(chart, width)
    elif isinstance(chart, RoadmapChart):
        lines = draw_roadmap(chart, width)
    else:
        return []
    return [[(clip(shown(chart.title), width), "faint")], *lines]


def line_targets(chart: Chart) -> dict[int, Target]:
    """What the lines of a chart open, by their numbers."""
    if not isinstance(chart, RoadmapChart):
        return {}
    lanes = enumerate(chart.lanes, 1 + HEADS)  # below the title
    return {n: lane.target for n, lane in lanes if lane.target is not None}


def _odds(chart: OddsChart, width: int) -> list[Pieces]:
    """A bar for each of the odds, with a mark where it ends if forecasts are right."""
    texts = [_count(one) for one in chart.rows]
    beside = [f"{one.share:.0%}" if one.said else "-" for one in chart.beside]
    column = max(map(len, texts))
    name = clip(shown(chart.beside_name), width // 4)
    cells = min(LONGEST, width - column - width_of(name) - 23)
    out: list[Pieces] = []
    head = f"{'said':>6}  {'came true':9}"
    if cells >= SHORTEST:
        head += " " * (cells + 2)
    out.append([(f"{head}{'':{column}}  {name}", "faint")])
    for one, text, other in zip(chart.rows, texts, beside, strict=True):
        line: Pieces = [(f"{one.odds:>6.0%}  ", "text")]
        line.append((f"{one.share:>6.0%}   " if one.said else f"{'-':>6}   ", "strong"))
        if cells >= SHORTEST:
            line += _bar(one, cells)
        out.append([*line, (f"{text:{column}}  ", "text"), (other, "faint")])
    if cells >= SHORTEST:
        out.append(
            [(f"A bar that ends before its {SAID} came true more rarely than was said", "faint")]
        )
    return out


def _count(one: Odds) -> str:
    return f"{one.came_true:,} of {one.said:,}"


def _bar(one: Odds, cells: int) -> Pieces:
    filled, mark = round(one.share * cells), min(cells - 1, round(one.odds * cells))
    before, after = min(filled, mark), max(0, filled - mark - 1)
    return [
        ("█" * before, "accent"),
        (" " * (mark - before), "text"),
        (SAID, "strong"),
        ("█" * after, "accent"),
        (" " * (cells - mark - 1 - after + 2), "text"),
    ]


def _ranges(chart: RangeChart, width: int) -> list[Pieces]:
    """Ranges side by side; where there is no room for all, every second one, or fewer."""
    numbers = [float(n) for one in chart.ranges for n in (one.high, one.came)]
    scale = upward(numbers, ROWS)
    marks = {scale.at(value): short(value) for value in ticks(scale, ROWS // 2)}
    left = max(map(len, marks.values())) + 1
    room = max(1, width - left - 1)
    step = -(-len(chart.ranges) // room)
    some = chart.ranges[::-1][::step][::-1]
    apart = max(1, min(3, room // len(some)))
    cells = (len(some) - 1) * apart + 1
    out: list[Pieces] = []
    for place in reversed(range(ROWS)):
        line: Pieces = [(f"{marks.get(place, ''):>{left - 1}} ", "faint")]
        for n, one in enumerate(some):
            line.append(_mark(one, scale, place))
            if n < len(some) - 1:
                line.append((" " * (apart - 1), "text"))
        out.append(line)
    out.append([(" " * left + _labels(chart, some, cells), "faint")])
    legend = (
        f"Marks: {WITHIN} 90% range  {SAID} {shown(chart.said)}  {TRUE} came  {UNTRUE} came to less"
    )
    out.append([(clip(legend, width), "faint")])
    return out


def _labels(chart: RangeChart, some: tuple[Range, ...], cells: int) -> str:
    line = ""
    for x, text in day_places(chart.begin, some[-1].day + 1, cells):
        line = f"{line:{x}}{text}"
    return line


def _mark(one: Range, scale: Scale, place: int) -> tuple[str, str]:
    """What stands in a column at a place of the scale."""
    if scale.at(one.came) == place:
        return (UNTRUE, "bad") if one.came < one.said else (TRUE, "strong")
    if scale.at(one.said) == place:
        return SAID, "accent"
    low, high = scale.at(one.low), scale.at(one.high)
    return (WITHIN, "faint") if low <= place <= high else (" ", "text")


def _load(chart: LoadChart, width: int) -> list[Pieces]:
    """A column for each week: solid in the past, dotted ahead, with the people as a line."""
    numbers = [n for week in chart.weeks for n in (week.busy, week.people) if n is not None]
    scale = Scale(0, nice(max([1.0, *numbers])), 2 * LOAD_ROWS)
    marks = {scale.at(value) // 2: short(value) for value in ticks(scale, LOAD_ROWS // 2)}
    left = max(map(len, marks.values())) + 1
    weeks = chart.weeks[-max(1, width - left) :]
    cells = 2 if 2 * len(weeks) <= width - left else 1
    out: list[Pieces] = []
    for row in reversed(range(LOAD_ROWS)):
        line: Pieces = [(f"{marks.get(row, ''):>{left - 1}} ", "faint")]
        line += [_column(chart, week, scale, row, cells) for week in weeks]
        out.append(line)
    days = 7 * (len(weeks) - 1) + 1
    label = ""
    for x, text in day_places(weeks[0].monday, days, cells * len(weeks)):
        label = f"{label:{x}}{text}"
    out.append([(" " * left + label, "faint")])
    unit = shown(chart.unit)
    legend = f"█ load in {unit}  : ahead  ─ {unit}  ━ load of 85% and more"
    out.append([(clip(legend, width), "faint")])
    return out


def _column(
    chart: LoadChart, week: LoadWeek, scale: Scale, row: int, cells: int
) -> tuple[str, str]:
    """What stands in a line of the column of a week."""
    busy = 0 if week.busy is None else scale.at(week.busy)
    tone = "bad" if chart.is_full(week) else "text"
    if week.people is not None and week.people > 0 and scale.at(week.people) // 2 == row:
        return ("━" if chart.is_full(week) else "─") * cells, "bad" if tone == "bad" else "strong"
    if busy > 2 * row + 1:
        return (":" if week.planned else "█") * cells, tone
    if busy == 2 * row + 1:
        return ("." if week.planned else "▄") * cells, tone
    return " " * cells, "text"
