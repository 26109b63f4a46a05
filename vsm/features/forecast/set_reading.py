"""The forecast of a set of items over the streams that they are in.

An item is over when it is finished or dropped. Those in progress have their own remaining times;
the others wait in line until as many have finished as are in progress and stand before them, so
that the order in the backlog counts. Streams, and items in progress, are held to be independent;
within a stream what is in progress and what waits depend on the same pace, so that the later of
the two decides.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from vsm.features.forecast.reading import read_basis, read_law
from vsm.features.forecast.results import ODDS
from vsm.features.forecast.set_results import Dates, SetForecast, SetPart
from vsm.flow_reader import FlowReader
from vsm.model.query import depends_on_moment
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, day_of, day_start
from vsm.model.stream import ValueStream

if TYPE_CHECKING:
    from vsm.features.forecast.finished import Finished
    from vsm.features.forecast.throughput import Floats, Throughput
    from vsm.flow.flow_data import FlowData
    from vsm.flow.remaining import RemainingTime

GROWTH_DAYS = 91
"""Days before as-of in which what was added to a set is counted."""
FORESEEN = 0.95
"""Items that end with lower odds within all days that are looked ahead may never end."""
MOST_ADDED = 60
"""Added items that are looked at; with more, the date is later than can be foreseen."""


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """By day the odds that all of a stream's part is over; if the set goes on growing; and without
    the ``endless`` items, whose end cannot be foreseen.
    """

    part: SetPart
    today: int
    odds: Floats
    growing: Floats
    without: Floats
    endless: tuple[int, ...] = ()


class StreamPace:
    """What the forecasts of all sets share in one stream as of a moment; loads numpy.

    Made once for many sets: histories, the line of what waits and the law of its pace. Items
    ``without`` which it is worked out wait for nothing and stand before nobody; those that come
    ``first`` stand before all others that wait.
    """

    def __init__(
        self,
        reader: FlowReader,
        stream: ValueStream,
        as_of: int,
        present: bool = False,
        without: frozenset[int] = frozenset(),
        first: frozenset[int] = frozenset(),
    ) -> None:
        self.stream = stream
        self.as_of = as_of
        self.without, self.first = without, first
        self._reader, self._present = reader, present
        self._odds: dict[int, Floats] = {}

    @cached_property
    def known(self) -> FlowData:
        """The items of the stream as they were known."""
        return self._reader.flow(self.stream, Query(), self.as_of, present=self._present)[0]

    @cached_property
    def line(self) -> list[int]:
        """The places in the history of all items that wait to be started, the first in line first.

        What is nearest to the start goes first, then what stands above in its stage.
        """
        import numpy as np

        flow = self.known.flow
        rows = np.flatnonzero(~flow.finished & ~flow.dropped & ~flow.started)
        place = dict(zip(self.known.history.item[rows].tolist(), rows.tolist(), strict=True))
        waiting = [item for item in place if item not in self.without]
        order = [place[item] for item in self._reader.board_order(waiting)]
        first = {place[item] for item in self.first if item in place}
        return sorted(order, key=lambda row: (row not in first, -int(self.known.flow.stage[row])))

    @cached_property
    def in_progress(self) -> int:
        """How many items are in progress."""
        import numpy as np

        known = self.known
        left = ~np.isin(known.history.item, sorted(self.without))
        return int(np.count_nonzero(known.in_progress & left))

    @cached_property
    def basis(self) -> tuple[str | None, Finished, int]:
        """Why nothing can be forecast, if so; what finished by day; today."""
        basis, history, today = read_basis(
            self._reader, self.stream, self.as_of, Query(), self._present
        )
        return basis.cannot, history, today

    @cached_property
    def law(self) -> Throughput:
        """By when as many are finished."""
        return read_law(self.basis[1], self.basis[2])

    @cached_property
    def _remaining(self) -> tuple[RemainingTime, FlowData]:
        from vsm.flow.remaining import RemainingTime

        reader = self._reader
        whole = reader.flow_with_departed(self.stream, self.as_of, present=self._present)
        facts = reader.flow(self.stream, Query(), self.as_of, present=self._present)[1]
        return RemainingTime(whole, self.as_of, facts.blocks), whole

    def running(self, ids: Sequence[int]) -> dict[int, Floats]:
        """By id, of these items in progress, and by day the odds that each is over.

        Those whose age is not known are left out.
        """
        new = [item for item in ids if item not in self._odds]
        if new:
            self._odds.update(self._work_out(new))
        return {item: self._odds[item] for item in ids if item in self._odds}

    def _work_out(self, ids: Sequence[int]) -> dict[int, Floats]:
        import numpy as np

        from vsm.features.forecast.throughput import AHEAD

        (law, whole), today = self._remaining, self.basis[2]
        held = law.stays.open_at(law.now)
        chosen = held[np.isin(whole.history.item[law.stays.item[held]], ids)]
        if not chosen.size:
            return {}
        outlook = law.outlook(chosen)
        over = np.minimum(outlook.done + outlook.gone, 1)
        last = np.array([_end(today + n, self.stream.zone) for n in range(AHEAD)]) - law.now
        items = whole.history.item[law.stays.item[chosen]].tolist()
        return {
            item: np.interp(last, outlook.grid, row) for item, row in zip(items, over, strict=True)
        }


@dataclass(frozen=True, slots=True, eq=False)
class SetOdds:
    """By day from ``first`` on (a day number) the odds that all of a set is over."""

    first: int
    odds: Floats


def read_set_forecast(
    reader: FlowReader,
    streams: Sequence[ValueStream],
    *,
    as_of: int,
    query: Query | None = None,
    only: Collection[int] | None = None,
    by: date | None = None,
    present: bool = False,
) -> SetForecast:
    """By when all open items that fit a filter, or ``only`` (ids), are over; loads numpy.

    For an item that has parts these count, in the given streams. ``by`` is a day whose odds are
    asked for. A set of single items does not grow, nor one of what is so only at a moment.
    """
    query = query or Query()
    chosen = frozenset(only or ())
    if only is None:
        every = [reader.matching(stream, query, as_of, present=present) for stream in streams]
        chosen = frozenset().union(*every)
    paces = [StreamPace(reader, stream, as_of, present) for stream in streams]
    may_grow = only is None and not depends_on_moment(query)
    return forecast_set(reader, paces, chosen, query=query, by=by, may_grow=may_grow)[0]


def forecast_set(
    reader: FlowReader,
    paces: Sequence[StreamPace],
    chosen: frozenset[int],
    *,
    query: Query,
    by: date | None = None,
    may_grow: bool = False,
    more: int = 0,
) -> tuple[SetForecast, SetOdds | None]:
    """The forecast of the chosen items, and its odds by day, where there is one.

    ``more`` items are expected beyond them: they wait behind the last of the set, in the stream
    that has most of it. With them a forecast of what is there alone would be too early.
    """
    parts, containers = reader.parts_of(chosen)
    lines = [line for pace in paces if (line := _read_line(pace, parts, containers, 0)) is not None]
    if more and lines:
        most = max(lines, key=lambda line: line.part.in_progress + line.part.not_started)
        pace = next(pace for pace in paces if pace.stream.name == most.part.stream)
        grown = _read_line(pace, parts, containers, more)
        lines = [grown if line is most and grown is not None else line for line in lines]
    able = [line for line in lines if line.part.cannot is None]
    cannot = None
    if not lines:
        cannot = "no open item matches"
    elif len(able) < len(lines):
        lame = next(line.part for line in lines if line.part.cannot is not None)
        cannot = f"{lame.stream}: {lame.cannot}"
    grows = may_grow and any(x.part.added for x in lines)
    every = None if cannot else together([(x.today, x.odds) for x in able])
    dates = Dates() if every is None else _dates(every, by)
    endless = tuple(item for line in able for item in line.endless)
    without = growing = None
    items = sum(line.part.in_progress + line.part.not_started for line in lines)
    if dates.p85 is None and 0 < len(endless) < items and not cannot:
        without = _dates(together([(x.today, x.without) for x in able]), by)
    if grows and not cannot:
        growing = _dates(together([(x.today, x.growing) for x in able]), by)
    named = {*endless, *(line.part.last for line in able if line.part.last is not None)}
    forecast = SetForecast(
        keys=tuple(reader.keys_of(named).items()),
        as_of=paces[0].as_of if paces else 0,
        filter=query.text or None,
        by=by,
        items=items,
        dates=dates,
        endless=endless if without is not None else (),
        without=without,
        growing=growing,
        streams=tuple(line.part for line in lines),
        cannot=cannot,
    )
    return forecast, every


def together(lines: Sequence[tuple[int, Floats]]) -> SetOdds:
    """The odds of all lines together, from the latest of their days on."""
    import numpy as np

    first = max(today for today, _ in lines)
    odds = np.prod([line[first - today :][: len(line) - 1] for today, line in lines], axis=0)
    return SetOdds(first, odds)


def _dates(every: SetOdds, by: date | None) -> Dates:
    """The days of each of the odds."""
    import numpy as np

    first, odds = every.first, every.odds

    def day(share: float) -> date | None:
        at = int(np.searchsorted(odds, share))
        return day_of(first) + timedelta(days=at) if at < odds.size else None

    in_time = None
    if by is not None:
        at = (by - day_of(first)).days
        in_time = float(odds[min(at, odds.size - 1)]) if at >= 0 else 0.0
    p50, p70, p85, p95 = map(day, ODDS)
    return Dates(p50, p70, p85, p95, in_time)


def _read_line(
    pace: StreamPace, members: frozenset[int], containers: frozenset[int], more: int
) -> _Line | None:
    """The part of a set in one stream; ``None`` where it has none there.

    Whatever has parts is no work of its own. ``more`` items wait behind the last of it.
    """
    import numpy as np

    known = pace.known
    ids = known.history.item
    chosen = np.isin(ids, sorted(members - containers))
    is_open = ~known.flow.finished & ~known.flow.dropped
    if not (chosen & is_open).any():
        return None
    waiting = [row for row in pace.line if int(ids[row]) not in containers]
    mine = [n for n, row in enumerate(waiting) if chosen[row]]
    running = np.flatnonzero(known.in_progress & chosen)
    rows = [*running.tolist(), *(waiting[n] for n in mine)]
    if not rows:
        return None
    cannot, _, today = pace.basis
    born = known.days[0]
    added = int(np.count_nonzero(chosen & (born >= today - GROWTH_DAYS) & (born < today)))
    part = SetPart(
        stream=pace.stream.name,
        in_progress=int(running.size),
        not_started=len(mine),
        ahead=mine[-1] + 1 - len(mine) if mine else 0,
        added=added,
        dates=Dates(),
        last=None,
        cannot=cannot,
        items=tuple((int(ids[row]), "") for row in rows),
    )
    if cannot is not None:
        return _Line(part, today, np.zeros(0), np.zeros(0), np.zeros(0))
    own = pace.running(ids[running].tolist())
    last_waiting = int(ids[waiting[mine[-1]]]) if mine else None
    return _forecast(part, own, last_waiting, pace, more)


def _forecast(
    part: SetPart,
    own: dict[int, Floats],
    last_waiting: int | None,
    pace: StreamPace,
    more: int,
) -> _Line:
    """By day the odds of a part, from those of its items in progress and of the stream's pace.

    ``last_waiting`` is the last of it in line, but for ``more`` that are expected.
    """
    import numpy as np

    from vsm.features.forecast.throughput import AHEAD

    law, (_, history, today) = pace.law, pace.basis
    endless = tuple(item for item, odds in own.items() if odds[-1] < FORESEEN)
    ended, others = (
        np.prod([np.ones(AHEAD), *(own[item] for item in own if item not in left_out)], axis=0)
        for left_out in ((), endless)
    )
    over = history.finished_on(today)
    # All that is in progress, and all that stands before the last of the set, must finish first.
    needed = part.ahead + part.not_started + more
    if needed or len(own) < part.in_progress:
        needed += pace.in_progress
    line = law.odds_by_day(needed + over) if needed else np.ones(AHEAD)
    odds, without = np.minimum(ended, line), np.minimum(others, line)
    growing = odds
    if part.added:
        a_day = part.added / GROWTH_DAYS
        growing = _growing(law, ended, max(needed, part.in_progress) + over, a_day)
    dates = _dates(together([(today, odds)]), None)
    # By the day of even odds the last one is the least likely to be over.
    at = AHEAD - 1 if dates.p50 is None else (dates.p50 - day_of(today)).days
    last = min(own, key=lambda item: float(own[item][at]), default=None)
    if last_waiting is not None and (last is None or odds[at] < own[last][at]):
        last = last_waiting
    return _Line(replace(part, dates=dates, last=last), today, odds, growing, without, endless)


def _end(today: int, zone: str) -> float:
    """The end of a day, in days since 1970-01-01 UTC."""
    return day_start(day_of(today) + timedelta(days=1), zone) / DAY


def _growing(law: Throughput, ended: Floats, needed: int, a_day: float) -> Floats:
    """By day the odds that all is over if the set goes on growing."""
    import numpy as np

    mean = a_day * np.arange(1, ended.size + 1)
    share = np.exp(-mean)  # of so many added by each day: a Poisson number
    odds = np.zeros(ended.size)
    for added in range(MOST_ADDED):
        odds += share * np.minimum(ended, law.odds_by_day(needed + added))
        share = share * mean / (added + 1)
    return np.maximum.accumulate(odds)
