"""Draws a roadmap as lines of text: a line for each lane, in columns of time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from vsm.report.charts import Lane, RoadmapChart
from vsm.text_width import clip, fit, shown, width_of

Pieces = list[tuple[str, str]]
"""(text, name of a tone)."""

HEADS = 2
"""Lines above the first lane: years, and the columns."""
BAR, AFTER, BEFORE, GOES_ON = "█", "▒", "─", "▶"
"""In the range, in the range after the day it is needed by, under way before it, and on."""
NEEDED, REACHED, GIVEN_UP, TODAY, EDGE, LATE = "◆", "●", "○", "|", ":", "✗"
NAME_LEAST, LANE_LEAST = 12, 20
GAP = "  "
_ODDS = "On time"
_LEGEND = (
    (LATE, "bad", "likely late, or late"),
    (BAR, "accent", "50% to 85% odds"),
    (AFTER, "bad", "the same, after the day it is needed"),
    (NEEDED, "strong", "needed by"),
    (BEFORE, "faint", "under way"),
    (GOES_ON, "warn", "on beyond what is foreseen"),
    (REACHED, "good", "delivered"),
    (GIVEN_UP, "faint", "ended otherwise"),
    (TODAY, "strong", "today"),
)
"""What symbols mean, in the order in which they are explained."""


def draw_roadmap(chart: RoadmapChart, width: int) -> list[Pieces]:
    """Years, columns, lanes, and what the symbols mean that stand there."""
    lanes = chart.lanes
    beside = max((width_of(shown(lane.text)) for lane in lanes), default=0)
    beside = min(beside, width // 3)
    odds = any(lane.odds for lane in lanes) and width >= 100
    right = beside + len(GAP) + (len(_ODDS) + len(GAP) if odds else 0)
    longest = max((width_of(shown(lane.name)) for lane in lanes), default=0)
    room = width - 2 - len(GAP) - right
    name = max(NAME_LEAST, min(longest, room - LANE_LEAST, max(24, width // 4)))
    cells = max(8, room - name)
    times = [[] if lane.note else _time(chart, lane, cells) for lane in lanes]
    drawn = [
        [*_name(lane, name), *_beside(lane, time, cells, beside, odds)]
        for lane, time in zip(lanes, times, strict=True)
    ]
    before = " " * (2 + name + len(GAP))
    heads = [[(before + text, "faint")] for text in _heads(chart, cells)]
    if odds:
        heads[-1].append((f"{GAP}{'':{beside}}{GAP}{_ODDS}", "faint"))
    signs = {TODAY, *(sign for time in times for text, _ in time for sign in text)}
    if any(lane.late for lane in lanes):
        signs.add(LATE)
    return [*heads, *drawn, *_legend(signs, width)]


def _heads(chart: RoadmapChart, cells: int) -> Iterable[str]:
    """The years above the columns, and the names of the columns, as far as there is room."""
    years = [next(group) for _, group in groupby(chart.periods, key=lambda period: period[2])]
    named = [(day, shown(name)) for day, name, _ in chart.periods]
    for texts in ([(day, str(year)) for day, _, year in years], named):
        places: list[tuple[int, str]] = []
        free = cells + 1
        for day, text in reversed(texts):  # of the year that has begun already there is least
            at = int(chart.at(day, cells))
            if at + width_of(text) < free:
                places.append((at, text))
                free = at
        line, used = "", 0
        for at, text in reversed(places):
            line += " " * (at - used) + text
            used = at + width_of(text)
        yield line + " " * (cells - used)


def _name(lane: Lane, cells: int) -> Pieces:
    tone = "bad" if lane.late else "faint" if lane.ended is not None else "strong"
    return [
        (f"{LATE} " if lane.late else "  ", "bad"),
        (fit(lane.name, cells), tone),
        (GAP, "text"),
    ]


def _beside(lane: Lane, time: Pieces, cells: int, beside: int, odds: bool) -> Pieces:
    """The bar of a lane and what stands beside it, or why there is no bar."""
    if lane.note:
        return [(clip(lane.note, cells + len(GAP) + beside), "warn")]
    out = [*time, (GAP + fit(lane.text, beside), "text" if lane.ended is None else "faint")]
    if odds:
        out.append((f"{GAP}{lane.odds:>{len(_ODDS)}}", "bad" if lane.late else "text"))
    return out


def _time(chart: RoadmapChart, lane: Lane, cells: int) -> Pieces:
    """The columns of a lane: its bar, its marks, today, and where columns begin."""
    signs = [(" ", "text")] * cells

    def put(at: int, sign: str, tone: str) -> None:
        signs[min(at, cells - 1)] = sign, tone

    def place(day: date) -> int:
        return min(int(chart.at(day, cells)), cells - 1)

    for first, *_ in chart.periods[1:]:
        put(place(first), EDGE, "faint")
    put(place(chart.today), TODAY, "strong")
    end = lane.low or lane.ended
    if lane.begun is not None and end is not None:
        for at in range(place(lane.begun), place(end)):
            put(at, BEFORE, "faint")
    needed = None if lane.need_by is None else place(lane.need_by)
    if lane.low is not None:
        last = cells - 1 if lane.goes_on or lane.high is None else place(lane.high)
        for at in range(place(lane.low), last + 1):
            after = needed is not None and at > needed
            put(at, AFTER if after else BAR, "bad" if after else "accent")
        if lane.goes_on:
            put(last, GOES_ON, "warn")
    if lane.need_by is not None and chart.begin <= lane.need_by < chart.end:
        put(place(lane.need_by), NEEDED, "bad" if lane.late else "strong")
    if lane.ended is not None:
        sign = (REACHED, "good") if lane.reached else (GIVEN_UP, "faint")
        put(place(lane.ended), *sign)
    return [
        ("".join(sign for sign, _ in group), tone)
        for tone, group in groupby(signs, key=lambda one: one[1])
    ]


def _legend(signs: set[str], width: int) -> Iterable[Pieces]:
    line: Pieces = []
    used = 0
    for sign, tone, text in _LEGEND:
        if sign not in signs:
            continue
        if line and used + len(GAP) + 2 + len(text) > width:
            yield line
            line, used = [], 0
        before = GAP if line else ""
        line += [(before, "faint"), (sign, tone), (f" {text}", "faint")]
        used += len(before) + 2 + len(text)
    if line:
        yield line
