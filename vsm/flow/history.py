"""The history of a stream's items as numpy columns, sorted by item and visit.

A visit is one stay of an item in a stage. It ends when the item's next one begins, or when the
item leaves for another stream.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vsm.model.item import Quality

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

QUALITIES = (Quality.FULL, Quality.TRUNCATED, Quality.ENDPOINTS_ONLY)
"""The quality that each code in :attr:`History.quality` stands for."""

FAR = int(np.iinfo(np.int64).max)
"""The moment of what lies ahead: the end of open visits."""

_ROW = np.dtype([("item", np.int64), ("stage", np.int64), ("entered", np.int64)])


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Visits of many items as columns.

    ``item`` (ids, ascending), ``begin`` and ``quality`` have one entry an item; ``begin`` is the
    place of the item's first visit and every item has one at least. ``stage`` (ids) and
    ``entered`` (UTC microseconds) have one entry a visit, items one after another, each item's
    visits in the order in which they happened.

    ``away`` has one entry a visit: when the item left for another stream from it, else
    :data:`FAR`. It is ``None`` where no item ever did.
    """

    item: Ints
    begin: Ints
    quality: NDArray[np.int8]
    stage: Ints
    entered: Ints
    away: Ints | None = None

    @classmethod
    def from_rows(
        cls,
        visits: Iterable[tuple[int, int, int]],
        qualities: Iterable[tuple[int, str]] = (),
        departures: Iterable[tuple[int, int, int]] = (),
    ) -> History:
        """Read rows ``(item id, stage id, entered)``, ordered by item and visit, in one pass.

        ``qualities`` are ``(item id, quality)`` in any order; items not named there are ``full``,
        those without a visit are ignored. ``departures`` are ``(item id, n, moment)``: the item
        left for another stream from its visit ``n`` (from 0) of these rows. Raises ``ValueError``
        for an unknown quality.
        """
        rows = np.fromiter(visits, dtype=_ROW)
        column = np.ascontiguousarray(rows["item"])
        first = np.ones(column.size, dtype=np.bool_)
        np.not_equal(column[1:], column[:-1], out=first[1:])
        begin = np.flatnonzero(first)
        item = column[begin]
        quality = np.zeros(item.size, dtype=np.int8)
        for item_id, word in qualities:
            place = int(np.searchsorted(item, item_id))
            if place < item.size and item[place] == item_id:
                quality[place] = QUALITIES.index(Quality(word))
        away = None
        for item_id, n, moment in departures:
            place = int(np.searchsorted(item, item_id))
            if place < item.size and item[place] == item_id:
                away = np.full(column.size, FAR) if away is None else away
                away[begin[place] + n] = moment
        return cls(
            item,
            begin,
            quality,
            np.ascontiguousarray(rows["stage"]),
            np.ascontiguousarray(rows["entered"]),
            away,
        )

    def __len__(self) -> int:
        """The number of items."""
        return int(self.item.size)

    @property
    def counts(self) -> Ints:
        """The number of visits of each item."""
        return np.diff(self.begin, append=self.stage.size)

    @property
    def is_ordered(self) -> Mask:
        """The items none of whose visits began before the one before it.

        The others were moved by people whose clocks differed, or imported so: they have a
        negative time somewhere (:func:`vsm.model.rules.runs_backwards`).
        """
        if not len(self):
            return np.zeros(0, dtype=np.bool_)
        forward = np.ones(self.entered.size, dtype=np.bool_)
        np.greater_equal(self.entered[1:], self.entered[:-1], out=forward[1:])
        forward[self.begin] = True
        ordered: Mask = np.logical_and.reduceat(forward, self.begin)
        return ordered

    def as_of(self, moment: int, *, departed: bool = False) -> History:
        """The history as it was known at a moment, without later visits and items.

        An item keeps all that was recorded up to its last visit that began by then, whatever the
        clocks said before (:func:`vsm.model.rules.as_of`). One that was in another stream then is
        left out, unless ``departed`` items are asked for.
        """
        begun = self.entered <= moment
        if self.away is None and begun.all():
            return self
        place = np.arange(self.entered.size)
        last = np.maximum.reduceat(np.where(begun, place, -1), self.begin)
        counts = np.maximum(last - self.begin + 1, 0)
        away = self.away
        if away is not None:
            away = np.where(away <= moment, away, FAR)
            if not departed:
                counts[(counts > 0) & (away[last] != FAR)] = 0  # in another stream then
        return self._cut(counts, away)

    def present(self) -> History:
        """The history without the items that are in another stream now."""
        if self.away is None:
            return self
        is_gone = self.away[self.begin + self.counts - 1] != FAR
        return self._cut(np.where(is_gone, 0, self.counts), self.away) if is_gone.any() else self

    def _cut(self, counts: Ints, away: Ints | None) -> History:
        """The first ``counts`` visits of each item; items without one are left out."""
        known = np.arange(self.entered.size) < np.repeat(self.begin + counts, self.counts)
        there = counts > 0
        kept = counts[there]
        return History(
            self.item[there],
            np.cumsum(kept) - kept,
            self.quality[there],
            self.stage[known],
            self.entered[known],
            None if away is None else away[known],
        )
