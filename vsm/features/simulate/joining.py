"""Makes the work that has to be played, and works out when items leave that meet no other.

Nobody waits in a station that only delays and has no limit, nor where an item lies as an outlier.
Such stays that follow each other are one delay. An item with nothing but delays needs no player.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsm.features.bottlenecks.stations import Floats
from vsm.features.simulate.laws import TINY
from vsm.features.simulate.paths import Items, Paths
from vsm.features.simulate.playing import Work
from vsm.flow.history import Ints, Mask


@dataclass(frozen=True, slots=True, eq=False)
class Alone:
    """Items that meet no other: when they start and leave, in days, and whether they finish."""

    start: Floats
    left: Floats
    finishes: Mask


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Stays, and delays of several stays, as :class:`~vsm.features.simulate.paths.Paths`.

    ``is_started`` says of each whether an item has started there.
    """

    owner: Ints
    station: Ints
    service: Floats
    is_started: Mask


def join(
    items: Items, paths: Paths, kept: Mask, is_free: Mask, is_started: Mask, by_rank: bool
) -> list[tuple[Work, Alone]]:
    """The work of each draw, of the items that are ``kept``.

    ``is_free`` says of each draw and station that nobody waits there, ``is_started`` of each
    station that items in it have started. Those who wait are served ``by_rank`` or in order.
    """
    steps = _join_delays(items, paths, kept, is_free, is_started)
    meets = np.bincount(steps.owner[steps.service >= 0.0], minlength=items.count) > 0
    first = np.zeros(items.count, dtype=np.bool_)
    first[steps.owner] = True
    start, left = _times_alone(items, steps)
    begins_started = items.is_inside & (items.station >= 0)
    begins_started[begins_started] = is_started[items.station[begins_started]]
    played, alone = np.flatnonzero(meets), np.flatnonzero(first & ~meets)
    starts = np.where(begins_started, np.minimum(items.start, 0.0), items.start)[played].tolist()
    mine = meets[steps.owner]
    stations, services = steps.station[mine].tolist(), steps.service[mine].tolist()
    lengths = np.bincount(steps.owner[mine], minlength=items.count)[played]
    begin = np.concatenate([[0], np.cumsum(lengths)])
    columns = [
        column[played].tolist()
        for column in (items.arrival, paths.finishes, items.is_inside, items.is_served, items.rank)
    ]
    arrivals, finishes, inside, served, ranks = columns
    draws = np.arange(is_free.shape[0] + 1)
    cuts = np.searchsorted(items.draw[played], draws).tolist()
    cuts_alone = np.searchsorted(items.draw[alone], draws).tolist()
    out = []
    for number in range(is_free.shape[0]):
        part = slice(cuts[number], cuts[number + 1])
        begins = begin[cuts[number] : cuts[number + 1] + 1]
        inside_path = slice(begins[0], begins[-1])
        work = Work(
            arrivals[part],
            (begins - begins[0]).tolist(),
            stations[inside_path],
            services[inside_path],
            finishes[part],
            inside[part],
            served[part],
            starts[part],
            ranks[part] if by_rank else None,
        )
        rows = alone[cuts_alone[number] : cuts_alone[number + 1]]
        out.append((work, Alone(start[rows], left[rows], paths.finishes[rows])))
    return out


def _join_delays(items: Items, paths: Paths, kept: Mask, is_free: Mask, is_started: Mask) -> _Steps:
    """Stays at which nobody waits are one delay, its days below 0, if they follow each other.

    An item starts at the beginning of a delay or not in it. Its station is the last one.
    """
    inside = kept[paths.owner]
    owner, station, service = paths.owner[inside], paths.station[inside], paths.service[inside]
    delays = (service < 0.0) | is_free[items.draw[owner], station]
    started = is_started[station]
    is_new = np.ones(owner.size, dtype=np.bool_)
    is_new[1:] = (owner[1:] != owner[:-1]) | (started[1:] != started[:-1])
    is_new[1:] |= ~(delays[1:] & delays[:-1])
    first = np.flatnonzero(is_new)
    if not first.size:
        return _Steps(owner, station, service, started)
    days = np.add.reduceat(np.abs(service), first)
    last = np.append(first[1:], owner.size) - 1
    days = np.where(delays[first], -np.maximum(days, TINY), days)
    return _Steps(owner[first], station[last], days, started[first])


def _times_alone(items: Items, steps: _Steps) -> tuple[Floats, Floats]:
    """When each item starts and leaves if all of its steps are delays, in days.

    Delays before and after the start take turns, so an item starts in the first or the second one.
    """
    size = items.count
    days = np.bincount(steps.owner, weights=np.abs(steps.service), minlength=size)
    before = np.full(size, np.inf)
    first = np.ones(steps.owner.size, dtype=np.bool_)
    first[1:] = steps.owner[1:] != steps.owner[:-1]
    begins = np.flatnonzero(first)
    before[steps.owner[begins[steps.is_started[begins]]]] = 0.0
    second = begins[~steps.is_started[begins]] + 1
    second = second[second < steps.owner.size]
    second = second[~first[second]]
    before[steps.owner[second]] = np.abs(steps.service[second - 1])
    came = np.maximum(items.arrival, 0.0)
    start = np.where(np.isfinite(items.start), items.start, came + before)
    return start, came + days
