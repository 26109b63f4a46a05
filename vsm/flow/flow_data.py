"""What is known of a stream: its visits with their ends, each item's flow, and what follows.

All of it is of a history as a whole. Figures are cut from it by a window; what takes time is
worked out when it is first asked for and kept, so that another window of the same history costs
little.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vsm.flow.cycle import ItemFlow, categories, item_flow, owners, places
from vsm.flow.days import day_numbers
from vsm.flow.history import QUALITIES, History, Ints, Mask
from vsm.model.item import Quality
from vsm.model.rules import DAY
from vsm.model.stream import Category, Direction, ValueStream

FAR = int(np.iinfo(np.int64).max)
"""When open visits end."""


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """The visits of some items: ``rows`` are the items, all else has one entry a visit.

    ``row`` is the place in ``rows`` of the item that a visit is of; ``place``, ``entered`` and
    ``left`` are those of the visit.
    """

    rows: Ints
    visits: Ints
    row: Ints
    place: Ints
    entered: Ints
    left: Ints


@dataclass(frozen=True, eq=False)
class FlowData:
    """A history and what follows for every visit and item.

    ``place`` (in the stream's order), ``owner`` (place of the item) and ``left`` have one entry a
    visit; open visits are left at :data:`FAR`. ``flow`` has one entry an item.

    ``until`` is the present where entries carry later moments than that: by a clock that was ahead.
    """

    stream: ValueStream
    history: History
    place: Ints
    owner: Ints
    left: Ints
    flow: ItemFlow
    until: int = FAR

    @classmethod
    def of(cls, history: History, stream: ValueStream) -> FlowData:
        """Work out what every figure needs of a history that is cut at as-of already.

        Raises ``ValueError`` where it holds a stage that is not in the stream.
        """
        place, owner = places(history.stage, stream), owners(history)
        left = np.empty_like(history.entered)
        left[:-1] = history.entered[1:]
        left[history.begin + history.counts - 1] = FAR
        return cls(stream, history, place, owner, left, item_flow(history, stream, place, owner))

    @cached_property
    def last_activity(self) -> int | None:
        """The greatest moment that an entry into a stage carries."""
        return int(self.entered.max()) if self.entered.size else None

    def last_activity_by(self, moment: int) -> int | None:
        """The greatest moment up to this one that an entry into a stage carries."""
        latest = self.last_activity
        if latest is None or latest <= moment:
            return latest
        earlier = self.entered[self.entered <= moment]
        return int(earlier.max()) if earlier.size else None

    # -- visits -----------------------------------------------------------------------

    @property
    def entered(self) -> Ints:
        """When each visit began."""
        return self.history.entered

    @cached_property
    def day(self) -> Ints:
        """The local day on which each visit began, as days since 1970-01-01."""
        return day_numbers(self.entered, self.stream.zone)

    @cached_property
    def happened(self) -> Ints:
        """By when each visit had begun: not later than the visits after it, nor than the present.

        What was where on which day is counted by this, in the order of the journal. Durations are
        never taken from it.
        """
        if self.ordered.all() and (self.last_activity or 0) <= self.until:
            return self.entered
        moments, rank = np.unique(np.minimum(self.entered, self.until), return_inverse=True)
        # Owners ascend, so that going backwards each item's numbers are below those seen before.
        base = self.owner * moments.size
        lowest = np.minimum.accumulate((rank + base)[::-1])[::-1]
        happened: Ints = moments[lowest - base]
        return happened

    @cached_property
    def happened_day(self) -> Ints:
        """The local day of each moment of :attr:`happened`, as days since 1970-01-01."""
        moments = self.happened
        return self.day if moments is self.entered else day_numbers(moments, self.stream.zone)

    @cached_property
    def ended(self) -> Mask:
        """Which places of the order are done or dropped."""
        return categories(self.stream, Category.DONE, Category.DROPPED)

    @cached_property
    def moves(self) -> Ints:
        """The visits that a move led to: all but each item's first."""
        first = np.zeros(self.place.size, dtype=np.bool_)
        first[self.history.begin] = True
        return np.flatnonzero(~first)

    @cached_property
    def mark(self) -> Ints:
        """The highest place that the item had reached, at each of its visits."""
        # Owners ascend: an item's numbers are all above those of the items before it.
        scale = len(self.stream.order)
        highest = np.maximum.accumulate(self.place + self.owner * scale)
        marks: Ints = highest - self.owner * scale
        return marks

    def directed(self, wanted: Direction) -> Ints:
        """The moves that have this direction in the stream."""
        order = self.stream.order
        table = np.array(
            [
                [a is not b and self.stream.direction(a.id, b.id) is wanted for b in order]
                for a in order
            ],
            dtype=np.bool_,
        )
        moves = self.moves
        return moves[table[self.place[moves - 1], self.place[moves]]]

    @cached_property
    def ahead(self) -> Ints:
        """Moves forward."""
        return self.directed(Direction.FORWARD)

    @cached_property
    def back(self) -> Ints:
        """Moves back: rework."""
        return self.directed(Direction.REWORK)

    @cached_property
    def back_in_time(self) -> tuple[Ints, Ints]:
        """Moves back in the order in which they happened, and when."""
        at = self.entered[self.back]
        by = np.argsort(at, kind="stable")
        return self.back[by], at[by]

    def paths(self, rows: Ints) -> Paths:
        """All visits of some items, in order."""
        counts = self.history.counts[rows]
        row = np.repeat(np.arange(rows.size), counts)
        before = np.cumsum(counts) - counts
        visits = np.arange(row.size) + (self.history.begin[rows] - before)[row]
        return Paths(rows, visits, row, self.place[visits], self.entered[visits], self.left[visits])

    # -- items ------------------------------------------------------------------------

    @cached_property
    def days(self) -> tuple[Ints, Ints, Ints]:
        """The local days on which each item was created, started and finished (else 0)."""
        flow, zone = self.flow, self.stream.zone
        start, finish = np.zeros_like(flow.start), np.zeros_like(flow.finish)
        start[flow.started] = day_numbers(flow.start[flow.started], zone)
        finish[flow.finished] = day_numbers(flow.finish[flow.finished], zone)
        return self.day[self.history.begin], start, finish

    @cached_property
    def ends(self) -> tuple[Ints, Ints]:
        """The finished items in the order in which they finished, and when."""
        rows = np.flatnonzero(self.flow.finished)
        rows = rows[np.argsort(self.flow.finish[rows], kind="stable")]
        return rows, self.flow.finish[rows]

    @cached_property
    def ordered(self) -> Mask:
        """Items whose moves do not run backwards in time: only their durations are true."""
        return self.history.ordered

    @cached_property
    def in_future(self) -> Mask:
        """Items with an entry that carries a later moment than the present: a clock was ahead."""
        later = np.zeros(len(self.history), dtype=np.bool_)
        later[self.owner[self.entered > self.until]] = True
        return later

    @cached_property
    def whole(self) -> Mask:
        """Items whose path through the stages, and the time in each, is known from end to end."""
        full: Mask = self.history.quality == QUALITIES.index(Quality.FULL)
        return full & self.ordered

    @cached_property
    def sure(self) -> Mask:
        """Items that are known to have started, and when."""
        started: Mask = self.flow.known & self.flow.started & self.ordered
        return started

    @cached_property
    def in_progress(self) -> Mask:
        """Items that had started and are neither done nor dropped."""
        running: Mask = self.flow.started & ~self.flow.finished & ~self.flow.dropped
        return running

    # -- what charts are cut from --------------------------------------------------------

    def rough(self, moments: Ints | int) -> NDArray[np.int16]:
        """Days of 24 hours since the first entry, all after 89 years as one.

        Such narrow keys are sorted many times as fast as moments. What lies in a window lies
        between the keys of its ends.
        """
        days = (np.asarray(moments) - self._first) // DAY
        narrow: NDArray[np.int16] = np.clip(days, 0, np.iinfo(np.int16).max).astype(np.int16)
        return narrow

    @cached_property
    def _first(self) -> int:
        return int(self.entered.min()) if self.entered.size else 0

    @cached_property
    def working_visits(self) -> tuple[Ints, Ints, Ints, NDArray[np.int16]]:
        """When sure items were in progress: (item, from, to), one for each visit but the ends.

        In the order of the last column, the rough days of the ends.
        """
        visits = np.flatnonzero(self.sure[self.owner] & ~self.ended[self.place])
        owner = self.owner[visits]
        begin = np.maximum(self.entered[visits], self.flow.start[owner])
        left = self.left[visits]
        kept = np.flatnonzero(left > begin)
        days = self.rough(left[kept])
        by = np.argsort(days, kind="stable")
        kept = kept[by]
        return owner[kept], begin[kept], left[kept], days[by]

    @cached_property
    def undone(self) -> tuple[Ints, Ints]:
        """When sure items were dropped after their start, and when they left done again."""
        moves = self.moves[self.sure[self.owner[self.moves]]]
        done = categories(self.stream, Category.DONE)
        dropped = categories(self.stream, Category.DROPPED)
        source, target = self.place[moves - 1], self.place[moves]
        at = self.entered[moves]
        after = at >= self.flow.start[self.owner[moves]]
        return at[after & dropped[target] & ~dropped[source]], at[done[source] & ~done[target]]

    @cached_property
    def first_leaves(self) -> tuple[Ints, Ints, Ints, Mask, NDArray[np.int16]]:
        """The first move forward out of each stage by each item.

        Item, place of the stage, moment, and whether it was seen there or before again; in the
        order of the last column, the rough days of the moments.
        """
        scale = len(self.stream.order)
        # The lowest place from each visit on. Owners ascend, so that going backwards each item's
        # numbers are all below those of the items seen before.
        lowest = np.minimum.accumulate((self.place + self.owner * scale)[::-1])[::-1]
        lowest = lowest - self.owner * scale
        source = self.place[self.ahead - 1]
        found = []
        for place in range(scale):
            moves = self.ahead[source == place]
            owner = self.owner[moves]
            fresh = np.ones(moves.size, dtype=np.bool_)
            np.not_equal(owner[1:], owner[:-1], out=fresh[1:])
            found.append(moves[fresh])
        moves = np.concatenate(found)
        days = self.rough(self.entered[moves])
        by = np.argsort(days, kind="stable")
        moves = moves[by]
        place = self.place[moves - 1]
        return self.owner[moves], place, self.entered[moves], lowest[moves] <= place, days[by]

    @cached_property
    def main_path(self) -> list[int]:
        """Places along the path that most work takes: from the stage in which most items started,
        always the most travelled forward move, until done. Ties go to the earlier stage.
        """
        order, scale = self.stream.order, len(self.stream.order)
        starting = np.array([s.id in self.stream.starting for s in order], dtype=np.bool_)
        at_start = self.entered == self.flow.start[self.owner]
        first = self.place[at_start & starting[self.place]]
        if not first.size:
            return []
        here = int(np.argmax(np.bincount(first, minlength=scale)))
        pairs = self.place[self.ahead - 1] * scale + self.place[self.ahead]
        travelled = np.bincount(pairs, minlength=scale * scale).reshape(scale, scale)
        path: list[int] = []
        while not order[here].category.ended and here not in path:
            path.append(here)
            if not travelled[here].any():
                break
            here = int(np.argmax(travelled[here]))
        return path

    @cached_property
    def lines(self) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
        """The cumulative flow of the whole history: the first day, and by day and place how many
        items had reached it and how many of those were before it again, at the day's end.
        """
        if not self.place.size:
            empty = np.zeros((1, len(self.stream.order)), dtype=np.int64)
            return 0, empty, empty
        days = self.happened_day
        first, scale = int(days.min()), len(self.stream.order) + 1
        rows = int(days.max()) - first + 1
        before = np.full_like(self.mark, -1)
        before[1:] = self.mark[:-1]
        before[self.history.begin] = -1

        def spread(day: Ints, low: Ints, high: Ints) -> NDArray[np.int64]:
            """By day and place, how many of the spans of places ``(low, high]`` hold it."""
            at = (day - first) * scale
            edges = np.bincount(at + low + 1, minlength=rows * scale)
            edges -= np.bincount(at + high + 1, minlength=rows * scale)
            return np.cumsum(edges.reshape(rows, scale), axis=1)[:, :-1]

        rising = np.flatnonzero(self.mark > before)
        reached = spread(days[rising], before[rising], self.mark[rising])
        low = np.flatnonzero(self.place < self.mark)
        below = spread(days[low], self.place[low], self.mark[low])
        over = low[self.left[low] != FAR]
        below -= spread(days[over + 1], self.place[over], self.mark[over])
        return first, np.cumsum(reached, axis=0), np.cumsum(below, axis=0)

    @cached_property
    def corrections(self) -> tuple[Ints, Ints]:
        """From when to when items were below the furthest stage that they had reached."""
        low = self.place < self.mark
        same = self.owner[1:] == self.owner[:-1]
        begins, ends = low.copy(), low.copy()
        begins[1:] &= ~(low[:-1] & same)
        ends[:-1] &= ~(low[1:] & same)
        left = np.append(self.happened[1:], FAR)
        left[self.left == FAR] = FAR
        begin, end = self.happened[begins], left[ends]
        lasts = end > begin
        return begin[lasts], end[lasts]
