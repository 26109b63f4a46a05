"""Waiting times of queues with several servers, by one formula for all of vsm."""

from __future__ import annotations

from math import inf, sqrt


def mean_wait(
    servers: float, utilisation: float, service_time: float, variation: float = 1.0
) -> float:
    """The mean wait of a G/G/c queue in days (Sakasegawa 1977); infinite where it only grows.

    ``variation`` is the mean of the squared coefficients of variation of arrivals and service.
    ``servers`` may be a fraction, as of people who are there on some days only.
    """
    if utilisation >= 1:
        return inf
    growth: float = utilisation ** (sqrt(2 * (servers + 1)) - 1)
    return variation * growth / (servers * (1 - utilisation)) * service_time
