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

    An item goes through ``stations`` and needs ``services`` there, in days; a negative one is a
    stay without a server and without a place under the limit. ``finishes`` says whether its path
    ends done. Who arrives enters at ``arrival``. An item that is there now has its ``arrival`` at 0
    or before: the moment at which it entered its station. ``is_inside`` says that it is in its
    first station already, ``is_served`` that it is worked on there. ``start`` is the moment at
    which it started, infinite if it has not. Those who wait are served by ``rank``, the lowest
    first; the moment at which they entered the station where that is ``None``.
    """

    arrival: Sequence[float]
    stations: Sequence[Sequence[int]]
    services: Sequence[Sequence[float]]
    finishes: Sequence[bool]
    is_inside: Sequence[bool]
    is_served: Sequence[bool]
    start: Sequence[float]
    rank: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """When each item started and left, in days; infinite if it did not."""

    start: Sequence[float]
    left: Sequence[float]
    events: int


def play(layout: Layout, work: Work, days: float) -> Played:
    """Play so many days.

    An item that is done keeps its server and its room until the next station has room. Items that
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
        "start",
        "work",
    )

    def __init__(self, layout: Layout, work: Work) -> None:
        self.layout, self.work = layout, work
        self.held = [0] * len(layout.pool)
        self.free = list(layout.servers)
        self.queues: list[list[tuple[float, int]]] = [[] for _ in layout.servers]
        # By station, the items that wait for room in it.
        self.knocking: list[deque[int]] = [deque() for _ in layout.pool]
        # The step of its path at which an item is, -1 while it waits outside.
        self.at = [-1] * len(work.arrival)
        self.start = list(work.start)
        self.left = [inf] * len(work.arrival)
        self.heap: list[tuple[float, int]] = []  # ends of services, each with its item

    def run(self, days: float) -> Played:
        """Play until the end."""
        outside = self._set_up()
        outside.append((inf, 0))
        heap, finish, come = self.heap, self._finish, self._come
        place, events = 0, 0
        coming, item = outside[0]
        while True:
            now = heap[0][0] if heap else inf
            events += 1
            if coming <= now:
                if coming > days:
                    break
                come(coming, item)
                place += 1
                coming, item = outside[place]
            elif now > days:
                break
            else:
                finish(*heappop(heap))
        return Played(self.start, self.left, events)

    def _set_up(self) -> list[tuple[float, int]]:
        """Place the items that are there; the others and changes of servers, by their moments."""
        work, pools = self.work, self.layout.pool
        outside = [(day, ~n) for n, (day, _, _) in enumerate(self.layout.changes)]
        for item, arrival in enumerate(work.arrival):
            if not work.is_inside[item]:
                outside.append((max(arrival, 0.0), item))
                continue
            self.at[item] = 0
            station, service = work.stations[item][0], work.services[item][0]
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
        station = self.work.stations[item][0]
        limit = self.layout.limit[station]
        if limit and self.held[station] >= limit and self.work.services[item][0] >= 0:
            self.knocking[station].append(item)
            return
        self.at[item] = 0
        self._enter(now, item, station)

    def _enter(self, now: float, item: int, station: int) -> None:
        work, layout = self.work, self.layout
        if self.start[item] == inf and layout.is_started[station]:
            self.start[item] = now
        service = work.services[item][self.at[item]]
        if service < 0:
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

    def _finish(self, now: float, item: int) -> None:
        """End a service: the item goes on, or keeps its server until there is room for it."""
        path, services, step = self.work.stations[item], self.work.services[item], self.at[item]
        station = path[step]
        if step + 1 == len(path):
            self.left[item] = now
        else:
            target = path[step + 1]
            limit = self.layout.limit[target]
            if (
                limit
                and self.held[target] >= limit
                and target > station
                and services[step + 1] >= 0
            ):
                self.knocking[target].append(item)
                return
            self.at[item] = step + 1
            self._enter(now, item, target)
        if services[step] >= 0:
            self._release(now, station)

    def _release(self, now: float, station: int) -> None:
        """Use the server and the room that an item leaves behind."""
        self.held[station] -= 1
        pool = self.layout.pool[station]
        if pool != NO_POOL:
            self.free[pool] += 1
            self._serve(now, pool)
        knocking = self.knocking[station]
        while knocking and self.held[station] < self.layout.limit[station]:
            item = knocking.popleft()
            step = self.at[item]
            self.at[item] = step + 1
            self._enter(now, item, station)
            if step >= 0 and self.work.services[item][step] >= 0:
                self._release(now, self.work.stations[item][step])

    def _serve(self, now: float, pool: int) -> None:
        queue = self.queues[pool]
        while queue and self.free[pool] > 0:
            item = heappop(queue)[1]
            self.free[pool] -= 1
            heappush(self.heap, (now + self.work.services[item][self.at[item]], item))
