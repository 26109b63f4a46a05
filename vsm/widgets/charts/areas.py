"""The cumulative flow diagram: how many items had reached each stage, as areas on each other."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style

from vsm.report.axis import Scale, day_places, short, ticks
from vsm.report.charts import AreaChart
from vsm.text_width import clip, clip_apart
from vsm.widgets.charts.canvas import Canvas, Paper, ground_of

LEGEND = 30
"""Cells of width from which on the stages are named beside the areas."""
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Textures of more areas than there are others that can be told apart."""
NARROWEST = 12
"""Cells of the narrowest legend."""


def draw(chart: AreaChart, canvas: Canvas, paper: Paper, cursor: int | None) -> None:
    """Areas in colours, two to a cell, or in textures where there are none; a legend."""
    inks = paper.inks
    days, rows = len(chart.lines[0][1]), canvas.height - 1
    low = float(chart.lines[-1][1][0])
    high = float(max(chart.lines[0][1][-1], low + 4))
    fine = Scale(low, high, rows * 2 + 1)
    marks = ticks(Scale(low, high, rows), max(2, rows // 3))
    left = max(len(short(mark)) for mark in marks) + 1
    legend = max(NARROWEST, min(22, canvas.width // 4)) if canvas.width >= LEGEND else 0
    width = max(1, canvas.width - left - legend)
    for mark in marks:
        y = rows - 1 - min(rows - 1, fine.at(mark) // 2)
        canvas.right(left - 1, y, short(mark), inks.faint)
    looks, textured = _looks(chart, paper), is_textured(chart, paper)
    for x in range(width):
        day = _day(x, width, days)
        tops = [fine.at(float(counts[day])) for _, counts in chart.lines]
        for y in range(rows):
            below = 2 * (rows - 1 - y)
            both = _area(tops, below + 1), _area(tops, below)
            _cell(canvas, paper, (left + x, y), both, looks, textured)
    if legend:
        _legend(chart, canvas, paper, (left + width + 1, legend - 1, rows), looks)
    covered: Sequence[int] = ()
    if cursor is not None:
        at = cursor if paper.anchor is None else paper.anchor
        ends = [left + round(n / max(1, days - 1) * (width - 1)) for n in (cursor, at)]
        covered = range(min(ends), max(ends) + 1)
        for x in covered:
            canvas.put(x, rows, "-" if paper.ascii else "─", inks.strong)
        for x in ends:
            for y in range(rows):
                canvas.put(x, y, "|" if paper.ascii else "│", paper.chosen.strong)
            canvas.shade(x, 0, rows - 1, ground_of(paper.chosen))
            canvas.put(x, rows, paper.glyphs.up, inks.strong)
    canvas.labels(rows, left, day_places(chart.begin, days, width), covered, inks.faint)


def _day(x: int, width: int, days: int) -> int:
    return round(x / max(1, width - 1) * (days - 1)) if width > 1 else days - 1


def _looks(chart: AreaChart, paper: Paper) -> list[tuple[str, Style]]:
    """By line a texture and a style; the last lines are what is finished and what is dropped."""
    count = len(chart.lines) - chart.has_dropped
    *working, over = paper.bands or ("",)
    if not is_textured(chart, paper):
        names = [*(_shade(working, n) for n in range(count - 1)), over]
        ground = paper.inks.text.bgcolor
        dropped = Style(color=paper.inks.faint.color, bgcolor=ground)
        return [
            *(("█", Style(color=name, bgcolor=ground)) for name in names),
            *[("█", dropped)] * chart.has_dropped,
        ]
    *textures, last = paper.textures
    if count - 1 > len(textures):
        textures = list(_LETTERS)
    plain = paper.inks.text
    styles = [Style(color=name, bgcolor=plain.bgcolor) for name in working] or [plain]
    return [
        *((textures[n % len(textures)], styles[n % len(styles)]) for n in range(count - 1)),
        (last, plain),
        *[(" " if last == "." else "·", plain)] * chart.has_dropped,
    ]


def is_textured(chart: AreaChart, paper: Paper) -> bool:
    """Whether areas differ by texture: where colours are missing, or too few to tell them apart."""
    few = bool(paper.bands) and not paper.bands[0].startswith("#")
    return not paper.bands or (few and len(chart.lines) - chart.has_dropped > len(paper.bands))


def _shade(colours: Sequence[str], n: int) -> str:
    """The colour of area ``n``: beyond the first round lighter, then darker, so that 20 differ."""
    turn, place = divmod(n, len(colours))
    name = colours[place]
    if not turn:
        return name
    if not name.startswith("#"):
        return f"bright_{name.removeprefix('bright_')}" if turn % 2 else name
    share, towards = (0.45, 255) if turn % 2 else (0.45, 0)
    parts = (int(name[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + share * (towards - part)):02x}" for part in parts)


def _cell(
    canvas: Canvas,
    paper: Paper,
    place: tuple[int, int],
    areas: tuple[int | None, int | None],
    looks: list[tuple[str, Style]],
    textured: bool,
) -> None:
    upper, lower = areas
    if lower is None and upper is None:
        return
    if textured:
        area = lower if lower is not None else upper
        if area is not None:
            canvas.put(*place, *looks[area])
        return
    ground = paper.inks.text.bgcolor
    over = looks[upper][1].color if upper is not None else ground
    under = looks[lower][1].color if lower is not None else ground
    if upper == lower or over == under:
        canvas.put(*place, "█", Style(color=under, bgcolor=ground))
    elif upper is None:
        canvas.put(*place, "▄", Style(color=under, bgcolor=ground))
    else:
        canvas.put(*place, "▀", Style(color=over, bgcolor=under))


def _legend(
    chart: AreaChart,
    canvas: Canvas,
    paper: Paper,
    room: tuple[int, int, int],
    looks: list[tuple[str, Style]],
) -> None:
    x, width, rows = room
    shown = list(range(len(chart.lines)))
    hidden = len(shown) - rows + 1 if len(shown) > rows else 0
    if hidden:
        # Of too many the widest areas are named: those of no item cannot be seen anyway.
        by_width = sorted(shown, key=lambda n: (chart.held[n], n), reverse=True)
        shown = sorted(by_width[: len(shown) - hidden])
        more = f"{paper.glyphs.ellipsis} {hidden} more"
        canvas.text(x, 0, clip(more, width, paper.glyphs.ellipsis), paper.inks.faint)
    numbers = {n: f" {chart.held[n]}" for n in shown}
    narrow = width - 3 - max(map(len, numbers.values()), default=0)
    labels = clip_apart([chart.lines[n][0] for n in shown], narrow, paper.glyphs.ellipsis)
    for y, (n, label) in enumerate(zip(shown, labels, strict=True), bool(hidden)):
        char, style = looks[n]
        canvas.text(x, y, char * 2, style)
        canvas.text(x + 3, y, label + numbers[n], paper.inks.text)


def _area(tops: list[int], level: int) -> int | None:
    """Which area covers a level: the lowest line that is above it."""
    for n in range(len(tops) - 1, -1, -1):
        if tops[n] > level:
            return n
    return None
