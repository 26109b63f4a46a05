"""Simulates stations, queues and limits in continuous time; the result is a history of visits.

A stream is a line (or a branching net) of stations. Each station has servers that work on one item
at a time, and a stage in which its items are worked on; where it has a queue stage, items wait
there, else they wait in the working stage itself. A station may share its servers with others (a
team), have a limit on its stage, send items back, or be a delay without servers (a supplier).

Teams do not work evenly: servers may change over time (``staffing``), a station may let items go
only at certain moments (``gate``), work on several at once (``at_once``), and take urgent ones
first; work may be taken in only every other week (``intake``), and a team may work for another
stream too.

All random numbers of an item come from a generator of its own, so the same seed gives the same work
to a stream with one server more: the difference is due to the server alone.
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
GATE_MINUTES = 10.0
"""Items that a gate lets go together are moved within so many minutes."""


@dataclass(frozen=True, slots=True)
class Station:
    """A station: ``service_time`` is the mean in days, ``spread`` its coefficient of variation.

    ``servers`` of 0 are a delay that any number of items spend at once. ``limit`` is the most items
    in stage and queue stage together; ``pool`` names a team whose servers are shared. ``back`` is
    the probability that a visit ends with a return to station ``back_to``; else the item goes to
    one of ``next`` by their weights, or is done. ``drift`` is the relative change of the service
    time from the start of the run to its end. ``by_rank`` starts waiting items by a random rank of
    their own instead of first-in-first-out.

    ``staffing`` are servers by the share of the run from which on there are so many, in place of
    ``servers``, which are those at the end. A ``gate`` lets items go every so many days, at the
    share ``gate_at`` of the day. With ``at_once`` over 1 each server works on so many items in
    turns. ``other`` stations belong to another stream: its items come straight to them. One that
    ``waits`` is a queue stage on the board.
    """

    name: str
    servers: int
    service_time: float
    spread: float = 0.7
    queue: bool = False
    limit: int = 0
    pool: str = ""
    back: float = 0.0
    back_to: int = 0
    next: tuple[tuple[int, float], ...] = ()
    drift: float = 0.0
    by_rank: bool = False
    staffing: tuple[tuple[float, int], ...] = ()
    gate: float = 0.0
    gate_at: float = 0.1
    at_once: int = 1
    other: bool = False
    waits: bool = False

    def servers_at(self, share: float) -> int:
        """The servers at that share of the run."""
        before = [servers for since, servers in self.staffing if since <= share]
        return before[-1] if before else self.servers


@dataclass(frozen=True, slots=True)
class Net:
    """A stream: its stations (the first takes what arrives) and the arrival rate per day.

    ``trend`` is the relative change of the rate, linear until the end: 0.3 is 30% more. Items are
    taken in every ``intake`` days (0: at once); a share ``urgent`` of them is started first
    everywhere. ``other_rate`` items a day arrive at the station of another stream. In a stream that
    is ``never_done`` items end in a stage that looks like one of work.
    """

    stations: tuple[Station, ...]
    rate: float
    trend: float = 0.0
    pools: Mapping[str, int] = field(default_factory=dict)
    intake: float = 0.0
    urgent: float = 0.0
    other_rate: float = 0.0
    never_done: bool = False

    @property
    def last_stage(self) -> str:
        """The stage in which items end."""
        return "Closed" if self.never_done else "Done"


@dataclass(frozen=True, slots=True)
class Visit:
    """An entry of an item into a stage, in days from the start."""

    item: int
    stage: str
    at: float


@dataclass(slots=True)
class _Item:
    number: int
    rng: random.Random
    created: float
    rank: float = 0.0
    urgent: bool = False
    since: float = 0.0


@dataclass(slots=True)
class _StationState:
    station: Station
    waiting: deque[_Item] = field(default_factory=deque)
    working: int = 0
    shared: dict[int, tuple[_Item, float]] = field(default_factory=dict)
    """Items that share the servers, each with the time of one that it still needs."""
    shared_since: float = 0.0
    shared_turn: int = 0
    blocked: deque[tuple[_Item, int]] = field(default_factory=deque)
    """Finished items, each with the full station that it goes to: they keep their servers."""

    @property
    def occupancy(self) -> int:
        return len(self.waiting) + self.working + len(self.blocked)


@dataclass(frozen=True, slots=True)
class Run:
    """The result: entries into stages, and for each finished item its day and lead time in days."""

    visits: tuple[Visit, ...]
    leads: tuple[tuple[float, float], ...]


def other_stream(net: Net) -> Net | None:
    """The other stream for which the team works too; ``None`` where there is none."""
    stations = tuple(replace(station, other=False) for station in net.stations if station.other)
    return replace(net, stations=stations, rate=net.other_rate) if stations else None


def stages(net: Net) -> list[tuple[str, str]]:
    """The stages of a stream with their categories, in order."""
    out = [("Backlog", "backlog")]
    for station in net.stations:
        if station.other:
            continue
        if station.queue:
            out.append((f"{station.name} queue", "queue"))
        out.append((station.name, "queue" if station.waits else "active"))
    if net.never_done:
        out.append((net.last_stage, "active"))
    return [*out, ("Done", "done")]


def run(net: Net, days: float, seed: int, warm: float = 0.0) -> Run:
    """Simulate so many days after ``warm`` days of which nothing is reported."""
    return _Simulation(net, days, seed, warm).run()


class _Simulation:
    def __init__(self, net: Net, days: float, seed: int, warm: float) -> None:
        self.net = net
        self.end = warm + days
        self.warm = warm
        self.states = [_StationState(station) for station in net.stations]
        self.pools = dict(net.pools)
        self.ranked = any(station.by_rank for station in net.stations)
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.count = 0
        self.now = 0.0
        self.seed = seed
        self.arrivals = random.Random(f"{seed} arrivals")
        self.visits: list[Visit] = []
        # Only the last visit of each item: where it is when the report begins.
        self.warm_up_visits: dict[int, Visit] = {}
        self.leads: list[tuple[float, float]] = []
        self.items = 0
        self.held_back: deque[_Item] = deque()
        self.done = net.last_stage

    def schedule(self, when: float, callback: Callable[[], None]) -> None:
        self.count += 1
        heapq.heappush(self.events, (when, self.count, callback))

    def run(self) -> Run:
        self.schedule(self._gap(), self._arrive)
        self._schedule_changes()
        while self.events and self.events[0][0] < self.end:
            self.now, _, callback = heapq.heappop(self.events)
            callback()
        early = [Visit(v.item, v.stage, 0.0) for v in self.warm_up_visits.values()]
        visits = sorted([*early, *self.visits], key=lambda visit: visit.at)
        return Run(tuple(visits), tuple(self.leads))

    def _schedule_changes(self) -> None:
        """Plan what happens at known moments: staff, intake, the first item of another stream."""
        for place, station in enumerate(self.net.stations):
            for share, _ in station.staffing:
                self.schedule(share * self.end, partial(self._start, place))
            if station.other:
                self.schedule(self._other_gap(), partial(self._arrive_elsewhere, place))
        if self.net.intake:
            self.schedule(self.net.intake, self._take_in)

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
        item.urgent = bool(self.net.urgent) and (
            random.Random(f"{self.seed} urgent {self.items}").random() < self.net.urgent
        )
        self._enter(item, "Backlog")
        self.held_back.append(item)
        if not self.net.intake:
            self._admit()
        self.schedule(self._gap(), self._arrive)

    def _take_in(self) -> None:
        self._admit()
        self.schedule(self.now + self.net.intake, self._take_in)

    def _other_gap(self) -> float:
        return self.now - log(1 - self.arrivals.random()) / self.net.other_rate

    def _arrive_elsewhere(self, place: int) -> None:
        self.items += 1
        item = _Item(self.items, random.Random(f"{self.seed} {self.items}"), self.now)
        self._enter_station(item, place)
        self.schedule(self._other_gap(), partial(self._arrive_elsewhere, place))

    def _admit(self) -> None:
        while self.held_back and self._has_room(0):
            self._enter_station(self.held_back.popleft(), 0)

    def _enter(self, item: _Item, stage: str) -> None:
        if self.now >= self.warm:
            self.visits.append(Visit(item.number, stage, self.now - self.warm))
            return
        if stage == self.done:
            self.warm_up_visits.pop(item.number, None)
        else:
            self.warm_up_visits[item.number] = Visit(item.number, stage, self.now)

    # -- stations --------------------------------------------------------------------

    def _has_room(self, place: int) -> bool:
        limit = self.net.stations[place].limit
        return not limit or self.states[place].occupancy < limit

    def _enter_station(self, item: _Item, place: int) -> None:
        state = self.states[place]
        station = state.station
        self._enter(item, f"{station.name} queue" if station.queue else station.name)
        item.since = self.now
        state.waiting.append(item)
        self._start(place)

    def _has_free_server(self, place: int) -> bool:
        station, state = self.net.stations[place], self.states[place]
        if not station.servers and not station.pool:
            return True
        if station.pool:
            busy = sum(
                p.working + len(p.blocked) for p in self.states if p.station.pool == station.pool
            )
            return busy < self.pools[station.pool]
        servers = station.servers_at(self.now / self.end)
        return state.working + len(state.blocked) < servers * station.at_once

    def _start(self, place: int) -> None:
        state = self.states[place]
        while state.waiting and self._has_free_server(place):
            item = self._take_next(state)
            state.working += 1
            if state.station.queue:
                self._enter(item, state.station.name)
            service_time = self._service_time(item, state.station)
            if state.station.at_once > 1:
                self._share(place, item, service_time)
            else:
                self.schedule(self.now + service_time, partial(self._finish_service, item, place))

    def _service_time(self, item: _Item, station: Station) -> float:
        if station.gate:
            last = (self.now - station.gate_at) // station.gate
            release = (last + 1) * station.gate + station.gate_at
            return release - self.now + item.rng.random() * GATE_MINUTES / 1440
        share = self.now / self.end
        return _draw_service_time(station, item.rng) * (1 + station.drift * share)

    def _share(self, place: int, item: _Item | None = None, service_time: float = 0.0) -> None:
        """Bring the items that share servers up to now, add one, and plan who ends first."""
        state = self.states[place]
        servers = state.station.servers_at(self.now / self.end)
        pace = min(servers / len(state.shared), 1.0) if state.shared else 1.0
        worked = (self.now - state.shared_since) * pace
        state.shared = {n: (one, left - worked) for n, (one, left) in state.shared.items()}
        state.shared_since = self.now
        if item is not None:
            state.shared[item.number] = item, service_time
        state.shared_turn += 1
        if state.shared:
            first = min(state.shared, key=lambda n: state.shared[n][1])
            pace = min(servers / len(state.shared), 1.0)
            until = self.now + max(state.shared[first][1], 0.0) / pace
            self.schedule(until, partial(self._end_shared, place, first, state.shared_turn))

    def _end_shared(self, place: int, number: int, turn: int) -> None:
        state = self.states[place]
        if turn != state.shared_turn:  # another came or left since
            return
        item, _ = state.shared[number]
        self._share(place)
        del state.shared[number]
        self._share(place)
        self._finish_service(item, place)

    def _waits_since(self, place: int) -> float:
        waiting = self.states[place].waiting
        return waiting[0].since if waiting else self.end

    def _take_next(self, state: _StationState) -> _Item:
        """Take the next item from the queue of a station."""
        urgent = next((waiting for waiting in state.waiting if waiting.urgent), None)
        if urgent is not None:
            state.waiting.remove(urgent)
            return urgent
        if not state.station.by_rank:
            return state.waiting.popleft()
        item = min(state.waiting, key=lambda waiting: waiting.rank)
        state.waiting.remove(item)
        return item

    def _finish_service(self, item: _Item, place: int) -> None:
        state = self.states[place]
        state.working -= 1
        if state.station.other:
            self._enter(item, self.done)
            self._release(place)
            return
        to = self._choose_next(item, state.station)
        if to is not None and not self._has_room(to) and to != place:
            state.blocked.append((item, to))  # it keeps its server: the next stage is full
            return
        self._send_on(item, to)
        self._release(place)

    def _choose_next(self, item: _Item, station: Station) -> int | None:
        if item.rng.random() < station.back:
            return station.back_to
        if not station.next:
            return None
        chosen, total = item.rng.random() * sum(w for _, w in station.next), 0.0
        for to, weight in station.next:
            total += weight
            if chosen < total:
                return to
        return station.next[-1][0]

    def _send_on(self, item: _Item, to: int | None) -> None:
        if to is not None:
            self._enter_station(item, to)
            return
        self._enter(item, self.done)
        if self.now >= self.warm:
            self.leads.append((self.now - self.warm, self.now - item.created))

    def _release(self, place: int) -> None:
        """Use the room in a station: start waiting items, let in those that it had blocked."""
        pool = self.net.stations[place].pool
        if pool:
            # Who shares servers takes first what waited longest, wherever it is.
            sharing = [n for n, state in enumerate(self.states) if state.station.pool == pool]
            for n in sorted(sharing, key=lambda n: self._waits_since(n)):
                self._start(n)
        else:
            self._start(place)
        if place == 0 and not self.net.intake:
            self._admit()
        for n, state in enumerate(self.states):
            for entry in list(state.blocked):
                item, to = entry
                if to == place and self._has_room(place):
                    state.blocked.remove(entry)
                    self._send_on(item, to)
                    self._release(n)


def _draw_service_time(station: Station, rng: random.Random) -> float:
    """A lognormal time with this mean and coefficient of variation; fixed where that is 0."""
    if not station.spread:
        return station.service_time
    sigma2 = log(1 + station.spread**2)
    return rng.lognormvariate(log(station.service_time) - sigma2 / 2, sqrt(sigma2))


def visit_ratios(net: Net) -> list[float]:
    """The visits to each station per arriving item, returns included (by fixed-point iteration)."""
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


def expected_utilisations(net: Net, share: float = 0.5) -> list[float]:
    """The utilisation λτ/c of each station by theory, at that share of the run; 0 for delays.

    Stations that share a pool have the utilisation of the pool.
    """
    rate = net.rate * (1 + net.trend * share)
    load = [
        (net.other_rate if s.other else rate * visits) * s.service_time * (1 + s.drift * share)
        for visits, s in zip(visit_ratios(net), net.stations, strict=True)
    ]
    pools = {
        name: sum(work for work, s in zip(load, net.stations, strict=True) if s.pool == name)
        / servers
        for name, servers in net.pools.items()
    }
    return [
        pools[s.pool] if s.pool else work / s.servers_at(share) if s.servers else 0.0
        for work, s in zip(load, net.stations, strict=True)
    ]


def with_server(net: Net, station: int) -> Net:
    """The same stream with one server more at a station, or in its pool."""
    chosen = net.stations[station]
    if chosen.pool:
        pools = dict(net.pools)
        pools[chosen.pool] += 1
        return replace(net, pools=pools)
    staffing = tuple((since, servers + 1) for since, servers in chosen.staffing)
    more = replace(
        chosen,
        servers=chosen.servers + 1,
        limit=chosen.limit and chosen.limit + 1,
        staffing=staffing,
    )
    stations = tuple(more if n == station else other for n, other in enumerate(net.stations))
    return replace(net, stations=stations)
