"""Times in which items could not go on: united per item, and laid over visits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from vsm.flow.history import History, Ints, Mask
from vsm.model.item import BlockerKind

KINDS = tuple(BlockerKind)
"""The kind that each code in :attr:`Blocks.kind` stands for."""

_ROW = np.dtype([("item", "i8"), ("kind", "i8"), ("team", "i8"), ("a", "i8"), ("b", "i8")])


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Block intervals as columns, by item and start: item ids, kinds, teams (0: none), moments.

    ``ended`` of an open one is the greatest number there is.
    """

    item: Ints
    kind: Ints
    team: Ints
    started: Ints
    ended: Ints

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[int, str, int | None, int, int | None]]) -> Blocks:
        """Read rows ``(item id, kind, team id, started, ended)``, ordered by item and start."""
        codes = {kind.value: n for n, kind in enumerate(KINDS)}
        forever = np.iinfo(np.int64).max
        told = np.fromiter(
            ((i, codes[k], t or 0, a, forever if b is None else b) for i, k, t, a, b in rows),
            dtype=_ROW,
        )
        columns = (np.ascontiguousarray(told[name]) for name in ("item", "kind", "team", "a", "b"))
        return cls(*columns)

    @property
    def latest(self) -> int:
        """The greatest moment at which one began, 0 where there is none."""
        return int(self.started.max()) if self.started.size else 0

    def open_now(self) -> dict[int, int]:
        """Items that are blocked, whatever clocks say, by id, with when the first blocker began."""
        return self.open_at(np.iinfo(np.int64).max - 1)

    def open_at(self, moment: int) -> dict[int, int]:
        """Items that were blocked at a moment, by id, with when their first blocker began."""
        now = (self.started <= moment) & (self.ended > moment)
        rows = zip(self.item[now].tolist(), self.started[now].tolist(), strict=True)
        out: dict[int, int] = {}
        for item, since in rows:
            out[item] = min(since, out.get(item, since))
        return out

    def among(self, history: History, as_of: int) -> Blocks:
        """Those of the history's items that had begun by a moment; later ends are at it.

        ``item`` is then the item's place in the history. What ends before it begins is left out:
        see :meth:`contradictions`.
        """
        place, there = self._in(history)
        there &= (self.started <= as_of) & (self.ended >= self.started)
        return Blocks(
            place[there],
            self.kind[there],
            self.team[there],
            self.started[there],
            np.minimum(self.ended[there], as_of),
        )

    def contradictions(self, history: History, as_of: int, until: int) -> int:
        """How many of the history's items' blockers have times that cannot be right.

        Those that end before they begin, by ``as_of``, and those that begin later than the present,
        ``until``, though they are recorded.
        """
        _, there = self._in(history)
        there &= ((self.ended < self.started) & (self.ended <= as_of)) | (self.started > until)
        return int(np.count_nonzero(there))

    def _in(self, history: History) -> tuple[Ints, Mask]:
        """By blocker the place of its item in the history, and whether it is there at all."""
        place = np.searchsorted(history.item, self.item)
        there = np.zeros(self.item.size, dtype=np.bool_)
        inside = place < len(history)
        there[inside] = history.item[place[inside]] == self.item[inside]
        return place, there


class Blocked:
    """The united block intervals of items, which tells how long any span of an item was blocked."""

    def __init__(self, blocks: Blocks) -> None:
        """``blocks`` are those of :meth:`Blocks.among`, by item and start."""
        item, started, ended = blocks.item, blocks.started, blocks.ended
        # Moments are ranked, so that (item, moment) fits one number that sorts as the pair does.
        moments = np.unique(np.concatenate([started, ended]))
        scale = moments.size + 1
        reach = np.maximum.accumulate(item * scale + np.searchsorted(moments, ended))
        begins = item * scale + np.searchsorted(moments, started)
        fresh = np.ones(item.size, dtype=np.bool_)
        fresh[1:] = (begins[1:] > reach[:-1]) | (item[1:] != item[:-1])
        heads = np.flatnonzero(fresh)
        self._item = item[heads]
        self._start = started[heads]
        last = np.append(heads[1:], item.size) - 1
        self._end = moments[(reach[last] - self._item * scale)] if heads.size else ended[:0]
        self._before = np.concatenate([[0], np.cumsum(self._end - self._start)])
        self._starts = np.unique(self._start)
        self._keys = self._key(self._item, self._start)

    @property
    def items(self) -> Ints:
        """The items that have blockers, by their place in the history."""
        return np.unique(self._item)

    def _key(self, item: Ints, moment: Ints) -> Ints:
        rank = np.searchsorted(self._starts, moment, side="right")
        key: Ints = item * (self._starts.size + 1) + rank
        return key

    def _until(self, item: Ints, moment: Ints) -> Ints:
        """Blocked microseconds of all items before each item, and of it up to each moment."""
        at = np.searchsorted(self._keys, self._key(item, moment), side="right")
        total = self._before[at]
        mine = at > 0
        mine[mine] = self._item[at[mine] - 1] == item[mine]
        running = np.zeros(item.size, dtype=np.int64)
        running[mine] = np.maximum(0, self._end[at[mine] - 1] - moment[mine])
        until: Ints = total - running
        return until

    def within(self, item: Ints, begin: Ints, end: Ints) -> Ints:
        """How many microseconds of each span ``[begin, end)`` of an item it was blocked.

        Spans that end before they begin count as none.
        """
        if not self._item.size:
            return np.zeros(item.size, dtype=np.int64)
        end = np.maximum(begin, end)
        return self._until(item, end) - self._until(item, begin)
