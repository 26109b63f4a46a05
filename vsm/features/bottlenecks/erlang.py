"""The share of time in which all servers are busy at a utilisation, and back (Erlang 1917).

For Poisson arrivals and service times that have no memory; it is used for others as an order.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from vsm.features.bottlenecks.queue_discipline import MAX_SERVERS
from vsm.features.bottlenecks.stations import Floats

LEAST_UTILISATION = 0.01
_UTILISATIONS = np.linspace(LEAST_UTILISATION, 0.995, 120)
_SERVERS = np.arange(1, MAX_SERVERS + 1)


@cache
def _busy_table() -> Floats:
    """By servers and utilisation: the share of time in which all servers are busy (Erlang's C).

    ``lost`` is Erlang's B by its recursion over the number of servers, which no factorial can
    overflow.
    """
    table = np.zeros((MAX_SERVERS, _UTILISATIONS.size))
    for c in _SERVERS.tolist():
        load = c * _UTILISATIONS
        lost = np.ones_like(load)
        for k in range(1, c + 1):
            lost = load * lost / (k + load * lost)
        table[c - 1] = lost / (1 - _UTILISATIONS + _UTILISATIONS * lost)
    return table


def implied_utilisation(waiting_share: float, servers: int, limit: int) -> float:
    """The utilisation at which items wait for that share of the time.

    That is Erlang's C times ρ; it is C alone where a station takes no more items than it has
    servers, so that they wait outside as soon as all are busy.
    """
    busy = _busy_table()[servers - 1]
    waits = busy if 0 < limit <= servers else busy * _UTILISATIONS
    return float(np.interp(waiting_share, waits, _UTILISATIONS))


def busy_utilisation(servers: int, busy: float) -> float:
    """The utilisation at which so many servers are all busy for that share of the time."""
    row = _busy_table()[min(servers, MAX_SERVERS) - 1]
    return float(np.interp(busy, row, _UTILISATIONS))
