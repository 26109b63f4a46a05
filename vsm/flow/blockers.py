"""Block intervals as columns, and the blocked time within any span of an item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from vsm.flow.history import History, Ints, Mask
from vsm.flow.spans import Spans
from vsm.model.item import BlockerKind

KINDS = tuple(BlockerKind)
"""The kind that each code in :attr:`Blocks.kind` stands for."""

_ROW = np.dtype([("item", "i8"), ("kind", "i8"), ("team", "i8"), ("a", "i8"), ("b", "i8")])


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Block intervals as columns, by item and start: item ids, kinds, teams (0: none), moments.

    ``ended`` of an open one is the largest integer. ``number`` identifies the blocker: one that
    lasted while its item changed teams, or was in another stream, has several intervals.
    """

    item: Ints
    kind: Ints
    team: Ints
    started: Ints
    ended: Ints
    number: Ints

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[tuple[int, str, int | None, int, int | None]],
        numbers: Iterable[int] | None = None,
    ) -> Blocks:
        """Read rows ``(item id, kind, team id, started, ended)``, ordered by item and start.

        Without ``numbers`` every row is a blocker of its own.
        """
        codes = {kind.value: n for n, kind in enumerate(KINDS)}
        forever = np.iinfo(np.int64).max
        table = np.fromiter(
            ((i, codes[k], t or 0, a, forever if b is None else b) for i, k, t, a, b in rows),
            dtype=_ROW,
        )
        item, kind, team, started, ended = (
            np.ascontiguousarray(table[name]) for name in ("item", "kind", "team", "a", "b")
        )
        number = np.arange(table.size) if numbers is None else np.array([*numbers], dtype=np.int64)
        return cls(item, kind, team, started, ended, number)

    @property
    def latest(self) -> int:
        """The latest beginning, 0 where there is none."""
        return int(self.started.max()) if self.started.size else 0

    def open_now(self) -> dict[int, int]:
        """Blocked items by id with when their first blocker began, also where that is after now."""
        return self.open_at(np.iinfo(np.int64).max - 1)

    def open_at(self, moment: int) -> dict[int, int]:
        """Items blocked at a moment, by id, with when their first blocker began."""
        is_open = (self.started <= moment) & (self.ended > moment)
        begun = dict(zip(self.number[::-1].tolist(), self.started[::-1].tolist(), strict=True))
        starts = [begun[number] for number in self.number[is_open].tolist()]
        rows = zip(self.item[is_open].tolist(), starts, strict=True)
        since_by_item: dict[int, int] = {}
        for item, since in rows:
            since_by_item[item] = min(since, since_by_item.get(item, since))
        return since_by_item

    def up_to(self, history: History, as_of: int) -> Blocks:
        """The history's blockers that began by ``as_of``, cut there; ``item`` is then the item's
        place in the history.

        A blocker that ends before it begins is left out: see :meth:`count_contradictions`.
        """
        place, inside = self._locate(history)
        inside &= (self.started <= as_of) & (self.ended >= self.started)
        return Blocks(
            place[inside],
            self.kind[inside],
            self.team[inside],
            self.started[inside],
            np.minimum(self.ended[inside], as_of),
            self.number[inside],
        )

    def count_contradictions(self, history: History, as_of: int, until: int) -> int:
        """Count the history's blockers whose times cannot be right.

        They end before they begin, by ``as_of``, or begin later than the present, ``until``, though
        they are recorded.
        """
        _, wrong = self._locate(history)
        wrong &= ((self.ended < self.started) & (self.ended <= as_of)) | (self.started > until)
        return int(np.count_nonzero(wrong))

    def _locate(self, history: History) -> tuple[Ints, Mask]:
        """The place of each blocker's item in the history, and whether it is there at all."""
        place = np.searchsorted(history.item, self.item)
        is_present = np.zeros(self.item.size, dtype=np.bool_)
        inside = place < len(history)
        is_present[inside] = history.item[place[inside]] == self.item[inside]
        return place, is_present


class Blocked(Spans):
    """The union of the block intervals of each item, to measure blocked time in any span."""

    def __init__(self, blocks: Blocks) -> None:
        """Unite the intervals of :meth:`Blocks.up_to`, which come by item and start."""
        super().__init__(blocks.item, blocks.started, blocks.ended)
