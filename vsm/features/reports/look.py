"""Works out a stream's flow at any moment from one history."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property

import numpy as np

from vsm.features.metrics.process_limits import Limits, natural_limits
from vsm.features.overview.figures import MIN_RATE, MIN_WEEKS
from vsm.flow.as_of_stream import cycle_as_of, pace_as_of
from vsm.flow.blockers import Blocks
from vsm.flow.days import day_numbers
from vsm.flow.finishing import finished_in
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints, Mask
from vsm.flow.window import Window, window
from vsm.flow_reader import data_end
from vsm.model.rules import DAY, day_start, local, number_of_day
from vsm.store.board import WINDOW

WEEK = 7
MIN_FINISHED = 10
"""Finished items without which nothing is held against them."""


class Look:
    """A stream as it stood at a moment, by what is known of it in the end; ``items`` limits it."""

    def __init__(self, data: FlowData, at: int, items: frozenset[int] | None = None) -> None:
        self.data, self.at = data, at
        self._items = items

    @property
    def zone(self) -> str:
        """The zone of its stream."""
        return self.data.stream.zone

    @cached_property
    def today(self) -> int:
        """Its local day, since 1970."""
        return int(day_numbers(np.array([self.at]), self.zone)[0])

    @cached_property
    def end(self) -> int:
        """The moment, or the last activity before it where that is over 14 days before."""
        return data_end(self.data.last_activity_by(self.at), self.at)

    @property
    def is_alive(self) -> bool:
        """Whether anything moved in the 14 days before."""
        return self.end == self.at and self.data.last_activity_by(self.at) is not None

    @cached_property
    def window(self) -> Window:
        """The 90 days of the figures."""
        last = local(self.end, self.zone).date()
        return window(last - timedelta(days=WINDOW - 1), last, self.zone, self.end)

    # -- what was open -------------------------------------------------------------------

    @cached_property
    def visits(self) -> Ints:
        """The visits of items in progress that were open then, of items with known times."""
        data = self.data
        held = np.flatnonzero((data.entered <= self.at) & (data.left > self.at))
        owner = data.owner[held]
        kept = data.is_timed[owner] & (data.flow.start[owner] <= self.at)
        kept &= ~data.ended[data.place[held]]
        if self._items is not None:
            kept &= np.isin(data.history.item[owner], list(self._items))
        return held[kept]

    @cached_property
    def rows(self) -> Ints:
        """The items of these visits, as places in the history."""
        return self.data.owner[self.visits]

    @cached_property
    def ids(self) -> list[int]:
        """Their ids."""
        return [int(item) for item in self.data.history.item[self.rows]]

    @cached_property
    def ages(self) -> Ints:
        """Their ages in inclusive days."""
        return self.data.age_days(self.rows, self.today)

    @cached_property
    def stages(self) -> Ints:
        """The ids of the stages that they were in."""
        ids = np.array([stage.id for stage in self.data.stream.order], dtype=np.int64)
        return ids[self.data.place[self.visits]]

    # -- levels --------------------------------------------------------------------------

    @cached_property
    def pace(self) -> dict[int, tuple[int, ...]]:
        """By stage id the ages p85 and p95 at which finished items had passed it."""
        return pace_as_of(self.data, self.window, (85, 95))

    @cached_property
    def sle(self) -> int | None:
        """The days in which 85% of the items finished in the window were finished."""
        return cycle_as_of(self.data, self.window, 85)

    @cached_property
    def rare(self) -> int | None:
        """The same of 95%."""
        return cycle_as_of(self.data, self.window, 95)

    def older_than(self, level: int) -> Mask:
        """Which are older than that percentile (0: p85, 1: p95) of what passed their stage."""
        limit = np.full(self.rows.size, np.iinfo(np.int64).max)
        for stage, ages in self.pace.items():
            limit[self.stages == stage] = ages[level]
        older: Mask = self.ages > limit
        return older

    def idle_days(self, blocks: Blocks) -> Ints:
        """Whole days for which each could have moved and did not; -1 while it is blocked.

        They are counted from its move, or from the end of its last blocker after that.
        """
        since = self.data.entered[self.visits].copy()
        place = {item: n for n, item in enumerate(self.ids)}
        mine = np.flatnonzero(np.isin(blocks.item, self.ids) & (blocks.started <= self.at))
        blocked = np.zeros(since.size, dtype=np.bool_)
        for row in mine.tolist():
            n, ended = place[int(blocks.item[row])], int(blocks.ended[row])
            if ended > self.at:
                blocked[n] = True
            else:
                since[n] = max(since[n], ended)
        return np.where(blocked, -1, (self.at - since) // DAY)

    # -- weeks ---------------------------------------------------------------------------

    @cached_property
    def mondays(self) -> tuple[date, ...]:
        """The Mondays of the full weeks of the window that are over."""
        first = self.window.first
        monday = first + timedelta(days=-first.weekday() % WEEK)
        out = []
        while day_start(monday + timedelta(days=WEEK), self.zone) <= self.end + 1:
            out.append(monday)
            monday += timedelta(days=WEEK)
        return tuple(out)

    def per_week(self, days: Ints) -> list[int]:
        """How many of these days (since 1970) lie in each of the weeks."""
        if not self.mondays:
            return []
        first = number_of_day(self.mondays[0])
        place = (days - first) // WEEK
        inside = (place >= 0) & (place < len(self.mondays))
        return [int(n) for n in np.bincount(place[inside], minlength=len(self.mondays))]

    @cached_property
    def finished_a_week(self) -> list[int]:
        """Items finished in each of the weeks."""
        return self.per_week(self.data.days[2][finished_in(self.data, self.window)])

    @cached_property
    def started_a_week(self) -> list[int]:
        """Items started in each of the weeks."""
        inside = self.data.flow.started & self.window.holds(self.data.flow.start)
        return self.per_week(self.data.days[1][inside])

    @property
    def has_run(self) -> bool:
        """Whether items had finished before the first of the weeks: a start is no signal."""
        first = self.data.finishes[1][:1]
        if not self.mondays or not first.size:
            return False
        return int(first[0]) < day_start(self.mondays[0] + timedelta(days=WEEK), self.zone)

    @cached_property
    def limits(self) -> Limits | None:
        """Natural process limits of what finished in a week; ``None``: too few weeks, or items."""
        if len(self.mondays) < MIN_WEEKS or not self.has_run:
            return None
        limits = natural_limits(self.finished_a_week)
        return None if limits is None or limits.mean < MIN_RATE else limits

    # -- spans ---------------------------------------------------------------------------

    def finished_between(self, begin: int, end: int) -> Ints:
        """Timed items that finished after one moment and by another, as places."""
        rows, at = self.data.finishes
        part = rows[np.searchsorted(at, begin, "right") : np.searchsorted(at, end, "right")]
        return part[self.data.is_timed[part]]

    def cycles(self, rows: Ints) -> Ints:
        """Their cycle times in inclusive days, ascending."""
        return np.sort(self.data.cycle_days(rows))

    def count_wip(self) -> int:
        """How many items were in progress, those of which the start is not known too."""
        data = self.data
        held = (data.entered <= self.at) & (data.left > self.at) & ~data.ended[data.place]
        owner = data.owner[held]
        return int(np.count_nonzero(data.flow.started[owner] & (data.flow.start[owner] <= self.at)))
