"""Measures how much of any time of an item lies in some spans of it: blockers, absences."""

from __future__ import annotations

import numpy as np

from vsm.flow.history import Ints


class Spans:
    """The union of the spans ``[started, ended)`` of each item, as numbers of any unit."""

    def __init__(self, item: Ints, started: Ints, ended: Ints) -> None:
        """Unite spans that come by item and start."""
        # Ranks instead of moments, so that (item, moment) fits one integer that sorts as the pair.
        moments = np.unique(np.concatenate([started, ended]))
        scale = moments.size + 1
        reach = np.maximum.accumulate(item * scale + np.searchsorted(moments, ended))
        begins = item * scale + np.searchsorted(moments, started)
        is_first = np.ones(item.size, dtype=np.bool_)
        is_first[1:] = (begins[1:] > reach[:-1]) | (item[1:] != item[:-1])
        first = np.flatnonzero(is_first)
        self._item = item[first]
        self._start = started[first]
        last = np.append(first[1:], item.size) - 1
        self._end = moments[(reach[last] - self._item * scale)] if first.size else ended[:0]
        self._before = np.concatenate([[0], np.cumsum(self._end - self._start)])
        self._starts = np.unique(self._start)
        self._keys = self._key(self._item, self._start)

    @property
    def items(self) -> Ints:
        """The items that have spans."""
        return np.unique(self._item)

    def _key(self, item: Ints, moment: Ints) -> Ints:
        rank = np.searchsorted(self._starts, moment, side="right")
        key: Ints = item * (self._starts.size + 1) + rank
        return key

    def _until(self, item: Ints, moment: Ints) -> Ints:
        """What lies in the spans of all items before each item, and of it up to each moment."""
        at = np.searchsorted(self._keys, self._key(item, moment), side="right")
        total = self._before[at]
        is_own = at > 0
        is_own[is_own] = self._item[at[is_own] - 1] == item[is_own]
        remaining = np.zeros(item.size, dtype=np.int64)
        remaining[is_own] = np.maximum(0, self._end[at[is_own] - 1] - moment[is_own])
        until: Ints = total - remaining
        return until

    def within(self, item: Ints, begin: Ints, end: Ints) -> Ints:
        """What of each ``[begin, end)`` of an item lies in its spans; 0 where that ends first."""
        if not self._item.size:
            return np.zeros(item.size, dtype=np.int64)
        end = np.maximum(begin, end)
        return self._until(item, end) - self._until(item, begin)
