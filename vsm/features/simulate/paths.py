"""Finds the paths of the items of many draws through the stations, with their services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vsm.features.bottlenecks.stations import Floats
from vsm.features.simulate.chances import Keys, chances
from vsm.features.simulate.fitting import FittedStream
from vsm.features.simulate.laws import LEVELS, Law
from vsm.features.simulate.pools import DELAY
from vsm.features.simulate.stays import OUTSIDE
from vsm.flow.history import Ints, Mask

MOST_VISITS, MOST_REWORK = 5, 0.95
"""An item comes to a station so many times at most, then it only goes on; a larger share of returns
is never played."""
PURPOSES = _SERVICE, _OUTLIER, _BACK, _ROUTE = range(4)
"""What the random numbers of a visit are for."""


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """The items of some draws: those that are there, that wait in front of the stream, and that
    come; in the order of their draws.

    An item comes from the rate of arrivals on that is its ``threshold``. ``key`` has its random
    numbers. ``rest`` is what one that ``is_inside`` still needs where it is, not a number for all
    others.
    """

    draw: Ints
    key: Keys
    arrival: Floats
    station: Ints
    threshold: Floats
    rest: Floats
    is_inside: Mask
    is_served: Mask
    start: Floats
    rank: Floats

    @property
    def count(self) -> int:
        """How many they are."""
        return int(self.arrival.size)


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """One entry a stay, by its item (``owner``) and in order: the station, and the days of service,
    below 0 for an outlier. ``finishes`` says of each item whether its path ends done.
    """

    owner: Ints
    station: Ints
    service: Floats
    finishes: Mask


def find_paths(stream: FittedStream, laws: Sequence[Law], items: Items, rework: float) -> Paths:
    """The path of each item that comes to a station."""
    count, size = stream.count, items.count
    services = np.stack([law.services for law in laws])
    back = np.minimum(np.stack([law.back for law in laws]) * rework, MOST_REWORK)
    targets = np.stack([[law.onward for law in laws], [law.returns for law in laws]])
    pool = list(stream.pool)
    share = np.array([outliers.share for outliers in stream.outliers])
    share = share * (np.stack([law.servers for law in laws])[:, pool] < DELAY)
    lasted, sizes = _outlier_days(stream)
    visits = np.zeros((count, size), dtype=np.int64)
    rows = np.flatnonzero(items.station != OUTSIDE)
    station = items.station[rows]
    owners, stations, days_of = [rows[:0]], [station[:0]], [np.zeros(0)]
    finishes = np.zeros(size, dtype=np.bool_)
    while rows.size:
        draw, visit = items.draw[rows], visits[station, rows]
        visits[station, rows] += 1
        number = np.minimum(visit, MOST_VISITS - 1) * count + station
        chance = chances(items.key[rows], number, len(PURPOSES))
        days = services[draw, station, (chance[_SERVICE] * LEVELS).astype(np.int64)]
        out = np.flatnonzero(chance[_OUTLIER] < share[draw, station])
        place = (chance[_SERVICE, out] * sizes[station[out]]).astype(np.int64)
        days[out] = -lasted[station[out], place]
        if len(owners) == 1:
            days = np.where(np.isnan(items.rest[rows]), days, items.rest[rows])
        owners.append(rows)
        stations.append(station)
        days_of.append(days)
        returns = (chance[_BACK] < back[draw, station]) & (visit < MOST_VISITS - 1)
        routes = targets[returns.astype(np.int64), draw, station]
        target = (chance[_ROUTE][:, None] >= routes).sum(axis=1)
        finishes[rows[target == count]] = True
        goes_on = target < count
        rows, station = rows[goes_on], target[goes_on]
    owner = np.concatenate(owners)
    by = np.argsort(owner, kind="stable")
    return Paths(owner[by], np.concatenate(stations)[by], np.concatenate(days_of)[by], finishes)


def _outlier_days(stream: FittedStream) -> tuple[Floats, Ints]:
    """How long outliers lasted, a row a station, and how many each has."""
    sizes = np.array([outliers.days.size for outliers in stream.outliers], dtype=np.int64)
    lasted = np.zeros((stream.count, max(1, int(sizes.max(initial=0)))))
    for station, outliers in enumerate(stream.outliers):
        lasted[station, : outliers.days.size] = outliers.days
    return lasted, sizes
