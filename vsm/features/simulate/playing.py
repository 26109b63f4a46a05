"""Plays the work of one draw through stations with servers, WIP limits and rework.

All that is random was drawn before (:mod:`~vsm.features.simulate.drawing`): the same work is played
through the stream before and after a change, so their difference is due to the change alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

NO_POOL = -1
"""The pool of a station that only delays: no item in it waits for another."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Stations in the order of the flow, each with its ``pool`` of servers and its ``limit``.

    A limit of 0 is none. ``is_started`` says of each station that an item which enters it has
    started. ``servers`` are those of each pool; ``changes`` are ``(day, pool, servers more)``.
    """

    pool: Sequence[int]
    limit: Sequence[int]
    is_started: Sequence[bool]
    servers: Sequence[int]
    changes: Sequence[tuple[float, int, int]] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """The items of one draw; times are days from now.

    ``stations`` are the paths of all items, one after the other: that of an item goes from its
    ``begin`` to the next one's. It needs ``services`` there, in days; a negative one is a stay
    without a server and without a place under the limit. ``finishes`` says whether a path ends
    done. Who arrives enters at ``arrival``. An item that is there now has its ``arrival`` at 0 or
    before: the moment at which it entered its station. ``is_inside`` says that it is in its first
    station already, ``is_served`` that it is worked on there. ``start`` is the moment at which it
    started, infinite if it has not. Those who wait are served by ``rank``, the lowest first; the
    moment at which they entered the station where that is ``None``.
    """

    arrival: Sequence[float]
    begin: Sequence[int]
    stations: Sequence[int]
    services: Sequence[float]
    finishes: Sequence[bool]
    is_inside: Sequence[bool]
    is_served: Sequence[bool]
    start: Sequence[float]
    rank: Sequence[float] | None = None

    def path(self, item: int) -> list[tuple[int, float]]:
        """The stations of an item, each with its service."""
        part = slice(self.begin[item], self.begin[item + 1])
        return list(zip(self.stations[part], self.services[part], strict=True))


@dataclass(frozen=True, slots=True)
class Played:
    """When each item started and left, in days; infinite, or after the end, if it did not."""

    start: Sequence[float]
    left: Sequence[float]
    events: int


def play(layout: Layout, work: Work, days: float) -> Played:
    """Play so many days.

    An item that is done keeps its room until the next station has room, and its server too if that
    serves one station only. Items that
    return to a station before take no notice of its limit, or two full stations could wait for each
    other for ever.
    """
    return _Play(layout, work).run(days)


class _Play:
    """The state of a stream while it is played."""

    __slots__ = (
        "at",
        "free",
        "heap",
        "held",
        "knocking",
        "layout",
        "left",
        "queues",
        "shared",
        "start",
        "work",
    )

    def __init__(self, layout: Layout, work: Work) -> None:
        self.layout, self.work = layout, work
        self.held = [0] * len(layout.pool)
        self.free = list(layout.servers)
        # Servers of several stations go on elsewhere while an item of theirs waits for room: that
        # room may be where items wait for them.
        self.shared = [layout.pool.count(pool) > 1 for pool in range(len(layout.servers))]
        self.queues: list[list[tuple[float, int]]] = [[] for _ in layout.servers]
        # By station, the items that wait for room in it.
        self.knocking: list[deque[int]] = [deque() for _ in layout.pool]
        # The step at which an item is, the one before its path while it waits outside.
        self.at = [first - 1 for first in work.begin[:-1]]
        self.start = list(work.start)
        self.left = [inf] * len(work.arrival)
        self.heap: list[tuple[float, int]] = []  # ends of services, each with its item

    def run(self, days: float) -> Played:
        """Play until the end; the ends of services are here and not in a method, for speed."""
        outside = self._set_up()
        outside.append((inf, 0))
        heap, held, free, at = self.heap, self.held, self.free, self.at
        queues, knocking, left = self.queues, self.knocking, self.left
        stations, services, begin = self.work.stations, self.work.services, self.work.begin
        limits, pools = self.layout.limit, self.layout.pool
        enter, place, events = self._enter, 0, 0
        coming, comer = outside[0]
        while True:
            events += 1
            if not heap or coming <= heap[0][0]:
                if coming > days:
                    break
                self._come(coming, comer)
                place += 1
                coming, comer = outside[place]
                continue
            now, item = heappop(heap)
            if now > days:
                break
            step = at[item]
            station, after = stations[step], step + 1
            if after == begin[item + 1]:
                left[item] = now
            else:
                to = stations[after]
                is_full = limits[to] and held[to] >= limits[to] and to > station
                if is_full and services[after] >= 0:
                    knocking[to].append(item)
                    self._wait(now, step)
                    continue
                at[item] = after
                enter(now, item, to)
            if services[step] < 0:
                continue
            held[station] -= 1
            pool = pools[station]
            if pool != NO_POOL:
                if queues[pool] and free[pool] >= 0:
                    following = heappop(queues[pool])[1]
                    heappush(heap, (now + services[at[following]], following))
                else:
                    free[pool] += 1
            if knocking[station]:
                self._let_in(now, station)
        return Played(self.start, left, events)

    def _set_up(self) -> list[tuple[float, int]]:
        """Place the items that are there; the others and changes of servers, by their moments."""
        work, pools = self.work, self.layout.pool
        outside = [(day, ~n) for n, (day, _, _) in enumerate(self.layout.changes)]
        for item, arrival in enumerate(work.arrival):
            if not work.is_inside[item]:
                outside.append((max(arrival, 0.0), item))
                continue
            step = self.at[item] = work.begin[item]
            station, service = work.stations[step], work.services[step]
            if service < 0:
                heappush(self.heap, (-service, item))
                continue
            self.held[station] += 1
            pool = pools[station]
            if pool == NO_POOL or work.is_served[item]:
                if pool != NO_POOL:
                    self.free[pool] -= 1
                heappush(self.heap, (service, item))
            else:
                heappush(self.queues[pool], (work.rank[item] if work.rank else arrival, item))
        for pool in range(len(self.free)):
            self._serve(0.0, pool)
        return sorted(outside)

    def _come(self, now: float, item: int) -> None:
        """Let an item in if there is room; below 0 it is a change of servers."""
        if item < 0:
            _, pool, more = self.layout.changes[~item]
            self.free[pool] += more
            self._serve(now, pool)
            return
        step = self.at[item] + 1
        station = self.work.stations[step]
        limit = self.layout.limit[station]
        if limit and self.held[station] >= limit and self.work.services[step] >= 0:
            self.knocking[station].append(item)
            return
        self.at[item] = step
        self._enter(now, item, station)

    def _enter(self, now: float, item: int, station: int) -> None:
        work, layout, step = self.work, self.layout, self.at[item]
        if self.start[item] == inf and layout.is_started[station]:
            self.start[item] = now
        service = work.services[step]
        if service < 0:
            if step + 1 == work.begin[item + 1]:
                self.left[item] = now - service  # it meets nobody any more
            else:
                heappush(self.heap, (now - service, item))
            return
        self.held[station] += 1
        pool = layout.pool[station]
        if pool == NO_POOL:
            heappush(self.heap, (now + service, item))
        elif self.free[pool] > 0:
            self.free[pool] -= 1
            heappush(self.heap, (now + service, item))
        else:
            heappush(self.queues[pool], (work.rank[item] if work.rank else now, item))

    def _let_in(self, now: float, station: int) -> None:
        """Let in who waits for room; where it comes from there is room then."""
        work, knocking = self.work, self.knocking[station]
        while knocking and self.held[station] < self.layout.limit[station]:
            item = knocking.popleft()
            step = self.at[item]
            self.at[item] = step + 1
            self._enter(now, item, station)
            if step >= work.begin[item] and work.services[step] >= 0:
                self._release(now, work.stations[step])

    def _wait(self, now: float, step: int) -> None:
        """Let an item wait where it is: it keeps its room, and its server if that is its own."""
        pool = self.layout.pool[self.work.stations[step]]
        if pool != NO_POOL and self.shared[pool] and self.work.services[step] >= 0:
            self.free[pool] += 1
            self._serve(now, pool)

    def _release(self, now: float, station: int) -> None:
        """Use the room, and the server, that an item leaves behind which waited."""
        self.held[station] -= 1
        pool = self.layout.pool[station]
        if pool != NO_POOL and not self.shared[pool]:
            self.free[pool] += 1
            self._serve(now, pool)
        self._let_in(now, station)

    def _serve(self, now: float, pool: int) -> None:
        queue = self.queues[pool]
        while queue and self.free[pool] > 0:
            item = heappop(queue)[1]
            self.free[pool] -= 1
            heappush(self.heap, (now + self.work.services[self.at[item]], item))
