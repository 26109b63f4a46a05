"""Plays a load model through the simulator, so that its formula is not taken on trust.

Items arrive by chance, take their ways by chance, wait for slots in the order of arrival, and where
a stage has a WIP limit for room in it, which the formula knows nothing of.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from statistics import fmean

from vsm.features.map.future import EVEN_VARIATION, PoolLoad, State
from vsm.features.map.future_network import Network, Node
from vsm.features.simulate.playing import NO_POOL, Layout, Work, play
from vsm.model.stream import ValueStream

RUNS, FEWEST_RUNS = 2000, 20
MOST_STEPS = 400_000
"""So many stays at stages are played: with more of them in a run there are fewer runs, and where
there would be too few of them shorter ones."""
DAYS, LEADS = 182.0, 5
"""A run lasts so many days, after so many lead times in which it fills, one at least."""
MOST_STAYS = 200
"""No item stays at stages more often."""
LEAST_DAYS = 1e-9


@dataclass(frozen=True, slots=True)
class PlayedLead:
    """The mean lead time of all runs in days, and the range that holds 80% of the runs' means."""

    mean: float
    low: float
    high: float
    runs: int


def play_state(state: State, stream: ValueStream, seed: int = 0) -> PlayedLead | None:
    """The lead time of a network in so many seeded runs; limits are those of the stream.

    ``None`` where nothing arrives, or where a queue only grows.
    """
    network = state.network
    full = [pool.utilisation for pool in state.pools.values() if pool.utilisation is not None]
    if not network.rate or not network.entry or any(used >= 1 for used in full):
        return None
    model = _Model(state, stream)
    fill = min(LEADS * state.lead_days, 2 * DAYS)
    steps = network.rate * (fill + DAYS) * max(1.0, sum(state.visits.values()))
    runs = min(RUNS, max(FEWEST_RUNS, int(MOST_STEPS / steps)))
    part = min(1.0, MOST_STEPS / (runs * steps))
    days, fill = DAYS * part, max(fill * part, min(fill, state.lead_days))
    means = []
    for run in range(runs):
        leads = model.run(Random(f"{seed} {run}"), fill, days)
        if leads:
            means.append(fmean(leads))
    if not means:
        return None
    ordered = sorted(means)
    tail = len(ordered) // 10
    mean = fmean(means) + network.other_days
    return PlayedLead(
        mean,
        ordered[tail] + network.other_days,
        ordered[-1 - tail] + network.other_days,
        len(means),
    )


class _Model:
    """A network as the simulator plays it."""

    def __init__(self, state: State, stream: ValueStream) -> None:
        self.network = network = state.network
        self.nodes = list(network.nodes.values())
        self.place = {node.id: number for number, node in enumerate(self.nodes)}
        pools: dict[str, int] = {}
        servers: list[int] = []
        self.services: list[float] = []
        pool_of = []
        for node in self.nodes:
            pool = state.pools.get(node.pool)
            if not node.service or pool is None or not pool.slots or _is_given(node, pool):
                pool_of.append(NO_POOL)
                self.services.append(node.service)
                continue
            if node.pool not in pools:
                pools[node.pool] = len(servers)
                servers.append(max(1, round(pool.slots)))
            pool_of.append(pools[node.pool])
            self.services.append(node.service * _stretch(state, node, servers[pool_of[-1]]))
        self.layout = Layout(
            pool=pool_of,
            limit=[_limit(node, network, stream) for node in self.nodes],
            is_started=[True] * len(self.nodes),
            servers=servers,
        )
        self.ways = {node.id: _ways(network.leaves(node.id)) for node in self.nodes}
        self.first = _ways(network.entry)

    def run(self, chance: Random, fill: float, days: float) -> list[float]:
        """The lead times of the items that came after the time of filling and left."""
        arrival: list[float] = []
        begin, stations, services = [0], list[int](), list[float]()
        now = chance.expovariate(self.network.rate)
        while now < fill + days:
            arrival.append(now)
            self._path(chance, stations, services)
            begin.append(len(stations))
            now += chance.expovariate(self.network.rate)
        count = len(arrival)
        work = Work(
            arrival=arrival,
            begin=begin,
            stations=stations,
            services=services,
            finishes=[True] * count,
            is_inside=[False] * count,
            is_served=[False] * count,
            start=[float("inf")] * count,
        )
        played = play(self.layout, work, 4 * (fill + days))
        return [
            left - start
            for came, start, left in zip(arrival, played.start, played.left, strict=True)
            if came >= fill and left < float("inf")
        ]

    def _path(self, chance: Random, stations: list[int], services: list[float]) -> None:
        node = _choose(chance, self.first)
        stays = 0
        while node is not None and stays < MOST_STAYS:
            stays += 1
            place = self.place[node]
            one = self.nodes[place]
            stations.append(place)
            services.append(_service(chance, one, self.services[place]))
            if one.fixed_wait > 0 or not one.service:
                delay = one.fixed_wait if one.service else one.wait or 0.0
                stations.append(place)
                services.append(-max(delay, LEAST_DAYS))
            node = _choose(chance, self.ways[node])
        if not stays:  # it leaves at once: a path has a station
            stations.append(0)
            services.append(-LEAST_DAYS)


def _is_given(node: Node, pool: PoolLoad) -> bool:
    """Whether the wait for slots of its own is given, so that none is to be played beside it."""
    return node.variation == 0.0 and node.fixed_wait > 0 and pool.stages == (node.id,)


def _stretch(state: State, node: Node, servers: int) -> float:
    """The factor of service times with which whole slots and one rate give the same load."""
    pool = state.pools[node.pool]
    own = pool.load - state.network.extra_load.get(node.pool, 0.0)
    shared = pool.load / own if own > 0 else 1.0
    return node.rate / state.network.rate * shared * servers / (pool.slots or servers)


def _service(chance: Random, node: Node, mean: float) -> float:
    """A service time with the variation that explains the wait, arrivals being by chance."""
    if mean <= 0:
        return LEAST_DAYS
    variation = EVEN_VARIATION if node.variation is None else node.variation
    spread = min(max(2 * variation - 1, 0.0), 16.0)
    if spread < 0.01:
        return mean
    return max(chance.gammavariate(1 / spread, mean * spread), LEAST_DAYS)


def _limit(node: Node, network: Network, stream: ValueStream) -> int:
    """The WIP limit of a stage with the queue stages that feed it; 0 where one has none."""
    if not node.service:
        return 0
    stages = [one.id for one in network.nodes.values() if one.feeds == node.id] + [node.id]
    limits = [
        stage.limit or 0 if stage is not None and stage.limited else 0
        for stage in map(stream.by_id.get, stages)
    ]
    return sum(limits) if all(limits) else 0


_Ways = tuple[list[int | None], list[float]]


def _ways(shares: Mapping[int, float]) -> _Ways:
    targets: list[int | None] = [*shares, None]
    return targets, [*accumulate(shares.values())]


def _choose(chance: Random, ways: _Ways) -> int | None:
    targets, bounds = ways
    return targets[bisect(bounds, chance.random())]
