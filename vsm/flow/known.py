"""What was known of a stream at a moment: its visits with their ends, and each item's flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsm.flow.cycle import ItemFlow, categories, item_flow, owners, places
from vsm.flow.history import QUALITIES, History, Ints, Mask
from vsm.model.item import Quality
from vsm.model.stream import Category, ValueStream


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The history as known at ``as_of`` (UTC microseconds) and what follows for every visit.

    ``place`` (in the stream's order), ``owner`` (place of the item) and ``left`` have one entry a
    visit; open visits are left at ``as_of``. ``flow`` has one entry an item.
    """

    stream: ValueStream
    as_of: int
    history: History
    place: Ints
    owner: Ints
    left: Ints
    flow: ItemFlow

    @classmethod
    def of(cls, history: History, stream: ValueStream, as_of: int) -> Known:
        """Cut a history at a moment and work out what every figure needs.

        Raises ``ValueError`` where it holds a stage that is not in the stream.
        """
        told = history.as_of(as_of)
        place, owner = places(told.stage, stream), owners(told)
        left = np.empty_like(told.entered)
        left[:-1] = told.entered[1:]
        left[told.begin + told.counts - 1] = as_of
        return cls(stream, as_of, told, place, owner, left, item_flow(told, stream, place, owner))

    @property
    def entered(self) -> Ints:
        """When each visit began."""
        return self.history.entered

    @property
    def moves(self) -> Ints:
        """The visits that a move led to: all but each item's first."""
        first = np.zeros(self.place.size, dtype=np.bool_)
        first[self.history.begin] = True
        return np.flatnonzero(~first)

    @property
    def open(self) -> Mask:
        """The visits that had not ended: each item's last."""
        last = np.zeros(self.place.size, dtype=np.bool_)
        last[self.history.begin + self.history.counts - 1] = True
        return last

    @property
    def ended(self) -> Mask:
        """Which places of the order are done or dropped."""
        return categories(self.stream, Category.DONE, Category.DROPPED)

    @property
    def timed(self) -> Mask:
        """Items whose start and whole path are known: stage figures are about these."""
        full = self.history.quality == QUALITIES.index(Quality.FULL)
        chosen: Mask = full & self.flow.started
        return chosen

    @property
    def in_progress(self) -> Mask:
        """Items that had started and are neither done nor dropped."""
        running: Mask = self.flow.started & ~self.flow.finished & ~self.flow.dropped
        return running
