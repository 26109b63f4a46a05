"""Works out what a future state would do: visits, loads, waits and lead time of a network.

The load of slots is the sum of visits × service time × arrivals over the stages that use them, and
their utilisation that load ÷ slots. A wait is what is due to load, by Erlang's formula with the
variation that explains the wait of today, and what is not. The lead time is the sum of visits ×
(service time + wait), a mean: medians do not add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf, isfinite

from vsm.features.map.future_network import Network, Node
from vsm.flow.queueing import mean_wait

MOST_VARIATION = 10.0
"""A wait over so many times as long as with Poisson arrivals and exponential service is not due to
load: the rest stays, whatever is changed."""
EVEN_VARIATION = 1.0
"""The variation of Poisson arrivals and exponential service, where none is known."""
CLAIMED = 0.64
"""From this utilisation on slots are named as the constraint."""


@dataclass(frozen=True, slots=True)
class PoolLoad:
    """The load of the slots of one stage, or of several that share them.

    ``load`` is the mean number of slots that work needs, ``slots`` how many there are, if that is
    known; ``service`` the mean service time of a visit. A week has ``week_days`` of the map.
    """

    stages: tuple[int, ...]
    load: float
    slots: float | None
    service: float
    week_days: float = 7.0

    @property
    def utilisation(self) -> float | None:
        """The share of the slots that is needed."""
        return None if not self.slots else self.load / self.slots

    @property
    def growth(self) -> float:
        """The visits by which the queue grows in a week: what arrives beyond the capacity."""
        if not self.slots or not self.service:
            return 0.0
        return max(0.0, self.load - self.slots) / self.service * self.week_days

    def wait(self, variation: float = EVEN_VARIATION) -> float | None:
        """The mean wait by the formula in days, ``None`` where slots are not known."""
        if self.utilisation is None or not self.slots:
            return None
        return mean_wait(self.slots, self.utilisation, self.service, variation)


@dataclass(frozen=True, slots=True)
class State:
    """A network with all that follows: visits, loads by pool, and waits by stage in days.

    ``lead_days`` is infinite where a queue only grows.
    """

    network: Network
    visits: Mapping[int, float]
    pools: Mapping[str, PoolLoad]
    waits: Mapping[int, float]

    @property
    def lead_days(self) -> float:
        """The mean lead time: Σ visits × (service time + wait)."""
        return self.network.other_days + sum(
            self.visits[node.id] * (node.service + self.waits[node.id])
            for node in self.network.nodes.values()
            if self.visits[node.id]
        )

    @property
    def process_days(self) -> float:
        """The mean time for which an item takes slots: Σ visits × service time."""
        return sum(self.visits[n.id] * n.service for n in self.network.nodes.values())

    @property
    def wip(self) -> float:
        """The mean WIP, by Little's law."""
        return self.network.rate * self.lead_days

    @property
    def constraint(self) -> PoolLoad | None:
        """The slots with the highest utilisation; ``None`` where none are known."""
        known = [pool for pool in self.pools.values() if pool.utilisation is not None]
        return max(known, key=lambda pool: pool.utilisation or 0.0, default=None)

    def pool_of(self, node: int) -> PoolLoad | None:
        """The slots that a stage works with."""
        return self.pools.get(self.network.nodes[node].pool)

    def names(self, pool: PoolLoad) -> tuple[str, ...]:
        """The stages that use some slots, by name."""
        return tuple(self.network.nodes[stage].name for stage in pool.stages)


def loads(network: Network, visits: Mapping[int, float]) -> dict[str, PoolLoad]:
    """The load of each pool of slots."""
    pools: dict[str, PoolLoad] = {}
    for pool in dict.fromkeys(node.pool for node in network.nodes.values() if node.service):
        nodes = [node for node in network.nodes.values() if node.pool == pool and node.service]
        rates = [node.rate * visits[node.id] for node in nodes]
        work = sum(rate * node.service for rate, node in zip(rates, nodes, strict=True))
        pools[pool] = PoolLoad(
            stages=tuple(node.id for node in nodes),
            load=work + network.extra_load.get(pool, 0.0),
            slots=network.slots.get(pool),
            service=work / sum(rates) if sum(rates) else 0.0,
            week_days=network.week_days,
        )
    return pools


def calibrate(network: Network) -> Network:
    """The network with the waits of its stages explained: by load, and by other things.

    The wait of a queue stage that feeds one stage of work becomes part of that stage's.
    """
    visits = network.visits()
    pools = loads(network, visits)
    nodes = dict(network.nodes)
    for queue in network.nodes.values():
        target = nodes.get(queue.feeds) if queue.feeds is not None else None
        if target is not None and visits[target.id] and queue.wait is not None:
            wait = queue.wait * visits[queue.id] / visits[target.id]
            nodes[target.id] = replace(target, wait=(target.wait or 0.0) + wait)
            nodes[queue.id] = replace(queue, wait=0.0, fixed_wait=0.0, fed_wait=queue.wait)
    for node in list(nodes.values()):
        nodes[node.id] = _explained(node, pools.get(node.pool))
    return replace(network, nodes=nodes)


def _explained(node: Node, pool: PoolLoad | None) -> Node:
    if node.wait is None:
        return node
    by_load = pool.wait() if pool is not None else None
    if by_load is None:
        return replace(node, variation=0.0, fixed_wait=node.wait)
    if not isfinite(by_load):  # it grows: no mean wait follows from the load
        return replace(node, variation=None, fixed_wait=0.0)
    variation = min(node.wait / by_load, MOST_VARIATION) if by_load > 0 else 0.0
    return replace(node, variation=variation, fixed_wait=node.wait - variation * by_load)


def work_out(network: Network, before: State | None = None) -> State:
    """Visits, loads and waits of a calibrated network; ``before`` is it without its changes."""
    visits = network.visits()
    pools = loads(network, visits)
    waits = {node.id: _wait(node, pools.get(node.pool), before) for node in network.nodes.values()}
    return State(network, visits, pools, waits)


def _wait(node: Node, pool: PoolLoad | None, before: State | None) -> float:
    """The mean wait of a visit."""
    if not node.service or pool is None or pool.utilisation is None:
        return node.wait or 0.0
    if node.variation is None and node.wait is not None:
        return _overloaded(node, node.wait, pool, before)
    variation = EVEN_VARIATION if node.variation is None else node.variation
    if variation == 0.0:
        return node.fixed_wait
    by_load = pool.wait(variation)
    return node.fixed_wait + (by_load if by_load is not None else 0.0)


def _overloaded(node: Node, known: float, pool: PoolLoad, before: State | None) -> float:
    """The wait where more arrived than could be done: as it is while that gets no worse."""
    was = before.pool_of(node.id) if before is not None and node.id in before.visits else None
    if was is None or was.utilisation is None or pool.utilisation is None:
        return known
    if pool.utilisation >= 1:
        return known if pool.utilisation <= was.utilisation + 1e-9 else inf
    return min(known, pool.wait() or 0.0)
