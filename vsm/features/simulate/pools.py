"""Finds the pools of servers of a stream: of a team, or of one station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vsm.features.bottlenecks.constraint import Judgement
from vsm.features.bottlenecks.queue_discipline import (
    MAX_SERVERS,
    SERVER_LOG_PRIOR,
    SHORTEST_DAYS,
    service_time_likelihood,
)
from vsm.features.bottlenecks.servers import Fit
from vsm.features.bottlenecks.stations import Floats, ObservationWindow
from vsm.features.simulate.stays import OUTSIDE, Stays
from vsm.flow.history import Ints

DELAY = MAX_SERVERS + 1
"""The number of servers that stands for a mere delay."""
LEAST_ODDS = 0.02
"""A number of servers less likely than this is not drawn."""
SEEN_TOO_MANY = (0.5, 0.25, 0.15, 0.1)
"""The odds that so many servers too many are seen (from 0 on) where moves are entered together."""
UNEXPLAINED = 0.1
"""A team that delays with higher odds than this, if it works first-in-first-out, does not: who ends
at one of its stations may go on at once at the next."""
_DELAYS = ((DELAY, 1.0),)


@dataclass(frozen=True, slots=True)
class Pool:
    """Servers that are shared by some stations, each number with its probability.

    ``team`` names the team that they are, "" where they belong to one station only.
    """

    stations: tuple[int, ...]
    odds: tuple[tuple[int, float], ...]
    team: str = ""


def find_pools(
    judgement: Judgement, by_station: Mapping[int, Fit], station_of: Ints, stays: Stays
) -> tuple[Pool, ...]:
    """The pools of servers: teams that work on several stations, all other stations alone.

    A stage that belongs to no station of the diagnosis only delays.
    """
    pools = []
    shared: set[int] = set()
    for fit in judgement.fits:
        if fit.station.team is None or fit.is_delay:
            continue
        stations = tuple(sorted({int(station_of[place]) for place in fit.station.active}))
        shared.update(stations)
        if judgement.is_fifo:
            fifo = _fifo_odds(stays, stations, judgement.window.days)
            if fifo[-1] < UNEXPLAINED:
                fit = replace(fit, server_odds=fifo)
        odds = _odds(fit, stays, stations, judgement.window)
        pools.append(Pool(stations, odds, fit.station.name))
    for n in range(int(station_of.max(initial=OUTSIDE)) + 1):
        if n not in shared:
            is_fitted = n in by_station
            odds = _odds(by_station[n], stays, (n,), judgement.window) if is_fitted else _DELAYS
            pools.append(Pool((n,), odds))
    return tuple(pools)


def _fifo_odds(stays: Stays, stations: Sequence[int], days: float) -> tuple[float, ...]:
    """The odds of numbers of servers that work first-in-first-out at several stations.

    The diagnosis fits one station's services as of one kind (``queue_discipline``); those of a team
    are of one kind at each of its stations. Item k is begun when ``k - servers + 1`` have left,
    wherever they were.
    """
    mine = np.flatnonzero(np.isin(stays.station, stations) & ~stays.outlier)
    entered, left = stays.entered[mine], stays.left[mine]
    whole = np.flatnonzero((entered > 0.0) & (left <= days))
    departures = np.sort(left)
    begun = np.empty((MAX_SERVERS + 1, whole.size))
    for servers in range(1, MAX_SERVERS + 1):
        free = np.where(whole >= servers, departures[whole - servers], -np.inf)
        begun[servers - 1] = np.maximum(entered[whole], free)
    begun[-1] = entered[whole]
    services = left[whole] - begun
    likelihood = SERVER_LOG_PRIOR.copy()
    for station in stations:
        rows = stays.station[mine][whole] == station
        if rows.any():
            stay = np.maximum((left - entered)[whole][rows], SHORTEST_DAYS)
            service = services[:, rows]
            likelihood += service_time_likelihood(
                np.maximum(service, SHORTEST_DAYS), service <= 0.0, stay
            )
    odds = np.exp(likelihood - likelihood.max())
    return tuple((odds / odds.sum()).tolist())


def _odds(
    fit: Fit, stays: Stays, stations: Sequence[int], window: ObservationWindow
) -> tuple[tuple[int, float], ...]:
    """The numbers of servers that are worth drawing, with their odds."""
    odds = np.array(fit.server_odds)
    if window.is_coarse:
        limit = fit.station.limit
        odds = _blurred(odds, limit if limit and len(fit.station.active) == 1 else MAX_SERVERS)
    return _likely(odds.tolist(), _most_held(stays, stations, window.days))


def _blurred(odds: Floats, most: int) -> Floats:
    """The odds where moves are entered together: items that left one by one seem to have been
    served at once, so that more servers are seen than there are, even more than a limit lets in.
    """
    blurred = np.zeros(odds.size)
    for servers, probability in enumerate(odds[:-1].tolist(), 1):
        for fewer, share in enumerate(SEEN_TOO_MANY):
            blurred[max(min(servers, most) - fewer, 1) - 1] += probability * share
    blurred[-1] = odds[-1]
    return blurred


def _most_held(stays: Stays, stations: Sequence[int], days: float) -> int:
    """The most items that some stations held at once in the window."""
    mine = np.isin(stays.station, stations) & ~stays.outlier & (stays.left > 0.0)
    moments = np.concatenate([stays.entered[mine], np.minimum(stays.left[mine], days)])
    step = np.repeat([1, -1], int(mine.sum()))
    return int(np.cumsum(step[np.lexsort((step, moments))]).max(initial=0))


def _likely(odds: Sequence[float], most: int) -> tuple[tuple[int, float], ...]:
    """The numbers of servers that are worth drawing, with their odds.

    Where more than ``most`` items never were, more servers than that are the same as a delay.
    """
    odds = list(odds)
    odds[-1] += sum(odds[most:-1])
    odds[most:-1] = [0.0] * len(odds[most:-1])
    kept = [(servers, p) for servers, p in enumerate(odds, 1) if p >= LEAST_ODDS * max(odds)]
    total = sum(p for _, p in kept)
    return tuple((servers, p / total) for servers, p in kept)
