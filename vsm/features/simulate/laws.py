"""Draws what a history leaves open: numbers of servers, services, routes, and weeks that come.

One draw is one possible stream. What was observed is weighed anew for each (Bayesian bootstrap), so
the draws differ by as much as the history leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsm.features.bottlenecks.stations import Floats
from vsm.features.simulate.fitting import HALF_LIFE, NEVER, FittedStream
from vsm.features.simulate.pools import DELAY
from vsm.flow.history import Ints, Mask

LEVELS = 256
"""A distribution of services is drawn as so many equally likely ones."""
LONGER = 0.3
"""A service that already lasts longer than any lasts longer still by this share of it, on average.
"""
TINY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """A stream as one draw has it; one row a station.

    ``level`` is the rate of arrivals, of what it was. ``servers`` are those of each pool.
    ``services`` ascend. ``back`` is the probability that a stay ends with rework, ``returns`` and
    ``onward`` are the cumulative probabilities of targets of rework and of all else. ``weeks`` are
    the cumulative probabilities of the weeks that were.
    """

    level: float
    servers: Ints
    services: Floats
    back: Floats
    returns: Floats
    onward: Floats
    weeks: Floats


def draw_law(stream: FittedStream, rng: np.random.Generator) -> Law:
    """Draw the numbers of servers, and weigh what was observed anew."""
    count = stream.count
    level = float(np.exp(rng.normal(0.0, stream.arrivals.drift)))
    servers = [_choose(pool.odds, float(rng.random())) for pool in stream.pools]
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
    return Law(
        level,
        np.array(servers, dtype=np.int64),
        services,
        back,
        _cumulative(routes * is_back),
        _cumulative(routes * ~is_back, last=count),
        weeks / weeks[-1],
    )


def _choose(odds: tuple[tuple[int, float], ...], chance: float) -> int:
    """The number of servers at a share of the way through its odds."""
    for servers, probability in odds:
        chance -= probability
        if chance < 0.0:
            return servers
    return odds[-1][0]


def _cumulative(weights: Floats, last: int = 0) -> Floats:
    """Cumulative probabilities of each row; all of it at ``last`` where a row has no weight."""
    weights = weights.copy()
    weights[weights.sum(axis=1) == 0.0, last] = 1.0
    cumulative: Floats = np.cumsum(weights, axis=1)
    return cumulative / cumulative[:, -1:]


def draw_rest(stream: FittedStream, law: Law, rng: np.random.Generator) -> tuple[Floats, Mask]:
    """What each present item still needs where it is, and whether it is worked on."""
    present = stream.present
    size = present.station.size
    elapsed = np.full(size, np.nan)
    is_delay = law.servers[list(stream.pool)] >= DELAY
    outlier = present.outlier & ~is_delay[present.station]
    for pool, servers in enumerate(law.servers.tolist()):
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
    for station in np.unique(present.station[is_served]).tolist():
        mine = np.flatnonzero(is_served & (present.station == station))
        row, worked = law.services[station], elapsed[mine]
        after = np.searchsorted(row, worked, side="right")
        chosen = after + (chance[mine] * (LEVELS - after)).astype(np.int64)
        ends = row[np.minimum(chosen, LEVELS - 1)] - worked
        rest[mine] = np.where(after < LEVELS, ends, LONGER * worked * longer[mine])
    outliers = np.flatnonzero(outlier)
    mean = np.array([of_station.mean_rest for of_station in stream.outliers])
    lasts = mean[present.station[outliers]] * longer[outliers]
    rest[outliers] = -np.clip(lasts, TINY, NEVER)
    return rest, is_served
