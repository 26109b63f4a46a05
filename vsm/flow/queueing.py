"""Waiting times of queues with several servers, by one formula for all of vsm."""

from __future__ import annotations

from math import floor, inf


def mean_wait(
    servers: float, utilisation: float, service_time: float, variation: float = 1.0
) -> float:
    """The mean wait of a G/G/c queue in days (Allen and Cunneen); infinite where it only grows.

    That of an M/M/c queue, which is Erlang's, times ``variation``: the mean of the squared
    coefficients of variation of arrivals and service. ``servers`` may be a fraction, as of people
    who are there on some days only.
    """
    if utilisation >= 1:
        return inf
    waits = waiting_probability(servers, utilisation)
    return variation * waits / (servers * (1 - utilisation)) * service_time


def waiting_probability(servers: float, utilisation: float) -> float:
    """The probability that a customer of an M/M/c queue waits (Erlang's C).

    Between two whole numbers of servers it is interpolated geometrically: from one server and 30%
    utilisation on that is within 2% of the continuous extension of Erlang's formula (Jagers and van
    Doorn 1986). Without servers everybody waits.
    """
    whole = floor(servers)
    least, part = _erlang_c(whole, utilisation), servers - whole
    if not part or not least:
        return least
    return float(least ** (1 - part) * _erlang_c(whole + 1, utilisation) ** part)


def _erlang_c(servers: int, utilisation: float) -> float:
    load = servers * utilisation
    blocked = 1.0  # Erlang's B, by its recurrence over the servers
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - utilisation * (1 - blocked))
