"""A stream's history with the columns that its figures share, computed once and kept.

Everything is computed from the whole history; figures cut their window from it. So another window
of the same history costs little.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vsm.flow.cycle import ItemFlow, has_category, item_flow, stage_places, visit_owners
from vsm.flow.days import day_numbers
from vsm.flow.history import FAR, QUALITIES, History, Ints, Mask
from vsm.flow.spans import Spans
from vsm.flow.window import Window
from vsm.model.item import Quality
from vsm.model.rules import DAY
from vsm.model.stream import Category, Direction, ValueStream


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """The visits of some items: ``rows`` are the items, everything else has one entry a visit.

    ``row`` is the place in ``rows`` of the visit's item; ``place``, ``entered`` and ``left`` are
    those of the visit.
    """

    rows: Ints
    visits: Ints
    row: Ints
    place: Ints
    entered: Ints
    left: Ints


@dataclass(frozen=True, eq=False)
class FlowData:
    """A history with columns that follow for every visit and item.

    ``place`` (in the stream's order), ``owner`` (place of the item) and ``left`` have one entry a
    visit; open visits are left at :data:`FAR`. ``flow`` has one entry an item.

    ``until`` is the present if entries have later moments than that (from a clock that was ahead).
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
        """Compute what every figure needs of a history that is cut at as-of already.

        Raises ``ValueError`` if it has a stage that is not in the stream.
        """
        place, owner = stage_places(history.stage, stream), visit_owners(history)
        left = np.empty_like(history.entered)
        left[:-1] = history.entered[1:]
        left[history.begin + history.counts - 1] = FAR
        if history.away is not None:
            left = np.minimum(left, history.away)
        return cls(stream, history, place, owner, left, item_flow(history, stream, place, owner))

    @cached_property
    def last_activity(self) -> int | None:
        """The latest entry into a stage."""
        return int(self.entered.max()) if self.entered.size else None

    def last_activity_by(self, moment: int) -> int | None:
        """The latest entry into a stage up to a moment."""
        latest = self.last_activity
        if latest is None or latest <= moment:
            return latest
        earlier = self.entered[self.entered <= moment]
        return int(earlier.max()) if earlier.size else None

    # -- visits -----------------------------------------------------------------------

    @property
    def entered(self) -> Ints:
        """The beginning of each visit."""
        return self.history.entered

    @cached_property
    def day(self) -> Ints:
        """The local day on which each visit began, as days since 1970-01-01."""
        return day_numbers(self.entered, self.stream.zone)

    @cached_property
    def ordered_entry(self) -> Ints:
        """The beginning of each visit, moved before the visits after it and before the present.

        Clocks differ, so entries of one item may run backwards; the order of the journal is right.
        Items are counted by day with these moments, but durations are never taken from them.
        """
        if self.is_ordered.all() and (self.last_activity or 0) <= self.until:
            return self.entered
        moments, rank = np.unique(np.minimum(self.entered, self.until), return_inverse=True)
        # Owners ascend, so going backwards each item's numbers are below those of the one before:
        # one running minimum over all visits is one within each item.
        base = self.owner * moments.size
        lowest = np.minimum.accumulate((rank + base)[::-1])[::-1]
        earliest: Ints = moments[lowest - base]
        return earliest

    @cached_property
    def ordered_entry_day(self) -> Ints:
        """The local day of each moment of :attr:`ordered_entry`, as days since 1970-01-01."""
        moments = self.ordered_entry
        return self.day if moments is self.entered else day_numbers(moments, self.stream.zone)

    @cached_property
    def ended(self) -> Mask:
        """The places of the order that are done or dropped."""
        return has_category(self.stream, Category.DONE, Category.DROPPED)

    @cached_property
    def moves(self) -> Ints:
        """The visits that began with a move: all but each item's first."""
        first = np.zeros(self.place.size, dtype=np.bool_)
        first[self.history.begin] = True
        return np.flatnonzero(~first)

    @cached_property
    def high_water_mark(self) -> Ints:
        """The highest place that the item had reached, at each of its visits."""
        # Owners ascend: an item's numbers are all above those of the items before it, so one
        # running maximum over all visits is one within each item.
        scale = len(self.stream.order)
        highest = np.maximum.accumulate(self.place + self.owner * scale)
        marks: Ints = highest - self.owner * scale
        return marks

    def moves_in(self, direction: Direction) -> Ints:
        """The moves in a direction of the stream."""
        order = self.stream.order
        table = np.array(
            [
                [a is not b and self.stream.direction(a.id, b.id) is direction for b in order]
                for a in order
            ],
            dtype=np.bool_,
        )
        moves = self.moves
        return moves[table[self.place[moves - 1], self.place[moves]]]

    @cached_property
    def forward_moves(self) -> Ints:
        """Moves forward."""
        return self.moves_in(Direction.FORWARD)

    @cached_property
    def rework_moves(self) -> Ints:
        """Moves back: rework."""
        return self.moves_in(Direction.REWORK)

    @cached_property
    def rework_by_time(self) -> tuple[Ints, Ints]:
        """Rework moves of items with a full history in the order of their moments, and these."""
        moves = self.rework_moves[self.is_full[self.owner[self.rework_moves]]]
        at = self.entered[moves]
        by = np.argsort(at, kind="stable")
        return moves[by], at[by]

    def count_partly_known(self, span: Window) -> int:
        """Items that moved in a window and whose history is truncated or has only endpoints."""
        moves = self.moves
        if self.is_full.all():
            return 0
        moves = moves[~self.is_full[self.owner[moves]]]
        return int(np.unique(self.owner[moves[span.holds(self.entered[moves])]]).size)

    def paths(self, rows: Ints) -> Paths:
        """All visits of some items, in order."""
        counts = self.history.counts[rows]
        row = np.repeat(np.arange(rows.size), counts)
        before = np.cumsum(counts) - counts
        visits = np.arange(row.size) + (self.history.begin[rows] - before)[row]
        return Paths(rows, visits, row, self.place[visits], self.entered[visits], self.left[visits])

    @cached_property
    def absences(self) -> Ints:
        """The visits after which the item was in another stream before it came back."""
        if self.history.away is None:
            return np.zeros(0, dtype=np.int64)
        is_away = self.history.away != FAR
        is_away[self.history.begin + self.history.counts - 1] = False  # it did not come back
        return np.flatnonzero(is_away)

    @cached_property
    def _elsewhere(self) -> tuple[Spans, Spans]:
        """The absences of items whose times can be relied on: as moments, and as whole days."""
        before = self.absences[self.is_ordered[self.owner[self.absences]]]
        owner, gone, back = self.owner[before], self.left[before], self.entered[before + 1]
        first, last = day_numbers(gone, self.stream.zone) + 1, self.day[before + 1]
        whole = first < last
        return Spans(owner, gone, back), Spans(owner[whole], first[whole], last[whole])

    def micros_here(self, rows: Ints, begin: Ints, end: Ints) -> Ints:
        """The time between two moments of each item, without the time in another stream."""
        micros: Ints = end - begin
        if not self.absences.size:
            return micros
        return micros - self._elsewhere[0].within(rows, begin, end)

    def days_here(self, rows: Ints, first: Ints, last: Ints) -> Ints:
        """Inclusive days from one local day to another of each item, without whole days in another
        stream.
        """
        days: Ints = last - first + 1
        if not self.absences.size:
            return days
        return days - self._elsewhere[1].within(rows, first, last + 1)

    # -- items ------------------------------------------------------------------------

    def cycle_days(self, rows: Ints) -> Ints:
        """The inclusive cycle times of these finished items, whose start is known."""
        return self.days_here(rows, self.days[1][rows], self.days[2][rows])

    def lead_days(self, rows: Ints) -> Ints:
        """The inclusive lead times of these finished items."""
        return self.days_here(rows, self.days[0][rows], self.days[2][rows])

    def age_days(self, rows: Ints, today: int) -> Ints:
        """The inclusive ages of these started items on a local day."""
        return self.days_here(rows, self.days[1][rows], np.full(rows.size, today))

    @cached_property
    def days(self) -> tuple[Ints, Ints, Ints]:
        """The local days on which each item was created, started and finished (else 0)."""
        flow, zone = self.flow, self.stream.zone
        start, finish = np.zeros_like(flow.start), np.zeros_like(flow.finish)
        start[flow.started] = day_numbers(flow.start[flow.started], zone)
        finish[flow.finished] = day_numbers(flow.finish[flow.finished], zone)
        return self.day[self.history.begin], start, finish

    @cached_property
    def finishes(self) -> tuple[Ints, Ints]:
        """The finished items in the order of their finish, and these moments."""
        rows = np.flatnonzero(self.flow.finished)
        rows = rows[np.argsort(self.flow.finish[rows], kind="stable")]
        return rows, self.flow.finish[rows]

    @cached_property
    def is_ordered(self) -> Mask:
        """Items whose moves do not run backwards in time: only their durations are right."""
        return self.history.is_ordered

    @cached_property
    def in_future(self) -> Mask:
        """Items with an entry later than the present: a clock was ahead."""
        later = np.zeros(len(self.history), dtype=np.bool_)
        later[self.owner[self.entered > self.until]] = True
        return later

    @cached_property
    def has_full_path(self) -> Mask:
        """Items whose path through the stages, with the time in each, is known completely."""
        return self.is_full & self.is_ordered

    @cached_property
    def is_full(self) -> Mask:
        """Items of whose history the source left nothing out."""
        full: Mask = self.history.quality == QUALITIES.index(Quality.FULL)
        return full

    @cached_property
    def is_timed(self) -> Mask:
        """Items that have started at a known moment, so that they have a cycle time or an age."""
        started: Mask = self.flow.has_known_start & self.flow.started & self.is_ordered
        return started

    @cached_property
    def in_progress(self) -> Mask:
        """Items that had started and are neither done nor dropped."""
        running: Mask = self.flow.started & ~self.flow.finished & ~self.flow.dropped
        return running

    # -- columns from which charts cut their window --------------------------------------

    def day_keys(self, moments: Ints | int) -> NDArray[np.int16]:
        """Days of 24 hours since the first entry, all after 89 years as one.

        Such narrow keys sort many times as fast as moments. Whatever lies in a window lies between
        the keys of its ends.
        """
        days = (np.asarray(moments) - self._first) // DAY
        narrow: NDArray[np.int16] = np.clip(days, 0, np.iinfo(np.int16).max).astype(np.int16)
        return narrow

    @cached_property
    def _first(self) -> int:
        return int(self.entered.min()) if self.entered.size else 0

    @cached_property
    def working_visits(self) -> tuple[Ints, Ints, Ints, NDArray[np.int16]]:
        """The visits of timed items while in progress: item, begin, end, and day key of the end.

        They come in the order of the day keys.
        """
        visits = np.flatnonzero(self.is_timed[self.owner] & ~self.ended[self.place])
        owner = self.owner[visits]
        begin = np.maximum(self.entered[visits], self.flow.start[owner])
        left = self.left[visits]
        kept = np.flatnonzero(left > begin)
        days = self.day_keys(left[kept])
        by = np.argsort(days, kind="stable")
        kept = kept[by]
        return owner[kept], begin[kept], left[kept], days[by]

    @cached_property
    def drops_and_reopenings(self) -> tuple[Ints, Ints]:
        """The moments at which timed items were dropped after their start, and left done again."""
        moves = self.moves[self.is_timed[self.owner[self.moves]]]
        done = has_category(self.stream, Category.DONE)
        dropped = has_category(self.stream, Category.DROPPED)
        source, target = self.place[moves - 1], self.place[moves]
        at = self.entered[moves]
        after = at >= self.flow.start[self.owner[moves]]
        return at[after & dropped[target] & ~dropped[source]], at[done[source] & ~done[target]]

    @cached_property
    def first_departures(self) -> tuple[Ints, Ints, Ints, Mask, NDArray[np.int16]]:
        """The first move forward out of each stage by each item.

        Item, place of the stage, moment, whether the item was there or before it again later, and
        the day key of the moment, by which the columns are ordered. Only of items with a full
        history: a truncated one may lack the first departure, or the return.
        """
        scale = len(self.stream.order)
        # The lowest place from each visit on: a running minimum, as in ordered_entry.
        lowest = np.minimum.accumulate((self.place + self.owner * scale)[::-1])[::-1]
        lowest = lowest - self.owner * scale
        forward = self.forward_moves[self.is_full[self.owner[self.forward_moves]]]
        source = self.place[forward - 1]
        first = []
        for place in range(scale):
            moves = forward[source == place]
            owner = self.owner[moves]
            is_first = np.ones(moves.size, dtype=np.bool_)
            np.not_equal(owner[1:], owner[:-1], out=is_first[1:])
            first.append(moves[is_first])
        moves = np.concatenate(first)
        days = self.day_keys(self.entered[moves])
        by = np.argsort(days, kind="stable")
        moves = moves[by]
        place = self.place[moves - 1]
        return self.owner[moves], place, self.entered[moves], lowest[moves] <= place, days[by]

    @cached_property
    def main_path(self) -> list[int]:
        """The places along the path that most work takes.

        It leads from the stage in which most items started always along the most frequent forward
        move, until done, over the whole history of items whose history is full. An item that
        entered several stages at the moment of its start started in the first of them. Ties go to
        the earlier stage.
        """
        order, scale = self.stream.order, len(self.stream.order)
        starting = np.array([s.id in self.stream.starting for s in order], dtype=np.bool_)
        at_start = (self.entered == self.flow.start[self.owner]) & starting[self.place]
        at_start &= self.is_full[self.owner]
        visits = np.flatnonzero(at_start)[::-1]
        if not visits.size:
            return []
        started_in = np.full(len(self.history), -1)
        started_in[self.owner[visits]] = self.place[
            visits
        ]  # written backwards: the first one stays
        place = int(np.argmax(np.bincount(started_in[started_in >= 0], minlength=scale)))
        forward = self.forward_moves[self.is_full[self.owner[self.forward_moves]]]
        pairs = self.place[forward - 1] * scale + self.place[forward]
        move_counts = np.bincount(pairs, minlength=scale * scale).reshape(scale, scale)
        path: list[int] = []
        while not order[place].category.ended and place not in path:
            path.append(place)
            if not move_counts[place].any():
                break
            place = int(np.argmax(move_counts[place]))
        return path

    @cached_property
    def cumulative_flow(self) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
        """The cumulative flow of the whole history at the end of each day: the first day, and by
        day and place the items that had reached it, and those of them that were before it again.
        """
        if not self.place.size:
            empty = np.zeros((1, len(self.stream.order)), dtype=np.int64)
            return 0, empty, empty
        days = self.ordered_entry_day
        first, scale = int(days.min()), len(self.stream.order) + 1
        rows = int(days.max()) - first + 1
        before = np.full_like(self.high_water_mark, -1)
        before[1:] = self.high_water_mark[:-1]
        before[self.history.begin] = -1

        def spread(day: Ints, low: Ints, high: Ints) -> NDArray[np.int64]:
            """By day and place, the number of spans of places ``(low, high]`` that contain it."""
            at = (day - first) * scale
            edges = np.bincount(at + low + 1, minlength=rows * scale)
            edges -= np.bincount(at + high + 1, minlength=rows * scale)
            return np.cumsum(edges.reshape(rows, scale), axis=1)[:, :-1]

        rising = np.flatnonzero(self.high_water_mark > before)
        reached = spread(days[rising], before[rising], self.high_water_mark[rising])
        low = np.flatnonzero(self.place < self.high_water_mark)
        below = spread(days[low], self.place[low], self.high_water_mark[low])
        over = low[low + 1 < self.place.size]
        over = over[self.owner[over + 1] == self.owner[over]]
        below -= spread(days[over + 1], self.place[over], self.high_water_mark[over])
        away = self.absences
        if away.size:
            # While it is in another stream an item is in no stage of this one, so below all.
            gone = np.minimum(self.left[away], self.ordered_entry[away + 1])
            nowhere = np.full_like(away, -1)
            below += spread(day_numbers(gone, self.stream.zone), nowhere, self.place[away])
            below -= spread(days[away + 1], nowhere, self.place[away])
        return first, np.cumsum(reached, axis=0), np.cumsum(below, axis=0)

    @cached_property
    def below_mark(self) -> tuple[Ints, Ints]:
        """Beginnings and ends of times in which items were below their high-water mark."""
        low = self.place < self.high_water_mark
        same = self.owner[1:] == self.owner[:-1]
        begins, ends = low.copy(), low.copy()
        begins[1:] &= ~(low[:-1] & same)
        ends[:-1] &= ~(low[1:] & same)
        left = np.append(self.ordered_entry[1:], FAR)
        left[self.history.begin + self.history.counts - 1] = FAR
        begin, end = self.ordered_entry[begins], left[ends]
        lasts = end > begin
        return begin[lasts], end[lasts]
