"""Draws charts of a report as SVG to stand in HTML; colours come from the style sheet there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from html import escape
from typing import Any

from vsm.model.rules import LEVELS
from vsm.model.sanitise import inert_line
from vsm.report.axis import Scale, day_label, day_places, nice, short, ticks, upward
from vsm.report.charts import (
    AgeingChart,
    AreaChart,
    BarChart,
    Chart,
    Lane,
    LoadChart,
    Odds,
    OddsChart,
    RangeChart,
    RoadmapChart,
    ScatterChart,
    WeekChart,
)
from vsm.text_width import clip, clip_apart

WIDTH, HEIGHT = 720, 280
LEFT, RIGHT, TOP, BOTTOM = 44, 110, 12, 24
"""Room around the drawing: for numbers, names of lines, and days."""
PLOT_W, PLOT_H = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
AREAS = 20
"""Colours of areas before they repeat."""
ROW = 24
"""Height of a row of bars."""
LETTER = 6.5
"""About how wide a letter is."""
LINE = 14
"""How high a line of text is."""


def draw_svg(chart: Chart) -> str:
    """The chart as an ``<svg>`` element, which names itself to screen readers."""
    draw = _DRAW[type(chart)]
    body, height = draw(chart)
    name = f"{chart.title}: {chart.summary}" if chart.summary else chart.title
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{_text(name)}">\n'
        + "\n".join(body)
        + "\n</svg>"
    )


def _text(value: str) -> str:
    return escape(inert_line(value), quote=True)


def _label(x: float, y: float, value: str, anchor: str = "start", kind: str = "quiet") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{_text(value)}</text>'
    )


def _names(lines: list[tuple[float, str]]) -> list[str]:
    """The names of lines at their right ends; those of lines close together move apart."""
    out: list[str] = []
    above = float(TOP + PLOT_H + LINE)
    for y, name in sorted(lines, reverse=True):  # from the bottom up
        above = min(y, above - LINE)
        out.append(_label(LEFT + PLOT_W + 6, above + 4, name, kind="name"))
    return out


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _rect(x: float, y: float, width: float, height: float, kind: str, tip: str = "") -> str:
    title = f"<title>{_text(tip)}</title>" if tip else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.0, width):.1f}"'
        f' height="{max(0.0, height):.1f}" class="{kind}">{title}</rect>'
    )


def _dot(x: float, y: float, kind: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="{kind}"/>'


def _up(scale: Scale, value: float) -> float:
    """Where a value of a scale of :data:`PLOT_H` steps is drawn."""
    return TOP + PLOT_H - scale.at(value)


def _grid(scale: Scale) -> list[str]:
    """Lines across, with their values on the left."""
    out = []
    for mark in ticks(scale, 6):
        y = _up(scale, mark)
        out.append(_line(LEFT, y, LEFT + PLOT_W, y, "grid"))
        out.append(_label(LEFT - 6, y + 4, short(mark), "end"))
    return out


def _days(chart: ScatterChart | AreaChart | RangeChart, days: int) -> list[str]:
    """Days below the drawing."""
    cells = int(PLOT_W / LETTER)
    y = HEIGHT - 6
    return [_label(LEFT + x * LETTER, y, text) for x, text in day_places(chart.begin, days, cells)]


def _scatter(chart: ScatterChart) -> tuple[list[str], int]:
    scale = upward([float(value) for _, value in chart.points], PLOT_H)
    out = [*_grid(scale), *_days(chart, chart.days)]
    usual = chart.lines[-1][1] if chart.lines else float("inf")
    names = []
    for name, value in chart.lines:
        y = _up(scale, value)
        out.append(_line(LEFT, y, LEFT + PLOT_W, y, "limit"))
        names.append((y, f"{name} {short(value)} d"))
    out += _names(names)
    for day, value in chart.points:
        x = LEFT + day / max(1, chart.days - 1) * PLOT_W
        out.append(_dot(x, _up(scale, value), "late" if value > usual else "dot"))
    return out, HEIGHT


def _areas(chart: AreaChart) -> tuple[list[str], int]:
    days = len(chart.lines[0][1])
    low = float(chart.lines[-1][1][0])
    scale = Scale(low, float(max(chart.lines[0][1][-1], low + 4)), PLOT_H)
    out = _grid(scale)
    step = PLOT_W / max(1, days - 1)
    for n, (name, counts) in enumerate(chart.lines):
        tops = [
            f"{LEFT + day * step:.1f},{_up(scale, value):.1f}" for day, value in enumerate(counts)
        ]
        ends = f"{LEFT + (days - 1) * step:.1f},{TOP + PLOT_H} {LEFT},{TOP + PLOT_H}"
        fill = f"var(--a{n % AREAS})"
        title = f"<title>{_text(name)}</title>"
        points = " ".join([*tops, ends])
        out.append(f'<polygon points="{points}" style="fill:{fill}">{title}</polygon>')
        y = TOP + 12 + n * 18
        out.append(
            f'<rect x="{LEFT + PLOT_W + 8}" y="{y - 9}" width="10" height="10"'
            f' style="fill:{fill}"/>'
        )
        out.append(_label(LEFT + PLOT_W + 22, y, f"{name} {chart.held[n]}", kind="name"))
    return [*out, *_days(chart, days)], max(HEIGHT, TOP + 18 * len(chart.lines) + 12)


def _ageing(chart: AgeingChart) -> tuple[list[str], int]:
    ages = [float(age) for _, items, _ in chart.stages for age in items]
    paces = [value for *_, pace in chart.stages for value in pace]
    usual = max((pace[2] for *_, pace in chart.stages if pace), default=None)
    scale = upward([*ages, *paces], PLOT_H, usual)
    out = _grid(scale)
    width = PLOT_W / len(chart.stages)
    labels = clip_apart([name for name, *_ in chart.stages], max(1, int(width / LETTER)))
    names: list[tuple[float, str]] = []
    for n, (_, items, pace) in enumerate(chart.stages):
        x = LEFT + n * width
        for level, value in zip(LEVELS, pace, strict=False):
            y = _up(scale, value)
            out.append(_line(x + 2, y, x + width - 2, y, "pace" if level == 95 else "line"))
            if n == len(chart.stages) - 1:
                names.append((y, f"p{level}"))
        for k, age in enumerate(items):
            late = bool(pace) and age > pace[-1]
            shift = (k % 5 - 2) * min(9.0, width / 6)
            out.append(_dot(x + width / 2 + shift, _up(scale, age), "late" if late else "dot"))
        out.append(_label(x + width / 2, HEIGHT - 6, labels[n], "middle", "name"))
    return [*out, *_names(names)], HEIGHT


def _weeks(chart: WeekChart) -> tuple[list[str], int]:
    limits = chart.limits
    most = max(max(n for _, n, _, _ in chart.weeks), limits[1] if limits else 0.0, 3)
    scale = Scale(0, nice(most), PLOT_H)
    out = _grid(scale)
    width = PLOT_W / len(chart.weeks)
    every = -(-len(chart.weeks) * 60 // PLOT_W)
    for n, (label, finished, whole, mark) in enumerate(chart.weeks):
        kind = "signal" if mark else "column" if whole else "column partial"
        top = _up(scale, finished)
        tip = f"{label}: {finished}"
        out.append(_rect(LEFT + n * width, top, width * 0.8, TOP + PLOT_H - top, kind, tip))
        if n % every == 0:
            out.append(_label(LEFT + n * width, HEIGHT - 6, label))
    names = []
    for name, value in zip(("mean", "upper limit", "lower limit"), limits or (), strict=False):
        y = _up(scale, value)
        out.append(_line(LEFT, y, LEFT + PLOT_W, y, "limit"))
        names.append((y, f"{name} {value:.1f}"))
    return [*out, *_names(names)], HEIGHT


def _bars(chart: BarChart) -> tuple[list[str], int]:
    most = max((sum(row.parts) for row in chart.rows), default=0) or 1.0
    left, right = 170, 150
    out = []
    for n, row in enumerate(chart.rows):
        y, x = TOP + n * ROW, float(left)
        out.append(_label(left - 8, y + 13, row.name, "end", "name"))
        for k, part in enumerate(row.parts):
            width = part / most * (WIDTH - left - right)
            out.append(_rect(x, y, width, ROW - 8, "column partial" if k else "column"))
            x += width
        out.append(_label(x + 6, y + 13, row.text, kind="name"))
    height = TOP + len(chart.rows) * ROW
    x = float(left)
    for k, name in enumerate(chart.legend):
        out.append(_rect(x, height + 2, 10, 10, "column partial" if k else "column"))
        out.append(_label(x + 14, height + 11, name))
        x += 24 + LETTER * len(name)
    return out, height + (BOTTOM if chart.legend else 4)


def _odds(chart: OddsChart) -> tuple[list[str], int]:
    """What came true against what was said, both in percent; on the diagonal they are the same."""
    side = PLOT_H
    scale = Scale(0, 100, side)
    out = [
        *(
            _line(LEFT, _up(scale, n), LEFT + side, _up(scale, n), "grid")
            for n in range(0, 101, 25)
        ),
        *(_label(LEFT - 6, _up(scale, n) + 4, f"{n}%", "end") for n in range(0, 101, 25)),
        *(_label(LEFT + n / 100 * side, HEIGHT - 6, f"{n}%", "middle") for n in range(0, 101, 25)),
        _line(LEFT, TOP + side, LEFT + side, TOP, "limit"),
    ]

    def dot(one: Odds, kind: str) -> str:
        return _dot(LEFT + one.odds * side, _up(scale, 100 * one.share), kind)

    out += [dot(one, "quiet") for one in chart.beside if one.said]
    out += [dot(one, "dot") for one in chart.rows if one.said]
    x, y = LEFT + side + 30.0, TOP + 16.0
    texts = [
        f"said {one.odds:.0%}: {one.came_true:,} of {one.said:,} came true ({one.share:.0%})"
        for one in chart.rows
        if one.said
    ]
    notes = ["across: said; up: came true", "dashed line: as often as was said"]
    for n, text in enumerate([*texts, "", *notes, f"grey: {chart.beside_name}"]):
        out.append(_label(x, y + n * 18, text, kind="name" if n < len(texts) else "quiet"))
    return out, HEIGHT


def _ranges(chart: RangeChart) -> tuple[list[str], int]:
    numbers = [float(n) for one in chart.ranges for n in (one.high, one.came)]
    scale = upward(numbers, PLOT_H)
    out = [*_grid(scale), *_days(chart, chart.days)]
    width = max(2.0, min(10.0, 0.6 * PLOT_W / len(chart.ranges)))
    for one, stop in zip(chart.ranges, chart.stops, strict=True):
        x = LEFT + one.day / max(1, chart.days - 1) * (PLOT_W - width)
        top, below = _up(scale, one.high), _up(scale, one.low)
        out.append(_rect(x, top, width, max(1.0, below - top), "column partial", stop.label))
        y = _up(scale, one.said)
        out.append(_line(x, y, x + width, y, "pace"))
        kind = "late" if one.came < one.said else "name"
        out.append(_dot(x + width / 2, _up(scale, one.came), kind))
    for n, text in enumerate(("bar: 90% range", f"line: {chart.said}", "dot: what came")):
        out.append(_label(LEFT + PLOT_W + 6, TOP + 12 + n * 16, text))
    return out, HEIGHT


def _load(chart: LoadChart) -> tuple[list[str], int]:
    numbers = [n for week in chart.weeks for n in (week.busy, week.people) if n is not None]
    scale = Scale(0, nice(max([1.0, *numbers])), PLOT_H)
    out = _grid(scale)
    width = PLOT_W / len(chart.weeks)
    every = -(-len(chart.weeks) * 60 // PLOT_W)
    for n, (week, stop) in enumerate(zip(chart.weeks, chart.stops, strict=True)):
        x = LEFT + n * width
        if week.busy is not None:
            top = _up(scale, week.busy)
            kind = "signal" if chart.is_full(week) else "column"
            kind = "column partial" if week.planned and kind == "column" else kind
            out.append(_rect(x, top, width * 0.8, TOP + PLOT_H - top, kind, stop.label))
        if week.people is not None:
            y = _up(scale, week.people)
            out.append(_line(x, y, x + width, y, "pace"))
        if n % every == 0:
            out.append(_label(x, HEIGHT - 6, day_label(week.monday, 7 * len(chart.weeks))))
    for n, text in enumerate((f"bar: load in {chart.unit}", f"line: {chart.unit}", "pale: ahead")):
        out.append(_label(LEFT + PLOT_W + 6, TOP + 12 + n * 16, text))
    return out, HEIGHT


NAMES, BESIDE = 190, 140
"""Room for the names of lanes, and for what stands beside them."""


def _roadmap(chart: RoadmapChart) -> tuple[list[str], int]:
    """Bars from even odds to those of 85%, in columns of time."""
    room = WIDTH - NAMES - BESIDE
    top = TOP + 20
    height = top + len(chart.lanes) * ROW

    def x(day: date) -> float:
        return NAMES + chart.at(day, room)

    out = []
    free = 0.0
    for first, name, year in chart.periods:
        out.append(_line(x(first), TOP, x(first), height, "grid"))
        text = f"{name} {year}"
        if x(first) >= free and x(first) + LETTER * len(text) <= WIDTH:
            out.append(_label(x(first) + 3, TOP + 10, text))
            free = x(first) + LETTER * (len(text) + 1)
    out.append(_line(x(chart.today), top - 4, x(chart.today), height, "limit"))
    for n, (lane, stop) in enumerate(zip(chart.lanes, chart.stops, strict=True)):
        out += _time(chart, lane, x, top + n * ROW, stop.label)
    return [*out, *_roadmap_legend(height + LINE)], height + 2 * LINE


def _time(
    chart: RoadmapChart, lane: Lane, x: Callable[[date], float], y: float, tip: str
) -> Iterator[str]:
    """A lane of a roadmap: its name, its bar, its marks, and what stands beside it."""
    middle, text_y = y + ROW / 2, y + ROW / 2 + 4
    name = clip(f"\u2717 {lane.name}" if lane.late else lane.name, int((NAMES - 12) / LETTER))
    yield _label(NAMES - 8, text_y, name, "end", "bad" if lane.late else "name")
    if lane.note:
        yield _label(NAMES + 6, text_y, clip(lane.note, int((WIDTH - NAMES) / LETTER)))
        return
    end = lane.low or lane.ended
    if lane.begun is not None and end is not None:
        yield _line(x(lane.begun), middle, x(end), middle, "line")
    if lane.low is not None:
        last = WIDTH - BESIDE if lane.high is None else max(x(lane.high), x(lane.low) + 3)
        split = last if lane.need_by is None else min(max(x(lane.need_by), x(lane.low)), last)
        yield _rect(x(lane.low), y + 4, split - x(lane.low), ROW - 8, "column", tip)
        yield _rect(split, y + 4, last - split, ROW - 8, "signal", tip)
        if lane.goes_on:
            kind = "signal" if split < last else "column"
            yield _polygon(((last, y + 4), (last + 8, middle), (last, y + ROW - 4)), kind)
    if lane.need_by is not None and chart.begin <= lane.need_by < chart.end:
        at = x(lane.need_by)
        corners = ((at, y + 3), (at + 5, middle), (at, y + ROW - 3), (at - 5, middle))
        yield _polygon(corners, "late" if lane.late else "name")
    if lane.ended is not None:
        yield _dot(x(lane.ended), middle, "dot" if lane.reached else "quiet")
    yield _label(WIDTH - BESIDE + 12, text_y, clip(lane.text, int(BESIDE / LETTER)))


def _polygon(corners: Iterable[tuple[float, float]], kind: str) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return f'<polygon points="{points}" class="{kind}"></polygon>'


def _roadmap_legend(y: float) -> list[str]:
    """What bars and marks mean, on a line."""
    out = [
        _rect(NAMES, y - 8, 10, 10, "column"),
        _label(NAMES + 14, y + 1, "50% to 85% odds"),
        _rect(NAMES + 130, y - 8, 10, 10, "signal"),
        _label(NAMES + 144, y + 1, "after the day it is needed"),
        _polygon(
            (
                (NAMES + 320, y - 8),
                (NAMES + 325, y - 3),
                (NAMES + 320, y + 2),
                (NAMES + 315, y - 3),
            ),
            "name",
        ),
        _label(NAMES + 329, y + 1, "needed by"),
        _dot(NAMES + 405, y - 3, "dot"),
        _label(NAMES + 413, y + 1, "delivered"),
    ]
    return [*out, _label(NAMES + 480, y + 1, "\u2717 late", kind="bad")]


_DRAW: dict[type[Chart], Callable[[Any], tuple[list[str], int]]] = {
    ScatterChart: _scatter,
    AreaChart: _areas,
    AgeingChart: _ageing,
    WeekChart: _weeks,
    BarChart: _bars,
    OddsChart: _odds,
    RangeChart: _ranges,
    LoadChart: _load,
    RoadmapChart: _roadmap,
}
