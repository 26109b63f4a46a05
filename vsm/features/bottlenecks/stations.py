"""Groups stages into stations and tracks how many items each held in the observation window.

A station is an active stage with the queue stages that feed only it, or all such stages of one
team. Items in it wait or are worked on; an item that leaves it is done there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vsm.flow.board_practice import BoardPractice, Grain, read_practice, spread_moments
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Mask
from vsm.model.rules import DAY
from vsm.model.stream import Category, ValueStream

Floats = NDArray[np.float64]

WINDOW_DAYS = 182
"""Length of the observation window before the end of the data: 26 weeks."""
OUTLIER_FACTOR = 3.0
"""Visits longer than this factor times the stage's p95, and than as many days, are outliers: nobody
worked on them and no other item had to wait for them."""
ABANDONED_FACTOR = 1.5
"""The same for visits that go on: by then nobody works on most of them any more."""
MIN_VISITS = 5
"""With fewer ended visits to a stage its p95 means nothing."""


@dataclass(frozen=True, slots=True)
class Station:
    """Stages that work together, by their places in the stream's order.

    ``queues`` feed ``active`` and nothing else. ``limit`` is the sum of their WIP limits, 0 where
    one of them has none. ``team`` is set where the station is all that one team works on.
    ``follows`` are the names of the stations to which forward edges lead. ``elsewhere`` are keys of
    what the team does in other streams: see :attr:`ObservationWindow.elsewhere`.
    """

    name: str
    active: tuple[int, ...]
    queues: tuple[int, ...] = ()
    limit: int = 0
    team: int | None = None
    follows: tuple[str, ...] = ()
    elsewhere: tuple[int, ...] = ()

    @property
    def stages(self) -> tuple[int, ...]:
        """All its stages in this stream."""
        return (*self.queues, *self.active)

    @property
    def held_in(self) -> tuple[int, ...]:
        """All that holds items of it, in other streams too."""
        return (*self.stages, *self.elsewhere)


def find_stations(stream: ValueStream, window: ObservationWindow) -> list[Station]:
    """The active stages on the board in the order of the flow, each with the queues of its own.

    A queue stage feeds the stage to which most items moved from it, or the one that the graph says
    where next to none moved. A queue stage from which most items leave undone by any other stage
    seems to be where work is done: it becomes a station itself. So does one that lets items go by
    the clock. A stage in which work ends is none.
    """
    order = stream.order
    moves = window.count_moves(len(order))
    ends, released = window.practice.ends, window.practice.released
    line = [place for place, stage in enumerate(order) if not stage.retired and place not in ends]
    active = {place for place in line if order[place].category is Category.ACTIVE}
    fed = {
        place: _fed_stage(stream, moves, place)
        for place in line
        if order[place].category is Category.QUEUE and place not in released
    }
    active |= {place for place, target in fed.items() if target == place}
    active |= released & set(line)
    queues_of = {
        place: tuple(
            queue for queue in fed if queue != place and _end_of_chain(fed, queue) == place
        )
        for place in sorted(active)
    }
    station_of = {stage: place for place, queues in queues_of.items() for stage in (*queues, place)}
    stations = []
    for place, queues in queues_of.items():
        limits = [order[stage].limit if order[stage].limited else 0 for stage in (*queues, place)]
        successors = {
            station_of[target]
            for target in _successors(stream, place)
            if target in station_of and station_of[target] != place
        }
        stations.append(
            Station(
                order[place].name,
                (place,),
                queues,
                sum(limit or 0 for limit in limits) if all(limits) else 0,
                follows=tuple(order[successor].name for successor in sorted(successors)),
            )
        )
    return stations


def _fed_stage(stream: ValueStream, moves: NDArray[np.int64], queue: int) -> int | None:
    """The stage that a queue stage feeds, ``None`` where it feeds several.

    It is the queue stage itself where most items leave it for stages in which nobody works.
    """
    counts = moves[queue]
    total = int(counts.sum())
    if total < MIN_VISITS:
        candidates = _first_active(stream, queue)
        return candidates.pop() if len(candidates) == 1 else None
    most = int(np.argmax(counts))
    if 2 * int(counts[most]) > total and stream.order[most].category.working:
        return most
    ends = sum(
        int(count)
        for place, count in enumerate(counts.tolist())
        if not stream.order[place].category.working
    )
    return queue if 2 * ends > total else None


def _end_of_chain(fed: Mapping[int, int | None], queue: int) -> int | None:
    """Follow a chain of queue stages to the stage that it feeds; ``None`` for none or a circle."""
    seen: set[int] = set()
    current = queue
    while current not in seen:
        seen.add(current)
        target = fed.get(current, current)
        if target is None or target == current:
            return target
        current = target
    return None


def team_stations(
    stream: ValueStream,
    stations: Sequence[Station],
    names: Mapping[int, str],
    elsewhere: Mapping[int, WorkElsewhere] | None = None,
) -> list[Station]:
    """One station for each team that has two stations or more, with all that it works on.

    A team that works in other streams too has one in each of them (``elsewhere``).
    """
    others: dict[int, list[int]] = {}
    for key, work in (elsewhere or {}).items():
        others.setdefault(work.team, []).append(key)
    by_team: dict[int, list[Station]] = {}
    for station in stations:
        team = stream.order[station.active[0]].team
        if team is not None:
            by_team.setdefault(team, []).append(station)
    return [
        Station(
            names.get(team, f"team {team}"),
            tuple(place for station in members for place in station.active),
            tuple(place for station in members for place in station.queues),
            team=team,
            elsewhere=tuple(others.get(team, ())),
        )
        for team, members in sorted(by_team.items())
        if len(members) > 1 or team in others
    ]


def _successors(stream: ValueStream, place: int) -> list[int]:
    return [stream.index[target] for target in stream.following(stream.order[place].id)]


def _first_active(stream: ValueStream, queue: int) -> set[int]:
    """The active stages that work can reach from a queue stage through queue stages only."""
    reached, seen, todo = set(), {queue}, [queue]
    while todo:
        for place in _successors(stream, todo.pop()):
            stage = stream.order[place]
            if place in seen or stage.retired:
                continue
            seen.add(place)
            if stage.category is Category.ACTIVE:
                reached.add(place)
            elif stage.category is Category.QUEUE:
                todo.append(place)
    return reached


@dataclass(frozen=True, eq=False)
class StepFunction:
    """A number of items over time.

    ``moments`` ascend; ``counts`` is the number from each of them on, 0 before the first.
    """

    moments: Floats
    counts: Floats

    def just_after(self, moments: Floats) -> Floats:
        """The numbers from these moments on."""
        return self._look_up(moments, "right")

    def just_before(self, moments: Floats) -> Floats:
        """The numbers until these moments, before what changes at them."""
        return self._look_up(moments, "left")

    def _look_up(self, moments: Floats, side: str) -> Floats:
        place = np.searchsorted(self.moments, moments, side=side)  # type: ignore[call-overload]
        counts: Floats = np.concatenate([[0.0], self.counts])[place]
        return counts


@dataclass(frozen=True, eq=False)
class Occupancy:
    """Arrivals at some stages and departures from them, ascending, in days since the window began.

    Moves from one of them to another are neither. Moments before the window are negative.
    """

    arrivals: Floats
    departures: Floats

    @cached_property
    def level(self) -> StepFunction:
        """The number of items; at one moment arrivals come before departures."""
        moments = np.concatenate([self.arrivals, self.departures])
        step = np.concatenate([np.ones(self.arrivals.size), np.full(self.departures.size, -1.0)])
        order = np.lexsort((-step, moments))
        return StepFunction(moments[order], np.cumsum(step[order]))


@dataclass(frozen=True, eq=False)
class WorkElsewhere:
    """The stays of items with a team in another stream, in days since the window began.

    ``stages`` are the names of its active stages there.
    """

    team: int
    stream: str
    stages: tuple[str, ...]
    begin: Floats
    end: Floats


@dataclass(frozen=True, eq=False)
class ObservationWindow:
    """The visits of a history in days since the window began, which lasts ``days``.

    One entry a visit: ``entered`` and ``left`` (infinite while it is open), the ``place`` of the
    stage, the ``owner`` (place of the item), ``after_same`` (the visit before it is of the same
    item), and whether it is one of the ``outliers``. ``practice`` says how the board is kept.
    ``backwards`` are the ids of items left out because their moves run backwards in time.
    ``elsewhere`` is what teams of this stream do in others; its keys are beyond the places of the
    stream's order and stand for stages in :meth:`occupancy` and :meth:`stays`.
    """

    begin: int
    days: float
    entered: Floats
    left: Floats
    place: NDArray[np.int64]
    owner: NDArray[np.int64]
    after_same: Mask
    outliers: Mask
    practice: BoardPractice
    backwards: tuple[int, ...] = ()
    elsewhere: Mapping[int, WorkElsewhere] = field(default_factory=dict)
    _occupancies: dict[tuple[int, ...], Occupancy] = field(default_factory=dict)
    _stays: dict[tuple[int, ...], tuple[Floats, Floats]] = field(default_factory=dict)

    @classmethod
    def of(cls, flow: FlowData, end: int, days: int = WINDOW_DAYS) -> ObservationWindow:
        """Observe the last days before ``end`` (UTC microseconds), fewer where there are fewer."""
        moments, owner, place = flow.entered, flow.owner, flow.place
        if not flow.is_ordered.all():
            # A negative stay would be a negative number of items for as long, and make the stays
            # beside it too long: all of the item is left out.
            is_ordered = flow.is_ordered[owner]
            moments, owner, place = moments[is_ordered], owner[is_ordered], place[is_ordered]
        first = int(moments.min()) if moments.size else end
        begin = max(end - days * DAY, min(first, end))
        same = np.zeros(moments.size, dtype=np.bool_)
        same[1:] = owner[1:] == owner[:-1]
        practice = read_practice(flow, begin, end)
        spread = spread_moments(moments, owner, flow.stream.zone, begin, practice)
        entered = (spread - begin) / DAY
        left = np.full(entered.size, np.inf)
        left[:-1][same[1:]] = entered[1:][same[1:]]
        length = (end - begin) / DAY
        outliers = _find_outliers(place, entered, left, length)
        return cls(
            *(begin, length, entered, left, place, owner, same, outliers, practice),
            backwards=_backwards(flow, begin),
        )

    def with_others(self, stream: ValueStream, others: Sequence[FlowData]) -> ObservationWindow:
        """The same with what the teams of a stream's active stages do in other streams."""
        teams = stream.working_teams
        end = self.begin + round(self.days * DAY)
        works: list[WorkElsewhere] = []
        for flow in others:
            window = ObservationWindow.of(flow, end, round(self.days))
            shift = (window.begin - self.begin) / DAY
            by_team: dict[int, list[Station]] = {}
            for station in find_stations(flow.stream, window):
                team = flow.stream.order[station.active[0]].team
                if team is not None and team in teams:
                    by_team.setdefault(team, []).append(station)
            for team, members in sorted(by_team.items()):
                begin, left = window.all_stays([n for one in members for n in one.stages])
                begin, left = begin + shift, left + shift
                is_seen = begin <= self.days
                if is_seen.any():
                    left = np.where(left <= self.days, left, np.inf)
                    names = tuple(one.name for one in members)
                    works.append(
                        WorkElsewhere(team, flow.stream.name, names, begin[is_seen], left[is_seen])
                    )
        return replace(
            self, elsewhere=dict(enumerate(works, len(stream.order))), _occupancies={}, _stays={}
        )

    @property
    def is_coarse(self) -> bool:
        """Whether less than the moments of moves is known."""
        return self.practice.grain is not Grain.EXACT

    @property
    def outliers_by_place(self) -> dict[int, int]:
        """The number of outliers that touch the window, by the place of their stage."""
        inside = self.outliers & (self.left > 0.0)
        places, counts = np.unique(self.place[inside], return_counts=True)
        return dict(zip(places.tolist(), counts.tolist(), strict=True))

    def count_moves(self, count: int, in_window: bool = False) -> NDArray[np.int64]:
        """Count the moves from each of ``count`` stages to each, in the whole history."""
        to = np.flatnonzero(self.after_same & ((self.entered > 0.0) | (not in_window)))
        pairs = self.place[to - 1] * count + self.place[to]
        return np.bincount(pairs, minlength=count * count).reshape(count, count)

    def entered_by_any(self, stations: Sequence[Station]) -> list[Station]:
        """Those stations that some item has been in: a team works in no others yet."""
        seen = set(np.unique(self.place).tolist())
        return [station for station in stations if not seen.isdisjoint(station.stages)]

    def occupancy(self, stages: Sequence[int]) -> Occupancy:
        """Arrivals and departures of some stages taken together, without outliers."""
        key = tuple(sorted(stages))
        if key not in self._occupancies:
            begin, end = self.all_stays(key)
            self._occupancies[key] = Occupancy(begin, np.sort(end[np.isfinite(end)]))
        return self._occupancies[key]

    def all_stays(self, stages: Sequence[int]) -> tuple[Floats, Floats]:
        """Beginnings and ends of stays in some stages, by beginning; the end of open ones is
        infinite.
        """
        key = tuple(sorted(stages))
        if key not in self._stays:
            begin, end, _ = self.stays_with_last(key)
            works = [self.elsewhere[place] for place in key if place in self.elsewhere]
            begin = np.concatenate([begin, *(work.begin for work in works)])
            end = np.concatenate([end, *(work.end for work in works)])
            by = np.argsort(begin, kind="stable")
            self._stays[key] = begin[by], end[by]
        return self._stays[key]

    def stays(self, stages: Sequence[int]) -> tuple[Floats, Floats]:
        """Beginnings and ends of the stays in some stages that ended, by beginning."""
        begin, end = self.all_stays(stages)
        ended = np.isfinite(end)
        return begin[ended], end[ended]

    def count_first_entries(self, stages: Sequence[int]) -> int:
        """Count the items that came to any of some stages for the first time in the window."""
        inside = np.flatnonzero(np.isin(self.place, stages))
        _, first = np.unique(self.owner[inside], return_index=True)
        entered = self.entered[inside[first]]
        return int(np.count_nonzero((entered > 0.0) & (entered <= self.days)))

    def count_missing(self, ends: Sequence[int], stages: Sequence[int]) -> tuple[int, int]:
        """Count the items that came to the stages ``ends`` in the window, and those of them that
        never were in any of ``stages``.
        """
        arrived = np.isin(self.place, ends) & (self.entered > 0.0) & (self.entered <= self.days)
        finished = np.unique(self.owner[arrived])
        visitors = np.unique(self.owner[np.isin(self.place, stages)])
        return int(finished.size), int(np.setdiff1d(finished, visitors, assume_unique=True).size)

    def stays_with_last(self, stages: Sequence[int]) -> tuple[Floats, Floats, NDArray[np.int64]]:
        """Beginnings and ends of stays in some stages, and the last visit of each."""
        # A stay is a run of consecutive visits of one item: moves within the stages end none.
        inside = np.isin(self.place, stages) & ~self.outliers
        goes_on = inside[:-1] & inside[1:] & self.after_same[1:]
        first, last = inside.copy(), inside.copy()
        first[1:] &= ~goes_on
        last[:-1] &= ~goes_on
        return self.entered[first], self.left[last], np.flatnonzero(last)


def _backwards(flow: FlowData, begin: int) -> tuple[int, ...]:
    """Items whose moves run backwards in time, and that are open or were moved after ``begin``."""
    history = flow.history
    last = history.begin + history.counts - 1
    is_recent = (history.entered[last] >= begin) | ~flow.ended[flow.flow.stage]
    return tuple(history.item[~flow.is_ordered & is_recent].tolist())


def _find_outliers(place: NDArray[np.int64], entered: Floats, left: Floats, now: float) -> Mask:
    """Visits far longer than the p95 of their stage, open ones by how long they have lasted."""
    duration = np.minimum(left, max(now, 0.0)) - entered
    ended = np.isfinite(left)
    outliers = np.zeros(place.size, dtype=np.bool_)
    for stage in np.unique(place).tolist():
        of_stage = place == stage
        usual = duration[of_stage & ended]
        if usual.size >= MIN_VISITS:
            p95 = float(np.quantile(usual, 0.95))
            factor = np.where(ended, OUTLIER_FACTOR, ABANDONED_FACTOR)
            longest = np.maximum(factor * p95, OUTLIER_FACTOR)
            outliers |= of_stage & (duration > longest)
    return outliers
