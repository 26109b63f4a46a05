"""Draws the work of the weeks to come through possible streams, for before and after a change.

One draw is one possible stream with one possible future. All sides share its numbers: those of an
item belong to the item, its station and how often it was there before, so that a change of one
thing leaves all others as they are. Many draws are made at once, as numpy is slow on small arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from math import ceil

import numpy as np

from vsm.features.bottlenecks.stations import Floats
from vsm.features.simulate.chances import make_keys
from vsm.features.simulate.changes import NO_CHANGE, Change
from vsm.features.simulate.fitting import FittedStream
from vsm.features.simulate.joining import Alone, join
from vsm.features.simulate.laws import Law, draw_law, draw_rest
from vsm.features.simulate.paths import Items, Paths, find_paths
from vsm.features.simulate.playing import NO_POOL, Layout, Work
from vsm.features.simulate.pools import DELAY
from vsm.features.simulate.stays import OUTSIDE

MOST_COPIES = 6
"""Arrivals can be so many times what they were, at most."""
MOST_AT_ONCE, MOST_DRAWS_AT_ONCE = 40_000, 50
"""So many items, and draws, are made at once."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One possible stream and future: the work that is played, items that meet no other, and
    finishes of items that pass no station.
    """

    layout: Layout
    work: Work
    alone: Alone
    passed: Floats


def draws(
    stream: FittedStream, changes: Sequence[Change], days: float, count: int, seed: int = 0
) -> Iterator[tuple[Draw, ...]]:
    """So many draws, each as the stream is and with each of the changes.

    The stream as it is has the same draws whatever is changed.
    """
    most = max([1.0, *(change.arrivals for change in changes)])
    items = expected_items(stream, days * most)
    size = min(max(1, int(MOST_AT_ONCE / max(items, 1.0))), MOST_DRAWS_AT_ONCE)
    for first in range(0, count, size):
        numbers = range(first, min(first + size, count))
        yield from _Batch(stream, days, seed, numbers, most).sides((NO_CHANGE, *changes))


def expected_items(stream: FittedStream, days: float) -> float:
    """How many items a draw has: those that are there, and those that come in so many days."""
    coming = sum(at.size for at, _ in stream.arrivals.weeks) / len(stream.arrivals.weeks)
    return stream.present.station.size + stream.arrivals.waiting + coming * days / 7.0


class _Batch:
    """Some draws. Every part has a generator of its own, so that none depends on the change."""

    def __init__(
        self, stream: FittedStream, days: float, seed: int, numbers: Sequence[int], most: float
    ) -> None:
        self.stream, self.days = stream, days
        self.laws: list[Law] = []
        parts = []
        for place, number in enumerate(numbers):
            law = draw_law(stream, np.random.default_rng((seed, number)))
            self.laws.append(law)
            parts.append(self._present(place, law, (seed, number, 0)))
            for copy in range(ceil(min(law.level * most, MOST_COPIES))):
                parts.append(self._arrivals(place, law, copy, most, (seed, number, 1 + copy)))
        self.items = _together(parts)
        self.level = np.array([law.level for law in self.laws])

    def _present(self, place: int, law: Law, seed: tuple[int, ...]) -> Items:
        """The items that are there, and those that wait in front of the first station."""
        stream, rng = self.stream, np.random.default_rng(seed)
        present, waiting = stream.present, stream.arrivals.waiting
        inside = present.station.size
        size = inside + waiting
        rest, is_served = draw_rest(stream, law, rng)
        keys = make_keys(rng, size)
        return Items(
            np.full(size, place),
            keys,
            np.concatenate([present.entered, np.zeros(waiting)]),
            np.concatenate([present.station, np.full(waiting, stream.first)]),
            np.full(size, -1.0),
            np.concatenate([rest, np.full(waiting, np.nan)]),
            np.arange(size) < inside,
            np.concatenate([is_served, np.zeros(waiting, dtype=np.bool_)]),
            np.concatenate([present.start, np.full(waiting, np.inf)]),
            rng.random(size),
        )

    def _arrivals(
        self, place: int, law: Law, copy: int, most: float, seed: tuple[int, ...]
    ) -> Items:
        """One stream of arrivals: weeks that were, in any order; without those that never come."""
        rng, weeks = np.random.default_rng(seed), self.stream.arrivals.weeks
        chosen = np.searchsorted(law.weeks, rng.random(ceil(self.days / 7.0))).tolist()
        arrival = np.concatenate([weeks[week][0] + 7.0 * n for n, week in enumerate(chosen)])
        size = arrival.size
        threshold = copy + rng.random(size)
        keys, rank = make_keys(rng, size), rng.random(size)
        station = np.concatenate([weeks[week][1] for week in chosen])
        comes = np.flatnonzero((threshold < law.level * most) & (arrival < self.days))
        size = comes.size
        return Items(
            np.full(size, place),
            keys[comes],
            arrival[comes],
            station[comes],
            threshold[comes],
            np.full(size, np.nan),
            np.zeros(size, dtype=np.bool_),
            np.zeros(size, dtype=np.bool_),
            np.full(size, np.inf),
            rank[comes],
        )

    def sides(self, changes: Sequence[Change]) -> Iterator[tuple[Draw, ...]]:
        """The draws with each of the changes."""
        paths = {
            rework: find_paths(self.stream, self.laws, self.items, rework)
            for rework in {change.rework for change in changes}
        }
        yield from zip(
            *(self._draws(paths[change.rework], change) for change in changes), strict=True
        )

    def _draws(self, paths: Paths, change: Change) -> list[Draw]:
        stream, items = self.stream, self.items
        layouts = [_layout(stream, law, change) for law in self.laws]
        kept = items.threshold < self.level[items.draw] * change.arrivals
        is_free = np.array(
            [
                [
                    pool == NO_POOL and not limit
                    for pool, limit in zip(at.pool, at.limit, strict=True)
                ]
                for at in layouts
            ],
            dtype=np.bool_,
        )
        is_started = np.array(stream.is_started, dtype=np.bool_)
        joined = join(items, paths, kept, is_free, is_started, stream.is_by_chance)
        passes = kept & (items.station == OUTSIDE)
        moments = items.arrival[passes]
        cuts = np.searchsorted(items.draw[passes], np.arange(len(layouts) + 1)).tolist()
        return [
            Draw(layout, *joined[n], moments[cuts[n] : cuts[n + 1]])
            for n, layout in enumerate(layouts)
        ]


def _together(parts: Sequence[Items]) -> Items:
    return Items(
        *(
            np.concatenate([getattr(part, column.name) for part in parts])
            for column in fields(Items)
        )
    )


def _layout(stream: FittedStream, law: Law, change: Change) -> Layout:
    """The stations of one draw with a change."""
    drawn = law.servers.tolist()
    servers = list(drawn)
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
        [NO_POOL if drawn[pool] >= DELAY else pool for pool in stream.pool],
        limits,
        list(stream.is_started),
        servers,
        changes,
    )
