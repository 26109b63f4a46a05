"""Stations, queues and limits in continuous time: what leaves is a history like that of a team.

A stream is a line (or a branching net) of stations. Each station has places that work on one item
at a time, and a stage in which its items are worked on; where it has a queue stage, items wait
there, else they wait in the working stage itself. A station may share its places with others (a
team), have a limit on its stage, send items back, or be a delay without places (a supplier).

All random numbers of an item are drawn when it comes in, from a stream of their own, so that the
same seed gives the same work to a stream with one place more: the difference is the place's.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from math import log, sqrt

DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Station:
    """One station. ``touch`` is the mean time of a visit in days and ``spread`` its coefficient of
    variation; ``places`` of 0 are a delay that any number of items spend at once.

    ``limit`` is the most items in stage and queue stage together; ``pool`` names a team whose
    places are shared. ``back`` is the chance that a visit ends with a return to station
    ``back_to``; else the item goes to one of ``next`` by their weights, or is done.
    """

    name: str
    places: int
    touch: float
    spread: float = 0.7
    queue: bool = False
    limit: int = 0
    pool: str = ""
    back: float = 0.0
    back_to: int = 0
    next: tuple[tuple[int, float], ...] = ()
    drift: float = 0.0
    """By how much of it the time of a visit changes from the start of the run to its end."""
    by_rank: bool = False
    """Whether what waits is begun by a rank that each item has, not in the order of arrival."""


@dataclass(frozen=True, slots=True)
class Net:
    """A stream: its stations (the first takes what arrives) and arrivals a day over time.

    ``trend`` multiplies the rate linearly until the end: 0.3 is 30 % more than at the start.
    """

    stations: tuple[Station, ...]
    rate: float
    trend: float = 0.0
    pools: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visit:
    """An entry of an item into a stage, in days from the start."""

    item: int
    stage: str
    at: float


@dataclass(slots=True)
class _Item:
    number: int
    luck: random.Random
    created: float
    rank: float = 0.0


@dataclass(slots=True)
class _Place:
    """The state of one station."""

    station: Station
    waiting: deque[_Item] = field(default_factory=deque)
    working: int = 0
    stuck: deque[tuple[_Item, int]] = field(default_factory=deque)
    """Items that are done here and find no room in the station they go to."""

    @property
    def held(self) -> int:
        return len(self.waiting) + self.working + len(self.stuck)


@dataclass(frozen=True, slots=True)
class Run:
    """What came of it: the entries, and (day, days since arrival) of each finish."""

    visits: tuple[Visit, ...]
    leads: tuple[tuple[float, float], ...]


def stages(net: Net) -> list[tuple[str, str]]:
    """The stages of a stream with their categories, in order."""
    out = [("Backlog", "backlog")]
    for station in net.stations:
        if station.queue:
            out.append((f"{station.name} queue", "queue"))
        out.append((station.name, "active"))
    return [*out, ("Done", "done")]


def run(net: Net, days: float, seed: int, warm: float = 0.0) -> Run:
    """Simulate so many days; what happens before ``warm`` is simulated and not told."""
    return _Simulation(net, days, seed, warm).run()


class _Simulation:
    def __init__(self, net: Net, days: float, seed: int, warm: float) -> None:
        self.net = net
        self.end = warm + days
        self.warm = warm
        self.places = [_Place(station) for station in net.stations]
        self.pools = dict(net.pools)
        self.ranked = any(station.by_rank for station in net.stations)
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.count = 0
        self.now = 0.0
        self.seed = seed
        self.arrivals = random.Random(f"{seed} arrivals")
        self.visits: list[Visit] = []
        self.before: dict[int, Visit] = {}
        """Where items are that came in during the warm-up."""
        self.leads: list[tuple[float, float]] = []
        self.items = 0
        self.outside: deque[_Item] = deque()

    def at(self, when: float, act: Callable[[], None]) -> None:
        self.count += 1
        heapq.heappush(self.events, (when, self.count, act))

    def run(self) -> Run:
        self.at(self._gap(), self._arrive)
        while self.events and self.events[0][0] < self.end:
            self.now, _, act = heapq.heappop(self.events)
            act()
        early = [Visit(v.item, v.stage, 0.0) for v in self.before.values()]
        told = sorted([*early, *self.visits], key=lambda visit: visit.at)
        return Run(tuple(told), tuple(self.leads))

    # -- arrivals --------------------------------------------------------------------

    def _gap(self) -> float:
        share = self.now / self.end
        rate = self.net.rate * (1 + self.net.trend * share)
        return self.now - log(1 - self.arrivals.random()) / rate

    def _arrive(self) -> None:
        self.items += 1
        item = _Item(self.items, random.Random(f"{self.seed} {self.items}"), self.now)
        if self.ranked:
            item.rank = random.Random(f"{self.seed} rank {self.items}").random()
        self._enter(item, "Backlog")
        self.outside.append(item)
        self._let_in()
        self.at(self._gap(), self._arrive)

    def _let_in(self) -> None:
        while self.outside and self._room(0):
            self._come(self.outside.popleft(), 0)

    def _enter(self, item: _Item, stage: str) -> None:
        if self.now >= self.warm:
            self.visits.append(Visit(item.number, stage, self.now - self.warm))
            return
        if stage == "Done":
            self.before.pop(item.number, None)
        else:
            self.before[item.number] = Visit(item.number, stage, self.now)

    # -- stations --------------------------------------------------------------------

    def _room(self, place: int) -> bool:
        limit = self.net.stations[place].limit
        return not limit or self.places[place].held < limit

    def _come(self, item: _Item, place: int) -> None:
        here = self.places[place]
        station = here.station
        self._enter(item, f"{station.name} queue" if station.queue else station.name)
        here.waiting.append(item)
        self._start(place)

    def _free(self, place: int) -> bool:
        station, here = self.net.stations[place], self.places[place]
        if not station.places and not station.pool:
            return True
        if station.pool:
            used = sum(
                p.working + len(p.stuck) for p in self.places if p.station.pool == station.pool
            )
            return used < self.pools[station.pool]
        return here.working + len(here.stuck) < station.places

    def _start(self, place: int) -> None:
        here = self.places[place]
        while here.waiting and self._free(place):
            item = self._next(here)
            here.working += 1
            if here.station.queue:
                self._enter(item, here.station.name)
            share = self.now / self.end
            touch = _touch(here.station, item.luck) * (1 + here.station.drift * share)
            self.at(self.now + touch, partial(self._worked, item, place))

    def _next(self, here: _Place) -> _Item:
        """Take from what waits at a station."""
        if not here.station.by_rank:
            return here.waiting.popleft()
        item = min(here.waiting, key=lambda each: each.rank)
        here.waiting.remove(item)
        return item

    def _worked(self, item: _Item, place: int) -> None:
        here = self.places[place]
        here.working -= 1
        to = self._where(item, here.station)
        if to is not None and not self._room(to) and to != place:
            here.stuck.append((item, to))  # it keeps its place: the next stage is full
            return
        self._go(item, to)
        self._freed(place)

    def _where(self, item: _Item, station: Station) -> int | None:
        if item.luck.random() < station.back:
            return station.back_to
        if not station.next:
            return None
        chosen, total = item.luck.random() * sum(w for _, w in station.next), 0.0
        for to, weight in station.next:
            total += weight
            if chosen < total:
                return to
        return station.next[-1][0]

    def _go(self, item: _Item, to: int | None) -> None:
        if to is not None:
            self._come(item, to)
            return
        self._enter(item, "Done")
        if self.now >= self.warm:
            self.leads.append((self.now - self.warm, self.now - item.created))

    def _freed(self, place: int) -> None:
        """A station has room again: start what waits there, let in what stood before it."""
        pool = self.net.stations[place].pool
        for n, each in enumerate(self.places):
            if n == place or (pool and each.station.pool == pool):
                self._start(n)
        if place == 0:
            self._let_in()
        for n, each in enumerate(self.places):
            for stuck in list(each.stuck):
                item, to = stuck
                if to == place and self._room(place):
                    each.stuck.remove(stuck)
                    self._go(item, to)
                    self._freed(n)


def _touch(station: Station, luck: random.Random) -> float:
    """A lognormal time with this mean and coefficient of variation; fixed where that is 0."""
    if not station.spread:
        return station.touch
    sigma2 = log(1 + station.spread**2)
    return luck.lognormvariate(log(station.touch) - sigma2 / 2, sqrt(sigma2))


def demand(net: Net) -> list[float]:
    """Visits to each station for each item that arrives, returns included."""
    count = len(net.stations)
    out = [0.0] * count
    out[0] = 1.0
    for _ in range(10_000):
        new = [1.0 if n == 0 else 0.0 for n in range(count)]
        for n, station in enumerate(net.stations):
            new[station.back_to] += out[n] * station.back
            total = sum(weight for _, weight in station.next)
            for to, weight in station.next:
                new[to] += out[n] * (1 - station.back) * weight / total
        if max(abs(a - b) for a, b in zip(new, out, strict=True)) < 1e-12:
            break
        out = new
    return out


def used(net: Net, share: float = 0.5) -> list[float]:
    """The utilisation of each station's places by theory, at that share of the run; 0 for delays.

    Of stations that share a pool each has that of the pool.
    """
    rate = net.rate * (1 + net.trend * share)
    load = [
        rate * visits * s.touch * (1 + s.drift * share)
        for visits, s in zip(demand(net), net.stations, strict=True)
    ]
    pools = {
        name: sum(work for work, s in zip(load, net.stations, strict=True) if s.pool == name)
        / places
        for name, places in net.pools.items()
    }
    return [
        pools[s.pool] if s.pool else work / s.places if s.places else 0.0
        for work, s in zip(load, net.stations, strict=True)
    ]


def with_place(net: Net, station: int) -> Net:
    """The same with one place more at a station, or in its pool."""
    chosen = net.stations[station]
    if chosen.pool:
        pools = dict(net.pools)
        pools[chosen.pool] += 1
        return Net(net.stations, net.rate, net.trend, pools)
    more = replace(chosen, places=chosen.places + 1, limit=chosen.limit and chosen.limit + 1)
    stations = tuple(more if n == station else each for n, each in enumerate(net.stations))
    return replace(net, stations=stations)
