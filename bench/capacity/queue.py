"""Simulates queues with several servers, first in first out, with a heap of free servers."""

from __future__ import annotations

from heapq import heapify, heapreplace
from math import factorial

import numpy as np

from vsm.features.bottlenecks.stations import Floats


def service_times(draw: np.random.Generator, count: int, mean: float, variation: float) -> Floats:
    """Gamma times of a mean and a squared coefficient of variation; 1 is exponential."""
    times: Floats = draw.gamma(1 / variation, mean * variation, count)
    return times


def waits(arrivals: Floats, services: Floats, servers: int) -> Floats:
    """The wait of each customer of a G/G/c queue, in the order of arrival."""
    free = [0.0] * servers
    heapify(free)
    out = []
    for arrival, service in zip(arrivals.tolist(), services.tolist(), strict=True):
        begin = max(arrival, free[0])
        heapreplace(free, begin + service)
        out.append(begin - arrival)
    return np.array(out)


def simulated_wait(
    servers: int, utilisation: float, variation: float, seed: int, customers: int
) -> float:
    """The mean wait of an M/G/c queue in service times, without the first tenth of customers."""
    draw = np.random.default_rng(seed)
    arrivals = np.cumsum(draw.exponential(1 / (utilisation * servers), customers))
    services = service_times(draw, customers, 1.0, variation)
    return float(waits(arrivals, services, servers)[customers // 10 :].mean())


def exact_wait(servers: int, utilisation: float) -> float:
    """The mean wait of an M/M/c queue in service times, by Erlang's formula."""
    load = servers * utilisation
    last = load**servers / factorial(servers)
    blocked = last / sum(load**n / factorial(n) for n in range(servers + 1))
    waits_at_all = blocked / (1 - utilisation * (1 - blocked))
    return waits_at_all / (servers * (1 - utilisation))
