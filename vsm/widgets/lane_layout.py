"""Counts lines of lanes and places of their cards: pure arithmetic, shared by all columns.

Lines are counted from the head of the first lane. A lane is its head, one line, and as many rows of
cards as its longest open column has; a folded one is its head alone. Each column holds one sequence
of cards, lane after lane, and a card's place in it is its index.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from vsm.model.lanes import Lane


class LaneLayout:
    """The lanes of a board, and the first line that is shown (``top``)."""

    def __init__(self, lanes: Sequence[Lane] = (), folded: frozenset[str] = frozenset()) -> None:
        self.top = 0
        self.card = 3
        """Lines of a card."""
        self._hidden: frozenset[int] = frozenset()
        self.set_lanes(lanes, folded)

    def set_lanes(self, lanes: Sequence[Lane], folded: frozenset[str]) -> None:
        """Take other lanes; what is shown first stays, as far as it can."""
        self.lanes = tuple(lanes)
        self.folded = folded
        self._starts: dict[int, list[int]] = {}
        self._arrange()

    def set_card(self, lines: int) -> None:
        """Take another height of cards."""
        if lines != self.card:
            self.card = lines
            self._arrange()

    def set_hidden(self, stages: frozenset[int]) -> None:
        """Have columns that are folded make no lane higher."""
        if stages != self._hidden:
            self._hidden = stages
            self._arrange()

    def _arrange(self) -> None:
        self._rows = [
            0
            if lane.key in self.folded
            else max((n for s, n in lane.counts.items() if s not in self._hidden), default=0)
            for lane in self.lanes
        ]
        ends = list(accumulate((1 + count * self.card for count in self._rows), initial=0))
        self.heads = ends[:-1]
        """The line of each lane's head."""
        self.total = ends[-1]

    def count(self, lane: int, stage: int) -> int:
        """How many cards of a lane stand in a column, as far as they are shown."""
        one = self.lanes[lane]
        return 0 if one.key in self.folded else one.counts.get(stage, 0)

    def shown(self, stage: int) -> int:
        """How many cards a column has, without those of folded lanes."""
        return self._of(stage)[-1]

    def _of(self, stage: int) -> list[int]:
        """The index at which each lane begins in a column, and how many cards it has."""
        starts = self._starts.get(stage)
        if starts is None:
            counts = (self.count(n, stage) for n in range(len(self.lanes)))
            starts = self._starts[stage] = list(accumulate(counts, initial=0))
        return starts

    # -- places -----------------------------------------------------------------------

    def lane_at(self, line: int) -> int:
        """The lane that a line belongs to."""
        return max(0, bisect_right(self.heads, line) - 1)

    def lane_of(self, stage: int, index: int) -> int:
        """The lane of a card."""
        return max(0, min(len(self.lanes) - 1, bisect_right(self._of(stage), index) - 1))

    def line_of(self, stage: int, index: int) -> int:
        """The first line of a card."""
        if not self.lanes:
            return 0
        lane = self.lane_of(stage, index)
        row = index - self._of(stage)[lane]
        return self.heads[lane] + 1 + max(0, min(row, self._rows[lane] - 1)) * self.card

    def card_at(self, stage: int, line: int) -> tuple[int, int] | None:
        """The card at a line of a column as (index, line within it); ``None`` where there is none.

        The head of a lane is none.
        """
        if not 0 <= line < self.total:
            return None
        lane = self.lane_at(line)
        row, within = divmod(line - self.heads[lane] - 1, self.card)
        if row < 0 or row >= self.count(lane, stage):
            return None
        return self._of(stage)[lane] + row, within

    def first_from(self, stage: int, line: int) -> int:
        """The index of the first card of a column that reaches to a line or beyond it."""
        if not self.lanes:
            return 0
        lane = self.lane_at(line)
        row = max(0, (line - self.heads[lane] - 1) // self.card)
        return self._of(stage)[lane] + min(row, self.count(lane, stage))

    def nearest(self, stage: int, line: int) -> int:
        """The card of a column that is nearest to a line, one of the same lane if there is one."""
        if not self.shown(stage):
            return 0
        current = self.lane_at(line)
        if self.count(current, stage):
            row = max(0, (line - self.heads[current] - 1) // self.card)
            return self._of(stage)[current] + min(row, self.count(current, stage) - 1)
        after = self._of(stage)[current]
        options = [n for n in (after - 1, after) if 0 <= n < self.shown(stage)]
        return min(options, key=lambda n: abs(self.line_of(stage, n) - line))

    def reach(self, line: int, view: int) -> int:
        """The first line so that the card at ``line`` is visible below the head of its lane.

        ``view`` are the lines that are shown; it is moved as little as can be.
        """
        head = self.heads[self.lane_at(line)] if self.lanes else 0
        top = self.top
        if line - 1 < top:
            top = head if line - 1 == head else line - 1
        elif line + self.card > top + view:
            top = line + self.card - view
        return self.fitting(min(top, max(0, line - 1)), view)

    def fitting(self, top: int, view: int) -> int:
        """A first line that leaves no lines empty below."""
        return max(0, min(top, self.total - view))
