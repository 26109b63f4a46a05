"""Fits a stream to its history so that it can be played: arrivals, services, routes, servers.

What the history leaves open stays open here: observations and the odds of numbers of servers are
kept, and every draw (:mod:`~vsm.features.simulate.drawing`) takes from them anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vsm.features.bottlenecks.constraint import FIFO_LOG_ODDS, Judgement
from vsm.features.bottlenecks.stations import Floats
from vsm.features.simulate.arrivals import Arrivals, find_arrivals, find_finishes
from vsm.features.simulate.pools import DELAY, Pool, find_pools
from vsm.features.simulate.stays import OUTSIDE, Stays, find_stays, stations_at
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints, Mask
from vsm.model.rules import DAY, day_start, local

NEVER = 1e9
"""Days that stand for a stay without an end."""
HALF_LIFE = 120.0
"""Days after which an observation counts half."""
LEAST_SERVICE, LEAST_SERVICES = 1e-4, 5
"""Services in days below the first count as equal; with fewer than the second whole stays count."""


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """Services at a station in days, ascending, with the weight of each."""

    days: Floats
    weight: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Outliers:
    """Stays on which nobody works: the share of all stays, how long they lasted, and the mean time
    until one of those that go on ends (infinite where none ever did).
    """

    share: float
    days: Floats
    mean_rest: float


@dataclass(frozen=True, slots=True, eq=False)
class Present:
    """The items that are at a station now, one entry an item, by their entry.

    ``stay`` is the number of the stay that goes on; times are days from now. ``start`` is infinite
    for an item that has not started.
    """

    stay: Ints
    station: Ints
    entered: Floats
    start: Floats
    outlier: Mask


@dataclass(frozen=True, eq=False)
class FittedStream:
    """A stream as it can be played. ``routes`` are counts by station and target (see ``Stays``).

    ``names`` are those of the stations, ``station_of`` the number of each stage's station, by its
    place in the order of the stream. ``limit`` is the WIP limit of a station (0: none),
    ``pool`` the number of its pool. Work begins in the order of arrival unless it
    surely ``is_by_chance``. ``day_share`` is how much of the local day has passed now.
    """

    names: tuple[str, ...]
    station_of: Ints
    limit: tuple[int, ...]
    is_started: tuple[bool, ...]
    pool: tuple[int, ...]
    pools: tuple[Pool, ...]
    routes: NDArray[np.float64]
    outliers: tuple[Outliers, ...]
    present: Present
    arrivals: Arrivals
    is_by_chance: bool
    day_share: float
    stays: Stays
    days: float
    blocked: Mask
    _begun: dict[tuple[int, int], Floats] = field(default_factory=dict)
    _services: dict[tuple[int, int], Services] = field(default_factory=dict)
    _factors: dict[tuple[int, int], float] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """The number of stations."""
        return len(self.names)

    @property
    def first(self) -> int:
        """The station to which most items come from outside."""
        entries = np.concatenate([station for _, station in self.arrivals.weeks])
        entries = entries[entries != OUTSIDE]
        return int(np.bincount(entries).argmax()) if entries.size else 0

    @property
    def has_rework(self) -> bool:
        """Whether an item went back to an earlier station."""
        return bool(np.tril(self.routes[:, : self.count], -1).any())

    def station_at(self, place: int) -> int | None:
        """The station of the stage at a place in the order of the stream."""
        station = int(self.station_of[place])
        return None if station == OUTSIDE else station

    def places(self, station: int) -> list[int]:
        """The places of its stages."""
        return np.flatnonzero(self.station_of == station).tolist()

    def likely_slots(self, station: int) -> int:
        """The likeliest number of slots of the pool of a station."""
        odds = self.pools[self.pool[station]].odds
        return max(((p, servers) for servers, p in odds if servers != DELAY), default=(0.0, 0))[1]

    def only_delays(self, station: int) -> bool:
        """Whether a station probably has no slots."""
        odds = dict(self.pools[self.pool[station]].odds)
        return odds.get(DELAY, 0.0) > 0.5

    def begun(self, pool: int, servers: int) -> Floats:
        """When work began on each stay at the stations of a pool if it has so many servers.

        Infinite where it has not, not a number on all other stays.
        """
        key = pool, servers
        if key not in self._begun:
            self._begun[key] = _begun(self.stays, self.pools[pool].stations, servers)
        return self._begun[key]

    def rate_factor(self, pool: int, servers: int) -> float:
        """The factor that gives services of a pool the mean by which departures went."""
        key = pool, servers
        if key not in self._factors:
            self._factors[key] = _rate_factor(self, pool, servers)
        return self._factors[key]

    def services(self, station: int, servers: int) -> Services:
        """The services at a station if its pool has so many servers."""
        key = station, servers
        if key not in self._services:
            self._services[key] = _services(self, station, servers)
        return self._services[key]


def _begun(stays: Stays, stations: Sequence[int], servers: int) -> Floats:
    """See :meth:`FittedStream.begun`: in the order of arrival, where no queue stage shows it.

    Item k is served as soon as ``k - servers + 1`` items have left.
    """
    begun = np.full(stays.entered.size, np.nan)
    mine = np.flatnonzero(np.isin(stays.station, stations) & ~stays.outlier)
    left = np.sort(stays.left[mine])
    begun[mine] = stays.entered[mine]
    if servers < DELAY:
        place = np.arange(servers, mine.size)
        begun[mine[place]] = np.maximum(stays.entered[mine[place]], left[place - servers])
    seen = mine[~np.isnan(stays.begun[mine])]
    begun[seen] = stays.begun[seen]
    return begun


def _services(stream: FittedStream, station: int, servers: int) -> Services:
    """See :meth:`FittedStream.services`.

    Who overtook was served in a time that nobody knows, and moves may be entered late: all services
    are made longer or shorter until their mean is the one that departures show. So the stations can
    do what they did.
    """
    stays, pool = stream.stays, stream.pool[station]
    if servers >= DELAY:
        return _delays(stays, station, stream.days)
    begun = stream.begun(pool, servers)
    rows = (stays.station == station) & ~stays.outlier & ~stream.blocked
    rows &= (stays.left > 0.0) & (stays.left <= stream.days)
    days = stays.left[rows] - begun[rows]
    known = days > 0.0
    if known.sum() < LEAST_SERVICES:  # too few to say anything: whole stays
        days, known = (stays.left - stays.entered)[rows], np.ones(days.size, dtype=np.bool_)
    if not days.size:
        return Services(np.array([1.0]), np.array([1.0]))
    weight = 0.5 ** ((stream.days - stays.left[rows][known]) / HALF_LIFE)
    days = np.maximum(days[known], LEAST_SERVICE)
    days = days * stream.rate_factor(pool, servers)
    by = np.argsort(days)
    return Services(days[by], weight[by])


def _delays(stays: Stays, station: int, days: float) -> Services:
    """Stays at a station that only delays, those that go on among them (Kaplan and Meier 1958).

    A stay counts for the ages at which it was seen in the window. What lasts longer than any stay
    that ended never ends.
    """
    rows = (stays.station == station) & (stays.left > 0.0) & (stays.entered <= days)
    entered, left = stays.entered[rows], stays.left[rows]
    if not entered.size:
        return Services(np.array([1.0]), np.array([1.0]))
    ended = left <= days
    until = np.maximum(np.minimum(left, days) - entered, LEAST_SERVICE)
    since = np.maximum(-entered, 0.0)
    weight = 0.5 ** ((days - np.maximum(entered, 0.0)) / HALF_LIFE)  # not by what became of it
    by = np.argsort(until, kind="stable")
    until, ended, weight = until[by], ended[by], weight[by]
    first = np.argsort(since[by], kind="stable")
    began = np.concatenate([[0.0], np.cumsum(weight[first])])
    at_risk = began[np.searchsorted(since[by][first], until, side="left")]
    at_risk = at_risk - (np.cumsum(weight) - weight)
    hazard = np.where(ended, weight / np.maximum(at_risk, weight), 0.0)
    lasts = np.concatenate([[1.0], np.cumprod(1.0 - np.minimum(hazard, 1.0))])
    share = np.append(lasts[:-1] - lasts[1:], lasts[-1])
    kept = share > 0.0
    return Services(np.append(until, NEVER)[kept], share[kept] * float(weight.sum()))


def _rate_factor(stream: FittedStream, pool: int, servers: int) -> float:
    """The factor that gives services the mean by which departures went.

    Servers were busy for ``min(n, servers)`` while n items were there. Times in which a full
    station held departures up are in neither.
    """
    stays = stream.stays
    rows = np.isin(stays.station, stream.pools[pool].stations) & ~stays.outlier
    entered, left = stays.entered[rows], stays.left[rows]
    ended = (left > 0.0) & (left <= stream.days)
    begun, blocked = stream.begun(pool, servers)[rows], stream.blocked[rows]
    free = ended & ~blocked
    services = left[free] - begun[free]
    services = np.maximum(services[services > 0.0], LEAST_SERVICE)
    inside = np.maximum(entered, 0.0), np.minimum(left, stream.days)
    moments = np.concatenate(inside)
    step = np.concatenate([np.ones(entered.size), np.full(entered.size, -1.0)])
    open_ = np.concatenate([inside[1] > inside[0]] * 2)
    by = np.lexsort((-step[open_], moments[open_]))
    held = np.cumsum(step[open_][by])[:-1]
    busy = float(np.minimum(held, servers) @ np.diff(moments[open_][by]))
    held_up = ended & blocked
    lost = float((left[held_up] - begun[held_up]).clip(0.0).sum())
    if not services.size or busy <= lost:
        return 1.0
    return (busy - lost) / int(free.sum()) / float(services.mean())


def fit_stream(judgement: Judgement, flow: FlowData) -> FittedStream:
    """Fit a stream to what its diagnosis looked at."""
    stream, window = judgement.stream, judgement.window
    fits = judgement.stage_fits
    ends = window.practice.ends if not find_finishes(judgement).size else frozenset()
    station_of = stations_at(stream, [fit.station for fit in fits], ends)
    stays = find_stays(window, stream, station_of, ends)
    count = int(station_of.max(initial=OUTSIDE)) + 1
    by_station = {int(station_of[fit.station.active[0]]): fit for fit in fits}
    limit = tuple(by_station[n].station.limit if n in by_station else 0 for n in range(count))
    places = [np.flatnonzero(station_of == n).tolist() for n in range(count)]
    pools = find_pools(judgement, by_station, station_of, stays)
    pool_of = {station: n for n, pool in enumerate(pools) for station in pool.stations}
    end = window.begin + round(window.days * DAY)
    midnight = day_start(local(end, stream.zone).date(), stream.zone)
    return FittedStream(
        names=tuple(
            by_station[n].station.name if n in by_station else stream.order[places[n][-1]].name
            for n in range(count)
        ),
        station_of=station_of,
        limit=limit,
        is_started=tuple(
            any(stream.order[place].id in stream.starting for place in of_station)
            for of_station in places
        ),
        pool=tuple(pool_of[n] for n in range(count)),
        pools=pools,
        routes=_routes(stays, count, window.days),
        outliers=tuple(_outliers(stays, n, window.days) for n in range(count)),
        present=_present(stays, flow, window.days, end),
        arrivals=find_arrivals(judgement, flow, stays, station_of, limit),
        is_by_chance=not judgement.window.is_coarse and judgement.fifo_log_odds < -FIFO_LOG_ODDS,
        day_share=(end - midnight) / DAY,
        stays=stays,
        days=window.days,
        blocked=_blocked(stays, limit, window.days),
    )


def _routes(stays: Stays, count: int, days: float) -> Floats:
    ended = (stays.left > 0.0) & (stays.left <= days)
    routes = np.zeros((count, count + 2))
    weight = 0.5 ** ((days - stays.left[ended]) / HALF_LIFE)
    np.add.at(routes, (stays.station[ended], stays.target[ended]), weight)
    return routes


def _blocked(stays: Stays, limit: Sequence[int], days: float) -> Mask:
    """The stays that ended when a full station had room again, not when their work ended."""
    blocked = np.zeros(stays.entered.size, dtype=np.bool_)
    for station, most in enumerate(limit):
        to = np.flatnonzero((stays.target == station) & np.isfinite(stays.left))
        if not most or not to.size:
            continue
        mine = (stays.station == station) & ~stays.outlier
        entered, left = np.sort(stays.entered[mine]), np.sort(stays.left[mine])
        at = stays.left[to]
        held = np.searchsorted(entered, at) - np.searchsorted(left, at)
        blocked[to] = held >= most
    return blocked


def _outliers(stays: Stays, station: int, days: float) -> Outliers:
    mine = stays.station == station
    recent = mine & (stays.entered > 0.0) & (stays.entered <= days)
    out = mine & stays.outlier
    ended = out & (stays.left > 0.0) & (stays.left <= days)
    inside = np.minimum(stays.left[out], days) - np.maximum(stays.entered[out], 0.0)
    lengths = np.minimum(stays.left, days) - stays.entered
    ends = int(ended.sum())
    return Outliers(
        float((recent & out).sum()) / max(int(recent.sum()), 1),
        np.sort(lengths[ended if ends else out]),
        float(inside.clip(0.0).sum()) / ends if ends else np.inf,
    )


def _present(stays: Stays, flow: FlowData, days: float, end: int) -> Present:
    rows = np.flatnonzero(np.isinf(stays.left) & (stays.entered <= days))
    owner = stays.owner[rows]
    start = np.where(flow.flow.started[owner], (flow.flow.start[owner] - end) / DAY, np.inf)
    return Present(
        rows,
        stays.station[rows],
        stays.entered[rows] - days,
        np.minimum(start, np.where(np.isfinite(start), 0.0, np.inf)),
        stays.outlier[rows],
    )
