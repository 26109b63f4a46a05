"""Stages that work together, and what they held over the last half year.

A station is an active stage with the queue stages that feed only it, or all such stages of one
team. What it holds waits or is worked on; what leaves it is done there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vsm.flow.flow_data import FlowData
from vsm.flow.history import Mask
from vsm.model.rules import DAY
from vsm.model.stream import Category, ValueStream

Floats = NDArray[np.float64]

WATCHED = 182
"""Days before the end of the data that are looked at: 26 weeks."""
LYING = 3.0
"""Visits over this many times as long as 95 % of the visits to a stage, and over as many days, are
set aside: nobody was on them, and nobody else had to wait for them."""
ENOUGH = 5
"""Ended visits from which on a stage's 95 % mean something."""
COARSE = 0.9
"""Share of moves at two moments of the day at most from which on only their days are known (two,
since the clocks are changed)."""


FEW_MOVES = 20
"""Moves below which nobody can tell whether more than their days is known."""


@dataclass(frozen=True, slots=True)
class Station:
    """Stages that work together, by their places in the stream's order.

    ``queues`` feed ``active`` and nothing else. ``limit`` is the most items in all of them, 0 where
    one of them has none. ``team`` is set where it is all that one team works on.
    """

    name: str
    active: tuple[int, ...]
    queues: tuple[int, ...] = ()
    limit: int = 0
    team: int | None = None
    follows: tuple[str, ...] = ()
    """The stations to which forward edges lead, by name."""

    @property
    def places(self) -> tuple[int, ...]:
        """All its stages."""
        return (*self.queues, *self.active)


def stations(stream: ValueStream, watch: ObservationWindow) -> list[Station]:
    """The active stages on the board in the order of the flow, each with what feeds only it.

    What a queue stage feeds is where most of what left it went, or as the graph has it where next
    to nothing did. Where that is no active stage at all, work seems to be done in the queue stage:
    it is a station then.
    """
    order = stream.order
    moves = watch.moves(len(order))
    line = [place for place, stage in enumerate(order) if not stage.retired]
    active = {place for place in line if order[place].category is Category.ACTIVE}
    fed = {
        place: _fed(stream, moves, place)
        for place in line
        if order[place].category is Category.QUEUE
    }
    active |= {place for place, to in fed.items() if to == place}
    own = {
        place: tuple(queue for queue in fed if queue != place and _ends(fed, queue) == place)
        for place in sorted(active)
    }
    station_of = {each: place for place, queues in own.items() for each in (*queues, place)}
    out = []
    for place, queues in own.items():
        limits = [order[each].limit if order[each].limited else 0 for each in (*queues, place)]
        after = {
            station_of[target]
            for target in _next(stream, place)
            if target in station_of and station_of[target] != place
        }
        out.append(
            Station(
                order[place].name,
                (place,),
                queues,
                sum(limit or 0 for limit in limits) if all(limits) else 0,
                follows=tuple(order[each].name for each in sorted(after)),
            )
        )
    return out


def _fed(stream: ValueStream, moves: NDArray[np.int64], queue: int) -> int | None:
    """The active or queue stage that a queue stage feeds, itself where work leaves it undone by
    any other, ``None`` where it feeds several.
    """
    went = moves[queue]
    total = int(went.sum())
    if total < ENOUGH:
        found = _first_active(stream, queue)
        return found.pop() if len(found) == 1 else None
    most = int(np.argmax(went))
    if 2 * int(went[most]) > total and stream.order[most].category.working:
        return most
    ends = sum(
        int(count)
        for place, count in enumerate(went.tolist())
        if not stream.order[place].category.working
    )
    return queue if 2 * ends > total else None


def _ends(fed: Mapping[int, int | None], queue: int) -> int | None:
    """Where a chain of queue stages leads."""
    seen: set[int] = set()
    here = queue
    while here not in seen:
        seen.add(here)
        after = fed.get(here, here)
        if after is None or after == here:
            return after
        here = after
    return None


def of_teams(
    stream: ValueStream, single: Sequence[Station], names: Mapping[int, str]
) -> list[Station]:
    """All that a team works on, for each team that has two stations or more."""
    of: dict[int, list[Station]] = {}
    for each in single:
        team = stream.order[each.active[0]].team
        if team is not None:
            of.setdefault(team, []).append(each)
    return [
        Station(
            names.get(team, f"team {team}"),
            tuple(place for each in mine for place in each.active),
            tuple(place for each in mine for place in each.queues),
            team=team,
        )
        for team, mine in sorted(of.items())
        if len(mine) > 1
    ]


def _next(stream: ValueStream, place: int) -> list[int]:
    """The places to which forward edges lead from one."""
    return [stream.index[target] for target in stream.following(stream.order[place].id)]


def _first_active(stream: ValueStream, queue: int) -> set[int]:
    """The active stages that work can reach from a queue stage through queue stages only."""
    found, seen, todo = set(), {queue}, [queue]
    while todo:
        for place in _next(stream, todo.pop()):
            stage = stream.order[place]
            if place in seen or stage.retired:
                continue
            seen.add(place)
            if stage.category is Category.ACTIVE:
                found.add(place)
            elif stage.category is Category.QUEUE:
                todo.append(place)
    return found


@dataclass(frozen=True, eq=False)
class StepFunction:
    """How many items there were over time.

    ``at`` are moments in ascending order and ``count`` is what there was from each on; before the
    first there was nothing.
    """

    at: Floats
    count: Floats

    def from_(self, moments: Floats) -> Floats:
        """What there was from each moment on."""
        return self._look(moments, "right")

    def until(self, moments: Floats) -> Floats:
        """What there was until just before each moment."""
        return self._look(moments, "left")

    def _look(self, moments: Floats, side: str) -> Floats:
        place = np.searchsorted(self.at, moments, side=side)  # type: ignore[call-overload]
        found: Floats = np.concatenate([[0.0], self.count])[place]
        return found


@dataclass(frozen=True, eq=False)
class Occupancy:
    """What came into some stages and left them, ascending, in days since the watch began.

    Moves from one of them to another are neither. ``level`` is how many items they held, before the
    watch too.
    """

    comes: Floats
    leaves: Floats

    @cached_property
    def level(self) -> StepFunction:
        """How many items there were; at one moment arrivals come before departures."""
        at = np.concatenate([self.comes, self.leaves])
        step = np.concatenate([np.ones(self.comes.size), np.full(self.leaves.size, -1.0)])
        order = np.lexsort((-step, at))
        return StepFunction(at[order], np.cumsum(step[order]))


@dataclass(frozen=True, eq=False)
class ObservationWindow:
    """The visits of a history in days since the watch began, which lasts ``days``.

    One entry a visit: ``entered`` and ``left`` (infinite where it is open), the ``place`` of the
    stage, the ``owner`` (place of the item), whether the visit before it is of the same item, and
    whether it is set ``aside``.
    ``coarse`` says that only days are known. ``backwards`` are the ids of items of the time that is
    looked at that are left out, as their moves run backwards in time.
    """

    begin: int
    days: float
    entered: Floats
    left: Floats
    place: NDArray[np.int64]
    owner: NDArray[np.int64]
    after_same: Mask
    aside: Mask
    coarse: bool
    backwards: tuple[int, ...] = ()
    _kept: dict[tuple[int, ...], Occupancy] = field(default_factory=dict)
    _all: dict[tuple[int, ...], tuple[Floats, Floats]] = field(default_factory=dict)

    @classmethod
    def of(cls, known: FlowData, end: int, days: int = WATCHED) -> ObservationWindow:
        """Watch the last days before ``end`` (UTC microseconds), fewer where there are fewer."""
        moments, owner, place = known.entered, known.owner, known.place
        if not known.ordered.all():
            # A negative stay would be a negative number of items for as long, and make the stays
            # beside it too long: all of the item is left out.
            kept = known.ordered[owner]
            moments, owner, place = moments[kept], owner[kept], place[kept]
        first = int(moments.min()) if moments.size else end
        begin = max(end - days * DAY, min(first, end))
        same = np.zeros(moments.size, dtype=np.bool_)
        same[1:] = owner[1:] == owner[:-1]
        coarse = _coarse(moments)
        told = _spread_over_days(moments, owner) if coarse else moments
        entered = (told - begin) / DAY
        left = np.full(entered.size, np.inf)
        left[:-1][same[1:]] = entered[1:][same[1:]]
        length = (end - begin) / DAY
        aside = _lying(place, entered, left, length)
        return cls(
            *(begin, length, entered, left, place, owner, same, aside, coarse),
            backwards=_backwards(known, begin),
        )

    @property
    def aside_by_place(self) -> dict[int, int]:
        """How many visits that touch the watch are set aside, by the place of their stage."""
        there = self.aside & (self.left > 0.0)
        places, counts = np.unique(self.place[there], return_counts=True)
        return dict(zip(places.tolist(), counts.tolist(), strict=True))

    def moves(self, count: int) -> NDArray[np.int64]:
        """How often items moved from each of ``count`` places to each, in the whole history."""
        to = np.flatnonzero(self.after_same)
        pairs = self.place[to - 1] * count + self.place[to]
        return np.bincount(pairs, minlength=count * count).reshape(count, count)

    def held(self, places: Sequence[int]) -> Occupancy:
        """What some stages held."""
        key = tuple(sorted(places))
        if key not in self._kept:
            begin, end = self.all_stays(key)
            self._kept[key] = Occupancy(begin, np.sort(end[np.isfinite(end)]))
        return self._kept[key]

    def all_stays(self, places: Sequence[int]) -> tuple[Floats, Floats]:
        """From when to when items stayed in some stages, by beginning; infinite: they still do."""
        key = tuple(sorted(places))
        if key not in self._all:
            begin, end = self._stays(key)
            by = np.argsort(begin, kind="stable")
            self._all[key] = begin[by], end[by]
        return self._all[key]

    def stays(self, places: Sequence[int]) -> tuple[Floats, Floats]:
        """From when to when items stayed in some stages, of stays that ended, by beginning."""
        begin, end = self.all_stays(places)
        ended = np.isfinite(end)
        return begin[ended], end[ended]

    def firsts(self, places: Sequence[int]) -> int:
        """How many items came to any of some stages for the first time during the watch."""
        here = np.flatnonzero(np.isin(self.place, places))
        _, first = np.unique(self.owner[here], return_index=True)
        entered = self.entered[here[first]]
        return int(np.count_nonzero((entered > 0.0) & (entered <= self.days)))

    def missed(self, ends: Sequence[int], places: Sequence[int]) -> tuple[int, int]:
        """How many items came to the stages at the end during the watch, and how many of them had
        never been in any of ``places``.
        """
        came = np.isin(self.place, ends) & (self.entered > 0.0) & (self.entered <= self.days)
        finished = np.unique(self.owner[came])
        there = np.unique(self.owner[np.isin(self.place, places)])
        return int(finished.size), int(np.setdiff1d(finished, there, assume_unique=True).size)

    def _stays(self, places: Sequence[int]) -> tuple[Floats, Floats]:
        here = np.isin(self.place, places) & ~self.aside
        goes_on = here[:-1] & here[1:] & self.after_same[1:]
        first, last = here.copy(), here.copy()
        first[1:] &= ~goes_on
        last[:-1] &= ~goes_on
        return self.entered[first], self.left[last]


def _backwards(known: FlowData, begin: int) -> tuple[int, ...]:
    """Items whose moves run backwards in time, and that are open or were moved after ``begin``."""
    history = known.history
    last = history.begin + history.counts - 1
    there = (history.entered[last] >= begin) | ~known.ended[known.flow.stage]
    return tuple(history.item[~known.ordered & there].tolist())


def _coarse(moments: NDArray[np.int64]) -> bool:
    """Whether moments tell days only."""
    if moments.size < FEW_MOVES:
        return False
    _, counts = np.unique(moments % DAY, return_counts=True)
    return bool(np.sort(counts)[-2:].sum() >= COARSE * moments.size)


def _spread_over_days(moments: NDArray[np.int64], owner: NDArray[np.int64]) -> Floats:
    """Moments of which only the day is known, anywhere in it, each item's in their order.

    The same history is always spread in the same way.
    """
    fresh = np.ones(moments.size, dtype=np.bool_)
    fresh[1:] = (moments[1:] != moments[:-1]) | (owner[1:] != owner[:-1])
    luck = np.random.default_rng(1).random(moments.size)
    luck = luck[np.lexsort((luck, np.cumsum(fresh)))]
    out: Floats = moments + luck * DAY
    return out


def _lying(place: NDArray[np.int64], entered: Floats, left: Floats, now: float) -> Mask:
    """Visits that are far longer than others of their stage, or have been open for so long."""
    lasted = np.minimum(left, max(now, 0.0)) - entered
    ended = np.isfinite(left)
    out = np.zeros(place.size, dtype=np.bool_)
    for each in np.unique(place).tolist():
        here = place == each
        usual = lasted[here & ended]
        if usual.size >= ENOUGH:
            out |= here & (lasted > LYING * max(float(np.quantile(usual, 0.95)), 1.0))
    return out
