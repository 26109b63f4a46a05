"""The timeline below a map: a saw-tooth of wait and process time along the main path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vsm.features.map.results import Measure
from vsm.model.stream import Category
from vsm.widgets.stream_map.boxes import Pieces, time_text
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
    declared: bool = False
    """Whether that is what people declared, as nothing was measured."""

    @property
    def wordings(self) -> tuple[str, ...]:
        """What is written on it, with less around it where there is less room."""
        text = f"({self.text})" if self.declared else self.text
        tight = text.replace(" ", "")
        return f" {text} ", text, tight, tight.strip("()")


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
                out.append(Tooth(begin, box.right, True, *_best(stage.wait, hours)))
                begin = box.right
        elif stage.category is Category.ACTIVE:
            wait, process = (_best(m, hours) for m in (stage.wait, stage.process))
            if box.x > begin:
                out.append(Tooth(begin, box.x, True, *wait))
            elif stage.wait.best:  # there is no room before the first box
                process = f"{wait[0]} wait, {process[0]}", process[1]
            out.append(Tooth(box.x, box.right, False, *process))
            begin = box.right
        else:
            break
    return tuple(tooth for tooth in out if tooth.last > tooth.first)


def _best(measure: Measure, hours: int) -> tuple[str, bool]:
    """A measured time, else the declared one and that it is that."""
    declared = measure.measured is None and measure.declared is not None
    return time_text(measure.best, hours), declared


def draw_teeth(teeth: Sequence[Tooth], first: int, width: int) -> tuple[Pieces, Pieces]:
    """The upper and the lower line of the timeline from column ``first`` on."""
    upper, lower = _Row(first, width), _Row(first, width)
    for n, tooth in enumerate(teeth):
        row = upper if tooth.is_wait else lower
        ink = "faint" if tooth.declared else "wait" if tooth.is_wait else "good"
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
        left = max(tooth.first + 1, self._first)
        right = min(tooth.last, self._first + self._width)
        words = next((w for w in tooth.wordings if len(w) <= right - left), "")
        if not tooth.text or not words:
            return
        at = left + (right - left - len(words)) // 2
        for n, char in enumerate(words):
            self.put(at + n, char, ink if char != " " else "text")

    def pieces(self) -> Pieces:
        return runs_of(self._chars, self._inks)
