"""The stays of items in stages while in progress, and what became of each item afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vsm.flow.cycle import has_category
from vsm.flow.flow_data import FlowData
from vsm.flow.history import FAR, Ints, Mask
from vsm.model.rules import DAY
from vsm.model.stream import Category

Floats = NDArray[np.float64]

OPEN, DONE, GONE = 0, 1, 2
"""What became of an item: still open, finished, or ended undelivered.

An item ends undelivered when it is dropped, or leaves for another stream.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Stays:
    """One entry a stay of a started item in a stage, of items whose times can be relied on.

    Times are days since 1970. ``item`` is the place of the item in the history, ``stage`` that of
    the stage in the stream's order. ``born`` is when the item would have started without its time
    in other streams, so that ages are ``moment - born``. ``left`` and ``end`` are infinite where
    the stay is not over, or the item not ended; ``outcome`` is how it ended next after the stay
    began. ``begins_run`` marks the first stay after a start, a reopening or a return.

    ``since`` is the first end that is known. An import may hold only items that were still open
    when it begins: what happened before then says nothing about how many ended (left truncation).
    """

    item: Ints
    stage: Ints
    born: Floats
    entered: Floats
    left: Floats
    end: Floats
    outcome: Ints
    begins_run: Mask
    since: float

    @classmethod
    def of(cls, data: FlowData) -> Stays:
        """All stays that a history knows."""
        owner, start = data.owner, data.flow.start
        end, outcome, ending = _next_ends(data)
        kept = data.is_timed[owner] & ~data.in_future[owner] & ~data.ended[data.place]
        kept &= (data.entered >= start[owner]) & (data.left > data.entered)
        rows = np.flatnonzero(kept)
        item, ending = owner[rows], ending[rows]
        entered, left = data.entered[rows], data.left[rows]
        begins_run = np.ones(rows.size, dtype=np.bool_)
        begins_run[1:] = (item[1:] != item[:-1]) | (ending[1:] != ending[:-1])
        outcome, end_days = outcome[rows], _days(end[rows])
        known = end_days[outcome != OPEN]
        return cls(
            item=item,
            stage=data.place[rows],
            born=(entered - data.micros_here(item, start[item], entered)) / DAY,
            entered=entered / DAY,
            left=_days(left),
            end=end_days,
            outcome=outcome,
            begins_run=begins_run,
            since=float(known.min()) if known.size else np.inf,
        )

    def ended_by(self, moment: float) -> Floats:
        """The moments by then at which items ended, ascending, each once a run."""
        runs = self.begins_run & (self.outcome != OPEN) & (self.end <= moment)
        return np.sort(self.end[runs])

    def open_at(self, moment: float) -> Ints:
        """The stays that held an item at a moment."""
        return np.flatnonzero((self.entered <= moment) & (self.left > moment))


def _days(moments: Ints) -> Floats:
    days: Floats = np.where(moments == FAR, np.inf, moments / DAY)
    return days


def _next_ends(data: FlowData) -> tuple[Ints, Ints, Ints]:
    """For each visit when and how its item ends next, and a number of that end.

    It ends with its next visit to a done or dropped stage, or when it leaves for another stream.
    """
    size = data.entered.size
    last = data.history.begin + data.history.counts - 1
    ended = data.ended[data.place]
    after = _next_of(ended)
    gone = np.full(size, size)
    if data.history.away is not None:
        gone = _next_of(data.history.away != FAR)
    beyond = last[data.owner]
    leaves = (gone <= beyond) & (gone < after)
    ends = (after <= beyond) & ~leaves
    moment = np.full(size, FAR)
    moment[ends] = data.entered[after[ends]]
    outcome = np.full(size, OPEN)
    done = has_category(data.stream, Category.DONE)
    outcome[ends] = np.where(done[data.place[after[ends]]], DONE, GONE)
    if data.history.away is not None:
        moment[leaves] = data.history.away[gone[leaves]]
        outcome[leaves] = GONE
    # A departure from a visit comes after it, an end with it: twice the place keeps them apart.
    number = np.where(ends, 2 * after, np.where(leaves, 2 * gone + 1, 2 * size))
    return moment, outcome, number


def _next_of(marked: Mask) -> Ints:
    """For each place the next one from it on that is marked; the size where there is none."""
    size = marked.size
    places = np.where(marked, np.arange(size), size)
    following: Ints = np.minimum.accumulate(places[::-1])[::-1]
    return following
