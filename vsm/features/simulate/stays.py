"""Cuts a history into stays at the stations of a stream: what a simulator is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vsm.features.bottlenecks.stations import Floats, ObservationWindow, Station
from vsm.flow.history import Ints, Mask
from vsm.model.stream import Category, ValueStream

OUTSIDE = -1
"""In place of a station: before it or after it the item was in none."""


@dataclass(frozen=True, eq=False)
class Stays:
    """One entry a stay at a station, by its beginning, in days since the window began.

    ``station`` is its number in the order of the flow, ``owner`` the place of its item. ``begun``
    is when work began where a queue stage shows it (infinite: not yet), else not a number. ``left``
    is infinite while the stay goes on. ``source`` is the station before, or :data:`OUTSIDE`;
    ``target`` is the station after, or one of the two numbers beyond the stations: the first for
    done, the second for all else. Outliers are stays on which nobody worked.
    """

    station: Ints
    owner: Ints
    entered: Floats
    begun: Floats
    left: Floats
    source: Ints
    target: Ints
    outlier: Mask


def stations_at(stream: ValueStream, stations: Sequence[Station], ends: frozenset[int]) -> Ints:
    """The number of the station to which each stage belongs.

    A working stage that belongs to none is one itself: items only pass through it. A stage in which
    work ends, and one that is not of work, have :data:`OUTSIDE`.
    """
    members = [station.stages for station in stations]
    known = {stage for stages in members for stage in stages}
    members += [
        (place,)
        for place, stage in enumerate(stream.order)
        if stage.category.working and place not in known and place not in ends
    ]
    number = np.full(len(stream.order), OUTSIDE)
    for n, stages in enumerate(sorted(members, key=lambda stages: stages[-1])):
        number[list(stages)] = n
    return number


def find_stays(
    window: ObservationWindow,
    stream: ValueStream,
    station_of: Ints,
    done: frozenset[int] = frozenset(),
) -> Stays:
    """The stays at the stations: visits that follow each other at one station are one stay.

    An item that comes to one of the stages ``done`` has finished too.
    """
    order = stream.order
    station = station_of[window.place]
    inside = station != OUTSIDE
    goes_on = window.after_same[1:] & (station[1:] == station[:-1])
    first, last = inside.copy(), inside.copy()
    first[1:] &= ~goes_on
    last[:-1] &= ~goes_on
    begins, ends = np.flatnonzero(first), np.flatnonzero(last)
    if not begins.size:
        empty, none = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Stays(empty, empty, none, none, none, empty, empty, np.zeros(0, dtype=np.bool_))
    lengths = ends - begins + 1
    stay_of = np.repeat(np.arange(begins.size), lengths)
    visits = np.flatnonzero(inside)
    is_active = np.array([stage.category is Category.ACTIVE for stage in order])
    has_queue = np.array(
        [
            {True, False} == set(is_active[station_of == number].tolist())
            for number in range(int(station_of.max()) + 1)
        ]
    )
    begun = window.left[ends].copy()  # who leaves the queue stage for elsewhere was not worked on
    active = is_active[window.place[visits]]
    np.minimum.at(begun, stay_of[active], window.entered[visits][active])
    begun[~has_queue[station[begins]]] = np.nan
    outlier = np.logical_or.reduceat(window.outliers[visits], np.cumsum(lengths) - lengths)
    before = np.where(window.after_same[begins], station[begins - 1], OUTSIDE)
    target = _targets(window, stream, station_of, ends, done)
    by = np.argsort(window.entered[begins], kind="stable")
    return Stays(
        station[begins][by],
        window.owner[begins][by],
        window.entered[begins][by],
        begun[by],
        window.left[ends][by],
        before[by],
        target[by],
        outlier[by],
    )


def _targets(
    window: ObservationWindow,
    stream: ValueStream,
    station_of: Ints,
    ends: NDArray[np.int64],
    more_done: frozenset[int],
) -> Ints:
    """The station after each stay that ended: see :class:`Stays`."""
    count = int(station_of.max()) + 1
    done = np.array([stage.category is Category.DONE for stage in stream.order])
    done[list(more_done)] = True
    following = np.minimum(ends + 1, window.place.size - 1)
    place = window.place[following]
    target = np.where(station_of[place] != OUTSIDE, station_of[place], count + 1)
    target[done[place]] = count
    target[~window.after_same[following] | (following == ends)] = count + 1
    return target
