"""Draws what a history leaves open, and the work of the weeks to come, for before and after.

One draw is one possible stream with one possible future. Before and after share all of its numbers:
those of an item belong to the item, its station and how often it was there before, so that a
change of one thing leaves all others as they are (common random numbers).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from math import ceil

import numpy as np

from vsm.features.bottlenecks.stations import Floats
from vsm.features.simulate.changes import NO_CHANGE, Change
from vsm.features.simulate.fitting import HALF_LIFE, NEVER, FittedStream
from vsm.features.simulate.playing import NO_POOL, Layout, Work
from vsm.features.simulate.pools import DELAY
from vsm.features.simulate.stays import OUTSIDE
from vsm.flow.history import Ints, Mask

LEVELS = 256
"""A distribution of services is drawn as so many equally likely ones."""
MOST_VISITS, MOST_REWORK = 5, 0.95
"""An item comes to a station so many times at most, then it only goes on; a larger share of returns
is never played."""
MOST_COPIES = 6
"""Arrivals can be so many times what they were, at most."""
LONGER = 0.3
"""A service that already lasts longer than any lasts longer still by this share of it, on average.
"""
TINY = 1e-9
_KINDS = _SERVICE, _OUTLIER, _BACK, _ROUTE = range(4)
"""The random numbers of a visit."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One possible stream and future: work, and finishes of items that pass no station."""

    layout: Layout
    work: Work
    passed: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Law:
    """A stream as one draw has it; one row a station.

    ``servers`` are those of each pool. ``services`` ascend. ``back`` is the probability that a stay
    ends with rework, ``returns`` and ``onward`` are the cumulative probabilities of targets of
    rework and of all else. ``weeks`` are the cumulative probabilities of the weeks that were.
    """

    servers: tuple[int, ...]
    services: Floats
    back: Floats
    returns: Floats
    onward: Floats
    weeks: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Items:
    """The items of one draw: those that are there, that wait in front of the stream, and that come.

    ``copy`` and ``mark`` say from which rate on an item comes: the sum of both. ``random`` are its
    numbers, by kind, visit, station and item; ``rest`` is what the present ones still need where
    they are, not a number for all others.
    """

    arrival: Floats
    station: Ints
    threshold: Floats
    random: Floats
    rest: Floats
    is_served: Mask
    start: Floats
    rank: Floats

    @property
    def count(self) -> int:
        return int(self.arrival.size)


_Paths = tuple[list[list[int]], list[list[float]], list[bool]]


def draws(
    stream: FittedStream, change: Change, days: float, count: int, seed: int = 0
) -> Iterator[tuple[Draw, Draw]]:
    """So many draws, each before and after the change."""
    for number in range(count):
        yield _Drawing(stream, days, (seed, number)).pair(change)


class _Drawing:
    """One draw. Every part has a generator of its own, so that none depends on the change."""

    def __init__(self, stream: FittedStream, days: float, seed: tuple[int, int]) -> None:
        self.stream, self.days, self.seed = stream, days, seed
        rng = np.random.default_rng(seed)
        self.level = float(np.exp(rng.normal(0.0, stream.arrivals.drift)))
        self.law = _draw_law(stream, rng)

    def pair(self, change: Change) -> tuple[Draw, Draw]:
        """The stream before and after a change."""
        copies = ceil(min(self.level * max(change.arrivals, 1.0), MOST_COPIES))
        items = self._items(copies)
        paths = _paths(self.stream, self.law, items, NO_CHANGE.rework)
        before = self._draw(items, paths, NO_CHANGE)
        if change.rework != NO_CHANGE.rework:
            paths = _paths(self.stream, self.law, items, change.rework)
        return before, self._draw(items, paths, change)

    def _items(self, copies: int) -> _Items:
        stream, law = self.stream, self.law
        rng = np.random.default_rng((*self.seed, 0))
        present, waiting = stream.present, stream.arrivals.waiting
        size = present.station.size
        first = np.concatenate([present.station, np.full(waiting, stream.first)])
        rest, is_served = _rest(stream, law, rng)
        parts = [
            _Items(
                np.concatenate([present.entered, np.zeros(waiting)]),
                first,
                np.full(size + waiting, -1.0),
                rng.random((len(_KINDS), MOST_VISITS, stream.count, size + waiting)),
                np.concatenate([rest, np.full(waiting, np.nan)]),
                np.concatenate([is_served, np.zeros(waiting, dtype=np.bool_)]),
                np.concatenate([present.start, np.full(waiting, np.inf)]),
                rng.random(size + waiting),
            )
        ]
        parts += [self._arrivals(copy) for copy in range(copies)]
        return _Items(
            *(
                np.concatenate([getattr(part, column.name) for part in parts], axis=-1)
                for column in fields(_Items)
            )
        )

    def _arrivals(self, copy: int) -> _Items:
        """One stream of arrivals: weeks that were, in any order."""
        stream = self.stream
        rng = np.random.default_rng((*self.seed, 1 + copy))
        weeks = stream.arrivals.weeks
        chosen = np.searchsorted(self.law.weeks, rng.random(ceil(self.days / 7.0)))
        moments = [weeks[week][0] + 7.0 * n for n, week in enumerate(chosen.tolist())]
        arrival = np.concatenate(moments)
        size = arrival.size
        return _Items(
            arrival,
            np.concatenate([weeks[week][1] for week in chosen.tolist()]),
            copy + rng.random(size),
            rng.random((len(_KINDS), MOST_VISITS, stream.count, size)),
            np.full(size, np.nan),
            np.zeros(size, dtype=np.bool_),
            np.full(size, np.inf),
            rng.random(size),
        )

    def _draw(self, items: _Items, paths: _Paths, change: Change) -> Draw:
        stream = self.stream
        kept = items.threshold < self.level * change.arrivals
        kept &= items.arrival < self.days
        inside = kept & (items.station != OUTSIDE)
        rows = np.flatnonzero(inside).tolist()
        stations, services, finishes = paths
        is_inside = np.arange(items.count) < stream.present.station.size
        work = Work(
            items.arrival[inside].tolist(),
            [stations[row] for row in rows],
            [services[row] for row in rows],
            [finishes[row] for row in rows],
            is_inside[inside].tolist(),
            items.is_served[inside].tolist(),
            items.start[inside].tolist(),
            items.rank[inside].tolist() if stream.is_by_chance else None,
        )
        passed = items.arrival[kept & (items.station == OUTSIDE)]
        return Draw(_layout(stream, self.law, change), work, passed)


def _draw_law(stream: FittedStream, rng: np.random.Generator) -> _Law:
    """Draw the numbers of servers, and weigh what was observed anew (Bayesian bootstrap)."""
    count = stream.count
    servers = tuple(
        int(rng.choice([c for c, _ in pool.odds], p=[p for _, p in pool.odds]))
        for pool in stream.pools
    )
    services = np.empty((count, LEVELS))
    middle = (np.arange(LEVELS) + 0.5) / LEVELS
    for station in range(count):
        seen = stream.services(station, servers[stream.pool[station]])
        reached = np.cumsum(rng.standard_gamma(seen.weight) + TINY)
        services[station] = seen.days[np.searchsorted(reached, middle * reached[-1])]
    routes = rng.standard_gamma(stream.routes)
    routes[routes.sum(axis=1) == 0.0, count] = 1.0
    is_back = np.arange(count + 2)[None, :] < np.arange(count)[:, None]
    back = (routes * is_back).sum(axis=1) / routes.sum(axis=1)
    recent = 0.5 ** (7.0 * np.arange(len(stream.arrivals.weeks)) / HALF_LIFE)
    weeks = np.cumsum(rng.standard_gamma(recent) + TINY)
    return _Law(
        servers,
        services,
        back,
        _cumulative(routes * is_back),
        _cumulative(routes * ~is_back, last=count),
        weeks / weeks[-1],
    )


def _cumulative(weights: Floats, last: int = 0) -> Floats:
    """Cumulative probabilities of each row; all of it at ``last`` where a row has no weight."""
    weights = weights.copy()
    weights[weights.sum(axis=1) == 0.0, last] = 1.0
    cumulative: Floats = np.cumsum(weights, axis=1)
    return cumulative / cumulative[:, -1:]


def _rest(stream: FittedStream, law: _Law, rng: np.random.Generator) -> tuple[Floats, Mask]:
    """What each present item still needs where it is, and whether it is worked on."""
    present = stream.present
    size = present.station.size
    elapsed = np.full(size, np.nan)
    is_delay = np.array([law.servers[pool] >= DELAY for pool in stream.pool], dtype=np.bool_)
    outlier = present.outlier & ~is_delay[present.station]
    for pool, servers in enumerate(law.servers):
        mine = np.flatnonzero(np.isin(present.station, stream.pools[pool].stations) & ~outlier)
        if servers >= DELAY:
            elapsed[mine] = -np.minimum(present.entered[mine], 0.0)
            continue
        stay = present.stay[mine]
        begun = stream.begun(pool, servers)[stay] - stream.days
        is_seen = ~np.isnan(stream.stays.begun[stay])
        place = np.arange(mine.size) - np.cumsum(is_seen)  # among those of which it is not seen
        is_next = ~is_seen & (place < servers)
        begun = np.where(is_next & ~np.isfinite(begun), 0.0, begun)
        served = (is_next | is_seen) & np.isfinite(begun)
        elapsed[mine[served]] = -np.minimum(begun[served], 0.0)
    is_served = ~np.isnan(elapsed)
    rest = np.full(size, np.nan)
    chance, longer = rng.random(size), rng.exponential(size=size)
    for item in np.flatnonzero(is_served).tolist():
        row, worked = law.services[present.station[item]], elapsed[item]
        after = int(np.searchsorted(row, worked, side="right"))
        if after < LEVELS:
            rest[item] = row[after + int(chance[item] * (LEVELS - after))] - worked
        else:
            rest[item] = LONGER * worked * longer[item]
    for item in np.flatnonzero(outlier).tolist():
        mean = stream.outliers[present.station[item]].mean_rest
        rest[item] = -max(min(mean * longer[item], NEVER), TINY)
    return rest, is_served


def _paths(stream: FittedStream, law: _Law, items: _Items, rework: float) -> _Paths:
    """The path of each item through the stations, with its services, and whether it finishes."""
    count, size = stream.count, items.count
    back = np.minimum(law.back * rework, MOST_REWORK)
    share = np.array(
        [
            outliers.share if law.servers[pool] < DELAY else 0.0
            for pool, outliers in zip(stream.pool, stream.outliers, strict=True)
        ]
    )
    visits = np.zeros((count, size), dtype=np.int64)
    rows = np.flatnonzero(items.station != OUTSIDE)
    station = items.station[rows]
    owners, stations, services = [], [], []
    finishes = np.zeros(size, dtype=np.bool_)
    is_first = True
    while rows.size:
        visit = visits[station, rows]
        visits[station, rows] += 1
        chance = items.random[:, np.minimum(visit, MOST_VISITS - 1), station, rows]
        days = law.services[station, (chance[_SERVICE] * LEVELS).astype(np.int64)]
        for item in np.flatnonzero(chance[_OUTLIER] < share[station]).tolist():
            lasted = stream.outliers[station[item]].days
            days[item] = -lasted[int(chance[_SERVICE][item] * lasted.size)]
        if is_first:
            days = np.where(np.isnan(items.rest[rows]), days, items.rest[rows])
            is_first = False
        owners.append(rows)
        stations.append(station)
        services.append(days)
        returns = (chance[_BACK] < back[station]) & (visit < MOST_VISITS - 1)
        routes = np.where(returns[:, None], law.returns[station], law.onward[station])
        target = (chance[_ROUTE][:, None] >= routes).sum(axis=1)
        finishes[rows[target == count]] = True
        goes_on = target < count
        rows, station = rows[goes_on], target[goes_on]
    owner = np.concatenate(owners) if owners else np.zeros(0, dtype=np.int64)
    by = np.argsort(owner, kind="stable")
    ends = np.cumsum(np.bincount(owner, minlength=size)).tolist()
    flat_stations = np.concatenate(stations)[by].tolist() if owners else []
    flat_services = np.concatenate(services)[by].tolist() if owners else []
    cuts = list(pairwise([0, *ends]))
    return (
        [flat_stations[a:b] for a, b in cuts],
        [flat_services[a:b] for a, b in cuts],
        finishes.tolist(),
    )


def _layout(stream: FittedStream, law: _Law, change: Change) -> Layout:
    """The stations of one draw with a change."""
    servers = list(law.servers)
    for station, more in change.slots.items():
        pool = stream.pool[station]
        servers[pool] = max(1, servers[pool] + more)
    for station, most in change.most_slots.items():
        pool = stream.pool[station]
        servers[pool] = min(most, servers[pool])
    changes = []
    for absence in change.absences:
        pool = stream.pool[absence.station]
        missing = min(absence.slots, servers[pool])
        begin = 7.0 * absence.from_week
        changes += [(begin, pool, -missing), (begin + 7.0 * absence.weeks, pool, missing)]
    limits = [change.limits.get(n, limit) for n, limit in enumerate(stream.limit)]
    for station, room in change.queue_rooms.items():
        limits[station] = room + servers[stream.pool[station]]
    return Layout(
        [NO_POOL if law.servers[pool] >= DELAY else pool for pool in stream.pool],
        limits,
        list(stream.is_started),
        servers,
        changes,
    )
