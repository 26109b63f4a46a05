"""The timeline below a map: a saw-tooth of wait and process time along the main path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vsm.features.map.results import Measure, Totals, ValueStreamMap
from vsm.model.stream import Category
from vsm.report.wording import percent
from vsm.text_width import width_of
from vsm.widgets.glyphs import ASCII, Glyphs
from vsm.widgets.stream_map.boxes import Pieces, measure_text, time_text
from vsm.widgets.stream_map.picture import QUEUES, Picture
from vsm.widgets.stream_map.strokes import runs_of

LINES = 2
"""Lines of the saw-tooth."""


@dataclass(frozen=True, slots=True)
class Tooth:
    """A stretch of the timeline: of wait (up) or of process time, with what stands on it."""

    first: int
    last: int
    is_wait: bool
    text: str


def teeth_of(picture: Picture) -> tuple[Tooth, ...]:
    """The saw-tooth below the boxes of the main path: wait before each box, process time under it.

    A queue that feeds one stage is in the wait of that stage; the backlog is not in any.
    """
    of, boxes = picture.of, picture.layout.boxes
    hours = of.time.hours
    out: list[Tooth] = []
    begin: int | None = None
    before: int | None = None
    """Where the backlog ends."""
    feeding = False
    """Whether the queue before feeds the next box, whose wait has that time in it."""
    for stage in (picture.stages[number] for number in picture.main):
        box = boxes[stage.id]
        if stage.category is Category.BACKLOG:
            before = box.right
            continue
        if begin is None:
            # What waits in a first queue waits there; before another box in the gap.
            begin = box.x if before is None or stage.category in QUEUES else before
        if stage.category in QUEUES:
            feeding = stage.feeds in picture.main
            if not feeding:
                out.append(Tooth(begin, box.right, True, time_text(stage.wait.best, hours)))
                begin = box.right
        elif stage.category is Category.ACTIVE:
            wait, process = (time_text(m.best, hours) for m in (stage.wait, stage.process))
            if box.x > begin:
                out.append(Tooth(begin, box.x, True, wait))
            elif stage.wait.best:  # there is no room before the first box
                process = f"{wait} wait, {process}"
            out.append(Tooth(box.x, box.right, False, process))
            begin = box.right
        else:
            break
    return tuple(tooth for tooth in out if tooth.last > tooth.first)


def draw_teeth(teeth: Sequence[Tooth], first: int, width: int) -> tuple[Pieces, Pieces]:
    """The upper and the lower line of the timeline from column ``first`` on."""
    upper, lower = _Row(first, width), _Row(first, width)
    for n, tooth in enumerate(teeth):
        row = upper if tooth.is_wait else lower
        ink = "wait" if tooth.is_wait else "good"
        for x in range(tooth.first, tooth.last + 1):
            row.put(x, "─", "edge")
        row.write(tooth, ink)
        if n and teeth[n - 1].is_wait is tooth.is_wait:
            row.put(tooth.first, "┬" if tooth.is_wait else "┴", "edge")
        elif n:
            upper.put(tooth.first, "┌" if tooth.is_wait else "┐", "edge")
            lower.put(tooth.first, "┘" if tooth.is_wait else "└", "edge")
    return upper.pieces(), lower.pieces()


class _Row:
    """A line of cells of which a part is seen."""

    def __init__(self, first: int, width: int) -> None:
        self._first = first
        self._width = width
        self._chars = [" "] * width
        self._inks = ["text"] * width

    def put(self, x: int, char: str, ink: str) -> None:
        at = x - self._first
        if 0 <= at < self._width:
            self._chars[at], self._inks[at] = char, ink

    def write(self, tooth: Tooth, ink: str) -> None:
        """The text of a tooth in the middle of the part of it that is seen."""
        words = f" {tooth.text} " if tooth.text else ""
        left = max(tooth.first + 1, self._first)
        right = min(tooth.last, self._first + self._width)
        if not words or right - left < len(words):
            return
        at = left + (right - left - len(words)) // 2
        for n, char in enumerate(words):
            self.put(at + n, char, ink if char != " " else "text")

    def pieces(self) -> Pieces:
        return runs_of(self._chars, self._inks)


def totals_line(of: ValueStreamMap, glyphs: Glyphs, width: int) -> Pieces:
    """Process time, wait, lead time, activity ratio, rolled %C&A, and what a day is."""
    totals: Totals = of.totals
    hours = of.time.hours
    unlike = "<>" if glyphs is ASCII else "≠"

    def days(name: str, measure: Measure) -> Pieces:
        measured = time_text(measure.measured, hours)
        declared = time_text(measure.declared, hours)
        parts = measure_text(measure, measured, declared, unlike)
        return [(f"{name} ", "faint"), *(parts or [(glyphs.dash, "faint")])]

    def share(name: str, measure: Measure) -> Pieces:
        measured = percent(measure.measured, unknown="")
        parts = measure_text(measure, measured, percent(measure.declared, unknown=""), unlike)
        return [(f"{name} ", "faint"), *(parts or [(glyphs.dash, "faint")])]

    figures = [
        days("PT", totals.process),
        days("wait", totals.wait),
        days("LT", totals.lead_time),
        share("activity ratio", totals.activity_ratio),
        share("rolled C&A", totals.rolled),
        [(of.time.words, "faint")],
    ]
    out: Pieces = [(" ", "text")]
    used = 1
    for n, parts in enumerate(figures):
        lead = f" {glyphs.dot} " if n else ""
        size = width_of(lead) + sum(width_of(text) for text, _ in parts)
        if used + size > width:
            continue
        out += [(lead, "faint"), *parts]
        used += size
    return out
