"""Finds what drives the risk of items: a blocker, another item, a queue, its stage, rework, age."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from vsm.features.forecast.item_reading import read_item_forecasts
from vsm.features.forecast.item_results import ItemForecast
from vsm.features.forecast.risk_results import Driver, Rule
from vsm.flow_reader import recent_window
from vsm.model.item import BlockerKind
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, SLE_PERCENT
from vsm.model.stream import Category, ValueStream
from vsm.reader import Reader

if TYPE_CHECKING:
    from vsm.flow.flow_data import FlowData
    from vsm.flow.history import Mask
    from vsm.model.board import OpenBlocker

RECENT_DAYS = 91
"""Days in which it is counted how many items leave a stage."""
OVERTAKEN, ENOUGH_LEFT, MOST_LEFT = 0.25, 5, 200
"""Items leave in order where each passes no larger share of those there; half is no order at all.
It is judged by so many that left at least, and at most.
"""


class Blocking(NamedTuple):
    """An unfinished item that another one waits for.

    ``until`` is the day by which it is finished with 50% odds, ``need_by`` when it was agreed on.
    """

    id: int
    key: str
    is_started: bool
    until: date | None
    need_by: date | None


class Drivers:
    """What drives the risk of items of a stream at a moment, by rule: the first that applies."""

    def __init__(self, reader: Reader, stream: ValueStream, as_of: int, present: bool) -> None:
        self.reader, self.stream, self.as_of, self.present = reader, stream, as_of, present
        self._blockers: dict[int, OpenBlocker] = {}
        self._blocking: dict[int, list[Blocking]] = {}
        self._place: dict[int, int] = {}
        self._limits: dict[int, int] = {}
        self._reworked: dict[int, int] = {}

    def read(self, items: Sequence[ItemForecast], every: Sequence[ItemForecast]) -> None:
        """Read what :meth:`of` needs of some items; ``every`` are forecasts that are known."""
        from vsm.flow.as_of_stream import stays_as_of

        at = None if self.present else self.as_of
        for blocker in self.reader.open_blockers(self.stream, at):
            self._blockers.setdefault(blocker.item, blocker)  # the longest first
        self._read_blocking({one.id for one in items}, every)
        known, _ = self.reader.flow(self.stream, Query(), self.as_of, present=self.present)
        self.known: FlowData = known
        self._place = {item: row for row, item in enumerate(known.history.item.tolist())}
        self._limits = stays_as_of(known, recent_window(known, self.as_of), SLE_PERCENT)
        rework = known.rework_moves[known.entered[known.rework_moves] <= self.as_of]
        # The last one stays.
        self._reworked = dict(zip(known.owner[rework].tolist(), rework.tolist(), strict=True))
        self._lines: dict[int, list[int]] = {}
        self._in_order: dict[int, bool] = {}

    def of(self, one: ItemForecast) -> Driver:
        """The driver of an item."""
        row = self._place[one.id]
        for rule in (self._blocked, self._waits, self._queue, self._stay, self._rework):
            driver = rule(one, row)
            if driver is not None:
                return driver
        return Driver(Rule.AGE, days=one.age)

    # -- what holds it up -----------------------------------------------------------------

    def _blocked(self, one: ItemForecast, row: int) -> Driver | None:
        blocker = self._blockers.get(one.id)
        if blocker is None:
            return None
        return Driver(
            Rule.BLOCKED,
            days=max(0, self.as_of - blocker.since) / DAY,
            blocker=BlockerKind(blocker.kind),
            behind=_named(self._blocking.get(one.id, ()), one),
        )

    def _waits(self, one: ItemForecast, row: int) -> Driver | None:
        """The item it waits for that comes last, where it comes too late."""
        assert one.needed_by is not None
        late = [
            it
            for it in self._blocking.get(one.id, ())
            if it.until is None or it.until > min(it.need_by or one.needed_by, one.needed_by)
        ]
        if not late:
            return None
        last = max(late, key=lambda it: (it.until is None, it.until or date.min, it.key))
        return Driver(
            Rule.WAITS,
            key=last.key,
            is_started=last.is_started,
            date=last.until,
            behind=_named(late, one),
        )

    def _read_blocking(self, ids: set[int], every: Sequence[ItemForecast]) -> None:
        linked = self.reader.linked_items(self.as_of, not self.present)
        rows = {row.id: row for row in linked.rows}
        links = [
            (rows[blocker], waiting, need_by)
            for blocker, waiting, _, need_by in linked.links
            if waiting in ids and blocker in rows
        ]
        until = {one.id: one.p50 for one in every}
        missing = {
            row.stream for row, _, _ in links if row.id not in until and row.start is not None
        }
        for stream in sorted(missing):
            other = self.reader.stream(stream)
            if other is None:
                continue
            forecasts = read_item_forecasts(
                self.reader,
                other,
                as_of=self.as_of,
                present=self.present,
                only={row.id for row, _, _ in links},
            )
            until |= {one.id: one.p50 for one in forecasts.items}
        for row, waiting, need_by in links:
            agreed = date.fromisoformat(need_by) if need_by else None
            it = Blocking(row.id, row.key, row.start is not None, until.get(row.id), agreed)
            self._blocking.setdefault(waiting, []).append(it)

    # -- where it stands ------------------------------------------------------------------

    def _queue(self, one: ItemForecast, row: int) -> Driver | None:
        """The items before it in its stage, where the stage lets fewer go until it is needed.

        Only where items wait in line: in a queue stage, or where they leave in order of arrival.
        """
        assert one.needed_by is not None
        place = int(self.known.flow.stage[row])
        is_queue = self.known.stream.order[place].category is Category.QUEUE
        if not is_queue and not self._leave_in_order(place):
            return None
        line = self._line(place)
        before = line[: line.index(one.id)] if one.id in line else []
        left = int(((self.known.place == place) & self._left_lately()).sum())
        ahead = self.reader.days(self.stream.zone).until(one.needed_by.isoformat(), self.as_of) + 1
        if not before or len(before) <= left / RECENT_DAYS * ahead:
            return None
        stage = self.known.stream.order[place].name
        return Driver(
            Rule.QUEUE,
            stage=stage,
            items=len(before),
            a_week=left * 7 / RECENT_DAYS,
            behind=tuple((item, f"before {one.key} in {stage}") for item in before),
        )

    def _line(self, place: int) -> list[int]:
        """The items of a stage, the first in line first; of the past, in the order of entry."""
        import numpy as np

        if place not in self._lines:
            known = self.known
            rows = np.flatnonzero(known.flow.stage == place)
            if self.present:
                self._lines[place] = self.reader.board_order(known.history.item[rows].tolist())
            else:
                entered = known.entered[known.history.begin[rows] + known.history.counts[rows] - 1]
                ordered = rows[np.argsort(entered, kind="stable")]
                self._lines[place] = known.history.item[ordered].tolist()
        return self._lines[place]

    def _leave_in_order(self, place: int) -> bool:
        """Whether items lately left a stage in about the order in which they came."""
        import numpy as np

        if place not in self._in_order:
            visits = np.flatnonzero(self.known.place == place)
            entered, left = self.known.entered[visits], self.known.left[visits]
            gone = np.flatnonzero(self._left_lately()[visits])[-MOST_LEFT:]
            stayed = (entered < left[gone, None]) & (left > left[gone, None])
            overtaken = stayed & (entered < entered[gone, None])
            share = overtaken.sum() / max(1, int(stayed.sum()))
            self._in_order[place] = gone.size >= ENOUGH_LEFT and share <= OVERTAKEN
        return self._in_order[place]

    def _left_lately(self) -> Mask:
        left = self.known.left
        lately: Mask = (left <= self.as_of) & (left > self.as_of - RECENT_DAYS * DAY)
        return lately

    def _stay(self, one: ItemForecast, row: int) -> Driver | None:
        known = self.known
        stage = known.stream.order[int(known.flow.stage[row])]
        limit = self._limits.get(stage.id)
        entered = int(known.entered[known.history.begin[row] + known.history.counts[row] - 1])
        spent = self.as_of - entered
        if limit is None or spent <= limit:
            return None
        return Driver(Rule.STAY, days=spent / DAY, usual=limit / DAY, stage=stage.name)

    def _rework(self, one: ItemForecast, row: int) -> Driver | None:
        move = self._reworked.get(row)
        if move is None:
            return None
        from vsm.flow.days import local_day

        back = local_day(int(self.known.entered[move]), self.stream.zone)
        stage = self.known.stream.order[int(self.known.place[move])].name
        return Driver(Rule.REWORK, stage=stage, date=back)


def _named(items: Iterable[Blocking], one: ItemForecast) -> tuple[tuple[int, str], ...]:
    return tuple((it.id, f"{one.key} waits for it") for it in items)
