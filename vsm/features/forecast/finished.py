"""Items finished by local day, as it was known on any morning of the past."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsm.flow.cycle import has_category
from vsm.flow.days import day_numbers
from vsm.flow.flow_data import FlowData
from vsm.flow.history import FAR, Ints
from vsm.model.stream import Category


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """When items came into done, and when they left it again (else :data:`FAR`).

    All are days since 1970-01-01 in the stream's zone; ``first`` is the first day of the history.
    One entry a time that an item was finished.
    """

    first: int
    day: Ints
    reopened: Ints

    @classmethod
    def of(cls, data: FlowData) -> Finished:
        """What a stream's history says; empty where there is none."""
        entered, zone = data.ordered_entry, data.stream.zone
        done = has_category(data.stream, Category.DONE)[data.place]
        begins, ends = done.copy(), ~done
        same = data.owner[1:] == data.owner[:-1]
        begins[1:] &= ~(done[:-1] & same)
        ends[0:1] = False
        ends[1:] &= done[:-1] & same
        stays = np.flatnonzero(begins)
        day = day_numbers(entered[stays], zone)
        reopened = np.full(stays.size, FAR)
        back = np.flatnonzero(ends)
        # Both ascend by item and visit: the stay that ends is the last one that began before.
        reopened[np.searchsorted(stays, back) - 1] = day_numbers(entered[back], zone)
        first = int(day_numbers(entered.min(keepdims=True), zone)[0]) if entered.size else 0
        return cls(first, day, reopened)

    def days_of_finish(self, today: int) -> Ints:
        """The day on which each item finished that was finished on the morning of ``today``."""
        days: Ints = self.day[(self.day < today) & (self.reopened >= today)]
        return days

    def finished_on(self, day: int) -> int:
        """How many finished on a day, as known at its end."""
        return int(np.count_nonzero((self.day == day) & (self.reopened > day)))

    def by_day(self, today: int) -> Ints:
        """How many of these finished on each day, from the first one to yesterday."""
        days = self.days_of_finish(today) - self.first
        return np.bincount(days, minlength=max(0, today - self.first))

    def between(self, begin: Ints, end: Ints) -> Ints:
        """Items finished on days from ``begin`` to before ``end``, as known on that morning."""
        order = np.sort(self.day)
        counts = np.searchsorted(order, end) - np.searchsorted(order, begin)
        again = self.reopened != FAR
        for day, reopened in zip(self.day[again], self.reopened[again], strict=True):
            counts -= (begin <= day) & (day < end) & (reopened < end)
        return counts
