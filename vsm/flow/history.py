"""The history of a stream's items as numpy columns, sorted by item and visit.

A visit is one stay of an item in a stage. It ends where the item's next one begins, so the
columns hold entries only.
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

        ``qualities`` are ``(item id, quality)`` in any order; items not named there are
        ``full``, those without a visit are passed over. Raises ``ValueError`` for a quality
        that is none.
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
        """How many visits each item has."""
        return np.diff(self.begin, append=self.stage.size)

    def as_of(self, moment: int) -> History:
        """The history as it was known at a moment: later visits gone, items without one too."""
        known = self.entered <= moment
        if known.all():
            return self
        counts = np.add.reduceat(known, self.begin, dtype=np.int64)
        there = counts > 0
        kept = counts[there]
        return History(
            self.item[there],
            np.cumsum(kept) - kept,
            self.quality[there],
            self.stage[known],
            self.entered[known],
        )
