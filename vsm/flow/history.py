"""The history of a stream's items as numpy columns, sorted by item and visit.

A visit is one stay of an item in a stage. It ends when the item's next one begins, so the columns
have entries only.
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

_ROW = np.dtype([("item", np.int64), ("stage", np.int64), ("entered", np.int64)])


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Visits of many items as columns.

    ``item`` (ids, ascending), ``begin`` and ``quality`` have one entry an item; ``begin`` is the
    place of the item's first visit and every item has one at least. ``stage`` (ids) and
    ``entered`` (UTC microseconds) have one entry a visit, items one after another, each item's
    visits in the order in which they happened.
    """

    item: Ints
    begin: Ints
    quality: NDArray[np.int8]
    stage: Ints
    entered: Ints

    @classmethod
    def from_rows(
        cls,
        visits: Iterable[tuple[int, int, int]],
        qualities: Iterable[tuple[int, str]] = (),
    ) -> History:
        """Read rows ``(item id, stage id, entered)``, ordered by item and visit, in one pass.

        ``qualities`` are ``(item id, quality)`` in any order; items not named there are ``full``,
        those without a visit are ignored. Raises ``ValueError`` for an unknown quality.
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
        return cls(
            item,
            begin,
            quality,
            np.ascontiguousarray(rows["stage"]),
            np.ascontiguousarray(rows["entered"]),
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

    def as_of(self, moment: int) -> History:
        """The history as it was known at a moment, without later visits and items.

        An item keeps all that was recorded up to its last visit that began by then, whatever the
        clocks said before (:func:`vsm.model.rules.as_of`).
        """
        begun = self.entered <= moment
        if begun.all():
            return self
        place = np.arange(self.entered.size)
        last = np.maximum.reduceat(np.where(begun, place, -1), self.begin)
        known = place <= np.repeat(last, self.counts)
        counts = np.maximum(last - self.begin + 1, 0)
        there = counts > 0
        kept = counts[there]
        return History(
            self.item[there],
            np.cumsum(kept) - kept,
            self.quality[there],
            self.stage[known],
            self.entered[known],
        )
