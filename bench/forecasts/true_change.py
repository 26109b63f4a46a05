"""Plays a simulated stream on from the end of its history, as it is and with a change.

The same history goes on many times, each time with other work; the change is made at its end. A
pair with and without the change has the same work, so the difference is due to the change.
"""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from heapq import heappop
from math import floor, log, nan

from bench.streams.kinds import DAYS, WARM, Case
from bench.streams.simulate import Net, Visit, _Item, _Simulation, with_server
from vsm.model.rules import SLE_PERCENT, nearest_rank

EXTRA = 10_000_000
"""Numbers of the items that come only because of the change begin above this one."""


@dataclass(frozen=True, slots=True)
class TrueChange:
    """A change to a stream: another net (of the same stations), more arrivals."""

    net: Net
    arrivals: float = 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Throughput a week, the 85% cycle time in inclusive days, and the mean WIP."""

    throughput: float
    cycle_time: float
    wip: float


def one_more_server(case: Case, station: int) -> TrueChange:
    """One more at a station or its team; its limit stays."""
    more = with_server(case.net, station)
    kept = zip(more.stations, case.net.stations, strict=True)
    stations = tuple(replace(new, limit=old.limit) for new, old in kept)
    return TrueChange(replace(more, stations=stations))


def limit_set(case: Case, station: int, limit: int) -> TrueChange:
    """Another limit at a station."""
    stations = list(case.net.stations)
    stations[station] = replace(stations[station], limit=limit)
    return TrueChange(replace(case.net, stations=tuple(stations)))


def more_arrivals(case: Case, factor: float) -> TrueChange:
    """So many times the arrivals."""
    return TrueChange(case.net, factor)


class History(_Simulation):
    """A history that can go on."""

    extra_rate = 0.0
    extra = random.Random(0)
    extra_items = EXTRA

    def __init__(self, case: Case) -> None:
        super().__init__(case.net, DAYS, case.seed, WARM)
        self.run()
        self.starts: dict[int, float] = {}
        early = [Visit(v.item, v.stage, 0.0) for v in self.warm_up_visits.values()]
        for visit in sorted([*early, *self.visits], key=lambda visit: visit.at):
            if visit.stage not in ("Backlog", "Done"):
                self.starts.setdefault(visit.item, visit.at)
        gone = {visit.item for visit in self.visits if visit.stage == "Done"}
        self.starts = {item: at for item, at in self.starts.items() if item not in gone}
        self.visits, self.warm_up_visits, self.leads = [], {}, []

    def go_on(self, days: float, change: TrueChange | None, number: int) -> Figures:
        """Play so many days more, the ``number``-th time."""
        again = deepcopy(self)
        again.reseed(number)
        if change is not None:
            again.make(change, number)
        while again.events and again.events[0][0] < self.end + days:
            again.now, _, callback = heappop(again.events)
            callback()
        return again.measure(days)

    def reseed(self, number: int) -> None:
        """Give all that is to come other random numbers."""
        self.seed = f"{self.seed} {number}"  # type: ignore[assignment]
        self.arrivals = random.Random(f"{self.seed} arrivals")
        items = [*self.held_back]
        for state in self.states:
            items += [*state.waiting, *(item for item, _ in state.blocked)]
        for _, _, callback in self.events:
            if isinstance(callback, partial):
                items += [value for value in callback.args if isinstance(value, _Item)]
        for item in items:
            item.rng.seed(f"{self.seed} {item.number}")

    def make(self, change: TrueChange, number: int) -> None:
        """Make the change now."""
        self.now = self.end
        self.net = change.net
        self.pools = dict(change.net.pools)
        for state, station in zip(self.states, change.net.stations, strict=True):
            state.station = station
        for place in range(len(self.states)):
            self._start(place)
        self._admit()
        if change.arrivals > 1.0:
            self.extra = random.Random(f"{self.seed} more {number}")
            self.extra_rate = self.net.rate * (1 + self.net.trend) * (change.arrivals - 1.0)
            self._plan_extra()

    def _plan_extra(self) -> None:
        gap = -log(1 - self.extra.random()) / self.extra_rate
        self.schedule(self.now + gap, self._arrive_extra)

    def _arrive_extra(self) -> None:
        self.extra_items += 1
        item = _Item(self.extra_items, random.Random(f"{self.seed} {self.extra_items}"), self.now)
        self._enter(item, "Backlog")
        self.held_back.append(item)
        self._admit()
        self._plan_extra()

    def measure(self, days: float) -> Figures:
        """Figures of the days that were played on."""
        starts = dict(self.starts)
        ends: dict[int, float] = {}
        for visit in self.visits:
            if visit.stage == "Done":
                ends[visit.item] = visit.at
            elif visit.stage != "Backlog":
                starts.setdefault(visit.item, visit.at)
        cycle_times = sorted(floor(at) - floor(starts[item]) + 1 for item, at in ends.items())
        item_days = sum(
            min(ends.get(item, DAYS + days), DAYS + days) - max(at, DAYS)
            for item, at in starts.items()
        )
        return Figures(
            7.0 * len(ends) / days,
            float(nearest_rank(cycle_times, SLE_PERCENT)) if cycle_times else nan,
            item_days / days,
        )


def true_figures(
    history: History, change: TrueChange, days: float, times: int
) -> list[tuple[Figures, Figures]]:
    """Figures without and with a change, so many times."""
    return [
        (history.go_on(days, None, number), history.go_on(days, change, number))
        for number in range(times)
    ]
